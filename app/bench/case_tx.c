/* SPDX-License-Identifier: BSD-3-Clause */
/* The gateway sends: an encoder gives it UDP, and its peer gets RIST. */
#include <stdlib.h>

#include "run.h"

static void plan(struct run *r)
{
	r->gate_plan.role = PLAN_SENDER;
	r->peer_plan.role = PLAN_RECEIVER;
}

static int begin(struct run *r)
{
	struct rg_udp_route route = {.src_mac = run_mac(RUN_PLAYER),
		.dst_mac = gate_mac(r->gate),
		.src = run_host(RUN_PLAYER),
		.dst = run_host(RUN_GATE),
		.ttl = 64};

	r->source = calloc(r->conf->flows, sizeof(*r->source));
	if (!r->source)
		return -RG_E_NOMEM;
	route.src.port = PLAN_RAW_PORT;
	for (uint32_t i = 0; i < r->conf->flows; i++) {
		route.dst.port = (uint16_t)(PLAN_RAW_PORT + i);
		rg_udp_tmpl_init(&r->source[i], &route);
	}
	return 0;
}

static void fill(struct run *r, rg_time from)
{
	for (unsigned n = 1; n <= BENCH_CHUNK; n++) {
		uint8_t payload[TRACK_PAYLOAD_MAX];
		uint32_t flow = track_fill(&r->track, payload);

		line_send(&r->line, rg_time_add(run_at(from, n), BENCH_LINE_NS), &r->source[flow],
			NULL, 0, payload, r->track.payload_bytes);
	}
}

static void end(struct run *r)
{
	free(r->source);
}

const struct run_ops run_tx = {plan, begin, fill, end};
