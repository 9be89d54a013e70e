/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include "app_suites.h"
#include "ports.h"
#include "streams.h"

static struct gw_secrets no_secrets;

static void refuse_stream(const char *text, const char *why)
{
	struct gw_stream s;
	struct rg_conf_error err;

	ck_assert_msg(gw_stream_parse(text, &no_secrets, &s, &err) != 0, "%s parses", text);
	ck_assert_str_eq(err.text, why);
}

static void refuse_port(const char *text, const char *why)
{
	struct rg_port_conf p;
	struct rg_conf_error err;

	ck_assert_msg(gw_port_parse(text, &p, &err) != 0, "%s parses", text);
	ck_assert_str_eq(err.text, why);
}

static void refuse_lcore(const char *text, const char *why)
{
	struct rg_lcore_conf l;
	struct rg_conf_error err;

	ck_assert_msg(gw_lcore_parse(text, &l, &err) != 0, "%s parses", text);
	ck_assert_str_eq(err.text, why);
}

START_TEST(a_stream_is_a_name_an_input_and_outputs)
{
	struct gw_stream s;
	struct rg_conf_error err;

	ck_assert_int_eq(
		gw_stream_parse("cam-1: - -> udp://h:1,  file:a%2C%20b , -", &no_secrets, &s, &err),
		0);
	ck_assert_str_eq(s.name, "cam-1");
	ck_assert_uint_eq(s.n_inputs, 1);
	ck_assert_uint_eq(s.n_outputs, 3);
	ck_assert_int_eq(s.outputs[0].paths[0].kind, RG_END_UDP);
	ck_assert_str_eq(s.outputs[1].paths[0].path, "a, b");
	ck_assert_str_eq(s.outputs[2].paths[0].path, "");
	gw_stream_fini(&s);
}

END_TEST

START_TEST(a_stream_that_is_no_stream_is_refused)
{
	refuse_stream("udp://@:1",
		"stream: no ' -> ' between input and output "
		"([NAME: ]IN -> OUT[, OUT...])");
	refuse_stream("- -> - -> -", "stream: more than one ' -> '");
	refuse_stream("Cam: - -> -", "name: \"Cam\" is no name (1..63 of a-z, 0-9 and -)");
	refuse_stream(": - -> -", "name: \"\" is no name (1..63 of a-z, 0-9 and -)");
	refuse_stream("a:  -> -",
		"url: \"\" does not start with rist://, udp://, rtp:// or file:, "
		"and is not -");
	refuse_stream("- -> ",
		"url: \"\" does not start with rist://, udp://, rtp:// or file:, "
		"and is not -");
}

END_TEST

START_TEST(what_a_later_version_has_is_understood_and_refused)
{
	refuse_stream("udp://@:1, udp://@:2 -> -",
		"inputs: a second input is not in this version (1 at most)");
	refuse_stream("rist://@:2?profile=simple + rist://@:4?profile=simple -> -",
		"paths: a bond of 2 paths is not in this version (1 at most)");
}

END_TEST

START_TEST(names_and_standard_streams_are_used_once)
{
	struct gw_config c = {.n_streams = 0};
	struct rg_conf_error err;
	struct gw_stream s;

	ck_assert_int_eq(gw_stream_parse("a: - -> udp://h:1", &no_secrets, &s, &err), 0);
	ck_assert_int_eq(gw_config_add_stream(&c, &s, &err), 0);
	ck_assert_int_eq(gw_stream_parse("a: udp://@:1 -> -", &no_secrets, &s, &err), 0);
	ck_assert_int_ne(gw_config_add_stream(&c, &s, &err), 0);
	ck_assert_str_eq(err.text, "name: \"a\" is taken by another stream");
	ck_assert_int_eq(gw_stream_parse("- -> udp://h:2", &no_secrets, &s, &err), 0);
	ck_assert_int_ne(gw_config_add_stream(&c, &s, &err), 0);
	ck_assert_str_eq(err.text, "inputs: stdin feeds another stream already");
	ck_assert_uint_eq(c.n_streams, 1);
	gw_config_fini(&c);
}

END_TEST

static void refuse_second(const char *first, const char *second, const char *why)
{
	struct gw_config c = {.n_streams = 0};
	struct rg_conf_error err;
	struct gw_stream s;

	ck_assert_int_eq(gw_stream_parse(first, &no_secrets, &s, &err), 0);
	ck_assert_msg(gw_config_add_stream(&c, &s, &err) == 0, "%s: %s", first, err.text);
	ck_assert_int_eq(gw_stream_parse(second, &no_secrets, &s, &err), 0);
	ck_assert_msg(gw_config_add_stream(&c, &s, &err) != 0, "%s is taken", second);
	ck_assert_str_eq(err.text, why);
	ck_assert_uint_eq(c.n_streams, 1);
	gw_config_fini(&c);
}

START_TEST(a_stream_id_needs_an_end_of_the_main_profile_opposite)
{
	static const char fine[] = "- -> udp://h:1?stream-id=0";

	refuse_second(fine, "udp://@:1 -> udp://h:1?stream-id=2",
		"stream-id: the stream has no input of the Main profile");
	refuse_second(fine, "rist://@:2?profile=simple -> udp://h:1?stream-id=2",
		"stream-id: the stream has no input of the Main profile");
	refuse_second(fine, "udp://@:1?stream-id=2 -> rist://h:2?profile=simple",
		"stream-id: the stream has no output of the Main profile");
	refuse_second(fine, "udp://@:1 -> rtp://h:1?multiplex-mode=auto",
		"multiplex-mode: the stream has no input of the Main profile");
	refuse_second("udp://@:1?stream-id=2 -> udp://h:9, rist://h:1?virt-dst-port=2",
		"udp://@:1?stream-id=2 -> rist://h:1, rist://h:1?virt-dst-port=4",
		"stream-id: 2 of the input is not the output's virt-dst-port 4");
	refuse_second("udp://@:1?stream-id=2 -> rist://h:1?virt-src-port=4",
		"udp://@:1?stream-id=2&multiplex-mode=1 -> rist://h:1?virt-src-port=4",
		"stream-id: 2 of the input is not the output's virt-src-port 4");
}

END_TEST

START_TEST(an_interface_for_out_of_band_traffic_belongs_to_one_end)
{
	static const char why[] = "oob: tap:a belongs to another end already";

	refuse_second("rist://@:1?oob=tap:a -> rist://h:1?oob=tap:b",
		"- -> rist://h:2?oob=off, rist://h:2?oob=tap:a", why);
	refuse_second("rist://@:1?oob=tap:c -> rist://h:1?oob=tap:b",
		"rist://@:2?oob=tap:a -> rist://h:2?oob=tap:a", why);
}

END_TEST

START_TEST(a_port_names_what_is_wrong_with_it)
{
	refuse_port("wan0", "device: port wan0 has none");
	refuse_port("wan0,net_tap0", "addresses: port wan0 has none");
	refuse_port("a-name-of-16-byt,net_tap0,10.0.0.1/24",
		"name: \"a-name-of-16-byt\" has 16 bytes (1..15)");
	refuse_port("wan0,net_tap0,10.0.0.1", "addresses: \"10.0.0.1\" is no ADDRESS/PREFIX");
	refuse_port("wan0,net_tap0,10.0.0.1/33", "prefix: \"33\" is out of range (1..32)");
	refuse_port(
		"wan0,net_tap0,224.0.0.1/24", "addresses: \"224.0.0.1/24\" is no host's address");
	refuse_port("wan0,net_tap0,10.0.0.1/24,gw=10.0.1.1",
		"gateway: 10.0.1.1 is in no network of port wan0");
	refuse_port(
		"wan0,net_tap0,10.0.0.1/24,mtu=500", "mtu: \"500\" is out of range (1280..9600)");
	refuse_port("wan0,net_tap0,10.0.0.1/24,speed=1",
		"\"speed=1\": unknown key of a port (gw, mtu, vlan)");
	refuse_port("wan0,net_tap0,10.0.0.1/24,gw=10.0.0.2,gw=10.0.0.3",
		"gateway: a second one for IPv4 (1 at most)");
}

END_TEST

START_TEST(gateways_of_both_families_are_taken)
{
	struct rg_port_conf p;
	struct rg_conf_error err;

	ck_assert_int_eq(gw_port_parse("w,0000:3b:00.0,10.0.0.1/20,2001:db8::1/63,gw=10.0.15.1,"
				       "gw=fe80::1,vlan=100",
				 &p, &err),
		0);
	ck_assert_int_eq(p.gw4.af, RG_AF_IP4);
	ck_assert_int_eq(p.gw6.af, RG_AF_IP6);
	ck_assert_uint_eq(p.vlan, 100);
}

END_TEST

START_TEST(an_lcore_names_its_tasks)
{
	refuse_lcore("rx", "lcore: \"rx\" is no 'N: TASK...'");
	refuse_lcore("x: rx", "lcore: \"x\" is not a number (0..1023)");
	refuse_lcore("1: rx crypto", "tasks: \"crypto\" is no task (rx, worker, tx, control)");
	refuse_lcore("1:", "tasks: lcore 1 has none");
}

END_TEST

TCase *config_cases(void)
{
	TCase *c = tcase_create("config");

	tcase_add_test(c, a_stream_is_a_name_an_input_and_outputs);
	tcase_add_test(c, a_stream_that_is_no_stream_is_refused);
	tcase_add_test(c, what_a_later_version_has_is_understood_and_refused);
	tcase_add_test(c, names_and_standard_streams_are_used_once);
	tcase_add_test(c, a_stream_id_needs_an_end_of_the_main_profile_opposite);
	tcase_add_test(c, an_interface_for_out_of_band_traffic_belongs_to_one_end);
	tcase_add_test(c, a_port_names_what_is_wrong_with_it);
	tcase_add_test(c, gateways_of_both_families_are_taken);
	tcase_add_test(c, an_lcore_names_its_tasks);
	return c;
}
