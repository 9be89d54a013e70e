/* SPDX-License-Identifier: BSD-3-Clause */
/* The link between DPDK ports: a wire. Every frame crosses; those that carry UDP meet the fate of
 * their lane, all others (ARP, neighbour discovery, multicast reports) only the delay.
 * One thread, on the cores it was started on; it sleeps as the gateway's lcores do. */
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_net.h>

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#include "dpdk_priv.h"
#include "link.h"

#define BATCH         32
#define UNDER_WAY_MAX 16384
#define FRAME_MAX     1800 /* with a few VLAN tags, in one buffer */

/* Marks a frame as counted by its lane while it is under way. */
#define IS_DATAGRAM 1

struct wire_end {
	struct rg_port_conf conf;
	struct rg_dp_port port;
	struct rte_mbuf *out[BATCH];
	uint16_t n_out;
};

struct wire {
	const struct link_conf *conf;
	struct link_path paths[LINK_PATHS_MAX];
	struct wire_end ends[LINK_PATHS_MAX][LINK_ENDS];
	struct rg_dp_eal eal;
	struct rg_dp_pools pools;
	struct rg_dp_lcore lcore; /* only how it idles */
	struct link_run run;
};

static bool is_datagram(const struct rte_mbuf *m)
{
	uint32_t ptype = rte_net_get_ptype(
		m, NULL, RTE_PTYPE_L2_MASK | RTE_PTYPE_L3_MASK | RTE_PTYPE_L4_MASK);

	return (ptype & RTE_PTYPE_L4_MASK) == RTE_PTYPE_L4_UDP;
}

/* Decides about one frame; takes it. */
static void offer(struct wire *w, struct lane *l, struct rte_mbuf *m, rg_time now)
{
	struct rte_mbuf *second;
	struct lane_offer o;

	m->hash.usr = is_datagram(m) ? IS_DATAGRAM : 0;
	if (m->hash.usr != IS_DATAGRAM) {
		if (!lane_put_other(l, now, m))
			rte_pktmbuf_free(m);
		return;
	}
	o = lane_offer(l, now, m->pkt_len);
	second = o.n_copies == 2 ? rte_pktmbuf_copy(m, w->pools.packets, 0, UINT32_MAX) : NULL;
	if (second) {
		second->hash.usr = IS_DATAGRAM;
		if (!lane_put(l, &o, 1, second))
			rte_pktmbuf_free(second);
	}
	if (o.n_copies == 0 || !lane_put(l, &o, 0, m))
		rte_pktmbuf_free(m);
}

/* A tag the driver took off goes back on: a wire changes nothing. */
static struct rte_mbuf *as_received(struct wire *w, struct rte_mbuf *m)
{
	bool stripped = (m->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED) != 0;
	uint16_t tci = m->vlan_tci;

	m = rg_dp_own(&w->pools, m);
	if (!m || !stripped)
		return m;
	m->vlan_tci = tci;
	if (rte_vlan_insert(&m) == 0)
		return m;
	rte_pktmbuf_free(m);
	return NULL;
}

static unsigned receive(struct wire *w, struct lane *l, const struct wire_end *from, rg_time now)
{
	struct rte_mbuf *in[BATCH];
	uint16_t n = 0;

	if (rg_dp_port_up(&from->port))
		n = rte_eth_rx_burst(from->port.id, 0, in, BATCH);
	for (uint16_t i = 0; i < n; i++) {
		struct rte_mbuf *m = as_received(w, in[i]);

		if (m)
			offer(w, l, m, now);
	}
	return n;
}

/* What the driver does not take now is lost, as on a wire. */
static void flush(struct lane *l, struct wire_end *to)
{
	uint32_t len[BATCH];
	bool counts[BATCH] = {false};
	uint16_t sent = 0;

	if (to->n_out == 0)
		return;
	for (uint16_t i = 0; i < to->n_out; i++) {
		len[i] = to->out[i]->pkt_len;
		counts[i] = to->out[i]->hash.usr == IS_DATAGRAM;
		to->out[i]->ol_flags = 0;
	}
	if (rg_dp_port_up(&to->port))
		sent = rte_eth_tx_burst(to->port.id, 0, to->out, to->n_out);
	for (uint16_t i = 0; i < to->n_out; i++) {
		if (i >= sent)
			rte_pktmbuf_free(to->out[i]);
		if (counts[i] && i < sent)
			lane_sent(l, len[i]);
		else if (counts[i])
			l->stats.unsent++;
	}
	to->n_out = 0;
}

static unsigned send_due(struct lane *l, struct wire_end *to, rg_time now)
{
	struct rte_mbuf *m;
	unsigned n = 0;

	while ((m = lane_take(l, now))) {
		to->out[to->n_out++] = m;
		n++;
		if (to->n_out == BATCH)
			flush(l, to);
	}
	flush(l, to);
	return n;
}

static unsigned poll_wire(void *arg, rg_time now)
{
	struct wire *w = arg;
	unsigned n = 0;

	for (uint32_t p = 0; p < w->conf->n_paths; p++)
		for (int e = 0; e < LINK_ENDS; e++) {
			struct lane *l = &w->paths[p].lane[e];

			n += receive(w, l, &w->ends[p][e], now);
			n += send_due(l, &w->ends[p][!e], now);
		}
	return n;
}

static rg_time wakeup_wire(void *arg)
{
	struct wire *w = arg;
	rg_time next = rg_time_min(w->run.end, w->run.report);

	for (uint32_t p = 0; p < w->conf->n_paths; p++)
		for (int e = 0; e < LINK_ENDS; e++)
			next = rg_time_min(next, queue_next(&w->paths[p].lane[e].queue));
	return next;
}

static int open_ports(struct wire *w, struct rg_conf_error *err)
{
	struct rg_dp_need need = {.packets = UNDER_WAY_MAX, .headers = 0, .data_bytes = FRAME_MAX};

	for (uint32_t p = 0; p < w->conf->n_paths; p++)
		for (int e = 0; e < LINK_ENDS; e++) {
			struct wire_end *end = &w->ends[p][e];

			(void)snprintf(
				end->conf.name, sizeof(end->conf.name), "%u%c", p, e ? 'b' : 'a');
			(void)snprintf(end->conf.device, sizeof(end->conf.device), "%s",
				w->conf->paths[p].end[e]);
			if (rg_dp_port_probe(&end->port, &end->conf,
				    (uint16_t)(p * LINK_ENDS + (unsigned)e), err) != 0)
				return -1;
			need.packets += end->port.rx_slots + end->port.tx_slots + end->port.holds;
		}
	if (rg_dp_pools_open(&w->pools, &need, err) != 0)
		return -1;
	for (uint32_t p = 0; p < w->conf->n_paths; p++)
		for (int e = 0; e < LINK_ENDS; e++) {
			struct rg_dp_port *port = &w->ends[p][e].port;

			if (rg_dp_port_start(port, &w->pools, err) != 0)
				return -1;
			(void)rte_eth_promiscuous_enable(port->id);
			w->lcore.blind |=
				port->fd < 0 || rg_dp_lcore_watch(&w->lcore, port->fd) != 0;
		}
	return 0;
}

static int open_wire(struct wire *w, struct rg_conf_error *err)
{
	cpu_set_t cores;
	bool known = sched_getaffinity(0, sizeof(cores), &cores) == 0;

	if (rg_dp_eal_start(&w->eal, w->conf->eal_argv, w->conf->eal_argc, err) != 0)
		return -1;
	/* EAL ties the main lcore to one core; a wire runs wherever there is room. */
	if (known)
		(void)sched_setaffinity(0, sizeof(cores), &cores);
	if (rg_dp_lcore_init(&w->lcore, err) != 0)
		return -1;
	w->lcore.tasks[0] = (struct rg_dp_task){"wire", poll_wire, wakeup_wire, w};
	w->lcore.n_tasks = 1;
	for (uint32_t p = 0; p < w->conf->n_paths; p++)
		if (link_path_init(&w->paths[p], w->conf, p, UNDER_WAY_MAX) != 0) {
			(void)snprintf(err->text, sizeof(err->text), "memory: none for the paths");
			return -1;
		}
	return open_ports(w, err);
}

static void drop_all(struct lane *l)
{
	struct queue_entry e;

	while (queue_pop(&l->queue, RG_TIME_NEVER, &e))
		rte_pktmbuf_free(e.item);
	lane_fini(l);
}

static void close_wire(struct wire *w)
{
	for (uint32_t p = 0; p < w->conf->n_paths; p++)
		for (int e = 0; e < LINK_ENDS; e++) {
			drop_all(&w->paths[p].lane[e]);
			rg_dp_port_stop(&w->ends[p][e].port);
		}
	rg_dp_lcore_fini(&w->lcore);
	rg_dp_pools_close(&w->pools);
	rg_dp_eal_stop(&w->eal);
}

static void carry(struct wire *w)
{
	w->run = link_run_start(w->conf);
	while (link_run_goes_on(&w->run, w->conf, w->paths)) {
		rg_time now = rg_host_now();

		if (poll_wire(w, now) > 0) {
			w->lcore.last_arrival = now;
			w->lcore.empty_polls = 0;
		} else {
			rg_dp_idle(&w->lcore, now);
		}
	}
	link_report(&w->run, w->conf, w->paths);
}

int link_dpdk_run(const struct link_conf *c)
{
	struct wire *w = aligned_alloc(RTE_CACHE_LINE_SIZE, sizeof(*w));
	struct rg_conf_error err = {"no memory"};
	bool ok = false;

	if (w) {
		*w = (struct wire){.conf = c, .lcore = {.epoll_fd = -1, .wake_fd = -1}};
		ok = open_wire(w, &err) == 0;
	}
	if (ok) {
		(void)sigprocmask(SIG_SETMASK, &link_wait_mask, NULL);
		(void)fprintf(stderr, "ristgate-link: ready\n");
		carry(w);
	} else {
		(void)fprintf(stderr, "ristgate-link: %s\n", err.text);
	}
	if (w)
		close_wire(w);
	free(w);
	return ok ? 0 : 1;
}
