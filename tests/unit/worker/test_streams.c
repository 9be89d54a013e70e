/* SPDX-License-Identifier: BSD-3-Clause */
/* Streams of any ends: raw ones, relays, many outputs, their reports and their end. */
#include <stdlib.h>

#include "rg_bytes.h"
#include "rg_hex.h"
#include "rg_session.h"
#include "worker_suites.h"

static struct duo d;

START_TEST(rtp_input_loses_header_csrc_extension_and_padding)
{
	uint8_t p[64];
	size_t len;

	duo_init(&d, 1);
	d.a_in.kind = RG_END_RTP;
	lab_stream(&d.l, d.a, &d.pa);
	record_start(&d.l);
	/* one CSRC, one word of extension, payload 47 and 3 bytes of padding */
	len = unhex("b1210001000000000ace0ac0 01020304 beef0001aabbccdd 47000003", p, sizeof(p));
	lab_feed(&d.l, d.a, 0, lab_addr(8, 1), p, len, 0);
	lab_feed(&d.l, d.a, 0, lab_addr(8, 1), p, 11, 0);
	ck_assert_uint_eq(record_count(&d.a_media, NULL), 1);
	ck_assert_uint_eq(record[1].len, 13);
	ck_assert_uint_eq(record[1].p[12], 0x47);
	duo_run_ms(&d, 150);
	ck_assert_uint_eq(lab_report(d.a, 0)->drops[RG_V_SHORT], 1);
	ck_assert_uint_eq(lab_report(d.a, 0)->raw_received, 1);
	ck_assert_uint_eq(lab_report(d.a, 0)->raw_received_bytes, 1);
	duo_fini(&d);
}

END_TEST

START_TEST(rtp_output_numbers_on_and_keeps_the_spacing_of_the_source)
{
	struct rg_addr out = lab_addr(2, 6000);

	duo_init(&d, 1);
	d.b_out.kind = RG_END_RTP;
	d.l.sink = NULL;
	d.l.link.jitter_ns = 4 * RG_NS_PER_MS;
	duo_start(&d);
	record_start(&d.l);
	duo_send(&d, 100, 10000);
	duo_run_ms(&d, 1500);
	{
		const struct recorded *last = NULL;
		unsigned n = 0;

		for (unsigned i = 0; i < n_record; i++) {
			if (!rg_addr_eq(&record[i].from, &out))
				continue;
			ck_assert_uint_eq(rg_get16(record[i].p), 0x8021);
			ck_assert_uint_eq(rg_get16(record[i].p + 2), 7 + n);
			ck_assert_uint_eq(record[i].len, 12 + DUO_PAYLOAD);
			if (last)
				ck_assert_int_le(llabs((int32_t)(rg_get32(record[i].p + 4) -
							       rg_get32(last->p + 4)) -
							 900),
					2);
			last = &record[i];
			n++;
		}
		ck_assert_uint_eq(n, 100);
	}
	duo_fini(&d);
}

END_TEST

START_TEST(one_input_feeds_many_outputs_without_copies)
{
	static struct rg_side_plan outs[8];

	duo_init(&d, 1);
	for (unsigned i = 0; i < 8; i++) {
		uint16_t ep = (uint16_t)(1 + i);

		outs[i] = i < 7 ? lab_raw(ep, RG_END_UDP, lab_addr(9, (uint16_t)(2000 + i)))
				: lab_rist(ep, false, d.b_media, DUO_SSRC_A);
		lab_bind(d.a, ep, lab_addr(1, (uint16_t)(41000 + i)));
	}
	lab_bind(d.a, 9, lab_addr(1, 41009));
	d.pa.outputs = outs;
	d.pa.n_outputs = 8;
	d.l.sink = NULL;
	lab_stream(&d.l, d.a, &d.pa);
	record_start(&d.l);
	duo_send(&d, 50, 1000);
	for (unsigned i = 0; i < 8; i++) {
		struct rg_addr from = lab_addr(1, (uint16_t)(41000 + i));

		ck_assert_uint_eq(record_count(&from, NULL), 50);
	}
	/* 50 in the history, the rest of the stash */
	ck_assert_uint_le(d.a->pool.live, 50 + 64);
	duo_fini(&d);
}

END_TEST

START_TEST(a_relay_recovers_and_sends_on)
{
	static struct rg_side_plan relay_in, relay_out;
	static struct rg_stream_plan plan;
	struct lab_node *relay;

	duo_init(&d, 5);
	relay = lab_node(&d.l, 2);
	for (uint16_t i = 0; i < 4; i++)
		lab_bind(relay, i, lab_addr(5, (uint16_t)(7000 + i)));
	relay_in = lab_rist(0, true, (struct rg_addr){0}, 0x7000);
	relay_out = lab_rist(2, false, d.b_media, 0x8000);
	plan = (struct rg_stream_plan){"relay", &relay_in, &relay_out, 1, 1, 0};
	d.a_out.remote = lab_addr(5, 7000);
	d.l.link.loss = 0.15;
	d.l.link.jitter_ns = 3 * RG_NS_PER_MS;
	lab_stream(&d.l, relay, &plan);
	duo_start(&d);
	duo_send(&d, 2000, 1000);
	lab_feed(&d.l, d.a, 0, lab_addr(8, 1), NULL, 0, RG_DGRAM_EOF);
	duo_run_ms(&d, 1500);
	/* the tail of the second leg has no end of input behind it: all but the last few */
	duo_run_ms(&d, 1500);
	ck_assert_uint_ge(d.got, 1990);
	ck_assert_uint_eq(d.wrong + d.missing, 0);
	duo_fini(&d);
}

END_TEST

START_TEST(the_end_of_a_file_is_told_once_its_tail_was_repeated)
{
	duo_init(&d, 2);
	d.a_in.kind = RG_END_FILE;
	d.l.link.loss = 0.3;
	duo_start(&d);
	duo_send(&d, 200, 1000);
	lab_feed(&d.l, d.a, 0, lab_addr(8, 1), NULL, 0, RG_DGRAM_EOF);
	duo_run_ms(&d, 500);
	ck_assert_uint_eq(d.a->events[RG_EVENT_INPUT_END], 0);
	ck_assert_uint_eq(lab_report(d.a, 0)->input_ended, 0);
	duo_run_ms(&d, 2000);
	ck_assert_uint_eq(d.a->events[RG_EVENT_INPUT_END], 1);
	ck_assert_uint_eq(lab_report(d.a, 0)->input_ended, 1);
	/* the last packet included */
	ck_assert_uint_eq(d.got, 200);
	ck_assert_uint_eq(d.wrong + d.missing, 0);
	duo_fini(&d);
}

END_TEST

START_TEST(a_file_to_a_file_ends_at_once)
{
	duo_init(&d, 1);
	d.a_in.kind = RG_END_FILE;
	d.a_out = lab_raw(1, RG_END_FILE, (struct rg_addr){0});
	lab_stream(&d.l, d.a, &d.pa);
	d.l.sink = NULL;
	duo_send(&d, 10, 1000);
	lab_feed(&d.l, d.a, 0, lab_addr(8, 1), NULL, 0, RG_DGRAM_EOF);
	duo_run_ms(&d, 1);
	ck_assert_uint_eq(d.a->events[RG_EVENT_INPUT_END], 1);
	ck_assert_uint_eq(lab_output(lab_report(d.a, 0), 0)->tx.sent, 10);
	duo_fini(&d);
}

END_TEST

START_TEST(what_the_host_does_not_take_leaves_in_the_next_step_in_order)
{
	struct rg_dgram in[RG_BURST], out[8];
	struct rg_newbuf b[RG_BURST];
	uint32_t next = 0;
	unsigned n;

	duo_init(&d, 1);
	d.a_out = lab_raw(1, RG_END_UDP, lab_addr(9, 1));
	lab_stream(&d.l, d.a, &d.pa);
	ck_assert_uint_eq(d.a->pool.ops.alloc_bulk(&d.a->pool, b, RG_BURST), RG_BURST);
	for (uint32_t i = 0; i < RG_BURST; i++) {
		rg_put32(b[i].data, i);
		in[i] = (struct rg_dgram){
			.buf = b[i].buf, .data = b[i].data, .len = 4, .arrival = d.l.now};
	}
	n = rg_worker_step(d.a->w, d.l.now, in, RG_BURST, out, 8);
	for (unsigned steps = 0; n > 0; steps++) {
		ck_assert_uint_lt(steps, 10);
		for (unsigned i = 0; i < n; i++) {
			ck_assert_uint_eq(rg_get32(out[i].data), next++);
			d.a->pool.ops.free_bulk(&d.a->pool, &out[i].buf, 1);
		}
		if (next < RG_BURST)
			ck_assert_int_eq(rg_worker_wakeup(d.a->w).ns, d.l.now.ns);
		n = rg_worker_step(d.a->w, d.l.now, NULL, 0, out, 8);
	}
	ck_assert_uint_eq(next, RG_BURST);
	duo_fini(&d);
}

END_TEST

START_TEST(who_joins_a_running_stream_misses_nothing_of_before)
{
	const struct rg_input_report *in;
	const struct rg_output_report *out;

	duo_init(&d, 1);
	d.a_out.ring_slots = 64; /* 13 ms of history */
	lab_stream(&d.l, d.a, &d.pa);
	duo_send(&d, 500, 200);
	lab_stream(&d.l, d.b, &d.pb);
	duo_send(&d, 2000, 200);
	duo_run_ms(&d, 1500);
	in = lab_input(lab_report(d.b, 0), 0);
	ck_assert_uint_ge(d.got, 1975);
	ck_assert_uint_eq(in->rx.delivered, d.got);
	ck_assert_uint_eq(in->rx.lost + in->rx.missing + in->rx.abandoned, 0);
	ck_assert_uint_le(in->rx.nacks_sent, 32 * 6 * 3 * 2);
	out = lab_output(lab_report(d.a, 0), 0);
	ck_assert_uint_le(out->tx.retransmit_skipped, in->rx.nacks_sent);
	duo_fini(&d);
}

END_TEST

/* Another process on the same ports: another SSRC, other numbers. */
START_TEST(a_restarted_sender_loses_nothing_of_either_life)
{
	duo_init(&d, 1);
	duo_start(&d);
	duo_send(&d, 1000, 1000);
	duo_run_ms(&d, 6); /* under way */
	lab_remove(&d.l, d.a, 0);
	d.a_out.ssrc += 2;
	d.a_out.first_seq = 12345;
	lab_stream(&d.l, d.a, &d.pa);
	duo_send(&d, 1000, 1000);
	duo_run_ms(&d, 1500);
	ck_assert_uint_eq(d.got, 2000);
	ck_assert_uint_eq(d.wrong + d.missing, 0);
	ck_assert_uint_eq(d.b->events[RG_EVENT_FLOW_RESTART], 1);
	duo_fini(&d);
}

END_TEST

START_TEST(an_empty_pool_drops_and_recovers)
{
	duo_init(&d, 1);
	d.l.link.loss = 0.05;
	duo_start(&d);
	duo_send(&d, 200, 1000);
	d.a->pool.cap = d.a->pool.live;
	d.b->pool.cap = d.b->pool.live;
	duo_send(&d, 300, 1000);
	duo_run_ms(&d, 1000);
	ck_assert_uint_gt(lab_report(d.a, 0)->drops[RG_V_NO_BUFFER], 0);
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

START_TEST(a_stream_of_too_many_packets_for_16_bits_is_told_once)
{
	duo_init(&d, 1);
	d.l.sink = NULL;
	d.b_in.ring_slots = d.a_out.ring_slots = 65536;
	d.a_out.rist.buffer_min_ms = d.a_out.rist.buffer_max_ms = 4000;
	d.b_in.rist.buffer_min_ms = d.b_in.rist.buffer_max_ms = 4000;
	duo_start(&d);
	duo_send(&d, 30000, 100);
	ck_assert_uint_eq(d.a->events[RG_EVENT_SEQ_LIMIT], 1);
	ck_assert_uint_eq(d.b->events[RG_EVENT_SEQ_LIMIT], 1);
	duo_fini(&d);
}

END_TEST

START_TEST(a_stream_too_fast_for_its_ring_leaves_early_but_whole)
{
	const struct rg_input_report *in;

	duo_init(&d, 1);
	d.l.link.loss = 0.01;
	duo_start(&d);
	duo_send(&d, 20000, 200); /* 5,000 in a buffer of a second, the ring has 4,096 slots */
	duo_run_ms(&d, 1500);
	in = lab_input(lab_report(d.b, 0), 0);
	ck_assert_uint_eq(d.got, 20000);
	ck_assert_uint_eq(d.wrong + d.missing, 0);
	ck_assert_uint_gt(in->rx.played_early, 10000);
	ck_assert_uint_eq(in->rx.overwritten, 0);
	duo_fini(&d);
}

END_TEST

START_TEST(a_report_counts_what_happened)
{
	const struct rg_input_report *in;
	const struct rg_output_report *out;

	duo_init(&d, 4);
	d.l.link.loss = 0.1;
	duo_start(&d);
	duo_send(&d, 1000, 1000);
	duo_run_ms(&d, 1200);
	in = lab_input(lab_report(d.b, 0), 0);
	ck_assert_uint_eq(in->active, 1);
	ck_assert_uint_eq(in->flow_id, DUO_SSRC_A);
	ck_assert_uint_eq(in->seq_bits, 16);
	ck_assert_mem_eq(in->cname, "lab", in->cname_len);
	ck_assert_uint_eq(in->cname_len, 3);
	ck_assert_uint_eq(in->rx.delivered, 1000);
	ck_assert_uint_gt(in->rx.recovered, 50);
	ck_assert_uint_eq(in->rtt_us, 10000);
	ck_assert(rg_addr_eq(&in->peer.addr, &d.a_media));
	ck_assert_uint_eq(in->peer.alive, 1);
	ck_assert_uint_ge(in->peer.received, 1000);
	out = lab_output(lab_report(d.a, 0), 0);
	ck_assert_uint_eq(out->connected, 1);
	ck_assert_uint_eq(out->n_peers, 1);
	ck_assert_uint_eq(out->tx.sent, 1000);
	ck_assert_uint_ge(out->peers[0].sent, 1000); /* and the repeated tail */
	ck_assert_uint_eq(out->peers[0].retransmitted, out->tx.retransmitted);
	ck_assert_uint_eq(out->rtt_us, 10000);
	duo_fini(&d);
}

END_TEST

static uint64_t reported(struct rg_worker *w, rg_time now)
{
	static uint64_t report[8192];
	struct rg_dgram out[8];

	rg_worker_step(w, now, NULL, 0, out, RG_ARRAY_LEN(out));
	ck_assert(rg_worker_report(w, 0, report, sizeof(report)));
	return ((struct rg_stream_report *)(void *)report)->drops[RG_V_SHORT];
}

START_TEST(one_stream_of_thousands_reports_less_often)
{
	struct rg_worker_conf c = {.max_streams = 5000, .max_eps = 8};
	struct rg_worker *w;
	void *mem, *stream;
	rg_time t;

	duo_init(&d, 1);
	c.buf = d.a->pool.ops;
	t = d.l.now;
	mem = aligned_alloc(RG_CACHE_LINE, rg_align_up(rg_worker_footprint(&c), RG_CACHE_LINE));
	stream = aligned_alloc(
		RG_CACHE_LINE, rg_align_up(rg_stream_footprint(&d.pb), RG_CACHE_LINE));
	w = rg_worker_init(mem, &c, t);
	ck_assert_int_eq(rg_worker_add_stream(w, t, &d.pb, stream), 0);
	ck_assert_uint_eq(reported(w, t), 0);
	rg_worker_count(w, 0, RG_V_SHORT, 1);
	ck_assert_uint_eq(reported(w, rg_time_add(t, 499 * RG_NS_PER_MS)), 0);
	ck_assert_uint_eq(reported(w, rg_time_add(t, 500 * RG_NS_PER_MS)), 1);
	rg_worker_fini(w);
	free(stream);
	free(mem);
	duo_fini(&d);
}

END_TEST

START_TEST(datagrams_of_no_stream_are_counted_for_the_host)
{
	uint64_t drops[RG_V_COUNT] = {[RG_V_NOT_OURS] = 100};

	duo_init(&d, 1);
	lab_stream(&d.l, d.a, &d.pa);
	lab_feed(&d.l, d.a, 9, lab_addr(8, 1), "who", 3, 0);
	lab_feed(&d.l, d.a, UINT16_MAX, lab_addr(8, 1), "who", 3, 0);
	rg_worker_count(d.a->w, 77, RG_V_NO_BUFFER, 5);
	lab_remove(&d.l, d.a, 0);
	lab_feed(&d.l, d.a, 0, lab_addr(8, 1), "late", 4, 0);
	rg_worker_orphans(d.a->w, drops); /* adds to what is there */
	ck_assert_uint_eq(drops[RG_V_NOT_OURS], 100 + 3);
	ck_assert_uint_eq(drops[RG_V_NO_BUFFER], 5);
	duo_fini(&d);
}

END_TEST

START_TEST(plans_that_cannot_run_are_refused)
{
	struct rg_side_plan p = lab_rist(1, false, lab_addr(2, 5000), 0x1000);

	ck_assert_int_eq(rg_side_check(&p), 0);
	p.ssrc = 0x1001;
	ck_assert_int_eq(rg_side_check(&p), -RG_E_INVAL);
	p.ssrc = 0x1000;
	p.rist.profile = RG_PROFILE_ADVANCED;
	ck_assert_int_eq(rg_side_check(&p), -RG_E_NOTSUP);
	p.rist.profile = RG_PROFILE_SIMPLE;
	p.ep_rtcp = RG_EP_NONE;
	ck_assert_int_eq(rg_side_check(&p), -RG_E_INVAL);

	duo_init(&d, 1);
	duo_start(&d);
	ck_assert_int_eq(rg_worker_add_stream(d.a->w, d.l.now, &d.pa, NULL), -RG_E_EXIST);
	d.pb.index = 1;
	ck_assert_int_eq(rg_worker_add_stream(d.a->w, d.l.now, &d.pb, NULL), -RG_E_INVAL);
	duo_fini(&d);
}

END_TEST

TCase *stream_cases(void)
{
	TCase *t = tcase_create("streams");

	tcase_set_timeout(t, 120);
	tcase_add_test(t, rtp_input_loses_header_csrc_extension_and_padding);
	tcase_add_test(t, rtp_output_numbers_on_and_keeps_the_spacing_of_the_source);
	tcase_add_test(t, one_input_feeds_many_outputs_without_copies);
	tcase_add_test(t, a_relay_recovers_and_sends_on);
	tcase_add_test(t, the_end_of_a_file_is_told_once_its_tail_was_repeated);
	tcase_add_test(t, a_file_to_a_file_ends_at_once);
	tcase_add_test(t, what_the_host_does_not_take_leaves_in_the_next_step_in_order);
	tcase_add_test(t, who_joins_a_running_stream_misses_nothing_of_before);
	tcase_add_test(t, a_restarted_sender_loses_nothing_of_either_life);
	tcase_add_test(t, an_empty_pool_drops_and_recovers);
	tcase_add_test(t, a_stream_of_too_many_packets_for_16_bits_is_told_once);
	tcase_add_test(t, a_stream_too_fast_for_its_ring_leaves_early_but_whole);
	tcase_add_test(t, a_report_counts_what_happened);
	tcase_add_test(t, one_stream_of_thousands_reports_less_often);
	tcase_add_test(t, datagrams_of_no_stream_are_counted_for_the_host);
	tcase_add_test(t, plans_that_cannot_run_are_refused);
	return t;
}
