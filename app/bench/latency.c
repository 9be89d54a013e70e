/* SPDX-License-Identifier: BSD-3-Clause */
/* How long after its time a packet leaves the gateway, in real time and at a rate that leaves its
 * core half idle. The source has a thread of its own, on the other cores if there are any. In turns
 * with the gateway a bare loop on its core reads the clock and notes how late it sees such
 * instants, each of which is that of as many packets: what the machine itself takes away.
 * What is judged is in late.h: the source's own lateness, which is noted beside it, is no excuse. */
#include <pthread.h>
#include <rte_cycles.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "dpdk_priv.h"
#include "run.h"

#define PIECE_NS (250 * RG_NS_PER_MS)
#define WARM_NS  (50 * RG_NS_PER_MS) /* of each piece: the buffer fills, caches warm */
#define DRAIN_NS ((BENCH_BUFFER_MS + 20) * RG_NS_PER_MS)
#define SKIP_NS  (2 * RG_NS_PER_MS)
#define WAIT_MAX 1024 /* frames */
#define GENTLE   16 /* of so many bursts one is sent */

struct latency {
	struct run run;
	struct late late;
	struct pieces spin;
	struct hist source_late; /* source: wo; how late its bursts were out */
	struct gate_times busy; /* turns that had work, while packets count */
	uint64_t busy_cycles, all_cycles;
	uint64_t packets;
	pthread_t source;
	atomic_bool sends, gently, quit; /* gateway: wo, source: ro */
	uint64_t skipped, overrun; /* source: wo; packets it was late for, and that found no room */
};

/* Bursts whose time has come. What could not be sent in time, because somebody else had the core,
 * or what finds as many frames waiting as a NIC has descriptors, is not sent at all. */
static void send_due(struct latency *l, rg_time now)
{
	uint32_t *next = &l->run.track.sent_of[0];
	rg_time due = late_sent(&l->late, *next);

	if (rg_time_before(now, due))
		return;
	if (rg_time_diff(now, due) > SKIP_NS || (l->gently && *next / LATE_BURST % GENTLE != 0)) {
		l->skipped += LATE_BURST;
	} else if (l->run.line.tail - l->run.line.head >= WAIT_MAX) {
		l->overrun += LATE_BURST;
	} else {
		rg_time *put = late_put(&l->late, *next);

		bench_peer_push(l->run.sender, due, LATE_BURST);
		*put = rg_host_now();
		hist_add(&l->source_late, rg_time_diff(*put, due));
		return;
	}
	*next += LATE_BURST;
}

/* Away from the gateway's core, if there is another one. */
static void move_away(void)
{
	cpu_set_t all, others;

	CPU_ZERO(&all);
	for (int i = 0; i < CPU_SETSIZE; i++)
		CPU_SET(i, &all);
	others = all;
	CPU_CLR(sched_getcpu(), &others);
	if (pthread_setaffinity_np(pthread_self(), sizeof(others), &others) != 0)
		pthread_setaffinity_np(pthread_self(), sizeof(all), &all);
}

static void *run_source(void *arg)
{
	struct latency *l = arg;

	move_away();
	while (!l->quit)
		if (l->sends)
			send_due(l, rg_host_now());
		else
			sched_yield();
	return NULL;
}

static void turn(struct latency *l)
{
	uint64_t start = rte_rdtsc(), took;
	struct gate_times t = {0};
	unsigned n = gate_turn(l->run.gate, rg_host_now(), &t);

	l->run.sink.n_kept = 0; /* the source has nothing to repeat, and does not listen */
	if (!l->late.counts)
		return;
	took = rte_rdtsc() - start;
	l->all_cycles += took;
	if (n == 0)
		return;
	l->busy_cycles += took;
	l->busy.total += t.total;
	l->packets += t.packets;
}

static void turns(struct latency *l, int64_t ns)
{
	rg_time end = rg_time_add(rg_host_now(), ns);

	while (rg_time_before(rg_host_now(), end))
		turn(l);
}

/* Source and gateway, with an empty line before and after. */
static void run_piece(struct latency *l, int64_t warm_ns, int64_t counted_ns)
{
	run_meet(&l->run);
	late_begin(&l->late, l->run.track.sent_of[0], rg_host_now());
	l->sends = true;
	turns(l, warm_ns);
	l->late.counts = true;
	turns(l, counted_ns);
	l->late.counts = false;
	l->sends = false;
	turns(l, DRAIN_NS);
	pieces_end(&l->late.pieces);
}

/* What is lost while memory is found is not to be judged; the source stands still after it. The first
 * packets, by which a flow learns how long the way is, come gently: no backlog is a part of it. */
static void run_first(struct latency *l)
{
	l->gently = true;
	run_piece(l, WARM_NS, 0);
	l->gently = false;
	run_piece(l, PIECE_NS, 0);
	l->run.track.sent = l->run.track.got;
	l->skipped = l->overrun = 0;
	memset(&l->source_late, 0, sizeof(l->source_late));
}

static void spin_piece(struct pieces *p)
{
	rg_time now = rg_host_now(), due = now, end = rg_time_add(now, PIECE_NS);

	while (rg_time_before(now, end)) {
		for (; !rg_time_before(now, due); due = rg_time_add(due, LATE_BURST_NS))
			hist_add(&p->now, rg_time_diff(now, due));
		now = rg_host_now();
	}
	pieces_end(p);
}

static int run_pieces(struct latency *l, struct rg_conf_error *err)
{
	/* half of the time is the loop's */
	int64_t n = (int64_t)(l->run.row->seconds * (double)RG_NS_PER_S) / (2 * PIECE_NS);

	if (rg_dp_thread(&l->source, run_source, l) != 0) {
		(void)snprintf(err->text, sizeof(err->text), "no thread for the source");
		return -RG_E_NOMEM;
	}
	/* the gateway's clock is ahead of the one on the wall until now */
	while (rg_time_before(rg_host_now(), gate_now(l->run.gate)))
		;
	run_first(l);
	for (int64_t i = 0; i <= n; i++) {
		run_piece(l, WARM_NS, PIECE_NS);
		spin_piece(&l->spin);
	}
	l->quit = true;
	pthread_join(l->source, NULL);
	return 0;
}

static int check(const struct latency *l, struct rg_conf_error *err)
{
	if (l->packets > 0 && l->late.pieces.n > 0)
		return 0;
	(void)snprintf(err->text, sizeof(err->text),
		"nothing came through: this machine is too slow or too busy for %lld packets a "
		"second",
		(long long)BENCH_PPS);
	return -RG_E_INVAL;
}

static void fill_result(const struct latency *l, struct bench_result *out)
{
	*out = (struct bench_result){.row = *l->run.row,
		.packets = l->packets,
		.lost = l->run.track.sent - l->run.track.got + l->overrun,
		.skipped = l->skipped,
		.cycles = (double)l->busy.total / (double)l->packets,
		.pps = (double)BENCH_PPS,
		.limit = "bare loop",
		.limit_pps = (double)BENCH_PPS,
		.load = (double)l->busy_cycles / (double)l->all_cycles,
		.held = gate_held(l->run.gate)};
	pieces_late(&l->late.pieces, &out->late, &out->late_all);
	pieces_late(&l->spin, &out->spin, &out->spin_all);
	hist_late(&l->source_late, &out->source);
	out->ratio = out->late.p999_ns / out->spin.p999_ns;
}

int bench_run_latency(
	const struct bench_row *row, struct bench_result *out, struct rg_conf_error *err)
{
	struct latency *l = calloc(1, sizeof(*l));
	int rc;

	if (!l)
		return -RG_E_NOMEM;
	l->late.buffer_ns = BENCH_BUFFER_MS * RG_NS_PER_MS;
	rc = run_open(&l->run, row, 0, err);
	if (rc == 0) {
		l->run.sink.late = &l->late;
		rc = run_pieces(l, err);
		if (rc == 0)
			rc = check(l, err);
		if (rc == 0)
			fill_result(l, out);
	}
	if (!run_close(&l->run) && rc == 0) {
		(void)snprintf(err->text, sizeof(err->text), "buffers did not come back");
		rc = -RG_E_INVAL;
	}
	free(l);
	return rc;
}
