/* SPDX-License-Identifier: BSD-3-Clause */
/* Keys of a tunnel: asked of control, installed, rotated, given back. A worker never derives. */
#include "session_priv.h"

uint32_t tunnel_keys(const struct rg_side_plan *p, uint32_t n_peers)
{
	return p->rist.aes_bits ? rg_keyring_keys(n_peers) + KEYS_UNDER_WAY : 0;
}

size_t tunnel_footprint(const struct rg_side_plan *p, uint32_t n_peers)
{
	if (!p->rist.aes_bits)
		return 0;
	return rg_align_up(rg_keyring_footprint(n_peers) + PARKED_MAX * sizeof(struct rg_dgram),
		RG_CACHE_LINE);
}

void tunnel_init(struct rg_tunnel *t, const struct rg_side_plan *p, struct peer *peers,
	const uint32_t *n_peers, uint32_t max_peers, void *mem, rg_time now)
{
	*t = (struct rg_tunnel){
		.ops = rg_profile(p->rist.profile)->tunnel,
		.plan = p,
		.peers = peers,
		.n_peers = n_peers,
		.next_keepalive = now,
		.rate_Bps = p->listen ? p->rist.max_bandwidth_kbps * UINT64_C(125) : 0,
		.credit_at = now,
		.told = rg_time_add(now, -TOLD_EVERY_NS),
		.asked = rg_time_add(now, -ASK_AGAIN_NS),
		.rotated = rg_time_add(now, -ROTATE_EVERY_NS),
		/* locally administered; only tells apart who sends */
		.mac = {0x02, 0, (uint8_t)(p->ssrc >> 24), (uint8_t)(p->ssrc >> 16),
			(uint8_t)(p->ssrc >> 8), (uint8_t)p->ssrc},
	};
	if (!p->rist.aes_bits)
		return;
	t->generation = 1;
	t->ring = rg_keyring_init(mem, max_peers, t->generation);
	t->parked = (struct rg_dgram *)(void *)((uint8_t *)mem + rg_keyring_footprint(max_peers));
	t->tx = p->tx_keys[0];
	t->tx_next = p->tx_keys[1];
}

/* False: the queue is full. */
static bool ask(struct rg_tunnel *t, struct rg_io *io, const struct rg_ctl *what)
{
	struct rg_ctl m = *what;

	m.stream = io->stream;
	m.ep = t->plan->ep;
	return rg_io_ctl(io, &m);
}

void tunnel_want(struct rg_tunnel *t, struct rg_io *io, uint32_t nonce, uint16_t key_bits,
	uint8_t generation)
{
	ask(t, io,
		&(struct rg_ctl){.type = RG_CTL_WANT_RX_KEY,
			.nonce = nonce,
			.key_bits = key_bits,
			.generation = generation});
}

/* Gives a key back for wiping; one that finds the queue full stays where it is. */
static void retire(struct rg_tunnel *t, struct rg_io *io, struct rg_key **key)
{
	if (*key && ask(t, io, &(struct rg_ctl){.type = RG_CTL_RETIRED, .key = *key}))
		*key = NULL;
}

void tunnel_retired(struct rg_tunnel *t, struct rg_io *io)
{
	struct rg_key *key;

	while (t->ring && rg_io_ctl_room(io) && (key = rg_keyring_retired(t->ring)) != NULL)
		retire(t, io, &key);
}

/* After so many datagrams the next key is taken: TR-06-2 section 7.4, and never a counter twice. */
static uint32_t rotation(const struct rg_tunnel *t)
{
	uint32_t n = t->plan->rist.key_rotation;

	return n && n < KEY_PACKETS_MAX && !t->follows ? n : KEY_PACKETS_MAX;
}

static bool rotates(const struct rg_tunnel *t, rg_time now)
{
	return t->used >= KEY_PACKETS_MAX ||
		(t->used >= rotation(t) && rg_time_diff(now, t->rotated) >= ROTATE_EVERY_NS);
}

const struct rg_key *tunnel_tx_key(struct rg_tunnel *t, struct rg_io *io)
{
	if (rotates(t, io->now) && t->tx_next && rg_io_ctl_room(io)) {
		retire(t, io, &t->tx);
		t->tx = t->tx_next;
		t->tx_next = NULL;
		t->used = 0;
		t->rotated = io->now;
		t->asked = rg_time_add(io->now, -ASK_AGAIN_NS);
	}
	if (!t->tx_next && rg_time_diff(io->now, t->asked) >= ASK_AGAIN_NS &&
		ask(t, io, &(struct rg_ctl){.type = RG_CTL_WANT_TX_KEY}))
		t->asked = io->now;
	if (!t->tx || t->used == UINT32_MAX)
		return NULL;
	t->used++;
	return t->tx;
}

void tunnel_tell(
	struct rg_tunnel *t, struct rg_io *io, enum rg_event_kind kind, const struct rg_addr *peer)
{
	if (rg_time_diff(io->now, t->told) < TOLD_EVERY_NS)
		return;
	t->told = io->now;
	rg_io_event(io, kind, 0, peer);
}

void tunnel_follow(struct rg_tunnel *t)
{
	if (t->follows)
		t->used = KEY_PACKETS_MAX; /* the next datagram takes the new key */
	t->follows = false;
}

/* The secret changed. What comes may still be under the one before. An output sends under the new
 * one at once, an input when it has seen it: so nothing is interrupted when inputs are changed
 * first. */
static void new_secret(struct rg_tunnel *t, struct rg_io *io, const struct rg_ctl *m)
{
	rg_keyring_secrets(t->ring, m->generation, t->generation);
	t->generation = m->generation;
	t->old_until = rg_time_add(io->now, OLD_SECRET_NS);
	retire(t, io, &t->tx_next);
	t->tx_next = m->key;
	t->follows = true;
	if (t->sends)
		tunnel_follow(t);
}

void rg_tunnel_ctl(struct rg_tunnel *t, struct rg_io *io, const struct rg_ctl *m)
{
	if (!t->ring)
		return;
	switch ((enum rg_ctl_type)m->type) {
	case RG_CTL_RX_KEY:
		if (m->key &&
			!rg_keyring_install(
				t->ring, io->now, m->nonce, m->key_bits, m->generation, m->key))
			retire(t, io, &(struct rg_key *){m->key});
		else if (!m->key)
			rg_keyring_fail(t->ring, io->now, m->nonce, m->key_bits, m->generation);
		t->unpark = t->n_parked;
		break;
	case RG_CTL_TX_KEY:
		if (t->tx_next) /* a new secret was faster */
			retire(t, io, &(struct rg_key *){m->key});
		else
			t->tx_next = m->key;
		break;
	case RG_CTL_NEW_SECRET:
		new_secret(t, io, m);
		break;
	case RG_CTL_WANT_RX_KEY:
	case RG_CTL_WANT_TX_KEY:
	case RG_CTL_RETIRED:
		break;
	}
	tunnel_retired(t, io);
}

void tunnel_forget(struct rg_tunnel *t, const struct peer *p)
{
	if (t->ring)
		rg_keyring_forget(t->ring, (uint32_t)(p - t->peers));
}

/* The secret of before is no secret for ever. */
void tunnel_age(struct rg_tunnel *t, struct rg_io *io)
{
	t->n_roam_asks = 0;
	if (t->old_until.ns && !rg_time_before(io->now, t->old_until)) {
		rg_keyring_secrets(t->ring, t->generation, 0);
		t->old_until.ns = 0;
		tunnel_follow(t);
	}
	tunnel_retired(t, io);
}

bool tunnel_closed(const struct rg_tunnel *t)
{
	return t->n_parked == 0 && !t->tx && !t->tx_next && (!t->ring || rg_keyring_empty(t->ring));
}

void tunnel_close(struct rg_tunnel *t, struct rg_io *io)
{
	for (; t->n_parked > 0; t->n_parked--) {
		rg_io_drop(io,
			&(struct rg_dropped){.buf = t->parked[t->parked_head].buf,
				.verdict = RG_V_STREAM_CLOSED},
			1);
		t->parked_head = (t->parked_head + 1) & (PARKED_MAX - 1);
	}
	t->unpark = 0;
	t->closing = true;
	tunnel_oob_drop(t, io);
	if (!t->ring)
		return;
	rg_keyring_flush(t->ring);
	tunnel_retired(t, io);
	retire(t, io, &t->tx);
	retire(t, io, &t->tx_next);
}
