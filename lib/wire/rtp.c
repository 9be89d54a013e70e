/* SPDX-License-Identifier: BSD-3-Clause */
#include "rg_rtp.h"

/* Bytes of the header with its CSRC list and extension, 0 when they exceed len. */
static uint32_t header_bytes(const uint8_t *p, uint16_t len, uint16_t *ext)
{
	uint32_t n = RG_RTP_HDR_BYTES + 4u * (p[0] & 0x0f);

	*ext = 0;
	if (p[0] & 0x10) {
		if (n + 4 > len)
			return 0;
		*ext = (uint16_t)n;
		n += 4 + 4u * rg_get16(p + n + 2);
	}
	return n <= len ? n : 0;
}

int rg_rtp_read_any(const uint8_t *p, uint16_t len, struct rg_rtp *out)
{
	uint32_t hdr, pad = 0;

	if (len < RG_RTP_HDR_BYTES)
		return -RG_V_SHORT;
	if (p[0] >> 6 != 2)
		return -RG_V_RTP_VERSION;
	if (rg_rtp_is_rtcp(p[1]))
		return -RG_V_RTP_PAYLOAD_TYPE;
	hdr = header_bytes(p, len, &out->ext);
	if (hdr == 0)
		return -RG_V_RTP_HEADER;
	if (p[0] & 0x20) {
		/* RFC 3550 section 5.1: the last byte counts the padding, itself included. */
		pad = p[len - 1];
		if (pad == 0 || hdr + pad > len)
			return -RG_V_RTP_HEADER;
	}
	out->marker = p[1] >> 7;
	out->pt = p[1] & 0x7f;
	out->seq = rg_get16(p + 2);
	out->ts = rg_get32(p + 4);
	out->ssrc = rg_get32(p + 8);
	out->hdr_len = (uint16_t)hdr;
	out->len = (uint16_t)(len - hdr - pad);
	return out->len > 0 ? 0 : -RG_V_RTP_EMPTY;
}
