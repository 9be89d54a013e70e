/* SPDX-License-Identifier: BSD-3-Clause */
/* rg_seq.h - serial-number arithmetic and widening of sequence numbers and timestamps.
 * Spec: RFC 1982 (serial numbers), TR-06-1:2020 section 5.3 (16-bit RTP sequence),
 * TR-06-2:2022 section 8.4 (the upper half travels apart from the lower).
 * Shape: header only. Errors: none. Threads: pure. */
#ifndef RG_SEQ_H
#define RG_SEQ_H

#include "rg_base.h"

/* Distance from b to a on the 32-bit circle: positive when a is ahead. */
static inline int32_t rg_seq_diff(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b);
}

/* The 32-bit number with low half s that is nearest to ref (ties go ahead). */
static inline uint32_t rg_seq_widen16(uint32_t ref, uint16_t s)
{
	int16_t d = (int16_t)(uint16_t)(s - (uint16_t)ref);

	return (uint32_t)((int64_t)ref + d);
}

/* The largest 32-bit number with low half s that is not above ref (mod 2^32): what a NACK of a
 * 16-bit number can only mean to a sender whose newest packet is ref. */
static inline uint32_t rg_seq_widen16_at_most(uint32_t ref, uint16_t s)
{
	return ref - (uint32_t)(uint16_t)((uint16_t)ref - s);
}

/* Unwrap a 32-bit timestamp beside the last unwrapped one: the value nearest to ref. A single bad
 * timestamp moves the reference, the next good one moves it back exactly. */
static inline int64_t rg_ts_unwrap(int64_t ref, uint32_t ts)
{
	return ref + (int32_t)(ts - (uint32_t)ref);
}

#endif
