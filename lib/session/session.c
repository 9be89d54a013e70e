/* SPDX-License-Identifier: BSD-3-Clause */
/* Configuration of a side as its cores see it, and the sending of control datagrams. */
#include "session_priv.h"

#define PACKETS_16BIT 32768 /* that 16 bits can tell apart in one buffer */
#define SLOTS_MIN     64 /* the receiver core asks below the first packet it sees */

int rg_side_check(const struct rg_side_plan *p)
{
	if (!is_rist(p))
		return p->ep == RG_EP_NONE ? -RG_E_INVAL : 0;
	if (!rg_profile(p->rist.profile))
		return -RG_E_NOTSUP;
	if (p->ep == RG_EP_NONE || p->ep_rtcp == RG_EP_NONE || p->ring_slots < SLOTS_MIN ||
		p->ssrc & 1)
		return -RG_E_INVAL;
	if (!p->listen && p->remote.af == RG_AF_NONE)
		return -RG_E_INVAL;
	return 0;
}

static int64_t ms(uint32_t v)
{
	return v * RG_NS_PER_MS;
}

static uint32_t slots(const struct rg_side_plan *p)
{
	return rg_pow2_ceil(rg_min_u32(p->ring_slots, 65536));
}

void conf_rx(const struct rg_side_plan *p, struct rg_flow_rx_conf *c)
{
	const struct rg_rist_conf *r = &p->rist;
	int64_t rtt_min = rg_max_i64(ms(r->rtt_min_ms), RTT_FLOOR_NS);

	/* libRIST's cadence spreads its retries over the buffer (M50); a plan made from the
	 * deadline counts its rounds itself and gains from a short way. */
	if (r->recovery == RG_RECOVERY_CLASSIC && r->max_retries)
		rtt_min = rg_max_i64(rtt_min, ms(r->buffer_min_ms) / r->max_retries);
	*c = (struct rg_flow_rx_conf){
		.recovery = (enum rg_recovery)r->recovery,
		.timing = (enum rg_timing)r->timing_mode,
		.buffer_ns = (ms(r->buffer_min_ms) + ms(r->buffer_max_ms)) / 2,
		.reorder_ns = ms(r->reorder_buffer_ms),
		.rtt_min_ns = rtt_min,
		.rtt_max_ns = rg_max_i64(ms(r->rtt_max_ms), rtt_min),
		.max_retries = r->max_retries,
		.ring_slots = slots(p),
		.seq_bits = rg_profile(r->profile)->seq_bits,
		.bandwidth_Bps = r->bandwidth_kbps * UINT64_C(125),
		.return_Bps = r->return_bandwidth_kbps * UINT64_C(125),
	};
}

void conf_tx(const struct rg_side_plan *p, struct rg_flow_tx_conf *c)
{
	const struct rg_rist_conf *r = &p->rist;
	int64_t rtt_min = rg_max_i64(ms(r->rtt_min_ms), RTT_FLOOR_NS);

	*c = (struct rg_flow_tx_conf){
		.congestion = (enum rg_congestion)r->congestion_control,
		.first_seq = p->first_seq,
		.seq_bits = rg_profile(r->profile)->seq_bits,
		.history_slots = slots(p),
		.history_ns = ms(r->buffer_max_ms) + HISTORY_EXTRA_NS,
		.rtt_min_ns = rtt_min,
		.rtt_max_ns = rg_max_i64(ms(r->rtt_max_ms), rtt_min),
		.max_retries = r->max_retries,
		.bandwidth_Bps = r->bandwidth_kbps * UINT64_C(125),
		.keep_history = 1,
	};
}

int64_t report_interval(const struct rg_side_plan *p)
{
	uint32_t keepalive = p->rist.keepalive_interval_ms;

	return keepalive ? rg_min_i64(REPORT_NS, ms(keepalive)) : REPORT_NS;
}

int64_t session_timeout(const struct rg_side_plan *p)
{
	return p->rist.session_timeout_ms ? ms(p->rist.session_timeout_ms) : TIMEOUT_NS;
}

struct rg_addr next_port(struct rg_addr a, int step)
{
	a.port = (uint16_t)(a.port + step);
	return a;
}

rg_time next_tick(rg_time last, rg_time now, int64_t every_ns)
{
	rg_time next = rg_time_add(last, every_ns);

	return rg_time_before(now, next) ? next : rg_time_add(now, every_ns);
}

void control_send(const struct rg_side_plan *p, struct rg_io *io, const struct rg_addr *to,
	struct rg_control_out *c)
{
	c->ssrc = p->ssrc;
	c->cname = p->rist.cname;
	c->cname_len = (uint8_t)strlen(p->rist.cname);
	do {
		const struct rg_newbuf *b;
		struct rg_dgram *d;
		unsigned n_done;
		size_t len;

		if (rg_io_room(io) == 0) {
			rg_io_count(io, RG_V_TX_RING_FULL, 1);
			return;
		}
		b = rg_io_take(io);
		if (!b)
			return;
		len = rg_profile(p->rist.profile)
			      ->tx_control(c, b->data, rg_min_u32(b->cap_bytes, RG_CONTROL_BYTES),
				      &n_done);
		if (len == 0 || (c->n_runs > 0 && n_done == 0)) {
			rg_io_free(io, b->buf);
			rg_io_count(io, RG_V_NO_BUFFER, 1);
			return;
		}
		d = rg_io_next(io);
		d->buf = b->buf;
		d->data = b->data;
		d->peer = *to;
		d->ep = p->ep_rtcp;
		d->len = (uint16_t)len;
		d->hdr_len = 0;
		d->flags = 0;
		d->stream = io->stream;
		c->runs += n_done;
		c->n_runs -= n_done;
	} while (c->n_runs > 0);
}

bool rate_exceeds(struct rate *r, rg_time now, uint64_t count, int64_t buffer_ns)
{
	int64_t span = rg_time_diff(now, r->start);
	uint64_t n = count - r->count;
	bool over;

	if (span < RATE_WINDOW_NS)
		return false;
	/* n packets in span: more than 2^15 in one buffer? All in milliseconds against overflow. */
	over = n * (uint64_t)(buffer_ns / RG_NS_PER_MS) >
		PACKETS_16BIT * (uint64_t)(span / RG_NS_PER_MS);
	r->start = now;
	r->count = count;
	if (!over || r->warned)
		return false;
	r->warned = true;
	return true;
}
