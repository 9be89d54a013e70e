/* SPDX-License-Identifier: BSD-3-Clause */
/* rg_worker.h - many streams on one core: datagrams in, datagrams out.
 * Spec: docs/architecture.md. Shape: no rings, no sockets, no clock: arrays in, arrays out. When
 * out_cap is reached the worker keeps the rest (bounded) and wakeup returns `now`.
 * Units: rg_time. Errors: -RG_E_*. Ownership: rg_worker_step takes every buffer of in[] and gives
 * those of out[]; all others go back through the bufops it was given.
 * Threads: one caller; reports may be read from another thread through rg_worker_report. */
#ifndef RG_WORKER_H
#define RG_WORKER_H

#include "rg_crypto.h"
#include "rg_ctl.h"
#include "rg_dgram.h"
#include "rg_event.h"
#include "rg_oob.h"
#include "rg_plan.h"
#include "rg_report.h"

struct rg_worker_conf {
	struct rg_bufops buf;
	uint32_t max_streams; /* streams are numbered 0..max_streams - 1 */
	uint32_t max_eps;
	const struct rg_engine *engine; /* NULL: no stream is encrypted */
	uint64_t seed; /* from control: SSRCs and echo identifiers of peers, never secrets */
};

struct rg_worker;

size_t rg_worker_footprint(const struct rg_worker_conf *c);
struct rg_worker *rg_worker_init(void *mem, const struct rg_worker_conf *c, rg_time now);

/* Returns the buffers the worker keeps at hand and what it has not sent yet. */
void rg_worker_fini(struct rg_worker *w);

/* Bytes for one stream (sessions, rings, report), cache-line aligned. */
size_t rg_stream_footprint(const struct rg_stream_plan *p);

/* mem: rg_stream_footprint bytes, the worker's until rg_worker_stream_gone. -RG_E_EXIST,
 * -RG_E_INVAL. */
int rg_worker_add_stream(
	struct rg_worker *w, rg_time now, const struct rg_stream_plan *p, void *mem);

/* Starts the end of a stream: peers get BYE, held buffers are returned over the next steps. */
void rg_worker_remove_stream(struct rg_worker *w, rg_time now, uint32_t stream);

/* True once a removed stream holds nothing; its memory is the host's again. */
bool rg_worker_stream_gone(const struct rg_worker *w, uint32_t stream);

/* Wall clock for SR: ntp_ns nanoseconds since 1900 at monotonic instant `mono`. */
void rg_worker_set_wallclock(struct rg_worker *w, rg_time mono, int64_t ntp_ns);

/* One round: [take] in[0..n_in), n_in <= RG_BURST, which is written to; returns the number of out[]
 * filled [give]. */
unsigned rg_worker_step(struct rg_worker *w, rg_time now, struct rg_dgram *in, unsigned n_in,
	struct rg_dgram *out, unsigned out_cap);

/* When step must run again without input. */
rg_time rg_worker_wakeup(struct rg_worker *w);

/* Next event, false when there is none; the queue is bounded, the oldest wins. */
bool rg_worker_event(struct rg_worker *w, struct rg_event *ev);

/* Next message for control, false when there is none; to be emptied after each step. */
bool rg_worker_ctl_take(struct rg_worker *w, struct rg_ctl *m);
bool rg_worker_ctl_waits(const struct rg_worker *w);

/* A message of control, only when ready says there is room for the keys it may send back. What it carries is the worker's from now on. -RG_E_NOENT: the stream is
 * gone, nothing was taken. */
bool rg_worker_ctl_ready(const struct rg_worker *w);
int rg_worker_ctl(struct rg_worker *w, rg_time now, const struct rg_ctl *m);

/* Out-of-band data: the next one received, false when there is none; and one to be sent to the
 * peers of a side: 0, -RG_E_NOENT, -RG_E_INVAL (length, EtherType), -RG_E_NOMEM, -RG_E_AGAIN. */
bool rg_worker_oob_take(struct rg_worker *w, struct rg_oob *m);
int rg_worker_oob(struct rg_worker *w, rg_time now, const struct rg_oob *m);

/* Counts a datagram that the host dropped before it reached a stream. */
void rg_worker_count(struct rg_worker *w, uint32_t stream, enum rg_verdict v, uint64_t n);

/* Bytes of a stream's report. */
size_t rg_stream_report_bytes(const struct rg_stream_plan *p);

/* Consistent copy of a stream's last published report, from any thread. False: none yet. */
bool rg_worker_report(const struct rg_worker *w, uint32_t stream, void *buf, size_t cap_bytes);

/* Adds to drops[RG_V_COUNT] the datagrams that came for an endpoint of no stream, or that the host
 * counted under none, from any thread. */
void rg_worker_orphans(const struct rg_worker *w, uint64_t *drops);

#endif
