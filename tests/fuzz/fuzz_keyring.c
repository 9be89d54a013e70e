/* SPDX-License-Identifier: BSD-3-Clause */
/* Bytes are datagrams, answers of control and verdicts of a session; after each the ring must be
 * whole: every entry in exactly one list or use, every key accounted for, no more derivations
 * than the buckets give. */
#include "keyring_priv.h"
#include "rg_fuzz.h"

#define PEERS  3
#define NONCES 24
#define KEYS   64

struct ledger {
	struct rg_keyring *kr;
	rg_time now;
	uint8_t current, previous;
	uint32_t asked;
	bool lent[KEYS];
	struct rg_key keys[KEYS];
};

/* Free, retired, or in the chain of its name; never two of these. */
static void require_lists(const struct rg_keyring *kr)
{
	uint32_t seen = 0;

	for (uint16_t i = kr->free; i != NONE; i = kr->entries[i].next, seen++)
		fuzz_require(seen <= kr->n_entries && kr->entries[i].state == ENTRY_FREE &&
			!kr->entries[i].key);
	for (uint16_t i = kr->retired; i != NONE; i = kr->entries[i].next, seen++)
		fuzz_require(seen <= kr->n_entries && kr->entries[i].state == ENTRY_RETIRED &&
			kr->entries[i].key);
	for (uint32_t h = 0; h <= kr->hash_mask; h++)
		for (uint16_t i = kr->heads[h]; i != NONE; i = kr->entries[i].next, seen++) {
			const struct rg_keyring_entry *e = &kr->entries[i];

			fuzz_require(seen <= kr->n_entries && e->state != ENTRY_FREE &&
				e->state != ENTRY_RETIRED);
			fuzz_require(entry_lookup(kr, e->nonce, e->key_bits) == e);
			fuzz_require((e->state == ENTRY_WANTED) == !e->key);
			fuzz_require((e->state == ENTRY_PROVEN) == (e->refs > 0));
			fuzz_require((e->state == ENTRY_PROVEN) == (e->owner == NONE));
		}
	fuzz_require(seen == kr->n_entries);
}

/* Who holds what, counted from the other side. */
static void require_owners(const struct ledger *l)
{
	const struct rg_keyring *kr = l->kr;
	uint16_t refs[PEERS * 3 + RG_KEYRING_PLACES + SPARE] = {0};

	for (uint32_t o = 0; o <= kr->n_peers; o++) {
		for (unsigned k = 0; k < kr->origins[o].n_places; k++) {
			uint16_t i = kr->origins[o].places[k];

			fuzz_require(i == NONE || kr->entries[i].owner == o);
		}
		for (unsigned k = 0; k < PEER_HOLDS; k++) {
			uint16_t i = kr->origins[o].held[k];

			fuzz_require(i == NONE ||
				(o < kr->n_peers && kr->entries[i].state == ENTRY_PROVEN));
			if (i != NONE)
				refs[i]++;
		}
	}
	for (uint32_t i = 0; i < kr->n_entries; i++)
		fuzz_require(refs[i] == kr->entries[i].refs);
}

static void require_keys(const struct ledger *l)
{
	unsigned lent = 0;

	for (unsigned i = 0; i < KEYS; i++)
		lent += l->lent[i];
	fuzz_require(lent == l->kr->n_keys);
	fuzz_require(rg_keyring_empty(l->kr) == (lent == 0));
	for (uint32_t i = 0; i < l->kr->n_entries; i++) {
		const struct rg_key *k = l->kr->entries[i].key;

		fuzz_require(!k || l->lent[k - l->keys]);
		fuzz_require(!k || l->kr->entries[i].state == ENTRY_RETIRED ||
			(k->nonce == l->kr->entries[i].nonce &&
				k->key_bits == l->kr->entries[i].key_bits));
	}
	/* the time since 0 fills so much into all buckets */
	fuzz_require(l->asked <= RG_KEYRING_STRANGER_BURST + PEERS * RG_KEYRING_PEER_BURST +
			(uint64_t)l->now.ns *
				(RG_KEYRING_STRANGER_HZ + PEERS * RG_KEYRING_PEER_HZ) /
				RG_NS_PER_S);
}

static void answer(struct ledger *l, uint32_t nonce, uint16_t bits, uint8_t generation)
{
	for (unsigned i = 0; i < KEYS; i++) {
		if (l->lent[i])
			continue;
		l->keys[i].nonce = nonce;
		l->keys[i].key_bits = bits;
		l->lent[i] =
			rg_keyring_install(l->kr, l->now, nonce, bits, generation, &l->keys[i]);
		return;
	}
}

/* a: nonce and size, b: peer, source and verdict. */
static void datagram(struct ledger *l, uint8_t a, uint8_t b)
{
	uint32_t peer = (b & 3) == 3 ? RG_KEYRING_STRANGER : b & 3;
	struct rg_keyring_find f = {.peer = peer,
		.source = (b >> 2) & 3,
		.nonce = a % NONCES,
		.key_bits = a & 0x80 ? 256 : 128};
	enum rg_keyring_verdict v = rg_keyring_find(l->kr, l->now, &f);

	fuzz_require(!f.want || v == RG_KEYRING_WAIT);
	fuzz_require(!f.want || f.generation == l->current || f.generation == l->previous);
	l->asked += f.want;
	if (v != RG_KEYRING_READY)
		return;
	fuzz_require(f.entry->key && f.entry->nonce == f.nonce && f.entry->key_bits == f.key_bits);
	if (b & 0x40)
		rg_keyring_good(l->kr, l->now, f.entry, peer);
	else if (b & 0x80)
		rg_keyring_bad(l->kr, l->now, f.entry);
}

static void collect(struct ledger *l, unsigned n)
{
	struct rg_key *k;

	while (n-- > 0 && (k = rg_keyring_retired(l->kr)) != NULL) {
		fuzz_require(l->lent[k - l->keys]);
		l->lent[k - l->keys] = false;
	}
}

static void secrets(struct ledger *l, uint8_t a)
{
	l->previous = a & 1 ? l->current : 0;
	l->current = (uint8_t)(l->current % 255 + 1);
	rg_keyring_secrets(l->kr, l->current, l->previous);
}

static void step(struct ledger *l, const uint8_t *p)
{
	switch (p[0] & 7) {
	case 0:
		l->now = rg_time_add(l->now, (int64_t)p[1] * p[2] * 100 * RG_NS_PER_US);
		break;
	case 1:
		answer(l, p[1] % NONCES, p[1] & 0x80 ? 256 : 128,
			p[2] & 1 ? l->previous : l->current);
		break;
	case 2:
		if (p[2] & 4)
			rg_keyring_fail(l->kr, l->now, p[1] % NONCES, p[1] & 0x80 ? 256 : 128,
				p[2] & 1 ? l->previous : l->current);
		else
			rg_keyring_forget(l->kr, p[1] % (PEERS + 1));
		break;
	case 3:
		if (p[2] < 8)
			secrets(l, p[1]);
		else
			collect(l, p[1]);
		break;
	default:
		datagram(l, p[1], p[2]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ledger *l = aligned_alloc(RG_CACHE_LINE, rg_align_up(sizeof(*l), RG_CACHE_LINE));
	void *mem = aligned_alloc(RG_CACHE_LINE, rg_keyring_footprint(PEERS));

	if (l && mem) {
		memset(l, 0, sizeof(*l));
		l->current = 1;
		l->kr = rg_keyring_init(mem, PEERS, 1);
		for (size_t i = 0; i + 3 <= rg_min_u32((uint32_t)size, 3000); i += 3) {
			step(l, data + i);
			require_lists(l->kr);
			require_owners(l);
			require_keys(l);
		}
		rg_keyring_flush(l->kr);
		collect(l, KEYS);
		fuzz_require(rg_keyring_empty(l->kr));
	}
	free(mem);
	free(l);
	return 0;
}
