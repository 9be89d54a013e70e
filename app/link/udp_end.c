/* SPDX-License-Identifier: BSD-3-Clause */
#include "udp_end.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SOCKET_BUFFER_BYTES (32 << 20)
#define PAIR_TRIES          64

struct url {
	struct sockaddr_storage addr;
	socklen_t len;
	uint32_t ifindex; /* 0: the route's */
	int ttl; /* 0: the system's */
	bool listens;
};

static bool refuse(const char *url, const char *why)
{
	(void)fprintf(stderr, "ristgate-link: %s: %s\n", url, why);
	return false;
}

static uint16_t get_port(const struct sockaddr_storage *a)
{
	return ntohs(a->ss_family == AF_INET6 ? ((const struct sockaddr_in6 *)a)->sin6_port
					      : ((const struct sockaddr_in *)a)->sin_port);
}

static void set_port(struct sockaddr_storage *a, uint16_t port)
{
	if (a->ss_family == AF_INET6)
		((struct sockaddr_in6 *)a)->sin6_port = htons(port);
	else
		((struct sockaddr_in *)a)->sin_port = htons(port);
}

static bool is_group(const struct sockaddr_storage *a)
{
	if (a->ss_family == AF_INET6)
		return IN6_IS_ADDR_MULTICAST(&((const struct sockaddr_in6 *)a)->sin6_addr);
	return IN_MULTICAST(ntohl(((const struct sockaddr_in *)a)->sin_addr.s_addr));
}

/* ?miface=NAME&ttl=N, in either order */
static bool parse_query(struct url *u, const char *whole, char *query)
{
	char *save = NULL;

	for (char *kv = strtok_r(query, "&", &save); kv; kv = strtok_r(NULL, "&", &save)) {
		if (strncmp(kv, "miface=", 7) == 0) {
			u->ifindex = if_nametoindex(kv + 7);
			if (!u->ifindex)
				return refuse(whole, "no such interface");
		} else if (strncmp(kv, "ttl=", 4) == 0) {
			u->ttl = (int)strtol(kv + 4, NULL, 10);
			if (u->ttl < 1 || u->ttl > 255)
				return refuse(whole, "ttl is 1 to 255");
		} else {
			return refuse(whole, "unknown key");
		}
	}
	return true;
}

static bool parse_url(struct url *u, const char *whole)
{
	struct addrinfo hint = {.ai_socktype = SOCK_DGRAM}, *found;
	size_t len = strlen(whole + 6); /* behind udp:// */
	char text[256], *host = text, *port, *query;

	*u = (struct url){0};
	if (len >= sizeof(text))
		return refuse(whole, "too long");
	memcpy(text, whole + 6, len + 1);
	query = strchr(text, '?');
	if (query)
		*query++ = '\0';
	u->listens = *host == '@';
	host += u->listens;
	port = strrchr(host, ':');
	if (!port)
		return refuse(whole, "names no port");
	*port++ = '\0';
	if (*host == '[' && port[-2] == ']') {
		host++;
		port[-2] = '\0';
	}
	if (u->listens)
		hint.ai_flags = AI_PASSIVE;
	if (*host == '\0') {
		if (!u->listens)
			return refuse(whole, "names no host");
		hint.ai_family = AF_INET;
		host = NULL;
	}
	if (getaddrinfo(host, port, &hint, &found) != 0)
		return refuse(whole, "no such address");
	memcpy(&u->addr, found->ai_addr, found->ai_addrlen);
	u->len = found->ai_addrlen;
	freeaddrinfo(found);
	return !query || parse_query(u, whole, query);
}

static void set_int(int fd, int level, int option, int v)
{
	(void)setsockopt(fd, level, option, &v, sizeof(v));
}

static int open_socket(int family)
{
	int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	/* The forced size needs privilege; without it the system's limit is what there is. */
	set_int(fd, SOL_SOCKET, SO_RCVBUF, SOCKET_BUFFER_BYTES);
	set_int(fd, SOL_SOCKET, SO_SNDBUF, SOCKET_BUFFER_BYTES);
	set_int(fd, SOL_SOCKET, SO_RCVBUFFORCE, SOCKET_BUFFER_BYTES);
	set_int(fd, SOL_SOCKET, SO_SNDBUFFORCE, SOCKET_BUFFER_BYTES);
	/* The delay counts from the arrival, not from when we came to read it. */
	set_int(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1);
	return fd;
}

static bool join(int fd, const struct url *u)
{
	struct group_req req = {.gr_interface = u->ifindex};
	int level = u->addr.ss_family == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP;

	memcpy(&req.gr_group, &u->addr, u->len);
	set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	return setsockopt(fd, level, MCAST_JOIN_GROUP, &req, sizeof(req)) == 0;
}

/* A socket bound to the URL's port + i, its group joined. */
static int listen_on(const struct url *u, uint32_t i)
{
	struct sockaddr_storage at = u->addr;
	int fd = open_socket(at.ss_family);

	if (fd < 0)
		return -1;
	set_port(&at, (uint16_t)(get_port(&at) + i));
	if ((is_group(&at) && !join(fd, u)) || bind(fd, (struct sockaddr *)&at, u->len) != 0) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

/* How we send to a group; receivers on this host hear it too. */
static void prepare_group(int fd, const struct url *u)
{
	if (u->addr.ss_family == AF_INET6) {
		set_int(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, (int)u->ifindex);
		set_int(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 1);
		set_int(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, u->ttl ? u->ttl : 1);
	} else {
		struct ip_mreqn req = {.imr_ifindex = (int)u->ifindex};

		(void)setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &req, sizeof(req));
		set_int(fd, IPPROTO_IP, IP_MULTICAST_LOOP, 1);
		set_int(fd, IPPROTO_IP, IP_MULTICAST_TTL, u->ttl ? u->ttl : 1);
	}
}

/* The port a socket is bound to, 0: none. It stands at the same place for both families. */
static uint16_t bound_port(int fd)
{
	struct sockaddr_in6 own = {0};
	socklen_t len = sizeof(own);

	return getsockname(fd, (struct sockaddr *)&own, &len) == 0 ? ntohs(own.sin6_port) : 0;
}

/* The address the kernel sends from when it sends to the group; a second socket asks, because
 * ours stays unconnected. */
static void learn_self(struct udp_port *p, const struct url *u)
{
	socklen_t len = sizeof(p->self);
	int probe = socket(p->peer.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (probe < 0)
		return;
	prepare_group(probe, u);
	if (connect(probe, (const struct sockaddr *)&p->peer, u->len) == 0)
		(void)getsockname(probe, (struct sockaddr *)&p->self, &len);
	(void)close(probe);
	set_port(&p->self, bound_port(p->fd));
}

/* Adjacent ports of the kernel's choice, the first one even. */
static bool bind_adjacent(const int *fd, uint32_t n, const struct url *u)
{
	struct sockaddr_storage at = {.ss_family = u->addr.ss_family};
	uint16_t first;

	if (bind(fd[0], (struct sockaddr *)&at, u->len) != 0)
		return false;
	first = bound_port(fd[0]);
	if (n > 1 && first % 2 != 0)
		return false;
	for (uint32_t i = 1; i < n; i++) {
		set_port(&at, (uint16_t)(first + i));
		if (bind(fd[i], (struct sockaddr *)&at, u->len) != 0)
			return false;
	}
	return true;
}

static bool open_calling(struct udp_end *e, const struct url *u)
{
	int fd[LINK_PORTS_MAX] = {0};
	bool bound = false;

	for (int try = 0; !bound && try < PAIR_TRIES; try++) {
		for (uint32_t i = 0; i < e->n_ports; i++)
			fd[i] = open_socket(u->addr.ss_family);
		bound = bind_adjacent(fd, e->n_ports, u);
		for (uint32_t i = 0; !bound && i < e->n_ports; i++)
			(void)close(fd[i]);
	}
	for (uint32_t i = 0; bound && i < e->n_ports; i++) {
		struct udp_port *p = &e->port[i];

		p->fd = fd[i];
		p->peer = u->addr;
		set_port(&p->peer, (uint16_t)(get_port(&u->addr) + i));
		if (is_group(&u->addr)) {
			prepare_group(p->fd, u);
			learn_self(p, u);
			p->group_fd = listen_on(u, i);
		}
	}
	return bound;
}

bool udp_end_open(struct udp_end *e, const char *text, uint32_t n_ports)
{
	struct url u;

	*e = (struct udp_end){.n_ports = n_ports};
	for (uint32_t i = 0; i < n_ports; i++)
		e->port[i].fd = e->port[i].group_fd = -1;
	if (!parse_url(&u, text))
		return false;
	if (!u.listens)
		return open_calling(e, &u) || refuse(text, strerror(errno));
	for (uint32_t i = 0; i < n_ports; i++) {
		e->port[i].listens = true;
		e->port[i].fd = listen_on(&u, i);
		if (e->port[i].fd < 0)
			return refuse(text, strerror(errno));
	}
	return true;
}

void udp_end_close(struct udp_end *e)
{
	for (uint32_t i = 0; i < e->n_ports; i++) {
		if (e->port[i].fd >= 0)
			(void)close(e->port[i].fd);
		if (e->port[i].group_fd >= 0)
			(void)close(e->port[i].group_fd);
	}
	e->n_ports = 0;
}
