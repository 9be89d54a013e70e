/* SPDX-License-Identifier: BSD-3-Clause */
/* Outputs that choose by inner port, and the flows of several sources that have one: libRIST makes
 * a flow of each input of a sender. */
#include "gre_peer.h"
#include "rg_bytes.h"
#include "worker_suites.h"

#define OUTPUTS 2

static struct duo d;
static struct rg_side_plan outs[OUTPUTS];
static unsigned got[OUTPUTS];
static uint32_t last[OUTPUTS]; /* payload */

static void take(struct lab *l, const struct rg_addr *to, const uint8_t *p, size_t len)
{
	(void)l;
	for (unsigned i = 0; i < OUTPUTS; i++) {
		if (!rg_addr_eq(to, &outs[i].remote))
			continue;
		ck_assert_uint_eq(len, 4);
		last[i] = rg_get32(p);
		got[i]++;
	}
}

/* A listening receiver with an output for port 1000 and one for 2000. */
static void start(void)
{
	duo_init(&d, 1);
	duo_main(&d, NULL, NULL, 128);
	d.l.sink = take;
	d.b_in.rist.max_flows = 4;
	for (uint16_t i = 0; i < OUTPUTS; i++) {
		outs[i] = lab_raw(2 + i, RG_END_UDP, lab_addr(9, 1234 + i));
		outs[i].stream_id = (uint16_t)(1000 * (i + 1));
		lab_bind(d.b, 2 + i, lab_addr(2, 6000 + i));
		got[i] = 0;
	}
	d.pb.outputs = outs;
	d.pb.n_outputs = OUTPUTS;
	lab_stream(&d.l, d.b, &d.pb);
}

static struct gre_peer source(uint16_t port, uint32_t ssrc, uint16_t dst)
{
	struct gre_peer p;

	gre_peer_init(&p, &d.l, lab_addr(1, port), d.b_media);
	p.ssrc = ssrc;
	p.dst = dst;
	gre_peer_name(&p);
	return p;
}

/* n packets of both, a millisecond apart; p first. */
static void send_both(struct gre_peer *p, struct gre_peer *q, uint16_t seq, unsigned n)
{
	for (unsigned i = 0; i < n; i++, seq++) {
		if (i % 50 == 0) {
			gre_peer_name(p);
			gre_peer_name(q);
		}
		gre_peer_media(p, seq);
		gre_peer_media(q, seq);
		duo_run_ms(&d, 1);
	}
}

/* 200 packets of a source with port 1000 and of one with this port, and the buffer. */
static void carry_two(uint16_t second_dst)
{
	struct gre_peer p = source(41000, 0x1000, 1000), q = source(41002, 0x2000, second_dst);

	send_both(&p, &q, 100, 200);
	duo_run_ms(&d, 1500);
}

START_TEST(two_flows_go_to_the_outputs_of_their_ports)
{
	start();
	carry_two(2000);
	ck_assert_uint_eq(got[0], 200);
	ck_assert_uint_eq(got[1], 200);
	duo_fini(&d);
}

END_TEST

/* What restarts gets another place among the flows, which somebody else's was. */
START_TEST(flows_that_swap_their_places_keep_their_outputs)
{
	struct gre_peer p, q;

	start();
	p = source(41000, 0x1000, 1000);
	q = source(41002, 0x2000, 2000);
	send_both(&p, &q, 100, 200);
	duo_run_ms(&d, 4000); /* both are lost */
	ck_assert_uint_eq(d.b->events[RG_EVENT_FLOW_LOST], 2);
	q = source(42002, 0x2002, 2000);
	p = source(42000, 0x1002, 1000);
	send_both(&q, &p, 700, 200);
	duo_run_ms(&d, 1500);
	ck_assert_uint_eq(got[0], 400);
	ck_assert_uint_eq(got[1], 400);
	ck_assert_uint_eq(last[0], 0xdead0000 | 899);
	duo_fini(&d);
}

END_TEST

START_TEST(a_stray_packet_does_not_hold_an_output)
{
	struct gre_peer stray;

	start();
	gre_peer_init(&stray, &d.l, lab_addr(1, 43000), d.b_media);
	stray.dst = 1000;
	gre_peer_media(&stray, 7);
	duo_run_ms(&d, 100);
	carry_two(2000);
	ck_assert_uint_ge(got[0], 200);
	ck_assert_uint_eq(got[1], 200);
	duo_fini(&d);
}

END_TEST

START_TEST(two_sources_with_one_port_are_not_mixed)
{
	start();
	carry_two(1000);
	ck_assert_uint_eq(got[0], 200);
	ck_assert_uint_eq(lab_report(d.b, 0)->drops[RG_V_STRANGER], 200);
	duo_fini(&d);
}

END_TEST

/* Nor are those of one name. */
START_TEST(two_sources_with_one_name_are_not_mixed)
{
	start();
	outs[0].stream_id = 0;
	memcpy(outs[0].flow_cname, "puppet", 7);
	carry_two(1000);
	ck_assert_uint_eq(got[0], 200);
	ck_assert_uint_eq(lab_report(d.b, 0)->drops[RG_V_STRANGER], 200);
	duo_fini(&d);
}

END_TEST

TCase *main_id_cases(void)
{
	TCase *tc = tcase_create("main-ids");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, two_flows_go_to_the_outputs_of_their_ports);
	tcase_add_test(tc, flows_that_swap_their_places_keep_their_outputs);
	tcase_add_test(tc, a_stray_packet_does_not_hold_an_output);
	tcase_add_test(tc, two_sources_with_one_port_are_not_mixed);
	tcase_add_test(tc, two_sources_with_one_name_are_not_mixed);
	return tc;
}
