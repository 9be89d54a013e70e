/* SPDX-License-Identifier: BSD-3-Clause */
/* ristgate-conformance: the real sender and receiver cores over a simulated link that drops what
 * it is told, printed as ristgo's conformance text, so that the two can be compared by diff. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "rg_sim.h"

#define MS       RG_NS_PER_MS
#define DROP_MAX 64

struct drop_list {
	uint32_t seq[DROP_MAX];
	bool first_only[DROP_MAX];
	unsigned n;
};

static bool drop_listed(void *ctx, uint32_t seq, bool first)
{
	const struct drop_list *d = ctx;

	for (unsigned i = 0; i < d->n; i++)
		if (d->seq[i] == seq && (first || !d->first_only[i]))
			return true;
	return false;
}

static bool drop_every_seventh_original(void *ctx, uint32_t seq, bool first)
{
	(void)ctx;
	return first && seq % 7 == 3;
}

static bool drop_two_for_good(void *ctx, uint32_t seq, bool first)
{
	(void)ctx;
	(void)first;
	return seq == 20 || seq == 21;
}

/* Defaults of libRIST and ristgo: 1 s of buffer, 64 packets 1 ms apart, 10 ms each way. The
 * classic sender waits a round trip before it answers again, and estimates start at rtt-min. */
static struct rg_sim_conf conf(enum rg_recovery recovery)
{
	bool classic = recovery == RG_RECOVERY_CLASSIC;

	return (struct rg_sim_conf){
		.n_paths = 1,
		.forward[0] = {.delay_ns = 10 * MS},
		.back[0] = {.delay_ns = 10 * MS},
		.rx = {.recovery = recovery,
			.buffer_ns = 1000 * MS,
			.reorder_ns = 15 * MS,
			.rtt_min_ns = (classic ? 5 : 50) * MS,
			.rtt_max_ns = 500 * MS,
			.max_retries = 20,
			.ring_slots = 4096,
			.seq_bits = 16,
			.bandwidth_Bps = 12500000},
		.tx = {.congestion = classic ? RG_CONGESTION_AGGRESSIVE : RG_CONGESTION_NORMAL,
			.seq_bits = 16,
			.history_slots = 4096,
			.history_ns = 1100 * MS,
			.rtt_min_ns = 5 * MS,
			.rtt_max_ns = 500 * MS,
			.max_retries = 20,
			.bandwidth_Bps = 12500000,
			.keep_history = 1},
		.slow_rtt = classic,
		.packets = 64,
		.spacing_ns = 1 * MS,
		.late_ns = 10 * MS,
	};
}

static void run(const char *name, struct rg_sim_conf c)
{
	struct rg_sim *s = rg_sim_new(&c);
	const struct rg_sim_result *r;

	rg_sim_run(s, c.packets);
	r = rg_sim_finish(s);
	printf("%s: sent=%u delivered=%u fwdDropped=%u recovered=%u recoveredOneRTT=%u lost=%u "
	       "disc=%u invariants=%u seqs=[",
		name, r->sent, r->delivered, r->forward_dropped, (unsigned)r->rx.recovered,
		(unsigned)r->rx.recovered_one_retry, (unsigned)r->rx.lost,
		(unsigned)r->rx.discontinuities, r->violations);
	for (uint32_t i = 0; i < r->delivered; i++)
		printf("%s%u", i ? " " : "", c.tx.first_seq + r->delivered_index[i]);
	printf("]\n");
	rg_sim_free(s);
}

/* "5,17:first": 5 never arrives, 17 only as a retransmission. */
static bool parse_drop(const char *text, struct drop_list *d)
{
	while (*text) {
		char *end;
		unsigned long v = strtoul(text, &end, 10);

		if (end == text || v > UINT32_MAX || d->n == DROP_MAX)
			return false;
		d->seq[d->n] = (uint32_t)v;
		d->first_only[d->n] = strncmp(end, ":first", 6) == 0;
		if (d->first_only[d->n++])
			end += 6;
		if (*end != '\0' && *end != ',')
			return false;
		text = *end ? end + 1 : end;
	}
	return d->n > 0;
}

static int usage(FILE *to)
{
	fprintf(to,
		"usage: ristgate-conformance [--recovery classic|deadline] "
		"[--drop SEQ[:first],...]\n");
	return to == stdout ? 0 : 2;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {{"recovery", required_argument, NULL, 'r'},
		{"drop", required_argument, NULL, 'd'}, {"help", no_argument, NULL, 'h'}, {0}};
	enum rg_recovery recovery = RG_RECOVERY_DEADLINE;
	struct drop_list drops = {0};
	struct rg_sim_conf c;
	int o;

	while ((o = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (o == 'h')
			return usage(stdout);
		if (o == 'r' && strcmp(optarg, "classic") == 0)
			recovery = RG_RECOVERY_CLASSIC;
		else if (o == 'r' && strcmp(optarg, "deadline") == 0)
			recovery = RG_RECOVERY_DEADLINE;
		else if (o != 'd' || !parse_drop(optarg, &drops))
			return usage(stderr);
	}
	if (optind != argc)
		return usage(stderr);
	c = conf(recovery);
	puts("rist-conformance v1");
	if (drops.n > 0) {
		c.drop = drop_listed;
		c.ctx = &drops;
		run("drop", c);
		return 0;
	}
	run("clean", c);
	c.drop = drop_every_seventh_original;
	run("recoverable", c);
	c.drop = drop_two_for_good;
	run("unrecoverable", c);
	return 0;
}
