/* SPDX-License-Identifier: BSD-3-Clause */
#include <check.h>
#include <stdlib.h>

#include "rg_rtt.h"

#define MS RG_NS_PER_MS

START_TEST(first_sample_sets_the_estimate)
{
	struct rg_rtt r = {0};

	ck_assert_int_eq(rg_rtt_clamped(&r, 5 * MS, 500 * MS), 5 * MS);
	rg_rtt_sample(&r, 40 * MS);
	ck_assert_int_eq(r.ewma_ns, 40 * MS);
	ck_assert_int_eq(r.last_ns, 40 * MS);
	ck_assert_int_eq(rg_rtt_clamped(&r, 5 * MS, 500 * MS), 40 * MS);
}

END_TEST

START_TEST(later_samples_move_it_by_an_eighth)
{
	struct rg_rtt r = {0};

	rg_rtt_sample(&r, 40 * MS);
	rg_rtt_sample(&r, 48 * MS);
	ck_assert_int_eq(r.ewma_ns, 41 * MS);
	ck_assert_int_eq(r.var_ns, 17 * MS); /* 20 + (8 - 20) / 4 */
	ck_assert_int_eq(r.min_ns, 40 * MS);
	ck_assert_int_eq(r.last_ns, 48 * MS);
	ck_assert_uint_eq(r.samples, 2);
}

END_TEST

START_TEST(nonsense_samples_are_ignored)
{
	struct rg_rtt r = {0};

	rg_rtt_sample(&r, 0);
	rg_rtt_sample(&r, -MS);
	rg_rtt_sample(&r, 10 * RG_NS_PER_S + 1);
	ck_assert_uint_eq(r.samples, 0);
}

END_TEST

START_TEST(estimate_is_clamped_both_ways)
{
	struct rg_rtt r = {0};

	rg_rtt_sample(&r, MS);
	ck_assert_int_eq(rg_rtt_clamped(&r, 3 * MS, 500 * MS), 3 * MS);
	r.ewma_ns = 900 * MS;
	ck_assert_int_eq(rg_rtt_clamped(&r, 3 * MS, 500 * MS), 500 * MS);
}

END_TEST

int main(void)
{
	Suite *s = suite_create("path");
	TCase *t = tcase_create("rtt");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_test(t, first_sample_sets_the_estimate);
	tcase_add_test(t, later_samples_move_it_by_an_eighth);
	tcase_add_test(t, nonsense_samples_are_ignored);
	tcase_add_test(t, estimate_is_clamped_both_ways);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
