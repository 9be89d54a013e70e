/* SPDX-License-Identifier: BSD-3-Clause */
#include <check.h>
#include <stdlib.h>

#include "ring.h"

/* ck_assert tells its parent each time; in a flood that is most of the work. */
#define REQUIRE(c)                                                                                 \
	do {                                                                                       \
		if (!(c))                                                                          \
			ck_abort_msg("%s", #c);                                                    \
	} while (0)

void ring_open(struct ring *r, uint32_t n_peers)
{
	void *mem = aligned_alloc(RG_CACHE_LINE, rg_keyring_footprint(n_peers));

	ck_assert_ptr_nonnull(mem);
	*r = (struct ring){.now = {RG_NS_PER_S},
		.latency_ns = RG_NS_PER_MS,
		.n_peers = n_peers,
		.oldest = 1,
		.kr = rg_keyring_init(mem, n_peers, 1)};
}

static void wipe(struct ring *r)
{
	struct rg_key *k;

	while ((k = rg_keyring_retired(r->kr)) != NULL) {
		free(k);
		r->wiped++;
	}
}

void ring_close(struct ring *r)
{
	wipe(r);
	rg_keyring_flush(r->kr);
	wipe(r);
	ck_assert(rg_keyring_empty(r->kr));
	ck_assert_uint_eq(r->installed, r->wiped);
	free(r->kr);
}

static void answer(struct ring *r, unsigned i)
{
	uint32_t nonce = r->answers[i].nonce;
	uint16_t key_bits = r->answers[i].key_bits;
	uint8_t generation = r->answers[i].generation;
	struct rg_key *k;

	if (generation < r->oldest) {
		rg_keyring_fail(r->kr, r->now, nonce, key_bits, generation);
		r->failed++;
		return;
	}
	k = aligned_alloc(RG_CACHE_LINE, sizeof(*k));
	ck_assert_ptr_nonnull(k);
	k->nonce = nonce;
	k->key_bits = key_bits;
	k->generation = generation;
	if (rg_keyring_install(r->kr, r->now, nonce, key_bits, generation, k)) {
		r->installed++;
		return;
	}
	free(k);
	r->unwanted++;
}

void ring_run(struct ring *r, int64_t ns)
{
	r->now = rg_time_add(r->now, ns);
	for (unsigned i = 0; i < r->n_answers;) {
		if (rg_time_before(r->now, r->answers[i].at)) {
			i++;
			continue;
		}
		answer(r, i);
		r->answers[i] = r->answers[--r->n_answers];
	}
	wipe(r);
}

static void want(struct ring *r, const struct rg_keyring_find *f)
{
	r->asked++;
	REQUIRE(r->n_answers < RING_ANSWERS);
	r->answers[r->n_answers].at = rg_time_add(r->now, r->latency_ns);
	r->answers[r->n_answers].nonce = f->nonce;
	r->answers[r->n_answers].key_bits = f->key_bits;
	r->answers[r->n_answers++].generation = f->generation;
}

enum rg_keyring_verdict ring_mail(struct ring *r, const struct mail *m)
{
	struct rg_keyring_find f = {.peer = m->peer,
		.source = m->source,
		.nonce = m->nonce,
		.key_bits = m->key_bits ? m->key_bits : 128};
	enum rg_keyring_verdict v = rg_keyring_find(r->kr, r->now, &f);

	REQUIRE(v == RG_KEYRING_WAIT || !f.want);
	if (f.want)
		want(r, &f);
	if (v != RG_KEYRING_READY)
		return v;
	REQUIRE(f.entry->key->nonce == m->nonce);
	REQUIRE(f.entry->key->key_bits == f.key_bits);
	if (f.entry->key->generation == m->secret)
		rg_keyring_good(r->kr, r->now, f.entry, m->peer);
	else
		r->settled += rg_keyring_bad(r->kr, r->now, f.entry);
	return v;
}

unsigned ring_until_read(struct ring *r, const struct mail *m)
{
	for (unsigned n = 1; n <= 1000; n++) {
		uint32_t settled = r->settled;

		if (ring_mail(r, m) == RG_KEYRING_READY && r->settled == settled)
			return n;
		ring_run(r, RG_NS_PER_MS);
	}
	ck_abort_msg("nonce %08x was never read", m->nonce);
	return 0;
}
