/* SPDX-License-Identifier: BSD-3-Clause */
/* gate.h - the gateway that is measured: a DPDK host without threads, whose tasks run in the order
 * in which one lcore runs them, on a port between two rings. The port stands for a NIC: it has
 * verified the checksums of what it gives, computes those of what it takes, and its driver's
 * dealings with the buffer pool are a stage of their own.
 * Units: rg_time, TSC cycles. Errors: 0 or -RG_E_* with a sentence. Threads: one. */
#ifndef GATE_H
#define GATE_H

#include "line.h"
#include "plan.h"
#include "sink.h"

#define GATE_STAGES 5

struct gate;

/* Cycles of so many packets, fewer than passed when the core was not ours all the time. */
struct gate_times {
	uint64_t packets;
	uint64_t total;
	uint64_t stage[GATE_STAGES];
};

struct gate_conf {
	const struct plan_conf *plan;
	struct rg_addr local;
	struct line *line; /* where its frames come from */
	struct sink *sink; /* and go to */
	uint32_t payload_bytes;
	unsigned laps; /* bursts that count together, or not when the core was not ours */
};

int gate_open(struct gate **out, const struct gate_conf *c, struct rg_conf_error *err);
/* Empties the line. False: buffers of the pool did not come back. */
bool gate_close(struct gate *g);

rg_time gate_now(const struct gate *g);
/* Packets that its streams hold at most, in steady state. */
uint32_t gate_held(const struct gate *g);
struct rg_mac gate_mac(const struct gate *g);
/* That host is on the port's link. */
void gate_meet(struct gate *g, const struct rg_addr *host, const struct rg_mac *mac);

/* Time passes until then; what is in the line by then is taken burst by burst. *t is set. */
void gate_run(struct gate *g, rg_time until, struct gate_times *t);
/* It is now, by the clock on the wall: takes a burst of what is there and goes round once, adding to
 * *t. Returns how many frames it took; what left is with the sink. */
unsigned gate_turn(struct gate *g, rg_time now, struct gate_times *t);
const char *gate_stage(const struct gate *g, unsigned i);

/* Datagrams that were dropped, for whatever reason but the end of their time; *first: one. */
uint64_t gate_drops(const struct gate *g, enum rg_verdict *first);

#endif
