/* SPDX-License-Identifier: BSD-3-Clause */
/* What a stream takes beside its packets, from the footprints that the host asks for. */
#include "plan.h"
#include "rg_worker.h"

#define SLOTS 1024

/* The streams of a gateway with one flow. */
static int open_plan(struct plan *p, const struct bench_row *row, bool receives)
{
	struct plan_conf c = {.profile = row->c->profile,
		.aes_bits = row->c->aes_bits,
		.flows = 1,
		.outputs = 1,
		.pps = (uint32_t)BENCH_PPS,
		.buffer_ms = BENCH_BUFFER_MS,
		.rist_in = receives,
		.rist_out = !receives};
	struct rg_key_server *keys = plan_keys(&c);
	int rc = keys ? plan_open(p, &c, keys) : -RG_E_NOMEM;

	rg_key_server_free(keys);
	return rc;
}

/* What the worker itself needs for one stream more. */
static size_t worker_share(const struct plan *p)
{
	struct rg_worker_conf one = {.max_streams = 1000, .max_eps = 1000 * p->n_eps};
	struct rg_worker_conf two = {.max_streams = 2000, .max_eps = 2000 * p->n_eps};

	return (rg_worker_footprint(&two) - rg_worker_footprint(&one)) / 1000;
}

static size_t footprint(struct plan *p, uint32_t slots, uint32_t flows)
{
	p->inputs[0].ring_slots = p->outputs[0].ring_slots = slots;
	p->inputs[0].rist.max_flows = flows;
	return rg_stream_footprint(p->streams) + worker_share(p);
}

static size_t slot_bytes(struct plan *p)
{
	return (footprint(p, 2 * SLOTS, 1) - footprint(p, SLOTS, 1)) / SLOTS;
}

int bench_run_memory(
	const struct bench_row *row, struct bench_result *out, struct rg_conf_error *err)
{
	struct bench_memory *m = &out->memory;
	struct plan rx = {0}, tx = {0};
	int rc = open_plan(&rx, row, true);

	(void)err;
	*out = (struct bench_result){.row = *row, .limit = "16384 bytes a flow, 48 a slot"};
	if (rc == 0)
		rc = open_plan(&tx, row, false);
	if (rc == 0) {
		m->slot_bytes = slot_bytes(&rx);
		m->history_slot_bytes = slot_bytes(&tx);
		m->stream_bytes = footprint(&rx, SLOTS, 1) - SLOTS * m->slot_bytes;
		m->flow_bytes =
			footprint(&rx, SLOTS, 2) - footprint(&rx, SLOTS, 1) - SLOTS * m->slot_bytes;
		m->sender_bytes = footprint(&tx, SLOTS, 1) - SLOTS * m->history_slot_bytes;
		out->ratio = (double)m->flow_bytes / 16384;
	}
	plan_close(&rx);
	plan_close(&tx);
	return rc;
}
