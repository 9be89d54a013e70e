/* SPDX-License-Identifier: BSD-3-Clause */
#include "sock_pool.h"
#include <stdlib.h>
#include <sys/mman.h>

struct block {
	uint32_t refs;
	uint8_t pad[RG_CACHE_LINE - 4];
	uint8_t headroom[RG_BUF_HEADROOM];
	uint8_t data[];
};

static struct block *block_at(const struct sock_pool *p, uint32_t i)
{
	return (struct block *)(void *)(p->mem + i * p->block_bytes);
}

int sock_pool_init(struct sock_pool *p, uint32_t n_blocks, uint32_t data_bytes)
{
	*p = (struct sock_pool){.n_blocks = n_blocks, .data_bytes = data_bytes};
	p->block_bytes = rg_align_up(sizeof(struct block) + data_bytes, RG_CACHE_LINE);
	p->mem_bytes = p->block_bytes * n_blocks;
	p->free_blocks = calloc(n_blocks ? n_blocks : 1, sizeof(*p->free_blocks));
	p->mem = mmap(
		NULL, p->mem_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (!p->free_blocks || p->mem == MAP_FAILED) {
		p->mem = NULL;
		sock_pool_fini(p);
		return -RG_E_NOMEM;
	}
	/* lowest addresses first: a quiet gateway touches few pages */
	for (uint32_t i = 0; i < n_blocks; i++)
		p->free_blocks[i] = block_at(p, n_blocks - 1 - i);
	atomic_init(&p->n_free, n_blocks);
	return 0;
}

static unsigned pool_alloc(void *ctx, struct rg_newbuf *out, unsigned n)
{
	struct sock_pool *p = ctx;
	uint32_t left = atomic_load_explicit(&p->n_free, memory_order_relaxed);

	n = rg_min_u32(n, left);
	for (unsigned i = 0; i < n; i++) {
		struct block *b = p->free_blocks[--left];

		b->refs = 1;
		out[i] = (struct rg_newbuf){{b}, b->data, p->data_bytes};
	}
	atomic_store_explicit(&p->n_free, left, memory_order_relaxed);
	return n;
}

static void pool_free(void *ctx, const struct rg_buf *bufs, unsigned n)
{
	struct sock_pool *p = ctx;
	uint32_t left = atomic_load_explicit(&p->n_free, memory_order_relaxed);

	for (unsigned i = 0; i < n; i++) {
		struct block *b = bufs[i].h;

		RG_ASSERT(b->refs > 0);
		if (--b->refs == 0)
			p->free_blocks[left++] = b;
	}
	RG_ASSERT(left <= p->n_blocks);
	atomic_store_explicit(&p->n_free, left, memory_order_relaxed);
}

static void pool_ref(void *ctx, struct rg_buf buf, unsigned n)
{
	struct block *b = buf.h;

	(void)ctx;
	b->refs += n;
}

struct rg_bufops sock_pool_ops(struct sock_pool *p)
{
	return (struct rg_bufops){p, pool_alloc, pool_alloc, pool_free, pool_ref};
}

void sock_pool_fini(struct sock_pool *p)
{
	if (p->mem)
		munmap(p->mem, p->mem_bytes);
	free(p->free_blocks);
	*p = (struct sock_pool){0};
}
