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

void rg_flow_rx_fetch(const struct rg_flow_rx *f, enum rg_fetch step)
{
	switch (step) {
	case RG_FETCH_FIRST:
		rg_prefetch_near(f, HOT_BYTES);
		break;
	case RG_FETCH_FEED:
		slot_fetch(f, f->newest + 1);
		break;
	case RG_FETCH_POLL:
		slot_fetch(f, f->cursor);
		break;
	case RG_FETCH_HELD:
		slot_fetch_held(slot_at(f, f->cursor));
		break;
	}
}

void rg_flow_rx_set_rtt(struct rg_flow_rx *f, int64_t rtt_ns, int64_t rtt_var_ns)
{
	f->rtt_ns = rtt_ns;
	f->rtt_var_ns = rtt_var_ns;
	f->rtt_c_ns = rg_clamp_i64(rtt_ns, f->conf.rtt_min_ns, f->conf.rtt_max_ns);
}

void rg_flow_rx_set_wall_offset(struct rg_flow_rx *f, int64_t offset_ns)
{
	int64_t own_ns = offset_ns - f->shift_ns;

	if (f->conf.timing != RG_TIMING_RTC)
		return;
	if (f->started && f->offset_ns != own_ns)
		f->st.clock_resync++;
	f->rtc_offset_ns = own_ns;
	f->rtc_known = true;
	f->offset_ns = own_ns;
}

/* The first packet of a timeline. Numbers below it, from `first` on, may be under way still, or lost
 * rather than never sent: they are taken, and asked for, and the playout has a whole buffer of time
 * to wait. */
static void anchor(struct rg_flow_rx *f, rg_time now, const struct rg_media *m, uint32_t first)
{
	f->fresh = true;
	f->first = first;
	f->newest = m->seq;
	f->top = m->seq;
	rx_nack_probe(f, now, first, m->seq, due_of(f, m->src_ns));
}

static void start(struct rg_flow_rx *f, rg_time now, const struct rg_media *m)
{
	f->started = true;
	f->cursor = m->seq - PROBE_PACKETS;
	rx_clock_start(f, now, m);
	anchor(f, now, m, f->cursor);
}

/* room: how many drops it may cause. False: not enough. */
static bool make_room(struct rg_flow_rx *f, uint32_t seq, unsigned room, struct rg_flow_rx_out *out)
{
	return seq - f->cursor < f->window ||
		rx_playout_advance(f, seq - f->window + 1, room - 1, out);
}

/* A new timeline begins. Its numbers and source times are moved to where the old ones end, so what
 * is held is played out first, and nobody needs to know. What is missing stays so: the history it
 * was in went with the old sender. */
static bool restart(struct rg_flow_rx *f, rg_time now, struct rg_media *m, unsigned room,
	struct rg_flow_rx_out *out)
{
	uint32_t end = f->top + 1;
	/* never what is held or was delivered: it may go on with the same numbers */
	uint32_t seq = end + rg_min_u32(m->seq - end, PROBE_PACKETS);

	if (!make_room(f, seq, room, out))
		return false;
	f->old_seq_shift = m->seq - seq;
	f->old_first = f->first;
	f->seq_shift -= f->old_seq_shift;
	m->seq = seq;
	f->st.flow_resets++;
	rx_nack_stop(f);
	rx_clock_restart(f, now, m);
	anchor(f, now, m, end);
	return true;
}

/* An original ahead of all others: what lies between is missing, each due before it. */
static void open_gap(struct rg_flow_rx *f, rg_time now, const struct rg_media *m)
{
	uint32_t step = m->seq - f->newest;
	int64_t each = spacing_in(f->spacing_ns, step, m->src_ns - f->newest_src_ns);
	uint32_t first = f->newest + 1;

	rx_learn_loss(f, step - 1, step);
	f->spacing_ns = spacing_mean(f->spacing_ns, each);
	if (rg_seq_diff(f->cursor, first) > 0) /* the playout followed a retransmission further */
		first = f->cursor;
	if (first != m->seq)
		rx_nack_mark(f, now, first, m->seq,
			due_of(f, m->src_ns) - each * (int64_t)(m->seq - first), each);
	f->newest = m->seq;
	f->newest_src_ns = rg_max_i64(m->src_ns, f->newest_src_ns);
}

static void hold(struct rg_flow_rx *f, rg_time now, struct slot *s, const struct rg_media *m)
{
	slot_hold(s, now, m, m->seq, m->src_ns);
	f->n_held++;
	if (rg_seq_diff(m->seq, f->top) > 0)
		f->top = m->seq;
	if (f->ahead_known && rg_seq_diff(m->seq, f->ahead) < 0)
		f->ahead = m->seq;
	f->st.received++;
	f->st.received_bytes += m->len;
}

static void refuse(struct rg_flow_rx *f, const struct rg_media *m, struct rg_flow_rx_out *out)
{
	bool retx = m->flags & RG_MEDIA_RETX;

	if (rg_seq_diff(m->seq, f->first) >= 0) {
		drop(out, m->buf, m->flags & RG_MEDIA_RECORD ? RG_V_RECORD : RG_V_OUT_OF_WINDOW);
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
static void place(struct rg_flow_rx *f, rg_time now, struct rg_media *m, unsigned room,
	struct rg_flow_rx_out *out)
{
	bool retx = m->flags & RG_MEDIA_RETX;
	struct slot *miss = slot_in(f, m->seq, SLOT_MISSING);
	struct slot *s = slot_at(f, m->seq);
	bool sole = false;

	if (slot_in(f, m->seq, SLOT_HELD)) {
		f->st.duplicates++;
		if (retx)
			rx_learn_second_answer(f, s->queued);
		drop(out, m->buf, RG_V_DUPLICATE);
		return;
	}
	if (!make_room(f, m->seq, room, out)) {
		drop(out, m->buf, RG_V_OUT_OF_WINDOW);
		return;
	}
	if (retx)
		m->src_ns = retx_time(f, miss, m->src_ns);
	else if (rg_seq_diff(m->seq, f->newest) > 0)
		open_gap(f, now, m);
	else if (m->seq != f->newest)
		f->st.reordered++;
	if (miss) {
		sole = miss->u.miss.rounds == 1 && miss->u.miss.copies == 1;
		rx_nack_filled(f, now, miss, retx);
	}
	hold(f, now, s, m);
	s->queued = sole;
}

/* False: the packet is refused. */
static bool take_original(struct rg_flow_rx *f, rg_time now, struct rg_media *m, unsigned room,
	struct rg_flow_rx_out *out)
{
	enum fit fit = FIT;

	if (f->started)
		fit = rx_clock_fit(f, now, m);
	else
		start(f, now, m);
	if (!(m->flags & RG_MEDIA_RECORD))
		f->last_arrival = now;
	if (fit == FIT_NOT || (fit == FIT_RESTART && !restart(f, now, m, room, out)))
		return false;
	if (fit == FIT)
		rx_clock_drift(f, now, m->src_ns);
	return true;
}

/* We ask for nothing beyond the newest original, but other receivers of a group do. */
static bool take_retransmission(struct rg_flow_rx *f, rg_time now, struct rg_media *m)
{
	if (rg_seq_diff(m->seq, f->first) >= 0 && rg_seq_diff(m->seq, f->newest) <= GAP_SLACK)
		return m->seq - f->cursor < f->window;
	return rx_clock_is_old(f, m) && rx_clock_fit_old(f, now, m);
}

void rx_feed_one(struct rg_flow_rx *f, rg_time now, struct rg_media m, unsigned room,
	struct rg_flow_rx_out *out)
{
	bool retx = m.flags & RG_MEDIA_RETX;
	bool taken;

	rx_stats_arrival(f, now, &m);
	if (retx && !f->started) {
		drop(out, m.buf, RG_V_BEFORE_START);
		return;
	}
	m.seq += f->seq_shift;
	m.src_ns = f->conf.timing == RG_TIMING_ARRIVAL ? now.ns : m.src_ns + f->shift_ns;
	if (retx)
		taken = take_retransmission(f, now, &m);
	else
		taken = take_original(f, now, &m, room, out);
	if (!taken) {
		refuse(f, &m, out);
		return;
	}
	f->flow_id = m.flow_id;
	place(f, now, &m, room, out);
}

static void plan_wake(struct rg_flow_rx *f, rg_time now, bool more)
{
	f->wake = now;
	if (!more && !rx_playout_crowded(f))
		f->wake = rg_time_min(rx_playout_wakeup(f), rx_wheel_wakeup(f));
}

void rg_flow_rx_feed(struct rg_flow_rx *f, rg_time now, const struct rg_media *m, unsigned n,
	struct rg_flow_rx_out *out)
{
	RG_ASSERT(!f->ended && out->drop_cap - out->n_drop >= n);
	for (unsigned i = 0; i < n; i++) {
		i += rx_run_feed(f, now, m + i, n - i);
		if (i == n)
			break;
		/* each packet still to come needs one place for itself */
		rx_feed_one(f, now, m[i], out->drop_cap - out->n_drop - (n - 1 - i), out);
	}
	rx_stats_roll(f, now);
	plan_wake(f, now, false);
}

void rg_flow_rx_poll(struct rg_flow_rx *f, rg_time now, struct rg_flow_rx_out *out)
{
	out->more = false;
	if (f->ended) {
		rx_playout_flush(f, out);
		out->more = f->n_held > 0;
	} else if (f->started) {
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
	f->ended = true;
	rx_nack_stop(f);
	f->wake = f->n_held > 0 ? (rg_time){0} : RG_TIME_NEVER;
}

bool rg_flow_rx_empty(const struct rg_flow_rx *f)
{
	return f->n_held == 0;
}
