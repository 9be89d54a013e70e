/* SPDX-License-Identifier: BSD-3-Clause */
#include "limit_cipher.h"

#define NO_COMPAT_IMB_API_053
#include <intel-ipsec-mb.h>
#include <stdlib.h>

#ifndef CIPHER_SUB
#define CIPHER_SUB   2
#define CIPHER_AHEAD 3
#endif
#define CIPHER_HOT_SUB 32
#define IV_BYTES       16
#define KEY_BYTES      240 /* an expanded key of 256 bits */

struct cipher {
	IMB_MGR *mgr;
	IMB_JOB jobs[CIPHER_HOT_SUB];
	uint8_t iv[CIPHER_HOT_SUB][IV_BYTES]; /* the last 12 bytes stay zero */
	_Alignas(RG_CACHE_LINE) uint8_t key[KEY_BYTES];
	_Alignas(RG_CACHE_LINE) uint8_t unused[KEY_BYTES];
	IMB_KEY_SIZE_BYTES key_bytes;
};

struct cipher *cipher_open(uint32_t key_bits)
{
	static const uint8_t raw[32] = {1, 2, 3};
	struct cipher *c = aligned_alloc(RG_CACHE_LINE, rg_align_up(sizeof(*c), RG_CACHE_LINE));

	if (!c)
		return NULL;
	memset(c, 0, sizeof(*c));
	c->mgr = alloc_mb_mgr(0);
	if (!c->mgr) {
		free(c);
		return NULL;
	}
	init_mb_mgr_auto(c->mgr, NULL);
	c->key_bytes = key_bits == 128 ? IMB_KEY_128_BYTES : IMB_KEY_256_BYTES;
	if (key_bits == 128)
		IMB_AES_KEYEXP_128(c->mgr, raw, c->key, c->unused);
	else
		IMB_AES_KEYEXP_256(c->mgr, raw, c->key, c->unused);
	for (unsigned i = 0; i < CIPHER_HOT_SUB; i++)
		c->jobs[i] = (IMB_JOB){.enc_keys = c->key,
			.dec_keys = c->key,
			.key_len_in_bytes = key_bits / 8,
			.iv = c->iv[i],
			.iv_len_in_bytes = IV_BYTES};
	return c;
}

void cipher_close(struct cipher *c)
{
	if (!c)
		return;
	free_mb_mgr(c->mgr);
	free(c);
}

/* To the second level: there are few line buffers to the first, and the cipher wants them. */
static void look_at(const struct cipher_op *op)
{
	for (uint32_t at = 0; at < op->len; at += RG_CACHE_LINE) {
		__builtin_prefetch(op->src + at, 0, 1);
		if (op->dst != op->src)
			__builtin_prefetch(op->dst + at, 1, 1);
	}
}

static void submit(struct cipher *c, const struct cipher_op *ops, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		memcpy(c->iv[i], &ops[i].seq, sizeof(ops[i].seq));
		c->jobs[i].src = ops[i].src;
		c->jobs[i].dst = ops[i].dst;
		c->jobs[i].msg_len_to_cipher_in_bytes = ops[i].len;
	}
	IMB_SUBMIT_CIPHER_BURST_NOCHECK(
		c->mgr, c->jobs, n, IMB_CIPHER_CNTR, IMB_DIR_ENCRYPT, c->key_bytes);
}

void cipher_run(struct cipher *c, const struct cipher_op *ops, unsigned n)
{
	for (unsigned i = 0; i < CIPHER_AHEAD && i < n; i++)
		look_at(&ops[i]);
	for (unsigned i = 0; i < n; i += CIPHER_SUB) {
		unsigned k = rg_min_u32(n - i, CIPHER_SUB);

		for (unsigned a = i + CIPHER_AHEAD; a < n && a < i + CIPHER_AHEAD + k; a++)
			look_at(&ops[a]);
		submit(c, ops + i, k);
	}
}

void cipher_run_hot(struct cipher *c, const struct cipher_op *ops, unsigned n)
{
	for (unsigned i = 0; i < n; i += CIPHER_HOT_SUB)
		submit(c, ops + i, rg_min_u32(n - i, CIPHER_HOT_SUB));
}
