/* SPDX-License-Identifier: BSD-3-Clause */
/* Multicast inputs on a port: reports go out, and only the group's datagrams come in. */
#include "dpdk_suites.h"
#include "lab.h"

static const char *const ring[] = {"net_ring0", NULL};
static const char nobody[6];
static const char *const both[] = {"10.0.0.1", "fd00::1", NULL};

static void open_member(struct lab *l, const char *group, const char *source)
{
	struct rg_addr any = {.af = lab_addr(group, 0).af, .port = 5000};

	lab_init(l, both);
	lab_ep(l, any, (struct rg_addr){0});
	strcpy(l->eps[0].miface, "wan");
	l->eps[0].group = lab_addr(group, 0);
	if (source != NULL)
		l->eps[0].source = lab_addr(source, 0);
	lab_ep(l, lab_addr(any.af == RG_AF_IP4 ? "10.0.0.1" : "fd00::1", 4000),
		(struct rg_addr){0});
	lab_open(l, ring);
}

/* Sends what is due and counts the frames to a MAC address. */
static unsigned reports(struct lab *l, const char *mac)
{
	struct rte_mbuf *m;
	unsigned n = 0;

	rg_dp_neigh_poll(&l->h->tx[0], l->now);
	rg_dp_tx_poll(&l->h->tx[0], l->now);
	while ((m = lab_sniff(l)) != NULL) {
		n += memcmp(rte_pktmbuf_mtod(m, uint8_t *), mac, 6) == 0;
		rte_pktmbuf_free(m);
	}
	return n;
}

static void joins(const char *group, const char *mac)
{
	struct lab l;

	open_member(&l, group, NULL);
	ck_assert_uint_eq(reports(&l, mac), 1);
	l.now = rg_time_add(l.now, RG_NS_PER_S - 1);
	ck_assert_uint_eq(reports(&l, mac), 0);
	l.now = rg_time_add(l.now, 1);
	ck_assert_uint_eq(reports(&l, mac), 1);
	for (int s = 0; s < 59; s++) {
		l.now = rg_time_add(l.now, RG_NS_PER_S);
		ck_assert_uint_eq(reports(&l, mac), 0);
	}
	l.now = rg_time_add(l.now, RG_NS_PER_S);
	ck_assert_uint_eq(reports(&l, mac), 1);
	lab_close(&l);
}

START_TEST(membership_is_reported_twice_then_every_minute)
{
	joins("239.1.1.1", "\x01\x00\x5e\x00\x00\x16");
}

END_TEST

START_TEST(membership_of_an_ip6_group_too)
{
	joins("ff05::1:2", "\x33\x33\x00\x00\x00\x16");
}

END_TEST

START_TEST(old_router_asks_and_gets_the_old_report_once_a_second)
{
	struct rg_frame query = {.src = lab_addr("10.0.0.254", 0),
		.l4_off = 34,
		.end = 42,
		.kind = RG_FRAME_GROUP_QUERY};
	struct lab l;
	struct rg_dp_txport *t;

	open_member(&l, "239.1.1.1", NULL);
	reports(&l, nobody);
	l.now = rg_time_add(l.now, RG_NS_PER_S);
	reports(&l, nobody);
	t = l.h->tx[0].ports[0];
	l.now = rg_time_add(l.now, 2 * RG_NS_PER_S);
	for (int i = 0; i < 10; i++) {
		rg_dp_group_query(t, l.now, &query);
		/* IGMPv2 reports go to the group itself. */
		ck_assert_uint_eq(reports(&l, "\x01\x00\x5e\x01\x01\x01"), i == 0);
		l.now = rg_time_add(l.now, RG_NS_PER_MS);
	}
	lab_close(&l);
}

END_TEST

static void hears(const char *group, const char *member, const char *source, bool yes)
{
	struct lab l;
	struct rg_dgram d;

	open_member(&l, member, source);
	d = lab_dgram(&l, 1, lab_addr(group, 5000), 700);
	lab_give(&l, &d);
	lab_run(&l, 0);
	ck_assert(lab_take(&l, &d) == yes);
	if (yes) {
		ck_assert_uint_eq(d.ep, 0);
		ck_assert(lab_payload_ok(&d, 700));
		lab_free(&d);
	}
	lab_close(&l);
}

/* EAL starts once a process, so a case is a test. */
START_TEST(the_group_is_heard)
{
	hears("239.1.1.1", "239.1.1.1", NULL, true);
}

END_TEST

START_TEST(another_group_is_not_heard)
{
	hears("239.1.1.2", "239.1.1.1", NULL, false);
}

END_TEST

START_TEST(the_source_asked_for_is_heard)
{
	hears("232.1.1.1", "232.1.1.1", "10.0.0.1", true);
}

END_TEST

START_TEST(another_source_is_not_heard)
{
	hears("232.1.1.1", "232.1.1.1", "10.0.0.2", false);
}

END_TEST

TCase *case_group(void)
{
	TCase *tc = tcase_create("group");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, membership_is_reported_twice_then_every_minute);
	tcase_add_test(tc, membership_of_an_ip6_group_too);
	tcase_add_test(tc, old_router_asks_and_gets_the_old_report_once_a_second);
	tcase_add_test(tc, the_group_is_heard);
	tcase_add_test(tc, another_group_is_not_heard);
	tcase_add_test(tc, the_source_asked_for_is_heard);
	tcase_add_test(tc, another_source_is_not_heard);
	return tc;
}
