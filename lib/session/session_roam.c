/* SPDX-License-Identifier: BSD-3-Clause */
/* A peer with a key goes on from another address, because a NAT on its way forgot it. Whoever speaks
 * from there has the peer's name under its key; that is no record when it gives back a number that
 * was just sent there, encrypted. Of a peer that never answered an echo it is enough that it goes on
 * above all that was seen under its key. Without a key nothing tells a peer from a stranger, and it
 * must wait for the session timeout. */
#include "session_priv.h"

static bool same_name(const struct peer *p, const struct rg_feedback *sdes)
{
	return p->named && p->ssrc == sdes->ssrc && p->cname_len == sdes->u.sdes.len &&
		memcmp(p->cname, sdes->u.sdes.cname, p->cname_len) == 0;
}

/* The peer with this name that fell silent when the one that speaks now came, if it is one already:
 * of two receivers with one name that both live, neither is the other. There may be several, where
 * the peer spoke from addresses for a short time only: it was last at the one heard last. */
static struct peer *namesake(
	struct rg_tunnel *t, rg_time now, const struct rg_feedback *sdes, const struct peer *speaks)
{
	struct peer *last = NULL;

	for (uint32_t i = 0; i < *t->n_peers; i++) {
		struct peer *p = &t->peers[i];

		if (p != speaks && same_name(p, sdes) &&
			(!last || rg_time_before(last->last_seen, p->last_seen)))
			last = p;
	}
	if (!last || !peer_silent(last, now, ROAM_SILENT_NS))
		return NULL;
	if (speaks && rg_time_diff(speaks->since, last->last_seen) <= -ROAM_SILENT_NS)
		return NULL;
	return last;
}

static bool above_all_seen(const struct counter *c, const struct rg_env *e)
{
	return e->env.nonce == c->nonce && !c->back && (int32_t)(e->env.seq - c->newest) > 0;
}

/* What is sent to an address to be given back: nobody else can know it, and nothing is to be kept
 * for it. Bit 63 is no time of ours, so it gives no round trip. */
static uint64_t token(
	struct rg_tunnel *t, struct rg_io *io, const struct rg_addr *to, int64_t epoch)
{
	uint64_t z;

	while (t->roam_key == 0)
		t->roam_key = rg_io_random(io);
	z = t->roam_key + (uint64_t)epoch * UINT64_C(0x9E3779B97F4A7C15) + to->port;
	for (unsigned i = 0; i < sizeof(to->ip); i++)
		z = (z ^ z >> 29 ^ to->ip[i]) * UINT64_C(0xBF58476D1CE4E5B9);
	return (z ^ z >> 31) | UINT64_C(1) << 63;
}

static bool gives_back(struct rg_tunnel *t, struct rg_io *io, const struct rg_addr *from)
{
	const struct rg_control_in *c = &io->control;
	int64_t epoch = io->now.ns / ROAM_EPOCH_NS;

	for (unsigned i = 0; i < c->n_fb; i++)
		if (c->fb[i].tag == RG_FB_RTT_RSP &&
			(c->fb[i].u.echo.timestamp.v == token(t, io, from, epoch) ||
				c->fb[i].u.echo.timestamp.v == token(t, io, from, epoch - 1)))
			return true;
	return false;
}

/* As many questions as datagrams at most, so that nobody is flooded with them. */
static void ask(
	struct rg_tunnel *t, struct rg_io *io, const struct rg_addr *from, const struct rg_env *e)
{
	struct rg_control_out c = {.lead = RG_LEAD_RR_EMPTY, .echo_req = true};
	struct peer there = {.rtcp = *from};

	if (t->n_roam_asks == ROAM_ASKS)
		return;
	t->n_roam_asks++;
	tunnel_note(&there.way, io->now, e);
	c.echo_time = (rg_ntp64){token(t, io, from, io->now.ns / ROAM_EPOCH_NS)};
	control_send(t, io, &there, &c);
}

struct peer *peer_roamed(struct rg_tunnel *t, struct rg_io *io, const struct rg_addr *from,
	const struct peer *speaks, const struct rg_feedback *sdes, const struct rg_env *e)
{
	struct peer *p;

	if (!sdes || !e->key || !rg_keyring_proven(e->key))
		return NULL;
	p = namesake(t, io->now, sdes, speaks);
	if (!p)
		return NULL;
	if (gives_back(t, io, from) || (!p->echoes && above_all_seen(&p->way.count, e)))
		return p;
	ask(t, io, from, e);
	return NULL;
}
