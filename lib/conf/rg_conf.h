/* SPDX-License-Identifier: BSD-3-Clause */
/* rg_conf.h - configuration of stream ends: URLs and keys into validated structs.
 * Spec: libRIST's and ristgo's URL keys with their meaning and defaults (docs/config.md lists the
 * table this module holds). Shape: the caller owns every struct; fixed sizes, no allocation.
 * Units: in the key names (ms, kbps). Errors: 0 or -RG_E_INVAL with a sentence in *err naming the
 * key and the limit, never a secret; on an error the destination is unspecified, holds no secret,
 * and must not be used. Threads: pure. */
#ifndef RG_CONF_H
#define RG_CONF_H

#include "rg_addr.h"
#include "rg_base.h"

#define RG_CNAME_MAX       127 /* libRIST keeps 128 bytes with the NUL (trap M19) */
#define RG_NAME_MAX        63
#define RG_PATHS_MAX       8
#define RG_IFNAME_MAX      15 /* Linux: IFNAMSIZ with the NUL is 16 */
#define RG_OOB_MAX         31
#define RG_SECRET_MAX      127 /* libRIST keeps 128 bytes with the NUL (trap M116) */
#define RG_SECRET_FILE_MAX 255
/* Flows of one listener where max-flows says nothing. */
#define RG_FLOWS_SIMPLE 4
#define RG_FLOWS_MAIN   16

enum rg_profile {
	RG_PROFILE_SIMPLE = 0,
	RG_PROFILE_MAIN = 1,
	RG_PROFILE_ADVANCED = 2,
};

enum rg_end_kind {
	RG_END_RIST,
	RG_END_UDP,
	RG_END_RTP,
	RG_END_FILE, /* file:PATH, and "-" with an empty path: stdin or stdout */
};

enum rg_end_role {
	RG_ROLE_INPUT,
	RG_ROLE_OUTPUT,
};

/* Which virtual port of the Main profile a raw end's stream-id means (key multiplex-mode). */
enum rg_multiplex {
	RG_MULTIPLEX_DST = 0, /* the destination port: what TR-06-2 knows */
	RG_MULTIPLEX_SRC = 1, /* the source port: libRIST's own */
	RG_MULTIPLEX_IPV4 = 2, /* refused */
	RG_MULTIPLEX_AUTO = 3, /* by the source port of each packet: below 32768 as SRC, else DST */
};

/* No secrets here: this goes to workers and into what is printed. */
struct rg_rist_conf {
	enum rg_profile profile;
	uint32_t buffer_min_ms, buffer_max_ms;
	uint32_t reorder_buffer_ms;
	uint32_t rtt_min_ms, rtt_max_ms;
	uint32_t min_retries, max_retries;
	uint32_t bandwidth_kbps, return_bandwidth_kbps;
	uint32_t session_timeout_ms, keepalive_interval_ms;
	uint32_t congestion_control; /* enum rg_congestion */
	uint32_t timing_mode; /* enum rg_timing */
	uint32_t recovery; /* enum rg_recovery: key recovery=deadline|classic|off */
	uint32_t nack_bitmask; /* key nack-type=range|bitmask */
	uint32_t max_flows;
	uint32_t max_bandwidth_kbps; /* all flows of an input together; 0: bandwidth_kbps */
	uint32_t weight, recovery_priority;
	uint16_t virt_src_port, virt_dst_port, local_port;
	char cname[RG_CNAME_MAX + 1]; /* empty: derived from the host name */
	/* Main only; all 0 in Simple. */
	uint32_t aes_bits; /* 128 or 256; 0: no secret, in the clear */
	uint32_t key_rotation; /* packets under one nonce; 0: until its counter is used up */
	uint32_t npd; /* 1: this output deletes null packets; inputs always put them back */
	uint32_t seq_ext; /* 1: 32-bit sequence numbers, between ristgate and GStreamer only */
	uint32_t one_way; /* 1: no return channel: no RTCP, no keep-alive, no history */
	uint32_t gre_version; /* 1 or 2: fixed; 0: 1 until the peer shows 2 */
};

/* A passphrase: len bytes without a NUL, and a NUL. */
struct rg_conf_secret {
	uint8_t len; /* 0: none */
	char text[RG_SECRET_MAX + 1];
};

/* One URL of a stream end. Host names are kept as text; the app resolves them into addr. */
struct rg_url {
	enum rg_end_kind kind;
	uint32_t listen; /* '@' before the host: wait for the other side */
	uint64_t given; /* bit i: key i of rg_conf_keys() was set, not defaulted */
	char host[256]; /* without brackets; empty: any address */
	char path[512]; /* RG_END_FILE; empty: stdin or stdout */
	struct rg_addr addr; /* port, and the address where host is one; names: af 0 until the app
			      * resolves them */
	struct rg_addr source; /* key source: SSM, group bind only */
	char miface[16]; /* interface or DPDK port name */
	uint32_t ttl; /* multicast hops */
	uint32_t bitrate_kbps; /* file: pacing without PCR, key bitrate */
	uint32_t rtp_ptype; /* rtp:// output payload type, 33 */
	uint32_t flow; /* output: place of a flow of its input, from 1; 0: the one that is played */
	char flow_cname[RG_CNAME_MAX + 1]; /* output: name of the source; empty: any */
	uint16_t stream_id; /* raw: virtual port of the Main profile, even; 0: any */
	uint32_t multiplex_mode; /* raw: enum rg_multiplex */
	struct rg_rist_conf rist;
	char oob[RG_OOB_MAX + 1]; /* RIST: "tap:NAME", "off", or empty: off */
	char secret_file[RG_SECRET_FILE_MAX + 1];
	struct rg_conf_secret secret; /* as parsed; the app moves it away at once */
	uint32_t secret_id; /* where the app moved it, 0: there is none */
};

/* One input or output: several paths are a bond. */
struct rg_end {
	struct rg_url paths[RG_PATHS_MAX];
	uint32_t n_paths;
};

struct rg_conf_error {
	char text[256]; /* "KEY: reason (limit)" */
};

/* Every key at its default. */
void rg_url_defaults(struct rg_url *u);

/* Parse "rist://@host:port?key=value&...", "udp://...", "rtp://...", "file:PATH" or "-". */
int rg_url_parse(
	const char *text, enum rg_end_role role, struct rg_url *u, struct rg_conf_error *err);

/* The same without the cross-checks: more keys follow by rg_url_set, then rg_url_check. */
int rg_url_read(const char *text, struct rg_url *u, struct rg_conf_error *err);

/* Set one key as the URL's query does; also for YAML. A key given twice is an error. */
int rg_url_set(struct rg_url *u, const char *key, const char *value, struct rg_conf_error *err);

/* True if the key was set, not defaulted. */
bool rg_url_given(const struct rg_url *u, const char *key);

/* Zeroes memory that held a secret; a compiler does not leave it out. */
void rg_conf_wipe(void *p, size_t n_bytes);

/* Interface of oob=tap:NAME, or NULL: no out-of-band traffic. */
const char *rg_url_tap(const struct rg_url *u);

/* Cross-checks after all keys are set (buffer-min <= buffer-max, Simple's even port, ...). They
 * ask which keys were given, so they hold when a secret was moved away, too. */
int rg_url_check(const struct rg_url *u, enum rg_end_role role, struct rg_conf_error *err);

#endif
