/* SPDX-License-Identifier: BSD-3-Clause */
/* What is asked for, how often, and when. */
#include "rx_case.h"

START_TEST(a_missing_packet_is_asked_for_and_recovered)
{
	setup(usual());
	rg_flow_rx_set_rtt(rx, 20 * MS, MS);
	stream(100, 100, 2);
	stream(100, 103, 1);
	ck_assert(asks_for(13, 35, 102));
	ck_assert_uint_eq(feed(40, 102, 2, RG_MEDIA_RETX), RG_V_OK);
	ck_assert_uint_eq(stats().recovered, 1);
	poll(TRANSIT + BUFFER + 10);
	ck_assert_uint_eq(out.n_deliver, 4);
	ck_assert_uint_eq(stats().lost, 0);
	ck_assert_uint_eq(stats().missing, 0);
}

END_TEST

/* It was sent when the pause was over, not in the middle of it. */
START_TEST(a_packet_lost_behind_a_pause_has_the_whole_buffer)
{
	const int64_t again = 1000;

	setup(usual());
	rg_flow_rx_set_rtt(rx, 20 * MS, MS);
	stream(100, 100, 50);
	poll(again);
	/* the first two are lost */
	feed(again + TRANSIT + 2, 152, again + 2, 0);
	ck_assert(asks_for(again + TRANSIT + 3, again + 60, 150));
	ck_assert(asks_for(again + 60, again + 120, 151));
	ck_assert_uint_eq(feed(again + 150, 150, again, RG_MEDIA_RETX), RG_V_OK);
	ck_assert_uint_eq(feed(again + 150, 151, again + 1, RG_MEDIA_RETX), RG_V_OK);
	poll(again + TRANSIT + BUFFER + 2);
	ck_assert_uint_eq(out.n_deliver, 3);
	ck_assert_uint_eq(stats().lost, 0);
}

END_TEST

START_TEST(a_lost_first_packet_is_asked_for_and_delivered)
{
	setup(usual());
	rg_flow_rx_set_rtt(rx, 20 * MS, MS);
	stream(100, 102, 5); /* 100 and 101 are lost */
	ck_assert(asks_for(17, 40, 100));
	feed(45, 100, 0, RG_MEDIA_RETX);
	feed(45, 101, 1, RG_MEDIA_RETX);
	poll(TRANSIT + BUFFER + 20);
	ck_assert_uint_eq(out.n_deliver, 7);
	ck_assert_uint_eq(delivered[0].seq, 100);
	ck_assert_uint_eq(delivered[0].flags, RG_MEDIA_START);
	ck_assert_uint_eq(stats().lost, 0);
	ck_assert_uint_eq(stats().abandoned, 0);
	ck_assert(!asks_for(300, 600, 99));
}

END_TEST

START_TEST(trap_m62_no_gap_opens_below_the_playout)
{
	struct rg_flow_rx_conf c = usual();
	unsigned asked = 0;

	c.recovery = RG_RECOVERY_CLASSIC;
	setup(c);
	stream(100, 100, 5);
	ck_assert_uint_eq(feed(20, 110, 10, RG_MEDIA_RETX), RG_V_OK);
	poll(TRANSIT + BUFFER + 10);
	ck_assert_uint_eq(out.n_deliver, 6);
	feed(225, 115, 215, 0);
	ck_assert_uint_eq(stats().missing, 4);
	for (int64_t t = 225; t < 300; t++) {
		poll(t);
		for (unsigned i = 0; i < out.n_nack; i++, asked++)
			ck_assert_uint_ge(nacks[i].first, 111);
	}
	ck_assert_uint_gt(asked, 0);
}

END_TEST

START_TEST(reordered_packets_are_not_asked_for)
{
	setup(usual());
	stream(100, 100, 2);
	feed(13, 103, 3, 0);
	poll(13);
	feed(16, 102, 2, 0);
	ck_assert(!asks_for(16, 100, 102));
	ck_assert_uint_eq(stats().reordered, 1);
	ck_assert_uint_eq(stats().recovered, 0);
}

END_TEST

START_TEST(without_recovery_nothing_is_asked)
{
	struct rg_flow_rx_conf c = usual();

	c.recovery = RG_RECOVERY_OFF;
	setup(c);
	stream(100, 100, 2);
	stream(100, 110, 2);
	ck_assert(!asks_for(13, 230, 105));
	ck_assert_uint_eq(stats().lost, 8);
}

END_TEST

START_TEST(classic_cadence_is_half_a_round_trip_then_one_point_one)
{
	struct rg_flow_rx_conf c = usual();
	int64_t at[8];
	unsigned n = 0;

	c.recovery = RG_RECOVERY_CLASSIC;
	c.rtt_min_ns = 50 * MS;
	setup(c);
	stream(100, 100, 2);
	stream(100, 103, 1); /* noticed at 13 */
	for (int64_t t = 13; t < 200 && n < 8; t++) {
		poll(t);
		if (out.n_nack > 0)
			at[n++] = t;
	}
	ck_assert_uint_eq(n, 3);
	ck_assert_int_eq(at[0], 38); /* max(50 / 2, 15) later */
	ck_assert_int_eq(at[1], 93); /* 1.1 x 50 */
	ck_assert_int_eq(at[2], 148);
}

END_TEST

/* Poll every millisecond of [from, to): when each round for seq began, at most n; how many. */
static unsigned rounds_of(int64_t from, int64_t to, uint32_t seq, int64_t *at, unsigned n)
{
	int64_t last = from - 100;
	unsigned k = 0;

	for (int64_t t = from; t < to; t++) {
		if (!asks_for(t, t + 1, seq))
			continue;
		if (t - last > 10 && k < n) /* repeats and copies are 2 and 8 apart */
			at[k++] = t;
		last = t;
	}
	return k;
}

/* A receiver that joins a running stream, whose sender has forgotten what was before. */
START_TEST(what_was_before_the_first_packet_and_is_gone_counts_nowhere)
{
	struct rg_flow_rx_conf c = usual();
	int64_t at[16];

	c.buffer_ns = 1000 * MS;
	setup(c);
	rg_flow_rx_set_rtt(rx, 20 * MS, MS);
	stream(5000, 5000, 2);
	for (int64_t t = 11; t < 900; t++) {
		poll(t);
		ck_assert_uint_eq(stats().missing, 0);
		for (unsigned i = 0; i < out.n_nack; i++) {
			ck_assert_uint_ge(nacks[i].first, 5000 - 32);
			ck_assert_uint_le(nacks[i].first + nacks[i].n, 5000);
		}
	}
	ck_assert_uint_le(stats().nacks_sent, 32 * 6 * 3 * 2);
	poll(1100);
	ck_assert_uint_eq(out.n_deliver, 2);
	ck_assert_uint_eq(stats().lost + stats().abandoned + stats().discontinuities, 0);

	setup(c);
	rg_flow_rx_set_rtt(rx, 20 * MS, MS);
	stream(5000, 5000, 2);
	ck_assert_uint_eq(rounds_of(11, 900, 5000 - 32, at, 16), 6);
}

END_TEST

START_TEST(what_is_above_an_answer_from_before_the_first_packet_was_sent)
{
	setup(usual());
	rg_flow_rx_set_rtt(rx, 20 * MS, MS);
	stream(5010, 5010, 2);
	ck_assert(asks_for(11, 40, 5005));
	ck_assert_uint_eq(feed(40, 5005, -5, RG_MEDIA_RETX), RG_V_OK);
	ck_assert_uint_eq(stats().missing, 4); /* 5006 to 5009 */
	poll(TRANSIT + BUFFER + 2);
	ck_assert_uint_eq(out.n_deliver, 3);
	ck_assert_uint_eq(stats().lost, 4);
	ck_assert_uint_eq(stats().missing, 0);
}

END_TEST

START_TEST(rounds_move_apart_while_nobody_ever_answered)
{
	struct rg_flow_rx_conf c = usual();
	int64_t at[8];

	c.buffer_ns = 1000 * MS;
	setup(c);
	stream(100, 100, 2);
	stream(100, 103, 1);
	ck_assert_uint_eq(rounds_of(13, 700, 102, at, 8), 4);
	ck_assert_int_ge(at[1] - at[0], 50);
	ck_assert_int_ge(at[2] - at[1], 100);
	ck_assert_int_ge(at[3] - at[2], 200);
}

END_TEST

START_TEST(without_echo_the_round_trip_is_learnt_from_answers)
{
	struct rg_flow_rx_conf c = usual();
	int64_t first, at[8];

	c.buffer_ns = 1000 * MS;
	setup(c);
	stream(100, 100, 2);
	stream(100, 103, 1);
	/* the answer to the first of three rounds: 190 ms, not 36 */
	ck_assert_uint_eq(rounds_of(13, 218, 102, at, 8), 3);
	feed(at[0] + 190, 102, 2, RG_MEDIA_RETX);
	stream(100, 220, 1);
	ck_assert_uint_eq(rounds_of(231, 276, 210, at, 8), 1);
	/* to a first round: replaces what was no more than a bound */
	first = at[0];
	feed(first + 30, 211, 111, RG_MEDIA_RETX);
	ck_assert_uint_eq(rounds_of(first + 30, 520, 210, at, 8), 1);
	ck_assert_int_ge(at[0] - first, 190);
	stream(100, 520, 1);
	ck_assert_uint_ge(rounds_of(531, 620, 500, at, 8), 2);
	ck_assert_int_ge(at[1] - at[0], 30);
	ck_assert_int_le(at[1] - at[0], 90);
}

END_TEST

TCase *rx_ask_cases(void)
{
	TCase *t = tcase_create("rx_ask");

	tcase_add_test(t, a_missing_packet_is_asked_for_and_recovered);
	tcase_add_test(t, a_packet_lost_behind_a_pause_has_the_whole_buffer);
	tcase_add_test(t, a_lost_first_packet_is_asked_for_and_delivered);
	tcase_add_test(t, trap_m62_no_gap_opens_below_the_playout);
	tcase_add_test(t, reordered_packets_are_not_asked_for);
	tcase_add_test(t, without_recovery_nothing_is_asked);
	tcase_add_test(t, classic_cadence_is_half_a_round_trip_then_one_point_one);
	tcase_add_test(t, what_was_before_the_first_packet_and_is_gone_counts_nowhere);
	tcase_add_test(t, what_is_above_an_answer_from_before_the_first_packet_was_sent);
	tcase_add_test(t, rounds_move_apart_while_nobody_ever_answered);
	tcase_add_test(t, without_echo_the_round_trip_is_learnt_from_answers);
	return t;
}
