/* SPDX-License-Identifier: BSD-3-Clause */
/* Rows in virtual time: chunk by chunk, first the peers, then the gateway, then the limit, so that
 * both see the same machine. */
#include <rte_cycles.h>
#include <stdlib.h>

#include "limit.h"
#include "run.h"
#include "sample.h"

#define LOST_PER    100 /* packets, at most one may be lost of */
#define WARM_CHUNKS (3 * BENCH_PHASES) /* until the line, buffers and histories are full, */
#define WARM_LOSSY  (5 * BENCH_PHASES) /* where buffers are longer */

/* What is measured, chunk by chunk. */
struct measured {
	struct samples total, limit, hot, stage[GATE_STAGES];
	uint64_t packets, passed; /* that count, and all */
	/* before the first of them, since all streams begin at once; in the end: meanwhile */
	uint64_t drops, got, wrong;
	enum rg_verdict why;
};

/* The limit works on what the line holds; rows that are compared with each other have none. */
static int open_limit(const struct run *r, struct limit **l, struct rg_conf_error *err)
{
	struct limit_conf c = {.c = r->row->c};
	uint32_t longest = 0;

	if (c.c->vary != BENCH_ALONE)
		return 0;
	for (uint32_t i = r->line.head; i != r->line.tail; i++) {
		const struct line_frame *f = &r->line.frames[i & r->line.mask];

		if (f->len <= longest)
			continue;
		longest = f->len;
		memcpy(c.frame, f->bytes, longest);
	}
	c.frame_bytes = longest;
	return limit_open(l, &c, err);
}

static int sorry(struct rg_conf_error *err, const char *what, unsigned long long n)
{
	(void)snprintf(err->text, sizeof(err->text), "%llu %s: nothing was measured", n, what);
	return -RG_E_INVAL;
}

static void note_counters(const struct run *r, struct measured *m)
{
	m->drops = gate_drops(r->gate, &m->why) - m->drops;
	m->got = r->track.got - m->got;
	m->wrong = r->track.wrong - m->wrong;
}

/* Losses would be measured as speed. */
static int check(const struct run *r, const struct measured *m, struct rg_conf_error *err)
{
	if (r->line.refused + r->sink.refused > 0)
		return sorry(err, "frames found no room", r->line.refused + r->sink.refused);
	if (m->wrong * LOST_PER > m->passed)
		return sorry(err, "payloads came wrong", m->wrong);
	/* many flows are played in lumps: more in one chunk than in another */
	if ((m->got + BENCH_CHUNK) * LOST_PER < m->passed * (LOST_PER - 1))
		return sorry(err, m->drops ? rg_verdict_key(m->why) : "packets did not arrive",
			m->passed - m->got);
	return 0;
}

static void measure(struct run *r, struct limit *l, unsigned i, struct measured *m)
{
	struct gate_times t = {0};

	run_chunk(r, &t);
	samples_add(&m->total, i, (double)t.total / (double)t.packets);
	for (unsigned s = 0; s < GATE_STAGES; s++)
		samples_add(&m->stage[s], i, (double)t.stage[s] / (double)t.packets);
	m->packets += t.packets;
	m->passed += BENCH_CHUNK;
	if (l == NULL)
		return;
	samples_add(&m->limit, i, limit_run(l));
	if (i % BENCH_PHASES == 0)
		samples_add(&m->hot, i, limit_hot(l));
}

static void fill_result(
	const struct run *r, const struct limit *l, struct measured *m, struct bench_result *out)
{
	double hz = (double)rte_get_tsc_hz(), limit = samples_typical(&m->limit);

	*out = (struct bench_result){.row = *r->row,
		.packets = m->packets,
		.drops = m->drops,
		.lost = m->wrong,
		.cycles = samples_typical(&m->total),
		.hot_cycles = samples_typical(&m->hot),
		.held = gate_held(r->gate)};
	out->pps = hz / out->cycles;
	for (unsigned s = 0; s < GATE_STAGES && gate_stage(r->gate, s); s++)
		out->stages[out->n_stages++] =
			(struct bench_stage){gate_stage(r->gate, s), samples_typical(&m->stage[s])};
	if (l == NULL)
		return;
	(void)snprintf(out->limit, sizeof(out->limit), "%s", limit_name(l));
	out->limit_pps = hz / limit;
	out->ratio = limit / out->cycles;
}

static int run_chunks(
	struct run *r, struct measured *m, struct bench_result *out, struct rg_conf_error *err)
{
	unsigned warm = r->row->lossy ? WARM_LOSSY : WARM_CHUNKS;
	struct limit *l = NULL;
	uint64_t end;
	int rc;

	for (unsigned i = 0; i < warm; i++)
		run_chunk(r, &(struct gate_times){0});
	note_counters(r, m);
	rc = open_limit(r, &l, err);
	end = rte_rdtsc() + (uint64_t)(r->row->seconds * (double)rte_get_tsc_hz());
	for (unsigned i = 0; rc == 0 && (i < BENCH_PHASES || rte_rdtsc() < end); i++)
		measure(r, l, i, m);
	if (rc == 0) {
		note_counters(r, m);
		rc = check(r, m, err);
		fill_result(r, l, m, out);
	}
	limit_close(l);
	return rc;
}

int bench_run_cycles(
	const struct bench_row *row, struct bench_result *out, struct rg_conf_error *err)
{
	int64_t line = row->lossy ? BENCH_LOSSY_LINE : BENCH_LINE;
	struct run *r = calloc(1, sizeof(*r));
	struct measured *m = calloc(1, sizeof(*m));
	int rc = -RG_E_NOMEM;

	if (r && m) {
		rc = run_open(r, row, line * BENCH_PACKET_NS, err);
		if (rc == 0)
			rc = run_chunks(r, m, out, err);
		if (!run_close(r) && rc == 0)
			rc = sorry(err, "or more buffers did not come back", 1);
	}
	free(r);
	free(m);
	return rc;
}
