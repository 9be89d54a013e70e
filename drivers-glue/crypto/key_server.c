/* SPDX-License-Identifier: BSD-3-Clause */
#include "rg_key_server.h"
#include <stdlib.h>

struct side {
	uint32_t stream;
	uint16_t ep;
	unsigned key_bits;
	uint32_t last_nonce; /* of the newest key to send under */
	struct rg_secret_pair secrets;
};

struct rg_key_server {
	struct rg_vault *vault; /* of secrets */
	struct rg_key_pool *pool;
	unsigned n_sides, max_sides;
	struct side sides[];
};

struct rg_key_server *rg_key_server_new(unsigned max_sides, unsigned max_keys)
{
	struct rg_key_server *s = calloc(1, sizeof(*s) + max_sides * sizeof(s->sides[0]));

	if (!s)
		return NULL;
	s->max_sides = max_sides;
	s->vault = rg_secret_vault(2 * max_sides);
	s->pool = rg_key_pool_new(max_keys);
	if (!s->vault || !s->pool) {
		rg_key_server_free(s);
		return NULL;
	}
	return s;
}

void rg_key_server_free(struct rg_key_server *s)
{
	if (!s)
		return;
	rg_key_pool_free(s->pool);
	rg_vault_free(s->vault);
	free(s);
}

static struct side *find(struct rg_key_server *s, uint32_t stream, uint16_t ep)
{
	for (unsigned i = 0; i < s->n_sides; i++)
		if (s->sides[i].stream == stream && s->sides[i].ep == ep)
			return &s->sides[i];
	return NULL;
}

/* NULL: the pool is exhausted, or there are no random numbers. */
static struct rg_key *fresh(struct rg_key_server *s, struct side *side)
{
	struct rg_key *k = rg_key_fresh(s->pool, side->secrets.current, side->secrets.generation,
		side->last_nonce, side->key_bits);

	if (k)
		side->last_nonce = k->nonce;
	return k;
}

int rg_key_server_add(struct rg_key_server *s, uint32_t stream, uint16_t ep, const void *secret,
	size_t len, unsigned key_bits, struct rg_key *first[2])
{
	struct side *side = &s->sides[s->n_sides];
	int rc;

	if (s->n_sides == s->max_sides)
		return -RG_E_NOMEM;
	if (find(s, stream, ep))
		return -RG_E_EXIST;
	rc = rg_secret_pair_init(&side->secrets, s->vault, secret, len);
	if (rc < 0)
		return rc;
	side->stream = stream;
	side->ep = ep;
	side->key_bits = key_bits;
	s->n_sides++;
	first[0] = fresh(s, side);
	first[1] = fresh(s, side);
	return first[0] && first[1] ? 0 : -RG_E_NOMEM;
}

int rg_key_server_change(struct rg_key_server *s, uint32_t stream, uint16_t ep, const void *secret,
	size_t len, struct rg_ctl *out)
{
	struct side *side = find(s, stream, ep);
	int rc;

	if (!side)
		return -RG_E_NOENT;
	rc = rg_secret_pair_change(&side->secrets, s->vault, secret, len);
	if (rc < 0)
		return rc;
	*out = (struct rg_ctl){.type = RG_CTL_NEW_SECRET,
		.generation = side->secrets.generation,
		.stream = stream,
		.ep = ep,
		.key = fresh(s, side)};
	return out->key ? 0 : -RG_E_NOMEM;
}

static struct rg_key *derive(
	struct rg_key_server *s, const struct side *side, const struct rg_ctl *want)
{
	const struct rg_secret *secret =
		side ? rg_secret_of(&side->secrets, want->generation) : NULL;

	return secret
		? rg_key_derive(s->pool, secret, want->generation, want->nonce, want->key_bits)
		: NULL;
}

bool rg_key_server_answer(struct rg_key_server *s, const struct rg_ctl *in, struct rg_ctl *out)
{
	struct side *side = find(s, in->stream, in->ep);

	*out = *in;
	switch ((enum rg_ctl_type)in->type) {
	case RG_CTL_RETIRED:
		rg_key_free(s->pool, in->key);
		return false;
	case RG_CTL_WANT_RX_KEY:
		out->type = RG_CTL_RX_KEY;
		out->key = derive(s, side, in);
		return true;
	case RG_CTL_WANT_TX_KEY:
		out->type = RG_CTL_TX_KEY;
		out->key = side ? fresh(s, side) : NULL;
		return out->key != NULL;
	case RG_CTL_RX_KEY:
	case RG_CTL_TX_KEY:
	case RG_CTL_NEW_SECRET:
		return false;
	}
	return false;
}
