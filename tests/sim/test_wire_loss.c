/* SPDX-License-Identifier: BSD-3-Clause */
/* Two workers, real bytes, a lossy link in memory: what goes in comes out, whole and in order. */
#include "duo.h"
#include <stdio.h>
#include <stdlib.h>

#define PACKETS 5000

struct scenario {
	const char *name;
	enum rg_recovery recovery;
	struct lab_link link;
	uint32_t may_miss;
};

static const struct scenario scenarios[] = {
	{"clean_rtt_10ms", RG_RECOVERY_DEADLINE, {.delay_ns = 5 * RG_NS_PER_MS}, 0},
	{"loss_10_percent_rtt_40ms", RG_RECOVERY_DEADLINE,
		{.loss = 0.10, .delay_ns = 20 * RG_NS_PER_MS}, 0},
	{"loss_10_percent_rtt_40ms_classic", RG_RECOVERY_CLASSIC,
		{.loss = 0.10, .delay_ns = 20 * RG_NS_PER_MS}, 5},
	{"loss_25_percent_jitter_8ms_duplicates", RG_RECOVERY_DEADLINE,
		{.loss = 0.25,
			.delay_ns = 20 * RG_NS_PER_MS,
			.jitter_ns = 8 * RG_NS_PER_MS,
			.duplicate = 0.03},
		0},
};

static bool run(const struct scenario *sc, uint64_t seed)
{
	static struct duo d;
	const struct rg_input_report *r;
	bool ok;

	duo_init(&d, seed);
	d.l.link = sc->link;
	d.b_in.rist.recovery = sc->recovery;
	duo_start(&d);
	duo_send(&d, PACKETS, 700);
	lab_feed(&d.l, d.a, 0, lab_addr(8, 1), NULL, 0, RG_DGRAM_EOF);
	duo_run_ms(&d, 3000);
	d.missing += PACKETS - d.expect;
	r = lab_input(lab_report(d.b, 0), 0);
	ok = d.wrong == 0 && d.missing <= sc->may_miss && d.a->events[RG_EVENT_INPUT_END] == 1;
	printf("%s %s seed %u: missing %u, wrong %u, recovered %u, asked %u\n",
		ok ? "ok" : "NOT OK", sc->name, (unsigned)seed, d.missing, d.wrong,
		(unsigned)r->rx.recovered, (unsigned)r->rx.nacks_sent);
	duo_fini(&d);
	return ok;
}

int main(void)
{
	unsigned failed = 0;

	for (unsigned i = 0; i < RG_ARRAY_LEN(scenarios); i++)
		for (uint64_t seed = 1; seed <= 3; seed++)
			failed += !run(&scenarios[i], seed);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
