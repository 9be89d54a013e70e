/* SPDX-License-Identifier: BSD-3-Clause */
#include "rg_neigh.h"

#define ROUTER_ALERT_BYTES 4 /* IPv4 option, RFC 2113 */
#define HOP_OPTIONS_BYTES  8 /* IPv6 hop-by-hop header with a router alert, RFC 2711 */
#define IGMP2_REPORT       0x16
#define IGMP2_LEAVE        0x17
#define IGMP3_REPORT       0x22
#define MLD2_REPORT        143

/* Record types of RFC 3376 section 4.2.12, the same in RFC 3810 section 5.2.12. */
static uint8_t record_type(uint8_t op)
{
	switch ((enum rg_group_op)op) {
	case RG_GROUP_JOIN:
		return 4; /* CHANGE_TO_EXCLUDE of no source */
	case RG_GROUP_LEAVE:
		return 3; /* CHANGE_TO_INCLUDE of no source */
	case RG_GROUP_STILL:
		return 2; /* MODE_IS_EXCLUDE of no source */
	}
	return 2;
}

static struct rg_addr ip4(uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
	return (struct rg_addr){.ip = {a, b, c, d}, .af = RG_AF_IP4};
}

/* The message without its checksum; returns its length. */
static uint16_t put_igmp(uint8_t *m, const struct rg_group_report *r)
{
	memset(m, 0, 16);
	if (r->version == RG_GROUP_IGMP2) {
		m[0] = r->op == RG_GROUP_LEAVE ? IGMP2_LEAVE : IGMP2_REPORT;
		memcpy(m + 4, r->group.ip, 4);
		return 8;
	}
	m[0] = IGMP3_REPORT;
	rg_put16(m + 6, 1); /* records */
	m[8] = record_type(r->op);
	memcpy(m + 12, r->group.ip, 4);
	return 16;
}

static size_t write_igmp(uint8_t *p, const struct rg_group_report *r)
{
	struct rg_ip ip = {.src = r->src, .proto = RG_IP_PROTO_IGMP, .ttl = 1, .dscp = 48};
	uint8_t *l3, *m;
	struct rg_mac mac;
	uint16_t len;

	if (r->version == RG_GROUP_CURRENT)
		ip.dst = ip4(224, 0, 0, 22);
	else
		ip.dst = r->op == RG_GROUP_LEAVE ? ip4(224, 0, 0, 2) : r->group;
	mac = rg_group_mac(&ip.dst);
	l3 = p + rg_eth_write(p, &mac, &r->mac, r->vlan, RG_ETH_TYPE_IP4);
	m = l3 + RG_IP4_BYTES + ROUTER_ALERT_BYTES;
	len = put_igmp(m, r);
	rg_put16(m + 2, (uint16_t)~rg_csum_fold(rg_csum_add(0, m, len)));
	ip.len = (uint16_t)(ROUTER_ALERT_BYTES + len);
	rg_ip4_write(l3, &ip);
	/* RFC 3376 section 4: with the router alert option, so the header is one word longer. */
	l3[0] = 0x46;
	rg_put32(l3 + RG_IP4_BYTES, 0x94040000);
	rg_put16(l3 + 10, 0);
	rg_put16(l3 + 10,
		(uint16_t)~rg_csum_fold(rg_csum_add(0, l3, RG_IP4_BYTES + ROUTER_ALERT_BYTES)));
	return (size_t)(m - p) + len;
}

static size_t write_mld(uint8_t *p, const struct rg_group_report *r)
{
	static const uint8_t options[HOP_OPTIONS_BYTES] = {
		RG_IP_PROTO_ICMP6, 0, 5, 2, 0, 0, 1, 0}; /* alert of MLD, then PadN */
	struct rg_ip ip = {
		.src = r->src,
		.dst = {.ip = {0xff, 0x02, [15] = 0x16}, .af = RG_AF_IP6},
		.len = HOP_OPTIONS_BYTES + 28,
		.proto = RG_IP_PROTO_HOPOPT,
		.ttl = 1,
	};
	struct rg_mac mac = rg_group_mac(&ip.dst);
	uint8_t *l3 = p + rg_eth_write(p, &mac, &r->mac, r->vlan, RG_ETH_TYPE_IP6);
	uint8_t *m = l3 + RG_IP6_BYTES + HOP_OPTIONS_BYTES;
	uint64_t sum;

	rg_ip6_write(l3, &ip);
	memcpy(l3 + RG_IP6_BYTES, options, sizeof(options));
	memset(m, 0, 28);
	m[0] = MLD2_REPORT;
	rg_put16(m + 6, 1); /* records */
	m[8] = record_type(r->op);
	memcpy(m + 12, r->group.ip, 16);
	sum = rg_csum_pseudo(&ip.src, &ip.dst, RG_IP_PROTO_ICMP6, 28);
	rg_put16(m + 2, (uint16_t)~rg_csum_fold(rg_csum_add(sum, m, 28)));
	return (size_t)(m - p) + 28;
}

size_t rg_group_report_write(uint8_t *p, const struct rg_group_report *r)
{
	return r->group.af == RG_AF_IP4 ? write_igmp(p, r) : write_mld(p, r);
}
