/* SPDX-License-Identifier: BSD-3-Clause */
/* ts_pace.h - when each piece of a transport stream file is due, from its PCR or a given rate.
 * Spec: ISO/IEC 13818-1 section 2.4.3.5 (PCR). Shape: the caller shows every chunk in order.
 * Units: bytes, nanoseconds. Threads: one caller. */
#ifndef TS_PACE_H
#define TS_PACE_H

#include "rg_time.h"

struct ts_pace {
	int64_t rate_Bps; /* given, or between the last two PCRs; 0: unknown yet */
	uint64_t offset; /* bytes shown so far */
	uint64_t pcr_at; /* offset of the last PCR */
	int64_t pcr_ns; /* its value */
	rg_time pcr_due; /* its instant */
	uint16_t pcr_pid;
	bool fixed; /* rate given: PCRs are not looked at */
	bool started, has_pcr;
};

void ts_pace_init(struct ts_pace *p, uint32_t bitrate_kbps);

/* The head of a file, read ahead, sets the first rate. False: no two PCRs in it. */
bool ts_pace_probe(struct ts_pace *p, const uint8_t *head, size_t len);

/* When the next len bytes are due; the first are due at once. */
rg_time ts_pace_due(struct ts_pace *p, const uint8_t *chunk, size_t len, rg_time now);

#endif
