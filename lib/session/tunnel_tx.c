/* SPDX-License-Identifier: BSD-3-Clause */
/* What goes into a tunnel: envelope, head, and the cipher, which is the only copy of a payload. */
#include "rg_bytes.h"
#include "session_priv.h"

/* Version 2 to whom it was seen from lately, else version 1, which everybody reads. */
static uint8_t version_of(const struct rg_tunnel *t, const struct carrier *c, rg_time now)
{
	if (t->plan->rist.gre_version)
		return (uint8_t)t->plan->rist.gre_version;
	return c->v2 && rg_time_diff(now, c->v2_at) < VERSION_HOLD_NS ? 2 : 1;
}

/* False: no key is left to encrypt with. */
static bool next_envelope(struct rg_tunnel *t, struct rg_io *io, uint8_t version,
	struct rg_envelope *e, const struct rg_key **key)
{
	*key = NULL;
	*e = (struct rg_envelope){.version = version};
	if (t->ring) {
		*key = tunnel_tx_key(t, io);
		if (!*key) {
			rg_io_count(io, RG_V_NO_KEY, 1);
			return false;
		}
		e->encrypted = true;
		e->nonce = (*key)->nonce;
		e->key_bits = (uint16_t)(*key)->key_bits;
	}
	e->seq = t->seq++;
	return true;
}

static void build_heads(
	struct rg_tunnel *t, const struct rg_key *key, uint8_t version, const struct rg_content *c)
{
	struct rg_envelope e = {.version = version};

	if (key) {
		e.encrypted = true;
		e.nonce = key->nonce;
		e.key_bits = (uint16_t)key->key_bits;
	}
	t->heads = (struct tunnel_heads){.nonce = e.nonce,
		.virt_src = c->virt_src,
		.virt_dst = c->virt_dst,
		.version = version};
	t->heads.n_head = (uint8_t)t->ops->head(c, &e, t->heads.head);
	t->heads.n_env = (uint8_t)t->ops->envelope(&e, t->heads.env);
}

/* What stands before the RTP header; its number is still to be written. */
static const struct tunnel_heads *heads_of(
	struct rg_tunnel *t, const struct rg_key *key, uint8_t version, const struct rg_media *m)
{
	const struct tunnel_heads *k = &t->heads;
	const struct rg_content c = {.kind = RG_INSIDE_MEDIA,
		.virt_src = m->virt_src ? m->virt_src : t->plan->rist.virt_src_port,
		.virt_dst = m->virt_dst ? m->virt_dst : t->plan->rist.virt_dst_port};

	if (k->n_env == 0 || k->version != version || k->nonce != (key ? key->nonce : 0) ||
		k->virt_src != c.virt_src || k->virt_dst != c.virt_dst)
		build_heads(t, key, version, &c);
	return k;
}

static void put_envelope(uint8_t *p, const struct tunnel_heads *k, uint32_t seq)
{
	memcpy(p, k->env, sizeof(k->env));
	rg_put32(p + k->n_env - 4, seq);
}

/* Encrypts from the history packet into a fresh buffer: its header is written into the room before
 * the payload, which is ours until the engine ran. */
static enum sent_as media_sealed(struct rg_tunnel *t, struct rg_io *io, const struct rg_key *key,
	const struct tunnel_heads *k, const struct rg_media *m, const struct rg_hdr *h,
	struct rg_dgram *d)
{
	uint8_t *inner = m->data - h->len - k->n_head;
	uint32_t n_inner = (uint32_t)k->n_head + h->len + m->len;
	const struct rg_newbuf *b = rg_io_take_copy(io);
	uint32_t seq = t->seq++;

	if (!b)
		return SENT_NOT;
	if (k->n_env + n_inner > b->cap_bytes) {
		rg_io_count(io, RG_V_TX_TOO_LONG, 1);
		rg_io_free(io, b->buf);
		return SENT_NOT;
	}
	rg_prefetch_far(m->data, m->len);
	rg_prefetch_far(b->data, m->len);
	put_envelope(b->data, k, seq);
	memcpy(inner, k->head, k->n_head);
	memcpy(inner + k->n_head, h->b, h->len);
	rg_io_crypt(io, (struct rg_crypto_op){key, inner, b->data + k->n_env, n_inner, seq});
	d->buf = b->buf;
	d->data = b->data;
	d->len = (uint16_t)(k->n_env + n_inner);
	d->hdr_len = 0;
	d->flags = 0;
	t->sent_bytes += d->len + LOWER_HEADERS;
	return SENT_COPY;
}

/* Whole fields are copied, one over the end of the other: lengths that are known are moves. */
static_assert(2 * RG_ENVELOPE_MAX + sizeof(struct rg_hdr) <= RG_DGRAM_HDR_MAX, "all find room");

enum sent_as tunnel_media(struct rg_tunnel *t, struct rg_io *io, const struct carrier *to,
	const struct rg_media *m, const struct rg_hdr *h, struct rg_dgram *d)
{
	uint8_t version = version_of(t, to, io->now);
	const struct rg_key *key = NULL;
	const struct tunnel_heads *k;

	if (t->ring) {
		key = tunnel_tx_key(t, io);
		if (!key) {
			rg_io_count(io, RG_V_NO_KEY, 1);
			return SENT_NOT;
		}
	}
	k = heads_of(t, key, version, m);
	if (key)
		return media_sealed(t, io, key, k, m, h, d);
	put_envelope(d->hdr, k, t->seq++);
	memcpy(d->hdr + k->n_env, k->head, sizeof(k->head));
	memcpy(d->hdr + k->n_env + k->n_head, h->b, sizeof(h->b));
	d->buf = m->buf;
	d->data = m->data;
	d->len = m->len;
	d->hdr_len = (uint16_t)(k->n_env + k->n_head + h->len);
	d->flags = RG_DGRAM_SHARED;
	t->sent_bytes += (uint64_t)d->hdr_len + d->len + LOWER_HEADERS;
	return SENT_SHARED;
}

/* A body of len bytes at b->data + TUNNEL_ROOM becomes a datagram. */
static bool wrap(struct rg_tunnel *t, struct rg_io *io, uint8_t version,
	const struct rg_content *what, const struct rg_newbuf *b, uint16_t len, struct rg_dgram *d)
{
	uint8_t head[RG_ENVELOPE_MAX], env[RG_ENVELOPE_MAX];
	uint8_t *p = b->data + TUNNEL_ROOM;
	const struct rg_key *key;
	struct rg_envelope e;
	unsigned n_env, n_head;

	if (!next_envelope(t, io, version, &e, &key)) {
		rg_io_free(io, b->buf);
		return false;
	}
	n_head = t->ops->head(what, &e, head);
	n_env = t->ops->envelope(&e, env);
	p -= n_head;
	memcpy(p, head, n_head);
	if (key)
		rg_io_crypt(io, (struct rg_crypto_op){key, p, p, n_head + len, e.seq});
	p -= n_env;
	memcpy(p, env, n_env);
	d->buf = b->buf;
	d->data = p;
	d->len = (uint16_t)(n_env + n_head + len);
	d->hdr_len = 0;
	d->flags = 0;
	t->sent_bytes += d->len + LOWER_HEADERS;
	return true;
}

bool tunnel_control(struct rg_tunnel *t, struct rg_io *io, const struct carrier *to,
	const struct rg_content *what, const struct rg_newbuf *b, uint16_t len, struct rg_dgram *d)
{
	return wrap(t, io, version_of(t, to, io->now), what, b, len, d);
}

/* Keep-alive or buffer negotiation; a full queue or an empty pool drops it, counted. */
static void send_body(struct rg_tunnel *t, struct rg_io *io, const struct peer *p,
	enum rg_inside kind, uint8_t version)
{
	const struct rg_content what = {.kind = kind};
	uint16_t history_ms = (uint16_t)rg_min_u32(t->plan->rist.buffer_max_ms, UINT16_MAX);
	const struct rg_newbuf *b;
	struct rg_dgram d = {.peer = p->rtcp, .ep = t->plan->ep, .stream = io->stream};
	unsigned len;

	if (rg_io_room(io) == 0) {
		rg_io_count(io, RG_V_TX_RING_FULL, 1);
		return;
	}
	b = rg_io_take(io);
	if (!b)
		return;
	len = kind == RG_INSIDE_KEEPALIVE
		? t->ops->keepalive(t->mac, t->plan->tap[0], b->data + TUNNEL_ROOM,
			  b->cap_bytes - TUNNEL_ROOM)
		: t->ops->buffer(t->sends ? history_ms : 0, t->sends ? 0 : history_ms,
			  b->data + TUNNEL_ROOM, b->cap_bytes - TUNNEL_ROOM);
	if (wrap(t, io, version, &what, b, (uint16_t)len, &d))
		*rg_io_next(io) = d;
}

/* TR-06-2 section 5.6.2: some at once, of either version, so that each side learns the other's. */
static void greet(struct rg_tunnel *t, struct rg_io *io, struct peer *p)
{
	uint32_t fixed = t->plan->rist.gre_version;

	for (unsigned i = 0; i < START_KEEPALIVES && fixed != 1; i++)
		send_body(t, io, p, RG_INSIDE_KEEPALIVE, 2);
	for (unsigned i = 0; i < START_KEEPALIVES && fixed != 2; i++)
		send_body(t, io, p, RG_INSIDE_KEEPALIVE, 1);
	p->way.greeted = true;
}

void tunnel_tick(struct rg_tunnel *t, struct rg_io *io)
{
	uint32_t every_ms = t->plan->rist.keepalive_interval_ms;
	bool due = every_ms && !rg_time_before(io->now, t->next_keepalive);

	if (!t->ops)
		return;
	tunnel_expire(t, io);
	tunnel_age(t, io);
	if (!every_ms || t->plan->rist.one_way)
		return;
	for (uint32_t i = 0; i < *t->n_peers; i++) {
		struct peer *p = &t->peers[i];
		uint8_t version;

		if (p->rtcp.af == RG_AF_NONE)
			continue;
		version = version_of(t, &p->way, io->now);
		if (!p->way.greeted)
			greet(t, io, p);
		else if (due)
			send_body(t, io, p, RG_INSIDE_KEEPALIVE, version);
		/* who just showed version 2 is told how much we keep */
		if (version == 2 && !p->way.negotiated) {
			for (unsigned k = 0; k < START_KEEPALIVES; k++)
				send_body(t, io, p, RG_INSIDE_BUFFER, 2);
			p->way.negotiated = true;
		}
	}
	if (due)
		t->next_keepalive = next_tick(t->plan, io->now, every_ms * RG_NS_PER_MS);
}
