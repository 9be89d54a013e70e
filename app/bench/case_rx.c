/* SPDX-License-Identifier: BSD-3-Clause */
/* The gateway receives: its peer sends RIST to it, and a player gets UDP. */
#include "run.h"

static void plan(struct run *r)
{
	r->gate_plan.role = PLAN_RECEIVER;
	r->peer_plan.role = PLAN_SENDER;
	r->peer_plan.forgets = true; /* nothing is lost here, so nobody asks */
}

static int begin(struct run *r)
{
	(void)r;
	return 0;
}

static void fill(struct run *r, rg_time from)
{
	for (unsigned n = RG_BURST; n <= BENCH_CHUNK; n += RG_BURST)
		bench_peer_push(r->peer, run_at(from, n), RG_BURST);
}

static void end(struct run *r)
{
	(void)r;
}

const struct run_ops run_rx = {plan, begin, fill, end};
