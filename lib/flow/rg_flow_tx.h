/* SPDX-License-Identifier: BSD-3-Clause */
/* rg_flow_tx.h - sender core of one flow: numbers packets, keeps the history, answers NACKs
 * inside the recovery bandwidth.
 * Spec: TR-06-1:2020 section 5.3. Shape: one power-of-two history ring; memory from the caller.
 * Units: nanoseconds, packets, bytes per second. Time: only `now`, monotone.
 * Flows that send the same packets under numbers of their own may keep them once: see join.
 * Ownership: push keeps the buffers of m[] as history if it says so; out->send lends them: the
 * caller adds its own reference before it passes them on. Evicted buffers come back in out->drop.
 * Threads: one caller. Integers only. */
#ifndef RG_FLOW_TX_H
#define RG_FLOW_TX_H

#include "rg_msg.h"
#include "rg_verdict.h"

enum rg_congestion {
	RG_CONGESTION_OFF = 0,
	RG_CONGESTION_NORMAL = 1,
	RG_CONGESTION_AGGRESSIVE = 2,
};

struct rg_flow_tx_conf {
	enum rg_congestion congestion;
	uint32_t first_seq;
	uint32_t seq_bits; /* 16 or 32 */
	uint32_t history_slots; /* power of two; 65536 at most with 16 bits */
	int64_t history_ns; /* how long a packet can be asked for */
	int64_t rtt_min_ns, rtt_max_ns;
	uint32_t max_retries; /* transmissions of one packet beyond the first, a round's copies
				  * counted once */
	uint64_t bandwidth_Bps; /* cap on originals plus retransmissions */
	uint32_t keep_history; /* 0: one way, nothing is kept */
	uint32_t joins; /* 1: rg_flow_tx_join follows init, and there is no history of its own */
};

struct rg_flow_tx_stats {
	uint64_t sent, sent_bytes, retransmitted, retransmitted_bytes;
	uint64_t retransmit_skipped; /* no longer, or never, in the history */
	uint64_t retransmit_suppressed; /* asked again inside the same round */
	uint64_t retransmit_exhausted; /* max_retries reached */
	uint64_t bandwidth_skipped; /* over the recovery bandwidth */
	uint64_t nacked; /* sequence numbers asked for */
	/* gauges */
	uint64_t bandwidth_bps, retry_bandwidth_bps, history_packets;
};

struct rg_flow_tx_out {
	struct rg_media *send; /* [lend] numbered; RG_MEDIA_RETX on retransmissions */
	struct rg_dropped *drop; /* [give] */
	unsigned n_send, send_cap;
	unsigned n_drop, drop_cap;
	bool more;
};

struct rg_flow_tx;

size_t rg_flow_tx_footprint(const struct rg_flow_tx_conf *c);
struct rg_flow_tx *rg_flow_tx_init(void *mem, const struct rg_flow_tx_conf *c, rg_time now);

/* Before the first push: f uses the history of `first`, which has the same slots, time and
 * keep_history, and outlives it. From then on each burst is pushed to `first`, then to f. Only
 * `first` gives buffers back. */
void rg_flow_tx_join(struct rg_flow_tx *f, struct rg_flow_tx *first);

/* m[0..n), n <= history_slots: data, len, src_ns and rtp_ts are the caller's; seq, arrival and flags
 * are set here, then m is what is to be sent. True: one reference of each now belongs to the
 * history. out: n in drop_cap. */
bool rg_flow_tx_push(struct rg_flow_tx *f, rg_time now, struct rg_media *m, unsigned n,
	struct rg_flow_tx_out *out);

/* A NACK. Queues what may be sent; poll sends it. Bounded by the queue, the rest is counted. */
void rg_flow_tx_nack(struct rg_flow_tx *f, rg_time now, const struct rg_run *runs, unsigned n);

/* Due retransmissions and expired history. */
void rg_flow_tx_poll(struct rg_flow_tx *f, rg_time now, struct rg_flow_tx_out *out);

rg_time rg_flow_tx_wakeup(const struct rg_flow_tx *f);

/* A round-trip sample: the last raw one, clamped, is the gate of same-round requests. */
void rg_flow_tx_set_rtt(struct rg_flow_tx *f, int64_t rtt_ns);

/* The input ended: repeat the last packet over buffer_ns, so that a lost tail is seen and asked
 * for (docs/recovery.md). */
void rg_flow_tx_end(struct rg_flow_tx *f, rg_time now, int64_t buffer_ns);

/* Newest sequence number sent: what a 16-bit NACK is widened against. */
uint32_t rg_flow_tx_newest(const struct rg_flow_tx *f);

/* Condemn the history; poll returns it over calls. */
void rg_flow_tx_flush(struct rg_flow_tx *f);
bool rg_flow_tx_empty(const struct rg_flow_tx *f);

void rg_flow_tx_stats(const struct rg_flow_tx *f, rg_time now, struct rg_flow_tx_stats *out);

#endif
