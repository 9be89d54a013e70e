/* SPDX-License-Identifier: BSD-3-Clause */
/* NACKs: which of the asked packets are sent again, and when. */
#include "flow_tx_priv.h"

/* Requests of one packet inside this time are one round. In aggressive mode a whole round trip,
 * as careful as libRIST; normally short, so that a receiver that knows its deadline may ask for
 * several copies; off: every request is answered. */
static uint32_t window_us(const struct rg_flow_tx *f)
{
	int64_t w = 0;

	switch (f->conf.congestion) {
	case RG_CONGESTION_OFF:
		break;
	case RG_CONGESTION_NORMAL:
		w = rg_min_i64(f->rtt_ns, RG_ROUND_WINDOW_NS);
		break;
	case RG_CONGESTION_AGGRESSIVE:
		w = f->rtt_ns;
		break;
	}
	return (uint32_t)(w / RG_NS_PER_US);
}

static bool over_budget(const struct rg_flow_tx *f)
{
	return f->conf.congestion != RG_CONGESTION_OFF && f->credit < 0;
}

/* A receiver that asks again before an answer can have come plans by itself how many it needs. One
 * that asks once a round trip does not, and a packet it asks for again is rare and soon due: it gets
 * two answers in a packet's second round and three from then on. */
static void note_request(struct rg_flow_tx *f, bool soon)
{
	if (soon)
		f->peer_plans = rg_min_u32(f->peer_plans + TX_PLANS_STEP, TX_PLANS_MOST);
	else if (f->peer_plans > 0)
		f->peer_plans--;
}

static uint32_t answers(const struct rg_flow_tx *f, const struct asked *a)
{
	if (f->conf.congestion != RG_CONGESTION_NORMAL || f->peer_plans > TX_PLANS_MOST / 2 ||
		over_budget(f))
		return 1;
	return a->rounds < 3 ? a->rounds : 3;
}

static bool put(struct rg_flow_tx *f, struct asked *a, uint32_t seq, uint32_t now_us)
{
	if (a->copies >= TX_COPIES_LIMIT * f->conf.max_retries || a->copies == UINT8_MAX) {
		f->st.retransmit_exhausted++;
		return false;
	}
	if (f->q_tail - f->q_head > f->queue_mask) {
		f->st.bandwidth_skipped++;
		return false;
	}
	a->copies++;
	f->queue[f->q_tail++ & f->queue_mask] = (struct retry){seq, now_us};
	return true;
}

static void enqueue(struct rg_flow_tx *f, uint32_t seq, uint32_t now_us)
{
	struct asked *a = tx_asked_of(f, seq);
	uint32_t since_us = now_us - a->at_us;
	bool soon = a->copies > 0 && since_us <= (uint32_t)(f->rtt_ns / 2 / RG_NS_PER_US);

	note_request(f, soon);
	if (a->queued || (a->copies > 0 && since_us < window_us(f))) {
		f->st.retransmit_suppressed++;
		return;
	}
	/* copies of one round follow each other faster than a round trip */
	if (!soon) {
		if (a->rounds >= f->conf.max_retries) {
			f->st.retransmit_exhausted++;
			return;
		}
		a->rounds++;
	}
	for (uint32_t n = answers(f, a); n > 0 && put(f, a, seq, now_us); n--) {
		a->at_us = now_us;
		a->queued = 1;
	}
}

void rg_flow_tx_nack(struct rg_flow_tx *f, rg_time now, const struct rg_run *runs, unsigned n)
{
	uint32_t now_us = tx_us(f, now);

	if (f->condemned)
		return;
	for (unsigned i = 0; i < n; i++) {
		uint32_t skipped = 0;

		f->st.nacked += runs[i].n;
		for (uint32_t k = 0; k < runs[i].n && k <= f->history->mask; k++) {
			if (tx_has(f, runs[i].first + k))
				enqueue(f, runs[i].first + k, now_us);
			else
				skipped++;
		}
		if (runs[i].n > f->history->mask + 1)
			skipped += runs[i].n - f->history->mask - 1;
		f->st.retransmit_skipped += skipped;
	}
}

/* What waited for a whole round trip is asked for again anyway. */
static bool stale(const struct rg_flow_tx *f, const struct retry *r, rg_time now)
{
	return (int64_t)(tx_us(f, now) - r->at_us) * RG_NS_PER_US > f->rtt_ns;
}

void tx_retry_poll(struct rg_flow_tx *f, rg_time now, struct rg_flow_tx_out *out)
{
	while (f->q_head != f->q_tail) {
		const struct retry *r = &f->queue[f->q_head & f->queue_mask];
		struct asked *a = tx_asked_of(f, r->seq);
		uint32_t len = tx_sent(f, r->seq)->len;

		if (!tx_has(f, r->seq)) {
			f->st.retransmit_skipped++;
		} else if (over_budget(f)) {
			if (!stale(f, r, now))
				return;
			f->st.bandwidth_skipped++;
			a->queued = 0;
		} else if (out->n_send == out->send_cap) {
			out->more = true;
			return;
		} else {
			tx_lend(f, r->seq, RG_MEDIA_RETX, now, out);
			tx_pay(f, len);
			a->queued = 0;
			f->st.retransmitted++;
			f->st.retransmitted_bytes += len;
			f->gauge_retry_bytes += len;
		}
		f->q_head++;
	}
}

rg_time tx_retry_wakeup(const struct rg_flow_tx *f)
{
	int64_t rate = (int64_t)f->conf.bandwidth_Bps;

	if (f->q_head == f->q_tail)
		return RG_TIME_NEVER;
	if (!over_budget(f) || rate == 0)
		return f->credit_at;
	return rg_time_add(f->credit_at, -f->credit / rate + 1);
}
