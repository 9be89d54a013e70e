/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include "base_suites.h"
#include "rg_due.h"
#include "rg_stat.h"

#define OBJECTS 200

START_TEST(the_earliest_deadline_is_always_first)
{
	void *mem = malloc(rg_due_footprint(OBJECTS));
	int64_t at[OBJECTS];
	uint64_t z = 1;
	struct rg_due d;

	rg_due_init(&d, mem, OBJECTS);
	for (int i = 0; i < OBJECTS; i++)
		at[i] = INT64_MAX;
	for (int round = 0; round < 20000; round++) {
		int64_t least = INT64_MAX;
		uint32_t id;

		z = z * UINT64_C(6364136223846793005) + 1;
		id = (uint32_t)(z >> 33) % OBJECTS;
		at[id] = z >> 60 == 0 ? INT64_MAX : (int64_t)(z >> 40) % 1000;
		rg_due_set(&d, id, (rg_time){at[id]});
		for (int i = 0; i < OBJECTS; i++)
			least = rg_min_i64(least, at[i]);
		ck_assert_int_eq(rg_due_next(&d).ns, least);
		if (least != INT64_MAX)
			ck_assert_int_eq(at[rg_due_first(&d)], least);
	}
	free(mem);
}

END_TEST

START_TEST(a_deadline_taken_away_leaves_the_others)
{
	uint64_t mem[64];
	struct rg_due d;

	rg_due_init(&d, mem, 8);
	ck_assert_int_eq(rg_due_next(&d).ns, INT64_MAX);
	rg_due_set(&d, 3, (rg_time){30});
	rg_due_set(&d, 1, (rg_time){10});
	rg_due_set(&d, 1, RG_TIME_NEVER);
	rg_due_set(&d, 1, RG_TIME_NEVER);
	ck_assert_int_eq(rg_due_next(&d).ns, 30);
	ck_assert_uint_eq(rg_due_first(&d), 3);
	rg_due_set(&d, 3, RG_TIME_NEVER);
	ck_assert_int_eq(rg_due_next(&d).ns, INT64_MAX);
}

END_TEST

START_TEST(an_only_object_comes_and_goes)
{
	uint64_t mem[4];
	struct rg_due d;

	rg_due_init(&d, mem, 1);
	ck_assert_int_eq(rg_due_next(&d).ns, INT64_MAX);
	rg_due_set(&d, 0, (rg_time){30});
	rg_due_set(&d, 0, (rg_time){20});
	ck_assert_int_eq(rg_due_next(&d).ns, 20);
	ck_assert_uint_eq(rg_due_first(&d), 0);
	rg_due_set(&d, 0, RG_TIME_NEVER);
	ck_assert_int_eq(rg_due_next(&d).ns, INT64_MAX);
	rg_due_set(&d, 0, (rg_time){40});
	ck_assert_int_eq(rg_due_next(&d).ns, 40);
}

END_TEST

START_TEST(a_block_is_read_whole_or_not_at_all)
{
	struct rg_stat_lock lock = {0};
	_Atomic uint64_t shared[3] = {0};
	const uint64_t src[3] = {7, 8, 9};
	uint64_t dst[3] = {0};

	ck_assert(!rg_stat_read(&lock, shared, dst, sizeof(dst)));
	rg_stat_begin(&lock);
	rg_stat_put(shared, src, sizeof(src));
	ck_assert(!rg_stat_read(&lock, shared, dst, sizeof(dst)));
	rg_stat_end(&lock);
	ck_assert(rg_stat_read(&lock, shared, dst, sizeof(dst)));
	ck_assert_mem_eq(src, dst, sizeof(src));
}

END_TEST

TCase *due_cases(void)
{
	TCase *t = tcase_create("due");

	tcase_add_test(t, the_earliest_deadline_is_always_first);
	tcase_add_test(t, a_deadline_taken_away_leaves_the_others);
	tcase_add_test(t, an_only_object_comes_and_goes);
	tcase_add_test(t, a_block_is_read_whole_or_not_at_all);
	return t;
}
