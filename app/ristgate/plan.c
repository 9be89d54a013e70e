/* SPDX-License-Identifier: BSD-3-Clause */
#include "plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "rg_addr_text.h"

#define EPS_PER_SIDE 3 /* at most: media, RTCP, interface */

void gw_url_text(const struct rg_url *u, char *out, size_t cap_bytes)
{
	static const char *const schemes[] = {"rist", "udp", "rtp"};
	bool v6 = strchr(u->host, ':') != NULL;

	if (u->kind == RG_END_FILE)
		snprintf(out, cap_bytes, "%s%s", u->path[0] ? "file:" : "-", u->path);
	else
		snprintf(out, cap_bytes, "%s://%s%s%s%s:%u", schemes[u->kind], u->listen ? "@" : "",
			v6 ? "[" : "", u->host, v6 ? "]" : "", u->addr.port);
}

static int draw(void *out, size_t n_bytes, struct rg_conf_error *err)
{
	return getrandom(out, n_bytes, 0) == (ssize_t)n_bytes
		? 0
		: gw_fail(err, "no random numbers from the kernel");
}

/* Where a stream end is bound: its own address when it listens, any of the right family when it
 * calls or receives a group. */
static void set_addresses(struct rg_ep_plan *ep, const struct rg_url *u)
{
	bool group = rg_addr_is_multicast(&u->addr);

	if (u->listen) {
		ep->local = u->addr;
		if (group) {
			ep->group = u->addr;
			ep->group.port = 0;
			ep->source = u->source;
			memset(ep->local.ip, 0, sizeof(ep->local.ip));
		}
		return;
	}
	ep->remote = u->addr;
	ep->local.af = u->addr.af;
	if (u->kind == RG_END_RIST)
		ep->local.port = u->rist.local_port;
}

static uint16_t add_ep(struct gw_plan *p, const struct rg_ep_plan *ep)
{
	p->eps[p->n_eps] = *ep;
	return (uint16_t)p->n_eps++;
}

static void plan_file(struct gw_plan *p, struct rg_side_plan *s, const struct rg_url *u,
	struct rg_ep_plan *ep, enum rg_end_role role)
{
	ep->kind = role == RG_ROLE_INPUT ? RG_EP_FILE_IN : RG_EP_FILE_OUT;
	ep->bitrate_kbps = u->bitrate_kbps;
	memcpy(ep->path, u->path, sizeof(ep->path));
	s->ep = add_ep(p, ep);
}

/* TR-06-1 section 5.1: in Simple RTCP is the next port up, on both ends. All of Main goes over one
 * port (TR-06-2 section 5). */
static void plan_udp(
	struct gw_plan *p, struct rg_side_plan *s, const struct rg_url *u, struct rg_ep_plan *ep)
{
	ep->kind = RG_EP_UDP;
	ep->ttl = (uint16_t)u->ttl;
	memcpy(ep->miface, u->miface, sizeof(ep->miface));
	set_addresses(ep, u);
	s->ep = add_ep(p, ep);
	if (u->kind != RG_END_RIST || u->rist.profile != RG_PROFILE_SIMPLE)
		return;
	ep->pair = s->ep;
	if (ep->local.port)
		ep->local.port++;
	if (ep->remote.port)
		ep->remote.port++;
	s->ep_rtcp = add_ep(p, ep);
}

/* TR-06-2 section 5.4: IP packets beside the media come from and go to an interface. */
static void plan_tap(struct gw_plan *p, struct rg_side_plan *s, const char *name)
{
	struct rg_ep_plan ep = {.kind = RG_EP_TUN, .stream = p->n_streams, .pair = RG_EP_NONE};
	size_t len = strlen(name); /* 15 at most, rg_url_check says */

	memcpy(s->tap, name, len);
	memcpy(ep.miface, name, len);
	s->ep_oob = add_ep(p, &ep);
}

/* What we tell the peer about who we are, when nothing is configured. */
static void default_cname(char cname[RG_CNAME_MAX + 1], const char *stream)
{
	char host[RG_CNAME_MAX + 1];

	if (gethostname(host, sizeof(host)) != 0)
		host[0] = '\0';
	host[RG_CNAME_MAX] = '\0';
	snprintf(cname, RG_CNAME_MAX + 1, "%.*s@%.*s", RG_NAME_MAX, stream,
		RG_CNAME_MAX - RG_NAME_MAX - 1, host);
}

static int plan_side(struct gw_plan *p, const struct gw_stream *st, const struct rg_url *u,
	enum rg_end_role role, struct rg_conf_error *err)
{
	struct rg_side_plan *s = &p->sides[p->n_sides++];
	struct rg_ep_plan ep = {.stream = p->n_streams, .pair = RG_EP_NONE};
	uint32_t random[2];

	if (draw(random, sizeof(random), err))
		return -RG_E_NOENT;
	*s = (struct rg_side_plan){.kind = u->kind,
		.ep_rtcp = RG_EP_NONE,
		.listen = u->listen,
		.rist = u->rist,
		.ssrc = random[0] & ~UINT32_C(1), /* the low bit marks retransmissions */
		.first_seq = random[1] & UINT16_MAX,
		.rtp_ptype = u->rtp_ptype,
		.flow = u->flow,
		.stream_id = u->stream_id,
		.multiplex_mode = (uint16_t)u->multiplex_mode,
		.secret = u->secret_id};
	memcpy(s->flow_cname, u->flow_cname, sizeof(s->flow_cname));
	if (!u->listen)
		s->remote = u->addr;
	if (!s->rist.cname[0])
		default_cname(s->rist.cname, st->name);
	if (u->kind == RG_END_FILE)
		plan_file(p, s, u, &ep, role);
	else
		plan_udp(p, s, u, &ep);
	if (rg_url_tap(u))
		plan_tap(p, s, rg_url_tap(u));
	return 0;
}

/* libRIST: the stream-id of an input is the virtual destination port of what is sent on, and the
 * source port, too, where receivers are to look at that one. */
static void mark_outputs(struct rg_side_plan *outputs, uint32_t n, const struct rg_url *in)
{
	for (uint32_t i = 0; i < n && in->stream_id; i++) {
		outputs[i].rist.virt_dst_port = in->stream_id;
		if (in->multiplex_mode == RG_MULTIPLEX_SRC)
			outputs[i].rist.virt_src_port = in->stream_id;
	}
}

static int plan_stream(struct gw_plan *p, const struct gw_stream *st, struct rg_conf_error *err)
{
	struct rg_stream_plan *s = &p->streams[p->n_streams];

	memcpy(s->name, st->name, sizeof(s->name));
	s->index = p->n_streams;
	s->inputs = &p->sides[p->n_sides];
	s->n_inputs = st->n_inputs;
	for (uint32_t i = 0; i < st->n_inputs; i++) {
		if (plan_side(p, st, &st->inputs[i].paths[0], RG_ROLE_INPUT, err))
			return -RG_E_NOENT;
	}
	s->outputs = &p->sides[p->n_sides];
	s->n_outputs = st->n_outputs;
	for (uint32_t i = 0; i < st->n_outputs; i++) {
		if (plan_side(p, st, &st->outputs[i].paths[0], RG_ROLE_OUTPUT, err))
			return -RG_E_NOENT;
	}
	mark_outputs(&p->sides[p->n_sides - s->n_outputs], s->n_outputs, &st->inputs[0].paths[0]);
	p->n_streams++;
	return 0;
}

/* Two ends on one UDP port: the kernel would refuse the second, or share it with reception
 * undefined (groups), so tell before anything starts. */
static int check_twice(const struct gw_plan *p, const struct gw_config *c, struct gw_error *err)
{
	for (uint32_t i = 0; i < p->n_eps; i++) {
		const struct rg_ep_plan *a = &p->eps[i];

		for (uint32_t k = 0; k < i && a->local.port; k++) {
			const struct rg_ep_plan *b = &p->eps[k];
			char text[RG_ADDR_TEXT_MAX];

			if (!rg_addr_eq(&a->local, &b->local) ||
				!rg_addr_eq(&a->group, &b->group) ||
				!rg_addr_eq(&a->source, &b->source) ||
				strcmp(a->miface, b->miface) != 0)
				continue;
			rg_addr_format(&a->local, text);
			snprintf(err->where, sizeof(err->where), "stream %s",
				c->streams[a->stream].name);
			return gw_fail(&err->why, "port: %s is taken by stream %s already", text,
				c->streams[b->stream].name);
		}
	}
	return 0;
}

int gw_plan_build(struct gw_plan *p, const struct gw_config *c, struct gw_error *err)
{
	size_t n_sides = 0;

	for (uint32_t i = 0; i < c->n_streams; i++)
		n_sides += c->streams[i].n_inputs + c->streams[i].n_outputs;
	memset(p, 0, sizeof(*p));
	if (n_sides == 0 || EPS_PER_SIDE * n_sides >= RG_EP_NONE)
		return gw_fail(
			&err->why, "streams: %zu ends (1..%d)", n_sides, RG_EP_NONE / EPS_PER_SIDE);
	p->eps = calloc(EPS_PER_SIDE * n_sides, sizeof(*p->eps));
	p->sides = calloc(n_sides, sizeof(*p->sides));
	p->streams = calloc(c->n_streams, sizeof(*p->streams));
	if (!p->eps || !p->sides || !p->streams) {
		gw_plan_fini(p);
		return gw_fail(&err->why, "no memory for %u streams", c->n_streams);
	}
	for (uint32_t i = 0; i < c->n_streams; i++) {
		if (plan_stream(p, &c->streams[i], &err->why)) {
			gw_plan_fini(p);
			return -RG_E_NOENT;
		}
	}
	if (check_twice(p, c, err)) {
		gw_plan_fini(p);
		return -RG_E_INVAL;
	}
	return 0;
}

void gw_plan_fini(struct gw_plan *p)
{
	free(p->eps);
	free(p->sides);
	free(p->streams);
	memset(p, 0, sizeof(*p));
}

/* The i-th side, inputs first. */
static const struct rg_side_plan *side_of(const struct rg_stream_plan *s, uint32_t i)
{
	return i < s->n_inputs ? &s->inputs[i] : &s->outputs[i - s->n_inputs];
}

static bool is_main(const struct rg_side_plan *s)
{
	return s->kind == RG_END_RIST && s->rist.profile == RG_PROFILE_MAIN;
}

uint32_t gw_plan_main_ends(const struct rg_stream_plan *s)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < s->n_inputs + s->n_outputs; i++)
		n += is_main(side_of(s, i));
	return n;
}

const struct rg_side_plan *gw_plan_main_end(const struct rg_stream_plan *s, uint32_t number)
{
	for (uint32_t i = 0; i < s->n_inputs + s->n_outputs; i++) {
		const struct rg_side_plan *side = side_of(s, i);

		if (is_main(side) && --number == 0)
			return side;
	}
	return NULL;
}

uint32_t gw_plan_end_number(const struct rg_stream_plan *s, uint16_t ep)
{
	const struct rg_side_plan *side;
	uint32_t n = 0;

	while ((side = gw_plan_main_end(s, ++n))) {
		if (side->ep == ep)
			return n;
	}
	return 0;
}
