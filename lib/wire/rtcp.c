/* SPDX-License-Identifier: BSD-3-Clause */
#include "rg_rtcp.h"

/* RFC 3550 section 12.1, RFC 4585 section 6.1, RFC 3611 section 2. */
enum packet_type {
	PT_SR = 200,
	PT_RR = 201,
	PT_SDES = 202,
	PT_BYE = 203,
	PT_APP = 204,
	PT_RTPFB = 205,
	PT_XR = 207,
	PT_XR_LIBRIST = 77, /* 207 with the top bit lost, libRIST from 0.2.11 on */
};

/* Subtypes of APP "RIST": TR-06-1 sections 5.2.6 and 5.3.2.2, TR-06-2 section 8.4. */
enum app_subtype {
	APP_NACK_RANGE = 0,
	APP_EXTSEQ = 1,
	APP_ECHO_REQ = 2,
	APP_ECHO_RSP = 3,
};

#define NAME_RIST         UINT32_C(0x52495354)
#define SDES_CNAME        1 /* RFC 3550 section 6.5.1 */
#define FMT_NACK          1 /* RFC 4585 section 6.2.1 */
#define LQM_WORDS         12 /* length field of a TR-06-4 part 1 quality report */
#define BITMASK_SPAN      16 /* packets that BLP covers after PID */

#define VERSION_2         0x80
#define RR_BLOCK_BYTES    24
#define NACK_HEADER_BYTES 12

static void read_rr(const uint8_t *p, struct rg_rtcp *out)
{
	struct rg_rtcp_rr *rr = &out->u.rr;
	uint32_t lost = rg_get32(p + 12) & 0xffffff;

	rr->has_block = 1;
	rr->media_ssrc = rg_get32(p + 8);
	rr->fraction = p[12];
	rr->lost = (int32_t)lost - (lost & 0x800000 ? 0x1000000 : 0);
	rr->ext_seq = rg_get32(p + 16);
	rr->jitter = rg_get32(p + 20);
	rr->lsr = rg_get32(p + 24);
	rr->dlsr = rg_get32(p + 28);
}

static int read_report(const uint8_t *p, size_t len, struct rg_rtcp *out)
{
	uint8_t n_blocks = p[0] & 0x1f;

	if (p[1] == PT_SR) {
		if (len < RG_RTCP_SR_BYTES)
			return -RG_V_RTCP_LENGTH;
		out->kind = RG_RTCP_SR;
		out->u.sr = (struct rg_rtcp_sr){
			{rg_get64(p + 8)}, rg_get32(p + 16), rg_get32(p + 20), rg_get32(p + 24)};
		return 1;
	}
	if (n_blocks == 0 && len == 4 * (LQM_WORDS + 1)) {
		out->kind = RG_RTCP_IGNORED;
		return 1;
	}
	if (len < RG_RTCP_RR_EMPTY_BYTES + (size_t)n_blocks * RR_BLOCK_BYTES)
		return -RG_V_RTCP_LENGTH;
	out->kind = RG_RTCP_RR;
	out->u.rr = (struct rg_rtcp_rr){0};
	if (n_blocks > 0)
		read_rr(p, out);
	return 1;
}

/* RFC 3550 section 6.5: items of the first chunk until the CNAME, or a zero that ends the chunk.
 * TR-06-1 section 5.2.5 has the CNAME alone. */
static int read_sdes(const uint8_t *p, size_t len, struct rg_rtcp *out)
{
	size_t at = 8;

	out->kind = RG_RTCP_UNKNOWN;
	if ((p[0] & 0x1f) == 0)
		return 1;
	while (at < len && p[at] != 0) {
		if (at + 2 > len || at + 2 + p[at + 1] > len)
			return -RG_V_RTCP_LENGTH;
		if (p[at] == SDES_CNAME) {
			out->kind = RG_RTCP_SDES;
			out->u.sdes = (struct rg_rtcp_sdes){p + at + 2, p[at + 1]};
			return 1;
		}
		at += 2u + p[at + 1];
	}
	return 1;
}

static int read_nack(const uint8_t *p, size_t len, struct rg_rtcp *out)
{
	if (len < NACK_HEADER_BYTES)
		return -RG_V_RTCP_LENGTH;
	out->kind = RG_RTCP_NACK;
	out->u.nack = (struct rg_rtcp_nack){
		.p = p + NACK_HEADER_BYTES,
		.n_records = (uint32_t)(len - NACK_HEADER_BYTES) / 4,
		.bitmask = p[1] == PT_RTPFB,
	};
	return 1;
}

static int read_echo(const uint8_t *p, size_t len, struct rg_rtcp *out)
{
	if (len < RG_RTCP_ECHO_BYTES)
		return -RG_V_RTCP_LENGTH;
	out->kind = (p[0] & 0x1f) == APP_ECHO_REQ ? RG_RTCP_ECHO_REQ : RG_RTCP_ECHO_RSP;
	out->u.echo = (struct rg_rtcp_echo){
		.timestamp = {rg_get64(p + 12)},
		.delay_us = rg_get32(p + 20),
		.padding_len = (uint32_t)(len - RG_RTCP_ECHO_BYTES),
		.padding = p + RG_RTCP_ECHO_BYTES,
	};
	return 1;
}

static int read_app(const uint8_t *p, size_t len, struct rg_rtcp *out)
{
	if (len < 12)
		return -RG_V_RTCP_LENGTH;
	out->kind = RG_RTCP_UNKNOWN;
	if (rg_get32(p + 8) != NAME_RIST)
		return 1;
	switch (p[0] & 0x1f) {
	case APP_NACK_RANGE:
		return read_nack(p, len, out);
	case APP_EXTSEQ:
		if (len < 16)
			return -RG_V_RTCP_LENGTH;
		out->kind = RG_RTCP_EXTSEQ;
		out->u.extseq = rg_get16(p + 12);
		return 1;
	case APP_ECHO_REQ:
	case APP_ECHO_RSP:
		return read_echo(p, len, out);
	default:
		return 1;
	}
}

/* DEVIATION(libRIST): it takes every RTPFB as a NACK; transport-wide feedback (FMT 15) is none. */
static int read_rtpfb(const uint8_t *p, size_t len, struct rg_rtcp *out)
{
	if ((p[0] & 0x1f) != FMT_NACK) {
		out->kind = RG_RTCP_UNKNOWN;
		return 1;
	}
	if (len < NACK_HEADER_BYTES)
		return -RG_V_RTCP_LENGTH;
	out->ssrc = rg_get32(p + 8);
	return read_nack(p, len, out);
}

static int read_packet(const uint8_t *p, size_t len, struct rg_rtcp *out)
{
	if (p[1] == PT_BYE && len == 4) { /* of no source: RFC 3550 section 6.6 */
		out->kind = RG_RTCP_BYE;
		out->ssrc = 0;
		return 1;
	}
	if (p[1] == PT_SDES && len == 4) { /* of no chunk */
		out->kind = RG_RTCP_UNKNOWN;
		out->ssrc = 0;
		return 1;
	}
	if (len < 8)
		return -RG_V_RTCP_LENGTH;
	out->ssrc = rg_get32(p + 4);
	switch (p[1]) {
	case PT_SR:
	case PT_RR:
		return read_report(p, len, out);
	case PT_SDES:
		return read_sdes(p, len, out);
	case PT_BYE:
		out->kind = RG_RTCP_BYE;
		return 1;
	case PT_APP:
		return read_app(p, len, out);
	case PT_RTPFB:
		return read_rtpfb(p, len, out);
	case PT_XR:
	case PT_XR_LIBRIST:
		out->kind = RG_RTCP_IGNORED;
		return 1;
	default:
		out->kind = RG_RTCP_UNKNOWN;
		return 1;
	}
}

int rg_rtcp_next(struct rg_rtcp_iter *it, struct rg_rtcp *out)
{
	const uint8_t *p = it->p;
	size_t len, left = it->left;

	it->left = 0; /* until the length turns out to be credible */
	if (left == 0)
		return 0;
	if (left < 4)
		return -RG_V_RTCP_LENGTH;
	if (p[0] >> 6 != 2)
		return -RG_V_RTCP_VERSION;
	len = 4 * ((size_t)rg_get16(p + 2) + 1);
	if (len > left)
		return -RG_V_RTCP_LENGTH;
	it->p = p + len;
	it->left = left - len;
	if (p[0] & 0x20) {
		/* RIST packets have P = 0; RFC 3550 section 6.4.1 lets others pad the last one. */
		uint8_t pad = p[len - 1];

		if (pad == 0 || pad % 4 != 0 || pad + 4u > len)
			return -RG_V_RTCP_LENGTH;
		len -= pad;
	}
	return read_packet(p, len, out);
}

/* The lowest run of ones in the bitmask record in hand. */
static struct rg_rtcp_run take_mask_run(struct rg_rtcp_nack *n)
{
	struct rg_rtcp_run run;
	uint32_t at = 0, extra = 0;

	while (!(n->mask >> at & 1))
		at++;
	while (n->mask >> (at + extra + 1) & 1)
		extra++;
	run.first = (uint16_t)(n->pid + at);
	run.extra = (uint16_t)extra;
	n->mask &= ~(((UINT32_C(2) << extra) - 1) << at);
	return run;
}

int rg_rtcp_nack_next(struct rg_rtcp_nack *n, uint32_t *seqs_left, struct rg_rtcp_run *out)
{
	if (n->mask == 0) {
		if (n->n_records == 0)
			return 0;
		out->first = rg_get16(n->p);
		out->extra = rg_get16(n->p + 2);
		n->p += 4;
		n->n_records--;
		if (n->bitmask) {
			n->pid = out->first;
			n->mask = (uint32_t)out->extra << 1 | 1;
		}
	}
	if (n->mask != 0)
		*out = take_mask_run(n);
	if (out->extra >= *seqs_left) {
		n->n_records = 0;
		n->mask = 0;
		return -RG_V_RTCP_NACK;
	}
	*seqs_left -= out->extra + 1u;
	return 1;
}

/* First word of a packet of len bytes; count is RC, SC, FMT or the subtype. */
static void put_header(uint8_t *p, uint8_t count, enum packet_type type, size_t len)
{
	p[0] = (uint8_t)(VERSION_2 | count);
	p[1] = (uint8_t)type;
	rg_put16(p + 2, (uint16_t)(len / 4 - 1));
}

size_t rg_rtcp_write_sr(uint8_t *p, size_t cap, uint32_t ssrc, const struct rg_rtcp_sr *sr)
{
	if (cap < RG_RTCP_SR_BYTES)
		return 0;
	put_header(p, 0, PT_SR, RG_RTCP_SR_BYTES);
	rg_put32(p + 4, ssrc);
	rg_put64(p + 8, sr->ntp.v);
	rg_put32(p + 16, sr->rtp_ts);
	rg_put32(p + 20, sr->packets);
	rg_put32(p + 24, sr->octets);
	return RG_RTCP_SR_BYTES;
}

size_t rg_rtcp_write_rr_empty(uint8_t *p, size_t cap, uint32_t ssrc)
{
	if (cap < RG_RTCP_RR_EMPTY_BYTES)
		return 0;
	put_header(p, 0, PT_RR, RG_RTCP_RR_EMPTY_BYTES);
	rg_put32(p + 4, ssrc);
	return RG_RTCP_RR_EMPTY_BYTES;
}

size_t rg_rtcp_write_rr(uint8_t *p, size_t cap, uint32_t ssrc, const struct rg_rtcp_rr *rr)
{
	/* RFC 3550 section 6.4.1: 24 bits, signed; stops at its ends instead of wrapping. */
	int64_t lost = rg_clamp_i64(rr->lost, -0x800000, 0x7fffff);

	if (cap < RG_RTCP_RR_BYTES)
		return 0;
	put_header(p, 1, PT_RR, RG_RTCP_RR_BYTES);
	rg_put32(p + 4, ssrc);
	rg_put32(p + 8, rr->media_ssrc);
	rg_put32(p + 12, (uint32_t)rr->fraction << 24 | ((uint32_t)lost & 0xffffff));
	rg_put32(p + 16, rr->ext_seq);
	rg_put32(p + 20, rr->jitter);
	rg_put32(p + 24, rr->lsr);
	rg_put32(p + 28, rr->dlsr);
	return RG_RTCP_RR_BYTES;
}

size_t rg_rtcp_write_sdes(uint8_t *p, size_t cap, uint32_t ssrc, const struct rg_rtcp_sdes *sdes)
{
	/* RFC 3550 section 6.5: at least one zero byte ends the chunk, which fills whole words. */
	size_t used = 10 + (size_t)sdes->len;
	size_t len = rg_align_up(used + 1, 4);

	if (cap < len)
		return 0;
	put_header(p, 1, PT_SDES, len);
	rg_put32(p + 4, ssrc);
	p[8] = SDES_CNAME;
	p[9] = sdes->len;
	memcpy(p + 10, sdes->cname, sdes->len);
	memset(p + used, 0, len - used);
	return len;
}

size_t rg_rtcp_write_extseq(uint8_t *p, size_t cap, uint32_t media_ssrc, uint16_t high)
{
	if (cap < RG_RTCP_EXTSEQ_BYTES)
		return 0;
	/* TR-06-2 section 8.4: the upper half, then a reserved half */
	put_header(p, APP_EXTSEQ, PT_APP, RG_RTCP_EXTSEQ_BYTES);
	rg_put32(p + 4, media_ssrc);
	rg_put32(p + 8, NAME_RIST);
	rg_put16(p + 12, high);
	rg_put16(p + 14, 0);
	return RG_RTCP_EXTSEQ_BYTES;
}

size_t rg_rtcp_write_bye(uint8_t *p, size_t cap, uint32_t ssrc)
{
	if (cap < RG_RTCP_BYE_BYTES)
		return 0;
	put_header(p, 1, PT_BYE, RG_RTCP_BYE_BYTES);
	rg_put32(p + 4, ssrc);
	return RG_RTCP_BYE_BYTES;
}

static size_t write_echo(uint8_t *p, size_t cap, enum app_subtype subtype, uint32_t ssrc,
	const struct rg_rtcp_echo *e, uint32_t delay_us)
{
	size_t padding = rg_align_up(e->padding_len, 4);
	size_t len = RG_RTCP_ECHO_BYTES + padding;

	if (cap < len || len > 4 * (UINT16_MAX + 1))
		return 0;
	put_header(p, (uint8_t)subtype, PT_APP, len);
	rg_put32(p + 4, ssrc);
	rg_put32(p + 8, NAME_RIST);
	rg_put64(p + 12, e->timestamp.v);
	rg_put32(p + 20, delay_us);
	memset(p + RG_RTCP_ECHO_BYTES, 0, padding);
	if (e->padding)
		memcpy(p + RG_RTCP_ECHO_BYTES, e->padding, e->padding_len);
	return len;
}

size_t rg_rtcp_write_echo_req(uint8_t *p, size_t cap, uint32_t ssrc, const struct rg_rtcp_echo *e)
{
	return write_echo(p, cap, APP_ECHO_REQ, ssrc, e, 0);
}

size_t rg_rtcp_write_echo_rsp(uint8_t *p, size_t cap, uint32_t ssrc, const struct rg_rtcp_echo *e)
{
	return write_echo(p, cap, APP_ECHO_RSP, ssrc, e, e->delay_us);
}

/* Takes the first 1 + extra packets off a run; true when nothing of it is left. */
static bool shorten(struct rg_rtcp_run *run, uint32_t extra)
{
	if (extra == run->extra)
		return true;
	run->first = (uint16_t)(run->first + extra + 1);
	run->extra = (uint16_t)(run->extra - extra - 1);
	return false;
}

/* One record of a range request off runs[*i]. */
static uint32_t take_range(struct rg_rtcp_run *runs, size_t *i)
{
	struct rg_rtcp_run *run = &runs[*i];
	uint32_t first = run->first;
	uint32_t extra =
		rg_min_u32(run->extra, rg_min_u32(RG_RTCP_NACK_EXTRA_MAX, UINT16_MAX - first));

	if (shorten(run, extra))
		(*i)++;
	return first << 16 | extra;
}

/* One record of a bitmask request: everything of runs[*i..n) that it reaches. */
static uint32_t take_mask(struct rg_rtcp_run *runs, size_t n, size_t *i)
{
	uint32_t pid = runs[*i].first, mask = 0;
	uint32_t last = rg_min_u32(pid + BITMASK_SPAN, UINT16_MAX);

	while (*i < n && runs[*i].first >= pid && runs[*i].first <= last) {
		uint32_t first = runs[*i].first;
		uint32_t extra = rg_min_u32(runs[*i].extra, last - first);

		mask |= ((UINT32_C(2) << extra) - 1) << (first - pid);
		if (!shorten(&runs[*i], extra))
			break;
		(*i)++;
	}
	return pid << 16 | mask >> 1;
}

size_t rg_rtcp_write_nack_range(uint8_t *p, size_t cap, uint32_t media_ssrc,
	struct rg_rtcp_run *runs, size_t n_runs, size_t *n_done)
{
	size_t len = NACK_HEADER_BYTES;

	*n_done = 0;
	while (*n_done < n_runs && len < RG_RTCP_NACK_BYTES && len + 4 <= cap) {
		rg_put32(p + len, take_range(runs, n_done));
		len += 4;
	}
	if (len == NACK_HEADER_BYTES)
		return 0;
	put_header(p, APP_NACK_RANGE, PT_APP, len);
	rg_put32(p + 4, media_ssrc);
	rg_put32(p + 8, NAME_RIST);
	return len;
}

size_t rg_rtcp_write_nack_bitmask(uint8_t *p, size_t cap, uint32_t ssrc, uint32_t media_ssrc,
	struct rg_rtcp_run *runs, size_t n_runs, size_t *n_done)
{
	size_t len = NACK_HEADER_BYTES;

	*n_done = 0;
	while (*n_done < n_runs && len < RG_RTCP_NACK_BYTES && len + 4 <= cap) {
		rg_put32(p + len, take_mask(runs, n_runs, n_done));
		len += 4;
	}
	if (len == NACK_HEADER_BYTES)
		return 0;
	put_header(p, FMT_NACK, PT_RTPFB, len);
	rg_put32(p + 4, ssrc);
	rg_put32(p + 8, media_ssrc);
	return len;
}
