/* SPDX-License-Identifier: BSD-3-Clause */
/* Which port an endpoint lives on, and which endpoint a datagram finds. Two ports: wan has a
 * gateway, lan has not. */
#include "dpdk_suites.h"
#include "lab.h"

#define WAN    0
#define LAN    1
#define KERNEL RG_DP_KERNEL

static const char *const rings[] = {"net_ring0", "net_ring1", NULL};
static const char *const wan_addrs[] = {"10.0.0.1", "fd00::1", NULL};

static void init_two(struct lab *l)
{
	lab_init(l, wan_addrs);
	l->ports[0].gw4 = lab_addr("10.0.0.254", 0);
	l->conf.n_ports = 2;
	strcpy(l->ports[1].name, "lan");
	strcpy(l->ports[1].device, "net_ring1");
	l->ports[1].addrs[0] = (struct rg_prefix){lab_addr("10.1.0.1", 0), 24};
	l->ports[1].n_addrs = 1;
}

static const struct {
	const char *miface, *local, *remote;
	uint16_t port;
} rule[] = {
	{"lan", "0.0.0.0", "10.0.0.9", LAN},
	{"eth0", "10.0.0.1", "10.0.0.9", KERNEL},
	{"", "10.1.0.1", "10.0.0.9", LAN},
	{"", "10.9.9.9", "10.0.0.9", KERNEL},
	{"", "0.0.0.0", "10.1.0.9", LAN},
	{"", "0.0.0.0", "192.0.2.1", WAN},
	{"", "0.0.0.0", "127.0.0.1", KERNEL},
	{"", "0.0.0.0", "239.1.1.1", KERNEL},
	{"wan", "0.0.0.0", "239.1.1.1", WAN},
	{"", "0.0.0.0", NULL, KERNEL},
	{"", "fd00::1", NULL, WAN},
	{"", "::", "fd00::9", WAN},
	{"", "::", "2001:db8::1", KERNEL},
	{"", "::", "::1", KERNEL},
};

START_TEST(endpoint_goes_where_the_rule_says)
{
	for (size_t i = 0; i < RG_ARRAY_LEN(rule); i++) {
		struct lab l;
		struct rg_host h;
		struct rg_dp_ep ep;
		uint16_t worker;
		struct rg_dp_worker workers[1] = {0};

		/* Placement needs no EAL, only ports. */
		init_two(&l);
		lab_ep(&l, lab_addr(rule[i].local, 5000),
			rule[i].remote ? lab_addr(rule[i].remote, 6000) : (struct rg_addr){0});
		strcpy(l.eps[0].miface, rule[i].miface);
		h = (struct rg_host){.conf = &l.conf, .n_ports = 2, .n_workers = 1};
		h.eps = &ep;
		h.stream_worker = &worker;
		h.workers = workers;
		for (int p = 0; p < 2; p++) {
			h.ports[p].conf = &l.ports[p];
			h.ports[p].n_addrs = l.ports[p].n_addrs;
			memcpy(h.ports[p].addrs, l.ports[p].addrs, sizeof(l.ports[p].addrs));
		}
		if (rg_dp_place(&h, &l.err) != 0)
			ep.port = KERNEL - 1;
		ck_assert_msg(ep.port == rule[i].port, "row %zu: port %u", i, ep.port);
	}
}

END_TEST

START_TEST(pair_stands_one_port_above_its_media)
{
	struct lab l;
	uint16_t media;

	init_two(&l);
	lab_ep(&l, lab_addr("0.0.0.0", 0), lab_addr("10.1.0.9", 5001));
	media = lab_ep(&l, lab_addr("0.0.0.0", 0), lab_addr("10.1.0.9", 5000));
	l.eps[0].pair = media;
	lab_open(&l, rings);
	ck_assert_uint_eq(l.h->eps[media].port, LAN);
	ck_assert_uint_eq(l.h->eps[0].port, LAN);
	ck_assert_uint_ge(l.h->eps[media].local.port, 49152);
	ck_assert_uint_eq(l.h->eps[media].local.port % 2, 0);
	ck_assert_uint_eq(l.h->eps[0].local.port, l.h->eps[media].local.port + 1);
	lab_close(&l);
}

END_TEST

START_TEST(datagram_finds_the_nearest_endpoint)
{
	struct lab l;
	struct rg_addr a = lab_addr("10.0.0.1", 5000), g = lab_addr("239.1.1.1", 5000);
	struct rg_addr stranger = lab_addr("10.0.0.7", 5000);
	struct rg_addr other = lab_addr("10.0.0.1", 5002);
	const struct rg_dp_steer *s;
	const struct rg_dp_port *p;

	init_two(&l);
	lab_ep(&l, lab_addr("0.0.0.0", 5000), (struct rg_addr){0});
	strcpy(l.eps[0].miface, "wan");
	lab_ep(&l, a, (struct rg_addr){0});
	lab_ep(&l, lab_addr("0.0.0.0", 5000), (struct rg_addr){0});
	strcpy(l.eps[2].miface, "wan");
	l.eps[2].group = lab_addr("239.1.1.1", 0);
	lab_ep(&l, lab_addr("0.0.0.0", 5002), (struct rg_addr){0});
	strcpy(l.eps[3].miface, "wan");
	lab_ep(&l, (struct rg_addr){.port = 5004}, (struct rg_addr){0}); /* either family */
	strcpy(l.eps[4].miface, "wan");
	lab_open(&l, rings);
	s = atomic_load(&l.h->steer);
	p = &l.h->ports[WAN];
	ck_assert_uint_eq(rg_dp_steer_find(s, p, &a), 1);
	ck_assert_uint_eq(rg_dp_steer_find(s, p, &g), 2);
	ck_assert_uint_eq(rg_dp_steer_find(s, p, &other), 3);
	ck_assert_uint_eq(rg_dp_steer_find(s, p, &stranger), RG_EP_NONE);
	ck_assert_uint_eq(rg_dp_steer_find(s, &l.h->ports[LAN], &a), RG_EP_NONE);
	g.port = 5002;
	ck_assert_uint_eq(rg_dp_steer_find(s, p, &g), RG_EP_NONE);
	other = lab_addr("fd00::1", 5004);
	ck_assert_uint_eq(rg_dp_steer_find(s, p, &other), 4);
	lab_close(&l);
}

END_TEST

START_TEST(two_ends_of_one_address_are_refused)
{
	struct lab l;

	init_two(&l);
	lab_ep(&l, lab_addr("10.0.0.1", 5000), (struct rg_addr){0});
	lab_ep(&l, lab_addr("10.0.0.1", 5000), (struct rg_addr){0});
	ck_assert_int_ne(lab_try_open(&l, rings), 0);
	ck_assert_ptr_nonnull(strstr(l.err.text, "10.0.0.1:5000"));
	lab_close(&l);
}

END_TEST

START_TEST(address_the_named_port_lacks_is_refused)
{
	struct lab l;

	init_two(&l);
	lab_ep(&l, lab_addr("10.1.0.1", 5000), (struct rg_addr){0});
	strcpy(l.eps[0].miface, "wan");
	ck_assert_int_ne(lab_try_open(&l, rings), 0);
	ck_assert_ptr_nonnull(strstr(l.err.text, "wan"));
	lab_close(&l);
}

END_TEST

START_TEST(streams_are_dealt_out_by_their_buffers)
{
	struct lab l;
	struct rg_side_plan sides[4] = {{.ring_slots = 4096}, {.ring_slots = 1024},
		{.ring_slots = 1024}, {.ring_slots = 1024}};
	struct rg_stream_plan streams[4];
	struct rg_dp_worker workers[2] = {0};
	uint16_t to[4];
	struct rg_host h = {.conf = &l.conf, .n_workers = 2, .workers = workers};

	init_two(&l);
	for (uint32_t i = 0; i < 4; i++)
		streams[i] =
			(struct rg_stream_plan){.inputs = &sides[i], .n_inputs = 1, .index = i};
	l.conf.streams = streams;
	l.conf.n_streams = 4;
	h.stream_worker = to;
	ck_assert_int_eq(rg_dp_place(&h, &l.err), 0);
	ck_assert_uint_eq(to[0], 0);
	for (int i = 1; i < 4; i++)
		ck_assert_uint_eq(to[i], 1);
}

END_TEST

TCase *case_place(void)
{
	TCase *tc = tcase_create("place");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, endpoint_goes_where_the_rule_says);
	tcase_add_test(tc, pair_stands_one_port_above_its_media);
	tcase_add_test(tc, datagram_finds_the_nearest_endpoint);
	tcase_add_test(tc, two_ends_of_one_address_are_refused);
	tcase_add_test(tc, address_the_named_port_lacks_is_refused);
	tcase_add_test(tc, streams_are_dealt_out_by_their_buffers);
	return tc;
}
