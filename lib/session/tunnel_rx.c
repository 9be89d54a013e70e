/* SPDX-License-Identifier: BSD-3-Clause */
/* What comes out of a tunnel, in two steps around the cipher: rg_tunnel_open reads the envelopes
 * of a burst and queues what is encrypted, rg_tunnel_enter looks at what was inside. */
#include "session_priv.h"

/* [take] */
static void discard(struct rg_io *io, struct rg_env *e, const struct rg_dgram *d, enum rg_verdict v)
{
	e->gone = true;
	rg_io_drop(io, &(struct rg_dropped){.buf = d->buf, .verdict = v}, 1);
}

bool tunnel_affordable(struct rg_tunnel *t, rg_time now, uint32_t bytes)
{
	int64_t rate = (int64_t)t->rate_Bps;
	int64_t dt;

	if (rate == 0)
		return true;
	dt = rg_clamp_i64(rg_time_diff(now, t->credit_at), 0, RATE_BURST_NS);
	t->credit = rg_min_i64(t->credit + dt * rate, RATE_BURST_NS * rate);
	t->credit_at = now;
	if (t->credit < 0)
		return false;
	t->credit -= (int64_t)bytes * RG_NS_PER_S;
	return true;
}

/* Whose datagram it is, as the keyring counts sources. */
static uint32_t peer_index(struct rg_tunnel *t, const struct rg_addr *from)
{
	if (rg_addr_eq(&t->peers[t->last_peer].rtcp, from))
		return t->last_peer;
	for (uint32_t i = 0; i < *t->n_peers; i++)
		if (rg_addr_eq(&t->peers[i].rtcp, from))
			return t->last_peer = i;
	return RG_KEYRING_STRANGER;
}

/* [take] Until its key comes. */
static void park(struct rg_tunnel *t, struct rg_io *io, struct rg_env *e, const struct rg_dgram *d)
{
	if (t->n_parked == PARKED_MAX) {
		discard(io, e, d, RG_V_KEY_PENDING);
		return;
	}
	t->parked[(t->parked_head + t->n_parked++) & (PARKED_MAX - 1)] = *d;
	e->gone = true;
}

/* [take] Once more: the cipher is its own inverse, so what it made of the datagram becomes what
 * came. */
static void park_again(struct rg_tunnel *t, struct rg_io *io, struct rg_env *e, struct rg_dgram *d)
{
	rg_io_crypt(io, (struct rg_crypto_op){e->key->key, d->data, d->data, d->len, e->env.seq});
	d->data -= e->env.len;
	d->len = (uint16_t)(d->len + e->env.len);
	park(t, io, e, d);
}

/* Of the host: ports cost a forger nothing. */
static uint32_t source_hash(const struct rg_addr *a)
{
	uint64_t w[2];

	memcpy(w, a->ip, sizeof(w));
	w[0] = (w[0] ^ w[0] >> 32) * UINT64_C(0x9e3779b97f4a7c15);
	w[1] = (w[1] ^ w[0] ^ w[0] >> 32) * UINT64_C(0xff51afd7ed558ccd);
	return (uint32_t)(w[1] >> 32);
}

/* A known peer's counter goes on, whatever its nonce: a datagram far from it only has its address. */
static uint32_t claimed_peer(struct rg_tunnel *t, const struct rg_addr *from, uint32_t seq)
{
	uint32_t peer = peer_index(t, from);
	int32_t ahead;

	if (peer == RG_KEYRING_STRANGER)
		return peer;
	ahead = (int32_t)(seq - t->peers[peer].way.count.newest);
	return ahead > -SEQ_NEAR && ahead < SEQ_NEAR ? peer : RG_KEYRING_STRANGER;
}

static void find_key(
	struct rg_tunnel *t, struct rg_io *io, struct rg_env *e, const struct rg_dgram *d)
{
	struct rg_keyring_find f = {.peer = claimed_peer(t, &d->peer, e->env.seq),
		.source = source_hash(&d->peer),
		.nonce = e->env.nonce,
		.key_bits = e->env.key_bits};

	switch (rg_keyring_find(t->ring, io->now, &f)) {
	case RG_KEYRING_READY:
		e->key = f.entry;
		return;
	case RG_KEYRING_WAIT:
		if (f.want)
			tunnel_want(t, io, f.nonce, f.key_bits, f.generation);
		park(t, io, e, d);
		return;
	case RG_KEYRING_LIMIT:
		discard(io, e, d, RG_V_KEY_LIMIT);
		return;
	case RG_KEYRING_WRONG:
		discard(io, e, d, RG_V_DECRYPT);
		return;
	}
}

/* Clear where a secret is configured, or the other way round: M109. */
static bool policy(
	struct rg_tunnel *t, struct rg_io *io, struct rg_env *e, const struct rg_dgram *d)
{
	if (e->env.encrypted == (t->ring != NULL))
		return true;
	discard(io, e, d, t->ring ? RG_V_NOT_ENCRYPTED : RG_V_ENCRYPTED);
	tunnel_tell(t, io, t->ring ? RG_EVENT_NOT_ENCRYPTED : RG_EVENT_ENCRYPTED, &d->peer);
	return false;
}

void rg_tunnel_open(
	struct rg_tunnel *t, struct rg_io *io, struct rg_dgram *in, unsigned n, struct rg_env *env)
{
	t->ops->open(in, n, env);
	for (unsigned i = 0; i < n; i++) {
		struct rg_dgram *d = &in[i];
		struct rg_env *e = &env[i];

		e->key = NULL;
		e->gone = false;
		if (!tunnel_affordable(t, io->now, d->len)) {
			discard(io, e, d, RG_V_RATE_LIMIT);
			continue;
		}
		if (e->rc < 0) {
			discard(io, e, d, (enum rg_verdict) - e->rc);
			continue;
		}
		if (!policy(t, io, e, d))
			continue;
		if (e->env.encrypted)
			find_key(t, io, e, d);
		if (e->gone)
			continue;
		d->data += e->env.len;
		d->len = (uint16_t)(d->len - e->env.len);
		if (e->key)
			rg_io_crypt(io,
				(struct rg_crypto_op){
					e->key->key, d->data, d->data, d->len, e->env.seq});
	}
}

/* Garbage: the secret of before may be the one, else its sender has another. */
static enum rg_verdict wrong_key(
	struct rg_tunnel *t, struct rg_io *io, struct rg_env *e, const struct rg_dgram *d)
{
	bool newest = e->key->generation == t->generation;

	e->key->hints = 0;
	if (rg_keyring_bad(t->ring, io->now, e->key))
		tunnel_tell(t, io, RG_EVENT_WRONG_SECRET, &d->peer);
	return newest && t->old_until.ns ? RG_V_KEY_PENDING : RG_V_DECRYPT;
}

/* A listening libRIST 0.2.12 that cannot read us sends three keep-alives of version 2, fewer than
 * settle it, and from then on only those of version 1, which say nothing of their key. A peer that
 * can is not mute for so long. */
static bool suspect(const struct rg_keyring_entry *key, rg_time now)
{
	return key->bad > 0 && rg_time_diff(now, key->at) >= RG_KEYRING_TRUST_NS;
}

/* A wrong key gives garbage, and the cipher does not tell (M124): what came out must look like
 * RIST. Until that can hardly be chance, what comes under a key waits. RG_V_OK, RG_V_KEY_PENDING,
 * or what the datagram is dropped under. */
static enum rg_verdict judge(
	struct rg_tunnel *t, struct rg_io *io, struct rg_env *e, const struct rg_dgram *d)
{
	unsigned evidence = e->rc < 0
		? 0
		: t->ops->credible(&e->env, &e->content, d->data + e->content.off,
			  (uint16_t)(d->len - e->content.off));
	bool sure = evidence == RG_CREDIBLE_SURE;

	if (!e->key->good) {
		/* a keep-alive of version 1 is nobody's yet; libRIST greets out of band before its
		 * first RTCP, and only once */
		if (evidence == RG_CREDIBLE_MUTE && !suspect(e->key, io->now))
			return e->content.kind == RG_INSIDE_OOB ? RG_V_KEY_PENDING
								: RG_V_UNKNOWN_PEER;
		if (evidence == 0 || evidence == RG_CREDIBLE_MUTE)
			return wrong_key(t, io, e, d);
		/* some in a row are as good as one that is sure: one-way streams have no RTCP */
		e->key->hints = (uint8_t)(e->key->hints + evidence);
		if (e->key->hints < RG_CREDIBLE_SURE)
			return RG_V_KEY_PENDING;
		t->unpark = t->n_parked;
		sure = true;
	}
	if (sure) {
		rg_keyring_good(t->ring, io->now, e->key, peer_index(t, &d->peer));
		if (e->key->generation == t->generation)
			tunnel_follow(t);
	} else if (evidence > 0 && !rg_keyring_proven(e->key)) {
		/* no peer holds it, as of a one-way stream: it is in use all the same */
		rg_keyring_good(t->ring, io->now, e->key, RG_KEYRING_STRANGER);
	}
	return e->rc < 0 ? RG_V_DECRYPT : RG_V_OK;
}

void rg_tunnel_enter(
	struct rg_tunnel *t, struct rg_io *io, struct rg_dgram *in, unsigned n, struct rg_env *env)
{
	t->ops->inside(in, n, env);
	for (unsigned i = 0; i < n; i++) {
		struct rg_dgram *d = &in[i];
		struct rg_env *e = &env[i];
		enum rg_verdict why;

		if (e->gone)
			continue;
		why = e->key ? judge(t, io, e, d) : RG_V_OK;
		if (why == RG_V_OK && e->rc < 0)
			why = (enum rg_verdict) - e->rc;
		if (why == RG_V_KEY_PENDING && e->key)
			park_again(t, io, e, d);
		else if (why != RG_V_OK)
			discard(io, e, d, why);
		d->data += e->content.off;
		d->len = (uint16_t)(d->len - e->content.off);
		d->virt_src = e->content.virt_src;
		d->virt_dst = e->content.virt_dst;
	}
}

unsigned rg_tunnel_unpark(struct rg_tunnel *t, struct rg_dgram *out, unsigned cap)
{
	unsigned n = 0;

	/* each once: who has no key yet is parked anew, behind the others */
	for (; n < cap && t->unpark > 0; t->unpark--) {
		out[n++] = t->parked[t->parked_head];
		t->parked_head = (t->parked_head + 1) & (PARKED_MAX - 1);
		t->n_parked--;
	}
	return n;
}

void tunnel_expire(struct rg_tunnel *t, struct rg_io *io)
{
	while (t->n_parked > 0) {
		const struct rg_dgram *d = &t->parked[t->parked_head];

		if (rg_time_diff(io->now, d->arrival) < PARKED_NS)
			break;
		rg_io_drop(io, &(struct rg_dropped){.buf = d->buf, .verdict = RG_V_KEY_PENDING}, 1);
		t->parked_head = (t->parked_head + 1) & (PARKED_MAX - 1);
		t->n_parked--;
	}
	t->unpark = rg_min_u32(t->unpark, t->n_parked);
}

enum counted tunnel_count(struct counter *c, rg_time now, const struct rg_envelope *e)
{
	int32_t ahead = (int32_t)(e->seq - c->newest);

	if (c->nonce == e->nonce) {
		if (ahead <= 0)
			return COUNTED_OLD;
	} else if (c->nonce != 0 && rg_time_diff(now, c->at) < NONCE_SILENT_NS) {
		return ahead > 0 && ahead < SEQ_NEAR ? COUNTED_BESIDE : COUNTED_OLD;
	} else {
		c->back = c->nonce != 0 && ahead <= 0;
	}
	c->nonce = e->nonce;
	c->newest = e->seq;
	c->at = now;
	return COUNTED_ON;
}

bool tunnel_note(struct carrier *c, rg_time now, const struct rg_env *e)
{
	if (e->env.encrypted && tunnel_count(&c->count, now, &e->env) == COUNTED_OLD)
		return false;
	if (e->env.version >= 2) {
		c->v2 = true;
		c->v2_at = now;
	}
	if (e->content.kind == RG_INSIDE_KEEPALIVE)
		c->caps = e->content.caps;
	if (e->content.kind == RG_INSIDE_CONTROL) {
		c->virt_src = e->content.virt_src;
		c->virt_dst = e->content.virt_dst;
	}
	return true;
}

/* A peer that keeps alive lives; it is no news of one that does not (M10), nor of a stranger. */
static bool keep(struct peer *p, uint32_t n, struct rg_io *io, const struct rg_dgram *d,
	const struct rg_env *e)
{
	struct peer *known = peer_find(p, n, &d->peer);

	if (!known)
		return false;
	peer_seen(known, io->now, e);
	return true;
}

static void other(struct rg_tunnel *t, struct rg_io *io, const struct rg_dgram *in, unsigned n,
	const struct rg_env *env)
{
	for (unsigned i = 0; i < n; i++) {
		bool known = keep(t->peers, *t->n_peers, io, &in[i], &env[i]);
		enum rg_verdict v = known ? (enum rg_verdict)env[i].content.why : RG_V_UNKNOWN_PEER;

		if (known && env[i].content.kind == RG_INSIDE_OOB)
			v = tunnel_oob_receive(t, io, &in[i], env[i].content.oob_type);
		else
			rg_io_free(io, in[i].buf);
		rg_io_count(io, v, 1);
	}
}

void rg_rx_other(struct rg_rx *rx, struct rg_io *io, const struct rg_dgram *in, unsigned n,
	const struct rg_env *env)
{
	other(&rx->tunnel, io, in, n, env);
}

void rg_tx_other(struct rg_tx *tx, struct rg_io *io, const struct rg_dgram *in, unsigned n,
	const struct rg_env *env)
{
	other(&tx->tunnel, io, in, n, env);
}

struct rg_tunnel *rg_rx_tunnel(struct rg_rx *rx)
{
	return rx->tunnel.ops ? &rx->tunnel : NULL;
}

struct rg_tunnel *rg_tx_tunnel(struct rg_tx *tx)
{
	return tx->tunnel.ops ? &tx->tunnel : NULL;
}
