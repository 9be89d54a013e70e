/* SPDX-License-Identifier: BSD-3-Clause */
/* plan.h - the streams of one end: flow i is stream i, with its own endpoints.
 *
 *   a sender    udp  local:30000+i         -> rist local:RIST+2i to remote:RIST+2i
 *   a receiver  rist local:RIST+2i listens -> udp  local:40000+i to sink:30000+i
 *
 * so a sender and a receiver with the addresses exchanged are each other's peers.
 * Ownership: the plan's, until plan_close. Threads: one. */
#ifndef PLAN_H
#define PLAN_H

#include "bench.h"
#include "rg_key_server.h"
#include "rg_plan.h"

#define PLAN_RAW_PORT 30000
#define PLAN_OUT_PORT 40000
#define PLAN_KEYS     128 /* of one flow: more than its one peer can have */

enum plan_role { PLAN_SENDER, PLAN_RECEIVER };

struct plan_conf {
	enum plan_role role;
	enum rg_profile profile;
	uint32_t aes_bits;
	uint32_t flows;
	struct rg_addr local, remote, sink; /* hosts, no ports */
	bool forgets; /* a sender that nobody asks: keeps next to no history */
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

#endif
