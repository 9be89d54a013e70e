/* SPDX-License-Identifier: BSD-3-Clause */
/* run.h - one row under way: the gateway, who is on either side of it, and what lies between.
 *
 *   BENCH_RX     sender  -> gateway -> player
 *   BENCH_TX     encoder -> gateway -> receiver
 *   BENCH_RELAY  sender  -> gateway -> receiver
 *
 * Sender and receiver are peers (peer.h); encoder and player know UDP alone.
 * Errors: 0 or -RG_E_* with a sentence. Ownership: of everything in it. Threads: one. */
#ifndef RUN_H
#define RUN_H

#include "encoder.h"
#include "gate.h"
#include "peer.h"

struct run {
	const struct bench_row *row;
	struct plan_conf gate_plan, sender_plan, receiver_plan;
	struct track track;
	struct line line;
	struct sink sink;
	struct gate *gate;
	struct peer *sender, *receiver; /* NULL: encoder, player */
	struct encoder encoder;
	int64_t delay_ns; /* of the line */
};

/* delay_ns: of the line. To be closed whatever it returns. */
int run_open(
	struct run *r, const struct bench_row *row, int64_t delay_ns, struct rg_conf_error *err);
/* False: buffers of the gateway did not come back. */
bool run_close(struct run *r);

/* The gateway's neighbours are there; to be said now and then. */
void run_meet(struct run *r);
/* The peers hear what the gateway has sent. */
void run_hear(struct run *r);
/* BENCH_CHUNK packets, first those before and behind the gateway, then the gateway itself. */
void run_chunk(struct run *r, struct gate_times *t);

#endif
