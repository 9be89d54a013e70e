/* SPDX-License-Identifier: BSD-3-Clause */
/* impair.h - what a link does to its n-th datagram: lose, delay, hold back, duplicate.
 * Shape: pure; every fate is a function of (seed, path, direction, n) and the settings alone, so
 * two peers that send the same datagrams meet the same fate, whatever the clock does.
 * Burst loss is a Gilbert chain: its state at n follows from the draws at 0..n, still without
 * any clock. Units: probabilities in 1/2^32, times in nanoseconds. Errors: none.
 * Threads: one caller a struct. */
#ifndef IMPAIR_H
#define IMPAIR_H

#include "rg_base.h"

/* Probability as a fraction of 2^32; IMPAIR_ALWAYS is certainty. */
typedef uint64_t impair_prob;

#define IMPAIR_ALWAYS (UINT64_C(1) << 32)

struct impair_conf {
	impair_prob loss; /* average over all datagrams */
	uint32_t burst; /* mean length of a run of losses; 0 and 1: each datagram on its own */
	impair_prob reorder; /* held back 1 to 5 ms */
	impair_prob duplicate; /* second copy up to 1 ms behind */
	int64_t delay_ns;
	int64_t jitter_ns; /* each datagram 0..jitter later, so it reorders */
};

struct impair {
	struct impair_conf conf;
	uint64_t key; /* of (seed, path, direction) */
	uint64_t n; /* datagrams decided so far */
	impair_prob enter, leave; /* Gilbert chain: good to bad, bad to good */
	bool bad;
};

/* The fate of one datagram: a delay for each copy that arrives. */
struct impair_fate {
	uint32_t n_copies; /* 0: lost */
	int64_t delay_ns[2];
};

/* Percent to probability; out of 0..100 is clamped. */
impair_prob impair_percent(double percent);

/* Loss this high cannot come in bursts this short: above burst / (burst + 1). */
bool impair_conf_possible(const struct impair_conf *c);

void impair_init(
	struct impair *im, const struct impair_conf *c, uint64_t seed, uint32_t path, uint32_t dir);

/* Decides the next datagram. */
struct impair_fate impair_next(struct impair *im);

#endif
