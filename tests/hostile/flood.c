/* SPDX-License-Identifier: BSD-3-Clause */
/* flood: throws what mangle.c makes at open ports of the loopback, from many sources at a steady
 * rate. May overhear the stream beside it first. Prints one JSON line: how many went to each
 * target, and how many were overheard. */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "mangle.h"

#define SOURCES_MAX    64
#define TARGETS_MAX    8
#define TICK_NS        1000000
#define NS_PER_S       1000000000

#define SILENCE_MAX_NS (INT64_C(3) * NS_PER_S) /* of a stream that is to be overheard */

struct flood {
	struct mangle mangle;
	struct sockaddr_in targets[TARGETS_MAX];
	uint64_t sent[TARGETS_MAX];
	size_t n_targets;
	int sources[SOURCES_MAX];
	int n_sources;
	uint64_t count, per_second;
	uint64_t overhear_ms;
	bool overhears; /* the machine lets us */
};

static bool add_target(struct flood *f, const char *text)
{
	struct sockaddr_in *t = &f->targets[f->n_targets];
	const char *colon = strchr(text, ':');
	char host[64];

	if (!colon || f->n_targets == TARGETS_MAX || (size_t)(colon - text) >= sizeof(host))
		return false;
	(void)snprintf(host, sizeof(host), "%.*s", (int)(colon - text), text);
	t->sin_family = AF_INET;
	t->sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
	f->n_targets++;
	return inet_pton(AF_INET, host, &t->sin_addr) == 1;
}

static bool open_sources(struct flood *f)
{
	for (int i = 0; i < f->n_sources; i++) {
		f->sources[i] = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		if (f->sources[i] < 0)
			return false;
	}
	return true;
}

static int64_t now_ns(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

static bool is_target(const struct flood *f, uint16_t port)
{
	for (size_t t = 0; t < f->n_targets; t++)
		if (f->targets[t].sin_port == port)
			return true;
	return false;
}

/* An IPv4 datagram that went over the loopback; true: to a target. */
static bool take_frame(struct flood *f, const uint8_t *p, size_t len)
{
	const struct iphdr *ip = (const void *)p;
	size_t at = len >= sizeof(*ip) ? (size_t)ip->ihl * 4 : 0;
	struct udphdr udp;

	if (at < sizeof(*ip) || len < at + sizeof(udp) || ip->protocol != IPPROTO_UDP)
		return false;
	memcpy(&udp, p + at, sizeof(udp));
	if (!is_target(f, udp.dest))
		return false;
	mangle_hear(&f->mangle, p + at + sizeof(udp), len - at - sizeof(udp));
	return true;
}

/* Listens to what goes to the targets, so long from the first datagram on. Without the right to,
 * nothing is overheard. */
static void overhear(struct flood *f)
{
	struct sockaddr_ll at = {.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_IP),
		.sll_ifindex = (int)if_nametoindex("lo")};
	int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, htons(ETH_P_IP));
	int64_t end = now_ns() + SILENCE_MAX_NS;

	f->overhears = fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0;
	while (f->overhears && now_ns() < end) {
		struct pollfd pfd = {.fd = fd, .events = POLLIN};
		struct sockaddr_ll from = {0};
		socklen_t from_len = sizeof(from);
		_Alignas(4) uint8_t p[2048];
		ssize_t n;

		if (poll(&pfd, 1, 10) <= 0)
			continue;
		n = recvfrom(fd, p, sizeof(p), MSG_DONTWAIT, (struct sockaddr *)&from, &from_len);
		/* the loopback shows each datagram twice: as it goes and as it comes */
		if (n > 0 && from.sll_pkttype == PACKET_HOST && take_frame(f, p, (size_t)n) &&
			f->mangle.n_heard == 1)
			end = now_ns() + (int64_t)f->overhear_ms * 1000000;
	}
	if (fd >= 0)
		(void)close(fd);
}

static void send_one(struct flood *f)
{
	uint8_t p[MANGLE_LONGEST];
	size_t len = mangle_make(&f->mangle, p), t = mangle_below(&f->mangle, f->n_targets);
	int fd = f->sources[mangle_below(&f->mangle, (size_t)f->n_sources)];

	if (sendto(fd, p, len, 0, (struct sockaddr *)&f->targets[t], sizeof(f->targets[t])) ==
		(ssize_t)len)
		f->sent[t]++;
}

/* At most two ticks' worth in a row after a delay: a flood, not a burst. */
static void run(struct flood *f)
{
	uint64_t done = 0, due, most = 2 * f->per_second * TICK_NS / NS_PER_S + 1;
	int64_t start = now_ns();

	while (done < f->count) {
		due = (uint64_t)(now_ns() - start) * f->per_second / NS_PER_S;
		for (uint64_t n = 0; done < due && done < f->count && n < most; n++, done++)
			send_one(f);
		(void)nanosleep(&(struct timespec){.tv_nsec = TICK_NS / 2}, NULL);
	}
}

static void report(const struct flood *f)
{
	uint64_t sum = 0;

	printf("{\"targets\":[");
	for (size_t t = 0; t < f->n_targets; t++) {
		printf("%s%llu", t ? "," : "", (unsigned long long)f->sent[t]);
		sum += f->sent[t];
	}
	printf("],\"sent\":%llu,\"overheard\":", (unsigned long long)sum);
	if (f->overhears)
		printf("%zu}\n", f->mangle.n_heard);
	else
		printf("null}\n");
}

static int usage(void)
{
	(void)fputs(
		"usage: flood --packets FILE [--prefer NAME] [--seed N] [--count N] "
		"[--per-second N]\n             [--sources N] [--ssrc N] [--overhear MS] ADDR:PORT...\n",
		stderr);
	return 2;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {{"packets", 1, NULL, 'p'}, {"prefer", 1, NULL, 'x'},
		{"seed", 1, NULL, 's'}, {"count", 1, NULL, 'n'}, {"per-second", 1, NULL, 'r'},
		{"sources", 1, NULL, 'k'}, {"ssrc", 1, NULL, 'i'}, {"overhear", 1, NULL, 'o'}, {0}};
	static struct flood f = {.count = 150000, .per_second = 15000, .n_sources = 16};
	const char *packets = NULL, *prefer = "simple";
	int o;

	while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
		unsigned long long v = optarg ? strtoull(optarg, NULL, 0) : 0;

		if (o == 'p')
			packets = optarg;
		else if (o == 'x')
			prefer = optarg;
		else if (o == 's')
			f.mangle.random = v;
		else if (o == 'n')
			f.count = v;
		else if (o == 'r')
			f.per_second = v;
		else if (o == 'k' && v > 0 && v <= SOURCES_MAX)
			f.n_sources = (int)v;
		else if (o == 'i')
			f.mangle.ssrc = (uint32_t)v;
		else if (o == 'o')
			f.overhear_ms = v;
		else
			return usage();
	}
	for (; optind < argc; optind++)
		if (!add_target(&f, argv[optind]))
			return usage();
	if (!packets || f.n_targets == 0)
		return usage();
	if (!mangle_load(&f.mangle, packets, prefer) || !open_sources(&f)) {
		(void)fprintf(stderr, "flood: %s: %s\n", packets, strerror(errno));
		return 1;
	}
	if (f.overhear_ms)
		overhear(&f);
	run(&f);
	report(&f);
	return 0;
}
