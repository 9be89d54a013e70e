/* SPDX-License-Identifier: BSD-3-Clause */
/* A listening receiver: who is believed, who is answered, who is kept out. */
#include "rg_bytes.h"
#include "worker_suites.h"

static struct duo d;

static uint64_t dropped(struct lab_node *n, enum rg_verdict v)
{
	return lab_report(n, 0)->drops[v];
}

/* Only B runs; the test plays its peers. */
static void start_alone(void)
{
	duo_init(&d, 1);
	lab_stream(&d.l, d.b, &d.pb);
	for (unsigned i = 0; i < 3; i++)
		d.a->local[i] = (struct rg_addr){0};
	record_start(&d.l);
}

START_TEST(the_stream_arrives_whole_from_the_first_packet)
{
	duo_init(&d, 1);
	duo_start(&d);
	duo_send(&d, 1000, 1000);
	duo_run_ms(&d, 1500);
	ck_assert_uint_eq(d.got, 1000);
	ck_assert_uint_eq(d.wrong, 0);
	ck_assert_uint_eq(d.missing, 0);
	ck_assert_uint_eq(d.b->events[RG_EVENT_FLOW_NEW], 1);
	duo_fini(&d);
}

END_TEST

START_TEST(trap_m3_a_sender_is_answered_before_its_media)
{
	start_alone();
	duo_run_ms(&d, 1);
	send_name(&d.l, d.a_rtcp, d.b_rtcp, 0x1000);
	duo_run_ms(&d, 1);
	ck_assert_uint_eq(record_count(&d.b_rtcp, &d.a_rtcp), 1);
	ck_assert_ptr_nonnull(record_rtcp(&d.b_rtcp, 202, 1, 0));
	ck_assert_ptr_nonnull(record_rtcp(&d.b_rtcp, 204, 2, 0)); /* echo request */
	duo_fini(&d);
}

END_TEST

START_TEST(trap_m24_nobody_is_asked_before_a_name)
{
	start_alone();
	for (uint16_t k = 0; k < 40; k++)
		if (k != 20)
			send_rtp(&d.l, d.a_media, d.b_media, 0x1000, (uint16_t)(100 + k));
	duo_run_ms(&d, 300);
	ck_assert_uint_eq(record_count(&d.b_rtcp, NULL), 0);
	/* a control datagram without SDES binds nothing */
	send_hex(&d.l, d.a_rtcp, d.b_rtcp, "80c9000100001000");
	duo_run_ms(&d, 200);
	ck_assert_uint_eq(record_count(&d.b_rtcp, NULL), 0);
	send_name(&d.l, d.a_rtcp, d.b_rtcp, 0x1000);
	duo_run_ms(&d, 300);
	ck_assert_ptr_nonnull(record_rtcp(&d.b_rtcp, 204, 0, 0)); /* range NACK */
	ck_assert_uint_eq(rg_get32(record_rtcp(&d.b_rtcp, 204, 0, 0) + 4), 0x1000);
	ck_assert_uint_eq(dropped(d.b, RG_V_UNKNOWN_PEER), 1);
	duo_fini(&d);
}

END_TEST

START_TEST(trap_m26_m27_m29_an_echo_is_answered_to_its_sender)
{
	const uint8_t *rsp;

	start_alone();
	send_name(&d.l, d.a_rtcp, d.b_rtcp, 0x1000);
	duo_run_ms(&d, 10);
	/* from a sender without any media; delay of a request is garbage (M28), padding mirrored */
	send_hex(&d.l, d.a_rtcp, d.b_rtcp,
		"80c900010000100082cc00060000beef52495354e3d15c00800000001234567801020304");
	duo_run_ms(&d, 10);
	rsp = record_rtcp(&d.b_rtcp, 204, 3, 0);
	ck_assert_ptr_nonnull(rsp);
	ck_assert_uint_eq(rg_get16(rsp + 2), 6);
	ck_assert_uint_eq(rg_get32(rsp + 4), 0xbeef);
	ck_assert_uint_eq(rg_get64(rsp + 12), UINT64_C(0xe3d15c0080000000));
	ck_assert_uint_eq(rg_get32(rsp + 20), 0);
	ck_assert_uint_eq(rg_get32(rsp + 24), 0x01020304);
	duo_fini(&d);
}

END_TEST

START_TEST(an_echo_answer_of_somebody_else_gives_no_round_trip)
{
	start_alone();
	send_name(&d.l, d.a_rtcp, d.b_rtcp, 0x1000);
	send_rtp(&d.l, d.a_media, d.b_media, 0x1000, 1);
	duo_run_ms(&d, 10);
	/* a time just before now (1000 s), but the SSRC is not ours */
	send_hex(&d.l, d.a_rtcp, d.b_rtcp,
		"80c900010000100083cc00050000dead52495354000003e80000000100000000");
	duo_run_ms(&d, 200);
	ck_assert_uint_eq(lab_input(lab_report(d.b, 0), 0)->rtt_us, 0);
	send_hex(&d.l, d.a_rtcp, d.b_rtcp,
		"80c900010000100083cc00055566778852495354000003e80000000100000000");
	duo_run_ms(&d, 200);
	ck_assert_uint_ge(lab_input(lab_report(d.b, 0), 0)->rtt_us, 200000);
	duo_fini(&d);
}

END_TEST

static bool swallow_echo_answers(struct lab *l, const struct rg_addr *from,
	const struct rg_addr *to, const uint8_t *p, size_t len)
{
	(void)l;
	(void)to;
	if (!rg_addr_eq(from, &d.a_rtcp))
		return false;
	for (size_t o = 0; o + 4 <= len; o += 4u + 4u * rg_get16(p + o + 2))
		if (p[o] == 0x83 && p[o + 1] == 204)
			return true;
	return false;
}

/* GStreamer's sender is one. */
START_TEST(a_sender_that_answers_no_echo_is_asked_a_few_times_a_loss)
{
	const struct rg_input_report *in;

	duo_init(&d, 5);
	d.l.link = (struct lab_link){.loss = 0.1, .delay_ns = 40 * RG_NS_PER_MS};
	d.l.tap = swallow_echo_answers;
	d.a_out.rist.congestion_control = RG_CONGESTION_OFF;
	duo_start(&d);
	duo_send(&d, 3000, 1000);
	duo_run_ms(&d, 1500);
	in = lab_input(lab_report(d.b, 0), 0);
	ck_assert_uint_eq(in->rtt_us, 0);
	ck_assert_uint_eq(d.got, 3000);
	ck_assert_uint_gt(in->rx.recovered, 250);
	/* and the numbers below the first */
	ck_assert_uint_le(in->rx.nacks_sent, 4 * in->rx.recovered + 32 * 6 * 6);
	duo_fini(&d);
}

END_TEST

START_TEST(trap_m62_a_retransmission_opens_no_flow)
{
	start_alone();
	send_rtp(&d.l, d.a_media, d.b_media, 0x1001, 1);
	duo_run_ms(&d, 200);
	ck_assert_uint_eq(d.b->events[RG_EVENT_FLOW_NEW], 0);
	ck_assert_uint_eq(dropped(d.b, RG_V_BEFORE_START), 1);
	duo_fini(&d);
}

END_TEST

START_TEST(trap_m63_a_retransmission_is_no_new_flow)
{
	start_alone();
	for (uint16_t k = 0; k < 20; k++) {
		send_rtp(&d.l, d.a_media, d.b_media, 0x1000, k);
		send_rtp(&d.l, d.a_media, d.b_media, 0x1001, k);
	}
	duo_run_ms(&d, 200);
	ck_assert_uint_eq(d.b->events[RG_EVENT_FLOW_NEW], 1);
	ck_assert_uint_eq(d.b->events[RG_EVENT_FLOW_RESTART], 0);
	ck_assert_uint_eq(dropped(d.b, RG_V_DUPLICATE), 20);
	duo_fini(&d);
}

END_TEST

START_TEST(a_stranger_never_disturbs_a_running_flow)
{
	duo_init(&d, 1);
	duo_start(&d);
	duo_send(&d, 20, 1000);
	for (uint16_t k = 0; k < 500; k++) {
		duo_send(&d, 2, 1000);
		/* same host, the flow's own SSRC and names, other ports */
		send_name(&d.l, lab_addr(1, 7001), d.b_rtcp, DUO_SSRC_A);
		send_rtp(&d.l, lab_addr(1, 7000), d.b_media, DUO_SSRC_A, k);
		send_rtp(&d.l, lab_addr(3, 7000), d.b_media, 0x9998, k);
	}
	duo_run_ms(&d, 1500);
	ck_assert_uint_eq(d.got, 1020);
	ck_assert_uint_eq(d.wrong + d.missing, 0);
	ck_assert_uint_eq(d.b->events[RG_EVENT_FLOW_NEW], 1);
	ck_assert_uint_eq(d.b->events[RG_EVENT_FLOW_LOST], 0);
	ck_assert_uint_ge(dropped(d.b, RG_V_STRANGER), 990);
	duo_fini(&d);
}

END_TEST

START_TEST(several_flows_of_an_input_are_never_mixed)
{
	duo_init(&d, 1);
	d.b_in.rist.max_flows = 4;
	duo_start(&d);
	for (uint16_t k = 0; k < 500; k++) {
		duo_send(&d, 2, 1000);
		send_rtp(&d.l, lab_addr(3, 7000), d.b_media, 0x9998, k);
	}
	duo_run_ms(&d, 1500);
	ck_assert_uint_eq(d.got, 1000);
	ck_assert_uint_eq(d.wrong + d.missing, 0);
	ck_assert_uint_eq(d.b->events[RG_EVENT_FLOW_NEW], 2);
	duo_fini(&d);
}

END_TEST

START_TEST(a_stray_packet_does_not_keep_the_stream_out)
{
	duo_init(&d, 1);
	duo_start(&d);
	send_rtp(&d.l, lab_addr(3, 7000), d.b_media, 0x9998, 77);
	duo_run_ms(&d, 10);
	ck_assert_uint_eq(d.b->events[RG_EVENT_FLOW_NEW], 1);
	duo_send(&d, 500, 1000);
	duo_run_ms(&d, 1500);
	/* the sender's name came before its first packet: nothing was lost */
	ck_assert_uint_eq(d.got, 500);
	ck_assert_uint_eq(d.wrong + d.missing, 0);
	duo_fini(&d);
}

END_TEST

START_TEST(a_new_ssrc_of_the_same_source_is_followed_after_a_few_packets)
{
	start_alone();
	for (uint16_t k = 0; k < 50; k++)
		send_rtp(&d.l, d.a_media, d.b_media, 0x1000, k);
	duo_run_ms(&d, 20);
	send_rtp(&d.l, d.a_media, d.b_media, 0x2000, 9000);
	duo_run_ms(&d, 20);
	ck_assert_uint_eq(d.b->events[RG_EVENT_FLOW_RESTART], 0);
	for (uint16_t k = 0; k < 50; k++) {
		send_rtp(&d.l, d.a_media, d.b_media, 0x2000, (uint16_t)(5000 + k));
		duo_run_ms(&d, 5);
	}
	ck_assert_uint_eq(d.b->events[RG_EVENT_FLOW_RESTART], 1);
	ck_assert_uint_eq(lab_input(lab_report(d.b, 0), 0)->flow_id, 0x2000);
	ck_assert_uint_ge(lab_input(lab_report(d.b, 0), 0)->rx.flow_resets, 1);
	duo_run_ms(&d, 1500);
	ck_assert_uint_ge(lab_input(lab_report(d.b, 0), 0)->rx.delivered, 40);
	duo_fini(&d);
}

END_TEST

START_TEST(a_silent_flow_ends_and_its_place_is_free)
{
	start_alone();
	for (uint16_t k = 0; k < 50; k++)
		send_rtp(&d.l, d.a_media, d.b_media, 0x1000, k);
	duo_run_ms(&d, 2500);
	ck_assert_uint_eq(d.b->events[RG_EVENT_FLOW_LOST], 1);
	send_rtp(&d.l, lab_addr(3, 40000), d.b_media, 0x3000, 5);
	duo_run_ms(&d, 200);
	ck_assert_uint_eq(d.b->events[RG_EVENT_FLOW_NEW], 2);
	ck_assert_uint_eq(lab_input(lab_report(d.b, 0), 0)->flow_id, 0x3000);
	duo_fini(&d);
}

END_TEST

START_TEST(trap_m8_reports_keep_their_cadence_without_media)
{
	unsigned reports = 0;
	rg_time last = {0};

	start_alone();
	for (unsigned i = 0; i < 10; i++) {
		send_name(&d.l, d.a_rtcp, d.b_rtcp, 0x1000);
		duo_run_ms(&d, 100);
	}
	for (unsigned i = 0; i < n_record; i++) {
		if (!rg_addr_eq(&record[i].from, &d.b_rtcp))
			continue;
		if (reports++ > 2)
			ck_assert_int_eq(rg_time_diff(record[i].at, last), 100 * RG_NS_PER_MS);
		last = record[i].at;
	}
	/* one at once, then every 100 ms */
	ck_assert_uint_ge(reports, 10);
	ck_assert_uint_le(reports, 12);
	duo_fini(&d);
}

END_TEST

START_TEST(receiver_reports_tell_real_losses)
{
	const uint8_t *rr;

	start_alone();
	send_name(&d.l, d.a_rtcp, d.b_rtcp, 0x1000);
	duo_run_ms(&d, 1);
	for (uint16_t k = 0; k < 100; k++)
		if (k % 4 != 1)
			send_rtp(&d.l, d.a_media, d.b_media, 0x1000, (uint16_t)(65500 + k));
	duo_run_ms(&d, 150);
	rr = record_rtcp(&d.b_rtcp, 201, 1, 0);
	ck_assert_ptr_nonnull(rr);
	ck_assert_uint_eq(rg_get32(rr + 4), DUO_SSRC_B);
	ck_assert_uint_eq(rg_get32(rr + 8), 0x1000);
	ck_assert_uint_eq(rr[12], 64); /* 25 of 100, in 1/256 */
	ck_assert_uint_eq(rg_get32(rr + 12) & 0xffffff, 25);
	ck_assert_uint_eq(rg_get32(rr + 16), 65500 + 99);
	duo_fini(&d);
}

END_TEST

START_TEST(a_flood_of_names_opens_a_bounded_number_of_peers)
{
	start_alone();
	for (uint16_t k = 0; k < 1000; k++)
		send_name(&d.l, lab_addr(3, (uint16_t)(1000 + k)), d.b_rtcp, 0x1000);
	duo_run_ms(&d, 10);
	/* eight have a place, and a few more are told our name */
	ck_assert_uint_le(record_count(&d.b_rtcp, NULL), 8 + 64 + 1);
	duo_run_ms(&d, 100);
	ck_assert_uint_ge(dropped(d.b, RG_V_FLOW_LIMIT), 990);
	duo_fini(&d);
}

END_TEST

START_TEST(a_nack_to_a_receiver_is_refused)
{
	start_alone();
	send_name(&d.l, d.a_rtcp, d.b_rtcp, 0x1000);
	send_hex(&d.l, d.a_rtcp, d.b_rtcp,
		"80c900010ace0ac080cc00040ace0ac0524953540064000000670013");
	duo_run_ms(&d, 200);
	ck_assert_uint_eq(dropped(d.b, RG_V_WRONG_ROLE), 1);
	duo_fini(&d);
}

END_TEST

START_TEST(nacks_are_bitmasks_when_asked_for)
{
	duo_init(&d, 3);
	d.l.link.loss = 0.1;
	d.b_in.rist.nack_bitmask = 1;
	duo_start(&d);
	record_start(&d.l);
	duo_send(&d, 1000, 1000);
	duo_run_ms(&d, 1500);
	ck_assert_uint_gt(record_rtcp_count(&d.b_rtcp, 205, 1), 0);
	ck_assert_uint_eq(record_rtcp_count(&d.b_rtcp, 204, 0), 0);
	ck_assert_uint_eq(d.wrong + d.missing, 0);
	duo_fini(&d);
}

END_TEST

TCase *receiver_cases(void)
{
	TCase *t = tcase_create("receiver");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, the_stream_arrives_whole_from_the_first_packet);
	tcase_add_test(t, trap_m3_a_sender_is_answered_before_its_media);
	tcase_add_test(t, trap_m24_nobody_is_asked_before_a_name);
	tcase_add_test(t, trap_m26_m27_m29_an_echo_is_answered_to_its_sender);
	tcase_add_test(t, an_echo_answer_of_somebody_else_gives_no_round_trip);
	tcase_add_test(t, a_sender_that_answers_no_echo_is_asked_a_few_times_a_loss);
	tcase_add_test(t, trap_m62_a_retransmission_opens_no_flow);
	tcase_add_test(t, trap_m63_a_retransmission_is_no_new_flow);
	tcase_add_test(t, a_stranger_never_disturbs_a_running_flow);
	tcase_add_test(t, several_flows_of_an_input_are_never_mixed);
	tcase_add_test(t, a_stray_packet_does_not_keep_the_stream_out);
	tcase_add_test(t, a_new_ssrc_of_the_same_source_is_followed_after_a_few_packets);
	tcase_add_test(t, a_silent_flow_ends_and_its_place_is_free);
	tcase_add_test(t, trap_m8_reports_keep_their_cadence_without_media);
	tcase_add_test(t, receiver_reports_tell_real_losses);
	tcase_add_test(t, a_flood_of_names_opens_a_bounded_number_of_peers);
	tcase_add_test(t, a_nack_to_a_receiver_is_refused);
	tcase_add_test(t, nacks_are_bitmasks_when_asked_for);
	return t;
}
