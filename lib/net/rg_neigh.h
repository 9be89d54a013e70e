/* SPDX-License-Identifier: BSD-3-Clause */
/* rg_neigh.h - the messages a host on Ethernet must speak: ARP and ND in one form, echo replies,
 * and membership reports. No table and no timer: the host of a port keeps those.
 * Spec: RFC 826 and 5227 (ARP), RFC 4861 (ND), RFC 792 and 4443 (echo), RFC 1112 and 2464
 * (group addresses), RFC 2236 (IGMPv2), RFC 3376 (IGMPv3), RFC 3810 (MLDv2).
 * Shape: whole frames; writers need RG_NEIGH_FRAME_BYTES of room and do not pad to 60 bytes.
 * Units: bytes. Errors: readers return 0 or a negated verdict. Ownership: p [lend].
 * Threads: pure. */
#ifndef RG_NEIGH_H
#define RG_NEIGH_H

#include "rg_ipudp.h"

#define RG_NEIGH_FRAME_BYTES 96 /* the longest: an MLDv2 report with a tag, 94 */

enum rg_neigh_kind {
	RG_NEIGH_SOLICIT, /* who has target? */
	RG_NEIGH_ADVERT, /* target is at mac */
};

struct rg_neigh {
	struct rg_addr target; /* whose MAC is asked or told */
	struct rg_addr asker; /* any: an address probe, or an advertisement nobody asked for */
	struct rg_mac mac; /* of the speaker: asker or target */
	uint8_t kind; /* enum rg_neigh_kind */
	uint8_t has_mac; /* read: the message told mac, else mac is the Ethernet source */
	uint16_t vlan; /* 0: none */
};

/* Reads a frame of kind RG_FRAME_NEIGH: 0 or -RG_V_NEIGH. */
int rg_neigh_read(const uint8_t *p, const struct rg_frame *f, struct rg_neigh *out);

/* Writes ARP or ND by the target's family; returns the length of the frame. to == NULL: broadcast
 * or the group for it. An ARP advertisement without asker is a gratuitous ARP. */
size_t rg_neigh_write(uint8_t *p, const struct rg_neigh *n, const struct rg_mac *to);

/* Turns a frame of kind RG_FRAME_ECHO into its reply in place; returns the length of the reply,
 * or -RG_V_NEIGH: wrong checksum, IP options, or sent to a group. */
int rg_echo_reply(uint8_t *p, const struct rg_frame *f);

/* Ethernet address of a group, IPv4 or IPv6. */
struct rg_mac rg_group_mac(const struct rg_addr *group);

/* ff02::1:ffXX:XXXX, RFC 4291 section 2.7.1. */
struct rg_addr rg_solicited_node(const struct rg_addr *target);

enum rg_group_op {
	RG_GROUP_JOIN, /* state changed: now any source */
	RG_GROUP_LEAVE, /* state changed: now none */
	RG_GROUP_STILL, /* answer to a query */
};

enum rg_group_version {
	RG_GROUP_CURRENT, /* IGMPv3 or MLDv2 */
	RG_GROUP_IGMP2, /* where an IGMPv2 router asks */
};

struct rg_group_report {
	struct rg_addr group;
	struct rg_addr src; /* of the port: for IPv6 link-local, or any */
	struct rg_mac mac;
	uint16_t vlan;
	uint8_t op; /* enum rg_group_op */
	uint8_t version; /* enum rg_group_version */
};

/* Returns the length of the frame. */
size_t rg_group_report_write(uint8_t *p, const struct rg_group_report *r);

#endif
