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

#include "rg_io.h"
#include "rg_plan.h"
#include "rg_report.h"

struct rg_rx;
struct rg_tx;

/* 0, or why the worker cannot run it: -RG_E_INVAL, -RG_E_NOTSUP. */
int rg_side_check(const struct rg_side_plan *p);

/* Bytes for init, a multiple of the cache line. */
size_t rg_rx_footprint(const struct rg_side_plan *p);
struct rg_rx *rg_rx_init(void *mem, const struct rg_side_plan *p, rg_time now);

/* [take] A burst from the media endpoint. A raw input gives packets at once: at most n in m[], and
 * returns how many; a RIST input keeps them until poll. */
unsigned rg_rx_media(struct rg_rx *rx, struct rg_io *io, const struct rg_dgram *in, unsigned n,
	struct rg_media *m);
/* [take] A burst from the RTCP endpoint. */
void rg_rx_control(struct rg_rx *rx, struct rg_io *io, const struct rg_dgram *in, unsigned n);
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
unsigned rg_rx_slots(const struct rg_rx *rx);
void rg_rx_raw_report(const struct rg_rx *rx, uint64_t *packets, uint64_t *bytes);

size_t rg_tx_footprint(const struct rg_side_plan *p);
struct rg_tx *rg_tx_init(void *mem, const struct rg_side_plan *p, rg_time now);

/* [take] n <= RG_IO_MEDIA packets in order. */
void rg_tx_push(struct rg_tx *tx, struct rg_io *io, const struct rg_media *m, unsigned n);
/* [take] Bursts from our two endpoints. */
void rg_tx_media(struct rg_tx *tx, struct rg_io *io, const struct rg_dgram *in, unsigned n);
void rg_tx_control(struct rg_tx *tx, struct rg_io *io, const struct rg_dgram *in, unsigned n);
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
