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
	"  --flows N             streams that share the packets (1)\n"
	"  --payload B           bytes of a packet (1316)\n"
	"  --seconds S           how long each case runs (2)\n"
	"  --json                one object a line\n";

#define FLOWS_MAX   10000
#define PAYLOAD_MIN 16
#define PAYLOAD_MAX 1440 /* with all headers of the Main profile in 1,500 */

enum opt {
	OPT_LIST = 256, /* beyond any character: there are no short options but -h */
	OPT_CASE,
	OPT_FLOWS,
	OPT_PAYLOAD,
	OPT_SECONDS,
	OPT_JSON,
};

static const struct option options[] = {
	{"list", no_argument, NULL, OPT_LIST},
	{"case", required_argument, NULL, OPT_CASE},
	{"flows", required_argument, NULL, OPT_FLOWS},
	{"payload", required_argument, NULL, OPT_PAYLOAD},
	{"seconds", required_argument, NULL, OPT_SECONDS},
	{"json", no_argument, NULL, OPT_JSON},
	{"help", no_argument, NULL, 'h'},
	{0},
};

static int bad(const char *option, const char *why)
{
	(void)fprintf(stderr, "ristgate-bench: %s: %s\n", option, why);
	return 2;
}

static bool parse_number(const char *arg, double min, double max, double *v)
{
	char *rest;

	*v = strtod(arg, &rest);
	return rest != arg && *rest == '\0' && *v >= min && *v <= max;
}

static int set(struct bench_conf *c, enum opt o, const char *arg)
{
	double v;

	switch (o) {
	case OPT_LIST:
		c->list = true;
		return 0;
	case OPT_JSON:
		c->json = true;
		return 0;
	case OPT_CASE:
		c->cases = arg;
		return strcmp(arg, "all") == 0 || bench_find(arg) ? 0 : bad(arg, "no such case");
	case OPT_FLOWS:
		if (!parse_number(arg, 1, FLOWS_MAX, &v))
			return bad("--flows", "not a number from 1 to 10000");
		c->flows = (uint32_t)v;
		return 0;
	case OPT_PAYLOAD:
		if (!parse_number(arg, PAYLOAD_MIN, PAYLOAD_MAX, &v))
			return bad("--payload", "not a number from 16 to 1440");
		c->payload_bytes = (uint32_t)v;
		return 0;
	case OPT_SECONDS:
		if (!parse_number(arg, 0.1, 3600, &c->seconds))
			return bad("--seconds", "not a number from 0.1 to 3600");
		return 0;
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

int bench_parse(int argc, char **argv, struct bench_conf *c)
{
	int o, rc = 0;

	*c = (struct bench_conf){.cases = "all", .flows = 1, .payload_bytes = 1316, .seconds = 2};
	split_eal(&argc, &argv, c);
	opterr = 0;
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
	return rc;
}
