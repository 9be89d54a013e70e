/* SPDX-License-Identifier: BSD-3-Clause */
/* Packets go out; the last one is repeated when nothing follows it. */
#include "flow_tx_priv.h"

#define TOKEN_BYTE INT64_C(1000000000)

static uint32_t queue_slots(const struct rg_flow_tx_conf *c)
{
	return rg_min_u32(c->history_slots, TX_QUEUE_MAX);
}

struct layout {
	size_t ring, asked, queue, total;
};

static struct layout layout(const struct rg_flow_tx_conf *c)
{
	size_t ring = c->joins ? 0 : c->history_slots * sizeof(struct sent);
	struct layout l;

	l.ring = rg_align_up(sizeof(struct rg_flow_tx), RG_CACHE_LINE);
	l.asked = l.ring + rg_align_up(ring, RG_CACHE_LINE);
	l.queue = l.asked + rg_align_up(c->history_slots * sizeof(struct asked), RG_CACHE_LINE);
	l.total = l.queue + rg_align_up(queue_slots(c) * sizeof(struct retry), RG_CACHE_LINE);
	return l;
}

size_t rg_flow_tx_footprint(const struct rg_flow_tx_conf *c)
{
	return layout(c).total;
}

struct rg_flow_tx *rg_flow_tx_init(void *mem, const struct rg_flow_tx_conf *c, rg_time now)
{
	struct layout l = layout(c);
	struct rg_flow_tx *f = mem;
	uint8_t *p = mem;

	RG_ASSERT((c->history_slots & (c->history_slots - 1)) == 0 && c->history_slots > 0);
	memset(mem, 0, l.total);
	f->conf = *c;
	f->history = &f->own;
	f->own.ring = (struct sent *)(void *)(p + l.ring);
	f->own.mask = c->history_slots - 1;
	f->own.keep_last = now;
	f->asked = (struct asked *)(void *)(p + l.asked);
	f->queue = (struct retry *)(void *)(p + l.queue);
	f->queue_mask = queue_slots(c) - 1;
	f->shift = c->first_seq;
	f->start = now;
	f->rtt_ns = c->rtt_min_ns;
	f->credit_at = now;
	f->credit = TX_BURST_NS * (int64_t)c->bandwidth_Bps;
	f->peer_plans = TX_PLANS_MOST;
	f->gauge_end = rg_time_add(now, TX_GAUGE_NS);
	f->tail_next = RG_TIME_NEVER;
	return f;
}

void rg_flow_tx_join(struct rg_flow_tx *f, struct rg_flow_tx *first)
{
	RG_ASSERT(f->conf.joins && !first->conf.joins);
	RG_ASSERT(f->conf.history_slots == first->conf.history_slots && first->own.next == 0);
	f->history = first->history;
	f->start = first->start;
}

void tx_credit(struct rg_flow_tx *f, rg_time now)
{
	int64_t dt = rg_clamp_i64(rg_time_diff(now, f->credit_at), 0, TX_BURST_NS);
	int64_t rate = (int64_t)f->conf.bandwidth_Bps;

	f->credit_at = now;
	f->credit = rg_min_i64(f->credit + dt * rate, TX_BURST_NS * rate);
}

void tx_pay(struct rg_flow_tx *f, uint64_t bytes)
{
	f->credit = rg_max_i64(f->credit - (int64_t)bytes * TOKEN_BYTE,
		-TX_BURST_NS * (int64_t)f->conf.bandwidth_Bps);
}

void tx_lend(const struct rg_flow_tx *f, uint32_t seq, uint8_t flags, rg_time now,
	struct rg_flow_tx_out *out)
{
	const struct sent *s = tx_sent(f, seq);

	out->send[out->n_send++] = (struct rg_media){
		.buf = s->buf,
		.data = s->data,
		.arrival = now,
		.src_ns = s->src_ns,
		.seq = seq,
		.flow_id = f->flow_id,
		.rtp_ts = s->rtp_ts,
		.len = s->len,
		.virt_src = s->virt_src,
		.virt_dst = s->virt_dst,
		.npd = s->npd,
		.flags = flags,
	};
}

static bool history_empty(const struct rg_flow_tx *f)
{
	return f->history->next == f->history->oldest;
}

static void roll(struct rg_flow_tx *f, rg_time now)
{
	const uint64_t per_s = (uint64_t)(RG_NS_PER_S / TX_GAUGE_NS) * 8;

	for (int i = 0; i < 64 && !rg_time_before(now, f->gauge_end); i++) {
		int64_t b = (int64_t)(f->gauge_bytes * per_s - f->st.bandwidth_bps);
		int64_t r = (int64_t)(f->gauge_retry_bytes * per_s - f->st.retry_bandwidth_bps);

		f->st.bandwidth_bps += (uint64_t)(b / 8);
		f->st.retry_bandwidth_bps += (uint64_t)(r / 8);
		f->gauge_bytes = 0;
		f->gauge_retry_bytes = 0;
		f->gauge_end = rg_time_add(f->gauge_end, TX_GAUGE_NS);
	}
	if (!rg_time_before(now, f->gauge_end))
		f->gauge_end = rg_time_add(now, TX_GAUGE_NS);
}

static void plan_tail(struct rg_flow_tx *f, rg_time now, int64_t first_ns, int64_t last_ns)
{
	f->tail_step_ns = TX_TAIL_STEP_NS;
	f->tail_growth = TX_TAIL_GROWTH;
	f->tail_next = rg_time_add(now, first_ns);
	f->tail_end = rg_time_add(now, last_ns);
	f->history->keep_last = tx_later(f->history->keep_last, f->tail_end);
}

/* Whoever feeds us by datagrams never says that it is over. After a pause that is long for this
 * input the tail is repeated as at an end, or the loss of a last packet would go unseen (trap M5). */
static void expect_more(struct rg_flow_tx *f, rg_time now, unsigned n)
{
	int64_t gap = f->st.sent ? rg_time_diff(now, f->last_push) / n : 0;

	f->gap_ns += (rg_min_i64(gap, TX_PAUSE_MAX_NS) - f->gap_ns) / 16;
	f->last_push = now;
	plan_tail(f, now, rg_clamp_i64(TX_PAUSE_GAPS * f->gap_ns, TX_PAUSE_MIN_NS, TX_PAUSE_MAX_NS),
		f->conf.history_ns);
}

static uint64_t number(struct rg_flow_tx *f, rg_time now, struct rg_media *m, unsigned n)
{
	uint32_t first = f->history->next - n + f->shift;
	uint64_t bytes = 0;

	for (unsigned i = 0; i < n; i++) {
		m[i].arrival = now;
		m[i].seq = first + i;
		m[i].flags = 0;
		bytes += m[i].len;
	}
	return bytes;
}

/* Nobody has asked for these yet. */
static void forget_asked(struct rg_flow_tx *f, unsigned n)
{
	uint32_t first = (f->history->next - n) & f->history->mask;
	uint32_t slots = f->history->mask + 1;
	uint32_t k = rg_min_u32(n, slots - first);

	memset(f->asked + first, 0, k * sizeof(*f->asked));
	memset(f->asked, 0, rg_min_u32(n - k, slots) * sizeof(*f->asked));
}

bool rg_flow_tx_push(struct rg_flow_tx *f, rg_time now, struct rg_media *m, unsigned n,
	struct rg_flow_tx_out *out)
{
	bool owns = f->history == &f->own;
	uint64_t bytes;

	if (n == 0)
		return false;
	tx_credit(f, now);
	if (f->conf.keep_history)
		expect_more(f, now, n);
	if (owns)
		tx_keep(f, now, m, n, out);
	if (f->conf.keep_history)
		forget_asked(f, n);
	f->flow_id = m[n - 1].flow_id;
	bytes = number(f, now, m, n);
	tx_pay(f, bytes);
	f->st.sent += n;
	f->st.sent_bytes += bytes;
	f->gauge_bytes += bytes;
	roll(f, now);
	return owns && f->conf.keep_history;
}

/* Plain copies of the last packet, not marked as retransmissions: those open no gap at the
 * receiver (trap M62), these do, and it drops what it has as duplicates. */
static void send_tail(struct rg_flow_tx *f, rg_time now, struct rg_flow_tx_out *out)
{
	if (rg_time_before(now, f->tail_next))
		return;
	if (rg_time_before(f->tail_end, now) || history_empty(f)) {
		f->tail_next = RG_TIME_NEVER;
		return;
	}
	if (out->n_send == out->send_cap) {
		out->more = true;
		return;
	}
	tx_lend(f, rg_flow_tx_newest(f), 0, now, out);
	f->tail_next = rg_time_add(now, f->tail_step_ns);
	f->tail_step_ns =
		rg_min_i64(f->tail_step_ns + f->tail_step_ns / f->tail_growth, TX_TAIL_MAX_NS);
}

/* An end comes once, and a burst of loss ends by packets: many copies, but no faster than the stream
 * was. */
void rg_flow_tx_end(struct rg_flow_tx *f, rg_time now, int64_t buffer_ns)
{
	int64_t step = rg_clamp_i64(f->gap_ns, TX_END_STEP_NS, TX_TAIL_STEP_NS);

	if (history_empty(f))
		return;
	plan_tail(f, now, step, buffer_ns);
	f->tail_step_ns = step;
	f->tail_growth = TX_END_GROWTH;
}

void rg_flow_tx_poll(struct rg_flow_tx *f, rg_time now, struct rg_flow_tx_out *out)
{
	out->more = false;
	tx_credit(f, now);
	if (f->history == &f->own)
		tx_expire(f, now, out);
	send_tail(f, now, out);
	tx_retry_poll(f, now, out);
	roll(f, now);
}

rg_time rg_flow_tx_wakeup(const struct rg_flow_tx *f)
{
	rg_time t = rg_time_min(f->tail_next, tx_retry_wakeup(f));

	return f->history == &f->own ? rg_time_min(t, tx_expiry(f)) : t;
}

void rg_flow_tx_set_rtt(struct rg_flow_tx *f, int64_t rtt_ns)
{
	f->rtt_ns = rg_clamp_i64(rtt_ns, f->conf.rtt_min_ns, f->conf.rtt_max_ns);
}

uint32_t rg_flow_tx_newest(const struct rg_flow_tx *f)
{
	return f->history->next - 1 + f->shift;
}

void rg_flow_tx_flush(struct rg_flow_tx *f)
{
	f->condemned = true;
	f->own.condemned = true;
	f->tail_next = RG_TIME_NEVER;
	f->q_head = f->q_tail;
}

/* Who joined holds nothing. */
bool rg_flow_tx_empty(const struct rg_flow_tx *f)
{
	return f->own.next == f->own.oldest;
}

void rg_flow_tx_stats(const struct rg_flow_tx *f, rg_time now, struct rg_flow_tx_stats *out)
{
	*out = f->st;
	out->history_packets = f->history->next - f->history->oldest;
	if (rg_time_diff(now, f->gauge_end) > RG_NS_PER_S) {
		out->bandwidth_bps = 0;
		out->retry_bandwidth_bps = 0;
	}
}
