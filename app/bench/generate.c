/* SPDX-License-Identifier: BSD-3-Clause */
#include "generate.h"

#include <rte_ethdev.h>
#include <stdlib.h>

#include "generate_out.h"
#include "peer.h"
#include "rg_neigh.h"
#include "tx_priv.h"

#define BUFFERS    16384
#define BURST      32 /* payloads that are sent at once */
#define ROW        8 /* payloads of a flow one after the other */
#define BUFFER_MS  50
#define LINK_NS    (10 * RG_NS_PER_S) /* until the gateway must be there, */
#define ASK_NS     (100 * RG_NS_PER_MS) /* and how often it is asked for */
#define SETTLE_NS  (500 * RG_NS_PER_MS) /* uncounted, until the gateway knows its sender */
#define DRAIN_NS   (500 * RG_NS_PER_MS)
#define HISTORY    128 /* packets: what they stand in is used again while it is in the caches */
#define RX_ROUNDS  8 /* bursts that are taken before the next one is sent */
#define CASE_ALL   "rx-main-aes256"
#define HOST_BYTES 3 /* that all hosts of the benchmark have in common: 10.9.0 */

struct generator {
	const struct bench_conf *conf;
	struct rg_port_conf port_conf;
	struct rg_dp_port port;
	struct rg_dp_pools pools;
	struct plan_conf plan;
	struct track track;
	struct out out;
	struct sink sink;
	struct peer *peer;
	struct rg_mac gateway;
	bool met; /* the gateway told its MAC address */
	int64_t burst_ns;
	rg_time next_burst;
	int64_t gap_ns; /* the longest time between two looks at the port */
	int64_t full_ns; /* in which the port did not take what was there */
};

static struct rg_addr host(uint8_t i)
{
	return (struct rg_addr){.ip = {10, 9, 0, i}, .af = RG_AF_IP4};
}

static struct rg_mac own_mac(const struct generator *g)
{
	struct rg_mac m;

	memcpy(m.b, g->port.mac, sizeof(m.b));
	return m;
}

static int open_port(struct generator *g, struct rg_conf_error *err)
{
	struct rg_dp_need need = {.packets = BUFFERS, .headers = 1024, .frame_bytes = 1522};
	int rc;

	g->port_conf = (struct rg_port_conf){.name = "generator"};
	(void)snprintf(g->port_conf.device, sizeof(g->port_conf.device), "%s", g->conf->generate);
	rc = rg_dp_port_probe(&g->port, &g->port_conf, 0, err);
	if (rc == 0)
		rc = rg_dp_pools_open(&g->pools, &need, err);
	if (rc == 0)
		rc = rg_dp_port_start(&g->port, &g->pools, err);
	g->out = (struct out){.port = &g->port, .pool = g->pools.packets};
	return rc;
}

static void speak(struct generator *g, const struct rg_neigh *n, const struct rg_mac *to)
{
	uint8_t frame[RG_NEIGH_FRAME_BYTES];

	out_bytes(&g->out, frame, rg_neigh_write(frame, n, to));
	out_flush(&g->out);
}

/* All hosts of the benchmark but the gateway are here. */
static void hear_neighbour(struct generator *g, const uint8_t *p, const struct rg_frame *f)
{
	struct rg_addr gateway = host(2);
	struct rg_neigh n;

	if (rg_neigh_read(p, f, &n) != 0)
		return;
	if (n.kind == RG_NEIGH_ADVERT) {
		if (!rg_addr_same_host(&n.target, &gateway))
			return;
		g->gateway = n.mac;
		g->met = true;
		return;
	}
	if (memcmp(n.target.ip, gateway.ip, HOST_BYTES) != 0 ||
		rg_addr_same_host(&n.target, &gateway))
		return;
	n.kind = RG_NEIGH_ADVERT;
	n.mac = own_mac(g);
	speak(g, &n, &g->gateway);
}

static unsigned receive_burst(struct generator *g, rg_time now)
{
	struct rte_mbuf *m[BURST];
	unsigned n = rg_dp_port_up(&g->port) ? rte_eth_rx_burst(g->port.id, 0, m, BURST) : 0;

	for (unsigned i = 0; i < n; i++) {
		const uint8_t *p = rte_pktmbuf_mtod(m[i], const uint8_t *);
		struct rg_frame f;

		if (rg_frame_read(p, m[i]->data_len, 0, &f) == 0 && f.kind == RG_FRAME_NEIGH)
			hear_neighbour(g, p, &f);
		else
			sink_frame(&g->sink, now, m[i]);
	}
	rte_pktmbuf_free_bulk(m, n);
	for (uint32_t i = 0; i < g->sink.n_kept && g->peer; i++)
		bench_peer_hear(g->peer, &g->sink.kept[i]);
	g->sink.n_kept = 0;
	return n;
}

/* All that is there, or a stall would never be made up for. */
static void receive(struct generator *g, rg_time now)
{
	for (unsigned i = 0; i < RX_ROUNDS && receive_burst(g, now) == BURST; i++)
		;
}

/* The gateway's MAC address; false: nobody answers. */
static bool meet(struct generator *g)
{
	rg_time now = rg_host_now(), end = rg_time_add(now, LINK_NS), ask = now;

	for (; !g->met && rg_time_before(now, end); now = rg_host_now()) {
		receive(g, now);
		if (rg_time_before(now, ask) || !rg_dp_port_up(&g->port))
			continue;
		ask = rg_time_add(now, ASK_NS);
		speak(g,
			&(struct rg_neigh){.kind = RG_NEIGH_SOLICIT,
				.target = host(2),
				.asker = host(3),
				.mac = own_mac(g)},
			NULL);
	}
	return g->met;
}

static void send_datagram(void *to, const struct rg_udp_tmpl *t, struct rg_dgram *d)
{
	out_dgram(to, t, d);
}

static int open_peer(struct generator *g, struct rg_conf_error *err)
{
	return bench_peer_open(&g->peer,
		&(struct peer_conf){.plan = &g->plan,
			.track = &g->track,
			.send = send_datagram,
			.send_to = &g->out,
			.mac = own_mac(g),
			.gate_mac = g->gateway,
			.now = rg_host_now()},
		err);
}

/* Of the case: its profile and cipher. */
static int set_plan(struct generator *g, struct rg_conf_error *err)
{
	bool all = strcmp(g->conf->cases, "all") == 0;
	const struct bench_case *c = bench_find(all ? CASE_ALL : g->conf->cases);
	double pps = g->conf->rate_gbps * 1e9 / 8 / g->conf->payload_bytes;

	if (c->way != BENCH_RX || c->vary != BENCH_ALONE) {
		(void)snprintf(err->text, sizeof(err->text),
			"--case: %s: a generator sends what an rx- case receives", c->name);
		return -RG_E_INVAL;
	}
	g->burst_ns = (int64_t)(BURST * (double)RG_NS_PER_S / pps);
	g->plan = (struct plan_conf){.profile = c->profile,
		.aes_bits = c->aes_bits,
		.flows = g->conf->flows ? g->conf->flows : 1,
		.outputs = 1,
		.pps = (uint32_t)pps + 1000,
		.buffer_ms = BUFFER_MS,
		.rist_out = true,
		.history =
			HISTORY, /* what the port does not take is sent later: nobody asks again */
		.local = host(3),
		.remote = host(2),
		.sink = host(9)};
	return 0;
}

static int open_all(struct generator *g, struct rg_conf_error *err)
{
	int rc = set_plan(g, err);

	if (rc == 0)
		rc = track_open(&g->track, g->plan.flows, 1, g->conf->payload_bytes);
	g->track.row = ROW;
	if (rc == 0)
		rc = sink_open(&g->sink, &g->track, host(9));
	if (rc == 0)
		rc = open_port(g, err);
	if (rc == 0 && !meet(g)) {
		(void)snprintf(err->text, sizeof(err->text), "10.9.0.2 does not answer on %s",
			g->conf->generate);
		rc = -RG_E_NOENT;
	}
	return rc == 0 ? open_peer(g, err) : rc;
}

static void note_time(struct generator *g, int64_t ns)
{
	g->gap_ns = rg_max_i64(g->gap_ns, ns);
	if (g->out.n > 0)
		g->full_ns += ns;
}

/* What the gateway does not take in time shows in the rate. */
static void run_for(struct generator *g, int64_t ns, bool sends)
{
	rg_time now = rg_host_now(), end = rg_time_add(now, ns), last = now;

	for (g->next_burst = now; rg_time_before(now, end); last = now, now = rg_host_now()) {
		note_time(g, rg_time_diff(now, last));
		if (sends && g->out.n == 0 && !rg_time_before(now, g->next_burst)) {
			bench_peer_push(g->peer, now, BURST);
			g->next_burst = rg_time_add(g->next_burst, g->burst_ns);
		}
		bench_peer_tick(g->peer, now);
		out_flush(&g->out);
		receive(g, now);
	}
}

static void report(const struct generator *g, uint64_t sent, uint64_t got, double seconds)
{
	printf("{\"generate\":\"%s\",\"flows\":%u,\"payload_bytes\":%u,\"rate_gbps\":%.3f,"
	       "\"gbps\":%.3f,\"sent\":%llu,\"lost\":%lld,\"wrong\":%llu,\"refused\":%llu,"
	       "\"gap_us\":%lld,\"full_ms\":%.1f}\n",
		g->conf->generate, g->plan.flows, g->conf->payload_bytes, g->conf->rate_gbps,
		(double)sent * g->conf->payload_bytes * 8 / 1e9 / seconds, (unsigned long long)sent,
		(long long)(sent - got), (unsigned long long)g->track.wrong,
		(unsigned long long)g->out.refused, (long long)g->gap_ns / 1000,
		(double)g->full_ns / 1e6);
}

static void run(struct generator *g)
{
	rg_time start;
	uint64_t sent, got;
	double seconds;

	run_for(g, SETTLE_NS, true);
	run_for(g, DRAIN_NS, false);
	sent = g->track.sent;
	got = g->track.got;
	g->track.wrong = g->out.refused = 0;
	g->gap_ns = g->full_ns = 0;
	start = rg_host_now();
	run_for(g, (int64_t)(g->conf->seconds * (double)RG_NS_PER_S), true);
	seconds = (double)rg_time_diff(rg_host_now(), start) / (double)RG_NS_PER_S;
	run_for(g, DRAIN_NS, false);
	report(g, g->track.sent - sent, g->track.got - got, seconds);
}

int generate_run(const struct bench_conf *conf, struct rg_conf_error *err)
{
	struct generator *g = calloc(1, sizeof(*g));
	int rc;

	if (!g)
		return -RG_E_NOMEM;
	g->conf = conf;
	rc = open_all(g, err);
	if (rc == 0)
		run(g);
	out_close(&g->out); /* its frames may be the peer's */
	bench_peer_close(g->peer);
	rg_dp_port_stop(&g->port);
	rg_dp_pools_close(&g->pools);
	sink_close(&g->sink);
	track_close(&g->track);
	free(g);
	return rc;
}
