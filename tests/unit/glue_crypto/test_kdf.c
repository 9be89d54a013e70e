/* SPDX-License-Identifier: BSD-3-Clause */
/* Golden rows are numbered as in the field's reference list: 34 is Annex B of TR-06-2:2022, the
 * others were computed by, and exchanged with, independent implementations. */
#include <stdlib.h>

#include "glue_crypto_suites.h"
#include "rg_bytes.h"
#include "rg_crypto_glue.h"
#include "rg_hex.h"

static struct rg_secret secret_of(const void *bytes, size_t len)
{
	struct rg_secret s = {.len = 0};

	ck_assert_int_eq(rg_secret_replace(&s, bytes, len), 0);
	return s;
}

START_TEST(keys_are_those_of_the_golden_list)
{
	static const struct {
		unsigned number;
		const char *passphrase;
		uint32_t nonce;
		const char *key;
	} row[] = {
		{34, "Reliable Internet Stream Transport", 0x52495354,
			"1c2b0cfc90ae2638fea78c7fb2977047"},
		{34, "Reliable Internet Stream Transport", 0x52495354,
			"1c2b0cfc90ae2638fea78c7fb297704718bff7f4052743001a9b7ebb51cc9f1c"},
		{35, "mainprofile", 0x01020304, "0960ba21503d727fa8f053bf8fcde622"},
		{35, "mainprofile", 0x01020304,
			"0960ba21503d727fa8f053bf8fcde622bb4af652d90ac87e9f0e5e9a14ebd5db"},
		{36, "mainprofile", 0x81020304,
			"e28f7bcbba019627ee7cf7bcfc9a1a214c821c64025faab60d2e309d9ea06149"},
		{37, "ristgo-test-passphrase", 0x12345678, "e71c678c592282b5027e918d8407948a"},
	};

	for (size_t i = 0; i < RG_ARRAY_LEN(row); i++) {
		struct rg_secret s = secret_of(row[i].passphrase, strlen(row[i].passphrase));
		uint8_t want[32], key[32];
		size_t n = unhex(row[i].key, want, sizeof(want));

		ck_assert_int_eq(rg_kdf(&s, row[i].nonce, key, n), 0);
		ck_assert_msg(memcmp(key, want, n) == 0, "golden %u", row[i].number);
	}
}

END_TEST

/* Golden 44: the SRP session key of golden section 11.6, column C, as passphrase. */
START_TEST(trap_m116_a_raw_session_key_is_taken_whole)
{
	uint8_t k[32], want[32], key[32];
	struct rg_secret s;

	unhex("0e7822b56248ffe74d0a4639bd7194e848df0e590a5d9ad414021ee7fab360a8", k, sizeof(k));
	unhex("8dc5adb937a7f3f9b03077563f0d5ffc064cf9b74bd03cb5c688b0412e4cd60e", want,
		sizeof(want));
	s = secret_of(k, sizeof(k));
	ck_assert_int_eq(rg_kdf(&s, 0x01020304, key, 32), 0);
	ck_assert_mem_eq(key, want, 32);
}

END_TEST

START_TEST(trap_m116_a_zero_byte_does_not_end_the_secret)
{
	struct rg_secret whole = secret_of("ab\0cd", 5), cut = secret_of("ab", 2);
	uint8_t a[16], b[16];

	ck_assert_int_eq(rg_kdf(&whole, 1, a, 16), 0);
	ck_assert_int_eq(rg_kdf(&cut, 1, b, 16), 0);
	ck_assert_mem_ne(a, b, 16);
}

END_TEST

START_TEST(a_derived_key_says_what_it_is)
{
	struct rg_key_pool *pool = rg_key_pool_new(3);
	struct rg_secret s = secret_of("mainprofile", 11);
	struct rg_key *k128 = rg_key_derive(pool, &s, 9, 0x01020304, 128);
	struct rg_key *k256 = rg_key_derive(pool, &s, 9, 0x01020304, 256);
	uint8_t raw[32];

	unhex("0960ba21503d727fa8f053bf8fcde622bb4af652d90ac87e9f0e5e9a14ebd5db", raw, sizeof(raw));
	ck_assert_mem_eq(k128->schedule, raw, 16);
	ck_assert_mem_eq(k256->schedule, raw, 32);
	ck_assert_uint_eq(k128->key_bits, 128);
	ck_assert_uint_eq(k256->key_bits, 256);
	ck_assert_uint_eq(k256->nonce, 0x01020304);
	ck_assert_uint_eq(k256->generation, 9);
	ck_assert_uint_eq((uintptr_t)k256 % RG_CACHE_LINE, 0);
	rg_key_pool_free(pool);
}

END_TEST

START_TEST(no_key_is_made_of_what_main_cannot_say)
{
	struct rg_key_pool *pool = rg_key_pool_new(4);
	struct rg_secret s = secret_of("x", 1), none = {.len = 0};

	ck_assert_ptr_null(rg_key_derive(pool, &s, 1, 0, 128)); /* M113 */
	ck_assert_ptr_null(rg_key_derive(pool, &s, 1, 1, 192)); /* M115 */
	ck_assert_ptr_null(rg_key_derive(pool, &s, 1, 1, 0));
	ck_assert_ptr_null(rg_key_derive(pool, &none, 1, 1, 128));
	ck_assert_uint_eq(rg_key_pool_used(pool), 0);
	rg_key_pool_free(pool);
}

END_TEST

START_TEST(a_pool_gives_as_many_keys_as_it_has_and_takes_them_back_wiped)
{
	static const uint8_t zero[sizeof(struct rg_key)];
	struct rg_key_pool *pool = rg_key_pool_new(2);
	struct rg_secret s = secret_of("x", 1);
	struct rg_key *a = rg_key_derive(pool, &s, 1, 1, 128);
	struct rg_key *b = rg_key_derive(pool, &s, 1, 2, 128);

	ck_assert(a && b && a != b);
	ck_assert_ptr_null(rg_key_derive(pool, &s, 1, 3, 128));
	ck_assert_uint_eq(rg_key_pool_used(pool), 2);
	rg_key_free(pool, a);
	ck_assert_mem_eq(a, zero, sizeof(zero));
	ck_assert_uint_eq(rg_key_pool_used(pool), 1);
	ck_assert_ptr_eq(rg_key_derive(pool, &s, 1, 3, 128), a);
	rg_key_free(pool, NULL);
	rg_key_pool_free(pool);
	rg_key_pool_free(NULL);
}

END_TEST

START_TEST(trap_m111_fresh_nonces_are_even_and_never_zero_or_the_last)
{
	uint32_t last = 0, all = 0;

	for (int i = 0; i < 20000; i++) {
		uint32_t nonce = 0;

		ck_assert_int_eq(rg_nonce_fresh(last, &nonce), 0);
		ck_assert_uint_ne(nonce, 0);
		ck_assert_uint_ne(nonce, last);
		ck_assert_uint_eq(nonce & UINT32_C(0x80000000), 0);
		all |= nonce;
		last = nonce;
	}
	ck_assert_uint_eq(all, INT32_MAX);
}

END_TEST

START_TEST(a_fresh_key_is_the_key_of_its_nonce)
{
	struct rg_key_pool *pool = rg_key_pool_new(2);
	struct rg_secret s = secret_of("mainprofile", 11);
	struct rg_key *fresh = rg_key_fresh(pool, &s, 3, 0, 256);
	struct rg_key *same = rg_key_derive(pool, &s, 3, fresh->nonce, 256);

	ck_assert_mem_eq(fresh, same, sizeof(*same));
	rg_key_pool_free(pool);
}

END_TEST

TCase *kdf_cases(void)
{
	TCase *t = tcase_create("kdf");

	tcase_add_test(t, keys_are_those_of_the_golden_list);
	tcase_add_test(t, trap_m116_a_raw_session_key_is_taken_whole);
	tcase_add_test(t, trap_m116_a_zero_byte_does_not_end_the_secret);
	tcase_add_test(t, a_derived_key_says_what_it_is);
	tcase_add_test(t, no_key_is_made_of_what_main_cannot_say);
	tcase_add_test(t, a_pool_gives_as_many_keys_as_it_has_and_takes_them_back_wiped);
	tcase_add_test(t, trap_m111_fresh_nonces_are_even_and_never_zero_or_the_last);
	tcase_add_test(t, a_fresh_key_is_the_key_of_its_nonce);
	return t;
}
