/* SPDX-License-Identifier: BSD-3-Clause */
/* main.c - command line of ristgate-probe. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probe.h"

static const char usage[] =
	"ristgate-probe: send a numbered MPEG transport stream, or tell what became of it.\n"
	"\n"
	"  ristgate-probe send --to URL[,URL...] --rate MBPS (--seconds S | --packets N)\n"
	"      --payload BYTES   of a datagram, 188 at least (1316)\n"
	"      --seed N          of the content (1)\n"
	"      --nulls P         percent of null packets, but for the first of a datagram (0)\n"
	"      --settle MS       wait before the first packet (0)\n"
	"      --preroll N       packets before number 0 that nobody counts (0)\n"
	"      --tail N          packets after the last that nobody counts (0)\n"
	"      --no-hash         no sha256: above 2 Gb/s it is what limits\n"
	"    URL: udp://HOST:PORT[?miface=IF&ttl=N], file:PATH, - (then the result is on stderr).\n"
	"    rate counts payload bits; 0 is as fast as possible (with --packets). A file is written\n"
	"    at once, the rate is in its PCRs.\n"
	"    Result: {\"sent\":N,\"bytes\":N,\"seconds\":S,\"sha256\":HEX}\n"
	"\n"
	"  ristgate-probe recv --from URL [--expect N]\n"
	"      --idle MS         end when nothing came for so long (2000)\n"
	"      --seconds S       end in any case (60)\n"
	"      --first N         count and hash numbers from N on (0)\n"
	"      --count N         count and hash so many numbers (all)\n"
	"      --payload BYTES   where a byte stream is cut into datagrams (1316)\n"
	"      --progress        a line a second on stderr\n"
	"      --no-hash         no sha256\n"
	"    URL: udp://@[ADDR]:PORT[?miface=IF&source=ADDR] (a multicast ADDR is joined),\n"
	"    file:PATH, -.\n"
	"    Result: {\"delivered\":N,\"bytes\":N,\"lost\":N,\"duplicates\":N,\"reordered\":N,\n"
	"      \"filler\":N,\"foreign\":N,\"first\":N,\"last\":N,\n"
	"      \"latency_us\":{\"min\":N,\"p50\":N,\"p99\":N,\"p999\":N,\"max\":N},\n"
	"      \"sha256\":HEX}\n"
	"    The hash is over the counted payloads in the order they came: equal to the sender's\n"
	"    when all came, in order. Latency is true on one host only.\n"
	"\n"
	"  ristgate-probe spin --rate MBPS --seconds S\n"
	"    How late a bare loop sees the instants of packets of 1,316 bytes at that rate: what the\n"
	"    machine adds to any delivery time.\n"
	"    Result: {\"instants\":N,\"latency_us\":{as above}}\n"
	"\n"
	"Exit status: 0 sent, or all that was expected came once and in order; 1 not so; 2 usage.\n";

enum probe_option {
	O_TO = 256,
	O_FROM,
	O_RATE,
	O_SECONDS,
	O_PACKETS,
	O_PAYLOAD,
	O_SEED,
	O_NULLS,
	O_SETTLE,
	O_PREROLL,
	O_TAIL,
	O_EXPECT,
	O_IDLE,
	O_FIRST,
	O_COUNT,
	O_PROGRESS,
	O_NO_HASH,
	O_HELP,
};

static int bad(const char *what)
{
	fprintf(stderr, "ristgate-probe: %s (--help tells more)\n", what);
	return PROBE_USAGE;
}

static int number(const char *text, double lo, double hi, double *out)
{
	char *end;

	errno = 0;
	*out = strtod(text, &end);
	return errno || end == text || *end || !(*out >= lo && *out <= hi) ? -1 : 0;
}

static int send_main(int argc, char **argv)
{
	static const struct option opts[] = {{"to", 1, NULL, O_TO}, {"rate", 1, NULL, O_RATE},
		{"seconds", 1, NULL, O_SECONDS}, {"packets", 1, NULL, O_PACKETS},
		{"payload", 1, NULL, O_PAYLOAD}, {"seed", 1, NULL, O_SEED},
		{"nulls", 1, NULL, O_NULLS}, {"settle", 1, NULL, O_SETTLE},
		{"preroll", 1, NULL, O_PREROLL}, {"tail", 1, NULL, O_TAIL},
		{"no-hash", 0, NULL, O_NO_HASH}, {NULL, 0, NULL, 0}};
	struct probe_send_conf c = {
		.packets = -1, .seconds = -1, .payload_bytes = PROBE_PAYLOAD_DEF, .seed = 1};
	double v = 0;
	int o, i;

	c.rate_mbps = -1;
	while ((o = getopt_long(argc, argv, "", opts, &i)) != -1) {
		if (o == '?')
			return PROBE_USAGE;
		if (o != O_TO && o != O_NO_HASH && number(optarg, 0, 1e15, &v) < 0)
			return bad(opts[i].name);
		if (o == O_TO)
			c.to = optarg;
		else if (o == O_NO_HASH)
			c.no_hash = true;
		else if (o == O_RATE)
			c.rate_mbps = v;
		else if (o == O_SECONDS)
			c.seconds = v;
		else if (o == O_PACKETS)
			c.packets = (int64_t)v;
		else if (o == O_SEED)
			c.seed = (uint64_t)v;
		else if (v > 1e9)
			return bad(opts[i].name);
		else if (o == O_PAYLOAD)
			c.payload_bytes = (uint32_t)v;
		else if (o == O_NULLS)
			c.nulls_percent = (uint32_t)v;
		else if (o == O_SETTLE)
			c.settle_ms = (uint32_t)v;
		else if (o == O_PREROLL)
			c.preroll = (uint32_t)v;
		else if (o == O_TAIL)
			c.tail = (uint32_t)v;
	}
	if (!c.to || optind != argc)
		return bad("send: --to URL is needed, and options only");
	if (c.rate_mbps < 0 || (c.packets < 0 && (c.seconds < 0 || c.rate_mbps <= 0)))
		return bad("send: --rate MBPS and --seconds or --packets are needed");
	if (c.payload_bytes < PROBE_CELL || c.payload_bytes > PROBE_PAYLOAD_MAX)
		return bad("payload: 188 to 65504 bytes");
	return probe_send(&c);
}

static int recv_main(int argc, char **argv)
{
	static const struct option opts[] = {{"from", 1, NULL, O_FROM},
		{"expect", 1, NULL, O_EXPECT}, {"idle", 1, NULL, O_IDLE},
		{"seconds", 1, NULL, O_SECONDS}, {"first", 1, NULL, O_FIRST},
		{"count", 1, NULL, O_COUNT}, {"payload", 1, NULL, O_PAYLOAD},
		{"progress", 0, NULL, O_PROGRESS}, {"no-hash", 0, NULL, O_NO_HASH},
		{NULL, 0, NULL, 0}};
	struct probe_recv_conf c = {.count = -1,
		.expect = -1,
		.payload_bytes = PROBE_PAYLOAD_DEF,
		.idle_ms = 2000,
		.seconds = 60};
	double v = 0;
	int o, i;

	while ((o = getopt_long(argc, argv, "", opts, &i)) != -1) {
		if (o == '?')
			return PROBE_USAGE;
		if (o != O_FROM && o != O_PROGRESS && o != O_NO_HASH &&
			number(optarg, 0, 1e9, &v) < 0)
			return bad(opts[i].name);
		if (o == O_FROM)
			c.from = optarg;
		else if (o == O_NO_HASH)
			c.no_hash = true;
		else if (o == O_EXPECT)
			c.expect = (int64_t)v;
		else if (o == O_IDLE)
			c.idle_ms = (uint32_t)v;
		else if (o == O_SECONDS)
			c.seconds = v;
		else if (o == O_FIRST)
			c.first = (int64_t)v;
		else if (o == O_COUNT)
			c.count = (int64_t)v;
		else if (o == O_PAYLOAD)
			c.payload_bytes = (uint32_t)v;
		else
			c.progress = true;
	}
	if (!c.from || optind != argc)
		return bad("recv: --from URL is needed, and options only");
	if (c.payload_bytes < PROBE_CELL || c.payload_bytes > PROBE_PAYLOAD_MAX)
		return bad("payload: 188 to 65504 bytes");
	if (c.count >= 0 && c.expect < 0)
		c.expect = c.count;
	return probe_recv(&c);
}

static int spin_main(int argc, char **argv)
{
	static const struct option opts[] = {
		{"rate", 1, NULL, O_RATE}, {"seconds", 1, NULL, O_SECONDS}, {NULL, 0, NULL, 0}};
	double rate = 0, seconds = 0;
	int o, i;

	while ((o = getopt_long(argc, argv, "", opts, &i)) != -1) {
		if (o == '?')
			return PROBE_USAGE;
		if (number(optarg, 0.001, 1e5, o == O_RATE ? &rate : &seconds) < 0)
			return bad(opts[i].name);
	}
	if (rate <= 0 || seconds <= 0 || optind != argc)
		return bad("spin: --rate MBPS and --seconds S are needed");
	return probe_spin(rate, seconds);
}

int main(int argc, char **argv)
{
	if (argc >= 2 && strcmp(argv[1], "--help") == 0) {
		fputs(usage, stdout);
		return PROBE_OK;
	}
	if (argc >= 2 && strcmp(argv[1], "send") == 0)
		return send_main(argc - 1, argv + 1);
	if (argc >= 2 && strcmp(argv[1], "recv") == 0)
		return recv_main(argc - 1, argv + 1);
	if (argc >= 2 && strcmp(argv[1], "spin") == 0)
		return spin_main(argc - 1, argv + 1);
	fputs(usage, stderr);
	return PROBE_USAGE;
}
