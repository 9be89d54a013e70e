/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include "rg_flow_tx.h"
#include "rg_round.h"
#include "suites.h"

#define LANE 64

static struct rg_flow_tx *tx;
static struct rg_media sent[LANE];
static struct rg_dropped dropped[LANE];
static struct rg_flow_tx_out out;
static struct rg_media last; /* pushed */
static bool kept;

static void setup(struct rg_flow_tx_conf c)
{
	free(tx);
	if (posix_memalign((void **)&tx, RG_CACHE_LINE, rg_flow_tx_footprint(&c)) != 0)
		abort();
	tx = rg_flow_tx_init(tx, &c, at_ms(0));
}

static struct rg_flow_tx_conf usual(void)
{
	return (struct rg_flow_tx_conf){
		.congestion = RG_CONGESTION_NORMAL,
		.first_seq = 65530,
		.seq_bits = 16,
		.history_slots = 64,
		.history_ns = 1000 * MS,
		.rtt_min_ns = 50 * MS,
		.rtt_max_ns = 500 * MS,
		.max_retries = 3,
		.bandwidth_Bps = 12500000,
		.keep_history = 1,
	};
}

static void fresh_out(void)
{
	out = (struct rg_flow_tx_out){
		.send = sent, .send_cap = LANE, .drop = dropped, .drop_cap = LANE};
}

static void push(int64_t ms, unsigned n)
{
	static uint8_t payload[1316];

	for (unsigned i = 0; i < n; i++) {
		last = (struct rg_media){.buf = {payload},
			.data = payload,
			.len = sizeof(payload),
			.flow_id = 0xace0ac0,
			.src_ns = ms * MS};
		fresh_out();
		kept = rg_flow_tx_push(tx, at_ms(ms), &last, 1, &out);
	}
}

static unsigned asked(int64_t ms, uint32_t first, uint32_t n)
{
	struct rg_run run = {first, n};

	fresh_out();
	rg_flow_tx_poll(tx, at_ms(ms), &out); /* what is due anyway, the tail of a pause */
	rg_flow_tx_nack(tx, at_ms(ms), &run, 1);
	fresh_out();
	rg_flow_tx_poll(tx, at_ms(ms), &out);
	return out.n_send;
}

static struct rg_flow_tx_stats stats(void)
{
	struct rg_flow_tx_stats s;

	rg_flow_tx_stats(tx, at_ms(0), &s);
	return s;
}

START_TEST(push_numbers_and_keeps)
{
	setup(usual());
	push(0, 1);
	ck_assert(kept);
	ck_assert_uint_eq(last.seq, 65530);
	ck_assert_uint_eq(last.flags, 0);
	ck_assert_int_eq(last.arrival.ns, 0);
	ck_assert_uint_eq(out.n_drop, 0);
	push(1, 9);
	ck_assert_uint_eq(rg_flow_tx_newest(tx), 65539);
}

END_TEST

START_TEST(retransmission_is_the_same_packet_marked)
{
	setup(usual());
	push(7, 3);
	ck_assert_uint_eq(asked(30, 65531, 2), 2);
	ck_assert_uint_eq(sent[0].seq, 65531);
	ck_assert_uint_eq(sent[0].flags, RG_MEDIA_RETX);
	ck_assert_int_eq(sent[0].src_ns, 7 * MS);
	ck_assert_uint_eq(stats().retransmitted, 2);
}

END_TEST

START_TEST(repeated_nacks_of_one_round_are_answered_once)
{
	setup(usual());
	push(0, 1);
	ck_assert_uint_eq(asked(30, 65530, 1), 1);
	ck_assert_uint_eq(asked(32, 65530, 1), 0);
	ck_assert_uint_eq(asked(34, 65530, 1), 0);
	ck_assert_uint_eq(stats().retransmit_suppressed, 2);
	ck_assert_uint_eq(asked(38, 65530, 1), 1); /* the next group: a copy */
}

END_TEST

START_TEST(trap_m49_aggressive_mode_waits_a_round_trip)
{
	struct rg_flow_tx_conf c = usual();

	c.congestion = RG_CONGESTION_AGGRESSIVE;
	setup(c);
	push(0, 1);
	rg_flow_tx_set_rtt(tx, 80 * MS);
	ck_assert_uint_eq(asked(30, 65530, 1), 1);
	ck_assert_uint_eq(asked(109, 65530, 1), 0);
	ck_assert_uint_eq(asked(110, 65530, 1), 1);
}

END_TEST

START_TEST(a_receiver_that_asks_once_a_round_trip_gets_copies_in_late_rounds)
{
	static const unsigned answers[] = {1, 2, 3, 3, 3};
	struct rg_flow_tx_conf c = usual();

	c.max_retries = 5;
	setup(c);
	push(0, 34);
	for (uint32_t i = 1; i < 34; i++)
		ck_assert_uint_eq(asked(28, 65530 + i, 1), 1);
	for (int round = 0; round < 5; round++)
		ck_assert_uint_eq(asked(30 + round * 60, 65530, 1), answers[round]);
	/* it begins to ask for copies by itself */
	for (int i = 0; i < 5; i++)
		asked(332 + 2 * i, 65531, 1);
	for (int round = 0; round < 5; round++)
		ck_assert_uint_eq(asked(350 + round * 60, 65532, 1), round < 4);
}

END_TEST

START_TEST(copies_of_a_round_count_once_against_max_retries)
{
	setup(usual());
	push(0, 1);
	for (int round = 0; round < 3; round++) {
		ck_assert_uint_eq(asked(100 + round * 60, 65530, 1), 1);
		ck_assert_uint_eq(asked(108 + round * 60, 65530, 1), 1);
	}
	ck_assert_uint_eq(asked(300, 65530, 1), 0);
	ck_assert_uint_eq(stats().retransmit_exhausted, 1);
}

END_TEST

START_TEST(trap_m72_a_huge_nack_costs_no_more_than_the_history)
{
	setup(usual());
	push(0, 10);
	ck_assert_uint_eq(asked(30, 0, 65536), 0);
	ck_assert_uint_eq(stats().nacked, 65536);
	ck_assert_uint_eq(stats().retransmit_skipped, 65536);
}

END_TEST

START_TEST(history_goes_by_time_and_by_slots)
{
	setup(usual());
	push(0, 64);
	push(1, 1);
	ck_assert_uint_eq(out.n_drop, 1);
	ck_assert_uint_eq(dropped[0].verdict, RG_V_HISTORY_EXPIRED);
	ck_assert_int_le(rg_flow_tx_wakeup(tx).ns, 1002 * MS);
	fresh_out();
	rg_flow_tx_poll(tx, at_ms(1000), &out);
	ck_assert_uint_eq(out.n_drop, 63);
	ck_assert_uint_eq(asked(1000, 65531, 1), 0);
	ck_assert_uint_eq(stats().retransmit_skipped, 1);
}

END_TEST

START_TEST(trap_m53_retransmissions_stay_inside_the_bandwidth)
{
	struct rg_flow_tx_conf c = usual();
	unsigned n;

	c.bandwidth_Bps = 125000; /* 20 ms of it: 2500 bytes */
	setup(c);
	push(0, 10);
	ck_assert_uint_eq(asked(0, 65530, 10), 0);
	ck_assert_int_gt(rg_flow_tx_wakeup(tx).ns, 0);
	ck_assert_int_lt(rg_flow_tx_wakeup(tx).ns, 60 * MS);
	fresh_out();
	rg_flow_tx_poll(tx, at_ms(45), &out);
	n = out.n_send;
	ck_assert_uint_ge(n, 1);
	ck_assert_uint_le(n, 3);
	fresh_out();
	rg_flow_tx_poll(tx, at_ms(51), &out);
	ck_assert_uint_gt(stats().bandwidth_skipped, 0);
}

END_TEST

START_TEST(after_the_end_the_last_packet_is_repeated_over_the_buffer)
{
	unsigned n = 0;

	setup(usual());
	push(0, 5);
	rg_flow_tx_end(tx, at_ms(0), 500 * MS);
	for (rg_time t = rg_flow_tx_wakeup(tx); t.ns <= 600 * MS; t = rg_flow_tx_wakeup(tx)) {
		fresh_out();
		rg_flow_tx_poll(tx, t, &out);
		for (unsigned i = 0; i < out.n_send; i++, n++) {
			ck_assert_uint_eq(sent[i].seq, 65534);
			ck_assert_uint_eq(sent[i].flags, 0);
			ck_assert_int_le(t.ns, 500 * MS);
		}
	}
	ck_assert_uint_ge(n, 70);
	ck_assert_uint_le(n, 150);
	push(700, 1); /* input again */
	ck_assert_int_ge(rg_flow_tx_wakeup(tx).ns, 720 * MS);
}

END_TEST

/* A datagram input has no end that anybody tells. */
START_TEST(trap_m5_a_pause_that_is_long_for_the_input_repeats_its_last_packet)
{
	unsigned n = 0;

	setup(usual());
	for (int64_t ms = 0; ms < 300; ms += 10) {
		push(ms, 1);
		fresh_out();
		rg_flow_tx_poll(tx, at_ms(ms + 9), &out);
		ck_assert_uint_eq(out.n_send, 0); /* usual gaps are no pause */
	}
	for (rg_time t = rg_flow_tx_wakeup(tx); t.ns <= 700 * MS; t = rg_flow_tx_wakeup(tx)) {
		fresh_out();
		rg_flow_tx_poll(tx, t, &out);
		for (unsigned i = 0; i < out.n_send; i++, n++)
			ck_assert_uint_eq(sent[i].seq, rg_flow_tx_newest(tx));
	}
	ck_assert_uint_ge(n, 10);
}

END_TEST

START_TEST(without_history_push_keeps_nothing)
{
	struct rg_flow_tx_conf c = usual();

	c.keep_history = 0;
	setup(c);
	push(0, 1);
	ck_assert(!kept);
	ck_assert_uint_eq(out.n_drop, 0);
	ck_assert(rg_flow_tx_empty(tx));
	push(1, 1);
	ck_assert_uint_eq(last.seq, 65531);
	ck_assert_uint_eq(asked(1, 65530, 1), 0);
}

END_TEST

static struct rg_flow_tx *joined(uint32_t first_seq)
{
	struct rg_flow_tx_conf c = usual();
	struct rg_flow_tx *f;

	c.joins = 1;
	c.first_seq = first_seq;
	if (posix_memalign((void **)&f, RG_CACHE_LINE, rg_flow_tx_footprint(&c)) != 0)
		abort();
	rg_flow_tx_init(f, &c, at_ms(0));
	rg_flow_tx_join(f, tx);
	return f;
}

START_TEST(who_joins_sends_the_same_under_its_own_numbers)
{
	struct rg_flow_tx *first, *second;
	struct rg_run run = {1003, 1};

	setup(usual());
	first = tx;
	second = joined(1000);
	for (int i = 0; i < 5; i++) {
		push(1 + i, 1);
		fresh_out();
		ck_assert(!rg_flow_tx_push(second, at_ms(1 + i), &last, 1, &out));
		ck_assert_uint_eq(last.seq, 1000 + i);
	}
	/* 1003 of the one is 65533 of the other, and each is asked for itself */
	fresh_out();
	rg_flow_tx_nack(second, at_ms(10), &run, 1);
	rg_flow_tx_poll(second, at_ms(10), &out);
	ck_assert_uint_eq(out.n_send, 1);
	ck_assert_uint_eq(sent[0].seq, 1003);
	ck_assert_int_eq(sent[0].src_ns, 4 * MS);
	ck_assert_uint_eq(asked(10, 65533, 1), 1);
	ck_assert_int_eq(sent[0].src_ns, 4 * MS);
	ck_assert_uint_eq(asked(11, 65533, 1), 0);
	/* the first alone gives back */
	fresh_out();
	rg_flow_tx_poll(second, at_ms(3000), &out);
	ck_assert_uint_eq(out.n_drop, 0);
	ck_assert(rg_flow_tx_empty(second));
	ck_assert(!rg_flow_tx_empty(first));
	fresh_out();
	rg_flow_tx_poll(first, at_ms(3000), &out);
	ck_assert_uint_eq(out.n_drop, 5);
	free(second);
}

END_TEST

START_TEST(a_slot_used_again_forgets_who_asked)
{
	struct rg_flow_tx_conf c = usual();

	c.max_retries = 1;
	setup(c);
	push(0, 10);
	ck_assert_uint_eq(asked(30, 65535, 1), 1);
	ck_assert_uint_eq(asked(130, 65535, 1), 0);
	push(200, 64);
	ck_assert_uint_eq(asked(230, 65535 + 64, 1), 1);
}

END_TEST

START_TEST(the_last_packet_stays_while_somebody_may_repeat_it)
{
	setup(usual());
	push(0, 2);
	rg_flow_tx_end(tx, at_ms(900), 500 * MS);
	fresh_out();
	rg_flow_tx_poll(tx, at_ms(1100), &out);
	ck_assert_uint_eq(out.n_drop, 1);
	ck_assert_uint_eq(out.n_send, 1);
	ck_assert(!rg_flow_tx_empty(tx));
	for (rg_time t = rg_flow_tx_wakeup(tx); t.ns != RG_TIME_NEVER.ns;
		t = rg_flow_tx_wakeup(tx)) {
		ck_assert_int_le(t.ns, 1450 * MS);
		fresh_out();
		rg_flow_tx_poll(tx, t, &out);
	}
	ck_assert(rg_flow_tx_empty(tx));
}

END_TEST

START_TEST(flush_returns_the_history_over_calls)
{
	unsigned n = 0;

	setup(usual());
	push(0, 40);
	rg_flow_tx_flush(tx);
	while (!rg_flow_tx_empty(tx)) {
		fresh_out();
		out.drop_cap = 16;
		rg_flow_tx_poll(tx, at_ms(1), &out);
		ck_assert_uint_gt(out.n_drop, 0);
		n += out.n_drop;
	}
	ck_assert_uint_eq(n, 40);
	ck_assert_int_eq(rg_flow_tx_wakeup(tx).ns, RG_TIME_NEVER.ns);
}

END_TEST

TCase *tx_cases(void)
{
	TCase *t = tcase_create("tx");

	tcase_add_test(t, push_numbers_and_keeps);
	tcase_add_test(t, retransmission_is_the_same_packet_marked);
	tcase_add_test(t, repeated_nacks_of_one_round_are_answered_once);
	tcase_add_test(t, trap_m49_aggressive_mode_waits_a_round_trip);
	tcase_add_test(t, a_receiver_that_asks_once_a_round_trip_gets_copies_in_late_rounds);
	tcase_add_test(t, copies_of_a_round_count_once_against_max_retries);
	tcase_add_test(t, trap_m72_a_huge_nack_costs_no_more_than_the_history);
	tcase_add_test(t, history_goes_by_time_and_by_slots);
	tcase_add_test(t, trap_m53_retransmissions_stay_inside_the_bandwidth);
	tcase_add_test(t, after_the_end_the_last_packet_is_repeated_over_the_buffer);
	tcase_add_test(t, trap_m5_a_pause_that_is_long_for_the_input_repeats_its_last_packet);
	tcase_add_test(t, without_history_push_keeps_nothing);
	tcase_add_test(t, who_joins_sends_the_same_under_its_own_numbers);
	tcase_add_test(t, a_slot_used_again_forgets_who_asked);
	tcase_add_test(t, the_last_packet_stays_while_somebody_may_repeat_it);
	tcase_add_test(t, flush_returns_the_history_over_calls);
	return t;
}
