/* SPDX-License-Identifier: BSD-3-Clause */
/* The link over kernel UDP: read what came, offer it to its lane, send what is due.
 * One thread. With traffic it turns every TURN_NS and takes batches; without, it sleeps until a
 * socket is readable. Delays count from the kernel's time of arrival, so neither adds up. */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "udp_end.h"

#define TURN_NS          (200 * RG_NS_PER_US)
#define BATCH            64
#define BATCHES_A_TURN   8
#define UNDER_WAY_MAX    65536
#define DATAGRAM_MAX     9216
#define LATE_ARRIVAL_MAX (200 * RG_NS_PER_MS)
#define SOCKETS_MAX      (LINK_PATHS_MAX * LINK_ENDS * LINK_PORTS_MAX * 2)

/* A datagram under way; `port` is which of the coupled ones. */
struct slot {
	struct slot *next_free;
	uint32_t len;
	uint32_t port;
	uint8_t data[DATAGRAM_MAX];
};

struct udp_link {
	const struct link_conf *conf;
	struct link_path *paths; /* [n_paths] */
	struct udp_end ends[LINK_PATHS_MAX][LINK_ENDS];
	struct slot *slots; /* reserved address space: only what was used at once gets memory */
	uint32_t n_used; /* slots ever handed out */
	struct slot *free;
	struct pollfd poll[SOCKETS_MAX];
	nfds_t n_poll;
	bool busy; /* the last turn moved something */
};

static struct slot *slot_new(struct udp_link *k)
{
	struct slot *s = k->free;

	if (s) {
		k->free = s->next_free;
		return s;
	}
	return k->n_used < UNDER_WAY_MAX ? &k->slots[k->n_used++] : NULL;
}

static void slot_free(struct udp_link *k, struct slot *s)
{
	s->next_free = k->free;
	k->free = s;
}

/* CLOCK_MONOTONIC - CLOCK_REALTIME */
static int64_t clock_offset(rg_time now)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	return now.ns - (ts.tv_sec * RG_NS_PER_S + ts.tv_nsec);
}

/* When the kernel received it; `now` where the stamp is missing or the wall clock was set. */
static rg_time arrival_of(struct msghdr *m, rg_time now, int64_t offset_ns)
{
	rg_time at = now;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		struct timespec ts;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SO_TIMESTAMPNS)
			continue;
		memcpy(&ts, CMSG_DATA(c), sizeof(ts));
		at.ns = ts.tv_sec * RG_NS_PER_S + ts.tv_nsec + offset_ns;
	}
	return at.ns > now.ns || at.ns < now.ns - LATE_ARRIVAL_MAX ? now : at;
}

/* Decides about one datagram; takes the slot. */
static void offer(struct udp_link *k, struct lane *l, struct slot *s, rg_time arrival)
{
	struct lane_offer o = lane_offer(l, arrival, s->len);
	struct slot *second = o.n_copies == 2 ? slot_new(k) : NULL;

	if (second) {
		second->len = s->len;
		second->port = s->port;
		memcpy(second->data, s->data, s->len);
		if (!lane_put(l, &o, 1, second))
			slot_free(k, second);
	}
	if (o.n_copies == 0 || !lane_put(l, &o, 0, s))
		slot_free(k, s);
}

static bool same_address(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	const struct sockaddr_in *a4 = (const void *)a, *b4 = (const void *)b;
	const struct sockaddr_in6 *a6 = (const void *)a, *b6 = (const void *)b;

	if (a->ss_family != b->ss_family)
		return false;
	if (a->ss_family == AF_INET6)
		return a6->sin6_port == b6->sin6_port &&
			memcmp(&a6->sin6_addr, &b6->sin6_addr, sizeof(a6->sin6_addr)) == 0;
	return a4->sin_port == b4->sin_port && a4->sin_addr.s_addr == b4->sin_addr.s_addr;
}

/* One batch from a socket of an end into the lane that starts there; false: it is drained. */
static bool receive_batch(
	struct udp_link *k, struct lane *l, struct udp_port *p, uint32_t index, int fd)
{
	struct mmsghdr msg[BATCH];
	struct iovec iov[BATCH];
	struct sockaddr_storage from[BATCH];
	struct slot *slot[BATCH];

	union {
		struct cmsghdr align;
		uint8_t bytes[CMSG_SPACE(sizeof(struct timespec))];
	} control[BATCH];

	unsigned cap = 0;
	rg_time now;
	int64_t offset_ns;
	int n;

	for (; cap < BATCH && (slot[cap] = slot_new(k)); cap++) {
		iov[cap] = (struct iovec){.iov_base = slot[cap]->data, .iov_len = DATAGRAM_MAX};
		msg[cap] = (struct mmsghdr){.msg_hdr = {.msg_name = &from[cap],
						    .msg_namelen = sizeof(from[cap]),
						    .msg_iov = &iov[cap],
						    .msg_iovlen = 1,
						    .msg_control = &control[cap],
						    .msg_controllen = sizeof(control[cap])}};
	}
	n = recvmmsg(fd, msg, cap, 0, NULL);
	now = rg_host_now();
	offset_ns = clock_offset(now);
	for (int i = 0; i < (int)cap; i++) {
		bool cut = i < n && (msg[i].msg_hdr.msg_flags & MSG_TRUNC);

		l->stats.unsent += cut;
		if (i >= n || cut || (fd == p->group_fd && same_address(&from[i], &p->self))) {
			slot_free(k, slot[i]);
			continue;
		}
		if (p->listens)
			p->peer = from[i];
		slot[i]->len = msg[i].msg_len;
		slot[i]->port = index;
		offer(k, l, slot[i], arrival_of(&msg[i].msg_hdr, now, offset_ns));
	}
	k->busy |= n > 0 || cap == 0;
	return n == BATCH;
}

/* Sends the slots of one port, in order; what the host refuses is counted. */
static void send_batch(
	struct udp_link *k, struct lane *l, struct udp_port *to, struct slot **slot, unsigned n)
{
	struct mmsghdr msg[BATCH];
	struct iovec iov[BATCH];
	unsigned done = to->peer.ss_family ? 0 : n;

	l->stats.unsent += done;
	for (unsigned i = 0; i < n; i++) {
		iov[i] = (struct iovec){.iov_base = slot[i]->data, .iov_len = slot[i]->len};
		msg[i] = (struct mmsghdr){.msg_hdr = {.msg_name = &to->peer,
						  .msg_namelen = sizeof(to->peer),
						  .msg_iov = &iov[i],
						  .msg_iovlen = 1}};
	}
	while (done < n) {
		int sent = sendmmsg(to->fd, msg + done, n - done, 0);

		for (int i = 0; i < sent; i++)
			lane_sent(l, msg[done + (unsigned)i].msg_len);
		if (sent > 0)
			done += (unsigned)sent;
		else if (errno != EINTR) {
			l->stats.unsent++;
			done++;
		}
	}
	for (unsigned i = 0; i < n; i++)
		slot_free(k, slot[i]);
}

/* Everything due in a lane, in batches that go to one port each. */
static void send_due(struct udp_link *k, struct lane *l, struct udp_end *to, rg_time now)
{
	struct slot *batch[BATCH], *s;
	unsigned n = 0;

	while ((s = lane_take(l, now))) {
		if (n && (n == BATCH || s->port != batch[0]->port)) {
			send_batch(k, l, &to->port[batch[0]->port], batch, n);
			n = 0;
		}
		batch[n++] = s;
		k->busy = true;
	}
	if (n)
		send_batch(k, l, &to->port[batch[0]->port], batch, n);
}

static void receive_end(struct udp_link *k, struct lane *l, struct udp_end *e)
{
	for (uint32_t i = 0; i < e->n_ports; i++) {
		struct udp_port *p = &e->port[i];
		int left = BATCHES_A_TURN;

		while (left-- && receive_batch(k, l, p, i, p->fd))
			;
		if (p->group_fd >= 0)
			(void)receive_batch(k, l, p, i, p->group_fd);
	}
}

/* One turn over everything; returns when the next datagram is due. */
static rg_time turn(struct udp_link *k)
{
	rg_time next = RG_TIME_NEVER;

	k->busy = false;
	for (uint32_t p = 0; p < k->conf->n_paths; p++)
		for (int e = 0; e < LINK_ENDS; e++)
			receive_end(k, &k->paths[p].lane[e], &k->ends[p][e]);
	for (uint32_t p = 0; p < k->conf->n_paths; p++)
		for (int e = 0; e < LINK_ENDS; e++) {
			struct lane *l = &k->paths[p].lane[e];

			send_due(k, l, &k->ends[p][!e], rg_host_now());
			next = rg_time_min(next, queue_next(&l->queue));
		}
	return next;
}

/* With traffic for a turn; without until a socket is readable, or `until`. */
static void wait(struct udp_link *k, rg_time until)
{
	int64_t left_ns = until.ns - rg_host_now().ns;
	struct timespec ts;

	if (k->busy)
		left_ns = rg_min_i64(left_ns, TURN_NS);
	left_ns = rg_max_i64(left_ns, 0); /* even then: it is where signals get through */
	ts = (struct timespec){left_ns / RG_NS_PER_S, left_ns % RG_NS_PER_S};
	(void)ppoll(k->poll, k->busy ? 0 : k->n_poll, &ts, &link_wait_mask);
}

static void watch(struct udp_link *k, const struct udp_end *e)
{
	for (uint32_t i = 0; i < e->n_ports; i++) {
		const struct udp_port *p = &e->port[i];

		k->poll[k->n_poll++] = (struct pollfd){.fd = p->fd, .events = POLLIN};
		k->poll[k->n_poll++] = (struct pollfd){.fd = p->group_fd, .events = POLLIN};
	}
}

static bool open_link(struct udp_link *k)
{
	const struct link_conf *c = k->conf;
	void *mem = mmap(NULL, UNDER_WAY_MAX * sizeof(struct slot), PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (mem != MAP_FAILED)
		k->slots = mem;
	k->paths = calloc(c->n_paths, sizeof(*k->paths));
	if (!k->paths || !k->slots)
		return false;
	for (uint32_t p = 0; p < c->n_paths; p++) {
		if (link_path_init(&k->paths[p], c, p, UNDER_WAY_MAX) != 0)
			return false;
		for (int e = 0; e < LINK_ENDS; e++) {
			if (!udp_end_open(&k->ends[p][e], c->paths[p].end[e], c->n_ports))
				return false;
			watch(k, &k->ends[p][e]);
		}
	}
	return true;
}

static void close_link(struct udp_link *k)
{
	for (uint32_t p = 0; k->paths && p < k->conf->n_paths; p++)
		for (int e = 0; e < LINK_ENDS; e++) {
			udp_end_close(&k->ends[p][e]);
			lane_fini(&k->paths[p].lane[e]);
		}
	free(k->paths);
	if (k->slots)
		(void)munmap(k->slots, UNDER_WAY_MAX * sizeof(struct slot));
	free(k);
}

static void carry(struct udp_link *k)
{
	struct link_run run = link_run_start(k->conf);

	while (link_run_goes_on(&run, k->conf, k->paths)) {
		rg_time next = turn(k);

		wait(k, rg_time_min(next, rg_time_min(run.end, run.report)));
	}
	link_report(&run, k->conf, k->paths);
}

int link_udp_run(const struct link_conf *c)
{
	struct udp_link *k = calloc(1, sizeof(*k));
	bool ok;

	if (!k)
		return 1;
	k->conf = c;
	ok = open_link(k);
	if (ok) {
		/* Exact sleeps, and ahead of what is under test where we are allowed to be. */
		(void)prctl(PR_SET_TIMERSLACK, 1);
		(void)setpriority(PRIO_PROCESS, 0, -15);
		(void)fprintf(stderr, "ristgate-link: ready\n");
		carry(k);
	}
	close_link(k);
	return ok ? 0 : 1;
}
