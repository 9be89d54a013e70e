/* SPDX-License-Identifier: BSD-3-Clause */
#include "sock_priv.h"
#include <sys/epoll.h>
#include <unistd.h>

#define N_EVENTS 64

unsigned sock_stash(struct rg_sock_set *s, unsigned want)
{
	if (s->n_fresh < want)
		s->n_fresh += s->buf.alloc_bulk(
			s->buf.ctx, s->fresh + s->n_fresh, SOCK_BURST - s->n_fresh);
	return rg_min_u32(want, s->n_fresh);
}

static void mark_ready(struct rg_sock_set *s, const struct epoll_event *ev, int n)
{
	for (int i = 0; i < n; i++) {
		uint64_t count;

		uint32_t id = ev[i].data.u32;

		if (id < s->n_eps && s->eps[id].out)
			sock_out_flush(s, &s->eps[id]);
		else if (id < s->n_eps)
			s->eps[id].ready = true;
		else if (read(s->wake_fd, &count, sizeof(count)) < 0)
			continue;
	}
}

static bool poll_ready(struct rg_sock_set *s)
{
	struct epoll_event ev[N_EVENTS];
	int n = epoll_wait(s->epoll_fd, ev, N_EVENTS, 0);

	mark_ready(s, ev, n);
	return n > 0;
}

static unsigned recv_ready(struct rg_sock_set *s, rg_time now, struct rg_dgram *in, unsigned cap)
{
	unsigned n = 0;

	for (uint32_t k = 0; k < s->n_eps && n < cap; k++) {
		struct sock_ep *e = &s->eps[s->next];

		s->next = s->next + 1 == s->n_eps ? 0 : s->next + 1;
		if (e->fd < 0 || !e->ready)
			continue;
		if (e->kind == RG_EP_UDP)
			n += sock_udp_recv(s, e, now, in + n, cap - n);
		else if (e->kind == RG_EP_TUN)
			n += sock_tun_recv(s, e, now, in + n, cap - n);
		else
			n += sock_in_recv(s, e, now, in + n, cap - n);
	}
	return n;
}

unsigned rg_sock_recv(struct rg_sock_set *s, rg_time now, struct rg_dgram *in, unsigned cap)
{
	unsigned n = sock_udp_cut(s, in, cap);

	n += recv_ready(s, now, in + n, cap - n);

	if (n == 0 && poll_ready(s))
		return recv_ready(s, now, in, cap);
	if (n == cap)
		poll_ready(s); /* or an endpoint that never runs dry would hide the others */
	return n;
}

/* A file's next chunk may be due before anything is readable. */
static rg_time first_due(const struct rg_sock_set *s, rg_time until)
{
	for (uint32_t i = 0; s->any_file && i < s->n_eps; i++) {
		const struct sock_ep *e = &s->eps[i];

		if (e->in && e->fd >= 0)
			until = rg_time_min(until, sock_in_due(e));
	}
	return until;
}

void rg_sock_wait(struct rg_sock_set *s, rg_time now, rg_time until)
{
	struct epoll_event ev[N_EVENTS];
	struct timespec ts;
	int64_t ns;

	until = first_due(s, until);
	ns = rg_time_diff(until, now);
	if (ns <= 0)
		return;
	ts = (struct timespec){.tv_sec = ns / RG_NS_PER_S, .tv_nsec = ns % RG_NS_PER_S};
	mark_ready(s, ev,
		epoll_pwait2(s->epoll_fd, ev, N_EVENTS, until.ns == INT64_MAX ? NULL : &ts, NULL));
}
