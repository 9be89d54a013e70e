/* SPDX-License-Identifier: BSD-3-Clause */
/* What the command line means, and what it refuses. */
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"
#include "suites.h"

#define ARGS_MAX 8

/* Parses the words of a line; *said is what went to stderr, freed by the caller. */
static int parse(const char *line, struct bench_conf *c, char **said)
{
	static char words[256], *argv[ARGS_MAX + 2];
	char *rest = words;
	FILE *before = stderr;
	size_t n;
	int argc = 1, rc;

	argv[0] = "ristgate-bench";
	(void)snprintf(words, sizeof(words), "%s", line);
	while (argc <= ARGS_MAX && (argv[argc] = strtok_r(rest, " ", &rest)) != NULL)
		argc++;
	stderr = open_memstream(said, &n);
	rc = bench_parse(argc, argv, c);
	(void)fclose(stderr);
	stderr = before;
	return rc;
}

static void take(const char *line, struct bench_conf *c)
{
	char *said;
	int rc = parse(line, c, &said);

	ck_assert_msg(rc == 0, "%s: %s", line, said);
	ck_assert_str_eq(said, "");
	free(said);
}

static void refuse(const char *line, const char *want)
{
	struct bench_conf c;
	char *said, all[512];

	ck_assert_int_eq(parse(line, &c, &said), 2);
	(void)snprintf(all, sizeof(all), "ristgate-bench: %s\n", want);
	ck_assert_str_eq(said, all);
	free(said);
}

START_TEST(nothing_said_means_all_cases_once)
{
	struct bench_conf c;

	take("", &c);
	ck_assert_str_eq(c.cases, "all");
	ck_assert_uint_eq(c.flows, 0);
	ck_assert_uint_eq(c.payload_bytes, 1316);
	ck_assert_uint_eq(c.repeat, 1);
	ck_assert(c.loss_percent == 0 && !c.json && !c.list && !c.micro);
	ck_assert_int_eq(c.eal_argc, 1);
}

END_TEST

START_TEST(every_option_is_taken)
{
	struct bench_conf c;

	take("--case loss --flows 10000 --payload 188 --json", &c);
	ck_assert_str_eq(c.cases, "loss");
	ck_assert_uint_eq(c.flows, 10000);
	ck_assert_uint_eq(c.payload_bytes, 188);
	ck_assert(c.json);
	take("--loss 2.5 --seconds 3 --repeat 5 --micro --list", &c);
	ck_assert(c.loss_percent == 2.5 && c.seconds == 3 && c.micro && c.list);
	ck_assert_uint_eq(c.repeat, 5);
	take("--generate net_memif0 --rate 2.5", &c);
	ck_assert_str_eq(c.generate, "net_memif0");
	ck_assert(c.rate_gbps == 2.5);
}

END_TEST

START_TEST(what_stands_before_two_dashes_is_for_eal)
{
	struct bench_conf c;

	take("-l 1 --no-pci -- --case rx-main", &c);
	ck_assert_str_eq(c.cases, "rx-main");
	ck_assert_int_eq(c.eal_argc, 4);
	ck_assert_str_eq(c.eal_argv[0], "ristgate-bench");
	ck_assert_str_eq(c.eal_argv[3], "--no-pci");
}

END_TEST

START_TEST(mistakes_are_named_with_their_limits)
{
	refuse("--case nothing", "nothing: no such case (--list names them)");
	refuse("--flows 0", "--flows: \"0\" is not a number from 1 to 10000");
	refuse("--flows 10001", "--flows: \"10001\" is not a number from 1 to 10000");
	refuse("--flows 1.5", "--flows: \"1.5\" is not a whole number");
	refuse("--flows nan", "--flows: \"nan\" is not a number from 1 to 10000");
	refuse("--payload 1441", "--payload: \"1441\" is not a number from 16 to 1440");
	refuse("--payload 100x", "--payload: \"100x\" is not a number from 16 to 1440");
	refuse("--loss -1", "--loss: \"-1\" is not a number from 0 to 50");
	refuse("--loss 51", "--loss: \"51\" is not a number from 0 to 50");
	refuse("--seconds 0", "--seconds: \"0\" is not a number from 0.1 to 3600");
	refuse("--repeat 100", "--repeat: \"100\" is not a number from 1 to 99");
	refuse("--rate 0", "--rate: \"0\" is not a number from 0.001 to 400");
	refuse("--burst", "--burst: unknown option, or its value is missing");
	refuse("--case", "--case: unknown option, or its value is missing");
	refuse("rx-main", "rx-main: unexpected argument");
}

END_TEST

START_TEST(loss_needs_flows_that_can_number_what_a_buffer_holds)
{
	struct bench_conf c;

	refuse("--case loss --flows 3",
		"loss: --flows: 3: where packets are lost buffers hold 120000 packets, and 16 bits "
		"number 32768 of a flow (4 flows or more)");
	refuse("--case rx-main --loss 1 --flows 3",
		"rx-main: --flows: 3: where packets are lost buffers hold 120000 packets, and 16 "
		"bits number 32768 of a flow (4 flows or more)");
	take("--case rx-main --loss 1 --flows 4", &c);
	take("--case rx-main --flows 3", &c);
	take("--case flows --loss 1", &c);
}

END_TEST

START_TEST(rows_follow_case_and_options)
{
	struct bench_conf c;
	struct rg_conf_error why;
	struct bench_row row;

	take("--flows 20 --loss 2", &c);
	ck_assert(bench_row(&c, bench_find("rx-main"), 0, &row, &why));
	ck_assert(row.flows == 20 && row.outputs == 1 && row.lossy && row.loss_percent == 2);
	ck_assert(bench_row(&c, bench_find("loss"), 2, &row, &why));
	ck_assert(row.flows == 20 && row.lossy && row.loss_percent == 10);
	ck_assert(bench_row(&c, bench_find("flows"), 3, &row, &why));
	ck_assert(row.flows == 10000 && !row.lossy);
	ck_assert(bench_row(&c, bench_find("fanout-100"), 1, &row, &why));
	ck_assert(row.flows == 1 && row.outputs == 100 && !row.lossy);
	take("--loss 2", &c);
	ck_assert(bench_row(&c, bench_find("tx-main"), 0, &row, &why));
	ck_assert(row.flows == 8 && row.lossy);
	take("", &c);
	ck_assert(bench_row(&c, bench_find("loss"), 0, &row, &why));
	ck_assert(row.flows == 8 && row.lossy && row.loss_percent == 0);
}

END_TEST

TCase *args_cases(void)
{
	TCase *t = tcase_create("args");

	tcase_add_test(t, nothing_said_means_all_cases_once);
	tcase_add_test(t, every_option_is_taken);
	tcase_add_test(t, what_stands_before_two_dashes_is_for_eal);
	tcase_add_test(t, mistakes_are_named_with_their_limits);
	tcase_add_test(t, loss_needs_flows_that_can_number_what_a_buffer_holds);
	tcase_add_test(t, rows_follow_case_and_options);
	return t;
}
