/* SPDX-License-Identifier: BSD-3-Clause */
#include "profile_suites.h"
#include "rg_profile.h"

static struct rg_media packet(uint16_t seq, uint32_t ts, uint8_t flags)
{
	return (struct rg_media){.seq = seq, .rtp_ts = ts, .flags = flags, .len = 1};
}

static struct rg_media widened(struct rg_widen *w, uint16_t seq, uint32_t ts, uint8_t flags)
{
	struct rg_media m = packet(seq, ts, flags);

	rg_widen(w, &m, 1);
	return m;
}

START_TEST(numbers_grow_past_65535)
{
	struct rg_widen w = {0};

	ck_assert_uint_eq(widened(&w, 65534, 0, 0).seq, 65534);
	ck_assert_uint_eq(widened(&w, 65535, 0, 0).seq, 65535);
	ck_assert_uint_eq(widened(&w, 1, 0, 0).seq, 65537);
	ck_assert_uint_eq(widened(&w, 0, 0, 0).seq, 65536);
	ck_assert_uint_eq(widened(&w, 65535, 0, RG_MEDIA_RETX).seq, 65535);
}

END_TEST

START_TEST(trap_m77_copies_across_the_timestamp_wrap_keep_their_source_time)
{
	struct rg_widen w = {0};
	int64_t first = widened(&w, 10, UINT32_C(0xfffffff0), 0).src_ns;
	int64_t second = widened(&w, 11, 0x10, 0).src_ns;

	/* 32 ticks; each is rounded on its own */
	ck_assert_int_le(second - first - 355555, 1);
	ck_assert_int_eq(widened(&w, 10, UINT32_C(0xfffffff0), RG_MEDIA_RETX).src_ns, first);
	ck_assert_int_eq(widened(&w, 11, 0x10, RG_MEDIA_RETX).src_ns, second);
}

END_TEST

START_TEST(trap_m62_a_retransmission_never_moves_the_reference)
{
	struct rg_widen w = {0};

	widened(&w, 100, 1000, 0);
	widened(&w, 30000, 999999, RG_MEDIA_RETX);
	ck_assert_uint_eq(w.seq, 100);
	ck_assert_int_eq(w.ts, 1000);
}

END_TEST

START_TEST(one_far_number_does_not_move_the_reference_but_a_run_does)
{
	struct rg_widen w = {0};

	widened(&w, 100, 0, 0);
	widened(&w, 30000, 0, 0);
	ck_assert_uint_eq(w.seq, 100);
	widened(&w, 101, 0, 0);
	widened(&w, 30000, 0, 0);
	widened(&w, 30001, 0, 0);
	ck_assert_uint_eq(w.seq, 101);
	widened(&w, 30002, 0, 0);
	ck_assert_uint_eq(w.seq, 30002);
}

END_TEST

START_TEST(a_restart_continues_far_from_the_old_numbers)
{
	struct rg_widen w = {0};
	struct rg_media m = packet(5, 77, 0);

	widened(&w, 4, 9, 0);
	rg_widen_restart(&w, &m);
	rg_widen(&w, &m, 1);
	ck_assert_uint_eq(m.seq & 0xffff, 5);
	ck_assert_uint_gt(m.seq, UINT32_C(0x3fffffff));
	ck_assert_int_eq(m.src_ns, rg_rtp_ticks_to_ns(77));
}

END_TEST

TCase *widen_cases(void)
{
	TCase *t = tcase_create("widen");

	tcase_add_test(t, numbers_grow_past_65535);
	tcase_add_test(t, trap_m77_copies_across_the_timestamp_wrap_keep_their_source_time);
	tcase_add_test(t, trap_m62_a_retransmission_never_moves_the_reference);
	tcase_add_test(t, one_far_number_does_not_move_the_reference_but_a_run_does);
	tcase_add_test(t, a_restart_continues_far_from_the_old_numbers);
	return t;
}
