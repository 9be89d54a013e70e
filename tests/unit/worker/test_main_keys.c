/* SPDX-License-Identifier: BSD-3-Clause */
/* Keys of the Main profile: rotation, a slow control, none at all, counters that run out. */
#include "gre_peer.h"
#include "main_lab.h"
#include "rg_bytes.h"
#include "tunnel.h"
#include "worker_priv.h"
#include "worker_suites.h"

static struct duo d;

/* Different nonces in what an address sent. */
static unsigned nonces_of(const struct rg_addr *from)
{
	uint32_t seen[64], n = 0;

	for (unsigned i = 0; i < n_record; i++) {
		uint32_t nonce = rg_get32(record[i].p + 4), k = 0;

		if (!rg_addr_eq(&record[i].from, from))
			continue;
		while (k < n && seen[k] != nonce)
			k++;
		if (k == n && n < RG_ARRAY_LEN(seen))
			seen[n++] = nonce;
	}
	return n;
}

static void start(uint64_t seed, uint32_t rotation_a, uint32_t rotation_b)
{
	duo_init(&d, seed);
	duo_main(&d, "a passphrase", "a passphrase", 128);
	d.a_out.rist.key_rotation = rotation_a;
	d.b_in.rist.key_rotation = rotation_b;
	duo_start(&d);
	record_start(&d.l);
}

START_TEST(keys_rotate_both_ways_over_a_lossy_link_and_nothing_is_lost)
{
	start(3 + (uint64_t)_i, 400, 100);
	d.l.link.loss = 0.1;
	main_carry(&d, 6000);
	ck_assert_uint_ge(nonces_of(&d.a_media), 12);
	ck_assert_uint_ge(nonces_of(&d.b_media), 5);
	ck_assert_uint_eq(main_drops(d.b, RG_V_KEY_LIMIT) + main_drops(d.a, RG_V_KEY_LIMIT), 0);
	ck_assert_uint_eq(main_drops(d.b, RG_V_DECRYPT) + main_drops(d.a, RG_V_DECRYPT), 0);
	duo_fini(&d);
}

END_TEST

/* TR-06-2 section 7.4 counts datagrams, and GRE numbers go on. */
START_TEST(a_key_serves_as_many_datagrams_as_configured_and_numbers_go_on)
{
	uint32_t last = 0, nonce = 0, n = 0, rotations = 0;

	start(1, 50, 0);
	duo_send(&d, 300, 5000);
	for (unsigned i = 0; i < n_record; i++) {
		const uint8_t *p = record[i].p;

		if (!rg_addr_eq(&record[i].from, &d.a_media))
			continue;
		ck_assert_uint_eq(rg_get32(p + 8), last++);
		if (rg_get32(p + 4) != nonce) {
			ck_assert(rotations == 0 || n == 50);
			rotations++;
			n = 0;
		}
		nonce = rg_get32(p + 4);
		ck_assert_uint_ne(nonce, 0);
		ck_assert_uint_eq(nonce >> 31, 0); /* M111 */
		n++;
	}
	ck_assert_uint_ge(rotations, 6);
	duo_fini(&d);
}

END_TEST

START_TEST(what_waits_for_its_key_is_replayed_in_order)
{
	start(1, 400, 0);
	d.l.control_ns = 50 * RG_NS_PER_MS;
	main_carry(&d, 3000);
	ck_assert_uint_ge(nonces_of(&d.a_media), 7);
	/* fifty packets wait at each change: had they been overtaken, they were asked for */
	ck_assert_uint_eq(main_output(d.a)->tx.retransmitted, 0);
	ck_assert_uint_eq(main_drops(d.b, RG_V_KEY_PENDING), 0);
	duo_fini(&d);
}

END_TEST

START_TEST(a_control_slower_than_the_wait_costs_only_what_can_be_asked_for)
{
	start(1, 1500, 0);
	duo_send(&d, 100, 1000);
	d.l.control_ns = 600 * RG_NS_PER_MS;
	main_carry(&d, 4000);
	ck_assert_uint_gt(main_drops(d.b, RG_V_KEY_PENDING), 100);
	duo_fini(&d);
}

END_TEST

START_TEST(without_a_next_key_the_sender_goes_on_under_the_old_one)
{
	start(1, 100, 0);
	d.l.control_deaf = 1 << RG_CTL_WANT_TX_KEY;
	main_carry(&d, 1000);
	ck_assert_uint_eq(nonces_of(&d.a_media), 2); /* the two it was born with */
	ck_assert_uint_eq(main_drops(d.a, RG_V_NO_KEY), 0);
	duo_fini(&d);
}

END_TEST

START_TEST(a_receiver_without_answers_holds_little_asks_seldom_and_comes_back)
{
	uint64_t held;

	start(1, 2000, 0);
	duo_send(&d, 1000, 1000);
	held = d.b->pool.live;
	d.l.control_deaf = 1 << RG_CTL_WANT_RX_KEY;
	d.b->wanted[RG_CTL_WANT_RX_KEY] = 0;
	duo_send(&d, 6000, 1000);
	ck_assert_uint_le(d.b->pool.live, held + 512 + 64);
	ck_assert_uint_ge(main_drops(d.b, RG_V_KEY_PENDING), 3000);
	ck_assert_uint_ge(d.b->wanted[RG_CTL_WANT_RX_KEY], 3);
	ck_assert_uint_le(d.b->wanted[RG_CTL_WANT_RX_KEY], 12);
	d.l.control_deaf = 0;
	duo_send(&d, 3000, 1000);
	d.got = d.missing = 0;
	duo_send(&d, 1000, 1000);
	ck_assert_uint_eq(d.wrong + d.missing, 0);
	ck_assert_uint_ge(d.got, 990);
	duo_fini(&d);
}

END_TEST

/* White box: nobody waits for 2^32 datagrams. */
static struct rg_tunnel *sender_tunnel(void)
{
	return rg_tx_tunnel(((struct stream *)d.a->stream_mem[0])->out[0].tx);
}

START_TEST(trap_m122_no_counter_is_used_twice_under_one_key)
{
	struct rg_tunnel *t;

	start(1, 0, 0);
	d.l.control_deaf = 1 << RG_CTL_WANT_TX_KEY;
	duo_send(&d, 100, 1000);
	t = sender_tunnel();
	t->used = KEY_PACKETS_MAX - 1;
	duo_send(&d, 100, 1000);
	ck_assert_uint_eq(nonces_of(&d.a_media), 2);
	t->used = UINT32_MAX - 10;
	duo_send(&d, 100, 1000);
	duo_run_ms(&d, 100); /* for the report */
	ck_assert_uint_eq(nonces_of(&d.a_media), 2);
	ck_assert_uint_ge(main_drops(d.a, RG_V_NO_KEY), 80);
	/* with a key it goes on, and what the history has is asked for */
	d.l.control_deaf = 0;
	main_carry(&d, 500);
	ck_assert_uint_eq(nonces_of(&d.a_media), 3);
	duo_fini(&d);
}

END_TEST

START_TEST(the_gre_number_wraps_amid_a_stream_with_loss_and_rotation)
{
	start(5, 400, 0);
	d.l.link.loss = 0.1;
	sender_tunnel()->seq = UINT32_MAX - 700;
	main_carry(&d, 3000);
	ck_assert_uint_lt(sender_tunnel()->seq, 4000);
	duo_fini(&d);
}

END_TEST

START_TEST(both_key_sizes_meet)
{
	duo_init(&d, 6);
	duo_main(&d, "a passphrase", NULL, _i ? 256 : 128);
	lab_secret(d.b, &d.b_in, 0, "a passphrase", _i ? 128 : 256);
	d.l.link.loss = 0.1;
	duo_start(&d);
	record_start(&d.l);
	main_carry(&d, 2000);
	for (unsigned i = 0; i < n_record; i++) { /* M114: H says whose size it is */
		bool a = rg_addr_eq(&record[i].from, &d.a_media);

		if (a || rg_addr_eq(&record[i].from, &d.b_media))
			ck_assert_uint_eq(record[i].p[1] & 0x40, a == (_i == 1) ? 0x40 : 0);
	}
	duo_fini(&d);
}

END_TEST

/* Headers are written before a payload that both outputs share, and the cipher reads them there. */
START_TEST(two_encrypted_outputs_repeat_the_same_packet_in_one_step)
{
	static struct rg_side_plan outs[2];
	const char *secret = "a passphrase";
	struct gre_peer peer[2];
	uint8_t nack[16], wire[2][LAB_BUF];
	struct lab_arrival in[2];
	unsigned n = 0;

	duo_init(&d, 1);
	lab_bind(d.a, 2, lab_addr(1, 40002));
	for (unsigned k = 0; k < 2; k++) {
		struct rg_addr to = lab_addr(3 + k, 5000),
			       from = lab_addr(1, (uint16_t)(40000 + 2 * k));

		lab_bind(d.a, (uint16_t)(1 + k), from);
		outs[k] = lab_main((uint16_t)(1 + k), false, to, DUO_SSRC_A + 2 * k);
		outs[k].first_seq = 100;
		lab_secret(d.a, &outs[k], 0, secret, 128);
		gre_peer_init(&peer[k], &d.l, to, from);
		peer[k].secret = secret;
		peer[k].nonce = 77 + k;
	}
	d.pa.outputs = outs;
	d.pa.n_outputs = 2;
	d.l.sink = NULL;
	lab_stream(&d.l, d.a, &d.pa);
	d.next = d.l.now;
	for (unsigned k = 0; k < 3; k++) {
		gre_peer_name(&peer[0]);
		gre_peer_name(&peer[1]);
		duo_run_ms(&d, 5);
	}
	duo_send(&d, 10, 1000);
	record_start(&d.l);
	for (unsigned k = 0; k < 2; k++) {
		uint8_t body[20];

		rg_put32(nack, 0x80cc0003);
		rg_put32(nack + 4, DUO_SSRC_A + 2 * k);
		memcpy(nack + 8, "RIST", 4);
		rg_put32(nack + 12, 103 << 16 | 1);
		rg_put32(body, 1971 << 16 | 1969);
		memcpy(body + 4, nack, 16);
		in[k] = (struct lab_arrival){
			.ep = (uint16_t)(1 + k), .from = peer[k].at, .p = wire[k]};
		in[k].len = gre_peer_wrap(&peer[k], GRE_REDUCED, body, 20, wire[k]);
	}
	lab_feed_burst(&d.l, d.a, in, 2);
	duo_run_ms(&d, 10);
	for (unsigned i = 0; i < n_record; i++) {
		struct gre_seen s;
		unsigned k = record[i].from.port == 40002;

		ck_assert(gre_open(secret, record[i].p, record[i].len, &s));
		if (s.rtcp || s.kind != GRE_REDUCED)
			continue;
		ck_assert_uint_eq(rg_get32(s.body + 8), (DUO_SSRC_A + 2 * k) | 1);
		ck_assert_uint_eq(s.len, 12 + DUO_PAYLOAD);
		n++;
	}
	ck_assert_uint_eq(n, 4);
	duo_fini(&d);
}

END_TEST

START_TEST(an_empty_pool_drops_and_recovers)
{
	start(2, 300, 50);
	d.l.link.loss = 0.05;
	duo_send(&d, 200, 1000);
	d.a->pool.cap = d.a->pool.live;
	d.b->pool.cap = d.b->pool.live;
	duo_send(&d, 300, 1000);
	duo_run_ms(&d, 1000);
	ck_assert_uint_gt(main_drops(d.a, RG_V_NO_BUFFER), 0);
	d.a->pool.cap = d.b->pool.cap = UINT64_MAX;
	duo_run_ms(&d, 3000);
	d.got = d.missing = 0;
	d.expect = d.sent;
	duo_send(&d, 500, 1000);
	duo_run_ms(&d, 1500);
	ck_assert_uint_eq(d.got, 500);
	ck_assert_uint_eq(d.wrong + d.missing, 0);
	duo_fini(&d);
}

END_TEST

START_TEST(a_stream_that_ends_while_keys_are_under_way_gives_all_back)
{
	for (unsigned k = 0; k < 40; k++) {
		start(1 + k, 20, 3);
		d.l.control_ns = 20 * RG_NS_PER_MS;
		duo_send(&d, 3 * k, 1000);
		duo_fini(&d); /* checks buffers and keys */
	}
}

END_TEST

TCase *main_key_cases(void)
{
	TCase *tc = tcase_create("main-keys");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, keys_rotate_both_ways_over_a_lossy_link_and_nothing_is_lost, 0, 2);
	tcase_add_test(tc, a_key_serves_as_many_datagrams_as_configured_and_numbers_go_on);
	tcase_add_test(tc, what_waits_for_its_key_is_replayed_in_order);
	tcase_add_test(tc, a_control_slower_than_the_wait_costs_only_what_can_be_asked_for);
	tcase_add_test(tc, without_a_next_key_the_sender_goes_on_under_the_old_one);
	tcase_add_test(tc, a_receiver_without_answers_holds_little_asks_seldom_and_comes_back);
	tcase_add_test(tc, trap_m122_no_counter_is_used_twice_under_one_key);
	tcase_add_test(tc, the_gre_number_wraps_amid_a_stream_with_loss_and_rotation);
	tcase_add_loop_test(tc, both_key_sizes_meet, 0, 2);
	tcase_add_test(tc, an_empty_pool_drops_and_recovers);
	tcase_add_test(tc, a_stream_that_ends_while_keys_are_under_way_gives_all_back);
	tcase_add_test(tc, two_encrypted_outputs_repeat_the_same_packet_in_one_step);
	return tc;
}
