/* SPDX-License-Identifier: BSD-3-Clause */
#include "rg_rtt.h"

#define SAMPLE_MAX_NS (10 * RG_NS_PER_S)

void rg_rtt_sample(struct rg_rtt *r, int64_t rtt_ns)
{
	int64_t err;

	if (rtt_ns <= 0 || rtt_ns > SAMPLE_MAX_NS)
		return;
	r->last_ns = rtt_ns;
	if (r->samples++ == 0) {
		r->ewma_ns = rtt_ns;
		r->min_ns = rtt_ns;
		/* RFC 6298 section 2.2: half the first sample, nothing else is known yet */
		r->var_ns = rtt_ns / 2;
		return;
	}
	r->min_ns = rg_min_i64(r->min_ns, rtt_ns);
	err = rtt_ns - r->ewma_ns;
	r->ewma_ns += err / 8;
	r->var_ns += ((err < 0 ? -err : err) - r->var_ns) / 4;
}

int64_t rg_rtt_clamped(const struct rg_rtt *r, int64_t lo_ns, int64_t hi_ns)
{
	return r->samples == 0 ? lo_ns : rg_clamp_i64(r->ewma_ns, lo_ns, hi_ns);
}
