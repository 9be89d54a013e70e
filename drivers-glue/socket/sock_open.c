/* SPDX-License-Identifier: BSD-3-Clause */
#include "rg_addr_text.h"
#include "sock_priv.h"
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define PAIR_TRIES 64
#define BUF_SMALL  (1 << 20) /* 80 ms of 100 Mb/s */

static int fail(struct rg_conf_error *err, const struct rg_addr *a, const char *doing)
{
	char text[RG_ADDR_TEXT_MAX];
	int e = errno;

	rg_addr_format(a, text);
	snprintf(err->text, sizeof(err->text), "%s: %s: %s", text, doing, strerrordesc_np(e));
	errno = e;
	return -RG_E_INVAL;
}

static void set_int(int fd, int level, int name, int v)
{
	/* what a kernel does not know costs comfort, not function */
	(void)setsockopt(fd, level, name, &v, sizeof(v));
}

/* As large as the kernel lets us; false when reception ended up small. */
static bool set_buffers(int fd)
{
	int v = SOCK_BUF_BYTES, have = 0;
	socklen_t len = sizeof(have);

	/* FORCE passes the system's limit but needs a privilege */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &v, sizeof(v)) < 0)
		set_int(fd, SOL_SOCKET, SO_RCVBUF, v);
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &v, sizeof(v)) < 0)
		set_int(fd, SOL_SOCKET, SO_SNDBUF, v);
	/* the kernel tells twice what may be used */
	return getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &have, &len) < 0 || have / 2 >= BUF_SMALL;
}

/* DF always: RIST media is never fragmented. */
static void set_options(const struct sock_ep *e, const struct rg_ep_plan *p, uint8_t af)
{
	int ttl = p->ttl ? p->ttl : 1;
	struct ip_mreqn mreq = {.imr_ifindex = (int)e->ifindex};

	set_int(e->fd, SOL_SOCKET, SO_RXQ_OVFL, 1);
	set_int(e->fd, SOL_UDP, UDP_GRO, 1);
	if (e->v6) {
		set_int(e->fd, IPPROTO_IPV6, IPV6_V6ONLY, af == RG_AF_IP6);
		set_int(e->fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DO);
		set_int(e->fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, ttl);
		if (e->ifindex)
			set_int(e->fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, (int)e->ifindex);
	}
	if (af == RG_AF_IP6)
		return;
	set_int(e->fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO);
	set_int(e->fd, IPPROTO_IP, IP_MULTICAST_TTL, ttl);
	if (e->ifindex)
		(void)setsockopt(e->fd, IPPROTO_IP, IP_MULTICAST_IF, &mreq, sizeof(mreq));
}

static int join_group(const struct sock_ep *e, const struct rg_ep_plan *p)
{
	int level = e->v6 ? IPPROTO_IPV6 : IPPROTO_IP;
	struct group_source_req one = {.gsr_interface = e->ifindex};
	struct group_req any = {.gr_interface = e->ifindex};

	if (p->source.af == RG_AF_NONE) {
		sock_from_addr(e, &p->group, &any.gr_group);
		return setsockopt(e->fd, level, MCAST_JOIN_GROUP, &any, sizeof(any));
	}
	sock_from_addr(e, &p->group, &one.gsr_group);
	sock_from_addr(e, &p->source, &one.gsr_source);
	return setsockopt(e->fd, level, MCAST_JOIN_SOURCE_GROUP, &one, sizeof(one));
}

/* The address to bind to: the group itself on a group, so that only its datagrams arrive. */
static struct rg_addr bind_addr(const struct rg_ep_plan *p, uint16_t port)
{
	struct rg_addr a = p->group.af != RG_AF_NONE ? p->group : p->local;

	if (a.af == RG_AF_NONE)
		a.af = p->remote.af;
	a.port = port;
	return a;
}

/* With no family told, one IPv6 socket takes both; IPv4 alone where IPv6 is not built in. */
static int make_socket(struct sock_ep *e, uint8_t af)
{
	e->v6 = af != RG_AF_IP4;
	e->fd = socket(e->v6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (e->fd < 0 && af == RG_AF_NONE) {
		e->v6 = false;
		e->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	}
	return e->fd;
}

static int bind_ep(struct sock_ep *e, const struct rg_addr *a)
{
	struct sockaddr_storage ss;
	socklen_t len = sock_from_addr(e, a, &ss);

	if (bind(e->fd, (struct sockaddr *)&ss, len) < 0)
		return -1;
	len = sizeof(ss);
	if (getsockname(e->fd, (struct sockaddr *)&ss, &len) < 0)
		return -1;
	sock_to_addr(&ss, &e->local);
	return 0;
}

static int open_udp(
	struct sock_ep *e, const struct rg_ep_plan *p, uint16_t port, struct rg_conf_error *err)
{
	struct rg_addr a = bind_addr(p, port);

	if (*p->miface && !(e->ifindex = if_nametoindex(p->miface)))
		return fail(err, &a, p->miface);
	if (make_socket(e, a.af) < 0)
		return fail(err, &a, "socket");
	set_options(e, p, a.af);
	if (p->group.af != RG_AF_NONE)
		set_int(e->fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (bind_ep(e, &a) < 0)
		return fail(err, &a, "bind");
	if (p->group.af != RG_AF_NONE && join_group(e, p) < 0)
		return fail(err, &a, "join");
	if (!set_buffers(e->fd))
		snprintf(err->text, sizeof(err->text),
			"receive buffer under 1 MiB: raise net.core.rmem_max");
	return 0;
}

static void close_ep(struct sock_ep *e)
{
	if (e->fd >= 0)
		close(e->fd);
	e->fd = -1;
}

/* Two free adjacent ports, the even one first (TR-06-1 section 5.1.1). A given port is tried as it
 * is; else the kernel proposes until one has a free neighbour. */
static int open_pair(struct rg_sock_set *s, const struct rg_ep_plan *eps, uint32_t media,
	uint32_t rtcp, struct rg_conf_error *err)
{
	struct sock_ep *m = &s->eps[media], *r = &s->eps[rtcp];
	uint16_t port = eps[media].local.port;

	for (unsigned i = 0; i < PAIR_TRIES; i++) {
		int rc = open_udp(m, &eps[media], port, err);

		if (rc < 0)
			return rc;
		if (port || m->local.port % 2 == 0) {
			rc = open_udp(r, &eps[rtcp], (uint16_t)(m->local.port + 1), err);
			if (rc == 0 || port || errno != EADDRINUSE)
				return rc;
		}
		close_ep(m);
		close_ep(r);
	}
	snprintf(err->text, sizeof(err->text), "no two free adjacent UDP ports (%u tries)",
		PAIR_TRIES);
	return -RG_E_INVAL;
}

static uint32_t follower(const struct rg_ep_plan *eps, uint32_t n_eps, uint32_t media)
{
	for (uint32_t i = 0; i < n_eps; i++)
		if (eps[i].kind == RG_EP_UDP && eps[i].pair == media)
			return i;
	return RG_EP_NONE;
}

static int open_one(
	struct rg_sock_set *s, const struct rg_ep_plan *eps, uint32_t i, struct rg_conf_error *err)
{
	uint32_t rtcp;

	if (s->eps[i].fd >= 0)
		return 0;
	if (eps[i].kind == RG_EP_TUN)
		return sock_tun_open(&s->eps[i], &eps[i], err);
	if (eps[i].kind != RG_EP_UDP) {
		s->any_file = true;
		return eps[i].kind == RG_EP_FILE_IN ? sock_in_open(&s->eps[i], &eps[i], err)
						    : sock_out_open(&s->eps[i], &eps[i], err);
	}
	if (eps[i].pair != RG_EP_NONE)
		return 0; /* opened with its media endpoint */
	rtcp = follower(eps, s->n_eps, i);
	return rtcp == RG_EP_NONE ? open_udp(&s->eps[i], &eps[i], eps[i].local.port, err)
				  : open_pair(s, eps, i, rtcp, err);
}

static int watch(struct rg_sock_set *s, uint32_t id, int fd)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.u32 = id};

	return epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, fd, &ev);
}

static int watch_all(struct rg_sock_set *s, struct rg_conf_error *err)
{
	for (uint32_t i = 0; i < s->n_eps; i++) {
		struct sock_ep *e = &s->eps[i];

		if (e->fd < 0 || e->kind == RG_EP_FILE_OUT)
			continue;
		e->ready = e->in && sock_in_paced(e);
		if (!e->ready && watch(s, i, e->fd) < 0)
			return fail(err, &e->local, "epoll");
	}
	return watch(s, s->n_eps, s->wake_fd);
}

static struct rg_sock_set *new_set(const struct rg_ep_plan *eps, uint32_t n_eps)
{
	struct rg_sock_set *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->eps = calloc(n_eps ? n_eps : 1, sizeof(*s->eps));
	s->n_eps = n_eps;
	s->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	s->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	s->udp_in = sock_udp_in_new();
	for (uint32_t i = 0; s->eps && i < n_eps; i++) {
		s->eps[i].fd = -1;
		s->eps[i].id = (uint16_t)i;
		s->eps[i].kind = eps[i].kind;
		s->eps[i].joins = true; /* until the kernel says otherwise */
		s->eps[i].stream = eps[i].stream;
	}
	if (s->eps && s->udp_in && s->epoll_fd >= 0 && s->wake_fd >= 0)
		return s;
	rg_sock_close(s);
	return NULL;
}

int rg_sock_open(const struct rg_ep_plan *eps, uint32_t n_eps, const bool *mine,
	const struct rg_bufops *buf, struct rg_sock_set **out, struct rg_conf_error *err)
{
	struct rg_sock_set *s = new_set(eps, n_eps);
	int rc = 0;

	if (!s) {
		snprintf(err->text, sizeof(err->text), "sockets: %s", strerrordesc_np(errno));
		return -RG_E_NOMEM;
	}
	s->buf = *buf;
	err->text[0] = 0;
	for (uint32_t i = 0; i < n_eps && rc == 0; i++)
		if (!mine || mine[i])
			rc = open_one(s, eps, i, err);
	if (rc == 0)
		rc = watch_all(s, err);
	if (rc) {
		rg_sock_close(s);
		return rc;
	}
	if (s->any_file)
		signal(SIGPIPE, SIG_IGN); /* a closed pipe is an error code, not the end of us */
	*out = s;
	return 0;
}

void rg_sock_wake(struct rg_sock_set *s)
{
	uint64_t one = 1;

	/* a full counter is awake already */
	if (write(s->wake_fd, &one, sizeof(one)) < 0)
		return;
}

bool rg_sock_local(const struct rg_sock_set *s, uint32_t ep, struct rg_addr *out)
{
	if (ep >= s->n_eps || s->eps[ep].kind != RG_EP_UDP || s->eps[ep].fd < 0)
		return false;
	*out = s->eps[ep].local;
	return true;
}

bool rg_sock_failed(struct rg_sock_set *s, uint32_t *stream)
{
	for (uint32_t i = 0; s->any_file && i < s->n_eps; i++) {
		if (s->eps[i].out && sock_out_failed(&s->eps[i])) {
			*stream = s->eps[i].stream;
			return true;
		}
	}
	return false;
}

const uint64_t *rg_sock_drops(const struct rg_sock_set *s)
{
	return s->drops;
}

void rg_sock_close(struct rg_sock_set *s)
{
	for (uint32_t i = 0; s->eps && i < s->n_eps; i++) {
		sock_in_close(&s->eps[i]);
		sock_out_close(&s->eps[i]);
		close_ep(&s->eps[i]);
	}
	sock_udp_in_free(s);
	for (unsigned i = 0; i < s->n_fresh; i++)
		s->buf.free_bulk(s->buf.ctx, &s->fresh[i].buf, 1);
	if (s->epoll_fd >= 0)
		close(s->epoll_fd);
	if (s->wake_fd >= 0)
		close(s->wake_fd);
	free(s->eps);
	free(s);
}
