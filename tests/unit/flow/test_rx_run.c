/* SPDX-License-Identifier: BSD-3-Clause */
/* Packets that come or leave together have runs of their own in the core: what they leave behind must
 * be what one packet after the other does. */
#include "flow_rx_priv.h"
#include "rx_case.h"

#define SEEDS   60
#define ROUNDS  600
#define PACKETS 24 /* of a round, at most */

static uint64_t dice;

static uint32_t roll(uint32_t sides)
{
	dice = dice * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(dice >> 33) % sides;
}

/* The newest number so far and its time; lost ones are skipped. */
static uint32_t next_seq;
static int64_t next_src_ns;
static bool restarts;

static struct rg_media packet(uint32_t seq, int64_t src_ns, unsigned flags)
{
	static uint8_t payload[1316];

	return (struct rg_media){.buf = {(void *)(uintptr_t)(seq * 2 + 1)},
		.data = payload,
		.len = (uint16_t)(188 + roll(7) * 188),
		.seq = seq,
		.src_ns = src_ns,
		.flow_id = 42,
		.flags = (uint8_t)flags};
}

static struct rg_media some_packet(void)
{
	uint32_t back = 1 + roll(20);

	switch (roll(25)) {
	case 0: /* one is lost */
		next_seq++;
		next_src_ns += MS / 4;
		break;
	case 1:
		return packet(next_seq - back, next_src_ns - back * MS / 4, RG_MEDIA_RETX);
	case 2: /* reordered, or twice */
		return packet(next_seq - back, next_src_ns - back * MS / 4, 0);
	case 3:
		return packet(next_seq++, next_src_ns += MS / 4, RG_MEDIA_RECORD);
	case 4: /* a damaged time */
		return packet(next_seq++, next_src_ns + 5000 * MS, 0);
	case 5: /* a damaged number */
		return packet(next_seq + 100000, next_src_ns, 0);
	case 6: /* the sender begins anew */
		if (restarts && roll(10) == 0) {
			next_seq += 1000000;
			next_src_ns += 1000000 * MS;
		}
		break;
	default:
		break;
	}
	return packet(next_seq++, next_src_ns += MS / 4, 0);
}

/* What came out of one of two cores. */
struct outcome {
	struct rg_flow_rx *core;
	uint64_t delivered, dropped, asked; /* hashes, each in its order */
};

static void mix(uint64_t *hash, uint64_t v)
{
	*hash = (*hash ^ v) * UINT64_C(0x100000001b3);
}

static void same(const struct outcome *a, const struct outcome *b)
{
	ck_assert_uint_eq(a->delivered, b->delivered);
	ck_assert_uint_eq(a->dropped, b->dropped);
	ck_assert_uint_eq(a->asked, b->asked);
}

static void note(struct outcome *o)
{
	for (unsigned i = 0; i < out.n_deliver; i++) {
		const struct rg_media *m = &delivered[i];

		mix(&o->delivered, (uintptr_t)m->buf.h);
		mix(&o->delivered, (uint64_t)m->src_ns);
		mix(&o->delivered, (uint64_t)m->arrival.ns);
		mix(&o->delivered, (uint64_t)m->flags << 32 | m->seq);
		mix(&o->delivered, m->len);
	}
	for (unsigned i = 0; i < out.n_drop; i++)
		mix(&o->dropped, (uintptr_t)dropped[i].buf.h << 8 | dropped[i].verdict);
	for (unsigned i = 0; i < out.n_nack; i++)
		mix(&o->asked, (uint64_t)nacks[i].first << 32 | nacks[i].n);
}

static void feed_together(struct outcome *o, rg_time now, const struct rg_media *m, unsigned n)
{
	fresh_out();
	rg_flow_rx_feed(o->core, now, m, n, &out);
	note(o);
}

static void feed_singly(struct outcome *o, rg_time now, const struct rg_media *m, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		fresh_out();
		rx_feed_one(o->core, now, m[i], LANE, &out);
		note(o);
	}
}

/* As many a call as cap allows. */
static void play(struct outcome *o, rg_time now, unsigned cap)
{
	do {
		fresh_out();
		out.deliver_cap = cap;
		rg_flow_rx_poll(o->core, now, &out);
		note(o);
	} while (out.more);
}

static struct rg_flow_rx *new_core(struct rg_flow_rx_conf c)
{
	void *mem;

	if (posix_memalign(&mem, RG_CACHE_LINE, rg_flow_rx_footprint(&c)) != 0)
		abort();
	return rg_flow_rx_init(mem, &c, at_ms(0));
}

/* Packets of a round go to one core together, to the other one by one. */
static void run_round(struct outcome *together, struct outcome *single, rg_time now, unsigned cap)
{
	struct rg_media m[PACKETS];
	unsigned n = 1 + roll(PACKETS);

	for (unsigned i = 0; i < n; i++)
		m[i] = some_packet();
	feed_together(together, now, m, n);
	feed_singly(single, now, m, n);
	same(together, single);
	play(together, now, LANE);
	play(single, now, cap);
	ck_assert_int_eq(rg_flow_rx_wakeup(together->core).ns, rg_flow_rx_wakeup(single->core).ns);
}

/* Where nothing is asked for they leave one by one, too: requests see what is played so far. Returns
 * how many were delivered. */
static uint64_t run_seed(uint64_t seed, enum rg_recovery recovery, uint32_t ring_slots)
{
	unsigned cap = recovery == RG_RECOVERY_OFF ? 1 : LANE;
	struct rg_flow_rx_conf c = usual();
	struct outcome together, single;
	struct rg_flow_rx_stats x, y;
	rg_time now = at_ms(TRANSIT);

	c.recovery = recovery;
	c.ring_slots = ring_slots;
	together = (struct outcome){.core = new_core(c)};
	single = (struct outcome){.core = new_core(c)};
	dice = seed;
	restarts = seed % 4 == 0;
	next_seq = UINT32_MAX - 300;
	next_src_ns = 0;
	for (unsigned round = 0; round < ROUNDS; round++) {
		now = rg_time_add(now, roll(50) == 0 ? 600 * MS : (int64_t)roll(12) * MS);
		if (roll(10) == 0) /* the source paused, or we did */
			next_src_ns = now.ns - TRANSIT * MS;
		run_round(&together, &single, now, cap);
	}
	same(&together, &single);
	rg_flow_rx_stats(together.core, now, &x);
	rg_flow_rx_stats(single.core, now, &y);
	ck_assert_mem_eq(&x, &y, sizeof(x));
	free(together.core);
	free(single.core);
	return x.delivered;
}

START_TEST(packets_together_are_packets_one_by_one)
{
	uint64_t n = 0;

	for (uint64_t seed = 1; seed <= SEEDS; seed++)
		n += run_seed(seed, seed % 2 ? RG_RECOVERY_OFF : RG_RECOVERY_DEADLINE,
			seed % 3 ? 1024 : 128);
	ck_assert_uint_gt(n, SEEDS * ROUNDS); /* they did deliver */
}

END_TEST

TCase *rx_run_cases(void)
{
	TCase *tc = tcase_create("rx_run");

	tcase_add_test(tc, packets_together_are_packets_one_by_one);
	return tc;
}
