/* SPDX-License-Identifier: BSD-3-Clause */
/* rg_report.h - a stream's statistics as its worker publishes them.
 * Spec: keys of docs/metrics.md. Shape: plain words, fixed size a stream, published under the
 * sequence lock of rg_stat.h every 100 ms of core time. Units: in the names. Threads: written by
 * the worker, read by control. */
#ifndef RG_REPORT_H
#define RG_REPORT_H

#include "rg_conf.h"
#include "rg_flow_rx.h"
#include "rg_flow_tx.h"
#include "rg_verdict.h"

#define RG_REPORT_PEERS    8
#define RG_REPORT_SIDES    128 /* outputs of one stream that are reported one by one */

#define RG_INPUT_FLOWS_MAX 1024

/* Reports of one input: a place for each flow it may have at a time. */
static inline uint32_t rg_report_flows(enum rg_end_kind kind, uint32_t max_flows)
{
	return kind == RG_END_RIST && max_flows ? rg_min_u32(max_flows, RG_INPUT_FLOWS_MAX) : 1;
}

struct rg_peer_report {
	struct rg_addr addr; /* media address */
	uint32_t alive;
	uint64_t rtt_us;
	uint64_t received, received_bytes; /* as a receiver */
	uint64_t sent, sent_bytes, retransmitted, retransmitted_bytes; /* as a sender */
};

struct rg_input_report {
	uint32_t active; /* 0: slot never used; a flow that ended keeps its totals, its
			  * peer is not alive */
	uint32_t flow_id;
	uint32_t seq_bits;
	uint32_t cname_len;
	uint8_t cname[RG_CNAME_MAX + 1];
	uint64_t rtt_us;
	struct rg_flow_rx_stats rx;
	struct rg_peer_report peer;
};

struct rg_output_report {
	uint32_t n_peers;
	uint32_t connected; /* at least one live peer, or a raw output */
	uint64_t rtt_us;
	struct rg_flow_tx_stats tx;
	struct rg_peer_report peers[RG_REPORT_PEERS];
};

/* In memory: this, then n_flows input reports (rg_report_flows of each input), then n_outputs output reports;
 * rg_stream_report_bytes() in rg_worker.h says how much. */
struct rg_stream_report {
	uint32_t n_flows, n_outputs;
	uint32_t input_ended; /* end of a file reached and everything sent on */
	uint32_t pad;
	uint64_t raw_received, raw_received_bytes; /* udp, rtp and file inputs */
	uint64_t drops[RG_V_COUNT];
};

#endif
