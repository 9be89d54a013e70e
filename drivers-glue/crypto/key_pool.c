/* SPDX-License-Identifier: BSD-3-Clause */
#include "crypto_priv.h"
#include <openssl/crypto.h>
#include <stdlib.h>

struct rg_key_pool {
	struct rg_vault *vault;
	struct rg_engine engine; /* expands as the workers' engines do */
};

struct rg_key_pool *rg_key_pool_new(unsigned n_keys)
{
	struct rg_key_pool *p = calloc(1, sizeof(*p));
	enum rg_engine_kind kind;

	if (!p)
		return NULL;
	p->vault = rg_vault_new(n_keys, sizeof(struct rg_key));
	if (p->vault && rg_engine_open_best(&p->engine, &kind) == 0)
		return p;
	rg_key_pool_free(p);
	return NULL;
}

void rg_key_pool_free(struct rg_key_pool *p)
{
	if (!p)
		return;
	rg_engine_close(&p->engine);
	rg_vault_free(p->vault);
	free(p);
}

unsigned rg_key_pool_used(const struct rg_key_pool *p)
{
	return rg_vault_used(p->vault);
}

bool rg_key_pool_locked(const struct rg_key_pool *p)
{
	return rg_vault_locked(p->vault);
}

struct rg_key *rg_key_raw(
	struct rg_key_pool *p, const uint8_t *raw, uint32_t nonce, unsigned key_bits)
{
	struct engine *ctx = p->engine.ctx;
	struct rg_key *key;

	if (nonce == 0 || (key_bits != 128 && key_bits != 192 && key_bits != 256))
		return NULL;
	key = rg_vault_take(p->vault);
	if (!key)
		return NULL;
	key->nonce = nonce;
	key->key_bits = (uint16_t)key_bits;
	ctx->expand(ctx, raw, key_bits, key->schedule);
	return key;
}

struct rg_key *rg_key_derive(struct rg_key_pool *p, const struct rg_secret *s, uint8_t generation,
	uint32_t nonce, unsigned key_bits)
{
	struct rg_key *key = NULL;
	uint8_t raw[32];

	if (key_bits != 128 && key_bits != 256)
		return NULL;
	if (rg_kdf(s, nonce, raw, key_bits / 8) == 0)
		key = rg_key_raw(p, raw, nonce, key_bits);
	if (key)
		key->generation = generation;
	OPENSSL_cleanse(raw, sizeof(raw));
	return key;
}

struct rg_key *rg_key_fresh(struct rg_key_pool *p, const struct rg_secret *s, uint8_t generation,
	uint32_t last, unsigned key_bits)
{
	uint32_t nonce;

	if (rg_nonce_fresh(last, &nonce) != 0)
		return NULL;
	return rg_key_derive(p, s, generation, nonce, key_bits);
}

void rg_key_free(struct rg_key_pool *p, struct rg_key *key)
{
	rg_vault_give(p->vault, key);
}
