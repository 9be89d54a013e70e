/* SPDX-License-Identifier: BSD-3-Clause */
#include "../rg_hex.h"
#include "rg_gre.h"
#include "rg_rtp.h"
#include "wire_suites.h"

/* Whole datagrams in clear. Where nothing else is said, the first bytes of captured ones: libRIST
 * 0.2.12, and ristgo and ristrust of 2026-06. */
static const struct {
	const char *hex;
	struct rg_inner want; /* off counts from the end of the GRE header */
	unsigned rewritten; /* bytes that rg_gre_write_media or _vsf makes again */
} datagram[] = {
	/* computed from the formats: media in the old and the new encapsulation */
	{"100888b6 00000000 07b307b0 8021123400000000 0ace0ac0 deadbeef",
		{RG_INNER_UDP, 4, 16, 1971, 1968, 0}, 12},
	{"1010cce0 00000001 00000000 07b307b0 8021123400000000 0ace0ac0",
		{RG_INNER_UDP, 8, 12, 1971, 1968, 0}, 16},
	/* media of 0.2.7: no sequence number */
	{"000088b6 800107b0 80210036e40483610a079adb", {RG_INNER_UDP, 4, 12, 0x8001, 1968, 0}, 0},
	/* RTCP of a sender and of a receiver, which mirrors the ports */
	{"100888b6 00000009 800007b1 80c800065b833996eeae5b6f8f1743a4e969fa550000000000000000"
	 "81ca00035b8339960102766d00000000",
		{RG_INNER_UDP, 4, 44, 0x8000, 1969, 0}, 12},
	{"1010cce0 00000003 00000000 07b18000 80c900015b833996",
		{RG_INNER_UDP, 8, 8, 1969, 0x8000, 0}, 16},
	/* media of 0.2.12 in the new encapsulation, with null packets deleted */
	{"1010cce0 00000028 00000000 800107b0 90210000e96b7c4a5b83399652490001801900004701",
		{RG_INNER_UDP, 8, 22, 0x8001, 1968, 0}, 16},
	{"1010cce0 00000000 00008000 000000000000 2520", {RG_INNER_KEEPALIVE, 4, 8, 0, 0, 0}, 12},
	{"100888b5 00000003 000000000000 2520", {RG_INNER_KEEPALIVE, 0, 8, 0, 0, 0}, 8},
	/* ristrust */
	{"1010cce0 00000001 00008000 0200ee00b522 2520", {RG_INNER_KEEPALIVE, 4, 8, 0, 0, 0}, 12},
	{"1010cce0 00000006 00008002 04b0 0000 0000", {RG_INNER_BUFFER, 4, 6, 0, 0, 0}, 12},
	/* from the specification, section 7.6: nobody sends it */
	{"1010cce0 00000006 00008001 01020304", {RG_INNER_FUTURE_NONCE, 4, 4, 0, 0, 0}, 12},
	{"1008888e 00000001 03010000", {RG_INNER_EAPOL, 0, 4, 0, 0, 0}, 8},
	{"0000888e 02010000", {RG_INNER_EAPOL, 0, 4, 0, 0, 0}, 0},
	/* types that nobody speaks yet */
	{"1010cce0 00000006 00008003 00", {RG_INNER_UNKNOWN, 4, 1, 0, 0, 0}, 0},
	{"1010cce0 00000006 00000001", {RG_INNER_UNKNOWN, 4, 0, 0, 0, 0}, 0},
	{"1010cce0 00000006 00010000 07b307b0", {RG_INNER_UNKNOWN, 4, 4, 0, 0, 0}, 0},
	{"100886dd 00000006 60", {RG_INNER_OOB, 0, 1, 0, 0, 0x86dd}, 8},
	{"100888b7 00000006", {RG_INNER_OOB, 0, 0, 0, 0, 0x88b7}, 8},
};

static uint16_t subtype_of(enum rg_inner_kind kind)
{
	if (kind == RG_INNER_KEEPALIVE)
		return RG_VSF_KEEPALIVE;
	if (kind == RG_INNER_BUFFER)
		return RG_VSF_BUFFER;
	return RG_VSF_FUTURE_NONCE;
}

static void check_inner(const struct rg_inner *in, const struct rg_inner *want, size_t row)
{
	ck_assert_msg(in->kind == want->kind && in->off == want->off && in->len == want->len &&
			in->virt_src == want->virt_src && in->virt_dst == want->virt_dst &&
			in->oob_type == want->oob_type,
		"row %zu: kind %d off %u len %u", row, (int)in->kind, in->off, in->len);
}

START_TEST(datagrams_of_every_kind_are_told_apart_and_rebuilt)
{
	for (size_t i = 0; i < RG_ARRAY_LEN(datagram); i++) {
		uint8_t p[128], again[RG_GRE_MEDIA_BYTES];
		uint16_t n = (uint16_t)unhex(datagram[i].hex, p, sizeof(p));
		unsigned made;
		struct rg_inner in;
		struct rg_gre h;

		ck_assert_int_eq(rg_gre_read(p, n, &h), 0);
		ck_assert_int_eq(
			rg_inner_read(h.ethertype, p + h.hdr_len, (uint16_t)(n - h.hdr_len), &in),
			0);
		check_inner(&in, &datagram[i].want, i);
		if (datagram[i].rewritten == 0)
			continue;
		made = in.kind == RG_INNER_UDP
			? rg_gre_write_media(again, &h, in.virt_src, in.virt_dst)
			: rg_gre_write_vsf(again, &h, subtype_of(in.kind));
		ck_assert_uint_eq(made, datagram[i].rewritten);
		ck_assert_mem_eq(again, p, made);
	}
}

END_TEST

START_TEST(a_body_cut_anywhere_is_short_or_keeps_its_kind)
{
	static const struct {
		enum rg_inner_kind kind;
		uint16_t least; /* behind the VSF header */
	} row[] = {{RG_INNER_UDP, 8}, {RG_INNER_KEEPALIVE, 8}, {RG_INNER_BUFFER, 6},
		{RG_INNER_FUTURE_NONCE, 4}, {RG_INNER_EAPOL, 0}, {RG_INNER_IPV4, 0},
		{RG_INNER_OOB, 0}, {RG_INNER_UNKNOWN, 0}};

	for (size_t i = 0; i < RG_ARRAY_LEN(datagram); i++) {
		uint8_t p[128];
		uint16_t n = (uint16_t)unhex(datagram[i].hex, p, sizeof(p));
		struct rg_inner in;
		struct rg_gre h;

		ck_assert_int_eq(rg_gre_read(p, n, &h), 0);
		for (uint16_t cut = 0; cut <= n - h.hdr_len; cut++) {
			uint8_t *exact = exact_copy(p + h.hdr_len, cut);
			uint16_t least = (uint16_t)((h.ethertype == RG_GRE_VSF ? 4 : 0) +
				row[datagram[i].want.kind].least);
			int rc = rg_inner_read(h.ethertype, exact, cut, &in);

			ck_assert_msg(rc == (cut < least ? -RG_V_SHORT : 0),
				"row %zu, %u bytes: %d", i, cut, rc);
			if (rc == 0) {
				ck_assert_uint_eq(in.kind, datagram[i].want.kind);
				ck_assert_uint_eq(in.off + in.len, cut);
			}
			free(exact);
		}
	}
}

END_TEST

/* TR-06-1 has even ports for media and odd ones for RTCP; what libRIST and ristgo write tells
 * nothing: the payload type does. M94: a retransmission may even have another port. */
START_TEST(trap_m93_m95_ports_do_not_say_what_is_inside)
{
	static const struct {
		const char *hex;
		bool rtcp;
	} row[] = {
		/* ristgo: SR and media under the same ports */
		{"07b307b0 80c8000635fbed94", true},
		{"07b307b0 9021bcfb00018876", false},
		/* libRIST 0.2.12: media from 0x8001, RTCP from 0x8000 */
		{"800107b0 80210000e915fc12", false},
		{"800007b1 80c9000158aa3aa0", true},
		/* a port of RTCP, and media in it */
		{"800107b1 8021000000000000", false},
	};

	for (size_t i = 0; i < RG_ARRAY_LEN(row); i++) {
		struct rg_inner in;
		uint8_t p[16];
		uint16_t n = (uint16_t)unhex(row[i].hex, p, sizeof(p));

		ck_assert_int_eq(rg_inner_read(RG_GRE_REDUCED, p, n, &in), 0);
		ck_assert_uint_eq(in.virt_src, rg_get16(p));
		ck_assert_uint_eq(in.virt_dst, rg_get16(p + 2));
		ck_assert_msg(rg_rtp_is_rtcp(p[in.off + 1]) == row[i].rtcp, "row %zu", i);
	}
}

END_TEST

START_TEST(trap_m106_out_of_band_data_need_not_be_an_ip_datagram)
{
	static const char *const body[] = {
		/* 0.2.7: whole */
		"45000037d431400040fc76177f0000017f000001617574682c",
		/* 0.2.12: the first four bytes of the header are lost */
		"d431400040fcf32f7f0000017f000001b87f00008036bf25b87f0000cb00000000",
		"",
	};

	for (size_t i = 0; i < RG_ARRAY_LEN(body); i++) {
		struct rg_inner in;
		uint8_t p[64];
		uint16_t n = (uint16_t)unhex(body[i], p, sizeof(p));

		ck_assert_int_eq(rg_inner_read(RG_GRE_IPV4, p, n, &in), 0);
		ck_assert_uint_eq(in.kind, RG_INNER_IPV4);
		ck_assert_uint_eq(in.oob_type, RG_GRE_IPV4);
		ck_assert(in.off == 0 && in.len == n);
	}
}

END_TEST

/* libRIST 0.2.12 repeats EAPOL so. Its length stands where the EtherType belongs, its type where
 * the GRE version does: Start (1), Success, a challenge (both 0). */
START_TEST(trap_m135_eapol_without_a_gre_header_is_no_datagram_of_ours)
{
	static const struct {
		const char *hex;
		int gre, inner;
	} row[] = {
		{"03010000", -RG_V_GRE_BITS, 0},
		{"03000006 035d0006 0000", 0, -RG_V_GRE_TYPE},
		{"0300002c 015b002c 1301 0000 0020", 0, -RG_V_GRE_TYPE},
		{"030005ff", 0, -RG_V_GRE_TYPE},
		{"03000600", 0, 0},
	};

	for (size_t i = 0; i < RG_ARRAY_LEN(row); i++) {
		uint8_t p[64];
		uint16_t n = (uint16_t)unhex(row[i].hex, p, sizeof(p));
		struct rg_inner in;
		struct rg_gre h = {0};

		ck_assert_int_eq(rg_gre_read(p, n, &h), row[i].gre);
		if (row[i].gre == 0)
			ck_assert_int_eq(rg_inner_read(h.ethertype, p + 4, (uint16_t)(n - 4), &in),
				row[i].inner);
	}
}

END_TEST

START_TEST(golden_keepalives_are_read_and_rebuilt)
{
	static const struct {
		const char *hex;
		uint16_t caps;
		uint8_t has_adv;
		uint32_t adv;
		uint16_t json_len;
	} row[] = {
		{"001122334455 2520", 0x2520, 0, 0, 0},
		/* M99: ristgo's form, a word of the Advanced profile and then JSON */
		{"aabbccddeeff 2520 80000000 7b22636e616d65223a2272697374676f227d", 0x2520, 1,
			0x80000000, 18},
		/* and the form of section 5.6.4, whose JSON is no such word */
		{"001122334455 0130 7b22726f7574696e67223a747275657d", 0x0130, 0, 0, 16},
		{"001122334455 0130 7b7d", 0x0130, 0, 0, 2},
	};

	for (size_t i = 0; i < RG_ARRAY_LEN(row); i++) {
		uint8_t p[64], again[64];
		size_t n = unhex(row[i].hex, p, sizeof(p));
		uint8_t *exact = exact_copy(p, n);
		struct rg_keepalive k;

		ck_assert_int_eq(rg_keepalive_read(exact, (uint16_t)n, &k), 0);
		ck_assert_mem_eq(k.mac, p, 6);
		ck_assert_msg(k.caps == row[i].caps && k.has_adv == row[i].has_adv &&
				k.adv == row[i].adv && k.json_len == row[i].json_len,
			"row %zu", i);
		ck_assert((k.json != NULL) == (k.json_len > 0));
		ck_assert_uint_eq(rg_keepalive_write(again, n - 1, &k), 0);
		ck_assert_uint_eq(rg_keepalive_write(again, n, &k), n);
		ck_assert_mem_eq(again, p, n);
		free(exact);
	}
}

END_TEST

START_TEST(a_keepalive_cut_anywhere_is_read_without_overrun)
{
	uint8_t p[64];
	size_t n = unhex(
		"aabbccddeeff 2520 80000000 7b22636e616d65223a2272697374676f227d", p, sizeof(p));

	for (size_t cut = 0; cut < n; cut++) {
		uint8_t *exact = exact_copy(p, cut);
		struct rg_keepalive k;
		int rc = rg_keepalive_read(exact, (uint16_t)cut, &k);

		ck_assert_int_eq(rc, cut < 8 ? -RG_V_SHORT : 0);
		if (rc == 0) {
			ck_assert_uint_eq(k.has_adv, cut >= 12);
			ck_assert_uint_eq(k.json_len, cut > 12 ? cut - 12 : 0);
			ck_assert(k.json == (cut > 12 ? exact + 12 : NULL));
		}
		free(exact);
	}
}

END_TEST

/* The letters of section 5.6.3 from the left: X R B A P E L N, D T V J F. */
START_TEST(capabilities_stand_where_figure_8_has_them)
{
	static const uint16_t flag[] = {RG_CAP_MORE, RG_CAP_ROUTING, RG_CAP_BONDING,
		RG_CAP_ADAPTIVE, RG_CAP_FEC, RG_CAP_SEAMLESS, RG_CAP_LOAD_SHARE, RG_CAP_NPD,
		RG_CAP_DISCONNECT, RG_CAP_RECONNECT, RG_CAP_REDUCED, RG_CAP_JSON,
		RG_CAP_PASSPHRASE};

	for (size_t i = 0; i < RG_ARRAY_LEN(flag); i++)
		ck_assert_uint_eq(flag[i], 0x8000u >> i);
	ck_assert_uint_eq(RG_CAP_BONDING | RG_CAP_SEAMLESS | RG_CAP_NPD | RG_CAP_REDUCED, 0x2520);
}

END_TEST

/* libRIST 0.2.12 as sender, ristgo as receiver, and M102: what must not be answered. */
START_TEST(buffer_negotiations_are_read_and_rebuilt)
{
	static const struct {
		const char *hex;
		struct rg_bufneg want;
	} row[] = {
		{"04b0 0000 0000", {1200, 0, 0}},
		{"0000 00c8 0000", {0, 200, 0}},
		{"03f2 0000 0000", {1010, 0, 0}},
		{"0000 0000 0001", {0, 0, 1}},
	};

	for (size_t i = 0; i < RG_ARRAY_LEN(row); i++) {
		uint8_t p[8], again[RG_BUFNEG_BYTES];
		uint16_t n = (uint16_t)unhex(row[i].hex, p, sizeof(p));
		struct rg_bufneg b;

		ck_assert_int_eq(rg_bufneg_read(p, n, &b), 0);
		ck_assert(b.sender_max_ms == row[i].want.sender_max_ms &&
			b.receiver_cur_ms == row[i].want.receiver_cur_ms &&
			b.protocol == row[i].want.protocol);
		ck_assert_uint_eq(rg_bufneg_write(again, &b), n);
		ck_assert_mem_eq(again, p, n);
		for (uint16_t cut = 0; cut < n; cut++)
			ck_assert_int_eq(rg_bufneg_read(p, cut, &b), -RG_V_SHORT);
	}
}

END_TEST

TCase *gre_inner_cases(void)
{
	TCase *t = tcase_create("gre_inner");

	tcase_add_test(t, datagrams_of_every_kind_are_told_apart_and_rebuilt);
	tcase_add_test(t, a_body_cut_anywhere_is_short_or_keeps_its_kind);
	tcase_add_test(t, trap_m93_m95_ports_do_not_say_what_is_inside);
	tcase_add_test(t, trap_m106_out_of_band_data_need_not_be_an_ip_datagram);
	tcase_add_test(t, trap_m135_eapol_without_a_gre_header_is_no_datagram_of_ours);
	tcase_add_test(t, golden_keepalives_are_read_and_rebuilt);
	tcase_add_test(t, a_keepalive_cut_anywhere_is_read_without_overrun);
	tcase_add_test(t, capabilities_stand_where_figure_8_has_them);
	tcase_add_test(t, buffer_negotiations_are_read_and_rebuilt);
	return t;
}
