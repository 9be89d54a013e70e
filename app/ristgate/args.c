/* SPDX-License-Identifier: BSD-3-Clause */
#include "args.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "config_yaml.h"
#include "ports.h"
#include "protect.h"
#include "streams.h"

const char gw_usage[] =
	"usage: ristgate [EAL arguments --] [-f FILE.yaml] [--port PORT]... [--lcore LCORE]...\n"
	"                [--stream STREAM]... [--stats SECONDS] [--stats-file PATH]\n"
	"                [--check-config] [-i] [-h] [--version]\n"
	"\n"
	"  -f FILE.yaml       streams, ports and lcores of a file; the command line adds to them\n"
	"  --stream STREAM    '[NAME: ]IN -> OUT[, OUT...]'\n"
	"                     ends: rist://HOST:PORT, rist://@ADDR:PORT (listens), udp://, rtp://,\n"
	"                     file:PATH, - (stdin, stdout); keys after '?', see docs/config.md.\n"
	"                     rist:// is the Main profile, with ?profile=simple the Simple one;\n"
	"                     ?secret-file=PATH encrypts\n"
	"  --port PORT        DPDK port: NAME,DEVICE,ADDR/PREFIX[,ADDR/PREFIX...][,gw=ADDR]\n"
	"                     [,mtu=N][,vlan=N]\n"
	"  --lcore LCORE      'N: TASK...' of rx, worker, tx, control; without it one lcore does all\n"
	"  --stats SECONDS    one JSON line a stream and interval on stderr\n"
	"  --stats-file PATH  those lines into a file\n"
	"  --check-config     read everything, print what would run, and end\n"
	"  -i                 take commands from stdin, a line each: help lists them\n"
	"  -h, --help         this text\n"
	"  --version          the version\n"
	"\n"
	"Without a port and EAL arguments kernel sockets are used: no DPDK, no privilege.\n"
	"\n"
	"  sender:   ristgate --stream 'udp://@:7000 -> rist://198.51.100.2:5000?profile=simple'\n"
	"  receiver: ristgate --stream 'rist://@:5000?profile=simple -> udp://127.0.0.1:9000'\n"
	"\n"
	"Exit status: 0 done, 1 failed at run time, 2 usage or configuration.\n";

enum {
	OPT_PORT = 256,
	OPT_LCORE,
	OPT_STREAM,
	OPT_STATS,
	OPT_STATS_FILE,
	OPT_CHECK,
	OPT_VERSION,
};

static const struct option options[] = {
	{"port", required_argument, NULL, OPT_PORT},
	{"lcore", required_argument, NULL, OPT_LCORE},
	{"stream", required_argument, NULL, OPT_STREAM},
	{"stats", required_argument, NULL, OPT_STATS},
	{"stats-file", required_argument, NULL, OPT_STATS_FILE},
	{"check-config", no_argument, NULL, OPT_CHECK},
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, OPT_VERSION},
	{NULL, 0, NULL, 0},
};

static int add_stream(struct gw_config *c, const char *text, struct rg_conf_error *err)
{
	struct gw_stream s;

	return gw_stream_parse(text, &c->secrets, &s, err) ? -RG_E_INVAL
							   : gw_config_add_stream(c, &s, err);
}

static int add_port(struct gw_config *c, const char *text, struct rg_conf_error *err)
{
	struct rg_port_conf p;

	return gw_port_parse(text, &p, err) ? -RG_E_INVAL : gw_config_add_port(c, &p, err);
}

static int add_lcore(struct gw_config *c, const char *text, struct rg_conf_error *err)
{
	struct rg_lcore_conf l;

	return gw_lcore_parse(text, &l, err) ? -RG_E_INVAL : gw_config_add_lcore(c, &l, err);
}

/* First pass: what to do, and the file. Second pass: everything else, after the file. */
static int apply_option(struct gw_args *a, int opt, const char *value, struct rg_conf_error *err)
{
	struct gw_config *c = &a->config;

	switch (opt) {
	case OPT_STREAM:
		return add_stream(c, value, err);
	case OPT_PORT:
		return add_port(c, value, err);
	case OPT_LCORE:
		return add_lcore(c, value, err);
	case OPT_STATS:
		return gw_config_set_stats(c, value, err);
	case OPT_STATS_FILE:
		return gw_config_set_stats_file(c, value, err);
	default:
		return 0;
	}
}

static const char *option_name(int opt)
{
	for (size_t i = 0; options[i].name; i++) {
		if (options[i].val == opt)
			return options[i].name;
	}
	return "f";
}

/* Names the option without the value that may be written behind it. */
static int fail_option(struct gw_error *err, const char *word, const char *why)
{
	size_t len = strcspn(word, "=?");

	return gw_fail(&err->why, "%.*s: %s", (int)(len < 64 ? len : 64), word, why);
}

static int note_option(
	struct gw_args *a, int opt, const char **file, struct gw_error *err, char **argv)
{
	switch (opt) {
	case 'f':
		if (*file)
			return gw_fail(&err->why, "-f: given twice");
		*file = optarg;
		return 0;
	case 'h':
		a->action = GW_HELP;
		return 0;
	case 'i':
		a->config.console = true;
		return 0;
	case OPT_VERSION:
		a->action = GW_VERSION;
		return 0;
	case OPT_CHECK:
		if (a->action == GW_RUN)
			a->action = GW_CHECK;
		return 0;
	case '?':
		return fail_option(err, argv[optind - 1], "unknown option (ristgate --help)");
	case ':':
		return fail_option(err, argv[optind - 1], "a value is missing");
	default:
		return 0;
	}
}

static int first_pass(
	struct gw_args *a, int argc, char **argv, const char **file, struct gw_error *err)
{
	int opt;

	optind = 0;
	opterr = 0;
	while ((opt = getopt_long(argc, argv, "+:f:hi", options, NULL)) != -1) {
		if (note_option(a, opt, file, err, argv))
			return -RG_E_INVAL;
	}
	if (optind < argc)
		return gw_fail(&err->why, "\"%.64s\": unexpected argument (ristgate --help)",
			argv[optind]);
	return 0;
}

/* A URL is shown without its keys: one of them may be a secret. */
static void tell_where(struct gw_error *err, int opt, const char *value)
{
	size_t len = strcspn(value, "?&");
	const char *secret = gw_secret_in(value);

	if (secret && (size_t)(secret - value) < len)
		len = 0;

	snprintf(err->where, sizeof(err->where), "--%s '%.*s%s'", option_name(opt),
		(int)(len < 250 ? len : 250), value, value[len] ? "?..." : "");
}

static int second_pass(struct gw_args *a, int argc, char **argv, struct gw_error *err)
{
	int opt;

	optind = 0;
	while ((opt = getopt_long(argc, argv, "+:f:hi", options, NULL)) != -1) {
		const char *value = optarg ? optarg : "";

		if (apply_option(a, opt, value, &err->why)) {
			tell_where(err, opt, value);
			return -RG_E_INVAL;
		}
	}
	return 0;
}

/* What stands before "--" is EAL's, and takes the place of the file's. */
static int take_eal(struct gw_args *a, char **argv, int n, struct gw_error *err)
{
	struct gw_config *c = &a->config;

	for (uint32_t i = 0; i < c->n_eal; i++)
		free(c->eal[i]);
	c->n_eal = 0;
	for (int i = 1; i < n; i++) {
		if (gw_config_add_eal(c, argv[i], &err->why))
			return -RG_E_INVAL;
	}
	return 0;
}

static int parse(struct gw_args *a, int argc, char **argv, struct gw_error *err)
{
	const char *file = NULL;
	int split = 1;

	while (split < argc && strcmp(argv[split], "--") != 0)
		split++;
	if (split == argc)
		split = 0;
	if (first_pass(a, argc - split, argv + split, &file, err))
		return -RG_E_INVAL;
	if (a->action == GW_HELP || a->action == GW_VERSION)
		return 0;
	if (file && gw_yaml_load(&a->config, file, err))
		return -RG_E_INVAL;
	if (split > 1 && take_eal(a, argv, split, err))
		return -RG_E_INVAL;
	if (second_pass(a, argc - split, argv + split, err))
		return -RG_E_INVAL;
	return gw_config_check(&a->config, &err->why);
}

int gw_args_parse(struct gw_args *a, int argc, char **argv, struct gw_error *err)
{
	struct gw_words w;
	int e = gw_words_take(&w, argc, argv);

	memset(a, 0, sizeof(*a));
	memset(err, 0, sizeof(*err));
	if (e)
		gw_fail(&err->why, "no memory for the arguments");
	else if (argc < 2)
		a->action = GW_USAGE;
	else
		e = parse(a, argc, w.words, err);
	if (e) {
		gw_config_fini(&a->config);
		if (w.pages)
			gw_hush(&err->why);
	}
	gw_words_fini(&w);
	return e;
}
