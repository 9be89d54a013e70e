/* SPDX-License-Identifier: BSD-3-Clause */
/* rg_msg.h - the data waist: profiles turn datagrams into these records and back, the flow core
 * knows nothing else. Policy: a new profile is a new field or a new tag here; flow never learns a
 * profile's name.
 * Spec: TR-06-1:2020, TR-06-2:2022. Units: see each field. Errors: none.
 * Ownership: rg_media carries its buffer; who owns it, the functions that take it say.
 * Threads: values. */
#ifndef RG_MSG_H
#define RG_MSG_H

#include "rg_addr.h"
#include "rg_buf.h"
#include "rg_time.h"

#define RG_MEDIA_RETX          0x01 /* a retransmission: SSRC bit 0 set, TR-06-1 section 5.3.3 */
#define RG_MEDIA_DISCONTINUITY 0x02 /* delivered: packets before this one are lost */
#define RG_MEDIA_START         0x04 /* delivered: first of a flow or after a restart */
#define RG_MEDIA_WIDE          0x08 /* received: seq has all 32 bits, TR-06-2 section 8.3 */
#define RG_MEDIA_PLAYED        0x10 /* delivered: of the flow that outputs without a choice get */
#define RG_MEDIA_RECORD        0x20 /* received: may be a record, so nothing begins anew with it */
#define RG_MEDIA_BESIDE        0x40 /* received: the same, but most likely its key is the next one */

/* Null packets left out of a payload, TR-06-2 section 8.5: bit 6 is the first of seven. */
#define RG_NPD_BITMAP 0x007f
#define RG_NPD_VALID  0x0080 /* the bitmap holds */
#define RG_NPD_204    0x0100 /* cells of 204 bytes */

/* One media packet, normalised: the RTP header is gone, numbers are wide. */
struct rg_media {
	struct rg_buf buf;
	uint8_t *data; /* payload */
	rg_time arrival;
	int64_t src_ns; /* source time on the sender's timeline, unwrapped: equal for the original
			 * and its retransmissions, also across a wrap of the 32-bit timestamp */
	uint32_t seq; /* widened */
	uint32_t flow_id; /* SSRC with bit 0 cleared */
	uint32_t rtp_ts; /* as on the wire */
	uint16_t len;
	uint16_t virt_src; /* Main: inner ports; 0 in Simple */
	uint16_t virt_dst;
	uint8_t path; /* which path of a bond it came by */
	uint8_t flags;
	uint16_t npd; /* RG_NPD_* and the bitmap */
	uint16_t slot; /* delivered: which flow of its input */
};

static_assert(sizeof(struct rg_media) <= 64, "one cache line");

/* A buffer given back, with the reason: the worker frees it and counts it. */
struct rg_dropped {
	struct rg_buf buf;
	uint32_t verdict; /* enum rg_verdict */
	uint32_t pad;
};

/* A run of consecutive sequence numbers, [first, first + n). */
struct rg_run {
	uint32_t first;
	uint32_t n;
};

/* What a peer's control datagram says. One datagram gives several. */
enum rg_feedback_tag {
	RG_FB_NACK, /* u.nack */
	RG_FB_RTT_REQ, /* u.echo: answer it to its sender */
	RG_FB_RTT_RSP, /* u.echo: an answer to ours */
	RG_FB_SR, /* u.sr */
	RG_FB_RR, /* u.rr */
	RG_FB_SDES, /* u.sdes */
	RG_FB_BYE, /* nothing more */
};

struct rg_fb_nack {
	uint32_t flow_id;
	uint16_t n_runs;
	const struct rg_run *runs; /* [lend] widened by the profile */
};

struct rg_fb_echo {
	uint32_t ssrc; /* of the requester; the answer carries it back */
	rg_ntp64 timestamp; /* opaque to the answerer */
	const uint8_t *extra; /* [lend] requests: padding, the answer carries it back */
	uint32_t delay_us; /* answers only */
	uint16_t extra_bytes;
};

struct rg_fb_sr {
	rg_ntp64 ntp;
	uint32_t rtp_ts;
};

struct rg_fb_rr {
	uint32_t lsr; /* middle 32 bits of the last SR's NTP time, 0: none seen */
	uint32_t dlsr; /* 1/65536 s */
};

struct rg_fb_sdes {
	const uint8_t *cname; /* [lend] arbitrary bytes */
	uint8_t len; /* 0..255 */
};

struct rg_feedback {
	enum rg_feedback_tag tag;
	uint32_t ssrc; /* of the RTCP packet, bit 0 as on the wire */

	union {
		struct rg_fb_nack nack;
		struct rg_fb_echo echo;
		struct rg_fb_sr sr;
		struct rg_fb_rr rr;
		struct rg_fb_sdes sdes;
	} u;
};

#endif
