/* SPDX-License-Identifier: BSD-3-Clause */
/* New nonces of a known peer, and new secrets. */
#include "crypto_suites.h"
#include "ring.h"

#define STRANGER RG_KEYRING_STRANGER

static enum rg_keyring_verdict from_peer(struct ring *r, uint32_t nonce, uint8_t secret)
{
	return ring_mail(r, &(struct mail){.peer = 0, .nonce = nonce, .secret = secret});
}

static void rotate(struct ring *r, uint32_t nonce, uint8_t secret)
{
	ring_until_read(r, &(struct mail){.peer = 0, .nonce = nonce, .secret = secret});
}

START_TEST(trap_m118_a_reordered_packet_of_the_nonce_before_costs_nothing)
{
	struct ring r;

	ring_open(&r, 1);
	rotate(&r, 1, 1);
	rotate(&r, 2, 1);
	for (int i = 0; i < 100; i++) {
		ck_assert_int_eq(from_peer(&r, 1, 1), RG_KEYRING_READY);
		ck_assert_int_eq(from_peer(&r, 2, 1), RG_KEYRING_READY);
	}
	ck_assert_uint_eq(r.asked, 2);
	ring_close(&r);
}

END_TEST

START_TEST(a_third_key_displaces_the_one_that_was_used_longest_ago)
{
	struct ring r;

	ring_open(&r, 1);
	rotate(&r, 1, 1);
	ring_run(&r, RG_NS_PER_S);
	rotate(&r, 2, 1);
	ring_run(&r, RG_NS_PER_S);
	rotate(&r, 3, 1);
	ring_run(&r, 0);
	ck_assert_uint_eq(r.wiped, 1);
	ck_assert_int_eq(from_peer(&r, 2, 1), RG_KEYRING_READY);
	ck_assert_int_eq(from_peer(&r, 3, 1), RG_KEYRING_READY);
	ck_assert_uint_eq(r.asked, 3);
	ck_assert_int_eq(from_peer(&r, 1, 1), RG_KEYRING_WAIT);
	ring_close(&r);
}

END_TEST

/* Somebody recorded the stream and plays it again; what it says is genuine. */
START_TEST(replay_of_old_nonces_never_displaces_the_key_in_use)
{
	struct ring r;

	ring_open(&r, 1);
	for (uint32_t nonce = 1; nonce <= 10; nonce++) {
		rotate(&r, nonce, 1);
		ring_run(&r, RG_NS_PER_S);
	}
	for (int i = 0; i < 20000; i++) {
		ck_assert_int_eq(from_peer(&r, 10, 1), RG_KEYRING_READY);
		from_peer(&r, 1 + (uint32_t)i % 9, 1);
		ring_run(&r, RG_NS_PER_MS);
	}
	/* 20 s */
	ck_assert_uint_le(r.asked, 10 + RG_KEYRING_PEER_BURST + 20 * RG_KEYRING_PEER_HZ);
	ring_close(&r);
}

END_TEST

/* What media shows to be a rotation costs its bucket little. */
START_TEST(a_peer_may_rotate_thirty_times_a_second)
{
	struct rg_keyring_find f = {.peer = 0, .key_bits = 128};
	unsigned waits = 0;
	struct ring r;

	ring_open(&r, 1);
	rotate(&r, 1, 1);
	for (f.nonce = 2; f.nonce < 302; f.nonce++) {
		for (unsigned ms = 0; ms < 33; ms++) {
			waits += from_peer(&r, f.nonce, 1) != RG_KEYRING_READY;
			ring_run(&r, RG_NS_PER_MS);
		}
		ck_assert_int_eq(rg_keyring_find(r.kr, r.now, &f), RG_KEYRING_READY);
		rg_keyring_earned(r.kr, f.entry, 0);
		rg_keyring_earned(r.kr, f.entry, 0); /* once */
	}
	ck_assert_uint_eq(r.asked, 301);
	ck_assert_uint_eq(waits, 300);
	ring_close(&r);
}

END_TEST

START_TEST(a_new_nonce_displaces_the_peers_own_that_came_to_nothing)
{
	struct ring r;

	ring_open(&r, 1);
	rotate(&r, 1, 1);
	ck_assert_int_eq(from_peer(&r, 2, 0), RG_KEYRING_WAIT);
	/* its answer is under way: one nonce at a time */
	ck_assert_int_eq(from_peer(&r, 3, 1), RG_KEYRING_LIMIT);
	ring_run(&r, r.latency_ns);
	/* it has not met its first datagram */
	ck_assert_int_eq(from_peer(&r, 3, 1), RG_KEYRING_LIMIT);
	ck_assert_int_eq(from_peer(&r, 2, 0), RG_KEYRING_READY);
	ck_assert_int_eq(from_peer(&r, 3, 1), RG_KEYRING_WAIT);
	ring_run(&r, r.latency_ns);
	ck_assert_int_eq(from_peer(&r, 3, 1), RG_KEYRING_READY);
	ck_assert_int_eq(from_peer(&r, 1, 1), RG_KEYRING_READY);
	ring_close(&r);
}

END_TEST

START_TEST(a_forgotten_peer_is_a_stranger_again)
{
	struct ring r;

	ring_open(&r, 2);
	rotate(&r, 1, 1);
	rotate(&r, 2, 1);
	from_peer(&r, 3, 0);
	ring_run(&r, r.latency_ns);
	rg_keyring_forget(r.kr, 0);
	ring_run(&r, 0);
	ck_assert_uint_eq(r.wiped, 3);
	ck_assert(rg_keyring_empty(r.kr));
	ring_close(&r);
}

END_TEST

START_TEST(new_nonces_are_tried_under_the_new_secret_first)
{
	struct ring r;

	ring_open(&r, 1);
	rotate(&r, 1, 1);
	rg_keyring_secrets(r.kr, 2, 1);
	/* the peer's keys under the secret before stay good */
	ck_assert_int_eq(from_peer(&r, 1, 1), RG_KEYRING_READY);
	rotate(&r, 2, 2);
	ck_assert_uint_eq(r.asked, 2);
	ck_assert_int_eq(from_peer(&r, 1, 1), RG_KEYRING_READY);
	ck_assert_int_eq(from_peer(&r, 2, 2), RG_KEYRING_READY);
	ring_close(&r);
}

END_TEST

START_TEST(a_nonce_wrong_under_the_new_secret_is_tried_under_the_one_before)
{
	struct rg_keyring_find f = {.peer = 0, .nonce = 2, .key_bits = 128};
	struct rg_key unasked;
	struct ring r;

	ring_open(&r, 1);
	rotate(&r, 1, 1);
	rg_keyring_secrets(r.kr, 2, 1);
	ck_assert_int_eq(from_peer(&r, 2, 1), RG_KEYRING_WAIT);
	ring_run(&r, r.latency_ns);
	for (int i = 0; i < RG_KEYRING_BAD_MAX; i++)
		ck_assert_int_eq(from_peer(&r, 2, 1), RG_KEYRING_READY);
	ck_assert_uint_eq(r.settled, 0);
	ck_assert(!rg_keyring_install(r.kr, r.now, 2, 128, 1, &unasked));
	ck_assert_int_eq(from_peer(&r, 2, 1), RG_KEYRING_WAIT);
	ck_assert_uint_eq(r.asked, 3);
	ring_run(&r, r.latency_ns);
	for (int i = 0; i < 2 * RG_KEYRING_BAD_MAX; i++)
		ck_assert_int_eq(from_peer(&r, 2, 1), RG_KEYRING_READY);
	ck_assert_uint_eq(r.asked, 3);
	ck_assert_int_eq(rg_keyring_find(r.kr, r.now, &f), RG_KEYRING_READY);
	ck_assert(rg_keyring_newer(r.kr, f.entry, 1));
	ring_close(&r);
}

END_TEST

START_TEST(a_nonce_wrong_under_both_secrets_is_settled)
{
	struct ring r;

	ring_open(&r, 1);
	rg_keyring_secrets(r.kr, 2, 1);
	for (int i = 0; i < 3 * RG_KEYRING_BAD_MAX; i++) {
		ring_mail(&r, &(struct mail){.peer = STRANGER, .nonce = 5, .secret = 0});
		ring_run(&r, r.latency_ns);
	}
	ck_assert_uint_eq(r.asked, 2);
	ck_assert_uint_eq(r.settled, 1);
	ck_assert_int_eq(from_peer(&r, 5, 0), RG_KEYRING_WRONG);
	ring_close(&r);
}

END_TEST

START_TEST(a_secret_control_lost_falls_back_too)
{
	struct ring r;

	ring_open(&r, 1);
	rg_keyring_secrets(r.kr, 1, 2);
	r.oldest = 2; /* it has only the secret before */
	ring_until_read(&r, &(struct mail){.peer = 0, .nonce = 5, .secret = 2});
	ck_assert_uint_eq(r.failed, 1);
	ck_assert_uint_eq(r.asked, 2);
	ring_close(&r);
}

END_TEST

START_TEST(a_withdrawn_secret_takes_its_keys_along)
{
	struct ring r;

	ring_open(&r, 1);
	rotate(&r, 1, 1);
	rg_keyring_secrets(r.kr, 2, 1);
	rotate(&r, 2, 2);
	rg_keyring_secrets(r.kr, 2, 0);
	ring_run(&r, 0);
	ck_assert_uint_eq(r.wiped, 1);
	ck_assert_int_eq(from_peer(&r, 2, 2), RG_KEYRING_READY);
	ck_assert_int_eq(from_peer(&r, 1, 1), RG_KEYRING_WAIT);
	ring_close(&r);
}

END_TEST

START_TEST(a_key_under_way_while_the_secret_changes_is_not_taken)
{
	struct ring r;

	ring_open(&r, 1);
	from_peer(&r, 1, 1);
	rg_keyring_secrets(r.kr, 2, 1);
	ring_run(&r, r.latency_ns);
	ck_assert_uint_eq(r.unwanted, 1);
	rotate(&r, 1, 2);
	ring_close(&r);
}

END_TEST

START_TEST(a_new_secret_gives_wrong_nonces_another_chance)
{
	struct ring r;

	ring_open(&r, 1);
	for (int i = 0; i <= RG_KEYRING_BAD_MAX; i++) {
		ring_mail(&r, &(struct mail){.peer = STRANGER, .nonce = 5, .secret = 2});
		ring_run(&r, r.latency_ns);
	}
	ck_assert_uint_eq(r.settled, 1);
	rg_keyring_secrets(r.kr, 2, 1);
	ck_assert_uint_eq(
		ring_until_read(&r, &(struct mail){.peer = 0, .nonce = 5, .secret = 2}), 2);
	ring_close(&r);
}

END_TEST

TCase *rotation_cases(void)
{
	TCase *t = tcase_create("rotation");

	tcase_add_test(t, trap_m118_a_reordered_packet_of_the_nonce_before_costs_nothing);
	tcase_add_test(t, a_third_key_displaces_the_one_that_was_used_longest_ago);
	tcase_add_test(t, replay_of_old_nonces_never_displaces_the_key_in_use);
	tcase_add_test(t, a_peer_may_rotate_thirty_times_a_second);
	tcase_add_test(t, a_new_nonce_displaces_the_peers_own_that_came_to_nothing);
	tcase_add_test(t, a_forgotten_peer_is_a_stranger_again);
	tcase_add_test(t, new_nonces_are_tried_under_the_new_secret_first);
	tcase_add_test(t, a_nonce_wrong_under_the_new_secret_is_tried_under_the_one_before);
	tcase_add_test(t, a_nonce_wrong_under_both_secrets_is_settled);
	tcase_add_test(t, a_secret_control_lost_falls_back_too);
	tcase_add_test(t, a_withdrawn_secret_takes_its_keys_along);
	tcase_add_test(t, a_key_under_way_while_the_secret_changes_is_not_taken);
	tcase_add_test(t, a_new_secret_gives_wrong_nonces_another_chance);
	return t;
}
