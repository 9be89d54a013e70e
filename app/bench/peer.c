/* SPDX-License-Identifier: BSD-3-Clause */
#include "peer.h"

#include <rte_lcore.h>
#include <rte_mbuf.h>
#include <stdio.h>
#include <stdlib.h>

#include "dpdk_priv.h"

#define OUT_CAP    (2 * RG_BURST)
#define POOL_EXTRA 8192 /* beside what the streams hold */
#define CACHE      256
#define STEPS_MAX  1000000 /* without time passing: something is wrong */

struct peer {
	struct peer_conf c;
	struct plan plan;
	struct rg_worker *w;
	void *w_mem, **stream_mem;
	struct rg_engine engine;
	struct rg_key_server *keys;
	struct rg_dp_pools pools;
	struct rg_bufops ops;
	struct rg_udp_tmpl *tmpl; /* of each endpoint's datagrams, af 0: none yet */
	uint16_t ep_of_port[UINT16_MAX + 1];
	uint64_t random; /* state of is_lost */
	rg_time now;
};

static int open_worker(struct peer *p)
{
	struct rg_worker_conf wc = {.buf = p->ops,
		.max_streams = p->plan.n_streams,
		.max_eps = p->plan.n_eps,
		.seed = 2};
	enum rg_engine_kind kind;
	size_t bytes = rg_align_up(rg_worker_footprint(&wc), RG_CACHE_LINE);

	if (rg_engine_open_best(&p->engine, &kind) < 0)
		return -RG_E_NOTSUP;
	wc.engine = &p->engine;
	p->w_mem = aligned_alloc(RG_CACHE_LINE, bytes);
	p->stream_mem = calloc(p->plan.n_streams, sizeof(*p->stream_mem));
	if (!p->w_mem || !p->stream_mem)
		return -RG_E_NOMEM;
	p->w = rg_worker_init(p->w_mem, &wc, p->now);
	rg_worker_set_wallclock(p->w, p->now, rg_host_wall_ntp_ns());
	for (uint32_t i = 0; i < p->plan.n_streams; i++) {
		const struct rg_stream_plan *s = &p->plan.streams[i];
		int rc;

		bytes = rg_align_up(rg_stream_footprint(s), RG_CACHE_LINE);
		p->stream_mem[i] = aligned_alloc(RG_CACHE_LINE, bytes);
		if (!p->stream_mem[i])
			return -RG_E_NOMEM;
		rc = rg_worker_add_stream(p->w, p->now, s, p->stream_mem[i]);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int open_rest(struct peer *p)
{
	static unsigned n;
	char name[RTE_MEMPOOL_NAMESIZE];
	int rc;

	p->keys = plan_keys(p->c.plan);
	if (!p->keys)
		return -RG_E_NOMEM;
	rc = plan_open(&p->plan, p->c.plan, p->keys);
	if (rc < 0 || p->plan.n_eps == 0)
		return rc;
	for (uint32_t i = 0; i < p->plan.n_eps; i++)
		p->ep_of_port[p->plan.eps[i].local.port] = (uint16_t)i;
	p->tmpl = calloc(p->plan.n_eps + 1, sizeof(*p->tmpl));
	(void)snprintf(name, sizeof(name), "peer%u", n++);
	p->pools.packets = rte_pktmbuf_pool_create(name, p->plan.held + POOL_EXTRA, CACHE, 0,
		RTE_MBUF_DEFAULT_BUF_SIZE, (int)rte_socket_id());
	if (!p->tmpl || !p->pools.packets)
		return -RG_E_NOMEM;
	p->ops = rg_dp_bufops(&p->pools);
	return open_worker(p);
}

int bench_peer_open(struct peer **out, const struct peer_conf *c, struct rg_conf_error *err)
{
	struct peer *p = *out = calloc(1, sizeof(*p));
	int rc;

	if (!p)
		return -RG_E_NOMEM;
	p->c = *c;
	p->now = c->now;
	p->random = c->plan->local.ip[3]; /* every peer loses others */
	rc = open_rest(p);
	if (rc == -RG_E_NOMEM)
		(void)snprintf(err->text, sizeof(err->text), "memory: the peer finds none (-m)");
	return rc;
}

static const struct rg_udp_tmpl *tmpl_of(struct peer *p, const struct rg_dgram *d)
{
	struct rg_udp_tmpl *t = &p->tmpl[d->ep];

	if (t->af == RG_AF_NONE)
		rg_udp_tmpl_init(t,
			&(struct rg_udp_route){.src_mac = p->c.mac,
				.dst_mac = p->c.gate_mac,
				.src = p->plan.eps[d->ep].local,
				.dst = d->peer,
				.ttl = 64});
	return t;
}

/* xorshift64 */
static bool is_lost(struct peer *p)
{
	p->random ^= p->random << 13;
	p->random ^= p->random >> 7;
	p->random ^= p->random << 17;
	return (double)(p->random >> 32) * 100 < p->c.loss_percent * 4294967296.0;
}

/* What a raw end gives came through; everything else goes to the gateway. */
static void leave(struct peer *p, struct rg_dgram *d)
{
	if (rg_addr_same_host(&d->peer, &p->c.plan->sink))
		track_check(p->c.track, d->peer.port - (uint32_t)PLAN_RAW_IN, d->data, d->len);
	else if (p->c.send)
		p->c.send(p->c.send_to, tmpl_of(p, d), d);
	else if (!is_lost(p))
		line_send(p->c.line, rg_time_add(p->now, p->c.delay_ns), tmpl_of(p, d), d->hdr,
			d->hdr_len, d->data, d->len);
}

static void answer(struct peer *p)
{
	struct rg_event ev;
	struct rg_ctl m, back;

	while (rg_worker_event(p->w, &ev))
		;
	while (rg_worker_ctl_take(p->w, &m))
		if (rg_key_server_answer(p->keys, &m, &back))
			rg_worker_ctl(p->w, p->now, &back);
}

static void step(struct peer *p, rg_time now, struct rg_dgram *in, unsigned n)
{
	struct rg_dgram out[OUT_CAP];
	unsigned k;

	p->now.ns = rg_max_i64(p->now.ns, now.ns);
	k = rg_worker_step(p->w, p->now, in, n, out, OUT_CAP);
	for (unsigned i = 0; i < k; i++)
		leave(p, &out[i]);
	rg_dp_free_dgrams(out, k);
	answer(p);
}

void bench_peer_tick(struct peer *p, rg_time now)
{
	for (unsigned i = 0; i < STEPS_MAX && !rg_time_before(now, rg_worker_wakeup(p->w)); i++)
		step(p, now, NULL, 0);
}

/* A raw input's datagram; -1: no buffer, which the track will show. */
static int fill(struct peer *p, rg_time now, struct rg_dgram *d)
{
	struct rg_newbuf b;
	uint32_t flow;

	if (p->ops.alloc_bulk(p->ops.ctx, &b, 1) != 1)
		return -1;
	flow = track_fill(p->c.track, b.data);
	*d = (struct rg_dgram){.buf = b.buf,
		.data = b.data,
		.arrival = now,
		.peer = p->c.plan->sink,
		.ep = p->plan.inputs[flow].ep,
		.len = (uint16_t)p->c.track->payload_bytes,
		.stream = flow};
	return 0;
}

void bench_peer_push(struct peer *p, rg_time now, unsigned n)
{
	struct rg_dgram in[RG_BURST];
	unsigned k = 0;

	bench_peer_tick(p, now);
	for (unsigned i = 0; i < n; i++)
		k += fill(p, now, &in[k]) == 0;
	step(p, now, in, k);
}

void bench_peer_hear(struct peer *p, const struct sink_kept *k)
{
	uint16_t ep = p->ep_of_port[k->dst.port];
	struct rg_newbuf b;
	struct rg_dgram d;

	bench_peer_tick(p, k->at);
	if (is_lost(p) || p->ops.alloc_bulk(p->ops.ctx, &b, 1) != 1)
		return;
	memcpy(b.data, k->bytes, k->len);
	d = (struct rg_dgram){.buf = b.buf,
		.data = b.data,
		.arrival = k->at,
		.peer = k->src,
		.ep = ep,
		.len = (uint16_t)k->len,
		.stream = p->plan.eps[ep].stream};
	step(p, k->at, &d, 1);
}

static void end_streams(struct peer *p)
{
	for (uint32_t i = 0; i < p->plan.n_streams; i++) {
		if (!p->stream_mem[i] || rg_worker_stream_gone(p->w, i))
			continue;
		rg_worker_remove_stream(p->w, p->now, i);
		for (unsigned k = 0; k < STEPS_MAX && !rg_worker_stream_gone(p->w, i); k++)
			step(p, p->now, NULL, 0);
	}
	rg_worker_fini(p->w);
}

void bench_peer_close(struct peer *p)
{
	if (!p)
		return;
	if (p->w)
		end_streams(p);
	for (uint32_t i = 0; p->stream_mem && i < p->plan.n_streams; i++)
		free(p->stream_mem[i]);
	free(p->stream_mem);
	free(p->w_mem);
	free(p->tmpl);
	if (p->engine.run)
		rg_engine_close(&p->engine);
	rg_key_server_free(p->keys);
	plan_close(&p->plan);
	rte_mempool_free(p->pools.packets);
	free(p);
}
