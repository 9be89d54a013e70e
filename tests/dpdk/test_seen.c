/* SPDX-License-Identifier: BSD-3-Clause */
/* A frame is compared with one that came before instead of being read: nobody may notice. */
#include "dpdk_suites.h"
#include "lab.h"

#define GOOD    (RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_L4_CKSUM_GOOD)
#define FRAME   64
#define HEADERS 42
#define MAC     6 /* the address that a port knows */

/* What became of a frame. */
struct fate {
	struct rg_addr peer;
	uint16_t ep, len;
	bool taken;
	uint64_t drops[RG_V_COUNT];
};

static void open_lab(struct lab *l)
{
	lab_init(l, (const char *const[]){"10.0.0.1", NULL});
	lab_ep(l, lab_addr("10.0.0.1", 5000), (struct rg_addr){0});
	lab_ep(l, lab_addr("10.0.0.1", 5256), (struct rg_addr){0});
	lab_open(l, (const char *const[]){"net_ring0", NULL});
}

/* UDP from 10.0.0.9 to port 5000, 10 bytes of payload and padding. */
static void make_frame(const struct lab *l, uint8_t p[FRAME])
{
	struct rg_udp_route r = {.src_mac = {{2, 0, 0, 0, 0, 9}},
		.src = lab_addr("10.0.0.9", 6000),
		.dst = lab_addr("10.0.0.1", 5000),
		.ttl = 64};
	struct rg_udp_tmpl t;

	memcpy(r.dst_mac.b, l->h->ports[0].mac, sizeof(r.dst_mac.b));
	rg_udp_tmpl_init(&t, &r);
	memset(p, 0, FRAME);
	rg_udp_tmpl_write_offload(&t, p, 10);
}

static struct fate send(struct lab *l, const uint8_t p[FRAME])
{
	struct rte_mbuf *m = lab_frame(l, p, FRAME);
	struct rg_dp_rx *rx = &l->h->rx[0];
	struct fate f = {0};
	struct rg_dgram d;
	void *slow;

	m->ol_flags = GOOD;
	memset(rx->drops, 0, sizeof(rx->drops));
	lab_inject(l, m);
	rg_dp_rx_poll(rx, l->now);
	if (lab_take(l, &d)) {
		f = (struct fate){.peer = d.peer, .ep = d.ep, .len = d.len, .taken = true};
		lab_free(&d);
	}
	while (rte_ring_sc_dequeue(rx->slow[0], &slow) == 0)
		rte_pktmbuf_free(slow);
	for (unsigned v = 0; v < RG_V_COUNT; v++)
		f.drops[v] = rg_dp_counted(&rx->drops[v]);
	return f;
}

static void forget(struct lab *l)
{
	struct rg_dp_rx *rx = &l->h->rx[0];

	memset(rx->seen, 0, (rx->seen_mask + 1) * sizeof(*rx->seen));
}

static bool is_same(const struct fate *a, const struct fate *b)
{
	return rg_addr_eq(&a->peer, &b->peer) && a->ep == b->ep && a->len == b->len &&
		a->taken == b->taken && memcmp(a->drops, b->drops, sizeof(a->drops)) == 0;
}

/* The same frame to who has seen its like, and to who has not. */
static void same_fate(struct lab *l, const uint8_t p[FRAME], unsigned at)
{
	struct fate warm, cold;

	warm = send(l, p);
	forget(l);
	cold = send(l, p);
	ck_assert_msg(is_same(&warm, &cold), "byte %u", at);
}

/* Bytes from `from` on. */
static void judge(struct lab *l, unsigned from)
{
	static const uint8_t flips[] = {0x01, 0x02, 0x08, 0x10, 0x20, 0x40, 0x80, 0xff};
	uint8_t usual[FRAME], p[FRAME];
	unsigned taken = 0;

	make_frame(l, usual);
	for (unsigned at = from; at < HEADERS; at++) {
		for (unsigned i = 0; i < RG_ARRAY_LEN(flips); i++) {
			memcpy(p, usual, FRAME);
			p[at] ^= flips[i];
			ck_assert(send(l, usual).taken);
			same_fate(l, p, at);
			taken += send(l, p).taken;
		}
	}
	/* neither all of them nor none: TTL and ident do not matter, most else does */
	ck_assert_uint_gt(taken, 20);
	ck_assert_uint_lt(taken, (HEADERS - from) * RG_ARRAY_LEN(flips) - 100);
}

START_TEST(any_header_is_judged_as_if_it_were_the_first)
{
	struct lab l;

	open_lab(&l);
	judge(&l, MAC);
	l.h->ports[0].promiscuous = true;
	judge(&l, 0);
	lab_close(&l);
}

END_TEST

START_TEST(a_frame_of_zeros_is_nobodys)
{
	uint8_t p[FRAME] = {0};
	struct lab l;

	open_lab(&l);
	p[16] = 0; /* lengths that agree: 38 bytes of IP, 18 of UDP */
	p[17] = 38;
	p[39] = 18;
	same_fate(&l, p, 0);
	ck_assert(!send(&l, p).taken);
	lab_close(&l);
}

END_TEST

START_TEST(a_new_steering_table_is_followed_at_once)
{
	struct lab l;
	struct rg_dp_steer *before, *after;
	uint8_t p[FRAME];

	open_lab(&l);
	make_frame(&l, p);
	ck_assert_uint_eq(send(&l, p).ep, 0);
	ck_assert(send(&l, p).taken);
	/* the two endpoints change their places */
	l.h->eps[0].local.port = 5256;
	l.h->eps[1].local.port = 5000;
	before = atomic_load(&l.h->steer);
	after = rg_dp_steer_build(l.h, &l.err);
	ck_assert_ptr_nonnull(after);
	atomic_store(&l.h->steer, after);
	ck_assert_uint_eq(send(&l, p).ep, 1);
	rg_dp_steer_free(before);
	lab_close(&l);
}

END_TEST

TCase *case_seen(void)
{
	TCase *tc = tcase_create("seen");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, any_header_is_judged_as_if_it_were_the_first);
	tcase_add_test(tc, a_frame_of_zeros_is_nobodys);
	tcase_add_test(tc, a_new_steering_table_is_followed_at_once);
	return tc;
}
