/* SPDX-License-Identifier: BSD-3-Clause */
/* bench.h - the settings of a run, its cases, and what each measured.
 *
 * A case drives the tasks of the DPDK host and the core behind them by hand, on one thread and with
 * a clock of its own (gate.h): frames that a peer made (peer.h) wait in a line longer than any
 * cache (line.h), are taken in bursts, and what leaves is looked at (sink.h). Time is virtual:
 * BENCH_PPS packets a second in all, whatever the machine does in a real second, so buffers fill
 * and drain as in steady state. Only the tasks' own work and the buffers that a driver would take
 * and give back are measured. Between its chunks runs the limit (limit.h).
 * A case has one row, or several that differ in one thing and are compared with the first.
 * Files: args.c and cases.c (what is asked for), case.c (rows and repetitions), run.h (one row),
 * latency.c and memory.c (rows of another kind), micro.h, generate.h, report.c.
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
/* 16 bits number 32,768 packets in a buffer: at this rate 40 ms, unless flows share it. */
#define BENCH_SEQ_SPAN  32768
#define BENCH_BUFFER_MS 30
#define BENCH_LINE      (5 * BENCH_CHUNK) /* frames under way to the gateway */
/* Where packets are lost: time for several requests, over a line as short as a turn allows. */
#define BENCH_LOSSY_BUFFER_MS 150
#define BENCH_LOSSY_LINE      (2 * BENCH_CHUNK)

#define BENCH_FLOWS_MAX       10000
#define BENCH_STAGES_MAX      8
#define BENCH_ROWS_MAX        4
#define BENCH_REPEAT_MAX      99

struct bench_conf {
	const char *cases; /* a name, or "all" */
	uint32_t flows; /* 0: the case's own */
	uint32_t payload_bytes, repeat;
	double loss_percent;
	double seconds; /* of each row, on the wall */
	bool json, list, micro;
	const char *generate; /* DPDK port to a gateway of another process; NULL: no */
	double rate_gbps; /* of what is generated */
	int eal_argc; /* program name and what stood before "--" */
	char **eal_argv;
};

enum bench_way {
	BENCH_RX, /* rist in, udp out */
	BENCH_TX, /* udp in, rist out */
	BENCH_RELAY, /* rist in, rist out */
};

enum bench_kind {
	BENCH_CYCLES,
	BENCH_LATENCY,
	BENCH_MEMORY,
};

/* In what the rows of a case differ. */
enum bench_vary {
	BENCH_ALONE, /* one row, beside the limit of the machine */
	BENCH_FLOWS,
	BENCH_LOSS, /* percent */
	BENCH_OUTPUTS,
};

struct bench_case {
	const char *name;
	enum bench_kind kind;
	enum bench_way way;
	enum rg_profile profile;
	uint32_t aes_bits; /* 0: in the clear */
	uint32_t flows; /* where none are asked for */
	enum bench_vary vary;
	uint32_t rows[BENCH_ROWS_MAX];
	uint32_t n_rows;
};

/* What is measured at once. */
struct bench_row {
	const struct bench_case *c;
	uint32_t flows, outputs; /* outputs: of each flow */
	uint32_t payload_bytes;
	double loss_percent;
	bool lossy; /* buffer and line are those of runs with loss */
	double seconds;
};

/* All cycles are of one packet that left. */
struct bench_stage {
	const char *name;
	double cycles;
};

/* Nanoseconds that a share of all packets did not exceed. */
struct bench_late {
	double p50_ns, p99_ns, p999_ns, max_ns;
};

struct bench_memory {
	size_t flow_bytes; /* a flow of an input, its ring apart */
	size_t stream_bytes; /* a receiving stream with its only flow, the ring apart */
	size_t sender_bytes; /* a sending stream, its history apart */
	size_t slot_bytes, history_slot_bytes;
};

struct bench_result {
	struct bench_row row;
	uint64_t packets; /* that were measured */
	uint64_t drops; /* datagrams of any kind that the gateway dropped meanwhile */
	uint64_t lost; /* payloads that did not come in their turn */
	uint64_t skipped; /* payloads that the source was too late to send */
	double cycles, pps;
	struct bench_stage stages[BENCH_STAGES_MAX];
	unsigned n_stages;
	char limit[64]; /* what it is compared with, */
	double limit_pps; /* and how fast that is */
	double ratio; /* to it, as the case has it: pps to pps, cost to cost */
	double hot_cycles; /* the cipher alone on buffers in the first-level cache, 0: no cipher */
	uint32_t held; /* packets that the streams held at the end */
	/* BENCH_LATENCY */
	struct bench_late late, spin; /* of packets, of the bare loop: median of its pieces */
	struct bench_late late_all, spin_all, source; /* of all pieces; source: its own */
	double load; /* share of its core that the gateway used */
	struct bench_memory memory;
};

/* args.c: 0 or exit status 2 after an error on stderr; --help exits. */
int bench_parse(int argc, char **argv, struct bench_conf *c);

/* cases.c */
extern const struct bench_case bench_cases[];
extern const unsigned bench_n_cases;
const struct bench_case *bench_find(const char *name);
/* Row i of a case. False: it cannot be, *why is a sentence. */
bool bench_row(const struct bench_conf *conf, const struct bench_case *c, unsigned i,
	struct bench_row *row, struct rg_conf_error *why);

/* Sets limit and ratio of a row that is compared with the first of its case: cost to cost, or, where
 * the outputs differ, the cost of one output more to that of a single one. */
void bench_compare(const struct bench_result *first, struct bench_result *r);

/* case.c: 0, or -RG_E_* with a sentence. Prints each row. */
int bench_case_run(
	const struct bench_conf *conf, const struct bench_case *c, struct rg_conf_error *err);

/* run.c, latency.c, memory.c: 0, or -RG_E_* with a sentence: also when a packet did not arrive as
 * it was sent. */
int bench_run_cycles(
	const struct bench_row *row, struct bench_result *out, struct rg_conf_error *err);
int bench_run_latency(
	const struct bench_row *row, struct bench_result *out, struct rg_conf_error *err);
int bench_run_memory(
	const struct bench_row *row, struct bench_result *out, struct rg_conf_error *err);

/* report.c */
void bench_head(const struct bench_conf *conf);
void bench_report(const struct bench_conf *conf, const struct bench_result *r);

#endif
