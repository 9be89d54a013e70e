/* SPDX-License-Identifier: BSD-3-Clause */
#include <check.h>
#include <stdlib.h>

#include "base_suites.h"
#include "rg_seq.h"
#include "rg_time.h"
#include "rg_verdict.h"

START_TEST(widening_takes_the_nearest_number)
{
	static const struct {
		uint32_t ref, want;
		uint16_t s;
	} row[] = {
		{0, 5, 5},
		{0x1fffe, 0x20001, 1},
		{0x20001, 0x1fffe, 0xfffe},
		{0x2ffff, 0x2ffff, 0xffff},
		{0, 0xffffffff, 0xffff},
	};

	for (size_t i = 0; i < RG_ARRAY_LEN(row); i++)
		ck_assert_msg(rg_seq_widen16(row[i].ref, row[i].s) == row[i].want, "row %zu", i);
}

END_TEST

START_TEST(nack_widening_never_passes_the_newest)
{
	ck_assert_uint_eq(rg_seq_widen16_at_most(0x20001, 0x0001), 0x20001);
	ck_assert_uint_eq(rg_seq_widen16_at_most(0x20001, 0x0002), 0x10002);
	ck_assert_uint_eq(rg_seq_widen16_at_most(0x20001, 0xffff), 0x1ffff);
}

END_TEST

START_TEST(trap_m75_timestamp_unwraps_across_2_to_32)
{
	int64_t ref = (INT64_C(1) << 32) - 10;

	ck_assert_int_eq(rg_ts_unwrap(ref, 5), (INT64_C(1) << 32) + 5);
	ck_assert_int_eq(rg_ts_unwrap((INT64_C(1) << 32) + 5, (uint32_t)-10), ref);
}

END_TEST

START_TEST(rtp_ticks_follow_the_golden_conversion)
{
	/* 5.5 s are 495,000 ticks (0x78d98) */
	ck_assert_uint_eq(rg_rtp_ticks_from_ns(5500 * RG_NS_PER_MS), 0x78d98);
	ck_assert_int_eq(rg_rtp_ticks_to_ns(495000), 5500 * RG_NS_PER_MS);
	ck_assert_uint_eq(rg_ntp_from_ns(5500 * RG_NS_PER_MS).v, UINT64_C(0x580000000));
	ck_assert_int_eq(rg_ntp_to_ns((rg_ntp64){UINT64_C(0x580000000)}), 5500 * RG_NS_PER_MS);
}

END_TEST

START_TEST(every_verdict_has_a_key_and_help)
{
	for (int v = 0; v < RG_V_COUNT; v++) {
		ck_assert_ptr_nonnull(rg_verdict_key((enum rg_verdict)v));
		ck_assert_uint_gt(strlen(rg_verdict_help((enum rg_verdict)v)), 0);
	}
}

END_TEST

int main(void)
{
	Suite *s = suite_create("base");
	TCase *t = tcase_create("base");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_test(t, widening_takes_the_nearest_number);
	tcase_add_test(t, nack_widening_never_passes_the_newest);
	tcase_add_test(t, trap_m75_timestamp_unwraps_across_2_to_32);
	tcase_add_test(t, rtp_ticks_follow_the_golden_conversion);
	tcase_add_test(t, every_verdict_has_a_key_and_help);
	suite_add_tcase(s, t);
	suite_add_tcase(s, agenda_cases());
	suite_add_tcase(s, due_cases());
	suite_add_tcase(s, value_cases());
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
