/* SPDX-License-Identifier: BSD-3-Clause */
/* late.h - how long after its time a packet left. A source sends LATE_BURST packets at once, and
 * goes on at the rate of the benchmark; a packet is due when the buffer has passed after that.
 * Units: rg_time. Errors: none. Threads: one. */
#ifndef LATE_H
#define LATE_H

#include "hist.h"

#define LATE_BURST    8
#define LATE_BURST_NS (LATE_BURST * BENCH_PACKET_NS)

struct late {
	struct hist hist;
	rg_time origin; /* when packet 0 would have been sent */
	int64_t buffer_ns;
	bool counts;
};

static inline rg_time late_sent(const struct late *l, uint32_t number)
{
	return rg_time_add(l->origin, (int64_t)(number / LATE_BURST) * LATE_BURST_NS);
}

/* Packets from this one on are sent from `now` on; it is the first of a burst. */
static inline void late_begin(struct late *l, uint32_t number, rg_time now)
{
	l->origin = rg_time_add(now, -(int64_t)(number / LATE_BURST) * LATE_BURST_NS);
}

static inline void late_note(struct late *l, uint32_t number, rg_time left)
{
	if (l->counts)
		hist_add(&l->hist, rg_time_diff(left, late_sent(l, number)) - l->buffer_ns);
}

#endif
