/* SPDX-License-Identifier: BSD-3-Clause */
/* pipe.c - SPSC rings between tasks. A full ring drops the newest and counts; nobody waits. */
#include "dpdk_priv.h"

#include <rte_lcore.h>
#include <rte_ring_elem.h>

#include <stdio.h>

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

void rg_dp_pipe_put(struct rg_dp_pipe *p, const struct rg_dgram *d, unsigned n)
{
	unsigned sent = rte_ring_sp_enqueue_burst_elem(p->ring, d, sizeof(*d), n, NULL);

	if (sent > 0)
		rg_dp_nudge(p->to);
	if (sent == n)
		return;
	rg_dp_count(&p->drops[p->full], n - sent);
	rg_dp_free_dgrams(d + sent, n - sent);
}

bool rg_dp_gives_way(const struct rg_host *h, struct rg_dp_pipe *p, const struct rg_dgram *d)
{
	if (!h->eps[d->ep].oob || rte_ring_free_count(p->ring) >= RG_DP_PIPE_SLOTS / 2)
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

unsigned rg_dp_pipe_get(struct rte_ring *r, struct rg_dgram *d, unsigned cap)
{
	return rte_ring_sc_dequeue_burst_elem(r, d, sizeof(*d), cap, NULL);
}

void rg_dp_ring_free(struct rte_ring *r)
{
	struct rg_dgram d;

	if (r == NULL)
		return;
	while (rg_dp_pipe_get(r, &d, 1) == 1)
		rg_dp_free_dgrams(&d, 1);
	rte_ring_free(r);
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
