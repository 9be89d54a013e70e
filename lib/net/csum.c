/* SPDX-License-Identifier: BSD-3-Clause */
/* The sum is kept in the byte order of memory, which RFC 1071 section 2(B) allows, and turned into
 * host order when it is folded. */
#include "rg_ipudp.h"

uint64_t rg_csum_add(uint64_t sum, const uint8_t *p, size_t len)
{
	uint16_t half;
	uint64_t word;

	for (; len >= sizeof(word); p += sizeof(word), len -= sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		sum += (word & UINT32_MAX) + (word >> 32);
	}
	for (; len >= sizeof(half); p += sizeof(half), len -= sizeof(half)) {
		memcpy(&half, p, sizeof(half));
		sum += half;
	}
	if (len > 0)
		sum += rg_be16((uint16_t)(*p << 8));
	return sum;
}

uint64_t rg_csum_pseudo(
	const struct rg_addr *src, const struct rg_addr *dst, uint8_t proto, uint32_t l4_len)
{
	/* Unused bytes of an rg_addr are zero, so both families sum all 16. */
	uint64_t sum = rg_csum_add(0, src->ip, sizeof(src->ip));

	sum = rg_csum_add(sum, dst->ip, sizeof(dst->ip));
	return sum + rg_be16(proto) + rg_be16((uint16_t)(l4_len >> 16)) + rg_be16((uint16_t)l4_len);
}
