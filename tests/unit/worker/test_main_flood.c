/* SPDX-License-Identifier: BSD-3-Clause */
/* Forged nonces and recorded datagrams beside a running stream. */
#include "gre_peer.h"
#include "main_lab.h"
#include "rg_bytes.h"
#include "tunnel.h"
#include "worker_suites.h"

#define FORGED     100000
#define PER_PACKET 20

static struct duo d;

static void start(uint64_t seed, uint32_t rotation)
{
	duo_init(&d, seed);
	duo_main(&d, "a passphrase", "a passphrase", 128);
	d.a_out.rist.key_rotation = rotation;
	d.l.link.loss = 0.05;
	duo_start(&d);
	duo_send(&d, 500, 1000);
	d.b->wanted[RG_CTL_WANT_RX_KEY] = d.a->wanted[RG_CTL_WANT_RX_KEY] = 0;
}

enum flood {
	FLOOD_STRANGERS,
	FLOOD_STRANGERS_AGAIN, /* each nonce comes four times */
	FLOOD_SPOOFED, /* from the peer's own address, numbers as they come */
	FLOOD_SPOOFED_NEAR, /* and numbers that the peer might have */
	FLOOD_PARKED, /* few nonces, each as often as fits where a datagram waits for its key */
	FLOOD_SENDER, /* the same to the sender, from the receiver's address */
	FLOOD_KINDS,
};

/* One that looks like media or RTCP under a key that nobody has. */
static void forge(enum flood kind, unsigned k)
{
	uint8_t p[64];
	struct rg_addr from = lab_addr(20 + (unsigned)(lab_random(&d.l) % 200),
		(uint16_t)(1024 + lab_random(&d.l) % 60000));
	struct rg_addr to = kind == FLOOD_SENDER ? d.a_media : d.b_media;
	uint32_t nonce = (uint32_t)lab_random(&d.l) | 1, seq = (uint32_t)lab_random(&d.l);

	if (kind == FLOOD_STRANGERS_AGAIN) {
		nonce = (k / 4 + 1) * UINT32_C(2654435761);
		from = lab_addr(20 + k / 4 % 200, 5000);
	}
	if (kind == FLOOD_PARKED)
		nonce = (k / 2500 + 1) * UINT32_C(2654435761);
	else if (kind >= FLOOD_SPOOFED)
		from = kind == FLOOD_SENDER ? d.b_media : d.a_media;
	if (kind >= FLOOD_SPOOFED_NEAR)
		seq %= 1000;
	for (unsigned i = 0; i < sizeof(p); i++)
		p[i] = (uint8_t)lab_random(&d.l);
	rg_put32(p, k & 1 ? 0x300888b6 : 0x3010cce0);
	rg_put32(p + 4, nonce);
	rg_put32(p + 8, seq);
	lab_send(&d.l, from, to, p, sizeof(p), false);
}

START_TEST(forged_nonces_cost_few_derivations_and_the_stream_nothing)
{
	const unsigned lasts_s = FORGED / PER_PACKET / 1000 + 1;
	struct lab_node *victim;
	uint64_t held;

	start((uint64_t)_i, 1500);
	if (_i == FLOOD_PARKED)
		d.l.control_ns = 50 * RG_NS_PER_MS;
	victim = _i == FLOOD_SENDER ? d.a : d.b;
	held = victim->pool.live;
	for (unsigned k = 0; k < FORGED; k++) {
		if (k % PER_PACKET == 0)
			duo_send(&d, 1, 1000);
		forge((enum flood)_i, k);
	}
	ck_assert_uint_le(victim->pool.live, held + PARKED_MAX + 600);
	main_carry(&d, 500);
	/* strangers and the peer, each a burst and what flows in; the stream's own are in it */
	ck_assert_uint_le(victim->wanted[RG_CTL_WANT_RX_KEY],
		RG_KEYRING_STRANGER_BURST + RG_KEYRING_STRANGER_HZ * lasts_s +
			RG_KEYRING_PEER_BURST + RG_KEYRING_PEER_HZ * lasts_s);
	ck_assert_uint_ge(main_drops(victim, RG_V_KEY_LIMIT) +
			main_drops(victim, RG_V_KEY_PENDING) + main_drops(victim, RG_V_DECRYPT),
		FORGED * 9 / 10);
	ck_assert_uint_eq(d.b->events[RG_EVENT_FLOW_LOST] + d.a->events[RG_EVENT_PEER_LOST], 0);
	duo_fini(&d);
}

END_TEST

/* Nothing but media tells of its key, which belongs to no peer. */
START_TEST(a_one_way_stream_keeps_its_key_past_a_crowd_of_strangers)
{
	duo_init(&d, (uint64_t)_i);
	duo_main(&d, "a passphrase", "a passphrase", 128);
	d.a_out.rist.one_way = d.b_in.rist.one_way = 1;
	duo_start(&d);
	duo_send(&d, 1500, 1000);
	d.b->wanted[RG_CTL_WANT_RX_KEY] = 0;
	for (unsigned k = 0; k < FORGED; k++) {
		if (k % PER_PACKET == 0)
			duo_send(&d, 1, 1000);
		forge((enum flood)_i, k);
	}
	main_carry(&d, 500);
	duo_fini(&d);
}

END_TEST

/* A link that sends everything once more after a fifth of a second, and somebody who recorded it all
 * and sends it from elsewhere. */
START_TEST(recorded_datagrams_change_nothing_while_the_stream_runs)
{
	unsigned late = 0;

	start(3, 700);
	record_start(&d.l);
	for (unsigned k = 0; k < 3000; k++) {
		duo_send(&d, 1, 1000);
		for (; rg_time_diff(d.l.now, record[late].at) > 200 * RG_NS_PER_MS; late++) {
			const struct recorded *r = &record[late];

			if (!rg_addr_eq(&r->from, &d.a_media) && !rg_addr_eq(&r->from, &d.b_media))
				continue;
			lab_send(&d.l, r->from, r->to, r->p, r->len, false);
			lab_send(&d.l, lab_addr(30 + late % 3, 4000), r->to, r->p, r->len, false);
		}
	}
	ck_assert_uint_gt(late, 5000);
	main_carry(&d, 500);
	ck_assert_uint_eq(d.b->events[RG_EVENT_FLOW_NEW], 1);
	ck_assert_uint_eq(d.b->events[RG_EVENT_FLOW_RESTART], 0);
	ck_assert_uint_eq(d.b->events[RG_EVENT_FLOW_LOST], 0);
	ck_assert_uint_eq(d.b->events[RG_EVENT_PEER_MOVED], 0);
	ck_assert_uint_eq(d.a->events[RG_EVENT_PEER_MOVED], 0);
	ck_assert_uint_eq(d.a->events[RG_EVENT_PEER_LOST], 0);
	duo_fini(&d);
}

END_TEST

TCase *main_flood_cases(void)
{
	TCase *tc = tcase_create("main-flood");

	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, a_one_way_stream_keeps_its_key_past_a_crowd_of_strangers,
		FLOOD_STRANGERS, FLOOD_SPOOFED);
	tcase_add_loop_test(
		tc, forged_nonces_cost_few_derivations_and_the_stream_nothing, 0, FLOOD_KINDS);
	tcase_add_test(tc, recorded_datagrams_change_nothing_while_the_stream_runs);
	return tc;
}
