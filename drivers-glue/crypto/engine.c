/* SPDX-License-Identifier: BSD-3-Clause */
/* Opening an engine, and the known answers that decide whether it may be used. */
#include "crypto_priv.h"

#define ANSWER_BYTES 48 /* plaintext 00 01 02 ... 2f */
#define ANSWER_SEQ   0x0a0b0c0d
#define AGREE_BYTES  1400

/* 128 and 256 bits: golden packets 37 and 38 of the field's reference list, keys from passphrase
 * "ristgo-test-passphrase" and nonce 12345678. 192 bits: the same key cut, answer by `openssl enc
 * -aes-192-ctr`. */
static const uint8_t answer_key[32] = {0xe7, 0x1c, 0x67, 0x8c, 0x59, 0x22, 0x82, 0xb5, 0x02, 0x7e,
	0x91, 0x8d, 0x84, 0x07, 0x94, 0x8a, 0x7f, 0x7d, 0xff, 0xaa, 0xf8, 0xcb, 0x34, 0x05, 0x5f,
	0x75, 0xdb, 0xfd, 0x14, 0x4c, 0x21, 0x01};

static const struct answer {
	unsigned key_bits;
	uint8_t cipher[ANSWER_BYTES];
} answers[] = {
	{128,
		{0xf5, 0x88, 0x3e, 0xd2, 0x5b, 0xbc, 0x57, 0xd8, 0xa9, 0xbb, 0xb4, 0x6b, 0xff, 0x8b,
			0xae, 0x35, 0xd5, 0xd6, 0xee, 0x5a, 0x1f, 0x74, 0x53, 0xb4, 0xe8, 0xbd,
			0xdf, 0x96, 0xe9, 0x62, 0xfc, 0xe2, 0xb7, 0xc5, 0xdd, 0x35, 0x0c, 0x40,
			0xb4, 0xee, 0x9e, 0xc0, 0x45, 0x65, 0xe1, 0x65, 0x7a, 0x19}},
	{192,
		{0xf4, 0x63, 0x2c, 0xd7, 0xdc, 0xf5, 0x00, 0x5a, 0x42, 0xbd, 0x1e, 0x52, 0x9f, 0x25,
			0x96, 0x21, 0xd0, 0xf0, 0xa9, 0xce, 0xce, 0x74, 0x6c, 0xe8, 0xef, 0x73,
			0x5c, 0x07, 0x1e, 0x04, 0x1d, 0x02, 0x0f, 0x3c, 0x46, 0xab, 0xf2, 0xb6,
			0xc9, 0xbd, 0x77, 0xfe, 0x6e, 0x71, 0x83, 0xe7, 0xf9, 0xb7}},
	{256,
		{0xa9, 0xd9, 0x98, 0x69, 0xd4, 0x1b, 0xe7, 0xd0, 0xc8, 0x52, 0x8f, 0x49, 0x61, 0x35,
			0x72, 0xa9, 0x76, 0x58, 0xcc, 0xca, 0xc6, 0x5c, 0xb2, 0xf1, 0x5b, 0xb8,
			0xfa, 0x6d, 0x82, 0xdc, 0xa6, 0x6d, 0xc2, 0xaa, 0x61, 0x0f, 0xc2, 0xc3,
			0xa3, 0x4b, 0x84, 0xc6, 0x72, 0x62, 0xd3, 0xa2, 0xdd, 0x1e}},
};

static void make_key(struct rg_engine *e, struct rg_key *key, unsigned key_bits)
{
	struct engine *ctx = e->ctx;

	*key = (struct rg_key){.key_bits = (uint16_t)key_bits};
	ctx->expand(ctx, answer_key, key_bits, key->schedule);
}

/* All sizes in one burst, out of place and in place. */
bool engine_knows_answers(struct rg_engine *e)
{
	struct rg_key keys[RG_ARRAY_LEN(answers)];
	uint8_t plain[ANSWER_BYTES], there[RG_ARRAY_LEN(answers)][ANSWER_BYTES] = {{0}};
	uint8_t here[RG_ARRAY_LEN(answers)][ANSWER_BYTES];
	struct rg_crypto_op ops[2 * RG_ARRAY_LEN(answers)];
	bool right = true;

	for (unsigned i = 0; i < ANSWER_BYTES; i++)
		plain[i] = (uint8_t)i;
	for (unsigned i = 0; i < RG_ARRAY_LEN(answers); i++) {
		make_key(e, &keys[i], answers[i].key_bits);
		memcpy(here[i], plain, ANSWER_BYTES);
		ops[2 * i] =
			(struct rg_crypto_op){&keys[i], plain, there[i], ANSWER_BYTES, ANSWER_SEQ};
		ops[2 * i + 1] =
			(struct rg_crypto_op){&keys[i], here[i], here[i], ANSWER_BYTES, ANSWER_SEQ};
	}
	e->run(e->ctx, ops, RG_ARRAY_LEN(ops));
	for (unsigned i = 0; i < RG_ARRAY_LEN(answers); i++)
		right &= memcmp(there[i], answers[i].cipher, ANSWER_BYTES) == 0 &&
			memcmp(here[i], answers[i].cipher, ANSWER_BYTES) == 0;
	return right;
}

/* Every length up to a packet's: the kernels for many blocks and for the rest of one. */
bool engine_agrees(struct rg_engine *e, struct rg_engine *reference)
{
	static const uint8_t zero[AGREE_BYTES];
	uint8_t ours[AGREE_BYTES], theirs[AGREE_BYTES];
	bool agree = true;

	for (unsigned i = 0; i < RG_ARRAY_LEN(answers); i++) {
		struct rg_key key;
		struct rg_crypto_op op = {&key, zero, theirs, AGREE_BYTES, UINT32_MAX};

		make_key(e, &key, answers[i].key_bits);
		reference->run(reference->ctx, &op, 1);
		op.dst = ours;
		for (op.len_bytes = 1; op.len_bytes <= AGREE_BYTES; op.len_bytes++) {
			memset(ours, 0, op.len_bytes);
			e->run(e->ctx, &op, 1);
			agree &= memcmp(ours, theirs, op.len_bytes) == 0;
		}
	}
	return agree;
}

static bool is_usable(struct rg_engine *e, enum rg_engine_kind kind)
{
	struct rg_engine reference;
	bool usable = engine_knows_answers(e);

	if (!usable || kind == RG_ENGINE_OPENSSL)
		return usable;
	if (rg_engine_open(&reference, RG_ENGINE_OPENSSL) != 0)
		return false;
	usable = engine_agrees(e, &reference);
	rg_engine_close(&reference);
	return usable;
}

int rg_engine_open(struct rg_engine *e, enum rg_engine_kind kind)
{
	int rc = kind == RG_ENGINE_IMB ? engine_imb_open(e) : engine_openssl_open(e);

	if (rc != 0)
		return rc;
	if (is_usable(e, kind))
		return 0;
	rg_engine_close(e);
	return -RG_E_NOTSUP;
}

int rg_engine_open_best(struct rg_engine *e, enum rg_engine_kind *kind)
{
	int rc;

	*kind = RG_ENGINE_IMB;
	rc = rg_engine_open(e, *kind);
	if (rc != -RG_E_NOTSUP)
		return rc; /* all engines of a process must be of one kind: keys are expanded for it */
	*kind = RG_ENGINE_OPENSSL;
	return rg_engine_open(e, *kind);
}

void rg_engine_close(struct rg_engine *e)
{
	struct engine *ctx = e->ctx;

	if (ctx)
		ctx->close(ctx);
	*e = (struct rg_engine){0};
}

const char *rg_engine_name(enum rg_engine_kind kind)
{
	return kind == RG_ENGINE_IMB ? "ipsec-mb" : "openssl";
}
