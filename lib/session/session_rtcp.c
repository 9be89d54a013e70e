/* SPDX-License-Identifier: BSD-3-Clause */
/* RTCP: what peers say, and what they are told, at once or every report interval. */
#include "session_priv.h"

/* The report on the flow that this peer sends, or the empty one before there is any. */
static void lead_rr(
	struct rg_rx *rx, struct rg_io *io, const struct peer *p, struct rg_control_out *c)
{
	uint16_t index = (uint16_t)(p - rx->peers);

	c->lead = RG_LEAD_RR_EMPTY;
	for (uint32_t i = 0; i < rx->n_flows; i++) {
		struct flow *f = &rx->flows[i];

		if (f->state != FLOW_OPEN || f->peer != index)
			continue;
		c->lead = RG_LEAD_RR;
		c->flow_id = f->flow_id;
		c->lsr = p->lsr;
		if (p->lsr)
			c->dlsr =
				(uint32_t)(rg_ntp_from_ns(rg_time_diff(io->now, p->sr_at)).v >> 16);
		flow_report_block(f, c);
		return;
	}
}

/* Report, name and echo request: the compound that keeps a peer alive (M1, M8). */
static void rx_send_report(struct rg_rx *rx, struct rg_io *io, struct peer *p)
{
	struct rg_control_out c = {.echo_req = true, .echo_time = rg_ntp_from_ns(io->now.ns)};

	lead_rr(rx, io, p, &c);
	control_send(&rx->tunnel, io, p, &c);
}

void rx_tick(struct rg_rx *rx, struct rg_io *io)
{
	rx->next_report = next_tick(rx->plan, io->now, rx->report_ns);
	flow_expire(rx, io);
	tunnel_tick(&rx->tunnel, io);
	for (uint32_t i = 0; i < rx->n_peers; i++)
		if (rx->peers[i].rtcp.af != RG_AF_NONE)
			rx_send_report(rx, io, &rx->peers[i]);
}

void rx_nack(struct rg_rx *rx, struct rg_io *io, struct flow *f, struct rg_run *runs, unsigned n)
{
	struct rg_control_out c = {
		.lead = RG_LEAD_RR_EMPTY,
		.flow_id = f->flow_id,
		.nack_bitmask = rx->plan->rist.nack_bitmask,
		.nack_wide = rx->plan->rist.seq_ext,
		.runs = runs,
		.n_runs = n,
	};

	/* M24: nobody is asked before a valid SDES told where */
	if (f->peer != NO_INDEX)
		control_send(&rx->tunnel, io, &rx->peers[f->peer], &c);
}

void rx_bye(struct rg_rx *rx, struct rg_io *io)
{
	for (uint32_t i = 0; i < rx->n_peers; i++) {
		struct rg_control_out c = {.lead = RG_LEAD_RR_EMPTY, .bye = true};

		if (rx->peers[i].rtcp.af != RG_AF_NONE)
			control_send(&rx->tunnel, io, &rx->peers[i], &c);
	}
}

/* M29: an echo is always answered, within reason. */
static enum rg_verdict answer_echo(struct rg_tunnel *t, struct rg_io *io, struct peer *p,
	struct rg_control_out *c, const struct rg_fb_echo *req)
{
	struct rg_fb_echo rsp = *req;

	if (p->answers >= ANSWERS_MAX)
		return RG_V_RATE_LIMIT;
	p->answers++;
	rsp.delay_us = 0;
	c->echo_rsp = &rsp;
	control_send(t, io, p, c);
	return RG_V_OK;
}

static void note_sr(
	struct rg_rx *rx, struct rg_io *io, struct peer *p, const struct rg_feedback *fb)
{
	uint16_t index = (uint16_t)(p - rx->peers);

	p->lsr = (uint32_t)(fb->u.sr.ntp.v >> 16);
	p->sr_at = io->now;
	if (rx->conf.timing != RG_TIMING_RTC)
		return;
	for (uint32_t i = 0; i < rx->n_flows; i++) {
		struct flow *f = &rx->flows[i];
		int64_t ts, src_ns;

		if (f->state != FLOW_OPEN || f->peer != index || !f->widen.anchored)
			continue;
		/* source time of the report on the flow's line, and our clock at that instant */
		ts = f->widen.ts + (int32_t)(fb->u.sr.rtp_ts - (uint32_t)f->widen.ts);
		src_ns = rg_rtp_ticks_to_ns(ts);
		rg_flow_rx_set_wall_offset(
			f->core, rg_ntp_to_ns(fb->u.sr.ntp) - io->wall_ns - src_ns);
	}
}

static void note_bye(struct rg_rx *rx, const struct peer *p)
{
	for (uint32_t i = 0; i < rx->n_flows; i++)
		if (rx->flows[i].state == FLOW_OPEN && rx->flows[i].peer == p - rx->peers)
			rx->flows[i].bye = true;
}

static enum rg_verdict rx_take(
	struct rg_rx *rx, struct rg_io *io, struct peer *p, const struct rg_feedback *fb)
{
	struct rg_control_out answer = {.lead = RG_LEAD_RR_EMPTY};

	switch (fb->tag) {
	case RG_FB_NACK:
		return RG_V_WRONG_ROLE;
	case RG_FB_RTT_REQ:
		return answer_echo(&rx->tunnel, io, p, &answer, &fb->u.echo);
	case RG_FB_RTT_RSP:
		/* M26: somebody else's echo is none of ours */
		if (fb->u.echo.ssrc == rx->plan->ssrc && peer_echo(p, io->now, &fb->u.echo))
			rx_feed_rtt(rx, p);
		break;
	case RG_FB_SR:
		note_sr(rx, io, p, fb);
		break;
	case RG_FB_RR: /* a receiver has sent no SR that a report could answer */
		break;
	case RG_FB_SDES:
		if (!p->named || p->ssrc != fb->ssrc || p->cname_len == 0) {
			peer_name(p, fb->ssrc, &fb->u.sdes);
			flow_bind(rx);
		}
		break;
	case RG_FB_BYE:
		note_bye(rx, p);
		break;
	}
	return RG_V_OK;
}

/* The name in a control datagram, NULL when it has none. */
static const struct rg_feedback *find_sdes(const struct rg_control_in *c)
{
	for (unsigned i = 0; i < c->n_fb; i++)
		if (c->fb[i].tag == RG_FB_SDES)
			return &c->fb[i];
	return NULL;
}

/* A newcomer needs SDES; the datagram's verdict says what it lacked. */
static bool named_itself(struct rg_control_in *c)
{
	if (find_sdes(c))
		return true;
	if (c->n_fb > 0 || c->why == RG_V_OK)
		c->why = RG_V_UNKNOWN_PEER;
	return false;
}

/* Whoever finds no room gets our name all the same, so that its media may show what it is. */
static void answer_stray(struct rg_rx *rx, struct rg_io *io, const struct rg_addr *to)
{
	struct rg_control_out c = {.lead = RG_LEAD_RR_EMPTY};
	const struct peer stray = {.rtcp = *to};

	if (rx->n_answered < STRAYS_MAX) {
		rx->n_answered++;
		control_send(&rx->tunnel, io, &stray, &c);
	}
}

static struct peer *rx_newcomer(struct rg_rx *rx, struct rg_io *io, const struct rg_addr *from)
{
	struct peer *p = NULL;
	uint32_t ssrc;
	bool expected;

	if (!named_itself(&io->control))
		return NULL;
	ssrc = find_sdes(&io->control)->ssrc;
	expected = flow_expects(rx, from, ssrc);
	if (expected)
		peer_evict(rx);
	/* it needs a free slot and its turn */
	if (take_open(&rx->peer_opens, io->now, expected))
		p = peer_open(rx->peers, &rx->n_peers, rx->max_peers, from, io->now);
	if (!p) {
		io->control.why = RG_V_FLOW_LIMIT;
		flow_remember(rx, from, ssrc);
		answer_stray(rx, io, from);
	}
	return p;
}

/* M105: a receiver that calls has its media port below its RTCP port in the Simple profile. */
static struct peer *tx_newcomer(struct rg_tx *tx, struct rg_io *io, const struct rg_addr *from)
{
	struct peer *p = NULL;

	if (!named_itself(&io->control))
		return NULL;
	if (take_open(&tx->peer_opens, io->now, false))
		p = peer_open(tx->peers, &tx->n_peers, tx->max_peers, from, io->now);
	if (p)
		p->media = media_of(tx->plan, *from);
	else
		io->control.why = RG_V_FLOW_LIMIT;
	return p;
}

/* What became of a control datagram whose records were used: what the last one of them that had
 * none of it says, or else the part that was not understood. */
static enum rg_verdict join(enum rg_verdict so_far, enum rg_verdict record)
{
	return record == RG_V_OK ? so_far : record;
}

/* The flows of a peer that goes on from another address go with it. */
static void rx_move(struct rg_rx *rx, struct rg_io *io, struct peer *p, struct peer *newcomer,
	const struct rg_addr *to)
{
	if (newcomer)
		peer_close(&rx->tunnel, newcomer);
	for (uint32_t i = 0; i < rx->n_flows; i++)
		if (rx->flows[i].state == FLOW_OPEN && rx->flows[i].peer == p - rx->peers)
			rx->flows[i].media = *to;
	p->rtcp = *to;
	rg_io_event(io, RG_EVENT_PEER_MOVED, p->ssrc, to);
}

/* Whose datagram it really is. */
static struct peer *rx_roamed(struct rg_rx *rx, struct rg_io *io, const struct rg_dgram *d,
	struct peer *p, const struct rg_env *env)
{
	struct peer *old;

	if (p && (p->fixed || flow_alive(rx, (uint32_t)(p - rx->peers))))
		return p;
	old = peer_roamed(&rx->tunnel, io, &d->peer, p, find_sdes(&io->control), env);
	if (!old)
		return p;
	rx_move(rx, io, old, p, &d->peer);
	return old;
}

/* A record must not measure the round trip, end a session or tell the time; a question may be late. */
static bool holds_late(const struct rg_feedback *fb)
{
	return fb->tag == RG_FB_NACK || fb->tag == RG_FB_RTT_REQ;
}

static enum rg_verdict rx_datagram(
	struct rg_rx *rx, struct rg_io *io, const struct rg_dgram *d, const struct rg_env *env)
{
	struct peer *p = peer_find(rx->peers, rx->n_peers, &d->peer);
	enum rg_verdict why;
	bool current, fresh;

	if (rx->closing || !rx->ops)
		return RG_V_STREAM_CLOSED;
	if (!p && !rx->plan->listen)
		return RG_V_UNKNOWN_PEER;
	io->control.wide = false;
	rx->ops->rx_control(d->data, d->len, 0, &io->control);
	if (env)
		p = rx_roamed(rx, io, d, p, env);
	if (!p)
		p = rx_newcomer(rx, io, &d->peer);
	why = io->control.why;
	if (!p || io->control.n_fb == 0)
		return why;
	current = peer_seen(p, io->now, env);
	fresh = current && !p->alive;
	p->alive |= fresh;
	for (unsigned i = 0; i < io->control.n_fb; i++) {
		const struct rg_feedback *fb = &io->control.fb[i];

		why = join(why, current || holds_late(fb) ? rx_take(rx, io, p, fb) : RG_V_RECORD);
	}
	if (fresh)
		rx_send_report(rx, io, p); /* M3: a sender waits for our name */
	return why;
}

void rg_rx_control(struct rg_rx *rx, struct rg_io *io, const struct rg_dgram *in, unsigned n,
	const struct rg_env *env)
{
	for (unsigned i = 0; i < n; i++) {
		rg_io_count(io, rx_datagram(rx, io, &in[i], env ? &env[i] : NULL), 1);
		rg_io_free(io, in[i].buf);
	}
}

static void lead_sr(const struct rg_tx *tx, const struct rg_io *io, struct rg_control_out *c)
{
	struct rg_flow_tx_stats st;

	rg_flow_tx_stats(tx->core, io->now, &st);
	c->lead = RG_LEAD_SR;
	c->flow_id = tx->ident.ssrc;
	c->ntp = rg_io_ntp(io); /* M33: wall clock */
	c->rtp_ts = (uint32_t)rg_rtp_ticks_from_ns(io->now.ns);
	c->packets = (uint32_t)st.sent;
	c->octets = (uint32_t)st.sent_bytes;
}

static void tx_send_report(struct rg_tx *tx, struct rg_io *io, const struct peer *p, bool echo)
{
	struct rg_control_out c = {.echo_req = echo, .echo_time = rg_ntp_from_ns(io->now.ns)};

	lead_sr(tx, io, &c);
	control_send(&tx->tunnel, io, p, &c);
}

static void tx_expire(struct rg_tx *tx, struct rg_io *io)
{
	bool changed = false;

	for (uint32_t i = 0; i < tx->n_peers; i++) {
		struct peer *p = &tx->peers[i];

		p->answers = 0;
		if (!p->alive || !peer_silent(p, io->now, tx->timeout_ns))
			continue;
		rg_io_event(io, RG_EVENT_PEER_LOST, tx->ident.ssrc, &p->rtcp);
		changed = true;
		p->alive = p->named = false;
		if (!p->fixed)
			peer_close(&tx->tunnel, p);
	}
	if (changed)
		tx_dests(tx);
}

void tx_tick(struct rg_tx *tx, struct rg_io *io)
{
	struct rg_flow_tx_stats st;

	tx->next_report = next_tick(tx->plan, io->now, tx->report_ns);
	tx_expire(tx, io);
	tunnel_tick(&tx->tunnel, io);
	rg_flow_tx_stats(tx->core, io->now, &st);
	if (rate_exceeds(&tx->rate, io->now, st.sent, tx->plan->rist.buffer_max_ms * RG_NS_PER_MS))
		rg_io_event(io, RG_EVENT_SEQ_LIMIT, tx->ident.ssrc, &tx->plan->remote);
	for (uint32_t i = 0; i < tx->n_peers; i++) {
		/* a group is named to, but an echo is a question to one */
		bool group = tx->group && i == 0;

		if (tx->peers[i].rtcp.af != RG_AF_NONE)
			tx_send_report(tx, io, &tx->peers[i], !group);
	}
}

void tx_bye(struct rg_tx *tx, struct rg_io *io)
{
	for (uint32_t i = 0; i < tx->n_peers; i++) {
		struct rg_control_out c = {.bye = true};

		if (tx->peers[i].rtcp.af == RG_AF_NONE)
			continue;
		lead_sr(tx, io, &c);
		control_send(&tx->tunnel, io, &tx->peers[i], &c);
	}
}

static enum rg_verdict tx_nack(
	struct rg_tx *tx, struct rg_io *io, struct peer *p, const struct rg_fb_nack *n)
{
	if (n->flow_id != tx->ident.ssrc)
		return RG_V_RTCP_UNKNOWN;
	if (!p->named)
		return RG_V_UNKNOWN_PEER;
	/* the gate of repeated requests is the way to this one */
	if (tx->asked && p->rtt.samples)
		rg_flow_tx_set_rtt(tx->core, p->rtt.last_ns);
	tx_asked(tx, p, n->runs, n->n_runs);
	rg_flow_tx_nack(tx->core, io->now, n->runs, n->n_runs);
	return RG_V_OK;
}

static void tx_bye_from(struct rg_tx *tx, struct rg_io *io, struct peer *p)
{
	rg_io_event(io, RG_EVENT_PEER_LOST, tx->ident.ssrc, &p->rtcp);
	p->alive = p->named = false;
	if (!p->fixed)
		peer_close(&tx->tunnel, p);
	tx_dests(tx);
}

static enum rg_verdict tx_take(
	struct rg_tx *tx, struct rg_io *io, struct peer *p, const struct rg_feedback *fb)
{
	struct rg_control_out answer = {0};
	enum rg_verdict why = RG_V_OK;
	bool rtt = false;

	switch (fb->tag) {
	case RG_FB_NACK:
		why = tx_nack(tx, io, p, &fb->u.nack);
		break;
	case RG_FB_RTT_REQ:
		lead_sr(tx, io, &answer);
		why = answer_echo(&tx->tunnel, io, p, &answer, &fb->u.echo);
		break;
	case RG_FB_RTT_RSP:
		rtt = fb->u.echo.ssrc == tx->plan->ssrc && peer_echo(p, io->now, &fb->u.echo);
		break;
	case RG_FB_RR:
		rtt = peer_report_rtt(p, io, &fb->u.rr);
		break;
	case RG_FB_SR: /* of a sender: nothing to a sender */
		break;
	case RG_FB_SDES:
		if (!p->named) {
			rg_io_event(io, RG_EVENT_PEER_NEW, tx->ident.ssrc, &p->rtcp);
			peer_name(p, fb->ssrc, &fb->u.sdes);
			tx_dests(tx);
		}
		break;
	case RG_FB_BYE:
		tx_bye_from(tx, io, p);
		break;
	}
	if (rtt)
		rg_flow_tx_set_rtt(tx->core, p->rtt.last_ns);
	return why;
}

static void tx_move(struct rg_tx *tx, struct rg_io *io, struct peer *p, struct peer *newcomer,
	const struct rg_addr *to)
{
	if (newcomer)
		peer_close(&tx->tunnel, newcomer);
	p->rtcp = *to;
	p->media = media_of(tx->plan, *to);
	tx_dests(tx);
	rg_io_event(io, RG_EVENT_PEER_MOVED, tx->ident.ssrc, to);
}

static struct peer *tx_roamed(struct rg_tx *tx, struct rg_io *io, const struct rg_dgram *d,
	struct peer *p, const struct rg_env *env)
{
	struct peer *old;

	if (p && p->fixed)
		return p;
	old = peer_roamed(&tx->tunnel, io, &d->peer, p, find_sdes(&io->control), env);
	if (!old)
		return p;
	tx_move(tx, io, old, p, &d->peer);
	return old;
}

static enum rg_verdict tx_datagram(
	struct rg_tx *tx, struct rg_io *io, const struct rg_dgram *d, const struct rg_env *env)
{
	struct peer *p = peer_find(tx->peers, tx->n_peers, &d->peer);
	bool open = tx->plan->listen || tx->group;
	enum rg_verdict why;
	uint32_t n_seqs;
	bool current, fresh;

	if (tx->closing || !tx->core)
		return RG_V_STREAM_CLOSED;
	if (!p && !open)
		return RG_V_UNKNOWN_PEER;
	io->control.wide = tx->ident.seq_ext;
	tx->ops->rx_control(d->data, d->len, rg_flow_tx_newest(tx->core), &io->control);
	n_seqs = io->control.n_seqs;
	if (env)
		p = tx_roamed(tx, io, d, p, env);
	if (!p)
		p = tx_newcomer(tx, io, &d->peer);
	why = io->control.why;
	if (!p || io->control.n_fb == 0)
		return why;
	if (n_seqs && !take_nacks(p, io->now, n_seqs))
		return RG_V_RATE_LIMIT; /* M72 */
	current = peer_seen(p, io->now, env);
	fresh = current && !p->alive;
	p->alive |= fresh;
	for (unsigned i = 0; i < io->control.n_fb && p->rtcp.af != RG_AF_NONE; i++) {
		const struct rg_feedback *fb = &io->control.fb[i];

		why = join(why, current || holds_late(fb) ? tx_take(tx, io, p, fb) : RG_V_RECORD);
	}
	if (fresh && open && p->alive)
		tx_send_report(tx, io, p, true);
	return why;
}

void rg_tx_control(struct rg_tx *tx, struct rg_io *io, const struct rg_dgram *in, unsigned n,
	const struct rg_env *env)
{
	for (unsigned i = 0; i < n; i++) {
		rg_io_count(io, tx_datagram(tx, io, &in[i], env ? &env[i] : NULL), 1);
		rg_io_free(io, in[i].buf);
	}
}
