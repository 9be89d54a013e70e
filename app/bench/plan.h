/* SPDX-License-Identifier: BSD-3-Clause */
/* plan.h - the streams of one end: flow i is stream i, with its own endpoints, and its outputs are
 * numbered through, o = i * n_outputs + k:
 *
 *   raw input    udp  local:RAW_IN+i
 *   rist input   rist local:RIST_IN+2i listens
 *   raw output   udp  local:RAW_OUT+o   -> sink:RAW_IN+o
 *   rist output  rist local:RIST_OUT+2o -> remote:RIST_IN+2o
 *
 * so whose rist outputs have another's address as remote is that one's sender.
 * Ownership: the plan's, until plan_close. Threads: one. */
#ifndef PLAN_H
#define PLAN_H

#include "bench.h"
#include "rg_key_server.h"
#include "rg_plan.h"

#define PLAN_RAW_IN 42000

struct plan_conf {
	enum rg_profile profile;
	uint32_t aes_bits;
	uint32_t flows, outputs; /* outputs: of each flow */
	uint32_t pps; /* of all flows */
	uint32_t buffer_ms;
	bool rist_in, rist_out;
	uint32_t history; /* packets that rist outputs keep in all; 0: what may be asked for */
	struct rg_addr local, remote, sink; /* hosts, no ports */
};

struct plan {
	struct rg_ep_plan *eps;
	struct rg_side_plan *inputs, *outputs;
	struct rg_stream_plan *streams;
	uint32_t n_eps, n_streams;
	uint32_t held; /* packets that all streams hold at most, in steady state */
};

/* Keys to send under come from `keys`. 0 or -RG_E_*. */
int plan_open(struct plan *p, const struct plan_conf *c, struct rg_key_server *keys);
void plan_close(struct plan *p);

/* Who knows the secrets of such a plan, and has keys enough; NULL: no memory. */
struct rg_key_server *plan_keys(const struct plan_conf *c);

#endif
