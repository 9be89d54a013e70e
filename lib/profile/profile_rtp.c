/* SPDX-License-Identifier: BSD-3-Clause */
/* RTP media of the Simple and the Main profile: TR-06-1 section 5.1, TR-06-2 section 8.3. */
#include "profile_priv.h"
#include "rg_rtp.h"
#include "rg_rtp_ext.h"

/* What the extension of TR-06-2 says. */
static void note_ext(struct rg_media *m, const struct rg_rtp_ext *x)
{
	if (x->has_seq_hi) {
		m->seq |= (uint32_t)x->seq_hi << 16;
		m->flags |= RG_MEDIA_WIDE;
	}
	if (x->has_npd && x->nulls)
		m->npd = (uint16_t)(RG_NPD_VALID | (x->ts204 ? RG_NPD_204 : 0) | x->nulls);
}

static inline void fill(struct rg_media *m, const struct rg_dgram *d, const struct rg_rtp *h)
{
	*m = (struct rg_media){
		.buf = d->buf,
		.data = d->data + h->hdr_len,
		.arrival = d->arrival,
		.seq = h->seq,
		.flow_id = h->ssrc & ~RG_RTP_SSRC_RETX,
		.rtp_ts = h->ts,
		.len = h->len,
		.virt_src = d->virt_src,
		.virt_dst = d->virt_dst,
		.flags = h->ssrc & RG_RTP_SSRC_RETX ? RG_MEDIA_RETX : 0,
	};
}

/* Whatever is not the plain header. 0 or a negated verdict. */
static int take_any(struct rg_media *m, const struct rg_dgram *d, enum rtp_ext ext)
{
	bool has_ext = ext == RTP_RIST && d->len && (d->data[0] & 0x10);
	struct rg_rtp_ext x;
	struct rg_rtp h;
	int rc = has_ext ? rg_rtp_ext_read_packet(d->data, d->len, &h, &x)
			 : rg_rtp_read(d->data, d->len, &h);

	if (rc < 0)
		return rc;
	fill(m, d, &h);
	if (has_ext)
		note_ext(m, &x);
	return 0;
}

unsigned rtp_rx_media(const struct rg_dgram *in, unsigned n, struct rg_media *m, uint8_t *from,
	struct rg_dropped *bad, unsigned *n_bad, enum rtp_ext ext)
{
	unsigned k = 0;

	*n_bad = 0;
	for (unsigned i = 0; i < n; i++) {
		struct rg_rtp h;
		int rc = 0;

		if (rg_rtp_read_plain(in[i].data, in[i].len, &h))
			fill(&m[k], &in[i], &h);
		else
			rc = take_any(&m[k], &in[i], ext);
		if (rc < 0) {
			bad[(*n_bad)++] =
				(struct rg_dropped){.buf = in[i].buf, .verdict = (uint32_t)-rc};
			continue;
		}
		from[k++] = (uint8_t)i;
	}
	return k;
}

void rtp_tx_media(
	const struct rg_tx_ident *id, const struct rg_media *m, unsigned n, struct rg_hdr *h)
{
	for (unsigned i = 0; i < n; i++) {
		/* TR-06-1 section 5.3.3: a retransmission differs in the SSRC's bit 0 only */
		struct rg_rtp rtp = {
			.ts = m[i].rtp_ts,
			.ssrc = m[i].flags & RG_MEDIA_RETX ? id->ssrc | RG_RTP_SSRC_RETX : id->ssrc,
			.seq = (uint16_t)m[i].seq,
			.pt = id->payload_type,
		};
		struct rg_rtp_ext x;

		if (!m[i].npd && !id->seq_ext) {
			rg_rtp_write(h[i].b, &rtp);
			h[i].len = RG_RTP_HDR_BYTES;
			continue;
		}
		x = (struct rg_rtp_ext){
			.has_npd = m[i].npd != 0,
			.nulls = m[i].npd & RG_NPD_BITMAP,
			.ts204 = (m[i].npd & RG_NPD_204) != 0,
			.has_seq_hi = id->seq_ext,
			.seq_hi = id->seq_ext ? (uint16_t)(m[i].seq >> 16) : 0,
		};
		rg_rtp_ext_write(h[i].b, &rtp, &x);
		h[i].len = RG_RTP_EXT_HDR_BYTES;
	}
}
