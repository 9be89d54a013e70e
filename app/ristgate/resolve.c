/* SPDX-License-Identifier: BSD-3-Clause */
#include "resolve.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>

/* False: a family that RIST is not carried over. */
static bool take_sockaddr(struct rg_addr *to, const struct sockaddr *sa)
{
	if (sa->sa_family == AF_INET) {
		const struct sockaddr_in *in = (const void *)sa;

		memcpy(to->ip, &in->sin_addr, 4);
		to->af = RG_AF_IP4;
		return true;
	}
	if (sa->sa_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const void *)sa;

		memcpy(to->ip, &in6->sin6_addr, 16);
		to->af = RG_AF_IP6;
		return true;
	}
	return false;
}

static int resolve_url(struct rg_url *u, enum rg_end_role role, struct rg_conf_error *err)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_DGRAM, .ai_flags = AI_ADDRCONFIG};
	struct addrinfo *list = NULL;
	int e;

	if (u->kind == RG_END_FILE || u->addr.af != RG_AF_NONE || !u->host[0])
		return 0;
	e = getaddrinfo(u->host, NULL, &hints, &list);
	if (e)
		return gw_fail(
			err, "host: \"%.128s\" has no address (%s)", u->host, gai_strerror(e));
	for (const struct addrinfo *a = list; a; a = a->ai_next) {
		if (take_sockaddr(&u->addr, a->ai_addr))
			break;
	}
	freeaddrinfo(list);
	if (u->addr.af == RG_AF_NONE)
		return gw_fail(err, "host: \"%.128s\" has no IP address", u->host);
	return rg_url_check(u, role, err);
}

static int resolve_side(
	struct rg_end *ends, uint32_t n, enum rg_end_role role, struct rg_conf_error *err)
{
	for (uint32_t e = 0; e < n; e++) {
		for (uint32_t p = 0; p < ends[e].n_paths; p++) {
			if (resolve_url(&ends[e].paths[p], role, err))
				return -RG_E_INVAL;
		}
	}
	return 0;
}

int gw_resolve(struct gw_config *c, struct gw_error *err)
{
	for (uint32_t i = 0; i < c->n_streams; i++) {
		struct gw_stream *s = &c->streams[i];

		if (resolve_side(s->inputs, s->n_inputs, RG_ROLE_INPUT, &err->why) ||
			resolve_side(s->outputs, s->n_outputs, RG_ROLE_OUTPUT, &err->why)) {
			snprintf(err->where, sizeof(err->where), "stream %s", s->name);
			return -RG_E_INVAL;
		}
	}
	return 0;
}
