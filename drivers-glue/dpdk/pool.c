/* SPDX-License-Identifier: BSD-3-Clause */
/* pool.c - packet buffers: mbuf pools, and the worker's view of them.
 * References (history, fan-out) are mbuf reference counts, so MBUF_FAST_FREE is never used. */
#include "dpdk_priv.h"

#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_malloc.h>

#include <stdio.h>

#define CACHE 256
/* Headers of one frame: Ethernet to UDP (66) and RG_DGRAM_HDR_MAX, behind the usual headroom. */
#define HEADER_ROOM 256

/* A received frame must fit behind the headroom that drivers keep, a payload behind ours. */
static uint32_t packet_room(const struct rg_dp_need *need)
{
	uint32_t room = RTE_MBUF_DEFAULT_BUF_SIZE;

	if (room < RTE_PKTMBUF_HEADROOM + need->frame_bytes)
		room = RTE_PKTMBUF_HEADROOM + need->frame_bytes;
	if (room < RG_DP_DATA_OFF + need->data_bytes)
		room = RG_DP_DATA_OFF + need->data_bytes;
	return room;
}

/* A thread that is preempted inside a pool holds up nobody, which matters as soon as lcores share a
 * core: a ring with relaxed tail sync, a stack without locks. Headers and copies come from
 * stacks, since those just sent are still in the caches; packets are held so long that none is. */
static struct rte_mempool *make_pool(const char *name, const char *ops, uint32_t n, uint16_t priv,
	uint32_t room, struct rg_conf_error *err)
{
	struct rte_mempool *mp;

	mp = rte_pktmbuf_pool_create_by_ops(name, n, n > 4 * CACHE ? CACHE : 0, priv,
		(uint16_t)room, (int)rte_socket_id(), ops);
	if (mp == NULL) {
		uint64_t mib = ((uint64_t)n * (room + 256) >> 20) + 1;

		snprintf(err->text, sizeof(err->text),
			"memory: %u %s buffers of %u bytes need %llu MiB more than DPDK has: %s "
			"(EAL's -m, or huge pages)",
			n, name, room, (unsigned long long)mib, rte_strerror(rte_errno));
	}
	return mp;
}

int rg_dp_pools_open(
	struct rg_dp_pools *p, const struct rg_dp_need *need, struct rg_conf_error *err)
{
	uint32_t cached = (rte_lcore_count() + 2) * CACHE * 3 / 2;
	uint32_t room = packet_room(need);

	if (room > UINT16_MAX - RTE_PKTMBUF_HEADROOM) {
		snprintf(err->text, sizeof(err->text), "memory: packet buffer of %u bytes (%u)",
			room, UINT16_MAX - RTE_PKTMBUF_HEADROOM);
		return -RG_E_INVAL;
	}
	p->packets = make_pool(
		"packet", "ring_mt_rts", need->packets + cached, RG_DP_PACKET_SHIFT, room, err);
	if (p->packets == NULL)
		return -RG_E_NOMEM;
	p->headers = make_pool("header", "lf_stack", need->headers + cached, 0, HEADER_ROOM, err);
	if (p->headers == NULL)
		return -RG_E_NOMEM;
	if (need->copies > 0)
		p->copies = make_pool(
			"copy", "lf_stack", need->copies + cached, RG_DP_PACKET_SHIFT, room, err);
	return need->copies > 0 && p->copies == NULL ? -RG_E_NOMEM : 0;
}

void rg_dp_pools_close(struct rg_dp_pools *p)
{
	rte_mempool_free(p->packets);
	rte_mempool_free(p->headers);
	rte_mempool_free(p->copies);
	*p = (struct rg_dp_pools){0};
}

uint32_t rg_dp_pools_in_use(const struct rg_dp_pools *p)
{
	const struct rte_mempool *all[] = {p->packets, p->headers, p->copies};
	uint32_t n = 0;

	for (unsigned i = 0; i < RG_ARRAY_LEN(all); i++)
		n += all[i] != NULL ? rte_mempool_in_use_count(all[i]) : 0;
	return n;
}

/* All or nothing is how the pool counts; near its end take one by one. */
static unsigned get_some(struct rte_mempool *mp, struct rte_mbuf **m, unsigned n)
{
	if (rte_mempool_get_bulk(mp, (void **)m, n) == 0)
		return n;
	return rte_mempool_get_bulk(mp, (void **)m, 1) == 0 ? 1 : 0;
}

/* Heads of fresh buffers are cold, and nobody reads them before the transmitter, which fills in what
 * it needs: they are only called for. What a free buffer is sure to say: one segment, one owner. */
static unsigned alloc_from(struct rte_mempool *mp, struct rg_newbuf *out, unsigned n)
{
	uint32_t cap = rte_pktmbuf_data_room_size(mp) - RG_DP_DATA_OFF;
	unsigned done = 0, got;

	while (done < n) {
		struct rte_mbuf *m[RG_BURST];

		got = get_some(mp, m, rg_min_u32(n - done, RG_BURST));
		if (got == 0)
			break;
		for (unsigned i = 0; i < got; i++) {
			uint8_t *data = (uint8_t *)rte_mbuf_buf_addr(m[i], mp) + RG_DP_DATA_OFF;

			out[done + i] = (struct rg_newbuf){{m[i]}, data, cap};
			rg_buf_prefetch(out[done + i].buf, 0);
			rg_buf_prefetch(out[done + i].buf, 1);
		}
		done += got;
	}
	return done;
}

static unsigned alloc_bulk(void *ctx, struct rg_newbuf *out, unsigned n)
{
	return alloc_from(((struct rg_dp_pools *)ctx)->packets, out, n);
}

/* When more is under way than was thought of, the rest is taken like any packet. */
static unsigned alloc_copies(void *ctx, struct rg_newbuf *out, unsigned n)
{
	struct rg_dp_pools *p = ctx;
	unsigned got = p->copies != NULL ? alloc_from(p->copies, out, n) : 0;

	return got > 0 ? got : alloc_from(p->packets, out, n);
}

static void free_bulk(void *ctx, const struct rg_buf *bufs, unsigned n)
{
	struct rte_mbuf *m[RG_BURST];
	unsigned k = 0;

	(void)ctx;
	for (unsigned i = 0; i < n; i++) {
		m[k++] = bufs[i].h;
		if (k == RG_BURST) {
			rte_pktmbuf_free_bulk(m, k);
			k = 0;
		}
	}
	rte_pktmbuf_free_bulk(m, k);
}

static void ref(void *ctx, struct rg_buf buf, unsigned n)
{
	(void)ctx;
	rte_mbuf_refcnt_update(buf.h, (int16_t)n);
}

struct rg_bufops rg_dp_bufops(struct rg_dp_pools *p)
{
	return (struct rg_bufops){p, alloc_bulk, alloc_copies, free_bulk, ref};
}

void rg_dp_free_dgrams(const struct rg_dgram *d, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		rte_pktmbuf_free(d[i].buf.h);
}

void *rg_dp_mem(size_t bytes, const char *what, struct rg_conf_error *err)
{
	void *mem = rte_zmalloc_socket(
		NULL, bytes > 0 ? bytes : 1, RG_CACHE_LINE, (int)rte_socket_id());

	if (mem == NULL)
		snprintf(err->text, sizeof(err->text),
			"memory: %s needs %zu KiB more than DPDK has (EAL's -m, or huge pages)",
			what, (bytes >> 10) + 1);
	return mem;
}

/* memif hands over two segments, and a looped ring what a transmitter still shares. */
struct rte_mbuf *rg_dp_own(struct rg_dp_pools *p, struct rte_mbuf *m)
{
	struct rte_mbuf *copy;

	if (m->nb_segs == 1 && m->pool == p->packets && RTE_MBUF_DIRECT(m) &&
		rte_mbuf_refcnt_read(m) == 1)
		return m;
	copy = NULL;
	if (m->pkt_len <= (uint32_t)rte_pktmbuf_data_room_size(p->packets) - RTE_PKTMBUF_HEADROOM) {
		copy = rte_pktmbuf_copy(m, p->packets, 0, UINT32_MAX);
		if (copy != NULL)
			copy->ol_flags &= RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED;
	}
	rte_pktmbuf_free(m);
	return copy;
}
