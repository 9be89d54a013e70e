/* SPDX-License-Identifier: BSD-3-Clause */
#include "gre_peer.h"
#include "rg_bytes.h"
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

#define ITERATIONS 1024
#define KEYS       32 /* remembered: a derivation takes a while */

struct known_key {
	const char *secret;
	uint32_t nonce;
	uint8_t key[32];
};

static void must(bool ok)
{
	if (!ok) {
		fprintf(stderr, "gre_peer: OpenSSL failed\n");
		abort();
	}
}

/* 256 bits; those of 128 are its first half. */
static const uint8_t *key_of(const char *secret, uint32_t nonce)
{
	static struct known_key known[KEYS];
	static unsigned next;
	struct known_key *k;
	uint8_t salt[4];

	for (k = known; k < known + KEYS; k++)
		if (k->secret && k->nonce == nonce && strcmp(k->secret, secret) == 0)
			return k->key;
	k = &known[next++ % KEYS];
	*k = (struct known_key){.secret = secret, .nonce = nonce};
	rg_put32(salt, nonce);
	must(PKCS5_PBKDF2_HMAC(secret, (int)strlen(secret), salt, 4, ITERATIONS, EVP_sha256(), 32,
		     k->key) == 1);
	return k->key;
}

void gre_cipher(const char *secret, unsigned key_bits, uint32_t nonce, uint32_t seq,
	const uint8_t *src, uint8_t *dst, size_t len)
{
	const EVP_CIPHER *type = key_bits == 256 ? EVP_aes_256_ctr() : EVP_aes_128_ctr();
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	uint8_t iv[16] = {0};
	int n;

	rg_put32(iv, seq);
	must(c && EVP_EncryptInit_ex(c, type, NULL, key_of(secret, nonce), iv) == 1);
	must(len == 0 || EVP_EncryptUpdate(c, dst, &n, src, (int)len) == 1);
	EVP_CIPHER_CTX_free(c);
}

void gre_peer_init(struct gre_peer *p, struct lab *l, struct rg_addr at, struct rg_addr to)
{
	*p = (struct gre_peer){
		.l = l,
		.at = at,
		.to = to,
		.key_bits = 128,
		.nonce = 0x01020304,
		.ssrc = 0x0ace0ac0,
		.src = 1971,
		.dst = 1968,
		.version = 1,
	};
}

static size_t write_header(const struct gre_peer *p, uint16_t type, uint8_t *out)
{
	bool sealed = p->secret && type != 0x888e;
	size_t n = 4;

	out[0] = (uint8_t)((sealed ? 0x20 : 0) | (p->no_seq ? 0 : 0x10));
	out[1] = (uint8_t)((sealed && p->key_bits == 256 ? 0x40 : 0) | p->version << 3);
	rg_put16(out + 2, type);
	if (sealed) {
		rg_put32(out + n, p->nonce);
		n += 4;
	}
	if (!p->no_seq) {
		rg_put32(out + n, p->seq);
		n += 4;
	}
	return n;
}

/* What of a kind stands before its body: EtherType, and in version 2 the VSF header. */
static uint16_t type_of(unsigned kind, unsigned version, uint8_t *vsf, size_t *n)
{
	static const uint16_t old[] = {0x88b6, 0x88b5, 0xcce0}, subtype[] = {0, 0x8000, 0x8002};

	*n = 0;
	if (kind < GRE_REDUCED)
		return (uint16_t)kind;
	if (kind == GRE_VSF)
		return 0xcce0;
	if (version < 2 && kind != GRE_BUFFER)
		return old[kind - GRE_REDUCED];
	rg_put16(vsf, 0);
	rg_put16(vsf + 2, subtype[kind - GRE_REDUCED]);
	*n = 4;
	return 0xcce0;
}

size_t gre_peer_wrap(
	struct gre_peer *p, unsigned kind, const uint8_t *body, size_t len, uint8_t *out)
{
	uint8_t head[8];
	size_t n_head, n;
	uint16_t type = type_of(kind, p->version, head, &n_head);

	n = write_header(p, type, out);
	memcpy(out + n, head, n_head);
	if (len)
		memcpy(out + n + n_head, body, len);
	if (p->secret && type != 0x888e)
		gre_cipher(
			p->secret, p->key_bits, p->nonce, p->seq, out + n, out + n, n_head + len);
	p->seq++;
	return n + n_head + len;
}

void gre_peer_send(struct gre_peer *p, unsigned kind, const uint8_t *body, size_t len)
{
	uint8_t d[LAB_BUF];

	lab_send(p->l, p->at, p->to, d, gre_peer_wrap(p, kind, body, len, d), false);
}

void gre_peer_rtcp(struct gre_peer *p, const uint8_t *more, size_t len)
{
	uint8_t b[LAB_BUF] = {0};

	rg_put16(b, p->src);
	rg_put16(b + 2, (uint16_t)(p->dst + 1));
	rg_put32(b + 4, 0x80c90001);
	rg_put32(b + 8, p->ssrc);
	rg_put32(b + 12, 0x81ca0004);
	rg_put32(b + 16, p->ssrc);
	memcpy(b + 20,
		"\x01\x06"
		"puppet",
		8);
	if (len)
		memcpy(b + 32, more, len);
	gre_peer_send(p, GRE_REDUCED, b, 32 + len);
}

void gre_peer_name(struct gre_peer *p)
{
	gre_peer_rtcp(p, NULL, 0);
}

void gre_peer_rtp(
	struct gre_peer *p, uint16_t seq, const uint8_t *ext, const uint8_t *payload, size_t len)
{
	uint8_t b[LAB_BUF];
	size_t n = 16;

	rg_put16(b, p->src);
	rg_put16(b + 2, p->dst);
	rg_put16(b + 4, ext ? 0x9021 : 0x8021);
	rg_put16(b + 6, seq);
	rg_put32(b + 8, (uint32_t)rg_rtp_ticks_from_ns(p->l->now.ns));
	rg_put32(b + 12, p->ssrc);
	if (ext) {
		rg_put32(b + n, 0x52490001);
		memcpy(b + n + 4, ext, 4);
		n += 8;
	}
	if (len)
		memcpy(b + n, payload, len);
	gre_peer_send(p, GRE_REDUCED, b, n + len);
}

void gre_peer_media(struct gre_peer *p, uint16_t seq)
{
	uint8_t b[4];

	rg_put32(b, UINT32_C(0xdead0000) | seq);
	gre_peer_rtp(p, seq, NULL, b, sizeof(b));
}

void gre_peer_keepalive(struct gre_peer *p)
{
	static const uint8_t body[] = {0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x25, 0x20};

	gre_peer_send(p, GRE_KEEPALIVE, body, sizeof(body));
}

/* The content of a decrypted datagram. */
static bool look_inside(struct gre_seen *s, const uint8_t *p, size_t len)
{
	s->kind = s->type;
	if (s->type == 0xcce0) {
		if (len < 4 || rg_get16(p) != 0)
			return false;
		s->subtype = rg_get16(p + 2);
		p += 4;
		len -= 4;
	}
	if (s->type == 0x88b5 || (s->type == 0xcce0 && s->subtype == 0x8000))
		s->kind = GRE_KEEPALIVE;
	else if (s->type == 0xcce0 && s->subtype == 0x8002)
		s->kind = GRE_BUFFER;
	else if (s->type == 0x88b6 || (s->type == 0xcce0 && s->subtype == 0))
		s->kind = GRE_REDUCED;
	if (s->kind == GRE_REDUCED) {
		if (len < 12 || (p[4] & 0xc0) != 0x80)
			return false;
		s->src = rg_get16(p);
		s->dst = rg_get16(p + 2);
		p += 4;
		len -= 4;
		s->rtcp = (p[1] & 0x7f) >= 72 && (p[1] & 0x7f) <= 77;
	}
	s->len = len;
	if (len)
		memcpy(s->body, p, len);
	return true;
}

bool gre_open(const char *secret, const uint8_t *p, size_t len, struct gre_seen *s)
{
	static uint8_t plain[LAB_BUF];
	size_t n = 4;

	memset(s, 0, offsetof(struct gre_seen, body));
	if (len < 4 || (p[0] & 0xcf) || (p[1] & 0x87))
		return false;
	s->version = p[1] >> 3;
	s->version &= 7;
	s->type = rg_get16(p + 2);
	if (p[0] & 0x20) {
		s->key_bits = p[1] & 0x40 ? 256 : 128;
		s->nonce = rg_get32(p + n);
		n += 4;
	}
	if (p[0] & 0x10) {
		s->seq = rg_get32(p + n);
		n += 4;
	}
	if (len < n || len > sizeof(plain) || (s->key_bits && !secret))
		return false;
	if (!s->key_bits)
		return look_inside(s, p + n, len - n);
	gre_cipher(secret, s->key_bits, s->nonce, s->seq, p + n, plain, len - n);
	return look_inside(s, plain, len - n);
}
