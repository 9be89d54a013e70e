/* SPDX-License-Identifier: BSD-3-Clause */
/* What datagrams and control cause in the keyring. */
#include "keyring_priv.h"

static uint32_t entries_for(uint32_t n_peers)
{
	return n_peers * (PEER_HOLDS + PEER_PLACES) + RG_KEYRING_PLACES + SPARE;
}

static size_t origins_offset(void)
{
	return rg_align_up(sizeof(struct rg_keyring), RG_CACHE_LINE);
}

static size_t entries_offset(uint32_t n_peers)
{
	return rg_align_up(origins_offset() + (n_peers + 1) * sizeof(struct origin), RG_CACHE_LINE);
}

static size_t heads_offset(uint32_t n_peers)
{
	return entries_offset(n_peers) + entries_for(n_peers) * sizeof(struct rg_keyring_entry);
}

uint32_t rg_keyring_keys(uint32_t n_peers)
{
	return entries_for(n_peers);
}

size_t rg_keyring_footprint(uint32_t n_peers)
{
	size_t heads = rg_pow2_ceil(2 * entries_for(n_peers)) * sizeof(uint16_t);

	return rg_align_up(heads_offset(n_peers) + heads, RG_CACHE_LINE);
}

struct rg_keyring *rg_keyring_init(void *mem, uint32_t n_peers, uint8_t generation)
{
	struct rg_keyring *kr = mem;
	uint8_t *base = mem;

	RG_ASSERT(n_peers <= RG_KEYRING_PEERS_MAX && generation != 0);
	memset(kr, 0, rg_keyring_footprint(n_peers));
	kr->origins = (struct origin *)(void *)(base + origins_offset());
	kr->entries = (struct rg_keyring_entry *)(void *)(base + entries_offset(n_peers));
	kr->heads = (uint16_t *)(void *)(base + heads_offset(n_peers));
	kr->n_peers = n_peers;
	kr->n_entries = entries_for(n_peers);
	kr->hash_mask = rg_pow2_ceil(2 * kr->n_entries) - 1;
	kr->current = generation;
	for (uint32_t i = 0; i <= kr->hash_mask; i++)
		kr->heads[i] = NONE;
	for (uint32_t i = 0; i < kr->n_entries; i++)
		kr->entries[i].next = (uint16_t)(i + 1 < kr->n_entries ? i + 1 : NONE);
	kr->retired = NONE;
	for (uint32_t i = 0; i <= n_peers; i++)
		kr->origins[i] = (struct origin){.places = &kr->origins[i].place,
			.n_places = PEER_PLACES,
			.held = {NONE, NONE},
			.place = NONE};
	kr->origins[n_peers].places = kr->places;
	kr->origins[n_peers].n_places = RG_KEYRING_PLACES;
	for (unsigned i = 0; i < RG_KEYRING_PLACES; i++)
		kr->places[i] = NONE;
	return kr;
}

/* Whose bucket and places a new nonce takes. */
static struct origin *origin_of(struct rg_keyring *kr, uint32_t peer)
{
	struct origin *o = &kr->origins[peer < kr->n_peers ? peer : kr->n_peers];

	if (o->held[0] == NONE && o->held[1] == NONE)
		return &kr->origins[kr->n_peers];
	return o;
}

static enum rg_keyring_verdict ask(
	rg_time now, struct rg_keyring_find *f, struct rg_keyring_entry *e)
{
	e->at = now;
	e->asked = true;
	f->want = true;
	f->generation = e->generation;
	return RG_KEYRING_WAIT;
}

static enum rg_keyring_verdict find_wanted(
	struct rg_keyring *kr, rg_time now, struct rg_keyring_find *f, struct rg_keyring_entry *e)
{
	if (e->asked && rg_time_diff(now, e->at) < RG_KEYRING_ASK_NS)
		return RG_KEYRING_WAIT;
	if (!bucket_take(kr, &kr->origins[e->owner], now))
		return RG_KEYRING_LIMIT;
	return ask(now, f, e);
}

static enum rg_keyring_verdict find_new(
	struct rg_keyring *kr, rg_time now, struct rg_keyring_find *f)
{
	struct origin *o = origin_of(kr, f->peer);
	uint64_t name = name_of(f->nonce, f->key_bits);
	struct rg_keyring_entry *e;
	uint16_t *place;

	if (f->nonce == 0 || wrong_known(kr, now, name))
		return RG_KEYRING_WRONG;
	if (!may_ask(kr, o, now, name, f->source))
		return RG_KEYRING_LIMIT;
	place = kr->free == NONE ? NULL : place_for(kr, now, o);
	if (!place)
		return RG_KEYRING_LIMIT;
	e = entry_new(kr, place, f->nonce, f->key_bits);
	e->owner = (uint16_t)(o - kr->origins);
	e->born = now;
	e->generation = kr->current;
	note_asked(kr, o, now, f->source);
	return ask(now, f, e);
}

enum rg_keyring_verdict rg_keyring_find(
	struct rg_keyring *kr, rg_time now, struct rg_keyring_find *f)
{
	struct origin *o = &kr->origins[f->peer < kr->n_peers ? f->peer : kr->n_peers];
	struct rg_keyring_entry *e = &kr->entries[o->hint];

	f->want = false;
	f->entry = e;
	/* the common case: the same nonce as in the source's last datagram */
	if (e->nonce == f->nonce && e->key_bits == f->key_bits &&
		(e->state == ENTRY_PROVEN || e->state == ENTRY_READY))
		return RG_KEYRING_READY;
	e = entry_lookup(kr, f->nonce, f->key_bits);
	f->entry = e;
	if (!e)
		return find_new(kr, now, f);
	if (e->state == ENTRY_WANTED)
		return find_wanted(kr, now, f, e);
	o->hint = index_of(kr, e);
	return RG_KEYRING_READY;
}

/* The entry that waits for this answer of control. */
static struct rg_keyring_entry *waiting(
	const struct rg_keyring *kr, uint32_t nonce, uint16_t key_bits, uint8_t generation)
{
	struct rg_keyring_entry *e = entry_lookup(kr, nonce, key_bits);

	if (!e || e->state != ENTRY_WANTED || !e->asked || e->generation != generation)
		return NULL;
	return e;
}

bool rg_keyring_install(struct rg_keyring *kr, rg_time now, uint32_t nonce, uint16_t key_bits,
	uint8_t generation, struct rg_key *key)
{
	struct rg_keyring_entry *e = waiting(kr, nonce, key_bits, generation);

	if (!e)
		return false;
	e->key = key;
	e->at = now;
	e->state = ENTRY_READY;
	kr->n_keys++;
	return true;
}

/* Its key is wrong or there is none. True: there is no other secret to try. */
static bool condemn(struct rg_keyring *kr, rg_time now, struct rg_keyring_entry *e)
{
	struct rg_keyring_entry was = *e, *again;
	uint16_t *place = place_of(kr, e);

	entry_retire(kr, e);
	if (was.generation != kr->current || kr->previous == 0) {
		wrong_note(kr, now, name_of(was.nonce, was.key_bits));
		return true;
	}
	again = entry_new(kr, place, was.nonce, was.key_bits);
	if (again) {
		again->owner = was.owner;
		again->born = was.born;
		again->at = now;
		again->generation = kr->previous;
	}
	return false;
}

void rg_keyring_fail(
	struct rg_keyring *kr, rg_time now, uint32_t nonce, uint16_t key_bits, uint8_t generation)
{
	struct rg_keyring_entry *e = waiting(kr, nonce, key_bits, generation);

	if (e)
		condemn(kr, now, e);
}

void rg_keyring_good(struct rg_keyring *kr, rg_time now, struct rg_keyring_entry *e, uint32_t peer)
{
	struct origin *o;

	if (e->state != ENTRY_READY && e->state != ENTRY_PROVEN)
		return; /* displaced since it was found */
	e->at = now;
	e->good = true;
	if (peer >= kr->n_peers)
		return;
	o = &kr->origins[peer];
	if (o->held[0] != index_of(kr, e) && o->held[1] != index_of(kr, e))
		peer_hold(kr, o, e);
}

void rg_keyring_earned(struct rg_keyring *kr, struct rg_keyring_entry *e, uint32_t peer)
{
	if (e->earned || peer >= kr->n_peers)
		return;
	e->earned = true;
	give_back(kr, &kr->origins[peer]);
}

bool rg_keyring_bad(struct rg_keyring *kr, rg_time now, struct rg_keyring_entry *e)
{
	if (e->state != ENTRY_READY || e->good)
		return false;
	e->bad++;
	if (e->bad < RG_KEYRING_BAD_MAX &&
		(e->bad == 1 || rg_time_diff(now, e->at) < RG_KEYRING_TRUST_NS))
		return false;
	return condemn(kr, now, e);
}

void rg_keyring_forget(struct rg_keyring *kr, uint32_t peer)
{
	struct origin *o;

	if (peer >= kr->n_peers)
		return;
	o = &kr->origins[peer];
	for (unsigned i = 0; i < PEER_HOLDS; i++)
		peer_release(kr, &o->held[i]);
	if (o->place != NONE)
		entry_retire(kr, &kr->entries[o->place]);
}

/* A generation that is no longer in force. */
static bool withdrawn(const struct rg_keyring *kr, uint16_t held)
{
	uint8_t generation = held == NONE ? kr->current : kr->entries[held].generation;

	return generation != kr->current && generation != kr->previous;
}

void rg_keyring_secrets(struct rg_keyring *kr, uint8_t current, uint8_t previous)
{
	kr->current = current;
	kr->previous = previous;
	memset(kr->wrong, 0, sizeof(kr->wrong));
	for (struct origin *o = kr->origins; o <= &kr->origins[kr->n_peers]; o++) {
		for (unsigned i = 0; i < PEER_HOLDS; i++)
			if (withdrawn(kr, o->held[i]))
				peer_release(kr, &o->held[i]);
		for (unsigned i = 0; i < o->n_places; i++)
			if (o->places[i] != NONE)
				entry_retire(kr, &kr->entries[o->places[i]]);
	}
}

void rg_keyring_flush(struct rg_keyring *kr)
{
	rg_keyring_secrets(kr, 0, 0);
}

struct rg_key *rg_keyring_retired(struct rg_keyring *kr)
{
	struct rg_keyring_entry *e;
	struct rg_key *key;

	if (kr->retired == NONE)
		return NULL;
	e = &kr->entries[kr->retired];
	key = e->key;
	kr->retired = e->next;
	*e = (struct rg_keyring_entry){.next = kr->free, .state = ENTRY_FREE};
	kr->free = index_of(kr, e);
	kr->n_keys--;
	return key;
}

bool rg_keyring_empty(const struct rg_keyring *kr)
{
	return kr->n_keys == 0;
}

bool rg_keyring_newer(const struct rg_keyring *kr, const struct rg_keyring_entry *e, uint32_t nonce)
{
	for (uint16_t bits = 128; bits <= 256; bits = (uint16_t)(bits + 64)) {
		const struct rg_keyring_entry *other = entry_lookup(kr, nonce, bits);

		if (other && rg_time_before(other->born, e->born))
			return true;
	}
	return false;
}

bool rg_keyring_proven(const struct rg_keyring_entry *e)
{
	return e->state == ENTRY_PROVEN;
}
