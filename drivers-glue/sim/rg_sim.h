/* SPDX-License-Identifier: BSD-3-Clause */
/* rg_sim.h - deterministic network between a sender and a receiver core: a fake clock that jumps
 * from event to event, seeded links, and buffers whose owners are counted.
 * Spec: docs/recovery.md uses it. Shape: new allocates, free ends; one flow over n paths.
 * Units: nanoseconds; probabilities per million. Errors: broken invariants are counted and the
 * first one described. Same configuration, same trace hash, on every compiler.
 * Threads: one caller a simulation. */
#ifndef RG_SIM_H
#define RG_SIM_H

#include "rg_flow_rx.h"
#include "rg_flow_tx.h"

#define RG_SIM_PATHS 4

struct rg_sim;

struct rg_sim_link_conf {
	uint32_t loss_ppm;
	uint32_t burst; /* mean length of a run of losses; 0 and 1: each datagram on its own */
	uint32_t duplicate_ppm;
	uint32_t reorder_ppm; /* held back 1 to 5 ms */
	int64_t delay_ns;
	int64_t jitter_ns; /* each datagram 0..jitter later, so it reorders */
};

/* One packet the source will send. */
struct rg_sim_source {
	rg_time at;
	uint64_t rtp_ts; /* 90 kHz ticks, unwrapped; 32 bits of it travel */
};

struct rg_sim_conf {
	uint64_t seed;
	uint32_t n_paths; /* media goes over all of them */
	struct rg_sim_link_conf forward[RG_SIM_PATHS], back[RG_SIM_PATHS];
	struct rg_flow_rx_conf rx;
	struct rg_flow_tx_conf tx; /* seq_bits 16: numbers travel narrow and are widened */
	int64_t tx_step_ns; /* the sender answers on this grid only, as libRIST does; 0: at once */
	bool no_echo; /* the sender answers no echo request, as GStreamer's does */
	bool slow_rtt; /* estimates creep up from rtt_min, as those of libRIST and ristgo do */
	uint32_t packets;
	int64_t spacing_ns; /* constant rate, unless source says otherwise */
	uint64_t first_ts; /* 90 kHz ticks of the first packet */
	int64_t tail_ns; /* end of input announced that long; 0: not at all */
	int64_t late_ns; /* longest way of the first packet, which sets the timeline */
	/* Optional: when packet i leaves the source, and its time. */
	struct rg_sim_source (*source)(void *ctx, uint32_t i);
	/* Optional: take a media datagram off the link. first: not a retransmission. */
	bool (*drop)(void *ctx, uint32_t seq, bool first);
	/* Optional: before packet i is pushed. */
	void (*before)(void *ctx, struct rg_sim *s, uint32_t i);
	void *ctx;
};

struct rg_sim_result {
	uint32_t sent, delivered;
	uint32_t missing; /* sent but not delivered */
	uint32_t forward,
		forward_dropped; /* datagrams sender to receiver; media taken off the way */
	uint32_t feedback; /* datagrams receiver to sender */
	uint32_t violations; /* duplicate, disorder, past the deadline, wrong payload, leak */
	uint64_t hash;
	char text[128]; /* the first violation */
	struct rg_flow_rx_stats rx;
	struct rg_flow_tx_stats tx;
	const uint32_t *delivered_index; /* [lend] until free: which packets, in order */
};

struct rg_sim *rg_sim_new(const struct rg_sim_conf *c);

/* Until nothing is left to happen, or max_packets were delivered (0: no matter). */
void rg_sim_run(struct rg_sim *s, uint32_t max_packets);

/* Flush both cores, count what leaked. Call it last. */
const struct rg_sim_result *rg_sim_finish(struct rg_sim *s);

void rg_sim_free(struct rg_sim *s);

/* The sender process dies and another takes over: new numbers, the history is gone. */
void rg_sim_restart_sender(struct rg_sim *s, uint32_t first_seq);

/* Replace the links of a path from now on. */
void rg_sim_set_link(struct rg_sim *s, uint32_t path, const struct rg_sim_link_conf *forward,
	const struct rg_sim_link_conf *back);

rg_time rg_sim_now(const struct rg_sim *s);

#endif
