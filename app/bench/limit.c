/* SPDX-License-Identifier: BSD-3-Clause */
#include "limit.h"

#include <rte_cycles.h>
#include <rte_dev.h>
#include <rte_ethdev.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>
#include <stdio.h>
#include <stdlib.h>

#include "limit_cipher.h"
#include "quiet.h"
#include "rg_ipudp.h"

#define BURST      RG_BURST
#define HEADERS    (RG_ETH_BYTES + RG_IP4_BYTES + RG_UDP_BYTES)
#define GRE_BYTES  12 /* with key and sequence number */
#define GRE_SEQ    8
#define RIST_BYTES 20 /* VSF, inner ports, RTP: encrypted with the payload */
#define OUT_BUFS   (1024 + BURST) /* for what is sent: as many as a NIC has under way */
#define HOT_BUFS   8
#define DESCS      512

enum kind {
	FORWARD, /* nothing but the ports */
	DECRYPT,
	ENCRYPT,
	RELAY, /* both */
};

struct limit {
	enum kind kind;
	uint16_t rx, tx; /* ports */
	char name[2][32];
	unsigned n_ports;
	struct rte_mempool *frames, *out;
	struct cipher *cipher;
	uint32_t frame_bytes, cipher_bytes;
	uint32_t inner_off; /* of what is encrypted */
	uint32_t seq;
	struct rg_udp_tmpl tmpl; /* where everything goes */
	struct cipher_op ops[BURST];
	uint8_t *hot;
	char label[96];
};

/* A linear pool of FIFO order: no caches, which would give back the newest first. */
static struct rte_mempool *fifo(const char *name, unsigned n)
{
	return rte_pktmbuf_pool_create_by_ops(
		name, n, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, (int)rte_socket_id(), "ring_sp_sc");
}

static int make_port(struct limit *l, uint16_t *id)
{
	static unsigned n;
	struct rte_eth_conf conf = {0};
	char *name = l->name[l->n_ports], args[32];

	(void)snprintf(name, sizeof(l->name[0]), "net_null_bench%u", n++);
	(void)snprintf(args, sizeof(args), "size=%u", l->frame_bytes);
	if (rte_eal_hotplug_add("vdev", name, args) != 0)
		return -RG_E_NOTSUP;
	l->n_ports++;
	if (rte_eth_dev_get_port_by_name(name, id) != 0 ||
		rte_eth_dev_configure(*id, 1, 1, &conf) != 0 ||
		rte_eth_rx_queue_setup(*id, 0, DESCS, rte_socket_id(), NULL, l->frames) != 0 ||
		rte_eth_tx_queue_setup(*id, 0, DESCS, rte_socket_id(), NULL) != 0 ||
		rte_eth_dev_start(*id) != 0)
		return -RG_E_NOTSUP;
	return 0;
}

/* Every buffer holds the frame, and goes on holding it: nothing here changes its length. */
static int fill_frames(struct limit *l, const struct limit_conf *c)
{
	struct rte_mbuf **m = malloc(BENCH_LINE * sizeof(struct rte_mbuf *));
	int rc = -RG_E_NOMEM;

	l->frames = fifo("limit", BENCH_LINE);
	if (m && l->frames && rte_pktmbuf_alloc_bulk(l->frames, m, BENCH_LINE) == 0) {
		for (unsigned i = 0; i < BENCH_LINE; i++)
			memcpy(rte_pktmbuf_mtod(m[i], void *), c->frame, c->frame_bytes);
		for (unsigned i = 0; i < BENCH_LINE; i++)
			rte_pktmbuf_free(m[i]);
		rc = 0;
	}
	free(m);
	return rc;
}

static int open_cipher(struct limit *l, const struct limit_conf *c)
{
	if (l->kind == FORWARD)
		return 0;
	l->cipher = cipher_open(c->c->aes_bits);
	l->inner_off = l->kind == ENCRYPT ? HEADERS - RIST_BYTES : HEADERS + GRE_BYTES;
	l->cipher_bytes = c->frame_bytes - l->inner_off;
	l->hot = aligned_alloc(RG_CACHE_LINE, HOT_BUFS * 2 * RTE_MBUF_DEFAULT_DATAROOM);
	if (l->kind != DECRYPT)
		l->out = fifo("limit_out", OUT_BUFS);
	if (!l->cipher || !l->hot || (l->kind != DECRYPT && !l->out))
		return -RG_E_NOMEM;
	memset(l->hot, 1, HOT_BUFS * 2 * RTE_MBUF_DEFAULT_DATAROOM);
	return 0;
}

int limit_open(struct limit **out, const struct limit_conf *c, struct rg_conf_error *err)
{
	static const enum kind kinds[] = {
		[BENCH_RX] = DECRYPT, [BENCH_TX] = ENCRYPT, [BENCH_RELAY] = RELAY};

	static const char *const where[] = {
		"", "in place", "into a second buffer", "in place and into a second buffer"};
	struct limit *l = *out = calloc(1, sizeof(*l));
	int rc;

	if (!l)
		return -RG_E_NOMEM;
	l->kind = c->c->aes_bits ? kinds[c->c->way] : FORWARD;
	l->frame_bytes = c->frame_bytes;
	(void)snprintf(l->label, sizeof(l->label), "null ports");
	if (l->kind != FORWARD)
		(void)snprintf(l->label, sizeof(l->label), "null ports, AES-%u-CTR %s",
			c->c->aes_bits, where[l->kind]);
	rg_udp_tmpl_init(&l->tmpl,
		&(struct rg_udp_route){.src = {.ip = {10, 9, 0, 2}, .port = 5000, .af = RG_AF_IP4},
			.dst = {.ip = {10, 9, 0, 9}, .port = 5000, .af = RG_AF_IP4},
			.ttl = 64});
	rc = fill_frames(l, c);
	if (rc == 0)
		rc = open_cipher(l, c);
	if (rc == 0)
		rc = make_port(l, &l->rx);
	if (rc == 0)
		rc = make_port(l, &l->tx);
	if (rc != 0)
		(void)snprintf(err->text, sizeof(err->text),
			rc == -RG_E_NOMEM ? "memory: the limit finds none (-m)"
					  : "no null ports (DPDK's net_null)");
	return rc;
}

void limit_close(struct limit *l)
{
	if (!l)
		return;
	for (unsigned i = 0; i < l->n_ports; i++) {
		rte_eth_dev_stop(i == 0 ? l->rx : l->tx);
		rte_eal_hotplug_remove("vdev", l->name[i]);
	}
	rte_mempool_free(l->frames);
	rte_mempool_free(l->out);
	cipher_close(l->cipher);
	free(l->hot);
	free(l);
}

const char *limit_name(const struct limit *l)
{
	return l->label;
}

/* True for UDP in an IPv4 packet that is whole: the least that anybody looks at. */
static bool is_udp(const uint8_t *p, uint32_t len)
{
	return rg_get16(p + 12) == RG_ETH_TYPE_IP4 && p[14] == 0x45 &&
		(rg_get16(p + 20) & 0x3fff) == 0 && p[23] == RG_IP_PROTO_UDP &&
		rg_get16(p + 16) <= len - RG_ETH_BYTES && rg_get16(p + 38) >= RG_UDP_BYTES;
}

static void work_decrypt(struct limit *l, struct rte_mbuf **m, unsigned n)
{
	unsigned k = 0;

	for (unsigned i = 0; i < n; i++)
		rte_prefetch0(rte_pktmbuf_mtod(m[i], void *));
	for (unsigned i = 0; i < n; i++) {
		uint8_t *p = rte_pktmbuf_mtod(m[i], uint8_t *);

		if (!is_udp(p, l->frame_bytes))
			continue;
		l->ops[k] = (struct cipher_op){.src = p + HEADERS + GRE_BYTES,
			.dst = p + HEADERS + GRE_BYTES,
			.len = l->cipher_bytes};
		memcpy(&l->ops[k++].seq, p + HEADERS + GRE_SEQ, 4);
		if (l->kind == DECRYPT)
			rg_udp_tmpl_write_offload(
				&l->tmpl, p, (uint16_t)(l->frame_bytes - HEADERS));
	}
	cipher_run(l->cipher, l->ops, k);
}

/* The header that is encrypted with the payload stands before it for as long as that takes. */
static unsigned work_encrypt(struct limit *l, struct rte_mbuf **m, unsigned n, struct rte_mbuf **to)
{
	static const uint8_t rist[RIST_BYTES] = {0xcc, 0xe0};
	uint8_t before[BURST][RIST_BYTES];

	if (rte_pktmbuf_alloc_bulk(l->out, to, n) != 0)
		return 0;
	for (unsigned i = 0; i < n; i++)
		rte_prefetch0(rte_pktmbuf_mtod(m[i], void *));
	for (unsigned i = 0; i < n; i++) {
		uint8_t *p = rte_pktmbuf_mtod(m[i], uint8_t *), *inner = p + l->inner_off;
		uint8_t *q = rte_pktmbuf_mtod(to[i], uint8_t *);
		uint32_t len = is_udp(p, l->frame_bytes) ? l->cipher_bytes : 0;

		memcpy(before[i], inner, RIST_BYTES);
		memcpy(inner, rist, RIST_BYTES);
		rg_udp_tmpl_write_offload(&l->tmpl, q, (uint16_t)(GRE_BYTES + len));
		memset(q + HEADERS, 0, GRE_SEQ);
		rg_put32(q + HEADERS + GRE_SEQ, l->seq);
		l->ops[i] = (struct cipher_op){
			.src = inner, .dst = q + HEADERS + GRE_BYTES, .len = len};
		memcpy(&l->ops[i].seq, q + HEADERS + GRE_SEQ, 4);
		l->seq++;
		to[i]->data_len = (uint16_t)(HEADERS + GRE_BYTES + len);
		to[i]->pkt_len = to[i]->data_len;
	}
	cipher_run(l->cipher, l->ops, n);
	for (unsigned i = 0; i < n; i++)
		memcpy((uint8_t *)(uintptr_t)l->ops[i].src, before[i], RIST_BYTES);
	rte_pktmbuf_free_bulk(m, n);
	return n;
}

static void burst(struct limit *l)
{
	struct rte_mbuf *m[BURST], *to[BURST], **out = m;
	unsigned n = rte_eth_rx_burst(l->rx, 0, m, BURST);

	if (l->kind == DECRYPT || l->kind == RELAY)
		work_decrypt(l, m, n);
	if (l->kind == ENCRYPT || l->kind == RELAY) {
		n = work_encrypt(l, m, n, to);
		out = to;
	}
	rte_eth_tx_burst(l->tx, 0, out, (uint16_t)n);
}

static void burst_hot(struct limit *l)
{
	cipher_run_hot(l->cipher, l->ops, BURST);
	if (l->kind == RELAY)
		cipher_run_hot(l->cipher, l->ops, BURST);
}

static double run(struct limit *l, void (*lap)(struct limit *l))
{
	uint64_t cycles = 0, packets = 0, best = UINT64_MAX;
	struct quiet q = {0};

	quiet_since(&q);
	for (unsigned done = 0; done < BENCH_CHUNK; done += QUIET_LAPS * BURST) {
		uint64_t start = rte_rdtsc(), took;

		for (unsigned i = 0; i < QUIET_LAPS; i++)
			lap(l);
		took = rte_rdtsc() - start;
		best = took < best ? took : best;
		if (!quiet_since(&q))
			continue;
		cycles += took;
		packets += QUIET_LAPS * BURST;
	}
	if (packets == 0)
		return (double)best / (QUIET_LAPS * BURST);
	return (double)cycles / (double)packets;
}

double limit_run(struct limit *l)
{
	return run(l, burst);
}

double limit_hot(struct limit *l)
{
	if (l->kind == FORWARD)
		return 0;
	for (unsigned i = 0; i < BURST; i++) {
		uint8_t *p = l->hot + 2 * (i % HOT_BUFS) * RTE_MBUF_DEFAULT_DATAROOM;

		l->ops[i] = (struct cipher_op){.src = p,
			.dst = l->kind == DECRYPT ? p : p + RTE_MBUF_DEFAULT_DATAROOM,
			.len = l->cipher_bytes};
	}
	return run(l, burst_hot);
}
