/* SPDX-License-Identifier: BSD-3-Clause */
/* Which source has which flow. The first packets count, so media opens a flow at once; a flow
 * belongs to the source that opened it; and one that was opened by a stray packet gives way to a
 * source that has shown more. */
#include "rg_seq.h"
#include "session_priv.h"

static unsigned hash_of(const struct rg_addr *a)
{
	uint32_t h = a->port * UINT32_C(2654435761);

	for (unsigned i = 0; i < sizeof(a->ip); i++)
		h = (h ^ a->ip[i]) * UINT32_C(16777619);
	return h >> 16;
}

static bool flow_is(const struct flow *f, const struct rg_addr *media, uint32_t flow_id)
{
	return f->state == FLOW_OPEN && f->flow_id == flow_id && rg_addr_eq(&f->media, media);
}

struct flow *flow_find(struct rg_rx *rx, const struct rg_addr *media, uint32_t flow_id)
{
	uint16_t *place;

	if (rx->last && flow_is(rx->last, media, flow_id))
		return rx->last;
	place = &rx->places[(hash_of(media) ^ flow_id >> 1) & (SOURCES_CACHED - 1)];
	if (flow_is(&rx->flows[*place], media, flow_id))
		return rx->last = &rx->flows[*place];
	for (uint32_t i = 0; i < rx->n_flows; i++) {
		if (!flow_is(&rx->flows[i], media, flow_id))
			continue;
		*place = (uint16_t)i;
		return rx->last = &rx->flows[i];
	}
	return NULL;
}

void flow_wake(struct rg_rx *rx, struct flow *f, rg_time at)
{
	rg_due_set(&rx->due, (uint32_t)(f - rx->flows), at);
}

/* Media of a caller comes from the host it called, for a group from anybody. */
static bool source_allowed(const struct rg_rx *rx, const struct rg_addr *src)
{
	return rx->plan->listen || rg_addr_same_host(&rx->plan->remote, src);
}

static bool names(
	const struct rg_addr *rtcp, uint32_t ssrc, const struct rg_addr *media, uint32_t flow_id)
{
	return (ssrc & ~1u) == flow_id && rg_addr_same_host(rtcp, media);
}

/* SDES with this SSRC came from the host of this media. */
static bool source_named(const struct rg_rx *rx, const struct rg_addr *media, uint32_t flow_id)
{
	for (uint32_t i = 0; i < rx->n_peers; i++) {
		const struct peer *p = &rx->peers[i];

		if (p->named && p->alive && names(&p->rtcp, p->ssrc, media, flow_id))
			return true;
	}
	for (unsigned i = 0; i < CHALLENGERS; i++)
		if (names(&rx->strays[i].rtcp, rx->strays[i].ssrc, media, flow_id))
			return true;
	return false;
}

/* Media in a row, with or without a name: a source that streams, not a stray packet. */
static bool solid(const struct flow *f)
{
	return f->streak >= (f->named ? STREAK_NAMED : STREAK_SOLID);
}

/* How many packets in a row a source has sent while all flows are taken. */
static uint8_t challenge(struct rg_rx *rx, const struct rg_addr *src, const struct rg_media *m)
{
	struct challenger *c = &rx->challengers[hash_of(src) & (CHALLENGERS - 1)];
	bool next = c->n > 0 && c->flow_id == m->flow_id && c->next_wire == (uint16_t)m->seq &&
		rg_addr_eq(&c->media, src);

	c->n = (uint8_t)(next ? rg_min_u32(c->n + 1u, STREAK_SOLID) : 1);
	c->media = *src;
	c->flow_id = m->flow_id;
	c->next_wire = (uint16_t)(m->seq + 1);
	return c->n;
}

/* Does a newcomer's claim beat that of a weak flow? */
static bool beats(struct rg_rx *rx, rg_time now, const struct flow *weak, const struct rg_addr *src,
	const struct rg_media *m, bool named)
{
	uint8_t in_row = challenge(rx, src, m);

	if (rg_time_diff(now, weak->last_media) >= WEAK_SILENCE_NS)
		return true;
	return (named && !weak->named) || (in_row >= STREAK_NAMED && in_row > weak->streak);
}

/* A slot for a newcomer: a free one, or that of the weakest claim, which the newcomer beats. */
static struct flow *find_slot(struct rg_rx *rx, rg_time now, const struct rg_addr *src,
	const struct rg_media *m, bool named)
{
	struct flow *weak = NULL;

	for (uint32_t i = 0; i < rx->n_flows; i++) {
		struct flow *f = &rx->flows[i];

		if (f->state == FLOW_FREE)
			return f;
		if (f->state == FLOW_OPEN && !solid(f) && (!weak || weak->named))
			weak = f;
	}
	return weak && beats(rx, now, weak, src, m, named) ? weak : NULL;
}

/* Ends a weak flow at once: it holds a few packets at most. False: it holds more. */
static bool make_free(struct rg_rx *rx, struct rg_io *io, struct flow *f)
{
	if (f->state == FLOW_OPEN)
		flow_close(rx, f);
	for (unsigned i = 0; i < DRAIN_POLLS && f->state == FLOW_DRAINING; i++)
		flow_drain(rx, io, f);
	return f->state == FLOW_FREE;
}

void flow_remember(struct rg_rx *rx, const struct rg_addr *rtcp, uint32_t ssrc)
{
	rx->strays[hash_of(rtcp) & (CHALLENGERS - 1)] = (struct stray){*rtcp, ssrc};
}

/* The name of a new flow may have come when there was no room for it. */
static void adopt_stray(struct rg_rx *rx, const struct flow *f, rg_time now)
{
	for (unsigned i = 0; i < CHALLENGERS; i++) {
		struct stray *s = &rx->strays[i];
		struct peer *p;

		if (!names(&s->rtcp, s->ssrc, &f->media, f->flow_id) ||
			peer_find(rx->peers, rx->n_peers, &s->rtcp))
			continue;
		peer_evict(rx);
		p = peer_open(rx->peers, &rx->n_peers, rx->max_peers, &s->rtcp, now);
		if (p) {
			p->alive = p->named = true;
			p->ssrc = s->ssrc;
		}
		*s = (struct stray){0};
	}
}

static bool flow_of_another(const struct rg_rx *rx, uint32_t flow_id)
{
	for (uint32_t i = 0; i < rx->n_flows; i++)
		if (rx->flows[i].state == FLOW_OPEN && rx->flows[i].flow_id == flow_id)
			return true;
	return false;
}

struct flow *flow_admit(struct rg_rx *rx, struct rg_io *io, const struct rg_addr *src,
	const struct rg_media *m, enum rg_verdict *why)
{
	bool named = source_named(rx, src, m->flow_id);
	struct flow *f;
	void *mem;

	if (rx->closing) {
		*why = RG_V_STREAM_CLOSED;
		return NULL;
	}
	if (!source_allowed(rx, src)) {
		*why = RG_V_UNKNOWN_PEER;
		return NULL;
	}
	if (m->flags & RG_MEDIA_RETX) {
		*why = RG_V_BEFORE_START; /* M62 */
		return NULL;
	}
	if (rx->tunnel.ring && flow_of_another(rx, m->flow_id)) {
		*why = RG_V_STRANGER; /* until its RTCP shows that it moved: peer_roamed */
		return NULL;
	}
	f = find_slot(rx, io->now, src, m, named);
	if (!f) {
		*why = rx->n_flows == 1 ? RG_V_STRANGER : RG_V_FLOW_LIMIT;
		return NULL;
	}
	if (!take_open(&rx->flow_opens, io->now, named || f->state == FLOW_OPEN) ||
		!make_free(rx, io, f)) {
		*why = RG_V_FLOW_LIMIT;
		return NULL;
	}
	mem = f->mem;
	*f = (struct flow){
		.core = rg_flow_rx_init(mem, &rx->conf, io->now),
		.mem = mem,
		.media = *src,
		.flow_id = m->flow_id,
		.state = FLOW_OPEN,
		.peer = NO_INDEX,
		.last_media = io->now,
		.next_wire = (uint16_t)m->seq,
		.rate.start = io->now,
	};
	f->arr.base = f->arr.max = m->seq;
	rx->last = f;
	adopt_stray(rx, f, io->now);
	flow_bind(rx);
	rg_io_event(io, RG_EVENT_FLOW_NEW, f->flow_id, src);
	return f;
}

/* The flow of a source that was silent longest: it is the one that might have begun anew. */
static struct flow *silent_flow(struct rg_rx *rx, const struct rg_addr *src)
{
	struct flow *found = NULL;

	for (uint32_t i = 0; i < rx->n_flows; i++) {
		struct flow *f = &rx->flows[i];

		if (f->state == FLOW_OPEN && rg_addr_eq(&f->media, src) &&
			(!found || rg_time_before(f->last_media, found->last_media)))
			found = f;
	}
	return found;
}

enum other {
	OTHER_UNDECIDED,
	OTHER_RESTART, /* the old one is silent since the new one came */
	OTHER_BESIDE, /* both go on */
};

static enum other weigh_other(struct flow *f, rg_time now, const struct rg_media *m)
{
	bool next =
		f->other_n > 0 && f->other_id == m->flow_id && f->other_next == (uint16_t)m->seq;

	f->other_n = (uint8_t)(next ? f->other_n + 1 : 1);
	f->other_id = m->flow_id;
	f->other_next = (uint16_t)(m->seq + 1);
	if (f->other_n == 1)
		f->other_at = now;
	if (f->other_n == SECOND_IN_ROW / 2)
		f->other_mid = now;
	if (f->other_n >= RESTART_IN_ROW && rg_time_before(f->last_media, f->other_at))
		return OTHER_RESTART;
	if (f->other_n < SECOND_IN_ROW)
		return OTHER_UNDECIDED;
	return rg_time_before(f->last_media, f->other_mid) ? OTHER_RESTART : OTHER_BESIDE;
}

static void follow(struct rg_rx *rx, struct rg_io *io, struct flow *f, const struct rg_media *m)
{
	f->flow_id = m->flow_id;
	f->other_n = 0;
	f->named = false;
	f->playing = false;
	rg_widen_restart(&f->widen, m);
	f->arr = (struct arrivals){.base = f->widen.seq, .max = f->widen.seq};
	flow_bind(rx);
	rg_io_event(io, RG_EVENT_FLOW_RESTART, f->flow_id, &f->media);
}

struct flow *flow_other(struct rg_rx *rx, struct rg_io *io, const struct rg_addr *src,
	const struct rg_media *m, enum rg_verdict *why)
{
	struct flow *f = silent_flow(rx, src);

	if (!f)
		return flow_admit(rx, io, src, m, why);
	*why = RG_V_OUT_OF_WINDOW;
	if (m->flags & RG_MEDIA_RETX)
		return NULL;
	switch (weigh_other(f, io->now, m)) {
	case OTHER_UNDECIDED:
		return NULL;
	case OTHER_RESTART:
		follow(rx, io, f, m);
		return f;
	case OTHER_BESIDE:
		return flow_admit(rx, io, src, m, why);
	}
	return NULL;
}

/* RFC 3550 appendix A.8, sampled once a burst. */
static void note_jitter(struct arrivals *a, const struct rg_media *m)
{
	int64_t transit = m->arrival.ns - m->src_ns;
	int64_t d = transit - a->transit_ns;

	if (a->transit_ns != 0 && d < RG_NS_PER_S && d > -RG_NS_PER_S) {
		uint32_t ticks = (uint32_t)rg_rtp_ticks_from_ns(d < 0 ? -d : d);

		a->jitter_q4 += ticks - ((a->jitter_q4 + 8) >> 4);
	}
	a->transit_ns = transit;
}

void flow_note(struct flow *f, rg_time now, const struct rg_media *m, unsigned n)
{
	struct arrivals *a = &f->arr;
	uint32_t max = a->max, originals = 0;
	uint64_t bytes = 0;

	for (unsigned i = 0; i < n; i++) {
		bytes += m[i].len;
		if (m[i].flags & RG_MEDIA_RECORD)
			continue;
		f->last_media = now;
		if (m[i].flags & RG_MEDIA_RETX)
			continue;
		originals++;
		if (rg_seq_diff(m[i].seq, max) > 0 && rg_seq_diff(m[i].seq, f->widen.seq) <= 0)
			max = m[i].seq;
		if (f->streak < STREAK_SOLID)
			f->streak =
				(uint8_t)((uint16_t)m[i].seq == f->next_wire ? f->streak + 1 : 1);
		f->next_wire = (uint16_t)(m[i].seq + 1);
	}
	f->received += n;
	f->received_bytes += bytes;
	a->received += originals;
	a->max = max;
	if (!(m[n - 1].flags & RG_MEDIA_RETX))
		note_jitter(a, &m[n - 1]);
}

#define BOND_HOST 1
#define BOND_PORT 2
#define BOND_SSRC 4

/* How sure we are that this RTCP is that media's: the host, the port above, the same SSRC. */
static int bond(const struct rg_rx *rx, const struct flow *f, const struct peer *p)
{
	struct rg_addr expected = rtcp_of(rx->plan, f->media);
	int b = BOND_HOST;

	if (!p->named || !p->alive || !rg_addr_same_host(&p->rtcp, &f->media))
		return 0;
	if (rg_addr_eq(&p->rtcp, &expected))
		b += BOND_PORT;
	else if (rx->ops->tunnel)
		return 0; /* one port: RTCP of another is another's */
	if ((p->ssrc & ~1u) == f->flow_id)
		b += BOND_SSRC;
	return b;
}

void flow_bind(struct rg_rx *rx)
{
	for (uint32_t i = 0; i < rx->n_flows; i++) {
		struct flow *f = &rx->flows[i];
		int best = 0;

		if (f->state != FLOW_OPEN)
			continue;
		/* the one in place stays against equals */
		if (f->peer != NO_INDEX)
			best = bond(rx, f, &rx->peers[f->peer]);
		if (best == 0)
			f->peer = NO_INDEX;
		for (uint32_t k = 0; k < rx->n_peers; k++) {
			int b = bond(rx, f, &rx->peers[k]);

			if (b > best) {
				best = b;
				f->peer = (uint16_t)k;
			}
		}
		f->named |= best >= BOND_SSRC;
		if (f->peer == NO_INDEX)
			rg_flow_rx_set_rtt(f->core, UNBOUND_RTT_NS, 0);
		else if (rx->peers[f->peer].rtt.samples == 0)
			rg_flow_rx_set_rtt(f->core, 0, 0);
		else
			rx_feed_rtt(rx, &rx->peers[f->peer]);
	}
}

/* Makes room for the RTCP of media that is here already: names alone must not fill the table. */
void peer_evict(struct rg_rx *rx)
{
	struct peer *oldest = NULL;

	if (rx->n_peers < rx->max_peers)
		return;
	for (uint32_t i = 0; i < rx->n_peers; i++) {
		struct peer *p = &rx->peers[i];

		if (p->rtcp.af == RG_AF_NONE)
			return;
		if (!p->fixed && !flow_alive(rx, i) &&
			(!oldest || rg_time_before(p->last_seen, oldest->last_seen)))
			oldest = p;
	}
	if (oldest)
		peer_close(&rx->tunnel, oldest);
}

bool flow_expects(const struct rg_rx *rx, const struct rg_addr *rtcp, uint32_t ssrc)
{
	struct peer p = {.rtcp = *rtcp, .ssrc = ssrc, .named = true, .alive = true};

	for (uint32_t i = 0; i < rx->n_flows; i++)
		if (rx->flows[i].state == FLOW_OPEN && bond(rx, &rx->flows[i], &p) >= BOND_SSRC)
			return true;
	return false;
}

int flow_claim(const struct flow *f)
{
	if (f->state != FLOW_OPEN)
		return 0;
	return f->named ? 3 : solid(f) ? 2 : 1;
}

void flow_elect(struct rg_rx *rx)
{
	int best = rx->played ? flow_claim(rx->played) : 0;

	/* a solid flow stays; a stray packet's gives way before it was played */
	if (best > 1)
		return;
	for (uint32_t i = 0; i < rx->n_flows; i++)
		if (flow_claim(&rx->flows[i]) > best) {
			best = flow_claim(&rx->flows[i]);
			rx->played = &rx->flows[i];
		}
}

bool flow_alive(const struct rg_rx *rx, uint32_t peer)
{
	for (uint32_t i = 0; i < rx->n_flows; i++)
		if (rx->flows[i].state == FLOW_OPEN && rx->flows[i].peer == peer)
			return true;
	return false;
}

static void expire_peers(struct rg_rx *rx, rg_time now)
{
	for (uint32_t i = 0; i < rx->n_peers; i++) {
		struct peer *p = &rx->peers[i];

		p->answers = 0;
		if (p->rtcp.af == RG_AF_NONE || !peer_silent(p, now, rx->timeout_ns))
			continue;
		if (p->fixed)
			p->alive = p->named = false;
		else if (!flow_alive(rx, i))
			peer_close(&rx->tunnel, p);
	}
}

void flow_expire(struct rg_rx *rx, struct rg_io *io)
{
	/* what is held is played out first */
	int64_t hold_ns = rx->conf.buffer_ns + rx->conf.buffer_ns / 8;
	int64_t limit_ns = rg_max_i64(rx->timeout_ns, hold_ns);

	for (uint32_t i = 0; i < rx->n_flows; i++) {
		struct flow *f = &rx->flows[i];

		if (f->state != FLOW_OPEN)
			continue;
		if (rg_time_diff(io->now, f->last_media) > (f->bye ? hold_ns : limit_ns)) {
			rg_io_event(io, RG_EVENT_FLOW_LOST, f->flow_id, &f->media);
			flow_close(rx, f);
		} else if (rate_exceeds(&f->rate, io->now, f->received, rx->conf.buffer_ns)) {
			rg_io_event(io, RG_EVENT_SEQ_LIMIT, f->flow_id, &f->media);
		}
	}
	rx->n_answered = 0;
	expire_peers(rx, io->now);
}

void flow_report_block(struct flow *f, struct rg_control_out *c)
{
	struct arrivals *a = &f->arr;
	uint32_t expected = a->max - a->base + 1;
	uint32_t expected_now = expected - a->expected_prior;
	uint32_t received_now = a->received - a->received_prior;
	int64_t lost = (int64_t)expected - a->received;

	c->ext_seq = a->max;
	c->jitter = a->jitter_q4 >> 4;
	c->lost = (int32_t)rg_clamp_i64(lost, -0x800000, 0x7fffff);
	if (expected_now > received_now)
		c->fraction = (uint8_t)rg_min_u32(
			(uint32_t)(((uint64_t)(expected_now - received_now) << 8) / expected_now),
			255);
	a->expected_prior = expected;
	a->received_prior = a->received;
}
