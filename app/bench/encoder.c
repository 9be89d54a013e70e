/* SPDX-License-Identifier: BSD-3-Clause */
#include "encoder.h"

#include <stdlib.h>

#include "plan.h"

int encoder_open(struct encoder *e, struct track *t, struct line *l, struct rg_udp_route route)
{
	*e = (struct encoder){.track = t, .line = l, .to = calloc(t->n_flows, sizeof(*e->to))};
	if (!e->to)
		return -RG_E_NOMEM;
	route.src.port = PLAN_RAW_IN;
	for (uint32_t i = 0; i < t->n_flows; i++) {
		route.dst.port = (uint16_t)(PLAN_RAW_IN + i);
		rg_udp_tmpl_init(&e->to[i], &route);
	}
	return 0;
}

void encoder_close(struct encoder *e)
{
	free(e->to);
}

void encoder_push(struct encoder *e, rg_time at, unsigned n)
{
	uint8_t payload[TRACK_PAYLOAD_MAX];

	for (unsigned i = 0; i < n; i++) {
		uint32_t flow = track_fill(e->track, payload);

		line_send(e->line, at, &e->to[flow], NULL, 0, payload, e->track->payload_bytes);
	}
}
