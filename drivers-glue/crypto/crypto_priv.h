/* SPDX-License-Identifier: BSD-3-Clause */
/* crypto_priv.h - what the files of this folder share. */
#ifndef CRYPTO_PRIV_H
#define CRYPTO_PRIV_H

#include "rg_crypto_glue.h"

/* First member of every engine's context. */
struct engine {
	/* Fills a schedule of RG_KEY_SCHEDULE_BYTES; its first key_bits / 8 bytes are the key. */
	void (*expand)(struct engine *e, const uint8_t *raw, unsigned key_bits, uint8_t *schedule);
	void (*close)(struct engine *e);
};

/* Without known answers. */
int engine_imb_open(struct rg_engine *out);
int engine_openssl_open(struct rg_engine *out);

/* Known answers of all key sizes, and the same as the reference at every length up to a packet's:
 * what rg_engine_open lets decide. */
bool engine_knows_answers(struct rg_engine *e);
bool engine_agrees(struct rg_engine *e, struct rg_engine *reference);

#endif
