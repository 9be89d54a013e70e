/* SPDX-License-Identifier: BSD-3-Clause */
#include "rg_agenda.h"

#define NIL  UINT32_MAX
#define MASK (RG_AGENDA_BUCKETS - 1)

size_t rg_agenda_footprint(uint32_t cap)
{
	return cap * sizeof(struct rg_agenda_node) +
		RG_AGENDA_BUCKETS * sizeof(struct rg_agenda_bucket);
}

static int64_t tick_of(rg_time at)
{
	return at.ns >> RG_AGENDA_TICK_SHIFT;
}

void rg_agenda_init(struct rg_agenda *a, void *mem, uint32_t cap, rg_time now)
{
	*a = (struct rg_agenda){
		.buckets = mem, .tick = tick_of(now), .soonest = RG_TIME_NEVER, .cap = cap};
	a->nodes = (struct rg_agenda_node *)(void *)(a->buckets + RG_AGENDA_BUCKETS);
	for (uint32_t b = 0; b < RG_AGENDA_BUCKETS; b++)
		a->buckets[b] = (struct rg_agenda_bucket){NIL, NIL};
	for (uint32_t i = 0; i < cap; i++)
		a->nodes[i].at = RG_TIME_NEVER;
}

static uint32_t bucket_of(const struct rg_agenda *a, rg_time at)
{
	return (uint32_t)rg_clamp_i64(tick_of(at), a->tick, a->tick + MASK) & MASK;
}

static void link_last(struct rg_agenda *a, uint32_t id, uint32_t bucket)
{
	struct rg_agenda_bucket *b = &a->buckets[bucket];
	struct rg_agenda_node *n = &a->nodes[id];

	n->bucket = bucket;
	n->prev = b->last;
	n->next = NIL;
	if (b->last == NIL)
		b->first = id;
	else
		a->nodes[b->last].next = id;
	b->last = id;
	a->filled[bucket / 64] |= UINT64_C(1) << (bucket % 64);
}

static void unlink_node(struct rg_agenda *a, const struct rg_agenda_node *n)
{
	struct rg_agenda_bucket *b = &a->buckets[n->bucket];

	if (n->prev == NIL)
		b->first = n->next;
	else
		a->nodes[n->prev].next = n->next;
	if (n->next == NIL)
		b->last = n->prev;
	else
		a->nodes[n->next].prev = n->prev;
	if (b->first == NIL)
		a->filled[n->bucket / 64] &= ~(UINT64_C(1) << (n->bucket % 64));
}

void rg_agenda_set(struct rg_agenda *a, uint32_t id, rg_time at)
{
	struct rg_agenda_node *n = &a->nodes[id];
	bool waits = n->at.ns != RG_TIME_NEVER.ns;
	uint32_t bucket;

	RG_ASSERT(id < a->cap);
	if (n->at.ns == at.ns)
		return;
	a->stale |= n->at.ns == a->soonest.ns;
	if (rg_time_before(at, a->soonest)) {
		a->soonest = at;
		a->stale = false;
	}
	n->at = at;
	bucket = bucket_of(a, at);
	if (waits && at.ns != RG_TIME_NEVER.ns && bucket == n->bucket)
		return;
	if (waits)
		unlink_node(a, n);
	if (at.ns != RG_TIME_NEVER.ns)
		link_last(a, id, bucket);
}

/* The first tick from `from` on whose bucket is not empty; from + RG_AGENDA_BUCKETS: none. */
static int64_t filled_from(const struct rg_agenda *a, int64_t from)
{
	uint32_t at = (uint32_t)from & MASK, skipped = at % 64;
	uint64_t word = a->filled[at / 64] >> skipped << skipped;

	/* the word it begins in comes last once more */
	for (uint32_t i = 0; i <= RG_AGENDA_BUCKETS / 64; i++) {
		if (word)
			return from - skipped + i * 64 + __builtin_ctzll(word);
		word = a->filled[(at / 64 + i + 1) & (MASK / 64)];
	}
	return from + RG_AGENDA_BUCKETS;
}

static rg_time find_soonest(const struct rg_agenda *a)
{
	rg_time best = RG_TIME_NEVER;
	int64_t end = a->tick + RG_AGENDA_BUCKETS;

	for (int64_t t = a->tick; (t = filled_from(a, t)) < end; t++) {
		uint32_t id = a->buckets[t & MASK].first;

		for (; id != NIL; id = a->nodes[id].next)
			best = rg_time_min(best, a->nodes[id].at);
		if (tick_of(best) <=
			t) /* else all of them are further off than the wheel reaches */
			break;
	}
	return best;
}

rg_time rg_agenda_next(struct rg_agenda *a)
{
	if (a->stale)
		a->soonest = find_soonest(a);
	a->stale = false;
	return a->soonest;
}

/* What is due in the bucket of a->tick; what does not belong there yet moves on. False: full. */
static bool take_bucket(
	struct rg_agenda *a, rg_time now, uint32_t *ids, unsigned *n_ids, unsigned cap)
{
	uint32_t next;

	for (uint32_t id = a->buckets[a->tick & MASK].first; id != NIL; id = next) {
		struct rg_agenda_node *n = &a->nodes[id];
		bool due = !rg_time_before(now, n->at);

		next = n->next;
		if (!due && tick_of(n->at) == a->tick)
			continue;
		if (due && *n_ids == cap)
			return false;
		unlink_node(a, n);
		if (due) {
			n->at = RG_TIME_NEVER;
			ids[(*n_ids)++] = id;
		} else {
			link_last(a, id, bucket_of(a, n->at));
		}
	}
	return true;
}

unsigned rg_agenda_take(struct rg_agenda *a, rg_time now, uint32_t *ids, unsigned cap)
{
	int64_t end = tick_of(now);
	unsigned n = 0;

	if (rg_time_before(now, rg_agenda_next(a)))
		return 0;
	a->stale = true;
	for (;;) {
		a->tick = rg_min_i64(filled_from(a, a->tick), end);
		if (!take_bucket(a, now, ids, &n, cap) || a->tick == end)
			return n;
		a->tick++;
	}
}
