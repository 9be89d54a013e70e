/* SPDX-License-Identifier: BSD-3-Clause */
#include "sample.h"

#include <stdlib.h>

void samples_add(struct samples *s, unsigned phase, double v)
{
	phase %= BENCH_PHASES;
	if (v > 0 && s->n[phase] < SAMPLES_MAX)
		s->v[phase][s->n[phase]++] = v;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

double samples_typical(struct samples *s)
{
	double sum = 0;
	unsigned phases = 0;

	for (unsigned p = 0; p < BENCH_PHASES; p++) {
		if (s->n[p] == 0)
			continue;
		qsort(s->v[p], s->n[p], sizeof(s->v[p][0]), by_value);
		sum += s->v[p][s->n[p] / 2];
		phases++;
	}
	return phases ? sum / phases : 0;
}
