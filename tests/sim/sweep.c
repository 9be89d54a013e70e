/* SPDX-License-Identifier: BSD-3-Clause */
/* sweep [SEEDS [FIRST]]: random links, one a seed; nothing delivered twice, in order, nothing past
 * its deadline, no buffer lost, and everything delivered where the loss leaves rounds enough.
 * Prints one hash over all traces: it must not depend on compiler or optimisation. */
#include <stdio.h>
#include <stdlib.h>

#include "scenario.h"

static uint64_t state;

static uint32_t pick(uint32_t below)
{
	uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (uint32_t)(((z ^ (z >> 31)) >> 32) * below >> 32);
}

static struct rg_sim_link_conf random_link(int64_t delay_ns)
{
	return (struct rg_sim_link_conf){
		.loss_ppm = pick(4) ? pick(30 * PERCENT) : 0,
		.burst = pick(4) ? 0 : 2 + pick(10),
		.duplicate_ppm = pick(5 * PERCENT),
		.reorder_ppm = pick(2) ? pick(5 * PERCENT) : 0,
		.delay_ns = delay_ns,
		.jitter_ns = pick(2) ? pick(20 * MS) : 0,
	};
}

struct restarts {
	uint32_t at, every, n; /* packets; how many are left */
	uint32_t base; /* number of packet 0, were there only the sender of now */
	uint32_t jump;
};

/* The sender dies and another one goes on, with numbers that are not among those in the buffer. */
static void restart(void *ctx, struct rg_sim *s, uint32_t i)
{
	struct restarts *r = ctx;

	if (r->n == 0 || i != r->at)
		return;
	r->base += r->jump;
	rg_sim_restart_sender(s, r->base + i);
	r->at += r->every;
	r->n--;
}

static struct rg_sim_conf random_conf(uint64_t seed, struct restarts *restarts)
{
	struct rg_sim_conf c;
	int64_t worst_ns = 0;

	state = seed;
	c = scenario(seed, (struct rg_sim_link_conf){0});
	c.n_paths = pick(4) ? 1 : 2;
	for (uint32_t p = 0; p < c.n_paths; p++) {
		c.forward[p] = random_link((1 + pick(60)) * MS);
		c.back[p] = random_link(c.forward[p].delay_ns);
		worst_ns = rg_max_i64(worst_ns, c.forward[p].delay_ns + c.forward[p].jitter_ns);
	}
	c.rx.recovery = pick(4) ? RG_RECOVERY_DEADLINE : RG_RECOVERY_CLASSIC;
	c.rx.timing = pick(8) ? RG_TIMING_SOURCE : RG_TIMING_ARRIVAL;
	c.rx.buffer_ns = (100 + pick(500)) * MS;
	c.rx.rtt_min_ns = rg_max_i64(c.rx.buffer_ns / 20, 5 * MS);
	c.rx.seq_bits = c.tx.seq_bits = pick(2) ? 16 : 32;
	c.tx.first_seq = pick(UINT32_MAX);
	c.first_ts = pick(UINT32_MAX);
	c.packets = 500 + pick(500);
	c.spacing_ns = 200 * RG_NS_PER_US + pick(3 * MS);
	c.tail_ns = c.rx.buffer_ns;
	c.late_ns = worst_ns + 6 * MS; /* held back 5, a copy 1 later */
	*restarts = (struct restarts){.at = 20 + pick(400),
		/* each outlives what is under way of the one before, by the longest way */
		.every = 1 + (uint32_t)(100 * MS / c.spacing_ns) + pick(100),
		/* by arrival alone the copies of a slower path look like one more */
		.n = pick(3) || (c.n_paths > 1 && c.rx.timing == RG_TIMING_ARRIVAL) ? 0
										    : 1 + pick(3),
		.base = c.tx.first_seq,
		.jump = 2048 + pick(18000)};
	c.before = restart;
	c.ctx = restarts;
	return c;
}

/* Enough rounds, each as unlucky as a lost NACK or a lost answer makes it, that one packet in a
 * thousand million runs would be lost. */
static bool recoverable(const struct rg_sim_conf *c)
{
	const struct rg_sim_link_conf *f = &c->forward[0], *b = &c->back[0];
	int64_t rtt = f->delay_ns + f->jitter_ns + b->delay_ns + b->jitter_ns + 12 * MS;
	int64_t round = rg_max_i64(rtt, c->rx.rtt_min_ns) * 3 / 2 + 10 * MS;
	int64_t rounds = (c->rx.buffer_ns - f->jitter_ns - 30 * MS) / round;
	double fails = 1 - (1 - f->loss_ppm / 1e6) * (1 - b->loss_ppm / 1e6);
	double residue = f->loss_ppm / 1e6 * c->packets;

	if (c->n_paths > 1 || f->burst > 1 || b->burst > 1 || rounds > 6)
		rounds = rg_min_i64(rounds, 6);
	if (c->n_paths > 1 || f->burst > 1 || b->burst > 1)
		return f->loss_ppm == 0;
	for (; rounds > 0; rounds--)
		residue *= fails;
	return residue < 1e-6;
}

static int run(uint64_t seed, uint64_t *hash, unsigned *complete)
{
	struct restarts restarts;
	struct rg_sim_conf c = random_conf(seed, &restarts);
	bool one_life = restarts.n == 0;
	struct rg_sim *s = rg_sim_new(&c);
	const struct rg_sim_result *r;
	int failed = 0;

	rg_sim_run(s, 0);
	r = rg_sim_finish(s);
	*hash = (*hash ^ r->hash) * UINT64_C(0x100000001b3);
	if (r->violations > 0) {
		printf("seed %llu: %s (%u in all)\n", (unsigned long long)seed, r->text,
			r->violations);
		failed = 1;
	}
	if (one_life && recoverable(&c)) {
		(*complete)++;
		if (r->missing > 0) {
			printf("seed %llu: %u packets lost of %u\n", (unsigned long long)seed,
				r->missing, r->sent);
			failed = 1;
		}
	}
	rg_sim_free(s);
	return failed;
}

int main(int argc, char **argv)
{
	unsigned long seeds = argc > 1 ? strtoul(argv[1], NULL, 10) : 1024;
	unsigned long first = argc > 2 ? strtoul(argv[2], NULL, 10) : 1;
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	unsigned failed = 0, complete = 0;

	for (unsigned long seed = first; seed < first + seeds; seed++)
		failed += (unsigned)run(seed, &hash, &complete);
	printf("seeds %lu failed %u recoverable %u\n", seeds, failed, complete);
	printf("trace %016llx\n", (unsigned long long)hash);
	return failed > 0;
}
