/* SPDX-License-Identifier: BSD-3-Clause */
/* Entries of the keyring: memory, hash, places of unproven nonces, keys that peers hold. */
#include "keyring_priv.h"

static uint16_t *chain_of(const struct rg_keyring *kr, uint64_t name)
{
	return &kr->heads[hash_of(name) & kr->hash_mask];
}

struct rg_keyring_entry *entry_lookup(
	const struct rg_keyring *kr, uint32_t nonce, uint16_t key_bits)
{
	uint16_t i = *chain_of(kr, name_of(nonce, key_bits));

	for (; i != NONE; i = kr->entries[i].next)
		if (kr->entries[i].nonce == nonce && kr->entries[i].key_bits == key_bits)
			return &kr->entries[i];
	return NULL;
}

struct rg_keyring_entry *entry_new(
	struct rg_keyring *kr, uint16_t *place, uint32_t nonce, uint16_t key_bits)
{
	uint16_t *chain = chain_of(kr, name_of(nonce, key_bits));
	struct rg_keyring_entry *e;

	if (kr->free == NONE)
		return NULL;
	e = &kr->entries[kr->free];
	kr->free = e->next;
	*e = (struct rg_keyring_entry){.nonce = nonce,
		.key_bits = key_bits,
		.owner = NONE,
		.next = *chain,
		.state = ENTRY_WANTED};
	*chain = index_of(kr, e);
	*place = *chain;
	return e;
}

static void unchain(struct rg_keyring *kr, const struct rg_keyring_entry *e)
{
	uint16_t *at = chain_of(kr, name_of(e->nonce, e->key_bits));

	while (*at != index_of(kr, e))
		at = &kr->entries[*at].next;
	*at = e->next;
}

uint16_t *place_of(struct rg_keyring *kr, const struct rg_keyring_entry *e)
{
	struct origin *o;
	uint16_t i = 0;

	if (e->owner == NONE)
		return NULL;
	o = &kr->origins[e->owner];
	while (o->places[i] != index_of(kr, e))
		i++;
	return &o->places[i];
}

static void leave_place(struct rg_keyring *kr, struct rg_keyring_entry *e)
{
	uint16_t *place = place_of(kr, e);

	if (place)
		*place = NONE;
	e->owner = NONE;
}

void entry_retire(struct rg_keyring *kr, struct rg_keyring_entry *e)
{
	uint16_t *list = e->key ? &kr->retired : &kr->free;

	leave_place(kr, e);
	unchain(kr, e);
	e->state = e->key ? ENTRY_RETIRED : ENTRY_FREE;
	e->next = *list;
	*list = index_of(kr, e);
}

/* Whether it had its trial: its answer is lost, its first datagram was garbage or never came, or
 * no peer came of it. */
static bool tried(const struct rg_keyring_entry *e, rg_time now)
{
	int64_t age = rg_time_diff(now, e->at);

	if (!e->key || e->good)
		return age >= RG_KEYRING_ASK_NS;
	return e->bad > 0 || age >= RG_KEYRING_TRIAL_NS;
}

uint16_t *place_for(struct rg_keyring *kr, rg_time now, struct origin *o)
{
	uint16_t *empty = NULL, *oldest = NULL;

	for (uint16_t *p = o->places; p < o->places + o->n_places; p++) {
		const struct rg_keyring_entry *e;

		if (*p == NONE) {
			empty = p;
			continue;
		}
		e = &kr->entries[*p];
		if (tried(e, now) &&
			(!oldest || rg_time_before(e->born, kr->entries[*oldest].born)))
			oldest = p;
	}
	if (empty || !oldest)
		return empty;
	entry_retire(kr, &kr->entries[*oldest]);
	return oldest;
}

void peer_release(struct rg_keyring *kr, uint16_t *held)
{
	struct rg_keyring_entry *e;

	if (*held == NONE)
		return;
	e = &kr->entries[*held];
	*held = NONE;
	if (--e->refs == 0)
		entry_retire(kr, e);
}

void peer_hold(struct rg_keyring *kr, struct origin *o, struct rg_keyring_entry *e)
{
	uint16_t *held = &o->held[0];

	for (unsigned i = 0; i < PEER_HOLDS && *held != NONE; i++)
		if (o->held[i] == NONE ||
			rg_time_before(kr->entries[o->held[i]].at, kr->entries[*held].at))
			held = &o->held[i];
	peer_release(kr, held);
	leave_place(kr, e);
	e->state = ENTRY_PROVEN;
	e->refs++;
	*held = index_of(kr, e);
}
