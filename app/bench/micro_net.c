/* SPDX-License-Identifier: BSD-3-Clause */
/* Headers from Ethernet to UDP, checksums, and the keys of a tunnel. */
#include "micro.h"
#include "rg_ipudp.h"
#include "rg_keyring.h"

#define FRAME   1500
#define PAYLOAD 1316
#define PEERS   1000

struct net {
	struct rg_udp_tmpl tmpl;
	_Alignas(RG_CACHE_LINE) uint8_t frame[FRAME];
};

static void *open_net(void)
{
	static const struct rg_udp_route route = {
		.src = {.ip = {10, 9, 0, 2}, .port = 5000, .af = RG_AF_IP4},
		.dst = {.ip = {10, 9, 0, 3}, .port = 5000, .af = RG_AF_IP4},
		.ttl = 64};
	struct net *n = micro_alloc(sizeof(*n));

	if (!n)
		return NULL;
	rg_udp_tmpl_init(&n->tmpl, &route);
	rg_udp_tmpl_write(&n->tmpl, n->frame, PAYLOAD, 0);
	return n;
}

static void headers_offload(void *state)
{
	struct net *n = state;

	for (unsigned i = 0; i < MICRO_BATCH; i++) {
		rg_udp_tmpl_write_offload(&n->tmpl, n->frame, PAYLOAD);
		micro_use(n->frame);
	}
}

static void headers(void *state)
{
	struct net *n = state;

	for (unsigned i = 0; i < MICRO_BATCH; i++) {
		rg_udp_tmpl_write(&n->tmpl, n->frame, PAYLOAD, i);
		micro_use(n->frame);
	}
}

static void read_frame(void *state)
{
	const struct net *n = state;
	struct rg_frame f;

	for (unsigned i = 0; i < MICRO_BATCH; i++) {
		rg_frame_read(n->frame, n->tmpl.len + PAYLOAD, 0, &f);
		micro_use(&f);
	}
}

static void checksum(void *state)
{
	const struct net *n = state;
	uint16_t sum;

	for (unsigned i = 0; i < MICRO_BATCH; i++) {
		sum = rg_csum_fold(rg_csum_add(0, n->frame + n->tmpl.len, PAYLOAD));
		micro_use(&sum);
	}
}

/* A keyring in which every peer has one proven key. */
struct keys {
	struct rg_keyring *ring;
	rg_time now;
	uint32_t peers, next;
};

static void prove_key(struct keys *k, uint32_t peer)
{
	static struct rg_key key; /* nobody encrypts with it */
	struct rg_keyring_find f = {
		.peer = RG_KEYRING_STRANGER, .source = peer, .nonce = peer + 1, .key_bits = 256};

	k->now = rg_time_add(k->now, RG_NS_PER_S);
	rg_keyring_find(k->ring, k->now, &f);
	rg_keyring_install(k->ring, k->now, f.nonce, 256, 1, &key);
	if (rg_keyring_find(k->ring, k->now, &f) == RG_KEYRING_READY)
		rg_keyring_good(k->ring, k->now, f.entry, peer);
}

static void *open_keys(uint32_t peers)
{
	size_t head = rg_align_up(sizeof(struct keys), RG_CACHE_LINE);
	struct keys *k = micro_alloc(head + rg_keyring_footprint(peers));

	if (!k)
		return NULL;
	k->peers = peers;
	k->ring = rg_keyring_init((uint8_t *)k + head, peers, 1);
	for (uint32_t i = 0; i < peers; i++)
		prove_key(k, i);
	return k;
}

static void *open_one_key(void)
{
	return open_keys(1);
}

static void *open_many_keys(void)
{
	return open_keys(PEERS);
}

static void find_key(void *state)
{
	struct keys *k = state;

	for (unsigned i = 0; i < MICRO_BATCH; i++) {
		struct rg_keyring_find f = {.peer = k->next, .nonce = k->next + 1, .key_bits = 256};

		rg_keyring_find(k->ring, k->now, &f);
		micro_use(&f);
		k->next = k->next + 1 < k->peers ? k->next + 1 : 0;
	}
}

const struct micro_op micro_net[] = {
	{"frame-read", open_net, read_frame},
	{"udp-template-offload", open_net, headers_offload},
	{"udp-template-checksum", open_net, headers},
	{"checksum-1316", open_net, checksum},
	{"keyring-find-1", open_one_key, find_key},
	{"keyring-find-1000", open_many_keys, find_key},
	{0},
};
