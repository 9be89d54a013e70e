/* SPDX-License-Identifier: BSD-3-Clause */
/* Streams come and go; a step is one round of all stages. */
#include "worker_priv.h"

struct layout {
	size_t eps, streams, due, spill, total;
};

static struct layout layout(const struct rg_worker_conf *c)
{
	struct layout l;

	l.eps = rg_align_up(sizeof(struct rg_worker), RG_CACHE_LINE);
	l.streams = l.eps + rg_align_up(c->max_eps * sizeof(struct ep), RG_CACHE_LINE);
	l.due = l.streams + rg_align_up(c->max_streams * sizeof(void *), RG_CACHE_LINE);
	l.spill = l.due +
		rg_align_up(rg_agenda_footprint(c->max_eps + c->max_streams), RG_CACHE_LINE);
	l.total = l.spill + RG_IO_SPILL * sizeof(struct rg_dgram);
	return l;
}

size_t rg_worker_footprint(const struct rg_worker_conf *c)
{
	return layout(c).total;
}

struct rg_worker *rg_worker_init(void *mem, const struct rg_worker_conf *c, rg_time now)
{
	struct layout l = layout(c);
	struct rg_worker *w = mem;
	uint8_t *p = mem;

	memset(mem, 0, l.spill);
	w->buf = c->buf;
	w->max_eps = c->max_eps;
	w->max_streams = c->max_streams;
	w->publish_ns = rg_clamp_i64(PUBLISH_EACH_NS * c->max_streams, PUBLISH_NS, PUBLISH_MAX_NS);
	w->eps = (struct ep *)(void *)(p + l.eps);
	w->streams = (void *)(p + l.streams);
	rg_agenda_init(&w->due, p + l.due, c->max_eps + c->max_streams, now);
	w->io.buf = &w->buf;
	w->io.engine = c->engine;
	w->io.random = c->seed;
	w->io.spill = (struct rg_dgram *)(void *)(p + l.spill);
	w->io.now = now;
	return w;
}

static void empty(struct rg_io *io, struct rg_io_stash *s)
{
	for (; s->n; s->n--)
		rg_io_free(io, s->bufs[s->n - 1].buf);
}

void rg_worker_fini(struct rg_worker *w)
{
	struct rg_io *io = &w->io;

	empty(io, &io->fresh);
	empty(io, &io->copies);
	for (; io->n_spill; io->n_spill--) {
		struct rg_buf buf = io->spill[io->spill_head].buf;

		if (buf.h)
			rg_io_free(io, buf);
		io->spill_head = (io->spill_head + 1) & (RG_IO_SPILL - 1);
	}
	rg_io_flush(io);
}

/* With one flow, and outputs that ask for no part of it, all is for all. */
static bool chooses(const struct rg_stream_plan *p)
{
	for (uint32_t i = 0; i < p->n_inputs; i++)
		if (rg_rx_flows(&p->inputs[i]) > 1)
			return true;
	for (uint32_t i = 0; i < p->n_outputs; i++)
		if (p->outputs[i].flow || p->outputs[i].flow_cname[0] || p->outputs[i].stream_id)
			return true;
	return false;
}

/* Of the outputs that output k shares its history with, the first; k: there is none before it. */
static uint32_t first_sharer(const struct rg_stream_plan *p, uint32_t k)
{
	uint32_t i = chooses(p) ? k : 0;

	while (i < k && !rg_tx_shares(&p->outputs[i], &p->outputs[k]))
		i++;
	return i;
}

static size_t sides_footprint(const struct rg_stream_plan *p)
{
	size_t n = 0;

	for (uint32_t i = 0; i < p->n_inputs; i++)
		n += rg_rx_footprint(&p->inputs[i]);
	for (uint32_t i = 0; i < p->n_outputs; i++)
		n += rg_tx_footprint(&p->outputs[i], first_sharer(p, i) < i);
	return n;
}

static size_t head_footprint(const struct rg_stream_plan *p)
{
	return rg_align_up(sizeof(struct stream), RG_CACHE_LINE) +
		rg_align_up(p->n_inputs * sizeof(struct rg_rx *) +
				p->n_outputs * (sizeof(struct out) + sizeof(struct rg_choice)),
			RG_CACHE_LINE);
}

size_t rg_stream_footprint(const struct rg_stream_plan *p)
{
	return head_footprint(p) + sides_footprint(p) +
		rg_align_up(rg_stream_report_bytes(p), RG_CACHE_LINE);
}

static bool ep_free(const struct rg_worker *w, const struct rg_side_plan *p)
{
	if (p->ep >= w->max_eps || w->eps[p->ep].role != EP_FREE)
		return false;
	if (p->tap[0] && (p->ep_oob >= w->max_eps || w->eps[p->ep_oob].role != EP_FREE))
		return false;
	if (p->ep_rtcp == RG_EP_NONE)
		return true;
	/* rg_plan.h: media, then RTCP with the next number */
	return p->ep_rtcp == p->ep + 1 && p->ep_rtcp < w->max_eps &&
		w->eps[p->ep_rtcp].role == EP_FREE;
}

static int check_plan(const struct rg_worker *w, const struct rg_stream_plan *p)
{
	if (p->index >= w->max_streams || p->n_inputs == 0 || p->n_outputs == 0)
		return -RG_E_INVAL;
	if (w->streams[p->index])
		return -RG_E_EXIST;
	for (uint32_t i = 0; i < p->n_inputs + p->n_outputs; i++) {
		const struct rg_side_plan *side =
			i < p->n_inputs ? &p->inputs[i] : &p->outputs[i - p->n_inputs];
		int rc = rg_side_check(side);

		if (rc < 0)
			return rc;
		if (!ep_free(w, side))
			return -RG_E_INVAL;
	}
	return 0;
}

static void map_oob(
	struct rg_worker *w, struct stream *s, const struct rg_side_plan *p, struct rg_tunnel *t)
{
	if (p->tap[0] && t)
		w->eps[p->ep_oob] =
			(struct ep){.stream = s, .oob = t, .role = EP_OOB, .media_ep = p->ep};
}

static void map_rx(
	struct rg_worker *w, struct stream *s, const struct rg_side_plan *p, struct rg_rx *rx)
{
	w->eps[p->ep] = (struct ep){
		.stream = s, .side.rx = rx, .tunnel = rg_rx_tunnel(rx), .role = EP_RX_MEDIA};
	if (p->ep_rtcp != RG_EP_NONE)
		w->eps[p->ep_rtcp] = (struct ep){.stream = s, .side.rx = rx, .role = EP_RX_RTCP};
	map_oob(w, s, p, rg_rx_tunnel(rx));
	due_set(w, p->ep, rg_rx_wakeup(rx));
}

static void map_tx(
	struct rg_worker *w, struct stream *s, const struct rg_side_plan *p, struct rg_tx *tx)
{
	w->eps[p->ep] = (struct ep){
		.stream = s, .side.tx = tx, .tunnel = rg_tx_tunnel(tx), .role = EP_TX_MEDIA};
	if (p->ep_rtcp != RG_EP_NONE)
		w->eps[p->ep_rtcp] = (struct ep){.stream = s, .side.tx = tx, .role = EP_TX_RTCP};
	map_oob(w, s, p, rg_tx_tunnel(tx));
	due_set(w, p->ep, rg_tx_wakeup(tx));
}

int rg_worker_add_stream(
	struct rg_worker *w, rg_time now, const struct rg_stream_plan *p, void *mem)
{
	struct stream *s = mem;
	uint8_t *next = (uint8_t *)mem + head_footprint(p);
	int rc = check_plan(w, p);

	if (rc < 0)
		return rc;
	memset(mem, 0, head_footprint(p));
	s->plan = p;
	s->index = p->index;
	s->rx = stream_sides(s);
	s->out = (struct out *)(void *)(s->rx + p->n_inputs);
	s->from = (struct rg_choice *)(void *)(s->out + p->n_outputs);
	s->n_rx = p->n_inputs;
	s->n_tx = p->n_outputs;
	s->chooses = chooses(p);
	s->end_at = RG_TIME_NEVER;
	s->next_publish = now;
	for (uint32_t i = 0; i < s->n_rx; i++) {
		s->rx[i] = rg_rx_init(next, &p->inputs[i], now);
		next += rg_rx_footprint(&p->inputs[i]);
		map_rx(w, s, &p->inputs[i], s->rx[i]);
	}
	for (uint32_t i = 0; i < s->n_tx; i++) {
		uint32_t first = first_sharer(p, i);
		struct rg_tx *shares = first < i ? s->out[first].tx : NULL;

		s->out[i] = (struct out){.tx = rg_tx_init(next, &p->outputs[i], shares, now),
			.ep = p->outputs[i].ep,
			.timed = p->outputs[i].kind == RG_END_RIST};
		next += rg_tx_footprint(&p->outputs[i], first < i);
		map_tx(w, s, &p->outputs[i], s->out[i].tx);
	}
	for (uint32_t i = 0; i < s->n_rx; i++)
		w->eps[p->inputs[i].ep].first_tx = s->out[0].tx;
	memset(next, 0, rg_stream_report_bytes(p));
	s->report = (_Atomic uint64_t *)(void *)next;
	due_set(w, w->max_eps + s->index, now);
	atomic_store_explicit(&w->streams[p->index], s, memory_order_release);
	return 0;
}

void rg_worker_remove_stream(struct rg_worker *w, rg_time now, uint32_t stream)
{
	struct stream *s = stream < w->max_streams ? w->streams[stream] : NULL;

	if (!s || s->closing)
		return;
	w->io.now.ns = rg_max_i64(w->io.now.ns, now.ns);
	/* no array of the host's is at hand: the BYEs wait for the next step */
	w->io.out_cap = w->io.n_out = 0;
	stream_enter(w, s);
	s->closing = true;
	for (uint32_t i = 0; i < s->n_rx; i++) {
		rg_rx_close(s->rx[i], &w->io);
		due_set(w, s->plan->inputs[i].ep, now);
	}
	for (uint32_t i = 0; i < s->n_tx; i++) {
		rg_tx_close(s->out[i].tx, &w->io);
		due_set(w, s->plan->outputs[i].ep, now);
	}
	due_set(w, w->max_eps + s->index, now);
	rg_io_flush(&w->io);
}

static void unmap(struct rg_worker *w, const struct rg_side_plan *p)
{
	w->eps[p->ep] = (struct ep){0};
	if (p->ep_rtcp != RG_EP_NONE)
		w->eps[p->ep_rtcp] = (struct ep){0};
	if (p->tap[0])
		w->eps[p->ep_oob] = (struct ep){0};
	rg_agenda_set(&w->due, p->ep, RG_TIME_NEVER);
}

/* Forgets a closed stream that holds nothing; false: it still does. */
static bool release(struct rg_worker *w, struct stream *s)
{
	for (uint32_t i = 0; i < s->n_rx; i++)
		if (!rg_rx_closed(s->rx[i]))
			return false;
	for (uint32_t i = 0; i < s->n_tx; i++)
		if (!rg_tx_closed(s->out[i].tx))
			return false;
	for (uint32_t i = 0; i < s->n_rx; i++)
		unmap(w, &s->plan->inputs[i]);
	for (uint32_t i = 0; i < s->n_tx; i++)
		unmap(w, &s->plan->outputs[i]);
	rg_agenda_set(&w->due, w->max_eps + s->index, RG_TIME_NEVER);
	w->io.drops = NULL; /* its memory goes back to the host */
	atomic_store_explicit(&w->streams[s->index], NULL, memory_order_release);
	return true;
}

bool rg_worker_stream_gone(const struct rg_worker *w, uint32_t stream)
{
	return stream >= w->max_streams || !w->streams[stream];
}

void rg_worker_set_wallclock(struct rg_worker *w, rg_time mono, int64_t ntp_ns)
{
	w->io.wall_ns = ntp_ns - mono.ns;
}

void stream_enter(struct rg_worker *w, struct stream *s)
{
	w->io.drops = s->drops;
	w->io.stream = s->index;
}

/* The stream's own clock: its report, the end of its input, its end. */
static void tick_stream(struct rg_worker *w, struct stream *s)
{
	struct rg_io *io = &w->io;

	if (s->closing) {
		if (!release(w, s))
			due_set(w, w->max_eps + s->index, io->now);
		return;
	}
	stream_enter(w, s);
	if (s->ending && !s->ended && io->n_spill == 0 && !rg_time_before(io->now, s->end_at)) {
		static const struct rg_addr nobody;

		s->ended = true;
		rg_io_event(io, RG_EVENT_INPUT_END, 0, &nobody);
		s->next_publish = io->now;
	}
	if (!rg_time_before(io->now, s->next_publish)) {
		publish(w, s);
		s->next_publish = rg_time_add(io->now, w->publish_ns);
	}
	due_set(w, w->max_eps + s->index,
		s->ending && !s->ended ? rg_time_min(s->next_publish, s->end_at) : s->next_publish);
}

/* Everything due by now, each once: whoever has more to do is due again in the next step, and
 * starves nobody. */
static void run_due(struct rg_worker *w)
{
	uint32_t ids[DUE_PER_STEP];
	unsigned n = rg_agenda_take(&w->due, w->io.now, ids, DUE_PER_STEP);

	for (unsigned i = 0; i < n; i++) {
		fetch_due(w, ids + i, n - i);
		if (ids[i] < w->max_eps)
			poll_side(w, ids[i]);
		else if (w->streams[ids[i] - w->max_eps])
			tick_stream(w, w->streams[ids[i] - w->max_eps]);
	}
}

unsigned rg_worker_step(struct rg_worker *w, rg_time now, struct rg_dgram *in, unsigned n_in,
	struct rg_dgram *out, unsigned out_cap)
{
	RG_ASSERT(n_in <= RG_BURST);
	tx_begin(w, now, out, out_cap);
	receive(w, in, n_in);
	run_due(w);
	rg_io_flush(&w->io);
	return w->io.n_out;
}

rg_time rg_worker_wakeup(struct rg_worker *w)
{
	return w->io.n_spill ? w->io.now : rg_agenda_next(&w->due);
}

bool rg_worker_event(struct rg_worker *w, struct rg_event *ev)
{
	struct rg_io *io = &w->io;

	if (io->n_events == 0)
		return false;
	*ev = io->events[io->event_head];
	io->event_head = (io->event_head + 1) % RG_IO_EVENTS;
	io->n_events--;
	return true;
}

bool rg_worker_ctl_take(struct rg_worker *w, struct rg_ctl *m)
{
	struct rg_io *io = &w->io;

	if (io->n_ctl == 0)
		return false;
	*m = io->ctl[io->ctl_head];
	io->ctl_head = (io->ctl_head + 1) % RG_IO_CTL;
	io->n_ctl--;
	return true;
}

bool rg_worker_ctl_waits(const struct rg_worker *w)
{
	return w->io.n_ctl > 0;
}

bool rg_worker_ctl_ready(const struct rg_worker *w)
{
	return w->io.n_ctl + CTL_ANSWERS <= RG_IO_CTL;
}

/* The endpoint of a side with a tunnel, NULL: none of that stream. */
static struct ep *tunnel_ep(struct rg_worker *w, uint32_t stream, uint16_t ep)
{
	struct ep *e = ep < w->max_eps ? &w->eps[ep] : NULL;

	if (!e || e->role == EP_FREE || e->stream->index != stream || e->stream->closing ||
		!e->tunnel)
		return NULL;
	return e;
}

bool rg_worker_oob_take(struct rg_worker *w, struct rg_oob *m)
{
	struct rg_io *io = &w->io;

	if (io->n_oob == 0)
		return false;
	*m = io->oob[io->oob_head];
	io->oob_head = (io->oob_head + 1) % RG_IO_OOB;
	io->n_oob--;
	return true;
}

int rg_worker_oob(struct rg_worker *w, rg_time now, const struct rg_oob *m)
{
	struct ep *e = tunnel_ep(w, m->stream, m->ep);
	int rc;

	if (!e)
		return -RG_E_NOENT;
	w->io.now.ns = rg_max_i64(w->io.now.ns, now.ns);
	stream_enter(w, e->stream);
	rc = rg_tunnel_oob(e->tunnel, &w->io, m);
	due_set(w, m->ep, w->io.now);
	return rc;
}

int rg_worker_ctl(struct rg_worker *w, rg_time now, const struct rg_ctl *m)
{
	struct ep *e = tunnel_ep(w, m->stream, m->ep);

	if (!e)
		return -RG_E_NOENT;
	w->io.now.ns = rg_max_i64(w->io.now.ns, now.ns);
	stream_enter(w, e->stream);
	rg_tunnel_ctl(e->tunnel, &w->io, m);
	due_set(w, m->ep, w->io.now);
	return 0;
}

void rg_worker_count(struct rg_worker *w, uint32_t stream, enum rg_verdict v, uint64_t n)
{
	struct stream *s = stream < w->max_streams ? w->streams[stream] : NULL;

	if (s)
		s->drops[v] += n;
	else
		count_orphans(w, v, n);
}
