/* SPDX-License-Identifier: BSD-3-Clause */
/* Two workers, real bytes, a lossy link in memory: what goes in comes out, whole and in order. */
#include "lab.h"
#include "rg_bytes.h"
#include <stdio.h>
#include <stdlib.h>

#define PACKETS 5000
#define PAYLOAD 1316

struct seen {
	uint32_t next, wrong, missing;
	int64_t latest_ns;
};

static void fill(uint8_t *p, uint32_t k)
{
	for (unsigned i = 0; i < PAYLOAD; i += 4)
		rg_put32(p + i, k * UINT32_C(2654435761) + i);
	rg_put32(p, k);
}

static void check(struct lab *l, const struct rg_addr *to, const uint8_t *p, size_t len)
{
	struct seen *s = l->ctx;
	uint8_t want[PAYLOAD];
	uint32_t k = rg_get32(p);

	(void)to;
	fill(want, k);
	if (len != PAYLOAD || memcmp(p, want, PAYLOAD) != 0 || k < s->next) {
		s->wrong++;
		return;
	}
	s->missing += k - s->next;
	s->next = k + 1;
	s->latest_ns = l->now.ns;
}

/* Sends PACKETS through two gateways; returns what never arrived, or a large number when
 * something arrived wrong. */
static uint32_t run(uint64_t seed, struct lab_link link, enum rg_recovery recovery)
{
	static struct lab l;
	struct rg_addr a = lab_addr(1, 9000), b = lab_addr(2, 5000);
	struct rg_side_plan a_in = lab_raw(0, RG_END_UDP, (struct rg_addr){0});
	struct rg_side_plan a_out = lab_rist(1, false, b, 0x11223344);
	struct rg_side_plan b_in = lab_rist(0, true, (struct rg_addr){0}, 0x55667788);
	struct rg_side_plan b_out = lab_raw(2, RG_END_UDP, lab_addr(9, 1234));
	struct rg_stream_plan pa = {"a", &a_in, &a_out, 1, 1, 0};
	struct rg_stream_plan pb = {"b", &b_in, &b_out, 1, 1, 0};
	struct seen seen = {0};
	struct lab_node *na, *nb;
	uint8_t payload[PAYLOAD];
	rg_time t;

	lab_init(&l, seed);
	l.link = link;
	l.sink = check;
	l.ctx = &seen;
	b_in.rist.recovery = recovery;
	na = lab_node(&l, 0);
	nb = lab_node(&l, 1);
	lab_bind(na, 0, a);
	lab_bind(na, 1, lab_addr(1, 40000));
	lab_bind(na, 2, lab_addr(1, 40001));
	lab_bind(nb, 0, b);
	lab_bind(nb, 1, lab_addr(2, 5001));
	lab_bind(nb, 2, lab_addr(2, 6000));
	lab_stream(&l, na, &pa);
	lab_stream(&l, nb, &pb);
	t = l.now;
	for (uint32_t k = 0; k < PACKETS; k++) {
		fill(payload, k);
		lab_run(&l, t);
		lab_feed(&l, na, 0, lab_addr(8, 1), payload, PAYLOAD, 0);
		t = rg_time_add(t, 700 * RG_NS_PER_US);
	}
	lab_feed(&l, na, 0, lab_addr(8, 1), NULL, 0, RG_DGRAM_EOF);
	lab_run(&l, rg_time_add(l.now, 3 * RG_NS_PER_S));
	seen.missing += PACKETS - seen.next;
	{
		const struct rg_input_report *r = lab_input(lab_report(nb, 0), 0);
		const struct rg_output_report *o = lab_output(lab_report(na, 0), 0);

		printf("seed %u loss %.2f: missing %u wrong %u received %u recovered %u nacks %u "
		       "rtt %u us / %u us, retransmitted %u\n",
			(unsigned)seed, link.loss, seen.missing, seen.wrong,
			(unsigned)r->rx.received, (unsigned)r->rx.recovered,
			(unsigned)r->rx.nacks_sent, (unsigned)r->rtt_us, (unsigned)o->rtt_us,
			(unsigned)o->tx.retransmitted);
	}
	if (na->events[RG_EVENT_INPUT_END] != 1)
		seen.wrong++;
	lab_fini(&l);
	return seen.wrong ? UINT32_MAX : seen.missing;
}

int main(void)
{
	const struct lab_link clean = {.delay_ns = 5 * RG_NS_PER_MS};
	const struct lab_link loss10 = {.loss = 0.10, .delay_ns = 20 * RG_NS_PER_MS};
	const struct lab_link loss25 = {.loss = 0.25,
		.delay_ns = 20 * RG_NS_PER_MS,
		.jitter_ns = 8 * RG_NS_PER_MS,
		.duplicate = 0.03};
	unsigned failed = 0;

	for (uint64_t seed = 1; seed <= 3; seed++) {
		failed += run(seed, clean, RG_RECOVERY_DEADLINE) != 0;
		failed += run(seed, loss10, RG_RECOVERY_DEADLINE) != 0;
		failed += run(seed, loss10, RG_RECOVERY_CLASSIC) > 5;
		failed += run(seed, loss25, RG_RECOVERY_DEADLINE) != 0;
	}
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
