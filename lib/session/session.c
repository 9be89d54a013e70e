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
	if (p->ep == RG_EP_NONE || p->ring_slots < SLOTS_MIN || p->ssrc & 1)
		return -RG_E_INVAL;
	if ((p->ep_rtcp == RG_EP_NONE) != (rg_profile(p->rist.profile)->rtcp_port == 0))
		return -RG_E_INVAL;
	if (p->rist.aes_bits && (!p->tx_keys[0] || !rg_profile(p->rist.profile)->tunnel))
		return -RG_E_INVAL;
	if (!p->listen && p->remote.af == RG_AF_NONE)
		return -RG_E_INVAL;
	return 0;
}

static int64_t ms(uint32_t v)
{
	return v * RG_NS_PER_MS;
}

/* TR-06-2 section 8.3: the extension makes 32 bits of 16. */
static uint32_t seq_bits(const struct rg_side_plan *p)
{
	return p->rist.seq_ext ? 32 : rg_profile(p->rist.profile)->seq_bits;
}

static uint32_t slots(const struct rg_side_plan *p)
{
	uint32_t most = seq_bits(p) == 16 ? 65536 : UINT32_C(1) << 22;

	return rg_pow2_ceil(rg_min_u32(p->ring_slots, most));
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
		.recovery = r->one_way ? RG_RECOVERY_OFF : (enum rg_recovery)r->recovery,
		.timing = (enum rg_timing)r->timing_mode,
		.buffer_ns = (ms(r->buffer_min_ms) + ms(r->buffer_max_ms)) / 2,
		.reorder_ns = ms(r->reorder_buffer_ms),
		.rtt_min_ns = rtt_min,
		.rtt_max_ns = rg_max_i64(ms(r->rtt_max_ms), rtt_min),
		.max_retries = r->max_retries,
		.ring_slots = slots(p),
		.seq_bits = seq_bits(p),
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
		.seq_bits = seq_bits(p),
		.history_slots = slots(p),
		.history_ns = ms(r->buffer_max_ms) + HISTORY_EXTRA_NS,
		.rtt_min_ns = rtt_min,
		.rtt_max_ns = rg_max_i64(ms(r->rtt_max_ms), rtt_min),
		.max_retries = r->max_retries,
		.bandwidth_Bps = r->bandwidth_kbps * UINT64_C(125),
		.keep_history = !r->one_way,
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

struct rg_addr rtcp_of(const struct rg_side_plan *p, struct rg_addr media)
{
	media.port = (uint16_t)(media.port + rg_profile(p->rist.profile)->rtcp_port);
	return media;
}

struct rg_addr media_of(const struct rg_side_plan *p, struct rg_addr rtcp)
{
	rtcp.port = (uint16_t)(rtcp.port - rg_profile(p->rist.profile)->rtcp_port);
	return rtcp;
}

rg_time next_tick(const struct rg_side_plan *p, rg_time now, int64_t every_ns)
{
	int64_t phase = every_ns * (p->ssrc >> 1 & 1023) / 1024;

	return rg_time_add(now, every_ns - (now.ns + every_ns - phase) % every_ns);
}

/* A compound of len bytes at b->data + room on its way. */
static void control_put(struct rg_tunnel *t, struct rg_io *io, const struct peer *to,
	const struct rg_newbuf *b, unsigned room, size_t len)
{
	struct rg_dgram d = {.buf = b->buf,
		.data = b->data + room,
		.peer = to->rtcp,
		.ep = t->ops ? t->plan->ep : t->plan->ep_rtcp,
		.len = (uint16_t)len,
		.stream = io->stream};
	struct rg_content what = {.kind = RG_INSIDE_CONTROL,
		.virt_src = t->plan->rist.virt_src_port,
		.virt_dst = (uint16_t)(t->plan->rist.virt_dst_port + 1)};

	if (!t->sends && to->way.virt_src) {
		/* TR-06-2 section 5.5: back the way its own came */
		what.virt_src = to->way.virt_dst;
		what.virt_dst = to->way.virt_src;
	}
	if (!t->ops || tunnel_control(t, io, &to->way, &what, b, (uint16_t)len, &d))
		*rg_io_next(io) = d;
}

void control_send(
	struct rg_tunnel *t, struct rg_io *io, const struct peer *to, struct rg_control_out *c)
{
	const struct rg_side_plan *p = t->plan;
	unsigned room = t->ops ? TUNNEL_ROOM : 0;

	if (p->rist.one_way)
		return;
	c->ssrc = p->ssrc;
	c->cname = p->rist.cname;
	c->cname_len = (uint8_t)strlen(p->rist.cname);
	do {
		const struct rg_newbuf *b;
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
			      ->tx_control(c, b->data + room,
				      rg_min_u32(b->cap_bytes - room, RG_CONTROL_BYTES), &n_done);
		if (len == 0 || (c->n_runs > 0 && n_done == 0)) {
			rg_io_free(io, b->buf);
			rg_io_count(io, RG_V_NO_BUFFER, 1);
			return;
		}
		control_put(t, io, to, b, room, len);
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
