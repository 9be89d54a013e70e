/* SPDX-License-Identifier: BSD-3-Clause */
/* Out-of-band data beside the media of a Main tunnel: from and to the API, from and to an
 * interface, and what becomes of too much of it. Packets are made here, none is copied. */
#include "gre_peer.h"
#include "rg_bytes.h"
#include "worker_suites.h"

#define TUN  3 /* endpoint of A's and of B's interface */

#define IPV4 0x0800
#define IPV6 0x86dd
#define FREE 0x9999 /* nobody's EtherType */

static struct duo d;

/* What went into interfaces: peer is no address then. */
static unsigned n_tun, tun_len;
static uint8_t tun_data[1500];

static bool is_interface(struct lab *l, const struct rg_addr *from, const struct rg_addr *to,
	const uint8_t *p, size_t len)
{
	(void)l;
	(void)from;
	if (to->af != RG_AF_NONE)
		return false;
	n_tun++;
	tun_len = (unsigned)len;
	memcpy(tun_data, p, len);
	return true;
}

static void give_tap(struct rg_side_plan *p)
{
	memcpy(p->tap, "t0", 3);
	p->ep_oob = TUN;
}

/* Two gateways that know each other. */
static void meet(const char *secret)
{
	duo_main(&d, secret, secret, 256);
	n_tun = 0;
	d.l.tap = is_interface;
}

static void start(void)
{
	duo_start(&d);
	duo_send(&d, 100, 1000);
	duo_run_ms(&d, 200);
}

static struct rg_oob message(uint16_t ep, uint16_t type, const void *p, size_t len)
{
	struct rg_oob m = {.ep = ep, .type = type, .len = (uint16_t)len};

	memcpy(m.data, p, len);
	return m;
}

/* The beginning of an IP datagram of n bytes. */
static void make_ip(uint8_t *p, unsigned version, uint16_t n)
{
	memset(p, 0x5a, n);
	p[0] = version == 4 ? 0x45 : 0x60;
	rg_put16(p + (version == 4 ? 2 : 4), version == 4 ? n : (uint16_t)(n - 40));
}

static void feed_tun(struct lab_node *n, uint16_t type, const uint8_t *p, uint16_t len)
{
	struct rg_dgram in = {.arrival = d.l.now, .ep = TUN, .len = len, .virt_dst = type}, out[8];
	struct rg_newbuf b;
	unsigned k;

	ck_assert_uint_eq(n->pool.ops.alloc_bulk(n->pool.ops.ctx, &b, 1), 1);
	memcpy(b.data, p, len);
	in.buf = b.buf;
	in.data = b.data;
	/* nothing leaves in this step: room for none */
	k = rg_worker_step(n->w, d.l.now, &in, 1, out, 0);
	ck_assert_uint_eq(k, 0);
}

static uint64_t drops(struct lab_node *n, enum rg_verdict v)
{
	duo_run_ms(&d, 150); /* a report is that old at most */
	return lab_report(n, 0)->drops[v];
}

START_TEST(what_the_api_sends_arrives_as_it_was_with_its_type)
{
	struct rg_oob to_b = message(1, FREE, "forth", 5), to_a = message(0, IPV6, "back", 4), got;

	duo_init(&d, 1);
	meet(_i ? "a passphrase" : NULL);
	start();
	ck_assert_int_eq(rg_worker_oob(d.a->w, d.l.now, &to_b), 0);
	ck_assert_int_eq(rg_worker_oob(d.b->w, d.l.now, &to_a), 0);
	duo_run_ms(&d, 50);
	ck_assert(rg_worker_oob_take(d.b->w, &got));
	ck_assert_uint_eq(got.type, FREE);
	ck_assert_uint_eq(got.ep, 0);
	ck_assert_uint_eq(got.len, 5);
	ck_assert_mem_eq(got.data, "forth", 5);
	ck_assert(rg_worker_oob_take(d.a->w, &got));
	ck_assert_uint_eq(got.type, IPV6);
	ck_assert_uint_eq(got.ep, 1);
	ck_assert_mem_eq(got.data, "back", 4);
	ck_assert(!rg_worker_oob_take(d.a->w, &got) && !rg_worker_oob_take(d.b->w, &got));
	duo_fini(&d);
}

END_TEST

START_TEST(types_of_rist_itself_and_wrong_lengths_are_refused)
{
	static const uint16_t bad[] = {0x88b5, 0x88b6, 0x888e, 0xcce0, 0x05ff, 0};
	struct rg_oob m = message(1, FREE, "x", 1);

	duo_init(&d, 1);
	meet(NULL);
	start();
	for (size_t i = 0; i < RG_ARRAY_LEN(bad); i++) {
		m.type = bad[i];
		ck_assert_int_eq(rg_worker_oob(d.a->w, d.l.now, &m), -RG_E_INVAL);
	}
	m.type = FREE;
	m.len = 0;
	ck_assert_int_eq(rg_worker_oob(d.a->w, d.l.now, &m), -RG_E_INVAL);
	m.len = RG_OOB_BYTES_MAX + 1;
	ck_assert_int_eq(rg_worker_oob(d.a->w, d.l.now, &m), -RG_E_INVAL);
	m.len = RG_OOB_BYTES_MAX;
	ck_assert_int_eq(rg_worker_oob(d.a->w, d.l.now, &m), 0);
	m.ep = 0; /* the udp input */
	ck_assert_int_eq(rg_worker_oob(d.a->w, d.l.now, &m), -RG_E_NOENT);
	duo_fini(&d);
}

END_TEST

START_TEST(ip_goes_from_interface_to_interface)
{
	unsigned version = _i ? 6 : 4;
	uint8_t p[1400];

	duo_init(&d, 1);
	meet("a passphrase");
	give_tap(&d.a_out);
	give_tap(&d.b_in);
	start();
	make_ip(p, version, sizeof(p));
	feed_tun(d.a, version == 4 ? IPV4 : IPV6, p, sizeof(p));
	duo_run_ms(&d, 50);
	ck_assert_uint_eq(n_tun, 1);
	ck_assert_uint_eq(tun_len, sizeof(p));
	ck_assert_mem_eq(tun_data, p, sizeof(p));
	make_ip(p, version, 100);
	feed_tun(d.b, version == 4 ? IPV4 : IPV6, p, 100);
	duo_run_ms(&d, 50);
	ck_assert_uint_eq(n_tun, 2);
	ck_assert_uint_eq(tun_len, 100);
	duo_fini(&d);
}

END_TEST

/* libRIST's message: spec reference, golden 33. */
START_TEST(what_is_no_ip_datagram_goes_to_the_api_beside_an_interface)
{
	uint8_t ip[60], libRIST[60];
	struct rg_oob m, got;

	duo_init(&d, 1);
	meet(NULL);
	give_tap(&d.b_in);
	start();
	make_ip(ip, 4, sizeof(ip));
	memcpy(libRIST, ip, sizeof(ip));
	rg_put16(libRIST + 4, 54321);
	libRIST[9] = 252;
	m = message(1, FREE, ip, sizeof(ip));
	rg_worker_oob(d.a->w, d.l.now, &m);
	m = message(1, IPV4, "text", 4);
	rg_worker_oob(d.a->w, d.l.now, &m);
	m = message(1, IPV6, ip, sizeof(ip));
	rg_worker_oob(d.a->w, d.l.now, &m);
	m = message(1, IPV4, libRIST, sizeof(libRIST));
	rg_worker_oob(d.a->w, d.l.now, &m);
	duo_run_ms(&d, 50);
	for (unsigned i = 0; i < 4; i++)
		ck_assert(rg_worker_oob_take(d.b->w, &got));
	ck_assert_mem_eq(got.data, libRIST, sizeof(libRIST));
	ck_assert_uint_eq(n_tun, 0);
	m = message(1, IPV4, ip, sizeof(ip));
	rg_worker_oob(d.a->w, d.l.now, &m);
	duo_run_ms(&d, 50);
	ck_assert_uint_eq(n_tun, 1);
	ck_assert(!rg_worker_oob_take(d.b->w, &got));
	duo_fini(&d);
}

END_TEST

/* As libRIST's greeting, which comes once and may overtake its first RTCP. */
START_TEST(what_comes_before_its_key_is_sure_waits_for_that)
{
	struct gre_peer p;
	struct rg_oob m;

	duo_init(&d, 1);
	duo_main(&d, NULL, "a passphrase", 128);
	lab_stream(&d.l, d.b, &d.pb);
	lab_bind(d.a, 1, (struct rg_addr){0});
	gre_peer_init(&p, &d.l, d.a_media, d.b_media);
	p.secret = "a passphrase";
	gre_peer_send(&p, FREE, (const uint8_t *)"greeting", 8);
	duo_run_ms(&d, 20);
	ck_assert(!rg_worker_oob_take(d.b->w, &m));
	gre_peer_name(&p);
	duo_run_ms(&d, 20);
	ck_assert(rg_worker_oob_take(d.b->w, &m));
	ck_assert_uint_eq(m.type, FREE);
	ck_assert_uint_eq(m.len, 8);
	ck_assert_mem_eq(m.data, "greeting", 8);
	ck_assert(!rg_worker_oob_take(d.b->w, &m));
	duo_fini(&d);
}

END_TEST

START_TEST(what_finds_no_peer_is_counted)
{
	struct rg_oob m = message(1, FREE, "hello", 5);

	duo_init(&d, 1);
	meet(NULL);
	lab_stream(&d.l, d.a, &d.pa);
	duo_run_ms(&d, 10);
	for (unsigned i = 0; i < 3; i++)
		ck_assert_int_eq(rg_worker_oob(d.a->w, d.l.now, &m), 0);
	ck_assert_uint_eq(drops(d.a, RG_V_NO_PEER), 3);
	duo_fini(&d);
}

END_TEST

START_TEST(too_much_at_once_is_dropped_and_counted)
{
	struct rg_oob m = message(1, FREE, "hello", 5), got;
	unsigned n = 0;

	duo_init(&d, 1);
	meet(NULL);
	start();
	for (unsigned i = 0; i < 100; i++)
		n += rg_worker_oob(d.a->w, d.l.now, &m) == 0;
	ck_assert_uint_eq(n, 32);
	ck_assert_uint_eq(drops(d.a, RG_V_OOB_FULL), 68);
	/* of those, as many as wait for the API of the other side */
	for (n = 0; rg_worker_oob_take(d.b->w, &got); n++)
		;
	ck_assert_uint_eq(n, 16);
	ck_assert_uint_eq(drops(d.b, RG_V_OOB_FULL), 16);
	duo_fini(&d);
}

END_TEST

START_TEST(what_comes_has_one_verdict)
{
	struct rg_oob m = message(1, FREE, "hello", 5);
	uint64_t used;

	duo_init(&d, 1);
	meet(NULL);
	start();
	used = drops(d.b, RG_V_OK);
	for (unsigned i = 0; i < 32; i++)
		ck_assert_int_eq(rg_worker_oob(d.a->w, d.l.now, &m), 0);
	ck_assert_uint_eq(drops(d.b, RG_V_OOB_FULL), 16);
	/* the other 16, beside a few reports */
	used = drops(d.b, RG_V_OK) - used;
	ck_assert_uint_ge(used, 16);
	ck_assert_uint_lt(used, 16 + 10);
	duo_fini(&d);
}

END_TEST

/* Forty times the media, all of it asked to go at once. */
START_TEST(a_flood_out_of_band_costs_the_stream_no_packet)
{
	uint8_t p[1400];

	duo_init(&d, 1);
	meet("a passphrase");
	give_tap(&d.a_out);
	give_tap(&d.b_in);
	start();
	make_ip(p, 4, sizeof(p));
	for (unsigned i = 0; i < 500; i++) {
		for (unsigned k = 0; k < 40; k++)
			feed_tun(d.a, IPV4, p, sizeof(p));
		duo_send(&d, 1, 1000);
	}
	duo_run_ms(&d, 1500);
	ck_assert_uint_eq(d.missing, 0);
	ck_assert_uint_eq(d.wrong, 0);
	ck_assert_uint_eq(d.got, d.sent);
	ck_assert_uint_eq(lab_output(lab_report(d.a, 0), 0)->tx.retransmitted, 0);
	ck_assert_uint_gt(lab_report(d.a, 0)->drops[RG_V_OOB_FULL], 1000);
	ck_assert_uint_gt(n_tun, 1000);
	duo_fini(&d);
}

END_TEST

/* 20 Mb/s: media takes 11.2 of them, 8.8 are left. */
START_TEST(out_of_band_data_gets_what_media_leaves_of_the_bandwidth)
{
	uint8_t p[972]; /* 1012 with IP, UDP and GRE */

	duo_init(&d, 1);
	meet("a passphrase");
	give_tap(&d.a_out);
	give_tap(&d.b_in);
	d.a_out.rist.bandwidth_kbps = 20000;
	start();
	make_ip(p, 4, sizeof(p));
	for (unsigned i = 0; i < 1000; i++) {
		for (unsigned k = 0; k < 10; k++)
			feed_tun(d.a, IPV4, p, sizeof(p));
		duo_send(&d, 1, 1000);
	}
	duo_run_ms(&d, 1500);
	ck_assert_uint_eq(d.got, d.sent);
	ck_assert_uint_ge(n_tun, 1000);
	ck_assert_uint_le(n_tun, 1150);
	/* without media it gets all */
	n_tun = 0;
	for (unsigned i = 0; i < 1000; i++) {
		for (unsigned k = 0; k < 10; k++)
			feed_tun(d.a, IPV4, p, sizeof(p));
		duo_run_ms(&d, 1);
	}
	duo_run_ms(&d, 100);
	ck_assert_uint_ge(n_tun, 2350);
	ck_assert_uint_le(n_tun, 2520);
	duo_fini(&d);
}

END_TEST

/* One output is empty at once, the others hold packets: the end takes some steps. lab_fini counts
 * the buffers. */
START_TEST(what_comes_while_a_stream_ends_goes_back)
{
	static struct rg_side_plan outs[3];
	struct rg_oob m = message(1, FREE, "hello", 5);
	uint8_t p[100];

	duo_init(&d, 1);
	meet("a passphrase");
	outs[0] = d.a_out;
	outs[0].flow = 2; /* there is none */
	give_tap(&outs[0]);
	outs[0].remote = lab_addr(7, 7);
	for (uint16_t i = 1; i < 3; i++) {
		lab_bind(d.a, 3 + i, lab_addr(1, 41000 + i));
		outs[i] = lab_main(3 + i, false, d.b_media, DUO_SSRC_A);
		lab_secret(d.a, &outs[i], 0, "a passphrase", 256);
	}
	d.b_in.rist.max_flows = 2;
	d.pa.outputs = outs;
	d.pa.n_outputs = 3;
	duo_start(&d);
	duo_send(&d, 1000, 300);
	make_ip(p, 4, sizeof(p));
	ck_assert_int_eq(rg_worker_oob(d.a->w, d.l.now, &m), 0);
	rg_worker_remove_stream(d.a->w, d.l.now, 0);
	ck_assert_int_eq(rg_worker_oob(d.a->w, d.l.now, &m), -RG_E_NOENT);
	for (unsigned i = 0; i < 100; i++)
		feed_tun(d.a, IPV4, p, sizeof(p));
	ck_assert(rg_worker_stream_gone(d.a->w, 0));
	duo_fini(&d);
}

END_TEST

TCase *oob_cases(void)
{
	TCase *tc = tcase_create("oob");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, what_the_api_sends_arrives_as_it_was_with_its_type, 0, 2);
	tcase_add_test(tc, types_of_rist_itself_and_wrong_lengths_are_refused);
	tcase_add_loop_test(tc, ip_goes_from_interface_to_interface, 0, 2);
	tcase_add_test(tc, what_is_no_ip_datagram_goes_to_the_api_beside_an_interface);
	tcase_add_test(tc, what_comes_before_its_key_is_sure_waits_for_that);
	tcase_add_test(tc, what_finds_no_peer_is_counted);
	tcase_add_test(tc, too_much_at_once_is_dropped_and_counted);
	tcase_add_test(tc, what_comes_has_one_verdict);
	tcase_add_test(tc, a_flood_out_of_band_costs_the_stream_no_packet);
	tcase_add_test(tc, out_of_band_data_gets_what_media_leaves_of_the_bandwidth);
	tcase_add_test(tc, what_comes_while_a_stream_ends_goes_back);
	return tc;
}
