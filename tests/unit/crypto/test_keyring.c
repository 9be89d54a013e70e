/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include "crypto_suites.h"
#include "ring.h"

#define STRANGER RG_KEYRING_STRANGER

/* Without ring.h: the calls themselves, one by one. */
START_TEST(a_nonce_is_asked_for_once_and_waits_for_its_key)
{
	struct rg_key *key = aligned_alloc(RG_CACHE_LINE, sizeof(*key));
	void *mem = aligned_alloc(RG_CACHE_LINE, rg_keyring_footprint(1));
	struct rg_keyring *kr = rg_keyring_init(mem, 1, 7);
	struct rg_keyring_find f = {.peer = STRANGER, .nonce = 0x01020304, .key_bits = 256};

	ck_assert_int_eq(rg_keyring_find(kr, (rg_time){0}, &f), RG_KEYRING_WAIT);
	ck_assert(f.want);
	ck_assert_uint_eq(f.generation, 7);
	ck_assert_int_eq(rg_keyring_find(kr, (rg_time){0}, &f), RG_KEYRING_WAIT);
	ck_assert(!f.want);
	ck_assert(rg_keyring_install(kr, (rg_time){9}, f.nonce, 256, 7, key));
	ck_assert_int_eq(rg_keyring_find(kr, (rg_time){9}, &f), RG_KEYRING_READY);
	ck_assert(!f.want);
	ck_assert_ptr_eq(f.entry->key, key);
	ck_assert(!rg_keyring_proven(f.entry));
	rg_keyring_good(kr, (rg_time){9}, f.entry, 0);
	ck_assert(rg_keyring_proven(f.entry));
	ck_assert(!rg_keyring_empty(kr));
	ck_assert_ptr_null(rg_keyring_retired(kr));
	rg_keyring_flush(kr);
	ck_assert(!rg_keyring_empty(kr));
	ck_assert_ptr_eq(rg_keyring_retired(kr), key);
	ck_assert_ptr_null(rg_keyring_retired(kr));
	ck_assert(rg_keyring_empty(kr));
	free(key);
	free(mem);
}

END_TEST

START_TEST(an_answer_nobody_waits_for_stays_with_control)
{
	static const struct {
		uint32_t nonce;
		uint16_t key_bits;
		uint8_t generation;
	} row[] = {{2, 128, 1}, {1, 256, 1}, {1, 128, 2}};
	struct rg_key key;
	struct ring r;

	ring_open(&r, 1);
	ring_mail(&r, &(struct mail){.peer = STRANGER, .nonce = 1, .secret = 1});
	for (size_t i = 0; i < RG_ARRAY_LEN(row); i++)
		ck_assert_msg(!rg_keyring_install(r.kr, r.now, row[i].nonce, row[i].key_bits,
				      row[i].generation, &key),
			"row %zu", i);
	ring_run(&r, r.latency_ns);
	ck_assert_uint_eq(r.installed, 1);
	ck_assert(!rg_keyring_install(r.kr, r.now, 1, 128, 1, &key));
	ring_close(&r);
}

END_TEST

START_TEST(an_answer_that_got_lost_is_asked_for_again)
{
	struct mail m = {.peer = STRANGER, .nonce = 1, .secret = 1};
	struct ring r;

	ring_open(&r, 1);
	ring_mail(&r, &m);
	r.n_answers = 0;
	ring_run(&r, RG_KEYRING_ASK_NS - 1);
	ck_assert_int_eq(ring_mail(&r, &m), RG_KEYRING_WAIT);
	ck_assert_uint_eq(r.asked, 1);
	ring_run(&r, 1);
	ck_assert_int_eq(ring_mail(&r, &m), RG_KEYRING_WAIT);
	ck_assert_uint_eq(r.asked, 2);
	ring_run(&r, r.latency_ns);
	ck_assert_int_eq(ring_mail(&r, &m), RG_KEYRING_READY);
	ring_close(&r);
}

END_TEST

START_TEST(a_late_second_answer_is_given_back)
{
	struct mail m = {.peer = STRANGER, .nonce = 1, .secret = 1};
	struct ring r;

	ring_open(&r, 1);
	r.latency_ns = 2 * RG_KEYRING_ASK_NS;
	ring_mail(&r, &m);
	ring_run(&r, RG_KEYRING_ASK_NS);
	ring_mail(&r, &m);
	ring_run(&r, 2 * RG_KEYRING_ASK_NS);
	ck_assert_uint_eq(r.asked, 2);
	ck_assert_uint_eq(r.installed, 1);
	ck_assert_uint_eq(r.unwanted, 1);
	ring_close(&r);
}

END_TEST

START_TEST(a_silent_control_is_asked_no_more_often)
{
	struct ring r;

	ring_open(&r, 1);
	for (unsigned ms = 0; ms < 20000; ms++) {
		for (uint32_t i = 1; i <= RG_KEYRING_PLACES; i++)
			ring_mail(&r, &(struct mail){.peer = STRANGER, .source = i, .nonce = i});
		r.n_answers = 0;
		ring_run(&r, RG_NS_PER_MS);
	}
	ck_assert_uint_ge(r.asked, 20 * RG_KEYRING_STRANGER_HZ);
	ck_assert_uint_le(r.asked, RG_KEYRING_STRANGER_BURST + 20 * RG_KEYRING_STRANGER_HZ);
	ring_close(&r);
}

END_TEST

/* Its index alone makes no peer known. */
START_TEST(a_peer_without_a_proven_key_is_a_stranger)
{
	struct ring r;

	ring_open(&r, 32);
	for (uint32_t i = 1; i <= 64; i++)
		ring_mail(&r, &(struct mail){.peer = i % 32, .source = i, .nonce = i});
	ck_assert_uint_le(r.asked, RG_KEYRING_STRANGER_BURST);
	ring_close(&r);
}

END_TEST

START_TEST(the_oldest_of_the_strangers_gives_way)
{
	struct ring r;

	ring_open(&r, 1);
	for (uint32_t i = 1; i <= RG_KEYRING_PLACES + 1; i++) {
		struct mail m = {.peer = STRANGER, .source = i, .nonce = i};

		ring_mail(&r, &m);
		ring_run(&r, RG_NS_PER_S);
		ck_assert_int_eq(ring_mail(&r, &m), RG_KEYRING_READY);
	}
	ck_assert_uint_eq(r.wiped, 1);
	for (uint32_t i = 2; i <= RG_KEYRING_PLACES + 1; i++)
		ck_assert_int_eq(ring_mail(&r, &(struct mail){.peer = STRANGER, .nonce = i}),
			RG_KEYRING_READY);
	ck_assert_int_eq(
		ring_mail(&r, &(struct mail){.peer = STRANGER, .nonce = 1}), RG_KEYRING_WAIT);
	ring_close(&r);
}

END_TEST

/* Both were in one burst. */
START_TEST(an_entry_displaced_since_it_was_found_proves_nothing)
{
	struct mail known = {.peer = 0, .nonce = 1, .secret = 1};
	struct rg_keyring_find f = {.peer = 0, .nonce = 2, .key_bits = 128};
	struct ring r;

	ring_open(&r, 1);
	ring_until_read(&r, &known);
	ring_mail(&r, &(struct mail){.peer = 0, .nonce = 2});
	ring_run(&r, RG_KEYRING_TRIAL_NS);
	ring_run(&r, RG_KEYRING_TRIAL_NS);
	ck_assert_int_eq(rg_keyring_find(r.kr, r.now, &f), RG_KEYRING_READY);
	ck_assert_int_eq(ring_mail(&r, &(struct mail){.peer = 0, .nonce = 3}), RG_KEYRING_WAIT);
	ck_assert_ptr_nonnull(f.entry->key); /* an operation may still name it */
	rg_keyring_good(r.kr, r.now, f.entry, 0);
	ck_assert(!rg_keyring_proven(f.entry));
	ck_assert(!rg_keyring_bad(r.kr, r.now, f.entry));
	ring_run(&r, 0);
	ck_assert_uint_eq(r.wiped, 1);
	ring_close(&r);
}

END_TEST

START_TEST(both_key_sizes_of_a_nonce_are_two_keys)
{
	struct mail m = {.peer = STRANGER, .nonce = 1, .key_bits = 128, .secret = 1};
	struct ring r;

	ring_open(&r, 1);
	ring_until_read(&r, &m);
	m.key_bits = 256;
	ck_assert_int_eq(ring_mail(&r, &m), RG_KEYRING_WAIT);
	ring_run(&r, r.latency_ns);
	ck_assert_int_eq(ring_mail(&r, &m), RG_KEYRING_READY);
	m.key_bits = 128;
	ck_assert_int_eq(ring_mail(&r, &m), RG_KEYRING_READY);
	ck_assert_uint_eq(r.asked, 2);
	ring_close(&r);
}

END_TEST

/* M114: libRIST takes the size from each packet but derives on a new nonce only. */
START_TEST(trap_m114_a_flipped_size_bit_leaves_the_key_alone)
{
	struct mail m = {.peer = 0, .nonce = 1, .key_bits = 256, .secret = 1};
	struct mail flipped = {.peer = 0, .nonce = 1, .key_bits = 128, .secret = 0};
	struct ring r;

	ring_open(&r, 1);
	ring_until_read(&r, &m);
	for (int i = 0; i < 1000; i++) {
		ring_mail(&r, &flipped);
		ck_assert_int_eq(ring_mail(&r, &m), RG_KEYRING_READY);
		ring_run(&r, RG_NS_PER_MS);
	}
	ck_assert_uint_eq(r.settled, 1);
	ck_assert_uint_le(r.asked, 2);
	ring_close(&r);
}

END_TEST

START_TEST(trap_m113_nonce_zero_is_refused)
{
	struct mail m = {.peer = STRANGER, .nonce = 0, .secret = 1};
	struct ring r;

	ring_open(&r, 1);
	ck_assert_int_eq(ring_mail(&r, &m), RG_KEYRING_WRONG);
	ck_assert_uint_eq(r.asked, 0);
	ring_close(&r);
}

END_TEST

START_TEST(a_wrong_key_is_settled_once_and_remembered)
{
	struct mail m = {.peer = STRANGER, .nonce = 1, .secret = 0};
	struct ring r;

	ring_open(&r, 1);
	ring_mail(&r, &m);
	ring_run(&r, r.latency_ns);
	for (int i = 0; i < RG_KEYRING_BAD_MAX; i++)
		ck_assert_int_eq(ring_mail(&r, &m), RG_KEYRING_READY);
	ck_assert_uint_eq(r.settled, 1);
	ck_assert_int_eq(ring_mail(&r, &m), RG_KEYRING_WRONG);
	ring_run(&r, RG_KEYRING_WRONG_NS - 1);
	ck_assert_int_eq(ring_mail(&r, &m), RG_KEYRING_WRONG);
	ring_run(&r, 1);
	ck_assert_int_eq(ring_mail(&r, &m), RG_KEYRING_WAIT);
	ck_assert_uint_eq(r.asked, 2);
	ring_close(&r);
}

END_TEST

START_TEST(two_of_garbage_settle_it_when_nothing_made_sense_for_long)
{
	struct mail m = {.peer = STRANGER, .nonce = 1, .secret = 0};
	struct ring r;

	ring_open(&r, 1);
	ring_mail(&r, &m);
	ring_run(&r, r.latency_ns);
	/* one may be forged, however late */
	ring_run(&r, RG_KEYRING_TRUST_NS);
	ck_assert_int_eq(ring_mail(&r, &m), RG_KEYRING_READY);
	ck_assert_uint_eq(r.settled, 0);
	ck_assert_int_eq(ring_mail(&r, &m), RG_KEYRING_READY);
	ck_assert_uint_eq(r.settled, 1);
	ck_assert_int_eq(ring_mail(&r, &m), RG_KEYRING_WRONG);
	ring_close(&r);
}

END_TEST

/* M110: libRIST counts garbage for ever, seven stray datagrams in days make it deaf. */
START_TEST(trap_m110_garbage_never_condemns_a_proven_key)
{
	struct mail m = {.peer = 0, .nonce = 1, .secret = 1};
	struct mail forged = {.peer = 0, .nonce = 1, .secret = 0};
	struct ring r;

	ring_open(&r, 1);
	ring_until_read(&r, &m);
	for (int i = 0; i < 1000; i++)
		ck_assert_int_eq(ring_mail(&r, &forged), RG_KEYRING_READY);
	ck_assert_int_eq(ring_mail(&r, &m), RG_KEYRING_READY);
	ck_assert_uint_eq(r.settled, 0);
	ck_assert_uint_eq(r.asked, 1);
	ring_close(&r);
}

END_TEST

START_TEST(one_good_datagram_outweighs_all_garbage)
{
	struct mail good = {.peer = STRANGER, .nonce = 1, .secret = 1};
	struct mail bad = {.peer = STRANGER, .nonce = 1, .secret = 0};
	struct ring r;

	ring_open(&r, 1);
	ring_mail(&r, &good);
	ring_run(&r, r.latency_ns);
	for (int i = 0; i < RG_KEYRING_BAD_MAX - 1; i++)
		ring_mail(&r, &bad);
	ck_assert_int_eq(ring_mail(&r, &good), RG_KEYRING_READY);
	for (int i = 0; i < 2 * RG_KEYRING_BAD_MAX; i++)
		ring_mail(&r, &bad);
	ck_assert_int_eq(ring_mail(&r, &good), RG_KEYRING_READY);
	ck_assert_uint_eq(r.settled, 0);
	ring_close(&r);
}

END_TEST

START_TEST(a_nonce_control_cannot_derive_is_remembered)
{
	struct mail m = {.peer = STRANGER, .nonce = 1, .secret = 1};
	struct ring r;

	ring_open(&r, 1);
	r.oldest = 2;
	ring_mail(&r, &m);
	ring_run(&r, r.latency_ns);
	ck_assert_uint_eq(r.failed, 1);
	ck_assert_int_eq(ring_mail(&r, &m), RG_KEYRING_WRONG);
	ring_close(&r);
}

END_TEST

/* After NAT gave the peer another port its nonce is the same: no derivation. */
START_TEST(a_key_serves_every_peer_that_proves_it)
{
	struct mail m = {.peer = 0, .source = 1, .nonce = 1, .secret = 1};
	struct ring r;

	ring_open(&r, 2);
	ring_until_read(&r, &m);
	m.source = 2;
	m.peer = STRANGER;
	ck_assert_int_eq(ring_mail(&r, &m), RG_KEYRING_READY);
	m.peer = 1;
	ck_assert_int_eq(ring_mail(&r, &m), RG_KEYRING_READY);
	rg_keyring_forget(r.kr, 0);
	ck_assert_ptr_null(rg_keyring_retired(r.kr));
	ck_assert_int_eq(ring_mail(&r, &m), RG_KEYRING_READY);
	ck_assert_uint_eq(r.asked, 1);
	rg_keyring_forget(r.kr, 1);
	ck_assert_uint_eq(r.wiped, 0);
	ring_run(&r, 0);
	ck_assert_uint_eq(r.wiped, 1);
	ck_assert_int_eq(ring_mail(&r, &m), RG_KEYRING_WAIT);
	ring_close(&r);
}

END_TEST

START_TEST(the_younger_of_two_nonces_is_known)
{
	struct rg_keyring_find f = {.peer = 0, .nonce = 2, .key_bits = 128};
	struct ring r;

	ring_open(&r, 1);
	ring_until_read(&r, &(struct mail){.peer = 0, .nonce = 1, .secret = 1});
	ring_until_read(&r, &(struct mail){.peer = 0, .nonce = 2, .secret = 1});
	ck_assert_int_eq(rg_keyring_find(r.kr, r.now, &f), RG_KEYRING_READY);
	ck_assert(rg_keyring_newer(r.kr, f.entry, 1));
	ck_assert(!rg_keyring_newer(r.kr, f.entry, 2));
	ck_assert(!rg_keyring_newer(r.kr, f.entry, 3));
	f.nonce = 1;
	ck_assert_int_eq(rg_keyring_find(r.kr, r.now, &f), RG_KEYRING_READY);
	ck_assert(!rg_keyring_newer(r.kr, f.entry, 2));
	ring_close(&r);
}

END_TEST

START_TEST(the_footprint_is_whole_cache_lines_and_all_of_it)
{
	static const uint32_t peers[] = {0, 1, 32, 1000, RG_KEYRING_PEERS_MAX};

	for (size_t i = 0; i < RG_ARRAY_LEN(peers); i++) {
		size_t n = rg_keyring_footprint(peers[i]);
		uint8_t *mem = aligned_alloc(RG_CACHE_LINE, n + RG_CACHE_LINE);

		ck_assert_uint_eq(n % RG_CACHE_LINE, 0);
		memset(mem + n, 0xa5, RG_CACHE_LINE);
		rg_keyring_init(mem, peers[i], 1);
		for (size_t k = n; k < n + RG_CACHE_LINE; k++)
			ck_assert_uint_eq(mem[k], 0xa5);
		free(mem);
	}
}

END_TEST

TCase *keyring_cases(void)
{
	TCase *t = tcase_create("keyring");

	tcase_add_test(t, a_nonce_is_asked_for_once_and_waits_for_its_key);
	tcase_add_test(t, an_answer_nobody_waits_for_stays_with_control);
	tcase_add_test(t, an_answer_that_got_lost_is_asked_for_again);
	tcase_add_test(t, a_late_second_answer_is_given_back);
	tcase_add_test(t, a_silent_control_is_asked_no_more_often);
	tcase_add_test(t, a_peer_without_a_proven_key_is_a_stranger);
	tcase_add_test(t, the_oldest_of_the_strangers_gives_way);
	tcase_add_test(t, an_entry_displaced_since_it_was_found_proves_nothing);
	tcase_add_test(t, both_key_sizes_of_a_nonce_are_two_keys);
	tcase_add_test(t, trap_m114_a_flipped_size_bit_leaves_the_key_alone);
	tcase_add_test(t, trap_m113_nonce_zero_is_refused);
	tcase_add_test(t, a_wrong_key_is_settled_once_and_remembered);
	tcase_add_test(t, two_of_garbage_settle_it_when_nothing_made_sense_for_long);
	tcase_add_test(t, trap_m110_garbage_never_condemns_a_proven_key);
	tcase_add_test(t, one_good_datagram_outweighs_all_garbage);
	tcase_add_test(t, a_nonce_control_cannot_derive_is_remembered);
	tcase_add_test(t, a_key_serves_every_peer_that_proves_it);
	tcase_add_test(t, the_younger_of_two_nonces_is_known);
	tcase_add_test(t, the_footprint_is_whole_cache_lines_and_all_of_it);
	return t;
}
