/* SPDX-License-Identifier: BSD-3-Clause */
#include "mangle.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHANGES_MAX  8
#define EXTEND_MAX   64
#define LINE_MAX_LEN 4096
#define SHORT_BYTES  200 /* no media packet is shorter: control, rare beside media */
#define NONCES       8 /* forged ones that come again and again */

/* SplitMix64 */
static uint64_t draw(struct mangle *m)
{
	uint64_t z = m->random += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

size_t mangle_below(struct mangle *m, size_t n)
{
	return (size_t)((draw(m) >> 32) * n >> 32);
}

static void fill(struct mangle *m, uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		p[i] = (uint8_t)(draw(m) >> 56);
}

/* "NAME LENGTH HEX": the beginning of a packet, filled up to its length. */
static bool parse_packet(struct mangle *m, char *line, const char *prefer)
{
	struct packet *p = &m->packets[m->n_packets];
	char name[64];
	unsigned len;
	int at = 0;
	size_t n = 0;

	if (m->n_packets == MANGLE_PACKETS || sscanf(line, "%63s %u %n", name, &len, &at) < 2)
		return false;
	p->len = (uint16_t)(len < MANGLE_LONGEST ? len : MANGLE_LONGEST);
	p->preferred = strstr(name, prefer) != NULL;
	fill(m, p->data, p->len);
	for (; n < p->len && sscanf(line + at + 2 * n, "%2hhx", &p->data[n]) == 1; n++)
		;
	m->n_packets++;
	m->n_preferred += p->preferred;
	return n > 0;
}

static int by_preference(const void *a, const void *b)
{
	const struct packet *x = a, *y = b;

	return y->preferred - x->preferred;
}

bool mangle_load(struct mangle *m, const char *path, const char *prefer)
{
	FILE *in = fopen(path, "re");
	char line[LINE_MAX_LEN];
	bool ok = in != NULL;

	while (ok && fgets(line, sizeof(line), in))
		ok = line[0] == '#' || parse_packet(m, line, prefer);
	if (in)
		(void)fclose(in);
	qsort(m->packets, m->n_packets, sizeof(m->packets[0]), by_preference);
	return ok && m->n_packets > 0;
}

void mangle_hear(struct mangle *m, const uint8_t *p, size_t len)
{
	/* media leave half of the places to control */
	size_t room = len < SHORT_BYTES ? MANGLE_HEARD : MANGLE_HEARD / 2;
	struct packet *to = &m->heard[m->n_heard];

	if (m->n_heard >= room || len == 0 || len > MANGLE_LONGEST)
		return;
	to->len = (uint16_t)len;
	memcpy(to->data, p, len);
	m->n_heard++;
}

/* What a tunnel's datagram begins with, TR-06-2 section 5.1: flags, EtherType, and by the flags
 * checksum, nonce and sequence number. */
struct outer {
	size_t nonce_at, seq_at; /* 0: it has none */
	size_t inner_at; /* RTP or RTCP, 0: none that could be read */
};

/* False: Simple, Advanced or noise. */
static bool read_outer(const uint8_t *p, size_t len, struct outer *o)
{
	uint16_t type = (uint16_t)(len > 4 ? p[2] << 8 | p[3] : 0);
	size_t at = len > 4 && p[0] & 0x80 ? 8 : 4;

	*o = (struct outer){0};
	if (type != 0x88b6 && type != 0x88b5 && type != 0xcce0 && type != 0x888e)
		return false;
	if (p[0] & 0x20) {
		o->nonce_at = at;
		at += 4;
	}
	if (p[0] & 0x10) {
		o->seq_at = at;
		at += 4;
	}
	if (!o->nonce_at && type == 0x88b6)
		o->inner_at = at + 4; /* behind the ports */
	if (!o->nonce_at && type == 0xcce0)
		o->inner_at = at + 8; /* and the VSF header */
	return at <= len;
}

/* The stream's own SSRC where a media or a control packet has it. */
static void forge_ssrc(struct mangle *m, uint8_t *p, size_t len)
{
	uint32_t ssrc = htonl(m->ssrc | (uint32_t)mangle_below(m, 2));
	size_t at = len > 1 && p[1] >= 192 && p[1] <= 223 ? 4 : 8;

	if (m->ssrc && len >= at + sizeof(ssrc))
		memcpy(p + at, &ssrc, sizeof(ssrc));
}

/* Another nonce: one that never comes again, one of a few, or the stream's own; and a sequence
 * number of the stream's, as far as it was overheard. A well-formed header before garbage. */
static void forge_key(struct mangle *m, uint8_t *p, const struct outer *o)
{
	size_t kind = mangle_below(m, 4);
	const struct packet *heard = m->n_heard ? &m->heard[mangle_below(m, m->n_heard)] : NULL;
	struct outer of;

	if (heard && read_outer(heard->data, heard->len, &of) && of.nonce_at && o->seq_at) {
		memcpy(p + o->seq_at, heard->data + of.seq_at, 4);
		if (kind == 0) {
			memcpy(p + o->nonce_at, heard->data + of.nonce_at, 4);
			return;
		}
	}
	if (kind == 1)
		memset(p + o->nonce_at, 0x11 * (int)(1 + mangle_below(m, NONCES)), 4);
	else
		fill(m, p + o->nonce_at, 4);
	if (mangle_below(m, 4) == 0)
		p[1] ^= 0x40; /* H: the other length of keys */
}

/* As if from somebody who knows a little of the stream. True: it is best left as it is. */
static bool forge(struct mangle *m, uint8_t *p, size_t len)
{
	struct outer o;

	if (!read_outer(p, len, &o)) {
		forge_ssrc(m, p, len);
		return false;
	}
	if (o.nonce_at)
		forge_key(m, p, &o);
	else if (o.inner_at && o.inner_at < len)
		forge_ssrc(m, p + o.inner_at, len - o.inner_at);
	return o.nonce_at != 0;
}

static size_t change(struct mangle *m, uint8_t *p, size_t len)
{
	size_t n;

	switch (mangle_below(m, 3)) {
	case 0:
		for (n = 1 + mangle_below(m, CHANGES_MAX); n > 0; n--)
			p[mangle_below(m, mangle_below(m, 2) && len > 32 ? 32 : len)] =
				(uint8_t)draw(m);
		return len;
	case 1:
		return mangle_below(m, len);
	default:
		n = 1 + mangle_below(m, EXTEND_MAX);
		if (n > MANGLE_LONGEST - len)
			n = MANGLE_LONGEST - len;
		fill(m, p + len, n);
		return len + n;
	}
}

size_t mangle_make(struct mangle *m, uint8_t p[MANGLE_LONGEST])
{
	const struct packet *real;
	bool heard;
	size_t len, n;

	if (mangle_below(m, 3) == 0) {
		len = mangle_below(m, MANGLE_LONGEST + 1);
		fill(m, p, len);
		return len;
	}
	heard = m->n_heard && mangle_below(m, 4) == 0;
	n = mangle_below(m, 2) && m->n_preferred ? m->n_preferred : m->n_packets;
	real = heard ? &m->heard[mangle_below(m, m->n_heard)] : &m->packets[mangle_below(m, n)];
	len = real->len;
	memcpy(p, real->data, len);
	if (heard && mangle_below(m, 2))
		return len; /* a replay, bit for bit */
	if (mangle_below(m, 2) && forge(m, p, len))
		return len;
	return change(m, p, len);
}
