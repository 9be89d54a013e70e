/* SPDX-License-Identifier: BSD-3-Clause */
/* Playout: in order, each packet at source time + offset + buffer. A hole waits until its
 * successor is due, then it is lost. What the ring has no room to keep until then leaves early. */
#include "flow_rx_priv.h"

/* Find the first held packet at or after the cursor; false: there is none. */
static bool look_ahead(struct rg_flow_rx *f)
{
	if (f->n_held == 0)
		return false;
	if (f->ahead_known)
		return true;
	for (uint32_t s = f->cursor; rg_seq_diff(s, f->top) <= 0; s++) {
		if (slot_in(f, s, SLOT_HELD)) {
			f->ahead = s;
			f->ahead_known = true;
			return true;
		}
	}
	return false;
}

static void move_cursor(struct rg_flow_rx *f, uint32_t to)
{
	f->cursor = to;
	if (rg_seq_diff(to, f->first) > 0)
		f->first = to;
}

/* Give up [cursor, to); none of them is held. */
static void skip_hole(struct rg_flow_rx *f, uint32_t to)
{
	uint32_t lost = 0;

	for (uint32_t s = f->cursor; s != to; s++) {
		struct slot *miss = slot_in(f, s, SLOT_MISSING);

		lost += !miss || !miss->probe;
		if (miss)
			rx_nack_forget(f, miss);
	}
	move_cursor(f, to);
	if (lost > 0) {
		f->st.lost += lost;
		f->st.discontinuities++;
		f->gap_before = true;
	}
}

/* The packet of a slot, which is empty then. */
static void take_out(struct rg_flow_rx *f, rg_time now, struct slot *s, struct rg_media *m)
{
	const struct held *h = &s->u.held;

	/* the host writes there soon; one line here, others further on: together they would wait
	 * for each other */
	rg_buf_prefetch(h->buf, 0);
	/* and this flow's slot of the poll after the next, unless it is by then */
	slot_fetch(f, s->seq + 2);
	*m = (struct rg_media){
		.buf = h->buf,
		.data = h->data,
		.arrival = {h->arrival_ns},
		.src_ns = h->src_ns,
		.seq = s->seq,
		.flow_id = f->flow_id,
		.rtp_ts = s->rtp_ts,
		.len = s->len,
		.virt_src = s->virt_src,
		.virt_dst = s->virt_dst,
		.path = s->path,
	};
	s->state = SLOT_EMPTY;
	f->buffered_ns += (now.ns - h->arrival_ns - f->buffered_ns) / 16;
}

/* The packet at the cursor, and what its place means. */
static void release(struct rg_flow_rx *f, rg_time now, struct slot *s, struct rg_media *m)
{
	bool old = rg_seq_diff(s->seq, f->first) < 0; /* of a timeline that ended */

	take_out(f, now, s, m);
	if (f->gap_before)
		m->flags |= RG_MEDIA_DISCONTINUITY;
	f->gap_before = false;
	if (f->st.delivered++ == 0 || (f->fresh && !old))
		m->flags |= RG_MEDIA_START;
	f->fresh &= old;
	f->n_held--;
	move_cursor(f, f->cursor + 1);
	f->ahead_known = false;
}

/* Behind a released packet the next ones, as long as each is there and due: nothing but itself is to
 * be noted of it. */
static void release_run(struct rg_flow_rx *f, rg_time now, struct rg_flow_rx_out *out)
{
	int64_t due_src_ns = now.ns - f->offset_ns - f->conf.buffer_ns;
	unsigned room = out->deliver_cap - out->n_deliver, n = 0;
	struct rg_media *m = out->deliver + out->n_deliver;

	if (f->fresh)
		return;
	for (; n < room; n++) {
		struct slot *s = slot_in(f, f->cursor + n, SLOT_HELD);

		if (!s || s->u.held.src_ns > due_src_ns)
			break;
		take_out(f, now, s, &m[n]);
	}
	out->n_deliver += n;
	f->st.delivered += n;
	f->n_held -= n;
	move_cursor(f, f->cursor + n);
}

/* Numbers before it leave now, due or not. */
static uint32_t edge(const struct rg_flow_rx *f)
{
	return f->newest + 1 - (f->window - f->spare);
}

bool rx_playout_crowded(const struct rg_flow_rx *f)
{
	return !f->ended && rg_seq_diff(edge(f), f->cursor) > 0;
}

void rx_playout_poll(struct rg_flow_rx *f, rg_time now, struct rg_flow_rx_out *out)
{
	while (look_ahead(f)) {
		struct slot *s = slot_at(f, f->ahead);
		bool due = due_of(f, s->u.held.src_ns) <= now.ns;

		if (!due && rg_seq_diff(f->ahead, edge(f)) >= 0)
			break;
		if (out->n_deliver == out->deliver_cap) {
			out->more = true;
			return;
		}
		if (f->ahead != f->cursor)
			skip_hole(f, f->ahead);
		f->st.played_early += !due;
		release(f, now, s, &out->deliver[out->n_deliver++]);
		release_run(f, now, out);
	}
	if (rx_playout_crowded(f)) /* by a hole */
		skip_hole(f, edge(f));
}

rg_time rx_playout_wakeup(struct rg_flow_rx *f)
{
	if (!look_ahead(f))
		return RG_TIME_NEVER;
	return (rg_time){due_of(f, slot_at(f, f->ahead)->u.held.src_ns)};
}

bool rx_playout_advance(
	struct rg_flow_rx *f, uint32_t seq, unsigned room, struct rg_flow_rx_out *out)
{
	while (rg_seq_diff(seq, f->cursor) > 0) {
		struct slot *s = slot_at(f, f->cursor);

		if (!look_ahead(f) || rg_seq_diff(f->ahead, seq) >= 0) {
			skip_hole(f, seq);
			return true;
		}
		if (f->ahead != f->cursor) {
			skip_hole(f, f->ahead);
			continue;
		}
		if (room-- == 0)
			return false;
		drop(out, s->u.held.buf, RG_V_OVERWRITTEN);
		s->state = SLOT_EMPTY;
		f->n_held--;
		f->st.overwritten++;
		f->gap_before = true;
		move_cursor(f, f->cursor + 1);
		f->ahead_known = false;
	}
	return true;
}

void rx_playout_flush(struct rg_flow_rx *f, struct rg_flow_rx_out *out)
{
	for (unsigned i = 0; i < FLUSH_SLOTS && f->n_held > 0; i++, f->cursor++) {
		struct slot *s = slot_at(f, f->cursor);

		if (s->state != SLOT_HELD)
			continue;
		if (out->n_drop == out->drop_cap)
			return;
		drop(out, s->u.held.buf, RG_V_FLOW_RESET);
		s->state = SLOT_EMPTY;
		f->n_held--;
	}
}
