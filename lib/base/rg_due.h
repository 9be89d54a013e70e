/* SPDX-License-Identifier: BSD-3-Clause */
/* rg_due.h - which of many objects must run next: an indexed 4-ary heap of deadlines.
 * Spec: none. Shape: objects are numbered 0..cap - 1, each has at most one deadline; memory from
 * the caller. For the few flows of an input; thousands of objects have rg_agenda.h.
 * Units: rg_time. Errors: none after init. Threads: one caller. */
#ifndef RG_DUE_H
#define RG_DUE_H

#include "rg_time.h"

struct rg_due_node {
	rg_time at;
	uint32_t id;
	uint32_t pad;
};

struct rg_due {
	struct rg_due_node *heap;
	uint32_t *pos; /* place of an object in heap, plus one; 0: no deadline */
	uint32_t n;
	uint32_t cap;
};

size_t rg_due_footprint(uint32_t cap);
void rg_due_init(struct rg_due *d, void *mem, uint32_t cap);

/* Gives or moves the deadline of an object; RG_TIME_NEVER takes it away. */
void rg_due_set(struct rg_due *d, uint32_t id, rg_time at);

/* The earliest deadline, RG_TIME_NEVER when there is none. */
static inline rg_time rg_due_next(const struct rg_due *d)
{
	return d->n ? d->heap[0].at : RG_TIME_NEVER;
}

/* Whose it is; only when there is one. */
static inline uint32_t rg_due_first(const struct rg_due *d)
{
	return d->heap[0].id;
}

#endif
