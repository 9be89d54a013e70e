/* SPDX-License-Identifier: BSD-3-Clause */
#include "budget.h"

#include "memory.h"
#include "rg_host.h"
#include "rg_worker.h"

#define MIB (UINT64_C(1) << 20)
/* Short packets are more packets at the same rate, and a slot is cheap. */
#define SLOTS_MIN 2048
/* 16-bit sequence numbers: 2^16 can be asked for, the half of it can be told from the past. */
#define SEQ16_HISTORY  65536
#define SEQ16_RECEIVED 32768
/* In flight beside the recovery buffers: bursts, and what waits at an endpoint. */
#define BUFS_BASE   2048
#define BUFS_PER_EP 64
#define DATA_BYTES  2048
/* Headroom, mbuf and pool headers of one buffer. */
#define BUF_EXTRA_SOCKET 192
#define BUF_EXTRA_DPDK   512
/* EAL itself, rings, tables; descriptors and what a driver holds of each port. */
#define DPDK_BASE_BYTES (24 * MIB)
#define DPDK_PORT_BYTES (12 * MIB)
/* Buffers to encrypt into: what pipes, caches and ports have under way. */
#define COPIES_PER_PIPE  1024
#define COPIES_PER_CACHE 384
#define COPIES_PER_PORT  1280

/* kb/s x ms are bits; a tenth more for bursts and for retransmissions. */
static uint64_t packets_of(const struct rg_rist_conf *r, uint32_t rate_kbps)
{
	return (uint64_t)rate_kbps * r->buffer_max_ms / (8 * GW_PAYLOAD_BYTES) * 11 / 10 + 1;
}

struct gw_need gw_need_of(const struct rg_side_plan *s, enum rg_end_role role)
{
	uint64_t limit = role == RG_ROLE_INPUT ? SEQ16_RECEIVED : SEQ16_HISTORY;
	const struct rg_rist_conf *r = &s->rist;
	struct gw_need n = {0};
	uint64_t flow, all;

	if (s->kind != RG_END_RIST)
		return n;
	flow = packets_of(r, r->bandwidth_kbps);
	n.seq_limited = flow > limit;
	n.ring_slots = flow < SLOTS_MIN ? SLOTS_MIN
		: flow < SEQ16_HISTORY  ? rg_pow2_ceil((uint32_t)flow)
					: SEQ16_HISTORY;
	n.rate_kbps = r->bandwidth_kbps;
	/* The flows of a listener share its buffers, each with a ring of its own. */
	if (role == RG_ROLE_INPUT && r->max_bandwidth_kbps) {
		n.rate_kbps = r->max_bandwidth_kbps;
		limit *= r->max_flows;
	}
	/* It fits: 400 Gb/s x 30 s are 1.3e9 packets. */
	all = packets_of(r, n.rate_kbps);
	n.packets = (uint32_t)(all < limit ? all : limit);
	return n;
}

uint32_t gw_stream_packets(const struct rg_stream_plan *s)
{
	uint32_t received = 0, history = 0;

	for (uint32_t i = 0; i < s->n_inputs; i++)
		received += gw_need_of(&s->inputs[i], RG_ROLE_INPUT).packets;
	for (uint32_t i = 0; i < s->n_outputs; i++) {
		uint32_t packets = gw_need_of(&s->outputs[i], RG_ROLE_OUTPUT).packets;

		history = packets > history ? packets : history;
	}
	return received + history;
}

static uint32_t data_bytes(const struct gw_config *c)
{
	uint32_t bytes = DATA_BYTES;

	for (uint32_t i = 0; i < c->n_ports; i++) {
		if (c->ports[i].mtu > bytes)
			bytes = (c->ports[i].mtu + 63) & ~UINT32_C(63);
	}
	return bytes;
}

/* From every worker to every transmitter and to the kernel; two threads beside the lcores. */
static uint64_t copies_of(const struct gw_config *c)
{
	uint32_t workers = 0, tx = 0;

	for (uint32_t i = 0; i < c->n_lcores; i++) {
		workers += (c->lcores[i].tasks & RG_TASK_WORKER) != 0;
		tx += (c->lcores[i].tasks & RG_TASK_TX) != 0;
	}
	if (c->n_lcores == 0)
		workers = tx = 1;
	return (uint64_t)workers * (tx + 1) * COPIES_PER_PIPE +
		(uint64_t)(c->n_lcores + 3) * COPIES_PER_CACHE +
		(uint64_t)c->n_ports * COPIES_PER_PORT;
}

void gw_budget_make(struct gw_budget *b, struct gw_plan *p, const struct gw_config *c)
{
	const struct rg_worker_conf wc = {.max_streams = p->n_streams, .max_eps = p->n_eps};
	bool dpdk = c->host == GW_HOST_DPDK;
	uint64_t packets = 0, buf_bytes;

	memset(b, 0, sizeof(*b));
	for (uint32_t i = 0, side = 0; i < p->n_streams; i++) {
		const struct rg_stream_plan *s = &p->streams[i];

		for (uint32_t k = 0; k < s->n_inputs; k++, side++)
			p->sides[side].ring_slots =
				gw_need_of(&p->sides[side], RG_ROLE_INPUT).ring_slots;
		for (uint32_t k = 0; k < s->n_outputs; k++, side++)
			p->sides[side].ring_slots =
				gw_need_of(&p->sides[side], RG_ROLE_OUTPUT).ring_slots;
		packets += gw_stream_packets(s);
		b->state_bytes += rg_stream_footprint(s);
	}
	b->state_bytes += rg_worker_footprint(&wc);
	packets += BUFS_BASE + (uint64_t)BUFS_PER_EP * p->n_eps;
	b->buf_count = packets < INT32_MAX ? (uint32_t)packets : INT32_MAX;
	b->buf_data_bytes = data_bytes(c);
	buf_bytes = b->buf_data_bytes + (dpdk ? BUF_EXTRA_DPDK : BUF_EXTRA_SOCKET);
	b->buf_bytes = b->buf_count * buf_bytes;
	if (dpdk)
		b->host_bytes = DPDK_BASE_BYTES + DPDK_PORT_BYTES * c->n_ports;
	if (dpdk && rg_plan_seals(p->streams, p->n_streams))
		b->host_bytes += copies_of(c) * buf_bytes;
}

static unsigned mib_up(uint64_t bytes)
{
	return (unsigned)((bytes + MIB - 1) / MIB);
}

static int compare(uint64_t need, struct gw_memory have, struct rg_conf_error *err)
{
	if (need <= have.bytes)
		return 0;
	gw_fail(err,
		"memory: the streams need %u MiB and there are %u MiB (%s): %u MiB are missing; "
		"lower bandwidth or buffer, or give more",
		mib_up(need), (unsigned)(have.bytes / MIB), have.limit, mib_up(need - have.bytes));
	return -RG_E_NOMEM;
}

int gw_budget_check(const struct gw_budget *b, const struct gw_config *c, struct rg_conf_error *err)
{
	uint64_t need = b->buf_bytes + b->state_bytes + b->host_bytes;

	if (c->host == GW_HOST_DPDK)
		return compare(need, gw_memory_of_eal(c->eal, c->n_eal), err);
	return compare(need, gw_memory_of_process(), err);
}
