/* SPDX-License-Identifier: BSD-3-Clause */
/* bench.h - the settings of a run, its cases, and what each measured.
 *
 * A case drives the tasks of the DPDK host and the core behind them by hand, on one thread and with
 * a clock of its own (gate.h): frames that a peer made (peer.h) wait in a line longer than any
 * cache (line.h), are taken in bursts, and what leaves is looked at (sink.h). Time is virtual:
 * BENCH_PPS packets a second in all, whatever the machine does in a real second, so buffers fill
 * and drain as in steady state. Only the tasks' own work and the buffers that a driver would take
 * and give back are measured. Between its chunks runs the limit (limit.h).
 * Units: TSC cycles. Errors: exit statuses of the program: 0, 1 run time, 2 usage. Threads: one. */
#ifndef BENCH_H
#define BENCH_H

#include <stdio.h>

#include "rg_conf.h"
#include "rg_time.h"

#define BENCH_PACKET_NS INT64_C(1250)
#define BENCH_PPS       (RG_NS_PER_S / BENCH_PACKET_NS)
#define BENCH_CHUNK     8000 /* packets between two turns of the gateway */
#define BENCH_CHUNK_NS  (BENCH_CHUNK * BENCH_PACKET_NS)
#define BENCH_PHASES    10 /* chunks in which everything periodic happens once: 100 ms */
#define BENCH_LINE      (5 * BENCH_CHUNK) /* frames under way to the gateway */
#define BENCH_LINE_NS   (BENCH_LINE * BENCH_PACKET_NS)
/* 16 bits number 32,768 packets in a buffer: at this rate 40 ms. */
#define BENCH_BUFFER_MS  30
#define BENCH_STAGES_MAX 8

struct bench_conf {
	const char *cases; /* a name, or "all" */
	uint32_t flows, payload_bytes;
	double seconds; /* of each case, on the wall */
	bool json, list;
	int eal_argc; /* program name and what stood before "--" */
	char **eal_argv;
};

enum bench_way {
	BENCH_RX, /* rist in, udp out */
	BENCH_TX, /* udp in, rist out */
};

struct bench_case {
	const char *name;
	enum bench_way way;
	enum rg_profile profile;
	uint32_t aes_bits; /* 0: in the clear */
};

/* All cycles are of one packet. */
struct bench_stage {
	const char *name;
	double cycles;
};

struct bench_result {
	const struct bench_case *c;
	uint64_t packets; /* that were measured */
	uint64_t drops; /* meanwhile */
	double cycles;
	struct bench_stage stages[BENCH_STAGES_MAX];
	unsigned n_stages;
	char limit[64]; /* what it is */
	double limit_cycles;
	double hot_cycles; /* the cipher alone on buffers in the first-level cache, 0: no cipher */
	uint32_t held; /* packets that the streams held at the end */
};

/* args.c: 0 or exit status 2 after an error on stderr; --help exits. */
int bench_parse(int argc, char **argv, struct bench_conf *c);

/* case.c */
extern const struct bench_case bench_cases[];
extern const unsigned bench_n_cases;
const struct bench_case *bench_find(const char *name);
/* 0, or -RG_E_* with a sentence: also when a packet did not arrive as it was sent. */
int bench_run(const struct bench_case *c, const struct bench_conf *conf, struct bench_result *r,
	struct rg_conf_error *err);

/* report.c */
void bench_head(const struct bench_conf *conf);
void bench_report(const struct bench_conf *conf, const struct bench_result *r);

#endif
