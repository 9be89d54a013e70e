/* SPDX-License-Identifier: BSD-3-Clause */
#include "app_suites.h"
#include "plan.h"
#include "rg_addr_text.h"
#include "streams.h"

static struct gw_config config;
static struct gw_plan plan;

static int build(const char *const *streams, struct gw_error *err)
{
	struct gw_stream s;

	memset(&config, 0, sizeof(config));
	memset(err, 0, sizeof(*err));
	for (; *streams; streams++) {
		ck_assert_msg(gw_stream_parse(*streams, &config.secrets, &s, &err->why) == 0, "%s",
			err->why.text);
		ck_assert_int_eq(gw_config_add_stream(&config, &s, &err->why), 0);
	}
	ck_assert_int_eq(gw_config_check(&config, &err->why), 0);
	return gw_plan_build(&plan, &config, err);
}

static void finish(void)
{
	gw_plan_fini(&plan);
	gw_config_fini(&config);
}

static void ck_addr(const struct rg_addr *a, const char *want)
{
	char text[RG_ADDR_TEXT_MAX];

	rg_addr_format(a, text);
	ck_assert_str_eq(text, want);
}

#define BUILD(err, ...) build((const char *const[]){__VA_ARGS__, NULL}, err)

START_TEST(simple_rist_takes_two_endpoints_one_port_apart)
{
	struct gw_error err;

	ck_assert_int_eq(BUILD(&err,
				 "a: udp://@:7000 -> rist://10.0.0.1:5000?profile=simple&"
				 "local-port=4000, rist://@[::1]:6000?profile=simple"),
		0);
	ck_assert_uint_eq(plan.n_eps, 5);
	ck_assert_uint_eq(plan.streams[0].n_outputs, 2);
	ck_assert_uint_eq(plan.streams[0].outputs[0].ep, 1);
	ck_assert_uint_eq(plan.streams[0].outputs[0].ep_rtcp, 2);
	ck_assert_uint_eq(plan.eps[0].pair, RG_EP_NONE);
	ck_assert_uint_eq(plan.eps[2].pair, 1);
	ck_addr(&plan.eps[1].local, "0.0.0.0:4000");
	ck_addr(&plan.eps[2].local, "0.0.0.0:4001");
	ck_addr(&plan.eps[1].remote, "10.0.0.1:5000");
	ck_addr(&plan.eps[2].remote, "10.0.0.1:5001");
	ck_addr(&plan.eps[4].local, "[::1]:6001");
	ck_addr(&plan.streams[0].outputs[0].remote, "10.0.0.1:5000");
	ck_addr(&plan.streams[0].outputs[1].remote, "any:0");
	finish();
}

END_TEST

START_TEST(main_rist_takes_one_endpoint_and_one_for_an_interface)
{
	struct gw_error err;

	ck_assert_int_eq(BUILD(&err,
				 "a: rist://@:5001 -> rist://10.0.0.1:5001?local-port=4001&"
				 "secret=hunter2&oob=tap:t0, rist://@[::1]:6001?cname=x"),
		0);
	ck_assert_uint_eq(plan.n_eps, 4);
	for (unsigned i = 0; i < 3; i++) {
		ck_assert_uint_eq(plan.sides[i].ep, i < 2 ? i : 3);
		ck_assert_uint_eq(plan.sides[i].ep_rtcp, RG_EP_NONE);
	}
	for (unsigned i = 0; i < 4; i++) {
		ck_assert_uint_eq(plan.eps[i].pair, RG_EP_NONE);
		ck_assert_uint_eq(plan.eps[i].stream, 0);
		ck_assert_int_eq(plan.eps[i].kind, i == 2 ? RG_EP_TUN : RG_EP_UDP);
	}
	ck_assert_uint_eq(plan.sides[1].ep_oob, 2);
	ck_assert_str_eq(plan.eps[2].miface, "t0");
	ck_assert_uint_eq(plan.eps[2].local.port, 0);
	ck_addr(&plan.eps[0].local, "any:5001");
	ck_addr(&plan.eps[1].local, "0.0.0.0:4001");
	ck_addr(&plan.eps[1].remote, "10.0.0.1:5001");
	ck_addr(&plan.eps[3].local, "[::1]:6001");
	ck_assert_uint_eq(plan.sides[0].secret, 0);
	ck_assert_str_eq(plan.sides[0].tap, "");
	ck_assert_str_eq(plan.sides[1].tap, "t0");
	ck_assert_uint_eq(plan.sides[1].rist.aes_bits, 128);
	ck_assert_str_eq(
		gw_secrets_get(&config.secrets, plan.sides[1].secret)->text.text, "hunter2");
	finish();
}

END_TEST

START_TEST(neighbours_in_port_numbers_do_not_collide_in_main)
{
	struct gw_error err;

	ck_assert_int_eq(BUILD(&err, "a: rist://@:5000 -> -", "b: udp://@:5001 -> file:x"), 0);
	finish();
	ck_assert_int_ne(BUILD(&err, "a: rist://@:5000 -> -", "b: udp://@:5000 -> file:x"), 0);
	ck_assert_str_eq(err.why.text, "port: any:5000 is taken by stream a already");
	gw_config_fini(&config);
}

END_TEST

/* libRIST: ristsender makes the input's stream-id the virtual destination port of its peer. */
START_TEST(a_stream_id_marks_what_is_sent_and_chooses_what_is_given_out)
{
	struct gw_error err;

	ck_assert_int_eq(BUILD(&err, "a: udp://@:7000?stream-id=1000 -> rist://h:1, rist://h:2",
				 "b: udp://@:7001?stream-id=1002&multiplex-mode=1 -> rist://h:3",
				 "c: rist://@:9000 -> udp://h:9?stream-id=1000, "
				 "rtp://h:9?stream-id=1002&multiplex-mode=-1, udp://h:9"),
		0);
	ck_assert_uint_eq(plan.streams[0].outputs[0].rist.virt_dst_port, 1000);
	ck_assert_uint_eq(plan.streams[0].outputs[1].rist.virt_dst_port, 1000);
	ck_assert_uint_eq(plan.streams[0].outputs[1].rist.virt_src_port, 1971);
	ck_assert_uint_eq(plan.streams[1].outputs[0].rist.virt_dst_port, 1002);
	ck_assert_uint_eq(plan.streams[1].outputs[0].rist.virt_src_port, 1002);
	ck_assert_uint_eq(plan.streams[2].outputs[0].stream_id, 1000);
	ck_assert_uint_eq(plan.streams[2].outputs[0].multiplex_mode, RG_MULTIPLEX_DST);
	ck_assert_uint_eq(plan.streams[2].outputs[1].stream_id, 1002);
	ck_assert_uint_eq(plan.streams[2].outputs[1].multiplex_mode, RG_MULTIPLEX_AUTO);
	ck_assert_uint_eq(plan.streams[2].outputs[2].stream_id, 0);
	finish();
}

END_TEST

START_TEST(a_caller_without_local_port_leaves_both_to_the_host)
{
	struct gw_error err;

	ck_assert_int_eq(BUILD(&err, "rist://10.0.0.1:5000?profile=simple -> file:/tmp/x"), 0);
	ck_addr(&plan.eps[0].local, "0.0.0.0:0");
	ck_addr(&plan.eps[1].local, "0.0.0.0:0");
	ck_assert_int_eq(plan.eps[2].kind, RG_EP_FILE_OUT);
	ck_assert_str_eq(plan.eps[2].path, "/tmp/x");
	finish();
}

END_TEST

START_TEST(a_group_is_joined_and_bound_to_any)
{
	struct gw_error err;

	ck_assert_int_eq(
		BUILD(&err,
			"udp://@239.1.1.1:7000?source=10.0.0.9&miface=e1 -> udp://239.2.2.2:8000?ttl=5"),
		0);
	ck_addr(&plan.eps[0].group, "239.1.1.1:0");
	ck_addr(&plan.eps[0].source, "10.0.0.9:0");
	ck_addr(&plan.eps[0].local, "0.0.0.0:7000");
	ck_assert_str_eq(plan.eps[0].miface, "e1");
	ck_addr(&plan.eps[1].remote, "239.2.2.2:8000");
	ck_assert_int_eq(plan.eps[1].group.af, RG_AF_NONE);
	ck_assert_uint_eq(plan.eps[1].ttl, 5);
	finish();
}

END_TEST

START_TEST(every_side_has_its_own_even_ssrc_and_a_cname)
{
	struct gw_error err;

	ck_assert_int_eq(BUILD(&err,
				 "cam: - -> rist://10.0.0.1:2?profile=simple, "
				 "rist://10.0.0.2:2?profile=simple&cname=me"),
		0);
	ck_assert_uint_eq(plan.n_sides, 3);
	ck_assert_uint_eq(plan.sides[1].ssrc % 2, 0);
	ck_assert_uint_ne(plan.sides[1].ssrc, plan.sides[2].ssrc);
	ck_assert_uint_le(plan.sides[1].first_seq, 65535);
	ck_assert_int_eq(strncmp(plan.sides[1].rist.cname, "cam@", 4), 0);
	ck_assert_str_eq(plan.sides[2].rist.cname, "me");
	finish();
}

END_TEST

START_TEST(two_ends_on_one_port_are_refused)
{
	struct gw_error err;

	ck_assert_int_ne(
		BUILD(&err, "a: rist://@:5000?profile=simple -> -", "b: udp://@:5001 -> file:x"),
		0);
	ck_assert_str_eq(err.where, "stream b");
	ck_assert_str_eq(err.why.text, "port: any:5001 is taken by stream a already");
	gw_config_fini(&config);
}

END_TEST

START_TEST(urls_are_shown_without_their_keys)
{
	static const char *const row[][2] = {
		{"rist://@[::]:5000?profile=simple&cname=x", "rist://@[::]:5000"},
		{"rist://h.example:5000?profile=simple", "rist://h.example:5000"},
		{"rist://h.example:5001?secret=hunter2", "rist://h.example:5001"},
		{"file:/tmp/a%20b", "file:/tmp/a b"},
		{"-", "-"},
	};

	for (size_t i = 0; i < RG_ARRAY_LEN(row); i++) {
		struct rg_conf_error err;
		struct rg_url u;
		char text[640];

		ck_assert_int_eq(rg_url_parse(row[i][0], RG_ROLE_OUTPUT, &u, &err), 0);
		gw_url_text(&u, text, sizeof(text));
		ck_assert_str_eq(text, row[i][1]);
	}
}

END_TEST

TCase *plan_cases(void)
{
	TCase *c = tcase_create("plan");

	tcase_add_test(c, simple_rist_takes_two_endpoints_one_port_apart);
	tcase_add_test(c, main_rist_takes_one_endpoint_and_one_for_an_interface);
	tcase_add_test(c, neighbours_in_port_numbers_do_not_collide_in_main);
	tcase_add_test(c, a_stream_id_marks_what_is_sent_and_chooses_what_is_given_out);
	tcase_add_test(c, a_caller_without_local_port_leaves_both_to_the_host);
	tcase_add_test(c, a_group_is_joined_and_bound_to_any);
	tcase_add_test(c, every_side_has_its_own_even_ssrc_and_a_cname);
	tcase_add_test(c, two_ends_on_one_port_are_refused);
	tcase_add_test(c, urls_are_shown_without_their_keys);
	return c;
}
