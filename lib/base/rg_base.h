/* SPDX-License-Identifier: BSD-3-Clause */
/* rg_base.h - what every module shares: error codes, assertions, small integer helpers.
 * Spec: none. Shape: header only. Errors: RG_E_* are returned negated. Threads: pure. */
#ifndef RG_BASE_H
#define RG_BASE_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define RG_CACHE_LINE 64

/* Control-path errors: functions return 0 or a negated RG_E_*. */
enum rg_error {
	RG_E_INVAL = 1, /* argument out of its documented range */
	RG_E_NOMEM, /* memory or a table is full */
	RG_E_NOENT, /* no such object */
	RG_E_EXIST, /* object is there already */
	RG_E_AGAIN, /* full for now, try again after the next step */
	RG_E_NOTSUP, /* valid, but not built */
};

/* Invariants of our own; never reached by peer input. Gone with NDEBUG. */
#define RG_ASSERT(c)    assert(c)

#define RG_ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

static inline int64_t rg_min_i64(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static inline int64_t rg_max_i64(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static inline int64_t rg_clamp_i64(int64_t v, int64_t lo, int64_t hi)
{
	return v < lo ? lo : v > hi ? hi : v;
}

static inline uint32_t rg_min_u32(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* Brings state that is soon read and written into the first-level cache. */
static inline void rg_prefetch_near(const void *p, size_t n_bytes)
{
	for (size_t i = 0; i < n_bytes; i += RG_CACHE_LINE)
		__builtin_prefetch((const uint8_t *)p + i, 1);
}

/* Brings a payload into the second-level cache: there are few line buffers to the first. Four lines a
 * turn, because this is done to every payload that a cipher sees. */
static inline void rg_prefetch_far(const uint8_t *p, size_t n_bytes)
{
	const uint8_t *end = p + n_bytes;

	for (; end - p > 3 * RG_CACHE_LINE; p += 4 * RG_CACHE_LINE) {
		__builtin_prefetch(p, 0, 1);
		__builtin_prefetch(p + RG_CACHE_LINE, 0, 1);
		__builtin_prefetch(p + 2 * RG_CACHE_LINE, 0, 1);
		__builtin_prefetch(p + 3 * RG_CACHE_LINE, 0, 1);
	}
	for (; p < end; p += RG_CACHE_LINE)
		__builtin_prefetch(p, 0, 1);
}

/* Smallest power of two >= v; v in 1..2^31. */
static inline uint32_t rg_pow2_ceil(uint32_t v)
{
	uint32_t p = 1;

	while (p < v)
		p <<= 1;
	return p;
}

static inline size_t rg_align_up(size_t v, size_t align)
{
	return (v + align - 1) & ~(align - 1);
}

#endif
