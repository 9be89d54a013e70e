/* SPDX-License-Identifier: BSD-3-Clause */
/* The measured part is round_of(); what is before and after it stands for wire, NIC and control. */
#include "gate_priv.h"
#include "quiet.h"

#include <rte_cycles.h>

#define LAP_NS     (RG_BURST * BENCH_PACKET_NS) /* in which a burst comes */
#define ROUNDS_MAX 1000 /* without time passing */

static_assert(BENCH_CHUNK % (RG_BURST * QUIET_LAPS) == 0, "whole groups of laps");

/* One round of the lcore, after its port handed out n frames. */
static void round_of(struct gate *g, unsigned n, struct gate_times *t)
{
	const struct rg_dp_lcore *l = &g->h->lcores[0];
	uint64_t start = rte_rdtsc(), before, after;

	nic_serve(&g->nic, n);
	after = rte_rdtsc();
	t->stage[0] += after - start;
	for (uint32_t i = 0; i < l->n_tasks; i++) {
		before = after;
		l->tasks[i].poll(l->tasks[i].arg, g->now);
		after = rte_rdtsc();
		t->stage[1 + i] += after - before;
	}
	t->total += after - start;
}

static void hear_control(struct gate *g)
{
	struct rg_event ev;
	struct rg_ctl m, back;

	while (rg_dpdk_host.event(g->h, &ev))
		;
	while (rg_dpdk_host.ctl_take(g->h, &m))
		if (rg_key_server_answer(g->keys, &m, &back))
			rg_dpdk_host.ctl_put(g->h, &back);
}

/* Something is left that the lcore would go on with at once. */
static bool is_busy(const struct gate *g)
{
	return nic_waits(&g->nic, g->now) || !rg_dp_wire_drained(g->h) ||
		!rg_time_before(g->now, rg_worker_wakeup(g->h->workers[0].core));
}

/* A burst's worth of time; RTCP may make it several rounds. */
static void lap(struct gate *g, struct gate_times *t)
{
	unsigned rounds = 0;

	g->now = rg_time_add(g->now, LAP_NS);
	do {
		round_of(g, nic_deliver(&g->nic, g->now), t);
		nic_send(&g->nic, g->sink, g->now);
		hear_control(g);
	} while (is_busy(g) && ++rounds < ROUNDS_MAX);
	t->packets += RG_BURST;
}

static void add_times(struct gate_times *sum, const struct gate_times *t)
{
	sum->packets += t->packets;
	sum->total += t->total;
	for (unsigned i = 0; i < GATE_STAGES; i++)
		sum->stage[i] += t->stage[i];
}

void gate_run(struct gate *g, rg_time until, struct gate_times *t)
{
	struct gate_times all = {0};
	struct quiet q = {0};

	quiet_since(&q);
	while (rg_time_before(g->now, until)) {
		struct gate_times part = {0};

		nic_receive(&g->nic, g->line, rg_time_add(g->now, g->laps * LAP_NS), NIC_DESCS);
		for (unsigned i = 0; i < g->laps; i++)
			lap(g, &part);
		add_times(&all, &part);
		if (quiet_since(&q))
			add_times(t, &part);
	}
	if (t->packets == 0)
		*t = all;
}

unsigned gate_turn(struct gate *g, rg_time now, struct gate_times *t)
{
	unsigned n;

	g->now = now;
	/* a NIC does that meanwhile: no more of it than has its turn */
	nic_receive(&g->nic, g->line, now, RG_BURST);
	n = nic_deliver(&g->nic, now);
	round_of(g, n, t);
	t->packets += n;
	nic_send(&g->nic, g->sink, rg_host_now());
	hear_control(g);
	return n;
}

const char *gate_stage(const struct gate *g, unsigned i)
{
	const struct rg_dp_lcore *l = &g->h->lcores[0];

	if (i == 0)
		return "pool";
	return i - 1 < l->n_tasks ? l->tasks[i - 1].name : NULL;
}

/* History that grew old and keys that changed are no losses. */
static bool is_loss(enum rg_verdict v)
{
	return v != RG_V_OK && v != RG_V_HISTORY_EXPIRED;
}

uint64_t gate_drops(const struct gate *g, enum rg_verdict *first)
{
	struct rg_host_report r;
	uint64_t n = 0;

	rg_dpdk_host.host_report(g->h, &r);
	for (int v = RG_V_COUNT - 1; v >= 0; v--) {
		if (r.drops[v] == 0 || !is_loss((enum rg_verdict)v))
			continue;
		n += r.drops[v];
		*first = (enum rg_verdict)v;
	}
	return n + g->nic.starved;
}

rg_time gate_now(const struct gate *g)
{
	return g->now;
}

uint32_t gate_held(const struct gate *g)
{
	return g->plan.held;
}
