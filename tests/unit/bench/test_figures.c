/* SPDX-License-Identifier: BSD-3-Clause */
/* How figures come from what was measured. */
#include <stdlib.h>

#include "late.h"
#include "pieces.h"
#include "sample.h"
#include "suites.h"
#include "track.h"

START_TEST(typical_is_the_mean_of_the_medians_of_all_phases)
{
	struct samples *s = calloc(1, sizeof(*s));

	ck_assert(samples_typical(s) == 0);
	for (unsigned i = 0; i < 3 * BENCH_PHASES; i++)
		samples_add(s, i, i % BENCH_PHASES ? 100 : 300);
	samples_add(s, 1, 90000); /* a chunk that took long for no reason of ours */
	samples_add(s, 1, 0); /* says nothing */
	ck_assert(samples_typical(s) == 120); /* nine of 100, one of 300 */
	free(s);
}

END_TEST

START_TEST(samples_beyond_the_array_change_nothing)
{
	struct samples *s = calloc(1, sizeof(*s));

	for (unsigned i = 0; i < SAMPLES_MAX; i++)
		samples_add(s, 0, 1);
	for (unsigned i = 0; i < 2 * SAMPLES_MAX; i++)
		samples_add(s, 0, 7);
	ck_assert_uint_eq(s->n[0], SAMPLES_MAX);
	ck_assert(samples_typical(s) == 1);
	free(s);
}

END_TEST

/* Values are given back as the upper edge of their bin. */
START_TEST(shares_of_a_histogram_are_right_to_a_bin)
{
	struct hist *h = calloc(1, sizeof(*h));
	struct bench_late l;

	ck_assert(hist_share(h, 0.5) == 0);
	for (int i = 0; i < 1000; i++)
		hist_add(h, i * 1000); /* 0 to 999 us */
	hist_late(h, &l);
	ck_assert(l.p50_ns == 499 * 1000 + HIST_BIN_NS);
	ck_assert(l.p99_ns == 989 * 1000 + HIST_BIN_NS);
	ck_assert(l.p999_ns == 998 * 1000 + HIST_BIN_NS);
	ck_assert(l.max_ns == 999 * 1000);
	free(h);
}

END_TEST

START_TEST(what_lies_outside_a_histogram_counts_at_its_ends)
{
	struct hist *h = calloc(1, sizeof(*h));
	int64_t last = HIST_MIN_NS + (int64_t)HIST_BINS * HIST_BIN_NS;

	hist_add(h, HIST_MIN_NS - 5 * RG_NS_PER_S);
	ck_assert(hist_share(h, 1) == HIST_MIN_NS + HIST_BIN_NS);
	ck_assert_int_eq(h->max_ns, HIST_MIN_NS - 5 * RG_NS_PER_S);
	hist_add(h, last + RG_NS_PER_S);
	ck_assert(hist_share(h, 1) == (double)last);
	ck_assert_int_eq(h->max_ns, last + RG_NS_PER_S);
	free(h);
}

END_TEST

START_TEST(a_disturbed_piece_moves_what_all_show_and_not_what_is_typical)
{
	struct pieces *p = calloc(1, sizeof(*p));
	struct bench_late typical, all;

	for (int piece = 0; piece < 5; piece++) {
		for (int i = 0; i < 1000; i++)
			hist_add(&p->now, i * 100 + (piece == 2 ? 4 * RG_NS_PER_MS : 0));
		pieces_end(p);
		pieces_end(p); /* nothing came since */
	}
	pieces_late(p, &typical, &all);
	ck_assert_uint_eq(p->n, 5);
	ck_assert(typical.p50_ns == 499 * 100 + HIST_BIN_NS);
	ck_assert(typical.p999_ns == 998 * 100 + HIST_BIN_NS);
	ck_assert(all.p50_ns == 624 * 100 + HIST_BIN_NS);
	ck_assert(all.p99_ns == 4 * RG_NS_PER_MS + 949 * 100 + HIST_BIN_NS);
	ck_assert(all.max_ns == 4 * RG_NS_PER_MS + 999 * 100);
	free(p);
}

END_TEST

START_TEST(a_packet_is_late_by_what_exceeds_its_burst_and_the_buffer)
{
	struct late *l = calloc(1, sizeof(*l));
	rg_time t = {1000000};

	l->buffer_ns = 30 * RG_NS_PER_MS;
	late_begin(l, 800, t); /* a pause lies before it */
	ck_assert_int_eq(late_sent(l, 807).ns, t.ns);
	ck_assert_int_eq(late_sent(l, 808).ns, t.ns + LATE_BURST_NS);
	late_note(l, 808, t);
	ck_assert_uint_eq(l->pieces.now.n, 0);
	l->counts = true;
	late_note(l, 808, rg_time_add(t, LATE_BURST_NS + l->buffer_ns + 777));
	ck_assert_uint_eq(l->pieces.now.n, 1);
	ck_assert_int_eq(l->pieces.now.max_ns, 777);
	/* sent late is due by its timestamp, sent after that is due at once */
	*late_put(l, 816) = rg_time_add(late_sent(l, 816), 2 * RG_NS_PER_MS);
	late_note(l, 816, rg_time_add(late_sent(l, 816), l->buffer_ns + 888));
	ck_assert_int_eq(l->pieces.now.max_ns, 888);
	*late_put(l, 824) = rg_time_add(late_sent(l, 824), l->buffer_ns + RG_NS_PER_MS);
	late_note(l, 824, rg_time_add(*late_put(l, 824), 999));
	ck_assert_int_eq(l->pieces.now.max_ns, 999);
	free(l);
}

END_TEST

static struct bench_result result(const char *name, uint32_t outputs, double cycles)
{
	return (struct bench_result){.row = {.c = bench_find(name), .outputs = outputs},
		.cycles = cycles,
		.pps = 1e9 / cycles};
}

START_TEST(rows_are_compared_by_cost)
{
	struct bench_result one = result("flows", 1, 400), many = result("flows", 1, 600);

	bench_compare(&one, &many);
	ck_assert(many.ratio == 1.5 && many.limit_pps == one.pps);
	ck_assert_str_eq(many.limit, "1 flow");
	bench_compare(&one, &one);
	ck_assert(one.ratio == 1);
}

END_TEST

/* 100 outputs at 250 cycles each are 25,000, of which the first costs 400: 24,600 for 99. */
START_TEST(an_output_more_is_compared_with_a_single_one)
{
	struct bench_result one = result("fanout-100", 1, 400);
	struct bench_result all = result("fanout-100", 100, 250);

	bench_compare(&one, &all);
	ck_assert_double_eq_tol(all.ratio, 24600.0 / 99 / 400, 1e-9);
	bench_compare(&one, &one);
	ck_assert(one.ratio == 1);
}

END_TEST

START_TEST(a_payload_must_come_out_once_in_order_where_it_belongs)
{
	static uint8_t p[4][TRACK_PAYLOAD_MAX];
	struct track t;

	ck_assert_int_eq(track_open(&t, 2, 2, 100), 0);
	for (unsigned i = 0; i < 4; i++)
		ck_assert_uint_eq(track_fill(&t, p[i]), i % 2);
	track_check(&t, 0, p[0], 100); /* flow 0 has outputs 0 and 1 */
	track_check(&t, 1, p[0], 100);
	track_check(&t, 1, p[2], 100);
	track_check(&t, 2, p[1], 100);
	ck_assert(t.got == 4 && t.wrong == 0);
	track_check(&t, 2, p[1], 100); /* twice */
	ck_assert(t.got == 5 && t.wrong == 1);
	track_check(&t, 3, p[3], 100); /* the one before it is missing */
	ck_assert(t.got == 6 && t.wrong == 2);
	track_check(&t, 2, p[0], 100); /* of another flow */
	track_check(&t, 0, p[2], 99);
	track_check(&t, 4, p[2], 100); /* nobody's */
	ck_assert(t.got == 6 && t.wrong == 5);
	track_close(&t);
}

END_TEST

TCase *figure_cases(void)
{
	TCase *t = tcase_create("figures");

	tcase_add_test(t, typical_is_the_mean_of_the_medians_of_all_phases);
	tcase_add_test(t, samples_beyond_the_array_change_nothing);
	tcase_add_test(t, shares_of_a_histogram_are_right_to_a_bin);
	tcase_add_test(t, what_lies_outside_a_histogram_counts_at_its_ends);
	tcase_add_test(t, a_disturbed_piece_moves_what_all_show_and_not_what_is_typical);
	tcase_add_test(t, a_packet_is_late_by_what_exceeds_its_burst_and_the_buffer);
	tcase_add_test(t, rows_are_compared_by_cost);
	tcase_add_test(t, an_output_more_is_compared_with_a_single_one);
	tcase_add_test(t, a_payload_must_come_out_once_in_order_where_it_belongs);
	return t;
}
