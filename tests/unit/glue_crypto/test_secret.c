/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>

#include "glue_crypto_suites.h"
#include "rg_crypto_glue.h"

START_TEST(a_secret_has_1_to_127_bytes)
{
	struct rg_vault *v = rg_secret_vault(2);
	char text[128];
	struct rg_secret *s;

	memset(text, 'a', sizeof(text));
	ck_assert_ptr_null(rg_secret_new(v, text, 0));
	ck_assert_ptr_null(rg_secret_new(v, text, 128));
	ck_assert_uint_eq(rg_vault_used(v), 0);
	s = rg_secret_new(v, text, 127);
	ck_assert_uint_eq(s->len, 127);
	ck_assert_mem_eq(s->bytes, text, 127);
	ck_assert_int_eq(rg_secret_replace(s, text, 128), -RG_E_INVAL);
	ck_assert_int_eq(rg_secret_replace(s, text, 0), -RG_E_INVAL);
	ck_assert_uint_eq(s->len, 127);
	rg_vault_free(v);
}

END_TEST

START_TEST(what_was_replaced_or_given_back_is_gone)
{
	static const uint8_t zero[sizeof(struct rg_secret)];
	struct rg_vault *v = rg_secret_vault(1);
	struct rg_secret *s = rg_secret_new(v, "a long passphrase", 17);

	ck_assert_int_eq(rg_secret_replace(s, "ab", 2), 0);
	ck_assert_uint_eq(s->len, 2);
	ck_assert_mem_eq(s->bytes, "ab", 2);
	ck_assert_mem_eq(s->bytes + 2, zero, RG_SECRET_BYTES_MAX - 2);
	rg_secret_free(v, s);
	ck_assert_mem_eq(s, zero, sizeof(zero));
	ck_assert_ptr_eq(rg_secret_new(v, "x", 1), s);
	ck_assert_ptr_null(rg_secret_new(v, "y", 1));
	rg_secret_free(v, NULL);
	rg_vault_free(v);
	rg_vault_free(NULL);
}

END_TEST

START_TEST(secrets_are_equal_in_length_and_bytes)
{
	struct rg_vault *v = rg_secret_vault(4);
	struct rg_secret *a = rg_secret_new(v, "abc", 3), *b = rg_secret_new(v, "abc", 3);
	struct rg_secret *c = rg_secret_new(v, "abx", 3), *d = rg_secret_new(v, "abc\0", 4);

	ck_assert(rg_secret_equal(a, b));
	ck_assert(!rg_secret_equal(a, c));
	ck_assert(!rg_secret_equal(a, d));
	rg_vault_free(v);
}

END_TEST

START_TEST(a_pair_keeps_the_secret_before_until_it_settles)
{
	struct rg_vault *v = rg_secret_vault(2);
	struct rg_secret_pair p;

	ck_assert_int_eq(rg_secret_pair_init(&p, v, "one", 3), 0);
	ck_assert_uint_eq(p.generation, 1);
	ck_assert_ptr_null(rg_secret_of(&p, 0));
	ck_assert_mem_eq(rg_secret_of(&p, 1)->bytes, "one", 3);
	ck_assert_int_eq(rg_secret_pair_change(&p, v, "two", 3), 0);
	ck_assert_mem_eq(rg_secret_of(&p, 1)->bytes, "one", 3);
	ck_assert_mem_eq(rg_secret_of(&p, 2)->bytes, "two", 3);
	ck_assert_int_eq(rg_secret_pair_change(&p, v, "six", 3), 0);
	ck_assert_ptr_null(rg_secret_of(&p, 1));
	ck_assert_mem_eq(rg_secret_of(&p, 2)->bytes, "two", 3);
	ck_assert_mem_eq(rg_secret_of(&p, 3)->bytes, "six", 3);
	ck_assert_uint_eq(p.previous_generation, 2);
	ck_assert_int_eq(rg_secret_pair_change(&p, v, "", 0), -RG_E_INVAL);
	rg_secret_pair_settle(&p, v);
	ck_assert_ptr_null(rg_secret_of(&p, 2));
	ck_assert_ptr_null(rg_secret_of(&p, 0));
	ck_assert_uint_eq(rg_vault_used(v), 1);
	rg_secret_pair_fini(&p, v);
	ck_assert_uint_eq(rg_vault_used(v), 0);
	rg_vault_free(v);
}

END_TEST

START_TEST(generations_begin_again_after_255)
{
	struct rg_vault *v = rg_secret_vault(2);
	struct rg_secret_pair p;

	ck_assert_int_eq(rg_secret_pair_init(&p, v, "a", 1), 0);
	for (int i = 0; i < 255; i++) {
		ck_assert_int_eq(rg_secret_pair_change(&p, v, "b", 1), 0);
		ck_assert_uint_ne(p.generation, 0);
		ck_assert_uint_ne(p.generation, p.previous_generation);
	}
	ck_assert_uint_eq(p.generation, 1);
	ck_assert_uint_eq(p.previous_generation, 255);
	rg_vault_free(v);
}

END_TEST

/* The address sanitizer makes mlock do nothing. */
#if defined(__SANITIZE_ADDRESS__)
#define MLOCK_WORKS false
#elif defined(__has_feature)
#define MLOCK_WORKS (!__has_feature(address_sanitizer))
#else
#define MLOCK_WORKS true
#endif

/* The VmFlags of the mapping that holds p, from the kernel. */
static void flags_of(const void *p, char *flags, size_t size)
{
	FILE *f = fopen("/proc/self/smaps", "r");
	bool inside = false;
	char line[512];

	flags[0] = '\0';
	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof(line), f)) {
		unsigned long from, to;

		if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
			inside = (uintptr_t)p >= from && (uintptr_t)p < to;
		else if (inside && strncmp(line, "VmFlags:", 8) == 0)
			snprintf(flags, size, "%s ", line + 8);
	}
	fclose(f);
}

START_TEST(secrets_and_keys_stay_out_of_dumps_and_swap)
{
	struct rg_vault *v = rg_secret_vault(100);
	struct rg_key_pool *pool = rg_key_pool_new(100);
	struct rg_secret *s = rg_secret_new(v, "x", 1);
	struct rg_key *k = rg_key_derive(pool, s, 1, 1, 128);
	char flags[512];

	flags_of(s, flags, sizeof(flags));
	ck_assert_msg(strstr(flags, " dd") != NULL, "%s", flags);
	ck_assert(rg_vault_locked(v) == (strstr(flags, " lo") != NULL) || !MLOCK_WORKS);
	flags_of(k, flags, sizeof(flags));
	ck_assert_msg(strstr(flags, " dd") != NULL, "%s", flags);
	ck_assert(rg_key_pool_locked(pool) == (strstr(flags, " lo") != NULL) || !MLOCK_WORKS);
	rg_key_pool_free(pool);
	rg_vault_free(v);
}

END_TEST

TCase *secret_cases(void)
{
	TCase *t = tcase_create("secret");

	tcase_add_test(t, a_secret_has_1_to_127_bytes);
	tcase_add_test(t, what_was_replaced_or_given_back_is_gone);
	tcase_add_test(t, secrets_are_equal_in_length_and_bytes);
	tcase_add_test(t, a_pair_keeps_the_secret_before_until_it_settles);
	tcase_add_test(t, generations_begin_again_after_255);
	tcase_add_test(t, secrets_and_keys_stay_out_of_dumps_and_swap);
	return t;
}
