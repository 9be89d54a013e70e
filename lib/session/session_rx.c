/* SPDX-License-Identifier: BSD-3-Clause */
/* Media of an input: from the burst to the flows, and from the flows in order. */
#include "session_priv.h"

#define PLAY_SLEW_SHIFT 12 /* our timeline follows the source's clock over 4,096 packets */

static uint32_t flow_slots(const struct rg_side_plan *p)
{
	return p->rist.max_flows ? rg_min_u32(p->rist.max_flows, RG_REPORT_FLOWS) : 1;
}

size_t rg_rx_footprint(const struct rg_side_plan *p)
{
	size_t n = rg_align_up(sizeof(struct rg_rx), RG_CACHE_LINE);
	struct rg_flow_rx_conf c;

	if (is_rist(p)) {
		conf_rx(p, &c);
		n += rg_flow_rx_footprint(&c) * flow_slots(p);
	}
	return n;
}

struct rg_rx *rg_rx_init(void *mem, const struct rg_side_plan *p, rg_time now)
{
	struct rg_rx *rx = mem;
	uint8_t *cores = (uint8_t *)mem + rg_align_up(sizeof(*rx), RG_CACHE_LINE);

	memset(rx, 0, sizeof(*rx));
	rx->plan = p;
	rx->ep = p->ep;
	rx->ep_rtcp = p->ep_rtcp;
	rx->next_report = RG_TIME_NEVER;
	if (!is_rist(p))
		return rx;
	conf_rx(p, &rx->conf);
	rx->ops = rg_profile(p->rist.profile);
	rx->n_flows = flow_slots(p);
	rx->n_peers = rg_min_u32(rx->n_flows + SPARE_PEERS, PEERS_MAX);
	for (uint32_t i = 0; i < rx->n_flows; i++)
		rx->flows[i].mem = cores + i * rg_flow_rx_footprint(&rx->conf);
	rx->report_ns = report_interval(p);
	rx->timeout_ns = session_timeout(p);
	rx->next_report = now;
	rx->flow_opens = rx->peer_opens = (struct opens){now, RG_NS_PER_S};
	if (!p->listen) {
		struct rg_addr rtcp = next_port(p->remote, 1);

		peer_open(rx->peers, 1, &rtcp, now)->fixed = true;
	}
	return rx;
}

/* [take] A raw input: what comes is what goes on, stamped with its arrival. */
static unsigned take_raw(struct rg_rx *rx, struct rg_io *io, const struct rg_dgram *in, unsigned n,
	struct rg_media *m)
{
	unsigned k = 0;

	for (unsigned i = 0; i < n; i++) {
		int rc = 0;

		m[k] = (struct rg_media){
			.buf = in[i].buf,
			.data = in[i].data,
			.arrival = in[i].arrival,
			.src_ns = in[i].arrival.ns,
			.rtp_ts = (uint32_t)rg_rtp_ticks_from_ns(in[i].arrival.ns),
			.len = in[i].len,
		};
		rx->ended |= (in[i].flags & RG_DGRAM_EOF) != 0;
		if (rx->closing)
			rc = -RG_V_STREAM_CLOSED;
		else if (in[i].len == 0)
			rc = in[i].flags & RG_DGRAM_EOF ? 0 : -RG_V_SHORT;
		else if (rx->plan->kind == RG_END_RTP)
			rc = rg_rtp_strip(&m[k]);
		if (rc == 0 && in[i].len > 0) {
			rx->raw_packets++;
			rx->raw_bytes += m[k++].len;
			continue;
		}
		if (rc < 0)
			rg_io_count(io, (enum rg_verdict) - rc, 1);
		if (in[i].buf.h)
			rg_io_free(io, in[i].buf);
	}
	return k;
}

static void feed(struct rg_io *io, struct flow *f, struct rg_media *m, unsigned n)
{
	struct rg_flow_rx_out out = {.drop = io->dropped, .drop_cap = RG_IO_DROPS};

	rg_widen(&f->widen, m, n);
	flow_note(f, io->now, m, n);
	rg_flow_rx_feed(f->core, io->now, m, n, &out);
	rg_io_drop(io, out.drop, out.n_drop);
	f->wake = out.more ? io->now : rg_flow_rx_wakeup(f->core);
}

/* The flow of m[0], opened if need be; NULL: the packet was dropped. */
static struct flow *flow_of(
	struct rg_rx *rx, struct rg_io *io, const struct rg_addr *src, const struct rg_media *m)
{
	struct flow *f = flow_find(rx, src);
	enum rg_verdict why = RG_V_OUT_OF_WINDOW;

	if (!f)
		f = flow_admit(rx, io, src, m, &why);
	else if (f->flow_id != m->flow_id && !flow_follows(rx, io, f, m))
		f = NULL;
	if (!f)
		rg_io_drop(io, &(struct rg_dropped){.buf = m->buf, .verdict = why}, 1);
	return f;
}

unsigned rg_rx_media(struct rg_rx *rx, struct rg_io *io, const struct rg_dgram *in, unsigned n,
	struct rg_media *m)
{
	uint8_t from[RG_BURST];
	unsigned k, n_bad, end;

	if (!rx->ops)
		return take_raw(rx, io, in, n, m);
	k = rx->ops->rx_media(in, n, m, from, io->dropped, &n_bad);
	rg_io_drop(io, io->dropped, n_bad);
	for (unsigned i = 0; i < k; i = end) {
		const struct rg_addr *src = &in[from[i]].peer;
		struct flow *f = flow_of(rx, io, src, &m[i]);

		end = i + 1;
		if (!f)
			continue;
		while (end < k && m[end].flow_id == m[i].flow_id &&
			rg_addr_eq(&in[from[end]].peer, src))
			end++;
		feed(io, f, &m[i], end - i);
	}
	return 0;
}

void rx_feed_rtt(struct rg_rx *rx, const struct peer *p)
{
	uint8_t index = (uint8_t)(p - rx->peers);

	if (p->rtt.samples == 0)
		return;
	for (uint32_t i = 0; i < rx->n_flows; i++)
		if (rx->flows[i].state == FLOW_OPEN && rx->flows[i].peer == index)
			rg_flow_rx_set_rtt(rx->flows[i].core, p->rtt.ewma_ns, p->rtt.var_ns);
}

/* Delivered packets onto our own timeline: the source's spacing, our clock. */
static void play(struct flow *f, rg_time now, struct rg_media *m, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		int64_t err = now.ns - (m[i].src_ns + f->play_offset_ns);

		if (!f->playing || m[i].flags & RG_MEDIA_START || err > RG_NS_PER_S ||
			err < -RG_NS_PER_S) {
			f->play_offset_ns += err;
			f->playing = true;
		} else {
			f->play_offset_ns += err / (1 << PLAY_SLEW_SHIFT);
		}
		m[i].src_ns += f->play_offset_ns;
		m[i].rtp_ts = (uint32_t)rg_rtp_ticks_from_ns(rg_max_i64(m[i].src_ns, 0));
		m[i].flags &= RG_MEDIA_DISCONTINUITY | RG_MEDIA_START;
	}
}

static unsigned poll_flow(
	struct rg_rx *rx, struct rg_io *io, struct flow *f, struct rg_media *m, unsigned cap)
{
	struct rg_flow_rx_out out = {
		.deliver = m,
		.deliver_cap = cap,
		.nack = io->runs,
		.nack_cap = RG_IO_RUNS,
		.drop = io->dropped,
		.drop_cap = RG_IO_DROPS,
	};

	rg_flow_rx_poll(f->core, io->now, &out);
	rg_io_drop(io, out.drop, out.n_drop);
	if (out.n_nack)
		rx_nack(rx, io, f, io->runs, out.n_nack);
	f->wake = out.more ? io->now : rg_flow_rx_wakeup(f->core);
	if (rx->played != f)
		flow_elect(rx);
	if (rx->played != f) {
		for (unsigned i = 0; i < out.n_deliver; i++)
			rg_io_drop(io, &(struct rg_dropped){m[i].buf, RG_V_STRANGER, 0}, 1);
		return 0;
	}
	play(f, io->now, m, out.n_deliver);
	return out.n_deliver;
}

void flow_close(struct rg_rx *rx, struct flow *f)
{
	rg_flow_rx_flush(f->core);
	f->state = FLOW_DRAINING;
	f->peer = NO_INDEX;
	f->wake = RG_TIME_NEVER;
	if (rx->last == f)
		rx->last = NULL;
	if (rx->played == f)
		rx->played = NULL;
}

void flow_drain(struct rg_rx *rx, struct rg_io *io, struct flow *f)
{
	struct rg_flow_rx_out out = {.drop = io->dropped, .drop_cap = RG_IO_DROPS};

	(void)rx;
	if (!rg_flow_rx_empty(f->core))
		rg_flow_rx_poll(f->core, io->now, &out);
	rg_io_drop(io, out.drop, out.n_drop);
	if (rg_flow_rx_empty(f->core))
		f->state = FLOW_FREE;
}

unsigned rg_rx_poll(struct rg_rx *rx, struct rg_io *io, struct rg_media *m, unsigned cap)
{
	unsigned n = 0;

	for (uint32_t i = 0; i < rx->n_flows; i++) {
		struct flow *f = &rx->flows[i];

		if (f->state == FLOW_DRAINING)
			flow_drain(rx, io, f);
		else if (f->state == FLOW_OPEN && n < cap && !rg_time_before(io->now, f->wake))
			n += poll_flow(rx, io, f, m + n, cap - n);
	}
	if (!rx->closing && !rg_time_before(io->now, rx->next_report))
		rx_tick(rx, io);
	return n;
}

rg_time rg_rx_wakeup(const struct rg_rx *rx)
{
	rg_time t = rx->next_report;

	for (uint32_t i = 0; i < rx->n_flows; i++) {
		const struct flow *f = &rx->flows[i];

		if (f->state == FLOW_DRAINING)
			return (rg_time){INT64_MIN};
		if (f->state == FLOW_OPEN)
			t = rg_time_min(t, f->wake);
	}
	return t;
}

void rg_rx_close(struct rg_rx *rx, struct rg_io *io)
{
	rx->closing = true;
	rx->next_report = RG_TIME_NEVER;
	if (!rx->ops)
		return;
	rx_bye(rx, io);
	for (uint32_t i = 0; i < rx->n_flows; i++)
		if (rx->flows[i].state == FLOW_OPEN)
			flow_close(rx, &rx->flows[i]);
}

bool rg_rx_closed(const struct rg_rx *rx)
{
	if (!rx->closing)
		return false;
	for (uint32_t i = 0; i < rx->n_flows; i++)
		if (rx->flows[i].state != FLOW_FREE)
			return false;
	return true;
}

bool rg_rx_ended(const struct rg_rx *rx)
{
	return rx->ended;
}

unsigned rg_rx_slots(const struct rg_rx *rx)
{
	return rx->n_flows;
}

bool rg_rx_report(const struct rg_rx *rx, rg_time now, unsigned slot, struct rg_input_report *out)
{
	const struct flow *f = &rx->flows[slot];
	const struct peer *p = f->core && f->peer != NO_INDEX ? &rx->peers[f->peer] : NULL;

	/* the totals of a flow that ended stay until another one needs its place */
	if (!f->core)
		return false;
	memset(out, 0, sizeof(*out));
	out->active = 1;
	out->flow_id = f->flow_id;
	out->seq_bits = rx->conf.seq_bits;
	rg_flow_rx_stats(f->core, now, &out->rx);
	if (p) {
		out->cname_len = p->cname_len;
		memcpy(out->cname, p->cname, p->cname_len);
		peer_fill_report(p, &out->peer);
		out->rtt_us = out->peer.rtt_us;
	}
	out->peer.addr = f->media;
	out->peer.alive = f->state == FLOW_OPEN;
	out->peer.received = f->received;
	out->peer.received_bytes = f->received_bytes;
	return true;
}

void rg_rx_raw_report(const struct rg_rx *rx, uint64_t *packets, uint64_t *bytes)
{
	*packets += rx->raw_packets;
	*bytes += rx->raw_bytes;
}
