/* SPDX-License-Identifier: BSD-3-Clause */
#include "lab_priv.h"
#include <stdio.h>
#include <stdlib.h>

#define STILL_MAX 1000000 /* rounds without time passing */

struct block {
	unsigned refs;
	uint8_t headroom[RG_BUF_HEADROOM];
	uint8_t data[LAB_BUF];
};

struct lab_packet {
	rg_time at;
	uint64_t order;
	struct rg_addr from, to;
	size_t len;
	uint8_t data[];
};

void lab_die(const char *why)
{
	fprintf(stderr, "lab: %s\n", why);
	abort();
}

static unsigned pool_alloc(void *ctx, struct rg_newbuf *out, unsigned n)
{
	struct lab_pool *p = ctx;
	unsigned i;

	for (i = 0; i < n && p->live < p->cap; i++) {
		struct block *b = malloc(sizeof(*b));

		if (!b)
			lab_die("no memory");
		b->refs = 1;
		out[i] = (struct rg_newbuf){{b}, b->data, LAB_BUF};
		p->live++;
	}
	return i;
}

static void pool_free(void *ctx, const struct rg_buf *bufs, unsigned n)
{
	struct lab_pool *p = ctx;

	for (unsigned i = 0; i < n; i++) {
		struct block *b = bufs[i].h;

		if (--b->refs == 0) {
			p->live--;
			free(b);
		}
	}
}

static void pool_ref(void *ctx, struct rg_buf buf, unsigned n)
{
	struct block *b = buf.h;

	(void)ctx;
	b->refs += n;
}

uint64_t lab_random(struct lab *l)
{
	uint64_t z = l->random += UINT64_C(0x9E3779B97F4A7C15);

	z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
	return z ^ (z >> 31);
}

static bool chance(struct lab *l, double p)
{
	return p > 0 && (double)(lab_random(l) >> 11) < p * 9007199254740992.0;
}

struct rg_addr lab_addr(unsigned host, uint16_t port)
{
	return (struct rg_addr){.ip = {10, 0, 0, (uint8_t)host}, .port = port, .af = RG_AF_IP4};
}

void lab_init(struct lab *l, uint64_t seed)
{
	memset(l, 0, sizeof(*l));
	l->random = seed;
	l->now.ns = 1000 * RG_NS_PER_S;
	l->control_ns = RG_NS_PER_MS;
}

struct lab_node *lab_node(struct lab *l, unsigned i)
{
	struct lab_node *n = &l->nodes[i];
	struct rg_worker_conf c = {.max_streams = 2, .max_eps = LAB_EPS, .seed = i};
	size_t bytes = rg_worker_footprint(&c);

	n->pool.cap = UINT64_MAX;
	n->pool.ops = (struct rg_bufops){&n->pool, pool_alloc, pool_alloc, pool_free, pool_ref};
	c.buf = n->pool.ops;
	lab_control_open(n);
	c.engine = &n->checked;
	n->w = rg_worker_init(
		aligned_alloc(RG_CACHE_LINE, rg_align_up(bytes, RG_CACHE_LINE)), &c, l->now);
	rg_worker_set_wallclock(n->w, l->now, INT64_C(3900000000) * RG_NS_PER_S);
	n->used = true;
	return n;
}

void lab_bind(struct lab_node *n, uint16_t ep, struct rg_addr a)
{
	n->local[ep] = a;
}

void lab_stream(struct lab *l, struct lab_node *n, const struct rg_stream_plan *p)
{
	size_t bytes = rg_align_up(rg_stream_footprint(p), RG_CACHE_LINE);
	void *mem = aligned_alloc(RG_CACHE_LINE, bytes);

	memset(mem, 0xa5, bytes);
	if (rg_worker_add_stream(n->w, l->now, p, mem) < 0)
		lab_die("stream refused");
	n->stream_mem[p->index] = mem;
	for (uint32_t i = 0; i < p->n_inputs; i++)
		n->keys_out += p->inputs[i].rist.aes_bits ? 2 : 0;
	for (uint32_t i = 0; i < p->n_outputs; i++)
		n->keys_out += p->outputs[i].rist.aes_bits ? 2 : 0;
}

static bool before(const struct lab_packet *a, const struct lab_packet *b)
{
	return a->at.ns != b->at.ns ? a->at.ns < b->at.ns : a->order < b->order;
}

static void queue_add(struct lab *l, struct lab_packet *p)
{
	unsigned i = l->n_queue++;

	if (l->n_queue > l->cap_queue) {
		l->cap_queue = l->cap_queue ? 2 * l->cap_queue : 64;
		l->queue = realloc(l->queue, l->cap_queue * sizeof(*l->queue));
	}
	for (; i > 0 && before(p, l->queue[(i - 1) / 2]); i = (i - 1) / 2)
		l->queue[i] = l->queue[(i - 1) / 2];
	l->queue[i] = p;
}

static struct lab_packet *queue_take(struct lab *l)
{
	struct lab_packet *first = l->queue[0], *last = l->queue[--l->n_queue];
	unsigned i = 0;

	for (;;) {
		unsigned c = 2 * i + 1;

		if (c >= l->n_queue)
			break;
		if (c + 1 < l->n_queue && before(l->queue[c + 1], l->queue[c]))
			c++;
		if (!before(l->queue[c], last))
			break;
		l->queue[i] = l->queue[c];
		i = c;
	}
	if (l->n_queue)
		l->queue[i] = last;
	return first;
}

static void enqueue(struct lab *l, const struct rg_addr *from, const struct rg_addr *to,
	const uint8_t *hdr, size_t hdr_len, const uint8_t *data, size_t len, int64_t delay_ns)
{
	struct lab_packet *p = malloc(sizeof(*p) + hdr_len + len);

	p->at = rg_time_add(l->now, delay_ns);
	p->order = l->order++;
	p->from = *from;
	p->to = *to;
	p->len = hdr_len + len;
	if (hdr_len)
		memcpy(p->data, hdr, hdr_len);
	if (len)
		memcpy(p->data + hdr_len, data, len);
	queue_add(l, p);
}

static int64_t link_delay(struct lab *l)
{
	int64_t j = l->link.jitter_ns;

	return l->link.delay_ns + (j ? (int64_t)(lab_random(l) % (uint64_t)j) : 0);
}

static struct lab_node *find_ep(struct lab *l, const struct rg_addr *a, uint16_t *ep)
{
	for (unsigned i = 0; i < LAB_NODES; i++)
		for (unsigned k = 0; l->nodes[i].used && k < LAB_EPS; k++)
			if (l->nodes[i].local[k].af && rg_addr_eq(&l->nodes[i].local[k], a)) {
				*ep = (uint16_t)k;
				return &l->nodes[i];
			}
	return NULL;
}

static void across(struct lab *l, const struct rg_addr *from, const struct rg_addr *to,
	const uint8_t *hdr, size_t hdr_len, const uint8_t *data, size_t len)
{
	l->sent++;
	if (chance(l, l->link.loss)) {
		l->lost++;
		return;
	}
	enqueue(l, from, to, hdr, hdr_len, data, len, link_delay(l));
	if (chance(l, l->link.duplicate))
		enqueue(l, from, to, hdr, hdr_len, data, len, link_delay(l));
}

void lab_send(struct lab *l, struct rg_addr from, struct rg_addr to, const void *p, size_t len,
	bool impaired)
{
	if (impaired)
		across(l, &from, &to, NULL, 0, p, len);
	else
		enqueue(l, &from, &to, NULL, 0, p, len, 0);
}

/* What a node sent: to another over the link, else to the sink. */
static void leave(struct lab *l, struct lab_node *n, const struct rg_dgram *d)
{
	const struct rg_addr *from = &n->local[d->ep];
	uint8_t flat[LAB_BUF + RG_DGRAM_HDR_MAX];
	uint16_t ep;

	memcpy(flat, d->hdr, d->hdr_len);
	if (d->len)
		memcpy(flat + d->hdr_len, d->data, d->len);
	if (l->tap && l->tap(l, from, &d->peer, flat, (size_t)d->hdr_len + d->len))
		return;
	if (find_ep(l, &d->peer, &ep))
		across(l, from, &d->peer, d->hdr, d->hdr_len, d->data, d->len);
	else if (l->sink)
		l->sink(l, &d->peer, flat, (size_t)d->hdr_len + d->len);
}

static void step(struct lab *l, struct lab_node *n, struct rg_dgram *in, unsigned n_in)
{
	static struct rg_dgram out[64];
	struct rg_event ev;
	unsigned k = rg_worker_step(n->w, l->now, in, n_in, out, 64);

	for (unsigned i = 0; i < k; i++) {
		leave(l, n, &out[i]);
		if (out[i].buf.h)
			pool_free(&n->pool, &out[i].buf, 1);
	}
	while (rg_worker_event(n->w, &ev)) {
		n->events[ev.kind]++;
		n->last_event[ev.kind] = ev;
	}
	lab_hear_worker(l, n);
}

/* False: no buffer, counted. */
static bool put_in_buffer(struct lab_node *n, struct rg_dgram *d, const void *p, size_t len)
{
	struct rg_newbuf b;

	if (len == 0)
		return true;
	if (pool_alloc(&n->pool, &b, 1) != 1) {
		rg_worker_count(n->w, 0, RG_V_NO_BUFFER, 1);
		return false;
	}
	memcpy(b.data, p, len);
	d->buf = b.buf;
	d->data = b.data;
	d->len = (uint16_t)len;
	return true;
}

void lab_feed(struct lab *l, struct lab_node *n, uint16_t ep, struct rg_addr from, const void *p,
	size_t len, uint16_t flags)
{
	struct rg_dgram d = {.arrival = l->now, .peer = from, .ep = ep, .flags = flags};

	if (put_in_buffer(n, &d, p, len))
		step(l, n, &d, 1);
}

void lab_feed_burst(struct lab *l, struct lab_node *n, const struct lab_arrival *a, unsigned k)
{
	struct rg_dgram in[RG_BURST];

	if (k > RG_BURST)
		lab_die("burst too long");
	for (unsigned i = 0; i < k; i++) {
		in[i] = (struct rg_dgram){.arrival = l->now, .peer = a[i].from, .ep = a[i].ep};
		if (!put_in_buffer(n, &in[i], a[i].p, a[i].len))
			lab_die("no buffer");
	}
	step(l, n, in, k);
}

static rg_time next_wakeup(struct lab *l)
{
	rg_time t = RG_TIME_NEVER;

	for (unsigned i = 0; i < LAB_NODES; i++)
		if (l->nodes[i].used)
			t = rg_time_min(t, rg_worker_wakeup(l->nodes[i].w));
	return rg_time_min(t, lab_next_answer(l));
}

void lab_run(struct lab *l, rg_time until)
{
	unsigned still = 0;

	for (;;) {
		rg_time t = next_wakeup(l);
		bool packet = l->n_queue && l->queue[0]->at.ns <= t.ns;

		if (packet)
			t = l->queue[0]->at;
		if (t.ns > until.ns)
			break;
		if (++still > STILL_MAX)
			lab_die("time stands still");
		if (t.ns > l->now.ns) {
			l->now = t;
			still = 0;
		}
		if (packet) {
			struct lab_packet *p = queue_take(l);
			uint16_t ep;
			struct lab_node *n = find_ep(l, &p->to, &ep);

			if (n)
				lab_feed(l, n, ep, p->from, p->data, p->len, 0);
			free(p);
			continue;
		}
		if (lab_next_answer(l).ns <= l->now.ns) {
			lab_give_answer(l);
			continue;
		}
		for (unsigned i = 0; i < LAB_NODES; i++)
			if (l->nodes[i].used && rg_worker_wakeup(l->nodes[i].w).ns <= l->now.ns)
				step(l, &l->nodes[i], NULL, 0);
	}
	l->now = until;
}

void lab_remove(struct lab *l, struct lab_node *n, uint32_t stream)
{
	rg_worker_remove_stream(n->w, l->now, stream);
	for (unsigned i = 0; i < 10000 && !rg_worker_stream_gone(n->w, stream); i++) {
		if (rg_worker_wakeup(n->w).ns > l->now.ns)
			lab_die("a closed stream sleeps");
		step(l, n, NULL, 0);
	}
	if (!rg_worker_stream_gone(n->w, stream))
		lab_die("stream does not end");
	step(l, n, NULL, 0);
	free(n->stream_mem[stream]);
	n->stream_mem[stream] = NULL;
}

void lab_fini(struct lab *l)
{
	for (unsigned i = 0; i < LAB_NODES; i++) {
		struct lab_node *n = &l->nodes[i];

		if (!n->used)
			continue;
		for (uint32_t s = 0; s < 2; s++)
			if (n->stream_mem[s])
				lab_remove(l, n, s);
		rg_worker_fini(n->w);
		lab_control_close(n);
		if (n->pool.live)
			lab_die("buffers were not returned");
		if (n->keys_out)
			lab_die("keys were not returned");
		free(n->w);
	}
	while (l->n_queue)
		free(queue_take(l));
	free(l->queue);
}

const struct rg_stream_report *lab_report(struct lab_node *n, uint32_t stream)
{
	if (!rg_worker_report(n->w, stream, n->report, sizeof(n->report)))
		lab_die("no report");
	return (const struct rg_stream_report *)(const void *)n->report;
}

const struct rg_input_report *lab_input(const struct rg_stream_report *r, unsigned slot)
{
	return (const struct rg_input_report *)(const void *)(r + 1) + slot;
}

const struct rg_output_report *lab_output(const struct rg_stream_report *r, unsigned i)
{
	return (const struct rg_output_report *)(const void *)lab_input(r, r->n_flows) + i;
}

struct rg_side_plan lab_rist(uint16_t ep, bool listen, struct rg_addr remote, uint32_t ssrc)
{
	struct rg_url u;
	struct rg_side_plan p = {
		.kind = RG_END_RIST,
		.ep = ep,
		.ep_rtcp = (uint16_t)(ep + 1),
		.listen = listen,
		.remote = remote,
		.ssrc = ssrc,
		.first_seq = 65500,
		.rtp_ptype = 33,
		.ring_slots = 4096,
	};

	rg_url_defaults(&u);
	p.rist = u.rist;
	p.rist.profile = RG_PROFILE_SIMPLE;
	p.rist.max_flows = 1;
	memcpy(p.rist.cname, "lab", 4);
	return p;
}

struct rg_side_plan lab_main(uint16_t ep, bool listen, struct rg_addr remote, uint32_t ssrc)
{
	struct rg_side_plan p = lab_rist(ep, listen, remote, ssrc);

	p.ep_rtcp = RG_EP_NONE;
	p.rist.profile = RG_PROFILE_MAIN;
	return p;
}

struct rg_side_plan lab_raw(uint16_t ep, enum rg_end_kind kind, struct rg_addr remote)
{
	return (struct rg_side_plan){
		.kind = kind,
		.ep = ep,
		.ep_rtcp = RG_EP_NONE,
		.remote = remote,
		.ssrc = 0x1000,
		.first_seq = 7,
		.rtp_ptype = 33,
	};
}
