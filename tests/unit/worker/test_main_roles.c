/* SPDX-License-Identifier: BSD-3-Clause */
/* Who calls whom in the Main profile, streams without a way back, and several receivers. */
#include "gre_peer.h"
#include "main_lab.h"
#include "rg_bytes.h"
#include "worker_suites.h"

static struct duo d;

static const char *secret_of(int i)
{
	return i & 1 ? "a passphrase" : NULL;
}

START_TEST(a_calling_sender_meets_a_listening_receiver)
{
	duo_init(&d, 1);
	duo_main(&d, secret_of(_i), secret_of(_i), 128);
	d.l.link.loss = 0.1;
	duo_start(&d);
	main_carry(&d, 2000);
	ck_assert_uint_eq(d.b->events[RG_EVENT_FLOW_NEW], 1);
	duo_fini(&d);
}

END_TEST

START_TEST(a_listening_sender_meets_a_calling_receiver)
{
	duo_init(&d, 1);
	duo_main_reversed(&d, secret_of(_i), secret_of(_i), 128);
	d.l.link.loss = 0.1;
	duo_start(&d);
	duo_send(&d, 10, 1000); /* nobody is there yet: a history short enough gives them later */
	duo_run_ms(&d, 500);
	ck_assert_uint_eq(d.got, 0);
	main_carry(&d, 2000);
	ck_assert_uint_eq(d.a->events[RG_EVENT_PEER_NEW], 1);
	ck_assert_uint_ge(main_drops(d.a, RG_V_NO_PEER), 1);
	duo_fini(&d);
}

END_TEST

START_TEST(two_that_call_each_other_meet)
{
	duo_init(&d, 1);
	duo_main(&d, secret_of(_i), secret_of(_i), 128);
	d.b_in.listen = 0;
	d.b_in.remote = d.a_media;
	d.l.link.loss = 0.1;
	duo_start(&d);
	main_carry(&d, 2000);
	duo_fini(&d);
}

END_TEST

START_TEST(two_that_listen_say_nothing)
{
	duo_init(&d, 1);
	duo_main(&d, secret_of(_i), secret_of(_i), 128);
	d.a_out.listen = 1;
	d.a_out.remote = (struct rg_addr){0};
	duo_start(&d);
	record_start(&d.l);
	duo_send(&d, 1000, 1000);
	ck_assert_uint_eq(n_record, 0);
	duo_fini(&d);
}

END_TEST

/* A caller takes media from whom it called only. */
START_TEST(a_caller_ignores_whom_it_did_not_call)
{
	struct gre_peer p;

	duo_init(&d, 1);
	duo_main_reversed(&d, secret_of(_i), secret_of(_i), 128);
	lab_stream(&d.l, d.b, &d.pb);
	gre_peer_init(&p, &d.l, lab_addr(3, 4000), d.b_media);
	p.secret = secret_of(_i);
	for (uint16_t k = 0; k < 100; k++) {
		gre_peer_name(&p);
		gre_peer_media(&p, k);
		duo_run_ms(&d, 1);
	}
	duo_run_ms(&d, 200);
	ck_assert_uint_eq(d.b->events[RG_EVENT_FLOW_NEW], 0);
	ck_assert_uint_ge(main_drops(d.b, RG_V_UNKNOWN_PEER), 190);
	duo_fini(&d);
}

END_TEST

START_TEST(one_way_sends_media_and_nothing_else_and_nothing_comes_back)
{
	struct gre_seen s;

	duo_init(&d, 1);
	duo_main(&d, secret_of(_i), secret_of(_i), 256);
	d.a_out.rist.one_way = d.b_in.rist.one_way = 1;
	d.a_out.rist.key_rotation = 700;
	duo_start(&d);
	record_start(&d.l);
	main_carry(&d, 3000);
	ck_assert_uint_eq(record_count(&d.b_media, NULL), 0);
	ck_assert_uint_eq(record_count(&d.a_media, NULL), 3000);
	for (unsigned i = 0; i < n_record; i++) {
		if (!rg_addr_eq(&record[i].from, &d.a_media))
			continue;
		ck_assert(gre_open(secret_of(_i), record[i].p, record[i].len, &s));
		ck_assert(s.kind == GRE_REDUCED && !s.rtcp && s.version == 1);
	}
	ck_assert_uint_eq(main_output(d.a)->tx.history_packets, 0);
	ck_assert_uint_le(d.a->pool.live, 64 + 8);
	duo_fini(&d);
}

END_TEST

START_TEST(one_way_skips_what_is_lost_and_asks_for_nothing)
{
	duo_init(&d, 1);
	duo_main(&d, secret_of(_i), secret_of(_i), 128);
	d.a_out.rist.one_way = d.b_in.rist.one_way = 1;
	d.l.link.loss = 0.1;
	duo_start(&d);
	record_start(&d.l);
	duo_send(&d, 3000, 1000);
	duo_run_ms(&d, 1500);
	ck_assert_uint_eq(d.wrong, 0);
	ck_assert_uint_gt(d.missing, 200);
	ck_assert_uint_lt(d.missing, 400);
	ck_assert_uint_ge(d.got + d.missing, 2990);
	ck_assert_uint_eq(record_count(&d.b_media, NULL), 0);
	duo_fini(&d);
}

END_TEST

/* What a far end got. */
static struct far {
	struct rg_addr at;
	uint32_t got, wrong, expect;
} far[2];

static void take(struct lab *l, const struct rg_addr *to, const uint8_t *p, size_t len)
{
	uint8_t want[DUO_PAYLOAD];

	(void)l;
	for (struct far *f = far; f < far + 2; f++) {
		if (!rg_addr_eq(to, &f->at))
			continue;
		duo_payload(want, f->expect);
		if (len == DUO_PAYLOAD && memcmp(p, want, len) == 0)
			f->got++;
		else
			f->wrong++;
		f->expect++;
	}
}

/* Datagrams of A to an address with media, and the retransmissions of them. */
static void count_media(const struct rg_addr *to, unsigned *media, unsigned *again)
{
	struct gre_seen s;

	*media = *again = 0;
	for (unsigned i = 0; i < n_record; i++) {
		if (!rg_addr_eq(&record[i].from, &d.a_media) || !rg_addr_eq(&record[i].to, to))
			continue;
		ck_assert(gre_open("a passphrase", record[i].p, record[i].len, &s));
		*media += s.kind == GRE_REDUCED && !s.rtcp;
		*again += s.kind == GRE_REDUCED && !s.rtcp && (s.body[11] & 1);
	}
}

START_TEST(a_listening_sender_serves_two_encrypted_receivers_each_its_own)
{
	static struct rg_side_plan c_in, c_out;
	static struct rg_stream_plan pc;
	struct rg_addr c_addr = lab_addr(4, 5200);
	unsigned media, again;
	struct lab_node *c;

	duo_init(&d, (uint64_t)_i);
	duo_main_reversed(&d, "a passphrase", "a passphrase", 128);
	c = lab_node(&d.l, 2);
	lab_bind(c, 0, c_addr);
	lab_bind(c, 1, lab_addr(4, 6000));
	c_in = lab_main(0, false, d.a_media, 0x77000000);
	c_out = lab_raw(1, RG_END_UDP, lab_addr(9, 4321));
	lab_secret(c, &c_in, 0, "a passphrase", 256);
	pc = (struct rg_stream_plan){"c", &c_in, &c_out, 1, 1, 0};
	memset(far, 0, sizeof(far));
	far[0].at = d.b_out.remote;
	far[1].at = c_out.remote;
	d.l.sink = take;
	d.a_out.rist.key_rotation = 1500;
	duo_start(&d);
	lab_stream(&d.l, c, &pc);
	duo_run_ms(&d, 300);
	record_start(&d.l);
	d.l.link.loss = 0.1;
	duo_send(&d, 2000, 1000);
	duo_run_ms(&d, 2000);
	for (unsigned i = 0; i < 2; i++) {
		ck_assert_uint_eq(far[i].got, 2000);
		ck_assert_uint_eq(far[i].wrong, 0);
		count_media(i ? &c_addr : &d.b_media, &media, &again);
		/* a tenth is asked for again, not two */
		ck_assert_uint_gt(again, 190);
		ck_assert_uint_lt(again, 400);
		ck_assert_uint_ge(media, 2000 + again);
	}
	ck_assert_uint_eq(main_output(d.a)->n_peers, 2);
	lab_remove(&d.l, c, 0);
	duo_send(&d, 1000, 1000);
	duo_run_ms(&d, 2000);
	ck_assert_uint_eq(far[0].got, 3000);
	ck_assert_uint_eq(d.a->events[RG_EVENT_PEER_LOST], 1);
	ck_assert_uint_eq(main_output(d.a)->n_peers, 1);
	duo_fini(&d);
}

END_TEST

/* Three callers of one listener, one of them in clear. */
START_TEST(several_encrypted_senders_of_a_listener_are_flows_of_their_own)
{
	static struct rg_side_plan in[3], out[3];
	static struct rg_stream_plan plan[3];
	static const uint8_t payload[188] = {0x47, 1};
	unsigned whole = 0;

	duo_init(&d, 5);
	duo_main(&d, NULL, "a passphrase", 128);
	d.b_in.rist.max_flows = 4;
	lab_stream(&d.l, d.b, &d.pb);
	for (unsigned k = 0; k < 3; k++) {
		struct lab_node *n = k ? lab_node(&d.l, 1 + k) : d.a;

		lab_bind(n, 0, lab_addr(10 + k, 9000));
		lab_bind(n, 1, lab_addr(10 + k, 40000));
		in[k] = lab_raw(0, RG_END_UDP, (struct rg_addr){0});
		out[k] = lab_main(1, false, d.b_media, 0x5000 + 2 * k);
		out[k].rist.key_rotation = 600 + 100 * k;
		if (k < 2)
			lab_secret(n, &out[k], 0, "a passphrase", k ? 256 : 128);
		plan[k] = (struct rg_stream_plan){"s", &in[k], &out[k], 1, 1, 0};
		lab_stream(&d.l, n, &plan[k]);
	}
	d.l.link.loss = 0.1;
	for (unsigned i = 0; i < 1500; i++) {
		for (unsigned k = 0; k < 3; k++)
			lab_feed(&d.l, &d.l.nodes[k ? 1 + k : 0], 0, lab_addr(8, 1), payload,
				sizeof(payload), 0);
		duo_run_ms(&d, 1);
	}
	duo_run_ms(&d, 1500);
	for (unsigned i = 0; i < 4; i++) {
		const struct rg_input_report *r = lab_input(lab_report(d.b, 0), i);

		whole += r->active && r->rx.delivered == 1500 && r->rx.lost == 0;
		ck_assert(!r->active || r->flow_id != 0x5004);
	}
	ck_assert_uint_eq(whole, 2);
	ck_assert_uint_ge(main_drops(d.b, RG_V_NOT_ENCRYPTED), 1300);
	duo_fini(&d);
}

END_TEST

TCase *main_role_cases(void)
{
	TCase *tc = tcase_create("main-roles");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, a_calling_sender_meets_a_listening_receiver, 0, 2);
	tcase_add_loop_test(tc, a_listening_sender_meets_a_calling_receiver, 0, 2);
	tcase_add_loop_test(tc, two_that_call_each_other_meet, 0, 2);
	tcase_add_loop_test(tc, two_that_listen_say_nothing, 0, 2);
	tcase_add_loop_test(tc, a_caller_ignores_whom_it_did_not_call, 0, 2);
	tcase_add_loop_test(tc, one_way_sends_media_and_nothing_else_and_nothing_comes_back, 0, 2);
	tcase_add_loop_test(tc, one_way_skips_what_is_lost_and_asks_for_nothing, 0, 2);
	tcase_add_test(tc, several_encrypted_senders_of_a_listener_are_flows_of_their_own);
	tcase_add_loop_test(
		tc, a_listening_sender_serves_two_encrypted_receivers_each_its_own, 0, 20);
	return tc;
}
