/* SPDX-License-Identifier: BSD-3-Clause */
/* rg_conf.h - configuration of stream ends: URLs and keys into validated structs.
 * Spec: libRIST's and ristgo's URL keys with their meaning and defaults (docs/config.md lists the
 * table this module holds). Shape: the caller owns every struct; fixed sizes, no allocation.
 * Units: in the key names (ms, kbps). Errors: 0 or -RG_E_INVAL with a sentence in *err naming the
 * key and the limit; on an error the destination is unspecified and must not be used.
 * Threads: pure. */
#ifndef RG_CONF_H
#define RG_CONF_H

#include "rg_addr.h"
#include "rg_base.h"

#define RG_CNAME_MAX 127 /* libRIST keeps 128 bytes with the NUL (trap M19) */
#define RG_NAME_MAX  63
#define RG_PATHS_MAX 8

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
	uint32_t weight, recovery_priority;
	uint16_t virt_src_port, virt_dst_port, local_port;
	char cname[RG_CNAME_MAX + 1]; /* empty: derived from the host name */
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
	struct rg_rist_conf rist;
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

/* Cross-checks after all keys are set (buffer-min <= buffer-max, Simple's even port, ...). */
int rg_url_check(const struct rg_url *u, enum rg_end_role role, struct rg_conf_error *err);

#endif
