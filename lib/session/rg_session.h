/* SPDX-License-Identifier: BSD-3-Clause */
/* rg_session.h - one input or one output of a stream: peers, flows, control traffic.
 * rg_rx takes datagrams and gives media in order; rg_tx takes media and gives datagrams. Raw ends
 * (udp, rtp, file) are the same two types without peers.
 * Spec: TR-06-1:2020 sections 5.1 (ports), 5.2 (RTCP), 5.3 (recovery).
 * Shape: memory from the caller, fixed at init; no allocation, no failure afterwards.
 * Units: rg_time. Errors: counted through rg_io. Ownership: see each function.
 * Threads: one caller. */
#ifndef RG_SESSION_H
#define RG_SESSION_H

#include "rg_flow_rx.h"
#include "rg_io.h"
#include "rg_plan.h"
#include "rg_report.h"

struct rg_rx;
struct rg_tx;
struct rg_tunnel;

/* 0, or why the worker cannot run it: -RG_E_INVAL, -RG_E_NOTSUP. */
int rg_side_check(const struct rg_side_plan *p);

/* Bytes for init, a multiple of the cache line. */
size_t rg_rx_footprint(const struct rg_side_plan *p);
/* Flows it may have at a time, each with a report. */
uint32_t rg_rx_flows(const struct rg_side_plan *p);
struct rg_rx *rg_rx_init(void *mem, const struct rg_side_plan *p, rg_time now);

/* Brings nearer what the next call on an input waits for, when many others were at work since the last:
 * itself, then the flow it had last, then that one's core, step by step as rg_fetch says. */
void rg_rx_fetch(const struct rg_rx *rx);
void rg_rx_fetch_flow(const struct rg_rx *rx);
void rg_rx_fetch_core(const struct rg_rx *rx, enum rg_fetch step);
/* The same for an output. */
void rg_tx_fetch(const struct rg_tx *tx);

/* The tunnel of a side whose profile has one port; NULL: media and RTCP have an endpoint each. */
struct rg_tunnel *rg_rx_tunnel(struct rg_rx *rx);
struct rg_tunnel *rg_tx_tunnel(struct rg_tx *tx);
/* A burst of such an endpoint, up to RG_BURST: open reads the envelopes and queues what is
 * encrypted with rg_io_crypt; enter follows once the engine ran. What stays (env[i].gone is false)
 * has data and len of its content, and env[i].content says what that is. [take] the others. */
void rg_tunnel_open(
	struct rg_tunnel *t, struct rg_io *io, struct rg_dgram *in, unsigned n, struct rg_env *env);
void rg_tunnel_enter(
	struct rg_tunnel *t, struct rg_io *io, struct rg_dgram *in, unsigned n, struct rg_env *env);
/* [give] Datagrams whose key may have come: to be received again. */
unsigned rg_tunnel_unpark(struct rg_tunnel *t, struct rg_dgram *out, unsigned cap);
/* Sends out-of-band data to all peers: 0, -RG_E_INVAL (length or EtherType), -RG_E_NOMEM,
 * -RG_E_AGAIN (too much of it waits). */
int rg_tunnel_oob(struct rg_tunnel *t, struct rg_io *io, const struct rg_oob *m);
/* [take] The same from the side's interface. */
void rg_tunnel_from_tun(
	struct rg_tunnel *t, struct rg_io *io, const struct rg_dgram *in, unsigned n);
/* A message of control. */
void rg_tunnel_ctl(struct rg_tunnel *t, struct rg_io *io, const struct rg_ctl *m);

/* [take] A burst from the media endpoint; env: of a tunnel, else NULL. A raw input gives packets at
 * once: at most n in m[], and returns how many; a RIST input keeps them until poll. */
unsigned rg_rx_media(struct rg_rx *rx, struct rg_io *io, const struct rg_dgram *in, unsigned n,
	const struct rg_env *env, struct rg_media *m);
/* [take] A burst of RTCP; env: of a tunnel, else NULL. */
void rg_rx_control(struct rg_rx *rx, struct rg_io *io, const struct rg_dgram *in, unsigned n,
	const struct rg_env *env);
/* [take] Whatever else a tunnel brings. */
void rg_rx_other(struct rg_rx *rx, struct rg_io *io, const struct rg_dgram *in, unsigned n,
	const struct rg_env *env);
/* [give] What is due, at most cap packets; src_ns and rtp_ts are on our clock. wakeup says when
 * there is more. */
unsigned rg_rx_poll(struct rg_rx *rx, struct rg_io *io, struct rg_media *m, unsigned cap);
rg_time rg_rx_wakeup(const struct rg_rx *rx);
/* The end: BYE to the peers; poll returns what is held. */
void rg_rx_close(struct rg_rx *rx, struct rg_io *io);
bool rg_rx_closed(const struct rg_rx *rx);
/* True once the input (file) ended. */
bool rg_rx_ended(const struct rg_rx *rx);
/* One report a flow slot; false: the slot is not in use. */
bool rg_rx_report(const struct rg_rx *rx, rg_time now, unsigned slot, struct rg_input_report *out);

/* The flow that an output by port or name carries; zero: none yet. */
struct rg_choice {
	uint32_t flow_id;
	uint32_t place; /* plus one */
};

/* True if the packet is of the flow that such an output stays with: the first it chose,
 * until that ends, or gives way because it shows no more than a stray packet. */
bool rg_rx_stays_with(const struct rg_rx *rx, const struct rg_media *m, struct rg_choice *c);

/* An output that chooses by inner port (stream-id), whatever flow that comes in. */
static inline bool rg_by_port(const struct rg_side_plan *out)
{
	return out->kind != RG_END_RIST && out->stream_id != 0;
}

/* True if an output with this choice of a flow gets the packet. */
bool rg_rx_chosen(const struct rg_rx *rx, const struct rg_media *m, const struct rg_side_plan *out);
void rg_rx_raw_report(const struct rg_rx *rx, uint64_t *packets, uint64_t *bytes);

/* Keys a side may have at a time, those under way from and to control included; 0: in clear. */
uint32_t rg_rx_keys(const struct rg_side_plan *p);
uint32_t rg_tx_keys(const struct rg_side_plan *p);

/* Outputs that send the same packets and are asked for them equally long keep them once: the first
 * of them owns the history, the others join it. */
bool rg_tx_shares(const struct rg_side_plan *a, const struct rg_side_plan *b);
size_t rg_tx_footprint(const struct rg_side_plan *p, bool joins);
/* first: whose history it joins and who gets each burst before it; NULL: it has its own. */
struct rg_tx *rg_tx_init(void *mem, const struct rg_side_plan *p, struct rg_tx *first, rg_time now);

/* [lend] n <= RG_IO_MEDIA packets in order, which it numbers. owed[i] grows by the references of
 * m[i] that it handed out: rg_io_settle makes them true before the step ends. */
void rg_tx_push(struct rg_tx *tx, struct rg_io *io, struct rg_media *m, unsigned n, uint16_t *owed);
/* [take] Bursts from our two endpoints. */
void rg_tx_media(struct rg_tx *tx, struct rg_io *io, const struct rg_dgram *in, unsigned n);
void rg_tx_control(struct rg_tx *tx, struct rg_io *io, const struct rg_dgram *in, unsigned n,
	const struct rg_env *env);
void rg_tx_other(struct rg_tx *tx, struct rg_io *io, const struct rg_dgram *in, unsigned n,
	const struct rg_env *env);
void rg_tx_poll(struct rg_tx *tx, struct rg_io *io);
rg_time rg_tx_wakeup(const struct rg_tx *tx);
/* The input ended; *done is when the tail was repeated often enough. */
void rg_tx_end(struct rg_tx *tx, struct rg_io *io, rg_time *done);
void rg_tx_close(struct rg_tx *tx, struct rg_io *io);
bool rg_tx_closed(const struct rg_tx *tx);
/* Datagrams one packet becomes. */
unsigned rg_tx_fanout(const struct rg_tx *tx);
void rg_tx_report(const struct rg_tx *tx, rg_time now, struct rg_output_report *out);

#endif
