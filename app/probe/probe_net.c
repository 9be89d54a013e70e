/* SPDX-License-Identifier: BSD-3-Clause */
/* probe_net.c - clock, and URLs into sockets and files.
 * "udp://HOST:PORT?miface=IF&ttl=N" sends, "udp://@ADDR:PORT?miface=IF&source=ADDR" receives and
 * joins ADDR when that is a multicast group; "file:PATH"; "-". */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "probe.h"

#define SOCKET_BYTES (16 << 20)

struct udp_url {
	char host[256], port[8], miface[16], source[64];
	int ttl;
};

int64_t probe_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

void probe_sleep_until(int64_t ns)
{
	struct timespec t = {.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
		;
}

static int fail(const char *url, const char *what)
{
	fprintf(stderr, "ristgate-probe: %s: %s\n", url, what);
	return -1;
}

static int copy(char *dst, size_t cap, const char *src, size_t len)
{
	if (len >= cap)
		return -1;
	memcpy(dst, src, len);
	dst[len] = 0;
	return 0;
}

static int parse_query(const char *q, struct udp_url *u)
{
	while (*q) {
		size_t key = strcspn(q, "="), all = strcspn(q, "&");
		const char *v = q + key + 1;
		size_t len;

		if (key >= all)
			return -1;
		len = all - key - 1;
		if (key == 6 && !memcmp(q, "miface", 6)) {
			if (copy(u->miface, sizeof(u->miface), v, len) < 0)
				return -1;
		} else if (key == 6 && !memcmp(q, "source", 6)) {
			if (copy(u->source, sizeof(u->source), v, len) < 0)
				return -1;
		} else if (key == 3 && !memcmp(q, "ttl", 3)) {
			u->ttl = (int)strtol(v, NULL, 10);
		} else {
			return -1;
		}
		q += all + (q[all] == '&');
	}
	return 0;
}

static int parse_udp(const char *url, struct udp_url *u)
{
	const char *host = url + strlen("udp://"), *port;
	size_t host_len, port_len;

	memset(u, 0, sizeof(*u));
	u->ttl = 1;
	host += *host == '@';
	if (*host == '[') {
		host++;
		host_len = strcspn(host, "]");
		port = host + host_len + (host[host_len] == ']');
	} else {
		host_len = strcspn(host, ":");
		port = host + host_len;
	}
	if (*port++ != ':')
		return fail(url, "no port: udp://HOST:PORT");
	port_len = strcspn(port, "?");
	if (copy(u->host, sizeof(u->host), host, host_len) < 0 ||
		copy(u->port, sizeof(u->port), port, port_len) < 0 || port_len == 0)
		return fail(url, "host or port too long");
	if (port[port_len] == '?' && parse_query(port + port_len + 1, u) < 0)
		return fail(url, "keys are miface, source and ttl");
	return 0;
}

static int resolve(const char *url, const char *host, const char *port, int flags,
	struct sockaddr_storage *sa, socklen_t *len)
{
	struct addrinfo hint = {.ai_socktype = SOCK_DGRAM, .ai_flags = flags | AI_NUMERICSERV};
	struct addrinfo *ai;
	int e = getaddrinfo(*host ? host : NULL, port, &hint, &ai);

	if (e)
		return fail(url, gai_strerror(e));
	memcpy(sa, ai->ai_addr, ai->ai_addrlen);
	*len = ai->ai_addrlen;
	freeaddrinfo(ai);
	return 0;
}

static bool is_multicast(const struct sockaddr_storage *sa)
{
	if (sa->ss_family == AF_INET)
		return IN_MULTICAST(ntohl(((const struct sockaddr_in *)sa)->sin_addr.s_addr));
	return IN6_IS_ADDR_MULTICAST(&((const struct sockaddr_in6 *)sa)->sin6_addr);
}

/* The larger of what a privileged and what an ordinary caller gets. */
static void enlarge(int fd, int force, int plain)
{
	int n = SOCKET_BYTES;

	if (setsockopt(fd, SOL_SOCKET, force, &n, sizeof(n)) < 0)
		setsockopt(fd, SOL_SOCKET, plain, &n, sizeof(n));
}

static int open_file(const char *url, int flags, int standard, struct probe_end *out)
{
	memset(out, 0, sizeof(*out));
	out->stream = true;
	out->fd = strcmp(url, "-") == 0 ? standard
					: open(url + strlen("file:"), flags | O_CLOEXEC, 0644);
	return out->fd < 0 ? fail(url, strerror(errno)) : 0;
}

static bool is_file(const char *url)
{
	return strcmp(url, "-") == 0 || strncmp(url, "file:", 5) == 0;
}

static int multicast_out(int fd, const struct udp_url *u, int family)
{
	unsigned index = *u->miface ? if_nametoindex(u->miface) : 0;

	if (*u->miface && index == 0)
		return -1;
	if (family == AF_INET) {
		struct ip_mreqn m = {.imr_ifindex = (int)index};

		if (index && setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &m, sizeof(m)) < 0)
			return -1;
		return setsockopt(fd, IPPROTO_IP, IP_MULTICAST_TTL, &u->ttl, sizeof(u->ttl));
	}
	if (index && setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, &index, sizeof(index)) < 0)
		return -1;
	return setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &u->ttl, sizeof(u->ttl));
}

int probe_open_dest(const char *url, struct probe_end *out)
{
	struct udp_url u;

	if (is_file(url))
		return open_file(url, O_WRONLY | O_CREAT | O_TRUNC, STDOUT_FILENO, out);
	if (strncmp(url, "udp://", 6) != 0)
		return fail(url, "neither udp://, file: nor -");
	memset(out, 0, sizeof(*out));
	if (parse_udp(url, &u) < 0 ||
		resolve(url, u.host, u.port, 0, &out->addr, &out->addr_len) < 0)
		return -1;
	out->fd = socket(out->addr.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (out->fd < 0)
		return fail(url, strerror(errno));
	enlarge(out->fd, SO_SNDBUFFORCE, SO_SNDBUF);
	if (is_multicast(&out->addr) && multicast_out(out->fd, &u, out->addr.ss_family) < 0) {
		close(out->fd);
		return fail(url, strerror(errno));
	}
	return 0;
}

static int join(const char *url, int fd, const struct udp_url *u, const struct probe_end *e)
{
	int level = e->addr.ss_family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6;
	unsigned index = *u->miface ? if_nametoindex(u->miface) : 0;
	struct group_source_req r = {.gsr_interface = index};
	struct group_req g = {.gr_interface = index};
	socklen_t len;

	if (*u->miface && index == 0)
		return fail(url, "miface: no such interface");
	memcpy(&g.gr_group, &e->addr, e->addr_len);
	memcpy(&r.gsr_group, &e->addr, e->addr_len);
	if (!*u->source)
		return setsockopt(fd, level, MCAST_JOIN_GROUP, &g, sizeof(g));
	if (resolve(url, u->source, NULL, 0, &r.gsr_source, &len) < 0)
		return -1;
	return setsockopt(fd, level, MCAST_JOIN_SOURCE_GROUP, &r, sizeof(r));
}

int probe_open_source(const char *url, struct probe_end *out)
{
	struct udp_url u;
	int on = 1;

	if (is_file(url))
		return open_file(url, O_RDONLY, STDIN_FILENO, out);
	if (strncmp(url, "udp://", 6) != 0)
		return fail(url, "neither udp://@, file: nor -");
	memset(out, 0, sizeof(*out));
	if (parse_udp(url, &u) < 0 ||
		resolve(url, u.host, u.port, AI_PASSIVE, &out->addr, &out->addr_len) < 0)
		return -1;
	out->fd = socket(out->addr.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (out->fd < 0)
		return fail(url, strerror(errno));
	enlarge(out->fd, SO_RCVBUFFORCE, SO_RCVBUF);
	/* what the sender's kernel joined may stay so; one that does not know this cuts it */
	(void)setsockopt(out->fd, SOL_UDP, UDP_GRO, &on, sizeof(on));
	if (is_multicast(&out->addr)) {
		setsockopt(out->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
		if (join(url, out->fd, &u, out) < 0)
			goto broken;
	}
	if (bind(out->fd, (struct sockaddr *)&out->addr, out->addr_len) < 0)
		goto broken;
	return 0;
broken:
	fail(url, strerror(errno));
	close(out->fd);
	return -1;
}
