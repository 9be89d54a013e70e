/* SPDX-License-Identifier: BSD-3-Clause */
/* What the Main profile puts on the wire: headers, versions, inner ports, keep-alives. Byte values
 * are those of TR-06-2 figures 4 to 6 and of captures of libRIST. */
#include "gre_peer.h"
#include "main_lab.h"
#include "rg_bytes.h"
#include "rg_hex.h"
#include "worker_suites.h"

static struct duo d;
static struct gre_peer p;
static const char *secret = "a passphrase";

/* Only one end runs, the test plays the other. */
static void start_sender(const char *s)
{
	duo_init(&d, 1);
	duo_main(&d, s, NULL, 128);
	lab_stream(&d.l, d.a, &d.pa);
	lab_bind(d.b, 0, (struct rg_addr){0});
	d.l.sink = NULL;
	d.next = d.l.now;
	gre_peer_init(&p, &d.l, d.b_media, d.a_media);
	p.secret = s;
	p.ssrc = 0x9000;
	record_start(&d.l);
}

static void start_receiver(const char *s)
{
	duo_init(&d, 1);
	duo_main(&d, NULL, s, 128);
	lab_stream(&d.l, d.b, &d.pb);
	lab_bind(d.a, 1, (struct rg_addr){0});
	gre_peer_init(&p, &d.l, d.a_media, d.b_media);
	p.secret = s;
	record_start(&d.l);
}

/* The next datagram of `from` in the record, opened; *i is behind it. False: no more. */
static bool next_seen(const struct rg_addr *from, unsigned *i, struct gre_seen *s)
{
	for (; *i < n_record; ++*i) {
		if (!rg_addr_eq(&record[*i].from, from))
			continue;
		ck_assert(gre_open(secret, record[*i].p, record[*i].len, s));
		++*i;
		return true;
	}
	return false;
}

static unsigned count_seen(const struct rg_addr *from, unsigned kind, unsigned version)
{
	struct gre_seen s;
	unsigned n = 0, i = 0;

	while (next_seen(from, &i, &s))
		n += s.kind == kind && s.version == version;
	return n;
}

static void expect_negotiation(const char *hex)
{
	uint8_t want[6];
	struct gre_seen s;
	unsigned i = 0;

	unhex(hex, want, sizeof(want));
	while (next_seen(&d.a_media, &i, &s))
		if (s.kind == GRE_BUFFER)
			ck_assert_mem_eq(s.body, want, sizeof(want));
}

START_TEST(the_first_two_bytes_say_version_key_and_size)
{
	static const struct {
		const char *secret;
		unsigned bits, version, first;
	} rows[] = {
		{NULL, 0, 1, 0x1008},
		{NULL, 0, 2, 0x1010},
		{"a passphrase", 128, 1, 0x3008},
		{"a passphrase", 128, 2, 0x3010},
		{"a passphrase", 256, 1, 0x3048},
		{"a passphrase", 256, 2, 0x3050},
	};

	unsigned n = 0;

	duo_init(&d, 1);
	duo_main(&d, rows[_i].secret, rows[_i].secret, rows[_i].bits);
	d.a_out.rist.gre_version = d.b_in.rist.gre_version = rows[_i].version;
	d.l.link.loss = 0.1;
	duo_start(&d);
	record_start(&d.l);
	main_carry(&d, 300);
	for (unsigned i = 0; i < n_record; i++) {
		if (!rg_addr_eq(&record[i].to, &d.a_media) &&
			!rg_addr_eq(&record[i].to, &d.b_media))
			continue;
		ck_assert_uint_eq(rg_get16(record[i].p), rows[_i].first);
		n++;
	}
	ck_assert_uint_gt(n, 350);
	duo_fini(&d);
}

END_TEST

/* Golden packets 26, 28 to 30 of the reference, with our addresses and flags. */
START_TEST(a_start_in_clear_is_three_keepalives_of_each_version_then_rtcp_then_media)
{
	static const char *const begin[] = {
		"1010cce0 00000000 00008000 020011223344 0120",
		"1010cce0 00000001 00008000 020011223344 0120",
		"1010cce0 00000002 00008000 020011223344 0120",
		"100888b5 00000003 020011223344 0120",
		"100888b5 00000004 020011223344 0120",
		"100888b5 00000005 020011223344 0120",
		"100888b6 00000006 07b307b1 80c80006 11223344",
		"100888b6 00000007 07b307b0 8021ffdc",
	};
	uint8_t want[64];

	start_sender(NULL);
	duo_send(&d, 1, 1000);
	ck_assert_uint_eq(n_record, RG_ARRAY_LEN(begin));
	for (unsigned i = 0; i < n_record; i++) {
		size_t len = unhex(begin[i], want, sizeof(want));

		ck_assert_mem_eq(record[i].p, want, len);
		ck_assert(i >= 6 || record[i].len == len);
	}
	ck_assert_uint_eq(record[7].len, 24 + DUO_PAYLOAD);
	duo_fini(&d);
}

END_TEST

START_TEST(trap_m104_a_media_datagram_is_so_much_longer_than_its_payload)
{
	static const unsigned more[] = {28, 32};

	start_sender(secret);
	d.a_out.rist.gre_version = (uint32_t)_i + 1;
	duo_send(&d, 5, 1000);
	ck_assert_uint_eq(record[n_record - 1].len, DUO_PAYLOAD + more[_i]);
	duo_fini(&d);
}

END_TEST

START_TEST(trap_m87_headers_of_librist_0_2_7_without_a_number_are_read)
{
	start_receiver(NULL);
	p.no_seq = true;
	p.src = 0x8000;
	gre_peer_name(&p);
	for (uint16_t k = 0; k < 50; k++) {
		p.src = 0x8001; /* M95 */
		gre_peer_media(&p, k);
		duo_run_ms(&d, 1);
	}
	duo_run_ms(&d, 1100);
	ck_assert_uint_eq(main_input(d.b)->rx.delivered, 50);
	/* golden packet 27, byte for byte */
	send_hex(&d.l, d.a_media, d.b_media,
		"000088b6 800107b0 80210032 00000000 0ace0ac0 deadbeef");
	duo_run_ms(&d, 200);
	ck_assert_uint_eq(main_input(d.b)->rx.received, 51);
	duo_fini(&d);
}

END_TEST

START_TEST(trap_m98_a_checksum_is_skipped)
{
	start_receiver(NULL);
	gre_peer_name(&p);
	send_hex(&d.l, d.a_media, d.b_media,
		"900888b6 ffffffff 00000001 07b307b0 80211234 00000000 0ace0ac0 deadbeef");
	duo_run_ms(&d, 200);
	ck_assert_uint_eq(main_input(d.b)->rx.received, 1);
	duo_fini(&d);
}

END_TEST

START_TEST(one_counter_numbers_datagrams_of_every_kind)
{
	struct gre_seen s;
	unsigned i = 0;
	uint32_t n = 0;

	start_sender(_i ? secret : NULL);
	for (unsigned k = 0; k < 20; k++) {
		gre_peer_name(&p);
		duo_send(&d, 100, 1000);
	}
	while (next_seen(&d.a_media, &i, &s))
		ck_assert_uint_eq(s.seq, n++);
	ck_assert_uint_gt(n, 2000);
	duo_fini(&d);
}

END_TEST

START_TEST(keepalives_keep_their_interval)
{
	struct gre_seen s;
	unsigned i = 0, n = 0;
	rg_time last = {0};

	start_sender(NULL);
	d.a_out.rist.keepalive_interval_ms = 1000;
	for (unsigned k = 0; k < 50; k++) {
		gre_peer_name(&p);
		duo_run_ms(&d, 100);
	}
	while (next_seen(&d.a_media, &i, &s)) {
		if (s.kind != GRE_KEEPALIVE)
			continue;
		if (++n > 7)
			ck_assert_int_eq(rg_time_diff(record[i - 1].at, last), RG_NS_PER_S);
		last = record[i - 1].at;
	}
	ck_assert_uint_eq(n, 6 + 5); /* and after 1, 2, 3, 4 and 5 s */
	duo_fini(&d);
}

END_TEST

START_TEST(a_receiver_greets_whom_it_hears_and_nobody_before)
{
	start_receiver(_i ? secret : NULL);
	duo_run_ms(&d, 1000);
	ck_assert_uint_eq(n_record, 0);
	gre_peer_name(&p);
	duo_run_ms(&d, 150);
	ck_assert_uint_eq(count_seen(&d.b_media, GRE_KEEPALIVE, 2), 3);
	ck_assert_uint_eq(count_seen(&d.b_media, GRE_KEEPALIVE, 1), 3);
	duo_fini(&d);
}

END_TEST

START_TEST(without_an_interval_there_are_no_keepalives)
{
	/* M15: some receivers do not survive one */
	start_sender(NULL);
	d.a_out.rist.keepalive_interval_ms = 0;
	for (unsigned k = 0; k < 30; k++) {
		gre_peer_name(&p);
		duo_send(&d, 10, 10000);
	}
	ck_assert_uint_eq(count_seen(&d.a_media, GRE_KEEPALIVE, 1), 0);
	ck_assert_uint_eq(count_seen(&d.a_media, GRE_KEEPALIVE, 2), 0);
	duo_fini(&d);
}

END_TEST

START_TEST(trap_m88_a_peer_of_version_1_gets_version_1)
{
	start_sender(_i ? secret : NULL);
	for (unsigned k = 0; k < 30; k++) {
		gre_peer_name(&p);
		gre_peer_keepalive(&p);
		duo_send(&d, 100, 1000);
	}
	ck_assert_uint_eq(count_seen(&d.a_media, GRE_KEEPALIVE, 2), 3); /* of the start */
	ck_assert_uint_eq(count_seen(&d.a_media, GRE_REDUCED, 2), 0);
	ck_assert_uint_eq(count_seen(&d.a_media, GRE_BUFFER, 2), 0);
	ck_assert_uint_ge(count_seen(&d.a_media, GRE_REDUCED, 1), 3000);
	duo_fini(&d);
}

END_TEST

START_TEST(trap_m90_version_2_is_spoken_as_long_as_the_peer_shows_it)
{
	start_sender(_i ? secret : NULL);
	gre_peer_name(&p);
	duo_send(&d, 10, 1000);
	p.version = 2;
	gre_peer_keepalive(&p);
	p.version = 1;
	duo_run_ms(&d, 1);
	n_record = 0;
	for (unsigned k = 0; k < 98; k++) {
		gre_peer_name(&p);
		duo_send(&d, 1, 100000);
		duo_run_ms(&d, 100);
	}
	ck_assert_uint_eq(count_seen(&d.a_media, GRE_REDUCED, 1), 0);
	ck_assert_uint_ge(count_seen(&d.a_media, GRE_REDUCED, 2), 190);
	ck_assert_uint_eq(count_seen(&d.a_media, GRE_BUFFER, 2), 3);
	expect_negotiation("03e8 0000 0000"); /* that it can send again, golden packet 31 */
	duo_run_ms(&d, 400);
	n_record = 0;
	for (unsigned k = 0; k < 20; k++) {
		gre_peer_name(&p);
		duo_send(&d, 1, 100000);
		duo_run_ms(&d, 100);
	}
	/* the older one, to a peer that was replaced by an older one */
	ck_assert_uint_eq(count_seen(&d.a_media, GRE_REDUCED, 2), 0);
	ck_assert_uint_ge(count_seen(&d.a_media, GRE_REDUCED, 1), 38);
	duo_fini(&d);
}

END_TEST

START_TEST(a_fixed_version_does_not_follow_the_peer)
{
	unsigned fixed = 1 + (unsigned)_i % 2, other = 3 - fixed;

	start_sender(_i & 2 ? secret : NULL);
	d.a_out.rist.gre_version = fixed;
	p.version = other;
	for (unsigned k = 0; k < 30; k++) {
		gre_peer_name(&p);
		gre_peer_keepalive(&p);
		duo_send(&d, 10, 10000);
	}
	ck_assert_uint_eq(count_seen(&d.a_media, GRE_KEEPALIVE, other), 0);
	ck_assert_uint_eq(count_seen(&d.a_media, GRE_REDUCED, other), 0);
	ck_assert_uint_ge(count_seen(&d.a_media, GRE_REDUCED, fixed), 300);
	ck_assert_uint_eq(main_output(d.a)->n_peers, 1);
	ck_assert_uint_eq(d.a->events[RG_EVENT_PEER_NEW], 1);
	duo_fini(&d);
}

END_TEST

/* M92: ristgo sends media in version 1 and RTCP in version 2 at a time. */
START_TEST(trap_m89_both_encapsulations_are_read_at_all_times)
{
	start_receiver(_i ? secret : NULL);
	d.b_in.rist.gre_version = 1;
	for (uint16_t k = 0; k < 100; k++) {
		p.version = 2 - k % 2;
		gre_peer_name(&p);
		p.version = 1 + k % 3 % 2;
		gre_peer_media(&p, k);
		duo_run_ms(&d, 1);
	}
	duo_run_ms(&d, 1200);
	ck_assert_uint_eq(main_input(d.b)->rx.delivered, 100);
	ck_assert_uint_eq(main_input(d.b)->rx.lost, 0);
	duo_fini(&d);
}

END_TEST

START_TEST(a_receiver_answers_by_the_ports_that_it_was_spoken_to)
{
	struct gre_seen s;
	unsigned i = 0, n = 0;

	start_receiver(_i ? secret : NULL);
	p.src = 0x8000; /* libRIST: 32768 and its peer's number, to 1969 */
	for (unsigned k = 0; k < 5; k++) {
		gre_peer_name(&p);
		duo_run_ms(&d, 100);
	}
	p.src = 0x8123;
	p.dst = 5004;
	for (unsigned k = 0; k < 5; k++) {
		gre_peer_name(&p);
		duo_run_ms(&d, 100);
	}
	while (next_seen(&d.b_media, &i, &s)) {
		bool later = rg_time_diff(record[i - 1].at, d.l.now) > -450 * RG_NS_PER_MS;

		if (s.kind != GRE_REDUCED)
			continue;
		ck_assert_uint_eq(s.src, later ? 5005 : 1969);
		ck_assert_uint_eq(s.dst, later ? 0x8123 : 0x8000);
		n++;
	}
	ck_assert_uint_ge(n, 10);
	duo_fini(&d);
}

END_TEST

START_TEST(a_sender_keeps_even_ports_for_media_and_odd_ones_for_rtcp)
{
	struct gre_seen s;
	unsigned i = 0, media = 0, rtcp = 0;
	uint8_t nack[16];

	start_sender(_i ? secret : NULL);
	d.a_out.rist.virt_src_port = 4000;
	d.a_out.rist.virt_dst_port = 5000;
	gre_peer_name(&p);
	duo_send(&d, 50, 1000);
	unhex("80cc0003 11223344 52495354 ffe00004", nack, sizeof(nack));
	gre_peer_rtcp(&p, nack, sizeof(nack));
	duo_send(&d, 50, 1000);
	duo_run_ms(&d, 110);
	while (next_seen(&d.a_media, &i, &s)) {
		if (s.kind != GRE_REDUCED)
			continue;
		ck_assert_uint_eq(s.src, 4000);
		ck_assert_uint_eq(s.dst, s.rtcp ? 5001 : 5000);
		*(s.rtcp ? &rtcp : &media) += 1;
	}
	ck_assert_uint_ge(media, 100 + 5); /* and the repeated last one */
	ck_assert_uint_ge(rtcp, 2);
	duo_fini(&d);
}

END_TEST

START_TEST(a_payload_that_fits_no_buffer_is_refused_and_counted)
{
	static uint8_t big[LAB_BUF];

	start_sender(secret);
	gre_peer_name(&p);
	lab_feed(&d.l, d.a, 0, lab_addr(8, 1), big, LAB_BUF - 28, 0);
	lab_feed(&d.l, d.a, 0, lab_addr(8, 1), big, LAB_BUF - 27, 0);
	duo_send(&d, 1, 1000);
	ck_assert_uint_eq(record[n_record - 2].len, LAB_BUF);
	ck_assert_uint_eq(record[n_record - 1].len, DUO_PAYLOAD + 28);
	duo_run_ms(&d, 100);
	ck_assert_uint_eq(main_drops(d.a, RG_V_TX_TOO_LONG), 1);
	duo_fini(&d);
}

END_TEST

TCase *main_wire_cases(void)
{
	TCase *tc = tcase_create("main-wire");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, the_first_two_bytes_say_version_key_and_size, 0, 6);
	tcase_add_test(
		tc, a_start_in_clear_is_three_keepalives_of_each_version_then_rtcp_then_media);
	tcase_add_loop_test(
		tc, trap_m104_a_media_datagram_is_so_much_longer_than_its_payload, 0, 2);
	tcase_add_test(tc, trap_m87_headers_of_librist_0_2_7_without_a_number_are_read);
	tcase_add_test(tc, trap_m98_a_checksum_is_skipped);
	tcase_add_loop_test(tc, one_counter_numbers_datagrams_of_every_kind, 0, 2);
	tcase_add_test(tc, keepalives_keep_their_interval);
	tcase_add_loop_test(tc, a_receiver_greets_whom_it_hears_and_nobody_before, 0, 2);
	tcase_add_test(tc, without_an_interval_there_are_no_keepalives);
	tcase_add_loop_test(tc, trap_m88_a_peer_of_version_1_gets_version_1, 0, 2);
	tcase_add_loop_test(tc, trap_m90_version_2_is_spoken_as_long_as_the_peer_shows_it, 0, 2);
	tcase_add_loop_test(tc, a_fixed_version_does_not_follow_the_peer, 0, 4);
	tcase_add_loop_test(tc, trap_m89_both_encapsulations_are_read_at_all_times, 0, 2);
	tcase_add_loop_test(tc, a_receiver_answers_by_the_ports_that_it_was_spoken_to, 0, 2);
	tcase_add_test(tc, a_payload_that_fits_no_buffer_is_refused_and_counted);
	tcase_add_loop_test(tc, a_sender_keeps_even_ports_for_media_and_odd_ones_for_rtcp, 0, 2);
	return tc;
}
