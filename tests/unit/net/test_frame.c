/* SPDX-License-Identifier: BSD-3-Clause */
#include "net_suites.h"

static const char *const udp_frames[] = {FRAME_UDP4, FRAME_UDP4_VLAN, FRAME_UDP6, FRAME_UDP6_EXT};

/* Reads the frame after setting one byte, from memory without slack. */
static int read_patched(const char *hex, size_t at, uint8_t value, unsigned checks)
{
	uint8_t p[256], *exact;
	size_t n = unhex(hex, p, sizeof(p));
	struct rg_frame f;
	int rc;

	p[at] = value;
	exact = exact_copy(p, n);
	rc = rg_frame_read(exact, (uint32_t)n, checks, &f);
	free(exact);
	return rc;
}

START_TEST(udp_is_found_in_every_kind_of_frame)
{
	for (size_t i = 0; i < RG_ARRAY_LEN(udp_frames); i++) {
		uint8_t p[256];
		size_t n = unhex(udp_frames[i], p, sizeof(p));
		struct rg_addr src = i < 2 ? addr4(1, 40000) : addr6(1, 40000);
		struct rg_addr dst = i < 2 ? addr4(2, 5000) : addr6(2, 5000);
		struct rg_frame f;

		/* Ethernet pads short frames: what follows the IP packet does not count */
		memset(p + n, 0xee, 20);
		ck_assert_int_eq(rg_frame_read(p, (uint32_t)n + 20, CHECK_ALL, &f), 0);
		ck_assert_uint_eq(f.kind, RG_FRAME_UDP);
		ck_assert(rg_addr_eq(&f.src, &src));
		ck_assert(rg_addr_eq(&f.dst, &dst));
		ck_assert_uint_eq(f.payload_len, 9);
		ck_assert_mem_eq(p + f.payload_off, "\x80\x21\x12\x34hello", 9);
		ck_assert_uint_eq(f.end, n);
		ck_assert_uint_eq(f.vlan, i & 1 ? 100 : 0);
		ck_assert_uint_eq(f.dscp, i & 1 ? 0 : 34);
		ck_assert_uint_eq(f.ttl, 64);
	}
}

END_TEST

START_TEST(a_frame_cut_anywhere_is_refused_without_overrun)
{
	for (size_t i = 0; i < RG_ARRAY_LEN(udp_frames); i++) {
		uint8_t p[256];
		size_t n = unhex(udp_frames[i], p, sizeof(p));

		for (size_t cut = 0; cut < n; cut++) {
			uint8_t *exact = exact_copy(p, cut);
			struct rg_frame f;

			ck_assert_int_lt(rg_frame_read(exact, (uint32_t)cut, CHECK_ALL, &f), 0);
			free(exact);
		}
	}
}

END_TEST

START_TEST(each_lie_in_a_header_has_its_verdict)
{
	static const struct {
		const char *hex;
		size_t at;
		uint8_t value;
		int rc;
	} row[] = {
		{FRAME_UDP4, 12, 0x88, -RG_V_ETH_TYPE},
		{FRAME_UDP4, 14, 0x55, -RG_V_IP_HEADER}, /* version */
		{FRAME_UDP4, 14, 0x44, -RG_V_IP_HEADER}, /* header of 16 bytes */
		{FRAME_UDP4, 14, 0x4f, -RG_V_IP_HEADER}, /* header past the packet */
		{FRAME_UDP4, 17, 0x13, -RG_V_IP_HEADER}, /* total below the header */
		{FRAME_UDP4, 17, 0x26, -RG_V_IP_HEADER}, /* total past the frame */
		{FRAME_UDP4, 20, 0x20, -RG_V_IP_FRAGMENT}, /* MF */
		{FRAME_UDP4, 21, 0x01, -RG_V_IP_FRAGMENT}, /* offset */
		{FRAME_UDP4, 23, 6, -RG_V_IP_PROTOCOL},
		{FRAME_UDP4, 23, 58, -RG_V_IP_PROTOCOL}, /* ICMPv6 in IPv4 */
		{FRAME_UDP4, 26, 0xe0, -RG_V_IP_HEADER}, /* a group as the source */
		{FRAME_UDP4, 17, 0x1b, -RG_V_SHORT}, /* no room for UDP */
		{FRAME_UDP4, 39, 7, -RG_V_UDP_LENGTH},
		{FRAME_UDP4, 39, 18, -RG_V_UDP_LENGTH},
		{FRAME_UDP6, 14, 0x48, -RG_V_IP_HEADER},
		{FRAME_UDP6, 19, 0x00, -RG_V_IP_HEADER}, /* a jumbogram, or nothing */
		{FRAME_UDP6, 19, 0x12, -RG_V_IP_HEADER},
		{FRAME_UDP6, 20, 44, -RG_V_IP_FRAGMENT},
		{FRAME_UDP6, 20, 43, -RG_V_IP_PROTOCOL}, /* routing header */
		{FRAME_UDP6, 20, 1, -RG_V_IP_PROTOCOL}, /* ICMP in IPv6 */
		{FRAME_UDP6, 20, 0, -RG_V_IP_HEADER}, /* extension past the packet */
		{FRAME_UDP6, 22, 0xff, -RG_V_IP_HEADER},
		{FRAME_UDP6_EXT, 59, 9, -RG_V_IP_HEADER},
		{FRAME_UDP6_EXT, 66, 44, -RG_V_IP_FRAGMENT},
	};

	for (size_t i = 0; i < RG_ARRAY_LEN(row); i++) {
		int rc = read_patched(row[i].hex, row[i].at, row[i].value, 0);

		ck_assert_msg(rc == row[i].rc, "row %zu: %d", i, rc);
	}
}

END_TEST

START_TEST(extension_headers_are_bounded)
{
	uint8_t p[256];
	uint32_t n = (uint32_t)unhex(FRAME_UDP6, p, sizeof(p));
	struct rg_frame f;

	for (unsigned ext = 0; ext <= 5; ext++) {
		p[20] = ext ? 60 : RG_IP_PROTO_UDP;
		rg_put16(p + 18, (uint16_t)(17 + 8 * ext));
		ck_assert_int_eq(rg_frame_read(p, n + 8 * ext, CHECK_ALL, &f),
			ext <= 4 ? 0 : -RG_V_IP_HEADER);
		/* one more in front of UDP */
		memmove(p + 62, p + 54, n - 54 + 8 * ext);
		memset(p + 54, 0, 8);
		p[54] = ext ? 60 : RG_IP_PROTO_UDP;
	}
}

END_TEST

START_TEST(any_changed_byte_breaks_a_checksum)
{
	for (size_t i = 0; i < RG_ARRAY_LEN(udp_frames); i++) {
		uint8_t p[256];
		size_t n = unhex(udp_frames[i], p, sizeof(p));
		size_t l4 = n - 17, from = i < 2 ? 14 + (i & 1) * 4 : l4;

		for (size_t at = from; at < n; at++)
			ck_assert_msg(read_patched(udp_frames[i], at, p[at] ^ 0x10, CHECK_ALL) < 0,
				"frame %zu byte %zu", i, at);
		/* and nobody looks when the port has looked */
		ck_assert_int_eq(read_patched(udp_frames[i], n - 1, 0, 0), 0);
	}
	ck_assert_int_eq(read_patched(FRAME_UDP4, 24, 0, CHECK_ALL), -RG_V_IP_CHECKSUM);
	ck_assert_int_eq(read_patched(FRAME_UDP4, 50, 0, CHECK_ALL), -RG_V_UDP_CHECKSUM);
}

END_TEST

START_TEST(a_missing_udp_checksum_is_legal_only_in_ip4)
{
	uint8_t p[128];
	size_t n = unhex(FRAME_UDP4, p, sizeof(p));
	struct rg_frame f;

	rg_put16(p + 40, 0);
	ck_assert_int_eq(rg_frame_read(p, (uint32_t)n, CHECK_ALL, &f), 0);
	n = unhex(FRAME_UDP6, p, sizeof(p));
	rg_put16(p + 60, 0);
	ck_assert_int_eq(rg_frame_read(p, (uint32_t)n, CHECK_ALL, &f), -RG_V_UDP_CHECKSUM);
}

END_TEST

START_TEST(a_partial_checksum_passes_where_it_is_expected)
{
	static const size_t csum_at[] = {40, 48, 60, 88};

	for (size_t i = 0; i < RG_ARRAY_LEN(udp_frames); i++) {
		uint8_t p[256];
		uint32_t n = (uint32_t)unhex(udp_frames[i], p, sizeof(p));
		struct rg_frame f;

		ck_assert_int_eq(rg_frame_read(p, n, 0, &f), 0);
		rg_put16(p + csum_at[i],
			rg_csum_fold(rg_csum_pseudo(&f.src, &f.dst, RG_IP_PROTO_UDP, 17)));
		ck_assert_int_eq(rg_frame_read(p, n, CHECK_ALL, &f), -RG_V_UDP_CHECKSUM);
		ck_assert_int_eq(rg_frame_read(p, n, CHECK_ALL | RG_CHECK_PARTIAL_OK, &f), 0);
		p[csum_at[i]] ^= 1;
		ck_assert_int_eq(rg_frame_read(p, n, CHECK_ALL | RG_CHECK_PARTIAL_OK, &f),
			-RG_V_UDP_CHECKSUM);
	}
}

END_TEST

static void same_frame(const struct rg_frame *a, const struct rg_frame *b)
{
	ck_assert(rg_addr_eq(&a->src, &b->src) && rg_addr_eq(&a->dst, &b->dst));
	ck_assert_uint_eq(a->payload_off, b->payload_off);
	ck_assert_uint_eq(a->payload_len, b->payload_len);
	ck_assert_uint_eq(a->vlan, b->vlan);
	ck_assert_uint_eq(a->l3_off, b->l3_off);
	ck_assert_uint_eq(a->l4_off, b->l4_off);
	ck_assert_uint_eq(a->end, b->end);
	ck_assert_uint_eq(a->kind, b->kind);
	ck_assert_uint_eq(a->ttl, b->ttl);
	ck_assert_uint_eq(a->dscp, b->dscp);
}

/* Sums that the port has verified are the short way; the long way is taken as soon as one is to be
 * verified, and finds none here. */
START_TEST(the_short_way_reads_what_the_long_way_reads)
{
	uint8_t p[128];
	size_t n = unhex(FRAME_UDP4, p, sizeof(p));
	unsigned read = 0;

	rg_put16(p + 40, 0);
	for (size_t at = 0; at < 40; at++) {
		uint8_t before = p[at];

		for (unsigned value = 0; value < 256; value++) {
			struct rg_frame a = {0}, b = {0};
			int rc;

			p[at] = (uint8_t)value;
			rc = rg_frame_read(p, (uint32_t)n, 0, &a);
			ck_assert_int_eq(rg_frame_read(p, (uint32_t)n, RG_CHECK_UDP, &b), rc);
			if (rc == 0 && ++read)
				same_frame(&a, &b);
		}
		p[at] = before;
	}
	ck_assert_uint_gt(read, 1000);
	for (uint32_t cut = 0; cut < n; cut++) {
		uint8_t *exact = exact_copy(p, cut);
		struct rg_frame f;

		ck_assert_int_lt(rg_frame_read(exact, cut, 0, &f), 0);
		free(exact);
	}
}

END_TEST

START_TEST(messages_of_the_link_are_told_apart)
{
	static const struct {
		const char *hex;
		enum rg_frame_kind kind;
	} row[] = {
		{FRAME_ARP_REQUEST, RG_FRAME_NEIGH},
		{FRAME_ARP_REPLY, RG_FRAME_NEIGH},
		{FRAME_ND_SOLICIT, RG_FRAME_NEIGH},
		{FRAME_ND_ADVERT, RG_FRAME_NEIGH},
		{FRAME_PING4, RG_FRAME_ECHO},
		{FRAME_PING6, RG_FRAME_ECHO},
		{"01005e000001020000000001080046c00020000040000102ea0b0a090001e0000001940400001164ee9b"
		 "00000000",
			RG_FRAME_GROUP_QUERY},
		{"33330000000102000000000186dd6000000000200001fe800000000000000000000000000001ff020000"
		 "0000000000000000000000013a0005020000010082000000000a00000000000000000000000000000000"
		 "0000",
			RG_FRAME_GROUP_QUERY},
	};

	for (size_t i = 0; i < RG_ARRAY_LEN(row); i++) {
		uint8_t p[128];
		uint32_t n = (uint32_t)unhex(row[i].hex, p, sizeof(p));
		struct rg_frame f;
		int rc = rg_frame_read(p, n, 0, &f);

		ck_assert_msg(rc == 0 && f.kind == row[i].kind, "row %zu: %d", i, rc);
	}
	/* an echo reply, a router's advertisement: not for us */
	ck_assert_int_eq(read_patched(FRAME_PING4, 34, 0, 0), -RG_V_IP_PROTOCOL);
	ck_assert_int_eq(read_patched(FRAME_PING6, 54, 134, 0), -RG_V_IP_PROTOCOL);
}

END_TEST

/* RFC 1071 in its plainest form. */
static uint16_t plain_sum(const uint8_t *p, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < len; i++)
		sum += i & 1 ? p[i] : (uint32_t)p[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

START_TEST(the_sum_is_right_at_every_length_and_in_parts)
{
	uint8_t p[1600];

	for (size_t i = 0; i < sizeof(p); i++)
		p[i] = (uint8_t)(i * 37 + (i >> 3));
	for (size_t len = 0; len < sizeof(p); len++) {
		size_t part = (len / 3) & ~(size_t)1;
		uint64_t sum = rg_csum_add(rg_csum_add(0, p, part), p + part, len - part);

		ck_assert_uint_eq(rg_csum_fold(rg_csum_add(0, p, len)), plain_sum(p, len));
		ck_assert_uint_eq(rg_csum_fold(sum), plain_sum(p, len));
	}
	memset(p, 0xff, sizeof(p));
	ck_assert_uint_eq(rg_csum_fold(rg_csum_add(0, p, sizeof(p))), 0xffff);
}

END_TEST

TCase *frame_cases(void)
{
	TCase *t = tcase_create("frame");

	tcase_add_test(t, udp_is_found_in_every_kind_of_frame);
	tcase_add_test(t, a_frame_cut_anywhere_is_refused_without_overrun);
	tcase_add_test(t, each_lie_in_a_header_has_its_verdict);
	tcase_add_test(t, extension_headers_are_bounded);
	tcase_add_test(t, any_changed_byte_breaks_a_checksum);
	tcase_add_test(t, a_missing_udp_checksum_is_legal_only_in_ip4);
	tcase_add_test(t, a_partial_checksum_passes_where_it_is_expected);
	tcase_add_test(t, the_short_way_reads_what_the_long_way_reads);
	tcase_add_test(t, messages_of_the_link_are_told_apart);
	tcase_add_test(t, the_sum_is_right_at_every_length_and_in_parts);
	return t;
}
