/* SPDX-License-Identifier: BSD-3-Clause */
/* The peers of a side: found by the address of their RTCP, bounded in number and in what they
 * may ask for. */
#include "session_priv.h"

#define OPEN_NS (RG_NS_PER_S / OPEN_BURST)

struct peer *peer_find(struct peer *p, uint32_t n, const struct rg_addr *rtcp)
{
	for (uint32_t i = 0; i < n; i++)
		if (rg_addr_eq(&p[i].rtcp, rtcp))
			return &p[i];
	return NULL;
}

struct peer *peer_open(
	struct peer *p, uint32_t *n, uint32_t max, const struct rg_addr *rtcp, rg_time now)
{
	uint32_t i = 0;

	while (i < *n && p[i].rtcp.af != RG_AF_NONE)
		i++;
	if (i == max)
		return NULL;
	if (i == *n)
		(*n)++;
	p[i] = (struct peer){
		.rtcp = *rtcp,
		.since = now,
		.last_seen = now,
		.nack_at = now,
		.nack_credit = NACK_BURST,
	};
	return &p[i];
}

void peer_close(struct rg_tunnel *t, struct peer *p)
{
	tunnel_forget(t, p);
	*p = (struct peer){0};
}

bool peer_seen(struct peer *p, rg_time now, const struct rg_env *env)
{
	if (env && !tunnel_note(&p->way, now, env))
		return false;
	if (peer_silent(p, now, ROAM_SILENT_NS))
		p->since = now;
	p->last_seen = now;
	return true;
}

bool peer_silent(const struct peer *p, rg_time now, int64_t timeout_ns)
{
	return rg_time_diff(now, p->last_seen) > timeout_ns;
}

void peer_name(struct peer *p, uint32_t ssrc, const struct rg_fb_sdes *sdes)
{
	p->named = true;
	p->ssrc = ssrc;
	p->cname_len = (uint8_t)rg_min_u32(sdes->len, RG_CNAME_MAX);
	memcpy(p->cname, sdes->cname, p->cname_len);
}

bool peer_echo(struct peer *p, rg_time now, const struct rg_fb_echo *e)
{
	int64_t sent = rg_ntp_to_ns(e->timestamp);
	uint64_t samples = p->rtt.samples;

	/* a time we cannot have sent */
	if (e->timestamp.v >> 63 || sent > now.ns)
		return false;
	rg_rtt_sample(&p->rtt, now.ns - sent - e->delay_us * RG_NS_PER_US);
	p->echoes |= p->rtt.samples != samples;
	return p->rtt.samples != samples;
}

bool peer_report_rtt(struct peer *p, const struct rg_io *io, const struct rg_fb_rr *rr)
{
	uint32_t mid = (uint32_t)(rg_io_ntp(io).v >> 16);
	uint64_t samples = p->rtt.samples;
	int32_t rtt = (int32_t)(mid - rr->lsr - rr->dlsr);

	if (p->echoes || rr->lsr == 0)
		return false;
	rg_rtt_sample(&p->rtt, rtt * RG_NS_PER_S / 65536);
	return p->rtt.samples != samples;
}

bool take_open(struct opens *o, rg_time now, bool proven)
{
	o->credit_ns = rg_min_i64(o->credit_ns + rg_time_diff(now, o->at), RG_NS_PER_S);
	o->at = now;
	if (o->credit_ns < (proven ? -RG_NS_PER_S : OPEN_NS))
		return false;
	o->credit_ns -= OPEN_NS;
	return true;
}

bool take_nacks(struct peer *p, rg_time now, uint32_t n)
{
	int64_t us = rg_min_i64(rg_time_diff(now, p->nack_at) / RG_NS_PER_US, RG_NS_PER_S);

	p->nack_credit = rg_min_i64(p->nack_credit + us * NACK_RATE / 1000000, NACK_BURST);
	p->nack_at = rg_time_add(p->nack_at, us * RG_NS_PER_US);
	if (p->nack_credit < (int64_t)n)
		return false;
	p->nack_credit -= n;
	return true;
}

void peer_fill_report(const struct peer *p, struct rg_peer_report *r)
{
	*r = (struct rg_peer_report){
		.addr = p->media.af == RG_AF_NONE ? p->rtcp : p->media,
		.alive = p->alive,
		.rtt_us = (uint64_t)(p->rtt.ewma_ns / RG_NS_PER_US),
		.sent = p->sent,
		.sent_bytes = p->sent_bytes,
		.retransmitted = p->retransmitted,
		.retransmitted_bytes = p->retransmitted_bytes,
	};
}
