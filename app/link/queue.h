/* SPDX-License-Identifier: BSD-3-Clause */
/* queue.h - the delay line: what is under way, given back in order of its due time.
 * Shape: a binary heap of fixed capacity; equal due times leave in the order they came.
 * Errors: push says false when full. Ownership: items are the caller's and never touched.
 * Threads: one caller. Cost: O(log n) a push and a pop. */
#ifndef QUEUE_H
#define QUEUE_H

#include "rg_time.h"

enum queue_kind {
	QUEUE_DATAGRAM,
	QUEUE_COPY, /* second copy of a duplicated datagram */
	QUEUE_OTHER, /* no datagram: only delayed */
};

struct queue_entry {
	rg_time due;
	uint64_t n; /* which datagram of its direction */
	void *item;
	enum queue_kind kind;
};

struct queue {
	struct queue_entry *heap;
	uint32_t len, cap;
};

int queue_init(struct queue *q, uint32_t cap); /* 0 or -RG_E_NOMEM */
void queue_fini(struct queue *q);
bool queue_push(struct queue *q, const struct queue_entry *e);

/* The first entry if it is due; false: none is. */
bool queue_pop(struct queue *q, rg_time now, struct queue_entry *out);

/* When the first entry is due; RG_TIME_NEVER: empty. */
rg_time queue_next(const struct queue *q);

#endif
