/* SPDX-License-Identifier: BSD-3-Clause */
#include "rg_conf_key.h"

#define RIST               (RG_KEY_RIST_IN | RG_KEY_RIST_OUT)
#define RAW_IN             (RG_KEY_UDP_IN | RG_KEY_RTP_IN)
#define OUT                (RG_KEY_RIST_OUT | RG_KEY_UDP_OUT | RG_KEY_RTP_OUT | RG_KEY_FILE_OUT)
#define NET                (RIST | RG_KEY_UDP_IN | RG_KEY_UDP_OUT | RG_KEY_RTP_IN | RG_KEY_RTP_OUT)

#define AT(field)          offsetof(struct rg_url, field)
#define RIST_AT(field)     offsetof(struct rg_url, rist.field)

#define BANDWIDTH_MAX_KBPS 400000000 /* 400 Gb/s: the fastest port there is */

static const char *const profile_words[] = {"simple", "main", "advanced", NULL};
static const char *const congestion_words[] = {"off", "normal", "aggressive", NULL};
static const char *const timing_words[] = {"source", "arrival", "rtc", NULL};
static const char *const recovery_words[] = {"deadline", "classic", "off", NULL};
static const char *const nack_words[] = {"range", "bitmask", NULL};

static const char *const multiplex_words[] = {"virt-dst", "virt-src", "ipv4", "auto", NULL};
static const char *const gre_words[] = {"auto", "1", "2", NULL};

/* Why the Simple profile refuses a key: one that protects is never ignored. */
#define IN_CLEAR   "the Simple profile cannot encrypt (profile=main)"
#define NOT_SIMPLE "the Simple profile does not have it (profile=main)"

#define EAP        "needs EAP-SRP, which this version does not have"
#define ADVANCED   "needs the Advanced profile, which this version does not have"
#define BOND       "needs a bond of paths, which this version does not have"

/* One line a key, in the order of docs/config.md. */
static const struct rg_conf_key keys[] = {
	{"profile", NULL, RG_KEY_U32, RIST, RIST_AT(profile), 0, 0, 2, 1, profile_words, 0, "",
		"RIST profile; this version has simple and main"},
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
	{"max-flows", NULL, RG_KEY_U32, RG_KEY_RIST_IN, RIST_AT(max_flows), 0, 1, 1024,
		RG_FLOWS_MAIN, NULL, 0, "",
		"flows an input accepts at a time; in Simple 4 by default"},
	{"max-bandwidth", NULL, RG_KEY_U32, RG_KEY_RIST_IN, RIST_AT(max_bandwidth_kbps), 0, 0,
		BANDWIDTH_MAX_KBPS, 0, NULL, 0, "kb/s",
		"cap on all flows of an input together, 0: bandwidth; sizes memory"},
	{"weight", NULL, RG_KEY_U32, RIST, RIST_AT(weight), 0, 0, 65535, 0, NULL, 0, "",
		"share of a path in a bond, 0: every path carries everything"},
	{"recovery-priority", NULL, RG_KEY_U32, RIST, RIST_AT(recovery_priority), 0, 0, 65535, 0,
		NULL, 0, "", "which path of a bond carries requests: the highest that lives"},
	{"cname", NULL, RG_KEY_TEXT, RIST, RIST_AT(cname), 0, 0, RG_CNAME_MAX, 0, NULL, 0, "",
		"name told to the peer; by default from the host name"},
	/* A libRIST receiver never answers the source port 0 (trap M13). */
	{"virt-src-port", NULL, RG_KEY_U16, RIST, RIST_AT(virt_src_port), 0, 1, 65535, 1971, NULL,
		0, "", "virtual source port of the Main profile", .main_only = NOT_SIMPLE},
	{"virt-dst-port", NULL, RG_KEY_U16, RIST, RIST_AT(virt_dst_port), 0, 0, 65535, 1968, NULL,
		0, "", "virtual destination port of the Main profile", .main_only = NOT_SIMPLE},
	{"local-port", NULL, RG_KEY_U16, RIST, RIST_AT(local_port), 0, 0, 65535, 0, NULL, 0, "",
		"own UDP port of a caller, 0: any"},
	{"secret", NULL, RG_KEY_SECRET, RIST, AT(secret), 0, 1, RG_SECRET_MAX, 0, NULL, 0, "",
		"passphrase that encrypts; better kept in a secret-file", .main_only = IN_CLEAR},
	{"secret-file", NULL, RG_KEY_TEXT, RIST, AT(secret_file), 0, 1, RG_SECRET_FILE_MAX, 0, NULL,
		0, "", "file whose first line is the passphrase", .main_only = IN_CLEAR},
	{"aes-type", NULL, RG_KEY_U32, RIST, RIST_AT(aes_bits), 0, 0, 256, 0, NULL, 0, "bits",
		"size of the key that encrypts; with a secret 128 by default",
		.main_only = IN_CLEAR, .limits = "0, 128 or 256"},
	{"key-rotation", NULL, RG_KEY_U32, RIST, RIST_AT(key_rotation), 0, 0, UINT32_MAX, 0, NULL,
		0, "packets",
		"packets until the key changes, 0: as late as is safe; at most 16 times a second",
		.main_only = IN_CLEAR},
	{"npd", NULL, RG_KEY_U32, RG_KEY_RIST_OUT, RIST_AT(npd), 0, 0, 1, 0, NULL, 0, "",
		"1: null packets of the transport stream are not sent", .main_only = NOT_SIMPLE},
	{"seq-ext", NULL, RG_KEY_U32, RIST, RIST_AT(seq_ext), 0, 0, 1, 0, NULL, 0, "",
		"1: sequence numbers of 32 bits, which only ristgate and GStreamer know",
		.main_only = NOT_SIMPLE},
	{"one-way", NULL, RG_KEY_U32, RIST, RIST_AT(one_way), 0, 0, 1, 0, NULL, 0, "",
		"1: no way back: no RTCP, nothing is asked for again", .main_only = NOT_SIMPLE},
	{"gre-version", NULL, RG_KEY_U32, RIST, RIST_AT(gre_version), 0, 0, 2, 0, gre_words, 0, "",
		"version of the tunnel's headers; auto is 1 until the peer shows 2",
		.main_only = NOT_SIMPLE},
	{"oob", NULL, RG_KEY_TEXT, RIST, AT(oob), 0, 1, RG_OOB_MAX, 0, NULL, 0, "",
		"IP packets beside the media, from and to an interface", .main_only = NOT_SIMPLE,
		.limits = "off or tap:NAME"},
	{"miface", NULL, RG_KEY_TEXT, NET, AT(miface), 0, 0, RG_IFNAME_MAX, 0, NULL, 0, "",
		"interface or DPDK port to use"},
	{"ttl", NULL, RG_KEY_U32, RIST | RG_KEY_UDP_OUT | RG_KEY_RTP_OUT, AT(ttl), 0, 0, 255, 1,
		NULL, 1, "", "multicast hops"},
	{"source", NULL, RG_KEY_ADDR, RG_KEY_RIST_IN | RAW_IN, AT(source), 0, 0, 0, 0, NULL, 0, "",
		"only source accepted for a multicast group (SSM)"},
	{"rtp-ptype", NULL, RG_KEY_U32, RG_KEY_RTP_OUT, AT(rtp_ptype), 0, 0, 127, 33, NULL, 0, "",
		"RTP payload type"},
	{"flow", NULL, RG_KEY_U32, OUT, AT(flow), 0, 0, 1024, 0, NULL, 0, "",
		"place of the input's flow that this output carries, 0: the one that is played"},
	{"flow-cname", NULL, RG_KEY_TEXT, OUT, AT(flow_cname), 0, 0, RG_CNAME_MAX, 0, NULL, 0, "",
		"the flow of the source with this name instead"},
	{"stream-id", NULL, RG_KEY_U16, NET & ~RIST, AT(stream_id), 0, 0, 65534, 0, NULL, 0, "",
		"virtual port of the stream's Main end that this end is for, 0: any",
		.limits = "even, 0..65534"},
	{"multiplex-mode", NULL, RG_KEY_U32, NET & ~RIST, AT(multiplex_mode), 0, 0, 3, 0,
		multiplex_words, 0, "", "virtual port that stream-id means; -1 is auto",
		.minus_one = "auto"},
	{"bitrate", NULL, RG_KEY_U32, RG_KEY_FILE_IN, AT(bitrate_kbps), 0, 0, BANDWIDTH_MAX_KBPS, 0,
		NULL, 0, "kb/s", "pace of the file, 0: by its PCR"},
	{"username", NULL, RG_KEY_LATER, .where = RIST, .help = EAP},
	{"password", NULL, RG_KEY_LATER, .where = RIST, .help = EAP},
	{"srp-compat", NULL, RG_KEY_LATER, .where = RIST, .help = EAP},
	{"reflector", NULL, RG_KEY_LATER, .where = RIST,
		.help = "passing datagrams on between callers is not in this version"},
	{"multiplex-filter", NULL, RG_KEY_LATER, .where = NET & ~RIST,
		.help = "belongs to multiplex-mode=ipv4, and libRIST does not use it either"},
	{"verbose-level", NULL, RG_KEY_LATER, .where = NET,
		.help = "levels of the log are not in this version"},
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

const struct rg_conf_key *rg_conf_keys(unsigned *n)
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
