/* SPDX-License-Identifier: BSD-3-Clause */
#include "rg_crypto_glue.h"
#include <openssl/crypto.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

struct rg_vault {
	uint8_t *mem;
	size_t mem_bytes, slot_bytes;
	unsigned n_slots, n_used;
	bool locked;
	bool taken[]; /* a slot */
};

struct rg_vault *rg_vault_new(unsigned n_slots, size_t slot_bytes)
{
	struct rg_vault *v = calloc(1, sizeof(*v) + n_slots * sizeof(v->taken[0]));

	if (!v)
		return NULL;
	v->n_slots = n_slots;
	v->slot_bytes = rg_align_up(slot_bytes, RG_CACHE_LINE);
	v->mem_bytes = rg_align_up(
		rg_max_i64((int64_t)(n_slots * v->slot_bytes), 1), (size_t)sysconf(_SC_PAGESIZE));
	v->mem = mmap(
		NULL, v->mem_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	/* a secret in a core dump is worse than no gateway; one in the swap space is not */
	if (v->mem == MAP_FAILED || madvise(v->mem, v->mem_bytes, MADV_DONTDUMP) != 0) {
		if (v->mem != MAP_FAILED)
			munmap(v->mem, v->mem_bytes);
		free(v);
		return NULL;
	}
	v->locked = mlock(v->mem, v->mem_bytes) == 0;
	return v;
}

void rg_vault_free(struct rg_vault *v)
{
	if (!v)
		return;
	OPENSSL_cleanse(v->mem, v->mem_bytes);
	munmap(v->mem, v->mem_bytes);
	free(v);
}

void *rg_vault_take(struct rg_vault *v)
{
	for (unsigned i = 0; i < v->n_slots; i++) {
		if (v->taken[i])
			continue;
		v->taken[i] = true;
		v->n_used++;
		return v->mem + i * v->slot_bytes;
	}
	return NULL;
}

void rg_vault_give(struct rg_vault *v, void *slot)
{
	size_t i = slot ? (size_t)((uint8_t *)slot - v->mem) / v->slot_bytes : 0;

	if (!slot)
		return;
	RG_ASSERT(i < v->n_slots && v->taken[i]);
	OPENSSL_cleanse(slot, v->slot_bytes);
	v->taken[i] = false;
	v->n_used--;
}

unsigned rg_vault_used(const struct rg_vault *v)
{
	return v->n_used;
}

bool rg_vault_locked(const struct rg_vault *v)
{
	return v->locked;
}
