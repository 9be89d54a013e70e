/* SPDX-License-Identifier: BSD-3-Clause */
/* rg_ipudp.h - Ethernet, IPv4, IPv6 and UDP around a datagram, and the Internet checksum.
 * Spec: IEEE 802.1Q (one tag), RFC 791, RFC 8200, RFC 768, RFC 1071, RFC 6864 (ident of a packet
 * that is never fragmented).
 * Shape: read takes a contiguous frame; a template holds the 42 to 66 bytes before a UDP payload.
 * Units: bytes; ports, lengths and folded checksums in host order.
 * Errors: readers return 0 or a negated verdict and never look past len.
 * Ownership: p [lend]. Threads: pure. */
#ifndef RG_IPUDP_H
#define RG_IPUDP_H

#include "rg_addr.h"
#include "rg_bytes.h"
#include "rg_verdict.h"

#define RG_ETH_BYTES       14
#define RG_VLAN_BYTES      4
#define RG_IP4_BYTES       20
#define RG_IP6_BYTES       40
#define RG_UDP_BYTES       8
#define RG_UDP_TMPL_BYTES  (RG_ETH_BYTES + RG_VLAN_BYTES + RG_IP6_BYTES + RG_UDP_BYTES)

#define RG_ETH_TYPE_IP4    0x0800
#define RG_ETH_TYPE_ARP    0x0806
#define RG_ETH_TYPE_VLAN   0x8100
#define RG_ETH_TYPE_IP6    0x86dd

#define RG_IP_PROTO_HOPOPT 0
#define RG_IP_PROTO_ICMP   1
#define RG_IP_PROTO_IGMP   2
#define RG_IP_PROTO_UDP    17
#define RG_IP_PROTO_ICMP6  58

struct rg_mac {
	uint8_t b[6];
};

/* What rg_frame_read verifies: nothing that the port has verified already. */
#define RG_CHECK_IP  0x01 /* IPv4 header checksum */
#define RG_CHECK_UDP 0x02 /* UDP checksum */
/* A UDP checksum that is only the pseudo-header's sum passes: the kernel left the rest to hardware
 * that a virtual link does not have (af_packet and af_xdp on veth). */
#define RG_CHECK_PARTIAL_OK 0x04

enum rg_frame_kind {
	RG_FRAME_UDP, /* payload_off and payload_len are set */
	RG_FRAME_NEIGH, /* ARP, ND solicitation or advertisement: rg_neigh_read */
	RG_FRAME_ECHO, /* ICMP or ICMPv6 echo request: rg_echo_reply */
	RG_FRAME_GROUP_QUERY, /* IGMP or MLD query: repeat the reports */
};

struct rg_frame {
	struct rg_addr src, dst; /* empty for ARP; port 0 unless UDP */
	uint32_t payload_off; /* of UDP */
	uint16_t payload_len;
	uint16_t vlan; /* 0: no tag, or a priority tag */
	uint16_t l3_off; /* of the IP header, or of the ARP message */
	uint16_t l4_off;
	uint32_t end; /* of the IP packet: what follows is Ethernet padding */
	uint8_t kind; /* enum rg_frame_kind */
	uint8_t ttl; /* or hop limit */
	uint8_t dscp;
};

/* -RG_V_SHORT, _ETH_TYPE, _IP_HEADER, _IP_FRAGMENT, _IP_CHECKSUM, _IP_PROTOCOL, _UDP_LENGTH,
 * _UDP_CHECKSUM. checks: RG_CHECK_*. */
int rg_frame_read(const uint8_t *p, uint32_t len, unsigned checks, struct rg_frame *out);

/* What all datagrams of one sender to one endpoint have in common behind the Ethernet addresses: that
 * it is IPv4 without options and no fragment, and where from and where to. */
struct rg_udp4_id {
	uint64_t w[4];
};

#define RG_UDP4_BYTES   (RG_ETH_BYTES + RG_IP4_BYTES + RG_UDP_BYTES) /* of such headers */
#define RG_UDP4_ID_FROM 8 /* first byte of a frame that is looked at */

/* p: RG_UDP4_BYTES at least, of whatever kind. */
static inline struct rg_udp4_id rg_udp4_id(const uint8_t *p)
{
	/* neither MAC addresses, DSCP, lengths, ident, TTL nor the header checksum */
	static const union {
		uint8_t b[sizeof(struct rg_udp4_id)];
		uint64_t w[4];
	} mask = {{0, 0, 0, 0, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0xff, 0, 0, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0}};
	struct rg_udp4_id id;

	memcpy(id.w, p + RG_UDP4_ID_FROM, sizeof(id.w));
	for (unsigned i = 0; i < RG_ARRAY_LEN(id.w); i++)
		id.w[i] &= mask.w[i];
	return id;
}

static inline bool rg_udp4_same(const struct rg_udp4_id *a, const struct rg_udp4_id *b)
{
	return ((a->w[0] ^ b->w[0]) | (a->w[1] ^ b->w[1]) | (a->w[2] ^ b->w[2]) |
		       (a->w[3] ^ b->w[3])) == 0;
}

/* Bytes of the payload of a frame whose id is known to be that of UDP over IPv4; -1: its lengths
 * contradict each other, and rg_frame_read says how. */
static inline int32_t rg_udp4_payload(const uint8_t *p, uint32_t len)
{
	uint32_t total = rg_get16(p + RG_ETH_BYTES + 2);
	uint32_t udp_len = rg_get16(p + RG_ETH_BYTES + RG_IP4_BYTES + 4);

	if (total > len - RG_ETH_BYTES || udp_len < RG_UDP_BYTES || RG_IP4_BYTES + udp_len > total)
		return -1;
	return (int32_t)(udp_len - RG_UDP_BYTES);
}

/* Running ones' complement sum; all parts but the last have even length. Start with 0. */
uint64_t rg_csum_add(uint64_t sum, const uint8_t *p, size_t len);

/* Sum of the pseudo-header before the IP header's l4_len bytes of proto. */
uint64_t rg_csum_pseudo(
	const struct rg_addr *src, const struct rg_addr *dst, uint8_t proto, uint32_t l4_len);

/* A word as it stands in memory, and back. */
static inline uint16_t rg_be16(uint16_t v)
{
	uint8_t b[2];
	uint16_t n;

	rg_put16(b, v);
	memcpy(&n, b, sizeof(n));
	return n;
}

/* The sum in 16 bits, not complemented: 0xffff over data that includes its right checksum. */
static inline uint16_t rg_csum_fold(uint64_t sum)
{
	sum = (sum & UINT32_MAX) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16 & 0xffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return rg_be16((uint16_t)sum);
}

struct rg_ip {
	struct rg_addr src, dst;
	uint16_t len; /* after the IP header */
	uint8_t proto;
	uint8_t ttl; /* or hop limit */
	uint8_t dscp; /* 6 bits */
};

/* Writes 14 bytes, or 18 with a tag when vlan is not 0; returns how many. */
size_t rg_eth_write(uint8_t *p, const struct rg_mac *dst, const struct rg_mac *src, uint16_t vlan,
	uint16_t type);

/* RG_IP4_BYTES: DF set, ident 0 (RFC 6864 section 4.1), checksum computed. */
void rg_ip4_write(uint8_t *p, const struct rg_ip *ip);

/* RG_IP6_BYTES. */
void rg_ip6_write(uint8_t *p, const struct rg_ip *ip);

/* Where a UDP flow goes: filled once a destination, when its neighbour is known. */
struct rg_udp_route {
	struct rg_mac src_mac, dst_mac;
	struct rg_addr src, dst; /* ports included, same family */
	uint16_t vlan; /* 0: none */
	uint8_t ttl;
	uint8_t dscp;
};

/* The headers of a route with the lengths left out. */
struct rg_udp_tmpl {
	uint64_t ip_sum; /* of the IPv4 header */
	uint64_t pseudo_sum;
	uint8_t len; /* of b: what goes before the payload */
	uint8_t l3_off;
	uint8_t af;
	uint8_t b[RG_UDP_TMPL_BYTES];
};

void rg_udp_tmpl_init(struct rg_udp_tmpl *t, const struct rg_udp_route *r);

/* Writes t->len bytes at p, where the payload follows or another segment carries it.
 * payload_sum is rg_csum_add over the payload. The caller has checked the length against the MTU. */
void rg_udp_tmpl_write(
	const struct rg_udp_tmpl *t, uint8_t *p, uint16_t payload_len, uint64_t payload_sum);

/* The same for a port that computes the UDP checksum: the pseudo-header's sum stands in the field.
 * The IPv4 checksum is complete: it costs less than asking for it. */
void rg_udp_tmpl_write_offload(const struct rg_udp_tmpl *t, uint8_t *p, uint16_t payload_len);

#endif
