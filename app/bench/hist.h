/* SPDX-License-Identifier: BSD-3-Clause */
/* hist.h - how often which delay: a histogram of fixed bins and the values that a share of all did
 * not exceed.
 * Shape: bins of HIST_BIN_NS; what lies outside counts in the first or last of them, but max is
 * exact. Units: nanoseconds. Errors: none. Threads: one. */
#ifndef HIST_H
#define HIST_H

#include "bench.h"

#define HIST_BIN_NS 100
#define HIST_MIN_NS (-1000000)
#define HIST_BINS   1000000

struct hist {
	uint64_t n;
	int64_t max_ns;
	uint32_t bin[HIST_BINS];
};

void hist_add(struct hist *h, int64_t ns);
/* What is in `more` is in h, too. */
void hist_join(struct hist *h, const struct hist *more);
/* The upper edge of the bin below which lies this share of all, 0..1; 0 when there are none. */
double hist_share(const struct hist *h, double share);
void hist_late(const struct hist *h, struct bench_late *out);

#endif
