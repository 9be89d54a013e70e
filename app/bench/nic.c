/* SPDX-License-Identifier: BSD-3-Clause */
#include "nic.h"

#include <rte_ring.h>

#include "rg_dgram.h"

#define MASK    (NIC_SLOTS - 1)
#define OUT_CAP 512
#define RX_GOOD (RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_L4_CKSUM_GOOD)

static void refill(struct nic *n, unsigned count)
{
	struct rte_mbuf *m[RG_BURST];

	if (count == 0)
		return;
	if (rte_pktmbuf_alloc_bulk(n->pool, m, count) != 0) {
		n->starved++;
		return;
	}
	for (unsigned i = 0; i < count; i++)
		n->empty[n->empty_tail++ & MASK] = m[i];
}

void nic_start(struct nic *n, struct rte_mempool *pool)
{
	n->pool = pool;
	for (unsigned i = 0; i < NIC_DESCS; i += RG_BURST)
		refill(n, RG_BURST);
}

void nic_close(struct nic *n)
{
	for (; n->empty_head != n->empty_tail; n->empty_head++)
		rte_pktmbuf_free(n->empty[n->empty_head & MASK]);
	for (; n->sent_head != n->sent_tail; n->sent_head++)
		rte_pktmbuf_free(n->sent[n->sent_head & MASK]);
	for (; n->ready_head != n->ready_tail; n->ready_head++)
		rte_pktmbuf_free(n->ready[n->ready_head & MASK].m);
}

void nic_receive(struct nic *n, struct line *l, rg_time until, unsigned most)
{
	const struct line_frame *f;

	while (most-- > 0 && n->empty_head != n->empty_tail && (f = line_first(l, until)) != NULL) {
		struct rte_mbuf *m = n->empty[n->empty_head++ & MASK];

		/* a driver writes these when it hands the frame out, from its descriptor */
		m->data_len = (uint16_t)f->len;
		m->pkt_len = f->len;
		m->ol_flags = RX_GOOD;
		line_copy(rte_pktmbuf_mtod(m, uint8_t *), f->bytes, f->len);
		n->ready[n->ready_tail++ & MASK] = (struct nic_frame){m, f->at};
		line_next(l);
	}
}

bool nic_waits(const struct nic *n, rg_time now)
{
	return n->ready_head != n->ready_tail &&
		!rg_time_before(now, n->ready[n->ready_head & MASK].at);
}

unsigned nic_deliver(struct nic *n, rg_time now)
{
	void *m[RG_BURST];
	unsigned k = 0;

	while (k < RG_BURST && nic_waits(n, now))
		m[k++] = n->ready[n->ready_head++ & MASK].m;
	if (k > 0)
		rte_ring_sp_enqueue_bulk(n->in, m, k, NULL);
	return k;
}

void nic_serve(struct nic *n, unsigned n_taken)
{
	struct rte_mbuf *m[NIC_FREE_CAP];
	unsigned k = 0;

	refill(n, n_taken);
	while (n->sent_tail - n->sent_head > NIC_DESCS && k < NIC_FREE_CAP)
		m[k++] = n->sent[n->sent_head++ & MASK];
	if (k > 0)
		rte_pktmbuf_free_bulk(m, k);
}

void nic_send(struct nic *n, struct sink *s, rg_time now)
{
	void *m[OUT_CAP];
	unsigned k;

	do {
		k = rte_ring_sc_dequeue_burst(n->out, m, OUT_CAP, NULL);
		for (unsigned i = 0; i < k; i++) {
			sink_frame(s, now, m[i]);
			if (n->sent_tail - n->sent_head == NIC_SLOTS)
				rte_pktmbuf_free(m[i]);
			else
				n->sent[n->sent_tail++ & MASK] = m[i];
		}
	} while (k > 0);
}
