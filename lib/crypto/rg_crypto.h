/* SPDX-License-Identifier: BSD-3-Clause */
/* rg_crypto.h - what a profile asks of a cipher engine: keys, operations, the engine's one call.
 * The cipher is AES-CTR, so encryption and decryption are the same operation.
 * Spec: TR-06-2:2022 section 7 (PSK). The counter block is the 32-bit GRE sequence number, big
 * endian, then 12 zero bytes. Blocks of a datagram count up in the last bytes, so two datagrams
 * under one key share no block as long as no sequence number repeats: a new nonce, hence a new
 * key, before the 2^32nd datagram (M122). An engine may count in the last 32 bits alone
 * (ipsec-mb) or in all 128 (OpenSSL); they differ after 64 GiB, which no datagram has. The layout
 * of 2020, sequence number last (M43, M123), is not built: under it datagrams share key stream,
 * and engines disagree at the end of the 32 bits.
 * Shape: a burst may mix flows, keys and key sizes; any alignment; len_bytes 0..RG_CRYPTO_LEN_MAX,
 * 0 is skipped; dst == src or no overlap; no operation reads what another of the burst writes.
 * Units: bytes. Errors: none, CTR has no integrity: a wrong key gives garbage (M124).
 * Ownership: everything [lend] until run returns. Threads: an engine belongs to one worker; keys
 * are immutable and may be read by many. */
#ifndef RG_CRYPTO_H
#define RG_CRYPTO_H

#include "rg_base.h"

#define RG_CRYPTO_LEN_MAX     65535
#define RG_KEY_SCHEDULE_BYTES 240 /* AES-256: 15 round keys */

/* An expanded key. Only the engines read the schedule; its first key_bits / 8 bytes are the key.
 * Made and wiped by control (rg_crypto_glue.h). */
struct rg_key {
	_Alignas(RG_CACHE_LINE) uint8_t schedule[RG_KEY_SCHEDULE_BYTES]; /* for encryption */
	uint32_t nonce; /* its wire bytes read big-endian; never 0 */
	uint16_t key_bits; /* 128, 192 or 256; 192 never goes over the wire (M115) */
	uint8_t generation; /* of the secret it was derived from */
	uint8_t pad[9];
};

static_assert(sizeof(struct rg_key) == 4 * RG_CACHE_LINE, "a key is whole cache lines");

struct rg_crypto_op {
	const struct rg_key *key;
	const uint8_t *src;
	uint8_t *dst;
	uint32_t len_bytes;
	uint32_t seq; /* GRE sequence number of the datagram: the IV */
};

static_assert(sizeof(struct rg_crypto_op) == RG_CACHE_LINE / 2, "two operations a cache line");

/* One a worker, lent to it by the host. */
struct rg_engine {
	void *ctx;
	/* Done when it returns, in any order. */
	void (*run)(void *ctx, const struct rg_crypto_op *ops, unsigned n);
};

#endif
