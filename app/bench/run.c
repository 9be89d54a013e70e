/* SPDX-License-Identifier: BSD-3-Clause */
#include "run.h"

#include "quiet.h"
#include "rg_host.h"

/* What a burst may become: the pipe to the transmitter, which takes its part of a round only, holds
 * 1,024 datagrams. */
#define COPIES_MAX 800
#define LINE_SLOTS (1u << 17) /* several times the packets of the line: RTCP comes on top */
#define HISTORY    8192 /* packets of a sender that nobody asks */

enum who {
	GATE = 2,
	SENDER = 3,
	RECEIVER = 4,
	OTHERS = 9, /* encoder and player */
};

static struct rg_addr host(enum who i)
{
	return (struct rg_addr){.ip = {10, 9, 0, (uint8_t)i}, .af = RG_AF_IP4};
}

static struct rg_mac mac(enum who i)
{
	return (struct rg_mac){{0x02, 0, 0, 0, 0, (uint8_t)i}};
}

static void set_plans(struct run *r)
{
	const struct bench_row *row = r->row;
	struct plan_conf common = {.profile = row->c->profile,
		.aes_bits = row->c->aes_bits,
		.flows = row->flows,
		.outputs = 1,
		.pps = (uint32_t)(BENCH_PPS / row->outputs),
		.buffer_ms = row->lossy ? BENCH_LOSSY_BUFFER_MS : BENCH_BUFFER_MS,
		.sink = host(OTHERS)};

	r->gate_plan = r->sender_plan = r->receiver_plan = common;
	r->gate_plan.local = host(GATE);
	r->gate_plan.remote = host(RECEIVER);
	r->gate_plan.outputs = row->outputs;
	r->gate_plan.rist_in = row->c->way != BENCH_TX;
	r->gate_plan.rist_out = row->c->way != BENCH_RX;
	r->sender_plan.local = host(SENDER);
	r->sender_plan.remote = host(GATE);
	r->sender_plan.rist_out = true;
	r->sender_plan.history = row->lossy ? 0 : HISTORY;
	r->receiver_plan.local = host(RECEIVER);
	r->receiver_plan.rist_in = true;
	r->receiver_plan.flows = row->flows * row->outputs;
	r->receiver_plan.pps = BENCH_PPS;
}

static int open_peer(struct run *r, struct peer **p, const struct plan_conf *plan, enum who who,
	struct rg_conf_error *err)
{
	return bench_peer_open(p,
		&(struct peer_conf){.plan = plan,
			.track = &r->track,
			.line = &r->line,
			.delay_ns = r->delay_ns,
			.loss_percent = r->row->loss_percent,
			.mac = mac(who),
			.gate_mac = gate_mac(r->gate),
			.now = gate_now(r->gate)},
		err);
}

static int open_gate(struct run *r, struct rg_conf_error *err)
{
	/* many outputs make one burst of many: only a whole chunk is like another */
	unsigned laps = r->row->outputs > 1 ? BENCH_CHUNK / RG_BURST : QUIET_LAPS;

	return gate_open(&r->gate,
		&(struct gate_conf){.plan = &r->gate_plan,
			.local = host(GATE),
			.line = &r->line,
			.sink = &r->sink,
			.payload_bytes = r->row->payload_bytes,
			.laps = laps},
		err);
}

static int open_source(struct run *r, struct rg_conf_error *err)
{
	if (r->gate_plan.rist_in)
		return open_peer(r, &r->sender, &r->sender_plan, SENDER, err);
	return encoder_open(&r->encoder, &r->track, &r->line,
		(struct rg_udp_route){.src_mac = mac(OTHERS),
			.dst_mac = gate_mac(r->gate),
			.src = host(OTHERS),
			.dst = host(GATE),
			.ttl = 64});
}

int run_open(
	struct run *r, const struct bench_row *row, int64_t delay_ns, struct rg_conf_error *err)
{
	int rc;

	*r = (struct run){.row = row, .delay_ns = delay_ns};
	set_plans(r);
	rc = track_open(&r->track, row->flows, row->outputs, row->payload_bytes);
	if (rc == 0)
		rc = line_open(&r->line, LINE_SLOTS);
	if (rc == 0)
		rc = sink_open(&r->sink, &r->track, host(OTHERS));
	if (rc == 0)
		rc = open_gate(r, err);
	if (rc == 0)
		rc = open_source(r, err);
	if (rc == 0 && r->gate_plan.rist_out)
		rc = open_peer(r, &r->receiver, &r->receiver_plan, RECEIVER, err);
	return rc;
}

/* The peers first: they end their streams towards the gateway. */
bool run_close(struct run *r)
{
	bool balanced;

	bench_peer_close(r->sender);
	bench_peer_close(r->receiver);
	balanced = gate_close(r->gate);
	encoder_close(&r->encoder);
	line_close(&r->line);
	sink_close(&r->sink);
	track_close(&r->track);
	return balanced;
}

void run_meet(struct run *r)
{
	static const enum who all[] = {SENDER, RECEIVER, OTHERS};

	for (unsigned i = 0; i < RG_ARRAY_LEN(all); i++) {
		struct rg_addr a = host(all[i]);
		struct rg_mac m = mac(all[i]);

		gate_meet(r->gate, &a, &m);
	}
}

void run_hear(struct run *r)
{
	struct rg_addr sender = host(SENDER);

	for (uint32_t i = 0; i < r->sink.n_kept; i++) {
		const struct sink_kept *k = &r->sink.kept[i];
		struct peer *p = rg_addr_same_host(&k->dst, &sender) ? r->sender : r->receiver;

		if (p)
			bench_peer_hear(p, k);
	}
	r->sink.n_kept = 0;
}

/* So many that BENCH_CHUNK leave, in bursts. */
static void fill(struct run *r, rg_time from)
{
	unsigned outputs = r->row->outputs, left = BENCH_CHUNK / outputs, sent = 0;
	unsigned burst = rg_min_u32(RG_BURST, COPIES_MAX / outputs);

	while (left > 0) {
		unsigned n = rg_min_u32(left, burst);
		rg_time at;

		left -= n;
		sent += n;
		at = rg_time_add(from, sent * outputs * BENCH_PACKET_NS);
		if (r->sender)
			bench_peer_push(r->sender, at, n);
		else
			encoder_push(&r->encoder, rg_time_add(at, r->delay_ns), n);
	}
}

void run_chunk(struct run *r, struct gate_times *t)
{
	rg_time from = gate_now(r->gate);

	run_meet(r);
	run_hear(r);
	if (r->sender)
		bench_peer_tick(r->sender, from);
	if (r->receiver)
		bench_peer_tick(r->receiver, from);
	fill(r, from);
	gate_run(r->gate, rg_time_add(from, BENCH_CHUNK_NS), t);
}
