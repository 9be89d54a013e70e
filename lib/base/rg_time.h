/* SPDX-License-Identifier: BSD-3-Clause */
/* rg_time.h - instants, NTP-64 and RTP 90 kHz time, and the conversions between them.
 * Spec: RFC 3550 section 4 (NTP format), TR-06-1:2020 section 5.1 (90 kHz for MPEG-TS).
 * Shape: header only; distinct structs, so an instant and a tick count cannot be mixed.
 * Units: rg_time counts nanoseconds of the host's monotonic clock; durations are int64_t with
 * the suffix _ns (or _us, _ms). Errors: none. Threads: pure.
 * Time enters lib/ only as an argument: nothing in lib/ reads a clock. */
#ifndef RG_TIME_H
#define RG_TIME_H

#include "rg_base.h"

#define RG_NS_PER_US INT64_C(1000)
#define RG_NS_PER_MS INT64_C(1000000)
#define RG_NS_PER_S  INT64_C(1000000000)
#define RG_RTP_HZ    90000

/* An instant of the host's monotonic clock. */
typedef struct {
	int64_t ns;
} rg_time;

/* A 32.32 fixed-point NTP timestamp, RFC 3550 section 4. */
typedef struct {
	uint64_t v;
} rg_ntp64;

#define RG_TIME_NEVER ((rg_time){INT64_MAX})

static inline rg_time rg_time_add(rg_time t, int64_t d_ns)
{
	return (rg_time){t.ns + d_ns};
}

/* a - b in nanoseconds. */
static inline int64_t rg_time_diff(rg_time a, rg_time b)
{
	return a.ns - b.ns;
}

static inline bool rg_time_before(rg_time a, rg_time b)
{
	return a.ns < b.ns;
}

static inline rg_time rg_time_min(rg_time a, rg_time b)
{
	return a.ns < b.ns ? a : b;
}

/* Nanoseconds since the NTP epoch (or any origin) to 32.32, rounded down. Negative: undefined. */
static inline rg_ntp64 rg_ntp_from_ns(int64_t ns)
{
	uint64_t sec = (uint64_t)ns / (uint64_t)RG_NS_PER_S;
	uint64_t frac = (uint64_t)ns % (uint64_t)RG_NS_PER_S;

	return (rg_ntp64){(sec << 32) | ((frac << 32) / (uint64_t)RG_NS_PER_S)};
}

/* 32.32 to nanoseconds, rounded down. */
static inline int64_t rg_ntp_to_ns(rg_ntp64 t)
{
	uint64_t sec = t.v >> 32;
	uint64_t frac = t.v & UINT32_MAX;

	return (int64_t)(sec * (uint64_t)RG_NS_PER_S + ((frac * (uint64_t)RG_NS_PER_S) >> 32));
}

/* Nanoseconds to 90 kHz ticks, rounded down; 9 ticks are exactly 100,000 ns. ns >= 0. */
static inline uint64_t rg_rtp_ticks_from_ns(int64_t ns)
{
	uint64_t u = (uint64_t)ns;

	return (u / 100000) * 9 + (u % 100000) * 9 / 100000;
}

/* 90 kHz ticks (unwrapped, may be negative) to nanoseconds, rounded towards zero. */
static inline int64_t rg_rtp_ticks_to_ns(int64_t ticks)
{
	return (ticks / 9) * 100000 + (ticks % 9) * 100000 / 9;
}

#endif
