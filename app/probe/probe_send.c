/* SPDX-License-Identifier: BSD-3-Clause */
/* probe_send.c - paces the stream out.
 * A packet is due at number x interval; up to BURST_MAX packets share a wake-up where the interval
 * is shorter than a timer is good for. A sender that was held up catches up at twice the rate, so
 * that a busy machine does not turn into a burst on the wire. */
#include <errno.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "probe.h"

#define WAKE_NS          100000
#define SLACK_NS         200000 /* lateness of an ordinary wake-up, made up at once */
#define BURST_MAX        44 /* of 1,316 bytes in WAKE_NS: 4.6 Gb/s */
#define JOIN_MIN         5 /* datagrams of a burst that go to the kernel as one message (UDP_SEGMENT) */
#define JOINED_BYTES_MAX 65507

struct sender {
	const struct probe_send_conf *c;
	struct probe_end dest[PROBE_DESTS_MAX];
	unsigned n_dests;
	struct probe_ts ts;
	EVP_MD_CTX *sha;
	uint8_t *buf; /* BURST_MAX datagrams */
	int64_t packets;
	uint64_t bytes;
	bool joins; /* until the kernel says that it does not know UDP_SEGMENT */
};

static int open_dests(struct sender *s)
{
	char *list = strdup(s->c->to), *save = NULL;
	int r = list ? 0 : -1;

	for (char *u = r ? NULL : strtok_r(list, ",", &save); u && r == 0;
		u = strtok_r(NULL, ",", &save)) {
		if (s->n_dests == PROBE_DESTS_MAX) {
			fprintf(stderr, "ristgate-probe: more than %d destinations\n",
				PROBE_DESTS_MAX);
			r = -1;
		} else if ((r = probe_open_dest(u, &s->dest[s->n_dests])) == 0) {
			s->n_dests++;
		}
	}
	free(list);
	return r;
}

static int write_all(int fd, const uint8_t *p, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

/* An ICMP error of an earlier packet, too: the receiver is not there yet. */
static bool try_again(int error)
{
	return error == EINTR || error == ECONNREFUSED;
}

static int send_each(const struct probe_end *e, const uint8_t *buf, size_t each, unsigned n)
{
	struct mmsghdr m[BURST_MAX];
	struct iovec v[BURST_MAX];
	unsigned done = 0;

	for (unsigned i = 0; i < n; i++) {
		v[i] = (struct iovec){(void *)(uintptr_t)(buf + i * each), each};
		m[i].msg_hdr = (struct msghdr){.msg_name = (void *)(uintptr_t)&e->addr,
			.msg_namelen = e->addr_len,
			.msg_iov = &v[i],
			.msg_iovlen = 1};
	}
	while (done < n) {
		int k = sendmmsg(e->fd, m + done, n - done, 0);

		if (k < 0 && try_again(errno))
			continue;
		if (k < 0)
			return -1;
		done += (unsigned)k;
	}
	return 0;
}

/* As one message, which the kernel cuts. */
static int send_joined(const struct probe_end *e, const uint8_t *buf, size_t each, unsigned n)
{
	union {
		char bytes[CMSG_SPACE(sizeof(uint16_t))];
		struct cmsghdr align;
	} note = {.align = {.cmsg_level = SOL_UDP,
			  .cmsg_type = UDP_SEGMENT,
			  .cmsg_len = CMSG_LEN(sizeof(uint16_t))}};
	struct iovec v = {(void *)(uintptr_t)buf, each * n};
	struct msghdr m = {.msg_name = (void *)(uintptr_t)&e->addr,
		.msg_namelen = e->addr_len,
		.msg_iov = &v,
		.msg_iovlen = 1,
		.msg_control = &note,
		.msg_controllen = sizeof(note)};
	uint16_t segment = (uint16_t)each;
	ssize_t r;

	memcpy(CMSG_DATA(&note.align), &segment, sizeof(segment));
	do
		r = sendmsg(e->fd, &m, 0);
	while (r < 0 && try_again(errno));
	return r < 0 ? -1 : 0;
}

static int send_burst(struct sender *s, const struct probe_end *e, unsigned n)
{
	size_t each = s->c->payload_bytes;

	if (e->stream)
		return write_all(e->fd, s->buf, each * n);
	if (s->joins && n >= JOIN_MIN && n * each <= JOINED_BYTES_MAX) {
		if (send_joined(e, s->buf, each, n) == 0)
			return 0;
		if (errno != EINVAL && errno != EIO)
			return -1;
		s->joins = false;
	}
	return send_each(e, s->buf, each, n);
}

/* Numbers number..number+n-1 leave together. */
static int emit(struct sender *s, int64_t number, unsigned n, double interval_ns)
{
	size_t each = s->c->payload_bytes;
	int64_t now;

	for (unsigned i = 0; i < n; i++)
		probe_ts_fill(&s->ts, s->buf + i * each, number + i,
			(int64_t)((double)(number + i + s->c->preroll) * interval_ns));
	now = probe_now();
	for (unsigned i = 0; i < n; i++) {
		int64_t k = number + i;
		struct probe_marker m = {k, now, k < 0 || k >= s->packets};

		probe_marker_write(s->buf + i * each, &m);
		if (m.filler)
			continue;
		if (s->sha && EVP_DigestUpdate(s->sha, s->buf + i * each, each) != 1)
			return -1;
		s->bytes += each;
	}
	for (unsigned d = 0; d < s->n_dests; d++) {
		if (send_burst(s, &s->dest[d], n) < 0) {
			fprintf(stderr, "ristgate-probe: send: %s\n", strerror(errno));
			return -1;
		}
	}
	return 0;
}

/* Only a file has no use for pacing: its PCRs tell the rate. */
static bool all_files(const struct sender *s)
{
	for (unsigned d = 0; d < s->n_dests; d++)
		if (!s->dest[d].stream || s->dest[d].fd == STDOUT_FILENO)
			return false;
	return true;
}

static int run(struct sender *s, double interval_ns)
{
	int64_t end = s->packets + s->c->tail, number = -(int64_t)s->c->preroll;
	double burst_d = WAKE_NS / interval_ns;
	unsigned burst = burst_d > BURST_MAX ? BURST_MAX
		: burst_d < 1                ? 1
					     : (unsigned)(burst_d + 0.5);
	int64_t start = probe_now(), earliest = start, late_from;
	bool paced = interval_ns > 0 && !all_files(s);

	while (number < end) {
		unsigned n = end - number < burst ? (unsigned)(end - number) : burst;
		int64_t due = start + (int64_t)((double)(number + s->c->preroll) * interval_ns);

		if (due < earliest)
			due = earliest;
		if (paced)
			probe_sleep_until(due);
		if (emit(s, number, n, interval_ns) < 0)
			return -1;
		late_from = probe_now() - SLACK_NS;
		earliest = (due > late_from ? due : late_from) + (int64_t)(n * interval_ns / 2);
		number += n;
	}
	return 0;
}

static int report(struct sender *s, double seconds)
{
	FILE *out = stdout;
	char hex[65];

	for (unsigned d = 0; d < s->n_dests; d++)
		if (s->dest[d].fd == STDOUT_FILENO)
			out = stderr;
	if (probe_sha_hex(s->sha, hex) < 0)
		return -1;
	fprintf(out, "{\"sent\":%lld,\"bytes\":%llu,\"seconds\":%.3f,\"sha256\":\"%s\"}\n",
		(long long)s->packets, (unsigned long long)s->bytes, seconds, hex);
	return fflush(out);
}

int probe_send(const struct probe_send_conf *c)
{
	double interval_ns = c->rate_mbps > 0 ? c->payload_bytes * 8e3 / c->rate_mbps : 0;
	struct sender s = {.c = c,
		.joins = true,
		.ts = {.payload_bytes = c->payload_bytes,
			.nulls_percent = c->nulls_percent,
			.seed = c->seed}};
	int64_t began;
	int r = PROBE_INCOMPLETE;

	s.packets = c->packets >= 0 ? c->packets : (int64_t)(c->seconds * 1e9 / interval_ns);
	s.buf = malloc((size_t)BURST_MAX * c->payload_bytes);
	s.sha = c->no_hash ? NULL : probe_sha_new();
	if (!s.buf || (!s.sha && !c->no_hash))
		goto done;
	if (open_dests(&s) < 0) {
		r = PROBE_USAGE;
		goto done;
	}
	prctl(PR_SET_TIMERSLACK, 1000);
	probe_sleep_until(probe_now() + (int64_t)c->settle_ms * 1000000);
	began = probe_now();
	if (run(&s, interval_ns) == 0 && report(&s, (double)(probe_now() - began) / 1e9) == 0)
		r = PROBE_OK;
done:
	for (unsigned d = 0; d < s.n_dests; d++)
		if (s.dest[d].fd != STDOUT_FILENO)
			close(s.dest[d].fd);
	EVP_MD_CTX_free(s.sha);
	free(s.buf);
	return r;
}
