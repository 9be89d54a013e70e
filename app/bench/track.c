/* SPDX-License-Identifier: BSD-3-Clause */
#include "track.h"

#include <stdlib.h>

int track_open(struct track *t, uint32_t n_flows, uint32_t n_outputs, uint32_t payload_bytes)
{
	*t = (struct track){
		.n_flows = n_flows, .n_outputs = n_outputs, .payload_bytes = payload_bytes};
	t->sent_of = calloc(n_flows, sizeof(*t->sent_of));
	t->got_of = calloc((size_t)n_flows * n_outputs, sizeof(*t->got_of));
	for (unsigned i = 0; i < sizeof(t->pattern); i++)
		t->pattern[i] = (uint8_t)(i * 7 + i / 251);
	return t->sent_of && t->got_of ? 0 : -RG_E_NOMEM;
}

void track_close(struct track *t)
{
	free(t->sent_of);
	free(t->got_of);
}

uint32_t track_fill(struct track *t, uint8_t *p)
{
	uint32_t flow = t->next_flow;

	if (++t->in_row >= t->row) {
		t->in_row = 0;
		t->next_flow = flow + 1 < t->n_flows ? flow + 1 : 0;
	}
	memcpy(p, t->pattern, t->payload_bytes);
	rg_put32(p, flow);
	rg_put32(p + 4, t->sent_of[flow]++);
	t->sent++;
	return flow;
}

void track_check(struct track *t, uint32_t output, const uint8_t *p, uint32_t len)
{
	if (len != t->payload_bytes || output >= t->n_flows * t->n_outputs ||
		rg_get32(p) != output / t->n_outputs) {
		t->wrong++;
		return;
	}
	t->wrong += track_number(p) != t->got_of[output];
	t->got_of[output] = track_number(p) + 1;
	t->got++;
}
