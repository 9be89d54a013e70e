/* SPDX-License-Identifier: BSD-3-Clause */
/* A stream's statistics, copied out under the sequence lock. */
#include "worker_priv.h"

static_assert(sizeof(struct rg_stream_report) % 8 == 0 && sizeof(struct rg_input_report) % 8 == 0 &&
		sizeof(struct rg_output_report) % 8 == 0,
	"reports are copied by words");

static uint32_t reported_flows(const struct rg_stream_plan *p)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < p->n_inputs; i++)
		n += rg_rx_flows(&p->inputs[i]);
	return n;
}

static uint32_t reported_outputs(const struct rg_stream_plan *p)
{
	return rg_min_u32(p->n_outputs, RG_REPORT_SIDES);
}

size_t rg_stream_report_bytes(const struct rg_stream_plan *p)
{
	return sizeof(struct rg_stream_report) +
		reported_flows(p) * sizeof(struct rg_input_report) +
		reported_outputs(p) * sizeof(struct rg_output_report);
}

/* The slots of one input; those not in use are only marked so. */
static void publish_input(
	struct rg_worker *w, const struct rg_rx *rx, uint32_t n_flows, _Atomic uint64_t *at)
{
	static const uint64_t inactive;

	for (unsigned i = 0; i < n_flows; i++) {
		struct rg_input_report r;

		if (rg_rx_report(rx, w->io.now, i, &r))
			rg_stat_put(at, &r, sizeof(r));
		else
			rg_stat_put(at, &inactive, sizeof(inactive));
		at += sizeof(r) / 8;
	}
}

void publish(struct rg_worker *w, struct stream *s)
{
	struct rg_stream_report head = {
		.n_flows = reported_flows(s->plan),
		.n_outputs = reported_outputs(s->plan),
		.input_ended = s->ended,
	};
	_Atomic uint64_t *at = s->report;

	for (uint32_t i = 0; i < s->n_rx; i++)
		rg_rx_raw_report(s->rx[i], &head.raw_received, &head.raw_received_bytes);
	memcpy(head.drops, s->drops, sizeof(head.drops));
	rg_stat_begin(&s->lock);
	rg_stat_put(at, &head, sizeof(head));
	at += sizeof(head) / 8;
	for (uint32_t i = 0; i < s->n_rx; i++) {
		uint32_t n_flows = rg_rx_flows(&s->plan->inputs[i]);

		publish_input(w, s->rx[i], n_flows, at);
		at += n_flows * sizeof(struct rg_input_report) / 8;
	}
	for (uint32_t i = 0; i < head.n_outputs; i++) {
		struct rg_output_report r;

		rg_tx_report(s->out[i].tx, w->io.now, &r);
		rg_stat_put(at, &r, sizeof(r));
		at += sizeof(r) / 8;
	}
	rg_stat_end(&s->lock);
}

bool rg_worker_report(const struct rg_worker *w, uint32_t stream, void *buf, size_t cap_bytes)
{
	struct stream *s = stream < w->max_streams
		? atomic_load_explicit(&w->streams[stream], memory_order_acquire)
		: NULL;
	size_t n;

	if (!s)
		return false;
	n = rg_stream_report_bytes(s->plan);
	return n <= cap_bytes && rg_stat_read(&s->lock, s->report, buf, n);
}

void rg_worker_orphans(const struct rg_worker *w, uint64_t *drops)
{
	for (unsigned v = 0; v < RG_V_COUNT; v++)
		drops[v] += atomic_load_explicit(&w->orphans[v], memory_order_relaxed);
}
