/* SPDX-License-Identifier: BSD-3-Clause */
/* flow_tx_priv.h - state of the sender core: tx_history.c (what was sent), tx_push.c
 * (what is), tx_retry.c (NACKs). */
#ifndef FLOW_TX_PRIV_H
#define FLOW_TX_PRIV_H

#include "rg_flow_tx.h"
#include "rg_round.h"
#include "rg_seq.h"

/* Timers and limits, all of them. */
#define TX_QUEUE_MAX    8192u /* numbers waiting to be sent again */
#define TX_COPIES_LIMIT 8u /* transmissions of one packet: at most so many per round allowed */
#define TX_BURST_NS     (20 * RG_NS_PER_MS) /* of the bandwidth may leave at once */
#define TX_GAUGE_NS     (100 * RG_NS_PER_MS)
#define TX_PAUSE_MIN_NS (20 * RG_NS_PER_MS) /* an input silent this long, and for several of its */
#define TX_PAUSE_MAX_NS (500 * RG_NS_PER_MS) /* usual gaps, may be over: the tail is repeated */
#define TX_PAUSE_GAPS   8
#define TX_TAIL_STEP_NS (5 * RG_NS_PER_MS) /* between the first copies; then it grows */
#define TX_TAIL_GROWTH  4 /* by its fourth each time */
#define TX_TAIL_MAX_NS  (40 * RG_NS_PER_MS)
#define TX_END_STEP_NS  (RG_NS_PER_MS / 2) /* the same after an end that was told */
#define TX_END_GROWTH   32
#define TX_PLANS_MOST   64u /* at first a receiver counts as one that plans its copies */
#define TX_PLANS_STEP   8u /* a request soon repeated weighs as much as eight that are not */

/* One packet of the history: what is the same for every output. */
struct sent {
	struct rg_buf buf;
	uint8_t *data;
	int64_t src_ns;
	uint32_t sent_us; /* microseconds since init, low half */
	uint32_t rtp_ts;
	uint16_t virt_src, virt_dst;
	uint16_t len;
	uint16_t npd;
};

/* And what each output knows of it. */
struct asked {
	uint32_t at_us; /* last accepted request, as sent_us */
	uint8_t rounds; /* answered rounds */
	uint8_t copies; /* answers in all */
	uint8_t queued;
	uint8_t pad;
};

static_assert(sizeof(struct sent) + sizeof(struct asked) == 48, "the memory budget counts on it");

/* Packets by their place: consecutive, from 0 on. Owned by one flow, read by those that joined. */
struct history {
	uint32_t oldest, next; /* it is [oldest, next) */
	uint32_t mask;
	bool condemned;
	rg_time keep_last; /* somebody may repeat the last packet until then */
	struct sent *ring;
};

struct retry {
	uint32_t seq;
	uint32_t at_us;
};

struct rg_flow_tx {
	struct rg_flow_tx_conf conf;
	struct history *history; /* own, or of whom it joined */
	uint32_t shift; /* number minus place */
	uint32_t queue_mask;
	uint32_t q_head, q_tail; /* queue of retries, free running */
	bool condemned;
	uint32_t flow_id;
	rg_time start;
	int64_t rtt_ns; /* last sample, clamped */
	int64_t credit; /* bytes x 10^9 that may be sent */
	rg_time credit_at;
	uint32_t peer_plans; /* above half of TX_PLANS_MOST: it plans its copies */
	/* pause or end of input */
	rg_time last_push;
	int64_t gap_ns; /* between packets, smoothed */
	rg_time tail_next, tail_end;
	int64_t tail_step_ns, tail_growth;
	/* gauges */
	rg_time gauge_end;
	uint64_t gauge_bytes, gauge_retry_bytes;
	struct rg_flow_tx_stats st;
	struct asked *asked; /* by place, as the history's ring */
	struct retry *queue;
	struct history own;
};

static inline uint32_t tx_us(const struct rg_flow_tx *f, rg_time now)
{
	return (uint32_t)(rg_time_diff(now, f->start) / RG_NS_PER_US);
}

static inline rg_time tx_later(rg_time a, rg_time b)
{
	return rg_time_before(a, b) ? b : a;
}

static inline bool tx_has(const struct rg_flow_tx *f, uint32_t seq)
{
	const struct history *h = f->history;

	return seq - f->shift - h->oldest < h->next - h->oldest;
}

static inline struct asked *tx_asked_of(const struct rg_flow_tx *f, uint32_t seq)
{
	return &f->asked[(seq - f->shift) & f->history->mask];
}

static inline const struct sent *tx_sent(const struct rg_flow_tx *f, uint32_t seq)
{
	return &f->history->ring[(seq - f->shift) & f->history->mask];
}

/* tx_history.c */
void tx_keep(struct rg_flow_tx *f, rg_time now, const struct rg_media *m, unsigned n,
	struct rg_flow_tx_out *out);
void tx_expire(struct rg_flow_tx *f, rg_time now, struct rg_flow_tx_out *out);
rg_time tx_expiry(const struct rg_flow_tx *f);

/* tx_push.c */
void tx_lend(const struct rg_flow_tx *f, uint32_t seq, uint8_t flags, rg_time now,
	struct rg_flow_tx_out *out);
void tx_credit(struct rg_flow_tx *f, rg_time now);
void tx_pay(struct rg_flow_tx *f, uint64_t bytes);

/* tx_retry.c */
void tx_retry_poll(struct rg_flow_tx *f, rg_time now, struct rg_flow_tx_out *out);
rg_time tx_retry_wakeup(const struct rg_flow_tx *f);

#endif
