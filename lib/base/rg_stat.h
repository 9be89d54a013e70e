/* SPDX-License-Identifier: BSD-3-Clause */
/* rg_stat.h - publish a block of 64-bit words from one thread to any number of readers.
 * Spec: none. Shape: a sequence lock; the writer never waits, a reader retries. Words are stored
 * and loaded one by one and relaxed, so no access is a data race.
 * Errors: read returns false when nothing was published yet or the writer was busy every time.
 * Ownership: both sides know the block's address and length. Threads: one writer, many readers. */
#ifndef RG_STAT_H
#define RG_STAT_H

#include "rg_base.h"
#include <stdatomic.h>

#define RG_STAT_TRIES 1000

struct rg_stat_lock {
	_Atomic uint64_t seq; /* odd while the writer is inside; 0: never published */
};

static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "words are published without locks");

static inline void rg_stat_begin(struct rg_stat_lock *l)
{
	uint64_t s = atomic_load_explicit(&l->seq, memory_order_relaxed);

	atomic_store_explicit(&l->seq, s + 1, memory_order_relaxed);
	/* pairs with the acquire fence in rg_stat_read: whoever sees a word sees the odd count */
	atomic_thread_fence(memory_order_release);
}

/* Between begin and end: n_bytes is a multiple of 8, src is aligned for uint64_t. */
static inline void rg_stat_put(_Atomic uint64_t *dst, const void *src, size_t n_bytes)
{
	const uint64_t *s = src;

	for (size_t i = 0; i < n_bytes / 8; i++)
		atomic_store_explicit(&dst[i], s[i], memory_order_relaxed);
}

static inline void rg_stat_end(struct rg_stat_lock *l)
{
	uint64_t s = atomic_load_explicit(&l->seq, memory_order_relaxed);

	/* pairs with the acquire load in rg_stat_read */
	atomic_store_explicit(&l->seq, s + 1, memory_order_release);
}

/* A consistent copy of n_bytes at src. */
static inline bool rg_stat_read(
	struct rg_stat_lock *l, const _Atomic uint64_t *src, void *dst, size_t n_bytes)
{
	uint64_t *d = dst;

	for (unsigned try = 0; try < RG_STAT_TRIES; try++) {
		uint64_t s = atomic_load_explicit(&l->seq, memory_order_acquire);

		if (s == 0)
			return false;
		if (s & 1)
			continue;
		for (size_t i = 0; i < n_bytes / 8; i++)
			d[i] = atomic_load_explicit(&src[i], memory_order_relaxed);
		atomic_thread_fence(memory_order_acquire);
		if (atomic_load_explicit(&l->seq, memory_order_relaxed) == s)
			return true;
	}
	return false;
}

#endif
