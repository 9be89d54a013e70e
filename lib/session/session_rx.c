/* SPDX-License-Identifier: BSD-3-Clause */
/* Media of an input: from the burst to the flows, and from the flows in order. */
#include "rg_npd.h"
#include "session_priv.h"

#define PLAY_SLEW_SHIFT 12 /* our timeline follows the source's clock over 4,096 packets */

uint32_t rg_rx_flows(const struct rg_side_plan *p)
{
	return rg_report_flows(p->kind, p->rist.max_flows);
}

/* More peers than flows, so that strangers fill none. */
static uint32_t peer_slots(const struct rg_side_plan *p)
{
	return rg_rx_flows(p) + SPARE_PEERS;
}

/* Where the parts of a RIST input lie behind it. */
struct rx_layout {
	size_t flows, peers, due, places, tunnel, cores, total;
};

static struct rx_layout rx_layout(const struct rg_side_plan *p)
{
	uint32_t n_flows = rg_rx_flows(p);
	struct rg_flow_rx_conf c;
	struct rx_layout l;

	l.flows = rg_align_up(sizeof(struct rg_rx), RG_CACHE_LINE);
	l.total = l.flows;
	if (!is_rist(p))
		return l;
	conf_rx(p, &c);
	l.peers = l.flows + rg_align_up(n_flows * sizeof(struct flow), RG_CACHE_LINE);
	l.due = l.peers + rg_align_up(peer_slots(p) * sizeof(struct peer), RG_CACHE_LINE);
	l.places = l.due + rg_align_up(rg_due_footprint(n_flows), RG_CACHE_LINE);
	l.tunnel = l.places + SOURCES_CACHED * sizeof(uint16_t);
	l.cores = l.tunnel + tunnel_footprint(p, peer_slots(p));
	l.total = l.cores + n_flows * rg_flow_rx_footprint(&c);
	return l;
}

uint32_t rg_rx_keys(const struct rg_side_plan *p)
{
	return tunnel_keys(p, peer_slots(p));
}

size_t rg_rx_footprint(const struct rg_side_plan *p)
{
	return rx_layout(p).total;
}

struct rg_rx *rg_rx_init(void *mem, const struct rg_side_plan *p, rg_time now)
{
	struct rx_layout l = rx_layout(p);
	struct rg_rx *rx = mem;
	uint8_t *at = mem;

	memset(mem, 0, is_rist(p) ? l.cores : l.total);
	rx->plan = p;
	rx->ep = p->ep;
	rx->ep_rtcp = p->ep_rtcp;
	rx->next_report = RG_TIME_NEVER;
	if (!is_rist(p))
		return rx;
	conf_rx(p, &rx->conf);
	rx->ops = rg_profile(p->rist.profile);
	rx->narrow = rx->ops->tunnel && !p->rist.seq_ext;
	rx->n_flows = rg_rx_flows(p);
	rx->max_peers = peer_slots(p);
	rx->flows = (struct flow *)(void *)(at + l.flows);
	rx->peers = (struct peer *)(void *)(at + l.peers);
	rx->places = (uint16_t *)(void *)(at + l.places);
	rg_due_init(&rx->due, at + l.due, rx->n_flows);
	for (uint32_t i = 0; i < rx->n_flows; i++)
		rx->flows[i].mem = at + l.cores + i * rg_flow_rx_footprint(&rx->conf);
	rx->report_ns = report_interval(p);
	rx->timeout_ns = session_timeout(p);
	rx->next_report = now;
	rx->flow_opens = rx->peer_opens = (struct opens){now, RG_NS_PER_S};
	if (!p->listen) {
		struct rg_addr rtcp = rtcp_of(p, p->remote);

		peer_open(rx->peers, &rx->n_peers, 1, &rtcp, now)->fixed = true;
	}
	tunnel_init(&rx->tunnel, p, rx->peers, &rx->n_peers, rx->max_peers, at + l.tunnel, now);
	return rx;
}

void rg_rx_fetch(const struct rg_rx *rx)
{
	rg_prefetch_near(rx, RX_HOT_BYTES);
}

void rg_rx_fetch_flow(const struct rg_rx *rx)
{
	if (rx->n_flows == 0)
		return;
	rg_prefetch_near(rx->due.heap, 1);
	if (rx->last)
		rg_prefetch_near(rx->last, FLOW_HOT_BYTES);
}

void rg_rx_fetch_core(const struct rg_rx *rx, enum rg_fetch step)
{
	if (rx->last)
		rg_flow_rx_fetch(rx->last->core, step);
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
			.virt_dst = rx->plan->stream_id,
			.flags = RG_MEDIA_PLAYED,
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

/* TR-06-2 section 8.3: the upper half of the number means something between two that agreed on it,
 * others write what they like there (M157). */
static void narrow(struct rg_media *m, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		m[i].seq &= 0xffff;
		m[i].flags &= (uint8_t)~RG_MEDIA_WIDE;
	}
}

/* TR-06-2 section 8.5: puts null packets back where the sender left them out, in a buffer of its
 * own, since the one that came may have no room. Where they do not fit, the cells that are there are
 * good as they are. False: no buffer, the packet is gone. */
static bool put_nulls_back(struct rg_io *io, struct rg_media *m)
{
	const struct rg_npd npd = {
		.nulls = m->npd & RG_NPD_BITMAP, .ts204 = (m->npd & RG_NPD_204) != 0};
	const struct rg_newbuf *b = rg_io_take(io);
	int len;

	m->npd = 0;
	if (!b) {
		rg_io_free(io, m->buf);
		return false;
	}
	len = rg_npd_restore(
		b->data, (uint16_t)rg_min_u32(b->cap_bytes, UINT16_MAX), m->data, m->len, &npd);
	rg_io_free(io, len < 0 ? b->buf : m->buf);
	if (len >= 0) {
		m->buf = b->buf;
		m->data = b->data;
		m->len = (uint16_t)len;
	}
	return true;
}

static unsigned restore_nulls(struct rg_io *io, struct rg_media *m, uint8_t *from, unsigned n)
{
	unsigned k = 0;

	while (k < n && m[k].npd == 0)
		k++;
	for (unsigned i = k; i < n; i++) {
		if (m[i].npd && !put_nulls_back(io, &m[i]))
			continue;
		if (k != i) {
			from[k] = from[i];
			m[k] = m[i];
		}
		k++;
	}
	return k;
}

static void feed(struct rg_rx *rx, struct rg_io *io, struct flow *f, struct rg_media *m, unsigned n)
{
	struct rg_flow_rx_out out = {.drop = io->dropped, .drop_cap = RG_IO_DROPS};

	rg_widen(&f->widen, m, n);
	flow_note(f, io->now, m, n);
	rg_flow_rx_feed(f->core, io->now, m, n, &out);
	rg_io_drop(io, out.drop, out.n_drop);
	flow_wake(rx, f, out.more ? io->now : rg_flow_rx_wakeup(f->core));
}

/* Media may pause while RTCP goes on: then another nonce is no sign of a sender that began anew. */
static bool peer_counts_on(
	const struct rg_rx *rx, rg_time now, const struct flow *f, uint32_t nonce)
{
	const struct counter *c;

	if (f->peer == NO_INDEX)
		return false;
	c = &rx->peers[f->peer].way.count;
	return c->nonce != nonce && rg_time_diff(now, c->at) < NONCE_SILENT_NS;
}

/* Marks what may be a record, and tells the keyring which nonces were rotations of a peer's key. */
static void mark_record(
	struct rg_rx *rx, rg_time now, struct flow *f, struct rg_media *m, const struct rg_env *e)
{
	enum counted how = COUNTED_BESIDE;

	if (f->count.nonce == e->env.nonce || !peer_counts_on(rx, now, f, e->env.nonce))
		how = tunnel_count(&f->count, now, &e->env);
	if (how != COUNTED_ON)
		m->flags |= how == COUNTED_OLD ? RG_MEDIA_RECORD : RG_MEDIA_BESIDE;
	if (how != COUNTED_OLD)
		rg_keyring_earned(rx->tunnel.ring, e->key, f->peer);
}

/* The flow of m[0], opened if need be; NULL: the packet was dropped. */
static struct flow *flow_of(
	struct rg_rx *rx, struct rg_io *io, const struct rg_addr *src, const struct rg_media *m)
{
	struct flow *f = flow_find(rx, src, m->flow_id);
	enum rg_verdict why = RG_V_OUT_OF_WINDOW;

	if (!f)
		f = flow_other(rx, io, src, m, &why);
	if (!f)
		rg_io_drop(io, &(struct rg_dropped){.buf = m->buf, .verdict = why}, 1);
	return f;
}

/* [take] The burst, when it is more than the listener takes. */
static bool burst_affordable(
	struct rg_rx *rx, struct rg_io *io, const struct rg_dgram *in, unsigned n)
{
	uint32_t bytes = 0;

	for (unsigned i = 0; i < n; i++)
		bytes += in[i].len;
	if (tunnel_affordable(&rx->tunnel, io->now, bytes))
		return true;
	for (unsigned i = 0; i < n; i++)
		rg_io_drop(io, &(struct rg_dropped){in[i].buf, RG_V_RATE_LIMIT, 0}, 1);
	return false;
}

unsigned rg_rx_media(struct rg_rx *rx, struct rg_io *io, const struct rg_dgram *in, unsigned n,
	const struct rg_env *env, struct rg_media *m)
{
	uint8_t from[RG_BURST];
	unsigned k, n_bad, end;

	if (!rx->ops)
		return take_raw(rx, io, in, n, m);
	if (!rx->tunnel.ops && !burst_affordable(rx, io, in, n))
		return 0;
	k = rx->ops->rx_media(in, n, m, from, io->dropped, &n_bad);
	rg_io_drop(io, io->dropped, n_bad);
	if (rx->narrow)
		narrow(m, k);
	if (rx->tunnel.ops)
		k = restore_nulls(io, m, from, k);
	for (unsigned i = 0; i < k; i = end) {
		const struct rg_addr *src = &in[from[i]].peer;
		struct flow *f = flow_of(rx, io, src, &m[i]);

		end = i + 1;
		if (!f)
			continue;
		while (end < k && m[end].flow_id == m[i].flow_id &&
			rg_addr_eq(&in[from[end]].peer, src))
			end++;
		for (unsigned j = i; rx->tunnel.ring && j < end; j++)
			mark_record(rx, io->now, f, &m[j], &env[from[j]]);
		feed(rx, io, f, &m[i], end - i);
	}
	return 0;
}

void rx_feed_rtt(struct rg_rx *rx, const struct peer *p)
{
	uint16_t index = (uint16_t)(p - rx->peers);

	if (p->rtt.samples == 0)
		return;
	for (uint32_t i = 0; i < rx->n_flows; i++)
		if (rx->flows[i].state == FLOW_OPEN && rx->flows[i].peer == index)
			rg_flow_rx_set_rtt(rx->flows[i].core, p->rtt.ewma_ns, p->rtt.var_ns);
}

/* Delivered packets onto our own timeline: the source's spacing, our clock. */
static void play(
	const struct rg_rx *rx, struct flow *f, rg_time now, struct rg_media *m, unsigned n)
{
	uint16_t slot = (uint16_t)(f - rx->flows);
	uint8_t played = rx->played == f ? RG_MEDIA_PLAYED : 0;

	for (unsigned i = 0; i < n; i++) {
		int64_t err = now.ns - (m[i].src_ns + f->play_offset_ns);

		rg_buf_prefetch(m[i].buf, 1); /* as in the playout */
		__builtin_prefetch(m[i].data - 1, 1); /* headers go there */
		if (!f->playing || m[i].flags & RG_MEDIA_START || err > RG_NS_PER_S ||
			err < -RG_NS_PER_S) {
			f->play_offset_ns += err;
			f->playing = true;
		} else {
			f->play_offset_ns += err / (1 << PLAY_SLEW_SHIFT);
		}
		m[i].src_ns += f->play_offset_ns;
		m[i].rtp_ts = (uint32_t)rg_rtp_ticks_from_ns(rg_max_i64(m[i].src_ns, 0));
		m[i].flags = (uint8_t)((m[i].flags & (RG_MEDIA_DISCONTINUITY | RG_MEDIA_START)) |
			played);
		m[i].slot = slot;
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
	flow_wake(rx, f, out.more ? io->now : rg_flow_rx_wakeup(f->core));
	if (rx->played != f)
		flow_elect(rx);
	play(rx, f, io->now, m, out.n_deliver);
	return out.n_deliver;
}

void flow_close(struct rg_rx *rx, struct flow *f)
{
	rg_flow_rx_flush(f->core);
	f->state = FLOW_DRAINING;
	f->peer = NO_INDEX;
	flow_wake(rx, f, (rg_time){INT64_MIN});
	if (rx->last == f)
		rx->last = NULL;
	if (rx->played == f)
		rx->played = NULL;
}

void flow_drain(struct rg_rx *rx, struct rg_io *io, struct flow *f)
{
	struct rg_flow_rx_out out = {.drop = io->dropped, .drop_cap = RG_IO_DROPS};

	if (!rg_flow_rx_empty(f->core))
		rg_flow_rx_poll(f->core, io->now, &out);
	rg_io_drop(io, out.drop, out.n_drop);
	if (rg_flow_rx_empty(f->core)) {
		f->state = FLOW_FREE;
		flow_wake(rx, f, RG_TIME_NEVER);
	}
}

unsigned rg_rx_poll(struct rg_rx *rx, struct rg_io *io, struct rg_media *m, unsigned cap)
{
	uint32_t ids[FLOWS_PER_POLL];
	unsigned n = 0, n_due = 0;

	/* each once: who has more to do is due again in the next poll */
	while (n_due < FLOWS_PER_POLL && !rg_time_before(io->now, rg_due_next(&rx->due))) {
		ids[n_due] = rg_due_first(&rx->due);
		rg_due_set(&rx->due, ids[n_due++], RG_TIME_NEVER);
	}
	for (unsigned i = 0; i < n_due; i++) {
		struct flow *f = &rx->flows[ids[i]];

		if (f->state == FLOW_OPEN && n < cap) {
			n += poll_flow(rx, io, f, m + n, cap - n);
			continue;
		}
		flow_wake(rx, f, io->now);
		if (f->state == FLOW_DRAINING)
			flow_drain(rx, io, f);
	}
	if (rx->closing)
		tunnel_close(&rx->tunnel, io);
	else if (!rg_time_before(io->now, rx->next_report))
		rx_tick(rx, io);
	if (rx->tunnel.n_oob)
		tunnel_oob_flush(&rx->tunnel, io);
	return n;
}

rg_time rg_rx_wakeup(const struct rg_rx *rx)
{
	rg_time t = rx->next_report;

	if (rx->closing && !tunnel_closed(&rx->tunnel))
		return (rg_time){INT64_MIN};
	if (rx->tunnel.unpark)
		return (rg_time){INT64_MIN};
	t = rg_time_min(t, tunnel_oob_wakeup(&rx->tunnel));
	return rx->n_flows ? rg_time_min(t, rg_due_next(&rx->due)) : t;
}

void rg_rx_close(struct rg_rx *rx, struct rg_io *io)
{
	rx->closing = true;
	rx->next_report = RG_TIME_NEVER;
	if (!rx->ops)
		return;
	rx_bye(rx, io);
	tunnel_close(&rx->tunnel, io);
	for (uint32_t i = 0; i < rx->n_flows; i++)
		if (rx->flows[i].state == FLOW_OPEN)
			flow_close(rx, &rx->flows[i]);
}

bool rg_rx_closed(const struct rg_rx *rx)
{
	if (!rx->closing || !tunnel_closed(&rx->tunnel))
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

/* libRIST's multiplexing: its own source ports begin at 32768, so one below it was configured.
 * M94: retransmissions have an even port. */
static uint32_t inner_port(const struct rg_media *m, const struct rg_side_plan *out)
{
	bool src = out->multiplex_mode == RG_MULTIPLEX_SRC ||
		(out->multiplex_mode == RG_MULTIPLEX_AUTO && m->virt_src < 32768);

	return (src ? m->virt_src : m->virt_dst) & ~1u;
}

/* Which of an input's flows an output carries: by the name of its source, by its place, or the one
 * that is played. And what part of it, by its inner ports. */
bool rg_rx_chosen(const struct rg_rx *rx, const struct rg_media *m, const struct rg_side_plan *out)
{
	if (out->flow_cname[0]) {
		const struct flow *f = rx->n_flows ? &rx->flows[m->slot] : NULL;
		const struct peer *p = f && f->peer != NO_INDEX ? &rx->peers[f->peer] : NULL;

		if (!p || p->cname_len != strlen(out->flow_cname) ||
			memcmp(p->cname, out->flow_cname, p->cname_len) != 0)
			return false;
	} else if (out->flow) {
		if (out->flow != m->slot + 1u)
			return false;
	} else if (!rg_by_port(out)) {
		return m->flags & RG_MEDIA_PLAYED;
	}
	return !rg_by_port(out) || inner_port(m, out) == out->stream_id;
}

bool rg_rx_stays_with(const struct rg_rx *rx, const struct rg_media *m, struct rg_choice *c)
{
	const struct flow *mine, *other;
	int claim = 0;

	if (rx->n_flows == 0)
		return true;
	mine = &rx->flows[m->slot];
	other = &rx->flows[c->place ? c->place - 1 : 0];
	/* the place may be another flow's by now */
	if (c->place && other->flow_id == c->flow_id) {
		if (other == mine)
			return true;
		claim = flow_claim(other);
	}
	if (claim > 1 || flow_claim(mine) <= claim)
		return false;
	*c = (struct rg_choice){.flow_id = mine->flow_id, .place = m->slot + 1u};
	return true;
}

bool rg_rx_report(const struct rg_rx *rx, rg_time now, unsigned slot, struct rg_input_report *out)
{
	const struct flow *f = rx->n_flows ? &rx->flows[slot] : NULL;
	const struct peer *p = f && f->core && f->peer != NO_INDEX ? &rx->peers[f->peer] : NULL;

	/* the totals of a flow that ended stay until another one needs its place */
	if (!f || !f->core)
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
