/* SPDX-License-Identifier: BSD-3-Clause */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "link.h"

static const char usage[] =
	"usage: ristgate-link [EAL arguments --] --a END --b END [OPTION]...\n"
	"Carries datagrams between two ends and does to them what a bad link does.\n"
	"\n"
	"END is udp://@[ADDR]:PORT (listens; answers go to the last source), udp://HOST:PORT, or the\n"
	"name of a DPDK port. A group takes ?miface=INTERFACE and ?ttl=HOPS.\n"
	"\n"
	"X/Y means X from a to b and Y from b to a; X alone means both.\n"
	"  --loss P[/Q]          percent lost\n"
	"  --burst N[/N]         losses come in runs of N on average\n"
	"  --delay MS[/MS]       one-way delay\n"
	"  --jitter MS[/MS]      up to MS later, each datagram on its own\n"
	"  --reorder P[/Q]       percent held back 1 to 5 ms\n"
	"  --duplicate P[/Q]     percent sent twice\n"
	"  --rate MBPS[/MBPS]    bottleneck, in payload bits\n"
	"  --queue N[/N]         datagrams that may wait for it (1000)\n"
	"\n"
	"  --path N              what follows is about path N; before it, about path 0\n"
	"  --ports N             couples N consecutive UDP ports (RIST Simple: 2)\n"
	"  --seed N              every decision follows from it\n"
	"  --seconds S           ends after S seconds; otherwise on SIGINT or SIGTERM\n"
	"  --stats S             a line every S seconds, not only at the end\n";

enum opt {
	OPT_A = 256, /* beyond any character: there are no short options but -h */
	OPT_B,
	OPT_LOSS,
	OPT_BURST,
	OPT_DELAY,
	OPT_JITTER,
	OPT_REORDER,
	OPT_DUPLICATE,
	OPT_RATE,
	OPT_QUEUE,
	OPT_PATH,
	OPT_PORTS,
	OPT_SEED,
	OPT_SECONDS,
	OPT_STATS,
};

static const struct option options[] = {
	{"a", required_argument, NULL, OPT_A},
	{"b", required_argument, NULL, OPT_B},
	{"loss", required_argument, NULL, OPT_LOSS},
	{"burst", required_argument, NULL, OPT_BURST},
	{"delay", required_argument, NULL, OPT_DELAY},
	{"jitter", required_argument, NULL, OPT_JITTER},
	{"reorder", required_argument, NULL, OPT_REORDER},
	{"duplicate", required_argument, NULL, OPT_DUPLICATE},
	{"rate", required_argument, NULL, OPT_RATE},
	{"queue", required_argument, NULL, OPT_QUEUE},
	{"path", required_argument, NULL, OPT_PATH},
	{"ports", required_argument, NULL, OPT_PORTS},
	{"seed", required_argument, NULL, OPT_SEED},
	{"seconds", required_argument, NULL, OPT_SECONDS},
	{"stats", required_argument, NULL, OPT_STATS},
	{"help", no_argument, NULL, 'h'},
	{0},
};

/* Limits of each option's number, by opt. */
static const struct {
	double min, max;
} limit[] = {
	[OPT_LOSS - OPT_A] = {0, 100},
	[OPT_BURST - OPT_A] = {1, 100000},
	[OPT_DELAY - OPT_A] = {0, 60000},
	[OPT_JITTER - OPT_A] = {0, 60000},
	[OPT_REORDER - OPT_A] = {0, 100},
	[OPT_DUPLICATE - OPT_A] = {0, 100},
	[OPT_RATE - OPT_A] = {0, 1000000},
	[OPT_QUEUE - OPT_A] = {1, 1000000},
	[OPT_PATH - OPT_A] = {0, LINK_PATHS_MAX - 1},
	[OPT_PORTS - OPT_A] = {1, LINK_PORTS_MAX},
	[OPT_SECONDS - OPT_A] = {0, 1e7},
	[OPT_STATS - OPT_A] = {0, 1e7},
};

/* V or V/W, both within the option's limits. */
static bool parse_numbers(enum opt o, const char *arg, double v[LINK_ENDS])
{
	char *rest;

	v[LINK_A] = v[LINK_B] = strtod(arg, &rest);
	if (rest != arg && *rest == '/') {
		arg = rest + 1;
		v[LINK_B] = strtod(arg, &rest);
	}
	if (rest == arg || *rest != '\0')
		return false;
	for (int d = 0; d < LINK_ENDS; d++)
		if (!(v[d] >= limit[o - OPT_A].min && v[d] <= limit[o - OPT_A].max))
			return false;
	return true;
}

static void set_lane(struct lane_conf *l, enum opt o, double v)
{
	struct impair_conf *im = &l->impair;

	if (o == OPT_LOSS)
		im->loss = impair_percent(v);
	else if (o == OPT_BURST)
		im->burst = (uint32_t)v;
	else if (o == OPT_DELAY)
		im->delay_ns = (int64_t)(v * (double)RG_NS_PER_MS);
	else if (o == OPT_JITTER)
		im->jitter_ns = (int64_t)(v * (double)RG_NS_PER_MS);
	else if (o == OPT_REORDER)
		im->reorder = impair_percent(v);
	else if (o == OPT_DUPLICATE)
		im->duplicate = impair_percent(v);
	else if (o == OPT_RATE)
		l->rate_bps = (uint64_t)(v * 1e6);
	else if (o == OPT_QUEUE)
		l->queue = (uint32_t)v;
}

static int bad(const char *option, const char *why)
{
	(void)fprintf(stderr, "ristgate-link: %s: %s\n", option, why);
	return 2;
}

static int check(const struct link_conf *c)
{
	bool udp = c->paths[0].end[LINK_A] && link_end_is_udp(c->paths[0].end[LINK_A]);

	for (uint32_t p = 0; p < c->n_paths; p++)
		for (int e = 0; e < LINK_ENDS; e++) {
			const struct link_path_conf *path = &c->paths[p];

			if (!path->end[e])
				return bad(
					e == LINK_A ? "--a" : "--b", "every path needs both ends");
			if (link_end_is_udp(path->end[e]) != udp)
				return bad(path->end[e], "UDP and DPDK ends do not mix");
			if (!impair_conf_possible(&path->lane[e].impair))
				return bad(
					"--burst", "too short for this loss: N/(N+1) is the most");
		}
	if (!udp && c->eal_argc == 1)
		return bad(c->paths[0].end[LINK_A], "a DPDK port needs EAL arguments before --");
	return 0;
}

/* One option; `path` is the one that --path chose last. */
static int set(struct link_conf *c, uint32_t *path, enum opt o, const char *name, const char *arg)
{
	struct link_path_conf *p = &c->paths[*path];
	double v[LINK_ENDS];
	char *rest;

	if (o == OPT_A || o == OPT_B) {
		p->end[o == OPT_A ? LINK_A : LINK_B] = arg;
		return 0;
	}
	if (o == OPT_SEED) {
		c->seed = strtoull(arg, &rest, 0);
		return *arg == '\0' || *rest != '\0' ? bad("--seed", "not a number") : 0;
	}
	if (!parse_numbers(o, arg, v))
		return bad(name, "not a number in its range (--help)");
	if (o == OPT_PATH) {
		*path = (uint32_t)v[0];
		if (*path >= c->n_paths)
			c->n_paths = *path + 1;
	} else if (o == OPT_PORTS) {
		c->n_ports = (uint32_t)v[0];
	} else if (o == OPT_SECONDS) {
		c->max_ns = (int64_t)(v[0] * 1e9);
	} else if (o == OPT_STATS) {
		c->stats_ns = (int64_t)(v[0] * 1e9);
	} else {
		for (int d = 0; d < LINK_ENDS; d++)
			set_lane(&p->lane[d], o, v[d]);
	}
	return 0;
}

/* Splits at "--": the program's name and EAL's arguments to *c, ours to the caller. */
static void split_eal(int *argc, char ***argv, struct link_conf *c)
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

bool link_end_is_udp(const char *end)
{
	return strncmp(end, "udp://", 6) == 0;
}

int link_parse(int argc, char **argv, struct link_conf *c)
{
	uint32_t path = 0;
	int o, index = 0, rc = 0;

	*c = (struct link_conf){.n_paths = 1, .n_ports = 1};
	for (int i = 0; i < LINK_PATHS_MAX; i++)
		for (int d = 0; d < LINK_ENDS; d++)
			c->paths[i].lane[d].queue = 1000;
	split_eal(&argc, &argv, c);
	opterr = 0;
	while (rc == 0 && (o = getopt_long(argc, argv, "h", options, &index)) != -1) {
		if (o == 'h') {
			(void)fputs(usage, stdout);
			exit(0);
		}
		if (o == '?')
			return bad(argv[optind - 1], "unknown option, or its value is missing");
		rc = set(c, &path, (enum opt)o, options[index].name, optarg);
	}
	if (rc == 0 && optind < argc)
		return bad(argv[optind], "unexpected argument");
	if (rc == 0 && argc < 2) {
		(void)fputs(usage, stderr);
		return 2;
	}
	return rc ? rc : check(c);
}
