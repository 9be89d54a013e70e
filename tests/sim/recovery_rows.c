/* SPDX-License-Identifier: BSD-3-Clause */
/* recovery_rows [ROW [SEEDS [FIRST]]]: the table of docs/recovery.md in simulation, by hand.
 * Policies: classic both ends; ours both ends; ours behind a sender that gates like libRIST. */
#include <stdio.h>
#include <stdlib.h>

#include "rg_sim.h"

#define MS RG_NS_PER_MS

struct row {
	const char *name;
	uint32_t loss_ppm, burst, duplicate_ppm;
	int64_t delay_ms, jitter_ms, buffer_ms;
	uint32_t mbps, packets;
};

static const struct row rows[] = {
	{"30% 20ms 500ms 20Mb", 300000, 0, 0, 20, 0, 500, 20, 15197},
	{"50% 20ms 500ms 20Mb", 500000, 0, 0, 20, 0, 500, 20, 15197},
	{"30% 50ms 500ms 20Mb", 300000, 0, 0, 50, 0, 500, 20, 15197},
	{"10% 20ms 150ms 100Mb", 100000, 0, 0, 20, 0, 150, 100, 56990},
	{"20% 20ms 500ms 200Mb", 200000, 0, 0, 20, 0, 500, 200, 113980},
	{"5%x20 20ms 300ms 50Mb", 50000, 20, 0, 20, 0, 300, 50, 28495},
	{"10% j15 d3 20ms 300ms 20Mb", 100000, 0, 30000, 20, 15, 300, 20, 15197},
};

enum policy {
	CLASSIC_LIBRIST, /* libRIST to itself */
	OURS,
	OURS_LIBRIST_50, /* libRIST 0.2.7: rtt-min 50 */
	OURS_LIBRIST_5, /* libRIST 0.2.11 */
	OURS_LIBRIST_OPEN, /* one that does not gate */
	CLASSIC_OURS, /* our sender before a libRIST receiver */
	POLICIES,
};

static const char *const policy_name[POLICIES] = {
	"classic", "ours", "ours<-librist50", "ours<-librist5", "ours<-open", "classic<-ours"};

static struct rg_sim_conf conf_of(const struct row *r, enum policy p, uint64_t seed)
{
	bool classic = p == CLASSIC_LIBRIST || p == CLASSIC_OURS;
	bool librist = p != OURS && p != CLASSIC_OURS;
	int64_t floor_ms = rg_max_i64(r->buffer_ms / 20, 5);
	int64_t tx_min_ms = p == OURS_LIBRIST_5 ? 5 : librist ? 50 : floor_ms;
	struct rg_sim_link_conf link = {.loss_ppm = r->loss_ppm,
		.burst = r->burst,
		.duplicate_ppm = r->duplicate_ppm,
		.delay_ns = r->delay_ms * MS,
		.jitter_ns = r->jitter_ms * MS};

	return (struct rg_sim_conf){
		.seed = seed,
		.n_paths = 1,
		.forward[0] = link,
		.back[0] = link,
		.rx = {.recovery = classic ? RG_RECOVERY_CLASSIC : RG_RECOVERY_DEADLINE,
			.buffer_ns = r->buffer_ms * MS,
			.reorder_ns = 15 * MS,
			.rtt_min_ns = (classic ? 50 : floor_ms) * MS,
			.rtt_max_ns = 500 * MS,
			.max_retries = 20,
			.ring_slots = 65536,
			.seq_bits = 16,
			.bandwidth_Bps = 125000000},
		.tx = {.congestion = p == OURS_LIBRIST_OPEN ? RG_CONGESTION_OFF
				: librist                   ? RG_CONGESTION_AGGRESSIVE
							    : RG_CONGESTION_NORMAL,
			.seq_bits = 16,
			.first_seq = 65000,
			.history_slots = 65536,
			.history_ns = 1100 * MS,
			.rtt_min_ns = tx_min_ms * MS,
			.rtt_max_ns = 500 * MS,
			.max_retries = 20,
			.bandwidth_Bps = 125000000,
			.keep_history = 1},
		.tx_step_ns = librist ? 5 * MS : 0,
		.packets = r->packets,
		.spacing_ns = 1316 * 8 * INT64_C(1000) / r->mbps,
		.tail_ns = r->buffer_ms * MS,
		.late_ns = (r->delay_ms + r->jitter_ms + 2) * MS,
	};
}

static void run_row(const struct row *r, uint64_t seeds, uint64_t first)
{
	printf("%s, sent %u x %llu\n", r->name, r->packets, (unsigned long long)seeds);
	for (int p = 0; p < POLICIES; p++) {
		uint64_t lost = 0, forward = 0, feedback = 0, violations = 0, worst = 0;

		for (uint64_t seed = first; seed < first + seeds; seed++) {
			struct rg_sim_conf c = conf_of(r, (enum policy)p, seed);
			struct rg_sim *s = rg_sim_new(&c);
			const struct rg_sim_result *res;

			rg_sim_run(s, 0);
			res = rg_sim_finish(s);
			lost += res->missing;
			worst = res->missing > worst ? res->missing : worst;
			forward += res->forward;
			feedback += res->feedback;
			if (res->violations > 0 && violations == 0)
				printf("  seed %llu: %s\n", (unsigned long long)seed, res->text);
			violations += res->violations;
			rg_sim_free(s);
		}
		printf("  %-16s lost %6llu (worst %4llu)  forward %8llu  feedback %6llu  "
		       "violations %llu\n",
			policy_name[p], (unsigned long long)lost, (unsigned long long)worst,
			(unsigned long long)forward, (unsigned long long)feedback,
			(unsigned long long)violations);
	}
}

int main(int argc, char **argv)
{
	unsigned long row = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
	unsigned long seeds = argc > 2 ? strtoul(argv[2], NULL, 10) : 3;
	unsigned long first = argc > 3 ? strtoul(argv[3], NULL, 10) : 1;

	for (unsigned long i = 0; i < RG_ARRAY_LEN(rows); i++)
		if (row == 0 || row == i + 1)
			run_row(&rows[i], seeds, first);
	return 0;
}
