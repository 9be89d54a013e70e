/* SPDX-License-Identifier: BSD-3-Clause */
/* The clock, both ends and the invariants. */
#include <stdio.h>
#include <stdlib.h>

#include "rg_rtt.h"
#include "rg_seq.h"
#include "sim_priv.h"

#define ECHO_NS (100 * RG_NS_PER_MS)
#define LANE    256

struct sim_rtt {
	struct rg_rtt est;
	rg_time next_echo; /* never until the end has started */
};

struct rg_sim {
	struct rg_sim_conf conf;
	rg_time now;
	struct sim_pool pool;
	struct sim_queue queue;
	struct sim_link forward[RG_SIM_PATHS], back[RG_SIM_PATHS];
	struct rg_flow_rx *rx;
	struct rg_flow_tx *tx;
	struct sim_rtt rx_rtt, tx_rtt;
	uint32_t next; /* packet of the source */
	bool ended;
	rg_time tx_service; /* next step of its grid */
	uint32_t rx_path;
	/* what a profile keeps to widen */
	uint32_t rx_seq;
	int64_t rx_ts;
	bool rx_seen;
	/* what the invariants need */
	int64_t *due_ns; /* latest time a packet may leave, by index */
	uint8_t *seen;
	uint32_t *order;
	uint32_t last_index;
	int64_t last_arrival_ns;
	struct rg_sim_result res;
	/* lanes */
	struct rg_media media[LANE];
	struct rg_run runs[SIM_RUNS];
	struct rg_dropped drops[2 * LANE];
};

rg_time rg_sim_now(const struct rg_sim *s)
{
	return s->now;
}

static void *grab(size_t bytes)
{
	void *p = aligned_alloc(RG_CACHE_LINE, rg_align_up(bytes, RG_CACHE_LINE));

	if (!p)
		abort();
	memset(p, 0, rg_align_up(bytes, RG_CACHE_LINE));
	return p;
}

static void trace(struct rg_sim *s, uint64_t what, uint64_t v)
{
	/* FNV-1a over words */
	s->res.hash = (s->res.hash ^ (uint64_t)s->now.ns) * UINT64_C(0x100000001b3);
	s->res.hash = (s->res.hash ^ (what << 56) ^ v) * UINT64_C(0x100000001b3);
}

static void violate(struct rg_sim *s, const char *what, uint32_t index)
{
	if (s->res.violations++ == 0)
		snprintf(s->res.text, sizeof(s->res.text), "%s: packet %u at %lld us", what, index,
			(long long)(s->now.ns / RG_NS_PER_US));
}

static void send(struct rg_sim *s, struct sim_link *l, const struct sim_dgram *d)
{
	struct sim_fate f = sim_link_next(l);

	if (d->to == 0)
		s->res.forward++;
	else
		s->res.feedback++;
	trace(s, 1 + d->kind, d->kind == SIM_MEDIA ? d->media.seq : d->n_runs);
	for (unsigned i = 0; i < f.copies; i++) {
		struct sim_dgram *c = malloc(sizeof(*c));

		if (!c)
			abort();
		*c = *d;
		if (d->kind == SIM_MEDIA)
			sim_pool_ref(&s->pool, d->media.buf);
		sim_queue_add(&s->queue, rg_time_add(s->now, f.delay_ns[i]), c);
	}
	if (d->kind == SIM_MEDIA && f.copies == 0)
		s->res.forward_dropped++;
}

/* Lent packets of the sender go out over every path; what it forgets is freed. */
static void send_media(
	struct rg_sim *s, const struct rg_media *m, unsigned n, const struct rg_flow_tx_out *out)
{
	for (unsigned i = 0; i < n; i++) {
		struct sim_dgram d = {.kind = SIM_MEDIA, .media = m[i]};

		if (s->conf.drop &&
			s->conf.drop(s->conf.ctx, d.media.seq, !(d.media.flags & RG_MEDIA_RETX))) {
			s->res.forward++;
			s->res.forward_dropped++;
			continue;
		}
		for (uint32_t p = 0; p < s->conf.n_paths; p++) {
			d.path = (uint8_t)p;
			send(s, &s->forward[p], &d);
		}
	}
	for (unsigned i = 0; i < out->n_drop; i++)
		sim_pool_free(&s->pool, out->drop[i].buf);
}

static struct rg_flow_tx_out tx_out(struct rg_sim *s)
{
	return (struct rg_flow_tx_out){.send = s->media,
		.send_cap = LANE,
		.drop = s->drops,
		.drop_cap = RG_ARRAY_LEN(s->drops)};
}

static void poll_tx(struct rg_sim *s)
{
	struct rg_flow_tx_out out;

	do {
		out = tx_out(s);
		rg_flow_tx_poll(s->tx, s->now, &out);
		send_media(s, out.send, out.n_send, &out);
	} while (out.more);
}

static struct rg_sim_source source(const struct rg_sim *s, uint32_t i)
{
	const struct rg_sim_conf *c = &s->conf;

	if (c->source)
		return c->source(c->ctx, i);
	return (struct rg_sim_source){.at = {(int64_t)i * c->spacing_ns},
		.rtp_ts = c->first_ts + rg_rtp_ticks_from_ns((int64_t)i * c->spacing_ns)};
}

static void push(struct rg_sim *s, struct rg_sim_source src)
{
	uint32_t i = s->next++;
	struct sim_block *b = sim_pool_alloc(&s->pool, i);
	struct rg_flow_tx_out out = tx_out(s);
	struct rg_media m = {.buf = {b},
		.data = b->data,
		.len = 1316,
		.flow_id = 0xace0ac0,
		.src_ns = rg_rtp_ticks_to_ns((int64_t)src.rtp_ts),
		.rtp_ts = (uint32_t)src.rtp_ts};
	bool kept;

	if (s->conf.before)
		s->conf.before(s->conf.ctx, s, i);
	if (s->tx_rtt.next_echo.ns == RG_TIME_NEVER.ns)
		s->tx_rtt.next_echo = rg_time_add(s->now, ECHO_NS);
	/* a link's jitter delays the first packet, and with it the whole timeline */
	s->due_ns[i] = s->now.ns + s->conf.rx.buffer_ns + s->conf.late_ns;
	kept = rg_flow_tx_push(s->tx, s->now, &m, 1, &out);
	send_media(s, &m, 1, &out);
	if (!kept)
		sim_pool_free(&s->pool, m.buf);
}

/* What comes after its deadline may leave the moment it comes, while its successor is not due. */
static int64_t deadline(struct rg_sim *s, const struct rg_media *m, uint32_t i)
{
	if (s->conf.rx.timing != RG_TIMING_ARRIVAL)
		return s->due_ns[i];
	s->last_arrival_ns = rg_max_i64(s->last_arrival_ns, m->arrival.ns);
	return s->last_arrival_ns + s->conf.rx.buffer_ns;
}

static void check_delivered(struct rg_sim *s, const struct rg_media *m)
{
	const struct sim_block *b = m->buf.h;
	uint32_t i = b->index;
	struct rg_sim_result *r = &s->res;

	trace(s, 9, m->seq ^ ((uint64_t)m->flags << 40));
	if (i >= s->next) {
		violate(s, "payload of a freed buffer", i);
		return;
	}
	if (s->seen[i]) {
		violate(s, "duplicate", i);
		return;
	}
	s->seen[i] = 1;
	if (r->delivered > 0 && i <= s->last_index)
		violate(s, "out of order", i);
	if (s->now.ns > deadline(s, m, i) && s->now.ns != m->arrival.ns)
		violate(s, "past its deadline", i);
	s->last_index = i;
	s->order[r->delivered++] = i;
}

static struct rg_flow_rx_out rx_out(struct rg_sim *s)
{
	return (struct rg_flow_rx_out){.deliver = s->media,
		.deliver_cap = LANE,
		.nack = s->runs,
		.nack_cap = SIM_RUNS,
		.drop = s->drops,
		.drop_cap = RG_ARRAY_LEN(s->drops)};
}

static void poll_rx(struct rg_sim *s)
{
	struct rg_flow_rx_out out;

	do {
		out = rx_out(s);
		rg_flow_rx_poll(s->rx, s->now, &out);
		for (unsigned i = 0; i < out.n_deliver; i++) {
			check_delivered(s, &out.deliver[i]);
			sim_pool_free(&s->pool, out.deliver[i].buf);
		}
		for (unsigned i = 0; i < out.n_drop; i++)
			sim_pool_free(&s->pool, out.drop[i].buf);
		if (out.n_nack > 0) {
			struct sim_dgram d = {.kind = SIM_NACK, .to = 1, .n_runs = out.n_nack};

			memcpy(d.runs, out.nack, out.n_nack * sizeof(*out.nack));
			d.path = (uint8_t)s->rx_path;
			s->rx_path = (s->rx_path + 1) % s->conf.n_paths;
			send(s, &s->back[d.path], &d);
		}
	} while (out.more);
}

/* What a profile does: widen number and time beside the last ones. */
static void widen(struct rg_sim *s, struct rg_media *m)
{
	if (!s->rx_seen) {
		s->rx_seq = m->seq;
		s->rx_ts = m->rtp_ts;
		s->rx_seen = true;
	}
	if (s->conf.rx.seq_bits == 16)
		m->seq = rg_seq_widen16(s->rx_seq, (uint16_t)m->seq);
	s->rx_seq = m->seq;
	s->rx_ts = rg_ts_unwrap(s->rx_ts, m->rtp_ts);
	m->src_ns = rg_rtp_ticks_to_ns(s->rx_ts);
}

static void sample_rtt(struct rg_sim *s, uint8_t at, int64_t rtt_ns)
{
	struct sim_rtt *r = at == 0 ? &s->rx_rtt : &s->tx_rtt;

	if (s->conf.slow_rtt && r->est.samples == 0)
		r->est = (struct rg_rtt){.ewma_ns = s->conf.rx.rtt_min_ns, .samples = 1};
	rg_rtt_sample(&r->est, rtt_ns);
	if (at == 0)
		rg_flow_rx_set_rtt(s->rx, r->est.ewma_ns, r->est.var_ns);
	else
		rg_flow_tx_set_rtt(s->tx, r->est.last_ns);
}

static void receive_nack(struct rg_sim *s, struct sim_dgram *d)
{
	uint32_t newest = rg_flow_tx_newest(s->tx);

	for (uint32_t i = 0; s->conf.tx.seq_bits == 16 && i < d->n_runs; i++)
		d->runs[i].first = rg_seq_widen16_at_most(newest, (uint16_t)d->runs[i].first);
	rg_flow_tx_nack(s->tx, s->now, d->runs, d->n_runs);
}

static void receive(struct rg_sim *s, struct sim_dgram *d)
{
	struct rg_flow_rx_out out;
	struct sim_dgram rsp;

	switch (d->kind) {
	case SIM_MEDIA:
		if (s->rx_rtt.next_echo.ns == RG_TIME_NEVER.ns)
			s->rx_rtt.next_echo = rg_time_add(s->now, ECHO_NS);
		out = rx_out(s);
		widen(s, &d->media);
		d->media.arrival = s->now;
		d->media.path = d->path;
		rg_flow_rx_feed(s->rx, s->now, &d->media, 1, &out);
		for (unsigned i = 0; i < out.n_drop; i++)
			sim_pool_free(&s->pool, out.drop[i].buf);
		break;
	case SIM_NACK:
		receive_nack(s, d);
		break;
	case SIM_ECHO_REQ:
		if (d->to == 1 && s->conf.no_echo)
			break;
		rsp = (struct sim_dgram){
			.kind = SIM_ECHO_RSP, .to = !d->to, .path = d->path, .stamp = d->stamp};
		send(s, rsp.to == 0 ? &s->forward[d->path] : &s->back[d->path], &rsp);
		break;
	case SIM_ECHO_RSP:
		sample_rtt(s, d->to, rg_time_diff(s->now, d->stamp));
		break;
	}
	free(d);
}

static void echo(struct rg_sim *s, struct sim_rtt *r, uint8_t to)
{
	struct sim_dgram d = {.kind = SIM_ECHO_REQ, .to = to, .stamp = s->now};

	if (rg_time_before(s->now, r->next_echo))
		return;
	r->next_echo = rg_time_add(s->now, ECHO_NS);
	send(s, to == 0 ? &s->forward[0] : &s->back[0], &d);
}

/* Echoes go on for ever; they alone keep nothing alive. */
static bool quiet(const struct rg_sim *s)
{
	rg_time rx = rg_flow_rx_wakeup(s->rx);

	return s->next == s->conf.packets && rg_flow_rx_empty(s->rx) && rx.ns == RG_TIME_NEVER.ns &&
		s->ended &&
		rg_time_diff(s->now, source(s, s->conf.packets - 1).at) >
		s->conf.tail_ns + 2 * s->conf.rx.buffer_ns;
}

static rg_time next_service(const struct rg_sim *s)
{
	rg_time t = rg_flow_tx_wakeup(s->tx);
	int64_t step = s->conf.tx_step_ns;

	if (step == 0 || t.ns == RG_TIME_NEVER.ns)
		return t;
	return (rg_time){(rg_max_i64(t.ns, s->now.ns) + step - 1) / step * step};
}

static void step(struct rg_sim *s)
{
	rg_time t = sim_queue_next(&s->queue);
	struct sim_dgram *d;
	bool service;

	if (s->next < s->conf.packets)
		t = rg_time_min(t, source(s, s->next).at);
	t = rg_time_min(t, rg_time_min(s->rx_rtt.next_echo, s->tx_rtt.next_echo));
	t = rg_time_min(t, rg_flow_rx_wakeup(s->rx));
	t = rg_time_min(t, s->tx_service);
	if (rg_time_before(s->now, t))
		s->now = t;
	while ((d = sim_queue_take(&s->queue, s->now)) != NULL)
		receive(s, d);
	while (s->next < s->conf.packets && source(s, s->next).at.ns <= s->now.ns)
		push(s, source(s, s->next));
	if (s->next == s->conf.packets && !s->ended) {
		s->ended = true;
		if (s->conf.tail_ns > 0)
			rg_flow_tx_end(s->tx, s->now, s->conf.tail_ns);
	}
	service = s->conf.tx_step_ns == 0 || s->tx_service.ns <= s->now.ns;
	if (service)
		poll_tx(s);
	s->tx_service = next_service(s);
	if (s->conf.tx_step_ns > 0 && service && s->tx_service.ns <= s->now.ns)
		s->tx_service = rg_time_add(s->now, s->conf.tx_step_ns);
	if (rg_flow_rx_wakeup(s->rx).ns <= s->now.ns)
		poll_rx(s);
	echo(s, &s->tx_rtt, 0);
	echo(s, &s->rx_rtt, 1);
}

struct rg_sim *rg_sim_new(const struct rg_sim_conf *c)
{
	struct rg_sim *s = grab(sizeof(*s));

	s->conf = *c;
	s->rx = rg_flow_rx_init(grab(rg_flow_rx_footprint(&c->rx)), &c->rx, s->now);
	s->tx = rg_flow_tx_init(grab(rg_flow_tx_footprint(&c->tx)), &c->tx, s->now);
	for (uint32_t p = 0; p < c->n_paths; p++) {
		sim_link_init(&s->forward[p], &c->forward[p], c->seed * 1024 + 2 * p);
		sim_link_init(&s->back[p], &c->back[p], c->seed * 1024 + 2 * p + 1);
	}
	s->rx_rtt.next_echo = RG_TIME_NEVER;
	s->tx_rtt.next_echo = RG_TIME_NEVER;
	s->tx_service = RG_TIME_NEVER;
	s->due_ns = grab(c->packets * sizeof(*s->due_ns));
	s->seen = grab(c->packets);
	s->order = grab((c->packets + 1) * sizeof(*s->order));
	s->res.hash = UINT64_C(0xcbf29ce484222325);
	s->res.delivered_index = s->order;
	return s;
}

void rg_sim_run(struct rg_sim *s, uint32_t max_packets)
{
	while (!quiet(s) && (max_packets == 0 || s->res.delivered < max_packets))
		step(s);
}

static void flush_tx(struct rg_sim *s)
{
	rg_flow_tx_flush(s->tx);
	while (!rg_flow_tx_empty(s->tx))
		poll_tx(s);
}

void rg_sim_restart_sender(struct rg_sim *s, uint32_t first_seq)
{
	flush_tx(s);
	s->conf.tx.first_seq = first_seq;
	rg_flow_tx_init(s->tx, &s->conf.tx, s->now);
}

void rg_sim_set_link(struct rg_sim *s, uint32_t path, const struct rg_sim_link_conf *forward,
	const struct rg_sim_link_conf *back)
{
	s->forward[path].conf = *forward;
	s->back[path].conf = *back;
}

const struct rg_sim_result *rg_sim_finish(struct rg_sim *s)
{
	struct sim_dgram *d;

	rg_flow_rx_stats(s->rx, s->now, &s->res.rx);
	rg_flow_tx_stats(s->tx, s->now, &s->res.tx);
	flush_tx(s);
	rg_flow_rx_flush(s->rx);
	while (!rg_flow_rx_empty(s->rx))
		poll_rx(s);
	while ((d = sim_queue_take(&s->queue, RG_TIME_NEVER)) != NULL) {
		if (d->kind == SIM_MEDIA)
			sim_pool_free(&s->pool, d->media.buf);
		free(d);
	}
	if (s->pool.balance != 0)
		violate(s, "buffers leaked", (uint32_t)s->pool.balance);
	s->res.sent = s->next;
	s->res.missing = s->res.sent - s->res.delivered;
	return &s->res;
}

void rg_sim_free(struct rg_sim *s)
{
	free(s->rx);
	free(s->tx);
	free(s->queue.heap);
	free(s->due_ns);
	free(s->seen);
	free(s->order);
	free(s);
}
