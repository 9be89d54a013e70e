/* SPDX-License-Identifier: BSD-3-Clause */
/* Media of an output: packets into the history and out to everybody who wants them. */
#include "rg_npd.h"
#include "session_priv.h"

#define ROOM_USED 28 /* of the room before a payload at most: VSF header, ports, RTP, extension */

/* A listener or a group has several receivers; a caller one. */
static bool many(const struct rg_side_plan *p)
{
	return is_rist(p) && p->listen;
}

static uint32_t peer_slots(const struct rg_side_plan *p)
{
	return p->listen || rg_addr_is_multicast(&p->remote) ? PEERS_MAX : 1;
}

uint32_t rg_tx_keys(const struct rg_side_plan *p)
{
	return tunnel_keys(p, peer_slots(p));
}

bool rg_tx_shares(const struct rg_side_plan *a, const struct rg_side_plan *b)
{
	struct rg_flow_tx_conf x, y;

	if (!is_rist(a) || !is_rist(b) || a->rist.npd || b->rist.npd)
		return false;
	conf_tx(a, &x);
	conf_tx(b, &y);
	return x.history_slots == y.history_slots && x.history_ns == y.history_ns &&
		x.keep_history == y.keep_history;
}

size_t rg_tx_footprint(const struct rg_side_plan *p, bool joins)
{
	size_t n = rg_align_up(sizeof(struct rg_tx), RG_CACHE_LINE);
	struct rg_flow_tx_conf c;

	if (!is_rist(p))
		return n;
	conf_tx(p, &c);
	c.joins = joins;
	n += rg_align_up(rg_flow_tx_footprint(&c), RG_CACHE_LINE);
	n += tunnel_footprint(p, peer_slots(p));
	if (many(p))
		n += rg_align_up(c.history_slots * sizeof(uint32_t), RG_CACHE_LINE);
	return n;
}

/* The peer a caller calls, or the group it sends to. */
static void open_remote(struct rg_tx *tx, const struct rg_side_plan *p, rg_time now)
{
	struct rg_addr rtcp = rtcp_of(p, p->remote);
	struct peer *peer = peer_open(tx->peers, &tx->n_peers, 1, &rtcp, now);

	peer->fixed = true;
	peer->media = p->remote;
}

struct rg_tx *rg_tx_init(void *mem, const struct rg_side_plan *p, struct rg_tx *first, rg_time now)
{
	struct rg_tx *tx = mem;
	uint8_t *next = (uint8_t *)mem + rg_align_up(sizeof(*tx), RG_CACHE_LINE);
	struct rg_flow_tx_conf c;

	memset(tx, 0, sizeof(*tx));
	tx->plan = p;
	tx->ep = p->ep;
	tx->ep_rtcp = p->ep_rtcp;
	tx->next_report = RG_TIME_NEVER;
	tx->ident = (struct rg_tx_ident){
		.ssrc = p->ssrc,
		.payload_type = (uint8_t)(p->rtp_ptype ? p->rtp_ptype & 0x7f : 33),
	};
	if (!is_rist(p)) {
		tx->ops = p->kind == RG_END_RTP ? rg_profile(RG_PROFILE_SIMPLE) : NULL;
		tx->raw_seq = p->first_seq;
		tx->dest[0] = (struct dest){.addr = p->remote};
		tx->n_dest = 1;
		return tx;
	}
	conf_tx(p, &c);
	c.joins = first != NULL;
	tx->ops = rg_profile(p->rist.profile);
	tx->ident.seq_ext = p->rist.seq_ext;
	tx->core = rg_flow_tx_init(next, &c, now);
	if (first)
		rg_flow_tx_join(tx->core, first->core);
	next += rg_align_up(rg_flow_tx_footprint(&c), RG_CACHE_LINE);
	tx->max_peers = peer_slots(p);
	tunnel_init(&tx->tunnel, p, tx->peers, &tx->n_peers, tx->max_peers, next, now);
	tx->tunnel.sends = true;
	next += tunnel_footprint(p, tx->max_peers);
	tx->group = !p->listen && rg_addr_is_multicast(&p->remote);
	if (many(p)) {
		tx->asked = (uint32_t *)(void *)next;
		tx->asked_mask = c.history_slots - 1;
		memset(tx->asked, 0, c.history_slots * sizeof(*tx->asked));
	} else {
		open_remote(tx, p, now);
	}
	tx->report_ns = report_interval(p);
	tx->timeout_ns = session_timeout(p);
	tx->next_report = now;
	tx->peer_opens = (struct opens){now, RG_NS_PER_S};
	tx->rate.start = now;
	tx_dests(tx);
	return tx;
}

void rg_tx_fetch(const struct rg_tx *tx)
{
	rg_prefetch_near(tx, TX_HOT_BYTES);
}

void tx_dests(struct rg_tx *tx)
{
	tx->n_dest = 0;
	for (uint32_t i = 0; i < tx->n_peers; i++) {
		const struct peer *p = &tx->peers[i];

		/* who is called gets media at once; who calls, once it named itself */
		if (p->fixed || (p->named && !tx->group))
			tx->dest[tx->n_dest++] =
				(struct dest){.addr = p->media, .peer = (uint8_t)i};
	}
}

void tx_asked(struct rg_tx *tx, const struct peer *p, const struct rg_run *runs, unsigned n)
{
	uint32_t bit = UINT32_C(1) << (p - tx->peers);

	if (!tx->asked)
		return;
	for (unsigned i = 0; i < n; i++)
		for (uint32_t k = 0; k < runs[i].n; k++)
			tx->asked[(runs[i].first + k) & tx->asked_mask] |= bit;
}

/* Which destinations packet m goes to, as bits of peers. */
static uint32_t wanted(const struct rg_tx *tx, const struct rg_media *m)
{
	uint32_t bits;

	if (!tx->asked || !(m->flags & RG_MEDIA_RETX))
		return UINT32_MAX;
	bits = tx->asked[m->seq & tx->asked_mask];
	return bits ? bits : UINT32_MAX; /* the repeated tail: nobody asked, all get it */
}

/* Header, payload and its buffer, which is only lent. */
static void fill(struct rg_dgram *d, const struct rg_media *m, const struct rg_hdr *h)
{
	d->buf = m->buf;
	d->data = m->data;
	d->len = m->len;
	d->hdr_len = h->len;
	memcpy(d->hdr, h->b, sizeof(h->b));
}

static void address(
	struct rg_dgram *d, const struct rg_tx *tx, const struct rg_io *io, const struct dest *to)
{
	d->arrival = io->now;
	d->peer = to->addr;
	d->ep = tx->ep;
	d->stream = io->stream;
}

static void count_sent(struct peer *p, const struct rg_media *m)
{
	if (m->flags & RG_MEDIA_RETX) {
		p->retransmitted++;
		p->retransmitted_bytes += m->len;
	} else {
		p->sent++;
		p->sent_bytes += m->len;
	}
}

static enum sent_as put(struct rg_tx *tx, struct rg_io *io, const struct rg_media *m,
	const struct rg_hdr *h, const struct dest *to)
{
	struct rg_dgram *d = rg_io_peek(io);
	enum sent_as how = SENT_SHARED;

	if (tx->tunnel.ops) {
		how = tunnel_media(&tx->tunnel, io, &tx->peers[to->peer].way, m, h, d);
		if (how == SENT_NOT)
			return how;
	} else {
		fill(d, m, h);
		d->flags = RG_DGRAM_SHARED;
	}
	address(d, tx, io, to);
	rg_io_next(io);
	count_sent(&tx->peers[to->peer], m);
	return how;
}

/* Where headers to encrypt are written: in no cache once a packet was held, and a store that misses
 * holds up those behind it. */
static void prefetch_room(const struct rg_media *m, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		__builtin_prefetch(m[i].data - 1, 1);
		__builtin_prefetch(m[i].data - ROOM_USED, 1);
	}
}

/* [lend] One datagram a packet and destination, each with a reference that is owed. One destination
 * after the other: the host looks up a run of datagrams once. */
static void emit(
	struct rg_tx *tx, struct rg_io *io, const struct rg_media *m, unsigned n, uint16_t *owed)
{
	if (tx->tunnel.ring)
		prefetch_room(m, n);
	tx->ops->tx_media(&tx->ident, m, n, io->hdr);
	if (tx->n_dest == 0)
		rg_io_count(io, RG_V_NO_PEER, n);
	for (uint32_t k = 0; k < tx->n_dest; k++) {
		const struct dest *to = &tx->dest[k];

		for (unsigned i = 0; i < n; i++) {
			if (!(wanted(tx, &m[i]) >> to->peer & 1))
				continue;
			if (rg_io_room(io) == 0) {
				rg_io_count(io, RG_V_TX_RING_FULL, 1);
				continue;
			}
			if (put(tx, io, &m[i], &io->hdr[i], to) == SENT_SHARED)
				owed[i]++;
		}
	}
}

/* The headers of an rtp:// output. */
static void head_raw(struct rg_tx *tx, struct rg_io *io, const struct rg_media *m, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		io->send[i] = m[i];
		io->send[i].seq = tx->raw_seq++;
		io->send[i].flags = 0;
		io->send[i].npd = 0;
	}
	tx->ops->tx_media(&tx->ident, io->send, n, io->hdr);
}

static void push_raw(
	struct rg_tx *tx, struct rg_io *io, const struct rg_media *m, unsigned n, uint16_t *owed)
{
	static const struct rg_hdr none;
	unsigned room = rg_io_room(io);

	if (tx->ops)
		head_raw(tx, io, m, n);
	if (n > room) {
		rg_io_count(io, RG_V_TX_RING_FULL, n - room);
		n = room;
	}
	for (unsigned i = 0; i < n; i++) {
		struct rg_dgram *d = rg_io_next(io);

		fill(d, &m[i], tx->ops ? &io->hdr[i] : &none);
		d->flags = 0;
		address(d, tx, io, &tx->dest[0]);
		owed[i]++;
		tx->raw_packets++;
		tx->raw_bytes += m[i].len;
	}
}

/* TR-06-2 section 8.5: leaves null packets out. The payload may be shared, so what is shorter is a
 * copy; without a buffer for it the packet goes as it is. */
static void leave_nulls_out(struct rg_io *io, struct rg_media *m)
{
	const struct rg_newbuf *b;
	struct rg_npd npd;

	if (!rg_npd_find(m->data, m->len, &npd))
		return;
	b = rg_io_take(io);
	if (!b)
		return;
	m->len = rg_npd_delete(b->data, m->data, m->len, &npd);
	m->buf = b->buf;
	m->data = b->data;
	m->npd = (uint16_t)(RG_NPD_VALID | npd.nulls);
}

static void push_core(
	struct rg_tx *tx, struct rg_io *io, struct rg_media *m, unsigned n, uint16_t *owed)
{
	struct rg_flow_tx_out out = {.drop = io->dropped, .drop_cap = RG_IO_DROPS};

	if (rg_flow_tx_push(tx->core, io->now, m, n, &out))
		for (unsigned i = 0; i < n; i++)
			owed[i]++;
	for (unsigned i = 0; tx->asked && i < n; i++)
		tx->asked[m[i].seq & tx->asked_mask] = 0;
	emit(tx, io, m, n, owed);
	rg_io_drop(io, out.drop, out.n_drop);
}

static void push_shrunk(
	struct rg_tx *tx, struct rg_io *io, const struct rg_media *m, unsigned n, uint16_t *owed)
{
	uint16_t mine[RG_IO_MEDIA] = {0};

	memcpy(io->shrunk, m, n * sizeof(*m));
	for (unsigned i = 0; i < n; i++)
		leave_nulls_out(io, &io->shrunk[i]);
	push_core(tx, io, io->shrunk, n, mine);
	for (unsigned i = 0; i < n; i++) {
		if (io->shrunk[i].buf.h == m[i].buf.h)
			owed[i] = (uint16_t)(owed[i] + mine[i]);
		else
			rg_io_settle(io, &io->shrunk[i], &mine[i], 1);
	}
}

void rg_tx_push(struct rg_tx *tx, struct rg_io *io, struct rg_media *m, unsigned n, uint16_t *owed)
{
	if (tx->closing) {
		rg_io_count(io, RG_V_STREAM_CLOSED, n);
		return;
	}
	if (!tx->core) {
		push_raw(tx, io, m, n, owed);
		return;
	}
	/* M1: our name goes before the first media, in the same burst */
	if (!rg_time_before(io->now, tx->next_report))
		tx_tick(tx, io);
	if (tx->plan->rist.npd)
		push_shrunk(tx, io, m, n, owed);
	else
		push_core(tx, io, m, n, owed);
}

void rg_tx_media(struct rg_tx *tx, struct rg_io *io, const struct rg_dgram *in, unsigned n)
{
	(void)tx;
	rg_io_count(io, RG_V_WRONG_ROLE, n);
	for (unsigned i = 0; i < n; i++)
		rg_io_free(io, in[i].buf);
}

void rg_tx_poll(struct rg_tx *tx, struct rg_io *io)
{
	struct rg_flow_tx_out out = {
		.send = io->send,
		.send_cap = rg_min_u32(RG_IO_MEDIA, rg_io_room(io) / (tx->n_dest + 1)),
		.drop = io->dropped,
		.drop_cap = RG_IO_DROPS,
	};
	uint16_t owed[RG_IO_MEDIA] = {0};

	if (!tx->core)
		return;
	if (tx->closing)
		tunnel_close(&tx->tunnel, io);
	else if (!rg_time_before(io->now, tx->next_report))
		tx_tick(tx, io);
	rg_flow_tx_poll(tx->core, io->now, &out);
	emit(tx, io, out.send, out.n_send, owed);
	for (unsigned i = 0; i < out.n_send; i++)
		rg_io_ref(io, out.send[i].buf, owed[i]);
	rg_io_drop(io, out.drop, out.n_drop);
	if (tx->tunnel.n_oob)
		tunnel_oob_flush(&tx->tunnel, io);
}

rg_time rg_tx_wakeup(const struct rg_tx *tx)
{
	if (!tx->core)
		return RG_TIME_NEVER;
	if (tx->closing)
		return rg_tx_closed(tx) ? RG_TIME_NEVER : (rg_time){INT64_MIN};
	if (tx->tunnel.unpark)
		return (rg_time){INT64_MIN};
	return rg_time_min(rg_time_min(tx->next_report, tunnel_oob_wakeup(&tx->tunnel)),
		rg_flow_tx_wakeup(tx->core));
}

void rg_tx_end(struct rg_tx *tx, struct rg_io *io, rg_time *done)
{
	int64_t buffer_ns = tx->plan->rist.buffer_max_ms * RG_NS_PER_MS;

	*done = io->now;
	if (!tx->core || tx->closing)
		return;
	rg_flow_tx_end(tx->core, io->now, buffer_ns);
	*done = rg_time_add(io->now, buffer_ns + HISTORY_EXTRA_NS);
}

void rg_tx_close(struct rg_tx *tx, struct rg_io *io)
{
	if (tx->core && !tx->closing) {
		tx_bye(tx, io);
		tunnel_close(&tx->tunnel, io);
		rg_flow_tx_flush(tx->core);
	}
	tx->closing = true;
}

bool rg_tx_closed(const struct rg_tx *tx)
{
	return tx->closing &&
		(!tx->core || (rg_flow_tx_empty(tx->core) && tunnel_closed(&tx->tunnel)));
}

unsigned rg_tx_fanout(const struct rg_tx *tx)
{
	return tx->n_dest;
}

void rg_tx_report(const struct rg_tx *tx, rg_time now, struct rg_output_report *out)
{
	int64_t rtt_ns = 0;

	memset(out, 0, sizeof(*out));
	if (!tx->core) {
		out->connected = 1;
		out->tx.sent = tx->raw_packets;
		out->tx.sent_bytes = tx->raw_bytes;
		return;
	}
	rg_flow_tx_stats(tx->core, now, &out->tx);
	for (uint32_t i = 0; i < tx->n_peers; i++) {
		const struct peer *p = &tx->peers[i];

		if (p->rtcp.af == RG_AF_NONE)
			continue;
		out->connected |= p->alive;
		rtt_ns = rg_max_i64(rtt_ns, p->alive ? p->rtt.ewma_ns : 0);
		if (out->n_peers < RG_REPORT_PEERS)
			peer_fill_report(p, &out->peers[out->n_peers++]);
	}
	out->rtt_us = (uint64_t)(rtt_ns / RG_NS_PER_US);
}
