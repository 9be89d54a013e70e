/* SPDX-License-Identifier: BSD-3-Clause */
/* group.c - membership reports of a port for the multicast inputs on it: twice at start, when a
 * router asks, and once a minute for switches that listen without one. Leaves at the end. */
#include "tx_priv.h"

#define SECOND_REPORT_NS RG_NS_PER_S
#define REFRESH_NS       (60 * RG_NS_PER_S)
#define ANSWER_GAP_NS    RG_NS_PER_S /* queries come faster only from the hostile */
#define IGMP2_BYTES      8 /* a longer query is IGMPv3, RFC 3376 section 7.1 */

static const struct rg_addr *report_source(const struct rg_dp_port *p, const struct rg_addr *group)
{
	if (group->af == RG_AF_IP6 && p->n_addrs > 0 &&
		p->addrs[p->n_addrs - 1].addr.af == RG_AF_IP6)
		return &p->addrs[p->n_addrs - 1].addr; /* link-local */
	return rg_dp_port_source(p, group);
}

static void report(struct rg_dp_txport *t, const struct rg_addr *group, enum rg_group_op op)
{
	const struct rg_addr *source = report_source(t->port, group);
	struct rg_group_report r = {
		.group = *group,
		.src = {.af = group->af},
		.vlan = (uint16_t)t->port->conf->vlan,
		.op = (uint8_t)op,
		.version = (uint8_t)t->group_version,
	};
	struct rte_mbuf *m = rte_pktmbuf_alloc(t->tx->h->pools.headers);

	if (m == NULL) {
		rg_dp_count(&t->tx->drops[RG_V_NO_BUFFER], 1);
		return;
	}
	if (source != NULL)
		r.src = *source;
	memcpy(r.mac.b, t->port->mac, sizeof(r.mac.b));
	m->data_off = RG_DP_HEADER_OFF;
	m->data_len = (uint16_t)rg_group_report_write(rte_pktmbuf_mtod(m, uint8_t *), &r);
	m->pkt_len = m->data_len;
	rg_dp_tx_frame(t, m);
}

static unsigned report_all(struct rg_dp_txport *t, enum rg_group_op op)
{
	const struct rg_host *h = t->tx->h;
	unsigned n = 0;

	for (uint32_t i = 0; i < h->conf->n_eps; i++) {
		const struct rg_addr *group = &h->conf->eps[i].group;

		if (h->eps[i].port != t->port->index || group->af == RG_AF_NONE)
			continue;
		report(t, group, op);
		n++;
	}
	return n;
}

void rg_dp_group_query(struct rg_dp_txport *t, rg_time now, const struct rg_frame *f)
{
	t->group_version = f->src.af == RG_AF_IP4 && f->end - f->l4_off == IGMP2_BYTES
		? RG_GROUP_IGMP2
		: RG_GROUP_CURRENT;
	if (rg_time_diff(now, t->last_report) >= ANSWER_GAP_NS)
		t->next_report = now;
}

unsigned rg_dp_group_tick(struct rg_dp_txport *t, rg_time now)
{
	if (rg_time_before(now, t->next_report))
		return 0;
	if (report_all(t, t->reports < 2 ? RG_GROUP_JOIN : RG_GROUP_STILL) == 0) {
		t->next_report = RG_TIME_NEVER;
		return 0;
	}
	t->last_report = now;
	t->next_report = rg_time_add(now, t->reports == 0 ? SECOND_REPORT_NS : REFRESH_NS);
	t->reports++;
	return 1;
}

void rg_dp_group_leave(struct rg_dp_txport *t)
{
	report_all(t, RG_GROUP_LEAVE);
}
