/* SPDX-License-Identifier: BSD-3-Clause */
/* plan.h - configured streams into what host and worker take: endpoints, sides, streams.
 * Shape: arrays that live until gw_plan_fini. ring_slots come from budget.h.
 * Errors: -RG_E_* with the stream and the reason. Threads: control only. */
#ifndef GW_PLAN_H
#define GW_PLAN_H

#include "config.h"
#include "rg_plan.h"

struct gw_plan {
	struct rg_ep_plan *eps;
	uint32_t n_eps;
	struct rg_side_plan *sides; /* inputs, then outputs, stream by stream */
	uint32_t n_sides;
	struct rg_stream_plan *streams;
	uint32_t n_streams;
};

/* Names are resolved already. */
int gw_plan_build(struct gw_plan *p, const struct gw_config *c, struct gw_error *err);

void gw_plan_fini(struct gw_plan *p);

/* An end as the operator would write it, without keys: "rist://@:5000", "file:/tmp/a.ts". */
void gw_url_text(const struct rg_url *u, char *out, size_t cap_bytes);

#endif
