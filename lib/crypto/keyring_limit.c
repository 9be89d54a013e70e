/* SPDX-License-Identifier: BSD-3-Clause */
/* What bounds the derivations that strangers and peers cause. */
#include "keyring_priv.h"

static bool is_peer(const struct rg_keyring *kr, const struct origin *o)
{
	return o != &kr->origins[kr->n_peers];
}

static int64_t interval_ns(const struct rg_keyring *kr, const struct origin *o)
{
	return RG_NS_PER_S / (is_peer(kr, o) ? RG_KEYRING_PEER_HZ : RG_KEYRING_STRANGER_HZ);
}

static int64_t burst_ns(const struct rg_keyring *kr, const struct origin *o)
{
	return interval_ns(kr, o) *
		(is_peer(kr, o) ? RG_KEYRING_PEER_BURST : RG_KEYRING_STRANGER_BURST);
}

/* How much of the bucket is used, in time until it is full again. */
static int64_t used_ns(const struct origin *o, rg_time now)
{
	return rg_max_i64(rg_time_diff(o->tat, now), 0);
}

static bool bucket_has(const struct rg_keyring *kr, const struct origin *o, rg_time now)
{
	return used_ns(o, now) + interval_ns(kr, o) <= burst_ns(kr, o);
}

bool bucket_take(const struct rg_keyring *kr, struct origin *o, rg_time now)
{
	if (!bucket_has(kr, o, now))
		return false;
	o->tat = rg_time_add(now, used_ns(o, now) + interval_ns(kr, o));
	return true;
}

/* How many times this nonce came. The first in a slot keeps it for a while, so that a flood that
 * overwrites everything cannot make it forgotten; 0: another one has it. */
static uint32_t knocks(struct rg_keyring *kr, rg_time now, uint64_t name)
{
	struct knock *k = &kr->knock[hash_of(name) & (KNOCKS - 1)];
	bool held = k->who != 0 && rg_time_diff(now, k->at) < RG_KEYRING_KNOCK_NS;

	if (!held)
		*k = (struct knock){.at = now, .who = name};
	else if (k->who != name)
		return 0;
	return ++k->n;
}

/* How many it needs. The last tokens of a peer are for whom sends on and on, as media does; RTCP is
 * too seldom for that, and has those before. */
static uint32_t knocks_needed(const struct rg_keyring *kr, const struct origin *o, rg_time now)
{
	int64_t used = used_ns(o, now), burst = burst_ns(kr, o);

	if (!is_peer(kr, o))
		return 2 * used < burst ? 1 : 2;
	return 4 * used < burst ? 1 : 2 * used < burst ? 2 : RG_KEYRING_KNOCKS;
}

static bool source_has(const struct rg_keyring *kr, rg_time now, uint32_t source)
{
	unsigned n = 0;

	for (unsigned i = 0; i < SPENTS; i++)
		n += kr->spent[i].used && kr->spent[i].source == source &&
			rg_time_diff(now, kr->spent[i].at) < RG_NS_PER_S;
	return n < RG_KEYRING_SOURCE_MAX;
}

bool may_ask(
	struct rg_keyring *kr, const struct origin *o, rg_time now, uint64_t name, uint32_t source)
{
	uint32_t need;

	if (!is_peer(kr, o) && !source_has(kr, now, source))
		return false;
	need = knocks_needed(kr, o, now);
	return need == 1 || (knocks(kr, now, name) >= need && bucket_has(kr, o, now));
}

void give_back(const struct rg_keyring *kr, struct origin *o)
{
	o->tat = rg_time_add(o->tat, RG_NS_PER_S / RG_KEYRING_ROTATION_HZ - interval_ns(kr, o));
}

void note_asked(struct rg_keyring *kr, struct origin *o, rg_time now, uint32_t source)
{
	bucket_take(kr, o, now);
	if (is_peer(kr, o))
		return;
	kr->spent[kr->spent_at] = (struct spent){.at = now, .source = source, .used = true};
	kr->spent_at = (kr->spent_at + 1) % SPENTS;
}

void wrong_note(struct rg_keyring *kr, rg_time now, uint64_t name)
{
	kr->wrong[hash_of(name) & (WRONGS - 1)] =
		(struct wrong){.until = rg_time_add(now, RG_KEYRING_WRONG_NS), .who = name};
}

bool wrong_known(const struct rg_keyring *kr, rg_time now, uint64_t name)
{
	const struct wrong *w = &kr->wrong[hash_of(name) & (WRONGS - 1)];

	return w->who == name && rg_time_before(now, w->until);
}
