/* SPDX-License-Identifier: BSD-3-Clause */
#include "sock_priv.h"
#include <sys/epoll.h>
#include <unistd.h>

#define N_EVENTS 64

/* SO_RXQ_OVFL comes with the datagrams once the kernel has dropped one. */
union drop_note {
	char bytes[CMSG_SPACE(sizeof(uint32_t))];
	struct cmsghdr align;
};

/* What one recvmmsg fills beside the buffers. */
struct burst {
	struct mmsghdr msg[SOCK_BURST];
	struct iovec iov[SOCK_BURST];
	struct sockaddr_storage from[SOCK_BURST];
	union drop_note note[SOCK_BURST];
};

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

/* Reads and forgets what no buffer can hold, or the socket would stay readable for ever. */
static void discard(struct rg_sock_set *s, struct sock_ep *e)
{
	for (unsigned i = 0; i < SOCK_BURST; i++) {
		uint8_t byte;

		if (recv(e->fd, &byte, 1, MSG_DONTWAIT | MSG_TRUNC) < 0) {
			e->ready = false;
			return;
		}
		sock_count(s, RG_V_NO_BUFFER, 1);
	}
}

/* Buffers are used from the top of the stash down: the i-th datagram has the i-th from there. */
static void prepare(const struct rg_sock_set *s, struct burst *b, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		const struct rg_newbuf *fresh = &s->fresh[s->n_fresh - 1 - i];

		b->iov[i] = (struct iovec){fresh->data, rg_min_u32(fresh->cap_bytes, UINT16_MAX)};
		b->msg[i].msg_hdr = (struct msghdr){.msg_name = &b->from[i],
			.msg_namelen = sizeof(b->from[i]),
			.msg_iov = &b->iov[i],
			.msg_iovlen = 1,
			.msg_control = &b->note[i],
			.msg_controllen = sizeof(b->note[i])};
	}
}

/* Takes the used buffers off the stash. What was cut to fit one is dropped. */
static unsigned keep(struct rg_sock_set *s, const struct sock_ep *e, rg_time now,
	const struct burst *b, unsigned got, struct rg_dgram *in)
{
	unsigned n = 0;

	for (unsigned i = 0; i < got; i++) {
		struct rg_newbuf fresh = s->fresh[--s->n_fresh];

		if (b->msg[i].msg_hdr.msg_flags & MSG_TRUNC) {
			sock_count(s, RG_V_RX_TOO_LONG, 1);
			s->buf.free_bulk(s->buf.ctx, &fresh.buf, 1);
			continue;
		}
		in[n] = (struct rg_dgram){.buf = fresh.buf,
			.data = fresh.data,
			.len = (uint16_t)b->msg[i].msg_len,
			.arrival = now,
			.ep = e->id,
			.stream = e->stream};
		sock_to_addr(&b->from[i], &in[n++].peer);
	}
	return n;
}

/* The count is the socket's and wraps at 32 bits. */
static void note_kernel_drops(struct rg_sock_set *s, struct sock_ep *e, struct msghdr *last)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(last);
	uint32_t total;

	if (!c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SO_RXQ_OVFL)
		return;
	memcpy(&total, CMSG_DATA(c), sizeof(total));
	sock_count(s, RG_V_RX_RING_FULL, total - e->kernel_drops);
	e->kernel_drops = total;
}

static unsigned recv_udp(
	struct rg_sock_set *s, struct sock_ep *e, rg_time now, struct rg_dgram *in, unsigned cap)
{
	unsigned want = sock_stash(s, rg_min_u32(cap, SOCK_BURST));
	struct burst b;
	int got;

	if (want == 0) {
		discard(s, e);
		return 0;
	}
	prepare(s, &b, want);
	got = recvmmsg(e->fd, b.msg, want, MSG_DONTWAIT, NULL);
	if (got < (int)want)
		e->ready = false;
	if (got <= 0)
		return 0;
	note_kernel_drops(s, e, &b.msg[got - 1].msg_hdr);
	return keep(s, e, now, &b, (unsigned)got, in);
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
			n += recv_udp(s, e, now, in + n, cap - n);
		else if (e->kind == RG_EP_TUN)
			n += sock_tun_recv(s, e, now, in + n, cap - n);
		else
			n += sock_in_recv(s, e, now, in + n, cap - n);
	}
	return n;
}

unsigned rg_sock_recv(struct rg_sock_set *s, rg_time now, struct rg_dgram *in, unsigned cap)
{
	unsigned n = recv_ready(s, now, in, cap);

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
