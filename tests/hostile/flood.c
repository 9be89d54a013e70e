/* SPDX-License-Identifier: BSD-3-Clause */
/* flood: what a hostile network throws at open ports. A third of the datagrams is random, the
 * rest are real RIST packets with bytes changed, cut or extended. Everything follows from the
 * seed. Prints one JSON line: how many went to each target. */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PACKETS_MAX  512
#define LONGEST      1472
#define SOURCES_MAX  64
#define TARGETS_MAX  8
#define TICK_NS      1000000
#define CHANGES_MAX  8
#define EXTEND_MAX   64
#define LINE_MAX_LEN 4096

struct packet {
	uint16_t len;
	bool preferred;
	uint8_t data[LONGEST];
};

struct flood {
	struct packet packets[PACKETS_MAX];
	size_t n_packets, n_preferred; /* the preferred stand first */
	struct sockaddr_in targets[TARGETS_MAX];
	uint64_t sent[TARGETS_MAX];
	size_t n_targets;
	int sources[SOURCES_MAX];
	int n_sources;
	uint64_t random; /* state */
	uint32_t ssrc; /* of the stream beside it, 0: unknown */
	uint64_t count, per_second;
};

/* SplitMix64 */
static uint64_t draw(struct flood *f)
{
	uint64_t z = f->random += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static size_t below(struct flood *f, size_t n)
{
	return (size_t)((draw(f) >> 32) * n >> 32);
}

static void fill(struct flood *f, uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		p[i] = (uint8_t)(draw(f) >> 56);
}

/* "NAME LENGTH HEX": the beginning of a packet, filled up to its length. */
static bool parse_packet(struct flood *f, char *line, const char *prefer)
{
	struct packet *p = &f->packets[f->n_packets];
	char name[64];
	unsigned len;
	int at = 0;
	size_t n = 0;

	if (f->n_packets == PACKETS_MAX || sscanf(line, "%63s %u %n", name, &len, &at) < 2)
		return false;
	p->len = (uint16_t)(len < LONGEST ? len : LONGEST);
	p->preferred = strstr(name, prefer) != NULL;
	fill(f, p->data, p->len);
	for (; n < p->len && sscanf(line + at + 2 * n, "%2hhx", &p->data[n]) == 1; n++)
		;
	f->n_packets++;
	f->n_preferred += p->preferred;
	return n > 0;
}

static int by_preference(const void *a, const void *b)
{
	const struct packet *x = a, *y = b;

	return y->preferred - x->preferred;
}

static bool load_packets(struct flood *f, const char *path, const char *prefer)
{
	FILE *in = fopen(path, "re");
	char line[LINE_MAX_LEN];
	bool ok = in != NULL;

	while (ok && fgets(line, sizeof(line), in))
		ok = line[0] == '#' || parse_packet(f, line, prefer);
	if (in)
		(void)fclose(in);
	qsort(f->packets, f->n_packets, sizeof(f->packets[0]), by_preference);
	return ok && f->n_packets > 0;
}

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

/* The stream's own SSRC where a media or a control packet has it. */
static void forge_ssrc(struct flood *f, uint8_t *p, size_t len)
{
	uint32_t ssrc = htonl(f->ssrc | (uint32_t)below(f, 2));
	size_t at = len > 1 && p[1] >= 192 && p[1] <= 223 ? 4 : 8;

	if (f->ssrc && len >= at + sizeof(ssrc))
		memcpy(p + at, &ssrc, sizeof(ssrc));
}

static size_t make(struct flood *f, uint8_t *p)
{
	const struct packet *real;
	size_t len, n;

	if (below(f, 3) == 0) {
		len = below(f, LONGEST + 1);
		fill(f, p, len);
		return len;
	}
	n = below(f, 2) && f->n_preferred ? f->n_preferred : f->n_packets;
	real = &f->packets[below(f, n)];
	len = real->len;
	memcpy(p, real->data, len);
	if (below(f, 2))
		forge_ssrc(f, p, len);
	switch (below(f, 3)) {
	case 0:
		for (n = 1 + below(f, CHANGES_MAX); n > 0; n--)
			p[below(f, below(f, 2) && len > 32 ? 32 : len)] = (uint8_t)draw(f);
		return len;
	case 1:
		return below(f, len);
	default:
		n = 1 + below(f, EXTEND_MAX);
		if (n > LONGEST - len)
			n = LONGEST - len;
		fill(f, p + len, n);
		return len + n;
	}
}

static void send_one(struct flood *f)
{
	uint8_t p[LONGEST];
	size_t len = make(f, p), t = below(f, f->n_targets);
	int fd = f->sources[below(f, (size_t)f->n_sources)];

	if (sendto(fd, p, len, 0, (struct sockaddr *)&f->targets[t], sizeof(f->targets[t])) ==
		(ssize_t)len)
		f->sent[t]++;
}

static int64_t now_ns(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* At most two ticks' worth in a row after a delay: a flood, not a burst. */
static void run(struct flood *f)
{
	uint64_t done = 0, due, most = 2 * f->per_second * TICK_NS / 1000000000 + 1;
	int64_t start = now_ns();

	while (done < f->count) {
		due = (uint64_t)(now_ns() - start) * f->per_second / 1000000000;
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
	printf("],\"sent\":%llu}\n", (unsigned long long)sum);
}

static int usage(void)
{
	(void)fputs("usage: flood --packets FILE [--prefer NAME] [--seed N] [--count N] "
		    "[--per-second N]\n             [--sources N] [--ssrc N] ADDR:PORT...\n",
		stderr);
	return 2;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {{"packets", 1, NULL, 'p'}, {"prefer", 1, NULL, 'x'},
		{"seed", 1, NULL, 's'}, {"count", 1, NULL, 'n'}, {"per-second", 1, NULL, 'r'},
		{"sources", 1, NULL, 'k'}, {"ssrc", 1, NULL, 'i'}, {0}};
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
			f.random = v;
		else if (o == 'n')
			f.count = v;
		else if (o == 'r')
			f.per_second = v;
		else if (o == 'k' && v > 0 && v <= SOURCES_MAX)
			f.n_sources = (int)v;
		else if (o == 'i')
			f.ssrc = (uint32_t)v;
		else
			return usage();
	}
	for (; optind < argc; optind++)
		if (!add_target(&f, argv[optind]))
			return usage();
	if (!packets || f.n_targets == 0)
		return usage();
	if (!load_packets(&f, packets, prefer) || !open_sources(&f)) {
		(void)fprintf(stderr, "flood: %s: %s\n", packets, strerror(errno));
		return 1;
	}
	run(&f);
	report(&f);
	return 0;
}
