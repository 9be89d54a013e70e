/* SPDX-License-Identifier: BSD-3-Clause */
/* Golden packets of Main profile peers through the Main row of the table. Numbers in comments are
 * those of the reference list of vectors: captures of libRIST 0.2.7 and 0.2.12, and packets computed
 * from TR-06-2 with another AES and another PBKDF2. */
#include "profile_suites.h"
#include "rg_bytes.h"
#include "rg_crypto_glue.h"
#include "rg_hex.h"
#include "rg_profile.h"

#define SECRET "mainprofile"
#define NONCE  0x01020304
#define INNER  "07b307b0 80211234 00000000 0ace0ac0 deadbeef" /* ports, then 1 */

static const struct rg_profile_ops *ops(void)
{
	return rg_profile(RG_PROFILE_MAIN);
}

static const struct rg_tunnel_ops *tunnel(void)
{
	return ops()->tunnel;
}

/* What a datagram is, once opened and, where a key is given, decrypted by the engine. */
struct opened {
	int rc;
	struct rg_envelope e;
	struct rg_content c;
	size_t len; /* of the content */
	uint8_t content[256];
	unsigned credible;
};

static void crypt_in_place(unsigned bits, uint32_t seq, uint8_t *p, size_t len)
{
	static const struct rg_secret secret = {.len = sizeof(SECRET) - 1, .bytes = SECRET};
	struct rg_key_pool *pool = rg_key_pool_new(1);
	enum rg_engine_kind kind;
	struct rg_engine engine;
	struct rg_crypto_op op = {.src = p, .dst = p, .len_bytes = (uint32_t)len, .seq = seq};

	ck_assert_ptr_nonnull(pool);
	ck_assert_int_eq(rg_engine_open_best(&engine, &kind), 0);
	op.key = rg_key_derive(pool, &secret, 1, NONCE, bits);
	ck_assert_ptr_nonnull(op.key);
	engine.run(engine.ctx, &op, 1);
	rg_engine_close(&engine);
	rg_key_pool_free(pool);
}

/* p has exactly len bytes, and is written to. */
static struct opened open_bytes(uint8_t *p, size_t len)
{
	struct rg_dgram d = {.data = p, .len = (uint16_t)len};
	struct rg_env env = {.gone = false};
	struct opened o = {0};

	tunnel()->open(&d, 1, &env);
	o.e = env.env;
	o.rc = env.rc;
	if (o.rc < 0)
		return o;
	if (o.e.encrypted)
		crypt_in_place(o.e.key_bits, o.e.seq, p + o.e.len, len - o.e.len);
	p += o.e.len;
	len -= o.e.len;
	d.data = p;
	d.len = (uint16_t)len;
	tunnel()->inside(&d, 1, &env);
	o.c = env.content;
	o.rc = env.rc;
	if (o.rc < 0)
		return o;
	ck_assert_uint_le(o.c.off, len);
	o.len = len - o.c.off;
	memcpy(o.content, p + o.c.off, o.len);
	o.credible = tunnel()->credible(&o.e, &o.c, p + o.c.off, (uint16_t)o.len);
	return o;
}

static struct opened open_hex(const char *hex)
{
	uint8_t b[256];
	size_t len = unhex(hex, b, sizeof(b));
	uint8_t *p = exact_copy(b, len);
	struct opened o = open_bytes(p, len);

	free(p);
	return o;
}

static void expect_content(const struct opened *o, const char *hex)
{
	uint8_t want[256];
	size_t len = unhex(hex, want, sizeof(want));

	ck_assert_uint_eq(o->len, len);
	ck_assert_mem_eq(o->content, want, len);
}

/* 26, 27, 28 */
START_TEST(clear_media_of_each_generation_is_read)
{
	static const char *const hex[] = {
		"100888b6 00000000" INNER,
		"000088b6" INNER,
		"1010cce0 00000001 00000000" INNER,
	};
	struct opened o = open_hex(hex[_i]);

	ck_assert_int_eq(o.rc, 0);
	ck_assert_uint_eq(o.e.encrypted, 0);
	ck_assert_uint_eq(o.e.version, _i == 2 ? 2 : 1);
	ck_assert_int_eq(o.c.kind, RG_INSIDE_MEDIA);
	ck_assert_uint_eq(o.c.virt_src, 1971);
	ck_assert_uint_eq(o.c.virt_dst, 1968);
	expect_content(&o, "80211234 00000000 0ace0ac0 deadbeef");
}

END_TEST

/* M93: M95's ports of libRIST media, and RTCP that goes to an even one. */
START_TEST(trap_m93_the_payload_type_tells_rtcp_from_media)
{
	struct opened o = open_hex("000088b6 800107b0 80210036 e4048361 0a079adb");

	ck_assert_int_eq(o.c.kind, RG_INSIDE_MEDIA);
	o = open_hex("000088b6 800007b0 80c90001 0ace0ac0 81ca0002 0ace0ac0 01000000");
	ck_assert_int_eq(o.c.kind, RG_INSIDE_CONTROL);
	ck_assert_uint_eq(o.c.virt_src, 0x8000);
	/* M36: 72 to 77, with a marker or without */
	o = open_hex("000088b6 800007b0 804d0004 0ace0ac0 04000002 e3d15c00 80000000");
	ck_assert_int_eq(o.c.kind, RG_INSIDE_CONTROL);
	o = open_hex("000088b6 800007b0 80c80006 0ace0ac0 00");
	ck_assert_int_eq(o.c.kind, RG_INSIDE_CONTROL);
	o = open_hex("000088b6 800007b0 80ce0006 0ace0ac0 00");
	ck_assert_int_eq(o.c.kind, RG_INSIDE_MEDIA);
}

END_TEST

/* 29, 30, 32 */
START_TEST(keepalives_of_both_versions_tell_what_the_peer_can)
{
	static const char *const hex[] = {
		"100888b5 00000000 001122334455 2520",
		"1010cce0 00000001 00008000 001122334455 2520",
		"1010cce0 00000001 00008000 aabbccddeeff 2520 80000000 7b22636e616d65223a2272697374676f227d",
	};
	struct opened o = open_hex(hex[_i]);

	ck_assert_int_eq(o.rc, 0);
	ck_assert_int_eq(o.c.kind, RG_INSIDE_KEEPALIVE);
	ck_assert_uint_eq(o.c.caps, 0x2520);
}

END_TEST

/* 31, 33 */
START_TEST(buffer_negotiation_and_other_ethertypes_are_told_apart)
{
	struct opened o = open_hex("1010cce0 00000002 00008002 03f2 0000 0000");

	ck_assert_int_eq(o.c.kind, RG_INSIDE_BUFFER);
	o = open_hex("00000800 45000038 d4314000 40fccdab 7f000001 7f000001 617574682c");
	ck_assert_int_eq(o.c.kind, RG_INSIDE_OOB);
	ck_assert_uint_eq(o.c.oob_type, 0x0800);
	expect_content(&o, "45000038 d4314000 40fccdab 7f000001 7f000001 617574682c");
	o = open_hex("10089999 00000000 01");
	ck_assert_int_eq(o.c.kind, RG_INSIDE_OOB);
	ck_assert_uint_eq(o.c.oob_type, 0x9999);
}

END_TEST

/* TR-06-2 section 7.6 is read, and a type to come is counted. */
START_TEST(vsf_types_that_are_not_used_are_told_from_unknown_ones)
{
	struct opened o = open_hex("1010cce0 00000000 00008001 01020304");

	ck_assert_int_eq(o.c.kind, RG_INSIDE_OTHER);
	ck_assert_uint_eq(o.c.why, RG_V_OK);
	o = open_hex("1010cce0 00000000 00001234 01020304");
	ck_assert_int_eq(o.c.kind, RG_INSIDE_OTHER);
	ck_assert_uint_eq(o.c.why, RG_V_VSF_TYPE);
	ck_assert_uint_eq(o.credible, 0);
	o = open_hex("1010cce0 00000000 00018000 001122334455 2520");
	ck_assert_uint_eq(o.c.why, RG_V_VSF_TYPE);
}

END_TEST

/* 45, 46, M135 */
START_TEST(eapol_with_and_without_its_header_is_refused)
{
	ck_assert_int_eq(open_hex("1008888e 00000000 03010000").rc, -RG_V_GRE_TYPE);
	ck_assert_int_eq(open_hex("3008888e 01020304 00000000 03010000").rc, -RG_V_GRE_TYPE);
	ck_assert_int_eq(open_hex("03000005 015a000501").rc, -RG_V_GRE_TYPE);
}

END_TEST

struct sealed {
	unsigned bits, version;
	uint32_t seq;
	enum rg_inside kind;
	const char *hex, *plain;
};

static const struct sealed sealed[] = {
	{128, 1, 7, RG_INSIDE_MEDIA, /* 39 */
		"300888b6 01020304 00000007 3510d5b291502fe595547e4577a6c1da2a3dc81d", INNER},
	{256, 1, 7, RG_INSIDE_MEDIA, /* 40 */
		"304888b6 01020304 00000007 52dd49545c20e3fd6b133123175e200cf4d75906", INNER},
	{256, 2, 8, RG_INSIDE_MEDIA, /* 41 */
		"3050cce0 01020304 00000008 87798eeb146d558d65521f29423005e3466f0e887d1025c1",
		"00000000" INNER},
	{128, 1, 9, RG_INSIDE_KEEPALIVE, /* 42 */
		"300888b5 01020304 00000009 f33ce54c1389f139", "0011223344552520"},
};

START_TEST(encrypted_packets_are_read_with_their_key)
{
	const struct sealed *s = &sealed[_i];
	struct opened o = open_hex(s->hex);

	ck_assert_int_eq(o.rc, 0);
	ck_assert_uint_eq(o.e.encrypted, 1);
	ck_assert_uint_eq(o.e.nonce, NONCE);
	ck_assert_uint_eq(o.e.seq, s->seq);
	ck_assert_uint_eq(o.e.key_bits, s->bits);
	ck_assert_uint_eq(o.e.version, s->version);
	ck_assert_uint_eq(o.e.len, 12);
	ck_assert_int_eq(o.c.kind, s->kind);
	if (s->kind == RG_INSIDE_MEDIA) {
		expect_content(&o, "80211234 00000000 0ace0ac0 deadbeef");
		ck_assert_uint_eq(o.c.virt_src, 1971);
		ck_assert_uint_eq(o.c.virt_dst, 1968);
	}
}

END_TEST

START_TEST(what_is_written_and_encrypted_is_the_golden_packet)
{
	const struct sealed *s = &sealed[_i];
	struct rg_content c = {.kind = s->kind, .virt_src = 1971, .virt_dst = 1968};
	struct rg_envelope e = {.nonce = NONCE,
		.seq = s->seq,
		.key_bits = (uint16_t)s->bits,
		.version = (uint8_t)s->version,
		.encrypted = true};
	uint8_t head[RG_ENVELOPE_MAX], plain[64], want[64], got[64];
	unsigned n_head = tunnel()->head(&c, &e, head), n = tunnel()->envelope(&e, got);
	size_t n_plain = unhex(s->plain, plain, sizeof(plain));
	size_t n_want = unhex(s->hex, want, sizeof(want));

	/* head is what stands before RTP, or before the body */
	ck_assert_uint_eq(n_head, s->kind == RG_INSIDE_MEDIA ? 4 * s->version : 0);
	ck_assert_mem_eq(head, plain, n_head);
	memcpy(got + n, plain, n_plain);
	crypt_in_place(s->bits, s->seq, got + n, n_plain);
	ck_assert_uint_eq(n + n_plain, n_want);
	ck_assert_mem_eq(got, want, n_want);
}

END_TEST

/* 43, M113, and a key without the number that is its IV. */
START_TEST(trap_m123_the_layout_of_2020_is_refused)
{
	ck_assert_int_eq(
		open_hex("300088b6 01020304 00000007 577f318a41528ab0720357b7d73674a4129ed713").rc,
		-RG_V_GRE_BITS);
	ck_assert_int_eq(
		open_hex("300888b6 00000000 00000007 3510d5b291502fe595547e4577a6c1da2a3dc81d").rc,
		-RG_V_GRE_BITS);
	ck_assert_int_eq(
		open_hex("200888b6 01020304 3510d5b291502fe595547e4577a6c1da").rc, -RG_V_GRE_BITS);
}

END_TEST

START_TEST(headers_in_clear_are_the_golden_ones)
{
	static const struct {
		enum rg_inside kind;
		uint8_t version;
		uint32_t seq;
		const char *hex;
	} rows[] = {
		{RG_INSIDE_MEDIA, 1, 0, "100888b6 00000000 07b307b0"},
		{RG_INSIDE_CONTROL, 1, 0, "100888b6 00000000 07b307b0"},
		{RG_INSIDE_MEDIA, 2, 1, "1010cce0 00000001 00000000 07b307b0"},
		{RG_INSIDE_KEEPALIVE, 1, 0, "100888b5 00000000"},
		{RG_INSIDE_KEEPALIVE, 2, 1, "1010cce0 00000001 00008000"},
		{RG_INSIDE_BUFFER, 2, 2, "1010cce0 00000002 00008002"},
		{RG_INSIDE_OOB, 1, 3, "10080800 00000003"},
	};
	struct rg_content c = {
		.kind = rows[_i].kind, .virt_src = 1971, .virt_dst = 1968, .oob_type = 0x0800};
	struct rg_envelope e = {.seq = rows[_i].seq, .version = rows[_i].version};
	uint8_t head[RG_ENVELOPE_MAX], got[2 * RG_ENVELOPE_MAX], want[32];
	unsigned n_head = tunnel()->head(&c, &e, head), n = tunnel()->envelope(&e, got);

	memcpy(got + n, head, n_head);
	ck_assert_uint_eq(n + n_head, unhex(rows[_i].hex, want, sizeof(want)));
	ck_assert_mem_eq(got, want, n + n_head);
}

END_TEST

START_TEST(bodies_are_written_when_they_fit)
{
	static const uint8_t mac[6] = {0x00, 0x11, 0x22, 0x33, 0x44, 0x55};
	uint8_t got[16], want[16];

	ck_assert_uint_eq(tunnel()->keepalive(mac, false, got, 8), 8);
	unhex("001122334455 0120", want, sizeof(want)); /* N and V are all that we can */
	ck_assert_mem_eq(got, want, 8);
	ck_assert_uint_eq(tunnel()->keepalive(mac, false, got, 7), 0);
	ck_assert_uint_eq(tunnel()->keepalive(mac, true, got, 8), 8);
	ck_assert_uint_eq(got[6], 0x41); /* R */
	ck_assert_uint_eq(tunnel()->buffer(1010, 0, got, 6), 6);
	unhex("03f2 0000 0000", want, sizeof(want)); /* 31 */
	ck_assert_mem_eq(got, want, 6);
	ck_assert_uint_eq(tunnel()->buffer(1010, 0, got, 5), 0);
}

END_TEST

/* M124: how much speaks for a key. */
START_TEST(evidence_for_a_key_is_what_garbage_seldom_has)
{
	ck_assert_uint_eq(open_hex("000088b6" INNER).credible, 2); /* RTP and MPEG-TS */
	ck_assert_uint_eq(
		open_hex("000088b6 07b307b0 80601234 00000000 0ace0ac0 deadbeef").credible, 1);
	ck_assert_uint_eq(
		open_hex("000088b6 07b307b0 c0211234 00000000 0ace0ac0 deadbeef").credible, 0);
	ck_assert_uint_eq(
		open_hex("000088b6 07b307b0 a0211234 00000000 0ace0ac0 deadbeef").credible, 0);
	ck_assert_uint_eq(open_hex("000088b6 07b307b0 8021123400000000").credible, 0);
	ck_assert_uint_eq(open_hex("1010cce0 00000001 00000000" INNER).credible, RG_CREDIBLE_SURE);
	ck_assert_uint_eq(
		open_hex("000088b6 800007b1 80c900010ace0ac0 81ca00020ace0ac001000000").credible,
		RG_CREDIBLE_SURE);
	/* one packet, or a length that is wrong */
	ck_assert_uint_eq(open_hex("000088b6 800007b1 80c900010ace0ac0").credible, 0);
	ck_assert_uint_eq(
		open_hex("000088b6 800007b1 80c900010ace0ac0 81ca00030ace0ac001000000").credible,
		0);
	ck_assert_uint_eq(
		open_hex("100888b5 00000000 001122334455 2520").credible, RG_CREDIBLE_MUTE);
}

END_TEST

/* 23, and the upper half of a number beside it */
START_TEST(the_extension_says_what_was_left_out_and_the_upper_half)
{
	uint8_t b[256], from;
	size_t len = unhex("90210001 00000000 0ace0ac0 52490001 c03fbeef", b, sizeof(b));
	struct rg_dgram d = {.data = exact_copy(b, len + 188), .len = (uint16_t)(len + 188)};
	struct rg_dropped bad;
	struct rg_media m;
	unsigned n_bad;

	ck_assert_uint_eq(ops()->rx_media(&d, 1, &m, &from, &bad, &n_bad), 1);
	ck_assert_uint_eq(m.len, 188);
	ck_assert_uint_eq(m.npd, RG_NPD_VALID | 0x3f);
	ck_assert_uint_eq(m.seq, 0xbeef0001);
	ck_assert_uint_eq(m.flags, RG_MEDIA_WIDE);
	free(d.data);
}

END_TEST

static const char *const all[] = {
	"100888b6 00000000" INNER,
	"1010cce0 00000001 00000000" INNER,
	"1010cce0 00000001 00008000 001122334455 2520 80000000 7b7d",
	"1010cce0 00000002 00008002 03f2 0000 0000",
	"1010cce0 00000000 00008001 01020304",
	"90088800 ffffffff 00000000 45000038",
	"304888b6 01020304 00000007 52dd49545c20e3fd6b133123175e200cf4d75906",
	"3050cce0 01020304 00000008 87798eeb146d558d65521f29423005e3466f0e887d1025c1",
	"000088b6 800007b1 80c900010ace0ac0 81ca00020ace0ac001000000",
};

/* The address sanitizer sees a read behind the end. */
START_TEST(packets_cut_at_every_length_are_short_or_something_smaller)
{
	uint8_t b[256];
	size_t whole = unhex(all[_i], b, sizeof(b));
	unsigned n_short = 0;

	for (size_t len = 0; len < whole; len++) {
		uint8_t *p = exact_copy(b, len);
		struct opened o = open_bytes(p, len);

		ck_assert(o.rc == 0 || o.rc == -RG_V_SHORT);
		n_short += o.rc < 0;
		ck_assert(o.rc == 0 || len < 28);
		free(p);
	}
	ck_assert_uint_ge(n_short, 8);
}

END_TEST

TCase *main_cases(void)
{
	TCase *t = tcase_create("main");

	tcase_add_loop_test(t, clear_media_of_each_generation_is_read, 0, 3);
	tcase_add_test(t, trap_m93_the_payload_type_tells_rtcp_from_media);
	tcase_add_loop_test(t, keepalives_of_both_versions_tell_what_the_peer_can, 0, 3);
	tcase_add_test(t, buffer_negotiation_and_other_ethertypes_are_told_apart);
	tcase_add_test(t, vsf_types_that_are_not_used_are_told_from_unknown_ones);
	tcase_add_test(t, eapol_with_and_without_its_header_is_refused);
	tcase_add_loop_test(t, encrypted_packets_are_read_with_their_key, 0, 4);
	tcase_add_loop_test(t, what_is_written_and_encrypted_is_the_golden_packet, 0, 4);
	tcase_add_test(t, trap_m123_the_layout_of_2020_is_refused);
	tcase_add_loop_test(t, headers_in_clear_are_the_golden_ones, 0, 7);
	tcase_add_test(t, bodies_are_written_when_they_fit);
	tcase_add_test(t, evidence_for_a_key_is_what_garbage_seldom_has);
	tcase_add_test(t, the_extension_says_what_was_left_out_and_the_upper_half);
	tcase_add_loop_test(t, packets_cut_at_every_length_are_short_or_something_smaller, 0,
		(int)RG_ARRAY_LEN(all));
	return t;
}
