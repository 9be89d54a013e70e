/* SPDX-License-Identifier: BSD-3-Clause */
#include "sock_priv.h"
#include <errno.h>
#include <poll.h>

#define SEND_PATIENCE_MS 2 /* a full socket buffer drains in less; longer would stall the others */

static enum rg_verdict why_refused(int error)
{
	switch (error) {
	case EMSGSIZE:
		return RG_V_TX_TOO_LONG;
	case ENETUNREACH:
	case EHOSTUNREACH:
	case ENETDOWN:
	case EADDRNOTAVAIL:
		return RG_V_TX_NO_ROUTE;
	default:
		return RG_V_TX_REFUSED;
	}
}

/* Sends n datagrams of one socket. */
static void send_udp(struct rg_sock_set *s, struct sock_ep *e, const struct rg_dgram *d, unsigned n)
{
	struct mmsghdr msg[SOCK_BURST];
	struct iovec iov[SOCK_BURST][2];
	struct sockaddr_storage to[SOCK_BURST];
	unsigned done = 0;
	bool waited = false;

	for (unsigned i = 0; i < n; i++) {
		iov[i][0] = (struct iovec){(void *)(uintptr_t)d[i].hdr, d[i].hdr_len};
		iov[i][1] = (struct iovec){d[i].data, d[i].len};
		msg[i].msg_hdr = (struct msghdr){.msg_name = &to[i],
			.msg_namelen = sock_from_addr(e, &d[i].peer, &to[i]),
			.msg_iov = iov[i],
			.msg_iovlen = 2};
	}
	while (done < n) {
		int r = sendmmsg(e->fd, msg + done, n - done, MSG_DONTWAIT);
		struct pollfd pfd = {.fd = e->fd, .events = POLLOUT};

		if (r > 0) {
			done += (unsigned)r;
		} else if (errno == EAGAIN && !waited) {
			waited = true;
			poll(&pfd, 1, SEND_PATIENCE_MS);
		} else {
			sock_count(s, why_refused(errno), 1);
			done++;
		}
	}
}

static unsigned same_ep(const struct rg_dgram *d, unsigned n)
{
	unsigned k = 1;

	while (k < n && k < SOCK_BURST && d[k].ep == d[0].ep)
		k++;
	return k;
}

void rg_sock_send(struct rg_sock_set *s, const struct rg_dgram *out, unsigned n)
{
	for (unsigned i = 0; i < n;) {
		unsigned k = same_ep(out + i, n - i);
		struct sock_ep *e = &s->eps[out[i].ep];
		struct rg_buf bufs[SOCK_BURST];
		unsigned n_bufs = 0;

		if (e->fd < 0)
			sock_count(s, RG_V_STREAM_CLOSED, k);
		else if (e->kind == RG_EP_UDP)
			send_udp(s, e, out + i, k);
		else if (e->kind == RG_EP_TUN)
			sock_tun_send(s, e, out + i, k);
		else
			sock_out_write(s, e, out + i, k);
		for (unsigned j = 0; j < k; j++)
			if (out[i + j].buf.h)
				bufs[n_bufs++] = out[i + j].buf;
		s->buf.free_bulk(s->buf.ctx, bufs, n_bufs);
		i += k;
	}
}
