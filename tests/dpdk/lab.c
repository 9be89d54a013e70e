/* SPDX-License-Identifier: BSD-3-Clause */
#include "lab.h"

#include <rte_ethdev.h>
#include <rte_malloc.h>
#include <rte_ring_elem.h>

#include <stdlib.h>

struct rg_addr lab_addr(const char *ip, uint16_t port)
{
	struct rg_addr a = {0};

	ck_assert(rg_addr_parse(ip, strlen(ip), &a));
	a.port = port;
	return a;
}

void lab_init(struct lab *l, const char *const *addrs)
{
	struct rg_port_conf *p = &l->ports[0];

	*l = (struct lab){.now = {RG_NS_PER_S}};
	strcpy(p->name, "wan");
	strcpy(p->device, "net_ring0");
	for (; *addrs != NULL; addrs++) {
		p->addrs[p->n_addrs].addr = lab_addr(*addrs, 0);
		p->addrs[p->n_addrs].len = p->addrs[p->n_addrs].addr.af == RG_AF_IP4 ? 24 : 64;
		p->n_addrs++;
	}
	l->stream = (struct rg_stream_plan){.name = "s", .inputs = &l->side, .n_inputs = 1};
	l->conf = (struct rg_host_conf){.eps = l->eps,
		.streams = &l->stream,
		.n_streams = 1,
		.buf_count = 1024,
		.buf_data_bytes = 1500,
		.ports = l->ports,
		.n_ports = 1};
}

uint16_t lab_ep(struct lab *l, struct rg_addr local, struct rg_addr remote)
{
	l->eps[l->conf.n_eps] = (struct rg_ep_plan){
		.kind = RG_EP_UDP, .local = local, .remote = remote, .pair = RG_EP_NONE, .ttl = 3};
	return (uint16_t)l->conf.n_eps++;
}

static int start_eal(struct lab *l, const char *const *vdevs)
{
	char *argv[32] = {"lab", "--no-huge", "--no-shconf", "--no-pci", "--no-telemetry",
		"--iova-mode=va", "-m", "128"};
	int argc = 8;

	for (; *vdevs != NULL; vdevs++) {
		argv[argc++] = "--vdev";
		argv[argc++] = (char *)(uintptr_t)*vdevs;
	}
	return rg_dp_eal_start(&l->h->eal, argv, argc, &l->err);
}

static int open_ports(struct lab *l)
{
	int r = 0;

	for (uint16_t i = 0; i < l->conf.n_ports && r == 0; i++) {
		r = rg_dp_port_probe(&l->h->ports[i], &l->ports[i], i, &l->err);
		l->h->n_ports += r == 0;
	}
	return r;
}

static int open_rest(struct lab *l)
{
	struct rg_host *h = l->h;
	struct rg_dp_need need;
	int r;

	h->eps = rg_dp_mem(l->conf.n_eps * sizeof(*h->eps), "eps", &l->err);
	h->stream_worker = rg_dp_mem(sizeof(*h->stream_worker), "streams", &l->err);
	r = rg_dp_place(h, &l->err);
	if (r != 0)
		return r;
	need = rg_dp_layout_need(h);
	r = rg_dp_pools_open(&h->pools, &need, &l->err);
	for (uint32_t i = 0; i < h->n_ports && r == 0; i++)
		r = rg_dp_port_start(&h->ports[i], &h->pools, &l->err);
	if (r == 0) {
		atomic_store(&h->steer, rg_dp_steer_build(h, &l->err));
		r = atomic_load(&h->steer) != NULL ? 0 : -RG_E_EXIST;
	}
	if (r == 0)
		r = rg_dp_wire(h, &l->err);
	for (uint32_t i = 0; i < h->n_tx && r == 0; i++)
		r = rg_dp_tx_open(&h->tx[i], &l->err);
	return r;
}

int lab_try_open(struct lab *l, const char *const *vdevs)
{
	int r;

	l->h = calloc(1, sizeof(*l->h));
	ck_assert_ptr_nonnull(l->h);
	l->h->conf = &l->conf;
	r = start_eal(l, vdevs);
	if (r == 0)
		r = open_ports(l);
	if (r == 0)
		r = rg_dp_layout(l->h, &l->err);
	if (r == 0)
		r = open_rest(l);
	return r;
}

void lab_open(struct lab *l, const char *const *vdevs)
{
	int r = lab_try_open(l, vdevs);

	ck_assert_msg(r == 0, "%s", l->err.text);
	for (uint32_t i = 0; i < RG_PORTS_MAX; i++) {
		struct rg_dp_txport *t = l->h->tx[0].ports[i];

		if (t == NULL)
			continue;
		t->left_since = t->next_neigh = t->next_report = l->now;
	}
}

void lab_close(struct lab *l)
{
	struct rg_host *h = l->h;
	unsigned lost;

	for (uint32_t i = 0; i < h->n_tx; i++)
		rg_dp_tx_close(&h->tx[i]);
	if (h->n_ports > 0 && rg_dp_port_up(&h->ports[0]))
		lab_clear(l);
	for (uint32_t i = 0; i < h->n_ports; i++)
		rg_dp_port_stop(&h->ports[i]);
	rg_dp_unwire(h);
	lost = rg_dp_pools_in_use(&h->pools);
	rg_dp_pools_close(&h->pools);
	rg_dp_steer_free(atomic_load(&h->steer));
	rg_dp_layout_free(h);
	rte_free(h->eps);
	rte_free(h->stream_worker);
	rg_dp_eal_stop(&h->eal);
	free(h);
	ck_assert_uint_eq(lost, 0);
}

void lab_run(struct lab *l, int64_t forward_ns)
{
	unsigned done, rounds = 0;

	l->now = rg_time_add(l->now, forward_ns);
	do {
		done = rg_dp_rx_poll(&l->h->rx[0], l->now);
		done += rg_dp_neigh_poll(&l->h->tx[0], l->now);
		done += rg_dp_tx_poll(&l->h->tx[0], l->now);
	} while (done > 0 && ++rounds < 100);
}

static uint8_t pattern(unsigned i)
{
	return (uint8_t)(i * 7 + i / 251);
}

struct rg_dgram lab_dgram(struct lab *l, uint16_t ep, struct rg_addr to, uint16_t len)
{
	struct rg_bufops ops = rg_dp_bufops(&l->h->pools);
	struct rg_newbuf b;
	struct rg_dgram d = {.peer = to, .ep = ep, .len = len};

	ck_assert_uint_eq(ops.alloc_bulk(ops.ctx, &b, 1), 1);
	ck_assert_uint_ge(b.cap_bytes, len);
	for (unsigned i = 0; i < len; i++)
		b.data[i] = pattern(i);
	d.buf = b.buf;
	d.data = b.data;
	return d;
}

void lab_give(struct lab *l, const struct rg_dgram *d)
{
	rg_dp_pipe_put(&l->h->workers[0].out[0], d, 1);
}

bool lab_take(struct lab *l, struct rg_dgram *d)
{
	return rg_dp_pipe_get(l->h->workers[0].in[0], d, 1) == 1;
}

bool lab_payload_ok(const struct rg_dgram *d, uint16_t len)
{
	for (unsigned i = 0; i < d->len; i++)
		if (d->data[i] != pattern(i))
			return false;
	return d->len == len;
}

void lab_free(const struct rg_dgram *d)
{
	rg_dp_free_dgrams(d, 1);
}

struct rte_mbuf *lab_frame(struct lab *l, const uint8_t *bytes, size_t len)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(l->h->pools.packets);

	ck_assert_ptr_nonnull(m);
	memcpy(rte_pktmbuf_append(m, (uint16_t)len), bytes, len);
	return m;
}

void lab_inject(struct lab *l, struct rte_mbuf *m)
{
	ck_assert_uint_eq(rte_eth_tx_burst(l->h->ports[0].id, 0, &m, 1), 1);
}

void lab_clear(struct lab *l)
{
	struct rte_mbuf *m;

	for (int i = 0; i < 10000 && (m = lab_sniff(l)) != NULL; i++)
		rte_pktmbuf_free(m);
}

struct rte_mbuf *lab_sniff(struct lab *l)
{
	struct rte_mbuf *m = NULL;

	return rte_eth_rx_burst(l->h->ports[0].id, 0, &m, 1) == 1 ? m : NULL;
}

uint64_t lab_drops(const struct lab *l, enum rg_verdict v)
{
	return l->h->rx[0].drops[v] + l->h->tx[0].drops[v] + l->h->workers[0].drops[v];
}
