/* SPDX-License-Identifier: BSD-3-Clause */
#include "rg_due.h"

#define ARITY 4

size_t rg_due_footprint(uint32_t cap)
{
	return cap * (sizeof(struct rg_due_node) + sizeof(uint32_t));
}

void rg_due_init(struct rg_due *d, void *mem, uint32_t cap)
{
	d->heap = mem;
	d->pos = (uint32_t *)(d->heap + cap);
	d->n = 0;
	d->cap = cap;
	memset(d->pos, 0, cap * sizeof(*d->pos));
}

static void put(struct rg_due *d, uint32_t i, struct rg_due_node node)
{
	d->heap[i] = node;
	d->pos[node.id] = i + 1;
}

static void sift_up(struct rg_due *d, uint32_t i, struct rg_due_node node)
{
	while (i > 0) {
		uint32_t parent = (i - 1) / ARITY;

		if (!rg_time_before(node.at, d->heap[parent].at))
			break;
		put(d, i, d->heap[parent]);
		i = parent;
	}
	put(d, i, node);
}

static uint32_t earlier(const struct rg_due_node *h, uint32_t a, uint32_t b)
{
	return rg_time_before(h[b].at, h[a].at) ? b : a;
}

/* The child of i that is due first; n when it has none. */
static uint32_t first_child(const struct rg_due *d, uint32_t i)
{
	const struct rg_due_node *h = d->heap;
	uint32_t c = i * ARITY + 1, best = c;

	if (c + ARITY <= d->n) /* nearly always, and nothing here can be mispredicted */
		return earlier(h, earlier(h, c, c + 1), earlier(h, c + 2, c + 3));
	while (++c < d->n)
		best = earlier(h, best, c);
	return rg_min_u32(best, d->n);
}

static void sift_down(struct rg_due *d, uint32_t i, struct rg_due_node node)
{
	uint32_t c;

	while ((c = first_child(d, i)) < d->n && rg_time_before(d->heap[c].at, node.at)) {
		put(d, i, d->heap[c]);
		i = c;
	}
	put(d, i, node);
}

static void take_out(struct rg_due *d, uint32_t id)
{
	uint32_t i = d->pos[id] - 1;
	struct rg_due_node last = d->heap[--d->n];

	d->pos[id] = 0;
	if (last.id == id)
		return;
	if (i > 0 && rg_time_before(last.at, d->heap[(i - 1) / ARITY].at))
		sift_up(d, i, last);
	else
		sift_down(d, i, last);
}

void rg_due_set(struct rg_due *d, uint32_t id, rg_time at)
{
	struct rg_due_node node = {.at = at, .id = id};
	uint32_t i;

	RG_ASSERT(id < d->cap);
	if (d->cap == 1) { /* nothing to sort */
		d->heap[0] = node;
		d->n = at.ns != RG_TIME_NEVER.ns;
		return;
	}
	if (at.ns == RG_TIME_NEVER.ns) {
		if (d->pos[id])
			take_out(d, id);
		return;
	}
	if (!d->pos[id]) {
		sift_up(d, d->n++, node);
		return;
	}
	i = d->pos[id] - 1;
	if (rg_time_before(at, d->heap[i].at))
		sift_up(d, i, node);
	else if (rg_time_before(d->heap[i].at, at)) /* mostly it has not moved */
		sift_down(d, i, node);
}
