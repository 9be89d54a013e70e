/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include "impair.h"
#include "rg_time.h"
#include "test_link.h"

#define MANY 200000

/* Shares of MANY datagrams, in percent. */
struct census {
	double lost, run, held, twice; /* run: mean length of a run of losses */
	int64_t min_ns, max_ns;
};

static struct census take_census(const struct impair_conf *c, uint64_t seed)
{
	struct impair im;
	struct census k = {.min_ns = INT64_MAX};
	uint32_t lost = 0, runs = 0, held = 0, twice = 0;
	bool before = false;

	impair_init(&im, c, seed, 0, 0);
	for (int i = 0; i < MANY; i++) {
		struct impair_fate f = impair_next(&im);

		lost += f.n_copies == 0;
		runs += f.n_copies == 0 && !before;
		before = f.n_copies == 0;
		if (f.n_copies == 0)
			continue;
		twice += f.n_copies == 2;
		held += f.delay_ns[0] > c->delay_ns + c->jitter_ns;
		k.min_ns = rg_min_i64(k.min_ns, f.delay_ns[0]);
		k.max_ns = rg_max_i64(k.max_ns, f.delay_ns[0]);
	}
	k.lost = 100.0 * lost / MANY;
	k.run = runs ? (double)lost / runs : 0;
	k.held = 100.0 * held / (MANY - lost + (lost == MANY));
	k.twice = 100.0 * twice / (MANY - lost + (lost == MANY));
	return k;
}

START_TEST(loss_comes_at_its_rate_and_in_runs_of_its_mean)
{
	static const struct {
		double loss, run;
		uint32_t burst;
	} row[] = {
		{0, 0, 0},
		{0.1, 1.001, 0},
		{10, 1.111, 1}, /* independent: 1 / (1 - p) */
		{50, 2, 0},
		{5, 20, 20},
		{25, 4, 4},
		{80, 10, 10},
		{100, MANY, 0},
		{100, MANY, 20},
	};

	for (size_t i = 0; i < RG_ARRAY_LEN(row); i++) {
		struct impair_conf c = {.loss = impair_percent(row[i].loss), .burst = row[i].burst};
		struct census k = take_census(&c, 1 + i);
		double slack = row[i].burst > 1 ? 0.1 : 0.03;

		ck_assert(impair_conf_possible(&c));
		ck_assert_msg(k.lost >= row[i].loss * (1 - slack) - 0.01 &&
				k.lost <= row[i].loss * (1 + slack) + 0.01,
			"row %zu: lost %.2f %%", i, k.lost);
		ck_assert_msg(
			k.run >= row[i].run * (1 - slack) && k.run <= row[i].run * (1 + slack),
			"row %zu: runs of %.2f", i, k.run);
	}
}

END_TEST

START_TEST(a_run_shorter_than_chance_is_refused)
{
	struct impair_conf c = {.loss = impair_percent(90), .burst = 2};

	ck_assert(!impair_conf_possible(&c));
	c.burst = 9;
	ck_assert(impair_conf_possible(&c));
	c.burst = 0;
	ck_assert(impair_conf_possible(&c));
}

END_TEST

START_TEST(delay_spreads_over_the_jitter_and_no_further)
{
	struct impair_conf c = {.delay_ns = 20 * RG_NS_PER_MS, .jitter_ns = 15 * RG_NS_PER_MS};
	struct census k = take_census(&c, 7);

	ck_assert_int_ge(k.min_ns, c.delay_ns);
	ck_assert_int_lt(k.min_ns, c.delay_ns + RG_NS_PER_MS / 100);
	ck_assert_int_le(k.max_ns, c.delay_ns + c.jitter_ns);
	ck_assert_int_gt(k.max_ns, c.delay_ns + c.jitter_ns - RG_NS_PER_MS / 100);
}

END_TEST

START_TEST(holding_back_and_doubling_come_at_their_rates)
{
	struct impair_conf c = {.reorder = impair_percent(2), .duplicate = impair_percent(3)};
	struct census k = take_census(&c, 9);

	ck_assert(k.held > 1.9 && k.held < 2.1);
	ck_assert(k.twice > 2.85 && k.twice < 3.15);
	ck_assert_int_eq(k.min_ns, 0);
	ck_assert_int_le(k.max_ns, 5 * RG_NS_PER_MS);
}

END_TEST

/* How many of the first datagrams two links treat differently. */
static int differences(uint64_t seed, uint32_t path, uint32_t dir)
{
	struct impair_conf c = {.loss = impair_percent(30),
		.jitter_ns = RG_NS_PER_MS,
		.duplicate = impair_percent(10)};
	struct impair a, b;
	int n = 0;

	impair_init(&a, &c, 1, 0, 0);
	impair_init(&b, &c, seed, path, dir);
	for (int i = 0; i < 1000; i++) {
		struct impair_fate x = impair_next(&a), y = impair_next(&b);

		n += x.n_copies != y.n_copies || x.delay_ns[0] != y.delay_ns[0] ||
			x.delay_ns[1] != y.delay_ns[1];
	}
	return n;
}

START_TEST(fate_follows_from_seed_path_direction_and_number)
{
	ck_assert_int_eq(differences(1, 0, 0), 0);
	ck_assert_int_gt(differences(2, 0, 0), 500);
	ck_assert_int_gt(differences(1, 1, 0), 500);
	ck_assert_int_gt(differences(1, 0, 1), 500);
}

END_TEST

START_TEST(fate_is_the_same_on_every_compiler)
{
	static const uint32_t lost_of_seed_1[] = {14, 22, 26, 27, 52, 63, 74, 77, 80, 95};
	struct impair_conf c = {.loss = impair_percent(10)};
	struct impair im;
	size_t k = 0;

	impair_init(&im, &c, 1, 0, 0);
	for (uint32_t n = 0; n < 100; n++)
		if (impair_next(&im).n_copies == 0) {
			ck_assert_uint_lt(k, RG_ARRAY_LEN(lost_of_seed_1));
			ck_assert_uint_eq(n, lost_of_seed_1[k++]);
		}
	ck_assert_uint_eq(k, RG_ARRAY_LEN(lost_of_seed_1));
}

END_TEST

START_TEST(other_settings_do_not_change_who_is_lost)
{
	struct impair_conf plain = {.loss = impair_percent(20)}, rich = plain;
	struct impair a, b;

	rich.delay_ns = rich.jitter_ns = 20 * RG_NS_PER_MS;
	rich.duplicate = rich.reorder = impair_percent(50);
	impair_init(&a, &plain, 5, 0, 0);
	impair_init(&b, &rich, 5, 0, 0);
	for (int i = 0; i < 1000; i++)
		ck_assert_int_eq(impair_next(&a).n_copies == 0, impair_next(&b).n_copies == 0);
}

END_TEST

TCase *impair_tests(void)
{
	TCase *t = tcase_create("impair");

	tcase_add_test(t, loss_comes_at_its_rate_and_in_runs_of_its_mean);
	tcase_add_test(t, a_run_shorter_than_chance_is_refused);
	tcase_add_test(t, delay_spreads_over_the_jitter_and_no_further);
	tcase_add_test(t, holding_back_and_doubling_come_at_their_rates);
	tcase_add_test(t, fate_follows_from_seed_path_direction_and_number);
	tcase_add_test(t, fate_is_the_same_on_every_compiler);
	tcase_add_test(t, other_settings_do_not_change_who_is_lost);
	return t;
}
