/* SPDX-License-Identifier: BSD-3-Clause */
#include "rg_nack_plan.h"
#include "suites.h"

#define PERCENT(p) ((p)*RG_Q16_ONE / 100)

START_TEST(plan_spends_copies_only_when_rounds_run_out)
{
	static const struct {
		uint32_t rounds, fwd, back;
		uint8_t repeats_max, copies_max;
		uint8_t repeats, copies;
	} row[] = {
		{20, 0, 0, 3, 4, 1, 1}, /* nothing is lost: ask once */
		{20, 1, 1, 3, 4, 1, 1}, {20, 1, 10, 3, 4, 2, 1}, /* one direction is bad */
		{20, 10, 1, 3, 4, 1, 1},
		{20, 30, 30, 3, 4, 3, 1}, /* many rounds: repeats, no copies */
		{11, 30, 30, 3, 4, 3, 1}, {4, 30, 30, 3, 4, 3, 1}, {3, 30, 30, 3, 4, 3, 2},
		{2, 30, 30, 3, 4, 3, 4}, {1, 30, 30, 3, 4, 3, 4}, {10, 50, 50, 3, 4, 3, 1},
		{3, 50, 50, 3, 4, 3, 4}, {3, 10, 10, 3, 4, 2, 1}, {2, 10, 10, 3, 4, 2, 1},
		{1, 10, 10, 3, 4, 2, 4}, {1, 0, 0, 3, 4, 1, 1},
		{1, 30, 30, 3, 1, 3, 1}, /* no bandwidth for copies */
		{3, 30, 30, 1, 8, 1, 1}, /* a sender that answers every NACK */
	};

	for (size_t i = 0; i < RG_ARRAY_LEN(row); i++) {
		struct rg_nack_plan most = {row[i].repeats_max, row[i].copies_max};
		struct rg_nack_plan p = rg_nack_plan(
			row[i].rounds, PERCENT(row[i].fwd), PERCENT(row[i].back), most);

		ck_assert_msg(p.repeats == row[i].repeats && p.copies == row[i].copies,
			"row %zu: %u x %u", i, p.repeats, p.copies);
	}
}

END_TEST

START_TEST(round_fails_when_every_group_lost_its_nacks_or_its_answer)
{
	/* 0.5 + 0.5 x 0.5^2 = 0.625, twice */
	struct rg_nack_plan p = {2, 2};

	ck_assert_uint_eq(rg_nack_round_fails_q16(PERCENT(50), PERCENT(50), p), 25600);
	ck_assert_uint_eq(rg_nack_round_fails_q16(0, 0, p), 0);
}

END_TEST

TCase *plan_cases(void)
{
	TCase *t = tcase_create("plan");

	tcase_add_test(t, plan_spends_copies_only_when_rounds_run_out);
	tcase_add_test(t, round_fails_when_every_group_lost_its_nacks_or_its_answer);
	return t;
}
