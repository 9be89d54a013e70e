/* SPDX-License-Identifier: BSD-3-Clause */
/* memory.h - how much memory there is to have: of the machine, the control group and the
 * process limits, and of DPDK. Errors: what cannot be read does not limit. Threads: any. */
#ifndef GW_MEMORY_H
#define GW_MEMORY_H

#include "rg_base.h"

struct gw_memory {
	uint64_t bytes; /* UINT64_MAX: no limit is known */
	const char *limit; /* what sets it, for the operator */
};

/* The smallest of MemAvailable, memory.max of the control group and its parents, RLIMIT_AS and
 * RLIMIT_DATA. */
struct gw_memory gw_memory_of_process(void);

/* What EAL started with these arguments will have. */
struct gw_memory gw_memory_of_eal(char *const *eal, uint32_t n_eal);

#endif
