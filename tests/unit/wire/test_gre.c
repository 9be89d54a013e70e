/* SPDX-License-Identifier: BSD-3-Clause */
#include "../rg_hex.h"
#include "rg_gre.h"
#include "wire_suites.h"

/* Headers of captured sessions: libRIST 0.2.7, libRIST 0.2.12 and ristgo of 2026-06, clear and
 * with a pre-shared key. M87: the first four have no sequence number. */
static const struct {
	const char *hex;
	struct rg_gre want;
} captured[] = {
	{"000088b6", {.ethertype = 0x88b6, .hdr_len = 4}},
	{"0000888e", {.ethertype = 0x888e, .hdr_len = 4}},
	{"00000800", {.ethertype = 0x0800, .hdr_len = 4}},
	{"0000cce0", {.ethertype = 0xcce0, .hdr_len = 4}},
	{"300888b6 0a8e2373 00000005",
		{0x0a8e2373, 5, 0x88b6, 12, 128, .rv = 1, .has_key = 1, .has_seq = 1}},
	{"304888b6 74c52089 0000000f",
		{0x74c52089, 15, 0x88b6, 12, 256, .rv = 1, .has_key = 1, .has_seq = 1}},
	{"30080800 cb1a32fc 00000001",
		{0xcb1a32fc, 1, 0x0800, 12, 128, .rv = 1, .has_key = 1, .has_seq = 1}},
	{"100888b6 00000009", {0, 9, 0x88b6, 8, 0, .rv = 1, .has_seq = 1}},
	{"100888b5 00000003", {0, 3, 0x88b5, 8, 0, .rv = 1, .has_seq = 1}},
	{"1008888e 00000001", {0, 1, 0x888e, 8, 0, .rv = 1, .has_seq = 1}},
	{"1010cce0 00000028", {0, 40, 0xcce0, 8, 0, .rv = 2, .has_seq = 1}},
	{"10100800 00000008", {0, 8, 0x0800, 8, 0, .rv = 2, .has_seq = 1}},
	{"3010cce0 605f1c8d 00000000",
		{0x605f1c8d, 0, 0xcce0, 12, 128, .rv = 2, .has_key = 1, .has_seq = 1}},
	{"3050cce0 807ee284 00000003",
		{0x807ee284, 3, 0xcce0, 12, 256, .rv = 2, .has_key = 1, .has_seq = 1}},
};

static void check_equal(const struct rg_gre *h, const struct rg_gre *want, size_t row)
{
	ck_assert_msg(h->nonce == want->nonce && h->seq == want->seq &&
			h->ethertype == want->ethertype && h->hdr_len == want->hdr_len &&
			h->key_bits == want->key_bits && h->rv == want->rv &&
			h->has_key == want->has_key && h->has_seq == want->has_seq &&
			h->has_csum == want->has_csum,
		"row %zu", row);
}

START_TEST(trap_m87_headers_of_every_peer_are_read_by_their_flags)
{
	for (size_t i = 0; i < RG_ARRAY_LEN(captured); i++) {
		uint8_t p[16], again[RG_GRE_BYTES_MAX];
		uint16_t n = (uint16_t)unhex(captured[i].hex, p, sizeof(p));
		struct rg_gre h;

		ck_assert_int_eq(rg_gre_read(p, n, &h), 0);
		check_equal(&h, &captured[i].want, i);
		ck_assert_uint_eq(h.hdr_len, n);
		if (!h.has_seq)
			continue;
		ck_assert_uint_eq(rg_gre_write(again, &h), n);
		ck_assert_mem_eq(again, p, n);
	}
}

END_TEST

START_TEST(the_first_two_bytes_are_those_of_libRIST)
{
	static const struct {
		uint8_t rv, has_key;
		uint16_t key_bits, want;
	} row[] = {
		{1, 0, 0, 0x1008},
		{1, 1, 128, 0x3008},
		{1, 1, 256, 0x3048},
		{2, 0, 0, 0x1010},
		{2, 1, 128, 0x3010},
		{2, 1, 256, 0x3050},
		/* section 5.1: H is 0 without key and in the 2020 form */
		{2, 0, 256, 0x1010},
		{0, 1, 256, 0x3000},
	};

	for (size_t i = 0; i < RG_ARRAY_LEN(row); i++) {
		uint8_t p[RG_GRE_BYTES_MAX];
		struct rg_gre h = {.ethertype = RG_GRE_VSF,
			.rv = row[i].rv,
			.has_key = row[i].has_key,
			.key_bits = row[i].key_bits,
			.nonce = 0x01020304,
			.seq = 7};

		ck_assert_uint_eq(rg_gre_write(p, &h), row[i].has_key ? 12 : 8);
		ck_assert_msg(rg_get16(p) == row[i].want, "row %zu: %04x", i, rg_get16(p));
	}
}

END_TEST

START_TEST(trap_m96_m97_what_must_be_zero_or_is_unknown_is_refused)
{
	for (unsigned first = 0; first < 256; first++) {
		for (unsigned second = 0; second < 256; second++) {
			uint8_t p[16] = {(uint8_t)first, (uint8_t)second, 0x88, 0xb6};
			unsigned rv = second >> 3 & 7;
			struct rg_gre h;
			int rc = rg_gre_read(p, sizeof(p), &h);

			if ((first & 0x40) || (second & 7)) {
				ck_assert_int_eq(rc, -RG_V_GRE_BITS);
			} else if (rv > 4) {
				ck_assert_int_eq(rc, -RG_V_GRE_VERSION);
			} else {
				ck_assert_int_eq(rc, 0);
				ck_assert_uint_eq(h.rv, rv > 2 ? 2 : rv);
			}
		}
	}
}

END_TEST

START_TEST(trap_m98_checksum_key_and_sequence_come_in_this_order)
{
	static const char words[] = "c0c1c2c3 a0a1a2a3 50515253 ffffffff";

	for (unsigned flags = 0; flags < 8; flags++) {
		unsigned c = flags >> 2, k = flags >> 1 & 1, s = flags & 1;
		uint16_t n = (uint16_t)(4 + 4 * (c + k + s));
		uint8_t p[20] = {(uint8_t)(c << 7 | k << 5 | s << 4 | 0x0f), 0x88, 0x88, 0xb6};
		uint8_t all[16];
		struct rg_gre h;
		unsigned at = 4;

		unhex(words, all, sizeof(all));
		for (unsigned word = 0; word < 3; word++) {
			if (flags & 4u >> word) {
				memcpy(p + at, all + 4 * word, 4);
				at += 4;
			}
		}
		ck_assert_int_eq(rg_gre_read(p, n, &h), 0);
		ck_assert_uint_eq(h.hdr_len, n);
		ck_assert(h.has_csum == c && h.has_key == k && h.has_seq == s);
		ck_assert_uint_eq(h.nonce, k ? 0xa0a1a2a3 : 0);
		ck_assert_uint_eq(h.seq, s ? 0x50515253 : 0);
		/* M104 and truncation: not a byte less, and none beyond */
		for (uint16_t cut = 0; cut < n; cut++) {
			uint8_t *exact = exact_copy(p, cut);

			ck_assert_int_eq(rg_gre_read(exact, cut, &h), -RG_V_SHORT);
			free(exact);
		}
	}
}

END_TEST

START_TEST(key_length_is_what_the_header_says_and_nothing_in_the_2020_form)
{
	static const struct {
		const char *hex;
		uint16_t bits;
	} row[] = {
		{"300888b6 01020304 00000007", 128},
		{"304888b6 01020304 00000007", 256},
		{"305088b6 01020304 00000007", 256},
		{"306088b6 01020304 00000007", 256},
		{"304088b6 01020304 00000007", 0},
		{"104888b6 00000007", 0},
	};

	for (size_t i = 0; i < RG_ARRAY_LEN(row); i++) {
		uint8_t p[16];
		struct rg_gre h;

		ck_assert_int_eq(rg_gre_read(p, (uint16_t)unhex(row[i].hex, p, sizeof(p)), &h), 0);
		ck_assert_msg(h.key_bits == row[i].bits, "row %zu: %u", i, h.key_bits);
	}
}

END_TEST

/* M112: 0.2.7 uses all 32 bits of a nonce. */
START_TEST(the_salt_is_the_nonce_as_on_the_wire)
{
	uint8_t p[16], salt[4];
	struct rg_gre h;

	ck_assert_int_eq(
		rg_gre_read(p, (uint16_t)unhex("300888b6 fc010203 00000007", p, sizeof(p)), &h), 0);
	rg_gre_salt(salt, h.nonce);
	ck_assert_mem_eq(salt, p + 4, 4);
}

END_TEST

START_TEST(trap_m104_headers_before_media_take_28_and_32_bytes)
{
	struct rg_gre h = {.ethertype = RG_GRE_REDUCED, .rv = 1, .has_key = 1, .key_bits = 128};
	uint8_t p[RG_GRE_MEDIA_BYTES];

	ck_assert_uint_eq(rg_gre_write_media(p, &h, 1971, 1968) + 12, 28);
	h.ethertype = RG_GRE_VSF;
	h.rv = 2;
	ck_assert_uint_eq(rg_gre_write_media(p, &h, 1971, 1968) + 12, 32);
}

END_TEST

START_TEST(out_of_band_data_may_not_use_the_types_of_rist)
{
	static const uint16_t reserved[] = {0x88b5, 0x88b6, 0x888e, 0xcce0, 0, 0x05ff};
	static const uint16_t free_types[] = {0x0600, 0x0800, 0x86dd, 0x88b4, 0x88b7, 0xffff};

	for (size_t i = 0; i < RG_ARRAY_LEN(reserved); i++)
		ck_assert(rg_gre_type_reserved(reserved[i]));
	for (size_t i = 0; i < RG_ARRAY_LEN(free_types); i++)
		ck_assert(!rg_gre_type_reserved(free_types[i]));
}

END_TEST

TCase *gre_cases(void)
{
	TCase *t = tcase_create("gre");

	tcase_add_test(t, trap_m87_headers_of_every_peer_are_read_by_their_flags);
	tcase_add_test(t, the_first_two_bytes_are_those_of_libRIST);
	tcase_add_test(t, trap_m96_m97_what_must_be_zero_or_is_unknown_is_refused);
	tcase_add_test(t, trap_m98_checksum_key_and_sequence_come_in_this_order);
	tcase_add_test(t, key_length_is_what_the_header_says_and_nothing_in_the_2020_form);
	tcase_add_test(t, the_salt_is_the_nonce_as_on_the_wire);
	tcase_add_test(t, trap_m104_headers_before_media_take_28_and_32_bytes);
	tcase_add_test(t, out_of_band_data_may_not_use_the_types_of_rist);
	return t;
}
