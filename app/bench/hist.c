/* SPDX-License-Identifier: BSD-3-Clause */
#include "hist.h"

void hist_add(struct hist *h, int64_t ns)
{
	int64_t i = (ns - HIST_MIN_NS) / HIST_BIN_NS;

	if (h->n++ == 0 || ns > h->max_ns)
		h->max_ns = ns;
	h->bin[rg_clamp_i64(i, 0, HIST_BINS - 1)]++;
}

void hist_join(struct hist *h, const struct hist *more)
{
	if (h->n == 0 || (more->n > 0 && more->max_ns > h->max_ns))
		h->max_ns = more->max_ns;
	h->n += more->n;
	for (unsigned i = 0; i < HIST_BINS; i++)
		h->bin[i] += more->bin[i];
}

double hist_share(const struct hist *h, double share)
{
	double wanted = share * (double)h->n;
	uint64_t below = 0;

	for (unsigned i = 0; i < HIST_BINS && h->n > 0; i++) {
		below += h->bin[i];
		if (below > 0 && (double)below >= wanted)
			return HIST_MIN_NS + (i + 1.0) * HIST_BIN_NS;
	}
	return 0;
}

void hist_late(const struct hist *h, struct bench_late *out)
{
	*out = (struct bench_late){.p50_ns = hist_share(h, 0.5),
		.p99_ns = hist_share(h, 0.99),
		.p999_ns = hist_share(h, 0.999),
		.max_ns = (double)h->max_ns};
}
