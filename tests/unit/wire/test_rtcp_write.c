/* SPDX-License-Identifier: BSD-3-Clause */
#include "../rg_hex.h"
#include "rg_rtcp.h"
#include "wire_suites.h"

/* Writes what was read; 0 for kinds that are not sent. */
static size_t rewrite(uint8_t *p, size_t cap, struct rg_rtcp *r, uint32_t bitmask_ssrc)
{
	struct rg_rtcp_run runs[64];
	uint32_t left = RG_RTCP_NACK_SEQS_MAX;
	size_t n = 0, done;
	bool bitmask;

	switch (r->kind) {
	case RG_RTCP_SR:
		return rg_rtcp_write_sr(p, cap, r->ssrc, &r->u.sr);
	case RG_RTCP_RR:
		return r->u.rr.has_block ? rg_rtcp_write_rr(p, cap, r->ssrc, &r->u.rr)
					 : rg_rtcp_write_rr_empty(p, cap, r->ssrc);
	case RG_RTCP_SDES:
		return rg_rtcp_write_sdes(p, cap, r->ssrc, &r->u.sdes);
	case RG_RTCP_BYE:
		return rg_rtcp_write_bye(p, cap, r->ssrc);
	case RG_RTCP_ECHO_REQ:
		return rg_rtcp_write_echo_req(p, cap, r->ssrc, &r->u.echo);
	case RG_RTCP_ECHO_RSP:
		return rg_rtcp_write_echo_rsp(p, cap, r->ssrc, &r->u.echo);
	case RG_RTCP_NACK:
		bitmask = r->u.nack.bitmask;
		while (n < RG_ARRAY_LEN(runs) && rg_rtcp_nack_next(&r->u.nack, &left, &runs[n]) > 0)
			n++;
		return bitmask
			? rg_rtcp_write_nack_bitmask(p, cap, bitmask_ssrc, r->ssrc, runs, n, &done)
			: rg_rtcp_write_nack_range(p, cap, r->ssrc, runs, n, &done);
	case RG_RTCP_EXTSEQ:
	case RG_RTCP_IGNORED:
	case RG_RTCP_UNKNOWN:
		return 0;
	}
	return 0;
}

/* The golden packets of the two wire references, then compounds of ristgo and libRIST. */
static const char *const golden[] = {
	"80c80006 12345678 83aa7e8040000000 00015180 00000100 00002000",
	"80c90001 deadbeef",
	"81c90007 00000001 cafebabe 10000102 00010003 00000020 7e804000 00010000",
	"81ca0004 11223344 0106 72697374676f 00000000",
	"81ca0003 11223344 0105 6162636465 00",
	"81ca0002 11223344 01000000",
	"80cc0004 aabbcc00 52495354 00640000 00670013",
	"81cd0004 00000000 aabbcc00 0064fffc 0075001f",
	"81cd0003 00000000 0000cafe 03e80005",
	"80cc0004 0ace0ac0 52495354 fffe0001 00000002",
	"82cc0005 0000beef 52495354 e3d15c0080000000 00000000",
	"83cc0005 0000beef 52495354 e3d15c0080000000 000005dc",
	"82cc0006 0000beef 52495354 e3d15c0080000000 00000000 aabbccdd",
	"81cb0001 01020304",
	"80c900010ace0ac0 81ca00040ace0ac0010672697374676f00000000"
	"80cc00040ace0ac0524953540064000000670013",
	"80c80006d434190ceeae534f29545e2a00000030000000000000000081ca0004d434190c010672697374676f"
	"0000000082cc0005d434190c5249535400000000002363b200000000",
	"80c90001d1a6e82281ca0004d1a6e822010672697374676f0000000083cc0005d434190c5249535400000000"
	"002363b200000000",
	"80c90001a215317e81ca0004a215317e010672697374676f0000000081cd000300000000d921ea4c67d00000",
	"80c900019eec848681ca00069eec84860111766d403132372e302e302e313a353030310080cc00039eec8486"
	"5249535400130000",
	"81c900079eec848681ca00060000000000000000000000005b2517610000000b81ca00069eec84860111766d"
	"403132372e302e302e313a353030310082cc000520c62deb5249535483aa8e473fb01de600000000",
};

START_TEST(golden_packets_are_rebuilt_byte_for_byte)
{
	for (size_t i = 0; i < RG_ARRAY_LEN(golden); i++) {
		uint8_t p[256], again[256];
		size_t len = unhex(golden[i], p, sizeof(p)), n = 0, w;
		struct rg_rtcp_iter it = rg_rtcp_begin(p, len);
		struct rg_rtcp r;

		while (rg_rtcp_next(&it, &r) == 1) {
			w = rewrite(again + n, sizeof(again) - n, &r, 0);
			ck_assert_msg(w > 0, "row %zu", i);
			n += w;
		}
		ck_assert_msg(n == len && memcmp(p, again, n) == 0, "row %zu", i);
	}
}

END_TEST

START_TEST(a_packet_that_does_not_fit_is_not_begun)
{
	for (size_t i = 0; i < 14; i++) {
		uint8_t p[64], again[64];
		size_t len = unhex(golden[i], p, sizeof(p));
		size_t least = p[1] == 0xcc && p[0] == 0x80 ? 16 : p[1] == 0xcd ? 16 : len;

		for (size_t cap = 0; cap < len; cap++) {
			struct rg_rtcp_iter it = rg_rtcp_begin(p, len);
			struct rg_rtcp r;
			size_t n;

			ck_assert_int_eq(rg_rtcp_next(&it, &r), 1);
			memset(again, 0x5a, sizeof(again));
			n = rewrite(again, cap, &r, 0);
			ck_assert_msg(n == (cap < least ? 0 : cap & ~(size_t)3), "row %zu", i);
			for (size_t k = n; k < sizeof(again); k++)
				ck_assert_uint_eq(again[k], 0x5a);
		}
	}
}

END_TEST

START_TEST(trap_m20_m21_a_cname_is_0_to_255_arbitrary_bytes)
{
	uint8_t name[255];

	for (unsigned i = 0; i < sizeof(name); i++)
		name[i] = (uint8_t)(255 - i);
	for (unsigned len = 0; len <= 255; len++) {
		struct rg_rtcp_sdes s = {name, (uint8_t)len};
		uint8_t p[RG_RTCP_SDES_MAX_BYTES];
		size_t n = rg_rtcp_write_sdes(p, sizeof(p), 7, &s);
		struct rg_rtcp_iter it = rg_rtcp_begin(p, n);
		struct rg_rtcp r;

		/* at least one terminator, whole words */
		ck_assert_uint_eq(n, (10 + len + 1 + 3) & ~3u);
		ck_assert_uint_eq(p[n - 1], 0);
		ck_assert_int_eq(rg_rtcp_next(&it, &r), 1);
		ck_assert_uint_eq(r.kind, RG_RTCP_SDES);
		ck_assert_uint_eq(r.u.sdes.len, len);
		ck_assert_mem_eq(r.u.sdes.cname, name, len);
	}
}

END_TEST

/* Request 18 of the golden list, with a delay field that a peer left stale. */
static const char stale_request[] = "82cc0006 0000beef 52495354 e3d15c0080000000 12345678 aabbccdd";

START_TEST(trap_m26_m27_the_answer_mirrors_requester_timestamp_and_padding)
{
	uint8_t p[64], want[64], got[64];
	size_t n_want = unhex("83cc0006 0000beef 52495354 e3d15c0080000000 00000000 aabbccdd", want,
		sizeof(want));
	struct rg_rtcp_iter it = rg_rtcp_begin(p, unhex(stale_request, p, sizeof(p)));
	struct rg_rtcp r;

	ck_assert_int_eq(rg_rtcp_next(&it, &r), 1);
	r.u.echo.delay_us = 0;
	ck_assert_uint_eq(rg_rtcp_write_echo_rsp(got, sizeof(got), r.ssrc, &r.u.echo), n_want);
	ck_assert_mem_eq(got, want, n_want);
	/* without the bytes at hand the length is mirrored */
	r.u.echo.padding = NULL;
	ck_assert_uint_eq(rg_rtcp_write_echo_rsp(got, sizeof(got), r.ssrc, &r.u.echo), n_want);
	ck_assert_uint_eq(rg_get32(got + 24), 0);
}

END_TEST

START_TEST(trap_m28_a_request_never_carries_a_delay)
{
	struct rg_rtcp_echo e = {.timestamp = {1}, .delay_us = 77, .padding_len = 3};
	uint8_t p[64];

	ck_assert_uint_eq(rg_rtcp_write_echo_req(p, sizeof(p), 2, &e), 28);
	ck_assert_uint_eq(rg_get32(p + 20), 0);
}

END_TEST

START_TEST(a_loss_count_stops_at_24_bits)
{
	static const struct {
		int32_t lost;
		uint32_t wire;
	} row[] = {
		{-2, 0xfffffe}, {0x7fffff, 0x7fffff}, {0x800000, 0x7fffff}, {-0x800001, 0x800000}};

	for (size_t i = 0; i < RG_ARRAY_LEN(row); i++) {
		struct rg_rtcp_rr rr = {.lost = row[i].lost};
		uint8_t p[32];

		ck_assert_uint_eq(rg_rtcp_write_rr(p, sizeof(p), 1, &rr), 32);
		ck_assert_uint_eq(rg_get32(p + 12), row[i].wire);
	}
}

END_TEST

START_TEST(trap_m43_m44_a_long_gap_becomes_small_records_and_packets)
{
	/* 10,000 packets: 40 records of at most 256, 3 packets of at most 16 records */
	struct rg_rtcp_run run = {20000, 9999};
	unsigned packets = 0, next = 20000;
	size_t done = 0;

	while (done == 0) {
		uint8_t p[256];
		size_t n = rg_rtcp_write_nack_range(p, sizeof(p), 2, &run, 1, &done);

		ck_assert_uint_gt(n, 12);
		ck_assert_uint_le(n, RG_RTCP_NACK_BYTES);
		packets++;
		for (size_t at = 12; at < n; at += 4) {
			ck_assert_uint_eq(rg_get16(p + at), next);
			ck_assert_uint_le(rg_get16(p + at + 2), 255);
			next += rg_get16(p + at + 2) + 1u;
		}
	}
	ck_assert_uint_eq(next, 30000);
	ck_assert_uint_eq(packets, 3);
}

END_TEST

START_TEST(trap_m45_no_record_crosses_65535)
{
	struct rg_rtcp_run a = {65534, 4}, b = {65534, 4};
	uint8_t p[64], want[64];
	size_t done, n;

	n = unhex("80cc0004 00000002 52495354 fffe0001 00000002", want, sizeof(want));
	ck_assert_uint_eq(rg_rtcp_write_nack_range(p, sizeof(p), 2, &a, 1, &done), n);
	ck_assert_mem_eq(p, want, n);
	ck_assert_uint_eq(done, 1);
	n = unhex("81cd0004 00000001 00000002 fffe0001 00000003", want, sizeof(want));
	ck_assert_uint_eq(rg_rtcp_write_nack_bitmask(p, sizeof(p), 1, 2, &b, 1, &done), n);
	ck_assert_mem_eq(p, want, n);
	ck_assert_uint_eq(done, 1);
}

END_TEST

START_TEST(trap_m46_a_number_behind_opens_a_record_of_its_own)
{
	struct rg_rtcp_run runs[] = {{100, 0}, {110, 0}, {90, 0}};
	uint8_t p[64], want[64];
	size_t done, n = unhex("81cd0004 00000001 00000002 00640200 005a0000", want, sizeof(want));

	ck_assert_uint_eq(rg_rtcp_write_nack_bitmask(p, sizeof(p), 1, 2, runs, 3, &done), n);
	ck_assert_mem_eq(p, want, n);
	ck_assert_uint_eq(done, 3);
}

END_TEST

START_TEST(what_does_not_fit_is_written_by_the_next_call)
{
	struct rg_rtcp_run runs[] = {{10, 0}, {20, 299}, {500, 0}};
	uint8_t p[20];
	size_t done;

	ck_assert_uint_eq(rg_rtcp_write_nack_range(p, sizeof(p), 2, runs, 3, &done), 20);
	ck_assert_uint_eq(done, 1);
	ck_assert_uint_eq(runs[1].first, 276);
	ck_assert_uint_eq(runs[1].extra, 43);
	ck_assert_uint_eq(rg_rtcp_write_nack_range(p, sizeof(p), 2, runs + 1, 2, &done), 20);
	ck_assert_uint_eq(done, 2);
	ck_assert_uint_eq(rg_rtcp_write_nack_range(p, sizeof(p), 2, runs, 0, &done), 0);
}

END_TEST

/* Random ascending losses through writer and reader of both forms. */
START_TEST(requests_survive_a_round_trip_in_both_forms)
{
	uint32_t x = 12345;

	for (int round = 0; round < 2000; round++) {
		struct rg_rtcp_run runs[40], run;
		static uint8_t lost[65536], seen[65536];
		uint32_t at = (x >> 8) & 0xffff, left = UINT32_MAX;
		size_t n = 0, from = 0, done;
		uint8_t p[256];

		memset(lost, 0, sizeof(lost));
		memset(seen, 0, sizeof(seen));
		for (; n < RG_ARRAY_LEN(runs); n++) {
			x = x * 1664525 + 1013904223;
			at += 2 + (x >> 28);
			runs[n].first = (uint16_t)at;
			runs[n].extra = (uint16_t)((x >> 16 & 31) == 0 ? 400 : (x >> 20) & 7);
			for (unsigned k = 0; k <= runs[n].extra; k++)
				lost[(uint16_t)(at + k)] = 1;
			at += runs[n].extra;
		}
		while (from < n) {
			size_t len = round & 1 ? rg_rtcp_write_nack_range(p, sizeof(p), 2,
							 runs + from, n - from, &done)
					       : rg_rtcp_write_nack_bitmask(p, sizeof(p), 1, 2,
							 runs + from, n - from, &done);
			struct rg_rtcp_iter it = rg_rtcp_begin(p, len);
			struct rg_rtcp r;

			from += done;
			ck_assert_int_eq(rg_rtcp_next(&it, &r), 1);
			while (rg_rtcp_nack_next(&r.u.nack, &left, &run) == 1) {
				ck_assert_uint_le((uint32_t)run.first + run.extra, 65535);
				for (unsigned k = 0; k <= run.extra; k++)
					seen[run.first + k]++;
			}
		}
		ck_assert_mem_eq(lost, seen, sizeof(lost));
	}
}

END_TEST

TCase *rtcp_write_cases(void)
{
	TCase *t = tcase_create("rtcp_write");

	tcase_add_test(t, golden_packets_are_rebuilt_byte_for_byte);
	tcase_add_test(t, a_packet_that_does_not_fit_is_not_begun);
	tcase_add_test(t, trap_m20_m21_a_cname_is_0_to_255_arbitrary_bytes);
	tcase_add_test(t, trap_m26_m27_the_answer_mirrors_requester_timestamp_and_padding);
	tcase_add_test(t, trap_m28_a_request_never_carries_a_delay);
	tcase_add_test(t, a_loss_count_stops_at_24_bits);
	tcase_add_test(t, trap_m43_m44_a_long_gap_becomes_small_records_and_packets);
	tcase_add_test(t, trap_m45_no_record_crosses_65535);
	tcase_add_test(t, trap_m46_a_number_behind_opens_a_record_of_its_own);
	tcase_add_test(t, what_does_not_fit_is_written_by_the_next_call);
	tcase_add_test(t, requests_survive_a_round_trip_in_both_forms);
	return t;
}
