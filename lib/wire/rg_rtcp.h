/* SPDX-License-Identifier: BSD-3-Clause */
/* rg_rtcp.h - the RTCP packets of the Simple and Main profiles, read and written one at a time.
 * Spec: TR-06-1:2020 sections 5.2 (reports, SDES, echo) and 5.3.2 (retransmission requests),
 * TR-06-2:2022 section 8.4 (EXTSEQ), RFC 3550 section 6, RFC 4585 section 6.2.
 * Shape: every packet is a multiple of 4 bytes; a compound is packets one after another.
 * Units: bytes; host byte order. Time: opaque NTP-64 values.
 * Errors: readers return a negated verdict; writers return the bytes written, 0 when the packet
 * does not fit into cap, and then write nothing.
 * Ownership: what is read points into the datagram [lend]. Threads: pure. */
#ifndef RG_RTCP_H
#define RG_RTCP_H

#include "rg_bytes.h"
#include "rg_time.h"
#include "rg_verdict.h"

#define RG_RTCP_SR_BYTES       28
#define RG_RTCP_RR_EMPTY_BYTES 8
#define RG_RTCP_RR_BYTES       32
#define RG_RTCP_EXTSEQ_BYTES   16
#define RG_RTCP_BYE_BYTES      8
#define RG_RTCP_ECHO_BYTES     24 /* and its padding */
#define RG_RTCP_SDES_MAX_BYTES 268 /* CNAME of 255 bytes */

/* TR-06-1 section 5.3.2.2 allows 16 records a packet and section 5.3.2.3 advises it for bitmasks.
 * We send no more, but read what fits: libRIST packs up to 199. */
#define RG_RTCP_NACK_RECORDS 16
#define RG_RTCP_NACK_BYTES   (12 + 4 * RG_RTCP_NACK_RECORDS)
/* Newer libRIST cuts a record at 256 additional packets and a packet at 4,096 in all: 16 records
 * of 1 + 255 stay inside both. */
#define RG_RTCP_NACK_EXTRA_MAX 255
/* What one datagram may ask for: the whole circle of 16-bit numbers. More can only be repetition,
 * and 360 records of 65,536 fit into 1,500 bytes. */
#define RG_RTCP_NACK_SEQS_MAX UINT32_C(65536)

enum rg_rtcp_kind {
	RG_RTCP_SR, /* u.sr */
	RG_RTCP_RR, /* u.rr, when has_block; otherwise the empty RR */
	RG_RTCP_SDES, /* u.sdes */
	RG_RTCP_BYE, /* nothing more */
	RG_RTCP_NACK, /* u.nack */
	RG_RTCP_EXTSEQ, /* u.extseq: upper half of the numbers in the NACKs that follow */
	RG_RTCP_ECHO_REQ, /* u.echo */
	RG_RTCP_ECHO_RSP, /* u.echo */
	RG_RTCP_IGNORED, /* legal, but says nothing that is used here: XR, quality reports */
	RG_RTCP_UNKNOWN, /* a type, name or subtype that no one here speaks */
};

struct rg_rtcp_sr {
	rg_ntp64 ntp;
	uint32_t rtp_ts;
	uint32_t packets;
	uint32_t octets;
};

/* The first report block. libRIST never writes media_ssrc and reports no loss: believe only lsr
 * and dlsr. */
struct rg_rtcp_rr {
	uint32_t media_ssrc;
	uint32_t ext_seq;
	uint32_t jitter;
	uint32_t lsr;
	uint32_t dlsr;
	int32_t lost; /* cumulative, 24 bits on the wire */
	uint8_t fraction; /* 1/256 */
	uint8_t has_block;
};

struct rg_rtcp_sdes {
	const uint8_t *cname; /* any bytes, never NULL */
	uint8_t len;
};

struct rg_rtcp_echo {
	rg_ntp64 timestamp; /* opaque to everybody but the requester */
	uint32_t delay_us; /* of a response; in a request it may be anything */
	uint32_t padding_len; /* multiple of 4 */
	const uint8_t *padding;
};

/* A retransmission request on its way through rg_rtcp_nack_next. */
struct rg_rtcp_nack {
	const uint8_t *p;
	uint32_t n_records; /* not yet looked at */
	uint32_t mask; /* of the bitmask record in hand: bit i asks for pid + i */
	uint16_t pid;
	uint8_t bitmask; /* records are PID and BLP, not start and number */
};

/* Packets first, first + 1, ... first + extra, modulo 2^16. */
struct rg_rtcp_run {
	uint16_t first;
	uint16_t extra;
};

struct rg_rtcp {
	enum rg_rtcp_kind kind;
	/* As on the wire: of the reporter in reports and SDES, of the media in NACK and EXTSEQ, of
	 * the requester in echoes. Bit 0 of a media SSRC may be either. 0 when there is none. */
	uint32_t ssrc;

	union {
		struct rg_rtcp_sr sr;
		struct rg_rtcp_rr rr;
		struct rg_rtcp_sdes sdes;
		struct rg_rtcp_echo echo;
		struct rg_rtcp_nack nack;
		uint16_t extseq;
	} u;
};

/* A place in a compound. */
struct rg_rtcp_iter {
	const uint8_t *p;
	size_t left;
};

static inline struct rg_rtcp_iter rg_rtcp_begin(const uint8_t *p, size_t len)
{
	return (struct rg_rtcp_iter){p, len};
}

/* The next packet of a compound: 1 and *out filled, 0 at the end, or a negated verdict
 * (-RG_V_RTCP_VERSION, -RG_V_RTCP_LENGTH) for a packet that is malformed. Calling again is always
 * right: a packet that is wrong inside is skipped by its length, one without a credible length
 * ends the compound. */
int rg_rtcp_next(struct rg_rtcp_iter *it, struct rg_rtcp *out);

/* The next run of a request: 1 and *out filled, 0 at the end, -RG_V_RTCP_NACK once when the next
 * run would exceed *seqs_left: the rest of the request is ignored. *seqs_left counts down; it
 * starts at RG_RTCP_NACK_SEQS_MAX for each datagram. */
int rg_rtcp_nack_next(struct rg_rtcp_nack *n, uint32_t *seqs_left, struct rg_rtcp_run *out);

size_t rg_rtcp_write_sr(uint8_t *p, size_t cap, uint32_t ssrc, const struct rg_rtcp_sr *sr);
size_t rg_rtcp_write_rr_empty(uint8_t *p, size_t cap, uint32_t ssrc);
size_t rg_rtcp_write_rr(uint8_t *p, size_t cap, uint32_t ssrc, const struct rg_rtcp_rr *rr);
size_t rg_rtcp_write_sdes(uint8_t *p, size_t cap, uint32_t ssrc, const struct rg_rtcp_sdes *sdes);
/* Upper half of the numbers in the NACKs that follow it in the compound. */
size_t rg_rtcp_write_extseq(uint8_t *p, size_t cap, uint32_t media_ssrc, uint16_t high);
size_t rg_rtcp_write_bye(uint8_t *p, size_t cap, uint32_t ssrc);

/* A request carries delay 0 whatever delay_us says. Padding is copied, or zero when padding is
 * NULL; padding_len is rounded up to a multiple of 4. */
size_t rg_rtcp_write_echo_req(uint8_t *p, size_t cap, uint32_t ssrc, const struct rg_rtcp_echo *e);
size_t rg_rtcp_write_echo_rsp(uint8_t *p, size_t cap, uint32_t ssrc, const struct rg_rtcp_echo *e);

/* One retransmission request of at most RG_RTCP_NACK_RECORDS records for as many of runs as it
 * holds. *n_done is how many runs are wholly written; the one after them may be written in part,
 * and is then shortened in place. Write again from runs + *n_done for the rest.
 * No record crosses 65535 -> 0. For bitmasks runs ascend, up to such a wrap. */
size_t rg_rtcp_write_nack_range(uint8_t *p, size_t cap, uint32_t media_ssrc,
	struct rg_rtcp_run *runs, size_t n_runs, size_t *n_done);
size_t rg_rtcp_write_nack_bitmask(uint8_t *p, size_t cap, uint32_t ssrc, uint32_t media_ssrc,
	struct rg_rtcp_run *runs, size_t n_runs, size_t *n_done);

#endif
