/* SPDX-License-Identifier: BSD-3-Clause */
/* RTCP compounds of the Simple and the Main profile: TR-06-1 section 5.2, TR-06-2 section 8.4. */
#include "profile_priv.h"
#include "rg_rtcp.h"
#include "rg_rtp.h"
#include "rg_seq.h"

static void note(struct rg_control_in *out, enum rg_verdict v)
{
	if (out->why == RG_V_OK)
		out->why = v;
}

/* What is carried from packet to packet of a compound. */
struct reading {
	uint32_t newest; /* a 16-bit number means the one at most this */
	uint32_t seqs_left;
	uint32_t high; /* upper half of the NACKs that follow, TR-06-2 section 8.4 */
	bool has_high;
};

/* The runs of one NACK packet, appended to out->runs. */
static void read_nack(
	struct rg_rtcp *pkt, struct reading *r, struct rg_control_in *out, struct rg_feedback *fb)
{
	struct rg_rtcp_run run;
	unsigned first = out->n_runs;
	int rc;

	while ((rc = rg_rtcp_nack_next(&pkt->u.nack, &r->seqs_left, &run)) > 0) {
		if (out->n_runs == RG_RUNS_MAX) {
			rc = -RG_V_RTCP_NACK;
			break;
		}
		out->runs[out->n_runs++] = (struct rg_run){
			.first = r->has_high ? r->high << 16 | run.first
					     : rg_seq_widen16_at_most(r->newest, run.first),
			.n = (uint32_t)run.extra + 1,
		};
		out->n_seqs += (uint32_t)run.extra + 1;
	}
	if (rc < 0)
		note(out, (enum rg_verdict) - rc);
	fb->tag = RG_FB_NACK;
	fb->u.nack = (struct rg_fb_nack){
		.flow_id = pkt->ssrc & ~RG_RTP_SSRC_RETX,
		.n_runs = (uint16_t)(out->n_runs - first),
		.runs = out->runs + first,
	};
}

/* One RTCP packet as a record; false when it says nothing to us. */
static bool read_packet(
	struct rg_rtcp *pkt, struct reading *r, struct rg_control_in *out, struct rg_feedback *fb)
{
	fb->ssrc = pkt->ssrc;
	switch (pkt->kind) {
	case RG_RTCP_SR:
		fb->tag = RG_FB_SR;
		fb->u.sr = (struct rg_fb_sr){.ntp = pkt->u.sr.ntp, .rtp_ts = pkt->u.sr.rtp_ts};
		return true;
	case RG_RTCP_RR:
		fb->tag = RG_FB_RR;
		fb->u.rr = (struct rg_fb_rr){0};
		if (pkt->u.rr.has_block)
			fb->u.rr = (struct rg_fb_rr){.lsr = pkt->u.rr.lsr, .dlsr = pkt->u.rr.dlsr};
		return true;
	case RG_RTCP_SDES:
		fb->tag = RG_FB_SDES;
		fb->u.sdes =
			(struct rg_fb_sdes){.cname = pkt->u.sdes.cname, .len = pkt->u.sdes.len};
		return true;
	case RG_RTCP_BYE:
		fb->tag = RG_FB_BYE;
		return true;
	case RG_RTCP_NACK:
		read_nack(pkt, r, out, fb);
		return true;
	case RG_RTCP_ECHO_REQ:
	case RG_RTCP_ECHO_RSP:
		fb->tag = pkt->kind == RG_RTCP_ECHO_REQ ? RG_FB_RTT_REQ : RG_FB_RTT_RSP;
		fb->u.echo = (struct rg_fb_echo){
			.ssrc = pkt->ssrc,
			.timestamp = pkt->u.echo.timestamp,
			.delay_us = pkt->u.echo.delay_us,
			.extra = pkt->u.echo.padding,
			.extra_bytes =
				(uint16_t)rg_min_u32(pkt->u.echo.padding_len, RG_CONTROL_PADDING),
		};
		return true;
	case RG_RTCP_UNKNOWN:
		note(out, RG_V_RTCP_UNKNOWN);
		return false;
	case RG_RTCP_EXTSEQ:
		r->high = pkt->u.extseq;
		r->has_high = out->wide; /* M47: of no use to a 16-bit flow */
		return false;
	case RG_RTCP_IGNORED:
		return false;
	}
	return false;
}

void rtcp_rx_control(const uint8_t *p, size_t len, uint32_t newest, struct rg_control_in *out)
{
	struct rg_rtcp_iter it = rg_rtcp_begin(p, len);
	struct reading r = {.newest = newest, .seqs_left = RG_RTCP_NACK_SEQS_MAX};
	struct rg_rtcp pkt;
	int rc;

	out->n_fb = 0;
	out->n_runs = 0;
	out->n_seqs = 0;
	out->why = RG_V_OK;
	while (out->n_fb < RG_FB_MAX && (rc = rg_rtcp_next(&it, &pkt)) != 0) {
		if (rc < 0)
			note(out, (enum rg_verdict) - rc);
		else if (read_packet(&pkt, &r, out, &out->fb[out->n_fb]))
			out->n_fb++;
	}
}

static size_t write_lead(const struct rg_control_out *c, uint8_t *p, size_t cap)
{
	switch (c->lead) {
	case RG_LEAD_SR:
		return rg_rtcp_write_sr(p, cap, c->ssrc,
			&(struct rg_rtcp_sr){.ntp = c->ntp,
				.rtp_ts = c->rtp_ts,
				.packets = c->packets,
				.octets = c->octets});
	case RG_LEAD_RR:
		return rg_rtcp_write_rr(p, cap, c->ssrc,
			&(struct rg_rtcp_rr){.media_ssrc = c->flow_id,
				.ext_seq = c->ext_seq,
				.jitter = c->jitter,
				.lsr = c->lsr,
				.dlsr = c->dlsr,
				.lost = c->lost,
				.fraction = c->fraction,
				.has_block = 1});
	case RG_LEAD_RR_EMPTY:
		return rg_rtcp_write_rr_empty(p, cap, c->ssrc);
	}
	return 0;
}

/* The runs from `from` that one NACK packet holds; wide: those with the same upper half. A run of
 * the core may be longer than 2^16, or go on in the next half: then *cut numbers of the last are in. */
static size_t gather(
	const struct rg_control_out *c, unsigned from, struct rg_rtcp_run *wire, uint32_t *cut)
{
	uint32_t high = c->runs[from].first >> 16;
	size_t n = 0;

	*cut = 0;
	for (unsigned i = from; i < c->n_runs && n < RG_RTCP_NACK_RECORDS; i++) {
		const struct rg_run *r = &c->runs[i];
		uint32_t most = c->nack_wide ? 65536 - (r->first & 0xffff) : 65536;

		if (c->nack_wide && r->first >> 16 != high)
			break;
		wire[n++] = (struct rg_rtcp_run){
			.first = (uint16_t)r->first,
			.extra = (uint16_t)(rg_min_u32(r->n, most) - 1),
		};
		if (r->n > most) {
			*cut = most;
			break;
		}
	}
	return n;
}

/* One NACK packet from runs[*done..]; wide: with the upper half before it. */
static size_t write_nack(struct rg_control_out *c, uint8_t *p, size_t cap, unsigned *done)
{
	struct rg_rtcp_run wire[RG_RTCP_NACK_RECORDS];
	uint32_t cut;
	size_t n = gather(c, *done, wire, &cut), n_done, len, before = 0;

	if (c->nack_wide) {
		before = rg_rtcp_write_extseq(
			p, cap, c->flow_id, (uint16_t)(c->runs[*done].first >> 16));
		if (before == 0)
			return 0;
	}
	p += before;
	cap -= before;
	len = c->nack_bitmask
		? rg_rtcp_write_nack_bitmask(p, cap, c->ssrc, c->flow_id, wire, n, &n_done)
		: rg_rtcp_write_nack_range(p, cap, c->flow_id, wire, n, &n_done);
	if (len == 0)
		return 0;
	if (n_done < n) {
		struct rg_run *part = &c->runs[*done + n_done];
		uint32_t used = (uint16_t)(wire[n_done].first - (uint16_t)part->first);

		part->first += used;
		part->n -= used;
	}
	if (n_done == n && cut > 0) {
		struct rg_run *part = &c->runs[*done + n - 1];

		part->first += cut;
		part->n -= cut;
		n_done--;
	}
	*done += (unsigned)n_done;
	return before + len;
}

size_t rtcp_tx_control(struct rg_control_out *c, uint8_t *p, size_t cap, unsigned *n_done)
{
	struct rg_rtcp_sdes sdes = {.cname = (const uint8_t *)c->cname, .len = c->cname_len};
	size_t len = write_lead(c, p, cap);
	size_t more = rg_rtcp_write_sdes(p + len, cap - len, c->ssrc, &sdes);

	*n_done = 0;
	if (len == 0 || more == 0)
		return 0;
	len += more;
	if (c->echo_rsp) {
		/* TR-06-1 section 5.2.6, M26, M27: the requester's SSRC, its timestamp untouched, its
		 * padding mirrored */
		struct rg_rtcp_echo e = {.timestamp = c->echo_rsp->timestamp,
			.delay_us = c->echo_rsp->delay_us,
			.padding = c->echo_rsp->extra,
			.padding_len = c->echo_rsp->extra_bytes};

		len += rg_rtcp_write_echo_rsp(p + len, cap - len, c->echo_rsp->ssrc, &e);
	}
	if (c->echo_req) {
		struct rg_rtcp_echo e = {.timestamp = c->echo_time};

		len += rg_rtcp_write_echo_req(p + len, cap - len, c->ssrc, &e);
	}
	while (*n_done < c->n_runs) {
		more = write_nack(c, p + len, cap - len, n_done);
		if (more == 0)
			break;
		len += more;
	}
	if (c->bye)
		len += rg_rtcp_write_bye(p + len, cap - len, c->ssrc);
	return len;
}
