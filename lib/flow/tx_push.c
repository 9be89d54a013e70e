/* SPDX-License-Identifier: BSD-3-Clause */
/* Packets go out and stay in the history until they are too old to be asked for. */
#include "flow_tx_priv.h"

#define TOKEN_BYTE INT64_C(1000000000)

static uint32_t queue_slots(const struct rg_flow_tx_conf *c)
{
	return rg_min_u32(c->history_slots, TX_QUEUE_MAX);
}

size_t rg_flow_tx_footprint(const struct rg_flow_tx_conf *c)
{
	return rg_align_up(sizeof(struct rg_flow_tx), RG_CACHE_LINE) +
		rg_align_up(c->history_slots * sizeof(struct sent), RG_CACHE_LINE) +
		rg_align_up(queue_slots(c) * sizeof(struct retry), RG_CACHE_LINE);
}

struct rg_flow_tx *rg_flow_tx_init(void *mem, const struct rg_flow_tx_conf *c, rg_time now)
{
	struct rg_flow_tx *f = mem;
	uint8_t *p = (uint8_t *)mem + rg_align_up(sizeof(*f), RG_CACHE_LINE);

	RG_ASSERT((c->history_slots & (c->history_slots - 1)) == 0 && c->history_slots > 0);
	memset(mem, 0, rg_flow_tx_footprint(c));
	f->conf = *c;
	f->ring = (struct sent *)(void *)p;
	p += rg_align_up(c->history_slots * sizeof(struct sent), RG_CACHE_LINE);
	f->queue = (struct retry *)(void *)p;
	f->mask = c->history_slots - 1;
	f->queue_mask = queue_slots(c) - 1;
	f->next = f->oldest = c->first_seq;
	f->start = now;
	f->rtt_ns = c->rtt_min_ns;
	f->credit_at = now;
	f->credit = TX_BURST_NS * (int64_t)c->bandwidth_Bps;
	f->mean_len = 1328;
	f->peer_plans = TX_PLANS_MOST;
	f->gauge_end = rg_time_add(now, TX_GAUGE_NS);
	f->tail_next = RG_TIME_NEVER;
	return f;
}

void tx_credit(struct rg_flow_tx *f, rg_time now)
{
	int64_t dt = rg_clamp_i64(rg_time_diff(now, f->credit_at), 0, TX_BURST_NS);
	int64_t rate = (int64_t)f->conf.bandwidth_Bps;

	f->credit_at = now;
	f->credit = rg_min_i64(f->credit + dt * rate, TX_BURST_NS * rate);
}

void tx_pay(struct rg_flow_tx *f, uint32_t bytes)
{
	f->credit = rg_max_i64(f->credit - (int64_t)bytes * TOKEN_BYTE,
		-TX_BURST_NS * (int64_t)f->conf.bandwidth_Bps);
}

void tx_lend(const struct rg_flow_tx *f, uint32_t seq, uint8_t flags, rg_time now,
	struct rg_flow_tx_out *out)
{
	const struct sent *s = &f->ring[seq & f->mask];

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

static void evict(struct rg_flow_tx *f, enum rg_verdict v, struct rg_flow_tx_out *out)
{
	struct sent *s = &f->ring[f->oldest++ & f->mask];

	out->drop[out->n_drop++] = (struct rg_dropped){.buf = s->buf, .verdict = v};
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

static void push_one(
	struct rg_flow_tx *f, rg_time now, const struct rg_media *m, struct rg_flow_tx_out *out)
{
	struct sent *s;

	if (f->next - f->oldest == f->conf.history_slots)
		evict(f, RG_V_HISTORY_EXPIRED, out);
	s = &f->ring[f->next & f->mask];
	*s = (struct sent){
		.buf = m->buf,
		.data = m->data,
		.src_ns = m->src_ns,
		.sent_us = tx_us(f, now),
		.rtp_ts = m->rtp_ts,
		.virt_src = m->virt_src,
		.virt_dst = m->virt_dst,
		.len = m->len,
		.npd = m->npd,
	};
	tx_lend(f, f->next++, 0, now, out);
	if (f->conf.keep_history == 0)
		evict(f, RG_V_HISTORY_EXPIRED, out);
	tx_pay(f, m->len);
	f->st.sent++;
	f->st.sent_bytes += m->len;
	f->gauge_bytes += m->len;
	f->mean_len = (uint32_t)((int64_t)f->mean_len + ((int64_t)m->len - f->mean_len) / 16);
}

static void plan_tail(struct rg_flow_tx *f, rg_time now, int64_t first_ns, int64_t last_ns)
{
	f->tail_step_ns = TX_TAIL_STEP_NS;
	f->tail_growth = TX_TAIL_GROWTH;
	f->tail_next = rg_time_add(now, first_ns);
	f->tail_end = rg_time_add(now, last_ns);
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

void rg_flow_tx_push(struct rg_flow_tx *f, rg_time now, const struct rg_media *m, unsigned n,
	struct rg_flow_tx_out *out)
{
	RG_ASSERT(out->send_cap - out->n_send >= n && out->drop_cap - out->n_drop >= n);
	tx_credit(f, now);
	if (n > 0 && f->conf.keep_history)
		expect_more(f, now, n);
	for (unsigned i = 0; i < n; i++) {
		f->flow_id = m[i].flow_id;
		push_one(f, now, &m[i], out);
	}
	roll(f, now);
}

/* Plain copies of the last packet, not marked as retransmissions: those open no gap at the
 * receiver (trap M62), these do, and it drops what it has as duplicates. */
static void send_tail(struct rg_flow_tx *f, rg_time now, struct rg_flow_tx_out *out)
{
	if (rg_time_before(now, f->tail_next))
		return;
	if (rg_time_before(f->tail_end, now) || f->next == f->oldest) {
		f->tail_next = RG_TIME_NEVER;
		return;
	}
	if (out->n_send == out->send_cap) {
		out->more = true;
		return;
	}
	tx_lend(f, f->next - 1, 0, now, out);
	f->tail_next = rg_time_add(now, f->tail_step_ns);
	f->tail_step_ns =
		rg_min_i64(f->tail_step_ns + f->tail_step_ns / f->tail_growth, TX_TAIL_MAX_NS);
}

/* An end comes once, and a burst of loss ends by packets: many copies, but no faster than the stream
 * was. */
void rg_flow_tx_end(struct rg_flow_tx *f, rg_time now, int64_t buffer_ns)
{
	int64_t step = rg_clamp_i64(f->gap_ns, TX_END_STEP_NS, TX_TAIL_STEP_NS);

	if (f->next == f->oldest)
		return;
	plan_tail(f, now, step, buffer_ns);
	f->tail_step_ns = step;
	f->tail_growth = TX_END_GROWTH;
}

/* The oldest packet is past its time. The one the tail repeats stays. */
static bool expired(const struct rg_flow_tx *f, rg_time now)
{
	uint32_t n = f->next - f->oldest;
	int64_t age =
		(int64_t)(tx_us(f, now) - f->ring[f->oldest & f->mask].sent_us) * RG_NS_PER_US;

	if (n == 0)
		return false;
	if (f->condemned)
		return true;
	return age >= f->conf.history_ns && (n > 1 || f->tail_next.ns == RG_TIME_NEVER.ns);
}

void rg_flow_tx_poll(struct rg_flow_tx *f, rg_time now, struct rg_flow_tx_out *out)
{
	out->more = false;
	tx_credit(f, now);
	while (expired(f, now)) {
		if (out->n_drop == out->drop_cap) {
			out->more = true;
			break;
		}
		evict(f, f->condemned ? RG_V_STREAM_CLOSED : RG_V_HISTORY_EXPIRED, out);
	}
	send_tail(f, now, out);
	tx_retry_poll(f, now, out);
	roll(f, now);
}

rg_time rg_flow_tx_wakeup(const struct rg_flow_tx *f)
{
	rg_time t = rg_time_min(f->tail_next, tx_retry_wakeup(f));
	uint32_t age_us;

	if (f->next == f->oldest)
		return t;
	if (f->condemned)
		return (rg_time){0};
	if (f->next - f->oldest == 1 && f->tail_next.ns != RG_TIME_NEVER.ns)
		return t; /* stays for the tail */
	age_us = tx_us(f, f->credit_at) - f->ring[f->oldest & f->mask].sent_us;
	return rg_time_min(t,
		rg_time_add(
			f->credit_at, f->conf.history_ns - age_us * RG_NS_PER_US + RG_NS_PER_US));
}

void rg_flow_tx_set_rtt(struct rg_flow_tx *f, int64_t rtt_ns)
{
	f->rtt_ns = rg_clamp_i64(rtt_ns, f->conf.rtt_min_ns, f->conf.rtt_max_ns);
}

uint32_t rg_flow_tx_newest(const struct rg_flow_tx *f)
{
	return f->next - 1;
}

void rg_flow_tx_flush(struct rg_flow_tx *f)
{
	f->condemned = true;
	f->tail_next = RG_TIME_NEVER;
	f->q_head = f->q_tail;
}

bool rg_flow_tx_empty(const struct rg_flow_tx *f)
{
	return f->next == f->oldest;
}

void rg_flow_tx_stats(const struct rg_flow_tx *f, rg_time now, struct rg_flow_tx_stats *out)
{
	*out = f->st;
	out->history_packets = f->next - f->oldest;
	if (rg_time_diff(now, f->gauge_end) > RG_NS_PER_S) {
		out->bandwidth_bps = 0;
		out->retry_bandwidth_bps = 0;
	}
}
