/* SPDX-License-Identifier: BSD-3-Clause */
/* Packets in a row, each the next of the one before it and on time: what nearly all are. What feed
 * would note of each is noted once for all of them, with the same result; whatever is special about
 * a packet is left to it. */
#include "flow_rx_priv.h"

/* What changes from packet to packet. */
struct run {
	uint32_t seq; /* of the next */
	uint32_t mean_len, bytes;
	int64_t src_ns, spacing_ns, transit_ns; /* newest, mean, least */
};

/* How many packets may be taken without a look at windows, samples and the ring's edge. */
static uint32_t run_limit(const struct rg_flow_rx *f, rg_time now)
{
	uint32_t seq = f->newest + 1, limit;

	/* before the first delivery each packet may move the clock */
	if (f->st.delivered == 0 || f->conf.timing != RG_TIMING_SOURCE || f->top != f->newest ||
		rg_seq_diff(seq, f->first) < 0 || seq - f->cursor >= f->window ||
		!rg_time_before(now, f->drift_end))
		return 0;
	limit = rg_min_u32(LOSS_WINDOW - 1 - f->loss_n, REORDER_WINDOW - 1 - f->reorder_n);
	return rg_min_u32(limit, f->window - (seq - f->cursor));
}

static bool belongs(const struct rg_flow_rx *f, const struct run *r, const struct rg_media *m,
	int64_t transit_ns)
{
	return m->seq + f->seq_shift == r->seq && !(m->flags & (RG_MEDIA_RETX | RG_MEDIA_RECORD)) &&
		time_fits(f, transit_ns - f->offset_ns);
}

static void extend(struct run *r, const struct rg_media *m, int64_t src_ns, int64_t transit_ns)
{
	r->mean_len = len_mean(r->mean_len, m->len);
	r->bytes += m->len;
	r->spacing_ns =
		spacing_mean(r->spacing_ns, spacing_in(r->spacing_ns, 1, src_ns - r->src_ns));
	r->src_ns = rg_max_i64(r->src_ns, src_ns);
	r->transit_ns = rg_min_i64(r->transit_ns, transit_ns);
	r->seq++;
}

/* n packets, as r says. */
static void note(struct rg_flow_rx *f, rg_time now, const struct run *r, unsigned n)
{
	uint32_t first = r->seq - n;

	rx_stats_interval(f, now);
	if (n > 1)
		f->st.ips_cur_us = 0;
	tokens_take(&f->media, r->bytes, f->conf.bandwidth_Bps);
	f->gauge_bytes += r->bytes;
	f->mean_len = r->mean_len;
	f->reorder_n += n;
	f->loss_n += n;
	f->spacing_ns = r->spacing_ns;
	f->drift_min_ns = r->transit_ns;
	f->last_arrival = now;
	f->cand.n = 0;
	f->newest = f->top = r->seq - 1;
	f->newest_src_ns = r->src_ns;
	f->n_held += n;
	if (f->ahead_known && rg_seq_diff(first, f->ahead) < 0)
		f->ahead = first;
	f->st.received += n;
	f->st.received_bytes += r->bytes;
}

unsigned rx_run_feed(struct rg_flow_rx *f, rg_time now, const struct rg_media *m, unsigned n)
{
	struct run r = {
		.seq = f->newest + 1,
		.mean_len = f->mean_len,
		.src_ns = f->newest_src_ns,
		.spacing_ns = f->spacing_ns,
		.transit_ns = f->drift_min_ns,
	};
	unsigned i;

	n = rg_min_u32(n, run_limit(f, now));
	for (i = 0; i < n; i++) {
		int64_t src_ns = m[i].src_ns + f->shift_ns;
		int64_t transit_ns = now.ns - src_ns;

		if (!belongs(f, &r, &m[i], transit_ns))
			break;
		if (i + 2 < n)
			slot_fetch(f, r.seq + 2);
		slot_hold(slot_at(f, r.seq), now, &m[i], r.seq, src_ns);
		extend(&r, &m[i], src_ns, transit_ns);
	}
	if (i > 0) {
		f->flow_id = m[0].flow_id;
		note(f, now, &r, i);
	}
	return i;
}
