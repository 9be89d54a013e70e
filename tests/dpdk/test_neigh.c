/* SPDX-License-Identifier: BSD-3-Clause */
/* Next hops: asking, waiting, confirming, giving up. The ring is looped, so what is asked for an
 * address of nobody comes back as our own question and stays unanswered. */
#include "dpdk_suites.h"
#include "lab.h"

#include <rte_ethdev.h>

static const char *const ring[] = {"net_ring0", NULL};
static const char *const one[] = {"10.0.0.1", "fd00::1", NULL};
static const struct rg_mac peer_mac = {{2, 0, 0, 0, 0, 9}};

static struct rg_dp_txport *open_one(struct lab *l)
{
	lab_init(l, one);
	l->ports[0].gw4 = lab_addr("10.0.0.254", 0);
	lab_ep(l, lab_addr("10.0.0.1", 4000), (struct rg_addr){0});
	lab_open(l, ring);
	lab_run(l, 0);
	lab_clear(l); /* announcements */
	return l->h->tx[0].ports[0];
}

static void give(struct lab *l, const char *to, uint16_t len)
{
	struct rg_dgram d = lab_dgram(l, 0, lab_addr(to, 5000), len);

	lab_give(l, &d);
}

/* Sends what is due and returns how many frames of an Ethernet type came out. */
static unsigned sent(struct lab *l, uint16_t type, struct rte_mbuf **last)
{
	struct rte_mbuf *m;
	unsigned n = 0;

	rg_dp_neigh_poll(&l->h->tx[0], l->now);
	rg_dp_tx_poll(&l->h->tx[0], l->now);
	rg_dp_neigh_poll(&l->h->tx[0], l->now);
	rg_dp_tx_poll(&l->h->tx[0], l->now);
	while ((m = lab_sniff(l)) != NULL) {
		if (rg_get16(rte_pktmbuf_mtod(m, uint8_t *) + 12) != type) {
			rte_pktmbuf_free(m);
			continue;
		}
		n++;
		if (last != NULL && *last == NULL)
			*last = m;
		else
			rte_pktmbuf_free(m);
	}
	return n;
}

START_TEST(waiting_frames_leave_in_order_once_the_address_is_heard)
{
	struct lab l;
	struct rg_dp_txport *t = open_one(&l);
	struct rg_addr peer = lab_addr("10.0.0.9", 0);
	struct rte_mbuf *m;

	for (uint16_t len = 100; len < 105; len++)
		give(&l, "10.0.0.9", len);
	ck_assert_uint_eq(sent(&l, RG_ETH_TYPE_IP4, NULL), 0);
	rg_dp_neigh_heard(t, l.now, &peer, &peer_mac);
	rg_dp_tx_poll(&l.h->tx[0], l.now);
	for (uint16_t len = 100; len < 105; len++) {
		m = lab_sniff(&l);
		ck_assert_ptr_nonnull(m);
		ck_assert_uint_eq(m->pkt_len, 42u + len);
		ck_assert_mem_eq(rte_pktmbuf_mtod(m, uint8_t *), peer_mac.b, 6);
		rte_pktmbuf_free(m);
	}
	ck_assert_uint_eq(t->n_pending, 0);
	lab_close(&l);
}

END_TEST

START_TEST(three_questions_without_answer_drop_what_waits)
{
	struct lab l;

	open_one(&l);
	give(&l, "10.0.0.9", 100);
	ck_assert_uint_eq(sent(&l, RG_ETH_TYPE_ARP, NULL), 1);
	for (int ms = 0; ms < 650; ms++) {
		ck_assert_uint_eq(lab_drops(&l, RG_V_TX_NO_NEIGHBOUR), 0);
		l.now = rg_time_add(l.now, RG_NS_PER_MS);
		sent(&l, RG_ETH_TYPE_ARP, NULL);
	}
	l.now = rg_time_add(l.now, 60 * RG_NS_PER_MS);
	sent(&l, RG_ETH_TYPE_ARP, NULL);
	ck_assert_uint_eq(lab_drops(&l, RG_V_TX_NO_NEIGHBOUR), 1);
	lab_close(&l);
}

END_TEST

START_TEST(questions_come_at_most_once_a_second_in_the_end)
{
	struct lab l;
	unsigned asked = 0;

	open_one(&l);
	give(&l, "10.0.0.9", 100);
	asked += sent(&l, RG_ETH_TYPE_ARP, NULL);
	for (int ms = 0; ms < 10000; ms += 10) {
		l.now = rg_time_add(l.now, 10 * RG_NS_PER_MS);
		asked += sent(&l, RG_ETH_TYPE_ARP, NULL);
	}
	ck_assert_uint_ge(asked, 10);
	ck_assert_uint_le(asked, 14);
	lab_close(&l);
}

END_TEST

START_TEST(a_stranger_is_not_remembered)
{
	struct lab l;
	struct rg_dp_txport *t = open_one(&l);
	struct rg_addr peer = lab_addr("10.0.0.9", 0);

	rg_dp_neigh_heard(t, l.now, &peer, &peer_mac);
	for (int s = 0; s < RG_DP_NEIGH_SETS; s++)
		for (int w = 0; w < RG_DP_NEIGH_WAYS; w++)
			ck_assert_uint_eq(t->neigh[s][w].state, RG_DP_NEIGH_FREE);
	lab_close(&l);
}

END_TEST

START_TEST(what_waits_for_one_next_hop_is_bounded)
{
	struct lab l;
	struct rg_dp_txport *t = open_one(&l);

	for (int i = 0; i < RG_DP_PENDING_EACH + 5; i++)
		give(&l, "10.0.0.9", 100);
	give(&l, "10.0.0.8", 100);
	for (int i = 0; i < 4; i++)
		rg_dp_tx_poll(&l.h->tx[0], l.now);
	ck_assert_uint_eq(lab_drops(&l, RG_V_TX_NO_NEIGHBOUR), 5);
	ck_assert_uint_eq(t->n_pending, RG_DP_PENDING_EACH + 1);
	lab_close(&l);
}

END_TEST

START_TEST(many_next_hops_displace_the_longest_unused)
{
	struct lab l;
	struct rg_dp_txport *t = open_one(&l);

	for (int i = 0; i < 4 * RG_DP_NEIGH_SETS * RG_DP_NEIGH_WAYS; i++) {
		struct rg_addr a = lab_addr("fd00::", 0);

		rg_put32(a.ip + 12, (uint32_t)i * 2654435761u);
		l.now = rg_time_add(l.now, 1);
		ck_assert(rg_addr_eq(&rg_dp_neigh_get(t, l.now, &a)->addr, &a));
	}
	lab_close(&l);
}

END_TEST

START_TEST(address_in_use_is_confirmed_by_unicast_then_given_up)
{
	struct lab l;
	struct rg_dp_txport *t = open_one(&l);
	struct rg_addr peer = lab_addr("10.0.0.9", 0);
	struct rte_mbuf *m = NULL;
	unsigned probes = 0;

	give(&l, "10.0.0.9", 100);
	sent(&l, RG_ETH_TYPE_ARP, NULL);
	rg_dp_neigh_heard(t, l.now, &peer, &peer_mac);
	l.now = rg_time_add(l.now, 31 * RG_NS_PER_S);
	give(&l, "10.0.0.9", 100);
	probes += sent(&l, RG_ETH_TYPE_ARP, &m);
	ck_assert_uint_eq(probes, 1);
	ck_assert_mem_eq(rte_pktmbuf_mtod(m, uint8_t *), peer_mac.b, 6);
	rte_pktmbuf_free(m);
	for (int s = 0; s < 2; s++) {
		l.now = rg_time_add(l.now, RG_NS_PER_S);
		give(&l, "10.0.0.9", 100);
		probes += sent(&l, RG_ETH_TYPE_ARP, NULL);
	}
	ck_assert_uint_eq(probes, 3);
	m = NULL;
	l.now = rg_time_add(l.now, RG_NS_PER_S);
	ck_assert_uint_eq(sent(&l, RG_ETH_TYPE_ARP, &m), 1);
	ck_assert_mem_eq(rte_pktmbuf_mtod(m, uint8_t *), "\xff\xff\xff\xff\xff\xff", 6);
	rte_pktmbuf_free(m);
	lab_close(&l);
}

END_TEST

START_TEST(a_confirmed_address_keeps_its_stream_running)
{
	struct lab l;
	struct rg_dp_txport *t = open_one(&l);
	struct rg_addr peer = lab_addr("10.0.0.9", 0);

	give(&l, "10.0.0.9", 100);
	sent(&l, RG_ETH_TYPE_IP4, NULL);
	rg_dp_neigh_heard(t, l.now, &peer, &peer_mac);
	sent(&l, RG_ETH_TYPE_IP4, NULL);
	for (int s = 0; s < 200; s++) {
		l.now = rg_time_add(l.now, RG_NS_PER_S);
		give(&l, "10.0.0.9", 100);
		ck_assert_uint_eq(sent(&l, RG_ETH_TYPE_IP4, NULL), 1);
		rg_dp_neigh_heard(t, l.now, &peer, &peer_mac);
	}
	lab_close(&l);
}

END_TEST

START_TEST(new_mac_address_is_used_at_once)
{
	static const struct rg_mac other = {{2, 0, 0, 0, 0, 10}};
	struct lab l;
	struct rg_dp_txport *t = open_one(&l);
	struct rg_addr peer = lab_addr("10.0.0.9", 0);
	struct rte_mbuf *m = NULL;

	give(&l, "10.0.0.9", 100);
	sent(&l, RG_ETH_TYPE_IP4, NULL);
	rg_dp_neigh_heard(t, l.now, &peer, &peer_mac);
	sent(&l, RG_ETH_TYPE_IP4, NULL);
	rg_dp_neigh_heard(t, l.now, &peer, &other);
	give(&l, "10.0.0.9", 100);
	ck_assert_uint_eq(sent(&l, RG_ETH_TYPE_IP4, &m), 1);
	ck_assert_mem_eq(rte_pktmbuf_mtod(m, uint8_t *), other.b, 6);
	rte_pktmbuf_free(m);
	lab_close(&l);
}

END_TEST

START_TEST(off_link_destination_asks_for_the_gateway)
{
	struct lab l;
	struct rte_mbuf *m = NULL;

	open_one(&l);
	give(&l, "192.0.2.1", 100);
	ck_assert_uint_eq(sent(&l, RG_ETH_TYPE_ARP, &m), 1);
	ck_assert_mem_eq(rte_pktmbuf_mtod(m, uint8_t *) + 14 + 24, "\x0a\0\0\xfe", 4);
	rte_pktmbuf_free(m);
	lab_close(&l);
}

END_TEST

START_TEST(group_needs_no_neighbour)
{
	struct lab l;
	struct rte_mbuf *m = NULL;

	open_one(&l);
	give(&l, "239.1.2.3", 100);
	ck_assert_uint_eq(sent(&l, RG_ETH_TYPE_IP4, &m), 1);
	ck_assert_mem_eq(rte_pktmbuf_mtod(m, uint8_t *), "\x01\x00\x5e\x01\x02\x03", 6);
	ck_assert_uint_eq(rte_pktmbuf_mtod(m, uint8_t *)[14 + 8], 3);
	rte_pktmbuf_free(m);
	lab_close(&l);
}

END_TEST

TCase *case_neigh(void)
{
	TCase *tc = tcase_create("neigh");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, waiting_frames_leave_in_order_once_the_address_is_heard);
	tcase_add_test(tc, three_questions_without_answer_drop_what_waits);
	tcase_add_test(tc, questions_come_at_most_once_a_second_in_the_end);
	tcase_add_test(tc, a_stranger_is_not_remembered);
	tcase_add_test(tc, what_waits_for_one_next_hop_is_bounded);
	tcase_add_test(tc, many_next_hops_displace_the_longest_unused);
	tcase_add_test(tc, address_in_use_is_confirmed_by_unicast_then_given_up);
	tcase_add_test(tc, a_confirmed_address_keeps_its_stream_running);
	tcase_add_test(tc, new_mac_address_is_used_at_once);
	tcase_add_test(tc, off_link_destination_asks_for_the_gateway);
	tcase_add_test(tc, group_needs_no_neighbour);
	return tc;
}
