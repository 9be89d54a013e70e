/* SPDX-License-Identifier: BSD-3-Clause */
/* rx_case.h - one receiver core, and packets, polls and lanes for it. Each file of tests has its
 * own. */
#ifndef RX_CASE_H
#define RX_CASE_H

#include <stdlib.h>

#include "rg_flow_rx.h"
#include "suites.h"

#define LANE    512
#define BUFFER  200 /* ms */
#define TRANSIT 10 /* ms from source to here */

static struct rg_flow_rx *rx;
static struct rg_media delivered[LANE];
static struct rg_run nacks[LANE];
static struct rg_dropped dropped[LANE];
static struct rg_flow_rx_out out;
static int64_t balance; /* buffers inside the flow */

static inline struct rg_flow_rx_conf usual(void)
{
	return (struct rg_flow_rx_conf){
		.recovery = RG_RECOVERY_DEADLINE,
		.buffer_ns = BUFFER * MS,
		.reorder_ns = 15 * MS,
		.rtt_min_ns = 10 * MS,
		.rtt_max_ns = 500 * MS,
		.max_retries = 20,
		.ring_slots = 1024,
		.seq_bits = 32,
		.bandwidth_Bps = 12500000,
	};
}

static inline void setup(struct rg_flow_rx_conf c)
{
	free(rx);
	if (posix_memalign((void **)&rx, RG_CACHE_LINE, rg_flow_rx_footprint(&c)) != 0)
		abort();
	rx = rg_flow_rx_init(rx, &c, at_ms(0));
	balance = 0;
}

static inline void fresh_out(void)
{
	out = (struct rg_flow_rx_out){.deliver = delivered,
		.deliver_cap = LANE,
		.nack = nacks,
		.nack_cap = LANE,
		.drop = dropped,
		.drop_cap = LANE};
}

/* A packet sent at src_ms arrives at came_ms and waits until ms; the verdict it was dropped with, or
 * RG_V_OK. */
static inline unsigned feed_waited(
	int64_t ms, int64_t came_ms, uint32_t seq, int64_t src_ms, unsigned flags)
{
	static uint8_t payload[1316];
	struct rg_media m = {.buf = {(void *)(uintptr_t)(seq + 1)},
		.data = payload,
		.arrival = at_ms(came_ms),
		.len = sizeof(payload),
		.seq = seq,
		.src_ns = src_ms * MS,
		.flow_id = 42,
		.flags = (uint8_t)flags};

	fresh_out();
	rg_flow_rx_feed(rx, at_ms(ms), &m, 1, &out);
	balance += 1 - (int64_t)out.n_drop;
	for (unsigned i = 0; i < out.n_drop; i++)
		if (dropped[i].buf.h == m.buf.h)
			return dropped[i].verdict;
	return RG_V_OK;
}

static inline unsigned feed(int64_t ms, uint32_t seq, int64_t src_ms, unsigned flags)
{
	return feed_waited(ms, ms, seq, src_ms, flags);
}

static inline void poll(int64_t ms)
{
	fresh_out();
	rg_flow_rx_poll(rx, at_ms(ms), &out);
	balance -= out.n_deliver + out.n_drop;
}

/* Poll every millisecond of [from, to); true when seq was asked for. */
static inline bool asks_for(int64_t from, int64_t to, uint32_t seq)
{
	bool asked = false;

	for (int64_t t = from; t < to; t++) {
		poll(t);
		for (unsigned i = 0; i < out.n_nack; i++)
			asked |= seq - nacks[i].first < nacks[i].n;
	}
	return asked;
}

static inline struct rg_flow_rx_stats stats(void)
{
	struct rg_flow_rx_stats s;

	rg_flow_rx_stats(rx, at_ms(0), &s);
	return s;
}

/* Packets first..first+n-1 of a stream of one a millisecond that starts with number `base`. */
static inline void stream(uint32_t base, uint32_t first, uint32_t n)
{
	for (uint32_t s = first; s != first + n; s++)
		feed((int64_t)(s - base) + TRANSIT, s, (int64_t)(s - base), 0);
}

#endif
