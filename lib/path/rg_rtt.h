/* SPDX-License-Identifier: BSD-3-Clause */
/* rg_rtt.h - round-trip estimator of one path.
 * Spec: TR-06-1:2020 section 5.2.6 (RTT echo), RFC 3550 section 6.4.1 (LSR/DLSR).
 * Shape: 40 bytes by value. Units: nanoseconds. Errors: none. Threads: one caller. */
#ifndef RG_RTT_H
#define RG_RTT_H

#include "rg_time.h"

struct rg_rtt {
	int64_t last_ns; /* newest raw sample, 0: none yet */
	int64_t ewma_ns; /* smoothed by 1/8 */
	int64_t var_ns; /* mean deviation, smoothed by 1/4 */
	int64_t min_ns;
	uint64_t samples;
};

/* The first sample sets the estimate; samples <= 0 or above 10 s are ignored. */
void rg_rtt_sample(struct rg_rtt *r, int64_t rtt_ns);

/* The estimate clamped to lo..hi; lo when there was no sample. */
int64_t rg_rtt_clamped(const struct rg_rtt *r, int64_t lo_ns, int64_t hi_ns);

#endif
