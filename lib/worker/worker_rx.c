/* SPDX-License-Identifier: BSD-3-Clause */
/* The stages of a step: bursts to their sides, media from inputs to every output, and what is due
 * by the clock. */
#include "worker_priv.h"

/* [take] Media of one input to all outputs: one reference each, no copies. */
static void route(struct rg_worker *w, struct stream *s, const struct rg_media *m, unsigned n)
{
	if (n == 0)
		return;
	for (unsigned i = 0; s->n_tx > 1 && i < n; i++)
		rg_io_ref(&w->io, m[i].buf, s->n_tx - 1);
	for (uint32_t k = 0; k < s->n_tx; k++) {
		rg_tx_push(s->tx[k], &w->io, m, n);
		due_set(w, s->plan->outputs[k].ep, rg_tx_wakeup(s->tx[k]));
	}
}

static void check_end(struct rg_worker *w, struct stream *s)
{
	rg_time done;

	for (uint32_t i = 0; i < s->n_rx; i++)
		if (!rg_rx_ended(s->rx[i]))
			return;
	s->ending = true;
	s->end_at = w->io.now;
	for (uint32_t k = 0; k < s->n_tx; k++) {
		rg_tx_end(s->tx[k], &w->io, &done);
		if (rg_time_before(s->end_at, done))
			s->end_at = done;
		due_set(w, s->plan->outputs[k].ep, rg_tx_wakeup(s->tx[k]));
	}
	due_set(w, w->max_eps + s->index, w->io.now);
}

static void take_run(struct rg_worker *w, const struct rg_dgram *in, unsigned n)
{
	struct ep *e = &w->eps[in->ep];
	struct stream *s = e->stream;
	struct rg_io *io = &w->io;
	unsigned k;

	stream_enter(w, s);
	switch ((enum ep_role)e->role) {
	case EP_RX_MEDIA:
		k = rg_rx_media(e->side.rx, io, in, n, io->media);
		route(w, s, io->media, k);
		due_set(w, in->ep, rg_rx_wakeup(e->side.rx));
		if (rg_rx_ended(e->side.rx) && !s->ending)
			check_end(w, s);
		break;
	case EP_RX_RTCP:
		rg_rx_control(e->side.rx, io, in, n);
		break;
	case EP_TX_MEDIA:
		rg_tx_media(e->side.tx, io, in, n);
		break;
	case EP_TX_RTCP:
		rg_tx_control(e->side.tx, io, in, n);
		due_set(w, (uint32_t)in->ep - 1, rg_tx_wakeup(e->side.tx));
		break;
	case EP_FREE:
		break;
	}
}

void receive(struct rg_worker *w, const struct rg_dgram *in, unsigned n)
{
	unsigned end;

	for (unsigned i = 0; i < n; i = end) {
		bool known = in[i].ep < w->max_eps && w->eps[in[i].ep].role != EP_FREE;

		end = i + 1;
		while (end < n && in[end].ep == in[i].ep)
			end++;
		if (known) {
			take_run(w, in + i, end - i);
			continue;
		}
		count_orphans(w, RG_V_NOT_OURS, end - i);
		for (unsigned k = i; k < end; k++)
			if (in[k].buf.h)
				rg_io_free(&w->io, in[k].buf);
	}
}

/* Packets an input may deliver now, so that every copy finds room. */
static unsigned deliver_room(const struct rg_worker *w, const struct stream *s)
{
	unsigned fanout = 1;

	for (uint32_t k = 0; k < s->n_tx; k++)
		fanout += rg_tx_fanout(s->tx[k]);
	return rg_min_u32(RG_IO_MEDIA, rg_io_room(&w->io) / fanout);
}

void poll_side(struct rg_worker *w, uint32_t id)
{
	struct ep *e = &w->eps[id];
	struct stream *s = e->stream;
	unsigned n;

	if (e->role == EP_FREE)
		return;
	stream_enter(w, s);
	if (e->role == EP_RX_MEDIA) {
		n = rg_rx_poll(e->side.rx, &w->io, w->io.media, deliver_room(w, s));
		route(w, s, w->io.media, n);
		due_set(w, id, rg_rx_wakeup(e->side.rx));
	} else {
		rg_tx_poll(e->side.tx, &w->io);
		due_set(w, id, rg_tx_wakeup(e->side.tx));
	}
}
