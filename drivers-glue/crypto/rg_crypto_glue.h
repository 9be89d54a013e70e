/* SPDX-License-Identifier: BSD-3-Clause */
/* rg_crypto_glue.h - cipher engines for workers, keys and secrets for control.
 *
 *   worker:  rg_engine_open_best, then run() of rg_crypto.h, then rg_engine_close
 *   control: a vault with the secrets; a key pool; rg_key_derive for a nonce that came in,
 *            rg_key_fresh for one to send under; rg_key_free when the worker gives a key back
 *
 * Spec: TR-06-2:2022 section 7 (PSK). A key is PBKDF2-HMAC-SHA256(secret, the 4 nonce bytes as on
 * the wire, 1,024 iterations): 0.2 ms of CPU, so never on a worker.
 * Shape: memory for secrets and keys is mapped once, page aligned, locked, left out of core dumps,
 * and overwritten when a slot, or all of it, is given back. Raw keys on a stack are overwritten
 * before the function returns.
 * Units: bits, bytes. Errors: negated RG_E_*; functions that make something return NULL. Where
 * random bytes cannot be had nothing is made: there is no weaker source to fall back to.
 * Ownership: as named, new/free and open/close. Threads: an engine belongs to one thread; vault
 * and pool belong to control; keys are immutable while anyone uses them. */
#ifndef RG_CRYPTO_GLUE_H
#define RG_CRYPTO_GLUE_H

#include "rg_crypto.h"

#define RG_KDF_ITERATIONS   1024
#define RG_SECRET_BYTES_MAX 127 /* libRIST keeps 128 with the NUL (M116) */

/* Engines. */

enum rg_engine_kind {
	RG_ENGINE_IMB, /* ipsec-mb: needs AES instructions */
	RG_ENGINE_OPENSSL, /* the reference; for tests, and where ipsec-mb cannot be used */
};

/* Makes the engine and lets it compute known answers. -RG_E_NOMEM; -RG_E_NOTSUP: this machine
 * cannot run it, or an answer was wrong. */
int rg_engine_open(struct rg_engine *e, enum rg_engine_kind kind);
/* The first of the list above that this machine can run; *kind says which. The answer is the same
 * for every engine of a process, and keys of a pool are expanded for it. */
int rg_engine_open_best(struct rg_engine *e, enum rg_engine_kind *kind);
void rg_engine_close(struct rg_engine *e);
/* "ipsec-mb", "openssl". */
const char *rg_engine_name(enum rg_engine_kind kind);

/* Memory of equal slots for what is secret. */

struct rg_vault;

struct rg_vault *rg_vault_new(unsigned n_slots, size_t slot_bytes);
/* Overwrites and unmaps everything; NULL is fine. */
void rg_vault_free(struct rg_vault *v);
/* A zeroed slot, aligned to the cache line; NULL when all are taken. */
void *rg_vault_take(struct rg_vault *v);
/* Overwrites it; NULL is fine. */
void rg_vault_give(struct rg_vault *v, void *slot);
unsigned rg_vault_used(const struct rg_vault *v);
/* False: the system refused mlock (RLIMIT_MEMLOCK), the memory may reach a swap device. */
bool rg_vault_locked(const struct rg_vault *v);

/* Secrets: a passphrase, or 32 raw bytes of SRP. Bytes with a length, never a C string (M116). */

struct rg_secret {
	uint8_t len; /* 1..RG_SECRET_BYTES_MAX */
	uint8_t bytes[RG_SECRET_BYTES_MAX];
};

static_assert(sizeof(struct rg_secret) == 128, "two cache lines, no padding");

/* A vault whose slots hold secrets. */
struct rg_vault *rg_secret_vault(unsigned n_secrets);
/* NULL: length out of range, or no slot left. */
struct rg_secret *rg_secret_new(struct rg_vault *v, const void *bytes, size_t len);
void rg_secret_free(struct rg_vault *v, struct rg_secret *s);
/* Another secret in the same slot; -RG_E_INVAL and unchanged when the length is out of range. */
int rg_secret_replace(struct rg_secret *s, const void *bytes, size_t len);
/* In time that depends on the lengths alone. */
bool rg_secret_equal(const struct rg_secret *a, const struct rg_secret *b);

/* The secret in force and the one before, as rg_keyring_secrets numbers them. */
struct rg_secret_pair {
	struct rg_secret *current;
	struct rg_secret *previous; /* NULL: none */
	uint8_t generation; /* of current, 1..255; the one before has the number before it */
	uint8_t previous_generation; /* 0: none */
};

int rg_secret_pair_init(
	struct rg_secret_pair *p, struct rg_vault *v, const void *bytes, size_t len);
/* A new secret; the current one becomes the one before, that one is wiped. Needs a free slot only
 * the first time. */
int rg_secret_pair_change(
	struct rg_secret_pair *p, struct rg_vault *v, const void *bytes, size_t len);
/* The time of the one before is over. */
void rg_secret_pair_settle(struct rg_secret_pair *p, struct rg_vault *v);
void rg_secret_pair_fini(struct rg_secret_pair *p, struct rg_vault *v);
/* The secret of a generation; NULL: gone. */
const struct rg_secret *rg_secret_of(const struct rg_secret_pair *p, uint8_t generation);

/* Keys. */

struct rg_key_pool;

struct rg_key_pool *rg_key_pool_new(unsigned n_keys);
/* Wipes all keys, also those not given back; NULL is fine. */
void rg_key_pool_free(struct rg_key_pool *p);
unsigned rg_key_pool_used(const struct rg_key_pool *p);
bool rg_key_pool_locked(const struct rg_key_pool *p);

/* The key of a nonce, expanded. NULL: nonce 0, key size other than 128 or 256, pool exhausted. */
struct rg_key *rg_key_derive(struct rg_key_pool *p, const struct rg_secret *s, uint8_t generation,
	uint32_t nonce, unsigned key_bits);
/* A key to send under: of a random nonce that is not `last`. */
struct rg_key *rg_key_fresh(struct rg_key_pool *p, const struct rg_secret *s, uint8_t generation,
	uint32_t last, unsigned key_bits);
/* A key of given bytes, key_bits / 8 of them; 192 bits, too. */
struct rg_key *rg_key_raw(
	struct rg_key_pool *p, const uint8_t *raw, uint32_t nonce, unsigned key_bits);
/* Wipes it; NULL is fine. */
void rg_key_free(struct rg_key_pool *p, struct rg_key *key);

/* Derivation and chance by themselves. */

/* key_bytes <= 32. 0 or -RG_E_INVAL. */
int rg_kdf(const struct rg_secret *s, uint32_t nonce, uint8_t *key, size_t key_bytes);
/* 0, or -RG_E_AGAIN: the system has none; out is zero then. */
int rg_random(void *out, size_t n_bytes);
/* Not 0 (M113), not `last`, bit 7 of the first byte clear: libRIST reads it as the choice of the
 * odd passphrase (M111). 0 or -RG_E_AGAIN. */
int rg_nonce_fresh(uint32_t last, uint32_t *nonce);

#endif
