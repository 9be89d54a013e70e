/* SPDX-License-Identifier: BSD-3-Clause */
/* late.h - how long after its time a packet left. A source sends LATE_BURST packets at once, and
 * goes on at the rate of the benchmark; a packet is due when the buffer has passed after the instant
 * that its timestamp tells, whenever the source came to send it: one that was sent late stays shorter
 * in the buffer, and the player waits for it at the same instant. Only what was not even there by
 * then is due when it comes.
 * Units: rg_time. Errors: none. Threads: a source, which writes `put`, and a gateway. */
#ifndef LATE_H
#define LATE_H

#include "pieces.h"

#define LATE_BURST    8
#define LATE_BURST_NS (LATE_BURST * BENCH_PACKET_NS)
#define LATE_PUTS     8192 /* bursts, more than a buffer of them; a power of two */

struct late {
	struct pieces pieces;
	rg_time origin; /* when packet 0 would have been sent */
	int64_t buffer_ns;
	bool counts;
	rg_time put[LATE_PUTS]; /* when a burst was really sent */
};

static_assert(LATE_PUTS * LATE_BURST_NS > 2 * BENCH_BUFFER_MS * RG_NS_PER_MS, "still there");

static inline rg_time late_sent(const struct late *l, uint32_t number)
{
	return rg_time_add(l->origin, (int64_t)(number / LATE_BURST) * LATE_BURST_NS);
}

/* Packets from this one on are sent from `now` on; it is the first of a burst. */
static inline void late_begin(struct late *l, uint32_t number, rg_time now)
{
	l->origin = rg_time_add(now, -(int64_t)(number / LATE_BURST) * LATE_BURST_NS);
}

static inline rg_time *late_put(struct late *l, uint32_t number)
{
	return &l->put[number / LATE_BURST & (LATE_PUTS - 1)];
}

static inline void late_note(struct late *l, uint32_t number, rg_time left)
{
	rg_time due = rg_time_add(late_sent(l, number), l->buffer_ns);
	rg_time put = *late_put(l, number);

	if (l->counts)
		hist_add(&l->pieces.now, rg_time_diff(left, rg_time_before(due, put) ? put : due));
}

#endif
