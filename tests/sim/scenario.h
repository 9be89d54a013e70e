/* SPDX-License-Identifier: BSD-3-Clause */
/* scenario.h - the usual two gateways, to be changed by each test. */
#ifndef SIM_SCENARIO_H
#define SIM_SCENARIO_H

#include "rg_sim.h"

#define MS      RG_NS_PER_MS
#define PERCENT 10000u /* ppm */

static inline struct rg_sim_conf scenario(uint64_t seed, struct rg_sim_link_conf link)
{
	return (struct rg_sim_conf){
		.seed = seed,
		.n_paths = 1,
		.forward[0] = link,
		.back[0] = link,
		.rx = {.recovery = RG_RECOVERY_DEADLINE,
			.buffer_ns = 500 * MS,
			.reorder_ns = 15 * MS,
			.rtt_min_ns = 25 * MS,
			.rtt_max_ns = 500 * MS,
			.max_retries = 20,
			.ring_slots = 65536,
			.seq_bits = 16,
			.bandwidth_Bps = 125000000},
		.tx = {.congestion = RG_CONGESTION_NORMAL,
			.seq_bits = 16,
			.history_slots = 16384,
			.history_ns = 1500 * MS,
			.rtt_min_ns = 25 * MS,
			.rtt_max_ns = 500 * MS,
			.max_retries = 20,
			.bandwidth_Bps = 125000000,
			.keep_history = 1},
		.packets = 4000,
		.spacing_ns = 1 * MS,
		.tail_ns = 500 * MS,
		.late_ns = link.delay_ns + link.jitter_ns + 6 * MS,
	};
}

static inline struct rg_sim_link_conf loss(uint32_t percent, int64_t one_way_ms)
{
	return (struct rg_sim_link_conf){
		.loss_ppm = percent * PERCENT, .delay_ns = one_way_ms * MS};
}

#endif
