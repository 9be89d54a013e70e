/* SPDX-License-Identifier: BSD-3-Clause */
/* keyring_priv.h - the keyring's insides, shared by its files and its tests.
 * keyring.c: what datagrams and control cause. keyring_entry.c: entries, places, who holds what.
 * keyring_limit.c: token buckets, knocks, wrong nonces. */
#ifndef KEYRING_PRIV_H
#define KEYRING_PRIV_H

#include "rg_keyring.h"

#define NONE   UINT16_MAX
#define SPARE  RG_KEYRING_PLACES /* entries that may lie retired while all others are used */
#define KNOCKS 512 /* power of two */
#define WRONGS 64 /* power of two */
/* those of a second: a burst and what flows in */
#define SPENTS      (RG_KEYRING_STRANGER_BURST + RG_KEYRING_STRANGER_HZ)
#define PEER_HOLDS  2 /* proven keys: current and previous */
#define PEER_PLACES 1

enum entry_state {
	ENTRY_FREE,
	ENTRY_WANTED,
	ENTRY_READY,
	ENTRY_PROVEN,
	ENTRY_RETIRED, /* only its key is still there, until it is given back */
};

/* Where new nonces come from: a peer, or, behind the last peer, all strangers. */
struct origin {
	rg_time tat; /* its bucket is full at this time (theoretical arrival time, ITU-T I.371) */
	uint16_t *places; /* unproven entries or NONE */
	uint16_t n_places;
	uint16_t hint; /* entry of its last datagram */
	uint16_t held[PEER_HOLDS]; /* proven entries or NONE; strangers: none */
	uint16_t place; /* a peer's only place */
};

struct knock {
	rg_time at;
	uint64_t who; /* 0: nobody */
	uint32_t n; /* times it came */
};

/* A derivation that a strange source had. */
struct spent {
	rg_time at;
	uint32_t source;
	bool used;
};

struct wrong {
	rg_time until;
	uint64_t who;
};

struct rg_keyring {
	struct rg_keyring_entry *entries;
	struct origin *origins; /* n_peers + 1 */
	uint16_t *heads; /* of hash chains */
	uint32_t n_peers;
	uint32_t n_entries;
	uint32_t n_keys; /* in entries */
	uint32_t hash_mask;
	uint16_t free, retired; /* first of each list */
	uint8_t current, previous; /* generations of the secret */
	uint16_t places[RG_KEYRING_PLACES]; /* of strangers */
	struct spent spent[SPENTS]; /* the newest, from spent_at on */
	unsigned spent_at;
	struct wrong wrong[WRONGS];
	struct knock knock[KNOCKS];
};

static inline uint16_t index_of(const struct rg_keyring *kr, const struct rg_keyring_entry *e)
{
	return (uint16_t)(e - kr->entries);
}

/* What an entry is looked up by, as one number; never 0. */
static inline uint64_t name_of(uint32_t nonce, uint16_t key_bits)
{
	return (uint64_t)key_bits << 32 | nonce;
}

static inline uint32_t hash_of(uint64_t name)
{
	return (uint32_t)((name * UINT64_C(0x9e3779b97f4a7c15)) >> 40);
}

/* keyring_entry.c */
struct rg_keyring_entry *entry_lookup(
	const struct rg_keyring *kr, uint32_t nonce, uint16_t key_bits);
/* A fresh WANTED entry of this name in an empty place; NULL when all are taken. */
struct rg_keyring_entry *entry_new(
	struct rg_keyring *kr, uint16_t *place, uint32_t nonce, uint16_t key_bits);
/* Takes an entry that no peer holds out of hash and place; its key is to be given back. */
void entry_retire(struct rg_keyring *kr, struct rg_keyring_entry *e);
/* A place of o for one more nonce, emptied of what it may displace; NULL: none. */
uint16_t *place_for(struct rg_keyring *kr, rg_time now, struct origin *o);
uint16_t *place_of(struct rg_keyring *kr, const struct rg_keyring_entry *e);
/* Peer o holds e from now on, instead of the older of its two. */
void peer_hold(struct rg_keyring *kr, struct origin *o, struct rg_keyring_entry *e);
void peer_release(struct rg_keyring *kr, uint16_t *held);

/* keyring_limit.c */
bool bucket_take(const struct rg_keyring *kr, struct origin *o, rg_time now);
/* Whether o, and this source of strangers, may have a derivation for this nonce. */
bool may_ask(
	struct rg_keyring *kr, const struct origin *o, rg_time now, uint64_t name, uint32_t source);
/* It was a peer's rotation. */
void give_back(const struct rg_keyring *kr, struct origin *o);
/* It has it; only after may_ask. */
void note_asked(struct rg_keyring *kr, struct origin *o, rg_time now, uint32_t source);
void wrong_note(struct rg_keyring *kr, rg_time now, uint64_t name);
bool wrong_known(const struct rg_keyring *kr, rg_time now, uint64_t name);

#endif
