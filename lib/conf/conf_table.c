/* SPDX-License-Identifier: BSD-3-Clause */
#include "rg_conf_key.h"

#define RIST               (RG_KEY_RIST_IN | RG_KEY_RIST_OUT)
#define RAW_IN             (RG_KEY_UDP_IN | RG_KEY_RTP_IN)
#define NET                (RIST | RG_KEY_UDP_IN | RG_KEY_UDP_OUT | RG_KEY_RTP_IN | RG_KEY_RTP_OUT)

#define AT(field)          offsetof(struct rg_url, field)
#define RIST_AT(field)     offsetof(struct rg_url, rist.field)

#define BANDWIDTH_MAX_KBPS 400000000 /* 400 Gb/s: the fastest port there is */

static const char *const profile_words[] = {"simple", "main", "advanced", NULL};
static const char *const congestion_words[] = {"off", "normal", "aggressive", NULL};
static const char *const timing_words[] = {"source", "arrival", "rtc", NULL};
static const char *const recovery_words[] = {"deadline", "classic", "off", NULL};
static const char *const nack_words[] = {"range", "bitmask", NULL};

#define MAIN     "needs the Main profile, which this version does not have"
#define ADVANCED "needs the Advanced profile, which this version does not have"
#define BOND     "needs a bond of paths, which this version does not have"

/* One line a key, in the order of docs/config.md. */
static const struct rg_key keys[] = {
	{"profile", NULL, RG_KEY_U32, RIST, RIST_AT(profile), 0, 0, 2, 1, profile_words, 0, "",
		"RIST profile; this version has simple"},
	{"buffer", NULL, RG_KEY_U32_PAIR, RIST, RIST_AT(buffer_min_ms), RIST_AT(buffer_max_ms), 50,
		30000, 1000, NULL, 0, "ms", "recovery buffer: sets buffer-min and buffer-max"},
	{"buffer-min", NULL, RG_KEY_U32, RIST, RIST_AT(buffer_min_ms), 0, 50, 30000, 1000, NULL, 0,
		"ms", "smallest recovery buffer; wins over buffer"},
	{"buffer-max", NULL, RG_KEY_U32, RIST, RIST_AT(buffer_max_ms), 0, 50, 30000, 1000, NULL, 0,
		"ms", "largest recovery buffer; wins over buffer"},
	{"reorder-buffer", NULL, RG_KEY_U32, RIST, RIST_AT(reorder_buffer_ms), 0, 0, 30000, 15,
		NULL, 1, "ms", "longest wait for a reordered packet before asking for it"},
	{"rtt", NULL, RG_KEY_U32_PAIR, RIST, RIST_AT(rtt_min_ms), RIST_AT(rtt_max_ms), 1, 1000, 5,
		NULL, 0, "ms", "round trip: sets rtt-min and rtt-max"},
	{"rtt-min", NULL, RG_KEY_U32, RIST, RIST_AT(rtt_min_ms), 0, 1, 1000, 5, NULL, 0, "ms",
		"lower bound of the measured round trip"},
	{"rtt-max", NULL, RG_KEY_U32, RIST, RIST_AT(rtt_max_ms), 0, 1, 1000, 500, NULL, 0, "ms",
		"upper bound of the measured round trip"},
	{"min-retries", NULL, RG_KEY_U32, RIST, RIST_AT(min_retries), 0, 0, 100, 6, NULL, 0, "",
		"requests a packet gets even when the way back is congested"},
	{"max-retries", NULL, RG_KEY_U32, RIST, RIST_AT(max_retries), 0, 0, 100, 20, NULL, 0, "",
		"rounds of requests for one packet at most"},
	{"bandwidth", NULL, RG_KEY_U32, RIST, RIST_AT(bandwidth_kbps), 0, 1, BANDWIDTH_MAX_KBPS,
		100000, NULL, 0, "kb/s", "cap on media and retransmissions together; sizes memory"},
	{"return-bandwidth", NULL, RG_KEY_U32, RIST, RIST_AT(return_bandwidth_kbps), 0, 0,
		BANDWIDTH_MAX_KBPS, 0, NULL, 0, "kb/s", "cap on requests, 0: none"},
	{"session-timeout", NULL, RG_KEY_U32, RIST, RIST_AT(session_timeout_ms), 0, 250, 3600000,
		2000, NULL, 0, "ms", "silence after which a peer is gone"},
	{"keepalive-interval", "keepalive", RG_KEY_U32, RIST, RIST_AT(keepalive_interval_ms), 0, 1,
		3600000, 1000, NULL, 0, "ms",
		"keep-alive interval; RTCP goes every 100 ms at most"},
	{"congestion-control", NULL, RG_KEY_U32, RIST, RIST_AT(congestion_control), 0, 0, 2, 1,
		congestion_words, 0, "", "how retransmissions give way at the bandwidth cap"},
	{"timing-mode", NULL, RG_KEY_U32, RIST, RIST_AT(timing_mode), 0, 0, 2, 0, timing_words, 0,
		"", "playout by source time, by arrival, or by wall clock"},
	{"recovery", NULL, RG_KEY_U32, RIST, RIST_AT(recovery), 0, 0, 2, 0, recovery_words, 0, "",
		"plan of the requests: by deadline, the classic cadence, or none"},
	{"nack-type", NULL, RG_KEY_U32, RIST, RIST_AT(nack_bitmask), 0, 0, 1, 0, nack_words, 0, "",
		"form of the requests sent; both are understood"},
	{"max-flows", NULL, RG_KEY_U32, RG_KEY_RIST_IN, RIST_AT(max_flows), 0, 1, 16384, 4, NULL, 0,
		"", "flows an input accepts at a time"},
	{"weight", NULL, RG_KEY_U32, RIST, RIST_AT(weight), 0, 0, 65535, 0, NULL, 0, "",
		"share of a path in a bond, 0: every path carries everything"},
	{"recovery-priority", NULL, RG_KEY_U32, RIST, RIST_AT(recovery_priority), 0, 0, 65535, 0,
		NULL, 0, "", "which path of a bond carries requests: the highest that lives"},
	{"cname", NULL, RG_KEY_TEXT, RIST, RIST_AT(cname), 0, 0, RG_CNAME_MAX, 0, NULL, 0, "",
		"name told to the peer; by default from the host name"},
	{"virt-src-port", NULL, RG_KEY_U16, RIST, RIST_AT(virt_src_port), 0, 0, 65535, 1971, NULL,
		0, "", "virtual source port of the Main profile"},
	{"virt-dst-port", NULL, RG_KEY_U16, RIST, RIST_AT(virt_dst_port), 0, 0, 65535, 1968, NULL,
		0, "", "virtual destination port of the Main profile"},
	{"local-port", NULL, RG_KEY_U16, RIST, RIST_AT(local_port), 0, 0, 65535, 0, NULL, 0, "",
		"own UDP port of a caller, 0: any"},
	{"miface", NULL, RG_KEY_TEXT, NET, AT(miface), 0, 0, 15, 0, NULL, 0, "",
		"interface or DPDK port to use"},
	{"ttl", NULL, RG_KEY_U32, RIST | RG_KEY_UDP_OUT | RG_KEY_RTP_OUT, AT(ttl), 0, 0, 255, 1,
		NULL, 1, "", "multicast hops"},
	{"source", NULL, RG_KEY_ADDR, RG_KEY_RIST_IN | RAW_IN, AT(source), 0, 0, 0, 0, NULL, 0, "",
		"only source accepted for a multicast group (SSM)"},
	{"rtp-ptype", NULL, RG_KEY_U32, RG_KEY_RTP_OUT, AT(rtp_ptype), 0, 0, 127, 33, NULL, 0, "",
		"RTP payload type"},
	{"bitrate", NULL, RG_KEY_U32, RG_KEY_FILE_IN, AT(bitrate_kbps), 0, 0, BANDWIDTH_MAX_KBPS, 0,
		NULL, 0, "kb/s", "pace of the file, 0: by its PCR"},
	{"secret", NULL, RG_KEY_LATER, .where = RIST, .help = MAIN},
	{"secret-file", NULL, RG_KEY_LATER, .where = RIST, .help = MAIN},
	{"aes-type", NULL, RG_KEY_LATER, .where = RIST, .help = MAIN},
	{"key-rotation", NULL, RG_KEY_LATER, .where = RIST, .help = MAIN},
	{"username", NULL, RG_KEY_LATER, .where = RIST, .help = MAIN},
	{"password", NULL, RG_KEY_LATER, .where = RIST, .help = MAIN},
	{"srp-compat", NULL, RG_KEY_LATER, .where = RIST, .help = MAIN},
	{"reflector", NULL, RG_KEY_LATER, .where = RIST, .help = MAIN},
	{"stream-id", NULL, RG_KEY_LATER, .where = NET & ~RIST, .help = MAIN},
	{"multiplex-mode", NULL, RG_KEY_LATER, .where = NET & ~RIST, .help = MAIN},
	{"multiplex-filter", NULL, RG_KEY_LATER, .where = NET & ~RIST, .help = MAIN},
	{"compression", NULL, RG_KEY_LATER, .where = RIST, .help = ADVANCED},
	{"recovery-depth", NULL, RG_KEY_LATER, .where = RIST, .help = ADVANCED},
	{"split", NULL, RG_KEY_LATER, .where = RIST, .help = BOND},
	{"merge", NULL, RG_KEY_LATER, .where = RIST, .help = BOND},
	{"fec", NULL, RG_KEY_LATER, .where = RIST,
		.help = "forward error correction is not in this version"},
	{"rtt-multiplier", NULL, RG_KEY_LATER, .where = RIST,
		.help = "a buffer that follows the round trip is not in this version"},
	{"rtp-timestamp", NULL, RG_KEY_LATER, .where = NET & ~RIST,
		.help = "keeping the input's RTP timestamps is not in this version"},
	{"rtp-sequence", NULL, RG_KEY_LATER, .where = NET & ~RIST,
		.help = "keeping the input's RTP sequence numbers is not in this version"},
};

static_assert(RG_ARRAY_LEN(keys) <= 64, "rg_url.given has a bit a key");

const struct rg_key *rg_conf_keys(unsigned *n)
{
	*n = RG_ARRAY_LEN(keys);
	return keys;
}

static bool same(const char *a, const char *b)
{
	size_t len = strlen(a);

	return strlen(b) == len && memcmp(a, b, len) == 0;
}

int rg_conf_key_find(const char *name)
{
	for (unsigned i = 0; i < RG_ARRAY_LEN(keys); i++) {
		if (same(keys[i].name, name) || (keys[i].alias && same(keys[i].alias, name)))
			return (int)i;
	}
	return -1;
}

uint32_t rg_conf_key_where(enum rg_end_kind kind, enum rg_end_role role)
{
	return UINT32_C(1) << (2 * (uint32_t)kind + (uint32_t)role);
}
