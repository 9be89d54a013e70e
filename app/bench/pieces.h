/* SPDX-License-Identifier: BSD-3-Clause */
/* pieces.h - delays seen in several pieces of a run: what is typical, and what there was in all.
 * A neighbour on the machine takes the core for milliseconds now and then, and whether gateway or
 * bare loop has its turn just then is chance. So each piece has shares of its own, and the median of
 * the pieces is what they are compared by.
 * Shape: fixed arrays; of more than PIECES_MAX pieces the first count. Units: nanoseconds. Errors:
 * none. Threads: one. */
#ifndef PIECES_H
#define PIECES_H

#include "hist.h"

#define PIECES_MAX 1024

struct pieces {
	struct hist now, all; /* the piece that is under way; those that ended */
	struct bench_late of[PIECES_MAX];
	unsigned n;
};

/* The piece that is under way ends; one without any delay is none. */
void pieces_end(struct pieces *p);
/* Share by share the median of the pieces, and the shares of all. At most: of all, in both. */
void pieces_late(const struct pieces *p, struct bench_late *typical, struct bench_late *all);

#endif
