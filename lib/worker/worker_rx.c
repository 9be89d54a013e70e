/* SPDX-License-Identifier: BSD-3-Clause */
/* The stages of a step: bursts to their sides, media from inputs to every output, and what is due
 * by the clock. */
#include "worker_priv.h"

static void push(struct rg_worker *w, struct stream *s, uint32_t k, struct rg_media *m, unsigned n,
	uint16_t *owed)
{
	const struct out *out = &s->out[k];

	rg_tx_push(out->tx, &w->io, m, n, owed);
	if (s->n_tx > 1)
		rg_io_run(&w->io); /* the next output writes its headers to the same place */
	if (out->timed)
		due_set(w, out->ep, rg_tx_wakeup(out->tx));
}

/* Sources are never mixed: an output by port or name stays with the flow it began with, while that
 * lasts. */
static bool stays_with(
	struct stream *s, uint32_t k, const struct rg_rx *rx, const struct rg_media *m)
{
	const struct rg_side_plan *out = &s->plan->outputs[k];

	return !(rg_by_port(out) || out->flow_cname[0]) || rg_rx_stays_with(rx, m, &s->from[k]);
}

/* [take] Each output gets what it chose; what nobody did is dropped. */
static void route_chosen(struct rg_worker *w, struct stream *s, const struct rg_rx *rx,
	const struct rg_media *m, unsigned n)
{
	uint16_t owed[RG_IO_MEDIA] = {0}, mine[RG_IO_MEDIA];
	uint8_t from[RG_IO_MEDIA];
	uint64_t chosen = 0;

	for (uint32_t k = 0; k < s->n_tx; k++) {
		unsigned n_mine = 0;

		for (unsigned i = 0; i < n; i++) {
			if (!rg_rx_chosen(rx, &m[i], &s->plan->outputs[k]) ||
				!stays_with(s, k, rx, &m[i]))
				continue;
			mine[n_mine] = 0;
			from[n_mine] = (uint8_t)i;
			w->io.chosen[n_mine++] = m[i];
			chosen |= UINT64_C(1) << i;
		}
		if (n_mine)
			push(w, s, k, w->io.chosen, n_mine, mine);
		for (unsigned i = 0; i < n_mine; i++)
			owed[from[i]] = (uint16_t)(owed[from[i]] + mine[i]);
	}
	for (unsigned i = 0; i < n; i++) {
		if (chosen >> i & 1)
			rg_io_settle(&w->io, &m[i], &owed[i], 1);
		else
			rg_io_drop(&w->io, &(struct rg_dropped){m[i].buf, RG_V_STRANGER, 0}, 1);
	}
}

static_assert(RG_IO_MEDIA <= 64, "a bit each");

/* [take] Media of one input to all outputs: no copies, and the references of all at once. */
static void route(struct rg_worker *w, struct stream *s, const struct rg_rx *rx, struct rg_media *m,
	unsigned n)
{
	uint16_t owed[RG_IO_MEDIA];

	if (n == 0)
		return;
	if (s->chooses) {
		route_chosen(w, s, rx, m, n);
		return;
	}
	memset(owed, 0, n * sizeof(*owed));
	for (uint32_t k = 0; k < s->n_tx; k++)
		push(w, s, k, m, n, owed);
	rg_io_settle(&w->io, m, owed, n);
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
		rg_tx_end(s->out[k].tx, &w->io, &done);
		if (rg_time_before(s->end_at, done))
			s->end_at = done;
		due_set(w, s->out[k].ep, rg_tx_wakeup(s->out[k].tx));
	}
	due_set(w, w->max_eps + s->index, w->io.now);
}

static void take_run(struct rg_worker *w, struct ep *e, const struct rg_dgram *in, unsigned n,
	const struct rg_env *env)
{
	struct stream *s = e->stream;
	struct rg_io *io = &w->io;
	unsigned k;

	switch ((enum ep_role)e->role) {
	case EP_RX_MEDIA:
		k = rg_rx_media(e->side.rx, io, in, n, env, io->media);
		route(w, s, e->side.rx, io->media, k);
		due_set(w, in->ep, rg_rx_wakeup(e->side.rx));
		if (rg_rx_ended(e->side.rx) && !s->ending)
			check_end(w, s);
		break;
	case EP_RX_RTCP:
		rg_rx_control(e->side.rx, io, in, n, NULL);
		break;
	case EP_TX_MEDIA:
		rg_tx_media(e->side.tx, io, in, n);
		break;
	case EP_TX_RTCP:
		rg_tx_control(e->side.tx, io, in, n, NULL);
		due_set(w, (uint32_t)in->ep - 1, rg_tx_wakeup(e->side.tx));
		break;
	case EP_OOB:
		rg_tunnel_from_tun(e->oob, io, in, n);
		due_set(w, e->media_ep, io->now);
		break;
	case EP_FREE:
		break;
	}
}

/* A run that came through a tunnel, all of one kind. */
static void take_inside(struct rg_worker *w, struct ep *e, enum rg_inside kind,
	const struct rg_dgram *in, unsigned n, const struct rg_env *env)
{
	bool rx = e->role == EP_RX_MEDIA;

	if (kind == RG_INSIDE_MEDIA) {
		take_run(w, e, in, n, env);
		return;
	}
	if (kind == RG_INSIDE_CONTROL && rx)
		rg_rx_control(e->side.rx, &w->io, in, n, env);
	else if (kind == RG_INSIDE_CONTROL)
		rg_tx_control(e->side.tx, &w->io, in, n, env);
	else if (rx)
		rg_rx_other(e->side.rx, &w->io, in, n, env);
	else
		rg_tx_other(e->side.tx, &w->io, in, n, env);
	due_set(w, in->ep, rx ? rg_rx_wakeup(e->side.rx) : rg_tx_wakeup(e->side.tx));
}

static void enter_tunnel(
	struct rg_worker *w, struct ep *e, struct rg_dgram *in, unsigned n, struct rg_env *env)
{
	unsigned end;

	rg_tunnel_enter(e->tunnel, &w->io, in, n, env);
	for (unsigned i = 0; i < n; i = end) {
		enum rg_inside kind = env[i].content.kind;

		end = i + 1;
		if (env[i].gone)
			continue;
		while (end < n && !env[end].gone && env[end].content.kind == kind)
			end++;
		take_inside(w, e, kind, in + i, end - i, env + i);
	}
}

static unsigned run_end(const struct rg_dgram *in, unsigned i, unsigned n)
{
	unsigned end = i + 1;

	while (end < n && in[end].ep == in[i].ep)
		end++;
	return end;
}

static struct ep *ep_of(struct rg_worker *w, const struct rg_dgram *d)
{
	return d->ep < w->max_eps && w->eps[d->ep].role != EP_FREE ? &w->eps[d->ep] : NULL;
}

/* The envelopes of all tunnels in the burst first, so that the engine gets the jobs of many flows
 * at once. */
static void open_tunnels(struct rg_worker *w, struct rg_dgram *in, unsigned n)
{
	unsigned end;

	for (unsigned i = 0; i < n; i = end) {
		struct ep *e = ep_of(w, &in[i]);

		end = run_end(in, i, n);
		if (!e || !e->tunnel)
			continue;
		stream_enter(w, e->stream);
		rg_tunnel_open(e->tunnel, &w->io, in + i, end - i, w->io.env + i);
	}
	rg_io_run(&w->io);
}

void receive(struct rg_worker *w, struct rg_dgram *in, unsigned n)
{
	unsigned end;

	if (n > 0 && run_end(in, 0, n) < n)
		fetch_burst(w, in, n);
	open_tunnels(w, in, n);
	for (unsigned i = 0; i < n; i = end) {
		struct ep *e = ep_of(w, &in[i]);

		end = run_end(in, i, n);
		if (e) {
			stream_enter(w, e->stream);
			if (e->tunnel)
				enter_tunnel(w, e, in + i, end - i, w->io.env + i);
			else
				take_run(w, e, in + i, end - i, NULL);
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
	unsigned fanout = 1, room = rg_io_room(&w->io);

	for (uint32_t k = 0; k < s->n_tx; k++)
		fanout += rg_tx_fanout(s->out[k].tx);
	return room >= RG_IO_MEDIA * fanout ? RG_IO_MEDIA : room / fanout;
}

/* Datagrams whose key may have come are received once more: all of them, so that none of the next
 * step overtakes them and makes them look lost. */
static void unpark(struct rg_worker *w, struct ep *e)
{
	struct rg_dgram in[RG_BURST];
	unsigned n;

	while (e->tunnel && (n = rg_tunnel_unpark(e->tunnel, in, RG_BURST)) > 0) {
		rg_io_run(&w->io); /* what was parked again may still be with the cipher */
		receive(w, in, n);
	}
}

void poll_side(struct rg_worker *w, uint32_t id)
{
	struct ep *e = &w->eps[id];
	struct stream *s = e->stream;
	unsigned n;

	if (e->role == EP_FREE)
		return;
	unpark(w, e);
	stream_enter(w, s);
	if (e->role == EP_OOB)
		return;
	if (e->role == EP_RX_MEDIA) {
		n = rg_rx_poll(e->side.rx, &w->io, w->io.media, deliver_room(w, s));
		route(w, s, e->side.rx, w->io.media, n);
		due_set(w, id, rg_rx_wakeup(e->side.rx));
	} else {
		rg_tx_poll(e->side.tx, &w->io);
		if (s->n_tx > 1)
			rg_io_run(&w->io); /* as in push */
		due_set(w, id, rg_tx_wakeup(e->side.tx));
	}
}
