/* SPDX-License-Identifier: BSD-3-Clause */
#include "generate_out.h"

#include <rte_ethdev.h>

#define UDP_OFF (RG_ETH_BYTES + RG_IP4_BYTES)
#define UDP_SUM (UDP_OFF + 6) /* where the checksum stands in a frame */

/* [take] */
static void add(struct out *o, struct rte_mbuf *m)
{
	if (o->port != NULL && o->n == OUT_FRAMES)
		out_flush(o);
	if (o->port != NULL && o->n < OUT_FRAMES) {
		o->m[o->n++] = m;
		return;
	}
	o->refused++;
	rte_pktmbuf_free(m);
}

/* A buffer that shows a datagram's payload with room for `headers` before it: its own, or a copy of
 * what others have, too. [take] d's buffer. NULL: there is none. */
static struct rte_mbuf *payload_of(struct out *o, const struct rg_dgram *d, uint32_t headers)
{
	struct rte_mbuf *m = d->buf.h;

	if (m != NULL && rte_mbuf_refcnt_read(m) == 1 &&
		d->data - (const uint8_t *)m->buf_addr >= (ptrdiff_t)headers) {
		m->data_off = (uint16_t)(d->data - (const uint8_t *)m->buf_addr);
		m->data_len = d->len;
		m->pkt_len = d->len;
		return m;
	}
	m = rte_pktmbuf_alloc(o->pool);
	if (m != NULL && d->len > 0)
		memcpy(rte_pktmbuf_append(m, d->len), d->data, d->len);
	rg_dp_free_dgrams(d, 1);
	return m;
}

void out_dgram(struct out *o, const struct rg_udp_tmpl *t, struct rg_dgram *d)
{
	uint32_t headers = (uint32_t)t->len + d->hdr_len;
	struct rte_mbuf *m = payload_of(o, d, headers);
	uint16_t sum;
	uint8_t *p;

	d->buf.h = NULL;
	if (m == NULL) {
		o->refused++;
		return;
	}
	p = (uint8_t *)rte_pktmbuf_prepend(m, (uint16_t)headers);
	memcpy(p + t->len, d->hdr, d->hdr_len);
	rg_udp_tmpl_write_offload(t, p, (uint16_t)(d->hdr_len + d->len));
	/* now the pseudo-header's sum stands in the place of the checksum */
	sum = (uint16_t)~rg_csum_fold(rg_csum_add(0, p + UDP_OFF, m->data_len - UDP_OFF));
	rg_put16(p + UDP_SUM, sum ? sum : 0xffff);
	add(o, m);
}

void out_bytes(struct out *o, const uint8_t *p, size_t n)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(o->pool);

	if (m == NULL) {
		o->refused++;
		return;
	}
	memcpy(rte_pktmbuf_append(m, (uint16_t)n), p, n);
	add(o, m);
}

void out_flush(struct out *o)
{
	uint16_t sent;

	if (o->n == 0 || !rg_dp_port_up(o->port))
		return;
	sent = rte_eth_tx_burst(o->port->id, 0, o->m, (uint16_t)o->n);
	o->n -= sent;
	for (uint32_t i = 0; i < o->n && sent > 0; i++)
		o->m[i] = o->m[i + sent];
}

void out_close(struct out *o)
{
	rte_pktmbuf_free_bulk(o->m, o->n);
	o->n = 0;
	o->port = NULL;
}
