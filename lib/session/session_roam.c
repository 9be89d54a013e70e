/* SPDX-License-Identifier: BSD-3-Clause */
/* A peer with a key goes on from another address, because a NAT on its way forgot it. Whoever speaks
 * from there has the peer's name under its key; that is no replay when it is above all that was
 * seen under that key, or when it gives back a number that was just sent there, encrypted. Without
 * a key nothing tells a peer from a stranger, and it must wait for the session timeout. */
#include "session_priv.h"

static bool same_name(const struct peer *p, const struct rg_feedback *sdes)
{
	return p->named && p->ssrc == sdes->ssrc && p->cname_len == sdes->u.sdes.len &&
		memcmp(p->cname, sdes->u.sdes.cname, p->cname_len) == 0;
}

/* The peer with this name that fell silent when the one that speaks now came, if it is one already:
 * of two receivers with one name that both live, neither is the other. */
static struct peer *namesake(
	struct rg_tunnel *t, rg_time now, const struct rg_feedback *sdes, const struct peer *speaks)
{
	for (uint32_t i = 0; i < t->n_peers; i++) {
		struct peer *p = &t->peers[i];

		if (p != speaks && same_name(p, sdes) && peer_silent(p, now, ROAM_SILENT_NS) &&
			(!speaks || rg_time_diff(speaks->since, p->last_seen) > -ROAM_SILENT_NS))
			return p;
	}
	return NULL;
}

static bool above_all_seen(const struct carrier *c, const struct rg_env *e)
{
	return e->env.nonce == c->nonce && (int32_t)(e->env.seq - c->newest) > 0;
}

static bool gives_back(
	const struct rg_tunnel *t, const struct rg_addr *from, const struct rg_io *io)
{
	const struct rg_control_in *c = &io->control;

	for (unsigned i = 0; i < c->n_fb; i++)
		if (c->fb[i].tag == RG_FB_RTT_RSP && c->fb[i].u.echo.timestamp.v == t->roam.token)
			return t->roam.token && rg_addr_eq(&t->roam.from, from);
	return false;
}

/* One question at a time, so that nobody is flooded with them. */
static void ask(
	struct rg_tunnel *t, struct rg_io *io, const struct rg_addr *from, const struct rg_env *e)
{
	struct rg_control_out c = {.lead = RG_LEAD_RR_EMPTY, .echo_req = true};
	struct peer there = {.rtcp = *from};

	if (rg_time_diff(io->now, t->roam.at) < ROAM_ASK_NS)
		return;
	tunnel_note(&there.way, io->now, e);
	t->roam.at = io->now;
	t->roam.from = *from;
	t->roam.token = rg_io_random(io) >> 1 | 1;
	c.echo_time = (rg_ntp64){t->roam.token};
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
	if (above_all_seen(&p->way, e) || gives_back(t, from, io)) {
		t->roam.token = 0;
		return p;
	}
	ask(t, io, from, e);
	return NULL;
}
