/* SPDX-License-Identifier: BSD-3-Clause */
/* flow_rx_priv.h - state of the receiver core, shared by its files: rx_feed.c (a packet comes in),
 * rx_run.c (many in a row do), rx_clock.c (does it fit the timeline), rx_nack.c (what to ask for), rx_wheel.c (of which slot when),
 * rx_learn.c (how the way is), rx_playout.c (what is due), rx_stats.c (gauges). */
#ifndef FLOW_RX_PRIV_H
#define FLOW_RX_PRIV_H

#include "rg_flow_rx.h"
#include "rg_nack_plan.h"
#include "rg_seq.h"

/* Timers and limits, all of them. */
#define WINDOW_16BIT     32768u /* beyond it 16 bits cannot tell forward from backward */
#define PROBE_PACKETS    32u /* numbers below the first one seen that are asked for as well */
#define PROBE_ROUNDS     6u /* a number below the first that nobody answers was never sent */
#define PROBE_COPIES     2u
#define LOSS_GUESS_Q16   (RG_Q16_ONE / 8) /* before the first sample */
#define RESTART_PACKETS  8u /* so many in a row, agreeing with each other, are a new timeline */
#define PAUSE_SPACINGS   4 /* longer than so many packets usually take is a pause */
#define RESTART_STEP     16 /* steps of the numbers between those */
#define GAP_SLACK        512 /* packets a gap may exceed what the elapsed time explains */
#define WHEEL_BUCKETS    256u
#define CLASSIC_GRID_NS  (5 * RG_NS_PER_MS) /* libRIST's receiver loop */
#define CLASSIC_PASS_MAX 200u /* numbers in one pass of it */
#define SPARE_SHARE      16u /* part of the ring left to bursts and gaps until the next poll */
#define FLUSH_SLOTS      1024u /* slots emptied per call of poll, once the flow ended */
#define GAUGE_NS         (100 * RG_NS_PER_MS)
#define LOSS_WINDOW      64u /* packets of one loss sample */
#define REORDER_WINDOW   256u /* packets of one sample of the reorder wait */
#define DRIFT_WINDOW_NS  (2 * RG_NS_PER_S)
#define DRIFT_STEP_NS    (200 * RG_NS_PER_US) /* per window: 100 ppm, the worst crystals */
#define FINE_TICKS       2 /* steps of the wheel per step of the grid */
#define SILENT_REPEATS   32u /* NACKs, each step, of a round after one that nothing answered */
#define NIL              UINT32_MAX
#define TOKEN_BYTE       INT64_C(1000000000)
#define TOKEN_BURST_NS   (100 * RG_NS_PER_MS)

enum slot_state {
	SLOT_EMPTY,
	SLOT_HELD,
	SLOT_MISSING,
};

/* What a held packet keeps. */
struct held {
	struct rg_buf buf;
	uint8_t *data;
	int64_t src_ns; /* on the flow's own timeline: due = src + offset + buffer */
	int64_t arrival_ns;
};

/* What a missing one needs instead. */
struct missing {
	int64_t due_ns; /* interpolated; INT64_MAX while given up */
	int64_t asked_ns; /* start of its newest round; before the first: when it was found missing */
	uint32_t tick; /* when it is asked for next, low half */
	uint32_t prev, next; /* slot indices in the wheel bucket */
	uint8_t rounds;
	uint8_t repeats, copies; /* of the newest round */
	uint8_t sent; /* NACKs of that round sent already */
};

struct slot {
	union {
		struct held held;
		struct missing miss;
	} u;

	uint32_t seq;

	union {
		uint32_t rtp_ts; /* held */
		uint32_t rounds_us; /* missing: from the first NACK of all to the newest round */
	};

	uint16_t virt_src, virt_dst;
	uint16_t len;
	uint8_t bucket; /* missing: where it is in the wheel */
	uint8_t path : 4;
	uint8_t state : 2;
	uint8_t probe : 1; /* missing: below the first packet seen, may never have been sent */
	uint8_t queued : 1; /* missing: in the wheel; held: recovered by a sole group of NACKs */
};

static_assert(sizeof(struct slot) == 48, "the memory budget counts on it");

/* A second timeline that packets which do not fit the first one may turn out to belong to. */
struct candidate {
	uint32_t seq;
	uint32_t n;
	int64_t offset_ns; /* arrival minus source time */
};

struct token_bucket {
	int64_t credit; /* bytes x 10^9 */
	rg_time at;
};

struct rg_flow_rx {
	struct rg_flow_rx_conf conf;

	/* hot: every packet */
	struct slot *ring;
	uint32_t mask;
	uint32_t window; /* slots that may be in use */
	uint32_t spare; /* of them, what poll leaves free */
	bool started, ended;
	bool fresh; /* nothing of the newest timeline was delivered */
	bool gap_before; /* the next packet delivered carries DISCONTINUITY */

	/* numbers, on the flow's own line: it goes on when the sender's begin anew.
	 * cursor <= first, newest <= top */
	uint32_t seq_shift; /* added to the sender's */
	uint32_t cursor; /* next to deliver */
	uint32_t first; /* lowest that is still taken: missing ones before it are of a timeline that
			 * ended and only wait for their lost time */
	uint32_t newest; /* highest original */
	uint32_t top; /* highest held; a retransmission may be ahead of newest */
	uint32_t ahead; /* first held at or after a hole at the cursor, when ahead_known */
	uint32_t n_held, n_missing;
	uint32_t flow_id;
	bool ahead_known;

	/* time */
	int64_t offset_ns; /* source timeline to ours */
	int64_t shift_ns; /* added to the sender's times after a resync or restart */
	int64_t newest_src_ns;
	int64_t spacing_ns; /* mean source time per packet, 0: not known yet */
	rg_time last_arrival;
	rg_time wake;
	int64_t drift_min_ns; /* smallest transit time of this window */
	rg_time drift_end;

	uint64_t wheel_map[WHEEL_BUCKETS / 64];
	struct token_bucket media;
	struct candidate cand;
	uint32_t loss_n, loss_missed, reorder_n;
	uint32_t mean_len;
	rg_time gauge_end;
	uint64_t gauge_bytes;
	int64_t buffered_ns; /* mean stay */
	struct rg_flow_rx_stats st; /* hot to ips_max_us */

	/* after a restart */
	uint32_t old_seq_shift; /* added to the sender's beside seq_shift, of the timeline before */
	uint32_t old_first;
	int64_t old_shift_ns; /* the same for its times */
	int64_t least_offset_ns; /* until the first delivery */
	bool rtc_known;
	int64_t rtc_offset_ns;

	/* recovery */
	int64_t rtt_ns, rtt_var_ns, rtt_c_ns; /* as given, 0: not known; clamped */
	int64_t reorder_wait_ns, reorder_max_ns;
	rg_time last_answer; /* newest arrival of a retransmission */
	uint32_t loss_samples, answers;
	uint32_t loss_fwd_q16, loss_back_q16;
	int64_t answer_ns, answer_var_ns; /* from the first NACK of a round to the answer */
	uint32_t answer_n; /* 0: answer_ns is an upper bound, or nothing is known */
	uint32_t late_answers; /* since one came to a first round */
	uint32_t twice_asked, twice_came; /* did the sender answer twice in a round trip? */
	uint32_t open_asked, open_came; /* twice in a group? */
	int64_t grid_ns, grid_origin_ns;
	int64_t tick, tick_now; /* next of the wheel to look at; the one of this call */
	struct token_bucket back;
	uint64_t gauge_retx_bytes;
	uint32_t wheel_head[WHEEL_BUCKETS], wheel_tail[WHEEL_BUCKETS]; /* cold without losses */
};

#define HOT_BYTES ((size_t)6 * RG_CACHE_LINE)
static_assert(
	offsetof(struct rg_flow_rx, st) + offsetof(struct rg_flow_rx_stats, lost) <= HOT_BYTES,
	"rg_flow_rx_fetch brings all that every packet needs");

static inline struct slot *slot_at(const struct rg_flow_rx *f, uint32_t seq)
{
	return &f->ring[seq & f->mask];
}

/* Every second slot lies in two lines. */
static inline void slot_fetch(const struct rg_flow_rx *f, uint32_t seq)
{
	const struct slot *s = slot_at(f, seq);

	__builtin_prefetch(s, 1);
	__builtin_prefetch((const uint8_t *)(s + 1) - 1, 1);
}

/* The buffer of a held packet, should the slot hold one. */
static inline void slot_fetch_held(const struct slot *s)
{
	if (s->state != SLOT_HELD)
		return;
	rg_buf_prefetch(s->u.held.buf, 0);
	rg_buf_prefetch(s->u.held.buf, 1);
	__builtin_prefetch(s->u.held.data - 1, 1); /* headers go there, */
	__builtin_prefetch(s->u.held.data - RG_CACHE_LINE, 1); /* and before */
}

/* Keeps m there, with the number and source time it has on the flow's own line. */
static inline void slot_hold(
	struct slot *s, rg_time now, const struct rg_media *m, uint32_t seq, int64_t src_ns)
{
	s->u.held = (struct held){m->buf, m->data, src_ns, now.ns};
	s->seq = seq;
	s->rtp_ts = m->rtp_ts;
	s->virt_src = m->virt_src;
	s->virt_dst = m->virt_dst;
	s->len = m->len;
	s->path = m->path & 15u;
	s->state = SLOT_HELD;
	s->probe = 0;
	s->queued = 0;
}

/* The slot if it is in that state for that number. Slots outside [cursor, top] are empty. */
static inline struct slot *slot_in(const struct rg_flow_rx *f, uint32_t seq, enum slot_state state)
{
	struct slot *s = slot_at(f, seq);

	return s->state == state && s->seq == seq ? s : NULL;
}

static inline int64_t due_of(const struct rg_flow_rx *f, int64_t src_ns)
{
	return src_ns + f->offset_ns + f->conf.buffer_ns;
}

static inline void drop(struct rg_flow_rx_out *out, struct rg_buf buf, enum rg_verdict v)
{
	out->drop[out->n_drop++] = (struct rg_dropped){.buf = buf, .verdict = v};
}

/* Source time from one packet to the next, where `step` of them took this long. In a pause nothing was
 * sent: what is missing after it was sent before the packet that ended it. */
static inline int64_t spacing_in(int64_t mean_ns, uint32_t step, int64_t elapsed_ns)
{
	int64_t each = step > 1 ? elapsed_ns / step : elapsed_ns;

	return mean_ns > 0 && each > PAUSE_SPACINGS * mean_ns ? mean_ns : each;
}

static inline int64_t spacing_mean(int64_t mean_ns, int64_t each_ns)
{
	return mean_ns > 0 ? mean_ns + (each_ns - mean_ns) / 16 : each_ns;
}

static inline uint32_t len_mean(uint32_t mean, uint16_t len)
{
	return (uint32_t)((int64_t)mean + ((int64_t)len - mean) / 16);
}

/* Is a packet that is late by so much beside the timeline of it? */
static inline bool time_fits(const struct rg_flow_rx *f, int64_t late_ns)
{
	int64_t bound = rg_max_i64(f->conf.buffer_ns, 100 * RG_NS_PER_MS);

	return late_ns <= bound && late_ns >= -bound;
}

/* rx_feed.c */
/* Any packet; room: how many drops it may cause. */
void rx_feed_one(struct rg_flow_rx *f, rg_time now, struct rg_media m, unsigned room,
	struct rg_flow_rx_out *out);

/* rx_run.c */
/* Takes the packets of m[0..n) that are originals in a row, each the next of the newest one and on
 * time; returns how many. */
unsigned rx_run_feed(struct rg_flow_rx *f, rg_time now, const struct rg_media *m, unsigned n);

/* rx_clock.c */
enum fit {
	FIT, /* on the timeline */
	FIT_NUMBER, /* the number fits, the source time was replaced */
	FIT_NOT, /* drop it, nothing else */
	FIT_RESTART, /* a new timeline begins with this packet */
};
enum fit rx_clock_fit(struct rg_flow_rx *f, rg_time now, struct rg_media *m);
/* The first packet of all; the first of a new timeline, whose source time is set. */
void rx_clock_start(struct rg_flow_rx *f, rg_time now, const struct rg_media *m);
void rx_clock_restart(struct rg_flow_rx *f, rg_time now, struct rg_media *m);
/* Was it under way when the newest restart was seen? Then it gets its old number and time back;
 * false: its place was played, or is taken by the new timeline. */
bool rx_clock_is_old(const struct rg_flow_rx *f, const struct rg_media *m);
bool rx_clock_fit_old(const struct rg_flow_rx *f, rg_time now, struct rg_media *m);
void rx_clock_drift(struct rg_flow_rx *f, rg_time now, int64_t src_ns);

/* rx_nack.c */
void rx_nack_init(struct rg_flow_rx *f, rg_time now);
/* Make the slots of [first, end) missing; the due time of `first`, and the step to the next. */
void rx_nack_mark(struct rg_flow_rx *f, rg_time now, uint32_t first, uint32_t end, int64_t due_ns,
	int64_t step_ns);
/* The same for [first, end), all below the first packet seen of a timeline. */
void rx_nack_probe(struct rg_flow_rx *f, rg_time now, uint32_t first, uint32_t end, int64_t due_ns);
/* A missing slot is about to be filled. */
void rx_nack_filled(struct rg_flow_rx *f, rg_time now, struct slot *s, bool retx);
/* A missing slot is given up by the playout. */
void rx_nack_forget(struct rg_flow_rx *f, struct slot *s);
/* Nobody has any more what is missing now: it is not asked for again. */
void rx_nack_stop(struct rg_flow_rx *f);
void rx_nack_poll(struct rg_flow_rx *f, rg_time now, struct rg_flow_rx_out *out);

/* rx_wheel.c */
/* The first tick at or after ns. */
int64_t rx_wheel_tick(const struct rg_flow_rx *f, int64_t ns);
/* NACKs leave on the grid, which is coarser than the wheel; only a silent way back has them in
 * between. */
int64_t rx_wheel_on_grid(const struct rg_flow_rx *f, int64_t tick);
bool rx_wheel_is_empty(const struct rg_flow_rx *f);
void rx_wheel_clear(struct rg_flow_rx *f);
/* An empty wheel starts where we are; libRIST's loop starts with the first gap. */
void rx_wheel_start(struct rg_flow_rx *f, rg_time now);
void rx_wheel_add(struct rg_flow_rx *f, struct slot *s, int64_t tick);
void rx_wheel_remove(struct rg_flow_rx *f, struct slot *s);
rg_time rx_wheel_wakeup(const struct rg_flow_rx *f);

/* rx_learn.c */
void rx_learn_loss(struct rg_flow_rx *f, uint32_t missed, uint32_t n);
void rx_learn_window(struct rg_flow_rx *f);
void rx_learn_filled(struct rg_flow_rx *f, rg_time now, const struct slot *s, bool retx);
void rx_learn_failed(struct rg_flow_rx *f, const struct missing *m);
void rx_learn_second_answer(struct rg_flow_rx *f, bool sole);
/* The sender answers every NACK: repeats are copies. */
bool rx_learn_open(const struct rg_flow_rx *f);
/* The sender answers once in a round trip only, as libRIST does: copies cannot be had. */
bool rx_learn_gated(const struct rg_flow_rx *f);
/* Not known yet: worth a second copy to find out. */
bool rx_learn_curious(const struct rg_flow_rx *f);
/* The way there and back, by echoes or else by answers; 0: not known. And its mean deviation. */
int64_t rx_learn_rtt(const struct rg_flow_rx *f);
int64_t rx_learn_rtt_var(const struct rg_flow_rx *f);
/* From the start of a packet's round, its first is 0, to the start of the next. */
int64_t rx_learn_spacing(const struct rg_flow_rx *f, uint32_t round);

/* rx_playout.c */
void rx_playout_poll(struct rg_flow_rx *f, rg_time now, struct rg_flow_rx_out *out);
rg_time rx_playout_wakeup(struct rg_flow_rx *f);
/* The ring is fuller than poll leaves it. */
bool rx_playout_crowded(const struct rg_flow_rx *f);
/* Move the cursor to seq; held packets below it are overwritten. Needs at most room drops; false:
 * there was not enough. */
bool rx_playout_advance(
	struct rg_flow_rx *f, uint32_t seq, unsigned room, struct rg_flow_rx_out *out);
/* Returns what is held, some of it. */
void rx_playout_flush(struct rg_flow_rx *f, struct rg_flow_rx_out *out);

/* rx_stats.c */
void rx_stats_arrival(struct rg_flow_rx *f, rg_time now, const struct rg_media *m);
/* The time since the last arrival. */
void rx_stats_interval(struct rg_flow_rx *f, rg_time now);
void rx_stats_roll(struct rg_flow_rx *f, rg_time now);

static inline void tokens_refill(struct token_bucket *b, rg_time now, uint64_t bytes_per_s)
{
	int64_t dt = rg_clamp_i64(rg_time_diff(now, b->at), 0, TOKEN_BURST_NS);
	int64_t rate = (int64_t)bytes_per_s;

	b->at = now;
	b->credit = rg_min_i64(b->credit + dt * rate, TOKEN_BURST_NS * rate);
}

/* May fall below nothing by as much as the bucket holds. */
static inline void tokens_take(struct token_bucket *b, uint32_t bytes, uint64_t bytes_per_s)
{
	b->credit = rg_max_i64(
		b->credit - (int64_t)bytes * TOKEN_BYTE, -TOKEN_BURST_NS * (int64_t)bytes_per_s);
}

#endif
