/* SPDX-License-Identifier: BSD-3-Clause */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

static const char usage[] =
	"usage: ristgate-bench [EAL arguments --] [OPTION]...\n"
	"Measures the stages of the DPDK host and the core behind them on packets in memory, and the\n"
	"limit: the best loop that does only what nobody can avoid, over the same packets.\n"
	"Without EAL arguments it runs with --no-huge.\n"
	"\n"
	"  --list                names of the cases\n"
	"  --case NAME|all       which to run (all)\n"
	"  --flows N             streams that share the packets (1, where packets are lost 8)\n"
	"  --payload B           bytes of a packet (1316)\n"
	"  --loss P              percent of the datagrams between the peers that are lost (0)\n"
	"  --seconds S           how long each row of a case runs (2)\n"
	"  --repeat N            runs of each row, of which the one with the median ratio counts (1)\n"
	"  --generate DEVICE     instead: sends an rx- case to a gateway in another process over that\n"
	"                        DPDK port, and counts what comes back\n"
	"  --rate GBPS           of --generate (1)\n"
	"  --micro               instead: nanoseconds of each codec and core operation\n"
	"  --json                one object a line\n"
	"--flows and --loss are for the cases that do not choose them themselves.\n";

#define PAYLOAD_MIN 16
#define PAYLOAD_MAX 1440 /* with all headers of the Main profile in 1,500 */
#define LOSS_MAX    50

enum opt {
	OPT_LIST = 256, /* beyond any character: there are no short options but -h */
	OPT_CASE,
	OPT_FLOWS,
	OPT_PAYLOAD,
	OPT_LOSS,
	OPT_SECONDS,
	OPT_REPEAT,
	OPT_GENERATE,
	OPT_RATE,
	OPT_MICRO,
	OPT_JSON,
};

static const struct option options[] = {
	{"list", no_argument, NULL, OPT_LIST},
	{"case", required_argument, NULL, OPT_CASE},
	{"flows", required_argument, NULL, OPT_FLOWS},
	{"payload", required_argument, NULL, OPT_PAYLOAD},
	{"loss", required_argument, NULL, OPT_LOSS},
	{"seconds", required_argument, NULL, OPT_SECONDS},
	{"repeat", required_argument, NULL, OPT_REPEAT},
	{"generate", required_argument, NULL, OPT_GENERATE},
	{"rate", required_argument, NULL, OPT_RATE},
	{"micro", no_argument, NULL, OPT_MICRO},
	{"json", no_argument, NULL, OPT_JSON},
	{"help", no_argument, NULL, 'h'},
	{0},
};

static int bad(const char *option, const char *why)
{
	(void)fprintf(stderr, "ristgate-bench: %s: %s\n", option, why);
	return 2;
}

/* A number of that range; else an error that names both. */
static int parse_number(const char *option, const char *arg, double min, double max, double *v)
{
	char why[128], *rest;

	*v = strtod(arg, &rest);
	if (rest != arg && *rest == '\0' && *v >= min && *v <= max)
		return 0;
	(void)snprintf(why, sizeof(why), "\"%.40s\" is not a number from %g to %g", arg, min, max);
	return bad(option, why);
}

static int parse_whole(
	const char *option, const char *arg, uint32_t min, uint32_t max, uint32_t *out)
{
	char why[128];
	double v;
	int rc = parse_number(option, arg, min, max, &v);

	if (rc != 0)
		return rc;
	*out = (uint32_t)v;
	if (*out == v)
		return 0;
	(void)snprintf(why, sizeof(why), "\"%.40s\" is not a whole number", arg);
	return bad(option, why);
}

static int set(struct bench_conf *c, enum opt o, const char *arg)
{
	switch (o) {
	case OPT_LIST:
		c->list = true;
		return 0;
	case OPT_MICRO:
		c->micro = true;
		return 0;
	case OPT_JSON:
		c->json = true;
		return 0;
	case OPT_GENERATE:
		c->generate = arg;
		return 0;
	case OPT_CASE:
		c->cases = arg;
		return strcmp(arg, "all") == 0 || bench_find(arg)
			? 0
			: bad(arg, "no such case (--list names them)");
	case OPT_FLOWS:
		return parse_whole("--flows", arg, 1, BENCH_FLOWS_MAX, &c->flows);
	case OPT_PAYLOAD:
		return parse_whole("--payload", arg, PAYLOAD_MIN, PAYLOAD_MAX, &c->payload_bytes);
	case OPT_LOSS:
		return parse_number("--loss", arg, 0, LOSS_MAX, &c->loss_percent);
	case OPT_RATE:
		return parse_number("--rate", arg, 0.001, 400, &c->rate_gbps);
	case OPT_SECONDS:
		return parse_number("--seconds", arg, 0.1, 3600, &c->seconds);
	case OPT_REPEAT:
		return parse_whole("--repeat", arg, 1, BENCH_REPEAT_MAX, &c->repeat);
	}
	return 0;
}

/* Splits at "--": the program's name and EAL's arguments to *c, ours to the caller. */
static void split_eal(int *argc, char ***argv, struct bench_conf *c)
{
	c->eal_argc = 1;
	c->eal_argv = *argv;
	for (int i = 1; i < *argc; i++)
		if (strcmp((*argv)[i], "--") == 0) {
			c->eal_argc = i;
			*argc -= i;
			*argv += i; /* "--" takes the place of argv[0] */
			return;
		}
}

/* What was asked for must be possible in every case that runs. */
static int check_rows(const struct bench_conf *c)
{
	struct rg_conf_error why;
	struct bench_row row;

	for (unsigned i = 0; i < bench_n_cases; i++) {
		const struct bench_case *k = &bench_cases[i];

		if (strcmp(c->cases, "all") != 0 && strcmp(c->cases, k->name) != 0)
			continue;
		if (bench_row(c, k, 0, &row, &why))
			continue;
		(void)fprintf(stderr, "ristgate-bench: %s: %s\n", k->name, why.text);
		return 2;
	}
	return 0;
}

int bench_parse(int argc, char **argv, struct bench_conf *c)
{
	int o, rc = 0;

	*c = (struct bench_conf){
		.cases = "all", .payload_bytes = 1316, .seconds = 2, .repeat = 1, .rate_gbps = 1};
	split_eal(&argc, &argv, c);
	opterr = 0;
	optind = 0; /* the tests parse again and again */
	while (rc == 0 && (o = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (o == 'h') {
			(void)fputs(usage, stdout);
			exit(0);
		}
		if (o == '?')
			return bad(argv[optind - 1], "unknown option, or its value is missing");
		rc = set(c, (enum opt)o, optarg);
	}
	if (rc == 0 && optind < argc)
		return bad(argv[optind], "unexpected argument");
	return rc ? rc : check_rows(c);
}
