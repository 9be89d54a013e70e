/* SPDX-License-Identifier: BSD-3-Clause */
/* ipsec-mb, 1.3 to 2.0. Its CTR burst is a loop over packets, each already parallel in itself, so
 * a burst wins nothing by its length. What wins is that the payload of the next packets is on its
 * way from memory while this one is computed: operations go in sub-bursts of two, and the payload
 * is prefetched three operations ahead. Into the second-level cache: there are few line buffers
 * to the first, and the cipher needs them (the numbers: tests/bench/bench_crypto.c).
 * The burst call takes one key size, so each size has a lane of jobs of its own; where only one is
 * in use the others cost nothing.
 * Only the unchecked call is used: the checked one refuses the whole burst for one job. */
#define NO_COMPAT_IMB_API_053
#include "crypto_priv.h"
#include "rg_bytes.h"
#include <intel-ipsec-mb.h>
#include <openssl/crypto.h>
#include <stdlib.h>

#define KEY_SIZES 3
#define SUB_BURST 2
#define AHEAD     3 /* operations */
#define IV_BYTES  16

struct lane {
	IMB_JOB jobs[SUB_BURST];
	uint8_t iv[SUB_BURST][IV_BYTES]; /* the last 12 bytes stay zero */
	unsigned n;
	IMB_KEY_SIZE_BYTES key_bytes;
};

struct imb_engine {
	struct engine base;
	IMB_MGR *mgr;
	struct lane lanes[KEY_SIZES];
};

static void flush(struct imb_engine *e, struct lane *lane)
{
	IMB_SUBMIT_CIPHER_BURST_NOCHECK(
		e->mgr, lane->jobs, lane->n, IMB_CIPHER_CNTR, IMB_DIR_ENCRYPT, lane->key_bytes);
	lane->n = 0;
}

static void prefetch(const struct rg_crypto_op *op)
{
	__builtin_prefetch(op->key->schedule);
	rg_prefetch_far(op->src, op->len_bytes);
	if (op->dst != op->src)
		rg_prefetch_far(op->dst, op->len_bytes);
}

static void add(struct imb_engine *e, const struct rg_crypto_op *op)
{
	struct lane *lane = &e->lanes[op->key->key_bits / 64 - 2];
	IMB_JOB *job = &lane->jobs[lane->n];

	rg_put32(lane->iv[lane->n], op->seq);
	job->enc_keys = op->key->schedule;
	job->src = op->src;
	job->dst = op->dst;
	job->msg_len_to_cipher_in_bytes = op->len_bytes;
	if (++lane->n == SUB_BURST)
		flush(e, lane);
}

static void imb_run(void *ctx, const struct rg_crypto_op *ops, unsigned n)
{
	struct imb_engine *e = ctx;

	for (unsigned i = 0; i < AHEAD && i < n; i++)
		prefetch(&ops[i]);
	for (unsigned i = 0; i < n; i++) {
		if (i + AHEAD < n)
			prefetch(&ops[i + AHEAD]);
		if (ops[i].len_bytes)
			add(e, &ops[i]);
	}
	for (unsigned i = 0; i < KEY_SIZES; i++)
		if (e->lanes[i].n)
			flush(e, &e->lanes[i]);
}

static void imb_expand(
	struct engine *base, const uint8_t *raw, unsigned key_bits, uint8_t *schedule)
{
	_Alignas(16) uint8_t decryption[RG_KEY_SCHEDULE_BYTES]; /* it makes both */
	IMB_MGR *mgr = ((struct imb_engine *)base)->mgr;

	memset(schedule, 0, RG_KEY_SCHEDULE_BYTES);
	if (key_bits == 128)
		IMB_AES_KEYEXP_128(mgr, raw, schedule, decryption);
	else if (key_bits == 192)
		IMB_AES_KEYEXP_192(mgr, raw, schedule, decryption);
	else
		IMB_AES_KEYEXP_256(mgr, raw, schedule, decryption);
	OPENSSL_cleanse(decryption, sizeof(decryption));
}

static void imb_close(struct engine *base)
{
	struct imb_engine *e = (struct imb_engine *)base;

	if (e->mgr)
		free_mb_mgr(e->mgr);
	free(e);
}

static void init_lane(struct lane *lane, IMB_KEY_SIZE_BYTES key_bytes)
{
	lane->key_bytes = key_bytes;
	for (unsigned i = 0; i < SUB_BURST; i++)
		lane->jobs[i] = (IMB_JOB){
			.key_len_in_bytes = key_bytes,
			.iv = lane->iv[i],
			.iv_len_in_bytes = IV_BYTES,
			.cipher_mode = IMB_CIPHER_CNTR,
			.cipher_direction = IMB_DIR_ENCRYPT,
			.hash_alg = IMB_AUTH_NULL,
			.chain_order = IMB_ORDER_CIPHER_HASH,
		};
}

/* Release 1.3 computes without AES instructions, too, slower than OpenSSL. */
static bool manager_works(IMB_MGR *mgr)
{
	const uint64_t tested = IMB_FEATURE_SELF_TEST | IMB_FEATURE_SELF_TEST_PASS;

	init_mb_mgr_auto(mgr, NULL);
	return imb_get_errno(mgr) == 0 && mgr->features & IMB_FEATURE_AESNI &&
		(mgr->features & tested) != IMB_FEATURE_SELF_TEST;
}

int engine_imb_open(struct rg_engine *out)
{
	struct imb_engine *e = calloc(1, sizeof(*e));

	if (!e)
		return -RG_E_NOMEM;
	e->base = (struct engine){.expand = imb_expand, .close = imb_close};
	e->mgr = alloc_mb_mgr(0);
	*out = (struct rg_engine){.ctx = e, .run = imb_run};
	if (!e->mgr || !manager_works(e->mgr)) {
		int rc = e->mgr ? -RG_E_NOTSUP : -RG_E_NOMEM;

		rg_engine_close(out);
		return rc;
	}
	init_lane(&e->lanes[0], IMB_KEY_128_BYTES);
	init_lane(&e->lanes[1], IMB_KEY_192_BYTES);
	init_lane(&e->lanes[2], IMB_KEY_256_BYTES);
	return 0;
}
