/* SPDX-License-Identifier: BSD-3-Clause */
/* steer.c - the table receivers look a datagram's endpoint up in: open addressing, built once and
 * then only read. A change of endpoints will be a new table in the place of the old one. */
#include "dpdk_priv.h"

#include "rg_addr_text.h"

#include <rte_malloc.h>

#include <stdio.h>

struct slot {
	struct rg_addr key; /* af 0: free */
	uint16_t port;
	uint16_t ep;
};

struct rg_dp_steer {
	uint32_t mask;
	struct slot slots[];
};

static uint32_t hash_addr(const struct rg_addr *a)
{
	uint64_t hi, lo;

	memcpy(&hi, a->ip, sizeof(hi));
	memcpy(&lo, a->ip + sizeof(hi), sizeof(lo));
	hi = (hi ^ a->port) * UINT64_C(0x9e3779b97f4a7c15);
	lo = (lo ^ hi ^ hi >> 32) * UINT64_C(0xff51afd7ed558ccd);
	return (uint32_t)(lo >> 32);
}

/* The slot that holds the key or the free one where it would stand. */
static uint32_t probe(const struct rg_dp_steer *s, uint16_t port, const struct rg_addr *key)
{
	uint32_t i = hash_addr(key) & s->mask;

	while (s->slots[i].key.af != RG_AF_NONE &&
		!(s->slots[i].port == port && rg_addr_eq(&s->slots[i].key, key)))
		i = (i + 1) & s->mask;
	return i;
}

static int insert(struct rg_dp_steer *s, uint16_t port, const struct rg_addr *key, uint16_t ep,
	struct rg_conf_error *err)
{
	struct slot *slot = &s->slots[probe(s, port, key)];
	char text[RG_ADDR_TEXT_MAX];

	if (slot->key.af == RG_AF_NONE) {
		*slot = (struct slot){*key, port, ep};
		return 0;
	}
	rg_addr_format(key, text);
	snprintf(err->text, sizeof(err->text), "%s: two stream ends have this address", text);
	return -RG_E_EXIST;
}

/* What a datagram for the endpoint is sent to. Without any family it hears both. */
static int insert_ep(
	struct rg_dp_steer *s, const struct rg_host *h, uint32_t i, struct rg_conf_error *err)
{
	const struct rg_ep_plan *plan = &h->conf->eps[i];
	struct rg_addr key = plan->group.af != RG_AF_NONE ? plan->group : h->eps[i].local;
	int r;

	key.port = h->eps[i].local.port;
	if (key.af == RG_AF_NONE)
		key.af = plan->remote.af;
	if (key.af != RG_AF_NONE)
		return insert(s, h->eps[i].port, &key, (uint16_t)i, err);
	key.af = RG_AF_IP4;
	r = insert(s, h->eps[i].port, &key, (uint16_t)i, err);
	key.af = RG_AF_IP6;
	return r != 0 ? r : insert(s, h->eps[i].port, &key, (uint16_t)i, err);
}

struct rg_dp_steer *rg_dp_steer_build(const struct rg_host *h, struct rg_conf_error *err)
{
	uint32_t n = rg_pow2_ceil(4 * h->conf->n_eps + 2);
	struct rg_dp_steer *s =
		rg_dp_mem(sizeof(*s) + n * sizeof(s->slots[0]), "steering table", err);

	if (s == NULL)
		return NULL;
	s->mask = n - 1;
	for (uint32_t i = 0; i < h->conf->n_eps; i++) {
		if (h->eps[i].port == RG_DP_KERNEL || insert_ep(s, h, i, err) == 0)
			continue;
		rte_free(s);
		return NULL;
	}
	return s;
}

uint16_t rg_dp_steer_find(
	const struct rg_dp_steer *s, const struct rg_dp_port *p, const struct rg_addr *dst)
{
	const struct slot *slot = &s->slots[probe(s, p->index, dst)];
	struct rg_addr any = {.port = dst->port, .af = dst->af};

	if (slot->key.af != RG_AF_NONE)
		return slot->ep;
	if (!rg_dp_port_has(p, dst))
		return RG_EP_NONE;
	slot = &s->slots[probe(s, p->index, &any)];
	return slot->key.af != RG_AF_NONE ? slot->ep : RG_EP_NONE;
}

void rg_dp_steer_free(struct rg_dp_steer *s)
{
	rte_free(s);
}
