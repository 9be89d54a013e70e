/* SPDX-License-Identifier: BSD-3-Clause */
#include "pieces.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

void pieces_end(struct pieces *p)
{
	if (p->now.n == 0 || p->n == PIECES_MAX)
		return;
	hist_late(&p->now, &p->of[p->n++]);
	hist_join(&p->all, &p->now);
	memset(&p->now, 0, sizeof(p->now));
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Of a double at that offset. */
static double median(const struct pieces *p, size_t offset)
{
	double v[PIECES_MAX];

	if (p->n == 0)
		return 0;
	for (unsigned i = 0; i < p->n; i++)
		memcpy(&v[i], (const uint8_t *)&p->of[i] + offset, sizeof(v[i]));
	qsort(v, p->n, sizeof(v[0]), by_value);
	return v[p->n / 2];
}

void pieces_late(const struct pieces *p, struct bench_late *typical, struct bench_late *all)
{
	hist_late(&p->all, all);
	*typical = (struct bench_late){.p50_ns = median(p, offsetof(struct bench_late, p50_ns)),
		.p99_ns = median(p, offsetof(struct bench_late, p99_ns)),
		.p999_ns = median(p, offsetof(struct bench_late, p999_ns)),
		.max_ns = all->max_ns};
}
