/* SPDX-License-Identifier: BSD-3-Clause */
#include "rg_gre.h"

#define BIT_K          0x20
#define BIT_S          0x10
#define BIT_H          0x40 /* of the second byte */
#define RV_SHIFT       3
#define VSF_BYTES      4
#define VSF_TYPE_RIST  0
#define PORTS_BYTES    4
#define RTCP_MIN_BYTES 4 /* a BYE of no source; RTP is longer */
#define NONCE_BYTES    4
#define ADV_BYTES      4

unsigned rg_gre_write(uint8_t *p, const struct rg_gre *h)
{
	unsigned len = 4;

	p[0] = h->has_key ? BIT_K | BIT_S : BIT_S;
	p[1] = (uint8_t)((h->rv & 7) << RV_SHIFT);
	rg_put16(p + 2, h->ethertype);
	if (h->has_key) {
		/* TR-06-2 section 5.1: H is 0 without key, and in the 2020 form. */
		if (h->key_bits == 256 && h->rv != RG_GRE_RV_2020)
			p[1] |= BIT_H;
		rg_put32(p + len, h->nonce);
		len += 4;
	}
	rg_put32(p + len, h->seq);
	return len + 4;
}

unsigned rg_gre_write_vsf(uint8_t *p, const struct rg_gre *h, uint16_t subtype)
{
	unsigned len = rg_gre_write(p, h);

	if (h->ethertype != RG_GRE_VSF)
		return len;
	rg_put16(p + len, VSF_TYPE_RIST);
	rg_put16(p + len + 2, subtype);
	return len + VSF_BYTES;
}

unsigned rg_gre_write_media(
	uint8_t *p, const struct rg_gre *h, uint16_t virt_src, uint16_t virt_dst)
{
	unsigned len = rg_gre_write_vsf(p, h, RG_VSF_REDUCED);

	rg_put16(p + len, virt_src);
	rg_put16(p + len + 2, virt_dst);
	return len + PORTS_BYTES;
}

/* TR-06-2 section 5.2. */
static enum rg_inner_kind vsf_kind(const uint8_t *vsf)
{
	if (rg_get16(vsf) != VSF_TYPE_RIST)
		return RG_INNER_UNKNOWN;
	switch (rg_get16(vsf + 2)) {
	case RG_VSF_REDUCED:
		return RG_INNER_UDP;
	case RG_VSF_KEEPALIVE:
		return RG_INNER_KEEPALIVE;
	case RG_VSF_FUTURE_NONCE:
		return RG_INNER_FUTURE_NONCE;
	case RG_VSF_BUFFER:
		return RG_INNER_BUFFER;
	default:
		return RG_INNER_UNKNOWN;
	}
}

static enum rg_inner_kind plain_kind(uint16_t ethertype)
{
	switch (ethertype) {
	case RG_GRE_REDUCED:
		return RG_INNER_UDP;
	case RG_GRE_KEEPALIVE:
		return RG_INNER_KEEPALIVE;
	case RG_GRE_EAPOL:
		return RG_INNER_EAPOL;
	case RG_GRE_IPV4:
		return RG_INNER_IPV4;
	default:
		return RG_INNER_OOB;
	}
}

/* What a body of this kind has at least. */
static unsigned least_bytes(enum rg_inner_kind kind)
{
	switch (kind) {
	case RG_INNER_UDP:
		return PORTS_BYTES + RTCP_MIN_BYTES;
	case RG_INNER_KEEPALIVE:
		return RG_KEEPALIVE_BYTES;
	case RG_INNER_BUFFER:
		return RG_BUFNEG_BYTES;
	case RG_INNER_FUTURE_NONCE:
		return NONCE_BYTES;
	case RG_INNER_EAPOL:
	case RG_INNER_IPV4:
	case RG_INNER_OOB:
	case RG_INNER_UNKNOWN:
		return 0;
	}
	return 0;
}

int rg_inner_read_any(uint16_t ethertype, const uint8_t *body, uint16_t len, struct rg_inner *out)
{
	*out = (struct rg_inner){0};
	if (ethertype == RG_GRE_VSF) {
		if (len < VSF_BYTES)
			return -RG_V_SHORT;
		out->kind = vsf_kind(body);
		out->off = VSF_BYTES;
	} else if (ethertype < RG_GRE_TYPE_LOWEST) {
		/* libRIST 0.2.12 repeats EAPOL without a GRE header: its length stands here */
		return -RG_V_GRE_TYPE;
	} else {
		out->kind = plain_kind(ethertype);
	}
	out->len = (uint16_t)(len - out->off);
	if (out->len < least_bytes(out->kind))
		return -RG_V_SHORT;
	if (out->kind == RG_INNER_UDP) {
		out->virt_src = rg_get16(body + out->off);
		out->virt_dst = rg_get16(body + out->off + 2);
		out->off = (uint16_t)(out->off + PORTS_BYTES);
		out->len = (uint16_t)(out->len - PORTS_BYTES);
	} else if (out->kind == RG_INNER_IPV4 || out->kind == RG_INNER_OOB) {
		out->oob_type = ethertype;
	}
	return 0;
}

int rg_keepalive_read(const uint8_t *p, uint16_t len, struct rg_keepalive *out)
{
	const uint8_t *rest = p + RG_KEEPALIVE_BYTES;
	unsigned left;

	if (len < RG_KEEPALIVE_BYTES)
		return -RG_V_SHORT;
	*out = (struct rg_keepalive){.caps = rg_get16(p + 6)};
	memcpy(out->mac, p, sizeof(out->mac));
	left = len - RG_KEEPALIVE_BYTES;
	if (left >= ADV_BYTES && rest[0] != '{') {
		out->has_adv = 1;
		out->adv = rg_get32(rest);
		rest += ADV_BYTES;
		left -= ADV_BYTES;
	}
	if (left > 0 && rest[0] == '{') {
		out->json = rest;
		out->json_len = (uint16_t)left;
	}
	return 0;
}

unsigned rg_keepalive_write(uint8_t *p, size_t cap, const struct rg_keepalive *k)
{
	unsigned len = RG_KEEPALIVE_BYTES;

	if (cap < len + (k->has_adv ? ADV_BYTES : 0u) + k->json_len)
		return 0;
	memcpy(p, k->mac, sizeof(k->mac));
	rg_put16(p + 6, k->caps);
	if (k->has_adv) {
		rg_put32(p + len, k->adv);
		len += ADV_BYTES;
	}
	if (k->json_len > 0)
		memcpy(p + len, k->json, k->json_len);
	return len + k->json_len;
}

int rg_bufneg_read(const uint8_t *p, uint16_t len, struct rg_bufneg *out)
{
	if (len < RG_BUFNEG_BYTES)
		return -RG_V_SHORT;
	out->sender_max_ms = rg_get16(p);
	out->receiver_cur_ms = rg_get16(p + 2);
	out->protocol = rg_get16(p + 4);
	return 0;
}

unsigned rg_bufneg_write(uint8_t *p, const struct rg_bufneg *b)
{
	rg_put16(p, b->sender_max_ms);
	rg_put16(p + 2, b->receiver_cur_ms);
	rg_put16(p + 4, b->protocol);
	return RG_BUFNEG_BYTES;
}
