/* SPDX-License-Identifier: BSD-3-Clause */
/* rg_rtp.h - the RTP header in front of every media packet.
 * Spec: RFC 3550 section 5.1, TR-06-1:2020 sections 5.1 (baseline) and 5.3.3 (retransmissions).
 * Shape: read consumes 12 bytes, more with a CSRC list or an extension; write makes 12 bytes.
 * Units: bytes; host byte order; ts in 90 kHz ticks for MPEG-TS.
 * Errors: read returns 0 or a negated verdict and never looks past len.
 * Ownership: p [lend]. Threads: pure. */
#ifndef RG_RTP_H
#define RG_RTP_H

#include "rg_bytes.h"
#include "rg_verdict.h"

#define RG_RTP_HDR_BYTES 12
#define RG_RTP_PT_MP2T   33 /* RFC 3551 section 6 */

/* TR-06-1 section 5.3.3: the least significant bit of the SSRC tells a retransmission. */
#define RG_RTP_SSRC_RETX UINT32_C(1)

struct rg_rtp {
	uint32_t ts;
	uint32_t ssrc;
	uint16_t seq;
	uint8_t pt; /* 0..127 */
	uint8_t marker; /* 0 or 1 */
	/* Of a packet that was read; write ignores them. */
	uint16_t hdr_len; /* bytes before the payload */
	uint16_t len; /* payload without padding */
	uint16_t ext; /* offset of the header extension, 0: there is none */
};

/* RTCP by its second byte, wherever it arrives: RTCP types 200 to 205 with the top bit masked,
 * and libRIST's XR of type 77. RFC 5761 section 4 keeps these payload types away from media. */
static inline bool rg_rtp_is_rtcp(uint8_t second)
{
	uint8_t pt = second & 0x7f;

	return pt >= 72 && pt <= 77;
}

/* The general case of rg_rtp_read: CSRC list, extension, padding, and every refusal. */
int rg_rtp_read_any(const uint8_t *p, uint16_t len, struct rg_rtp *out);

/* The header that RIST senders make: no CSRC, no extension, no padding. False: it is another. */
static inline bool rg_rtp_read_plain(const uint8_t *p, uint16_t len, struct rg_rtp *out)
{
	if (len <= RG_RTP_HDR_BYTES || p[0] != 0x80 || rg_rtp_is_rtcp(p[1]))
		return false;
	out->marker = p[1] >> 7;
	out->pt = p[1] & 0x7f;
	out->seq = rg_get16(p + 2);
	out->ts = rg_get32(p + 4);
	out->ssrc = rg_get32(p + 8);
	out->hdr_len = RG_RTP_HDR_BYTES;
	out->len = (uint16_t)(len - RG_RTP_HDR_BYTES);
	out->ext = 0;
	return true;
}

/* 0, -RG_V_SHORT, -RG_V_RTP_VERSION, -RG_V_RTP_PAYLOAD_TYPE, -RG_V_RTP_HEADER, -RG_V_RTP_EMPTY.
 * After RTP_EMPTY, too, everything in out is set: null-packet deletion leaves packets without
 * payload, which rg_rtp_ext_read_packet accepts. */
static inline int rg_rtp_read(const uint8_t *p, uint16_t len, struct rg_rtp *out)
{
	return rg_rtp_read_plain(p, len, out) ? 0 : rg_rtp_read_any(p, len, out);
}

/* Writes RG_RTP_HDR_BYTES bytes: version 2, no padding, no extension, no CSRC. libRIST takes
 * neither CSRC list nor padding off, so nothing else may be sent. */
static inline void rg_rtp_write(uint8_t *p, const struct rg_rtp *h)
{
	p[0] = 0x80;
	p[1] = (uint8_t)((h->marker ? 0x80 : 0) | (h->pt & 0x7f));
	rg_put16(p + 2, h->seq);
	rg_put32(p + 4, h->ts);
	rg_put32(p + 8, h->ssrc);
}

#endif
