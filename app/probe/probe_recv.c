/* SPDX-License-Identifier: BSD-3-Clause */
/* probe_recv.c - receives until complete, idle, or out of time. */
#include <errno.h>
#include <netinet/udp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "probe.h"

#define LINGER_NS    200000000 /* after the last expected packet, to see duplicates */
#define PROGRESS_NS  1000000000
#define STREAM_BYTES (256 << 10)
#define MESSAGE_MAX  65536

static volatile sig_atomic_t stopped;

struct receiver {
	const struct probe_recv_conf *c;
	struct probe_end end;
	struct probe_track track;
	uint8_t *buf;
	size_t fill; /* of a byte stream: bytes not yet a whole datagram */
	bool eof;
	int64_t last_ns; /* when something came */
	uint64_t shown, shown_bytes;
};

static void on_signal(int sig)
{
	(void)sig;
	stopped = 1;
}

static int read_stream(struct receiver *r)
{
	size_t each = r->c->payload_bytes, used = 0;
	ssize_t n = read(r->end.fd, r->buf + r->fill, STREAM_BYTES - r->fill);
	int64_t now = probe_now();

	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? 0 : -1;
	r->eof = n == 0;
	r->last_ns = now;
	r->fill += (size_t)n;
	for (; r->fill - used >= each; used += each)
		if (probe_track_add(&r->track, r->buf + used, each, now) < 0)
			return -1;
	memmove(r->buf, r->buf + used, r->fill - used);
	r->fill -= used;
	if (r->eof && r->fill > 0)
		r->track.foreign++;
	return 0;
}

/* Length of the datagrams of a message, in which the kernel may have left several (UDP_GRO). */
static size_t each_of(struct mmsghdr *m)
{
	int each;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m->msg_hdr); c; c = CMSG_NXTHDR(&m->msg_hdr, c)) {
		if (c->cmsg_level != SOL_UDP || c->cmsg_type != UDP_GRO)
			continue;
		memcpy(&each, CMSG_DATA(c), sizeof(each));
		return (size_t)each;
	}
	return m->msg_len;
}

static int add_message(struct receiver *r, struct mmsghdr *m, int64_t now)
{
	const uint8_t *p = m->msg_hdr.msg_iov->iov_base;
	size_t left = m->msg_len, each = each_of(m);

	do {
		size_t len = left < each ? left : each;

		if (probe_track_add(&r->track, p, len, now) < 0)
			return -1;
		p += len;
		left -= len;
	} while (left > 0);
	return 0;
}

static int read_datagrams(struct receiver *r)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} note[PROBE_BURST];
	struct mmsghdr m[PROBE_BURST];
	struct iovec v[PROBE_BURST];
	int64_t now;
	int n;

	for (unsigned i = 0; i < PROBE_BURST; i++) {
		v[i] = (struct iovec){r->buf + (size_t)i * MESSAGE_MAX, MESSAGE_MAX};
		m[i].msg_hdr = (struct msghdr){.msg_iov = &v[i],
			.msg_iovlen = 1,
			.msg_control = &note[i],
			.msg_controllen = sizeof(note[i])};
	}
	n = recvmmsg(r->end.fd, m, PROBE_BURST, MSG_DONTWAIT, NULL);
	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? 0 : -1;
	now = probe_now();
	r->last_ns = now;
	for (int i = 0; i < n; i++)
		if (add_message(r, &m[i], now) < 0)
			return -1;
	return 0;
}

static bool complete(const struct receiver *r)
{
	return r->c->expect >= 0 && (int64_t)r->track.delivered >= r->c->expect;
}

static bool finished(const struct receiver *r, int64_t now, int64_t give_up_ns)
{
	int64_t idle_ns = (int64_t)r->c->idle_ms * 1000000;

	if (stopped || r->eof || now >= give_up_ns)
		return true;
	if (r->last_ns == 0)
		return false;
	return now - r->last_ns >= (complete(r) && idle_ns > LINGER_NS ? LINGER_NS : idle_ns);
}

static void progress(struct receiver *r)
{
	const struct probe_track *t = &r->track;

	fprintf(stderr, "delivered %llu (%.2f Mb/s), lost %llu, duplicates %llu, reordered %llu\n",
		(unsigned long long)t->delivered, (double)(t->bytes - r->shown_bytes) * 8 / 1e6,
		(unsigned long long)probe_track_lost(t, -1), (unsigned long long)t->duplicates,
		(unsigned long long)t->reordered);
	r->shown_bytes = t->bytes;
}

static int run(struct receiver *r)
{
	int64_t start = probe_now(), give_up = start + (int64_t)(r->c->seconds * 1e9);
	int64_t next_progress = r->c->progress ? start + PROGRESS_NS : INT64_MAX;

	for (int64_t now = start; !finished(r, now, give_up); now = probe_now()) {
		struct pollfd p = {.fd = r->end.fd, .events = POLLIN};
		int n = poll(&p, 1, 20);

		if (n > 0 && (r->end.stream ? read_stream(r) : read_datagrams(r)) < 0) {
			fprintf(stderr, "ristgate-probe: receive: %s\n", strerror(errno));
			return -1;
		}
		if (now >= next_progress) {
			progress(r);
			next_progress += PROGRESS_NS;
		}
	}
	return 0;
}

static int report(struct receiver *r)
{
	struct probe_track *t = &r->track;
	uint64_t lost = probe_track_lost(t, r->c->expect);
	char hex[65];

	if (probe_sha_hex(t->sha, hex) < 0)
		return PROBE_INCOMPLETE;
	printf("{\"delivered\":%llu,\"bytes\":%llu,\"lost\":%llu,\"duplicates\":%llu,"
	       "\"reordered\":%llu,\"filler\":%llu,\"foreign\":%llu,\"first\":%lld,\"last\":%lld,",
		(unsigned long long)t->delivered, (unsigned long long)t->bytes,
		(unsigned long long)lost, (unsigned long long)t->duplicates,
		(unsigned long long)t->reordered, (unsigned long long)t->filler,
		(unsigned long long)t->foreign, t->delivered ? (long long)t->lowest : -1,
		(long long)t->highest);
	probe_track_print(t);
	printf(",\"sha256\":\"%s\"}\n", hex);
	fflush(stdout);
	if (lost || t->duplicates || t->reordered || t->delivered == 0)
		return PROBE_INCOMPLETE;
	return r->c->expect >= 0 && !complete(r) ? PROBE_INCOMPLETE : PROBE_OK;
}

int probe_recv(const struct probe_recv_conf *c)
{
	struct sigaction sa = {.sa_handler = on_signal};
	struct receiver r = {.c = c};
	int result = PROBE_INCOMPLETE;

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	if (probe_open_source(c->from, &r.end) < 0)
		return PROBE_USAGE;
	r.buf = malloc((size_t)PROBE_BURST * MESSAGE_MAX);
	if (r.buf && probe_track_init(&r.track, c->first, c->count, !c->no_hash) == 0 &&
		run(&r) == 0)
		result = report(&r);
	probe_track_fini(&r.track);
	free(r.buf);
	if (r.end.fd != STDIN_FILENO)
		close(r.end.fd);
	return result;
}
