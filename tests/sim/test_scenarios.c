/* SPDX-License-Identifier: BSD-3-Clause */
/* Networks by name, and what must come of them. */
#include <check.h>
#include <stdlib.h>

#include "rg_time.h"
#include "scenario.h"

static struct rg_sim *sim;

/* Runs to the end; the invariants and the buffer balance hold in every scenario. */
static const struct rg_sim_result *run(struct rg_sim_conf c)
{
	const struct rg_sim_result *r;

	sim = rg_sim_new(&c);
	rg_sim_run(sim, 0);
	r = rg_sim_finish(sim);
	ck_assert_msg(r->violations == 0, "%s", r->text);
	return r;
}

static void teardown(void)
{
	if (sim)
		rg_sim_free(sim);
	sim = NULL;
}

START_TEST(clean_link)
{
	const struct rg_sim_result *r = run(scenario(1, loss(0, 20)));

	ck_assert_uint_eq(r->missing, 0);
	ck_assert_uint_eq(r->tx.retransmitted, 0);
	/* the numbers below the first are asked for, nothing else */
	ck_assert_uint_le(r->rx.nacks_sent, 32 * 6 * 6);
	ck_assert_uint_eq(r->rx.lost + r->rx.recovered + r->rx.reordered + r->rx.too_late, 0);
}

END_TEST

START_TEST(loss_25_percent_rtt_50ms)
{
	const struct rg_sim_result *r = run(scenario(2, loss(25, 25)));

	ck_assert_uint_eq(r->missing, 0);
	ck_assert_uint_gt(r->rx.recovered, 800);
}

END_TEST

START_TEST(loss_30_percent_rtt_100ms)
{
	ck_assert_uint_le(run(scenario(3, loss(30, 50)))->missing, 2);
}

END_TEST

START_TEST(loss_10_percent_rtt_40ms_classic_cadence)
{
	struct rg_sim_conf c = scenario(4, loss(10, 20));

	c.rx.recovery = RG_RECOVERY_CLASSIC;
	c.rx.rtt_min_ns = 50 * MS;
	ck_assert_uint_le(run(c)->missing, 2);
}

END_TEST

START_TEST(loss_10_percent_rtt_40ms_no_recovery)
{
	struct rg_sim_conf c = scenario(5, loss(10, 20));
	const struct rg_sim_result *r;

	c.rx.recovery = RG_RECOVERY_OFF;
	r = run(c);
	ck_assert_uint_eq(r->rx.nacks_sent, 0);
	ck_assert_uint_gt(r->missing, 300);
	ck_assert_uint_le(r->rx.lost, r->missing);
}

END_TEST

START_TEST(burst_loss_5_percent_in_runs_of_20)
{
	struct rg_sim_link_conf l = loss(5, 20);

	l.burst = 20;
	ck_assert_uint_eq(run(scenario(6, l))->missing, 0);
}

END_TEST

/* The way back falls silent in the first 100 ms, and no echo has come yet. */
START_TEST(bursts_of_20_before_the_round_trip_is_known)
{
	static const uint64_t seed[] = {226, 463, 600, 1140, 1152, 1367};

	for (size_t i = 0; i < RG_ARRAY_LEN(seed); i++) {
		struct rg_sim_link_conf l = loss(5, 20);
		struct rg_sim_conf c;

		l.burst = 20;
		c = scenario(seed[i], l);
		c.rx.buffer_ns = c.tail_ns = 300 * MS;
		c.spacing_ns = 200 * RG_NS_PER_US;
		c.packets = 2000;
		ck_assert_uint_eq(run(c)->missing, 0);
		teardown();
	}
}

END_TEST

START_TEST(jitter_15ms_reorders_and_duplicates)
{
	struct rg_sim_link_conf l = loss(10, 20);
	const struct rg_sim_result *r;

	l.jitter_ns = 15 * MS;
	l.duplicate_ppm = 3 * PERCENT;
	r = run(scenario(7, l));
	ck_assert_uint_eq(r->missing, 0);
	ck_assert_uint_gt(r->rx.duplicates, 50);
	ck_assert_uint_gt(r->rx.reordered, 1000);
}

END_TEST

START_TEST(jitter_15ms_without_loss_asks_for_next_to_nothing)
{
	struct rg_sim_link_conf l = loss(0, 20);
	const struct rg_sim_result *r;

	l.jitter_ns = 10 * MS;
	r = run(scenario(8, l));
	ck_assert_uint_eq(r->missing, 0);
	ck_assert_uint_le(r->tx.retransmitted, 8);
}

END_TEST

/* A sender that answers every NACK but no echo, as GStreamer's: the round trip is learnt from the
 * answers, and nothing is asked over and over meanwhile. */
START_TEST(a_sender_without_echo_is_not_flooded)
{
	static const int64_t one_way_ms[] = {2, 10, 50, 150};

	for (size_t i = 0; i < RG_ARRAY_LEN(one_way_ms); i++) {
		struct rg_sim_conf c = scenario(27, loss(10, one_way_ms[i]));
		const struct rg_sim_result *r;

		c.no_echo = true;
		c.rx.buffer_ns = 1500 * MS;
		c.rx.rtt_min_ns = 5 * MS;
		c.tx.congestion = RG_CONGESTION_OFF;
		r = run(c);
		ck_assert_uint_eq(r->missing, 0);
		/* 32 numbers below the first are asked for as well */
		ck_assert_uint_le(r->rx.nacks_sent, 4 * r->rx.recovered + 32 * 6 * 6);
		ck_assert_uint_le(r->tx.retransmitted, 3 * r->rx.recovered);
		teardown();
	}
}

END_TEST

static void kill_a_path(void *ctx, struct rg_sim *s, uint32_t i)
{
	const struct rg_sim_link_conf dead = loss(100, 20), well = loss(0, 20);

	(void)ctx;
	if (i == 1000)
		rg_sim_set_link(s, 0, &dead, &dead);
	if (i == 1800)
		rg_sim_set_link(s, 0, &well, &well);
}

START_TEST(path_a_dies_for_800ms)
{
	struct rg_sim_conf c = scenario(9, loss(0, 20));

	c.n_paths = 2;
	c.forward[1] = c.back[1] = loss(5, 40);
	c.before = kill_a_path;
	ck_assert_uint_eq(run(c)->missing, 0);
}

END_TEST

static void outage(void *ctx, struct rg_sim *s, uint32_t i)
{
	const struct rg_sim_link_conf dead = loss(100, 20), well = loss(0, 20);

	(void)ctx;
	if (i == 1000)
		rg_sim_set_link(s, 0, &dead, &dead);
	if (i == 1300)
		rg_sim_set_link(s, 0, &well, &well);
}

START_TEST(only_path_dies_for_300ms)
{
	struct rg_sim_conf c = scenario(10, loss(0, 20));
	const struct rg_sim_result *r;

	c.before = outage;
	r = run(c);
	ck_assert_uint_eq(r->missing, 0);
	/* what was lost is sent again about once, not once for each knock */
	ck_assert_uint_le(r->tx.retransmitted, 400);
}

END_TEST

static bool drop_first_five(void *ctx, uint32_t seq, bool first)
{
	(void)ctx;
	return first && seq < 105;
}

START_TEST(first_packets_are_lost)
{
	struct rg_sim_conf c = scenario(11, loss(0, 20));

	c.tx.first_seq = 100;
	c.drop = drop_first_five;
	ck_assert_uint_eq(run(c)->missing, 0);
}

END_TEST

static bool drop_last_five(void *ctx, uint32_t seq, bool first)
{
	uint32_t *n = ctx;

	return first && seq >= 3995 && (*n)++ < 5;
}

START_TEST(last_packets_are_lost)
{
	struct rg_sim_conf c = scenario(12, loss(0, 20));
	uint32_t n = 0;

	c.drop = drop_last_five;
	c.ctx = &n;
	ck_assert_uint_eq(run(c)->missing, 0);
}

END_TEST

static bool drop_40_from_3995_on(void *ctx, uint32_t seq, bool first)
{
	uint32_t *n = ctx;

	(void)first;
	return (seq >= 3995 || *n > 0) && (*n)++ < 40;
}

/* Bursts of loss end by packets, and after the last one there are only its copies. */
START_TEST(the_end_comes_in_a_burst_of_loss)
{
	struct rg_sim_conf c = scenario(32, loss(0, 20));
	uint32_t n = 0;

	c.drop = drop_40_from_3995_on;
	c.ctx = &n;
	ck_assert_uint_eq(run(c)->missing, 0);
}

END_TEST

static void restart_at_2000(void *ctx, struct rg_sim *s, uint32_t i)
{
	if (i == 2000)
		rg_sim_restart_sender(s, *(uint32_t *)ctx);
}

/* The clock goes on, as that of libRIST does on the same host. What the buffer holds is played out
 * before the new numbers, of which none is lost either. */
START_TEST(sender_restarts_with_other_numbers)
{
	static uint32_t first[] = {40000, 0, 65530, 5000};

	for (size_t i = 0; i < RG_ARRAY_LEN(first); i++) {
		struct rg_sim_conf c = scenario(13, loss(0, 20));
		const struct rg_sim_result *r;

		c.tx.first_seq = 10000;
		c.before = restart_at_2000;
		c.ctx = &first[i];
		r = run(c);
		ck_assert_uint_eq(r->missing, 0);
		ck_assert_uint_eq(r->rx.lost, 0);
		ck_assert_uint_eq(r->rx.flow_resets, 1);
		teardown();
	}
}

END_TEST

/* With the old sender only what was missing at that moment is gone: an RTT's losses. */
START_TEST(sender_restarts_amid_loss)
{
	static uint32_t first = 40000;
	struct rg_sim_conf c = scenario(29, loss(20, 20));
	const struct rg_sim_result *r;

	c.tx.first_seq = 10000;
	c.before = restart_at_2000;
	c.ctx = &first;
	r = run(c);
	ck_assert_uint_le(r->missing, 30);
	ck_assert_uint_ge(r->rx.lost, r->missing);
	ck_assert_uint_eq(r->rx.flow_resets, 1);
}

END_TEST

static void restart_every_100(void *ctx, struct rg_sim *s, uint32_t i)
{
	uint32_t *first = ctx;

	if (i >= 2000 && i < 2500 && i % 100 == 0)
		rg_sim_restart_sender(s, *first += 9000);
}

/* Five timelines in one buffer. */
START_TEST(sender_restarts_again_and_again)
{
	struct rg_sim_conf c = scenario(30, loss(0, 20));
	const struct rg_sim_result *r;
	uint32_t first = 10000;

	c.tx.first_seq = first;
	c.before = restart_every_100;
	c.ctx = &first;
	r = run(c);
	ck_assert_uint_eq(r->missing, 0);
	ck_assert_uint_eq(r->rx.lost, 0);
	ck_assert_uint_eq(r->rx.flow_resets, 5);
}

END_TEST

static struct rg_sim_source restarted_clock(void *ctx, uint32_t i)
{
	(void)ctx;
	return (struct rg_sim_source){.at = {(int64_t)i * MS},
		.rtp_ts = (i < 2000 ? 0 : 1000000000) + rg_rtp_ticks_from_ns((int64_t)i * MS)};
}

START_TEST(sender_restarts_with_other_numbers_and_another_clock)
{
	static uint32_t first = 40000;
	struct rg_sim_conf c = scenario(31, loss(0, 20));
	const struct rg_sim_result *r;

	c.tx.first_seq = 10000;
	c.before = restart_at_2000;
	c.ctx = &first;
	c.source = restarted_clock;
	r = run(c);
	ck_assert_uint_eq(r->missing, 0);
	ck_assert_uint_eq(r->rx.flow_resets, 1);
	ck_assert_uint_eq(r->rx.clock_resync, 0);
}

END_TEST

START_TEST(sender_clock_jumps_with_the_numbers_going_on)
{
	struct rg_sim_conf c = scenario(14, loss(5, 20));
	const struct rg_sim_result *r;

	c.source = restarted_clock;
	r = run(c);
	ck_assert_uint_eq(r->missing, 0);
	ck_assert_uint_eq(r->rx.clock_resync, 1);
	ck_assert_uint_eq(r->rx.flow_resets, 0);
}

END_TEST

static struct rg_sim_source bad_timestamps(void *ctx, uint32_t i)
{
	struct rg_sim_source s = {
		.at = {(int64_t)i * MS}, .rtp_ts = rg_rtp_ticks_from_ns((int64_t)i * MS)};

	(void)ctx;
	if (i % 500 == 250)
		s.rtp_ts += 900000000;
	return s;
}

START_TEST(a_timestamp_in_500_is_bad)
{
	struct rg_sim_conf c = scenario(15, loss(0, 20));
	const struct rg_sim_result *r;

	c.source = bad_timestamps;
	r = run(c);
	ck_assert_uint_eq(r->missing, 0);
	ck_assert_uint_eq(r->rx.clock_resync + r->rx.flow_resets + r->rx.discontinuities, 0);
}

END_TEST

START_TEST(numbers_of_16_bits_wrap_twice)
{
	struct rg_sim_conf c = scenario(16, loss(10, 20));
	const struct rg_sim_result *r;

	c.packets = 140000;
	c.spacing_ns = 100 * RG_NS_PER_US;
	c.tx.first_seq = 60000;
	r = run(c);
	ck_assert_uint_eq(r->missing, 0);
	ck_assert_uint_eq(r->rx.flow_resets, 0);
}

END_TEST

START_TEST(numbers_of_32_bits_wrap)
{
	struct rg_sim_conf c = scenario(17, loss(10, 20));

	c.rx.seq_bits = c.tx.seq_bits = 32;
	c.tx.first_seq = UINT32_MAX - 2000;
	ck_assert_uint_eq(run(c)->missing, 0);
}

END_TEST

/* 13 h 15 min each, at a packet in two seconds. */
START_TEST(trap_m75_rtp_time_wraps_three_times)
{
	struct rg_sim_conf c = scenario(18, loss(2, 20));
	const struct rg_sim_result *r;

	c.packets = 75000;
	c.spacing_ns = 2 * RG_NS_PER_S;
	c.first_ts = UINT32_MAX - 100;
	c.rx.buffer_ns = 5 * RG_NS_PER_S;
	c.tx.history_ns = 20 * RG_NS_PER_S;
	c.rx.rtt_min_ns = 250 * MS;
	r = run(c);
	ck_assert_uint_eq(r->missing, 0);
	ck_assert_uint_eq(r->rx.discontinuities, 0);
	ck_assert_uint_eq(r->rx.clock_resync, 0);
}

END_TEST

static struct rg_sim_source fast_clock(void *ctx, uint32_t i)
{
	int64_t ns = (int64_t)i * 20 * MS;

	(void)ctx;
	return (struct rg_sim_source){.at = {ns}, .rtp_ts = rg_rtp_ticks_from_ns(ns + ns / 20000)};
}

/* 50 ppm over 20 minutes are 60 ms, but nothing may leave a millisecond late. */
START_TEST(sender_clock_is_50_ppm_fast)
{
	struct rg_sim_conf c = scenario(19, loss(1, 20));

	c.packets = 60000;
	c.spacing_ns = 20 * MS;
	c.source = fast_clock;
	ck_assert_uint_eq(run(c)->missing, 0);
}

END_TEST

/* The buffer shrinks to what the ring holds, nothing that arrived is thrown away. */
START_TEST(ring_is_too_small_for_the_rate)
{
	struct rg_sim_conf c = scenario(20, loss(1, 20));
	const struct rg_sim_result *r;

	c.rx.ring_slots = 256;
	r = run(c);
	ck_assert_uint_eq(r->rx.overwritten, 0);
	ck_assert_uint_gt(r->rx.played_early, 3000);
	ck_assert_uint_eq(r->missing, 0);
}

END_TEST

START_TEST(more_packets_in_a_buffer_than_16_bits_number)
{
	struct rg_sim_conf c = scenario(28, loss(5, 20));
	const struct rg_sim_result *r;

	c.packets = 120000;
	c.spacing_ns = 10 * RG_NS_PER_US;
	c.tx.history_slots = 65536;
	c.rx.bandwidth_Bps = c.tx.bandwidth_Bps = 1000000000;
	r = run(c);
	ck_assert_uint_eq(r->rx.overwritten, 0);
	ck_assert_uint_gt(r->rx.played_early, 50000);
	ck_assert_uint_eq(r->missing, 0);
}

END_TEST

START_TEST(history_is_too_small_for_the_rate)
{
	struct rg_sim_conf c = scenario(21, loss(10, 20));
	const struct rg_sim_result *r;

	c.tx.history_slots = 16;
	r = run(c);
	ck_assert_uint_gt(r->tx.retransmit_skipped, 100);
	ck_assert_uint_le(r->tx.retransmitted, 5);
}

END_TEST

START_TEST(arrival_timing_with_loss)
{
	struct rg_sim_conf c = scenario(22, loss(10, 20));

	c.rx.timing = RG_TIMING_ARRIVAL;
	ck_assert_uint_eq(run(c)->missing, 0);
}

END_TEST

START_TEST(bandwidth_allows_few_retransmissions)
{
	struct rg_sim_conf c = scenario(23, loss(20, 20));
	const struct rg_sim_result *r;

	/* 10.5 Mb/s of stream, a tenth on top */
	c.rx.bandwidth_Bps = c.tx.bandwidth_Bps = 1450000;
	r = run(c);
	ck_assert_uint_gt(r->missing, 100);
	ck_assert_uint_le((r->tx.sent_bytes + r->tx.retransmitted_bytes) / 4, 1450000 + 60000);
}

END_TEST

static bool drop_by_schedule(void *ctx, uint32_t seq, bool first)
{
	uint8_t *times = ctx; /* how often each number is still taken off the way */

	(void)first;
	if (seq >= 200 || times[seq] == 0)
		return false;
	times[seq] -= times[seq] != 255;
	return true;
}

/* The oracle: an exact schedule, and what every counter must say of it. */
START_TEST(every_counter_agrees_with_the_schedule)
{
	struct rg_sim_conf c = scenario(24, loss(0, 20));
	uint8_t times[200] = {[20] = 1,
		[40] = 1,
		[41] = 1,
		[60] = 2,
		[80] = 3,
		[100] = 4,
		[120] = 5,
		[150] = 255,
		[151] = 255};
	const struct rg_sim_result *r;

	c.rx.recovery = RG_RECOVERY_CLASSIC;
	c.rx.rtt_min_ns = 50 * MS;
	c.tx.congestion = RG_CONGESTION_AGGRESSIVE; /* one answer a request */
	c.packets = 300;
	c.drop = drop_by_schedule;
	c.ctx = times;
	r = run(c);
	ck_assert_uint_eq(r->rx.received, 298);
	ck_assert_uint_eq(r->rx.received_bytes, 298 * 1316);
	ck_assert_uint_eq(r->rx.delivered, 298);
	ck_assert_uint_eq(r->rx.lost, 2);
	ck_assert_uint_eq(r->rx.discontinuities, 1);
	ck_assert_uint_eq(r->rx.recovered, 7);
	ck_assert_uint_eq(r->rx.recovered_one_retry, 3);
	ck_assert_uint_eq(r->rx.recovered_two_nacks, 1);
	ck_assert_uint_eq(r->rx.recovered_three_nacks, 1);
	ck_assert_uint_eq(r->rx.recovered_four_nacks, 1);
	ck_assert_uint_eq(r->rx.recovered_more_nacks, 1);
	ck_assert_uint_eq(r->rx.retransmitted_received, 7);
	ck_assert_uint_eq(r->rx.reordered, 0);
	ck_assert_uint_eq(r->rx.too_late_retransmit, 0);
	ck_assert_uint_eq(r->rx.clock_resync + r->rx.flow_resets + r->rx.overwritten, 0);
	ck_assert_uint_eq(r->rx.missing + r->rx.buffered, 0);
	/* 3 x 1 + 2 + 3 + 4 + 5 answered, 2 x 9 in vain: one each 55 ms of a buffer of 500 */
	ck_assert_uint_eq(r->rx.nacks_sent, r->tx.nacked);
	ck_assert_uint_eq(r->tx.nacked, r->tx.retransmitted + r->tx.retransmit_suppressed);
	ck_assert_uint_eq(r->rx.nacks_sent, 17 + 2 * 9);
	ck_assert_uint_eq(r->tx.sent, 300);
	ck_assert_uint_eq(r->tx.sent_bytes, 300 * 1316);
	ck_assert_uint_eq(r->tx.retransmitted_bytes, r->tx.retransmitted * 1316);
	ck_assert_uint_eq(r->tx.retransmit_skipped + r->tx.bandwidth_skipped, 0);
}

END_TEST

START_TEST(same_seed_same_trace)
{
	uint64_t hash = run(scenario(25, loss(10, 20)))->hash;

	teardown();
	ck_assert_uint_eq(run(scenario(25, loss(10, 20)))->hash, hash);
	teardown();
	ck_assert_uint_ne(run(scenario(26, loss(10, 20)))->hash, hash);
}

END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("scenarios");
	TCase *t = tcase_create("networks");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, NULL, teardown);
	tcase_add_test(t, clean_link);
	tcase_add_test(t, loss_25_percent_rtt_50ms);
	tcase_add_test(t, loss_30_percent_rtt_100ms);
	tcase_add_test(t, loss_10_percent_rtt_40ms_classic_cadence);
	tcase_add_test(t, loss_10_percent_rtt_40ms_no_recovery);
	tcase_add_test(t, burst_loss_5_percent_in_runs_of_20);
	tcase_add_test(t, bursts_of_20_before_the_round_trip_is_known);
	tcase_add_test(t, jitter_15ms_reorders_and_duplicates);
	tcase_add_test(t, jitter_15ms_without_loss_asks_for_next_to_nothing);
	tcase_add_test(t, a_sender_without_echo_is_not_flooded);
	tcase_add_test(t, path_a_dies_for_800ms);
	tcase_add_test(t, only_path_dies_for_300ms);
	tcase_add_test(t, first_packets_are_lost);
	tcase_add_test(t, last_packets_are_lost);
	tcase_add_test(t, the_end_comes_in_a_burst_of_loss);
	tcase_add_test(t, sender_restarts_with_other_numbers);
	tcase_add_test(t, sender_restarts_amid_loss);
	tcase_add_test(t, sender_restarts_again_and_again);
	tcase_add_test(t, sender_restarts_with_other_numbers_and_another_clock);
	tcase_add_test(t, sender_clock_jumps_with_the_numbers_going_on);
	tcase_add_test(t, a_timestamp_in_500_is_bad);
	tcase_add_test(t, numbers_of_16_bits_wrap_twice);
	tcase_add_test(t, numbers_of_32_bits_wrap);
	tcase_add_test(t, trap_m75_rtp_time_wraps_three_times);
	tcase_add_test(t, sender_clock_is_50_ppm_fast);
	tcase_add_test(t, ring_is_too_small_for_the_rate);
	tcase_add_test(t, more_packets_in_a_buffer_than_16_bits_number);
	tcase_add_test(t, history_is_too_small_for_the_rate);
	tcase_add_test(t, arrival_timing_with_loss);
	tcase_add_test(t, bandwidth_allows_few_retransmissions);
	tcase_add_test(t, every_counter_agrees_with_the_schedule);
	tcase_add_test(t, same_seed_same_trace);
	suite_add_tcase(s, t);
	return s;
}

int main(void)
{
	SRunner *r = srunner_create(suite());
	int failed;

	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
