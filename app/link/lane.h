/* SPDX-License-Identifier: BSD-3-Clause */
/* lane.h - one direction of one path: rate and queue, then the wire with its impairments.
 * Shape: offer a datagram as it arrives, put each copy it returns, take what is due. Knows
 * neither sockets nor ports: items are opaque. Units: rg_time, bits per second.
 * Errors: -RG_E_NOMEM at init. Ownership: put takes an item, take gives it back.
 * Threads: one caller. */
#ifndef LANE_H
#define LANE_H

#include "impair.h"
#include "queue.h"

struct lane_conf {
	struct impair_conf impair;
	uint64_t rate_bps; /* 0: unlimited */
	uint32_t queue; /* datagrams that may wait for the rate */
};

/* received = dropped + overflowed + (forwarded - duplicated) + what is still under way or
 * could not be sent; duplicated counts second copies. */
struct lane_stats {
	uint64_t received, received_bytes;
	uint64_t forwarded, forwarded_bytes;
	uint64_t dropped; /* by --loss */
	uint64_t duplicated;
	uint64_t reordered; /* left behind a later one */
	uint64_t overflowed; /* by --queue, or the delay line was full */
	uint64_t unsent; /* nobody to send to yet, or refused by the host */
};

struct lane {
	struct impair impair;
	struct queue queue;
	struct lane_stats stats;
	uint64_t rate_bps;
	rg_time free_at; /* when the rate limiter has sent all it accepted */
	rg_time *leaves; /* of the last n_leaves accepted: the oldest still waiting means full */
	uint32_t n_leaves, next_leave;
	uint64_t newest_out; /* number of the latest datagram that left */
};

/* The copies of one datagram: due[0..n_copies). */
struct lane_offer {
	uint64_t n;
	uint32_t n_copies;
	rg_time due[2];
};

int lane_init(struct lane *l, const struct lane_conf *c, uint32_t cap, uint64_t seed, uint32_t path,
	uint32_t dir);
void lane_fini(struct lane *l);
struct lane_offer lane_offer(struct lane *l, rg_time arrival, uint32_t len_bytes);

/* Copy i of what lane_offer decided; false: no room, counted, the item stays the caller's. */
bool lane_put(struct lane *l, const struct lane_offer *o, uint32_t i, void *item);

/* What is no datagram (ARP, neighbour discovery): delayed, never lost, not counted. */
bool lane_put_other(struct lane *l, rg_time arrival, void *item);

/* The next item that is due, or NULL. The caller says how sending it went. */
void *lane_take(struct lane *l, rg_time now);

static inline void lane_sent(struct lane *l, uint32_t len_bytes)
{
	l->stats.forwarded++;
	l->stats.forwarded_bytes += len_bytes;
}

#endif
