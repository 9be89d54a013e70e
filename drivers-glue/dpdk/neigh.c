/* SPDX-License-Identifier: BSD-3-Clause */
/* neigh.c - the neighbour table of a port: next hops, their MAC addresses, and the frames that
 * wait for one. Entries are made by what we send, never by what a stranger says, and the sets are
 * of fixed size: the table is bounded.
 *
 * Timers: an unanswered question is repeated after 100, 200, 400, 800 ms, then every second
 * (RFC 1122 section 2.3.2.1); after the third the waiting frames are dropped. An address is good
 * for 30 s (RFC 4861 REACHABLE_TIME); then, if in use, it is confirmed by unicast, three times a
 * second apart, before it is given up. An entry that nothing used for 60 s goes. */
#include "tx_priv.h"

#define ASK_FIRST_NS (100 * RG_NS_PER_MS)
#define ASK_MAX_NS   RG_NS_PER_S
#define ASK_DROP     3 /* tries after which waiting frames are dropped */
#define VALID_NS     (30 * RG_NS_PER_S)
#define PROBE_NS     RG_NS_PER_S
#define PROBE_TRIES  3
#define UNUSED_NS    (60 * RG_NS_PER_S)

void rg_dp_neigh_tell(struct rg_dp_txport *t, const struct rg_neigh *n, const struct rg_mac *to)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(t->tx->h->pools.headers);

	if (m == NULL) {
		rg_dp_count(&t->tx->drops[RG_V_NO_BUFFER], 1);
		return;
	}
	m->data_off = RG_DP_HEADER_OFF;
	m->data_len = (uint16_t)rg_neigh_write(rte_pktmbuf_mtod(m, uint8_t *), n, to);
	m->pkt_len = m->data_len;
	rg_dp_tx_frame(t, m);
}

static void solicit(struct rg_dp_txport *t, const struct rg_dp_neigh *n, const struct rg_mac *to)
{
	const struct rg_addr *source = rg_dp_port_source(t->port, &n->addr);
	struct rg_neigh ask = {
		.target = n->addr, .kind = RG_NEIGH_SOLICIT, .vlan = (uint16_t)t->port->conf->vlan};

	if (source == NULL)
		return;
	ask.asker = *source;
	memcpy(ask.mac.b, t->port->mac, sizeof(ask.mac.b));
	rg_dp_neigh_tell(t, &ask, to);
}

static void arm(struct rg_dp_txport *t, struct rg_dp_neigh *n, rg_time when)
{
	n->next = when;
	t->next_neigh = rg_time_min(t->next_neigh, when);
}

static struct rg_dp_neigh *set_of(struct rg_dp_txport *t, const struct rg_addr *a)
{
	uint32_t h = 0;

	for (int i = 0; i < 16; i++)
		h = h * 31 + a->ip[i];
	return t->neigh[(h ^ h >> 6) & (RG_DP_NEIGH_SETS - 1)];
}

static struct rg_dp_neigh *find(struct rg_dp_txport *t, const struct rg_addr *a)
{
	struct rg_dp_neigh *set = set_of(t, a);

	for (int i = 0; i < RG_DP_NEIGH_WAYS; i++)
		if (set[i].state != RG_DP_NEIGH_FREE && rg_addr_same_host(&set[i].addr, a))
			return &set[i];
	return NULL;
}

/* Hands every waiting frame of n to `give`, the others keep their order. */
static void take_pending(struct rg_dp_txport *t, struct rg_dp_neigh *n,
	void (*give)(struct rg_dp_txport *t, struct rg_dp_neigh *n, struct rte_mbuf *m))
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < t->n_pending; i++) {
		if (t->pending[i].to == n)
			give(t, n, t->pending[i].m);
		else
			t->pending[kept++] = t->pending[i];
	}
	t->n_pending = kept;
	n->n_pending = 0;
}

static void give_up(struct rg_dp_txport *t, struct rg_dp_neigh *n, struct rte_mbuf *m)
{
	(void)n;
	rg_dp_count(&t->tx->drops[RG_V_TX_NO_NEIGHBOUR], 1);
	rte_pktmbuf_free(m);
}

static void send_on(struct rg_dp_txport *t, struct rg_dp_neigh *n, struct rte_mbuf *m)
{
	memcpy(rte_pktmbuf_mtod(m, uint8_t *), n->mac.b, sizeof(n->mac.b));
	rg_dp_tx_frame(t, m);
}

static void forget(struct rg_dp_txport *t, struct rg_dp_neigh *n)
{
	take_pending(t, n, give_up);
	n->state = RG_DP_NEIGH_FREE;
	t->version++;
}

struct rg_dp_neigh *rg_dp_neigh_get(struct rg_dp_txport *t, rg_time now, const struct rg_addr *a)
{
	struct rg_dp_neigh *n = find(t, a), *set = set_of(t, a);

	if (n != NULL)
		return n;
	n = &set[0];
	for (int i = 0; i < RG_DP_NEIGH_WAYS && n->state != RG_DP_NEIGH_FREE; i++)
		if (set[i].state == RG_DP_NEIGH_FREE || rg_time_before(set[i].used, n->used))
			n = &set[i];
	if (n->state != RG_DP_NEIGH_FREE)
		forget(t, n);
	*n = (struct rg_dp_neigh){.addr = *a, .state = RG_DP_NEIGH_ASKING, .used = now};
	n->addr.port = 0;
	arm(t, n, now);
	return n;
}

void rg_dp_neigh_wait(struct rg_dp_txport *t, struct rg_dp_neigh *n, struct rte_mbuf *m)
{
	if (n->n_pending == RG_DP_PENDING_EACH || t->n_pending == RG_DP_PENDING) {
		give_up(t, n, m);
		return;
	}
	n->n_pending++;
	t->pending[t->n_pending++] = (struct rg_dp_pending){m, n};
}

void rg_dp_neigh_heard(
	struct rg_dp_txport *t, rg_time now, const struct rg_addr *a, const struct rg_mac *mac)
{
	struct rg_dp_neigh *n = find(t, a);

	if (n == NULL)
		return;
	if (n->state == RG_DP_NEIGH_ASKING || memcmp(&n->mac, mac, sizeof(*mac)) != 0)
		t->version++;
	n->mac = *mac;
	n->state = RG_DP_NEIGH_KNOWN;
	n->tries = 0;
	arm(t, n, rg_time_add(now, VALID_NS));
	take_pending(t, n, send_on);
}

static void ask(struct rg_dp_txport *t, rg_time now, struct rg_dp_neigh *n)
{
	int64_t wait = ASK_FIRST_NS << rg_min_u32(n->tries, 4);

	if (n->tries >= ASK_DROP)
		take_pending(t, n, give_up);
	if (n->tries < UINT8_MAX)
		n->tries++;
	solicit(t, n, NULL);
	arm(t, n, rg_time_add(now, rg_min_i64(wait, ASK_MAX_NS)));
}

static void probe(struct rg_dp_txport *t, rg_time now, struct rg_dp_neigh *n)
{
	if (n->state == RG_DP_NEIGH_PROBING && n->tries == PROBE_TRIES) {
		n->state = RG_DP_NEIGH_ASKING;
		n->tries = 0;
		t->version++;
		ask(t, now, n);
		return;
	}
	n->state = RG_DP_NEIGH_PROBING;
	n->tries++;
	solicit(t, n, &n->mac);
	arm(t, n, rg_time_add(now, PROBE_NS));
}

unsigned rg_dp_neigh_tick(struct rg_dp_txport *t, rg_time now)
{
	struct rg_dp_neigh *n = &t->neigh[0][0];
	unsigned done = 0;

	if (rg_time_before(now, t->next_neigh))
		return 0;
	t->next_neigh = RG_TIME_NEVER;
	for (int i = 0; i < RG_DP_NEIGH_SETS * RG_DP_NEIGH_WAYS; i++, n++) {
		if (n->state == RG_DP_NEIGH_FREE)
			continue;
		if (rg_time_before(now, n->next)) {
			t->next_neigh = rg_time_min(t->next_neigh, n->next);
			continue;
		}
		done++;
		if (rg_time_diff(now, n->used) > UNUSED_NS)
			forget(t, n);
		else if (n->state == RG_DP_NEIGH_ASKING)
			ask(t, now, n);
		else
			probe(t, now, n);
	}
	return done;
}

void rg_dp_neigh_drop_all(struct rg_dp_txport *t)
{
	for (uint32_t i = 0; i < t->n_pending; i++)
		rte_pktmbuf_free(t->pending[i].m);
	t->n_pending = 0;
}
