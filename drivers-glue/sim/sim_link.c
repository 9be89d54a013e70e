/* SPDX-License-Identifier: BSD-3-Clause */
#include "sim_priv.h"

#define MILLION         UINT64_C(1000000)
#define HOLD_MIN_NS     (1 * RG_NS_PER_MS)
#define HOLD_SPREAD_NS  (4 * RG_NS_PER_MS)
#define COPY_LAG_MAX_NS (1 * RG_NS_PER_MS)

/* SplitMix64, public domain algorithm by Sebastiano Vigna. */
static uint64_t draw(struct sim_link *l)
{
	uint64_t z = l->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static bool happens(struct sim_link *l, uint64_t ppm)
{
	return (draw(l) >> 32) * MILLION >> 32 < ppm;
}

static int64_t spread(struct sim_link *l, int64_t max_ns)
{
	return (int64_t)((draw(l) >> 40) * (uint64_t)max_ns >> 24);
}

void sim_link_init(struct sim_link *l, const struct rg_sim_link_conf *c, uint64_t seed)
{
	*l = (struct sim_link){.conf = *c, .state = seed};
	draw(l);
}

/* Two states; the share of the bad one is the loss, its mean length the burst. */
static bool lost(struct sim_link *l)
{
	uint64_t leave, enter;

	if (l->conf.burst <= 1)
		return happens(l, l->conf.loss_ppm);
	leave = MILLION / l->conf.burst;
	enter = l->conf.loss_ppm * leave / (MILLION - l->conf.loss_ppm);
	l->bad ^= happens(l, l->bad ? leave : enter);
	return l->bad;
}

struct sim_fate sim_link_next(struct sim_link *l)
{
	const struct rg_sim_link_conf *c = &l->conf;
	struct sim_fate f = {0};

	if (lost(l))
		return f;
	f.copies = 1;
	f.delay_ns[0] = c->delay_ns + spread(l, c->jitter_ns);
	if (happens(l, c->reorder_ppm))
		f.delay_ns[0] += HOLD_MIN_NS + spread(l, HOLD_SPREAD_NS);
	if (happens(l, c->duplicate_ppm)) {
		f.copies = 2;
		f.delay_ns[1] = f.delay_ns[0] + spread(l, COPY_LAG_MAX_NS);
	}
	return f;
}
