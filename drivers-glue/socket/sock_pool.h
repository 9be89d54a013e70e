/* SPDX-License-Identifier: BSD-3-Clause */
/* sock_pool.h - a fixed number of packet buffers without DPDK.
 * Shape: one mapping, free blocks on a stack, references counted. Units: bytes, buffers.
 * Ownership: bufops of the pool. Threads: one, but n_free may be read by others. */
#ifndef SOCK_POOL_H
#define SOCK_POOL_H

#include "rg_buf.h"
#include <stdatomic.h>

struct sock_pool {
	uint8_t *mem;
	size_t mem_bytes;
	void **free_blocks; /* the last freed is the next given: it is warm */
	uint32_t n_blocks;
	uint32_t data_bytes;
	size_t block_bytes;
	_Atomic uint32_t n_free; /* owner: rw, others: ro */
};

/* 0 or -RG_E_NOMEM. */
int sock_pool_init(struct sock_pool *p, uint32_t n_blocks, uint32_t data_bytes);

struct rg_bufops sock_pool_ops(struct sock_pool *p);

void sock_pool_fini(struct sock_pool *p);

#endif
