/* SPDX-License-Identifier: BSD-3-Clause */
/* A NAT that forgets: peers that go on from another address, and those who only pretend to. */
#include "gre_peer.h"
#include "main_lab.h"
#include "rg_bytes.h"
#include "worker_suites.h"

static struct duo d;
static bool link_down; /* of A */

static bool cut(struct lab *l, const struct rg_addr *from, const struct rg_addr *to,
	const uint8_t *p, size_t len)
{
	struct recorded *r = &record[n_record];

	(void)to;
	if (n_record < RECORD_MAX) {
		n_record++;
		*r = (struct recorded){.at = l->now, .from = *from, .to = *to, .len = len};
		memcpy(r->p, p, len < RECORD_BYTES ? len : RECORD_BYTES);
	}
	return link_down && (rg_addr_eq(from, &d.a->local[1]) || rg_addr_eq(to, &d.a->local[1]));
}

static void start_flows(const char *secret, uint32_t max_flows)
{
	duo_init(&d, 1);
	duo_main(&d, secret, secret, 128);
	d.b_in.rist.max_flows = max_flows;
	d.l.link = (struct lab_link){.loss = 0.02, .delay_ns = 20 * RG_NS_PER_MS};
	duo_start(&d);
	link_down = false;
	record_start(&d.l);
	d.l.tap = cut;
	duo_send(&d, 1000, 1000);
}

static void start(const char *secret)
{
	start_flows(secret, 1);
}

static void move_sender(uint16_t port)
{
	lab_bind(d.a, 1, lab_addr(1, port));
}

static void expect_moved(const struct lab_node *n, unsigned times, struct rg_addr to)
{
	ck_assert_uint_eq(n->events[RG_EVENT_PEER_MOVED], times);
	if (times)
		ck_assert(rg_addr_eq(&n->last_event[RG_EVENT_PEER_MOVED].peer, &to));
}

static void expect_one_flow(void)
{
	ck_assert_uint_eq(d.b->events[RG_EVENT_FLOW_NEW], 1);
	ck_assert_uint_eq(d.b->events[RG_EVENT_FLOW_LOST], 0);
	ck_assert_uint_eq(d.b->events[RG_EVENT_FLOW_RESTART], 0);
}

START_TEST(a_sender_that_moves_goes_on_and_loses_nothing)
{
	start("a passphrase");
	d.a_out.rist.key_rotation = _i ? 400 : 0; /* the key changes on the way as well */
	move_sender(50000);
	main_carry(&d, 3000);
	expect_moved(d.b, 1, lab_addr(1, 50000));
	expect_one_flow();
	ck_assert_uint_gt(main_input(d.b)->rx.recovered, 200);
	duo_fini(&d);
}

END_TEST

/* With room for more its media from the new address are no flow of their own. */
START_TEST(a_flow_among_several_moves_whole)
{
	start_flows("a passphrase", 4);
	move_sender(50000);
	main_carry(&d, 2000);
	expect_moved(d.b, 1, lab_addr(1, 50000));
	expect_one_flow();
	duo_fini(&d);
}

END_TEST

START_TEST(a_sender_may_move_again_and_back)
{
	start("a passphrase");
	for (unsigned k = 0; k < 4; k++) {
		move_sender(k & 1 ? d.a_media.port : 50000);
		duo_send(&d, 1500, 1000);
	}
	main_carry(&d, 500);
	expect_moved(d.b, 4, d.a_media);
	expect_one_flow();
	duo_fini(&d);
}

END_TEST

START_TEST(a_nat_that_changes_ports_faster_than_a_move_is_believed_ends_well)
{
	start("a passphrase");
	for (uint16_t k = 0; k < 3; k++) {
		move_sender((uint16_t)(50000 + k));
		duo_send(&d, 200, 1000);
	}
	main_carry(&d, 2000);
	ck_assert_uint_ge(d.b->events[RG_EVENT_PEER_MOVED], 1);
	expect_one_flow();
	duo_fini(&d);
}

END_TEST

/* The way is dead meanwhile, and what comes from the new address is under a key never seen. */
START_TEST(a_sender_that_moved_and_rotated_in_the_dark_is_known_by_an_echo)
{
	start("a passphrase");
	d.a_out.rist.key_rotation = 300;
	link_down = true;
	duo_send(&d, 400, 1000);
	d.a_out.rist.key_rotation = 0;
	link_down = false;
	move_sender(50000);
	main_carry(&d, 2000);
	expect_moved(d.b, 1, lab_addr(1, 50000));
	expect_one_flow();
	duo_fini(&d);
}

END_TEST

START_TEST(a_receiver_that_moves_gets_its_stream_at_the_new_address)
{
	duo_init(&d, 1);
	duo_main_reversed(&d, "a passphrase", "a passphrase", 256);
	d.l.link = (struct lab_link){.loss = 0.02, .delay_ns = 20 * RG_NS_PER_MS};
	duo_start(&d);
	duo_run_ms(&d, 300);
	duo_send(&d, 1000, 1000);
	lab_bind(d.b, 0, lab_addr(2, 51000));
	main_carry(&d, 3000);
	expect_moved(d.a, 1, lab_addr(2, 51000));
	ck_assert_uint_eq(d.a->events[RG_EVENT_PEER_LOST], 0);
	expect_one_flow();
	ck_assert_uint_eq(main_output(d.a)->n_peers, 1);
	duo_fini(&d);
}

END_TEST

START_TEST(a_nat_that_flips_to_and_fro_within_a_second_ends_well)
{
	start("a passphrase");
	for (unsigned k = 0; k < 3; k++) {
		move_sender(50000);
		duo_send(&d, 150, 1000);
		move_sender(d.a_media.port);
		duo_send(&d, 500, 1000);
	}
	move_sender(50000);
	main_carry(&d, 2000);
	expect_moved(d.b, 1, lab_addr(1, 50000));
	expect_one_flow();
	duo_fini(&d);
}

END_TEST

/* What A sent so far, in order, from another address or, as a spoofer can, from A's own. */
static void replay(struct rg_addr from, unsigned first, unsigned last, unsigned every_us)
{
	static struct recorded old[RECORD_MAX];

	memcpy(old, record, n_record * sizeof(*old));
	for (unsigned i = first; i < last; i++) {
		if (!rg_addr_eq(&old[i].from, &d.a_media) || !rg_addr_eq(&old[i].to, &d.b_media))
			continue;
		lab_send(&d.l, from, d.b_media, old[i].p, old[i].len, false);
		lab_run(&d.l, rg_time_add(d.l.now, every_us * RG_NS_PER_US));
	}
}

START_TEST(a_replayer_never_takes_the_flow_over_not_even_in_silence)
{
	start("a passphrase");
	d.a_out.rist.key_rotation = _i ? 400 : 0;
	duo_send(&d, 1000, 1000);
	link_down = true;
	duo_run_ms(&d, 20);
	n_record = n_record < RECORD_MAX ? n_record : RECORD_MAX;
	replay(lab_addr(3, 4000), 0, n_record, 500);
	expect_moved(d.b, 0, d.a_media);
	ck_assert_uint_eq(main_drops(d.b, RG_V_STRANGER) > 0, 1);
	ck_assert(rg_addr_eq(&main_input(d.b)->peer.addr, &d.a_media));
	ck_assert_uint_eq(d.b->events[RG_EVENT_FLOW_NEW], 1);
	ck_assert_uint_eq(d.wrong, 0);
	link_down = false;
	d.missing = 0;
	d.expect = d.sent;
	d.got = 0;
	duo_send(&d, 1000, 1000);
	duo_run_ms(&d, 2500);
	ck_assert_uint_eq(d.wrong + d.missing, 0);
	ck_assert_uint_eq(d.got, 1000);
	duo_fini(&d);
}

END_TEST

/* A sender that answers no echo, GStreamer's for one. */
static void start_mute(struct gre_peer *p)
{
	duo_init(&d, 1);
	duo_main(&d, NULL, "a passphrase", 128);
	lab_stream(&d.l, d.b, &d.pb);
	lab_bind(d.a, 1, (struct rg_addr){0});
	d.l.sink = NULL;
	gre_peer_init(p, &d.l, d.a_media, d.b_media);
	p->secret = "a passphrase";
}

static void mute_sends(struct gre_peer *p, uint16_t from, uint16_t to)
{
	for (uint16_t k = from; k < to; k++) {
		if (k % 50 == 0)
			gre_peer_name(p);
		gre_peer_media(p, k);
		duo_run_ms(&d, 1);
	}
}

/* From A's own address, while A goes on: what is older than the buffer begins no timeline, neither
 * under the key in use nor under one that was given up. */
START_TEST(records_from_a_peers_own_address_never_get_into_its_stream)
{
	static struct recorded old[RECORD_MAX];
	unsigned n;

	start("a passphrase");
	d.a_out.rist.key_rotation = _i & 1 ? 700 : 0;
	duo_send(&d, 2500, 1000);
	n = n_record;
	memcpy(old, record, n * sizeof(*old));
	if (_i & 2) /* media pauses, RTCP does not */
		duo_run_ms(&d, 1500);
	for (unsigned i = 0; i < n; i++) {
		if (!rg_addr_eq(&old[i].from, &d.a_media))
			continue;
		lab_send(&d.l, d.a_media, d.b_media, old[i].p, old[i].len, false);
		if (_i & 2)
			lab_run(&d.l, rg_time_add(d.l.now, 300 * RG_NS_PER_US));
		else if (i % 2)
			duo_send(&d, 1, 1000);
	}
	main_carry(&d, 500);
	expect_one_flow();
	ck_assert_uint_eq(main_input(d.b)->rx.flow_resets, 0);
	duo_fini(&d);
}

END_TEST

/* The machine stands still for longer than the buffer, and the key changes meanwhile. */
START_TEST(a_rotation_while_nothing_moves_costs_no_more_than_the_standstill)
{
	rg_time until;

	start("a passphrase");
	d.l.link.loss = 0;
	d.a_out.rist.key_rotation = _i ? 3000 : 0;
	duo_send(&d, 1000, 1000);
	until = rg_time_add(d.l.now, 1400 * RG_NS_PER_MS);
	for (unsigned k = 0; k < 1400; k++) {
		d.l.link.delay_ns = rg_time_diff(until, d.l.now);
		duo_send(&d, 1, 1000);
	}
	d.l.link.delay_ns = 20 * RG_NS_PER_MS;
	duo_send(&d, 3000, 1000);
	duo_run_ms(&d, 2500);
	ck_assert_uint_eq(d.wrong, 0);
	ck_assert_uint_eq(d.missing, 0);
	duo_fini(&d);
}

END_TEST

/* A process that begins anew at the same address counts from its own beginning. */
START_TEST(a_sender_that_began_anew_under_its_address_is_followed)
{
	struct gre_peer p;

	start_mute(&p);
	mute_sends(&p, 0, 500);
	ck_assert_uint_eq(main_input(d.b)->rx.received, 500);
	p.nonce = 0x0badcafe;
	p.seq = 0;
	duo_run_ms(&d, 300);
	mute_sends(&p, 30000, 31000);
	duo_run_ms(&d, 200);
	ck_assert_uint_eq(main_input(d.b)->rx.flow_resets, 1);
	ck_assert_uint_ge(main_input(d.b)->rx.received, 1450);
	duo_fini(&d);
}

END_TEST

/* Whoever repeats the last keep-alive or RTCP from the old address does not hold it there. */
START_TEST(records_from_the_old_address_do_not_keep_a_peer_there)
{
	unsigned last = 0;

	start("a passphrase");
	for (unsigned i = 0; i < n_record; i++)
		if (rg_addr_eq(&record[i].from, &d.a_media) && record[i].len < 400)
			last = i;
	move_sender(50000);
	for (unsigned k = 0; k < 40; k++) {
		const struct recorded *r = &record[last];

		lab_send(&d.l, d.a_media, d.b_media, r->p, r->len, false);
		duo_send(&d, 50, 1000);
	}
	main_carry(&d, 500);
	expect_moved(d.b, 1, lab_addr(1, 50000));
	expect_one_flow();
	duo_fini(&d);
}

END_TEST

/* First from the address of the silent peer, so that the record seems to go on, then from elsewhere:
 * everything above the first one was never seen under that key "last". */
START_TEST(a_replayer_that_can_spoof_prepares_no_move)
{
	unsigned first_of_old, n;

	start("a passphrase");
	n = n_record;
	d.a_out.rist.key_rotation = 500;
	duo_send(&d, 1500, 1000);
	d.a_out.rist.key_rotation = 0;
	link_down = true;
	duo_run_ms(&d, 20);
	/* an RTCP datagram of the first key, which is shorter than media */
	for (first_of_old = n / 2; record[first_of_old].len > 400 ||
		!rg_addr_eq(&record[first_of_old].from, &d.a_media);
		first_of_old++)
		;
	for (unsigned k = 0; k < 10; k++)
		replay(d.a_media, first_of_old, first_of_old + 1, 1000);
	duo_run_ms(&d, 400);
	replay(lab_addr(3, 4000), first_of_old + 1, n, 100);
	duo_run_ms(&d, 100);
	expect_moved(d.b, 0, d.a_media);
	duo_fini(&d);
}

END_TEST

START_TEST(a_peer_that_answers_no_echo_moves_by_its_numbers)
{
	struct gre_peer p;

	start_mute(&p);
	mute_sends(&p, 0, 500);
	p.at = lab_addr(1, 50000);
	mute_sends(&p, 500, 1000);
	expect_moved(d.b, 1, lab_addr(1, 50000));
	mute_sends(&p, 1000, 1100);
	expect_one_flow();
	ck_assert(rg_addr_eq(&main_input(d.b)->peer.addr, &p.at));
	duo_fini(&d);
}

END_TEST

START_TEST(no_record_of_a_peer_that_answers_no_echo_moves_it)
{
	struct gre_peer p, thief;

	start_mute(&p);
	mute_sends(&p, 0, 500);
	thief = p;
	p.nonce++;
	mute_sends(&p, 500, 1000);
	/* silence; its last datagram again, then those of the key before, prepared by one from its
	 * own address */
	p.seq--;
	gre_peer_name(&p);
	thief.seq -= 400;
	for (unsigned k = 0; k < 10; k++) {
		gre_peer_name(&thief);
		duo_run_ms(&d, 100);
		thief.at = lab_addr(3, 4000);
	}
	expect_moved(d.b, 0, p.at);
	/* and those of the key that it has now */
	thief = p;
	thief.at = lab_addr(3, 4000);
	thief.seq -= 400;
	for (unsigned k = 0; k < 5; k++) {
		gre_peer_name(&thief);
		duo_run_ms(&d, 100);
	}
	expect_moved(d.b, 0, p.at);
	duo_fini(&d);
}

END_TEST

START_TEST(a_forger_without_the_secret_moves_nothing)
{
	struct gre_peer f;

	start("a passphrase");
	link_down = true;
	gre_peer_init(&f, &d.l, lab_addr(3, 4000), d.b_media);
	f.ssrc = DUO_SSRC_A;
	for (unsigned k = 0; k < 1500; k++) {
		f.secret = k % 3 ? "a guess" : NULL;
		f.version = 1 + k % 2;
		f.nonce = k % 5 ? rg_get32(record[0].p + 4) : 1 + k;
		f.seq = 2000 + k;
		gre_peer_name(&f);
		gre_peer_media(&f, (uint16_t)(65500 + 1000 + k));
		duo_run_ms(&d, 1);
	}
	expect_moved(d.b, 0, d.a_media);
	expect_one_flow();
	ck_assert_uint_eq(d.wrong, 0);
	link_down = false;
	duo_send(&d, 500, 1000);
	ck_assert(rg_addr_eq(&main_input(d.b)->peer.addr, &d.a_media));
	duo_fini(&d);
}

END_TEST

START_TEST(in_clear_a_flow_moves_only_after_the_session_timeout)
{
	start(NULL);
	move_sender(50000);
	duo_send(&d, 1900, 1000);
	expect_one_flow();
	ck_assert_uint_ge(main_drops(d.b, RG_V_STRANGER), 1500);
	duo_send(&d, 500, 1000);
	ck_assert_uint_eq(d.b->events[RG_EVENT_FLOW_LOST], 1);
	ck_assert_uint_eq(d.b->events[RG_EVENT_FLOW_NEW], 2);
	expect_moved(d.b, 0, d.a_media);
	duo_run_ms(&d, 1500);
	ck_assert_uint_eq(d.wrong, 0);
	ck_assert_uint_gt(d.got, 1200);
	duo_fini(&d);
}

END_TEST

TCase *main_roam_cases(void)
{
	TCase *tc = tcase_create("main-roam");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, a_sender_that_moves_goes_on_and_loses_nothing, 0, 2);
	tcase_add_test(tc, a_flow_among_several_moves_whole);
	tcase_add_test(tc, a_sender_may_move_again_and_back);
	tcase_add_test(tc, a_nat_that_changes_ports_faster_than_a_move_is_believed_ends_well);
	tcase_add_test(tc, a_nat_that_flips_to_and_fro_within_a_second_ends_well);
	tcase_add_test(tc, a_sender_that_moved_and_rotated_in_the_dark_is_known_by_an_echo);
	tcase_add_test(tc, a_receiver_that_moves_gets_its_stream_at_the_new_address);
	tcase_add_loop_test(tc, a_replayer_never_takes_the_flow_over_not_even_in_silence, 0, 2);
	tcase_add_loop_test(tc, records_from_a_peers_own_address_never_get_into_its_stream, 0, 4);
	tcase_add_loop_test(
		tc, a_rotation_while_nothing_moves_costs_no_more_than_the_standstill, 0, 2);
	tcase_add_test(tc, a_sender_that_began_anew_under_its_address_is_followed);
	tcase_add_test(tc, records_from_the_old_address_do_not_keep_a_peer_there);
	tcase_add_test(tc, a_replayer_that_can_spoof_prepares_no_move);
	tcase_add_test(tc, a_peer_that_answers_no_echo_moves_by_its_numbers);
	tcase_add_test(tc, no_record_of_a_peer_that_answers_no_echo_moves_it);
	tcase_add_test(tc, a_forger_without_the_secret_moves_nothing);
	tcase_add_test(tc, in_clear_a_flow_moves_only_after_the_session_timeout);
	return tc;
}
