/* SPDX-License-Identifier: BSD-3-Clause */
#include <check.h>

#include "base_suites.h"
#include "rg_addr.h"
#include "rg_bytes.h"
#include "rg_seq.h"
#include "rg_time.h"

START_TEST(integers_are_big_endian_at_any_alignment)
{
	uint8_t p[16] = {0};

	for (size_t at = 0; at < 8; at++) {
		rg_put64(p + at, UINT64_C(0x0102030405060708));
		for (size_t i = 0; i < 8; i++)
			ck_assert_uint_eq(p[at + i], i + 1);
		ck_assert_uint_eq(rg_get64(p + at), UINT64_C(0x0102030405060708));
		ck_assert_uint_eq(rg_get32(p + at), 0x01020304);
		ck_assert_uint_eq(rg_get16(p + at), 0x0102);
		rg_put32(p + at, 0xfffefdfc);
		ck_assert_uint_eq(rg_get32(p + at), 0xfffefdfc);
		rg_put16(p + at, 0x8001);
		ck_assert_uint_eq(rg_get16(p + at), 0x8001);
	}
}

END_TEST

START_TEST(addresses_compare_by_family_host_and_port)
{
	struct rg_addr a = {.ip = {10, 9, 0, 1}, .port = 5000, .af = RG_AF_IP4};
	struct rg_addr b = a;

	ck_assert(rg_addr_eq(&a, &b));
	b.port = 5001;
	ck_assert(!rg_addr_eq(&a, &b) && rg_addr_same_host(&a, &b));
	b.af = RG_AF_IP6;
	ck_assert(!rg_addr_same_host(&a, &b));
}

END_TEST

START_TEST(groups_and_the_empty_address_are_known)
{
	static const struct {
		struct rg_addr a;
		bool group, any;
	} row[] = {
		{{.ip = {224, 0, 0, 1}, .af = RG_AF_IP4}, true, false},
		{{.ip = {239, 255, 255, 255}, .af = RG_AF_IP4}, true, false},
		{{.ip = {240, 0, 0, 1}, .af = RG_AF_IP4}, false, false},
		{{.ip = {223, 0, 0, 1}, .af = RG_AF_IP4}, false, false},
		{{.ip = {0xff, 2, [15] = 1}, .af = RG_AF_IP6}, true, false},
		{{.ip = {0xfe, 0x80, [15] = 1}, .af = RG_AF_IP6}, false, false},
		{{.ip = {0xe0}, .af = RG_AF_IP6}, false, false},
		{{.port = 5000, .af = RG_AF_IP6}, false, true},
		{{.af = RG_AF_NONE}, false, true},
	};

	for (size_t i = 0; i < RG_ARRAY_LEN(row); i++) {
		ck_assert_msg(rg_addr_is_multicast(&row[i].a) == row[i].group, "row %zu", i);
		ck_assert_msg(rg_addr_is_any(&row[i].a) == row[i].any, "row %zu", i);
	}
}

END_TEST

START_TEST(distance_on_the_circle_has_a_sign)
{
	ck_assert_int_eq(rg_seq_diff(5, 3), 2);
	ck_assert_int_eq(rg_seq_diff(3, 5), -2);
	ck_assert_int_eq(rg_seq_diff(1, UINT32_MAX), 2);
	ck_assert_int_eq(rg_seq_diff(UINT32_MAX, 1), -2);
}

END_TEST

START_TEST(widening_follows_16_bits_round_the_32_bit_circle)
{
	uint32_t wide = UINT32_MAX - 70000;

	for (uint32_t n = 0; n < 200000; n++, wide++) {
		ck_assert_uint_eq(rg_seq_widen16(wide, (uint16_t)(wide + 1)), wide + 1);
		ck_assert_uint_eq(rg_seq_widen16(wide, (uint16_t)(wide - 32767)), wide - 32767);
		ck_assert_uint_eq(rg_seq_widen16(wide, (uint16_t)(wide + 32767)), wide + 32767);
		ck_assert_uint_eq(
			rg_seq_widen16_at_most(wide, (uint16_t)(wide - 65535)), wide - 65535);
		ck_assert_uint_eq(rg_seq_widen16_at_most(wide, (uint16_t)wide), wide);
	}
}

END_TEST

START_TEST(ntp_time_comes_back_to_the_nanosecond_below)
{
	static const int64_t ns[] = {0, 1, 999999999, 1000000000, INT64_C(1763888400123456789),
		INT64_C(3972877200999999999)};

	for (size_t i = 0; i < RG_ARRAY_LEN(ns); i++) {
		int64_t back = rg_ntp_to_ns(rg_ntp_from_ns(ns[i]));

		ck_assert_msg(back == ns[i] || back == ns[i] - 1, "row %zu", i);
	}
}

END_TEST

START_TEST(ticks_come_back_within_one_tick)
{
	for (int64_t ns = 0; ns < 3 * RG_NS_PER_S; ns += 777777) {
		int64_t back = rg_rtp_ticks_to_ns((int64_t)rg_rtp_ticks_from_ns(ns));

		ck_assert(back <= ns && ns - back <= RG_NS_PER_S / RG_RTP_HZ + 1);
	}
	/* 100 years do not overflow on the way */
	ck_assert_uint_eq(rg_rtp_ticks_from_ns(INT64_C(3155760000) * RG_NS_PER_S),
		UINT64_C(3155760000) * RG_RTP_HZ);
	ck_assert_int_eq(rg_rtp_ticks_to_ns(-9), -100000);
}

END_TEST

START_TEST(small_helpers_keep_their_ends)
{
	ck_assert_uint_eq(rg_pow2_ceil(1), 1);
	ck_assert_uint_eq(rg_pow2_ceil(3), 4);
	ck_assert_uint_eq(rg_pow2_ceil(4096), 4096);
	ck_assert_uint_eq(rg_pow2_ceil(UINT32_C(1) << 31), UINT32_C(1) << 31);
	ck_assert_uint_eq(rg_align_up(0, 64), 0);
	ck_assert_uint_eq(rg_align_up(1, 64), 64);
	ck_assert_uint_eq(rg_align_up(64, 64), 64);
	ck_assert_int_eq(rg_clamp_i64(-5, -3, 7), -3);
	ck_assert_int_eq(rg_clamp_i64(9, -3, 7), 7);
	ck_assert_int_eq(rg_clamp_i64(0, -3, 7), 0);
}

END_TEST

TCase *value_cases(void)
{
	TCase *t = tcase_create("values");

	tcase_add_test(t, integers_are_big_endian_at_any_alignment);
	tcase_add_test(t, addresses_compare_by_family_host_and_port);
	tcase_add_test(t, groups_and_the_empty_address_are_known);
	tcase_add_test(t, distance_on_the_circle_has_a_sign);
	tcase_add_test(t, widening_follows_16_bits_round_the_32_bit_circle);
	tcase_add_test(t, ntp_time_comes_back_to_the_nanosecond_below);
	tcase_add_test(t, ticks_come_back_within_one_tick);
	tcase_add_test(t, small_helpers_keep_their_ends);
	return t;
}
