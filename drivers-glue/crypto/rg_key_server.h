/* SPDX-License-Identifier: BSD-3-Clause */
/* rg_key_server.h - control's side of the key messages of rg_ctl.h: it alone has the secrets.
 * Shape: one entry a side with a secret, as many keys as rg_keyring_keys_max says for each.
 * Units: bits, bytes. Errors: 0 or -RG_E_*.
 * Ownership: keys live in the server's pool and are wiped as they come back; free the server after
 * the host stopped. Threads: control's only. */
#ifndef RG_KEY_SERVER_H
#define RG_KEY_SERVER_H

#include "rg_crypto_glue.h"
#include "rg_ctl.h"

struct rg_key_server;

/* NULL: no memory. */
struct rg_key_server *rg_key_server_new(unsigned max_sides, unsigned max_keys);
void rg_key_server_free(struct rg_key_server *s);

/* A side with a secret, copied; first[0..1] are to send under. */
int rg_key_server_add(struct rg_key_server *s, uint32_t stream, uint16_t ep, const void *secret,
	size_t len, unsigned key_bits, struct rg_key *first[2]);

/* Another secret for it: *out is to be put to the worker. -RG_E_NOENT: no such side. */
int rg_key_server_change(struct rg_key_server *s, uint32_t stream, uint16_t ep, const void *secret,
	size_t len, struct rg_ctl *out);

/* A message of a worker; true: *out answers it and is to be put. */
bool rg_key_server_answer(struct rg_key_server *s, const struct rg_ctl *in, struct rg_ctl *out);

#endif
