/* SPDX-License-Identifier: BSD-3-Clause */
/* limit_cipher.h - ipsec-mb with nothing around it.
 * Shape: packets are prefetched CIPHER_AHEAD before their turn and go to the library CIPHER_SUB at
 * a time. Errors: NULL: no memory. Threads: one. */
#ifndef LIMIT_CIPHER_H
#define LIMIT_CIPHER_H

#include "rg_base.h"

struct cipher;

struct cipher_op {
	const uint8_t *src;
	uint8_t *dst;
	uint32_t len;
	uint32_t seq; /* as it stands in memory */
};

struct cipher *cipher_open(uint32_t key_bits);
void cipher_close(struct cipher *c);
void cipher_run(struct cipher *c, const struct cipher_op *ops, unsigned n);
/* The same without looking ahead: for what is in the caches. */
void cipher_run_hot(struct cipher *c, const struct cipher_op *ops, unsigned n);

#endif
