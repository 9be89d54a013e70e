/* SPDX-License-Identifier: BSD-3-Clause */
/* pipe.c - what lies between tasks. A full pipe drops the newest and counts; nobody waits. */
#include "dpdk_priv.h"

#include <rte_lcore.h>
#include <rte_malloc.h>
#include <rte_ring_elem.h>

#include <stdio.h>

#define HOLDS (RG_DP_PIPE_SLOTS - 1) /* as a ring of so many slots */

struct rte_ring *rg_dp_ring(
	const char *kind, unsigned from, unsigned to, size_t elem_bytes, unsigned slots)
{
	char name[RTE_RING_NAMESIZE];

	snprintf(name, sizeof(name), "rg_%s_%u_%u", kind, from, to);
	return rte_ring_create_elem(name, (unsigned)elem_bytes, slots, (int)rte_socket_id(),
		RING_F_SP_ENQ | RING_F_SC_DEQ);
}

/* The fence orders the filling of the ring before the look at `asleep`; it pairs with the fence
 * between store of `asleep` and last look at the rings in idle.c and kernel_io.c. */
void rg_dp_nudge(struct rg_dp_sleeper *s)
{
	if (s == NULL)
		return;
	atomic_thread_fence(memory_order_seq_cst);
	if (atomic_load_explicit(&s->asleep, memory_order_relaxed) != 0 &&
		atomic_exchange_explicit(&s->asleep, 0, memory_order_relaxed) != 0)
		s->wake(s->arg);
}

bool rg_dp_pipe_open(struct rg_dp_pipe *p, const char *kind, unsigned from, unsigned to)
{
	if (p->to != NULL)
		p->ring = rg_dp_ring(kind, from, to, sizeof(struct rg_dgram), RG_DP_PIPE_SLOTS);
	else
		p->tray = rte_zmalloc_socket(
			kind, sizeof(*p->tray), RG_CACHE_LINE, (int)rte_socket_id());
	return p->ring != NULL || p->tray != NULL;
}

/* Moves what waits to the beginning when there would be too little behind it; returns how many find
 * room. Rare: a tray is empty once a round, unless a transmitter is late. */
static unsigned tray_room(struct rg_dp_tray *t, unsigned n)
{
	if (HOLDS - t->tail < n && t->head > 0) {
		memmove(t->d, t->d + t->head, (t->tail - t->head) * sizeof(t->d[0]));
		t->tail -= t->head;
		t->head = 0;
	}
	return rg_min_u32(n, HOLDS - t->tail);
}

static unsigned tray_put(struct rg_dp_tray *t, const struct rg_dgram *d, unsigned n)
{
	unsigned k = tray_room(t, n);

	memcpy(t->d + t->tail, d, k * sizeof(*d));
	t->tail += k;
	return k;
}

void rg_dp_pipe_put(struct rg_dp_pipe *p, const struct rg_dgram *d, unsigned n)
{
	unsigned sent = p->tray != NULL
		? tray_put(p->tray, d, n)
		: rte_ring_sp_enqueue_burst_elem(p->ring, d, sizeof(*d), n, NULL);

	if (sent > 0)
		rg_dp_nudge(p->to);
	if (sent == n)
		return;
	rg_dp_count(&p->drops[p->full], n - sent);
	rg_dp_free_dgrams(d + sent, n - sent);
}

struct rg_dgram *rg_dp_pipe_room(struct rg_dp_pipe *p, unsigned *n)
{
	struct rg_dp_tray *t = p->tray;

	if (t == NULL)
		return NULL;
	tray_room(t, *n);
	*n = HOLDS - t->tail;
	return t->d + t->tail;
}

void rg_dp_pipe_filled(struct rg_dp_pipe *p, unsigned n)
{
	p->tray->tail += n;
}

/* Control asks, too, while a tray is in use: it asks again. */
unsigned rg_dp_pipe_count(const struct rg_dp_pipe *p)
{
	const struct rg_dp_tray *t = p->tray;

	if (t == NULL)
		return rte_ring_count(p->ring);
	return __atomic_load_n(&t->tail, __ATOMIC_RELAXED) -
		__atomic_load_n(&t->head, __ATOMIC_RELAXED);
}

bool rg_dp_gives_way(const struct rg_host *h, struct rg_dp_pipe *p, const struct rg_dgram *d)
{
	if (!h->eps[d->ep].oob || rg_dp_pipe_count(p) < RG_DP_PIPE_SLOTS / 2)
		return false;
	rg_dp_count(&p->drops[RG_V_OOB_FULL], 1);
	rg_dp_free_dgrams(d, 1);
	return true;
}

void rg_dp_pipe_spread(
	struct rg_dp_pipe *pipes, const uint16_t *to, const struct rg_dgram *d, unsigned n)
{
	unsigned first = 0;

	for (unsigned i = 1; i <= n; i++) {
		if (i < n && to[i] == to[first])
			continue;
		rg_dp_pipe_put(&pipes[to[first]], d + first, i - first);
		first = i;
	}
}

struct rg_dgram *rg_dp_pipe_take(struct rg_dp_pipe *p, struct rg_dgram *d, unsigned *n)
{
	struct rg_dp_tray *t = p->tray;

	if (t == NULL) {
		*n = rte_ring_sc_dequeue_burst_elem(p->ring, d, sizeof(*d), *n, NULL);
		return d;
	}
	d = t->d + t->head;
	*n = rg_min_u32(*n, t->tail - t->head);
	t->head += *n;
	if (t->head == t->tail)
		t->head = t->tail = 0;
	return d;
}

unsigned rg_dp_pipe_get(struct rg_dp_pipe *p, struct rg_dgram *d, unsigned cap)
{
	const struct rg_dgram *from = rg_dp_pipe_take(p, d, &cap);

	if (from != d)
		memcpy(d, from, cap * sizeof(*d));
	return cap;
}

void rg_dp_pipe_close(struct rg_dp_pipe *p)
{
	struct rg_dgram d;

	if (p->ring == NULL && p->tray == NULL)
		return;
	while (rg_dp_pipe_get(p, &d, 1) == 1)
		rg_dp_free_dgrams(&d, 1);
	rte_ring_free(p->ring);
	rte_free(p->tray);
	p->ring = NULL;
	p->tray = NULL;
}

void rg_dp_frames_free(struct rte_ring *r)
{
	void *m;

	if (r == NULL)
		return;
	while (rte_ring_sc_dequeue(r, &m) == 0)
		rte_pktmbuf_free(m);
	rte_ring_free(r);
}
