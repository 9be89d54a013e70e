/* SPDX-License-Identifier: BSD-3-Clause */
#include "rg_neigh.h"

#define ARP_BYTES        28
#define ARP_REQUEST      1
#define ARP_REPLY        2

#define ND_BYTES         24 /* a solicitation or advertisement without options */
#define ND_OPTION_BYTES  8 /* a link-layer address */
#define ND_HOP_LIMIT     255 /* RFC 4861 section 7.1: nobody off the link can send it */
#define ND_SOLICIT       135
#define ND_ADVERT        136
#define ND_SOLICITED     0x40
#define ND_OVERRIDE      0x20
#define OPT_SOURCE_MAC   1
#define OPT_TARGET_MAC   2

#define ICMP_ECHO_REPLY  0
#define ICMP6_ECHO_REPLY 129
#define REPLY_TTL        64

static const struct rg_mac broadcast = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
static const struct rg_addr all_nodes = {.ip = {0xff, 0x02, [15] = 0x01}, .af = RG_AF_IP6};

static void set_ip(struct rg_addr *a, enum rg_af af, const uint8_t *ip)
{
	*a = (struct rg_addr){.af = (uint8_t)af};
	memcpy(a->ip, ip, af == RG_AF_IP4 ? 4 : 16);
}

struct rg_mac rg_group_mac(const struct rg_addr *group)
{
	const uint8_t *ip = group->ip;

	if (group->af == RG_AF_IP4)
		return (struct rg_mac){{0x01, 0x00, 0x5e, ip[1] & 0x7f, ip[2], ip[3]}};
	return (struct rg_mac){{0x33, 0x33, ip[12], ip[13], ip[14], ip[15]}};
}

struct rg_addr rg_solicited_node(const struct rg_addr *target)
{
	struct rg_addr a = {.ip = {0xff, 0x02, [11] = 0x01, [12] = 0xff}, .af = RG_AF_IP6};

	memcpy(a.ip + 13, target->ip + 13, 3);
	return a;
}

/* RFC 826; RFC 5227 for the probe (sender 0.0.0.0) and the announcement (sender == target). */
static int read_arp(const uint8_t *arp, uint32_t len, struct rg_neigh *out)
{
	struct rg_addr sender, target;
	uint16_t op;

	if (len < ARP_BYTES || rg_get32(arp) != 0x00010800 || rg_get16(arp + 4) != 0x0604)
		return -RG_V_NEIGH;
	op = rg_get16(arp + 6);
	memcpy(out->mac.b, arp + 8, 6);
	set_ip(&sender, RG_AF_IP4, arp + 14);
	set_ip(&target, RG_AF_IP4, arp + 24);
	if (out->mac.b[0] & 1 || rg_addr_is_multicast(&sender))
		return -RG_V_NEIGH;
	out->has_mac = 1;
	if (op == ARP_REQUEST && !rg_addr_eq(&sender, &target)) {
		out->kind = RG_NEIGH_SOLICIT;
		out->asker = sender;
		out->target = target;
		return 0;
	}
	if ((op != ARP_REQUEST && op != ARP_REPLY) || rg_addr_is_any(&sender))
		return -RG_V_NEIGH;
	out->kind = RG_NEIGH_ADVERT;
	out->target = sender;
	out->asker = rg_addr_eq(&sender, &target) ? (struct rg_addr){.af = RG_AF_IP4} : target;
	return 0;
}

/* RFC 4861 section 4.6: type, length in units of 8 bytes, never 0. */
static int read_nd_options(const uint8_t *p, uint32_t len, struct rg_neigh *out)
{
	uint8_t want = out->kind == RG_NEIGH_SOLICIT ? OPT_SOURCE_MAC : OPT_TARGET_MAC;

	while (len > 0) {
		if (len < 8 || p[1] == 0 || 8u * p[1] > len)
			return -RG_V_NEIGH;
		if (p[0] == want) {
			if (p[2] & 1) /* a group has no place in a table of hosts */
				return -RG_V_NEIGH;
			memcpy(out->mac.b, p + 2, 6);
			out->has_mac = 1;
		}
		len -= 8u * p[1];
		p += 8u * p[1];
	}
	return 0;
}

/* RFC 4861 sections 7.1.1 and 7.1.2. */
static int read_nd(const uint8_t *nd, const struct rg_frame *f, struct rg_neigh *out)
{
	uint32_t len = f->end - f->l4_off;
	uint64_t sum = rg_csum_pseudo(&f->src, &f->dst, RG_IP_PROTO_ICMP6, len);

	if (len < ND_BYTES || f->ttl != ND_HOP_LIMIT || nd[1] != 0 ||
		rg_csum_fold(rg_csum_add(sum, nd, len)) != 0xffff)
		return -RG_V_NEIGH;
	out->kind = nd[0] == ND_SOLICIT ? RG_NEIGH_SOLICIT : RG_NEIGH_ADVERT;
	set_ip(&out->target, RG_AF_IP6, nd + 8);
	if (rg_addr_is_multicast(&out->target) || rg_addr_is_any(&out->target))
		return -RG_V_NEIGH;
	if (read_nd_options(nd + ND_BYTES, len - ND_BYTES, out) != 0)
		return -RG_V_NEIGH;
	if (out->kind == RG_NEIGH_SOLICIT) {
		struct rg_addr group = rg_solicited_node(&out->target);

		out->asker = f->src;
		/* A probe speaks to the group and tells no address. */
		if (rg_addr_is_any(&f->src) && (out->has_mac || !rg_addr_eq(&f->dst, &group)))
			return -RG_V_NEIGH;
		return 0;
	}
	if (rg_addr_is_multicast(&f->dst) && nd[4] & ND_SOLICITED)
		return -RG_V_NEIGH;
	out->asker = nd[4] & ND_SOLICITED ? f->dst : (struct rg_addr){.af = RG_AF_IP6};
	return 0;
}

int rg_neigh_read(const uint8_t *p, const struct rg_frame *f, struct rg_neigh *out)
{
	*out = (struct rg_neigh){.vlan = f->vlan};
	memcpy(out->mac.b, p + 6, 6);
	if (f->src.af == RG_AF_NONE)
		return read_arp(p + f->l3_off, f->end - f->l3_off, out);
	return read_nd(p + f->l4_off, f, out);
}

static size_t write_arp(uint8_t *p, const struct rg_neigh *n, const struct rg_mac *to)
{
	bool announce = n->kind == RG_NEIGH_ADVERT && rg_addr_is_any(&n->asker);
	bool request = n->kind == RG_NEIGH_SOLICIT || announce;
	const struct rg_addr *sender = n->kind == RG_NEIGH_SOLICIT ? &n->asker : &n->target;
	const struct rg_addr *target = request ? &n->target : &n->asker;
	size_t l3 = rg_eth_write(p, to ? to : &broadcast, &n->mac, n->vlan, RG_ETH_TYPE_ARP);
	uint8_t *arp = p + l3;

	rg_put32(arp, 0x00010800);
	rg_put16(arp + 4, 0x0604);
	rg_put16(arp + 6, request ? ARP_REQUEST : ARP_REPLY);
	memcpy(arp + 8, n->mac.b, 6);
	memcpy(arp + 14, sender->ip, 4);
	memset(arp + 18, 0, 6);
	if (to && !request)
		memcpy(arp + 18, to->b, 6);
	memcpy(arp + 24, target->ip, 4);
	return l3 + ARP_BYTES;
}

static size_t write_nd(uint8_t *p, const struct rg_neigh *n, const struct rg_mac *to)
{
	bool solicit = n->kind == RG_NEIGH_SOLICIT;
	bool nobody = rg_addr_is_any(&n->asker);
	struct rg_addr group = solicit ? rg_solicited_node(&n->target) : all_nodes;
	/* RFC 4861 section 4.3: a probe tells no link-layer address. */
	bool tell = !(solicit && nobody);
	struct rg_ip ip = {
		.len = (uint16_t)(ND_BYTES + (tell ? ND_OPTION_BYTES : 0)),
		.proto = RG_IP_PROTO_ICMP6,
		.ttl = ND_HOP_LIMIT,
	};
	struct rg_mac group_mac;
	size_t l3, l4;
	uint8_t *nd;

	ip.src = solicit ? n->asker : n->target;
	ip.src.port = 0;
	if (solicit)
		ip.dst = to ? n->target : group;
	else
		ip.dst = nobody ? group : n->asker;
	group_mac = rg_group_mac(&ip.dst);
	l3 = rg_eth_write(p, to ? to : &group_mac, &n->mac, n->vlan, RG_ETH_TYPE_IP6);
	l4 = l3 + RG_IP6_BYTES;
	rg_ip6_write(p + l3, &ip);
	nd = p + l4;
	memset(nd, 0, ND_BYTES);
	nd[0] = solicit ? ND_SOLICIT : ND_ADVERT;
	if (!solicit)
		nd[4] = (uint8_t)(ND_OVERRIDE | (nobody ? 0 : ND_SOLICITED));
	memcpy(nd + 8, n->target.ip, 16);
	if (tell) {
		nd[24] = solicit ? OPT_SOURCE_MAC : OPT_TARGET_MAC;
		nd[25] = ND_OPTION_BYTES / 8;
		memcpy(nd + 26, n->mac.b, 6);
	}
	rg_put16(nd + 2,
		(uint16_t)~rg_csum_fold(rg_csum_add(
			rg_csum_pseudo(&ip.src, &ip.dst, ip.proto, ip.len), nd, ip.len)));
	return l4 + ip.len;
}

size_t rg_neigh_write(uint8_t *p, const struct rg_neigh *n, const struct rg_mac *to)
{
	return n->target.af == RG_AF_IP4 ? write_arp(p, n, to) : write_nd(p, n, to);
}

static void swap_bytes(uint8_t *a, uint8_t *b, size_t n)
{
	uint8_t t[16];

	memcpy(t, a, n);
	memcpy(a, b, n);
	memcpy(b, t, n);
}

int rg_echo_reply(uint8_t *p, const struct rg_frame *f)
{
	uint8_t *ip = p + f->l3_off, *icmp = p + f->l4_off;
	size_t len = f->end - f->l4_off;
	bool ip4 = f->src.af == RG_AF_IP4;
	/* The swap of addresses does not change the pseudo-header's sum. */
	uint64_t pseudo =
		ip4 ? 0 : rg_csum_pseudo(&f->src, &f->dst, RG_IP_PROTO_ICMP6, (uint32_t)len);

	if (rg_addr_is_multicast(&f->dst) || rg_addr_is_any(&f->src) ||
		f->l4_off != f->l3_off + (ip4 ? RG_IP4_BYTES : RG_IP6_BYTES) ||
		rg_csum_fold(rg_csum_add(pseudo, icmp, len)) != 0xffff)
		return -RG_V_NEIGH;
	swap_bytes(p, p + 6, 6);
	if (ip4) {
		swap_bytes(ip + 12, ip + 16, 4);
		ip[8] = REPLY_TTL;
		rg_put16(ip + 10, 0);
		rg_put16(ip + 10, (uint16_t)~rg_csum_fold(rg_csum_add(0, ip, RG_IP4_BYTES)));
	} else {
		swap_bytes(ip + 8, ip + 24, 16);
		ip[7] = REPLY_TTL;
	}
	icmp[0] = ip4 ? ICMP_ECHO_REPLY : ICMP6_ECHO_REPLY;
	rg_put16(icmp + 2, 0);
	rg_put16(icmp + 2, (uint16_t)~rg_csum_fold(rg_csum_add(pseudo, icmp, len)));
	return (int)f->end;
}
