/* SPDX-License-Identifier: BSD-3-Clause */
/* Golden rows are numbered as in the field's reference list. */
#include <openssl/evp.h>
#include <stdlib.h>

#include "crypto_priv.h"
#include "glue_crypto_suites.h"
#include "rg_bytes.h"
#include "rg_hex.h"

#define ROUNDS 300
#define BURST  64
#define ROOM   (16 * 1024)

static const enum rg_engine_kind kinds[] = {RG_ENGINE_IMB, RG_ENGINE_OPENSSL};

/* False only where the machine has no AES instructions. */
static bool open_engine(struct rg_engine *e, enum rg_engine_kind kind)
{
	int rc = rg_engine_open(e, kind);

	if (rc == -RG_E_NOTSUP && kind == RG_ENGINE_IMB && !__builtin_cpu_supports("aes"))
		return false;
	ck_assert_msg(rc == 0, "%s", rg_engine_name(kind));
	return true;
}

static struct rg_key *key_of(
	struct rg_key_pool *pool, const char *passphrase, uint32_t nonce, unsigned key_bits)
{
	struct rg_secret s;
	struct rg_key *key;

	ck_assert_int_eq(rg_secret_replace(&s, passphrase, strlen(passphrase)), 0);
	key = rg_key_derive(pool, &s, 1, nonce, key_bits);
	ck_assert_ptr_nonnull(key);
	return key;
}

static const struct {
	unsigned number, key_bits;
	const char *passphrase;
	uint32_t nonce, seq;
	const char *plain, *cipher;
} golden[] = {
	{37, 128, "ristgo-test-passphrase", 0x12345678, 0x0a0b0c0d,
		"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
		"202122232425262728292a2b2c2d2e2f",
		"f5883ed25bbc57d8a9bbb46bff8bae35d5d6ee5a1f7453b4e8bddf96e962fce2"
		"b7c5dd350c40b4ee9ec04565e1657a19"},
	{38, 256, "ristgo-test-passphrase", 0x12345678, 0x0a0b0c0d,
		"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
		"202122232425262728292a2b2c2d2e2f",
		"a9d99869d41be7d0c8528f49613572a97658cccac65cb2f15bb8fa6d82dca66d"
		"c2aa610fc2c3a34b84c67262d3a2dd1e"},
	{39, 128, "mainprofile", 0x01020304, 7, "07b307b080211234000000000ace0ac0deadbeef",
		"3510d5b291502fe595547e4577a6c1da2a3dc81d"},
	{40, 256, "mainprofile", 0x01020304, 7, "07b307b080211234000000000ace0ac0deadbeef",
		"52dd49545c20e3fd6b133123175e200cf4d75906"},
	{41, 256, "mainprofile", 0x01020304, 8, "0000000007b307b080211234000000000ace0ac0deadbeef",
		"87798eeb146d558d65521f29423005e3466f0e887d1025c1"},
	{42, 128, "mainprofile", 0x01020304, 9, "0011223344552520", "f33ce54c1389f139"},
};

START_TEST(engines_give_the_golden_packets)
{
	struct rg_key_pool *pool = rg_key_pool_new(RG_ARRAY_LEN(golden));
	struct rg_engine e;

	if (!open_engine(&e, kinds[_i]))
		return;
	for (size_t i = 0; i < RG_ARRAY_LEN(golden); i++) {
		struct rg_key *key =
			key_of(pool, golden[i].passphrase, golden[i].nonce, golden[i].key_bits);
		uint8_t plain[64], want[64], out[64];
		size_t n = unhex(golden[i].plain, plain, sizeof(plain));
		struct rg_crypto_op op = {key, plain, out, (uint32_t)n, golden[i].seq};

		ck_assert_uint_eq(unhex(golden[i].cipher, want, sizeof(want)), n);
		e.run(e.ctx, &op, 1);
		ck_assert_msg(memcmp(out, want, n) == 0, "golden %u", golden[i].number);
		op.src = op.dst = want;
		e.run(e.ctx, &op, 1);
		ck_assert_msg(memcmp(plain, want, n) == 0, "golden %u back", golden[i].number);
	}
	rg_engine_close(&e);
	rg_key_pool_free(pool);
}

END_TEST

/* Golden 43: packet 39 as a sender of 2020 encrypts it. */
START_TEST(trap_m123_the_layout_of_2020_is_not_ours)
{
	uint8_t inner[20], theirs[20], got[20];
	struct rg_key_pool *pool = rg_key_pool_new(1);
	struct rg_engine e;
	struct rg_crypto_op op = {
		key_of(pool, "mainprofile", 0x01020304, 128), theirs, got, sizeof(got), 7};

	unhex("07b307b080211234000000000ace0ac0deadbeef", inner, sizeof(inner));
	unhex("577f318a41528ab0720357b7d73674a4129ed713", theirs, sizeof(theirs));
	if (!open_engine(&e, kinds[_i]))
		return;
	e.run(e.ctx, &op, 1);
	ck_assert_mem_ne(got, inner, sizeof(inner));
	rg_engine_close(&e);
	rg_key_pool_free(pool);
}

END_TEST

static uint64_t state = 88172645463325252U;

static uint32_t chance(uint32_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 32) % below;
}

/* EVP by itself, without an engine of ours. */
static void openssl_ctr(const uint8_t *raw, const struct rg_crypto_op *op, uint8_t *out)
{
	const EVP_CIPHER *cipher = op->key->key_bits == 128 ? EVP_aes_128_ctr()
		: op->key->key_bits == 192                  ? EVP_aes_192_ctr()
							    : EVP_aes_256_ctr();
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t iv[16] = {0};
	int n;

	rg_put32(iv, op->seq);
	ck_assert_int_eq(EVP_EncryptInit_ex(ctx, cipher, NULL, raw, iv), 1);
	ck_assert_int_eq(EVP_EncryptUpdate(ctx, out, &n, op->src, (int)op->len_bytes), 1);
	EVP_CIPHER_CTX_free(ctx);
}

struct sample {
	uint8_t raw[3][32];
	struct rg_key *keys[3];
	uint8_t *src, *dst, *want; /* BURST x ROOM each */
	struct rg_crypto_op ops[BURST];
	unsigned n;
};

/* Lengths of media mostly, some up to 10,000, some of a few bytes and none. */
static uint32_t any_length(void)
{
	switch (chance(8)) {
	case 0:
		return chance(10001);
	case 1:
		return chance(40);
	case 2:
		return 1328 + chance(8);
	default:
		return 1 + chance(1500);
	}
}

static void fill(uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)chance(256);
}

static void draw(struct sample *s, struct rg_key_pool *pool)
{
	bool mixed = chance(2);
	unsigned one = chance(3);

	s->n = 1 + chance(BURST);
	for (unsigned k = 0; k < 3; k++) {
		rg_key_free(pool, s->keys[k]);
		fill(s->raw[k], 32);
		s->keys[k] = rg_key_raw(pool, s->raw[k], 1, 128 + 64 * k);
		ck_assert_ptr_nonnull(s->keys[k]);
	}
	for (unsigned i = 0; i < s->n; i++) {
		unsigned k = mixed ? chance(3) : one;
		uint8_t *src = s->src + i * ROOM + chance(200);
		uint8_t *dst = chance(2) ? src : s->dst + i * ROOM + chance(200);

		s->ops[i] = (struct rg_crypto_op){s->keys[k], src, dst, any_length(),
			chance(4) ? chance(UINT32_MAX) : UINT32_MAX - chance(3)};
		fill(src, rg_min_u32(s->ops[i].len_bytes, 64));
		openssl_ctr(s->raw[k], &s->ops[i], s->want + i * ROOM);
	}
}

/* Random bursts against EVP, and not a byte written beside them. */
static void check_burst(struct sample *s, struct rg_engine *e, uint8_t *before)
{
	memcpy(before, s->src, BURST * ROOM);
	memcpy(before + BURST * ROOM, s->dst, BURST * ROOM);
	e->run(e->ctx, s->ops, s->n);
	for (unsigned i = 0; i < s->n; i++) {
		const struct rg_crypto_op *op = &s->ops[i];
		size_t at = op->dst == op->src ? (size_t)(op->dst - s->src)
					       : BURST * ROOM + (size_t)(op->dst - s->dst);

		ck_assert_msg(memcmp(op->dst, s->want + i * ROOM, op->len_bytes) == 0,
			"op %u of %u: %u bits, %u bytes, seq %08x", i, s->n, op->key->key_bits,
			op->len_bytes, op->seq);
		memcpy(before + at, op->dst, op->len_bytes);
	}
	ck_assert(memcmp(before, s->src, BURST * ROOM) == 0);
	ck_assert(memcmp(before + BURST * ROOM, s->dst, BURST * ROOM) == 0);
}

START_TEST(engines_agree_with_openssl_on_any_burst)
{
	struct rg_key_pool *pool = rg_key_pool_new(4);
	struct sample *s = calloc(1, sizeof(*s));
	uint8_t *before = malloc(2 * BURST * ROOM);
	struct rg_engine e;

	if (!open_engine(&e, kinds[_i]))
		return;
	s->src = calloc(BURST, ROOM);
	s->dst = calloc(BURST, ROOM);
	s->want = calloc(BURST, ROOM);
	fill(s->src, (size_t)BURST * ROOM);
	for (unsigned i = 0; i < ROUNDS; i++) {
		draw(s, pool);
		check_burst(s, &e, before);
	}
	rg_engine_close(&e);
	rg_key_pool_free(pool);
	free(s->src);
	free(s->dst);
	free(s->want);
	free(s);
	free(before);
}

END_TEST

START_TEST(a_burst_of_nothing_is_nothing)
{
	struct rg_key_pool *pool = rg_key_pool_new(1);
	uint8_t raw[32] = {1}, p[16] = {0}, zero[16] = {0};
	struct rg_key *key = rg_key_raw(pool, raw, 1, 128);
	struct rg_crypto_op ops[] = {{key, p, p, 0, 1}, {key, p, p, 1, 2}, {key, NULL, NULL, 0, 3}};
	struct rg_engine e;

	if (!open_engine(&e, kinds[_i]))
		return;
	e.run(e.ctx, NULL, 0);
	e.run(e.ctx, ops, 1);
	ck_assert_mem_eq(p, zero, sizeof(p));
	/* two empty ones do not take the full one along */
	e.run(e.ctx, ops, 3);
	ck_assert_mem_eq(p + 1, zero, sizeof(p) - 1);
	e.run(e.ctx, ops, 3);
	ck_assert_mem_eq(p, zero, sizeof(p));
	ops[0].len_bytes = 16;
	e.run(e.ctx, ops, 1);
	ck_assert_mem_ne(p, zero, sizeof(p));
	rg_engine_close(&e);
	rg_key_pool_free(pool);
}

END_TEST

START_TEST(two_engines_do_not_disturb_each_other)
{
	struct rg_key_pool *pool = rg_key_pool_new(2);
	uint8_t raw[32] = {1}, a[48] = {0}, b[48] = {0};
	struct rg_crypto_op op = {rg_key_raw(pool, raw, 1, 256), a, a, sizeof(a), 1};
	struct rg_engine one, two;
	enum rg_engine_kind kind;

	ck_assert_int_eq(rg_engine_open_best(&one, &kind), 0);
	ck_assert_int_eq(rg_engine_open_best(&two, &kind), 0);
	one.run(one.ctx, &op, 1);
	rg_engine_close(&one);
	ck_assert_ptr_null(one.ctx);
	op.src = op.dst = b;
	two.run(two.ctx, &op, 1);
	ck_assert_mem_eq(a, b, sizeof(a));
	rg_engine_close(&two);
	rg_engine_close(&two);
	rg_key_pool_free(pool);
}

END_TEST

START_TEST(the_best_engine_is_ipsec_mb_where_it_runs)
{
	enum rg_engine_kind kind;
	struct rg_engine e;
	bool runs = open_engine(&e, RG_ENGINE_IMB);

	if (runs)
		rg_engine_close(&e);
	ck_assert_int_eq(rg_engine_open_best(&e, &kind), 0);
	ck_assert_str_eq(rg_engine_name(kind), runs ? "ipsec-mb" : "openssl");
	rg_engine_close(&e);
}

END_TEST

/* What a broken library might do. */
static struct rg_engine honest;
static unsigned lie;

static void lying_run(void *ctx, const struct rg_crypto_op *ops, unsigned n)
{
	honest.run(ctx, ops, n);
	for (unsigned i = 0; i < n; i++) {
		if (lie == 1 && ops[i].key->key_bits == 192)
			ops[i].dst[ops[i].len_bytes - 1] ^= 0x80;
		if (lie == 2 && ops[i].src == ops[i].dst)
			ops[i].dst[0] ^= 1;
		if (lie == 3)
			memset(ops[i].dst, 0, ops[i].len_bytes);
		if (lie == 4 && ops[i].len_bytes % 16 == 1 && ops[i].len_bytes > 1024)
			ops[i].dst[ops[i].len_bytes - 1] ^= 1;
	}
}

START_TEST(an_engine_that_computes_wrong_is_not_used)
{
	static const bool known[] = {true, false, false, false, true};
	static const bool agreed[] = {true, false, true, false, false};
	struct rg_engine liar, reference;

	ck_assert_int_eq(rg_engine_open(&honest, RG_ENGINE_OPENSSL), 0);
	ck_assert_int_eq(rg_engine_open(&reference, RG_ENGINE_OPENSSL), 0);
	liar = (struct rg_engine){.ctx = honest.ctx, .run = lying_run};
	for (lie = 0; lie < RG_ARRAY_LEN(known); lie++) {
		ck_assert_msg(engine_knows_answers(&liar) == known[lie], "lie %u", lie);
		ck_assert_msg(engine_agrees(&liar, &reference) == agreed[lie], "lie %u", lie);
	}
	rg_engine_close(&honest);
	rg_engine_close(&reference);
}

END_TEST

TCase *engine_cases(void)
{
	TCase *t = tcase_create("engine");
	int n = RG_ARRAY_LEN(kinds);

	tcase_add_loop_test(t, engines_give_the_golden_packets, 0, n);
	tcase_add_loop_test(t, trap_m123_the_layout_of_2020_is_not_ours, 0, n);
	tcase_add_loop_test(t, engines_agree_with_openssl_on_any_burst, 0, n);
	tcase_add_loop_test(t, a_burst_of_nothing_is_nothing, 0, n);
	tcase_add_test(t, two_engines_do_not_disturb_each_other);
	tcase_add_test(t, the_best_engine_is_ipsec_mb_where_it_runs);
	tcase_add_test(t, an_engine_that_computes_wrong_is_not_used);
	return t;
}
