/* SPDX-License-Identifier: BSD-3-Clause */
/* rg_flow_rx.h - receiver core of one flow: reorder, remove duplicates, find gaps, ask again,
 * play out by source time.
 * Spec: TR-06-1:2020 sections 5.3 (recovery) and 6 (buffers); docs/recovery.md for the NACK plan.
 * Shape: one power-of-two ring of slots, index = seq & mask; memory from the caller, no
 * allocation and no failure after init. Bounded work: no call does more than the capacities of
 * `out` allow; out->more says "call poll again with the same now".
 * Units: nanoseconds, packets, bytes per second. Time: only `now`, monotone.
 * Ownership: feed takes the buffers of m[]; they come back in out->deliver or out->drop.
 * Threads: one caller. Integers only. */
#ifndef RG_FLOW_RX_H
#define RG_FLOW_RX_H

#include "rg_msg.h"
#include "rg_verdict.h"

enum rg_recovery {
	RG_RECOVERY_DEADLINE, /* plan rounds, repeats and copies from what is left until playout */
	RG_RECOVERY_CLASSIC, /* fixed cadence of libRIST and ristgo: 1.1 x RTT, one NACK a round */
	RG_RECOVERY_OFF, /* never ask */
};

enum rg_timing {
	RG_TIMING_SOURCE = 0, /* playout by the sender's timestamps */
	RG_TIMING_ARRIVAL = 1, /* by arrival */
	RG_TIMING_RTC = 2, /* by wall clock of both ends; offset from SR */
};

struct rg_flow_rx_conf {
	enum rg_recovery recovery;
	enum rg_timing timing;
	int64_t buffer_ns; /* playout delay */
	int64_t reorder_ns; /* start value and upper bound of the measured reorder wait */
	int64_t rtt_min_ns; /* effective, already >= buffer / max_retries and 3 ms */
	int64_t rtt_max_ns;
	uint32_t max_retries; /* rounds per packet */
	uint32_t ring_slots; /* power of two */
	uint32_t seq_bits; /* 16: 2^15 packets at most are kept; 32 */
	uint64_t bandwidth_Bps; /* cap on media plus what we ask to have sent again */
	uint64_t return_Bps; /* cap on NACK bytes, 0: none */
};

/* Cumulative. Keys of parity A5; every field is a uint64_t so that the block can be published. */
struct rg_flow_rx_stats {
	uint64_t received, received_bytes, delivered;
	uint64_t ips_min_us, ips_cur_us, ips_max_us; /* gauges, 0: no sample yet */
	uint64_t lost, recovered;
	uint64_t recovered_one_retry, recovered_two_nacks, recovered_three_nacks;
	uint64_t recovered_four_nacks, recovered_more_nacks;
	uint64_t duplicates, reordered, too_late, too_late_retransmit, retransmitted_received;
	uint64_t clock_resync, nacks_sent, abandoned, flow_resets, discontinuities;
	/* a ring too small for rate x buffer: delivered before they were due; thrown away, because
	 * poll was not called in time */
	uint64_t played_early, overwritten;
	/* gauges */
	uint64_t missing, buffered, avg_buffer_time_us;
	uint64_t bandwidth_bps, retry_bandwidth_bps;
	uint64_t reorder_wait_us, loss_forward_q16, loss_back_q16;
};

/* Typed output lanes; the caller sets pointers and capacities and zeroes the counts. */
struct rg_flow_rx_out {
	struct rg_media *deliver; /* [give] in order; seq and src_ns on the flow's own line, which
				   * goes on when the sender's begin anew */
	struct rg_run *nack; /* runs to ask for now; one feedback datagram's worth or several */
	struct rg_dropped *drop; /* [give] */
	unsigned n_deliver, deliver_cap;
	unsigned n_nack, nack_cap;
	unsigned n_drop, drop_cap;
	bool more;
};

struct rg_flow_rx;

/* Bytes for init, a multiple of the cache line; the caller aligns to RG_CACHE_LINE. */
size_t rg_flow_rx_footprint(const struct rg_flow_rx_conf *c);

/* mem holds footprint bytes and stays the caller's. */
struct rg_flow_rx *rg_flow_rx_init(void *mem, const struct rg_flow_rx_conf *c, rg_time now);

/* What a call on a flow that was not at work for long waits for, in the order in which it can be
 * brought nearer: each step looks at what the one before has fetched. */
enum rg_fetch {
	RG_FETCH_FIRST, /* the core's own state */
	RG_FETCH_FEED, /* the slot of the next packet to come */
	RG_FETCH_POLL, /* the slot of the next to be delivered, */
	RG_FETCH_HELD, /* and its buffer */
};

void rg_flow_rx_fetch(const struct rg_flow_rx *f, enum rg_fetch step);

/* [take] m[0..n). Every packet goes into the ring or into out->drop, so drop_cap must be >= n + 64
 * (a full ring pushes out what it held). Never delivers; call poll after it. */
void rg_flow_rx_feed(struct rg_flow_rx *f, rg_time now, const struct rg_media *m, unsigned n,
	struct rg_flow_rx_out *out);

/* Deliver what is due, or what the ring has no more room for; give up what is past its time; list
 * what to ask for. */
void rg_flow_rx_poll(struct rg_flow_rx *f, rg_time now, struct rg_flow_rx_out *out);

/* When poll must run next; RG_TIME_NEVER when only a packet can change anything. */
rg_time rg_flow_rx_wakeup(const struct rg_flow_rx *f);

/* The round trip of the path by its echoes, and its mean deviation; called when they change. 0: no
 * echo was answered (yet), it is learnt from requests and their answers. */
void rg_flow_rx_set_rtt(struct rg_flow_rx *f, int64_t rtt_ns, int64_t rtt_var_ns);

/* From an SR, RTC timing only: source time plus this is the instant of sending on our clock. Until
 * it is known the first packet's arrival stands in for it. */
void rg_flow_rx_set_wall_offset(struct rg_flow_rx *f, int64_t offset_ns);

/* End of the flow, nothing is fed after it: poll returns what is held in the drop lane over calls. */
void rg_flow_rx_flush(struct rg_flow_rx *f);

/* True when no buffer is held. */
bool rg_flow_rx_empty(const struct rg_flow_rx *f);

/* Snapshot of counters and gauges. */
void rg_flow_rx_stats(const struct rg_flow_rx *f, rg_time now, struct rg_flow_rx_stats *out);

#endif
