/* SPDX-License-Identifier: BSD-3-Clause */
/* The parts of a DPDK host in the order in which it opens them itself, without EAL and lcores. */
#include "gate_priv.h"

#include <rte_dev.h>
#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <rte_lcore.h>
#include <rte_malloc.h>
#include <stdio.h>
#include <stdlib.h>

#define RING_SLOTS   8192
#define EXTRA        (4 * BENCH_CHUNK) /* buffers beside line and streams */
#define EXTRA_EP     8 /* and of each endpoint: its RTCP */
#define CLOSE_ROUNDS 100000
#define PREFIX       16

/* rte_eth_from_rings takes the name for a driver's device. */
static int make_port(struct gate *g, struct rg_conf_error *err)
{
	static unsigned n;
	int socket = (int)rte_socket_id(), id = -1;
	char name[RTE_RING_NAMESIZE];

	(void)snprintf(name, sizeof(name), "bench_in%u", n);
	g->nic.in = rte_ring_create(name, RING_SLOTS, socket, RING_F_SP_ENQ | RING_F_SC_DEQ);
	(void)snprintf(name, sizeof(name), "bench_out%u", n);
	g->nic.out = rte_ring_create(name, RING_SLOTS, socket, RING_F_SP_ENQ | RING_F_SC_DEQ);
	(void)snprintf(name, sizeof(name), "bench%u", n++);
	if (g->nic.in && g->nic.out)
		id = rte_eth_from_rings(name, &g->nic.in, 1, &g->nic.out, 1, (unsigned)socket);
	if (id < 0 || rte_eth_dev_get_name_by_port((uint16_t)id, g->port.device) != 0) {
		(void)snprintf(err->text, sizeof(err->text), "no port of two rings");
		return -RG_E_NOMEM;
	}
	return rg_dp_port_probe(&g->h->ports[0], &g->port, 0, err);
}

static int open_pools(struct gate *g, struct rg_conf_error *err)
{
	struct rg_dp_need need = rg_dp_layout_need(g->h);
	int rc;

	/* shared payloads take two of them: those that the port sends, and those it gives back */
	need.headers += 4 * NIC_SLOTS;
	rc = rg_dp_pools_open(&g->h->pools, &need, err);
	if (rc == 0)
		rc = rg_dp_port_start(&g->h->ports[0], &g->h->pools, err);
	g->h->ports[0].tx_offloads |= RTE_ETH_TX_OFFLOAD_UDP_CKSUM; /* as a NIC */
	if (rc == 0)
		nic_start(&g->nic, g->h->pools.packets);
	return rc;
}

static int open_tasks(struct gate *g, struct rg_conf_error *err)
{
	struct rg_host *h = g->h;
	struct rg_dp_steer *steer = rg_dp_steer_build(h, err);
	int rc;

	atomic_store(&h->steer, steer);
	if (steer == NULL)
		return -RG_E_INVAL;
	rc = rg_dp_wire(h, err);
	if (rc == 0)
		rc = rg_dp_worker_open(&h->workers[0], err);
	if (rc == 0)
		rc = rg_dp_tx_open(&h->tx[0], err);
	return rc;
}

static int open_host(struct gate *g, struct rg_conf_error *err)
{
	struct rg_host *h = g->h;
	int rc = make_port(g, err);

	if (rc == 0) {
		h->n_ports = 1;
		rc = rg_dp_layout(h, err);
	}
	if (rc != 0)
		return rc;
	h->eps = rg_dp_mem(g->conf.n_eps * sizeof(*h->eps), "endpoints", err);
	h->stream_worker = rg_dp_mem(g->conf.n_streams * sizeof(*h->stream_worker), "streams", err);
	if (h->eps == NULL || h->stream_worker == NULL)
		return -RG_E_NOMEM;
	rc = rg_dp_place(h, err);
	if (rc == 0)
		rc = open_pools(g, err);
	if (rc == 0)
		rc = open_tasks(g, err);
	if (rc != 0)
		return rc;
	/* from here on time is the bench's, and the clock on the wall goes with it */
	g->now = rg_time_add(rg_host_now(), RG_NS_PER_S);
	rg_worker_set_wallclock(h->workers[0].core, g->now, rg_host_wall_ntp_ns());
	h->workers[0].next_wallclock = RG_TIME_NEVER;
	return 0;
}

int gate_open(struct gate **out, const struct gate_conf *c, struct rg_conf_error *err)
{
	struct gate *g = *out = calloc(1, sizeof(*g));
	int rc;

	if (!g || !(g->h = calloc(1, sizeof(*g->h))) || !(g->keys = plan_keys(c->plan)))
		return -RG_E_NOMEM;
	g->h->control_fd = -1; /* control is asked after each round */
	g->line = c->line;
	g->sink = c->sink;
	g->laps = c->laps;
	rc = plan_open(&g->plan, c->plan, g->keys);
	if (rc != 0)
		return rc;
	g->port = (struct rg_port_conf){.name = "wan", .n_addrs = 1};
	g->port.addrs[0] = (struct rg_prefix){c->local, PREFIX};
	g->conf = (struct rg_host_conf){
		.eps = g->plan.eps,
		.n_eps = g->plan.n_eps,
		.streams = g->plan.streams,
		.n_streams = g->plan.n_streams,
		.buf_count = g->plan.held + EXTRA + EXTRA_EP * g->plan.n_eps,
		.buf_data_bytes = c->payload_bytes + RG_DGRAM_HDR_MAX,
		.seed = 1,
		.ports = &g->port,
		.n_ports = 1,
	};
	g->h->conf = &g->conf;
	return open_host(g, err);
}

/* What is under way arrives, streams end, pipes empty. */
static void end_streams(struct gate *g)
{
	struct gate_times unused = {0};

	g->line->head = g->line->tail;
	gate_run(g, rg_time_add(g->now, RG_NS_PER_MS), &unused);
	atomic_store(&g->h->stopping, true);
	for (unsigned i = 0; i < CLOSE_ROUNDS && !atomic_load(&g->h->workers[0].done); i++)
		gate_run(g, rg_time_add(g->now, RG_NS_PER_US), &unused);
	for (unsigned i = 0; i < CLOSE_ROUNDS && !rg_dp_wire_drained(g->h); i++)
		gate_run(g, rg_time_add(g->now, RG_NS_PER_US), &unused);
}

static void close_port(struct gate *g)
{
	if (g->h->n_ports > 0) {
		rg_dp_port_stop(&g->h->ports[0]);
		rte_eal_hotplug_remove("vdev", g->port.device);
	}
	nic_close(&g->nic);
	rg_dp_frames_free(g->nic.in);
	rg_dp_frames_free(g->nic.out);
}

bool gate_close(struct gate *g)
{
	uint32_t lost;

	if (!g || !g->h)
		return true;
	if (g->h->n_workers > 0 && g->h->workers[0].core)
		end_streams(g);
	if (g->h->n_tx > 0)
		rg_dp_tx_close(&g->h->tx[0]);
	close_port(g);
	rg_dp_unwire(g->h);
	if (g->h->n_workers > 0)
		rg_dp_worker_close(&g->h->workers[0]);
	lost = rg_dp_pools_in_use(&g->h->pools);
	rg_dp_pools_close(&g->h->pools);
	rg_dp_steer_free(atomic_load(&g->h->steer));
	rg_dp_layout_free(g->h);
	rte_free(g->h->eps);
	rte_free(g->h->stream_worker);
	plan_close(&g->plan);
	rg_key_server_free(g->keys);
	free(g->h);
	free(g);
	return lost == 0;
}

struct rg_mac gate_mac(const struct gate *g)
{
	struct rg_mac mac;

	memcpy(mac.b, g->h->ports[0].mac, sizeof(mac.b));
	return mac;
}

void gate_meet(struct gate *g, const struct rg_addr *host, const struct rg_mac *mac)
{
	struct rg_dp_txport *t = g->h->tx[0].ports[0];

	rg_dp_neigh_get(t, g->now, host);
	rg_dp_neigh_heard(t, g->now, host, mac);
}
