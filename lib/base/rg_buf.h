/* SPDX-License-Identifier: BSD-3-Clause */
/* rg_buf.h - opaque packet buffers and the operations a host lends to its worker.
 * Spec: none. Shape: one pointer. Units: bytes. Errors: alloc returns how many it gave.
 * Ownership: a handle that is not marked otherwise has one owner; copying the struct moves it.
 * Comments of functions tag handle parameters: [take] consumed, [lend] valid during the call,
 * [give] returned to the caller. The core never dereferences a handle: data pointer and length
 * travel beside it. Threads: a pool belongs to one worker, except where the host says more. */
#ifndef RG_BUF_H
#define RG_BUF_H

#include "rg_base.h"

#define RG_BUF_HEADROOM 64 /* before the data of received and of fresh buffers */

struct rg_buf {
	void *h; /* an rte_mbuf, a heap block of a test, a pool block of the socket host */
};

/* A fresh, writable buffer; so are the RG_BUF_HEADROOM bytes before data. */
struct rg_newbuf {
	struct rg_buf buf;
	uint8_t *data;
	uint32_t cap_bytes;
};

/* Brings the host's head of a buffer nearer, which is cold once the buffer was held; half: 0, 1. */
static inline void rg_buf_prefetch(struct rg_buf buf, unsigned half)
{
	__builtin_prefetch((const uint8_t *)buf.h + half * RG_CACHE_LINE, 1);
}

/* Only `worker` holds one of these; everything below it hands buffers back instead. */
struct rg_bufops {
	void *ctx;
	/* Fills out[0..n), returns how many: fewer when the pool is empty, never blocks. */
	unsigned (*alloc_bulk)(void *ctx, struct rg_newbuf *out, unsigned n);
	/* The same, for what is written at once and leaves soon: where the host can, from buffers so
	 * few that they stay in the caches. */
	unsigned (*alloc_copies)(void *ctx, struct rg_newbuf *out, unsigned n);
	/* [take] drops one reference of each. */
	void (*free_bulk)(void *ctx, const struct rg_buf *bufs, unsigned n);
	/* Adds n references to a buffer: n more owners, each frees once. */
	void (*ref)(void *ctx, struct rg_buf buf, unsigned n);
};

#endif
