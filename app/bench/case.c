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

/* What the issue of a comparison is: cost to cost of the first row, or, of outputs, the cost of one
 * more to that of a single one. */
static void compare(const struct bench_result *first, struct bench_result *r)
{
	double more = r->row.outputs - 1.0;

	r->limit_pps = first->pps;
	r->ratio = r->cycles / first->cycles;
	switch (r->row.c->vary) {
	case BENCH_FLOWS:
		(void)snprintf(r->limit, sizeof(r->limit), "1 flow");
		break;
	case BENCH_LOSS:
		(void)snprintf(r->limit, sizeof(r->limit), "no loss");
		break;
	case BENCH_OUTPUTS:
		(void)snprintf(r->limit, sizeof(r->limit), "unicast transmit");
		if (more > 0)
			r->ratio = (r->cycles * (more + 1) / first->cycles - 1) / more;
		break;
	case BENCH_ALONE:
		break;
	}
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
			compare(&t[0][repetition], r);
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
