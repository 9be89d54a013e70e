/* SPDX-License-Identifier: BSD-3-Clause */
/* The RTP extension of the Main profile through whole sessions: null packets left out and put back,
 * sequence numbers of 32 bits. */
#include "gre_peer.h"
#include "main_lab.h"
#include "rg_bytes.h"
#include "rg_hex.h"
#include "worker_suites.h"

#define CELLS   7
#define PACKETS 1500

static struct duo d;
static struct gre_peer p;

static struct {
	uint32_t got, wrong;
	unsigned kind;
} far_end;

/* Kinds of payloads by which packets are null. */
enum {
	TS_188,
	TS_204, /* with null packets, which nobody may touch */
	NO_TS,
	KINDS,
};

/* Payload k of a stream: pattern k of null packets, canonical ones (M153), so what comes back is the
 * same to the byte. */
static size_t payload(unsigned kind, uint32_t k, uint8_t *out)
{
	size_t cell = kind == TS_204 ? 204 : 188, len = cell * (1 + k % CELLS);
	uint32_t nulls = k * UINT32_C(2654435761) >> 25; /* 0x7f now and then: all of them */

	if (k % 10 == 0)
		nulls = 0x7f;
	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)(i * 7 + k);
	for (size_t i = 0; i < len / cell; i++) {
		uint8_t *c = out + i * cell;

		rg_put32(c, 0x47010010 | (k & 0xf));
		rg_put32(c + 4, k);
		if (nulls >> (6 - i) & 1) {
			memset(c, 0xff, cell);
			rg_put32(c, 0x471fff10);
		}
	}
	if (kind == NO_TS)
		out[0] = 0x48;
	return len;
}

static void take(struct lab *l, const struct rg_addr *to, const uint8_t *b, size_t len)
{
	uint8_t want[LAB_BUF];
	size_t n;

	(void)l;
	if (!rg_addr_eq(to, &d.b_out.remote))
		return;
	n = payload(far_end.kind, far_end.got + far_end.wrong, want);
	if (n == len && memcmp(b, want, n) == 0)
		far_end.got++;
	else
		far_end.wrong++;
}

/* The stream of a kind goes through; the bytes of media that A sent. */
static uint64_t carry(unsigned kind, const char *secret, bool npd)
{
	uint8_t b[LAB_BUF];

	duo_init(&d, 2);
	duo_main(&d, secret, secret, 128);
	d.a_out.rist.npd = npd;
	d.l.link.loss = 0.1;
	duo_start(&d);
	d.l.sink = take;
	memset(&far_end, 0, sizeof(far_end));
	far_end.kind = kind;
	for (uint32_t k = 0; k < PACKETS; k++) {
		lab_feed(&d.l, d.a, 0, lab_addr(8, 1), b, payload(kind, k, b), 0);
		duo_run_ms(&d, 1);
	}
	duo_run_ms(&d, 2500);
	ck_assert_uint_eq(far_end.got, PACKETS);
	ck_assert_uint_eq(far_end.wrong, 0);
	ck_assert_uint_gt(main_input(d.b)->rx.recovered, 50);
	ck_assert_uint_eq(main_drops(d.b, RG_V_NPD), 0);
	return main_output(d.a)->tx.sent_bytes;
}

START_TEST(null_packets_are_left_out_and_put_back)
{
	const char *secret = _i ? "a passphrase" : NULL;
	uint64_t with, without;

	without = carry(TS_188, secret, false);
	duo_fini(&d);
	with = carry(TS_188, secret, true);
	duo_fini(&d);
	ck_assert_uint_lt(with, without * 6 / 10);
}

END_TEST

START_TEST(what_is_no_ts_of_188_passes_untouched)
{
	const char *secret = _i & 1 ? "a passphrase" : NULL;
	unsigned kind = _i & 2 ? NO_TS : TS_204;
	uint64_t with, without;

	without = carry(kind, secret, false);
	duo_fini(&d);
	with = carry(kind, secret, true);
	duo_fini(&d);
	ck_assert_uint_eq(with, without);
}

END_TEST

/* An original and its copies are the same on the wire but for the SSRC's lowest bit (M65), and an
 * all-null payload is an extension without payload. */
START_TEST(a_payload_of_null_packets_only_is_a_header)
{
	uint8_t b[LAB_BUF], nack[16];
	struct gre_seen s[2];
	unsigned n = 0;

	duo_init(&d, 1);
	duo_main(&d, NULL, NULL, 128);
	d.a_out.rist.npd = 1;
	lab_stream(&d.l, d.a, &d.pa);
	lab_bind(d.b, 0, (struct rg_addr){0});
	d.l.sink = NULL;
	gre_peer_init(&p, &d.l, d.b_media, d.a_media);
	record_start(&d.l);
	gre_peer_name(&p);
	payload(TS_188, 0, b); /* one packet */
	payload(TS_188, 10, b); /* four */
	lab_feed(&d.l, d.a, 0, lab_addr(8, 1), b, 4 * 188, 0);
	unhex("80cc0003 11223344 52495354 ffdc0000", nack, sizeof(nack));
	gre_peer_rtcp(&p, nack, sizeof(nack));
	duo_run_ms(&d, 10);
	for (unsigned i = 0; i < n_record && n < 2; i++) {
		ck_assert(gre_open(NULL, record[i].p, record[i].len, &s[n]));
		n += s[n].kind == GRE_REDUCED && !s[n].rtcp;
	}
	ck_assert_uint_eq(n, 2);
	/* TR-06-2 figure 15: N, and four of seven bits */
	ck_assert_uint_eq(s[0].len, 20);
	ck_assert_uint_eq(rg_get16(s[0].body), 0x9021);
	ck_assert_uint_eq(rg_get32(s[0].body + 12), 0x52490001);
	ck_assert_uint_eq(rg_get32(s[0].body + 16), 0x80780000);
	ck_assert_uint_eq(s[1].body[11], s[0].body[11] | 1);
	s[1].body[11] = s[0].body[11];
	ck_assert_uint_eq(s[1].len, s[0].len);
	ck_assert_mem_eq(s[1].body, s[0].body, s[0].len);
	duo_fini(&d);
}

END_TEST

static unsigned n_far, len_far;

static void count(struct lab *l, const struct rg_addr *to, const uint8_t *b, size_t len)
{
	(void)l;
	(void)b;
	if (!rg_addr_eq(to, &d.b_out.remote))
		return;
	n_far++;
	len_far = (unsigned)len;
}

static void start_receiver(uint32_t seq_ext)
{
	duo_init(&d, 1);
	duo_main(&d, NULL, NULL, 128);
	d.b_in.rist.seq_ext = seq_ext;
	lab_stream(&d.l, d.b, &d.pb);
	lab_bind(d.a, 1, (struct rg_addr){0});
	n_far = len_far = 0;
	d.l.sink = count;
	gre_peer_init(&p, &d.l, d.a_media, d.b_media);
	gre_peer_name(&p);
	gre_peer_name(&p);
	record_start(&d.l);
}

START_TEST(an_extension_that_deletes_nothing_changes_nothing)
{
	static const uint8_t none[] = {0x80, 0x00, 0, 0};

	start_receiver(0);
	gre_peer_rtp(&p, 1, none, (const uint8_t *)"12345", 5);
	duo_run_ms(&d, 1100);
	ck_assert_uint_eq(n_far, 1);
	ck_assert_uint_eq(len_far, 5);
	duo_fini(&d);
}

END_TEST

START_TEST(null_packets_that_do_not_fit_leave_the_payload_as_it_came)
{
	static const uint8_t all[] = {0x80, 0x7f, 0, 0}, behind[] = {0x80, 0x01, 0, 0};
	uint8_t cell[188] = {0x47, 1, 0, 0x10};

	start_receiver(0);
	gre_peer_rtp(&p, 1, NULL, cell, 188);
	gre_peer_rtp(&p, 2, all, cell, 188); /* eight of seven */
	gre_peer_rtp(&p, 3, behind, cell, 188);
	gre_peer_rtp(&p, 4, all, cell, 100);
	duo_run_ms(&d, 1500);
	/* TR-06-2 section 8.5: the cells that are there are good */
	ck_assert_uint_eq(n_far, 4);
	ck_assert_uint_eq(len_far, 100);
	duo_fini(&d);
}

END_TEST

START_TEST(numbers_of_32_bits_go_through_wraps_of_the_lower_half)
{
	struct gre_seen s;
	unsigned wide = 0;

	duo_init(&d, 3);
	duo_main(&d, _i ? "a passphrase" : NULL, _i ? "a passphrase" : NULL, 256);
	d.a_out.rist.seq_ext = d.b_in.rist.seq_ext = 1;
	d.a_out.first_seq = 65535 - 300;
	d.l.link.loss = 0.1;
	duo_start(&d);
	record_start(&d.l);
	main_carry(&d, 2000);
	for (unsigned i = 0; i < n_record; i++) {
		if (!rg_addr_eq(&record[i].from, &d.a_media))
			continue;
		ck_assert(gre_open("a passphrase", record[i].p, record[i].len, &s));
		if (s.kind != GRE_REDUCED || s.rtcp)
			continue;
		ck_assert_uint_eq(rg_get32(s.body + 12), 0x52490001);
		ck_assert_uint_eq(s.body[16], 0x40); /* E */
		/* 300 of the lower half before, then the next */
		ck_assert_uint_eq(
			rg_get16(s.body + 18), rg_get16(s.body + 2) >= 65535 - 300 ? 0 : 1);
		wide += rg_get16(s.body + 18);
	}
	ck_assert_uint_gt(wide, 1600);
	ck_assert_uint_eq(main_input(d.b)->seq_bits, 32);
	ck_assert_uint_gt(main_input(d.b)->rx.recovered, 100);
	duo_fini(&d);
}

END_TEST

/* TR-06-2 section 8.4: RR, CNAME, EXTSEQ, NACK, and another pair for another upper half. */
START_TEST(trap_m47_the_upper_half_goes_before_a_nack)
{
	static const uint8_t high0[] = {0x40, 0, 0, 6}, high1[] = {0x40, 0, 0, 7};
	struct gre_seen s;
	unsigned pairs[2] = {0};

	start_receiver(1);
	for (uint32_t k = 65530; k < 65546; k++) {
		if (k != 65533 && k != 65540)
			gre_peer_rtp(&p, (uint16_t)k, k < 65536 ? high0 : high1,
				(const uint8_t *)"12345", 5);
		duo_run_ms(&d, 1);
	}
	duo_run_ms(&d, 100);
	for (unsigned i = 0; i < n_record; i++) {
		uint32_t high = UINT32_MAX;
		size_t o;

		ck_assert(gre_open(NULL, record[i].p, record[i].len, &s));
		for (o = 0; s.rtcp && o + 4 <= s.len; o += 4u + 4u * rg_get16(s.body + o + 2)) {
			const uint8_t *q = s.body + o;

			if (q[0] == 0x81 && q[1] == 204)
				high = rg_get16(q + 12);
			if (q[0] != 0x80 || q[1] != 204)
				continue;
			for (unsigned k = 12; k < 4u + 4u * rg_get16(q + 2); k += 4) {
				uint16_t first = rg_get16(q + k);

				/* the 32 below the first packet may be asked for, too */
				if (first != 65533 && first != 4)
					continue;
				ck_assert_uint_eq(high, first == 4 ? 7 : 6);
				pairs[first == 4]++;
			}
		}
	}
	ck_assert_uint_ge(pairs[0], 1);
	ck_assert_uint_ge(pairs[1], 1);
	duo_fini(&d);
}

END_TEST

/* What stands there is no number where the key is off: ristgo once broke on it. */
START_TEST(trap_m157_the_upper_half_is_ignored_without_the_key)
{
	start_receiver(0);
	for (uint16_t k = 0; k < 100; k++) {
		const uint8_t ext[] = {0x40, 0, (uint8_t)lab_random(&d.l), (uint8_t)k};

		gre_peer_rtp(&p, k, ext, (const uint8_t *)"12345", 5);
		duo_run_ms(&d, 1);
	}
	duo_run_ms(&d, 1200);
	ck_assert_uint_eq(n_far, 100);
	ck_assert_uint_eq(main_input(d.b)->rx.lost, 0);
	ck_assert_uint_eq(main_input(d.b)->seq_bits, 16);
	duo_fini(&d);
}

END_TEST

/* One end has it, the other has not: 16 bits are what they have in common. */
START_TEST(numbers_of_32_bits_at_one_end_only_lose_nothing)
{
	duo_init(&d, 3);
	duo_main(&d, NULL, NULL, 128);
	d.a_out.rist.seq_ext = _i == 0;
	d.b_in.rist.seq_ext = _i == 1;
	d.a_out.first_seq = 65535 - 300;
	d.l.link.loss = 0.1;
	duo_start(&d);
	main_carry(&d, 2000);
	duo_fini(&d);
}

END_TEST

TCase *main_ext_cases(void)
{
	TCase *tc = tcase_create("main-ext");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, null_packets_are_left_out_and_put_back, 0, 2);
	tcase_add_loop_test(tc, what_is_no_ts_of_188_passes_untouched, 0, 4);
	tcase_add_test(tc, a_payload_of_null_packets_only_is_a_header);
	tcase_add_test(tc, an_extension_that_deletes_nothing_changes_nothing);
	tcase_add_test(tc, null_packets_that_do_not_fit_leave_the_payload_as_it_came);
	tcase_add_loop_test(tc, numbers_of_32_bits_go_through_wraps_of_the_lower_half, 0, 2);
	tcase_add_test(tc, trap_m47_the_upper_half_goes_before_a_nack);
	tcase_add_test(tc, trap_m157_the_upper_half_is_ignored_without_the_key);
	tcase_add_loop_test(tc, numbers_of_32_bits_at_one_end_only_lose_nothing, 0, 2);
	return tc;
}
