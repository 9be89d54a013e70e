/* SPDX-License-Identifier: BSD-3-Clause */
/* rg_addr.h - an IP address with a UDP port, comparable by memcmp.
 * Spec: none. Shape: 20 bytes, no padding; unused bytes are zero. Units: port in host order.
 * Errors: none. Threads: pure. */
#ifndef RG_ADDR_H
#define RG_ADDR_H

#include "rg_base.h"

enum rg_af {
	RG_AF_NONE = 0,
	RG_AF_IP4 = 4,
	RG_AF_IP6 = 6,
};

struct rg_addr {
	uint8_t ip[16]; /* network order; IPv4 uses the first 4, the others are 0 */
	uint16_t port;
	uint8_t af; /* enum rg_af */
	uint8_t zero;
};

static_assert(sizeof(struct rg_addr) == 20, "rg_addr has no padding: memcmp compares it");

/* memcmp without its call: this is asked several times for every datagram. */
static inline bool rg_addr_eq(const struct rg_addr *a, const struct rg_addr *b)
{
	uint64_t x[2], y[2];
	uint32_t u, v;

	memcpy(x, a->ip, sizeof(x));
	memcpy(y, b->ip, sizeof(y));
	memcpy(&u, &a->port, sizeof(u)); /* and what follows it */
	memcpy(&v, &b->port, sizeof(v));
	return ((x[0] ^ y[0]) | (x[1] ^ y[1]) | (u ^ v)) == 0;
}

/* Same host, whatever the ports. */
static inline bool rg_addr_same_host(const struct rg_addr *a, const struct rg_addr *b)
{
	return a->af == b->af && memcmp(a->ip, b->ip, sizeof(a->ip)) == 0;
}

static inline bool rg_addr_is_multicast(const struct rg_addr *a)
{
	return a->af == RG_AF_IP4 ? (a->ip[0] & 0xf0) == 0xe0
				  : a->af == RG_AF_IP6 && a->ip[0] == 0xff;
}

static inline bool rg_addr_is_any(const struct rg_addr *a)
{
	static const uint8_t zero[16];

	return memcmp(a->ip, zero, sizeof(zero)) == 0;
}

#endif
