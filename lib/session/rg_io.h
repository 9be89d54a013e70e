/* SPDX-License-Identifier: BSD-3-Clause */
/* rg_io.h - what a worker lends a session for one call: the time, a place for datagrams, fresh
 * and returned buffers, counters and events.
 * Spec: none. Shape: one per worker, reused every step; all queues bounded.
 * Units: rg_time. Errors: a full queue drops and counts under the stream.
 * Ownership: buffers handed to it are the worker's. Threads: one caller. */
#ifndef RG_IO_H
#define RG_IO_H

#include "rg_crypto.h"
#include "rg_ctl.h"
#include "rg_dgram.h"
#include "rg_event.h"
#include "rg_msg.h"
#include "rg_oob.h"
#include "rg_profile.h"
#include "rg_verdict.h"

#define RG_IO_STASH  64 /* fresh buffers of a kind kept at hand */
#define RG_IO_FREED  256 /* returned buffers collected before they go back in bulk */
#define RG_IO_SPILL  8192 /* datagrams kept when the host's array is full; power of two */
#define RG_IO_EVENTS 256
#define RG_IO_MEDIA  64 /* packets one poll delivers or sends */
#define RG_IO_DROPS  (RG_IO_MEDIA + 64)
#define RG_IO_RUNS   256 /* runs one poll asks for */
#define RG_IO_OPS    64 /* cipher operations collected before the engine runs */
#define RG_IO_OOB    16 /* received out-of-band datagrams that wait for the API */
#define RG_IO_CTL    256 /* messages to control that wait */

struct rg_io_stash {
	unsigned n;
	struct rg_newbuf bufs[RG_IO_STASH];
};

struct rg_io {
	/* hot: every packet */
	rg_time now;
	struct rg_dgram *out; /* the host's */
	unsigned n_out, out_cap;
	unsigned n_spill, spill_head;
	unsigned n_freed;
	unsigned n_ops;
	uint64_t *drops; /* of the stream at work, RG_V_COUNT of them */
	const struct rg_bufops *buf;
	const struct rg_engine *engine;
	struct rg_dgram *spill; /* ring of RG_IO_SPILL */
	uint32_t stream; /* at work */
	unsigned fanout; /* datagrams one of its packets becomes */

	/* cold */
	int64_t wall_ns; /* NTP time minus ours */
	uint64_t random; /* state of rg_io_random */
	unsigned n_events, event_head;
	unsigned n_ctl, ctl_head;
	unsigned n_oob, oob_head;
	struct rg_buf freed[RG_IO_FREED];
	struct rg_io_stash fresh, copies; /* by alloc_bulk and alloc_copies */
	struct rg_event events[RG_IO_EVENTS];
	struct rg_ctl ctl[RG_IO_CTL]; /* to control */
	struct rg_oob oob[RG_IO_OOB]; /* to the API */

	/* scratch of one call, too large for a stack frame */
	struct rg_media media[RG_IO_MEDIA];
	struct rg_media send[RG_IO_MEDIA];
	struct rg_media shrunk[RG_IO_MEDIA]; /* without null packets */
	struct rg_media chosen[RG_IO_MEDIA]; /* what one output gets */
	struct rg_hdr hdr[RG_IO_MEDIA];
	struct rg_dropped dropped[RG_IO_DROPS];
	struct rg_run runs[RG_IO_RUNS];
	struct rg_control_in control;
	struct rg_env env[RG_BURST];
	struct rg_crypto_op ops[RG_IO_OPS];
};

/* Datagrams that still find room. */
static inline unsigned rg_io_room(const struct rg_io *io)
{
	return io->out_cap - io->n_out + RG_IO_SPILL - io->n_spill;
}

/* The next descriptor to fill; only while there is room. The order of calls is the order on the
 * wire. */
static inline struct rg_dgram *rg_io_next(struct rg_io *io)
{
	if (io->n_spill == 0 && io->n_out < io->out_cap)
		return &io->out[io->n_out++];
	return &io->spill[(io->spill_head + io->n_spill++) & (RG_IO_SPILL - 1)];
}

/* The descriptor that rg_io_next gives next. */
static inline struct rg_dgram *rg_io_peek(struct rg_io *io)
{
	if (io->n_spill == 0 && io->n_out < io->out_cap)
		return &io->out[io->n_out];
	return &io->spill[(io->spill_head + io->n_spill) & (RG_IO_SPILL - 1)];
}

static inline void rg_io_count(struct rg_io *io, enum rg_verdict v, uint64_t n)
{
	io->drops[v] += n;
}

/* Runs what was collected. */
static inline void rg_io_run(struct rg_io *io)
{
	if (io->n_ops)
		io->engine->run(io->engine->ctx, io->ops, io->n_ops);
	io->n_ops = 0;
}

/* Encrypts or decrypts before the step ends: until then source and destination may not be touched,
 * and their buffers not be freed. Operations that are collected together run in any order. */
static inline void rg_io_crypt(struct rg_io *io, struct rg_crypto_op op)
{
	if (io->n_ops == RG_IO_OPS)
		rg_io_run(io);
	io->ops[io->n_ops++] = op;
}

static inline void rg_io_flush(struct rg_io *io)
{
	rg_io_run(io); /* what is freed may be its source */
	if (io->n_freed)
		io->buf->free_bulk(io->buf->ctx, io->freed, io->n_freed);
	io->n_freed = 0;
}

/* [take] What was held is in no cache any more: its handle is on its way until it is freed. */
static inline void rg_io_free(struct rg_io *io, struct rg_buf buf)
{
	if (io->n_freed == RG_IO_FREED)
		rg_io_flush(io);
	rg_buf_prefetch(buf, 0);
	rg_buf_prefetch(buf, 1);
	io->freed[io->n_freed++] = buf;
}

/* [take] Buffers that died, each with its reason. */
static inline void rg_io_drop(struct rg_io *io, const struct rg_dropped *d, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		rg_io_count(io, (enum rg_verdict)d[i].verdict, 1);
		rg_io_free(io, d[i].buf);
	}
}

/* Adds n owners to a buffer. */
static inline void rg_io_ref(struct rg_io *io, struct rg_buf buf, unsigned n)
{
	if (n)
		io->buf->ref(io->buf->ctx, buf, n);
}

/* [take] One reference of each; owed[i] are promised to others. */
static inline void rg_io_settle(
	struct rg_io *io, const struct rg_media *m, const uint16_t *owed, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		if (owed[i] == 0)
			rg_io_free(io, m[i].buf);
		else
			rg_io_ref(io, m[i].buf, owed[i] - 1u);
	}
}

static inline const struct rg_newbuf *rg_io_pop(struct rg_io *io, struct rg_io_stash *s)
{
	if (s->n == 0) {
		rg_io_count(io, RG_V_NO_BUFFER, 1);
		return NULL;
	}
	return &s->bufs[--s->n];
}

/* A fresh buffer, NULL (and counted) when the pool is empty. */
static inline const struct rg_newbuf *rg_io_take(struct rg_io *io)
{
	struct rg_io_stash *s = &io->fresh;

	if (s->n == 0)
		s->n = io->buf->alloc_bulk(io->buf->ctx, s->bufs, RG_IO_STASH);
	return rg_io_pop(io, s);
}

/* The same, for what is written in this step and leaves with it. */
static inline const struct rg_newbuf *rg_io_take_copy(struct rg_io *io)
{
	struct rg_io_stash *s = &io->copies;

	if (s->n == 0)
		s->n = io->buf->alloc_copies(io->buf->ctx, s->bufs, RG_IO_STASH);
	return rg_io_pop(io, s);
}

/* Queues an event; when the queue is full the newest is the one that goes. */
static inline void rg_io_event(
	struct rg_io *io, enum rg_event_kind kind, uint32_t flow_id, const struct rg_addr *peer)
{
	if (io->n_events == RG_IO_EVENTS)
		return;
	io->events[(io->event_head + io->n_events++) % RG_IO_EVENTS] = (struct rg_event){
		.kind = kind,
		.stream = io->stream,
		.flow_id = flow_id,
		.peer = *peer,
	};
}

/* Queues a message to control; false: try again in another step. */
static inline bool rg_io_ctl(struct rg_io *io, const struct rg_ctl *m)
{
	if (io->n_ctl == RG_IO_CTL)
		return false;
	io->ctl[(io->ctl_head + io->n_ctl++) % RG_IO_CTL] = *m;
	return true;
}

static inline bool rg_io_ctl_room(const struct rg_io *io)
{
	return io->n_ctl < RG_IO_CTL;
}

/* Keeps a copy of received out-of-band data for the API. False: too much, or too long. */
static inline bool rg_io_oob(
	struct rg_io *io, uint16_t ep, uint16_t type, const uint8_t *data, uint16_t len)
{
	struct rg_oob *m;

	if (io->n_oob == RG_IO_OOB || len > RG_OOB_BYTES_MAX)
		return false;
	m = &io->oob[(io->oob_head + io->n_oob++) % RG_IO_OOB];
	m->stream = io->stream;
	m->ep = ep;
	m->type = type;
	m->len = len;
	memcpy(m->data, data, len);
	return true;
}

/* splitmix64 over control's seed: for what a stranger must not guess, never for keys. */
static inline uint64_t rg_io_random(struct rg_io *io)
{
	uint64_t z = io->random += UINT64_C(0x9E3779B97F4A7C15);

	z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
	return z ^ (z >> 31);
}

/* NTP time of our clock's `now`. */
static inline rg_ntp64 rg_io_ntp(const struct rg_io *io)
{
	return rg_ntp_from_ns(io->now.ns + io->wall_ns);
}

#endif
