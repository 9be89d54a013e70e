/* SPDX-License-Identifier: BSD-3-Clause */
/* sample.h - what is typical of many chunks. Others use the machine, too, so single chunks take
 * long for no reason of ours; but some chunks have work that comes ten times a second. Hence a
 * median for each phase of 100 ms, and the mean of the phases.
 * Shape: fixed arrays; beyond SAMPLES_MAX a phase keeps what it has. Threads: one. */
#ifndef SAMPLE_H
#define SAMPLE_H

#include "bench.h"

#define SAMPLES_MAX 1000

struct samples {
	double v[BENCH_PHASES][SAMPLES_MAX];
	unsigned n[BENCH_PHASES];
};

/* Values of 0 say nothing. */
void samples_add(struct samples *s, unsigned phase, double v);
/* Sorts; 0 when there are none. */
double samples_typical(struct samples *s);

#endif
