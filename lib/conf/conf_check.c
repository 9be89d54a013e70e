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

/* A key of the Main profile has no effect in Simple, and one that protects must not be lost. */
static int check_main_only(const struct rg_url *u, struct rg_conf_error *err)
{
	unsigned n;
	const struct rg_conf_key *keys = rg_conf_keys(&n);

	for (unsigned i = 0; i < n; i++) {
		if ((u->given >> i & 1) && keys[i].main_only)
			return rg_conf_fail(err, keys[i].name, keys[i].main_only);
	}
	return 0;
}

/* All that says how to encrypt says that it is wanted: never in the clear for want of a secret. */
static int check_secret(const struct rg_url *u, struct rg_conf_error *err)
{
	uint32_t bits = u->rist.aes_bits;
	bool secret = rg_url_given(u, "secret");

	if (secret && rg_url_given(u, "secret-file"))
		return rg_conf_fail(err, "secret", "given beside secret-file (one of them)");
	secret = secret || rg_url_given(u, "secret-file");
	/* TR-06-2:2022 section 5.1: the H bit of the header tells 128 from 256 bits (trap M115). */
	if (bits == 192)
		return rg_conf_fail(err, "aes-type",
			"192 bits cannot be told to a peer of the Main profile (128 or 256)");
	if (bits != 0 && bits != 128 && bits != 256) {
		rg_conf_blame(err, "aes-type");
		rg_conf_say_u32(err, bits);
		rg_conf_say(err, " is no size of a key (0, 128 or 256)");
		return -RG_E_INVAL;
	}
	if (secret && bits == 0)
		return rg_conf_fail(err, "aes-type",
			"0 with a secret would send it all in the clear (128 or 256, or no secret)");
	if (!secret && bits != 0)
		return rg_conf_fail(err, "aes-type", "needs a secret or a secret-file");
	if (!secret && rg_url_given(u, "key-rotation"))
		return rg_conf_fail(err, "key-rotation", "needs a secret or a secret-file");
	return 0;
}

/* Without a way back nobody can be told where to send. */
static int check_one_way(const struct rg_url *u, enum rg_end_role role, struct rg_conf_error *err)
{
	if (!u->rist.one_way)
		return 0;
	if (role == RG_ROLE_OUTPUT && u->listen)
		return rg_conf_fail(err, "one-way",
			"an output that listens never learns where to send (rist://HOST:PORT)");
	if (role == RG_ROLE_INPUT && !u->listen)
		return rg_conf_fail(err, "one-way",
			"an input that calls cannot say where it is (rist://@ADDR:PORT)");
	return 0;
}

static const char *tap_name(const struct rg_url *u)
{
	return memcmp(u->oob, "tap:", 4) == 0 ? u->oob + 4 : NULL;
}

/* What Linux takes as the name of an interface; '%' would make it a pattern. */
static bool is_ifname(const char *name)
{
	size_t len = strlen(name);

	if (len == 0 || len > RG_IFNAME_MAX || name[0] == '.')
		return false;
	for (size_t i = 0; i < len; i++) {
		if (name[i] <= ' ' || name[i] > '~' || name[i] == '/' || name[i] == ':' ||
			name[i] == '%')
			return false;
	}
	return true;
}

static int check_oob(const struct rg_url *u, struct rg_conf_error *err)
{
	const char *name = tap_name(u);

	if (!u->oob[0] || memcmp(u->oob, "off", 4) == 0)
		return 0;
	if (memcmp(u->oob, "api", 4) == 0)
		return rg_conf_fail(err, "oob",
			"api needs the control socket, which this version does not have "
			"(off or tap:NAME)");
	if (!name)
		return rg_conf_fail(err, "oob", "is no choice (off or tap:NAME)");
	if (!is_ifname(name))
		return rg_conf_fail(err, "oob",
			"no interface can have this name (tap: and 1..15 letters, digits, -, _ or .)");
	return 0;
}

const char *rg_url_tap(const struct rg_url *u)
{
	const char *name = tap_name(u);

	return u->kind == RG_END_RIST && name && name[0] ? name : NULL;
}

static int check_main(const struct rg_url *u, enum rg_end_role role, struct rg_conf_error *err)
{
	int e = check_secret(u, err);

	if (!e)
		e = check_one_way(u, role, err);
	return e ? e : check_oob(u, err);
}

static int check_rist(const struct rg_url *u, enum rg_end_role role, struct rg_conf_error *err)
{
	int e;

	if (u->rist.profile == RG_PROFILE_ADVANCED)
		return rg_conf_fail(err, "profile",
			"advanced is not in this version (use profile=main or profile=simple)");
	if (u->listen && u->rist.local_port > 0)
		return rg_conf_fail(
			err, "local-port", "is for callers; a listener's port stands after '@'");
	if (u->rist.max_bandwidth_kbps && rg_url_given(u, "bandwidth") &&
		ordered(err, "bandwidth", u->rist.bandwidth_kbps, "max-bandwidth",
			u->rist.max_bandwidth_kbps))
		return -RG_E_INVAL;
	e = check_bounds(&u->rist, err);
	if (e)
		return e;
	if (u->rist.profile == RG_PROFILE_MAIN)
		return check_main(u, role, err);
	e = check_main_only(u, err);
	return e ? e : check_simple(u, err);
}

static int check_keys(const struct rg_url *u, enum rg_end_role role, struct rg_conf_error *err)
{
	unsigned n;
	const struct rg_conf_key *keys = rg_conf_keys(&n);

	for (unsigned i = 0; i < n; i++) {
		if ((u->given >> i & 1) && !(keys[i].where & rg_conf_key_where(u->kind, role)))
			return rg_conf_fail(err, keys[i].name,
				role == RG_ROLE_INPUT ? "has no meaning on an input of this kind"
						      : "has no meaning on an output of this kind");
	}
	return 0;
}

/* libRIST's rules: its sender refuses odd numbers, which are for RTCP. */
static int check_stream_id(const struct rg_url *u, enum rg_end_role role, struct rg_conf_error *err)
{
	if (u->stream_id % 2) {
		rg_conf_blame(err, "stream-id");
		rg_conf_say_u32(err, u->stream_id);
		rg_conf_say(err, " is odd (even, 0..65534)");
		return -RG_E_INVAL;
	}
	if (u->multiplex_mode == RG_MULTIPLEX_IPV4)
		return rg_conf_fail(err, "multiplex-mode",
			"ipv4, libRIST's own way to carry IP headers, is not in this version "
			"(virt-dst, virt-src or auto)");
	/* The source port would be 0, which a libRIST receiver never answers (trap M13). */
	if (role == RG_ROLE_INPUT && u->multiplex_mode == RG_MULTIPLEX_SRC && u->stream_id == 0)
		return rg_conf_fail(err, "multiplex-mode", "virt-src needs a stream-id");
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
	return check_stream_id(u, role, err);
}

int rg_url_check(const struct rg_url *u, enum rg_end_role role, struct rg_conf_error *err)
{
	int e = check_keys(u, role, err);

	if (!e && u->flow && u->flow_cname[0])
		e = rg_conf_fail(err, "flow", "is chosen by flow-cname already");
	if (e || u->kind == RG_END_FILE)
		return e;
	if (u->source.af != RG_AF_NONE && u->addr.af != RG_AF_NONE) {
		if (!rg_addr_is_multicast(&u->addr))
			return rg_conf_fail(
				err, "source", "needs a multicast group to receive from");
		if (u->source.af != u->addr.af)
			return rg_conf_fail(err, "source", "is of another family than the group");
	}
	return u->kind == RG_END_RIST ? check_rist(u, role, err) : check_raw(u, role, err);
}
