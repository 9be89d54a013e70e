/* SPDX-License-Identifier: BSD-3-Clause */
/* The loop of every case: chunk by chunk, first peer and encoder, then the gateway, then the
 * limit, so that both see the same machine. */
#include <rte_cycles.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rg_host.h"
#include "run.h"
#include "sample.h"

#define DROPS_PER   100 /* packets, at most one may be lost of */
#define WARM_CHUNKS (3 * BENCH_PHASES) /* until the line, buffers and histories are full */
const struct bench_case bench_cases[] = {
	{"rx-simple", BENCH_RX, RG_PROFILE_SIMPLE, 0},
	{"rx-main", BENCH_RX, RG_PROFILE_MAIN, 0},
	{"rx-main-aes128", BENCH_RX, RG_PROFILE_MAIN, 128},
	{"rx-main-aes256", BENCH_RX, RG_PROFILE_MAIN, 256},
	{"tx-simple", BENCH_TX, RG_PROFILE_SIMPLE, 0},
	{"tx-main", BENCH_TX, RG_PROFILE_MAIN, 0},
	{"tx-main-aes128", BENCH_TX, RG_PROFILE_MAIN, 128},
	{"tx-main-aes256", BENCH_TX, RG_PROFILE_MAIN, 256},
};

const unsigned bench_n_cases = RG_ARRAY_LEN(bench_cases);

/* What is measured, chunk by chunk. */
struct measured {
	struct samples total, limit, hot, stage[GATE_STAGES];
	uint64_t packets, passed; /* that count, and all */
	/* before the first of them, since all streams begin at once; in the end: meanwhile */
	uint64_t drops, wrong;
};

const struct bench_case *bench_find(const char *name)
{
	for (unsigned i = 0; i < bench_n_cases; i++)
		if (strcmp(bench_cases[i].name, name) == 0)
			return &bench_cases[i];
	return NULL;
}

struct rg_addr run_host(unsigned i)
{
	return (struct rg_addr){.ip = {10, 9, 0, (uint8_t)i}, .af = RG_AF_IP4};
}

struct rg_mac run_mac(unsigned i)
{
	return (struct rg_mac){{0x02, 0, 0, 0, 0, (uint8_t)i}};
}

rg_time run_at(rg_time from, unsigned n)
{
	return rg_time_add(from, n * BENCH_PACKET_NS);
}

static const struct run_ops *ops_of(const struct bench_case *c)
{
	return c->way == BENCH_RX ? &run_rx : &run_tx;
}

static void set_plans(struct run *r)
{
	r->gate_plan = (struct plan_conf){.profile = r->c->profile,
		.aes_bits = r->c->aes_bits,
		.flows = r->conf->flows,
		.local = run_host(RUN_GATE),
		.remote = run_host(RUN_PEER),
		.sink = run_host(RUN_PLAYER)};
	r->peer_plan = r->gate_plan;
	r->peer_plan.local = run_host(RUN_PEER);
	r->peer_plan.remote = run_host(RUN_GATE);
	ops_of(r->c)->plan(r);
}

static int open_ends(struct run *r, struct rg_conf_error *err)
{
	int rc = track_open(&r->track, r->conf->flows, r->conf->payload_bytes);

	if (rc == 0)
		rc = line_open(&r->line);
	if (rc == 0)
		rc = sink_open(&r->sink, &r->track, run_host(RUN_PLAYER), run_host(RUN_PEER));
	if (rc == 0)
		rc = gate_open(&r->gate,
			&(struct gate_conf){&r->gate_plan, run_host(RUN_GATE), &r->line, &r->sink,
				r->conf->payload_bytes},
			err);
	if (rc == 0)
		rc = bench_peer_open(&r->peer,
			&(struct peer_conf){&r->peer_plan, &r->track, &r->line, BENCH_LINE_NS,
				run_mac(RUN_PEER), gate_mac(r->gate), gate_now(r->gate)},
			err);
	if (rc == 0)
		rc = ops_of(r->c)->open(r);
	return rc;
}

/* The peer first: it ends its streams towards the gateway. */
static bool close_ends(struct run *r)
{
	bool balanced;

	limit_close(r->limit);
	bench_peer_close(r->peer);
	balanced = gate_close(r->gate);
	line_close(&r->line);
	sink_close(&r->sink);
	track_close(&r->track);
	ops_of(r->c)->close(r);
	return balanced;
}

static void chunk(struct run *r, struct gate_times *t)
{
	rg_time from = gate_now(r->gate);
	struct rg_addr peer = run_host(RUN_PEER), player = run_host(RUN_PLAYER);
	struct rg_mac peer_at = run_mac(RUN_PEER), player_at = run_mac(RUN_PLAYER);

	gate_meet(r->gate, &peer, &peer_at);
	gate_meet(r->gate, &player, &player_at);
	for (uint32_t i = 0; i < r->sink.n_kept; i++)
		bench_peer_hear(r->peer, &r->sink.kept[i]);
	r->sink.n_kept = 0;
	bench_peer_tick(r->peer, from);
	ops_of(r->c)->fill(r, from);
	gate_run(r->gate, rg_time_add(from, BENCH_CHUNK_NS), t);
}

/* The limit works on what the line holds. */
static int open_limit(struct run *r, struct rg_conf_error *err)
{
	struct limit_conf c = {.c = r->c};
	uint32_t longest = 0;

	for (uint32_t i = r->line.head; i != r->line.tail; i++) {
		const struct line_frame *f = &r->line.frames[i & r->line.mask];

		if (f->len <= longest)
			continue;
		longest = f->len;
		memcpy(c.frame, f->bytes, longest);
	}
	c.frame_bytes = longest;
	return limit_open(&r->limit, &c, err);
}

static int sorry(struct rg_conf_error *err, const char *what, unsigned long long n)
{
	(void)snprintf(err->text, sizeof(err->text), "%llu %s: nothing was measured", n, what);
	return -RG_E_INVAL;
}

/* Losses would be measured as speed. A few are no matter: very many streams that all report in the
 * same instant overflow a pipe. */
static int check(const struct run *r, struct measured *m, struct rg_conf_error *err)
{
	enum rg_verdict why = RG_V_OK;
	uint64_t under_way = r->track.sent - r->track.got;

	m->drops = gate_drops(r->gate, &why) - m->drops;
	m->wrong = r->track.wrong - m->wrong;
	if (r->line.refused + r->sink.refused > 0)
		return sorry(err, "frames found no room", r->line.refused + r->sink.refused);
	if (m->drops * DROPS_PER > m->passed)
		return sorry(err, rg_verdict_key(why), m->drops);
	if (m->wrong * DROPS_PER > m->passed)
		return sorry(err, "payloads came wrong", m->wrong);
	if (r->track.got == 0 || under_way > 3 * (uint64_t)BENCH_LINE)
		return sorry(err, "packets did not arrive", under_way);
	return 0;
}

static void measure(struct run *r, unsigned i, struct measured *m)
{
	struct gate_times t = {0};

	chunk(r, &t);
	samples_add(&m->total, i, (double)t.total / (double)t.packets);
	for (unsigned s = 0; s < GATE_STAGES; s++)
		samples_add(&m->stage[s], i, (double)t.stage[s] / (double)t.packets);
	samples_add(&m->limit, i, limit_run(r->limit));
	if (i % BENCH_PHASES == 0)
		samples_add(&m->hot, i, limit_hot(r->limit));
	m->packets += t.packets;
	m->passed += BENCH_CHUNK;
}

static void fill_result(const struct run *r, struct measured *m, struct bench_result *out)
{
	*out = (struct bench_result){.c = r->c,
		.packets = m->packets,
		.drops = m->drops + m->wrong,
		.cycles = samples_typical(&m->total),
		.limit_cycles = samples_typical(&m->limit),
		.hot_cycles = samples_typical(&m->hot),
		.held = gate_held(r->gate)};
	for (unsigned s = 0; s < GATE_STAGES && gate_stage(r->gate, s); s++)
		out->stages[out->n_stages++] =
			(struct bench_stage){gate_stage(r->gate, s), samples_typical(&m->stage[s])};
	(void)snprintf(out->limit, sizeof(out->limit), "%s", limit_name(r->limit));
}

static int run_chunks(
	struct run *r, struct measured *m, struct bench_result *out, struct rg_conf_error *err)
{
	enum rg_verdict why;
	uint64_t end;
	int rc;

	for (unsigned i = 0; i < WARM_CHUNKS; i++)
		chunk(r, &(struct gate_times){0});
	m->drops = gate_drops(r->gate, &why);
	m->wrong = r->track.wrong;
	rc = open_limit(r, err);
	if (rc != 0)
		return rc;
	end = rte_rdtsc() + (uint64_t)(r->conf->seconds * (double)rte_get_tsc_hz());
	for (unsigned i = 0; i < BENCH_PHASES || rte_rdtsc() < end; i++)
		measure(r, i, m);
	rc = check(r, m, err);
	fill_result(r, m, out);
	return rc;
}

int bench_run(const struct bench_case *c, const struct bench_conf *conf, struct bench_result *r,
	struct rg_conf_error *err)
{
	struct run *run = calloc(1, sizeof(*run));
	struct measured *m = calloc(1, sizeof(*m));
	int rc = -RG_E_NOMEM;

	if (run && m) {
		run->c = c;
		run->conf = conf;
		set_plans(run);
		rc = open_ends(run, err);
		if (rc == 0)
			rc = run_chunks(run, m, r, err);
		if (!close_ends(run) && rc == 0)
			rc = sorry(err, "or more buffers did not come back", 1);
	}
	free(run);
	free(m);
	return rc;
}
