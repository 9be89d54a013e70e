/* SPDX-License-Identifier: BSD-3-Clause */
#include "conf_priv.h"
#include "rg_conf_key.h"

/* "KEY: V is more than OTHER (W)". */
static int ordered(
	struct rg_conf_error *err, const char *key, uint32_t v, const char *other, uint32_t limit)
{
	int e;

	if (v <= limit)
		return 0;
	e = rg_conf_blame(err, key);
	rg_conf_say_u32(err, v);
	rg_conf_say(err, " is more than ");
	rg_conf_say(err, other);
	rg_conf_say(err, " (");
	rg_conf_say_u32(err, limit);
	rg_conf_say(err, ")");
	return e;
}

static int check_bounds(const struct rg_rist_conf *r, struct rg_conf_error *err)
{
	int e = ordered(err, "buffer-min", r->buffer_min_ms, "buffer-max", r->buffer_max_ms);

	if (!e)
		e = ordered(err, "reorder-buffer", r->reorder_buffer_ms, "buffer-min",
			r->buffer_min_ms);
	if (!e)
		e = ordered(err, "rtt-min", r->rtt_min_ms, "rtt-max", r->rtt_max_ms);
	if (!e)
		e = ordered(err, "min-retries", r->min_retries, "max-retries", r->max_retries);
	if (!e)
		e = ordered(err, "keepalive-interval", r->keepalive_interval_ms, "session-timeout",
			r->session_timeout_ms);
	return e;
}

/* TR-06-1 section 5.1: media on an even port P, RTCP on P + 1. */
static int check_simple(const struct rg_url *u, struct rg_conf_error *err)
{
	int e = 0;

	if (u->addr.port % 2 || u->addr.port < 2) {
		e = rg_conf_blame(err, "port");
		rg_conf_say_u32(err, u->addr.port);
		rg_conf_say(err,
			" is odd or 0; the Simple profile takes P for media and P + 1 for "
			"RTCP (an even 2..65534)");
	} else if (u->rist.local_port % 2) {
		e = rg_conf_blame(err, "local-port");
		rg_conf_say_u32(err, u->rist.local_port);
		rg_conf_say(err,
			" is odd; the Simple profile takes P for media and P + 1 for RTCP "
			"(0 or an even 2..65534)");
	}
	return e;
}

static int check_rist(const struct rg_url *u, struct rg_conf_error *err)
{
	int e;

	if (u->rist.profile == RG_PROFILE_MAIN)
		return rg_conf_fail(err, "profile",
			"main, the default, is not in this version (use profile=simple)");
	if (u->rist.profile == RG_PROFILE_ADVANCED)
		return rg_conf_fail(
			err, "profile", "advanced is not in this version (use profile=simple)");
	if (u->listen && u->rist.local_port > 0)
		return rg_conf_fail(
			err, "local-port", "is for callers; a listener's port stands after '@'");
	e = check_bounds(&u->rist, err);
	return e ? e : check_simple(u, err);
}

static int check_keys(const struct rg_url *u, enum rg_end_role role, struct rg_conf_error *err)
{
	unsigned n;
	const struct rg_key *keys = rg_conf_keys(&n);

	for (unsigned i = 0; i < n; i++) {
		if ((u->given >> i & 1) && !(keys[i].where & rg_conf_key_where(u->kind, role)))
			return rg_conf_fail(err, keys[i].name,
				role == RG_ROLE_INPUT ? "has no meaning on an input of this kind"
						      : "has no meaning on an output of this kind");
	}
	return 0;
}

/* A raw end receives on '@' and sends without: its direction is the stream's. */
static int check_raw(const struct rg_url *u, enum rg_end_role role, struct rg_conf_error *err)
{
	if (role == RG_ROLE_INPUT && !u->listen)
		return rg_conf_fail(err, "url",
			"an input receives on an own address: write '@' before it (udp://@:PORT)");
	if (role == RG_ROLE_OUTPUT && u->listen)
		return rg_conf_fail(err, "url", "'@' receives, but this is an output");
	/* RFC 5761 section 4: with the marker bit these read as RTCP. */
	if (u->kind == RG_END_RTP && u->rtp_ptype >= 72 && u->rtp_ptype <= 76)
		return rg_conf_fail(err, "rtp-ptype", "72 to 76 would be taken for RTCP");
	return 0;
}

int rg_url_check(const struct rg_url *u, enum rg_end_role role, struct rg_conf_error *err)
{
	int e = check_keys(u, role, err);

	if (e || u->kind == RG_END_FILE)
		return e;
	if (u->source.af != RG_AF_NONE && u->addr.af != RG_AF_NONE) {
		if (!rg_addr_is_multicast(&u->addr))
			return rg_conf_fail(
				err, "source", "needs a multicast group to receive from");
		if (u->source.af != u->addr.af)
			return rg_conf_fail(err, "source", "is of another family than the group");
	}
	return u->kind == RG_END_RIST ? check_rist(u, err) : check_raw(u, role, err);
}
