/* SPDX-License-Identifier: BSD-3-Clause */
/* sock_udp_out.c - datagrams to the kernel, a burst a call. Neighbours of one length and one
 * destination go as one message, which the kernel or the device cuts again (UDP_SEGMENT): on the way
 * through the stack they cost as much as one. */
#include "sock_priv.h"
#include <errno.h>
#include <netinet/udp.h>
#include <poll.h>

#define SEND_PATIENCE_MS 2 /* a full socket buffer drains in less; longer would stall the others */
#define JOINED_BYTES_MAX 65507 /* of an IPv4 datagram, which is what they are until they are cut */

static_assert(SOCK_BURST <= 64, "the kernel cuts a message into so many datagrams at most");

struct burst {
	struct mmsghdr msg[SOCK_BURST];
	struct iovec iov[SOCK_BURST][2];
	struct sockaddr_storage to[SOCK_BURST];
	uint8_t count[SOCK_BURST]; /* datagrams of each message */

	union {
		char bytes[CMSG_SPACE(sizeof(uint16_t))];
		struct cmsghdr align;
	} note[SOCK_BURST];
};

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

static uint32_t length(const struct rg_dgram *d)
{
	return (uint32_t)d->hdr_len + d->len;
}

/* How many of d[0..n) make one message: of one length but for a shorter last one, to one peer. */
static unsigned joinable(const struct rg_dgram *d, unsigned n)
{
	uint32_t each = length(d), sum = each;
	unsigned k = 1;

	while (k < n && length(&d[k - 1]) == each && length(&d[k]) <= each && length(&d[k]) > 0 &&
		sum + length(&d[k]) <= JOINED_BYTES_MAX && rg_addr_eq(&d[k].peer, &d[0].peer))
		sum += length(&d[k++]);
	return k;
}

static void tell_length(struct msghdr *m, void *note, size_t note_bytes, uint32_t each)
{
	uint16_t value = (uint16_t)each;
	struct cmsghdr *c;

	m->msg_control = note;
	m->msg_controllen = note_bytes;
	c = CMSG_FIRSTHDR(m);
	*c = (struct cmsghdr){.cmsg_level = SOL_UDP,
		.cmsg_type = UDP_SEGMENT,
		.cmsg_len = CMSG_LEN(sizeof(value))};
	memcpy(CMSG_DATA(c), &value, sizeof(value));
}

/* Messages of d[0..n), returns how many. */
static unsigned fill(
	struct burst *b, const struct sock_ep *e, const struct rg_dgram *d, unsigned n, bool join)
{
	unsigned n_msg = 0, k;

	for (unsigned i = 0; i < n; i += k, n_msg++) {
		struct msghdr *m = &b->msg[n_msg].msg_hdr;

		k = join ? joinable(d + i, n - i) : 1;
		for (unsigned j = i; j < i + k; j++) {
			b->iov[j][0] = (struct iovec){(void *)(uintptr_t)d[j].hdr, d[j].hdr_len};
			b->iov[j][1] = (struct iovec){d[j].data, d[j].len};
		}
		*m = (struct msghdr){.msg_name = &b->to[n_msg],
			.msg_namelen = sock_from_addr(e, &d[i].peer, &b->to[n_msg]),
			.msg_iov = b->iov[i],
			.msg_iovlen = 2 * k};
		if (k > 1)
			tell_length(m, &b->note[n_msg], sizeof(b->note[n_msg]), length(&d[i]));
		b->count[n_msg] = (uint8_t)k;
	}
	return n_msg;
}

/* Sends d[0..n); returns how many found their end, fewer when a message of several was refused. */
static unsigned push(
	struct rg_sock_set *s, struct sock_ep *e, const struct rg_dgram *d, unsigned n, bool join)
{
	struct burst b;
	unsigned n_msg = fill(&b, e, d, n, join), sent = 0, done = 0;
	bool waited = false;

	while (sent < n_msg) {
		int r = sendmmsg(e->fd, b.msg + sent, n_msg - sent, MSG_DONTWAIT);
		struct pollfd pfd = {.fd = e->fd, .events = POLLOUT};

		if (r > 0) {
			for (unsigned end = sent + (unsigned)r; sent < end; sent++)
				done += b.count[sent];
		} else if (errno == EAGAIN && !waited) {
			waited = true;
			poll(&pfd, 1, SEND_PATIENCE_MS);
		} else if (errno != EAGAIN && b.count[sent] > 1) {
			/* a kernel or device that cannot cut; else it is these that do not pass */
			if (errno == EINVAL || errno == EIO)
				e->joins = false;
			return done;
		} else {
			sock_count(s, why_refused(errno), b.count[sent]);
			done += b.count[sent++];
		}
	}
	return done;
}

void sock_udp_send(struct rg_sock_set *s, struct sock_ep *e, const struct rg_dgram *d, unsigned n)
{
	while (n > 0) {
		unsigned k = push(s, e, d, n, e->joins);

		d += k;
		n -= k;
		if (n > 0) { /* begins with what was refused as one */
			k = joinable(d, n);
			push(s, e, d, k, false);
			d += k;
			n -= k;
		}
	}
}
