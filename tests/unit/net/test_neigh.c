/* SPDX-License-Identifier: BSD-3-Clause */
#include "net_suites.h"

/* 0 or the verdict of whichever reader refused. */
static int read_neigh(const uint8_t *p, size_t len, struct rg_neigh *n)
{
	uint8_t *exact = exact_copy(p, len);
	struct rg_frame f;
	int rc = rg_frame_read(exact, (uint32_t)len, CHECK_ALL, &f);

	if (rc == 0)
		rc = f.kind == RG_FRAME_NEIGH ? rg_neigh_read(exact, &f, n) : -RG_V_IP_PROTOCOL;
	free(exact);
	return rc;
}

/* Restores the ICMPv6 checksum of an untagged frame after a change. */
static void mend_icmp6(uint8_t *p, size_t n)
{
	struct rg_addr src = {.af = RG_AF_IP6}, dst = {.af = RG_AF_IP6};
	uint64_t sum;

	memcpy(src.ip, p + 22, 16);
	memcpy(dst.ip, p + 38, 16);
	rg_put16(p + 56, 0);
	sum = rg_csum_pseudo(&src, &dst, RG_IP_PROTO_ICMP6, (uint32_t)n - 54);
	rg_put16(p + 56, (uint16_t)~rg_csum_fold(rg_csum_add(sum, p + 54, n - 54)));
}

START_TEST(both_families_are_read_and_written_in_one_form)
{
	static const struct {
		const char *hex;
		enum rg_neigh_kind kind;
		bool ip6, unicast;
		uint8_t speaker;
	} row[] = {
		{FRAME_ARP_REQUEST, RG_NEIGH_SOLICIT, false, false, 1},
		{FRAME_ARP_REPLY, RG_NEIGH_ADVERT, false, true, 2},
		{FRAME_ND_SOLICIT, RG_NEIGH_SOLICIT, true, false, 1},
		{FRAME_ND_ADVERT, RG_NEIGH_ADVERT, true, true, 2},
	};

	for (size_t i = 0; i < RG_ARRAY_LEN(row); i++) {
		struct rg_addr asker = row[i].ip6 ? addr6(1, 0) : addr4(1, 0);
		struct rg_addr target = row[i].ip6 ? addr6(2, 0) : addr4(2, 0);
		struct rg_mac speaker = mac(row[i].speaker), to = mac(1);
		uint8_t p[128], again[RG_NEIGH_FRAME_BYTES];
		size_t len = unhex(row[i].hex, p, sizeof(p));
		struct rg_neigh n;

		ck_assert_msg(read_neigh(p, len, &n) == 0, "row %zu", i);
		ck_assert_uint_eq(n.kind, row[i].kind);
		ck_assert(rg_addr_eq(&n.asker, &asker) && rg_addr_eq(&n.target, &target));
		ck_assert_mem_eq(&n.mac, &speaker, sizeof(speaker));
		ck_assert_uint_eq(n.has_mac, 1);
		ck_assert_uint_eq(rg_neigh_write(again, &n, row[i].unicast ? &to : NULL), len);
		ck_assert_mem_eq(again, p, len);
	}
}

END_TEST

START_TEST(messages_cut_or_changed_are_refused)
{
	static const char *const frames[] = {
		FRAME_ARP_REQUEST, FRAME_ARP_REPLY, FRAME_ND_SOLICIT, FRAME_ND_ADVERT};

	for (size_t i = 0; i < RG_ARRAY_LEN(frames); i++) {
		uint8_t p[128];
		size_t len = unhex(frames[i], p, sizeof(p));
		struct rg_neigh n;

		for (size_t cut = 0; cut < len; cut++)
			ck_assert_int_lt(read_neigh(p, cut, &n), 0);
		/* the fixed words of ARP, all that the ICMPv6 checksum covers */
		for (size_t at = i < 2 ? 14 : 22; at < (i < 2 ? 22 : len); at++) {
			p[at] ^= 0x40;
			ck_assert_msg(read_neigh(p, len, &n) < 0, "frame %zu byte %zu", i, at);
			p[at] ^= 0x40;
		}
	}
}

END_TEST

START_TEST(an_arp_message_that_nobody_may_send_is_refused)
{
	static const struct {
		size_t at;
		uint8_t value;
	} row[] = {
		{21, 3}, /* operation */
		{22, 0x03}, /* a group as the sender's MAC */
		{28, 0xe0}, /* and as its address */
	};

	for (size_t i = 0; i < RG_ARRAY_LEN(row); i++) {
		uint8_t p[64];
		size_t len = unhex(FRAME_ARP_REPLY, p, sizeof(p));
		struct rg_neigh n;

		p[row[i].at] = row[i].value;
		ck_assert_msg(read_neigh(p, len, &n) == -RG_V_NEIGH, "row %zu", i);
	}
}

END_TEST

START_TEST(an_nd_message_from_off_the_link_or_malformed_is_refused)
{
	static const struct {
		const char *hex;
		size_t at;
		uint8_t value;
		int rc;
	} row[] = {
		{FRAME_ND_SOLICIT, 21, 254, -RG_V_NEIGH}, /* crossed a router */
		{FRAME_ND_SOLICIT, 55, 1, -RG_V_NEIGH}, /* code */
		{FRAME_ND_SOLICIT, 62, 0xff, -RG_V_NEIGH}, /* target is a group */
		{FRAME_ND_SOLICIT, 79, 0, -RG_V_NEIGH}, /* option of length 0 */
		{FRAME_ND_SOLICIT, 79, 2, -RG_V_NEIGH}, /* option past the packet */
		{FRAME_ND_SOLICIT, 80, 3, -RG_V_NEIGH}, /* MAC of a group */
		{FRAME_ND_SOLICIT, 78, 14, 0}, /* an unknown option is skipped */
		{FRAME_ND_ADVERT, 38, 0xff, -RG_V_NEIGH}, /* solicited, yet to a group */
		{FRAME_ND_ADVERT, 58, 0x20, 0},
	};

	for (size_t i = 0; i < RG_ARRAY_LEN(row); i++) {
		uint8_t p[128];
		size_t len = unhex(row[i].hex, p, sizeof(p));
		struct rg_neigh n;

		p[row[i].at] = row[i].value;
		mend_icmp6(p, len);
		ck_assert_msg(read_neigh(p, len, &n) == row[i].rc, "row %zu", i);
	}
}

END_TEST

START_TEST(without_an_option_the_ethernet_source_stands_in)
{
	uint8_t p[128];
	size_t len = unhex(FRAME_ND_SOLICIT, p, sizeof(p)) - 8;
	struct rg_mac src = mac(1);
	struct rg_neigh n;

	rg_put16(p + 18, 24);
	mend_icmp6(p, len);
	ck_assert_int_eq(read_neigh(p, len, &n), 0);
	ck_assert_uint_eq(n.has_mac, 0);
	ck_assert_mem_eq(&n.mac, &src, sizeof(src));
}

END_TEST

START_TEST(a_probe_is_answered_to_everybody)
{
	struct rg_neigh probe = {.kind = RG_NEIGH_SOLICIT, .mac = mac(1), .vlan = 7};
	struct rg_neigh got;
	uint8_t p[RG_NEIGH_FRAME_BYTES];

	for (unsigned ip6 = 0; ip6 < 2; ip6++) {
		probe.target = ip6 ? addr6(2, 0) : addr4(2, 0);
		probe.asker = (struct rg_addr){.af = probe.target.af};
		ck_assert_int_eq(read_neigh(p, rg_neigh_write(p, &probe, NULL), &got), 0);
		ck_assert_uint_eq(got.kind, RG_NEIGH_SOLICIT);
		ck_assert_uint_eq(got.has_mac, ip6 ? 0 : 1);
		ck_assert_uint_eq(got.vlan, 7);
		ck_assert(rg_addr_is_any(&got.asker) && rg_addr_eq(&got.target, &probe.target));
		/* the answer has no asker: an announcement to all */
		got.kind = RG_NEIGH_ADVERT;
		got.mac = mac(2);
		ck_assert_int_eq(read_neigh(p, rg_neigh_write(p, &got, NULL), &got), 0);
		ck_assert_uint_eq(p[0] & 1, 1);
		ck_assert_uint_eq(got.kind, RG_NEIGH_ADVERT);
		ck_assert(rg_addr_is_any(&got.asker) && rg_addr_eq(&got.target, &probe.target));
		ck_assert_uint_eq(got.mac.b[5], 2);
	}
}

END_TEST

START_TEST(a_gratuitous_arp_names_its_sender_twice)
{
	struct rg_neigh n = {.kind = RG_NEIGH_ADVERT,
		.mac = mac(1),
		.target = addr4(1, 0),
		.asker = {.af = RG_AF_IP4}};
	uint8_t p[RG_NEIGH_FRAME_BYTES], want[64];
	size_t len = unhex("ffffffffffff020000000001080600010800060400010200000000010a0900010000"
			   "000000000a090001",
		want, sizeof(want));

	ck_assert_uint_eq(rg_neigh_write(p, &n, NULL), len);
	ck_assert_mem_eq(p, want, len);
}

END_TEST

START_TEST(an_echo_is_answered_in_place)
{
	static const char *const pair[][2] = {
		{FRAME_PING4, FRAME_PONG4}, {FRAME_PING6, FRAME_PONG6}};

	for (size_t i = 0; i < RG_ARRAY_LEN(pair); i++) {
		uint8_t p[128], want[128];
		size_t len = unhex(pair[i][0], p, sizeof(p));
		struct rg_frame f;

		unhex(pair[i][1], want, sizeof(want));
		/* with the padding of a short frame, which is not answered */
		ck_assert_int_eq(rg_frame_read(p, (uint32_t)len + 8, CHECK_ALL, &f), 0);
		ck_assert_uint_eq(f.kind, RG_FRAME_ECHO);
		ck_assert_int_eq(rg_echo_reply(p, &f), (int)len);
		ck_assert_mem_eq(p, want, len);
	}
}

END_TEST

START_TEST(a_broken_echo_or_one_to_a_group_is_not_answered)
{
	static const char *const ping[] = {FRAME_PING4, FRAME_PING6};

	for (size_t i = 0; i < RG_ARRAY_LEN(ping); i++) {
		uint8_t p[128];
		uint32_t len = (uint32_t)unhex(ping[i], p, sizeof(p));
		struct rg_frame f;

		p[len - 1] ^= 1;
		ck_assert_int_eq(rg_frame_read(p, len, 0, &f), 0);
		ck_assert_int_eq(rg_echo_reply(p, &f), -RG_V_NEIGH);
		p[len - 1] ^= 1;
		p[i ? 38 : 30] = i ? 0xff : 0xe0;
		ck_assert_int_eq(rg_frame_read(p, len, 0, &f), 0);
		ck_assert_int_eq(rg_echo_reply(p, &f), -RG_V_NEIGH);
	}
}

END_TEST

START_TEST(groups_have_their_ethernet_addresses)
{
	struct rg_addr v4 = {.ip = {239, 129, 2, 3}, .af = RG_AF_IP4};
	struct rg_addr v6 = addr6(2, 0), node = rg_solicited_node(&v6);
	struct rg_mac m4 = rg_group_mac(&v4), m6 = rg_group_mac(&node);

	ck_assert_mem_eq(m4.b, "\x01\x00\x5e\x01\x02\x03", 6);
	ck_assert_mem_eq(m6.b, "\x33\x33\xff\x00\x00\x02", 6);
}

END_TEST

START_TEST(reports_join_and_leave_groups)
{
	struct rg_group_report r = {.group = {.ip = {239, 1, 1, 1}, .af = RG_AF_IP4},
		.src = addr4(1, 0),
		.mac = mac(1),
		.op = RG_GROUP_JOIN};
	uint8_t p[RG_NEIGH_FRAME_BYTES], want[RG_NEIGH_FRAME_BYTES];
	size_t len = unhex("01005e000016020000000001080046c00028000040000102f9ef0a090001e0000016"
			   "940400002200e9fb0000000104000000ef010101",
		want, sizeof(want));

	ck_assert_uint_eq(rg_group_report_write(p, &r), len);
	ck_assert_mem_eq(p, want, len);
	r.op = RG_GROUP_LEAVE;
	rg_group_report_write(p, &r);
	ck_assert_uint_eq(p[46], 3);
	r.op = RG_GROUP_STILL;
	rg_group_report_write(p, &r);
	ck_assert_uint_eq(p[46], 2);

	r.version = RG_GROUP_IGMP2;
	len = unhex("01005e010101020000000001080046c00020000040000102ea0b0a090001ef01010194040000"
		    "1600f9fcef010101",
		want, sizeof(want));
	ck_assert_uint_eq(rg_group_report_write(p, &r), len);
	ck_assert_mem_eq(p, want, len);
	r.op = RG_GROUP_LEAVE;
	rg_group_report_write(p, &r);
	ck_assert_uint_eq(p[38], 0x17);
	ck_assert_mem_eq(p + 30, "\xe0\x00\x00\x02", 4);
}

END_TEST

START_TEST(an_mld_report_joins_an_ip6_group)
{
	struct rg_group_report r = {
		.group = {.ip = {0xff, 0x15, [14] = 1, [15] = 1}, .af = RG_AF_IP6},
		.src = {.ip = {0xfe, 0x80, [15] = 1}, .af = RG_AF_IP6},
		.mac = mac(1),
		.vlan = 100,
		.op = RG_GROUP_JOIN};
	uint8_t p[RG_NEIGH_FRAME_BYTES], want[RG_NEIGH_FRAME_BYTES];
	size_t len = unhex("3333000000160200000000018100006486dd6000000000240001fe80000000000000"
			   "0000000000000001ff0200000000000000000000000000163a000502000001008f00"
			   "6ef60000000104000000ff150000000000000000000000000101",
		want, sizeof(want));

	ck_assert_uint_eq(rg_group_report_write(p, &r), len);
	ck_assert_mem_eq(p, want, len);
}

END_TEST

TCase *neigh_cases(void)
{
	TCase *t = tcase_create("neigh");

	tcase_add_test(t, both_families_are_read_and_written_in_one_form);
	tcase_add_test(t, messages_cut_or_changed_are_refused);
	tcase_add_test(t, an_arp_message_that_nobody_may_send_is_refused);
	tcase_add_test(t, an_nd_message_from_off_the_link_or_malformed_is_refused);
	tcase_add_test(t, without_an_option_the_ethernet_source_stands_in);
	tcase_add_test(t, a_probe_is_answered_to_everybody);
	tcase_add_test(t, a_gratuitous_arp_names_its_sender_twice);
	tcase_add_test(t, an_echo_is_answered_in_place);
	tcase_add_test(t, a_broken_echo_or_one_to_a_group_is_not_answered);
	tcase_add_test(t, groups_have_their_ethernet_addresses);
	tcase_add_test(t, reports_join_and_leave_groups);
	tcase_add_test(t, an_mld_report_joins_an_ip6_group);
	return t;
}
