/* SPDX-License-Identifier: BSD-3-Clause */
#include "impair.h"

#include "rg_time.h"

/* One independent sequence of draws for each question asked about a datagram. */
enum draw {
	DRAW_LOSS,
	DRAW_JITTER,
	DRAW_REORDER,
	DRAW_HOLD,
	DRAW_DUPLICATE,
	DRAW_COPY_LAG,
	DRAW_COUNT
};

#define HOLD_MIN_NS     (1 * RG_NS_PER_MS)
#define HOLD_SPREAD_NS  (4 * RG_NS_PER_MS)
#define COPY_LAG_MAX_NS (1 * RG_NS_PER_MS)

/* The finaliser of SplitMix64: a bijection whose output is as good as random for any counter. */
static uint64_t mix(uint64_t z)
{
	z += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static uint64_t draw(const struct impair *im, enum draw what)
{
	return mix(im->key + im->n * DRAW_COUNT + (uint64_t)what);
}

static bool happens(const struct impair *im, enum draw what, impair_prob p)
{
	return (draw(im, what) >> 32) < p;
}

/* 0..max_ns, even. */
static int64_t spread(const struct impair *im, enum draw what, int64_t max_ns)
{
	return (int64_t)((draw(im, what) >> 40) * (uint64_t)max_ns >> 24);
}

impair_prob impair_percent(double percent)
{
	if (percent <= 0)
		return 0;
	return percent >= 100 ? IMPAIR_ALWAYS
			      : (impair_prob)(percent / 100 * (double)IMPAIR_ALWAYS);
}

bool impair_conf_possible(const struct impair_conf *c)
{
	return c->burst <= 1 || c->loss == IMPAIR_ALWAYS ||
		c->loss <= IMPAIR_ALWAYS * c->burst / (c->burst + 1);
}

void impair_init(
	struct impair *im, const struct impair_conf *c, uint64_t seed, uint32_t path, uint32_t dir)
{
	*im = (struct impair){.conf = *c, .key = mix(mix(seed) + path * 2 + dir)};
	if (c->burst <= 1 || c->loss == IMPAIR_ALWAYS) {
		im->enter = c->loss;
		im->leave = IMPAIR_ALWAYS - c->loss;
	} else {
		/* stationary share of bad = enter / (enter + leave) = loss */
		im->leave = IMPAIR_ALWAYS / c->burst;
		im->enter = c->loss * im->leave / (IMPAIR_ALWAYS - c->loss);
	}
}

static bool lost(struct impair *im)
{
	bool flip;

	if (im->n == 0) {
		im->bad = happens(im, DRAW_LOSS, im->conf.loss);
		return im->bad;
	}
	flip = happens(im, DRAW_LOSS, im->bad ? im->leave : im->enter);
	im->bad ^= flip;
	return im->bad;
}

struct impair_fate impair_next(struct impair *im)
{
	const struct impair_conf *c = &im->conf;
	struct impair_fate fate = {0};

	if (!lost(im)) {
		fate.n_copies = 1;
		fate.delay_ns[0] = c->delay_ns + spread(im, DRAW_JITTER, c->jitter_ns);
		if (happens(im, DRAW_REORDER, c->reorder))
			fate.delay_ns[0] += HOLD_MIN_NS + spread(im, DRAW_HOLD, HOLD_SPREAD_NS);
		if (happens(im, DRAW_DUPLICATE, c->duplicate)) {
			fate.n_copies = 2;
			fate.delay_ns[1] =
				fate.delay_ns[0] + spread(im, DRAW_COPY_LAG, COPY_LAG_MAX_NS);
		}
	}
	im->n++;
	return fate;
}
