/* SPDX-License-Identifier: BSD-3-Clause */
/* probe.h - parts of ristgate-probe: a traffic source and a sink that know what was lost.
 * Shape: one thread, blocking sockets. It shares no code with the gateway, so that a fault there
 * cannot hide itself here. Units: in the names. Errors: functions print a sentence and return -1. */
#ifndef PROBE_H
#define PROBE_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define PROBE_CELL        188
#define PROBE_PAYLOAD_MAX 65504 /* a multiple of 4 under 64 KiB less IP and UDP headers */
#define PROBE_PAYLOAD_DEF (7 * PROBE_CELL)
#define PROBE_BURST       32
#define PROBE_MARKER_AT   (PROBE_CELL - PROBE_MARKER_LEN)
#define PROBE_MARKER_LEN  24
#define PROBE_DESTS_MAX   16

#define PROBE_OK          0
#define PROBE_INCOMPLETE  1
#define PROBE_USAGE       2

/* Ends the first cell of every datagram. */
struct probe_marker {
	int64_t number; /* 0..N-1; pre-roll is negative */
	int64_t sent_ns; /* CLOCK_MONOTONIC */
	bool filler; /* pre-roll or tail: never counted */
};

/* One end of a probe: a UDP socket, a file, or stdin or stdout. */
struct probe_end {
	int fd;
	bool stream; /* bytes without datagram borders */
	struct sockaddr_storage addr;
	socklen_t addr_len;
};

struct probe_send_conf {
	const char *to;
	double rate_mbps;
	double seconds;
	int64_t packets; /* -1: rate x seconds */
	uint32_t payload_bytes;
	uint32_t preroll, tail;
	uint32_t settle_ms;
	uint32_t nulls_percent; /* of the cells after a datagram's first */
	uint64_t seed;
	bool no_hash;
};

struct probe_recv_conf {
	const char *from;
	int64_t first, count; /* numbers that are counted; count -1: all */
	int64_t expect; /* -1: whatever comes */
	uint32_t payload_bytes; /* cuts a byte stream into datagrams */
	uint32_t idle_ms;
	double seconds;
	bool progress;
	bool no_hash;
};

int probe_send(const struct probe_send_conf *c);
int probe_recv(const struct probe_recv_conf *c);
/* Instants as far apart as packets of that rate. */
int probe_spin(double rate_mbps, double seconds);

/* probe_net.c */
int64_t probe_now(void);
void probe_sleep_until(int64_t ns);
int probe_open_dest(const char *url, struct probe_end *out);
int probe_open_source(const char *url, struct probe_end *out);

/* probe_ts.c: a transport stream of one programme, cell by cell. */
struct probe_ts {
	uint32_t payload_bytes;
	uint32_t nulls_percent;
	uint64_t seed;
	int64_t next_psi_ns, next_pcr_ns;
	uint8_t cc_pat, cc_pmt, cc_video;
};

/* Fills p[0..payload_bytes) with datagram `number`, due at stream time t_ns. */
void probe_ts_fill(struct probe_ts *ts, uint8_t *p, int64_t number, int64_t t_ns);
void probe_marker_write(uint8_t *p, const struct probe_marker *m);
bool probe_marker_read(const uint8_t *p, size_t len, struct probe_marker *m);

/* probe_track.c: what came, in which order, how late. */
struct probe_track {
	int64_t first, count; /* as configured */
	uint64_t delivered, bytes; /* different numbers */
	uint64_t duplicates, reordered, filler, foreign;
	int64_t lowest, highest; /* numbers seen; INT64_MAX, -1 */
	uint64_t *seen; /* one bit a number */
	size_t seen_words;
	int64_t *latency_ns;
	size_t n_latency, latency_cap;
	EVP_MD_CTX *sha; /* NULL: nobody wants the hash */
};

int probe_track_init(struct probe_track *t, int64_t first, int64_t count, bool hash);
int probe_track_add(struct probe_track *t, const uint8_t *p, size_t len, int64_t now_ns);
int probe_track_late(struct probe_track *t, int64_t ns);
uint64_t probe_track_lost(const struct probe_track *t, int64_t expect);
/* Sorts the latencies; permille 0..1000. */
int64_t probe_track_latency(struct probe_track *t, unsigned permille);
/* "latency_us":{...} on stdout. */
void probe_track_print(struct probe_track *t);
void probe_track_fini(struct probe_track *t);

/* NULL: not to be had. */
EVP_MD_CTX *probe_sha_new(void);
/* Hex digest, ends the context; empty without one. */
int probe_sha_hex(EVP_MD_CTX *sha, char hex[65]);

#endif
