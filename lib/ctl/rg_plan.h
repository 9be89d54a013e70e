/* SPDX-License-Identifier: BSD-3-Clause */
/* rg_plan.h - what a configured stream needs from its host and its worker.
 * Spec: TR-06-1:2020 section 5.1 (port P for media, P + 1 for RTCP), TR-06-2:2022 section 5 (one
 * port for all). Shape: plain values, made by the app from rg_conf structs, immutable while the
 * stream lives. Units: in the names.
 * Ownership: the app's, until the worker reports the stream's end. Threads: read only.
 *
 * An endpoint is one local UDP socket, file or IP interface of the host. Endpoint numbers are
 * global: the same number means the same endpoint to host and worker. RIST Simple takes two: media,
 * then RTCP with number and UDP port one higher; Main takes one. */
#ifndef RG_PLAN_H
#define RG_PLAN_H

#include "rg_conf.h"

#define RG_EP_NONE UINT16_MAX

struct rg_key;

enum rg_ep_kind {
	RG_EP_UDP,
	RG_EP_FILE_IN,
	RG_EP_FILE_OUT,
	RG_EP_TUN, /* an IP interface of the machine: out-of-band data, TR-06-2 section 5.4 */
};

struct rg_ep_plan {
	enum rg_ep_kind kind;
	uint32_t stream; /* index of the stream that owns it */
	struct rg_addr local; /* bind address; port 0: any (even when a pair follows) */
	struct rg_addr remote; /* where it will send, chooses route and family; af 0: unknown yet */
	struct rg_addr group; /* multicast group to join, af 0: none */
	struct rg_addr source; /* SSM source of the group, af 0: any */
	uint16_t pair; /* endpoint whose port plus one is this one's, or RG_EP_NONE */
	uint16_t ttl; /* multicast hops */
	char miface[16]; /* RG_EP_TUN: its name; "rist%d" takes the first free number */
	uint16_t tun_mtu; /* RG_EP_TUN; 0: 1400 for a new interface */
	char path[512]; /* files; empty: stdin or stdout */
	uint32_t bitrate_kbps; /* RG_EP_FILE_IN */
};

/* One input or output of a stream as its worker sees it. */
struct rg_side_plan {
	enum rg_end_kind kind;
	uint16_t ep; /* media, raw or file endpoint */
	uint16_t ep_rtcp; /* Simple: RTCP endpoint, else RG_EP_NONE */
	uint32_t listen;
	struct rg_addr remote; /* caller: peer's media address (RTCP is port + 1 in Simple);
				* raw output: destination */
	struct rg_rist_conf rist;
	uint32_t ssrc; /* ours: even; random, from control */
	uint32_t first_seq; /* random, from control (0..65535) */
	uint32_t rtp_ptype;
	uint32_t
		flow; /* output: the flow in this place of its input, 1..; 0: the one that is played */
	char flow_cname[RG_CNAME_MAX + 1]; /* output: the flow of this source; empty: any */
	uint16_t stream_id; /* raw: virtual port of the Main end opposite, 0: any */
	uint16_t multiplex_mode; /* raw: enum rg_multiplex, which port that is */
	uint32_t secret; /* number of the passphrase, which control keeps; 0: in the clear, as
			  * rist.aes_bits says, too */
	char tap[RG_IFNAME_MAX + 1]; /* interface for out-of-band IP packets, empty: none */
	uint16_t ep_oob; /* its endpoint, with tap */
	uint32_t ring_slots; /* receive or history ring, from the memory budget */
	struct rg_key *tx_keys[2]; /* rist.aes_bits > 0: the first two to send under, the worker's
				    * from when the stream is added */
};

struct rg_stream_plan {
	char name[RG_NAME_MAX + 1];
	const struct rg_side_plan *inputs;
	const struct rg_side_plan *outputs;
	uint32_t n_inputs, n_outputs;
	uint32_t index; /* the stream's number: rg_dgram.stream */
};

#endif
