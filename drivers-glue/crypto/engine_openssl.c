/* SPDX-License-Identifier: BSD-3-Clause */
/* The reference engine: one EVP call an operation. It takes the raw key out of the schedule and
 * keeps no key between operations. */
#include "crypto_priv.h"
#include "rg_bytes.h"
#include <openssl/evp.h>
#include <stdlib.h>

#define KEY_SIZES 3

struct openssl_engine {
	struct engine base;
	EVP_CIPHER_CTX *ctx;
	EVP_CIPHER *cipher[KEY_SIZES];
};

static const char *const cipher_names[KEY_SIZES] = {"AES-128-CTR", "AES-192-CTR", "AES-256-CTR"};

static bool run_one(struct openssl_engine *e, const struct rg_crypto_op *op)
{
	const EVP_CIPHER *cipher = e->cipher[op->key->key_bits / 64 - 2];
	uint8_t iv[16] = {0};
	int n;

	rg_put32(iv, op->seq);
	return EVP_EncryptInit_ex2(e->ctx, cipher, op->key->schedule, iv, NULL) == 1 &&
		EVP_EncryptUpdate(e->ctx, op->dst, &n, op->src, (int)op->len_bytes) == 1;
}

static void openssl_run(void *ctx, const struct rg_crypto_op *ops, unsigned n)
{
	struct openssl_engine *e = ctx;

	for (unsigned i = 0; i < n; i++)
		/* what could not be encrypted must not leave in clear */
		if (ops[i].len_bytes && !run_one(e, &ops[i]))
			memset(ops[i].dst, 0, ops[i].len_bytes);
}

static void openssl_expand(
	struct engine *base, const uint8_t *raw, unsigned key_bits, uint8_t *schedule)
{
	(void)base;
	memset(schedule, 0, RG_KEY_SCHEDULE_BYTES);
	memcpy(schedule, raw, key_bits / 8);
}

static void openssl_close(struct engine *base)
{
	struct openssl_engine *e = (struct openssl_engine *)base;

	EVP_CIPHER_CTX_free(e->ctx);
	for (unsigned i = 0; i < KEY_SIZES; i++)
		EVP_CIPHER_free(e->cipher[i]);
	free(e);
}

int engine_openssl_open(struct rg_engine *out)
{
	struct openssl_engine *e = calloc(1, sizeof(*e));
	bool whole;

	if (!e)
		return -RG_E_NOMEM;
	e->base = (struct engine){.expand = openssl_expand, .close = openssl_close};
	e->ctx = EVP_CIPHER_CTX_new();
	whole = e->ctx != NULL;
	for (unsigned i = 0; i < KEY_SIZES; i++) {
		e->cipher[i] = EVP_CIPHER_fetch(NULL, cipher_names[i], NULL);
		whole &= e->cipher[i] != NULL;
	}
	*out = (struct rg_engine){.ctx = e, .run = openssl_run};
	if (whole)
		return 0;
	rg_engine_close(out);
	return -RG_E_NOTSUP;
}
