/* SPDX-License-Identifier: BSD-3-Clause */
/* A sender: what it says before media, whom it answers, how many it serves. */
#include "rg_bytes.h"
#include "worker_suites.h"

static struct duo d;

/* Only A runs; the test plays its receivers. */
static void start_alone(void)
{
	duo_init(&d, 1);
	lab_stream(&d.l, d.a, &d.pa);
	for (unsigned i = 0; i < 3; i++)
		d.b->local[i] = (struct rg_addr){0};
	d.l.sink = NULL;
	d.next = d.l.now;
	record_start(&d.l);
}

static const struct rg_output_report *output(struct lab_node *n)
{
	return lab_output(lab_report(n, 0), 0);
}

/* Media datagrams from A to an address: how many, and the last one. */
static unsigned media_to(struct rg_addr to, const uint8_t **last)
{
	unsigned n = 0;

	for (unsigned i = 0; i < n_record; i++)
		if (rg_addr_eq(&record[i].from, &d.a_media) && rg_addr_eq(&record[i].to, &to)) {
			*last = record[i].p;
			n++;
		}
	return n;
}

START_TEST(trap_m1_the_name_goes_before_the_first_media)
{
	start_alone();
	duo_send(&d, 1, 1000);
	ck_assert_uint_eq(n_record, 2);
	ck_assert(rg_addr_eq(&record[0].to, &d.b_rtcp));
	ck_assert_uint_eq(record[0].p[1], 200);
	ck_assert_ptr_nonnull(record_rtcp(&d.a_rtcp, 202, 1, 0));
	ck_assert(rg_addr_eq(&record[1].to, &d.b_media));
	ck_assert_int_eq(record[0].at.ns, record[1].at.ns);
	/* TR-06-1 section 5.1: even SSRC, payload type 33 */
	ck_assert_uint_eq(rg_get16(record[1].p), 0x8021);
	ck_assert_uint_eq(rg_get32(record[1].p + 8), DUO_SSRC_A);
	ck_assert_uint_eq(rg_get16(record[1].p + 2), 65500);
	duo_fini(&d);
}

END_TEST

START_TEST(trap_m8_a_sender_reports_every_100_ms_from_the_start)
{
	start_alone();
	d.a_out.rist.keepalive_interval_ms = 1000;
	duo_run_ms(&d, 1050);
	/* one at once, then in a phase of its own */
	ck_assert_uint_ge(n_record, 11);
	ck_assert_int_le(rg_time_diff(record[1].at, record[0].at), 100 * RG_NS_PER_MS);
	for (unsigned i = 2; i < n_record; i++)
		ck_assert_int_eq(rg_time_diff(record[i].at, record[i - 1].at), 100 * RG_NS_PER_MS);
	duo_fini(&d);
}

END_TEST

START_TEST(a_shorter_keepalive_shortens_the_interval)
{
	duo_init(&d, 1);
	d.a_out.rist.keepalive_interval_ms = 40;
	lab_stream(&d.l, d.a, &d.pa);
	record_start(&d.l);
	duo_run_ms(&d, 410);
	ck_assert_uint_eq(record_count(&d.a_rtcp, NULL), 11);
	duo_fini(&d);
}

END_TEST

START_TEST(trap_m33_sender_reports_carry_wall_clock_and_media_time)
{
	const uint8_t *sr;

	start_alone();
	duo_send(&d, 1, 1000);
	sr = record_rtcp(&d.a_rtcp, 200, -1, 0);
	ck_assert_uint_eq(rg_get32(sr + 8), 3900000000u);
	ck_assert_uint_eq(rg_get32(sr + 16), rg_get32(record[1].p + 4));
	duo_fini(&d);
}

END_TEST

START_TEST(a_nack_is_answered_with_the_same_bytes_and_ssrc_bit_0)
{
	unsigned n;

	start_alone();
	duo_send(&d, 10, 1000);
	send_name(&d.l, d.b_rtcp, d.a_rtcp, 0x9000);
	send_hex(&d.l, d.b_rtcp, d.a_rtcp, "80c900010000900080cc00031122334452495354ffdf0001");
	n = n_record;
	duo_run_ms(&d, 10);
	/* 65503 and 65504 */
	ck_assert_uint_eq(n_record, n + 2);
	ck_assert_uint_eq(rg_get32(record[n].p + 8), DUO_SSRC_A | 1);
	for (unsigned i = 0; i < n; i++) {
		if (!rg_addr_eq(&record[i].from, &d.a_media) || rg_get16(record[i].p + 2) != 65503)
			continue;
		record[n].p[11] &= 0xfe;
		ck_assert_uint_eq(record[i].len, record[n].len);
		ck_assert_mem_eq(record[i].p, record[n].p, record[n].len);
	}
	duo_fini(&d);
}

END_TEST

START_TEST(a_nack_of_a_stranger_or_of_another_flow_is_ignored)
{
	unsigned n;

	start_alone();
	duo_send(&d, 10, 1000);
	n = n_record;
	send_name(&d.l, lab_addr(3, 5001), d.a_rtcp, 0x9000);
	send_hex(&d.l, lab_addr(3, 5001), d.a_rtcp, "80cc00031122334452495354ffdf0001");
	/* not named yet */
	send_hex(&d.l, d.b_rtcp, d.a_rtcp, "80cc00031122334452495354ffdf0001");
	send_name(&d.l, d.b_rtcp, d.a_rtcp, 0x9000);
	send_hex(&d.l, d.b_rtcp, d.a_rtcp, "80cc00037766554452495354ffdf0001");
	duo_run_ms(&d, 10);
	ck_assert_uint_eq(n_record, n);
	duo_run_ms(&d, 100);
	ck_assert_uint_eq(lab_report(d.a, 0)->drops[RG_V_UNKNOWN_PEER], 3);
	ck_assert_uint_eq(lab_report(d.a, 0)->drops[RG_V_RTCP_UNKNOWN], 1);
	duo_fini(&d);
}

END_TEST

START_TEST(trap_m72_a_peer_that_asks_too_much_is_limited)
{
	start_alone();
	duo_send(&d, 100, 1000);
	send_name(&d.l, d.b_rtcp, d.a_rtcp, 0x9000);
	for (unsigned i = 0; i < 50; i++)
		send_hex(&d.l, d.b_rtcp, d.a_rtcp, "80cc00031122334452495354ffdcffff");
	duo_run_ms(&d, 200);
	ck_assert_uint_ge(lab_report(d.a, 0)->drops[RG_V_RATE_LIMIT], 40);
	ck_assert_uint_le(output(d.a)->tx.retransmitted, 300);
	duo_fini(&d);
}

END_TEST

START_TEST(the_round_trip_is_known_from_reports_where_echo_is_not_answered)
{
	uint8_t rr[48] = {0x81, 201, 0, 7};
	uint32_t lsr;

	start_alone();
	duo_run_ms(&d, 10);
	lsr = (uint32_t)(rg_get64(record_rtcp(&d.a_rtcp, 200, -1, 0) + 8) >> 16);
	rg_put32(rr + 4, 0x9000);
	rg_put32(rr + 24, lsr);
	rg_put32(rr + 28, 0);
	duo_run_ms(&d, 30);
	lab_send(&d.l, d.b_rtcp, d.a_rtcp, rr, 32, false);
	duo_run_ms(&d, 200);
	ck_assert_uint_ge(output(d.a)->peers[0].rtt_us, 39900);
	ck_assert_uint_le(output(d.a)->peers[0].rtt_us, 40100);
	duo_fini(&d);
}

END_TEST

START_TEST(a_listening_sender_serves_every_receiver_that_named_itself)
{
	const uint8_t *p = NULL;

	duo_init(&d, 1);
	d.a_out.listen = 1;
	d.a_out.remote = (struct rg_addr){0};
	lab_stream(&d.l, d.a, &d.pa);
	d.l.sink = NULL;
	record_start(&d.l);
	duo_send(&d, 5, 1000);
	ck_assert_uint_eq(n_record, 0);
	/* M105: media goes to the port below */
	send_name(&d.l, lab_addr(3, 6001), d.a_rtcp, 0x3000);
	send_name(&d.l, lab_addr(4, 6001), d.a_rtcp, 0x4000);
	duo_run_ms(&d, 1);
	duo_send(&d, 10, 1000);
	ck_assert_uint_eq(media_to(lab_addr(3, 6000), &p), 10);
	ck_assert_uint_eq(media_to(lab_addr(4, 6000), &p), 10);
	ck_assert_uint_eq(d.a->events[RG_EVENT_PEER_NEW], 2);
	/* a packet of before they came is still there; the answer goes to who asked only */
	send_hex(&d.l, lab_addr(3, 6001), d.a_rtcp, "80cc00031122334452495354ffdd0000");
	duo_run_ms(&d, 10);
	ck_assert_uint_eq(media_to(lab_addr(3, 6000), &p), 11);
	ck_assert_uint_eq(rg_get32(p + 8), DUO_SSRC_A | 1);
	ck_assert_uint_eq(media_to(lab_addr(4, 6000), &p), 10);
	duo_run_ms(&d, 100);
	ck_assert_uint_eq(lab_report(d.a, 0)->drops[RG_V_NO_PEER], 5);
	ck_assert_uint_eq(output(d.a)->n_peers, 2);
	/* silence: gone */
	duo_run_ms(&d, 2500);
	ck_assert_uint_eq(d.a->events[RG_EVENT_PEER_LOST], 2);
	ck_assert_uint_eq(output(d.a)->n_peers, 0);
	duo_fini(&d);
}

END_TEST

START_TEST(trap_m105_a_calling_receiver_speaks_first)
{
	duo_init(&d, 1);
	d.a_out.listen = 1;
	d.a_out.remote = (struct rg_addr){0};
	d.b_in.listen = 0;
	d.b_in.remote = d.a_media;
	d.l.link.loss = 0.1;
	duo_start(&d);
	duo_run_ms(&d, 300);
	duo_send(&d, 1000, 1000);
	duo_run_ms(&d, 1500);
	ck_assert_uint_eq(d.got, 1000);
	ck_assert_uint_eq(d.wrong + d.missing, 0);
	duo_fini(&d);
}

END_TEST

START_TEST(a_group_hears_media_and_reports_and_may_ask)
{
	struct rg_addr group = {.ip = {239, 1, 1, 1}, .port = 5000, .af = RG_AF_IP4};
	struct rg_addr group_rtcp = group;
	unsigned n;

	group_rtcp.port = 5001;
	duo_init(&d, 1);
	d.a_out.remote = group;
	lab_stream(&d.l, d.a, &d.pa);
	d.l.sink = NULL;
	record_start(&d.l);
	duo_send(&d, 10, 1000);
	ck_assert_uint_eq(record_count(&d.a_media, &group), 10);
	ck_assert_uint_eq(record_count(&d.a_rtcp, &group_rtcp), 1);
	send_name(&d.l, lab_addr(3, 5001), d.a_rtcp, 0x3000);
	send_hex(&d.l, lab_addr(3, 5001), d.a_rtcp, "80cc00031122334452495354ffdf0000");
	n = record_count(&d.a_media, &group);
	duo_run_ms(&d, 10);
	ck_assert_uint_eq(record_count(&d.a_media, &group), n + 1);
	ck_assert_uint_eq(record_count(&d.a_media, NULL), n + 1);
	duo_fini(&d);
}

END_TEST

START_TEST(media_to_a_sender_is_refused)
{
	start_alone();
	send_rtp(&d.l, d.b_media, d.a_media, 0x1000, 1);
	duo_run_ms(&d, 200);
	ck_assert_uint_eq(lab_report(d.a, 0)->drops[RG_V_WRONG_ROLE], 1);
	duo_fini(&d);
}

END_TEST

START_TEST(a_removed_sender_says_bye)
{
	start_alone();
	duo_send(&d, 10, 1000);
	lab_remove(&d.l, d.a, 0);
	ck_assert_uint_eq(record_rtcp_count(&d.a_rtcp, 203, 1), 1);
	duo_fini(&d);
}

END_TEST

TCase *sender_cases(void)
{
	TCase *t = tcase_create("sender");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, trap_m1_the_name_goes_before_the_first_media);
	tcase_add_test(t, trap_m8_a_sender_reports_every_100_ms_from_the_start);
	tcase_add_test(t, a_shorter_keepalive_shortens_the_interval);
	tcase_add_test(t, trap_m33_sender_reports_carry_wall_clock_and_media_time);
	tcase_add_test(t, a_nack_is_answered_with_the_same_bytes_and_ssrc_bit_0);
	tcase_add_test(t, a_nack_of_a_stranger_or_of_another_flow_is_ignored);
	tcase_add_test(t, trap_m72_a_peer_that_asks_too_much_is_limited);
	tcase_add_test(t, the_round_trip_is_known_from_reports_where_echo_is_not_answered);
	tcase_add_test(t, a_listening_sender_serves_every_receiver_that_named_itself);
	tcase_add_test(t, trap_m105_a_calling_receiver_speaks_first);
	tcase_add_test(t, a_group_hears_media_and_reports_and_may_ask);
	tcase_add_test(t, media_to_a_sender_is_refused);
	tcase_add_test(t, a_removed_sender_says_bye);
	return t;
}
