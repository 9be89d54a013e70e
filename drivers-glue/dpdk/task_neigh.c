/* SPDX-License-Identifier: BSD-3-Clause */
/* task_neigh.c - everything a port must speak beside datagrams: ARP, neighbour discovery, echo
 * replies, group membership. Runs where the port's transmitter runs and shares its state. */
#include "tx_priv.h"

#define SLOW_BURST 16

static void neigh_frame(
	struct rg_dp_txport *t, rg_time now, const uint8_t *p, const struct rg_frame *f)
{
	struct rg_neigh n, answer;
	int r = rg_neigh_read(p, f, &n);

	if (r != 0) {
		rg_dp_count(&t->tx->drops[-r], 1);
		return;
	}
	if (n.kind == RG_NEIGH_ADVERT) {
		rg_dp_neigh_heard(t, now, &n.target, &n.mac);
		return;
	}
	rg_dp_neigh_heard(t, now, &n.asker, &n.mac);
	if (!rg_dp_port_has(t->port, &n.target))
		return;
	answer = n;
	answer.kind = RG_NEIGH_ADVERT;
	answer.vlan = (uint16_t)t->port->conf->vlan;
	memcpy(answer.mac.b, t->port->mac, sizeof(answer.mac.b));
	rg_dp_neigh_tell(t, &answer, rg_addr_is_any(&n.asker) ? NULL : &n.mac);
}

/* [take] m: becomes its own answer. */
static void echo_frame(struct rg_dp_txport *t, struct rte_mbuf *m, const struct rg_frame *f)
{
	int len = -RG_V_NOT_OURS;

	if (rg_dp_port_has(t->port, &f->dst))
		len = rg_echo_reply(rte_pktmbuf_mtod(m, uint8_t *), f);
	if (len <= 0) {
		rg_dp_count(&t->tx->drops[-len], 1);
		rte_pktmbuf_free(m);
		return;
	}
	m->data_len = (uint16_t)len;
	m->pkt_len = m->data_len;
	m->ol_flags = 0;
	rg_dp_tx_frame(t, m);
}

/* [take] m: a receiver has read it once without complaint. */
static void slow_frame(struct rg_dp_tx *tx, rg_time now, struct rte_mbuf *m)
{
	struct rg_dp_txport *t = tx->ports[m->port];
	const uint8_t *p = rte_pktmbuf_mtod(m, const uint8_t *);
	struct rg_frame f;

	if (rg_frame_read(p, m->data_len, 0, &f) == 0) {
		switch ((enum rg_frame_kind)f.kind) {
		case RG_FRAME_ECHO:
			echo_frame(t, m, &f);
			return;
		case RG_FRAME_NEIGH:
			neigh_frame(t, now, p, &f);
			break;
		case RG_FRAME_GROUP_QUERY:
			rg_dp_group_query(t, now, &f);
			break;
		case RG_FRAME_UDP:
			break;
		}
	}
	rte_pktmbuf_free(m);
}

/* Tells the link where our addresses are, and asks for the next hops that will be needed, so that
 * a stream's first packets need not wait. */
static void announce(struct rg_dp_txport *t, rg_time now)
{
	const struct rg_host *h = t->tx->h;

	t->announced = true;
	for (uint32_t i = 0; i < t->port->n_addrs; i++) {
		struct rg_neigh n = {.target = t->port->addrs[i].addr,
			.asker = {.af = t->port->addrs[i].addr.af},
			.kind = RG_NEIGH_ADVERT,
			.vlan = (uint16_t)t->port->conf->vlan};

		memcpy(n.mac.b, t->port->mac, sizeof(n.mac.b));
		rg_dp_neigh_tell(t, &n, NULL);
	}
	for (uint32_t i = 0; i < h->conf->n_eps; i++) {
		const struct rg_addr *remote = &h->conf->eps[i].remote, *hop;

		if (h->eps[i].port != t->port->index || remote->af == RG_AF_NONE ||
			rg_addr_is_multicast(remote))
			continue;
		hop = rg_dp_next_hop(t->port, remote);
		if (hop != NULL)
			rg_dp_neigh_get(t, now, hop);
	}
}

static unsigned tick(struct rg_dp_txport *t, rg_time now)
{
	if (!rg_dp_port_up(t->port))
		return 0;
	if (!t->announced)
		announce(t, now);
	return rg_dp_neigh_tick(t, now) + rg_dp_group_tick(t, now);
}

unsigned rg_dp_neigh_poll(void *arg, rg_time now)
{
	struct rg_dp_tx *tx = arg;
	unsigned done = 0;

	for (uint32_t r = 0; r < tx->h->n_rx; r++) {
		void *m[SLOW_BURST];
		unsigned n = rte_ring_sc_dequeue_burst(tx->slow[r], m, SLOW_BURST, NULL);

		for (unsigned i = 0; i < n; i++)
			slow_frame(tx, now, m[i]);
		done += n;
	}
	for (uint32_t i = 0; i < tx->h->n_ports; i++)
		if (tx->ports[i] != NULL)
			done += tick(tx->ports[i], now);
	return done;
}

rg_time rg_dp_neigh_wakeup(void *arg)
{
	const struct rg_dp_tx *tx = arg;
	rg_time until = RG_TIME_NEVER;

	for (uint32_t i = 0; i < tx->h->n_ports; i++) {
		const struct rg_dp_txport *t = tx->ports[i];

		if (t != NULL && rg_dp_port_up(t->port))
			until = rg_time_min(until, rg_time_min(t->next_neigh, t->next_report));
	}
	return until;
}
