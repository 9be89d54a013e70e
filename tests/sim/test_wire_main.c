/* SPDX-License-Identifier: BSD-3-Clause */
/* wire_main [SEEDS [FIRST]]: the Main profile under AES-256, worker against worker over a random
 * link, one a seed: who calls, GRE version, width of the numbers, rotation at both ends, a slow
 * control, a NAT that moves one of them. Held in every run: what comes out is what went in, to the
 * bit; each once and in order; all of it, within the buffer; and every buffer and key comes back
 * (lab_fini). */
#include "duo.h"
#include "rg_bytes.h"
#include <stdio.h>
#include <stdlib.h>

#define PACKETS    1500
#define EVERY_US   700
#define BUFFER_MS  1000
#define MARGIN_MS  8 /* poll grids, and a first packet that was asked for */
#define FIRST_SEED 1
#define N_SEEDS    40

static struct sim {
	struct duo d;
	rg_time sent_at[PACKETS];
	int64_t worst_ns; /* way and wait of the slowest packet */
	int64_t late_ns; /* of what came out latest */
	unsigned out_of_order, wrong, got;
	bool reversed;
	unsigned move_at; /* packet, 0: no move */
	char what[128];
} sim;

static uint32_t pick(uint32_t below)
{
	return (uint32_t)(lab_random(&sim.d.l) % below);
}

static void take(struct lab *l, const struct rg_addr *to, const uint8_t *p, size_t len)
{
	uint8_t want[DUO_PAYLOAD];
	uint32_t k = len >= 4 ? rg_get32(p) : UINT32_MAX;

	if (!rg_addr_eq(to, &sim.d.b_out.remote))
		return;
	if (k >= PACKETS || len != DUO_PAYLOAD) {
		sim.wrong++;
		return;
	}
	duo_payload(want, k);
	sim.wrong += memcmp(p, want, len) != 0;
	sim.out_of_order += k != sim.got;
	sim.late_ns = rg_max_i64(sim.late_ns, rg_time_diff(l->now, sim.sent_at[k]));
	sim.got++;
}

static void random_run(uint64_t seed)
{
	struct duo *d = &sim.d;
	uint32_t wide, version;

	memset(&sim, 0, sizeof(sim));
	duo_init(d, seed);
	lab_random(&d->l);
	sim.reversed = pick(2);
	(sim.reversed ? duo_main_reversed : duo_main)(d, "a passphrase", "a passphrase", 256);
	sim.move_at = pick(3) ? 0 : 300 + pick(800);
	d->l.link = (struct lab_link){
		/* what is asked for in vain while a peer moves uses up its retries */
		.loss = sim.move_at ? 0 : pick(1000) / 10000.0,
		.delay_ns = (2 + pick(30)) * RG_NS_PER_MS,
		.jitter_ns = pick(10) * RG_NS_PER_MS,
		.duplicate = pick(300) / 10000.0,
	};
	d->l.control_ns = (int64_t)pick(20000) * RG_NS_PER_US;
	d->l.sink = take;
	wide = pick(2);
	version = pick(3);
	d->a_out.rist.seq_ext = d->b_in.rist.seq_ext = wide;
	d->a_out.rist.gre_version = d->b_in.rist.gre_version = version;
	/* a known peer may change its key four times a second */
	d->a_out.rist.key_rotation = 450 + pick(1000);
	d->b_in.rist.key_rotation = 100 + pick(200);
	d->a_out.first_seq = pick(65536);
	sim.worst_ns = d->l.link.delay_ns + d->l.link.jitter_ns + d->l.control_ns +
		(BUFFER_MS + MARGIN_MS) * RG_NS_PER_MS;
	snprintf(sim.what, sizeof(sim.what),
		"%s calls, version %u, %u bits, loss %.1f %%, delay %u ms, move at %u",
		sim.reversed ? "receiver" : "sender", version, wide ? 32 : 16, d->l.link.loss * 100,
		(unsigned)(d->l.link.delay_ns / RG_NS_PER_MS), sim.move_at);
}

/* The caller gets another address. */
static void move(struct duo *d)
{
	if (sim.reversed)
		lab_bind(d->b, 0, lab_addr(2, 51000));
	else
		lab_bind(d->a, 1, lab_addr(1, 51000));
}

static bool run(uint64_t seed)
{
	struct duo *d = &sim.d;
	unsigned moved;
	bool ok;

	random_run(seed);
	duo_start(d);
	duo_run_ms(d, 300); /* a listening sender is called first */
	for (unsigned k = 0; k < PACKETS; k++) {
		if (sim.move_at && k == sim.move_at)
			move(d);
		sim.sent_at[k].ns = rg_max_i64(d->next.ns, d->l.now.ns);
		duo_send(d, 1, EVERY_US);
	}
	lab_feed(&d->l, d->a, 0, lab_addr(8, 1), NULL, 0, RG_DGRAM_EOF);
	duo_run_ms(d, 2500);
	moved = d->a->events[RG_EVENT_PEER_MOVED] + d->b->events[RG_EVENT_PEER_MOVED];
	ok = sim.wrong == 0 && sim.out_of_order == 0 && sim.got == PACKETS &&
		sim.late_ns <= sim.worst_ns && moved == (sim.move_at > 0);
	printf("%s seed %u: %s: got %u, wrong %u, out of order %u, latest %.1f of %.1f ms\n",
		ok ? "ok" : "NOT OK", (unsigned)seed, sim.what, sim.got, sim.wrong,
		sim.out_of_order, (double)sim.late_ns / 1e6, (double)sim.worst_ns / 1e6);
	duo_fini(d);
	return ok;
}

int main(int argc, char **argv)
{
	uint64_t n = argc > 1 ? strtoull(argv[1], NULL, 0) : N_SEEDS;
	uint64_t first = argc > 2 ? strtoull(argv[2], NULL, 0) : FIRST_SEED;
	unsigned failed = 0;

	for (uint64_t seed = first; seed < first + n; seed++)
		failed += !run(seed);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
