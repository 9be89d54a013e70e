/* SPDX-License-Identifier: BSD-3-Clause */
#include "micro.h"

#include <rte_cycles.h>
#include <stdlib.h>

#include "sample.h"

#define SHARE 10 /* of --seconds for each operation */

void *micro_alloc(size_t bytes)
{
	size_t n = rg_align_up(bytes, RG_CACHE_LINE);
	void *p = aligned_alloc(RG_CACHE_LINE, n);

	if (p)
		memset(p, 0, n);
	return p;
}

/* Cycles of one operation. */
static double measure(const struct micro_op *op, void *state, double seconds, struct samples *s)
{
	uint64_t end = rte_rdtsc() + (uint64_t)(seconds * (double)rte_get_tsc_hz());

	memset(s, 0, sizeof(*s));
	op->run(state);
	for (unsigned i = 0; i < BENCH_PHASES || rte_rdtsc() < end; i++) {
		uint64_t start = rte_rdtsc();

		op->run(state);
		samples_add(s, i, (double)(rte_rdtsc() - start) / MICRO_BATCH);
	}
	return samples_typical(s);
}

static void report(const struct bench_conf *conf, const char *name, double cycles)
{
	double ns = cycles * 1e9 / (double)rte_get_tsc_hz();

	if (conf->json)
		printf("{\"micro\":\"%s\",\"ns\":%.2f,\"cycles\":%.1f}\n", name, ns, cycles);
	else
		printf("%-28s %9.2f ns %9.1f cycles\n", name, ns, cycles);
	(void)fflush(stdout);
}

static int run_table(const struct bench_conf *conf, const struct micro_op *op, struct samples *s)
{
	for (; op->name; op++) {
		void *state = op->open ? op->open() : NULL;

		if (op->open && !state)
			return -RG_E_NOMEM;
		report(conf, op->name, measure(op, state, conf->seconds / SHARE, s));
		free(state);
	}
	return 0;
}

int micro_run(const struct bench_conf *conf, struct rg_conf_error *err)
{
	static const struct micro_op *const tables[] = {micro_wire, micro_net, micro_flow};
	struct samples *s = malloc(sizeof(*s));
	int rc = s ? 0 : -RG_E_NOMEM;

	for (unsigned i = 0; i < RG_ARRAY_LEN(tables) && rc == 0; i++)
		rc = run_table(conf, tables[i], s);
	if (rc != 0)
		(void)snprintf(err->text, sizeof(err->text), "out of memory");
	free(s);
	return rc;
}
