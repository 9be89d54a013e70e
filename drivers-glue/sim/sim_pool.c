/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include "sim_priv.h"

struct sim_block *sim_pool_alloc(struct sim_pool *p, uint32_t index)
{
	struct sim_block *b = malloc(sizeof(*b));

	if (!b)
		abort();
	*b = (struct sim_block){.refs = 1, .index = index};
	p->balance++;
	return b;
}

void sim_pool_ref(struct sim_pool *p, struct rg_buf buf)
{
	struct sim_block *b = buf.h;

	b->refs++;
	p->balance++;
}

void sim_pool_free(struct sim_pool *p, struct rg_buf buf)
{
	struct sim_block *b = buf.h;

	p->balance--;
	if (--b->refs > 0)
		return;
	b->index = UINT32_MAX; /* poison: a use after this shows as a wrong payload */
	free(b);
}
