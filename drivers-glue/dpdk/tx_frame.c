/* SPDX-License-Identifier: BSD-3-Clause */
/* tx_frame.c - makes a frame of a datagram without touching payload that others own:
 *   in place    headers are written before the payload, in the same buffer, when nobody shares it
 *   by reference  a header buffer chained to the payload's, or to a reference where that shows more
 *   by copy     one linear buffer, for drivers that send no chains (af_xdp sends garbage)
 * The bytes on the wire are the same, and so are checksums by software and by the port. */
#include "tx_priv.h"

#include <rte_ethdev.h>

#define HEADS_AHEAD 4 /* on their way while frames before them are made */

static bool is_unshared(const struct rg_dgram *d, uint32_t headers)
{
	const struct rte_mbuf *m = d->buf.h;

	return m != NULL && !(d->flags & RG_DGRAM_SHARED) && rte_mbuf_refcnt_read(m) == 1 &&
		RTE_MBUF_DIRECT(m) && (size_t)(d->data - (const uint8_t *)m->buf_addr) >= headers;
}

static struct rte_mbuf *in_place(const struct rg_dgram *d, uint32_t headers)
{
	struct rte_mbuf *m = d->buf.h;

	m->data_off = (uint16_t)(d->data - (uint8_t *)m->buf_addr - headers);
	m->data_len = (uint16_t)(headers + d->len);
	m->pkt_len = m->data_len;
	m->ol_flags = 0;
	return m;
}

static struct rte_mbuf *by_copy(struct rg_dp_txport *t, const struct rg_dgram *d, uint32_t headers)
{
	struct rg_dp_pools *pools = &t->tx->h->pools;
	bool small = d->len == 0;
	struct rte_mbuf *m = rte_pktmbuf_alloc(small ? pools->headers : pools->packets);

	if (m == NULL)
		return NULL;
	m->data_off = RG_DP_HEADER_OFF;
	m->data_len = (uint16_t)(headers + d->len);
	m->pkt_len = m->data_len;
	if (!small)
		memcpy(rte_pktmbuf_mtod_offset(m, uint8_t *, headers), d->data, d->len);
	rte_pktmbuf_free(d->buf.h);
	return m;
}

/* A received datagram's buffer shows its payload and nothing else, so it can stand in many chains
 * at a time: all of them want to see the same. */
static bool shows_payload(const struct rte_mbuf *m, const struct rg_dgram *d)
{
	return m->data_len == d->len && m->nb_segs == 1 &&
		rte_pktmbuf_mtod(m, const uint8_t *) == d->data;
}

static void prefetch_head(const struct rte_mbuf *m)
{
	const uint8_t *p = (const uint8_t *)m;

	__builtin_prefetch(p, 1);
	__builtin_prefetch(p + RG_CACHE_LINE, 1);
	__builtin_prefetch(p + sizeof(*m) + RG_DP_HEADER_OFF, 1);
	__builtin_prefetch(p + sizeof(*m) + RG_DP_HEADER_OFF + RG_CACHE_LINE, 1);
}

static void take_heads(struct rg_dp_txport *t)
{
	if (rte_mempool_get_bulk(t->tx->h->pools.headers, (void **)t->heads, RG_BURST) != 0)
		return;
	t->n_heads = RG_BURST;
	for (unsigned i = 1; i <= HEADS_AHEAD; i++)
		prefetch_head(t->heads[RG_BURST - i]);
}

/* Not initialised but for what a free buffer is sure to say: one segment, one owner. */
static struct rte_mbuf *fresh_head(struct rg_dp_txport *t)
{
	if (t->n_heads == 0)
		take_heads(t);
	if (t->n_heads == 0)
		return NULL;
	if (t->n_heads > HEADS_AHEAD)
		prefetch_head(t->heads[t->n_heads - 1 - HEADS_AHEAD]);
	return t->heads[--t->n_heads];
}

/* The payload's own buffer where that shows it and nothing else, or a reference that does. */
static struct rte_mbuf *payload_of(struct rg_dp_txport *t, const struct rg_dgram *d)
{
	struct rte_mbuf *owner = d->buf.h, *m;

	if (shows_payload(owner, d))
		return owner;
	m = fresh_head(t);
	if (m == NULL)
		return NULL;
	rte_pktmbuf_attach(m, owner);
	m->data_off = (uint16_t)(d->data - (uint8_t *)owner->buf_addr);
	m->data_len = d->len;
	rte_pktmbuf_free(owner); /* the reference holds one of its own */
	return m;
}

static struct rte_mbuf *by_reference(
	struct rg_dp_txport *t, const struct rg_dgram *d, uint32_t headers)
{
	struct rte_mbuf *m = fresh_head(t);

	if (m == NULL)
		return NULL;
	m->next = payload_of(t, d);
	if (m->next == NULL) {
		t->heads[t->n_heads++] = m;
		return NULL;
	}
	m->data_off = RG_DP_HEADER_OFF;
	m->data_len = (uint16_t)headers;
	m->pkt_len = headers + d->len;
	m->nb_segs = 2;
	m->ol_flags = 0;
	return m;
}

/* Sum of RIST header and payload; an odd header shifts the payload's bytes (RFC 1071, 2(B)). */
static uint64_t sum_of(const struct rg_dgram *d)
{
	uint64_t sum = rg_csum_add(0, d->hdr, d->hdr_len);
	uint64_t data = rg_csum_add(0, d->data, d->len);
	uint16_t folded;

	if (d->hdr_len % 2 == 0)
		return sum + data;
	folded = rg_csum_fold(data);
	return sum + __builtin_bswap16(rte_cpu_to_be_16(folded));
}

static uint32_t ip_bytes(const struct rg_udp_tmpl *t, const struct rg_dgram *d)
{
	return (uint32_t)t->len - t->l3_off + d->hdr_len + d->len;
}

static struct rte_mbuf *drop(struct rg_dp_txport *t, const struct rg_dgram *d, enum rg_verdict why)
{
	rg_dp_count(&t->tx->drops[why], 1);
	rg_dp_free_dgrams(d, 1);
	return NULL;
}

/* Ethernet to UDP for a port that sums: the same for each payload of the same length. */
static void put_filled(struct rg_dp_flow *f, uint8_t *p, uint16_t payload)
{
	if (f->filled_len != payload + 1u) {
		rg_udp_tmpl_write_offload(&f->tmpl, f->filled, payload);
		f->filled_len = payload + 1u;
	}
	if (f->tmpl.len == RG_UDP4_BYTES) /* a length that is known makes a few moves of a call */
		memcpy(p, f->filled, RG_UDP4_BYTES);
	else
		memcpy(p, f->filled, f->tmpl.len);
}

static void put_headers(struct rg_dp_flow *f, const struct rg_dgram *d, struct rte_mbuf *m,
	bool by_port, uint64_t sum)
{
	uint8_t *p = rte_pktmbuf_mtod(m, uint8_t *);
	uint16_t payload = (uint16_t)(d->hdr_len + d->len);

	if (m->nb_segs > 1) /* nothing is behind it in this buffer */
		memcpy(p + f->tmpl.len, d->hdr, sizeof(d->hdr));
	else if (d->hdr_len > 0)
		memcpy(p + f->tmpl.len, d->hdr, d->hdr_len);
	if (by_port) {
		put_filled(f, p, payload);
		m->ol_flags = f->ol_flags;
		m->tx_offload = f->tx_offload;
	} else {
		rg_udp_tmpl_write(&f->tmpl, p, payload, sum);
	}
}

struct rte_mbuf *rg_dp_frame_make(
	struct rg_dp_txport *t, struct rg_dp_flow *f, const struct rg_dgram *d)
{
	uint32_t headers = (uint32_t)f->tmpl.len + d->hdr_len;
	uint64_t offloads = t->port->tx_offloads;
	bool by_port = (offloads & RTE_ETH_TX_OFFLOAD_UDP_CKSUM) != 0;
	struct rte_mbuf *m;
	uint64_t sum;

	if (ip_bytes(&f->tmpl, d) > t->port->mtu)
		return drop(t, d, RG_V_TX_TOO_LONG);
	sum = by_port ? 0 : sum_of(d); /* a copy gives the payload's buffer back */
	if (is_unshared(d, headers))
		m = in_place(d, headers);
	else if (d->len > 0 && (offloads & RTE_ETH_TX_OFFLOAD_MULTI_SEGS) != 0)
		m = by_reference(t, d, headers);
	else
		m = by_copy(t, d, headers);
	if (m == NULL)
		return drop(t, d, RG_V_NO_BUFFER);
	put_headers(f, d, m, by_port, sum);
	return m;
}
