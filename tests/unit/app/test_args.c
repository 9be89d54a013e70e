/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <unistd.h>

#include "app_suites.h"
#include "args.h"

#define SENDER   "udp://@:7000 -> rist://10.0.0.1:5000?profile=simple"
#define RECEIVER "back: rist://@:6000?profile=simple -> udp://127.0.0.1:9000, file:/tmp/a.ts"

static int count(char **argv)
{
	int n = 0;

	while (argv[n])
		n++;
	return n;
}

static struct gw_args *take(char **argv)
{
	struct gw_args *a = malloc(sizeof(*a));
	struct gw_error err;

	ck_assert_ptr_nonnull(a);
	ck_assert_msg(
		gw_args_parse(a, count(argv), argv, &err) == 0, "%s: %s", err.where, err.why.text);
	return a;
}

static void give_back(struct gw_args *a)
{
	gw_config_fini(&a->config);
	free(a);
}

static void refuse(char **argv, const char *where, const char *why)
{
	struct gw_args *a = malloc(sizeof(*a));
	struct gw_error err;

	ck_assert_ptr_nonnull(a);
	ck_assert_int_ne(gw_args_parse(a, count(argv), argv, &err), 0);
	ck_assert_str_eq(err.where, where);
	ck_assert_str_eq(err.why.text, why);
	free(a);
}

#define ARGV(...)                                                                                  \
	(char *[])                                                                                 \
	{                                                                                          \
		"ristgate", __VA_ARGS__, NULL                                                      \
	}

START_TEST(no_arguments_ask_for_the_usage)
{
	struct gw_args *a = take((char *[]){"ristgate", NULL});

	ck_assert_int_eq(a->action, GW_USAGE);
	give_back(a);
}

END_TEST

START_TEST(help_and_version_need_nothing_else)
{
	struct gw_args *a = take(ARGV("-h"));

	ck_assert_int_eq(a->action, GW_HELP);
	give_back(a);
	a = take(ARGV("--version"));
	ck_assert_int_eq(a->action, GW_VERSION);
	give_back(a);
}

END_TEST

START_TEST(streams_run_on_sockets_without_ports_and_eal)
{
	struct gw_args *a = take(ARGV("--stream", SENDER, "--stream", RECEIVER, "--stats", "0.5",
		"--stats-file", "/tmp/s.json"));
	const struct gw_config *c = &a->config;

	ck_assert_int_eq(a->action, GW_RUN);
	ck_assert_int_eq(c->host, GW_HOST_SOCKET);
	ck_assert_uint_eq(c->n_streams, 2);
	ck_assert_str_eq(c->streams[0].name, "stream-1");
	ck_assert_str_eq(c->streams[1].name, "back");
	ck_assert_uint_eq(c->streams[1].n_outputs, 2);
	ck_assert_uint_eq(c->stats_ms, 500);
	ck_assert_str_eq(c->stats_file, "/tmp/s.json");
	give_back(a);
}

END_TEST

START_TEST(what_stands_before_the_dashes_is_eals)
{
	struct gw_args *a = take(ARGV("-l", "0-3", "--no-huge", "--", "--port",
		"wan0,net_tap0,10.9.0.2/24,fd00:9::2/64,gw=10.9.0.1,mtu=9000", "--lcore",
		"1: rx worker", "--lcore", "2: tx", "--check-config", "--stream", SENDER));
	const struct gw_config *c = &a->config;

	ck_assert_int_eq(a->action, GW_CHECK);
	ck_assert_int_eq(c->host, GW_HOST_DPDK);
	ck_assert_uint_eq(c->n_eal, 3);
	ck_assert_str_eq(c->eal[1], "0-3");
	ck_assert_uint_eq(c->n_ports, 1);
	ck_assert_str_eq(c->ports[0].device, "net_tap0");
	ck_assert_uint_eq(c->ports[0].n_addrs, 2);
	ck_assert_uint_eq(c->ports[0].addrs[1].len, 64);
	ck_assert_uint_eq(c->ports[0].mtu, 9000);
	ck_assert_uint_eq(c->ports[0].gw4.ip[3], 1);
	ck_assert_uint_eq(c->n_lcores, 2);
	ck_assert_uint_eq(c->lcores[0].tasks, RG_TASK_RX | RG_TASK_WORKER);
	give_back(a);
}

END_TEST

START_TEST(a_secret_is_not_repeated)
{
	char stream[] = "- -> rist://h:2?password=hunter2";
	char name[] = "password=hunter2: - -> rist://h:2";

	refuse(ARGV("--stream", stream), "--stream '- -> rist://h:2?...'",
		"password: needs EAP-SRP, which this version does not have");
	ck_assert_str_eq(stream, "- -> rist://h:2?password=***");
	refuse(ARGV("--stream", name), "--stream '?...'",
		"name: \"\" is no name (1..63 of a-z, 0-9 and -)");
	ck_assert_str_eq(name, "password=***");
}

END_TEST

START_TEST(the_console_takes_stdin_for_itself)
{
	struct gw_args *a = take(ARGV("-i", "--stream", SENDER));

	ck_assert_int_eq(a->action, GW_RUN);
	ck_assert(a->config.console);
	give_back(a);
	a = take(ARGV("--stream", "udp://@:7000 -> -", "--check-config"));
	ck_assert(!a->config.console);
	give_back(a);
	give_back(take(ARGV("--stream", "udp://@:7000 -> -", "-i")));
	refuse(ARGV("-i", "--stream", SENDER, "--stream", "- -> file:/tmp/a.ts"), "",
		"-i: stdin is an input of a stream already");
}

END_TEST

START_TEST(mistakes_name_the_argument)
{
	refuse(ARGV("--bogus"), "", "--bogus: unknown option (ristgate --help)");
	refuse(ARGV("--stream"), "", "--stream: a value is missing");
	refuse(ARGV("-f", "/nonexistent.yaml"), "/nonexistent.yaml", "No such file or directory");
	refuse(ARGV("sender"), "", "\"sender\": unexpected argument (ristgate --help)");
	refuse(ARGV("--check-config"), "", "streams: none (--stream 'IN -> OUT' or -f FILE.yaml)");
	refuse(ARGV("--stats", "soon"), "--stats 'soon'",
		"stats: \"soon\" is no interval (0..3600 seconds, one decimal place)");
	refuse(ARGV("--stream", "udp://@:7000 -> rist://h:5000?profile=2"),
		"--stream 'udp://@:7000 -> rist://h:5000?...'",
		"profile: advanced is not in this version (use profile=main or profile=simple)");
	refuse(ARGV("--stream", SENDER, "--lcore", "1: rx"), "",
		"lcores: are of DPDK; the socket host has one worker thread");
	refuse(ARGV("-l", "0", "--", "--lcore", "1: rx worker", "--stream", SENDER), "",
		"lcores: no lcore has the task tx");
}

END_TEST

TCase *args_cases(void)
{
	TCase *c = tcase_create("args");

	tcase_add_test(c, no_arguments_ask_for_the_usage);
	tcase_add_test(c, help_and_version_need_nothing_else);
	tcase_add_test(c, streams_run_on_sockets_without_ports_and_eal);
	tcase_add_test(c, what_stands_before_the_dashes_is_eals);
	tcase_add_test(c, a_secret_is_not_repeated);
	tcase_add_test(c, the_console_takes_stdin_for_itself);
	tcase_add_test(c, mistakes_name_the_argument);
	return c;
}
