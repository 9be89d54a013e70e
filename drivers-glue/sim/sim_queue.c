/* SPDX-License-Identifier: BSD-3-Clause */
/* A binary heap of datagrams by time of arrival. */
#include <stdlib.h>

#include "sim_priv.h"

static bool before(const struct sim_event *a, const struct sim_event *b)
{
	return a->at_ns != b->at_ns ? a->at_ns < b->at_ns : a->order < b->order;
}

static void swap(struct sim_event *a, struct sim_event *b)
{
	struct sim_event t = *a;

	*a = *b;
	*b = t;
}

void sim_queue_add(struct sim_queue *q, rg_time at, struct sim_dgram *d)
{
	uint32_t i = q->n++;

	if (q->n > q->cap) {
		q->cap = q->cap ? 2 * q->cap : 256;
		q->heap = realloc(q->heap, q->cap * sizeof(*q->heap));
		if (!q->heap)
			abort();
	}
	q->heap[i] = (struct sim_event){at.ns, q->order++, d};
	for (; i > 0 && before(&q->heap[i], &q->heap[(i - 1) / 2]); i = (i - 1) / 2)
		swap(&q->heap[i], &q->heap[(i - 1) / 2]);
}

struct sim_dgram *sim_queue_take(struct sim_queue *q, rg_time now)
{
	struct sim_dgram *d;
	uint32_t i = 0;

	if (q->n == 0 || q->heap[0].at_ns > now.ns)
		return NULL;
	d = q->heap[0].d;
	q->heap[0] = q->heap[--q->n];
	for (;;) {
		uint32_t least = i;

		for (uint32_t c = 2 * i + 1; c <= 2 * i + 2 && c < q->n; c++)
			if (before(&q->heap[c], &q->heap[least]))
				least = c;
		if (least == i)
			return d;
		swap(&q->heap[i], &q->heap[least]);
		i = least;
	}
}

rg_time sim_queue_next(const struct sim_queue *q)
{
	return q->n > 0 ? (rg_time){q->heap[0].at_ns} : RG_TIME_NEVER;
}
