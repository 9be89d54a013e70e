/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include "base_suites.h"
#include "rg_agenda.h"

#define OBJECTS 300
#define ROUNDS  20000

struct fixture {
	struct rg_agenda a;
	void *mem;
	int64_t at[OBJECTS]; /* what the agenda should know */
	uint64_t z;
};

static void set_up(struct fixture *f, int64_t now)
{
	f->mem = malloc(rg_agenda_footprint(OBJECTS));
	f->z = 1;
	rg_agenda_init(&f->a, f->mem, OBJECTS, (rg_time){now});
	for (int i = 0; i < OBJECTS; i++)
		f->at[i] = INT64_MAX;
}

static uint64_t dice(struct fixture *f)
{
	f->z = f->z * UINT64_C(6364136223846793005) + 1;
	return f->z >> 20;
}

static int64_t least(const struct fixture *f)
{
	int64_t t = INT64_MAX;

	for (int i = 0; i < OBJECTS; i++)
		t = rg_min_i64(t, f->at[i]);
	return t;
}

static void set(struct fixture *f, uint32_t id, int64_t at)
{
	f->at[id] = at;
	rg_agenda_set(&f->a, id, (rg_time){at});
}

/* Takes what has come by now, and checks that it is all of it and nothing else. */
static unsigned take_all(struct fixture *f, int64_t now, unsigned cap)
{
	uint32_t ids[OBJECTS];
	unsigned n, all = 0;

	while ((n = rg_agenda_take(&f->a, (rg_time){now}, ids, cap)) > 0) {
		for (unsigned i = 0; i < n; i++) {
			ck_assert_int_le(f->at[ids[i]], now);
			f->at[ids[i]] = INT64_MAX;
		}
		all += n;
	}
	ck_assert_int_gt(least(f), now);
	return all;
}

/* From a microsecond to ten seconds, so that all parts of the wheel are used, and what it does not
 * reach. */
START_TEST(the_earliest_deadline_is_exact_however_far_it_is)
{
	int64_t now = INT64_C(987654321012);
	struct fixture f;
	unsigned taken = 0;

	set_up(&f, now);
	for (int round = 0; round < ROUNDS; round++) {
		uint32_t id = (uint32_t)(dice(&f) % OBJECTS);
		int64_t span = INT64_C(1) << (10 + dice(&f) % 24);

		set(&f, id, dice(&f) % 16 ? now + (int64_t)(dice(&f) % (uint64_t)span) : INT64_MAX);
		ck_assert_int_eq(rg_agenda_next(&f.a).ns, least(&f));
		if (dice(&f) % 4 == 0) {
			now += (int64_t)(dice(&f) % (uint64_t)(INT64_C(1) << dice(&f) % 28));
			taken += take_all(&f, now, 1 + (unsigned)(dice(&f) % OBJECTS));
			ck_assert_int_eq(rg_agenda_next(&f.a).ns, least(&f));
		}
	}
	ck_assert_uint_gt(taken, 1000);
	free(f.mem);
}

END_TEST

START_TEST(nothing_is_lost_in_a_pause_longer_than_the_wheel)
{
	struct fixture f;

	set_up(&f, 0);
	for (uint32_t i = 0; i < OBJECTS; i++)
		set(&f, i, i * RG_NS_PER_S / 100);
	ck_assert_uint_eq(take_all(&f, 2 * RG_NS_PER_S, 7), 201);
	ck_assert_int_eq(rg_agenda_next(&f.a).ns, 201 * RG_NS_PER_S / 100);
	ck_assert_uint_eq(take_all(&f, 100 * RG_NS_PER_S, 7), OBJECTS - 201);
	ck_assert_int_eq(rg_agenda_next(&f.a).ns, INT64_MAX);
	free(f.mem);
}

END_TEST

/* Who always has more to do is set again for now: the others of that moment come first. */
START_TEST(whoever_is_due_again_starves_nobody)
{
	uint32_t ids[OBJECTS];
	struct fixture f;
	unsigned seen = 0;

	set_up(&f, 1000);
	for (uint32_t i = 0; i < OBJECTS; i++)
		set(&f, i, 1000);
	for (int step = 0; step < 3; step++) {
		unsigned n = rg_agenda_take(&f.a, (rg_time){1000}, ids, OBJECTS / 3);

		ck_assert_uint_eq(n, OBJECTS / 3);
		for (unsigned i = 0; i < n; i++, seen++) {
			ck_assert_uint_eq(ids[i], seen);
			rg_agenda_set(&f.a, ids[i], (rg_time){1000});
		}
	}
	free(f.mem);
}

END_TEST

START_TEST(a_deadline_that_has_passed_is_due_at_once)
{
	struct fixture f;

	set_up(&f, RG_NS_PER_S);
	set(&f, 5, 17);
	ck_assert_int_eq(rg_agenda_next(&f.a).ns, 17);
	ck_assert_uint_eq(take_all(&f, RG_NS_PER_S, OBJECTS), 1);
	free(f.mem);
}

END_TEST

TCase *agenda_cases(void)
{
	TCase *t = tcase_create("agenda");

	tcase_add_test(t, the_earliest_deadline_is_exact_however_far_it_is);
	tcase_add_test(t, nothing_is_lost_in_a_pause_longer_than_the_wheel);
	tcase_add_test(t, whoever_is_due_again_starves_nobody);
	tcase_add_test(t, a_deadline_that_has_passed_is_due_at_once);
	return t;
}
