/* SPDX-License-Identifier: BSD-3-Clause */
/* Rows of a case and their repetitions: every repetition runs all rows, so that what is compared
 * was measured in one go, and of each row the repetition with the median ratio counts. */
#include <stdlib.h>

#include "bench.h"

typedef struct bench_result table[BENCH_ROWS_MAX][BENCH_REPEAT_MAX];

static int run_row(const struct bench_row *row, struct bench_result *r, struct rg_conf_error *err)
{
	switch (row->c->kind) {
	case BENCH_CYCLES:
		return bench_run_cycles(row, r, err);
	case BENCH_LATENCY:
		return bench_run_latency(row, r, err);
	case BENCH_MEMORY:
		return bench_run_memory(row, r, err);
	}
	return -RG_E_INVAL;
}

static int run_rows(const struct bench_conf *conf, const struct bench_case *c, unsigned repetition,
	table t, struct rg_conf_error *err)
{
	for (unsigned i = 0; i < c->n_rows; i++) {
		struct bench_result *r = &t[i][repetition];
		struct bench_row row;
		int rc = bench_row(conf, c, i, &row, err) ? run_row(&row, r, err) : -RG_E_INVAL;

		if (rc != 0)
			return rc;
		if (c->vary != BENCH_ALONE)
			bench_compare(&t[0][repetition], r);
	}
	return 0;
}

static int by_ratio(const void *a, const void *b)
{
	double x = ((const struct bench_result *)a)->ratio;
	double y = ((const struct bench_result *)b)->ratio;

	return x < y ? -1 : x > y;
}

int bench_case_run(
	const struct bench_conf *conf, const struct bench_case *c, struct rg_conf_error *err)
{
	struct bench_result(*t)[BENCH_REPEAT_MAX] = calloc(BENCH_ROWS_MAX, sizeof(*t));
	int rc = t ? 0 : -RG_E_NOMEM;

	for (unsigned i = 0; i < conf->repeat && rc == 0; i++)
		rc = run_rows(conf, c, i, t, err);
	for (unsigned i = 0; i < c->n_rows && rc == 0; i++) {
		qsort(t[i], conf->repeat, sizeof(t[i][0]), by_ratio);
		bench_report(conf, &t[i][conf->repeat / 2]);
	}
	free(t);
	return rc;
}
