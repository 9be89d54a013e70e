/* SPDX-License-Identifier: BSD-3-Clause */
/* events.h - what happened, one line each on stderr: "ristgate: LEVEL stream=NAME event=KIND ...".
 * At most one line a second per stream and kind; the next line says how many were left out.
 * Errors: none. Threads: control only. */
#ifndef GW_EVENTS_H
#define GW_EVENTS_H

#include "config.h"
#include "rg_oob.h"
#include "rg_time.h"

#define GW_EVENT_OOB   RG_EVENT_KINDS /* out-of-band data, which is no event to a worker */
#define GW_EVENT_KINDS (GW_EVENT_OOB + 1)

struct gw_event_limit {
	rg_time last[GW_EVENT_KINDS];
	uint32_t left_out[GW_EVENT_KINDS];
	bool seen[GW_EVENT_KINDS];
};

/* The line of an event without its end; false: it is left out. */
bool gw_event_line(struct gw_event_limit *l, rg_time now, const char *stream,
	const struct rg_event *ev, char *out, size_t cap_bytes);

/* The same of out-of-band data that came in by an end; end: its number, 0: the only one. Of a long
 * text the beginning. */
bool gw_event_oob_line(struct gw_event_limit *l, rg_time now, const char *stream, uint32_t end,
	const struct rg_oob *m, char *out, size_t cap_bytes);

#endif
