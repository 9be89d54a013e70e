/* SPDX-License-Identifier: BSD-3-Clause */
/* tx_flow.c - ready-made headers per destination. The cache is direct-mapped: two destinations
 * that meet in one slot cost time, never correctness. */
#include "tx_priv.h"

#define UNICAST_TTL 64

const struct rg_addr *rg_dp_next_hop(const struct rg_dp_port *p, const struct rg_addr *dst)
{
	const struct rg_addr *gw = dst->af == RG_AF_IP4 ? &p->conf->gw4 : &p->conf->gw6;

	if (rg_dp_port_on_link(p, dst))
		return dst;
	return gw->af != RG_AF_NONE ? gw : NULL;
}

/* How an mbuf asks the port for the UDP checksum. */
static void set_offload(struct rg_dp_flow *f)
{
	const struct rg_udp_tmpl *t = &f->tmpl;
	struct rte_mbuf m = {.l2_len = t->l3_off};

	m.l3_len = (uint64_t)(t->len - t->l3_off - RG_UDP_BYTES);
	f->tx_offload = m.tx_offload;
	f->ol_flags = RTE_MBUF_F_TX_UDP_CKSUM |
		(t->af == RG_AF_IP4 ? RTE_MBUF_F_TX_IPV4 : RTE_MBUF_F_TX_IPV6);
}

static enum rg_verdict build(
	struct rg_dp_txport *t, rg_time now, const struct rg_dgram *d, struct rg_dp_flow *f)
{
	const struct rg_dp_ep *e = &t->tx->h->eps[d->ep];
	bool group = rg_addr_is_multicast(&d->peer);
	const struct rg_addr *hop = group ? NULL : rg_dp_next_hop(t->port, &d->peer);
	const struct rg_addr *source = &e->local;
	struct rg_udp_route r = {
		.dst = d->peer,
		.vlan = (uint16_t)t->port->conf->vlan,
		.ttl = group ? e->ttl : UNICAST_TTL,
	};

	if (rg_addr_is_any(source) || rg_addr_is_multicast(source) || source->af != d->peer.af)
		source = rg_dp_port_source(t->port, &d->peer);
	if (source == NULL || (!group && hop == NULL))
		return RG_V_TX_NO_ROUTE;
	r.src = *source;
	r.src.port = e->local.port;
	memcpy(r.src_mac.b, t->port->mac, sizeof(r.src_mac.b));
	f->via = NULL;
	if (group) {
		r.dst_mac = rg_group_mac(&d->peer);
	} else {
		f->via = rg_dp_neigh_get(t, now, hop);
		r.dst_mac = f->via->mac;
	}
	rg_udp_tmpl_init(&f->tmpl, &r);
	set_offload(f);
	f->filled_len = 0;
	f->peer = d->peer;
	f->ep = d->ep;
	f->version = t->version;
	return RG_V_OK;
}

static bool leads_to(
	const struct rg_dp_flow *f, const struct rg_dp_txport *t, const struct rg_dgram *d)
{
	return f->version == t->version && f->ep == d->ep && rg_addr_eq(&f->peer, &d->peer);
}

static struct rg_dp_flow *slot_of(const struct rg_dp_txport *t, const struct rg_dgram *d)
{
	uint32_t key = rg_get32(d->peer.ip) ^ rg_get32(d->peer.ip + 12) ^
		(uint32_t)d->peer.port << 16 ^ d->ep;

	return &t->flows[(key * UINT32_C(0x9e3779b1) >> 16) & t->flow_mask];
}

void rg_dp_flow_fetch(const struct rg_dp_txport *t, const struct rg_dgram *d)
{
	rg_prefetch_near(slot_of(t, d), sizeof(struct rg_dp_flow));
}

struct rg_dp_flow *rg_dp_flow_find(
	struct rg_dp_txport *t, rg_time now, const struct rg_dgram *d, enum rg_verdict *why)
{
	struct rg_dp_flow *f = slot_of(t, d);

	if (!leads_to(f, t, d)) {
		f->version = t->version - 1;
		*why = build(t, now, d, f);
		if (*why != RG_V_OK)
			return NULL;
	}
	if (f->via != NULL)
		f->via->used = now;
	return f;
}
