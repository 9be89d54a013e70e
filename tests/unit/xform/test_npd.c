/* SPDX-License-Identifier: BSD-3-Clause */
#include "../rg_hex.h"
#include "npd_priv.h"
#include "xform_suites.h"

#define ALL_NULLS(cells) (0x7fu & 0x7fu << (7 - (cells)))

static const uint8_t null_head[] = {0x47, 0x1f, 0xff, 0x10};

/* cells packets of which nulls are null packets in the canonical form; the others are numbered. */
static uint16_t fill(uint8_t *p, unsigned cells, unsigned bytes, unsigned nulls)
{
	for (unsigned i = 0; i < cells; i++) {
		uint8_t *cell = p + i * bytes;

		memset(cell, nulls & 0x40u >> i ? 0xff : (int)i + 1, bytes);
		memcpy(cell, null_head, 4);
		if (!(nulls & 0x40u >> i))
			cell[1] = 0x01;
	}
	return (uint16_t)(cells * bytes);
}

/* TR-06-2 section 8.5, then the 7 cells of the captures with null packets 2, 3 and 6. */
START_TEST(the_examples_of_the_specification_are_deleted_and_restored)
{
	static const struct {
		unsigned cells;
		uint8_t nulls;
		uint16_t left;
	} row[] = {{7, 0x61, 4 * 188}, {3, 0x50, 188}, {5, 0x7c, 0}, {4, 0x18, 2 * 188},
		{7, 0x19, 4 * 188}, {7, 0x7f, 0}, {1, 0x40, 0}};

	for (size_t i = 0; i < RG_ARRAY_LEN(row); i++) {
		uint8_t p[1316], sent[1316], back[1316];
		uint16_t len = fill(p, row[i].cells, 188, row[i].nulls);
		struct rg_npd npd;

		ck_assert(rg_npd_find(p, len, &npd));
		ck_assert_msg(
			npd.nulls == row[i].nulls && !npd.ts204, "row %zu: %02x", i, npd.nulls);
		ck_assert_uint_eq(rg_npd_delete(sent, p, len, &npd), row[i].left);
		ck_assert_int_eq(rg_npd_restore(back, sizeof(back), sent, row[i].left, &npd), len);
		ck_assert_mem_eq(back, p, len);
	}
}

END_TEST

/* All bitmaps of all sizes, from the end of a payload to the beginning, and in the same place. */
START_TEST(every_bitmap_survives_in_place)
{
	for (unsigned round = 0; round < 2 * 7 * 128; round++) {
		unsigned nulls = round & 127, cells = (round >> 7) % 7 + 1;
		unsigned bytes = round >= 7 * 128 ? 204 : 188;
		uint8_t want[RG_NPD_PAYLOAD_MAX], p[RG_NPD_PAYLOAD_MAX];
		uint16_t len = fill(want, cells, bytes, nulls), left;
		struct rg_npd npd;

		nulls &= ALL_NULLS(cells);
		memcpy(p, want, len);
		ck_assert(rg_npd_find(p, len, &npd) == (nulls != 0 && bytes == 188));
		ck_assert_uint_eq(npd.nulls, nulls);
		ck_assert_uint_eq(npd.ts204, bytes == 204);
		left = rg_npd_delete(p, p, len, &npd);
		ck_assert_uint_eq(left, len - bytes * (unsigned)__builtin_popcount(nulls));
		ck_assert_int_eq(rg_npd_restore(p, sizeof(p), p, left, &npd), len);
		ck_assert_mem_eq(p, want, len);
	}
}

END_TEST

START_TEST(trap_m153_a_null_packet_comes_back_in_the_canonical_form)
{
	uint8_t p[188], back[188], want[188];
	struct rg_npd npd;

	memset(p, 0x55, sizeof(p));
	memcpy(p, "\x47\x1f\xff\x1c", 4); /* continuity counter 12 */
	memset(want, 0xff, sizeof(want));
	memcpy(want, null_head, 4);
	ck_assert(rg_npd_find(p, sizeof(p), &npd));
	ck_assert_uint_eq(rg_npd_delete(p, p, sizeof(p), &npd), 0);
	ck_assert_int_eq(rg_npd_restore(back, sizeof(back), p, 0, &npd), 188);
	ck_assert_mem_eq(back, want, sizeof(want));
}

END_TEST

/* libRIST up to 0.2.10 has 001 for the last of three packets, which is the last of seven. */
START_TEST(trap_m154_a_short_payload_fills_the_bitmap_from_the_top)
{
	struct rg_npd npd, old = {.nulls = 0x01};
	uint8_t p[3 * 188], back[1316];

	ck_assert(rg_npd_find(p, fill(p, 3, 188, 0x10), &npd));
	ck_assert_uint_eq(npd.nulls, 0x10);
	ck_assert_int_eq(rg_npd_restore(back, sizeof(back), p, 2 * 188, &old), -RG_V_NPD);
}

END_TEST

START_TEST(only_a_null_packet_without_flags_is_deleted)
{
	static const struct {
		uint8_t head[4];
		bool null;
	} row[] = {
		{{0x47, 0x1f, 0xff, 0x10}, true},
		{{0x47, 0x1f, 0xff, 0x00}, true},
		{{0x47, 0x1f, 0xff, 0xff}, true},
		{{0x47, 0x9f, 0xff, 0x10}, false}, /* transport error */
		{{0x47, 0x5f, 0xff, 0x10}, false}, /* payload unit start */
		{{0x47, 0x3f, 0xff, 0x10}, false}, /* priority */
		{{0x47, 0x1f, 0xfe, 0x10}, false},
		{{0x47, 0x0f, 0xff, 0x10}, false},
	};

	for (size_t i = 0; i < RG_ARRAY_LEN(row); i++) {
		for (unsigned at = 0; at < 7; at++) {
			uint8_t p[1316];
			uint16_t len = fill(p, 7, 188, 0);
			struct rg_npd npd;

			memcpy(p + at * 188, row[i].head, 4);
			ck_assert_msg(rg_npd_find(p, len, &npd) == row[i].null, "row %zu", i);
			ck_assert_uint_eq(npd.nulls, row[i].null ? 0x40u >> at : 0);
		}
	}
}

END_TEST

START_TEST(what_is_no_transport_stream_of_1_to_7_packets_is_left_alone)
{
	static uint8_t p[8 * 204];
	struct rg_npd npd;

	for (unsigned len = 0; len <= sizeof(p); len++) {
		unsigned bytes = len % 188 == 0 ? 188 : 204, cells = len / bytes;
		bool ts = len > 0 && len % bytes == 0 && cells <= 7;
		uint8_t *exact;

		fill(p, 8, bytes, 0x7f);
		exact = exact_copy(p, len);
		ck_assert(rg_npd_find(exact, (uint16_t)len, &npd) == (ts && bytes == 188));
		ck_assert_uint_eq(npd.nulls, ts ? ALL_NULLS(cells) : 0);
		free(exact);
	}
	for (unsigned at = 0; at < 7; at++) {
		uint16_t len = fill(p, 7, 188, 0x7f);

		p[at * 188] = 0x46;
		ck_assert(!rg_npd_find(p, len, &npd));
		ck_assert(npd.nulls == 0 && npd.ts204 == 0);
	}
}

END_TEST

START_TEST(packets_of_204_bytes_are_not_deleted_but_restored)
{
	static uint8_t p[RG_NPD_PAYLOAD_MAX], want[RG_NPD_PAYLOAD_MAX];
	struct rg_npd npd, without_t = {.nulls = 0x60};
	uint16_t len = fill(want, 7, 204, 0x60);

	ck_assert(!rg_npd_find(want, len, &npd));
	ck_assert_uint_eq(npd.nulls, 0x60);
	ck_assert_uint_eq(npd.ts204, 1);
	ck_assert_uint_eq(rg_npd_delete(p, want, len, &npd), 5 * 204);
	ck_assert_int_eq(rg_npd_restore(p, sizeof(p), p, 5 * 204, &npd), len);
	ck_assert_mem_eq(p, want, len);
	/* section 8.5: the payload decides, T only where there is none */
	ck_assert_int_eq(rg_npd_restore(p, sizeof(p), want + 2 * 204, 5 * 204, &without_t), len);
	ck_assert_mem_eq(p, want, len);
	fill(p, 5, 188, 0);
	ck_assert_int_eq(rg_npd_restore(p, sizeof(p), p, 5 * 188, &npd), 7 * 188);
	ck_assert_int_eq(rg_npd_restore(p, sizeof(p), p, 0, &npd), 2 * 204);
	ck_assert_int_eq(rg_npd_restore(p, sizeof(p), p, 0, &without_t), 2 * 188);
}

END_TEST

/* Section 8.5 names the two ways in which payload and bitmap disagree. */
START_TEST(a_bitmap_that_does_not_fit_the_payload_is_refused)
{
	for (unsigned kept = 0; kept <= 40; kept++) {
		for (unsigned nulls = 0; nulls < 128; nulls++) {
			unsigned cells = kept + (unsigned)__builtin_popcount(nulls);
			bool fits = cells <= 7 && (nulls & ~ALL_NULLS(cells)) == 0;
			struct rg_npd npd = {.nulls = (uint8_t)nulls};
			static uint8_t p[40 * 188], out[1316 + 1];

			memset(out, 0xa5, sizeof(out));
			ck_assert_int_eq(rg_npd_restore(out, 1316, p, (uint16_t)(kept * 188), &npd),
				fits ? (int)cells * 188 : -RG_V_NPD);
			ck_assert_uint_eq(out[fits ? cells * 188 : 0], 0xa5);
		}
	}
}

END_TEST

START_TEST(restoring_stops_at_broken_cells_and_at_the_end_of_the_buffer)
{
	static const uint16_t odd[] = {1, 187, 189, 203, 205, 375, 1315, 1317, 65535};
	struct rg_npd npd = {.nulls = 0x40};
	static uint8_t p[65535];
	uint8_t out[376];

	for (size_t i = 0; i < RG_ARRAY_LEN(odd); i++)
		ck_assert_int_eq(rg_npd_restore(out, sizeof(out), p, odd[i], &npd), -RG_V_NPD);
	ck_assert_int_eq(rg_npd_restore(out, 376, p, 188, &npd), 376);
	for (unsigned cap = 0; cap < 376; cap++) {
		uint8_t *exact = exact_copy(out, cap);

		ck_assert_int_eq(
			rg_npd_restore(exact, (uint16_t)cap, p, 188, &npd), -RG_V_RX_TOO_LONG);
		free(exact);
	}
}

END_TEST

#ifdef __SSE2__
START_TEST(the_search_of_the_machine_agrees_with_the_one_in_c)
{
	static uint8_t p[RG_NPD_PAYLOAD_MAX];
	uint32_t x = 1;

	for (unsigned round = 0; round < 200000; round++) {
		unsigned cells = round % 7 + 1, bytes = round & 1 ? 204 : 188, c;

		for (unsigned i = 0; i < cells; i++) {
			/* bytes that are often right */
			static const uint8_t often[] = {0x47, 0x1f, 0xff};

			for (unsigned k = 0; k < 4; k++) {
				x = x * 1664525 + 1013904223;
				p[i * bytes + k] = k < 3 && x >> 29 ? often[k] : (uint8_t)(x >> 16);
			}
		}
		c = npd_nulls_c(p, cells, bytes);
		ck_assert_uint_eq(npd_nulls_sse2(p, cells, bytes), c);
	}
}

END_TEST
#endif

TCase *npd_cases(void)
{
	TCase *t = tcase_create("npd");

	tcase_add_test(t, the_examples_of_the_specification_are_deleted_and_restored);
	tcase_add_test(t, every_bitmap_survives_in_place);
	tcase_add_test(t, trap_m153_a_null_packet_comes_back_in_the_canonical_form);
	tcase_add_test(t, trap_m154_a_short_payload_fills_the_bitmap_from_the_top);
	tcase_add_test(t, only_a_null_packet_without_flags_is_deleted);
	tcase_add_test(t, what_is_no_transport_stream_of_1_to_7_packets_is_left_alone);
	tcase_add_test(t, packets_of_204_bytes_are_not_deleted_but_restored);
	tcase_add_test(t, a_bitmap_that_does_not_fit_the_payload_is_refused);
	tcase_add_test(t, restoring_stops_at_broken_cells_and_at_the_end_of_the_buffer);
#ifdef __SSE2__
	tcase_add_test(t, the_search_of_the_machine_agrees_with_the_one_in_c);
#endif
	return t;
}
