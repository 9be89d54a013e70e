/* SPDX-License-Identifier: BSD-3-Clause */
/* Main profile, TR-06-2: RTP and RTCP of the Simple profile inside GRE over one UDP port. */
#include "profile_priv.h"
#include "rg_gre.h"
#include "rg_rtcp.h"
#include "rg_rtp.h"

#define RTP_PT_MP2T 33 /* RFC 3551 */

static unsigned rx_media(const struct rg_dgram *in, unsigned n, struct rg_media *m, uint8_t *from,
	struct rg_dropped *bad, unsigned *n_bad)
{
	return rtp_rx_media(in, n, m, from, bad, n_bad, RTP_RIST);
}

static inline int read_envelope(const uint8_t *p, uint16_t len, struct rg_envelope *e)
{
	struct rg_gre h;
	int rc = rg_gre_read(p, len, &h);

	if (rc < 0)
		return rc;
	/* EAPOL (section 7.5) is never encrypted and not built; libRIST 0.2.12 repeats it without a
	 * GRE header, so that its length stands here (M135): neither says anything of a secret */
	if (h.ethertype == RG_GRE_EAPOL || h.ethertype < RG_GRE_TYPE_LOWEST)
		return -RG_V_GRE_TYPE;
	*e = (struct rg_envelope){
		.nonce = h.nonce,
		.seq = h.seq,
		.type = h.ethertype,
		.key_bits = h.key_bits,
		.len = (uint8_t)h.hdr_len,
		.version = h.rv < 1 ? 1 : h.rv,
		.encrypted = h.has_key,
	};
	/* the IV is the sequence number; TR-06-2 section 7.2: the layout of RV 0 repeats counter
	 * blocks from packet to packet (M123) */
	if (e->encrypted && (!h.has_seq || h.rv == 0 || h.nonce == 0))
		return -RG_V_GRE_BITS;
	return 0;
}

/* Most datagrams begin as the one before them: then only nonce and number are another, which end the
 * envelope. */
static bool open_alike(const struct rg_dgram *d, struct rg_env *e)
{
	const struct rg_env *before = e - 1;
	const struct rg_dgram *was = d - 1;
	uint8_t len = before->env.len;

	if (before->rc < 0 || d->len < len || memcmp(d->data, was->data, 4) != 0)
		return false;
	e->env = before->env;
	e->rc = 0;
	if (!e->env.encrypted)
		return true;
	e->env.seq = rg_get32(d->data + len - 4);
	e->env.nonce = rg_get32(d->data + len - 8);
	return e->env.nonce != 0;
}

static void open_envelopes(const struct rg_dgram *in, unsigned n, struct rg_env *e)
{
	for (unsigned i = 0; i < n; i++)
		if (i == 0 || !open_alike(&in[i], &e[i]))
			e[i].rc = (int16_t)read_envelope(in[i].data, in[i].len, &e[i].env);
}

/* M93: the payload type tells RTP from RTCP, whatever the inner ports are. */
static enum rg_inside media_or_control(const uint8_t *p, uint16_t len)
{
	return len > 1 && rg_rtp_is_rtcp(p[1]) ? RG_INSIDE_CONTROL : RG_INSIDE_MEDIA;
}

static int read_inside(
	const struct rg_envelope *e, const uint8_t *p, uint16_t len, struct rg_content *c)
{
	struct rg_inner in;
	struct rg_keepalive k;
	int rc = rg_inner_read(e->type, p, len, &in);

	if (rc < 0) {
		*c = (struct rg_content){0};
		return rc;
	}
	*c = (struct rg_content){.off = in.off, .virt_src = in.virt_src, .virt_dst = in.virt_dst};
	switch (in.kind) {
	case RG_INNER_UDP:
		c->kind = media_or_control(p + in.off, in.len);
		return 0;
	case RG_INNER_KEEPALIVE:
		c->kind = RG_INSIDE_KEEPALIVE;
		rc = rg_keepalive_read(p + in.off, in.len, &k);
		c->caps = k.caps;
		return rc;
	case RG_INNER_BUFFER:
		c->kind = RG_INSIDE_BUFFER;
		return 0;
	case RG_INNER_IPV4:
	case RG_INNER_OOB:
		c->kind = RG_INSIDE_OOB;
		c->oob_type = in.oob_type;
		return 0;
	case RG_INNER_FUTURE_NONCE: /* TR-06-2 section 7.6: nobody sends it; keys are derived on sight */
		c->kind = RG_INSIDE_OTHER;
		return 0;
	case RG_INNER_EAPOL: /* not by read_envelope */
	case RG_INNER_UNKNOWN:
		c->kind = RG_INSIDE_OTHER;
		c->why = RG_V_VSF_TYPE;
		return 0;
	}
	return 0;
}

static void look_inside(const struct rg_dgram *in, unsigned n, struct rg_env *e)
{
	for (unsigned i = 0; i < n; i++) {
		struct rg_inner u;

		if (e[i].gone)
			continue;
		if (!rg_inner_read_media(e[i].env.type, in[i].data, in[i].len, &u)) {
			e[i].rc = (int16_t)read_inside(
				&e[i].env, in[i].data, in[i].len, &e[i].content);
			continue;
		}
		e[i].content = (struct rg_content){
			.kind = media_or_control(in[i].data + u.off, u.len),
			.off = u.off,
			.virt_src = u.virt_src,
			.virt_dst = u.virt_dst,
		};
		e[i].rc = 0;
	}
}

/* An RTP header without anything unusual has 7 bits that must be so, and 8 more with MPEG-TS. */
static unsigned credible_rtp(const uint8_t *p, uint16_t len)
{
	if (len < RG_RTP_HDR_BYTES || (p[0] & 0xef) != 0x80)
		return 0;
	return p[1] == RTP_PT_MP2T ? 2 : 1;
}

/* A compound that parses to its end has at least two packets of right version, type and length. */
static unsigned credible_rtcp(const uint8_t *p, uint16_t len)
{
	struct rg_rtcp_iter it = rg_rtcp_begin(p, len);
	struct rg_rtcp pkt;
	int rc, n = 0;

	while ((rc = rg_rtcp_next(&it, &pkt)) > 0)
		n++;
	return rc == 0 && n > 1 ? RG_CREDIBLE_SURE : 0;
}

/* Of the 2^32 VSF headers five are known, so version 2 tells by itself. */
static unsigned credible(
	const struct rg_envelope *e, const struct rg_content *c, const uint8_t *p, uint16_t len)
{
	if (e->type == RG_GRE_VSF)
		return c->why == RG_V_VSF_TYPE ? 0 : RG_CREDIBLE_SURE;
	if (c->kind == RG_INSIDE_MEDIA)
		return credible_rtp(p, len);
	return c->kind == RG_INSIDE_CONTROL ? credible_rtcp(p, len) : RG_CREDIBLE_MUTE;
}

/* TR-06-2 sections 5.2 and 5.3: the VSF header of version 2, then what the kind wants. */
static unsigned write_head(const struct rg_content *c, struct rg_envelope *e, uint8_t *p)
{
	static const struct {
		uint16_t old, subtype;
	} types[] = {
		[RG_INSIDE_MEDIA] = {RG_GRE_REDUCED, RG_VSF_REDUCED},
		[RG_INSIDE_CONTROL] = {RG_GRE_REDUCED, RG_VSF_REDUCED},
		[RG_INSIDE_KEEPALIVE] = {RG_GRE_KEEPALIVE, RG_VSF_KEEPALIVE},
		[RG_INSIDE_BUFFER] = {RG_GRE_VSF, RG_VSF_BUFFER},
	};

	unsigned n = 0;

	if (c->kind == RG_INSIDE_OOB) {
		e->type = c->oob_type;
		return 0;
	}
	e->type = e->version >= 2 ? RG_GRE_VSF : types[c->kind].old;
	if (e->type == RG_GRE_VSF) {
		rg_put16(p, 0); /* VSF type: RIST */
		rg_put16(p + 2, types[c->kind].subtype);
		n = 4;
	}
	if (c->kind == RG_INSIDE_MEDIA || c->kind == RG_INSIDE_CONTROL) {
		rg_put16(p + n, c->virt_src);
		rg_put16(p + n + 2, c->virt_dst);
		n += 4;
	}
	return n;
}

static unsigned write_envelope(const struct rg_envelope *e, uint8_t *p)
{
	return rg_gre_write(p,
		&(struct rg_gre){.nonce = e->nonce,
			.seq = e->seq,
			.ethertype = e->type,
			.key_bits = e->key_bits,
			.rv = e->version,
			.has_key = e->encrypted,
			.has_seq = 1});
}

/* TR-06-2 section 5.6.2. */
static unsigned write_keepalive(const uint8_t mac[6], bool routes, uint8_t *p, size_t cap)
{
	struct rg_keepalive k = {
		.caps = RG_CAP_NPD | RG_CAP_REDUCED | (routes ? RG_CAP_ROUTING : 0)};

	memcpy(k.mac, mac, sizeof(k.mac));
	return rg_keepalive_write(p, cap, &k);
}

static unsigned write_buffer(uint16_t sender_max_ms, uint16_t receiver_ms, uint8_t *p, size_t cap)
{
	if (cap < RG_BUFNEG_BYTES)
		return 0;
	return rg_bufneg_write(p,
		&(struct rg_bufneg){
			.sender_max_ms = sender_max_ms, .receiver_cur_ms = receiver_ms});
}

static bool reserved(uint16_t type)
{
	return rg_gre_type_reserved(type);
}

/* libRIST's programs talk to each other in IPv4 datagrams of this protocol and identification. */
static bool is_message(const uint8_t *p, uint16_t len)
{
	return len >= 20 && p[9] == 252 && rg_get16(p + 4) == 54321;
}

/* The version is that of the EtherType: RFC 791 section 3.1, RFC 8200 section 3. */
static bool is_ip(uint16_t type, const uint8_t *p, uint16_t len)
{
	if (type == RG_GRE_IPV4)
		return len > 0 && p[0] >> 4 == 4 && !is_message(p, len);
	return type == RG_GRE_IPV6 && len > 0 && p[0] >> 4 == 6;
}

static const struct rg_tunnel_ops tunnel = {
	.open = open_envelopes,
	.inside = look_inside,
	.credible = credible,
	.head = write_head,
	.envelope = write_envelope,
	.reserved = reserved,
	.is_ip = is_ip,
	.keepalive = write_keepalive,
	.buffer = write_buffer,
};

const struct rg_profile_ops rg_profile_main = {
	.rx_media = rx_media,
	.tx_media = rtp_tx_media,
	.rx_control = rtcp_rx_control,
	.tx_control = rtcp_tx_control,
	.tunnel = &tunnel,
	.rtcp_port = 0,
	.seq_bits = 16,
};
