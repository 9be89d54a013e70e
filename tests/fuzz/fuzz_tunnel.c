/* SPDX-License-Identifier: BSD-3-Clause */
/* Bytes are what a worker's hosts and control do: datagrams to a listening receiver and a listening
 * sender of the Main profile, both with a secret, as they are or sealed under a key that is right,
 * answers of control, time. After each input no buffer and no key is missing, and time never stands
 * still. The cipher is a toy: what matters is that a right key gives back what was sealed. */
#include "rg_bytes.h"
#include "rg_fuzz.h"
#include "rg_worker.h"

#define EPS       6
#define OUT       32
#define FRESH     1600 /* bytes of a fresh buffer */
#define PEERS     4 /* addresses */
#define KEYS      512
#define ANSWERS   64
#define STEPS_MAX 4096 /* in one instant */
#define CLOSE_MAX 65536

enum op {
	OP_RAW, /* peer, length, bytes */
	OP_SEALED, /* peer, length, kind and version, bytes: behind a GRE header, encrypted */
	OP_TIME, /* milliseconds */
	OP_CONTROL, /* its answers reach the worker, or get lost */
	OP_MEDIA, /* length, bytes: a payload to be sent */
	OP_SECRET, /* a side gets another secret */
	OP_POOL, /* how many buffers may be out */
	OP_END, /* a stream is removed */
	OP_OOB, /* side and whether by its interface, length, EtherType, bytes */
	OPS,
};

struct block {
	unsigned refs;
	uint8_t bytes[]; /* headroom first */
};

static struct world {
	struct rg_worker *w;
	void *stream_mem[2];
	rg_time now;
	uint32_t buffers, cap;
	struct rg_key keys[KEYS];
	bool lent[KEYS]; /* to the worker */
	struct rg_ctl answers[ANSWERS];
	unsigned n_answers;
	uint8_t generation[2]; /* of each side's secret */
	uint32_t nonce; /* of the newest key to send under */
	uint32_t seq; /* of what is sealed */
} world;

/* Side 0 is the receiver, stream 0 and ep 0; side 1 the sender, stream 1 and ep 3. */
static struct rg_side_plan plan_in[2], plan_out[2];
static struct rg_stream_plan plans[2];

/* Exact blocks for what comes, so that the sanitizer sees a read behind it. */
static struct block *block_new(size_t bytes)
{
	struct block *b = malloc(sizeof(*b) + RG_BUF_HEADROOM + bytes);

	fuzz_require(b != NULL);
	b->refs = 1;
	world.buffers++;
	return b;
}

static unsigned alloc_bulk(void *ctx, struct rg_newbuf *out, unsigned n)
{
	unsigned i = 0;

	(void)ctx;
	for (; i < n && world.buffers < world.cap; i++) {
		struct block *b = block_new(FRESH);

		out[i] = (struct rg_newbuf){{b}, b->bytes + RG_BUF_HEADROOM, FRESH};
	}
	return i;
}

static void free_bulk(void *ctx, const struct rg_buf *bufs, unsigned n)
{
	(void)ctx;
	for (unsigned i = 0; i < n; i++) {
		struct block *b = bufs[i].h;

		fuzz_require(b->refs > 0);
		if (--b->refs == 0) {
			world.buffers--;
			free(b);
		}
	}
}

static void add_refs(void *ctx, struct rg_buf buf, unsigned n)
{
	(void)ctx;
	((struct block *)buf.h)->refs += n;
}

static void cipher(
	const struct rg_key *k, uint32_t seq, const uint8_t *src, uint8_t *dst, uint32_t n)
{
	uint32_t z = k->nonce * 31u + k->generation * 7u + k->key_bits + seq * 13u;

	for (uint32_t i = 0; i < n; i++) {
		z = z * UINT32_C(1664525) + UINT32_C(1013904223);
		dst[i] = (uint8_t)(src[i] ^ z >> 24);
	}
}

/* Whether a writes what b reads or writes. */
static bool meet(const struct rg_crypto_op *a, const struct rg_crypto_op *b)
{
	return (a->dst < b->src + b->len_bytes && b->src < a->dst + a->len_bytes) ||
		(a->dst < b->dst + b->len_bytes && b->dst < a->dst + a->len_bytes);
}

static void run(void *ctx, const struct rg_crypto_op *ops, unsigned n)
{
	(void)ctx;
	for (unsigned i = 0; i < n; i++) {
		const struct rg_key *k = ops[i].key;

		fuzz_require(world.lent[k - world.keys]);
		for (unsigned other = 0; other < n; other++)
			fuzz_require(other == i || !meet(&ops[i], &ops[other]));
		cipher(k, ops[i].seq, ops[i].src, ops[i].dst, ops[i].len_bytes);
	}
}

/* NULL: all are lent. */
static struct rg_key *key_new(uint32_t nonce, uint16_t bits, uint8_t generation)
{
	for (unsigned i = 0; i < KEYS; i++) {
		if (world.lent[i])
			continue;
		world.keys[i].nonce = nonce;
		world.keys[i].key_bits = bits;
		world.keys[i].generation = generation;
		return &world.keys[i];
	}
	return NULL;
}

static struct rg_key *key_to_send(unsigned side)
{
	return key_new(++world.nonce, side ? 256 : 128, world.generation[side]);
}

static void hear(const struct rg_ctl *m)
{
	struct rg_ctl a = *m;

	if (m->type == RG_CTL_RETIRED) {
		fuzz_require(world.lent[m->key - world.keys]);
		world.lent[m->key - world.keys] = false;
		return;
	}
	if (world.n_answers == ANSWERS)
		return; /* lost */
	a.type = m->type == RG_CTL_WANT_TX_KEY ? RG_CTL_TX_KEY : RG_CTL_RX_KEY;
	world.answers[world.n_answers++] = a;
}

/* The key is made when the answer leaves; the worker has it, or control keeps it. */
static void put_answer(const struct rg_ctl *a)
{
	struct rg_ctl m = *a;

	if (m.type == RG_CTL_RX_KEY && m.nonce % 8 != 7) /* some have none */
		m.key = key_new(m.nonce, m.key_bits, m.generation);
	else if (m.type != RG_CTL_RX_KEY)
		m.key = key_to_send(m.stream);
	if (m.type != RG_CTL_RX_KEY && !m.key)
		return;
	if (m.key)
		world.lent[m.key - world.keys] = true;
	if (rg_worker_ctl(world.w, world.now, &m) < 0 && m.key)
		world.lent[m.key - world.keys] = false;
}

static void step(struct rg_dgram *in, unsigned n)
{
	struct rg_dgram out[OUT];
	struct rg_event ev;
	struct rg_ctl m;
	struct rg_oob oob;

	n = rg_worker_step(world.w, world.now, in, n, out, OUT);
	fuzz_require(n <= OUT);
	for (unsigned i = 0; i < n; i++) {
		fuzz_require(out[i].hdr_len <= RG_DGRAM_HDR_MAX && out[i].ep < EPS);
		fuzz_require(out[i].buf.h || out[i].len == 0);
		if (out[i].buf.h)
			free_bulk(NULL, &out[i].buf, 1);
	}
	while (rg_worker_event(world.w, &ev))
		fuzz_require(ev.kind < RG_EVENT_KINDS && ev.stream < 2);
	while (rg_worker_ctl_take(world.w, &m))
		hear(&m);
	while (rg_worker_oob_take(world.w, &oob))
		fuzz_require(oob.len <= RG_OOB_BYTES_MAX);
}

static void settle(void)
{
	unsigned n = 0;

	for (; rg_worker_wakeup(world.w).ns <= world.now.ns; n++) {
		fuzz_require(n < STEPS_MAX);
		step(NULL, 0);
	}
}

static void pass_ms(unsigned ms)
{
	rg_time until = rg_time_add(world.now, ms * RG_NS_PER_MS);

	for (;;) {
		rg_time next = rg_worker_wakeup(world.w);

		if (until.ns < next.ns)
			break;
		world.now.ns = rg_max_i64(world.now.ns, next.ns);
		settle();
	}
	world.now = until;
}

static struct rg_addr addr_of(unsigned i)
{
	return (struct rg_addr){.ip = {10, 0, 0, (uint8_t)(1 + i / 2)},
		.port = (uint16_t)(5000 + i % 2),
		.af = RG_AF_IP4};
}

static void deliver_dgram(struct rg_dgram d, const uint8_t *p, size_t len)
{
	struct block *b;

	if (len == 0)
		return;
	b = block_new(len);
	memcpy(b->bytes + RG_BUF_HEADROOM, p, len);
	d.buf.h = b;
	d.data = b->bytes + RG_BUF_HEADROOM;
	d.len = (uint16_t)len;
	d.arrival = world.now;
	step(&d, 1);
	settle();
}

static void deliver(uint16_t ep, unsigned peer, const uint8_t *p, size_t len)
{
	deliver_dgram((struct rg_dgram){.peer = addr_of(peer % PEERS), .ep = ep}, p, len);
}

/* kind: bits 0-2 what it is, 3 version 2, 4-5 nonce, 6 the size of the key, 7 the secret before. */
static void deliver_sealed(uint16_t ep, unsigned peer, uint8_t kind, const uint8_t *p, size_t len)
{
	static const uint16_t types[] = {
		0x88b6, 0x88b5, 0xcce0, 0x0800, 0x888e, 0x9999, 0x88b6, 0xcce0};
	unsigned side = ep == 3, v2 = kind >> 3 & 1;
	uint8_t d[12 + 1024] = {0x30, (uint8_t)((kind & 0x40) | (v2 + 1) << 3)};
	struct rg_key k = {.nonce = 0x100u + (kind >> 4 & 3u),
		.key_bits = kind & 0x40 ? 256 : 128,
		.generation = (uint8_t)(world.generation[side] - (kind >> 7))};

	rg_put16(d + 2, v2 && (kind & 7) == 0 ? 0xcce0 : types[kind & 7]);
	rg_put32(d + 4, k.nonce);
	rg_put32(d + 8, world.seq);
	cipher(&k, world.seq++, p, d + 12, (uint32_t)len);
	deliver(ep, peer, d, 12 + len);
}

static struct rg_side_plan rist(uint16_t ep, uint32_t ssrc)
{
	struct rg_side_plan p = {.kind = RG_END_RIST, .ep = ep, .ep_rtcp = RG_EP_NONE, .listen = 1};
	struct rg_url u;

	rg_url_defaults(&u);
	p.rist = u.rist;
	p.rist.profile = RG_PROFILE_MAIN;
	p.rist.max_flows = 2;
	p.rist.aes_bits = ssrc & 2 ? 256 : 128;
	p.rist.key_rotation = 50;
	p.rist.npd = p.rist.seq_ext = 1;
	memcpy(p.rist.cname, "fuzz", 5);
	p.ssrc = ssrc;
	p.first_seq = 65500;
	p.ep_oob = ep == 0 ? 4 : 5;
	memcpy(p.tap, "fuzz0", 6);
	p.ring_slots = 128;
	return p;
}

static struct rg_side_plan raw(uint16_t ep)
{
	return (struct rg_side_plan){
		.kind = RG_END_UDP, .ep = ep, .ep_rtcp = RG_EP_NONE, .remote = addr_of(PEERS)};
}

static void start_stream(unsigned i, struct rg_side_plan *side)
{
	for (unsigned k = 0; k < 2; k++) {
		side->tx_keys[k] = key_to_send(i);
		fuzz_require(side->tx_keys[k] != NULL);
		world.lent[side->tx_keys[k] - world.keys] = true;
	}
	plans[i] = (struct rg_stream_plan){"fuzz", &plan_in[i], &plan_out[i], 1, 1, i};
	world.stream_mem[i] = aligned_alloc(
		RG_CACHE_LINE, rg_align_up(rg_stream_footprint(&plans[i]), RG_CACHE_LINE));
	fuzz_require(world.stream_mem[i] != NULL);
	fuzz_require(rg_worker_add_stream(world.w, world.now, &plans[i], world.stream_mem[i]) == 0);
}

static void begin(void)
{
	static const struct rg_engine engine = {.run = run};
	struct rg_worker_conf c = {.buf = {NULL, alloc_bulk, alloc_bulk, free_bulk, add_refs},
		.max_streams = 2,
		.max_eps = EPS,
		.engine = &engine};
	size_t bytes = rg_align_up(rg_worker_footprint(&c), RG_CACHE_LINE);

	memset(&world, 0, sizeof(world));
	world.cap = UINT32_MAX;
	world.now.ns = 1000 * RG_NS_PER_S;
	world.generation[0] = world.generation[1] = 1;
	world.w = rg_worker_init(aligned_alloc(RG_CACHE_LINE, bytes), &c, world.now);
	plan_in[0] = rist(0, 0x1000);
	plan_out[0] = raw(1);
	plan_in[1] = raw(2);
	plan_out[1] = rist(3, 0x2002);
	start_stream(0, &plan_in[0]);
	start_stream(1, &plan_out[1]);
	settle();
}

static void remove_stream(unsigned i)
{
	if (!world.stream_mem[i])
		return;
	rg_worker_remove_stream(world.w, world.now, i);
	for (unsigned n = 0; !rg_worker_stream_gone(world.w, i); n++) {
		fuzz_require(n < CLOSE_MAX && rg_worker_wakeup(world.w).ns <= world.now.ns);
		step(NULL, 0);
	}
	free(world.stream_mem[i]);
	world.stream_mem[i] = NULL;
}

static void end(void)
{
	for (unsigned i = 0; i < 2; i++)
		remove_stream(i);
	step(NULL, 0); /* keys of the last one */
	rg_worker_fini(world.w);
	free(world.w);
	fuzz_require(world.buffers == 0);
	for (unsigned i = 0; i < KEYS; i++)
		fuzz_require(!world.lent[i]);
}

static void send_oob(unsigned side, bool by_interface, const uint8_t *p, size_t len)
{
	struct rg_oob m = {.stream = side,
		.ep = side ? 3 : 0,
		.type = rg_get16(p),
		.len = (uint16_t)(len - 2)};

	if (by_interface) {
		deliver_dgram(
			(struct rg_dgram){.ep = side ? 5 : 4, .virt_dst = m.type}, p + 2, len - 2);
		return;
	}
	memcpy(m.data, p + 2, m.len);
	rg_worker_oob(world.w, world.now, &m);
	settle();
}

static void new_secret(unsigned side)
{
	struct rg_ctl m = {.type = RG_CTL_NEW_SECRET, .stream = side, .ep = side ? 3 : 0};

	world.generation[side] = (uint8_t)(world.generation[side] % UINT8_MAX + 1);
	m.generation = world.generation[side];
	put_answer(&m);
	settle();
}

static void answer(uint8_t how)
{
	unsigned n = world.n_answers;

	world.n_answers = 0;
	for (unsigned i = 0; i < n; i++)
		if (how & 1 || i % 2)
			put_answer(&world.answers[i]);
	settle();
}

/* One of the operations; returns the bytes it used. */
static size_t act(const uint8_t *p, size_t left)
{
	uint8_t arg = left > 1 ? p[1] : 0;
	size_t len = left > 2 ? rg_min_u32(p[2], (uint32_t)left - 3) : 0;

	switch ((enum op)(p[0] % OPS)) {
	case OP_RAW:
		deliver(arg & 0x80 ? 3 : 0, arg, p + 3, len);
		return 3 + len;
	case OP_SEALED:
		if (len > 0)
			deliver_sealed(arg & 0x80 ? 3 : 0, arg % PEERS, p[3], p + 4, len - 1);
		return 3 + len;
	case OP_TIME:
		pass_ms(arg);
		return 2;
	case OP_CONTROL:
		answer(arg);
		return 2;
	case OP_MEDIA:
		deliver(2, arg, p + 3, len);
		return 3 + len;
	case OP_SECRET:
		new_secret(arg & 1);
		return 2;
	case OP_POOL:
		world.cap = arg & 1 ? UINT32_MAX : arg;
		return 2;
	case OP_END:
		remove_stream(arg & 1);
		return 2;
	case OP_OOB:
		if (len > 2)
			send_oob(arg & 1, arg & 2, p + 3, len);
		return 3 + len;
	case OPS:
		break;
	}
	return 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	begin();
	for (size_t at = 0; at < size;)
		at += act(data + at, size - at);
	end();
	return 0;
}
