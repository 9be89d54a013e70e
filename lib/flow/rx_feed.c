/* SPDX-License-Identifier: BSD-3-Clause */
/* A packet comes in: place it, notice what is missing before it. */
#include "flow_rx_priv.h"

size_t rg_flow_rx_footprint(const struct rg_flow_rx_conf *c)
{
	return rg_align_up(sizeof(struct rg_flow_rx), RG_CACHE_LINE) +
		rg_align_up(c->ring_slots * sizeof(struct slot), RG_CACHE_LINE);
}

struct rg_flow_rx *rg_flow_rx_init(void *mem, const struct rg_flow_rx_conf *c, rg_time now)
{
	struct rg_flow_rx *f = mem;

	RG_ASSERT((c->ring_slots & (c->ring_slots - 1)) == 0 && c->ring_slots >= 2 * PROBE_PACKETS);
	memset(mem, 0, rg_flow_rx_footprint(c));
	f->conf = *c;
	f->ring = (struct slot *)(void *)((uint8_t *)mem +
		rg_align_up(sizeof(struct rg_flow_rx), RG_CACHE_LINE));
	f->mask = c->ring_slots - 1;
	f->window = c->seq_bits == 16 ? rg_min_u32(c->ring_slots, WINDOW_16BIT) : c->ring_slots;
	f->spare = f->window / SPARE_SHARE;
	f->mean_len = 1328;
	f->last_arrival = now;
	f->last_answer = now;
	f->gauge_end = rg_time_add(now, GAUGE_NS);
	f->wake = RG_TIME_NEVER;
	rx_nack_init(f, now);
	return f;
}

void rg_flow_rx_set_rtt(struct rg_flow_rx *f, int64_t rtt_ns, int64_t rtt_var_ns)
{
	f->rtt_ns = rtt_ns;
	f->rtt_var_ns = rtt_var_ns;
	f->rtt_c_ns = rg_clamp_i64(rtt_ns, f->conf.rtt_min_ns, f->conf.rtt_max_ns);
}

void rg_flow_rx_set_wall_offset(struct rg_flow_rx *f, int64_t offset_ns)
{
	if (f->conf.timing != RG_TIMING_RTC)
		return;
	if (f->started && f->offset_ns != offset_ns)
		f->st.clock_resync++;
	f->rtc_offset_ns = offset_ns;
	f->rtc_known = true;
	f->offset_ns = offset_ns;
}

/* The first packet of a timeline. Numbers below it may be under way still, or lost rather than
 * never sent: they are taken, and asked for, and the playout has a whole buffer of time to wait. */
static void anchor(struct rg_flow_rx *f, rg_time now, uint32_t seq, int64_t src_ns)
{
	rx_clock_anchor(f, now, src_ns);
	f->fresh = true;
	f->gap_before = false;
	/* never what was delivered already: a restart may go on with the same numbers */
	if (!f->started || seq - f->cursor >= PROBE_PACKETS)
		f->cursor = seq - PROBE_PACKETS;
	f->started = true;
	f->probe_end = seq;
	f->newest = seq;
	f->top = seq;
	if (f->conf.recovery == RG_RECOVERY_DEADLINE)
		rx_nack_mark(f, now, f->cursor, seq, due_of(f, src_ns), 0);
}

static void restart(struct rg_flow_rx *f, rg_time now, uint32_t seq, int64_t src_ns)
{
	rx_playout_condemn(f);
	f->st.flow_resets++;
	anchor(f, now, seq, src_ns);
}

/* An original ahead of all others: what lies between is missing, each due between its ends. */
static void open_gap(struct rg_flow_rx *f, rg_time now, uint32_t seq, int64_t src_ns)
{
	uint32_t step = seq - f->newest;
	int64_t elapsed = src_ns - f->newest_src_ns;
	int64_t each = step > 1 ? elapsed / step : elapsed;
	uint32_t first = f->newest + 1;

	rx_learn_loss(f, step - 1, step);
	f->spacing_ns += (each - f->spacing_ns) / 16;
	if (rg_seq_diff(f->cursor, first) > 0) /* the playout followed a retransmission further */
		first = f->cursor;
	if (first != seq)
		rx_nack_mark(f, now, first, seq,
			due_of(f, f->newest_src_ns) + each * (int64_t)(first - f->newest), each);
	f->newest = seq;
	f->newest_src_ns = rg_max_i64(src_ns, f->newest_src_ns);
}

static void hold(
	struct rg_flow_rx *f, rg_time now, struct slot *s, const struct rg_media *m, int64_t src_ns)
{
	s->seq = m->seq;
	s->rtp_ts = m->rtp_ts;
	s->virt_src = m->virt_src;
	s->virt_dst = m->virt_dst;
	s->len = m->len;
	s->path = m->path & 15u;
	s->state = SLOT_HELD;
	s->epoch = f->epoch & 1u;
	s->queued = 0;
	s->u.held = (struct held){m->buf, m->data, src_ns, now.ns};
	f->n_held++;
	if (rg_seq_diff(m->seq, f->top) > 0)
		f->top = m->seq;
	if (rg_seq_diff(m->seq, f->probe_end) < 0)
		f->probe_end = m->seq;
	if (f->ahead_known && rg_seq_diff(m->seq, f->ahead) < 0)
		f->ahead = m->seq;
	f->st.received++;
	f->st.received_bytes += m->len;
}

static void refuse(struct rg_flow_rx *f, const struct rg_media *m, struct rg_flow_rx_out *out)
{
	bool retx = m->flags & RG_MEDIA_RETX;

	if (rg_seq_diff(m->seq, f->cursor) >= 0) {
		drop(out, m->buf, RG_V_OUT_OF_WINDOW);
		return;
	}
	f->st.too_late++;
	f->st.too_late_retransmit += retx;
	drop(out, m->buf, retx ? RG_V_TOO_LATE_RETX : RG_V_TOO_LATE);
}

/* The source time of a retransmission is that of its original; should it be far from where its
 * neighbours are, it is from before a resync. */
static int64_t retx_time(const struct rg_flow_rx *f, const struct slot *miss, int64_t src_ns)
{
	int64_t expect = f->newest_src_ns;
	int64_t off;

	if (miss)
		expect = miss->u.miss.due_ns - f->offset_ns - f->conf.buffer_ns;
	off = src_ns - expect;
	if (f->conf.timing == RG_TIMING_ARRIVAL || off > f->conf.buffer_ns ||
		off < -f->conf.buffer_ns)
		return expect;
	return src_ns;
}

/* Place a packet whose number and time are settled. room: how many drops it may cause. */
static void place(struct rg_flow_rx *f, rg_time now, const struct rg_media *m, int64_t src_ns,
	unsigned room, struct rg_flow_rx_out *out)
{
	bool retx = m->flags & RG_MEDIA_RETX;
	struct slot *miss = slot_in(f, m->seq, SLOT_MISSING);
	struct slot *s = slot_at(f, m->seq);
	uint32_t over = m->seq - f->cursor;
	bool sole = false;

	if (slot_in(f, m->seq, SLOT_HELD)) {
		f->st.duplicates++;
		if (retx)
			rx_learn_second_answer(f, s->queued);
		drop(out, m->buf, RG_V_DUPLICATE);
		return;
	}
	if (over >= f->window && !rx_playout_advance(f, m->seq - f->window + 1, room - 1, out)) {
		drop(out, m->buf, RG_V_OUT_OF_WINDOW);
		return;
	}
	if (retx)
		src_ns = retx_time(f, miss, src_ns);
	else if (rg_seq_diff(m->seq, f->newest) > 0)
		open_gap(f, now, m->seq, src_ns);
	else if (m->seq != f->newest)
		f->st.reordered++;
	if (miss) {
		sole = miss->u.miss.rounds == 1 && miss->u.miss.copies == 1;
		rx_nack_filled(f, now, miss, retx);
	} else if (s->state == SLOT_HELD) { /* condemned by a restart */
		drop(out, s->u.held.buf, RG_V_FLOW_RESET);
		f->n_held_condemned--;
	}
	hold(f, now, s, m, src_ns);
	s->queued = sole;
}

static void feed_one(struct rg_flow_rx *f, rg_time now, const struct rg_media *m, unsigned room,
	struct rg_flow_rx_out *out)
{
	bool retx = m->flags & RG_MEDIA_RETX;
	bool by_arrival = f->conf.timing == RG_TIMING_ARRIVAL;
	int64_t src_ns = by_arrival ? now.ns : m->src_ns + f->shift_ns;
	enum fit fit = FIT;

	rx_stats_arrival(f, now, m);
	if (retx) {
		f->st.retransmitted_received++;
		f->last_answer = now;
		if (!f->started) {
			drop(out, m->buf, RG_V_BEFORE_START);
			return;
		}
		if (m->seq - f->cursor >= f->window) {
			refuse(f, m, out);
			return;
		}
	} else if (!f->started) {
		anchor(f, now, m->seq, src_ns);
	} else {
		fit = rx_clock_fit(f, now, m, &src_ns);
		f->last_arrival = now;
	}
	if (fit == FIT_RESTART && f->sweep == f->sweep_end)
		restart(f, now, m->seq, src_ns);
	else if (fit == FIT_NOT || fit == FIT_RESTART) {
		refuse(f, m, out);
		return;
	}
	if (fit == FIT && !retx)
		rx_clock_drift(f, now, src_ns);
	f->flow_id = m->flow_id;
	place(f, now, m, src_ns, room, out);
}

static void plan_wake(struct rg_flow_rx *f, rg_time now, bool more)
{
	f->wake = now;
	if (!more && !rx_playout_crowded(f))
		f->wake = rg_time_min(rx_playout_wakeup(f), rx_nack_wakeup(f));
}

void rg_flow_rx_feed(struct rg_flow_rx *f, rg_time now, const struct rg_media *m, unsigned n,
	struct rg_flow_rx_out *out)
{
	RG_ASSERT(out->drop_cap - out->n_drop >= n);
	for (unsigned i = 0; i < n; i++) {
		if (i + 2 < n)
			__builtin_prefetch(slot_at(f, m[i + 2].seq), 1);
		/* each packet still to come needs one place for itself, and one for what is in its
		 * slot */
		feed_one(f, now, &m[i], out->drop_cap - out->n_drop - (n - 1 - i), out);
	}
	rx_playout_sweep(f, SWEEP_PACKETS, out->drop_cap - out->n_drop, out);
	rx_stats_roll(f, now);
	plan_wake(f, now, false);
}

/* Return what was condemned; a flush waits for the sweep of a restart before it. */
static void sweep(struct rg_flow_rx *f, struct rg_flow_rx_out *out)
{
	if (f->flushing && f->sweep == f->sweep_end) {
		f->flushing = false;
		rx_playout_condemn(f);
	}
	if (f->sweep == f->sweep_end)
		return;
	rx_playout_sweep(f, SWEEP_POLL, out->drop_cap - out->n_drop, out);
	out->more = f->flushing || f->sweep != f->sweep_end;
}

void rg_flow_rx_poll(struct rg_flow_rx *f, rg_time now, struct rg_flow_rx_out *out)
{
	out->more = false;
	sweep(f, out);
	if (f->started) {
		rx_playout_poll(f, now, out);
		rx_nack_poll(f, now, out);
	}
	rx_stats_roll(f, now);
	plan_wake(f, now, out->more);
}

rg_time rg_flow_rx_wakeup(const struct rg_flow_rx *f)
{
	return f->wake;
}

void rg_flow_rx_flush(struct rg_flow_rx *f)
{
	if (!f->started)
		return;
	f->flushing = true;
	f->started = false;
	f->wake = (rg_time){0};
}

bool rg_flow_rx_empty(const struct rg_flow_rx *f)
{
	return f->n_held + f->n_held_condemned == 0;
}
