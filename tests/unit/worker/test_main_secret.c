/* SPDX-License-Identifier: BSD-3-Clause */
/* Secrets that differ, change, or are only at one end. */
#include "gre_peer.h"
#include "main_lab.h"
#include "rg_bytes.h"
#include "worker_suites.h"

#define ROUNDS 60

static struct duo d;

/* b NULL: in clear. */
static void start(const char *a, const char *b)
{
	duo_init(&d, 1);
	duo_main(&d, a, b, 128);
	duo_start(&d);
}

static void expect_nothing_delivered(void)
{
	ck_assert_uint_eq(d.got, 0);
	ck_assert_uint_eq(d.wrong, 0);
	ck_assert_uint_eq(d.b->events[RG_EVENT_FLOW_NEW], 0);
}

/* Some nonces give garbage that begins like RTP, so many are tried. */
START_TEST(under_another_secret_nothing_is_delivered_and_it_is_told)
{
	for (unsigned i = 0; i < ROUNDS; i++) {
		start("this one", "that one");
		d.a_out.rist.gre_version = i % 3;
		duo_send(&d, 100, 1000);
		duo_run_ms(&d, 1900);
		expect_nothing_delivered();
		ck_assert_uint_eq(d.b->events[RG_EVENT_WRONG_SECRET], 1);
		ck_assert(rg_addr_eq(&d.b->last_event[RG_EVENT_WRONG_SECRET].peer, &d.a_media));
		ck_assert_uint_ge(main_drops(d.b, RG_V_DECRYPT), 100);
		duo_fini(&d);
	}
}

END_TEST

START_TEST(a_calling_receiver_with_another_secret_is_told_of_too)
{
	for (unsigned i = 0; i < ROUNDS; i++) {
		duo_init(&d, 1);
		duo_main_reversed(&d, "this one", "that one", 128);
		d.b_in.rist.gre_version = i % 3;
		duo_start(&d);
		duo_send(&d, 100, 1000);
		duo_run_ms(&d, 1900);
		expect_nothing_delivered();
		ck_assert_uint_eq(d.a->events[RG_EVENT_PEER_NEW], 0);
		ck_assert_uint_ge(d.a->events[RG_EVENT_WRONG_SECRET], 1);
		ck_assert(rg_addr_eq(&d.a->last_event[RG_EVENT_WRONG_SECRET].peer, &d.b_media));
		duo_fini(&d);
	}
}

END_TEST

START_TEST(without_media_the_wrong_secret_is_told_as_well)
{
	start("this one", "that one");
	d.a_out.rist.gre_version = (uint32_t)_i;
	duo_run_ms(&d, 2000);
	ck_assert_uint_eq(d.b->events[RG_EVENT_WRONG_SECRET], 1);
	duo_fini(&d);
}

END_TEST

/* A sender that calls, and the listening receiver that a test plays. */
static void start_called(struct gre_peer *p, const char *theirs, int i)
{
	duo_init(&d, 1);
	duo_main(&d, "this one", NULL, 128);
	lab_stream(&d.l, d.a, &d.pa);
	lab_bind(d.b, 0, (struct rg_addr){0});
	d.l.sink = NULL;
	gre_peer_init(p, &d.l, d.b_media, d.a_media);
	p->secret = theirs;
	p->nonce += (uint32_t)i * 0x01010101;
}

/* As captured of libRIST 0.2.12 that cannot read its caller: n of version 2 are not lost. */
static void keep_alive(struct gre_peer *p, unsigned n)
{
	for (unsigned i = 0; i < 6; i++) {
		p->version = 1 + i % 2;
		if (p->version == 1 || i / 2 < n)
			gre_peer_keepalive(p);
		duo_run_ms(&d, 30);
	}
	p->version = 1;
	duo_run_ms(&d, 1000);
	gre_peer_keepalive(p);
	duo_run_ms(&d, 800);
}

START_TEST(a_listener_with_another_secret_that_only_keeps_alive_is_told_of)
{
	struct gre_peer p;

	start_called(&p, "that one", _i);
	keep_alive(&p, 3);
	ck_assert_uint_eq(d.a->events[RG_EVENT_WRONG_SECRET], 1);
	ck_assert(rg_addr_eq(&d.a->last_event[RG_EVENT_WRONG_SECRET].peer, &d.b_media));
	duo_fini(&d);
}

END_TEST

/* ristgo as a calling receiver sends an RTCP compound a second until it hears something. */
START_TEST(a_caller_with_another_secret_that_says_little_is_told_of)
{
	struct gre_peer p;

	duo_init(&d, 1);
	duo_main_reversed(&d, "this one", NULL, 128);
	lab_stream(&d.l, d.a, &d.pa);
	lab_bind(d.b, 0, (struct rg_addr){0});
	d.l.sink = NULL;
	gre_peer_init(&p, &d.l, d.b_media, d.a_media);
	p.secret = "that one";
	p.nonce += (uint32_t)_i * 0x01010101;
	gre_peer_name(&p);
	duo_run_ms(&d, 1000);
	ck_assert_uint_eq(d.a->events[RG_EVENT_WRONG_SECRET], 0);
	gre_peer_name(&p);
	duo_run_ms(&d, 500);
	ck_assert_uint_eq(d.a->events[RG_EVENT_WRONG_SECRET], 1);
	duo_fini(&d);
}

END_TEST

START_TEST(keepalives_that_tell_nothing_of_their_key_are_no_other_secret)
{
	struct gre_peer p;

	start_called(&p, _i & 1 ? "this one" : "that one", _i);
	keep_alive(&p, _i & 1 ? 3 : 0);
	ck_assert_uint_eq(d.a->events[RG_EVENT_WRONG_SECRET], 0);
	ck_assert_uint_eq(main_drops(d.a, RG_V_DECRYPT), 0);
	duo_fini(&d);
}

END_TEST

START_TEST(a_wrong_secret_costs_few_derivations)
{
	start("this one", "that one");
	duo_send(&d, 30000, 1000);
	expect_nothing_delivered();
	ck_assert_uint_le(d.b->wanted[RG_CTL_WANT_RX_KEY], 4);
	ck_assert_uint_le(d.b->events[RG_EVENT_WRONG_SECRET], 4);
	duo_fini(&d);
}

END_TEST

START_TEST(trap_m109_clear_is_refused_where_a_secret_is_configured)
{
	start(NULL, "a passphrase");
	duo_send(&d, 200, 1000);
	duo_run_ms(&d, 1500);
	expect_nothing_delivered();
	ck_assert_uint_ge(main_drops(d.b, RG_V_NOT_ENCRYPTED), 200);
	ck_assert_uint_ge(d.b->events[RG_EVENT_NOT_ENCRYPTED], 1);
	ck_assert_uint_le(d.b->events[RG_EVENT_NOT_ENCRYPTED], 3); /* one a second */
	ck_assert_uint_eq(d.b->events[RG_EVENT_WRONG_SECRET], 0);
	duo_fini(&d);
}

END_TEST

START_TEST(encrypted_is_refused_where_no_secret_is_configured)
{
	start("a passphrase", NULL);
	duo_send(&d, 200, 1000);
	duo_run_ms(&d, 1500);
	expect_nothing_delivered();
	ck_assert_uint_ge(main_drops(d.b, RG_V_ENCRYPTED), 200);
	ck_assert_uint_ge(d.b->events[RG_EVENT_ENCRYPTED], 1);
	ck_assert_uint_le(d.b->events[RG_EVENT_ENCRYPTED], 3);
	duo_fini(&d);
}

END_TEST

START_TEST(a_listening_sender_refuses_what_its_secret_forbids)
{
	bool keyed = _i == 1;

	duo_init(&d, 1);
	duo_main_reversed(&d, keyed ? "a passphrase" : NULL, keyed ? NULL : "a passphrase", 128);
	duo_start(&d);
	duo_run_ms(&d, 500);
	duo_send(&d, 200, 1000);
	ck_assert_uint_eq(d.a->events[RG_EVENT_PEER_NEW], 0);
	ck_assert_uint_ge(d.a->events[keyed ? RG_EVENT_NOT_ENCRYPTED : RG_EVENT_ENCRYPTED], 1);
	ck_assert_uint_ge(main_drops(d.a, keyed ? RG_V_NOT_ENCRYPTED : RG_V_ENCRYPTED), 5);
	duo_fini(&d);
}

END_TEST

START_TEST(a_right_key_is_no_decryption_failure_from_the_first_datagram)
{
	start("a passphrase", "a passphrase");
	main_carry(&d, 500);
	ck_assert_uint_eq(main_drops(d.b, RG_V_DECRYPT), 0);
	ck_assert_uint_eq(main_drops(d.a, RG_V_DECRYPT), 0);
	duo_fini(&d);
}

END_TEST

/* Within the buffer both ends change; the end in `first` begins. */
static void change_both(bool sender_first, int64_t apart_ms)
{
	lab_new_secret(&d.l, sender_first ? d.a : d.b, sender_first ? 1 : 0, "another one");
	duo_send(&d, (uint32_t)apart_ms, 1000);
	lab_new_secret(&d.l, sender_first ? d.b : d.a, sender_first ? 0 : 1, "another one");
}

START_TEST(a_new_secret_at_both_ends_within_the_buffer_loses_nothing)
{
	start("a passphrase", "a passphrase");
	/* what is asked for in vain uses up its retries: not with a loss before a long gap */
	d.l.link.loss = _i & 2 ? 0 : 0.05;
	duo_send(&d, 1000, 1000);
	change_both(_i & 1, _i & 2 ? 400 : 20);
	main_carry(&d, 2000);
	/* and once more: a third secret, the first is forgotten */
	lab_new_secret(&d.l, d.a, 1, "a third one");
	lab_new_secret(&d.l, d.b, 0, "a third one");
	main_carry(&d, 1000);
	ck_assert_uint_eq(d.b->events[RG_EVENT_FLOW_LOST], 0);
	ck_assert_uint_eq(d.a->events[RG_EVENT_PEER_LOST], 0);
	duo_fini(&d);
}

END_TEST

/* Inputs first: nothing is interrupted, recovery neither. */
START_TEST(a_new_secret_minutes_apart_loses_nothing_when_inputs_are_first)
{
	bool reversed = _i & 1;

	duo_init(&d, 1);
	if (reversed)
		duo_main_reversed(&d, "a passphrase", "a passphrase", 256);
	else
		duo_main(&d, "a passphrase", "a passphrase", 256);
	d.b_in.rist.key_rotation = _i & 2 ? 20 : 0;
	d.l.link = (struct lab_link){.loss = 0.05, .delay_ns = 10 * RG_NS_PER_MS};
	duo_start(&d);
	duo_run_ms(&d, 500);
	duo_send(&d, 1000, 1000);
	lab_new_secret(&d.l, d.b, 0, "another one");
	duo_send(&d, 20000, 1000);
	lab_new_secret(&d.l, d.a, 1, "another one");
	main_carry(&d, 3000);
	ck_assert_uint_eq(d.b->events[RG_EVENT_FLOW_LOST], 0);
	ck_assert_uint_eq(d.a->events[RG_EVENT_PEER_LOST], 0);
	ck_assert_uint_eq(d.a->events[RG_EVENT_WRONG_SECRET], 0);
	duo_fini(&d);
}

END_TEST

/* The receiver's owner changes first and the sender rotates under the old secret meanwhile. */
START_TEST(the_secret_of_before_is_read_for_a_minute)
{
	start("a passphrase", "a passphrase");
	duo_fini(&d);
	duo_init(&d, 1);
	duo_main(&d, "a passphrase", "a passphrase", 128);
	d.a_out.rist.key_rotation = 1500;
	duo_start(&d);
	duo_send(&d, 1000, 1000);
	lab_new_secret(&d.l, d.b, 0, "another one");
	main_carry(&d, 3000);
	duo_send(&d, 54000, 1000);
	ck_assert_uint_eq(d.missing, 0);
	duo_send(&d, 10000, 1000);
	/* the time of the first is over: its keys are gone, nothing can be read */
	ck_assert_uint_ge(d.b->events[RG_EVENT_WRONG_SECRET], 1);
	ck_assert_uint_le(d.got, 1000 + 3000 + 54000 + 9000);
	duo_fini(&d);
}

END_TEST

TCase *main_secret_cases(void)
{
	TCase *tc = tcase_create("main-secret");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, under_another_secret_nothing_is_delivered_and_it_is_told);
	tcase_add_test(tc, a_calling_receiver_with_another_secret_is_told_of_too);
	tcase_add_loop_test(tc, without_media_the_wrong_secret_is_told_as_well, 0, 3);
	tcase_add_loop_test(
		tc, a_listener_with_another_secret_that_only_keeps_alive_is_told_of, 0, 20);
	tcase_add_loop_test(tc, a_caller_with_another_secret_that_says_little_is_told_of, 0, 20);
	tcase_add_loop_test(
		tc, keepalives_that_tell_nothing_of_their_key_are_no_other_secret, 0, 8);
	tcase_add_test(tc, a_wrong_secret_costs_few_derivations);
	tcase_add_test(tc, trap_m109_clear_is_refused_where_a_secret_is_configured);
	tcase_add_test(tc, encrypted_is_refused_where_no_secret_is_configured);
	tcase_add_loop_test(tc, a_listening_sender_refuses_what_its_secret_forbids, 0, 2);
	tcase_add_test(tc, a_right_key_is_no_decryption_failure_from_the_first_datagram);
	tcase_add_loop_test(tc, a_new_secret_at_both_ends_within_the_buffer_loses_nothing, 0, 4);
	tcase_add_loop_test(
		tc, a_new_secret_minutes_apart_loses_nothing_when_inputs_are_first, 0, 4);
	tcase_add_test(tc, the_secret_of_before_is_read_for_a_minute);
	return tc;
}
