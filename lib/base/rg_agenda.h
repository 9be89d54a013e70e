/* SPDX-License-Identifier: BSD-3-Clause */
/* rg_agenda.h - which of very many objects must run next: a wheel of deadlines.
 * Spec: none. Shape: objects are numbered 0..cap - 1, each has at most one deadline; memory from
 * the caller. Where rg_due sorts, this puts a deadline among those of the same 33 us, whatever their
 * number, and looks at each of these when their time comes: deadlines stay exact to the nanosecond.
 * What is further off than 134 ms waits in the last place of the wheel until it is nearer.
 * Units: rg_time. Errors: none after init. Threads: one caller. */
#ifndef RG_AGENDA_H
#define RG_AGENDA_H

#include "rg_time.h"

#define RG_AGENDA_TICK_SHIFT 15 /* nanoseconds of a bucket, as a power of two */
#define RG_AGENDA_BUCKETS    4096 /* power of two */

struct rg_agenda_node {
	rg_time at; /* never: in no bucket */
	uint32_t prev, next; /* in its bucket */
	uint32_t bucket;
	uint32_t pad;
};

struct rg_agenda_bucket {
	uint32_t first, last;
};

struct rg_agenda {
	struct rg_agenda_node *nodes; /* [cap] */
	struct rg_agenda_bucket *buckets; /* [RG_AGENDA_BUCKETS] */
	int64_t tick; /* nothing waits before it */
	rg_time soonest; /* unless stale */
	bool stale;
	uint32_t cap;
	uint64_t filled[RG_AGENDA_BUCKETS / 64]; /* a bit a bucket */
};

/* Bytes for init. */
size_t rg_agenda_footprint(uint32_t cap);
/* now: no deadline is looked for before it. */
void rg_agenda_init(struct rg_agenda *a, void *mem, uint32_t cap, rg_time now);

/* Gives or moves the deadline of an object; RG_TIME_NEVER takes it away. One that has passed is due
 * at once. */
void rg_agenda_set(struct rg_agenda *a, uint32_t id, rg_time at);

/* The earliest deadline, RG_TIME_NEVER when there is none. */
rg_time rg_agenda_next(struct rg_agenda *a);

/* Takes the deadlines that have come by now, at most cap of them, off the agenda: their objects in
 * ids[], in order of time but for those of one bucket, which come in the order they were set. Returns
 * how many. */
unsigned rg_agenda_take(struct rg_agenda *a, rg_time now, uint32_t *ids, unsigned cap);

#endif
