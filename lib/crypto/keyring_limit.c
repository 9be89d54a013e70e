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

/* True the second time. The first one keeps its slot for a while, so that a flood that overwrites
 * everything cannot make it forgotten. */
static bool knocks_again(struct rg_keyring *kr, rg_time now, uint64_t name)
{
	struct knock *k = &kr->knock[hash_of(name) & (KNOCKS - 1)];
	bool held = k->who != 0 && rg_time_diff(now, k->at) < RG_KEYRING_KNOCK_NS;

	if (held && k->who == name)
		return true;
	if (!held)
		*k = (struct knock){.at = now, .who = name};
	return false;
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
	if (!is_peer(kr, o) && !source_has(kr, now, source))
		return false;
	if (2 * used_ns(o, now) < burst_ns(kr, o))
		return true;
	return knocks_again(kr, now, name) && bucket_has(kr, o, now);
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
