/* SPDX-License-Identifier: BSD-3-Clause */
#include "lane.h"
#include "test_link.h"

#define MS(x) ((rg_time){(x)*RG_NS_PER_MS})

static int item[8];

static struct lane open_lane(struct lane_conf c)
{
	struct lane l;

	ck_assert_int_eq(lane_init(&l, &c, 4, 1, 0, 0), 0);
	return l;
}

START_TEST(due_entries_leave_in_time_order_and_ties_as_they_came)
{
	static const int64_t due[] = {5, 1, 3, 3, 9, 3, 1, 7};
	static const int want[] = {1, 6, 2, 3, 5, 0, 7, 4};
	struct queue q;
	struct queue_entry e;

	ck_assert_int_eq(queue_init(&q, 8), 0);
	ck_assert_int_eq(queue_next(&q).ns, RG_TIME_NEVER.ns);
	for (uint64_t i = 0; i < 8; i++)
		ck_assert(queue_push(
			&q, &(struct queue_entry){.due = MS(due[i]), .n = i, .item = &item[i]}));
	ck_assert(!queue_push(&q, &(struct queue_entry){.due = MS(0)}));
	ck_assert_int_eq(queue_next(&q).ns, MS(1).ns);
	ck_assert(!queue_pop(&q, MS(0), &e));
	for (int i = 0; i < 8; i++) {
		ck_assert(queue_pop(&q, MS(9), &e));
		ck_assert_ptr_eq(e.item, &item[want[i]]);
	}
	ck_assert(!queue_pop(&q, MS(9), &e));
	queue_fini(&q);
}

END_TEST

START_TEST(rate_spaces_datagrams_and_its_queue_drops_the_newest)
{
	/* 1,250 bytes at 1 Mb/s take 10 ms */
	struct lane l = open_lane((struct lane_conf){.rate_bps = 1000000, .queue = 2});
	struct lane_offer o;

	o = lane_offer(&l, MS(0), 1250);
	ck_assert_int_eq(o.due[0].ns, MS(10).ns);
	o = lane_offer(&l, MS(0), 1250);
	ck_assert_int_eq(o.due[0].ns, MS(20).ns);
	o = lane_offer(&l, MS(1), 1250);
	ck_assert_uint_eq(o.n_copies, 0);
	ck_assert_uint_eq(l.stats.overflowed, 1);
	o = lane_offer(&l, MS(10), 1250);
	ck_assert_int_eq(o.due[0].ns, MS(30).ns);
	o = lane_offer(&l, MS(100), 1250);
	ck_assert_int_eq(o.due[0].ns, MS(110).ns);
	lane_fini(&l);
}

END_TEST

START_TEST(one_that_leaves_behind_a_later_one_is_counted)
{
	struct lane l = open_lane((struct lane_conf){0});
	struct lane_offer first = lane_offer(&l, MS(5), 100), second = lane_offer(&l, MS(1), 100);

	ck_assert(lane_put(&l, &first, 0, &item[0]));
	ck_assert(lane_put(&l, &second, 0, &item[1]));
	ck_assert_ptr_null(lane_take(&l, MS(0)));
	ck_assert_ptr_eq(lane_take(&l, MS(5)), &item[1]);
	ck_assert_ptr_eq(lane_take(&l, MS(5)), &item[0]);
	ck_assert_uint_eq(l.stats.reordered, 1);
	lane_fini(&l);
}

END_TEST

START_TEST(every_datagram_is_accounted_for)
{
	struct lane l = open_lane((struct lane_conf){
		.impair = {.loss = impair_percent(30), .duplicate = impair_percent(20)}});
	const struct lane_stats *s = &l.stats;

	for (int t = 0; t < 1000; t++) {
		struct lane_offer o = lane_offer(&l, MS(t), 100);

		for (uint32_t i = o.n_copies; i-- > 0;)
			(void)lane_put(&l, &o, i, &item[0]);
		while (t % 3 == 0 && lane_take(&l, MS(t)))
			lane_sent(&l, 100);
	}
	ck_assert_uint_gt(s->overflowed, 0);
	ck_assert_uint_eq(s->received, 1000);
	ck_assert_uint_eq(s->received,
		s->dropped + s->overflowed + s->forwarded - s->duplicated + l.queue.len);
	lane_fini(&l);
}

END_TEST

START_TEST(what_is_no_datagram_is_delayed_and_never_lost)
{
	struct lane l = open_lane((struct lane_conf){
		.impair = {.loss = IMPAIR_ALWAYS, .delay_ns = 20 * RG_NS_PER_MS}});

	ck_assert(lane_put_other(&l, MS(1), &item[0]));
	ck_assert_ptr_null(lane_take(&l, MS(20)));
	ck_assert_ptr_eq(lane_take(&l, MS(21)), &item[0]);
	ck_assert_uint_eq(l.stats.received, 0);
	ck_assert_uint_eq(l.impair.n, 0);
	lane_fini(&l);
}

END_TEST

TCase *lane_tests(void)
{
	TCase *t = tcase_create("lane");

	tcase_add_test(t, due_entries_leave_in_time_order_and_ties_as_they_came);
	tcase_add_test(t, rate_spaces_datagrams_and_its_queue_drops_the_newest);
	tcase_add_test(t, one_that_leaves_behind_a_later_one_is_counted);
	tcase_add_test(t, every_datagram_is_accounted_for);
	tcase_add_test(t, what_is_no_datagram_is_delayed_and_never_lost);
	return t;
}
