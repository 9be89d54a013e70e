/* SPDX-License-Identifier: BSD-3-Clause */
#include "rg_crypto_glue.h"
#include <openssl/crypto.h>

struct rg_vault *rg_secret_vault(unsigned n_secrets)
{
	return rg_vault_new(n_secrets, sizeof(struct rg_secret));
}

struct rg_secret *rg_secret_new(struct rg_vault *v, const void *bytes, size_t len)
{
	struct rg_secret *s;

	if (len < 1 || len > RG_SECRET_BYTES_MAX)
		return NULL;
	s = rg_vault_take(v);
	if (s)
		rg_secret_replace(s, bytes, len);
	return s;
}

void rg_secret_free(struct rg_vault *v, struct rg_secret *s)
{
	rg_vault_give(v, s);
}

int rg_secret_replace(struct rg_secret *s, const void *bytes, size_t len)
{
	if (len < 1 || len > RG_SECRET_BYTES_MAX)
		return -RG_E_INVAL;
	OPENSSL_cleanse(s, sizeof(*s));
	s->len = (uint8_t)len;
	memcpy(s->bytes, bytes, len);
	return 0;
}

bool rg_secret_equal(const struct rg_secret *a, const struct rg_secret *b)
{
	return a->len == b->len && CRYPTO_memcmp(a->bytes, b->bytes, a->len) == 0;
}

int rg_secret_pair_init(struct rg_secret_pair *p, struct rg_vault *v, const void *bytes, size_t len)
{
	*p = (struct rg_secret_pair){.generation = 1};
	if (len < 1 || len > RG_SECRET_BYTES_MAX)
		return -RG_E_INVAL;
	p->current = rg_secret_new(v, bytes, len);
	return p->current ? 0 : -RG_E_NOMEM;
}

int rg_secret_pair_change(
	struct rg_secret_pair *p, struct rg_vault *v, const void *bytes, size_t len)
{
	struct rg_secret *s = p->previous;

	if (len < 1 || len > RG_SECRET_BYTES_MAX)
		return -RG_E_INVAL;
	if (s)
		rg_secret_replace(s, bytes, len);
	else
		s = rg_secret_new(v, bytes, len);
	if (!s)
		return -RG_E_NOMEM;
	p->previous = p->current;
	p->previous_generation = p->generation;
	p->current = s;
	p->generation = (uint8_t)(p->generation % UINT8_MAX + 1);
	return 0;
}

void rg_secret_pair_settle(struct rg_secret_pair *p, struct rg_vault *v)
{
	rg_secret_free(v, p->previous);
	p->previous = NULL;
	p->previous_generation = 0;
}

void rg_secret_pair_fini(struct rg_secret_pair *p, struct rg_vault *v)
{
	rg_secret_free(v, p->current);
	rg_secret_free(v, p->previous);
	*p = (struct rg_secret_pair){0};
}

const struct rg_secret *rg_secret_of(const struct rg_secret_pair *p, uint8_t generation)
{
	if (generation == 0)
		return NULL;
	if (generation == p->generation)
		return p->current;
	return generation == p->previous_generation ? p->previous : NULL;
}
