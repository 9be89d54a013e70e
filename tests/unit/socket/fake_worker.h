/* SPDX-License-Identifier: BSD-3-Clause */
/* fake_worker.h - a worker that answers each datagram after a moment, to try the host alone. */
#ifndef FAKE_WORKER_H
#define FAKE_WORKER_H

#include "rg_worker.h"

#define FAKE_DELAY_NS (5 * RG_NS_PER_MS)
#define FAKE_HELD     64
#define FAKE_ORPHANS  7
#define FAKE_OOB      4
#define FAKE_NO_EP    99 /* out-of-band data for it is refused */

/* What rg_worker_report gives. */
struct fake_report {
	uint64_t answered;
	int64_t late_max_ns; /* worst lateness of an answer */
	uint64_t oob_full;
};

#endif
