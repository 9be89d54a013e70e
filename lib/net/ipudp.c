/* SPDX-License-Identifier: BSD-3-Clause */
#include "rg_ipudp.h"

#define IP4_DF           0x4000
#define IP4_FRAGMENT     0x3fff /* MF and the offset */
#define IP6_FRAGMENT     44
#define IP6_DESTINATION  60
#define IP6_EXT_MAX      4 /* extension headers before the one that counts */

#define ICMP_ECHO        8
#define IGMP_QUERY       0x11
#define ICMP6_ECHO       128
#define ICMP6_MLD_QUERY  130
#define ICMP6_ND_SOLICIT 135
#define ICMP6_ND_ADVERT  136

static void set_addr(struct rg_addr *a, enum rg_af af, const uint8_t *ip)
{
	*a = (struct rg_addr){.af = (uint8_t)af};
	if (af == RG_AF_IP4)
		memcpy(a->ip, ip, 4);
	else
		memcpy(a->ip, ip, 16);
}

static int verify_udp(const uint8_t *udp, uint16_t udp_len, unsigned checks, struct rg_frame *f)
{
	uint16_t stored = rg_get16(udp + 6);
	uint64_t pseudo;

	if (stored == 0) /* RFC 768: not computed. RFC 8200 section 8.1 forbids that. */
		return f->src.af == RG_AF_IP4 ? 0 : -RG_V_UDP_CHECKSUM;
	pseudo = rg_csum_pseudo(&f->src, &f->dst, RG_IP_PROTO_UDP, udp_len);
	if (checks & RG_CHECK_PARTIAL_OK && stored == rg_csum_fold(pseudo))
		return 0;
	return rg_csum_fold(rg_csum_add(pseudo, udp, udp_len)) == 0xffff ? 0 : -RG_V_UDP_CHECKSUM;
}

static int read_udp(const uint8_t *p, unsigned checks, struct rg_frame *f)
{
	const uint8_t *udp = p + f->l4_off;
	uint32_t room = f->end - f->l4_off;
	uint16_t udp_len;
	int rc;

	if (room < RG_UDP_BYTES)
		return -RG_V_SHORT;
	udp_len = rg_get16(udp + 4);
	if (udp_len < RG_UDP_BYTES || udp_len > room)
		return -RG_V_UDP_LENGTH;
	if (checks & RG_CHECK_UDP) {
		rc = verify_udp(udp, udp_len, checks, f);
		if (rc != 0)
			return rc;
	}
	f->kind = RG_FRAME_UDP;
	f->src.port = rg_get16(udp);
	f->dst.port = rg_get16(udp + 2);
	f->payload_off = f->l4_off + (uint32_t)RG_UDP_BYTES;
	f->payload_len = (uint16_t)(udp_len - RG_UDP_BYTES);
	return 0;
}

static int classify_icmp6(uint8_t type, struct rg_frame *f)
{
	switch (type) {
	case ICMP6_ECHO:
		f->kind = RG_FRAME_ECHO;
		return 0;
	case ICMP6_MLD_QUERY:
		f->kind = RG_FRAME_GROUP_QUERY;
		return 0;
	case ICMP6_ND_SOLICIT:
	case ICMP6_ND_ADVERT:
		f->kind = RG_FRAME_NEIGH;
		return 0;
	default:
		return -RG_V_IP_PROTOCOL;
	}
}

static int read_l4(const uint8_t *p, uint8_t proto, unsigned checks, struct rg_frame *f)
{
	uint8_t type;

	/* RFC 1122 section 3.2.1.3: a source is one host. Nothing here answers a group. */
	if (rg_addr_is_multicast(&f->src))
		return -RG_V_IP_HEADER;
	if (proto == RG_IP_PROTO_UDP)
		return read_udp(p, checks, f);
	if (f->end - f->l4_off < 8) /* the shortest ICMP and IGMP message */
		return -RG_V_SHORT;
	type = p[f->l4_off];
	if (proto == RG_IP_PROTO_ICMP6 && f->src.af == RG_AF_IP6)
		return classify_icmp6(type, f);
	if (f->src.af == RG_AF_IP4 && proto == RG_IP_PROTO_ICMP && type == ICMP_ECHO)
		f->kind = RG_FRAME_ECHO;
	else if (f->src.af == RG_AF_IP4 && proto == RG_IP_PROTO_IGMP && type == IGMP_QUERY)
		f->kind = RG_FRAME_GROUP_QUERY;
	else
		return -RG_V_IP_PROTOCOL;
	return 0;
}

static int read_ip4(const uint8_t *p, uint32_t len, unsigned checks, struct rg_frame *f)
{
	const uint8_t *ip = p + f->l3_off;
	uint32_t room = len - f->l3_off, hdr, total;

	if (room < RG_IP4_BYTES)
		return -RG_V_SHORT;
	hdr = 4u * (ip[0] & 0x0f);
	total = rg_get16(ip + 2);
	if (ip[0] >> 4 != 4 || hdr < RG_IP4_BYTES || hdr > total || total > room)
		return -RG_V_IP_HEADER;
	if (checks & RG_CHECK_IP && rg_csum_fold(rg_csum_add(0, ip, hdr)) != 0xffff)
		return -RG_V_IP_CHECKSUM;
	if (rg_get16(ip + 6) & IP4_FRAGMENT)
		return -RG_V_IP_FRAGMENT;
	f->l4_off = (uint16_t)(f->l3_off + hdr);
	f->end = f->l3_off + total;
	f->dscp = ip[1] >> 2;
	f->ttl = ip[8];
	set_addr(&f->src, RG_AF_IP4, ip + 12);
	set_addr(&f->dst, RG_AF_IP4, ip + 16);
	return read_l4(p, ip[9], checks, f);
}

/* RFC 8200 section 4. Routing headers are refused with everything unknown: nobody needs them, and
 * type 0 let strangers aim at third parties (RFC 5095). */
static int read_ip6(const uint8_t *p, uint32_t len, unsigned checks, struct rg_frame *f)
{
	const uint8_t *ip = p + f->l3_off;
	uint32_t at = f->l3_off + (uint32_t)RG_IP6_BYTES, payload;
	uint8_t proto;

	if (len < at)
		return -RG_V_SHORT;
	payload = rg_get16(ip + 4);
	if (ip[0] >> 4 != 6 || payload == 0 || payload > len - at)
		return -RG_V_IP_HEADER;
	f->end = at + payload;
	f->dscp = (uint8_t)((ip[0] & 0x0f) << 2 | ip[1] >> 6);
	f->ttl = ip[7];
	set_addr(&f->src, RG_AF_IP6, ip + 8);
	set_addr(&f->dst, RG_AF_IP6, ip + 24);
	proto = ip[6];
	for (int n = 0; proto == RG_IP_PROTO_HOPOPT || proto == IP6_DESTINATION; n++) {
		if (n == IP6_EXT_MAX || f->end - at < 8 || f->end - at < 8u * (p[at + 1] + 1u))
			return -RG_V_IP_HEADER;
		proto = p[at];
		at += 8u * (p[at + 1] + 1u);
	}
	if (proto == IP6_FRAGMENT)
		return -RG_V_IP_FRAGMENT;
	f->l4_off = (uint16_t)at;
	return read_l4(p, proto, checks, f);
}

/* UDP over IPv4 without tag and options, whose sums the port has verified, is nearly all that comes.
 * False: whatever it is, the readers above tell. */
static bool read_usual(const uint8_t *p, uint32_t len, unsigned checks, struct rg_frame *f)
{
	const uint8_t *ip = p + RG_ETH_BYTES, *udp = ip + RG_IP4_BYTES;
	int32_t payload;

	if (len < RG_UDP4_BYTES || checks & (RG_CHECK_IP | RG_CHECK_UDP) ||
		rg_get16(p + 12) != RG_ETH_TYPE_IP4 || ip[0] != 0x45 || ip[9] != RG_IP_PROTO_UDP ||
		rg_get16(ip + 6) & IP4_FRAGMENT || (ip[12] & 0xf0) == 0xe0)
		return false;
	payload = rg_udp4_payload(p, len);
	if (payload < 0)
		return false;
	*f = (struct rg_frame){
		.src = {.port = rg_get16(udp), .af = RG_AF_IP4},
		.dst = {.port = rg_get16(udp + 2), .af = RG_AF_IP4},
		.payload_off = RG_UDP4_BYTES,
		.payload_len = (uint16_t)payload,
		.l3_off = RG_ETH_BYTES,
		.l4_off = RG_ETH_BYTES + RG_IP4_BYTES,
		.end = (uint32_t)RG_ETH_BYTES + rg_get16(ip + 2),
		.kind = RG_FRAME_UDP,
		.ttl = ip[8],
		.dscp = ip[1] >> 2,
	};
	memcpy(f->src.ip, ip + 12, 4);
	memcpy(f->dst.ip, ip + 16, 4);
	return true;
}

int rg_frame_read(const uint8_t *p, uint32_t len, unsigned checks, struct rg_frame *out)
{
	uint16_t type;

	if (read_usual(p, len, checks, out))
		return 0;
	if (len < RG_ETH_BYTES)
		return -RG_V_SHORT;
	type = rg_get16(p + 12);
	out->l3_off = RG_ETH_BYTES;
	out->vlan = 0;
	if (type == RG_ETH_TYPE_VLAN) {
		if (len < RG_ETH_BYTES + RG_VLAN_BYTES)
			return -RG_V_SHORT;
		out->vlan = rg_get16(p + 14) & 0x0fff;
		type = rg_get16(p + 16);
		out->l3_off += RG_VLAN_BYTES;
	}
	if (type == RG_ETH_TYPE_IP4)
		return read_ip4(p, len, checks, out);
	if (type == RG_ETH_TYPE_IP6)
		return read_ip6(p, len, checks, out);
	if (type != RG_ETH_TYPE_ARP)
		return -RG_V_ETH_TYPE;
	out->kind = RG_FRAME_NEIGH;
	out->src = out->dst = (struct rg_addr){0};
	out->l4_off = out->l3_off;
	out->end = len;
	return 0;
}

size_t rg_eth_write(uint8_t *p, const struct rg_mac *dst, const struct rg_mac *src, uint16_t vlan,
	uint16_t type)
{
	size_t n = 12;

	memcpy(p, dst->b, 6);
	memcpy(p + 6, src->b, 6);
	if (vlan != 0) {
		rg_put16(p + n, RG_ETH_TYPE_VLAN);
		rg_put16(p + n + 2, vlan & 0x0fff);
		n += RG_VLAN_BYTES;
	}
	rg_put16(p + n, type);
	return n + 2;
}

void rg_ip4_write(uint8_t *p, const struct rg_ip *ip)
{
	p[0] = 0x45;
	p[1] = (uint8_t)(ip->dscp << 2);
	rg_put16(p + 2, (uint16_t)(RG_IP4_BYTES + ip->len));
	rg_put16(p + 4, 0);
	rg_put16(p + 6, IP4_DF);
	p[8] = ip->ttl;
	p[9] = ip->proto;
	rg_put16(p + 10, 0);
	memcpy(p + 12, ip->src.ip, 4);
	memcpy(p + 16, ip->dst.ip, 4);
	rg_put16(p + 10, (uint16_t)~rg_csum_fold(rg_csum_add(0, p, RG_IP4_BYTES)));
}

void rg_ip6_write(uint8_t *p, const struct rg_ip *ip)
{
	rg_put32(p, UINT32_C(6) << 28 | (uint32_t)(ip->dscp & 0x3f) << 22);
	rg_put16(p + 4, ip->len);
	p[6] = ip->proto;
	p[7] = ip->ttl;
	memcpy(p + 8, ip->src.ip, 16);
	memcpy(p + 24, ip->dst.ip, 16);
}

void rg_udp_tmpl_init(struct rg_udp_tmpl *t, const struct rg_udp_route *r)
{
	const struct rg_ip ip = {.src = r->src,
		.dst = r->dst,
		.proto = RG_IP_PROTO_UDP,
		.ttl = r->ttl,
		.dscp = r->dscp};
	bool ip4 = r->dst.af == RG_AF_IP4;
	uint8_t *udp;

	*t = (struct rg_udp_tmpl){.af = r->dst.af};
	t->l3_off = (uint8_t)rg_eth_write(
		t->b, &r->dst_mac, &r->src_mac, r->vlan, ip4 ? RG_ETH_TYPE_IP4 : RG_ETH_TYPE_IP6);
	if (ip4) {
		rg_ip4_write(t->b + t->l3_off, &ip);
		rg_put32(t->b + t->l3_off + 2, 0); /* length and ident */
		rg_put16(t->b + t->l3_off + 10, 0);
		t->ip_sum = rg_csum_add(0, t->b + t->l3_off, RG_IP4_BYTES);
	} else {
		rg_ip6_write(t->b + t->l3_off, &ip);
	}
	udp = t->b + t->l3_off + (ip4 ? RG_IP4_BYTES : RG_IP6_BYTES);
	rg_put16(udp, r->src.port);
	rg_put16(udp + 2, r->dst.port);
	t->pseudo_sum = rg_csum_pseudo(&r->src, &r->dst, RG_IP_PROTO_UDP, 0);
	t->len = (uint8_t)(udp + RG_UDP_BYTES - t->b);
}

/* A sum and one more word of it in 16 bits. The word is not read back from where it was written: that
 * would wait for a line that is still on its way. */
static uint16_t sum_with(uint64_t sum, uint16_t word)
{
	return rg_csum_fold(sum + rg_be16(word));
}

/* Everything but the UDP checksum. Returns the UDP header. */
static uint8_t *write_tmpl(const struct rg_udp_tmpl *t, uint8_t *p, uint16_t udp_len)
{
	uint8_t *ip = p + t->l3_off, *udp = p + t->len - RG_UDP_BYTES;

	if (t->len == RG_UDP4_BYTES) /* a length that is known makes a few moves of a call */
		memcpy(p, t->b, RG_UDP4_BYTES);
	else
		memcpy(p, t->b, t->len);
	rg_put16(udp + 4, udp_len);
	if (t->af == RG_AF_IP4) {
		uint16_t ip_len = (uint16_t)(RG_IP4_BYTES + udp_len);

		rg_put16(ip + 2, ip_len);
		rg_put16(ip + 10, (uint16_t)~sum_with(t->ip_sum, ip_len));
	} else {
		rg_put16(ip + 4, udp_len);
	}
	return udp;
}

void rg_udp_tmpl_write(
	const struct rg_udp_tmpl *t, uint8_t *p, uint16_t payload_len, uint64_t payload_sum)
{
	uint16_t udp_len = (uint16_t)(RG_UDP_BYTES + payload_len);
	uint8_t *udp = write_tmpl(t, p, udp_len);
	uint64_t sum = rg_csum_add(t->pseudo_sum + payload_sum, udp, 6); /* ports and length */
	uint16_t csum = (uint16_t)~rg_csum_fold(rg_csum_add(sum, udp + 4, 2));

	rg_put16(udp + 6, csum ? csum : 0xffff); /* RFC 768: 0 means none */
}

void rg_udp_tmpl_write_offload(const struct rg_udp_tmpl *t, uint8_t *p, uint16_t payload_len)
{
	uint16_t udp_len = (uint16_t)(RG_UDP_BYTES + payload_len);
	uint8_t *udp = write_tmpl(t, p, udp_len);

	rg_put16(udp + 6, sum_with(t->pseudo_sum, udp_len));
}
