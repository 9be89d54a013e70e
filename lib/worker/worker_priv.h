/* SPDX-License-Identifier: BSD-3-Clause */
/* worker_priv.h - state of a worker, shared by worker.c (streams, time, reports), worker_rx.c
 * (datagrams in, media on) and worker_tx.c (what the host did not take yet). */
#ifndef WORKER_PRIV_H
#define WORKER_PRIV_H

#include "rg_agenda.h"
#include "rg_session.h"
#include "rg_stat.h"
#include "rg_worker.h"

#define PUBLISH_NS      (100 * RG_NS_PER_MS) /* between two reports of a stream; */
#define PUBLISH_MAX_NS  RG_NS_PER_S /* of thousands they are rarer, since each is a page */
#define PUBLISH_EACH_NS (100 * RG_NS_PER_US)
#define DUE_PER_STEP    256 /* sides polled in one step */
#define CTL_ANSWERS     2 /* keys that one message of control sends back at most */

enum ep_role {
	EP_FREE,
	EP_RX_MEDIA,
	EP_RX_RTCP,
	EP_TX_MEDIA,
	EP_TX_RTCP,
	EP_OOB, /* interface of a side: its tunnel is in `oob` */
};

struct stream;

/* What an endpoint belongs to. */
struct ep {
	struct stream *stream;

	union {
		struct rg_rx *rx;
		struct rg_tx *tx;
	} side;

	struct rg_tunnel *tunnel; /* NULL: datagrams are what they are */
	struct rg_tunnel *oob; /* EP_OOB */
	uint32_t role; /* enum ep_role */
	uint32_t media_ep; /* EP_OOB: the side's own endpoint */
	struct rg_tx *first_tx; /* of its stream */
	void *pad[2];
};

static_assert(sizeof(struct ep) == RG_CACHE_LINE, "a line each");

/* An output as its stream sees it. */
struct out {
	struct rg_tx *tx;
	uint16_t ep;
	bool timed; /* it has deadlines */
};

struct stream {
	/* hot */
	struct rg_rx **rx;
	struct out *out; /* [n_tx] */
	struct rg_choice *from; /* [n_tx] for outputs by port */
	uint32_t n_rx, n_tx;
	uint32_t index;
	bool closing;
	bool chooses; /* not every output gets everything */
	bool ending; /* all inputs ended; told once end_at passed */
	bool ended;
	rg_time end_at;

	/* cold */
	const struct rg_stream_plan *plan;
	rg_time next_publish;
	struct rg_stat_lock lock;
	_Atomic uint64_t *report;
	uint64_t drops[RG_V_COUNT];
};

/* Where the arrays of a stream lie: behind it. */
static inline void *stream_sides(const struct stream *s)
{
	return (uint8_t *)s + rg_align_up(sizeof(*s), RG_CACHE_LINE);
}

struct rg_worker {
	struct rg_io io;
	struct ep *eps;
	_Atomic(struct stream *) *streams; /* published to readers of reports */
	struct rg_agenda due; /* sides by their media endpoint, then streams */
	uint32_t max_eps, max_streams;
	int64_t publish_ns;
	struct rg_bufops buf;
	_Atomic uint64_t orphans[RG_V_COUNT]; /* datagrams of no stream; control: ro */
};

static inline void count_orphans(struct rg_worker *w, enum rg_verdict v, uint64_t n)
{
	atomic_store_explicit(&w->orphans[v],
		atomic_load_explicit(&w->orphans[v], memory_order_relaxed) + n,
		memory_order_relaxed);
}

static inline void due_set(struct rg_worker *w, uint32_t id, rg_time at)
{
	rg_agenda_set(&w->due, id, at.ns < w->io.now.ns ? w->io.now : at);
}

/* worker.c */
void stream_enter(struct rg_worker *w, struct stream *s);

/* worker_rx.c */
void receive(struct rg_worker *w, struct rg_dgram *in, unsigned n);
void poll_side(struct rg_worker *w, uint32_t id);

/* worker_fetch.c */
/* What a burst for several endpoints will look at. */
void fetch_burst(const struct rg_worker *w, const struct rg_dgram *in, unsigned n);
/* The same for objects that are due, a few ahead of ids[0], which has its turn now. */
void fetch_due(const struct rg_worker *w, const uint32_t *ids, unsigned n);

/* worker_tx.c */
void tx_begin(struct rg_worker *w, rg_time now, struct rg_dgram *out, unsigned out_cap);

/* worker_report.c */
void publish(struct rg_worker *w, struct stream *s);

#endif
