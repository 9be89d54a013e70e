/* SPDX-License-Identifier: BSD-3-Clause */
/* What is taken, and when it is played. */
#include "rx_case.h"

START_TEST(packets_play_out_at_source_time_plus_buffer)
{
	setup(usual());
	stream(100, 100, 5);
	poll(TRANSIT + BUFFER - 1);
	ck_assert_uint_eq(out.n_deliver, 0);
	poll(TRANSIT + BUFFER);
	ck_assert_uint_eq(out.n_deliver, 1);
	ck_assert_uint_eq(delivered[0].seq, 100);
	ck_assert_uint_eq(delivered[0].flow_id, 42);
	ck_assert_uint_eq(delivered[0].flags, RG_MEDIA_START);
	ck_assert_int_eq(rg_flow_rx_wakeup(rx).ns, (TRANSIT + BUFFER + 1) * MS);
	poll(TRANSIT + BUFFER + 10);
	ck_assert_uint_eq(out.n_deliver, 4);
	ck_assert_uint_eq(delivered[0].flags, 0);
	ck_assert_int_eq(balance, 0);
	ck_assert(rg_flow_rx_empty(rx));
}

END_TEST

START_TEST(a_hole_waits_for_its_successor_and_is_lost)
{
	setup(usual());
	stream(100, 100, 2);
	stream(100, 104, 2); /* 102 and 103 are missing */
	poll(TRANSIT + BUFFER + 3);
	ck_assert_uint_eq(out.n_deliver, 2);
	ck_assert_uint_eq(stats().lost, 0);
	poll(TRANSIT + BUFFER + 4);
	ck_assert_uint_eq(out.n_deliver, 1);
	ck_assert_uint_eq(delivered[0].seq, 104);
	ck_assert_uint_eq(delivered[0].flags, RG_MEDIA_DISCONTINUITY);
	ck_assert_uint_eq(stats().lost, 2);
	ck_assert_uint_eq(stats().discontinuities, 1);
}

END_TEST

START_TEST(duplicates_and_late_packets_are_dropped_with_their_reason)
{
	setup(usual());
	stream(100, 100, 3);
	ck_assert_uint_eq(feed(14, 101, 1, 0), RG_V_DUPLICATE);
	ck_assert_uint_eq(feed(14, 101, 1, RG_MEDIA_RETX), RG_V_DUPLICATE);
	poll(TRANSIT + BUFFER + 2);
	ck_assert_uint_eq(feed(215, 101, 1, 0), RG_V_TOO_LATE);
	ck_assert_uint_eq(feed(215, 101, 1, RG_MEDIA_RETX), RG_V_TOO_LATE_RETX);
	ck_assert_uint_eq(stats().duplicates, 2);
	ck_assert_uint_eq(stats().too_late, 2);
	ck_assert_uint_eq(stats().too_late_retransmit, 1);
	ck_assert_int_eq(balance, 0);
}

END_TEST

START_TEST(trap_m62_retransmissions_never_anchor_advance_or_open_gaps)
{
	setup(usual());
	ck_assert_uint_eq(feed(5, 90, 0, RG_MEDIA_RETX), RG_V_BEFORE_START);
	stream(100, 100, 3);
	ck_assert_uint_eq(feed(13, 110, 10, RG_MEDIA_RETX), RG_V_OK);
	ck_assert(!asks_for(13, 60, 105));
	stream(100, 103, 1);
	ck_assert(!asks_for(60, 65, 105));
	ck_assert_uint_eq(stats().flow_resets, 0);
}

END_TEST

START_TEST(one_bad_timestamp_changes_nothing)
{
	setup(usual());
	stream(100, 100, 20);
	feed(30, 120, 40000000, 0);
	stream(100, 121, 20);
	poll(TRANSIT + BUFFER + 60);
	ck_assert_uint_eq(out.n_deliver, 41);
	ck_assert_uint_eq(stats().clock_resync, 0);
	ck_assert_uint_eq(stats().flow_resets, 0);
	ck_assert_uint_eq(stats().lost, 0);
}

END_TEST

START_TEST(trap_m76_a_clock_that_jumped_is_followed_without_loss)
{
	setup(usual());
	stream(100, 100, 20);
	for (uint32_t s = 120; s < 160; s++)
		feed(s - 100 + TRANSIT, s, 5000000 + s, 0);
	poll(TRANSIT + BUFFER + 80);
	ck_assert_uint_eq(out.n_deliver, 60);
	ck_assert_uint_eq(stats().clock_resync, 1);
	ck_assert_uint_eq(stats().lost, 0);
}

END_TEST

START_TEST(one_stray_number_is_no_restart_but_several_in_a_row_are)
{
	setup(usual());
	stream(100, 100, 50);
	ck_assert_uint_eq(feed(60, 900000, 50, 0), RG_V_OUT_OF_WINDOW);
	stream(100, 150, 10);
	ck_assert_uint_eq(stats().flow_resets, 0);
	for (uint32_t i = 0; i < 30; i++)
		feed(70 + i, 5000 + i, 7000 + i, 0);
	ck_assert_uint_eq(stats().flow_resets, 1);
	ck_assert(asks_for(100, 140, 5000)); /* what came before we believed it */
	ck_assert_int_eq(balance, 60 + 23);
	/* the old ones leave first, at their time */
	poll(TRANSIT + BUFFER + 59);
	ck_assert_uint_eq(out.n_deliver, 60);
	ck_assert_uint_eq(delivered[0].flags & RG_MEDIA_START, RG_MEDIA_START);
	ck_assert_uint_eq(delivered[59].flags, 0);
	poll(77 + BUFFER - 1);
	ck_assert_uint_eq(out.n_deliver, 0);
	poll(77 + BUFFER + 30);
	ck_assert_uint_eq(out.n_deliver, 23);
	ck_assert_uint_eq(delivered[0].flags & RG_MEDIA_START, RG_MEDIA_START);
	ck_assert_uint_eq(stats().lost, 0);
	ck_assert_int_eq(balance, 0);
}

END_TEST

START_TEST(a_restart_is_seen_through_reordering)
{
	setup(usual());
	stream(100, 100, 50);
	for (uint32_t i = 0; i < 20; i++)
		feed(70 + i, 5000 + (i ^ 1), 7000 + (i ^ 1), 0);
	ck_assert_uint_eq(stats().flow_resets, 1);
}

END_TEST

START_TEST(what_was_under_way_at_a_restart_finds_its_place)
{
	setup(usual());
	stream(100, 100, 40);
	stream(100, 142, 8); /* 140 and 141 are missing */
	for (uint32_t i = 0; i < 8; i++)
		feed(70 + i, 5000 + i, 7000 + i, 0);
	ck_assert_uint_eq(stats().flow_resets, 1);
	ck_assert_uint_eq(feed(78, 140, 40, 0), RG_V_OK);
	ck_assert_uint_eq(feed(78, 141, 41, RG_MEDIA_RETX), RG_V_OK);
	ck_assert_uint_eq(feed(79, 141, 41, RG_MEDIA_RETX), RG_V_DUPLICATE);
	/* there is no place after the last one, but that is no reason to go back */
	for (uint32_t i = 0; i < 10; i++)
		ck_assert_uint_ne(feed(80, 150 + i, 50 + i, 0), RG_V_OK);
	ck_assert_uint_eq(stats().flow_resets, 1);
	poll(TRANSIT + BUFFER + 49);
	ck_assert_uint_eq(out.n_deliver, 50);
	ck_assert_uint_eq(stats().lost, 0);
}

END_TEST

START_TEST(a_large_gap_is_not_believed_before_the_spacing_is_known)
{
	setup(usual());
	stream(100, 100, 1);
	ck_assert_uint_eq(feed(11, 700, 1, 0), RG_V_OUT_OF_WINDOW);
	stream(100, 101, 1);
	ck_assert_uint_eq(feed(12, 120, 2, 0), RG_V_OK);
}

END_TEST

START_TEST(a_retransmission_far_ahead_is_refused)
{
	setup(usual());
	stream(100, 100, 5);
	ck_assert_uint_eq(feed(15, 800, 5, RG_MEDIA_RETX), RG_V_OUT_OF_WINDOW);
}

END_TEST

START_TEST(trap_m83_a_dead_stream_restarts_at_once)
{
	setup(usual());
	stream(100, 100, 5);
	poll(500);
	ck_assert_uint_eq(feed(1000, 77000, 99, 0), RG_V_OK);
	ck_assert_uint_eq(stats().flow_resets, 1);
}

END_TEST

START_TEST(a_full_ring_keeps_the_newest)
{
	setup(usual());
	for (uint32_t i = 0; i < 1200; i++)
		feed(TRANSIT, 100 + i, 0, 0);
	ck_assert_uint_eq(stats().overwritten, 1200 - 1024);
	ck_assert_int_eq(balance, 1024);
	ck_assert_uint_eq(stats().buffered, 1024);
}

END_TEST

START_TEST(a_crowded_ring_plays_its_oldest_early)
{
	setup(usual());
	feed(5, 100, 0, 0);
	for (uint32_t i = 2; i < 1000; i++)
		feed(TRANSIT, 100 + i, 0, 0); /* 101 is missing */
	ck_assert_int_le(rg_flow_rx_wakeup(rx).ns, TRANSIT * MS);
	poll(TRANSIT);
	ck_assert_uint_eq(out.n_deliver, 1000 - (1024 - 1024 / 16) - 1);
	ck_assert_uint_eq(delivered[0].seq, 100);
	ck_assert_uint_eq(delivered[1].seq, 102);
	ck_assert_uint_eq(stats().played_early, out.n_deliver);
	ck_assert_uint_eq(stats().lost, 1);
	ck_assert_uint_eq(stats().overwritten, 0);
	ck_assert_int_gt(rg_flow_rx_wakeup(rx).ns, TRANSIT * MS);
	for (uint32_t i = 1000; i < 1060; i++)
		feed(TRANSIT + 1, 100 + i, 1, 0);
	ck_assert_uint_eq(stats().overwritten, 0);
}

END_TEST

START_TEST(trap_m58_sixteen_bits_keep_half_their_space)
{
	struct rg_flow_rx_conf c = usual();

	c.seq_bits = 16;
	c.ring_slots = 65536;
	setup(c);
	for (uint32_t i = 0; i < 40000; i++)
		feed(TRANSIT, i, 0, 0);
	ck_assert_uint_eq(stats().buffered, 32768);
	ck_assert_uint_eq(stats().overwritten, 40000 - 32768);
}

END_TEST

START_TEST(numbers_wrap_without_notice)
{
	setup(usual());
	stream(UINT32_MAX - 9, UINT32_MAX - 9, 20);
	poll(TRANSIT + BUFFER + 30);
	ck_assert_uint_eq(out.n_deliver, 20);
	ck_assert_uint_eq(delivered[19].seq, 9);
	ck_assert_uint_eq(stats().lost, 0);
}

END_TEST

/* For its key, say. The latency of the stream is the buffer all the same, where half of it is left. */
START_TEST(what_waited_before_it_was_read_is_due_by_when_it_came)
{
	const int64_t waited[] = {30, BUFFER / 2, BUFFER};
	int64_t due = TRANSIT + BUFFER + rg_max_i64(waited[_i] - BUFFER / 2, 0);

	setup(usual());
	feed_waited(TRANSIT + waited[_i], TRANSIT, 100, 0, 0);
	poll(due - 1);
	ck_assert_uint_eq(out.n_deliver, 0);
	poll(due);
	ck_assert_uint_eq(out.n_deliver, 1);
}

END_TEST

/* A queue that empties: the first ones come together. */
START_TEST(a_late_first_packet_does_not_delay_the_stream)
{
	const int64_t late = 50;

	setup(usual());
	for (uint32_t s = 0; s <= late; s++)
		feed(TRANSIT + late, 100 + s, s, 0);
	stream(100, 101 + (uint32_t)late, 100);
	poll(TRANSIT + BUFFER - 1);
	ck_assert_uint_eq(out.n_deliver, 0);
	poll(TRANSIT + BUFFER + late);
	ck_assert_uint_eq(out.n_deliver, 1 + late);
	ck_assert_int_eq(rg_flow_rx_wakeup(rx).ns, (TRANSIT + BUFFER + late + 1) * MS);
}

END_TEST

START_TEST(what_comes_with_a_late_first_packet_has_half_a_buffer_for_recovery)
{
	const int64_t late = BUFFER * 3 / 4;

	setup(usual());
	for (uint32_t s = 0; s <= late; s++)
		feed(TRANSIT + late, 100 + s, s, 0);
	poll(TRANSIT + late + BUFFER / 2 - 1);
	ck_assert_uint_eq(out.n_deliver, 0);
	poll(TRANSIT + late + BUFFER / 2);
	ck_assert_uint_eq(out.n_deliver, 1);
}

END_TEST

/* How late beside the usual a stream of one packet in 10 ms is delivered. */
static int64_t delay_ns(void)
{
	int64_t due_ns = rg_flow_rx_wakeup(rx).ns - (TRANSIT + BUFFER) * MS;

	return (due_ns + 5 * MS) % (10 * MS) - 5 * MS;
}

START_TEST(the_buffer_counts_from_the_smallest_transit_in_the_end)
{
	const int64_t first_ms[] = {TRANSIT + 1, TRANSIT - 1}; /* in the first second */
	const int64_t on_the_way_us[] = {600, -800};

	setup(usual());
	for (int64_t src = 0; src < 15000; src += 10) {
		int64_t came = src + (src < 1000 ? first_ms[_i] : TRANSIT);

		poll(came);
		feed(came, (uint32_t)(src / 10), src, 0);
		if (src == 5000)
			ck_assert_int_eq(delay_ns(), on_the_way_us[_i] * RG_NS_PER_US);
	}
	ck_assert_int_eq(delay_ns(), 0);
	ck_assert_uint_eq(stats().lost, 0);
}

END_TEST

START_TEST(arrival_timing_ignores_the_source_clock)
{
	struct rg_flow_rx_conf c = usual();

	c.timing = RG_TIMING_ARRIVAL;
	setup(c);
	feed(10, 1, 777777, 0);
	feed(12, 2, 5, 0);
	feed(14, 4, 99, 0);
	feed(60, 3, 98, RG_MEDIA_RETX);
	poll(12 + BUFFER);
	ck_assert_uint_eq(out.n_deliver, 2);
	poll(14 + BUFFER);
	ck_assert_uint_eq(out.n_deliver, 2);
	ck_assert_uint_eq(stats().lost, 0);
}

END_TEST

START_TEST(rtc_timing_follows_the_wall_clock_once_known)
{
	struct rg_flow_rx_conf c = usual();

	c.timing = RG_TIMING_RTC;
	setup(c);
	rg_flow_rx_set_wall_offset(rx, -95 * MS);
	feed(10, 1, 100, 0); /* sent at 5 on our clock */
	poll(5 + BUFFER - 1);
	ck_assert_uint_eq(out.n_deliver, 0);
	poll(5 + BUFFER);
	ck_assert_uint_eq(out.n_deliver, 1);
}

END_TEST

START_TEST(rtc_timing_outlives_a_restart_with_another_clock)
{
	struct rg_flow_rx_conf c = usual();

	c.timing = RG_TIMING_RTC;
	setup(c);
	rg_flow_rx_set_wall_offset(rx, -95 * MS);
	feed(10, 1, 100, 0); /* sent at 5 on our clock */
	for (uint32_t i = 0; i < 10; i++)
		feed(70 + i, 5000 + i, 7000 + i, 0);
	ck_assert_uint_eq(stats().flow_resets, 1);
	poll(5 + BUFFER);
	ck_assert_uint_eq(out.n_deliver, 1);
	/* a whole buffer until a report tells when it was sent: at 60 */
	poll(77 + BUFFER - 1);
	ck_assert_uint_eq(out.n_deliver, 0);
	rg_flow_rx_set_wall_offset(rx, (60 - 7000) * MS);
	poll(67 + BUFFER + 2);
	ck_assert_uint_eq(out.n_deliver, 3);
	ck_assert_uint_eq(stats().lost, 0);
}

END_TEST

START_TEST(full_lanes_mean_more)
{
	setup(usual());
	stream(100, 100, 20);
	fresh_out();
	out.deliver_cap = 8;
	rg_flow_rx_poll(rx, at_ms(500), &out);
	ck_assert_uint_eq(out.n_deliver, 8);
	ck_assert(out.more);
	ck_assert_int_eq(rg_flow_rx_wakeup(rx).ns, 500 * MS);
}

END_TEST

/* xorshift64, for nonsense that is the same each time */
static uint32_t pick(uint32_t below)
{
	static uint64_t x = 88172645463325252;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return (uint32_t)((x >> 32) * below >> 32);
}

/* Numbers and times that mostly go on, now and then jump anywhere, and may be anything. */
static void feed_nonsense(int64_t ms, uint32_t *seq, int64_t *src_ms)
{
	uint32_t s = *seq;
	int64_t src = *src_ms;

	switch (pick(40)) {
	case 0:
		*seq += pick(3) ? pick(2000) - 1000 : pick(UINT32_MAX);
		break;
	case 1:
		*src_ms += (int64_t)pick(4000) - 2000;
		break;
	case 2:
		s += pick(2000) - 1000;
		break;
	case 3:
		src += (int64_t)pick(UINT32_MAX) - INT32_MAX;
		break;
	default:
		*seq = ++s;
		src = ++*src_ms;
	}
	feed(ms, s - (pick(4) ? 0 : pick(40)), src, pick(5) ? 0 : RG_MEDIA_RETX);
}

static void poll_nonsense(int64_t ms, uint32_t *last, bool *any)
{
	poll(ms);
	for (unsigned i = 0; i < out.n_deliver; i++) {
		ck_assert(!*any || (int32_t)(delivered[i].seq - *last) > 0);
		*last = delivered[i].seq;
		*any = true;
	}
}

START_TEST(whatever_comes_is_played_in_order_and_given_back)
{
	for (unsigned round = 0; round < 24; round++) {
		struct rg_flow_rx_conf c = usual();
		uint32_t seq = pick(UINT32_MAX), last = 0;
		int64_t ms = 0, src_ms = pick(100000);
		bool any = false;

		c.recovery = (enum rg_recovery)(round % 3);
		c.timing = (enum rg_timing)(round / 3 % 3);
		c.seq_bits = pick(2) ? 16 : 32;
		c.ring_slots = pick(2) ? 64 : 512;
		setup(c);
		for (unsigned i = 0; i < 20000; i++) {
			if (pick(500) == 0)
				rg_flow_rx_set_wall_offset(rx, (int64_t)pick(1000) * MS);
			ms += pick(50) ? pick(3) : pick(400);
			feed_nonsense(ms, &seq, &src_ms);
			if (pick(3))
				poll_nonsense(ms, &last, &any);
			ck_assert_uint_le(stats().missing + stats().buffered, c.ring_slots);
			ck_assert_int_eq((int64_t)stats().buffered, balance);
		}
		rg_flow_rx_flush(rx);
		while (!rg_flow_rx_empty(rx))
			poll(ms);
		ck_assert_int_eq(balance, 0);
	}
}

END_TEST

START_TEST(flush_returns_everything)
{
	setup(usual());
	stream(100, 100, 100);
	rg_flow_rx_flush(rx);
	while (!rg_flow_rx_empty(rx)) {
		fresh_out();
		out.drop_cap = 16;
		rg_flow_rx_poll(rx, at_ms(120), &out);
		ck_assert_uint_gt(out.n_drop, 0);
		balance -= out.n_drop;
	}
	ck_assert_int_eq(balance, 0);
}

END_TEST

TCase *rx_cases(void)
{
	TCase *t = tcase_create("rx");

	tcase_add_test(t, packets_play_out_at_source_time_plus_buffer);
	tcase_add_test(t, a_hole_waits_for_its_successor_and_is_lost);
	tcase_add_test(t, duplicates_and_late_packets_are_dropped_with_their_reason);
	tcase_add_test(t, trap_m62_retransmissions_never_anchor_advance_or_open_gaps);
	tcase_add_test(t, one_bad_timestamp_changes_nothing);
	tcase_add_test(t, trap_m76_a_clock_that_jumped_is_followed_without_loss);
	tcase_add_test(t, one_stray_number_is_no_restart_but_several_in_a_row_are);
	tcase_add_test(t, a_restart_is_seen_through_reordering);
	tcase_add_test(t, what_was_under_way_at_a_restart_finds_its_place);
	tcase_add_test(t, a_large_gap_is_not_believed_before_the_spacing_is_known);
	tcase_add_test(t, a_retransmission_far_ahead_is_refused);
	tcase_add_test(t, trap_m83_a_dead_stream_restarts_at_once);
	tcase_add_test(t, a_full_ring_keeps_the_newest);
	tcase_add_test(t, a_crowded_ring_plays_its_oldest_early);
	tcase_add_test(t, trap_m58_sixteen_bits_keep_half_their_space);
	tcase_add_test(t, numbers_wrap_without_notice);
	tcase_add_loop_test(t, what_waited_before_it_was_read_is_due_by_when_it_came, 0, 3);
	tcase_add_test(t, a_late_first_packet_does_not_delay_the_stream);
	tcase_add_test(t, what_comes_with_a_late_first_packet_has_half_a_buffer_for_recovery);
	tcase_add_loop_test(t, the_buffer_counts_from_the_smallest_transit_in_the_end, 0, 2);
	tcase_add_test(t, arrival_timing_ignores_the_source_clock);
	tcase_add_test(t, rtc_timing_follows_the_wall_clock_once_known);
	tcase_add_test(t, rtc_timing_outlives_a_restart_with_another_clock);
	tcase_add_test(t, full_lanes_mean_more);
	tcase_add_test(t, whatever_comes_is_played_in_order_and_given_back);
	tcase_add_test(t, flush_returns_everything);
	return t;
}
