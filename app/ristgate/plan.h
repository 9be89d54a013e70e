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

/* A stream's ends of the Main profile, inputs first: how many, the number-th (from 1), and the
 * number of the one with this endpoint; NULL and 0: none. */
uint32_t gw_plan_main_ends(const struct rg_stream_plan *s);
const struct rg_side_plan *gw_plan_main_end(const struct rg_stream_plan *s, uint32_t number);
uint32_t gw_plan_end_number(const struct rg_stream_plan *s, uint16_t ep);

/* An end as the operator would write it, without keys: "rist://@:5000", "file:/tmp/a.ts". */
void gw_url_text(const struct rg_url *u, char *out, size_t cap_bytes);

#endif
