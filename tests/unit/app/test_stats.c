/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include "app_suites.h"
#include "rg_addr_text.h"
#include "stats.h"
#include "streams.h"

#define FLOWS 4

/* One RIST input and one output, as rg_report.h lays a report out. */
struct report {
	struct rg_stream_report stream;
	struct rg_input_report in[FLOWS];
	struct rg_output_report out[1];
};

static struct report now, before;
static struct gw_secrets no_secrets;
static struct gw_stream conf;

static void set_up(const char *stream)
{
	struct rg_conf_error err;

	memset(&now, 0, sizeof(now));
	memset(&before, 0, sizeof(before));
	ck_assert_int_eq(gw_stream_parse(stream, &no_secrets, &conf, &err), 0);
	now.stream.n_flows = before.stream.n_flows = FLOWS;
}

static json_t *line(const struct report *prev)
{
	json_t *o = gw_stats_stream(
		&conf, &now.stream, prev ? &prev->stream : NULL, "2026-11-23T07:00:00.000Z", 1000);

	ck_assert_ptr_nonnull(o);
	return o;
}

static json_int_t at(json_t *o, const char *key)
{
	json_t *v = json_object_get(o, key);

	ck_assert_msg(json_is_integer(v), "%s", key);
	return json_integer_value(v);
}

static json_t *first(json_t *o, const char *key)
{
	json_t *v = json_array_get(json_object_get(o, key), 0);

	ck_assert_msg(v != NULL, "%s", key);
	return v;
}

START_TEST(a_flow_shows_totals_intervals_and_gauges)
{
	json_t *o, *flow;

	set_up("cam1: rist://@:5000?profile=simple -> udp://127.0.0.1:9000");
	now.in[0] = (struct rg_input_report){.active = 1,
		.flow_id = 144354122,
		.seq_bits = 16,
		.cname_len = 4,
		.cname = "enc1",
		.rx = {.received = 90, .lost = 10, .missing = 3},
		.peer = {.alive = 1, .rtt_us = 40000}};
	before.in[0] = now.in[0];
	before.in[0].rx.received = 50;
	o = line(&before);
	ck_assert_str_eq(json_string_value(json_object_get(o, "stream")), "cam1");
	ck_assert_int_eq(at(o, "interval_ms"), 1000);
	flow = first(first(o, "inputs"), "flows");
	ck_assert_int_eq(at(flow, "flow_id"), 144354122);
	ck_assert_str_eq(json_string_value(json_object_get(flow, "cname")), "enc1");
	ck_assert_str_eq(json_string_value(json_object_get(flow, "profile")), "simple");
	ck_assert_int_eq(at(flow, "seq_bits"), 16);
	ck_assert_int_eq(at(flow, "quality"), 90);
	ck_assert_int_eq(at(flow, "missing"), 3);
	ck_assert_int_eq(at(json_object_get(flow, "total"), "received"), 90);
	ck_assert_int_eq(at(json_object_get(flow, "total"), "fec_recovered"), 0);
	ck_assert_int_eq(at(json_object_get(flow, "interval"), "received"), 40);
	ck_assert_int_eq(at(json_object_get(flow, "interval"), "lost"), 0);
	ck_assert_int_eq(at(first(flow, "peers"), "rtt_us"), 40000);
	ck_assert_str_eq(json_string_value(json_object_get(first(o, "outputs"), "url")),
		"udp://127.0.0.1:9000");
	json_decref(o);
	gw_stream_fini(&conf);
}

END_TEST

START_TEST(a_new_flow_in_an_old_place_starts_its_interval_at_zero)
{
	json_t *o;

	set_up("rist://@:5000?profile=simple -> -");
	now.in[0] = (struct rg_input_report){.active = 1, .flow_id = 2, .rx = {.received = 7}};
	before.in[0] = (struct rg_input_report){.active = 1, .flow_id = 4, .rx = {.received = 5}};
	o = line(&before);
	ck_assert_int_eq(
		at(json_object_get(first(first(o, "inputs"), "flows"), "interval"), "received"), 7);
	json_decref(o);
	gw_stream_fini(&conf);
}

END_TEST

START_TEST(trap_m21_a_cname_of_any_bytes_is_still_json)
{
	json_t *o;
	char *text;

	set_up("rist://@:5000?profile=simple -> -");
	now.in[0] = (struct rg_input_report){.active = 1, .cname_len = 3, .cname = {0xff, 'a', 0}};
	o = line(NULL);
	text = json_dumps(o, JSON_COMPACT);
	ck_assert_ptr_nonnull(text);
	ck_assert_ptr_nonnull(strstr(text, "\"cname\":\"?a?\""));
	free(text);
	json_decref(o);
	gw_stream_fini(&conf);
}

END_TEST

START_TEST(a_sender_shows_its_peers_and_its_raw_input)
{
	json_t *o, *out;

	set_up("udp://@:7000 -> rist://10.0.0.1:5000?profile=simple&weight=3");
	now.stream.raw_received = 12;
	now.out[0] = (struct rg_output_report){.n_peers = 1,
		.connected = 1,
		.tx = {.sent = 100, .retransmitted = 4},
		.peers = {{.alive = 1, .sent = 104}}};
	ck_assert(rg_addr_parse("10.0.0.1", 8, &now.out[0].peers[0].addr));
	now.out[0].peers[0].addr.port = 5000;
	o = line(NULL);
	out = first(o, "outputs");
	ck_assert_int_eq(at(json_object_get(first(o, "inputs"), "total"), "received"), 12);
	ck_assert_int_eq(at(json_object_get(out, "total"), "retransmitted"), 4);
	ck_assert_int_eq(at(json_object_get(out, "interval"), "sent"), 100);
	ck_assert_str_eq(json_string_value(json_object_get(first(out, "peers"), "address")),
		"10.0.0.1:5000");
	ck_assert_int_eq(at(first(out, "peers"), "sent"), 104);
	ck_assert_int_eq(at(first(out, "peers"), "weight"), 3);
	json_decref(o);
	gw_stream_fini(&conf);
}

END_TEST

START_TEST(only_drops_that_happened_are_listed)
{
	json_t *o, *drops;

	set_up("udp://@:7000 -> -");
	now.stream.drops[RG_V_OK] = 9;
	now.stream.drops[RG_V_SHORT] = 2;
	o = line(NULL);
	drops = json_object_get(o, "drops");
	ck_assert_uint_eq(json_object_size(drops), 1);
	ck_assert_int_eq(at(drops, "short"), 2);
	ck_assert_int_eq(at(o, "control_used"), 9);
	json_decref(o);
	gw_stream_fini(&conf);
}

END_TEST

START_TEST(the_host_shows_buffers_ports_and_drops)
{
	struct rg_host_report r = {.bufs_total = 10,
		.bufs_free = 4,
		.n_ports = 1,
		.ports = {{.name = "wan0", .rx_packets = 7}}};
	json_t *o, *host;

	r.drops[RG_V_NOT_OURS] = 3;
	o = gw_stats_host(&r, "2026-11-23T07:00:00.000Z", 1000);
	host = json_object_get(o, "host");
	ck_assert_int_eq(at(host, "buffers_free"), 4);
	ck_assert_int_eq(at(first(host, "ports"), "rx_packets"), 7);
	ck_assert_int_eq(at(json_object_get(host, "drops"), "not_ours"), 3);
	json_decref(o);
}

END_TEST

TCase *stats_cases(void)
{
	TCase *c = tcase_create("stats");

	tcase_add_test(c, a_flow_shows_totals_intervals_and_gauges);
	tcase_add_test(c, a_new_flow_in_an_old_place_starts_its_interval_at_zero);
	tcase_add_test(c, trap_m21_a_cname_of_any_bytes_is_still_json);
	tcase_add_test(c, a_sender_shows_its_peers_and_its_raw_input);
	tcase_add_test(c, only_drops_that_happened_are_listed);
	tcase_add_test(c, the_host_shows_buffers_ports_and_drops);
	return c;
}
