/* SPDX-License-Identifier: BSD-3-Clause */
#include "../rg_hex.h"
#include "rg_rtp_ext.h"
#include "wire_suites.h"

/* Reads hex from a copy without slack. */
static int read_packet(const char *hex, struct rg_rtp *h, struct rg_rtp_ext *e)
{
	uint8_t p[64];
	size_t n = unhex(hex, p, sizeof(p));
	uint8_t *exact = exact_copy(p, n);
	int rc = rg_rtp_ext_read_packet(exact, (uint16_t)n, h, e);

	free(exact);
	return rc;
}

/* Computed from TR-06-2 section 8.3 and checked against libRIST's layout, then captured: libRIST
 * 0.2.12 and ristgo with null packets 2, 3 and 6 of 7 deleted. M152: T is the top bit of the
 * bitmap's byte. */
START_TEST(trap_m152_golden_extensions_are_read_and_rebuilt)
{
	static const struct {
		const char *hex;
		struct rg_rtp_ext want;
	} row[] = {
		{"90210001 00000000 0ace0ac0 52490001 80500000 47", {.has_npd = 1, .nulls = 0x50}},
		{"90210001 00000000 0ace0ac0 52490001 80c00000 47",
			{.has_npd = 1, .ts204 = 1, .nulls = 0x40}},
		{"90210001 00000000 0ace0ac0 52490001 803f0000 47", {.has_npd = 1, .nulls = 0x3f}},
		{"90210001 00000000 0ace0ac0 52490001 f87f1234 47",
			{0x1234, .has_seq_hi = 1, .has_npd = 1, .size = 7, .nulls = 0x7f}},
		{"90210001 00000000 0ace0ac0 52490001 40000001 47", {1, .has_seq_hi = 1}},
		{"90210000 e96b7c4a 5b833996 52490001 80190000 47010010",
			{.has_npd = 1, .nulls = 0x19}},
		{"9021bcfb 00018876 35fbed94 52490001 80190000 47010010",
			{.has_npd = 1, .nulls = 0x19}},
	};

	for (size_t i = 0; i < RG_ARRAY_LEN(row); i++) {
		uint8_t p[32], again[RG_RTP_EXT_HDR_BYTES];
		const struct rg_rtp_ext *w = &row[i].want;
		struct rg_rtp_ext e;
		struct rg_rtp h;

		unhex(row[i].hex, p, sizeof(p));
		ck_assert_int_eq(read_packet(row[i].hex, &h, &e), 0);
		ck_assert_uint_eq(h.hdr_len, RG_RTP_EXT_HDR_BYTES);
		ck_assert_msg(e.has_npd == w->has_npd && e.nulls == w->nulls &&
				e.ts204 == w->ts204 && e.size == w->size &&
				e.has_seq_hi == w->has_seq_hi && e.seq_hi == w->seq_hi,
			"row %zu", i);
		rg_rtp_ext_write(again, &h, &e);
		ck_assert_mem_eq(again, p, sizeof(again));
	}
}

END_TEST

/* M157: ristgo once widened by the number in a packet of libRIST, which never sets E. */
START_TEST(trap_m157_what_n_and_e_leave_undefined_is_read_as_zero)
{
	struct rg_rtp_ext e;
	struct rg_rtp h;

	ck_assert_int_eq(read_packet("90210001 00000000 0ace0ac0 52490001 3fffffff 47", &h, &e), 0);
	ck_assert(!e.has_npd && !e.has_seq_hi);
	ck_assert(e.nulls == 0 && e.ts204 == 0 && e.size == 0 && e.seq_hi == 0);
	ck_assert_int_eq(read_packet("90210001 00000000 0ace0ac0 52490001 8710ffff 47", &h, &e), 0);
	ck_assert(e.has_npd && e.nulls == 0x10 && e.size == 0);
	ck_assert(!e.has_seq_hi && e.seq_hi == 0);
}

END_TEST

START_TEST(trap_m155_a_foreign_extension_is_skipped_by_its_length)
{
	static const struct {
		const char *hex;
		uint16_t hdr_len;
	} row[] = {
		{"90210001 00000000 0ace0ac0 bede0001 80500000 47", 20},
		{"90210001 00000000 0ace0ac0 bede0003 805000008050000080500000 47", 28},
		{"90210001 00000000 0ace0ac0 52490000 47", 16},
		{"90210001 00000000 0ace0ac0 52490002 8050000000000000 47", 24},
		{"80210001 00000000 0ace0ac0 52490001 80500000 47", 12},
	};

	for (size_t i = 0; i < RG_ARRAY_LEN(row); i++) {
		struct rg_rtp_ext e;
		struct rg_rtp h;
		uint8_t p[64];

		ck_assert_int_eq(read_packet(row[i].hex, &h, &e), 0);
		ck_assert_uint_eq(h.hdr_len, row[i].hdr_len);
		ck_assert_msg(!e.has_npd && e.nulls == 0, "row %zu", i);
		unhex(row[i].hex, p, sizeof(p));
		ck_assert(!rg_rtp_ext_read(p, &h, &e));
	}
}

END_TEST

/* M156: libRIST leaves CSRC list and padding in the payload. */
START_TEST(trap_m156_csrc_list_and_padding_around_the_extension_are_taken_off)
{
	struct rg_rtp_ext e;
	struct rg_rtp h;

	ck_assert_int_eq(
		read_packet(
			"b1210001 00000000 0ace0ac0 cccccccc 52490001 80500000 4747 0002", &h, &e),
		0);
	ck_assert_uint_eq(h.hdr_len, 24);
	ck_assert_uint_eq(h.len, 2);
	ck_assert_uint_eq(e.nulls, 0x50);
}

END_TEST

START_TEST(an_empty_packet_passes_only_when_null_packets_were_deleted)
{
	static const struct {
		const char *hex;
		int rc;
	} row[] = {
		{"90210001 00000000 0ace0ac0 52490001 807c0000", 0},
		{"b0210001 00000000 0ace0ac0 52490001 80fc0000 00000004", 0},
		{"90210001 00000000 0ace0ac0 52490001 80000000", -RG_V_RTP_EMPTY},
		{"90210001 00000000 0ace0ac0 52490001 007c0000", -RG_V_RTP_EMPTY},
		{"90210001 00000000 0ace0ac0 52490001 40000001", -RG_V_RTP_EMPTY},
		{"90210001 00000000 0ace0ac0 bede0001 807c0000", -RG_V_RTP_EMPTY},
		{"80210001 00000000 0ace0ac0", -RG_V_RTP_EMPTY},
		{"90210001 00000000 0ace0ac0 52490001 807c00", -RG_V_RTP_HEADER},
		{"90480001 00000000 0ace0ac0 52490001 807c0000", -RG_V_RTP_PAYLOAD_TYPE},
		{"50210001 00000000 0ace0ac0 52490001 807c0000", -RG_V_RTP_VERSION},
	};

	for (size_t i = 0; i < RG_ARRAY_LEN(row); i++) {
		struct rg_rtp_ext e;
		struct rg_rtp h;
		int rc = read_packet(row[i].hex, &h, &e);

		ck_assert_msg(rc == row[i].rc, "row %zu: %d", i, rc);
		if (rc != 0)
			continue;
		ck_assert_uint_eq(h.hdr_len, 20);
		ck_assert_uint_eq(h.len, 0);
		ck_assert_uint_eq(h.seq, 1);
		ck_assert_uint_eq(h.ssrc, 0x0ace0ac0);
		ck_assert_uint_eq(e.nulls, 0x7c);
	}
}

END_TEST

START_TEST(a_packet_with_extension_cut_anywhere_is_refused)
{
	uint8_t p[32];
	size_t n = unhex("90210001 00000000 0ace0ac0 52490001 803f0000 47", p, sizeof(p));

	for (size_t cut = 0; cut < n - 1; cut++) {
		uint8_t *exact = exact_copy(p, cut);
		struct rg_rtp_ext e;
		struct rg_rtp h;

		ck_assert_int_eq(rg_rtp_ext_read_packet(exact, (uint16_t)cut, &h, &e),
			cut < 12 ? -RG_V_SHORT : -RG_V_RTP_HEADER);
		free(exact);
	}
}

END_TEST

TCase *rtp_ext_cases(void)
{
	TCase *t = tcase_create("rtp_ext");

	tcase_add_test(t, trap_m152_golden_extensions_are_read_and_rebuilt);
	tcase_add_test(t, trap_m157_what_n_and_e_leave_undefined_is_read_as_zero);
	tcase_add_test(t, trap_m155_a_foreign_extension_is_skipped_by_its_length);
	tcase_add_test(t, trap_m156_csrc_list_and_padding_around_the_extension_are_taken_off);
	tcase_add_test(t, an_empty_packet_passes_only_when_null_packets_were_deleted);
	tcase_add_test(t, a_packet_with_extension_cut_anywhere_is_refused);
	return t;
}
