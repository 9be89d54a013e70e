/* SPDX-License-Identifier: BSD-3-Clause */
#include "rg_rtp_ext.h"

/* TR-06-2 section 8.3, figure 15. */
#define BIT_N      0x80
#define BIT_E      0x40
#define SIZE_SHIFT 3
#define SIZE_MAX_3 0x07
#define BIT_T      0x80 /* of the second byte */
#define NPD_BITS   0x7f
#define RTP_BIT_X  0x10 /* RFC 3550 section 5.1 */
#define EXT_WORDS  1

bool rg_rtp_ext_read(const uint8_t *p, const struct rg_rtp *h, struct rg_rtp_ext *out)
{
	const uint8_t *e = p + h->ext;

	*out = (struct rg_rtp_ext){0};
	if (h->ext == 0 || rg_get16(e) != RG_RTP_EXT_ID || rg_get16(e + 2) != EXT_WORDS)
		return false;
	if (e[4] & BIT_N) {
		out->has_npd = 1;
		out->size = e[4] >> SIZE_SHIFT & SIZE_MAX_3;
		out->ts204 = e[5] >> 7;
		out->nulls = e[5] & NPD_BITS;
	}
	if (e[4] & BIT_E) {
		out->has_seq_hi = 1;
		out->seq_hi = rg_get16(e + 6);
	}
	return true;
}

int rg_rtp_ext_read_packet(const uint8_t *p, uint16_t len, struct rg_rtp *h, struct rg_rtp_ext *ext)
{
	int rc = rg_rtp_read(p, len, h);

	*ext = (struct rg_rtp_ext){0};
	if (rc != 0 && rc != -RG_V_RTP_EMPTY)
		return rc;
	rg_rtp_ext_read(p, h, ext);
	return ext->nulls != 0 ? 0 : rc;
}

void rg_rtp_ext_write(uint8_t *p, const struct rg_rtp *h, const struct rg_rtp_ext *ext)
{
	uint8_t *e = p + RG_RTP_HDR_BYTES;

	rg_rtp_write(p, h);
	p[0] |= RTP_BIT_X;
	rg_put16(e, RG_RTP_EXT_ID);
	rg_put16(e + 2, EXT_WORDS);
	e[4] = (uint8_t)((ext->has_npd ? BIT_N : 0) | (ext->has_seq_hi ? BIT_E : 0) |
		(ext->size & SIZE_MAX_3) << SIZE_SHIFT);
	e[5] = (uint8_t)((ext->ts204 ? BIT_T : 0) | (ext->nulls & NPD_BITS));
	rg_put16(e + 6, ext->seq_hi);
}
