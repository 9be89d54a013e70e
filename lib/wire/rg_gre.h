/* SPDX-License-Identifier: BSD-3-Clause */
/* rg_gre.h - the Main profile's tunnel: the GRE header in a UDP datagram, the headers between it
 * and what it carries, and the bodies of the tunnel's own messages.
 * Spec: TR-06-2:2022 sections 5.1 to 5.3 (headers), 5.6 (keep-alive), 7.3 (key and sequence) and
 * 7.6 (future nonce), RFC 8086. Buffer negotiation is libRIST's, in no specification.
 * Deviations: libRIST takes RIST versions 5 to 7; section 5.1 says to discard them, and we do.
 * Shape: a GRE header has 4 to 16 bytes when read, 8 or 12 when written. With a pre-shared key all
 * behind it is encrypted, the VSF header included, but never EAPOL.
 * Units: bytes; host byte order. Errors: readers return 0 or a negated verdict and never look past
 * len; writers return the bytes written.
 * Ownership: what is read points into the datagram [lend]. Threads: pure. */
#ifndef RG_GRE_H
#define RG_GRE_H

#include "rg_bytes.h"
#include "rg_verdict.h"

/* EtherTypes, TR-06-2 sections 5.2, 5.3, 5.6.3 and 7.5. */
#define RG_GRE_REDUCED     0x88b6 /* until 2021 */
#define RG_GRE_KEEPALIVE   0x88b5 /* until 2021 */
#define RG_GRE_VSF         0xcce0 /* from 2022 on: a VSF header follows */
#define RG_GRE_IPV4        0x0800 /* an IP datagram; libRIST's out-of-band data */
#define RG_GRE_IPV6        0x86dd /* the same, of ours and ristgo's */
#define RG_GRE_EAPOL       0x888e
#define RG_GRE_TYPE_LOWEST 0x0600 /* below it a number is a length: IEEE 802.3 */

#define RG_GRE_RV_2020     0
#define RG_GRE_RV_2021     1
#define RG_GRE_RV_2022     2

#define RG_GRE_BYTES_MAX   12 /* of a header that we write */
#define RG_GRE_MEDIA_BYTES (RG_GRE_BYTES_MAX + 8) /* with VSF header and ports */

/* Subtypes of VSF type 0, RIST: TR-06-2 section 5.2. */
#define RG_VSF_REDUCED      0x0000
#define RG_VSF_KEEPALIVE    0x8000
#define RG_VSF_FUTURE_NONCE 0x8001
#define RG_VSF_BUFFER       0x8002 /* libRIST */

struct rg_gre {
	uint32_t nonce; /* of the key, valid with has_key */
	uint32_t seq; /* counts datagrams of every kind, valid with has_seq */
	uint16_t ethertype;
	uint16_t hdr_len; /* of a header that was read */
	uint16_t key_bits; /* 128 or 256; read as 0 with RV 0 or without key: not said */
	uint8_t rv; /* RG_GRE_RV_*; 3 and 4 are read as 2, section 5.1 */
	uint8_t has_key;
	uint8_t has_seq; /* write sets it always */
	uint8_t has_csum; /* never verified, never written */
};

/* 0, -RG_V_SHORT, -RG_V_GRE_BITS, -RG_V_GRE_VERSION. The flags alone say what is there: libRIST
 * 0.2.7 sends no sequence number in clear. */
static inline int rg_gre_read(const uint8_t *p, uint16_t len, struct rg_gre *out)
{
	unsigned rv, csum_end;
	uint32_t w;

	if (len < 4)
		return -RG_V_SHORT;
	w = rg_get32(p);
	if (w & UINT32_C(0x40070000))
		return -RG_V_GRE_BITS;
	rv = w >> 19 & 7;
	if (rv > 4)
		return -RG_V_GRE_VERSION;
	out->has_csum = (uint8_t)(w >> 31);
	out->has_key = w >> 29 & 1;
	out->has_seq = w >> 28 & 1;
	csum_end = 4 + 4u * out->has_csum;
	out->hdr_len = (uint16_t)(csum_end + 4u * out->has_key + 4u * out->has_seq);
	if (len < out->hdr_len)
		return -RG_V_SHORT;
	out->rv = rv > RG_GRE_RV_2022 ? RG_GRE_RV_2022 : (uint8_t)rv;
	out->ethertype = (uint16_t)w;
	out->nonce = out->has_key ? rg_get32(p + csum_end) : 0;
	out->seq = out->has_seq ? rg_get32(p + out->hdr_len - 4) : 0;
	out->key_bits = !out->has_key || rv == RG_GRE_RV_2020 ? 0
		: w & UINT32_C(0x00400000)                    ? 256
							      : 128;
	return 0;
}

/* 8 bytes, or 12 with key: the sequence number is always there, a checksum never. */
unsigned rg_gre_write(uint8_t *p, const struct rg_gre *h);

/* The nonce as on the wire: the salt of the key, section 7.3. */
static inline void rg_gre_salt(uint8_t salt[4], uint32_t nonce)
{
	rg_put32(salt, nonce);
}

/* EtherTypes that out-of-band data may not use: those of RIST's own messages, and what is none. */
static inline bool rg_gre_type_reserved(uint16_t ethertype)
{
	return ethertype == RG_GRE_REDUCED || ethertype == RG_GRE_KEEPALIVE ||
		ethertype == RG_GRE_VSF || ethertype == RG_GRE_EAPOL ||
		ethertype < RG_GRE_TYPE_LOWEST;
}

/* The GRE header and, with RG_GRE_VSF, the VSF header of the subtype: at most 16 bytes. */
unsigned rg_gre_write_vsf(uint8_t *p, const struct rg_gre *h, uint16_t subtype);

/* All headers before RTP or RTCP, for RG_GRE_REDUCED and RG_GRE_VSF: at most RG_GRE_MEDIA_BYTES.
 * Ports: even to media, odd to RTCP, as TR-06-1 has them; src never 0, which silences libRIST. */
unsigned rg_gre_write_media(
	uint8_t *p, const struct rg_gre *h, uint16_t virt_src, uint16_t virt_dst);

/* What a GRE header carries. */
enum rg_inner_kind {
	RG_INNER_UDP, /* 4 bytes or more of RTP or RTCP: rg_rtp_is_rtcp tells by the second */
	RG_INNER_KEEPALIVE, /* rg_keepalive_read */
	RG_INNER_BUFFER, /* rg_bufneg_read */
	RG_INNER_FUTURE_NONCE, /* 4 bytes, big-endian */
	RG_INNER_EAPOL,
	RG_INNER_IPV4, /* should be an IP datagram; libRIST 0.2.12 sends damaged ones */
	RG_INNER_OOB, /* out-of-band data under an EtherType of its own */
	RG_INNER_UNKNOWN, /* a VSF type to come: RG_V_VSF_TYPE, yet a sign of life (section 5.1) */
};

struct rg_inner {
	enum rg_inner_kind kind;
	uint16_t off; /* from the start of body */
	uint16_t len;
	uint16_t virt_src; /* RG_INNER_UDP, else 0 */
	uint16_t virt_dst;
	uint16_t oob_type; /* RG_INNER_IPV4 and RG_INNER_OOB: the EtherType, else 0 */
};

/* The general case of rg_inner_read. */
int rg_inner_read_any(uint16_t ethertype, const uint8_t *body, uint16_t len, struct rg_inner *out);

/* Media and RTCP, which are nearly everything. False: it is another, or too short. */
static inline bool rg_inner_read_media(
	uint16_t ethertype, const uint8_t *body, uint16_t len, struct rg_inner *out)
{
	unsigned vsf = 0, off;

	if (ethertype == RG_GRE_VSF)
		vsf = 4;
	else if (ethertype != RG_GRE_REDUCED)
		return false;
	off = vsf + 4; /* ports */
	if (len < off + 4 || (vsf > 0 && rg_get32(body) != RG_VSF_REDUCED))
		return false;
	*out = (struct rg_inner){.kind = RG_INNER_UDP,
		.off = (uint16_t)off,
		.len = (uint16_t)(len - off),
		.virt_src = rg_get16(body + vsf),
		.virt_dst = rg_get16(body + vsf + 2)};
	return true;
}

/* body: what follows the GRE header, decrypted. 0, -RG_V_SHORT, -RG_V_GRE_TYPE. */
static inline int rg_inner_read(
	uint16_t ethertype, const uint8_t *body, uint16_t len, struct rg_inner *out)
{
	return rg_inner_read_media(ethertype, body, len, out)
		? 0
		: rg_inner_read_any(ethertype, body, len, out);
}

/* Capability flags of a keep-alive, section 5.6.3. libRIST sends B, E, N, V whatever it does. */
#define RG_CAP_MORE        0x8000 /* X */
#define RG_CAP_ROUTING     0x4000 /* R: takes traffic that is not RIST */
#define RG_CAP_BONDING     0x2000 /* B */
#define RG_CAP_ADAPTIVE    0x1000 /* A */
#define RG_CAP_FEC         0x0800 /* P */
#define RG_CAP_SEAMLESS    0x0400 /* E: ST 2022-7 */
#define RG_CAP_LOAD_SHARE  0x0200 /* L; pair splitting of newer libRIST and ristgo */
#define RG_CAP_NPD         0x0100 /* N */
#define RG_CAP_DISCONNECT  0x0080 /* D */
#define RG_CAP_RECONNECT   0x0040 /* T */
#define RG_CAP_REDUCED     0x0020 /* V */
#define RG_CAP_JSON        0x0010 /* J */
#define RG_CAP_PASSPHRASE  0x0008 /* F */

#define RG_KEEPALIVE_BYTES 8 /* without anything behind the flags */

/* Section 5.6.3 has JSON behind the flags. libRIST and ristgo have a word of flags of the Advanced
 * profile there, and read JSON as such a word: send none to them. */
struct rg_keepalive {
	uint8_t mac[6]; /* identifies the device */
	uint16_t caps; /* RG_CAP_*; the low 3 bits are reserved */
	uint32_t adv; /* valid with has_adv */
	uint8_t has_adv;
	uint16_t json_len;
	const uint8_t *json; /* begins with a brace; NULL: there is none */
};

/* The body is the same in both encapsulations. */
int rg_keepalive_read(const uint8_t *p, uint16_t len, struct rg_keepalive *out);
/* 0 when it does not fit into cap. */
unsigned rg_keepalive_write(uint8_t *p, size_t cap, const struct rg_keepalive *k);

#define RG_BUFNEG_BYTES 6

/* 0 in either time: the other one is meant. protocol is 0; a message with another value must not
 * be answered, libRIST would answer back for ever. */
struct rg_bufneg {
	uint16_t sender_max_ms; /* what the sender can still send again */
	uint16_t receiver_cur_ms; /* what the receiver buffers now */
	uint16_t protocol;
};

int rg_bufneg_read(const uint8_t *p, uint16_t len, struct rg_bufneg *out);
unsigned rg_bufneg_write(uint8_t *p, const struct rg_bufneg *b);

#endif
