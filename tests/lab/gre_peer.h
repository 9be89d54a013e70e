/* SPDX-License-Identifier: BSD-3-Clause */
/* gre_peer.h - a peer of the Main profile that a test plays: bytes written by hand after TR-06-2
 * and libRIST's captures, keys and cipher by OpenSSL. Nothing of lib/ makes what it sends or reads
 * what it gets.
 * Shape: fields are changed by the test as it likes. */
#ifndef GRE_PEER_H
#define GRE_PEER_H

#include "lab.h"

/* What a datagram holds; below 0x10000: that EtherType, whatever the version. */
enum gre_kind {
	GRE_REDUCED = 0x10000, /* ports, then RTP or RTCP */
	GRE_KEEPALIVE,
	GRE_BUFFER, /* buffer negotiation, version 2 only */
	GRE_VSF, /* body begins with the VSF header */
};

struct gre_peer {
	struct lab *l;
	struct rg_addr at, to;
	const char *secret; /* NULL: in clear */
	unsigned key_bits;
	uint32_t nonce, seq;
	uint32_t ssrc;
	uint16_t src, dst; /* inner ports; RTCP goes to dst + 1 */
	unsigned version;
	bool no_seq; /* libRIST 0.2.7 in clear */
};

void gre_peer_init(struct gre_peer *p, struct lab *l, struct rg_addr at, struct rg_addr to);
/* Writes the datagram, returns its length. */
size_t gre_peer_wrap(
	struct gre_peer *p, unsigned kind, const uint8_t *body, size_t len, uint8_t *out);
void gre_peer_send(struct gre_peer *p, unsigned kind, const uint8_t *body, size_t len);
/* Empty RR and SDES "puppet", then more. */
void gre_peer_rtcp(struct gre_peer *p, const uint8_t *more, size_t len);
void gre_peer_name(struct gre_peer *p);
/* Payload 0xdead and the number. */
void gre_peer_media(struct gre_peer *p, uint16_t seq);
/* Any RTP payload, ext: the four bytes behind "RI" and length, NULL: no extension. */
void gre_peer_rtp(
	struct gre_peer *p, uint16_t seq, const uint8_t *ext, const uint8_t *payload, size_t len);
void gre_peer_keepalive(struct gre_peer *p);

/* A datagram of the other side, taken apart and decrypted. */
struct gre_seen {
	unsigned version; /* RV */
	unsigned key_bits; /* 0: clear */
	uint32_t nonce, seq;
	uint16_t type; /* EtherType */
	uint16_t subtype; /* of VSF */
	unsigned kind; /* enum gre_kind, or the EtherType */
	uint16_t src, dst; /* GRE_REDUCED */
	bool rtcp;
	size_t len;
	uint8_t body[LAB_BUF]; /* behind ports and VSF header */
};

/* False: no GRE, or not understood with this secret. */
bool gre_open(const char *secret, const uint8_t *p, size_t len, struct gre_seen *s);

/* AES-CTR of TR-06-2 section 7.3 under the key of a secret and a nonce. */
void gre_cipher(const char *secret, unsigned key_bits, uint32_t nonce, uint32_t seq,
	const uint8_t *src, uint8_t *dst, size_t len);

#endif
