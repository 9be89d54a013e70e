/* SPDX-License-Identifier: BSD-3-Clause */
/* What a tunnel brings beside media and RTCP, and what it should not bring: ignored, counted. */
#include "gre_peer.h"
#include "main_lab.h"
#include "rg_bytes.h"
#include "rg_hex.h"
#include "worker_suites.h"

static struct duo d;
static struct gre_peer p;
static const char *secret = "a passphrase";

/* A listening receiver and its only peer, which the test plays. */
static void start_receiver(const char *s)
{
	duo_init(&d, 1);
	duo_main(&d, NULL, s, 128);
	lab_stream(&d.l, d.b, &d.pb);
	lab_bind(d.a, 1, (struct rg_addr){0});
	gre_peer_init(&p, &d.l, d.a_media, d.b_media);
	p.secret = s;
	gre_peer_name(&p);
	gre_peer_name(&p);
	duo_run_ms(&d, 150);
	record_start(&d.l);
}

/* A listening sender with one receiver, which the test plays. */
static void start_sender(const char *s)
{
	duo_init(&d, 1);
	duo_main_reversed(&d, s, NULL, 128);
	lab_stream(&d.l, d.a, &d.pa);
	lab_bind(d.b, 0, (struct rg_addr){0});
	d.l.sink = NULL;
	gre_peer_init(&p, &d.l, d.b_media, d.a_media);
	p.secret = s;
	gre_peer_name(&p);
	gre_peer_name(&p);
	duo_run_ms(&d, 150);
	record_start(&d.l);
}

static uint64_t all_counted(struct lab_node *n)
{
	uint64_t sum = 0;

	for (unsigned v = 0; v < RG_V_COUNT; v++)
		if (v != RG_V_HISTORY_EXPIRED)
			sum += main_drops(n, v);
	return sum;
}

/* Sends them from the peer's own address: each is counted under v, none is answered. */
static void expect_ignored(const char *const *frames, unsigned n, enum rg_verdict v)
{
	uint64_t before, all;

	duo_run_ms(&d, 100);
	before = main_drops(d.b, v);
	all = all_counted(d.b);
	n_record = 0;
	for (unsigned i = 0; i < n; i++)
		send_hex(&d.l, d.a_media, d.b_media, frames[i]);
	duo_run_ms(&d, 5);
	ck_assert_uint_eq(n_record, 0);
	duo_run_ms(&d, 100);
	ck_assert_uint_eq(main_drops(d.b, v), before + n);
	ck_assert_uint_eq(all_counted(d.b), all + n);
	ck_assert_uint_eq(d.b->events[RG_EVENT_FLOW_NEW], 0);
}

/* M135: the last one is EAPOL without a GRE header, whose length is where the type should be. */
START_TEST(eapol_is_ignored_and_counted_and_says_nothing_of_a_secret)
{
	static const char *const frames[] = {
		"1008888e 00000001 03010000",
		"0008888e 03010004",
		"1008888e 00000002 03000005 015a000501",
		"3008888e 01020304 00000003 03000005 015a000501",
		"03000005 015a000501",
	};

	start_receiver(_i ? secret : NULL);
	expect_ignored(frames, RG_ARRAY_LEN(frames), RG_V_GRE_TYPE);
	ck_assert_uint_eq(d.b->events[RG_EVENT_NOT_ENCRYPTED], 0);
	ck_assert_uint_eq(d.b->events[RG_EVENT_ENCRYPTED], 0);
	duo_fini(&d);
}

END_TEST

START_TEST(trap_m96_m97_gre_that_is_none_of_rist_is_refused)
{
	static const char *const bits[] = {
		"500888b6 00000000 07b307b0 80211234 00000000 0ace0ac0 deadbeef",
		"100988b6 00000000 07b307b0 80211234 00000000 0ace0ac0 deadbeef",
		"100f88b6 00000000 07b307b0 80211234 00000000 0ace0ac0 deadbeef",
	};
	static const char *const versions[] = {
		"102888b6 00000000 07b307b0 80211234 00000000 0ace0ac0 deadbeef",
		"1038cce0 00000000 00000000 07b307b0 80211234 00000000 0ace0ac0 deadbeef",
	};

	start_receiver(_i ? secret : NULL);
	expect_ignored(bits, RG_ARRAY_LEN(bits), RG_V_GRE_BITS);
	expect_ignored(versions, RG_ARRAY_LEN(versions), RG_V_GRE_VERSION);
	duo_fini(&d);
}

END_TEST

/* M113: nonce 0; M123: the layout of 2020; a key without a number. */
START_TEST(trap_m113_m123_encryption_that_cannot_be_is_refused)
{
	static const char *const frames[] = {
		"300888b6 00000000 00000007 3510d5b291502fe595547e4577a6c1da2a3dc81d",
		"300088b6 01020304 00000007 577f318a41528ab0720357b7d73674a4129ed713",
		"200888b6 01020304 3510d5b291502fe595547e4577a6c1da2a3dc81d",
	};

	start_receiver(_i ? secret : NULL);
	expect_ignored(frames, RG_ARRAY_LEN(frames), RG_V_GRE_BITS);
	ck_assert_uint_le(d.b->wanted[RG_CTL_WANT_RX_KEY], 1);
	duo_fini(&d);
}

END_TEST

START_TEST(an_unknown_vsf_type_is_counted_and_a_sign_of_life)
{
	static const uint8_t unknown[] = {0, 0, 0x12, 0x34, 1, 2, 3, 4};
	static const uint8_t other_type[] = {0, 1, 0, 0, 1, 2, 3, 4};
	static const uint8_t future_nonce[] = {0, 0, 0x80, 0x01, 1, 2, 3, 4};

	start_sender(_i ? secret : NULL);
	for (unsigned k = 0; k < 40; k++) {
		p.version = 2;
		gre_peer_send(&p, GRE_VSF, unknown, sizeof(unknown));
		gre_peer_send(&p, GRE_VSF, other_type, sizeof(other_type));
		gre_peer_send(&p, GRE_VSF, future_nonce, sizeof(future_nonce));
		duo_run_ms(&d, 100);
	}
	duo_run_ms(&d, 100);
	ck_assert_uint_eq(main_drops(d.a, RG_V_VSF_TYPE), 80);
	ck_assert_uint_eq(main_drops(d.a, RG_V_DECRYPT), 0);
	ck_assert_uint_eq(d.a->events[RG_EVENT_PEER_LOST], 0);
	duo_run_ms(&d, 2500);
	ck_assert_uint_eq(d.a->events[RG_EVENT_PEER_LOST], 1);
	duo_fini(&d);
}

END_TEST

/* libRIST's own datagram of the start is among them (M168), golden packet 33. */
START_TEST(other_ethertypes_go_to_the_api_when_a_peer_sends_them)
{
	static const uint8_t ip[] = {0x45, 0, 0, 0x14, 0xd4, 0x31, 0x40, 0};
	struct gre_peer stranger;
	struct rg_oob m;

	start_receiver(_i ? secret : NULL);
	gre_peer_send(&p, 0x0800, ip, sizeof(ip));
	gre_peer_send(&p, 0x1234, ip, 4);
	stranger = p;
	stranger.at = lab_addr(7, 7);
	gre_peer_send(&stranger, 0x0800, ip, sizeof(ip));
	duo_run_ms(&d, 5);
	ck_assert_uint_eq(n_record, 0); /* M107: and it is no peer */
	duo_run_ms(&d, 100);
	ck_assert_uint_eq(main_drops(d.b, RG_V_UNKNOWN_PEER), 1);
	ck_assert(rg_worker_oob_take(d.b->w, &m));
	ck_assert_uint_eq(m.type, 0x0800);
	ck_assert_uint_eq(m.len, sizeof(ip));
	ck_assert_mem_eq(m.data, ip, sizeof(ip));
	ck_assert(rg_worker_oob_take(d.b->w, &m));
	ck_assert_uint_eq(m.type, 0x1234);
	ck_assert(!rg_worker_oob_take(d.b->w, &m));
	duo_fini(&d);
}

END_TEST

START_TEST(trap_m102_no_buffer_negotiation_is_answered)
{
	static const uint8_t foreign[] = {0x03, 0xf2, 0x01, 0x00, 0x00, 0x07};
	static const uint8_t plain[] = {0x03, 0xf2, 0, 0, 0, 0};
	struct lab_node *n;

	(_i & 2 ? start_sender : start_receiver)(_i & 1 ? secret : NULL);
	n = _i & 2 ? d.a : d.b;
	p.version = 2;
	gre_peer_name(&p);
	duo_run_ms(&d, 200); /* its own three are sent */
	n_record = 0;
	for (unsigned k = 0; k < 10; k++) {
		gre_peer_send(&p, GRE_BUFFER, k & 1 ? foreign : plain, 6);
		duo_run_ms(&d, 4);
		for (unsigned i = 0; i < n_record; i++) {
			struct gre_seen s;

			ck_assert(gre_open(secret, record[i].p, record[i].len, &s));
			ck_assert_uint_ne(s.kind, GRE_BUFFER);
		}
	}
	duo_run_ms(&d, 100);
	ck_assert_uint_eq(main_drops(n, RG_V_SHORT) + main_drops(n, RG_V_VSF_TYPE), 0);
	duo_fini(&d);
}

END_TEST

START_TEST(what_is_no_rtcp_with_a_name_makes_no_peer)
{
	static const uint8_t buffer[] = {0x03, 0xf2, 0, 0, 0, 0};
	static const uint8_t rr[] = {
		0x07, 0xb3, 0x07, 0xb1, 0x80, 0xc9, 0, 1, 0x0a, 0xce, 0x0a, 0xc0};

	start_receiver(_i ? secret : NULL);
	p.at = lab_addr(7, 7);
	p.version = 2;
	for (unsigned k = 0; k < 10; k++) {
		gre_peer_keepalive(&p);
		gre_peer_send(&p, GRE_BUFFER, buffer, sizeof(buffer));
		gre_peer_send(&p, GRE_REDUCED, rr, sizeof(rr));
		duo_run_ms(&d, 100);
	}
	ck_assert_uint_eq(record_count(NULL, &p.at), 0);
	duo_run_ms(&d, 100);
	ck_assert_uint_eq(main_drops(d.b, RG_V_UNKNOWN_PEER), 30);
	duo_fini(&d);
}

END_TEST

START_TEST(trap_m10_a_keepalive_keeps_a_peer_and_revives_none)
{
	duo_init(&d, 1);
	duo_main(&d, _i ? secret : NULL, NULL, 128);
	lab_stream(&d.l, d.a, &d.pa);
	lab_bind(d.b, 0, (struct rg_addr){0});
	d.l.sink = NULL;
	gre_peer_init(&p, &d.l, d.b_media, d.a_media);
	p.secret = _i ? secret : NULL;
	gre_peer_name(&p);
	gre_peer_name(&p);
	for (unsigned k = 0; k < 40; k++) {
		gre_peer_keepalive(&p);
		duo_run_ms(&d, 100);
	}
	ck_assert_uint_eq(main_output(d.a)->connected, 1);
	ck_assert_uint_eq(d.a->events[RG_EVENT_PEER_LOST], 0);
	duo_run_ms(&d, 2500);
	ck_assert_uint_eq(main_output(d.a)->connected, 0);
	for (unsigned k = 0; k < 10; k++) {
		gre_peer_keepalive(&p);
		duo_run_ms(&d, 100);
	}
	ck_assert_uint_eq(main_output(d.a)->connected, 0);
	gre_peer_name(&p);
	duo_run_ms(&d, 150);
	ck_assert_uint_eq(main_output(d.a)->connected, 1);
	duo_fini(&d);
}

END_TEST

/* One of each kind and version that both ends sent, the longest of each. */
static unsigned choose(const struct recorded *from[], unsigned most)
{
	unsigned n = 0;

	for (unsigned i = 0; i < n_record; i++) {
		const struct recorded *r = &record[i];
		struct gre_seen s, other;
		unsigned k = 0;

		if (!rg_addr_eq(&r->to, &d.a_media) && !rg_addr_eq(&r->to, &d.b_media))
			continue;
		ck_assert(gre_open(secret, r->p, r->len, &s));
		for (; k < n; k++) {
			gre_open(secret, from[k]->p, from[k]->len, &other);
			if (rg_addr_eq(&r->from, &from[k]->from) && s.kind == other.kind &&
				s.version == other.version && s.rtcp == other.rtcp)
				break;
		}
		if (k == most)
			continue;
		if (k == n)
			from[n++] = r;
		else if (r->len > from[k]->len)
			from[k] = r;
	}
	return n;
}

START_TEST(datagrams_cut_at_every_length_are_counted_once_and_crash_nothing)
{
	const struct recorded *whole[16];
	uint64_t before;
	unsigned kinds, n = 0;

	duo_init(&d, 1);
	duo_main(&d, _i ? secret : NULL, _i ? secret : NULL, _i == 2 ? 256 : 128);
	d.a_out.rist.npd = d.a_out.rist.seq_ext = d.b_in.rist.seq_ext = 1;
	d.l.link.loss = 0.1;
	duo_start(&d);
	record_start(&d.l);
	duo_send(&d, 1500, 1000);
	kinds = choose(whole, RG_ARRAY_LEN(whole));
	ck_assert_uint_ge(kinds, 10);
	d.l.link.loss = 0;
	duo_send(&d, 500, 1000);
	before = all_counted(d.a) + all_counted(d.b);
	for (unsigned i = 0; i < kinds; i++)
		for (size_t len = 1; len < whole[i]->len; len++, n++)
			lab_send(&d.l, whole[i]->from, whole[i]->to, whole[i]->p, len, false);
	ck_assert_uint_gt(n, 2000);
	duo_send(&d, 110, 1000);
	ck_assert_uint_ge(all_counted(d.a) + all_counted(d.b), before + n);
	/* some had a whole echo request, and the answer is counted at the other end */
	ck_assert_uint_le(all_counted(d.a) + all_counted(d.b), before + n + 80);
	ck_assert_uint_eq(d.wrong, 0);
	main_carry(&d, 500);
	duo_fini(&d);
}

END_TEST

TCase *main_stray_cases(void)
{
	TCase *tc = tcase_create("main-stray");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, eapol_is_ignored_and_counted_and_says_nothing_of_a_secret, 0, 2);
	tcase_add_loop_test(tc, trap_m96_m97_gre_that_is_none_of_rist_is_refused, 0, 2);
	tcase_add_loop_test(tc, trap_m113_m123_encryption_that_cannot_be_is_refused, 0, 2);
	tcase_add_loop_test(tc, an_unknown_vsf_type_is_counted_and_a_sign_of_life, 0, 2);
	tcase_add_loop_test(tc, other_ethertypes_go_to_the_api_when_a_peer_sends_them, 0, 2);
	tcase_add_loop_test(tc, trap_m102_no_buffer_negotiation_is_answered, 0, 4);
	tcase_add_loop_test(tc, what_is_no_rtcp_with_a_name_makes_no_peer, 0, 2);
	tcase_add_loop_test(tc, trap_m10_a_keepalive_keeps_a_peer_and_revives_none, 0, 2);
	tcase_add_loop_test(
		tc, datagrams_cut_at_every_length_are_counted_once_and_crash_nothing, 0, 3);
	return tc;
}
