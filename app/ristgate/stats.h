/* SPDX-License-Identifier: BSD-3-Clause */
/* stats.h - statistics as JSON: one object a line, stream and interval.
 * Spec: docs/metrics.md. Shape: the values of rg_report.h; `total` since the start, `interval`
 * since the last line. Errors: -RG_E_* with the reason. Threads: control only. */
#ifndef GW_STATS_H
#define GW_STATS_H

#include <jansson.h>
#include <stdio.h>

#include "plan.h"
#include "rg_report.h"

/* The line of one stream; prev: the report of the line before, NULL: none. Both as
 * rg_report.h lays them out. NULL: no memory. */
json_t *gw_stats_stream(const struct gw_stream *conf, const struct rg_stream_report *now,
	const struct rg_stream_report *prev, const char *ts, uint32_t interval_ms);

/* The line of the host: buffers, ports, and datagrams that reached no stream. */
json_t *gw_stats_host(const struct rg_host_report *now, const char *ts, uint32_t interval_ms);

struct gw_stats;

/* Opens the file to append to, or stderr when its name is empty. */
int gw_stats_open(struct gw_stats **out, const struct gw_config *c, const struct gw_plan *p,
	struct rg_conf_error *err);

/* A line for every stream that has published a report, and one for the host. */
void gw_stats_write(struct gw_stats *s, const struct rg_host_ops *ops, struct rg_host *h);

void gw_stats_close(struct gw_stats *s);

#endif
