/* SPDX-License-Identifier: BSD-3-Clause */
#include "../rg_hex.h"
#include "rg_rtcp.h"
#include "wire_suites.h"

/* Real compounds: a receiver and a sender of libRIST 0.2.12, one of ristgo, and its quality report
 * of 12 words. */
static const char *const compounds[] = {
	"81c900079eec848681ca00060000000000000000000000005b2517610000000b"
	"81ca00069eec84860111766d403132372e302e302e313a353030310082cc0005"
	"20c62deb5249535483aa8e473fb01de600000000",
	"80c800069eec8486eeae5b253330c56fe903dc8100000000000000008"
	"1ca00039eec84860102766d0000000082cc00059eec84865249535483aa8e4759fab08200000000",
	"80c90001b93b2b7481ca0004b93b2b74010672697374676f00000000"
	"80cc000308adab4a52495354bf660000",
	"80c9000cebae311600000001000003e80000012c0000000000000000000000000000000000000000"
	"000000000000000000000000"
	"81ca0004ebae3116010672697374676f00000000",
};

/* One packet, which has to be alone. */
static int read_one(const char *hex, uint8_t *p, size_t cap, struct rg_rtcp *out)
{
	struct rg_rtcp_iter it = rg_rtcp_begin(p, unhex(hex, p, cap));
	struct rg_rtcp next;
	int rc = rg_rtcp_next(&it, out);

	ck_assert_int_eq(rg_rtcp_next(&it, &next), 0);
	return rc;
}

static unsigned count_seqs(struct rg_rtcp_nack n, int *last)
{
	uint32_t left = RG_RTCP_NACK_SEQS_MAX;
	struct rg_rtcp_run run;
	unsigned seqs = 0;

	while ((*last = rg_rtcp_nack_next(&n, &left, &run)) > 0)
		seqs += run.extra + 1u;
	return seqs;
}

static void check_runs(const char *hex, const struct rg_rtcp_run *want, size_t n_want)
{
	uint32_t left = RG_RTCP_NACK_SEQS_MAX;
	struct rg_rtcp_run run;
	struct rg_rtcp r;
	uint8_t p[128];

	ck_assert_int_eq(read_one(hex, p, sizeof(p), &r), 1);
	ck_assert_uint_eq(r.kind, RG_RTCP_NACK);
	for (size_t i = 0; i < n_want; i++) {
		ck_assert_int_eq(rg_rtcp_nack_next(&r.u.nack, &left, &run), 1);
		ck_assert_msg(run.first == want[i].first && run.extra == want[i].extra,
			"%s: run %zu is %u + %u", hex, i, run.first, run.extra);
	}
	ck_assert_int_eq(rg_rtcp_nack_next(&r.u.nack, &left, &run), 0);
	ck_assert_int_eq(rg_rtcp_nack_next(&r.u.nack, &left, &run), 0);
}

START_TEST(golden_reports_are_read)
{
	struct rg_rtcp r;
	uint8_t p[64];

	ck_assert_int_eq(read_one("80c80006 12345678 83aa7e8040000000 00015180 00000100 00002000",
				 p, sizeof(p), &r),
		1);
	ck_assert_uint_eq(r.kind, RG_RTCP_SR);
	ck_assert_uint_eq(r.ssrc, 0x12345678);
	ck_assert_uint_eq(r.u.sr.ntp.v, UINT64_C(0x83aa7e8040000000));
	ck_assert_uint_eq(r.u.sr.rtp_ts, 0x15180);
	ck_assert_uint_eq(r.u.sr.packets, 256);
	ck_assert_uint_eq(r.u.sr.octets, 8192);

	ck_assert_int_eq(read_one("80c90001 deadbeef", p, sizeof(p), &r), 1);
	ck_assert_uint_eq(r.kind, RG_RTCP_RR);
	ck_assert_uint_eq(r.ssrc, 0xdeadbeef);
	ck_assert_uint_eq(r.u.rr.has_block, 0);

	ck_assert_int_eq(read_one("81c90007 00000001 cafebabe 10000102 00010003 00000020 7e804000 "
				  "00010000",
				 p, sizeof(p), &r),
		1);
	ck_assert_uint_eq(r.kind, RG_RTCP_RR);
	ck_assert_uint_eq(r.u.rr.has_block, 1);
	ck_assert_uint_eq(r.u.rr.media_ssrc, 0xcafebabe);
	ck_assert_uint_eq(r.u.rr.fraction, 16);
	ck_assert_int_eq(r.u.rr.lost, 258);
	ck_assert_uint_eq(r.u.rr.ext_seq, 0x10003);
	ck_assert_uint_eq(r.u.rr.jitter, 32);
	ck_assert_uint_eq(r.u.rr.lsr, 0x7e804000);
	ck_assert_uint_eq(r.u.rr.dlsr, 0x10000);
}

END_TEST

START_TEST(a_negative_loss_count_keeps_its_sign)
{
	struct rg_rtcp r;
	uint8_t p[64];

	ck_assert_int_eq(read_one("81c90007 00000001 00000002 00fffffe 00000000 00000000 00000000 "
				  "00000000",
				 p, sizeof(p), &r),
		1);
	ck_assert_int_eq(r.u.rr.lost, -2);
}

END_TEST

START_TEST(golden_names_are_read)
{
	static const struct {
		const char *hex, *name;
	} row[] = {
		{"81ca0004 11223344 0106 72697374676f 00000000", "ristgo"},
		{"81ca0003 11223344 0105 6162636465 00", "abcde"},
		{"81ca0002 11223344 01000000", ""},
	};

	for (size_t i = 0; i < RG_ARRAY_LEN(row); i++) {
		struct rg_rtcp r;
		uint8_t p[64];

		ck_assert_int_eq(read_one(row[i].hex, p, sizeof(p), &r), 1);
		ck_assert_uint_eq(r.kind, RG_RTCP_SDES);
		ck_assert_uint_eq(r.ssrc, 0x11223344);
		ck_assert_uint_eq(r.u.sdes.len, strlen(row[i].name));
		ck_assert_mem_eq(r.u.sdes.cname, row[i].name, r.u.sdes.len);
	}
}

END_TEST

START_TEST(trap_m19_cname_is_found_by_its_item_type)
{
	struct rg_rtcp r;
	uint8_t p[64];

	/* TOOL "x" before the CNAME, TOOL alone, no chunk, an item longer than the packet */
	ck_assert_int_eq(
		read_one("81ca0004 11223344 060178 010461626364 000000", p, sizeof(p), &r), 1);
	ck_assert_uint_eq(r.kind, RG_RTCP_SDES);
	ck_assert_uint_eq(r.u.sdes.len, 4);
	ck_assert_int_eq(read_one("81ca0002 11223344 06017800", p, sizeof(p), &r), 1);
	ck_assert_uint_eq(r.kind, RG_RTCP_UNKNOWN);
	ck_assert_int_eq(read_one("80ca0000", p, sizeof(p), &r), 1);
	ck_assert_uint_eq(r.kind, RG_RTCP_UNKNOWN);
	ck_assert_int_eq(
		read_one("81ca0002 11223344 01036162", p, sizeof(p), &r), -RG_V_RTCP_LENGTH);
	ck_assert_int_eq(
		read_one("81ca0002 11223344 06010001", p, sizeof(p), &r), -RG_V_RTCP_LENGTH);
}

END_TEST

START_TEST(golden_requests_are_read)
{
	static const struct rg_rtcp_run app_a[] = {{100, 0}, {103, 19}};
	static const struct rg_rtcp_run mask[] = {{100, 0}, {103, 13}, {117, 5}};
	static const struct rg_rtcp_run three[] = {{1000, 1}, {1003, 0}};
	static const struct rg_rtcp_run split[] = {{65534, 1}, {0, 2}};
	static const struct rg_rtcp_run across[] = {{65534, 4}};
	static const struct rg_rtcp_run wrap[] = {{65535, 16}};

	check_runs("80cc0004 aabbcc00 52495354 00640000 00670013", app_a, 2);
	check_runs("81cd0004 00000000 aabbcc00 0064fffc 0075001f", mask, 3);
	check_runs("81cd0003 00000000 0000cafe 03e80005", three, 2);
	check_runs("80cc0004 0ace0ac0 52495354 fffe0001 00000002", split, 2);
	check_runs("80cc0003 0ace0ac0 52495354 fffe0004", across, 1);
	check_runs("81cd0003 00000000 0000cafe ffffffff", wrap, 1);
	check_runs("80cc0002 0ace0ac0 52495354", NULL, 0);
}

END_TEST

START_TEST(a_request_names_the_media_in_both_forms)
{
	struct rg_rtcp r;
	uint8_t p[32];

	read_one("80cc0003 aabbcc00 52495354 00640000", p, sizeof(p), &r);
	ck_assert_uint_eq(r.ssrc, 0xaabbcc00);
	read_one("81cd0003 00000000 aabbcc01 0064fffc", p, sizeof(p), &r);
	ck_assert_uint_eq(r.ssrc, 0xaabbcc01);
}

END_TEST

START_TEST(trap_m43_199_numbers_in_one_request_are_read)
{
	uint8_t p[12 + 4 * 199] = {0x80, 0xcc, 0, 201, 0, 0, 0, 2, 0x52, 0x49, 0x53, 0x54};
	struct rg_rtcp_iter it = rg_rtcp_begin(p, sizeof(p));
	struct rg_rtcp r;
	int last;

	ck_assert_int_eq(rg_rtcp_next(&it, &r), 1);
	ck_assert_uint_eq(count_seqs(r.u.nack, &last), 199);
	ck_assert_int_eq(last, 0);
}

END_TEST

START_TEST(trap_m72_a_datagram_asks_for_a_bounded_number_of_packets)
{
	uint32_t left = RG_RTCP_NACK_SEQS_MAX;
	struct rg_rtcp_run run;
	struct rg_rtcp r;
	uint8_t p[64];

	read_one("80cc0004 00000002 52495354 0000ffff 0000ffff", p, sizeof(p), &r);
	ck_assert_int_eq(rg_rtcp_nack_next(&r.u.nack, &left, &run), 1);
	ck_assert_uint_eq(run.extra, 0xffff);
	ck_assert_uint_eq(left, 0);
	ck_assert_int_eq(rg_rtcp_nack_next(&r.u.nack, &left, &run), -RG_V_RTCP_NACK);
	ck_assert_int_eq(rg_rtcp_nack_next(&r.u.nack, &left, &run), 0);

	read_one("81cd0004 00000000 00000002 00000001 00100005", p, sizeof(p), &r);
	left = 3;
	ck_assert_int_eq(rg_rtcp_nack_next(&r.u.nack, &left, &run), 1);
	ck_assert_int_eq(rg_rtcp_nack_next(&r.u.nack, &left, &run), -RG_V_RTCP_NACK);
	ck_assert_int_eq(rg_rtcp_nack_next(&r.u.nack, &left, &run), 0);
}

END_TEST

START_TEST(trap_m47_extseq_is_read)
{
	struct rg_rtcp r;
	uint8_t p[32];

	ck_assert_int_eq(read_one("81cc0003 cafebabe 52495354 01020000", p, sizeof(p), &r), 1);
	ck_assert_uint_eq(r.kind, RG_RTCP_EXTSEQ);
	ck_assert_uint_eq(r.u.extseq, 0x0102);
}

END_TEST

START_TEST(golden_echoes_are_read)
{
	struct rg_rtcp r;
	uint8_t p[32];

	read_one("82cc0005 0000beef 52495354 e3d15c0080000000 00000000", p, sizeof(p), &r);
	ck_assert_uint_eq(r.kind, RG_RTCP_ECHO_REQ);
	ck_assert_uint_eq(r.ssrc, 0xbeef);
	ck_assert_uint_eq(r.u.echo.timestamp.v, UINT64_C(0xe3d15c0080000000));
	ck_assert_uint_eq(r.u.echo.padding_len, 0);
	read_one("83cc0005 0000beef 52495354 e3d15c0080000000 000005dc", p, sizeof(p), &r);
	ck_assert_uint_eq(r.kind, RG_RTCP_ECHO_RSP);
	ck_assert_uint_eq(r.u.echo.delay_us, 1500);
	read_one("82cc0006 0000beef 52495354 e3d15c0080000000 00000000 aabbccdd", p, sizeof(p), &r);
	ck_assert_uint_eq(r.kind, RG_RTCP_ECHO_REQ);
	ck_assert_uint_eq(r.u.echo.padding_len, 4);
	ck_assert_uint_eq(r.u.echo.padding[3], 0xdd);
}

END_TEST

START_TEST(trap_m30_xr_of_both_types_is_tolerated)
{
	struct rg_rtcp r;
	uint8_t p[32];

	read_one("804d0004 0ace0ac0 04000002 e3d15c0080000000", p, sizeof(p), &r);
	ck_assert_uint_eq(r.kind, RG_RTCP_IGNORED);
	read_one("80cf0004 0ace0ac0 04000002 e3d15c0080000000", p, sizeof(p), &r);
	ck_assert_uint_eq(r.kind, RG_RTCP_IGNORED);
}

END_TEST

START_TEST(trap_m37_other_transport_feedback_is_no_request)
{
	struct rg_rtcp r;
	uint8_t p[32];

	read_one("8fcd0003 00000000 0000cafe 03e80005", p, sizeof(p), &r);
	ck_assert_uint_eq(r.kind, RG_RTCP_UNKNOWN);
}

END_TEST

START_TEST(trap_m38_an_app_packet_of_another_name_is_no_request)
{
	struct rg_rtcp r;
	uint8_t p[32];

	read_one("80cc0003 aabbcc00 52495355 00640000", p, sizeof(p), &r);
	ck_assert_uint_eq(r.kind, RG_RTCP_UNKNOWN);
	read_one("82cc0005 0000beef 52495355 e3d15c0080000000 00000000", p, sizeof(p), &r);
	ck_assert_uint_eq(r.kind, RG_RTCP_UNKNOWN);
	read_one("84cc0002 0000beef 52495354", p, sizeof(p), &r);
	ck_assert_uint_eq(r.kind, RG_RTCP_UNKNOWN);
}

END_TEST

START_TEST(trap_m39_a_quality_report_is_no_empty_rr)
{
	uint8_t p[96];
	struct rg_rtcp_iter it = rg_rtcp_begin(p, unhex(compounds[3], p, sizeof(p)));
	struct rg_rtcp r;

	ck_assert_int_eq(rg_rtcp_next(&it, &r), 1);
	ck_assert_uint_eq(r.kind, RG_RTCP_IGNORED);
	ck_assert_int_eq(rg_rtcp_next(&it, &r), 1);
	ck_assert_uint_eq(r.kind, RG_RTCP_SDES);
	ck_assert_int_eq(rg_rtcp_next(&it, &r), 0);
}

END_TEST

START_TEST(bye_comes_with_and_without_a_source)
{
	struct rg_rtcp r;
	uint8_t p[16];

	ck_assert_int_eq(read_one("81cb0001 01020304", p, sizeof(p), &r), 1);
	ck_assert_uint_eq(r.kind, RG_RTCP_BYE);
	ck_assert_uint_eq(r.ssrc, 0x01020304);
	ck_assert_int_eq(read_one("80cb0000", p, sizeof(p), &r), 1);
	ck_assert_uint_eq(r.kind, RG_RTCP_BYE);
	ck_assert_uint_eq(r.ssrc, 0);
}

END_TEST

START_TEST(real_compounds_are_read_packet_by_packet)
{
	static const enum rg_rtcp_kind want[][4] = {
		{RG_RTCP_RR, RG_RTCP_SDES, RG_RTCP_ECHO_REQ, RG_RTCP_UNKNOWN},
		{RG_RTCP_SR, RG_RTCP_SDES, RG_RTCP_ECHO_REQ, RG_RTCP_UNKNOWN},
		{RG_RTCP_RR, RG_RTCP_SDES, RG_RTCP_NACK, RG_RTCP_UNKNOWN},
		{RG_RTCP_IGNORED, RG_RTCP_SDES, RG_RTCP_UNKNOWN, RG_RTCP_UNKNOWN},
	};

	for (size_t i = 0; i < RG_ARRAY_LEN(compounds); i++) {
		uint8_t p[128];
		struct rg_rtcp_iter it = rg_rtcp_begin(p, unhex(compounds[i], p, sizeof(p)));
		struct rg_rtcp r;
		size_t n = 0;

		while (rg_rtcp_next(&it, &r) == 1)
			ck_assert_uint_eq(r.kind, want[i][n++]);
		ck_assert_uint_eq(want[i][n], RG_RTCP_UNKNOWN);
	}
}

END_TEST

START_TEST(a_malformed_packet_costs_itself_or_the_rest)
{
	static const struct {
		const char *hex;
		int rc[3];
	} row[] = {
		/* too short inside: the next packet is still read */
		{"80c80001 00000001 81cb0001 00000002", {-RG_V_RTCP_LENGTH, 1, 0}},
		{"81c90001 00000001 81cb0001 00000002", {-RG_V_RTCP_LENGTH, 1, 0}},
		{"80cc0001 00000001 81cb0001 00000002", {-RG_V_RTCP_LENGTH, 1, 0}},
		{"81cd0001 00000001 81cb0001 00000002", {-RG_V_RTCP_LENGTH, 1, 0}},
		{"80c90000 81cb0001 00000002", {-RG_V_RTCP_LENGTH, 1, 0}},
		{"82cc0004 00000001 52495354 0000000000000000 81cb0001 00000002",
			{-RG_V_RTCP_LENGTH, 1, 0}},
		{"81cc0002 00000001 52495354 81cb0001 00000002", {-RG_V_RTCP_LENGTH, 1, 0}},
		/* an unknown type is skipped by its length */
		{"80d20002 00000001 00000000 81cb0001 00000002", {1, 1, 0}},
		/* padding: good, none, not a multiple of 4, more than the packet */
		{"a1cb0002 00000001 00000004", {1, 0, 0}},
		{"a1cb0002 00000001 00000000", {-RG_V_RTCP_LENGTH, 0, 0}},
		{"a1cb0002 00000001 00000003", {-RG_V_RTCP_LENGTH, 0, 0}},
		{"a1cb0002 00000001 00000010", {-RG_V_RTCP_LENGTH, 0, 0}},
		{"a0c90002 00000001 0000000c", {-RG_V_RTCP_LENGTH, 0, 0}},
		/* no credible length: the end */
		{"81cb0001 00000001 81cb0002 00000002", {1, -RG_V_RTCP_LENGTH, 0}},
		{"81cb0001 00000001 41cb0001 00000002", {1, -RG_V_RTCP_VERSION, 0}},
		{"81cb0001 00000001 81cbff", {1, -RG_V_RTCP_LENGTH, 0}},
		{"81cbffff 00000001", {-RG_V_RTCP_LENGTH, 0, 0}},
		{"", {0, 0, 0}},
	};

	for (size_t i = 0; i < RG_ARRAY_LEN(row); i++) {
		uint8_t p[64];
		size_t n = unhex(row[i].hex, p, sizeof(p));
		uint8_t *exact = exact_copy(p, n);
		struct rg_rtcp_iter it = rg_rtcp_begin(exact, n);
		struct rg_rtcp r;

		for (size_t k = 0; k < 3; k++) {
			int rc = rg_rtcp_next(&it, &r);

			ck_assert_msg(rc == row[i].rc[k], "row %zu, call %zu: %d", i, k, rc);
		}
		free(exact);
	}
}

END_TEST

START_TEST(a_compound_cut_anywhere_is_read_without_overrun)
{
	for (size_t i = 0; i < RG_ARRAY_LEN(compounds); i++) {
		uint8_t p[128];
		size_t n = unhex(compounds[i], p, sizeof(p));

		for (size_t cut = 0; cut < n; cut++) {
			uint8_t *exact = exact_copy(p, cut);
			struct rg_rtcp_iter it = rg_rtcp_begin(exact, cut);
			struct rg_rtcp r;
			int rc, calls = 0, last;

			while ((rc = rg_rtcp_next(&it, &r)) > 0) {
				ck_assert_int_le(++calls, 3);
				if (r.kind == RG_RTCP_NACK)
					count_seqs(r.u.nack, &last);
			}
			/* only a cut between two packets leaves nothing to complain about */
			ck_assert(rc == -RG_V_RTCP_LENGTH || (rc == 0 && cut % 4 == 0));
			free(exact);
		}
	}
}

END_TEST

TCase *rtcp_read_cases(void)
{
	TCase *t = tcase_create("rtcp_read");

	tcase_add_test(t, golden_reports_are_read);
	tcase_add_test(t, a_negative_loss_count_keeps_its_sign);
	tcase_add_test(t, golden_names_are_read);
	tcase_add_test(t, trap_m19_cname_is_found_by_its_item_type);
	tcase_add_test(t, golden_requests_are_read);
	tcase_add_test(t, a_request_names_the_media_in_both_forms);
	tcase_add_test(t, trap_m43_199_numbers_in_one_request_are_read);
	tcase_add_test(t, trap_m72_a_datagram_asks_for_a_bounded_number_of_packets);
	tcase_add_test(t, trap_m47_extseq_is_read);
	tcase_add_test(t, golden_echoes_are_read);
	tcase_add_test(t, trap_m30_xr_of_both_types_is_tolerated);
	tcase_add_test(t, trap_m37_other_transport_feedback_is_no_request);
	tcase_add_test(t, trap_m38_an_app_packet_of_another_name_is_no_request);
	tcase_add_test(t, trap_m39_a_quality_report_is_no_empty_rr);
	tcase_add_test(t, bye_comes_with_and_without_a_source);
	tcase_add_test(t, real_compounds_are_read_packet_by_packet);
	tcase_add_test(t, a_malformed_packet_costs_itself_or_the_rest);
	tcase_add_test(t, a_compound_cut_anywhere_is_read_without_overrun);
	return t;
}
