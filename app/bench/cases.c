/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench.h"

#define SIMPLE     RG_PROFILE_SIMPLE
#define MAIN       RG_PROFILE_MAIN
#define LOSS_FLOWS 8

const struct bench_case bench_cases[] = {
	{"rx-simple", BENCH_CYCLES, BENCH_RX, SIMPLE, 0, 1, BENCH_ALONE, {0}, 1},
	{"rx-main", BENCH_CYCLES, BENCH_RX, MAIN, 0, 1, BENCH_ALONE, {0}, 1},
	{"rx-main-aes128", BENCH_CYCLES, BENCH_RX, MAIN, 128, 1, BENCH_ALONE, {0}, 1},
	{"rx-main-aes256", BENCH_CYCLES, BENCH_RX, MAIN, 256, 1, BENCH_ALONE, {0}, 1},
	{"tx-simple", BENCH_CYCLES, BENCH_TX, SIMPLE, 0, 1, BENCH_ALONE, {0}, 1},
	{"tx-main", BENCH_CYCLES, BENCH_TX, MAIN, 0, 1, BENCH_ALONE, {0}, 1},
	{"tx-main-aes128", BENCH_CYCLES, BENCH_TX, MAIN, 128, 1, BENCH_ALONE, {0}, 1},
	{"tx-main-aes256", BENCH_CYCLES, BENCH_TX, MAIN, 256, 1, BENCH_ALONE, {0}, 1},
	{"relay-main-aes256", BENCH_CYCLES, BENCH_RELAY, MAIN, 256, 1, BENCH_ALONE, {0}, 1},
	{"fanout-100", BENCH_CYCLES, BENCH_TX, MAIN, 0, 1, BENCH_OUTPUTS, {1, 100}, 2},
	{"flows", BENCH_CYCLES, BENCH_RX, MAIN, 0, 1, BENCH_FLOWS, {1, 100, 1000, 10000}, 4},
	{"loss", BENCH_CYCLES, BENCH_RX, MAIN, 0, LOSS_FLOWS, BENCH_LOSS, {0, 1, 10}, 3},
	{"latency", BENCH_LATENCY, BENCH_RX, MAIN, 0, 1, BENCH_ALONE, {0}, 1},
	{"memory", BENCH_MEMORY, BENCH_RX, MAIN, 256, 1, BENCH_ALONE, {0}, 1},
};

const unsigned bench_n_cases = RG_ARRAY_LEN(bench_cases);

const struct bench_case *bench_find(const char *name)
{
	for (unsigned i = 0; i < bench_n_cases; i++)
		if (strcmp(bench_cases[i].name, name) == 0)
			return &bench_cases[i];
	return NULL;
}

/* Every flow must be able to number what its receiver holds. */
static bool numbers_suffice(const struct bench_row *row, struct rg_conf_error *why)
{
	uint32_t held = (uint32_t)(BENCH_PPS * BENCH_LOSSY_BUFFER_MS / 1000);
	uint32_t least = (held + BENCH_SEQ_SPAN - 1) / BENCH_SEQ_SPAN;

	if (!row->lossy || row->flows >= least)
		return true;
	(void)snprintf(why->text, sizeof(why->text),
		"--flows: %u: where packets are lost buffers hold %u packets, and 16 bits number "
		"%u of a flow (%u flows or more)",
		row->flows, held, BENCH_SEQ_SPAN, least);
	return false;
}

/* --flows and --loss are for the cases that do not say so themselves. */
static bool takes_options(const struct bench_case *c)
{
	return c->kind == BENCH_CYCLES && (c->vary == BENCH_ALONE || c->vary == BENCH_LOSS);
}

bool bench_row(const struct bench_conf *conf, const struct bench_case *c, unsigned i,
	struct bench_row *row, struct rg_conf_error *why)
{
	*row = (struct bench_row){.c = c,
		.flows = c->flows,
		.outputs = c->vary == BENCH_OUTPUTS ? c->rows[i] : 1,
		.payload_bytes = conf->payload_bytes,
		.loss_percent = c->vary == BENCH_LOSS ? c->rows[i] : 0,
		.lossy = c->vary == BENCH_LOSS,
		.seconds = conf->seconds};
	if (c->vary == BENCH_FLOWS)
		row->flows = c->rows[i];
	if (c->vary == BENCH_ALONE && takes_options(c) && conf->loss_percent > 0) {
		row->lossy = true;
		row->loss_percent = conf->loss_percent;
		row->flows = LOSS_FLOWS;
	}
	if (takes_options(c) && conf->flows)
		row->flows = conf->flows;
	return numbers_suffice(row, why);
}

void bench_compare(const struct bench_result *first, struct bench_result *r)
{
	double more = r->row.outputs - 1.0;

	r->limit_pps = first->pps;
	r->ratio = r->cycles / first->cycles;
	switch (r->row.c->vary) {
	case BENCH_FLOWS:
		(void)snprintf(r->limit, sizeof(r->limit), "1 flow");
		break;
	case BENCH_LOSS:
		(void)snprintf(r->limit, sizeof(r->limit), "no loss");
		break;
	case BENCH_OUTPUTS:
		(void)snprintf(r->limit, sizeof(r->limit), "unicast transmit");
		if (more > 0)
			r->ratio = (r->cycles * (more + 1) / first->cycles - 1) / more;
		break;
	case BENCH_ALONE:
		break;
	}
}
