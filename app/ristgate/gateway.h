/* SPDX-License-Identifier: BSD-3-Clause */
/* gateway.h - runs a checked configuration on a host until it is done.
 * Errors: -RG_E_INVAL for what the operator must change, others for failures at run time.
 * Threads: the one control thread. */
#ifndef GW_GATEWAY_H
#define GW_GATEWAY_H

#include "budget.h"
#include "config.h"
#include "plan.h"

struct gw_gateway {
	struct gw_config *config;
	struct gw_plan plan;
	struct gw_budget budget;
};

/* Resolves, plans and budgets; nothing is opened yet. */
int gw_gateway_prepare(struct gw_gateway *g, struct gw_config *c, struct gw_error *err);

/* What will run and what it needs, a line a stream and port, on stderr. */
void gw_gateway_print(const struct gw_gateway *g);

/* Until every input has ended and was sent on, an output failed, or a signal. */
int gw_gateway_run(struct gw_gateway *g, char *program, struct gw_error *err);

void gw_gateway_fini(struct gw_gateway *g);

/* SIGINT and SIGTERM end gw_gateway_run gracefully; a second one ends the process. */
void gw_catch_signals(void);

#endif
