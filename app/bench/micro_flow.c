/* SPDX-License-Identifier: BSD-3-Clause */
/* The core of one flow, per packet, in bursts as a worker has them. Buffers are numbers: the core
 * never looks into them. */
#include "micro.h"
#include "rg_flow_rx.h"
#include "rg_flow_tx.h"

#define BURST      32
#define LANE       256
#define PAYLOAD    1316
#define RX_SLOTS   32768
#define TX_SLOTS   65536
#define HISTORY_MS 230
#define LATE       200 /* bursts after which what was lost comes: 8 ms */
#define LOST_EVERY 16 /* packets */
#define ASKED      16 /* numbers of one request */
#define ASKED_MAX  200 /* times that a packet is asked for */

static_assert(MICRO_BATCH % BURST == 0 && MICRO_BATCH % ASKED == 0, "whole bursts");

struct rx {
	struct rg_flow_rx *flow;
	struct rg_media deliver[LANE];
	struct rg_run nack[LANE];
	struct rg_dropped drop[LANE];
	struct rg_media m[BURST];
	uint32_t burst;
};

struct tx {
	struct rg_flow_tx *flow;
	struct rg_media send[LANE];
	struct rg_dropped drop[LANE];
	rg_time now;
	uint32_t n_sent;
	uint32_t asked; /* next number to ask for */
};

static struct rg_media packet(uint32_t seq, uint8_t flags)
{
	static uint8_t payload[PAYLOAD];

	return (struct rg_media){.buf = {payload},
		.data = payload,
		.arrival = {seq * BENCH_PACKET_NS},
		.src_ns = seq * BENCH_PACKET_NS,
		.seq = seq,
		.flow_id = 42,
		.len = PAYLOAD,
		.flags = flags};
}

static void *open_rx(void)
{
	static const struct rg_flow_rx_conf c = {.recovery = RG_RECOVERY_DEADLINE,
		.buffer_ns = BENCH_BUFFER_MS * RG_NS_PER_MS,
		.reorder_ns = RG_NS_PER_MS,
		.rtt_min_ns = 3 * RG_NS_PER_MS,
		.rtt_max_ns = 500 * RG_NS_PER_MS,
		.max_retries = 20,
		.ring_slots = RX_SLOTS,
		.seq_bits = 32,
		.bandwidth_Bps = UINT64_C(2500000000)};
	size_t head = rg_align_up(sizeof(struct rx), RG_CACHE_LINE);
	struct rx *x = micro_alloc(head + rg_flow_rx_footprint(&c));

	if (!x)
		return NULL;
	x->flow = rg_flow_rx_init((uint8_t *)x + head, &c, (rg_time){0});
	rg_flow_rx_set_rtt(x->flow, 5 * RG_NS_PER_MS, RG_NS_PER_MS / 10);
	x->burst = LATE;
	return x;
}

static void take_burst(struct rx *x, unsigned n)
{
	rg_time now = {(int64_t)++x->burst * BURST * BENCH_PACKET_NS};
	struct rg_flow_rx_out out = {.deliver = x->deliver,
		.deliver_cap = LANE,
		.nack = x->nack,
		.nack_cap = LANE,
		.drop = x->drop,
		.drop_cap = LANE};

	rg_flow_rx_feed(x->flow, now, x->m, n, &out);
	rg_flow_rx_poll(x->flow, now, &out);
	micro_use(x->deliver);
}

static void rx_in_order(void *state)
{
	struct rx *x = state;

	for (unsigned i = 0; i < MICRO_BATCH / BURST; i++) {
		for (unsigned k = 0; k < BURST; k++)
			x->m[k] = packet(x->burst * BURST + k, 0);
		take_burst(x, BURST);
	}
}

/* One of LOST_EVERY is missing, and comes LATE bursts later as an answer. */
static void rx_with_gaps(void *state)
{
	struct rx *x = state;

	for (unsigned i = 0; i < MICRO_BATCH / BURST; i++) {
		unsigned n = 0;

		for (unsigned k = 0; k < BURST; k++) {
			uint32_t seq = x->burst * BURST + k;

			x->m[n++] = k % LOST_EVERY ? packet(seq, 0)
						   : packet(seq - LATE * BURST, RG_MEDIA_RETX);
		}
		take_burst(x, n);
	}
}

static struct rg_flow_tx_out tx_lanes(struct tx *x)
{
	return (struct rg_flow_tx_out){
		.send = x->send, .send_cap = LANE, .drop = x->drop, .drop_cap = LANE};
}

static void push_burst(struct tx *x)
{
	struct rg_flow_tx_out out = tx_lanes(x);
	struct rg_media m[BURST];

	for (unsigned k = 0; k < BURST; k++)
		m[k] = packet(x->n_sent++, 0);
	x->now = rg_time_add(x->now, BURST * BENCH_PACKET_NS);
	rg_flow_tx_push(x->flow, x->now, m, BURST, &out);
	rg_flow_tx_poll(x->flow, x->now, &out);
	micro_use(m);
}

static void fill_history(struct tx *x)
{
	for (unsigned i = 0; i < TX_SLOTS / BURST; i++)
		push_burst(x);
}

static void *open_tx(void)
{
	static const struct rg_flow_tx_conf c = {.congestion = RG_CONGESTION_OFF,
		.seq_bits = 16,
		.history_slots = TX_SLOTS,
		.history_ns = HISTORY_MS * RG_NS_PER_MS,
		.rtt_min_ns = 3 * RG_NS_PER_MS,
		.rtt_max_ns = 500 * RG_NS_PER_MS,
		.max_retries = UINT8_MAX,
		.bandwidth_Bps = UINT64_C(2500000000),
		.keep_history = 1};
	size_t head = rg_align_up(sizeof(struct tx), RG_CACHE_LINE);
	struct tx *x = micro_alloc(head + rg_flow_tx_footprint(&c));

	if (!x)
		return NULL;
	x->flow = rg_flow_tx_init((uint8_t *)x + head, &c, x->now);
	fill_history(x);
	return x;
}

static void tx_send(void *state)
{
	for (unsigned i = 0; i < MICRO_BATCH / BURST; i++)
		push_burst(state);
}

/* Time stands still, so nothing leaves the history. Before a packet was asked for as often as it may
 * be, there are new ones. */
static void tx_retransmit(void *state)
{
	struct tx *x = state;

	if (x->asked >= ASKED_MAX * TX_SLOTS) {
		x->asked = 0;
		fill_history(x);
	}
	for (unsigned i = 0; i < MICRO_BATCH / ASKED; i++) {
		struct rg_flow_tx_out out = tx_lanes(x);
		uint32_t oldest = x->n_sent - TX_SLOTS;
		struct rg_run runs[ASKED];

		for (unsigned k = 0; k < ASKED; k++)
			runs[k] = (struct rg_run){oldest + x->asked++ % TX_SLOTS, 1};
		rg_flow_tx_nack(x->flow, x->now, runs, ASKED);
		rg_flow_tx_poll(x->flow, x->now, &out);
		micro_use(x->send);
	}
}

const struct micro_op micro_flow[] = {
	{"flow-receive-in-order", open_rx, rx_in_order},
	{"flow-receive-16th-lost", open_rx, rx_with_gaps},
	{"flow-send", open_tx, tx_send},
	{"flow-retransmit", open_tx, tx_retransmit},
	{0},
};
