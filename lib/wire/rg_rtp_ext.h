/* SPDX-License-Identifier: BSD-3-Clause */
/* rg_rtp_ext.h - the RTP header extension "RI" of the Main profile: which null packets were
 * deleted from the payload, and the upper half of a 32-bit sequence number.
 * Spec: TR-06-2:2022 section 8.3, RFC 3550 section 5.3.1.
 * Deviation: libRIST up to 0.2.12 takes 8 bytes off behind every header with X set, whatever the
 * extension is; we skip an extension of another kind by its length.
 * Shape: 8 bytes, 20 with the RTP header before them. Units: bytes; host byte order.
 * Errors: readers of packets return 0 or a negated verdict and never look past len.
 * Ownership: p [lend]. Threads: pure. */
#ifndef RG_RTP_EXT_H
#define RG_RTP_EXT_H

#include "rg_rtp.h"

#define RG_RTP_EXT_BYTES     8
#define RG_RTP_EXT_HDR_BYTES (RG_RTP_HDR_BYTES + RG_RTP_EXT_BYTES)
#define RG_RTP_EXT_ID        0x5249 /* "RI" */

/* Fields that N or E declare undefined are read as 0 and should be written as 0. */
struct rg_rtp_ext {
	uint16_t seq_hi; /* valid with has_seq_hi */
	uint8_t has_seq_hi; /* E */
	uint8_t has_npd; /* N */
	/* Valid with has_npd. */
	uint8_t size; /* packets before deletion, 0: to be counted. A hint, nobody sets it */
	uint8_t ts204; /* T: transport packets have 204 bytes instead of 188 */
	uint8_t nulls; /* 7 bits, one a deleted packet; bit 6 is the first packet of the payload */
};

/* The extension of a packet that rg_rtp_read has read from p: true when it is ours; otherwise, or
 * without any extension, false and all of out is 0. */
bool rg_rtp_ext_read(const uint8_t *p, const struct rg_rtp *h, struct rg_rtp_ext *out);

/* An RTP packet with its extension: like rg_rtp_read, but a packet without payload is whole when
 * the extension says that all of it were null packets. */
int rg_rtp_ext_read_packet(
	const uint8_t *p, uint16_t len, struct rg_rtp *h, struct rg_rtp_ext *ext);

/* Writes RG_RTP_EXT_HDR_BYTES bytes: the RTP header, X set, and the extension. */
void rg_rtp_ext_write(uint8_t *p, const struct rg_rtp *h, const struct rg_rtp_ext *ext);

#endif
