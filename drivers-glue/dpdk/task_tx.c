/* SPDX-License-Identifier: BSD-3-Clause */
/* task_tx.c - datagrams of the workers become frames of a port. What a driver does not take stays
 * in line; when it takes nothing for 100 ms the line is dropped. Nothing here waits. */
#include "tx_priv.h"

#include <rte_ethdev.h>
#include <rte_malloc.h>

#define ROUNDS_MAX   8
#define SUM_AHEAD    3 /* payloads on their way to the cache while one is summed */
#define STUCK_NS     (100 * RG_NS_PER_MS)
#define RETRY_MIN_NS (50 * RG_NS_PER_US)
#define RETRY_MAX_NS RG_NS_PER_MS

/* What the driver takes of the line; returns how many frames. */
static uint16_t push(struct rg_dp_txport *t)
{
	uint16_t sent;

	if (t->n_left == 0 || !rg_dp_port_up(t->port))
		return 0;
	sent = rte_eth_tx_burst(t->port->id, 0, t->left, (uint16_t)t->n_left);
	t->n_left -= sent;
	for (uint32_t i = 0; i < t->n_left && sent > 0; i++)
		t->left[i] = t->left[i + sent];
	return sent;
}

void rg_dp_tx_frame(struct rg_dp_txport *t, struct rte_mbuf *m)
{
	if (t->n_left < RG_DP_LEFT || push(t) > 0) {
		t->left[t->n_left++] = m;
		return;
	}
	rg_dp_count(&t->tx->drops[RG_V_TX_RING_FULL], 1);
	rte_pktmbuf_free(m);
}

void rg_dp_tx_flush(struct rg_dp_txport *t, rg_time now)
{
	int64_t stuck;

	if (t->n_left == 0 || push(t) > 0) {
		t->left_since = t->next_try = now;
		return;
	}
	stuck = rg_time_diff(now, t->left_since);
	t->next_try = rg_time_add(now, rg_clamp_i64(stuck / 4, RETRY_MIN_NS, RETRY_MAX_NS));
	if (stuck <= STUCK_NS)
		return;
	rg_dp_count(&t->tx->drops[RG_V_TX_REFUSED], t->n_left);
	rte_pktmbuf_free_bulk(t->left, t->n_left);
	t->n_left = 0;
}

static void send_dgram(struct rg_dp_txport *t, struct rg_dp_flow *f, const struct rg_dgram *d)
{
	struct rte_mbuf *m = rg_dp_frame_make(t, f, d);

	if (m == NULL)
		return;
	if (f->via != NULL && f->via->state == RG_DP_NEIGH_ASKING)
		rg_dp_neigh_wait(t, f->via, m);
	else
		rg_dp_tx_frame(t, m);
}

static bool same_way(const struct rg_dgram *a, const struct rg_dgram *b)
{
	return a->ep == b->ep && rg_addr_eq(&a->peer, &b->peer);
}

static struct rg_dp_txport *port_of(const struct rg_dp_tx *tx, const struct rg_dgram *d)
{
	return tx->ports[tx->h->eps[d->ep].port];
}

/* Datagrams that follow each other mostly go to the same place: it is looked for once. d[n..left)
 * go elsewhere. */
static void send_run(
	struct rg_dp_tx *tx, rg_time now, const struct rg_dgram *d, unsigned n, unsigned left)
{
	struct rg_dp_txport *t = port_of(tx, d);
	enum rg_verdict why = RG_V_OK;
	struct rg_dp_flow *f = rg_dp_flow_find(t, now, d, &why);
	/* where software computes the checksum, all of the payload is read */
	bool sums = (t->port->tx_offloads & RTE_ETH_TX_OFFLOAD_UDP_CKSUM) == 0;

	if (f == NULL) {
		rg_dp_count(&tx->drops[why], n);
		rg_dp_free_dgrams(d, n);
		return;
	}
	for (unsigned i = 0; i < n; i++) {
		if (sums && i + SUM_AHEAD < left)
			rg_prefetch_far(d[i + SUM_AHEAD].data, d[i + SUM_AHEAD].len);
		send_dgram(t, f, &d[i]);
	}
}

/* Headers of many destinations are in no cache. */
static void fetch_flows(const struct rg_dp_tx *tx, const struct rg_dgram *d, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		rg_prefetch_near(&tx->h->eps[d[i].ep], sizeof(struct rg_dp_ep));
	for (unsigned i = 0; i < n; i++)
		rg_dp_flow_fetch(port_of(tx, &d[i]), &d[i]);
}

static void send_all(struct rg_dp_tx *tx, rg_time now, const struct rg_dgram *d, unsigned n)
{
	unsigned end;

	if (!same_way(&d[0], &d[n - 1]))
		fetch_flows(tx, d, n);
	for (unsigned i = 0; i < n; i = end) {
		for (end = i + 1; end < n && same_way(&d[i], &d[end]);)
			end++;
		send_run(tx, now, d + i, end - i, n - i);
	}
}

/* A payload that was held is in no cache any more. */
static void prefetch(const struct rg_dgram *d)
{
	const uint8_t *m = d->buf.h;

	if (m == NULL)
		return;
	__builtin_prefetch(m, 1);
	__builtin_prefetch(m + RG_CACHE_LINE, 1);
	__builtin_prefetch(d->data - 1, 1); /* where headers go */
}

static void flush_all(struct rg_dp_tx *tx, rg_time now)
{
	for (uint32_t i = 0; i < tx->h->n_ports; i++)
		if (tx->ports[i] != NULL)
			rg_dp_tx_flush(tx->ports[i], now);
}

unsigned rg_dp_tx_poll(void *arg, rg_time now)
{
	struct rg_dp_tx *tx = arg;
	unsigned done = 0;

	for (uint32_t w = 0; w < tx->h->n_workers; w++) {
		for (int round = 0; round < ROUNDS_MAX; round++) {
			struct rg_dgram buf[RG_BURST], *d;
			unsigned n = RG_BURST;

			d = rg_dp_pipe_take(tx->in[w], buf, &n);
			if (n == 0)
				break;
			for (unsigned i = 0; i < n && tx->in[w]->ring != NULL; i++)
				prefetch(&d[i]);
			send_all(tx, now, d, n);
			flush_all(tx, now);
			done += n;
		}
	}
	flush_all(tx, now);
	return done;
}

/* Frames in line are tried again soon, and less often the longer the driver refuses. */
rg_time rg_dp_tx_wakeup(void *arg)
{
	const struct rg_dp_tx *tx = arg;
	rg_time until = RG_TIME_NEVER;

	for (uint32_t i = 0; i < tx->h->n_ports; i++) {
		const struct rg_dp_txport *t = tx->ports[i];

		if (t != NULL && t->n_left > 0)
			until = rg_time_min(until, t->next_try);
	}
	return until;
}

/* Several times as many as endpoints, so that few destinations meet in a slot. */
static int open_flows(struct rg_dp_txport *t, uint32_t n_eps, struct rg_conf_error *err)
{
	uint32_t n = (uint32_t)rg_clamp_i64(4 * (int64_t)n_eps, RG_DP_FLOWS_MIN, RG_DP_FLOWS_MAX);

	t->flow_mask = rg_pow2_ceil(n) - 1;
	t->flows = rg_dp_mem((t->flow_mask + 1) * sizeof(*t->flows), "port", err);
	return t->flows == NULL ? -RG_E_NOMEM : 0;
}

int rg_dp_tx_open(struct rg_dp_tx *tx, struct rg_conf_error *err)
{
	rg_time now = rg_host_now();

	for (uint32_t i = 0; i < tx->h->n_ports; i++) {
		struct rg_dp_txport *t;

		if (&tx->h->tx[tx->h->ports[i].tx_task] != tx)
			continue;
		t = rg_dp_mem(sizeof(*t), "port", err);
		if (t == NULL)
			return -RG_E_NOMEM;
		t->tx = tx;
		t->port = &tx->h->ports[i];
		t->version = 1;
		t->left_since = t->next_neigh = t->next_report = now;
		t->last_report = (rg_time){0};
		tx->ports[i] = t;
		if (open_flows(t, tx->h->conf->n_eps, err) != 0)
			return -RG_E_NOMEM;
	}
	return 0;
}

void rg_dp_tx_close(struct rg_dp_tx *tx)
{
	for (uint32_t i = 0; i < RG_PORTS_MAX; i++) {
		struct rg_dp_txport *t = tx->ports[i];

		if (t == NULL)
			continue;
		if (t->port->configured) {
			rg_dp_group_leave(t);
			rg_dp_tx_flush(t, rg_host_now());
		}
		rg_dp_neigh_drop_all(t);
		rte_pktmbuf_free_bulk(t->left, t->n_left);
		rte_pktmbuf_free_bulk(t->heads, t->n_heads);
		rte_free(t->flows);
		rte_free(t);
		tx->ports[i] = NULL;
	}
}
