/* SPDX-License-Identifier: BSD-3-Clause */
/* budget.h - the memory that streams need, computed before anything starts: bit rate x buffer
 * gives packets, packets give ring slots and buffers.
 * Units: in the names. Errors: -RG_E_NOMEM with what is missing. Threads: control only. */
#ifndef GW_BUDGET_H
#define GW_BUDGET_H

#include "plan.h"

#define GW_PAYLOAD_BYTES 1316 /* seven TS packets: what contribution streams carry */

/* What one end keeps for recovery. */
struct gw_need {
	uint32_t ring_slots; /* power of two, 0: nothing is kept */
	uint32_t packets; /* packet buffers held at most */
	uint32_t rate_kbps; /* that they are for */
	uint32_t seq_limited; /* rate x buffer is more than 16-bit numbers can tell apart */
};

struct gw_need gw_need_of(const struct rg_side_plan *s, enum rg_end_role role);

/* Buffers a stream holds at most. History of several outputs shares its packets. */
uint32_t gw_stream_packets(const struct rg_stream_plan *s);

struct gw_budget {
	uint32_t buf_count, buf_data_bytes;
	uint64_t buf_bytes; /* all buffers together, with their headers */
	uint64_t state_bytes; /* rings and sessions */
	uint64_t host_bytes; /* what the host needs besides */
};

/* Sets ring_slots of every side and sums up. */
void gw_budget_make(struct gw_budget *b, struct gw_plan *p, const struct gw_config *c);

/* Refuses what the machine, the control group, or DPDK's memory cannot hold. */
int gw_budget_check(
	const struct gw_budget *b, const struct gw_config *c, struct rg_conf_error *err);

#endif
