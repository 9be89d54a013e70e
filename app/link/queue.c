/* SPDX-License-Identifier: BSD-3-Clause */
#include "queue.h"

#include <stdlib.h>

int queue_init(struct queue *q, uint32_t cap)
{
	*q = (struct queue){.heap = malloc(cap * sizeof(*q->heap)), .cap = cap};
	return q->heap ? 0 : -RG_E_NOMEM;
}

void queue_fini(struct queue *q)
{
	free(q->heap);
	*q = (struct queue){0};
}

static bool before(const struct queue_entry *a, const struct queue_entry *b)
{
	return a->due.ns != b->due.ns ? a->due.ns < b->due.ns : a->n < b->n;
}

bool queue_push(struct queue *q, const struct queue_entry *e)
{
	uint32_t i = q->len;

	if (q->len == q->cap)
		return false;
	q->len++;
	for (; i > 0 && before(e, &q->heap[(i - 1) / 2]); i = (i - 1) / 2)
		q->heap[i] = q->heap[(i - 1) / 2];
	q->heap[i] = *e;
	return true;
}

bool queue_pop(struct queue *q, rg_time now, struct queue_entry *out)
{
	const struct queue_entry *last;
	uint32_t i = 0, child;

	if (q->len == 0 || rg_time_before(now, q->heap[0].due))
		return false;
	*out = q->heap[0];
	last = &q->heap[--q->len];
	while ((child = 2 * i + 1) < q->len) {
		if (child + 1 < q->len && before(&q->heap[child + 1], &q->heap[child]))
			child++;
		if (!before(&q->heap[child], last))
			break;
		q->heap[i] = q->heap[child];
		i = child;
	}
	q->heap[i] = *last;
	return true;
}

rg_time queue_next(const struct queue *q)
{
	return q->len ? q->heap[0].due : RG_TIME_NEVER;
}
