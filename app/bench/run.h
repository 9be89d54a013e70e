/* SPDX-License-Identifier: BSD-3-Clause */
/* run.h - one case under way: the gateway, its peer, what is between them, and the limit.
 * Files: case.c (the loop), case_rx.c and case_tx.c (who is who, and what comes in).
 * Threads: one. */
#ifndef RUN_H
#define RUN_H

#include "gate.h"
#include "limit.h"
#include "peer.h"
#include "rg_dgram.h"

struct run {
	const struct bench_case *c;
	const struct bench_conf *conf;
	struct plan_conf gate_plan, peer_plan;
	struct track track;
	struct line line;
	struct sink sink;
	struct gate *gate;
	struct peer *peer;
	struct limit *limit;
	struct rg_udp_tmpl *source; /* BENCH_TX: headers of each flow's payloads */
};

struct run_ops {
	/* The roles of gate_plan and peer_plan. */
	void (*plan)(struct run *r);
	/* When gateway and peer are there. */
	int (*open)(struct run *r);
	/* Puts BENCH_CHUNK packets, sent from `from` on, into the line. */
	void (*fill)(struct run *r, rg_time from);
	void (*close)(struct run *r);
};

extern const struct run_ops run_rx, run_tx;

/* Hosts of the network, without ports. */
struct rg_addr run_host(unsigned i);
#define RUN_GATE   2
#define RUN_PEER   3
#define RUN_PLAYER 9
struct rg_mac run_mac(unsigned i);

/* When the n-th packet of a chunk that begins at `from` was sent. */
rg_time run_at(rg_time from, unsigned n);

#endif
