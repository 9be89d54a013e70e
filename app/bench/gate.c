/* SPDX-License-Identifier: BSD-3-Clause */
/* The measured part is round(); what is before and after it in gate_run stands for wire and NIC. */
#include "gate_priv.h"
#include "quiet.h"

#include <rte_cycles.h>
#include <rte_ethdev.h>

#define LAP_NS   (RG_BURST * BENCH_CHUNK_NS / BENCH_CHUNK) /* in which a burst comes */
#define OUT_CAP  512 /* frames of one round looked at */
#define FREE_CAP (4 * RG_BURST) /* that a driver gives back at once */

/* What a driver does beside the wire: fresh buffers for those it gave away, and back to the pool
 * with those that were sent before the last GATE_TX_RING. */
static void serve_pool(struct gate *g, struct rte_mbuf **fresh, unsigned n)
{
	struct rte_mbuf *m[FREE_CAP];
	uint32_t n_sent = g->sent_tail - g->sent_head;
	unsigned k = 0;

	if (n > 0 && rte_pktmbuf_alloc_bulk(g->h->pools.packets, fresh, n) != 0)
		g->starved++;
	for (; n_sent > GATE_TX_RING && k < FREE_CAP; n_sent--)
		m[k++] = g->sent[g->sent_head++ & (GATE_SENT - 1)];
	if (k > 0)
		rte_pktmbuf_free_bulk(m, k);
}

/* One round of the lcore with n frames at the port. */
static void round_of(struct gate *g, struct rte_mbuf **fresh, unsigned n, struct gate_times *t)
{
	const struct rg_dp_lcore *l = &g->h->lcores[0];
	uint64_t start = rte_rdtsc(), before = start, after;

	serve_pool(g, fresh, n);
	after = rte_rdtsc();
	t->stage[0] += after - before;
	for (uint32_t i = 0; i < l->n_tasks; i++) {
		before = after;
		l->tasks[i].poll(l->tasks[i].arg, g->now);
		after = rte_rdtsc();
		t->stage[1 + i] += after - before;
	}
	t->total += after - start;
}

/* What was sent is looked at, and kept like descriptors whose frames are still being sent. */
static void drain(struct gate *g)
{
	struct rte_mbuf *m[OUT_CAP];
	unsigned n;

	do {
		n = rte_ring_sc_dequeue_burst(g->out, (void **)m, OUT_CAP, NULL);
		for (unsigned i = 0; i < n; i++) {
			sink_frame(g->sink, g->now, m[i]);
			if (g->sent_tail - g->sent_head == GATE_SENT)
				rte_pktmbuf_free(m[i]);
			else
				g->sent[g->sent_tail++ & (GATE_SENT - 1)] = m[i];
		}
	} while (n > 0);
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

static void lap(struct gate *g, struct gate_times *t)
{
	struct rte_mbuf *m[RG_BURST], *fresh[RG_BURST];
	unsigned n = line_take(g->line, g->now, m, RG_BURST);

	if (n > 0)
		rte_ring_sp_enqueue_bulk(g->in, (void **)m, n, NULL);
	round_of(g, fresh, n, t);
	line_refill(g->line, fresh, n);
	drain(g);
	hear_control(g);
}

static bool frames_wait(const struct gate *g)
{
	const struct line *l = g->line;

	return l->head != l->tail && !rg_time_before(g->now, l->frames[l->head & l->mask].at);
}

/* A burst's worth of time; RTCP may make it several bursts. */
static void pass_time(struct gate *g, struct gate_times *t)
{
	g->now = rg_time_add(g->now, LAP_NS);
	do
		lap(g, t);
	while (frames_wait(g));
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
	struct quiet q = {0};

	quiet_since(&q);
	while (rg_time_before(g->now, until)) {
		struct gate_times part = {0};

		for (unsigned i = 0; i < QUIET_LAPS; i++)
			pass_time(g, &part);
		if (quiet_since(&q))
			add_times(t, &part);
	}
}

void gate_stock(struct gate *g, uint32_t n)
{
	while (line_empty(g->line) < n) {
		struct rte_mbuf *m[RG_BURST];

		if (rte_pktmbuf_alloc_bulk(g->h->pools.packets, m, RG_BURST) != 0) {
			g->starved++;
			return;
		}
		line_refill(g->line, m, RG_BURST);
	}
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
	return n + g->starved;
}

rg_time gate_now(const struct gate *g)
{
	return g->now;
}

uint32_t gate_held(const struct gate *g)
{
	return g->plan.held;
}
