/* SPDX-License-Identifier: BSD-3-Clause */
/* sock_udp_in.c - what the kernel gives at once: datagrams, or messages in which it left several of
 * one length together (UDP_GRO), to be cut. A message begins in a packet buffer, where a lone
 * datagram stays; what is behind it in a longer one is copied to buffers of its own. */
#include "sock_priv.h"
#include <netinet/udp.h>
#include <stdlib.h>

#define MESSAGE_MAX 65536
#define FEW         4 /* messages a call where they are long: what they hold stays in the caches */

/* SO_RXQ_OVFL comes with the datagrams once the kernel has dropped one, UDP_GRO with a message of
 * several. */
union notes {
	char bytes[CMSG_SPACE(sizeof(uint32_t)) + CMSG_SPACE(sizeof(int))];
	struct cmsghdr align;
};

struct message {
	struct rg_newbuf first; /* holds the first datagram; h NULL: that has gone its way */
	const uint8_t *rest; /* those behind it */
	uint32_t left; /* bytes, first datagram included */
	uint32_t each; /* bytes of a datagram; the last may have fewer */
	struct rg_addr peer;
};

struct sock_udp_in {
	struct message msg[SOCK_BURST];
	unsigned head, n; /* msg[head..n) are not cut yet */
	const struct sock_ep *ep; /* theirs */
	rg_time arrival;
	struct mmsghdr hdr[SOCK_BURST];
	struct iovec iov[SOCK_BURST][2];
	struct sockaddr_storage from[SOCK_BURST];
	union notes notes[SOCK_BURST];
	/* The second part of a message goes to the middle, and what the buffer holds behind the first
	 * datagram goes before it: so the rest is in one piece. Few of these pages are ever touched. */
	uint8_t spill[SOCK_BURST][2 * MESSAGE_MAX];
};

struct sock_udp_in *sock_udp_in_new(void)
{
	return calloc(1, sizeof(struct sock_udp_in));
}

static uint32_t room(const struct rg_newbuf *b)
{
	return rg_min_u32(b->cap_bytes, UINT16_MAX);
}

/* The note of that kind, 32 bits whichever it is; false: there is none. */
static bool find_note(struct msghdr *m, int level, int type, uint32_t *value)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level == level && c->cmsg_type == type) {
			memcpy(value, CMSG_DATA(c), sizeof(*value));
			return true;
		}
	}
	return false;
}

/* Length of the datagrams of a message. */
static uint32_t each_of(struct msghdr *m, uint32_t len)
{
	uint32_t each;

	return find_note(m, SOL_UDP, UDP_GRO, &each) && each > 0 ? each : len;
}

/* Reads and forgets what no buffer can hold, or the socket would stay readable for ever. */
static void discard(struct rg_sock_set *s, struct sock_ep *e)
{
	for (unsigned i = 0; i < SOCK_BURST; i++) {
		union notes notes;
		uint8_t byte;
		struct iovec iov = {&byte, 1};
		struct msghdr m = {.msg_iov = &iov,
			.msg_iovlen = 1,
			.msg_control = &notes,
			.msg_controllen = sizeof(notes)};
		ssize_t len = recvmsg(e->fd, &m, MSG_DONTWAIT | MSG_TRUNC);
		uint32_t each;

		if (len < 0) {
			e->ready = false;
			return;
		}
		each = each_of(&m, (uint32_t)len);
		sock_count(s, RG_V_NO_BUFFER, len ? ((uint32_t)len + each - 1) / each : 1);
	}
}

/* Buffers are used from the top of the stash down: the i-th message has the i-th from there. */
static void prepare(const struct rg_sock_set *s, struct sock_udp_in *u, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		const struct rg_newbuf *fresh = &s->fresh[s->n_fresh - 1 - i];

		u->iov[i][0] = (struct iovec){fresh->data, room(fresh)};
		u->iov[i][1] = (struct iovec){u->spill[i] + MESSAGE_MAX, MESSAGE_MAX};
		u->hdr[i].msg_hdr = (struct msghdr){.msg_name = &u->from[i],
			.msg_namelen = sizeof(u->from[i]),
			.msg_iov = u->iov[i],
			.msg_iovlen = 2,
			.msg_control = &u->notes[i],
			.msg_controllen = sizeof(u->notes[i])};
	}
}

/* Takes its buffer off the stash. True: it is one of several datagrams. */
static bool keep(struct rg_sock_set *s, struct sock_udp_in *u, unsigned i)
{
	struct message *m = &u->msg[i];
	uint32_t len = u->hdr[i].msg_len;

	*m = (struct message){.first = s->fresh[--s->n_fresh],
		.left = len,
		.each = each_of(&u->hdr[i].msg_hdr, len)};
	sock_to_addr(&u->from[i], &m->peer);
	if (m->each >= len)
		return false;
	m->rest = u->spill[i] + MESSAGE_MAX + m->each - room(&m->first);
	if (m->each < room(&m->first))
		memcpy(u->spill[i] + MESSAGE_MAX - (room(&m->first) - m->each),
			m->first.data + m->each, rg_min_u32(len, room(&m->first)) - m->each);
	return true;
}

/* The next datagram of a message; false: it found no buffer, or none that is large enough. */
static bool next_dgram(struct rg_sock_set *s, struct message *m, struct rg_dgram *d)
{
	uint32_t len = rg_min_u32(m->each, m->left);
	struct rg_newbuf b = m->first;

	m->left -= len;
	if (!b.buf.h) {
		const uint8_t *from = m->rest;

		m->rest += len;
		if (sock_stash(s, 1) == 0) {
			sock_count(s, RG_V_NO_BUFFER, 1);
			return false;
		}
		b = s->fresh[--s->n_fresh];
		memcpy(b.data, from, rg_min_u32(len, room(&b)));
	}
	m->first.buf.h = NULL;
	if (len > room(&b)) {
		sock_count(s, RG_V_RX_TOO_LONG, 1);
		s->buf.free_bulk(s->buf.ctx, &b.buf, 1);
		return false;
	}
	*d = (struct rg_dgram){.buf = b.buf, .data = b.data, .len = (uint16_t)len, .peer = m->peer};
	return true;
}

unsigned sock_udp_cut(struct rg_sock_set *s, struct rg_dgram *in, unsigned cap)
{
	struct sock_udp_in *u = s->udp_in;
	unsigned n = 0;

	while (u->head < u->n && n < cap) {
		struct message *m = &u->msg[u->head];

		if (next_dgram(s, m, &in[n])) {
			in[n].arrival = u->arrival;
			in[n].ep = u->ep->id;
			in[n++].stream = u->ep->stream;
		}
		if (m->left == 0)
			u->head++;
	}
	return n;
}

/* The count is the socket's and wraps at 32 bits. */
static void note_kernel_drops(struct rg_sock_set *s, struct sock_ep *e, struct msghdr *last)
{
	uint32_t total;

	if (!find_note(last, SOL_SOCKET, SO_RXQ_OVFL, &total))
		return;
	sock_count(s, RG_V_RX_RING_FULL, total - e->kernel_drops);
	e->kernel_drops = total;
}

unsigned sock_udp_recv(
	struct rg_sock_set *s, struct sock_ep *e, rg_time now, struct rg_dgram *in, unsigned cap)
{
	struct sock_udp_in *u = s->udp_in;
	unsigned want = sock_stash(s, rg_min_u32(cap, e->joined ? FEW : SOCK_BURST));
	int got;

	if (want == 0) {
		discard(s, e);
		return 0;
	}
	prepare(s, u, want);
	got = recvmmsg(e->fd, u->hdr, want, MSG_DONTWAIT, NULL);
	if (got < (int)want)
		e->ready = false;
	if (got <= 0)
		return 0;
	note_kernel_drops(s, e, &u->hdr[got - 1].msg_hdr);
	e->joined = false;
	for (unsigned i = 0; i < (unsigned)got; i++)
		e->joined |= keep(s, u, i);
	u->head = 0;
	u->n = (unsigned)got;
	u->ep = e;
	u->arrival = now;
	return sock_udp_cut(s, in, cap);
}

void sock_udp_in_free(struct rg_sock_set *s)
{
	struct sock_udp_in *u = s->udp_in;

	for (; u && u->head < u->n; u->head++)
		if (u->msg[u->head].first.buf.h)
			s->buf.free_bulk(s->buf.ctx, &u->msg[u->head].first.buf, 1);
	free(u);
	s->udp_in = NULL;
}
