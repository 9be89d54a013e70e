/* SPDX-License-Identifier: BSD-3-Clause */
/* quiet.h - did this thread have its core to itself? What was measured while the kernel ran
 * somebody else in between is thrown away, unless that is all there is of a chunk.
 * Shape: QUIET_LAPS bursts are kept or thrown away together. Threads: the caller's. */
#ifndef QUIET_H
#define QUIET_H

#include <stdbool.h>

#define QUIET_LAPS 10

struct quiet {
	long switches;
};

/* False: the core was somebody else's since the last call. */
bool quiet_since(struct quiet *q);

#endif
