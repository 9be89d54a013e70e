/* SPDX-License-Identifier: BSD-3-Clause */
#include "../rg_hex.h"
#include "rg_rtp.h"
#include "wire_suites.h"

START_TEST(original_and_retransmission_are_read_and_rebuilt)
{
	static const char *const golden[] = {
		"80211234 00000000 0ace0ac0 47",
		"80211234 00000000 0ace0ac1 47",
	};

	for (size_t i = 0; i < RG_ARRAY_LEN(golden); i++) {
		uint8_t p[16], again[16];
		uint16_t n = (uint16_t)unhex(golden[i], p, sizeof(p));
		struct rg_rtp h;

		ck_assert_int_eq(rg_rtp_read(p, n, &h), 0);
		ck_assert_uint_eq(h.pt, RG_RTP_PT_MP2T);
		ck_assert_uint_eq(h.marker, 0);
		ck_assert_uint_eq(h.seq, 0x1234);
		ck_assert_uint_eq(h.ssrc & RG_RTP_SSRC_RETX, i);
		ck_assert_uint_eq(h.ssrc & ~RG_RTP_SSRC_RETX, 0x0ace0ac0);
		ck_assert_uint_eq(h.hdr_len, 12);
		ck_assert_uint_eq(h.len, 1);
		rg_rtp_write(again, &h);
		ck_assert_mem_eq(again, p, RG_RTP_HDR_BYTES);
	}
}

END_TEST

START_TEST(every_optional_part_of_the_header_is_skipped)
{
	static const struct {
		const char *hex;
		int rc;
		uint16_t hdr_len, len, ext;
	} row[] = {
		{"82211234 00000001 00000002 aaaaaaaa bbbbbbbb 4747", 0, 20, 2, 0},
		{"90211234 00000001 00000002 52490001 80000007 47", 0, 20, 1, 12},
		{"91211234 00000001 00000002 cccccccc 52490000 47", 0, 20, 1, 16},
		{"a0211234 00000001 00000002 4747 0002", 0, 12, 2, 0},
		{"b0211234 00000001 00000002 52490000 47 01", 0, 16, 1, 12},
		{"80a11234 00000001 00000002 47", 0, 12, 1, 0},
		{"81211234 00000001 00000002 aaaaaa", -RG_V_RTP_HEADER, 0, 0, 0},
		{"90211234 00000001 00000002 524900", -RG_V_RTP_HEADER, 0, 0, 0},
		{"90211234 00000001 00000002 5249ffff 47", -RG_V_RTP_HEADER, 0, 0, 0},
		{"a0211234 00000001 00000002 4700", -RG_V_RTP_HEADER, 0, 0, 0},
		{"a0211234 00000001 00000002 4703", -RG_V_RTP_HEADER, 0, 0, 0},
		{"a0211234 00000001 00000002", -RG_V_RTP_HEADER, 0, 0, 0},
		{"a0211234 00000001 00000002 4702", -RG_V_RTP_EMPTY, 0, 0, 0},
		{"80211234 00000001 00000002", -RG_V_RTP_EMPTY, 0, 0, 0},
		{"80211234 00000001 000000", -RG_V_SHORT, 0, 0, 0},
		{"", -RG_V_SHORT, 0, 0, 0},
		{"40211234 00000001 00000002 47", -RG_V_RTP_VERSION, 0, 0, 0},
		{"c0211234 00000001 00000002 47", -RG_V_RTP_VERSION, 0, 0, 0},
	};

	for (size_t i = 0; i < RG_ARRAY_LEN(row); i++) {
		uint8_t p[64], *exact;
		uint16_t n = (uint16_t)unhex(row[i].hex, p, sizeof(p));
		struct rg_rtp h;
		int rc;

		exact = exact_copy(p, n);
		rc = rg_rtp_read(exact, n, &h);
		free(exact);
		ck_assert_msg(rc == row[i].rc, "row %zu: %d", i, rc);
		if (rc != 0)
			continue;
		ck_assert_msg(
			h.hdr_len == row[i].hdr_len && h.len == row[i].len && h.ext == row[i].ext,
			"row %zu", i);
		ck_assert_uint_eq(h.seq, 0x1234);
		ck_assert_uint_eq(h.ssrc, 2);
	}
}

END_TEST

START_TEST(trap_m36_rtcp_is_told_from_media_by_the_masked_type)
{
	for (unsigned second = 0; second < 256; second++) {
		uint8_t p[13] = {0x80, (uint8_t)second, [12] = 0x47};
		bool rtcp = (second & 0x7f) >= 72 && (second & 0x7f) <= 77;
		struct rg_rtp h;

		ck_assert(rg_rtp_is_rtcp((uint8_t)second) == rtcp);
		ck_assert_int_eq(rg_rtp_read(p, sizeof(p), &h), rtcp ? -RG_V_RTP_PAYLOAD_TYPE : 0);
		if (!rtcp) {
			ck_assert_uint_eq(h.pt, second & 0x7f);
			ck_assert_uint_eq(h.marker, second >> 7);
		}
	}
}

END_TEST

START_TEST(the_short_way_and_the_general_way_agree)
{
	uint8_t p[40];
	uint32_t x = 1;

	for (int round = 0; round < 20000; round++) {
		struct rg_rtp a = {0}, b = {0};
		uint16_t n;
		int rc;

		for (size_t i = 0; i < sizeof(p); i++) {
			x = x * 1664525 + 1013904223;
			p[i] = (uint8_t)(x >> 24);
		}
		p[0] = round & 1 ? 0x80 : (uint8_t)(0x80 | (p[0] & 0x31));
		n = p[39] % sizeof(p);
		rc = rg_rtp_read(p, n, &a);
		ck_assert_int_eq(rc, rg_rtp_read_any(p, n, &b));
		if (rc != 0)
			continue;
		ck_assert_mem_eq(&a, &b, sizeof(a));
		ck_assert_uint_le(a.hdr_len + a.len, n);
		ck_assert_uint_ge(a.len, 1);
	}
}

END_TEST

TCase *rtp_cases(void)
{
	TCase *t = tcase_create("rtp");

	tcase_add_test(t, original_and_retransmission_are_read_and_rebuilt);
	tcase_add_test(t, every_optional_part_of_the_header_is_skipped);
	tcase_add_test(t, trap_m36_rtcp_is_told_from_media_by_the_masked_type);
	tcase_add_test(t, the_short_way_and_the_general_way_agree);
	return t;
}
