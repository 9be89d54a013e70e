/* SPDX-License-Identifier: BSD-3-Clause */
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "socket_suites.h"

/* One endpoint on an ephemeral port of the loopback interface. */
static struct rg_ep_plan plan_udp(enum rg_af af)
{
	return (struct rg_ep_plan){
		.kind = RG_EP_UDP, .stream = 7, .local = loopback(af, 0), .pair = RG_EP_NONE};
}

static struct rg_addr local_of(struct rig *r, uint32_t ep)
{
	struct rg_addr a;

	ck_assert(rg_sock_local(r->set, ep, &a));
	return a;
}

static void expect_bytes(const struct rg_dgram *d, unsigned len, uint8_t fill)
{
	ck_assert_uint_eq(d->len, len);
	for (unsigned i = 0; i < len; i++)
		ck_assert_uint_eq(d->data[i], fill);
}

START_TEST(a_datagram_crosses_with_its_source_and_stream)
{
	static const enum rg_af family[] = {RG_AF_IP4, RG_AF_IP6};
	enum rg_af af = family[_i];
	struct rg_ep_plan eps[2] = {plan_udp(af), plan_udp(af)};
	struct rg_addr from, to;
	struct rg_dgram d;
	struct rig r;

	rig_open(&r, eps, 2);
	from = local_of(&r, 0);
	to = local_of(&r, 1);
	rig_send(&r, 0, &to, 12, 1316 + 12, 0x5a);
	ck_assert(rig_recv(&r, &d, 1000));
	ck_assert_uint_eq(d.ep, 1);
	ck_assert_uint_eq(d.stream, 7);
	ck_assert(rg_addr_eq(&d.peer, &from));
	expect_bytes(&d, 1316 + 12, 0x5a);
	rig_free(&r, &d);
	rig_close(&r);
}

END_TEST

START_TEST(a_header_alone_is_a_datagram)
{
	struct rg_ep_plan eps[1] = {plan_udp(RG_AF_IP4)};
	struct rg_dgram d = {.hdr_len = 40};
	struct rig r;

	rig_open(&r, eps, 1);
	d.peer = local_of(&r, 0);
	memset(d.hdr, 0x33, 40);
	rg_sock_send(r.set, &d, 1);
	ck_assert(rig_recv(&r, &d, 1000));
	expect_bytes(&d, 40, 0x33);
	rig_free(&r, &d);
	rig_close(&r);
}

END_TEST

START_TEST(an_endpoint_without_a_family_speaks_both)
{
	struct rg_ep_plan eps[3] = {
		{.kind = RG_EP_UDP, .pair = RG_EP_NONE}, plan_udp(RG_AF_IP4), plan_udp(RG_AF_IP6)};
	struct rig r;

	rig_open(&r, eps, 3);
	for (uint16_t ep = 1; ep < 3; ep++) {
		struct rg_addr mine = local_of(&r, ep),
			       to = loopback(mine.af, local_of(&r, 0).port);
		struct rg_dgram d;

		rig_send(&r, ep, &to, 0, 100, 1);
		ck_assert(rig_recv(&r, &d, 1000));
		ck_assert(rg_addr_eq(&d.peer, &mine));
		rig_free(&r, &d);
		rig_send(&r, 0, &mine, 0, 100, 2);
		ck_assert(rig_recv(&r, &d, 1000));
		ck_assert_uint_eq(d.ep, ep);
		rig_free(&r, &d);
	}
	rig_close(&r);
}

END_TEST

START_TEST(an_ephemeral_pair_is_adjacent_and_even_first)
{
	struct rg_ep_plan eps[8];
	struct rig r;

	for (uint16_t i = 0; i < 8; i++) {
		eps[i] = plan_udp(_i ? RG_AF_IP6 : RG_AF_IP4);
		eps[i].pair = i % 2 ? (uint16_t)(i - 1) : RG_EP_NONE;
	}
	rig_open(&r, eps, 8);
	for (uint32_t i = 0; i < 8; i += 2) {
		ck_assert_uint_eq(local_of(&r, i).port % 2, 0);
		ck_assert_uint_eq(local_of(&r, i + 1).port, local_of(&r, i).port + 1u);
	}
	rig_close(&r);
}

END_TEST

START_TEST(a_pair_follows_a_given_port)
{
	struct rg_ep_plan eps[2] = {plan_udp(RG_AF_IP4), plan_udp(RG_AF_IP4)};
	struct rig r;

	eps[0].local.port = 34560;
	eps[1].pair = 0;
	rig_open(&r, eps, 2);
	ck_assert_uint_eq(local_of(&r, 0).port, 34560);
	ck_assert_uint_eq(local_of(&r, 1).port, 34561);
	rig_close(&r);
}

END_TEST

START_TEST(a_taken_port_is_an_error_that_names_it)
{
	struct rg_ep_plan eps[2] = {plan_udp(RG_AF_IP4), plan_udp(RG_AF_IP4)};
	struct rg_sock_set *set;
	struct rg_bufops ops = {0};
	struct rg_conf_error err;

	eps[0].local.port = eps[1].local.port = 34562;
	ck_assert_int_lt(rg_sock_open(eps, 2, NULL, &ops, &set, &err), 0);
	ck_assert_str_eq(err.text, "127.0.0.1:34562: bind: Address already in use");
}

END_TEST

START_TEST(only_endpoints_that_are_mine_open)
{
	struct rg_ep_plan eps[2] = {plan_udp(RG_AF_IP4), plan_udp(RG_AF_IP4)};
	const bool mine[2] = {false, true};
	struct rg_addr a;
	struct rig r;

	ck_assert_int_eq(sock_pool_init(&r.pool, RIG_BUFS, RIG_BUF_SIZE), 0);
	r.ops = sock_pool_ops(&r.pool);
	ck_assert_int_eq(rg_sock_open(eps, 2, mine, &r.ops, &r.set, &r.err), 0);
	ck_assert(!rg_sock_local(r.set, 0, &a));
	ck_assert(rg_sock_local(r.set, 1, &a));
	rig_send(&r, 0, &a, 0, 10, 0);
	ck_assert_uint_eq(rg_sock_drops(r.set)[RG_V_STREAM_CLOSED], 1);
	rig_close(&r);
}

END_TEST

START_TEST(an_empty_pool_drops_counts_and_recovers)
{
	struct rg_ep_plan eps[2] = {plan_udp(RG_AF_IP4), plan_udp(RG_AF_IP4)};
	struct rg_newbuf held[RIG_BUFS];
	struct rg_dgram d = {.hdr_len = 20};
	struct rig r;
	unsigned n;

	rig_open(&r, eps, 2);
	n = r.ops.alloc_bulk(r.ops.ctx, held, RIG_BUFS);
	ck_assert_uint_eq(n, RIG_BUFS);
	d.peer = local_of(&r, 1);
	for (int i = 0; i < 40; i++)
		rg_sock_send(r.set, &d, 1);
	ck_assert(!rig_recv(&r, &d, 50));
	ck_assert_uint_eq(rg_sock_drops(r.set)[RG_V_NO_BUFFER], 40);
	while (n > 0)
		r.ops.free_bulk(r.ops.ctx, &held[--n].buf, 1);
	d = (struct rg_dgram){.hdr_len = 20, .peer = local_of(&r, 1)};
	rg_sock_send(r.set, &d, 1);
	ck_assert(rig_recv(&r, &d, 1000));
	rig_free(&r, &d);
	rig_close(&r);
}

END_TEST

/* More than one burst of them, with a stash that is partly used. */
START_TEST(datagrams_longer_than_a_buffer_are_counted)
{
	struct rg_ep_plan eps[1] = {plan_udp(RG_AF_IP4)};
	static const uint8_t big[RIG_BUF_SIZE + 1];
	struct sockaddr_in sa = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct rg_dgram in[32];
	struct rig r;

	rig_open(&r, eps, 1);
	sa.sin_port = htons(local_of(&r, 0).port);
	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	for (int i = 0; i < 20; i++) {
		ck_assert_int_gt(send(fd, big, sizeof(big) - 1, 0), 0);
		ck_assert(rig_recv(&r, in, 1000));
		ck_assert_uint_eq(in->len, RIG_BUF_SIZE);
		rig_free(&r, in);
	}
	for (int i = 0; i < 80; i++)
		ck_assert_int_gt(send(fd, big, sizeof(big), 0), 0);
	for (int i = 0; i < 6; i++)
		ck_assert_uint_eq(rg_sock_recv(r.set, rg_host_now(), in, 32), 0);
	ck_assert_uint_eq(rg_sock_drops(r.set)[RG_V_RX_TOO_LONG], 80);
	rig_close(&r);
	close(fd);
}

END_TEST

/* The count travels with the next datagram that does arrive. */
START_TEST(what_the_kernel_dropped_is_counted)
{
	struct rg_ep_plan eps[2] = {plan_udp(RG_AF_IP4), plan_udp(RG_AF_IP4)};
	struct rg_addr to;
	struct rg_dgram d;
	unsigned sent = 0, got = 0;
	struct rig r;

	rig_open(&r, eps, 2);
	to = local_of(&r, 1);
	while (sent < 40000) {
		rig_send(&r, 0, &to, 0, 2000, 0);
		sent++;
	}
	while (rig_recv(&r, &d, 50)) {
		rig_free(&r, &d);
		got++;
	}
	rig_send(&r, 0, &to, 0, 2000, 0);
	ck_assert(rig_recv(&r, &d, 1000));
	rig_free(&r, &d);
	ck_assert_uint_lt(got, sent);
	ck_assert_uint_eq(got + rg_sock_drops(r.set)[RG_V_RX_RING_FULL], sent);
	rig_close(&r);
}

END_TEST

START_TEST(what_the_kernel_refuses_is_counted_and_the_rest_goes_on)
{
	struct rg_ep_plan eps[1] = {plan_udp(RG_AF_IP4)};
	struct rg_dgram out[3] = {{.hdr_len = 9}, {.hdr_len = 9}, {.hdr_len = 9}}, d;
	static uint8_t big[UINT16_MAX];
	struct rig r;

	rig_open(&r, eps, 1);
	out[0].peer = out[1].peer = out[2].peer = local_of(&r, 0);
	out[0].data = big;
	out[0].len = UINT16_MAX;
	out[1].peer.ip[0] = 240; /* reserved: no route leads there */
	rg_sock_send(r.set, out, 3);
	ck_assert_uint_eq(rg_sock_drops(r.set)[RG_V_TX_TOO_LONG], 1);
	ck_assert_uint_eq(
		rg_sock_drops(r.set)[RG_V_TX_NO_ROUTE] + rg_sock_drops(r.set)[RG_V_TX_REFUSED], 1);
	ck_assert(rig_recv(&r, &d, 1000));
	expect_bytes(&d, 9, 0);
	rig_free(&r, &d);
	rig_close(&r);
}

END_TEST

START_TEST(a_closed_port_on_the_other_side_is_no_error)
{
	struct rg_ep_plan eps[1] = {plan_udp(RG_AF_IP4)};
	struct rg_addr nobody = loopback(RG_AF_IP4, 9), self;
	struct rg_dgram d;
	struct rig r;

	rig_open(&r, eps, 1);
	self = local_of(&r, 0);
	for (int i = 0; i < 10; i++) {
		rig_send(&r, 0, &nobody, 0, 100, 1);
		rig_send(&r, 0, &self, 0, 100, 2);
		ck_assert(rig_recv(&r, &d, 1000));
		expect_bytes(&d, 100, 2);
		rig_free(&r, &d);
	}
	rig_close(&r);
}

END_TEST

/* An interface that takes multicast of this family, and an address of it. IPv4 goes over the
 * loopback interface; IPv6 has no route there and takes any other with an address. */
static bool multicast_interface(enum rg_af af, char *name, struct rg_addr *a)
{
	struct ifaddrs *list, *i;

	strcpy(name, "lo");
	*a = loopback(af, 0);
	if (af == RG_AF_IP4)
		return true;
	ck_assert_int_eq(getifaddrs(&list), 0);
	for (i = list; i; i = i->ifa_next) {
		if (!(i->ifa_flags & IFF_MULTICAST) || !(i->ifa_flags & IFF_UP) || !i->ifa_addr ||
			i->ifa_addr->sa_family != AF_INET6 || strlen(i->ifa_name) > 15)
			continue;
		strcpy(name, i->ifa_name);
		memcpy(a->ip, &((struct sockaddr_in6 *)(void *)i->ifa_addr)->sin6_addr, 16);
		break;
	}
	freeifaddrs(list);
	return i != NULL;
}

/* Rows: IPv4, IPv6, then both with a source. */
START_TEST(a_group_is_joined_and_other_groups_stay_away)
{
	enum rg_af af = _i & 1 ? RG_AF_IP6 : RG_AF_IP4;
	struct rg_addr group = {.af = (uint8_t)af}, other;
	struct rg_ep_plan eps[2] = {plan_udp(af), plan_udp(af)};
	struct rg_dgram d;
	struct rig r;

	if (!multicast_interface(af, eps[0].miface, &eps[0].local))
		return;
	memcpy(group.ip,
		af == RG_AF_IP4 ? (uint8_t[]){239, 9, 9, 1} : (uint8_t[]){0xff, 0x11, 0, 9}, 4);
	other = group;
	other.ip[3]++;
	eps[0].remote = group;
	eps[1].group = group;
	eps[1].local = (struct rg_addr){.af = (uint8_t)af, .port = 34564};
	strcpy(eps[1].miface, eps[0].miface);
	if (_i & 2)
		eps[1].source = eps[0].local;
	rig_open(&r, eps, 2);
	group.port = other.port = 34564;
	rig_send(&r, 0, &other, 0, 50, 1);
	rig_send(&r, 0, &group, 0, 50, 2);
	ck_assert(rig_recv(&r, &d, 1000));
	expect_bytes(&d, 50, 2);
	rig_free(&r, &d);
	ck_assert(!rig_recv(&r, &d, 20));
	rig_close(&r);
}

END_TEST

START_TEST(bursts_of_many_endpoints_are_shared_fairly)
{
	struct rg_ep_plan eps[3] = {plan_udp(RG_AF_IP4), plan_udp(RG_AF_IP4), plan_udp(RG_AF_IP4)};
	struct rg_dgram d = {.hdr_len = 1}, in[8];
	unsigned got[3] = {0};
	struct rig r;

	rig_open(&r, eps, 3);
	for (uint32_t i = 0; i < 60; i++) {
		d.peer = local_of(&r, i % 2);
		rg_sock_send(r.set, &d, 1);
	}
	for (int round = 0; round < 4; round++) {
		unsigned n = rg_sock_recv(r.set, rg_host_now(), in, 8);

		for (unsigned i = 0; i < n; i++) {
			got[in[i].ep]++;
			rig_free(&r, &in[i]);
		}
	}
	ck_assert_uint_eq(got[0], 16);
	ck_assert_uint_eq(got[1], 16);
	rig_close(&r);
}

END_TEST

START_TEST(a_flooded_endpoint_does_not_hide_another)
{
	struct rg_ep_plan eps[2] = {plan_udp(RG_AF_IP4), plan_udp(RG_AF_IP4)};
	struct rg_dgram flood = {.hdr_len = 1}, other = {.hdr_len = 1}, in[8];
	unsigned got[2] = {0};
	struct rig r;

	rig_open(&r, eps, 2);
	flood.peer = local_of(&r, 0);
	other.peer = local_of(&r, 1);
	for (int round = 0; round < 10; round++) {
		unsigned n;

		for (int i = 0; i < 10; i++)
			rg_sock_send(r.set, &flood, 1);
		if (round == 3)
			rg_sock_send(r.set, &other, 1);
		n = rg_sock_recv(r.set, rg_host_now(), in, 8);
		for (unsigned i = 0; i < n; i++) {
			got[in[i].ep]++;
			rig_free(&r, &in[i]);
		}
	}
	ck_assert_uint_eq(got[0], 79);
	ck_assert_uint_eq(got[1], 1);
	rig_close(&r);
}

END_TEST

START_TEST(a_wait_ends_in_time_or_when_woken)
{
	struct rg_ep_plan eps[1] = {plan_udp(RG_AF_IP4)};
	rg_time now, woken;
	struct rig r;

	rig_open(&r, eps, 1);
	now = rg_host_now();
	rg_sock_wait(r.set, now, rg_time_add(now, 300 * RG_NS_PER_US));
	woken = rg_host_now();
	ck_assert_int_ge(rg_time_diff(woken, now), 300 * RG_NS_PER_US);
	rg_sock_wake(r.set);
	rg_sock_wait(r.set, woken, rg_time_add(woken, 10 * RG_NS_PER_S));
	ck_assert_int_lt(rg_time_diff(rg_host_now(), woken), 5 * RG_NS_PER_S);
	rig_close(&r);
}

END_TEST

Suite *udp_suite(void)
{
	Suite *s = suite_create("udp");
	TCase *tc = tcase_create("udp");

	tcase_add_loop_test(tc, a_datagram_crosses_with_its_source_and_stream, 0, 2);
	tcase_add_test(tc, a_header_alone_is_a_datagram);
	tcase_add_test(tc, an_endpoint_without_a_family_speaks_both);
	tcase_add_loop_test(tc, an_ephemeral_pair_is_adjacent_and_even_first, 0, 2);
	tcase_add_test(tc, a_pair_follows_a_given_port);
	tcase_add_test(tc, a_taken_port_is_an_error_that_names_it);
	tcase_add_test(tc, only_endpoints_that_are_mine_open);
	tcase_add_test(tc, an_empty_pool_drops_counts_and_recovers);
	tcase_add_test(tc, datagrams_longer_than_a_buffer_are_counted);
	tcase_add_test(tc, what_the_kernel_dropped_is_counted);
	tcase_add_test(tc, what_the_kernel_refuses_is_counted_and_the_rest_goes_on);
	tcase_add_test(tc, a_closed_port_on_the_other_side_is_no_error);
	tcase_add_loop_test(tc, a_group_is_joined_and_other_groups_stay_away, 0, 4);
	tcase_add_test(tc, bursts_of_many_endpoints_are_shared_fairly);
	tcase_add_test(tc, a_flooded_endpoint_does_not_hide_another);
	tcase_add_test(tc, a_wait_ends_in_time_or_when_woken);
	suite_add_tcase(s, tc);
	return s;
}
