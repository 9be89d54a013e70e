/* SPDX-License-Identifier: BSD-3-Clause */
/* tx_priv.h - the transmit side of one port: what its two tasks, tx and neigh, share. Both run on
 * one lcore, so nothing here is locked.
 * Spec: RFC 826 and RFC 4861 (next hops), RFC 3376 and RFC 3810 (membership reports).
 * Threads: the lcore of the port's transmitter. */
#ifndef RG_DPDK_TX_PRIV_H
#define RG_DPDK_TX_PRIV_H

#include "dpdk_priv.h"

#include "rg_neigh.h"

#define RG_DP_NEIGH_SETS   64 /* power of two */
#define RG_DP_NEIGH_WAYS   8
#define RG_DP_PENDING_EACH 256 /* of one next hop */
#define RG_DP_FLOWS_MIN    256 /* ready-made headers, power of two */
#define RG_DP_FLOWS_MAX    65536
#define RG_DP_HEADER_OFF   64 /* where headers begin in a header buffer */

enum rg_dp_neigh_state {
	RG_DP_NEIGH_FREE = 0,
	RG_DP_NEIGH_ASKING, /* no MAC address yet: frames wait */
	RG_DP_NEIGH_KNOWN,
	RG_DP_NEIGH_PROBING, /* MAC address in use, confirmation asked for */
};

struct rg_dp_neigh {
	struct rg_addr addr;
	struct rg_mac mac;
	uint8_t state; /* enum rg_dp_neigh_state */
	uint8_t tries;
	uint16_t n_pending;
	rg_time used; /* last transmission */
	rg_time next; /* next solicitation, or end of validity */
};

struct rg_dp_pending {
	struct rte_mbuf *m;
	struct rg_dp_neigh *to;
};

/* Headers towards one destination; valid while `version` is the port's. */
struct rg_dp_flow {
	struct rg_addr peer;
	uint32_t version;
	uint16_t ep;
	struct rg_dp_neigh *via; /* NULL: a group */
	struct rg_udp_tmpl tmpl;
	uint64_t ol_flags, tx_offload; /* of an mbuf whose UDP checksum the port computes */
	uint32_t filled_len; /* of the payload that `filled` is for, plus one; 0: none */
	uint8_t filled[RG_UDP_TMPL_BYTES]; /* the template with lengths, for a port with offloads */
};

struct rg_dp_txport {
	struct rg_dp_tx *tx;
	const struct rg_dp_port *port;
	uint32_t version; /* bumped when a MAC address changes or goes */
	/* what the driver did not take yet */
	uint32_t n_left;
	rg_time left_since; /* last time it took something */
	rg_time next_try;
	struct rte_mbuf *left[RG_DP_LEFT];
	struct rg_dp_flow *flows; /* [flow_mask + 1] */
	uint32_t flow_mask;
	uint32_t n_heads;
	struct rte_mbuf *heads[RG_BURST]; /* fresh header buffers */
	/* neighbours */
	bool announced;
	rg_time next_neigh; /* earliest `next` of all */
	uint32_t n_pending;
	struct rg_dp_pending pending[RG_DP_PENDING]; /* in order of arrival */
	struct rg_dp_neigh neigh[RG_DP_NEIGH_SETS][RG_DP_NEIGH_WAYS];
	/* groups */
	rg_time next_report, last_report;
	uint32_t reports; /* sent since start */
	enum rg_group_version group_version;
};

/* task_tx.c: [take] queue a finished frame, or drop and count it. */
void rg_dp_tx_frame(struct rg_dp_txport *t, struct rte_mbuf *m);
void rg_dp_tx_flush(struct rg_dp_txport *t, rg_time now);

/* tx_frame.c: [take] d: the frame with its headers, or NULL: counted. */
struct rte_mbuf *rg_dp_frame_make(
	struct rg_dp_txport *t, struct rg_dp_flow *f, const struct rg_dgram *d);

/* tx_flow.c: headers for a datagram's destination, or NULL with the verdict in *why. */
struct rg_dp_flow *rg_dp_flow_find(
	struct rg_dp_txport *t, rg_time now, const struct rg_dgram *d, enum rg_verdict *why);
/* Brings a datagram's headers nearer. */
void rg_dp_flow_fetch(const struct rg_dp_txport *t, const struct rg_dgram *d);
/* Where frames for dst go next: dst itself or a gateway; NULL: no route. */
const struct rg_addr *rg_dp_next_hop(const struct rg_dp_port *p, const struct rg_addr *dst);

/* neigh.c */
/* The entry of a next hop, made if there is none; asks at once. */
struct rg_dp_neigh *rg_dp_neigh_get(struct rg_dp_txport *t, rg_time now, const struct rg_addr *a);
/* [take] m waits for the MAC address, which goes into its first six bytes. */
void rg_dp_neigh_wait(struct rg_dp_txport *t, struct rg_dp_neigh *n, struct rte_mbuf *m);
/* Somebody told that `a` is at `mac`; strangers are not remembered. */
void rg_dp_neigh_heard(
	struct rg_dp_txport *t, rg_time now, const struct rg_addr *a, const struct rg_mac *mac);
/* Solicits and expires what is due; returns how many entries changed. */
unsigned rg_dp_neigh_tick(struct rg_dp_txport *t, rg_time now);
void rg_dp_neigh_tell(struct rg_dp_txport *t, const struct rg_neigh *n, const struct rg_mac *to);
void rg_dp_neigh_drop_all(struct rg_dp_txport *t);

/* group.c */
void rg_dp_group_query(struct rg_dp_txport *t, rg_time now, const struct rg_frame *f);
unsigned rg_dp_group_tick(struct rg_dp_txport *t, rg_time now);
void rg_dp_group_leave(struct rg_dp_txport *t);

#endif
