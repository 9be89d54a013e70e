/* SPDX-License-Identifier: BSD-3-Clause */
/* What forgers can cause, and what they cannot. */
#include <stdlib.h>

#include "crypto_suites.h"
#include "keyring_priv.h"
#include "ring.h"

#define STRANGER RG_KEYRING_STRANGER
#define FLOOD    100000 /* forged datagrams a second */

static uint64_t state = 88172645463325252U;

static uint32_t chance(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 32);
}

/* A forged datagram, again `repeat` times, each under another nonce. */
struct forger {
	uint32_t peer; /* whose address it forges */
	bool one_source;
	unsigned repeat;
};

/* A second of flood; genuine datagrams every millisecond between. Returns how many were read. */
static unsigned flood(
	struct ring *r, const struct forger *who, const struct mail *genuine, unsigned every_ms)
{
	unsigned read = 0;

	for (unsigned ms = 0; ms < 1000; ms++) {
		for (unsigned i = 0; i < FLOOD / 1000; i += who->repeat) {
			struct mail m = {.peer = who->peer,
				.source = who->one_source ? 7 : chance(),
				.nonce = chance() | 1};

			for (unsigned k = 0; k < who->repeat; k++)
				ring_mail(r, &m);
		}
		if (genuine && ms % every_ms == 0)
			read += ring_mail(r, genuine) == RG_KEYRING_READY;
		ring_run(r, RG_NS_PER_MS);
	}
	return read;
}

static void assert_strangers_bounded(const struct ring *r, uint32_t before, unsigned seconds)
{
	ck_assert_uint_le(
		r->asked - before, RG_KEYRING_STRANGER_BURST + seconds * RG_KEYRING_STRANGER_HZ);
}

static const struct forger forgers[] = {
	{.peer = STRANGER, .one_source = false, .repeat = 1},
	{.peer = STRANGER, .one_source = true, .repeat = 1},
	{.peer = STRANGER, .one_source = false, .repeat = 2},
	{.peer = STRANGER, .one_source = true, .repeat = 10},
};

START_TEST(trap_m119_a_flood_of_nonces_costs_eight_derivations_a_second)
{
	struct mail good = {.peer = 0, .nonce = 0x01020304, .secret = 1};
	struct ring r;

	ring_open(&r, 4);
	ring_until_read(&r, &good);
	ck_assert_uint_eq(flood(&r, &forgers[_i], &good, 1), 1000);
	assert_strangers_bounded(&r, 1, 1);
	ring_close(&r);
}

END_TEST

START_TEST(a_flood_cannot_delay_the_rotation_of_a_known_peer)
{
	struct mail good = {.peer = 0, .nonce = 0x01020304, .secret = 1};
	struct ring r;

	ring_open(&r, 4);
	ring_until_read(&r, &good);
	for (unsigned s = 0; s < 3; s++) {
		flood(&r, &forgers[_i], &good, 1);
		good.nonce++;
		ck_assert_int_eq(ring_mail(&r, &good), RG_KEYRING_WAIT);
		ring_run(&r, r.latency_ns);
		ck_assert_int_eq(ring_mail(&r, &good), RG_KEYRING_READY);
	}
	ring_close(&r);
}

END_TEST

START_TEST(one_strange_source_has_two_derivations_a_second)
{
	struct forger who = {.peer = STRANGER, .one_source = true, .repeat = 10};
	struct ring r;

	ring_open(&r, 4);
	for (unsigned s = 1; s <= 5; s++) {
		flood(&r, &who, NULL, 1);
		ck_assert_uint_eq(r.asked, s * RG_KEYRING_SOURCE_MAX);
	}
	/* so another one never waits */
	ck_assert_uint_eq(ring_until_read(&r,
				  &(struct mail){.peer = 1, .source = 8, .nonce = 2, .secret = 1}),
		2);
	ring_close(&r);
}

END_TEST

START_TEST(a_newcomer_that_goes_on_sending_gets_in_past_a_flood)
{
	struct mail newcomer = {.peer = 1, .source = 0x4e4e, .nonce = 0x0a0b0c0d, .secret = 1};
	struct ring r;

	ring_open(&r, 4);
	flood(&r, &forgers[_i], NULL, 1);
	ck_assert_uint_ge(flood(&r, &forgers[_i], &newcomer, 1), 500);
	ring_close(&r);
}

END_TEST

/* Forged under the peer's own address: its bucket is used up, but its keys stay. */
START_TEST(forged_datagrams_of_a_peer_never_take_its_keys)
{
	struct forger who = {.peer = 0, .repeat = 1 + 2 * (unsigned)_i};
	struct mail good = {.peer = 0, .nonce = 0x01020304, .secret = 1};
	struct mail other = {.peer = 1, .nonce = 0x05060708, .secret = 1};
	uint32_t asked;
	struct ring r;

	ring_open(&r, 4);
	ring_until_read(&r, &good);
	ring_until_read(&r, &other);
	asked = r.asked;
	ck_assert_uint_eq(flood(&r, &who, &good, 1), 1000);
	ck_assert_uint_le(r.asked - asked, RG_KEYRING_PEER_BURST + RG_KEYRING_PEER_HZ);
	/* the other peer is not concerned, strangers neither */
	other.nonce++;
	ck_assert_uint_eq(ring_until_read(&r, &other), 2);
	ring_close(&r);
}

END_TEST

/* 100,000 a second, each nonce once or some times. */
START_TEST(a_peer_rotates_past_forgers_of_its_own_address)
{
	static const unsigned repeats[] = {1, 2, 4, 10};
	struct forger who = {.peer = 0, .repeat = repeats[_i]};
	struct mail good = {.peer = 0, .nonce = 0x01020304, .secret = 1};
	struct ring r;

	ring_open(&r, 4);
	ring_until_read(&r, &good);
	flood(&r, &who, &good, 1);
	good.nonce++;
	ck_assert_uint_ge(flood(&r, &who, &good, 1), 500);
	ring_close(&r);
}

END_TEST

/* The forger repeats each nonce until its key is condemned. */
START_TEST(a_wrong_passphrase_costs_a_derivation_every_ten_seconds)
{
	struct mail wrong = {.peer = STRANGER, .source = 5, .nonce = 77, .secret = 0};
	struct ring r;

	ring_open(&r, 1);
	for (unsigned ms = 0; ms < 60000; ms++) {
		ring_mail(&r, &wrong);
		ring_run(&r, RG_NS_PER_MS);
	}
	ck_assert_uint_ge(r.asked, 2);
	ck_assert_uint_le(r.asked, 6);
	ring_close(&r);
}

END_TEST

START_TEST(a_slow_control_is_asked_no_more_for_that)
{
	struct mail good = {.peer = 0, .nonce = 0x01020304, .secret = 1};
	struct ring r;

	ring_open(&r, 4);
	ring_until_read(&r, &good);
	r.latency_ns = 3 * RG_NS_PER_S;
	for (unsigned s = 0; s < 5; s++)
		ck_assert_uint_eq(flood(&r, &forgers[2], &good, 1), 1000);
	assert_strangers_bounded(&r, 1, 5);
	ring_close(&r);
}

END_TEST

/* Retired keys that nobody collects: still no peer's key is touched, and rotation works again as
 * soon as they are. */
START_TEST(a_ring_full_of_retired_keys_refuses_instead_of_overwriting)
{
	struct mail good = {.peer = 0, .nonce = 0x01020304, .secret = 1};
	struct rg_key keys[200];
	struct ring r;
	unsigned n = 0;

	ring_open(&r, 1);
	ring_until_read(&r, &good);
	for (uint32_t i = 0; i < 100; i++) {
		struct rg_keyring_find f = {
			.peer = STRANGER, .source = i, .nonce = 1000 + i, .key_bits = 128};

		r.now = rg_time_add(r.now, RG_NS_PER_S);
		if (rg_keyring_find(r.kr, r.now, &f) != RG_KEYRING_WAIT)
			continue;
		keys[n] = (struct rg_key){.nonce = f.nonce};
		ck_assert(rg_keyring_install(r.kr, r.now, f.nonce, 128, 1, &keys[n++]));
	}
	ck_assert_uint_eq(n, RG_KEYRING_PLACES + SPARE + 2);
	ck_assert_int_eq(ring_mail(&r, &good), RG_KEYRING_READY);
	while (rg_keyring_retired(r.kr))
		n--;
	ck_assert_uint_eq(n, RG_KEYRING_PLACES);
	good.nonce++;
	ck_assert_uint_eq(ring_until_read(&r, &good), 2);
	rg_keyring_forget(r.kr, 0);
	ring_run(&r, 0);
	rg_keyring_flush(r.kr);
	while (rg_keyring_retired(r.kr))
		n--;
	ck_assert_uint_eq(n, 0);
	ring_close(&r);
}

END_TEST

TCase *attack_cases(void)
{
	TCase *t = tcase_create("attack");
	int n = RG_ARRAY_LEN(forgers);

	tcase_add_loop_test(t, trap_m119_a_flood_of_nonces_costs_eight_derivations_a_second, 0, n);
	tcase_add_loop_test(t, a_flood_cannot_delay_the_rotation_of_a_known_peer, 0, n);
	tcase_add_test(t, one_strange_source_has_two_derivations_a_second);
	tcase_add_loop_test(t, a_newcomer_that_goes_on_sending_gets_in_past_a_flood, 0, 4);
	tcase_add_loop_test(t, forged_datagrams_of_a_peer_never_take_its_keys, 0, 2);
	tcase_add_loop_test(t, a_peer_rotates_past_forgers_of_its_own_address, 0, 4);
	tcase_add_test(t, a_wrong_passphrase_costs_a_derivation_every_ten_seconds);
	tcase_add_test(t, a_slow_control_is_asked_no_more_for_that);
	tcase_add_test(t, a_ring_full_of_retired_keys_refuses_instead_of_overwriting);
	return t;
}
