/* SPDX-License-Identifier: BSD-3-Clause */
#include "lane.h"

#include <stdlib.h>

int lane_init(struct lane *l, const struct lane_conf *c, uint32_t cap, uint64_t seed, uint32_t path,
	uint32_t dir)
{
	*l = (struct lane){.rate_bps = c->rate_bps, .n_leaves = c->queue};
	impair_init(&l->impair, &c->impair, seed, path, dir);
	if (c->rate_bps) {
		l->leaves = calloc(c->queue, sizeof(*l->leaves));
		if (!l->leaves)
			return -RG_E_NOMEM;
	}
	return queue_init(&l->queue, cap);
}

void lane_fini(struct lane *l)
{
	free(l->leaves);
	queue_fini(&l->queue);
}

/* When the rate limiter has sent the datagram; RG_TIME_NEVER: its queue is full. */
static rg_time shape(struct lane *l, rg_time arrival, uint32_t len_bytes)
{
	rg_time *oldest;

	if (!l->rate_bps)
		return arrival;
	oldest = &l->leaves[l->next_leave];
	if (rg_time_before(arrival, *oldest))
		return RG_TIME_NEVER;
	if (rg_time_before(l->free_at, arrival))
		l->free_at = arrival;
	l->free_at = rg_time_add(l->free_at,
		(int64_t)(UINT64_C(8) * len_bytes * (uint64_t)RG_NS_PER_S / l->rate_bps));
	*oldest = l->free_at;
	l->next_leave = (l->next_leave + 1) % l->n_leaves;
	return l->free_at;
}

struct lane_offer lane_offer(struct lane *l, rg_time arrival, uint32_t len_bytes)
{
	struct lane_offer o = {.n = l->impair.n};
	struct impair_fate fate = impair_next(&l->impair);
	rg_time start = shape(l, arrival, len_bytes);

	l->stats.received++;
	l->stats.received_bytes += len_bytes;
	if (start.ns == RG_TIME_NEVER.ns) {
		l->stats.overflowed++;
		return o;
	}
	if (fate.n_copies == 0)
		l->stats.dropped++;
	o.n_copies = fate.n_copies;
	for (uint32_t i = 0; i < fate.n_copies; i++)
		o.due[i] = rg_time_add(start, fate.delay_ns[i]);
	return o;
}

bool lane_put(struct lane *l, const struct lane_offer *o, uint32_t i, void *item)
{
	struct queue_entry e = {.due = o->due[i],
		.n = o->n,
		.item = item,
		.kind = i > 0 ? QUEUE_COPY : QUEUE_DATAGRAM};

	if (queue_push(&l->queue, &e))
		return true;
	l->stats.overflowed += i == 0;
	return false;
}

bool lane_put_other(struct lane *l, rg_time arrival, void *item)
{
	struct queue_entry e = {.due = rg_time_add(arrival, l->impair.conf.delay_ns),
		.n = l->impair.n,
		.item = item,
		.kind = QUEUE_OTHER};

	return queue_push(&l->queue, &e);
}

void *lane_take(struct lane *l, rg_time now)
{
	struct queue_entry e;

	if (!queue_pop(&l->queue, now, &e))
		return NULL;
	if (e.kind == QUEUE_COPY)
		l->stats.duplicated++;
	else if (e.kind == QUEUE_DATAGRAM && e.n < l->newest_out)
		l->stats.reordered++;
	if (e.kind == QUEUE_DATAGRAM && e.n > l->newest_out)
		l->newest_out = e.n;
	return e.item;
}
