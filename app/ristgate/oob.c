/* SPDX-License-Identifier: BSD-3-Clause */
#include "oob.h"

#include <stdio.h>

#include "rg_bytes.h"

#define HEADER_BYTES 20
#define PROTOCOL     252
#define IDENT        54321
#define TTL          64

/* RFC 1071, over a header whose own sum is 0. */
static uint16_t header_sum(const uint8_t *p)
{
	uint32_t sum = 0;

	for (unsigned i = 0; i < HEADER_BYTES; i += 2)
		sum += rg_get16(p + i);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t) ~(sum + (sum >> 16));
}

void gw_oob_wrap(struct rg_oob *m, const char *text, size_t len)
{
	static const uint8_t self[4] = {127, 0, 0, 1}; /* as libRIST has it */
	uint8_t *p = m->data;

	m->type = GW_OOB_IPV4;
	m->len = (uint16_t)(HEADER_BYTES + len);
	memset(p, 0, HEADER_BYTES);
	p[0] = 0x45; /* version 4, 5 words of header */
	rg_put16(p + 2, m->len);
	rg_put16(p + 4, IDENT);
	p[6] = 0x40; /* no fragments */
	p[8] = TTL;
	p[9] = PROTOCOL;
	memcpy(p + 12, self, 4);
	memcpy(p + 16, self, 4);
	rg_put16(p + 10, header_sum(p));
	memcpy(p + HEADER_BYTES, text, len);
}

/* Bytes of header before the text of a message; 0: it is none. */
static size_t header_of(const struct rg_oob *m, size_t *total)
{
	const uint8_t *p = m->data;
	size_t header;

	if (m->type != GW_OOB_IPV4 || m->len < HEADER_BYTES || p[0] >> 4 != 4)
		return 0;
	header = (p[0] & 0xfu) * 4;
	*total = rg_get16(p + 2);
	if (header < HEADER_BYTES || header > *total || *total > m->len || p[9] != PROTOCOL ||
		rg_get16(p + 4) != IDENT)
		return 0;
	return header;
}

const uint8_t *gw_oob_text(const struct rg_oob *m, size_t *len)
{
	size_t total = m->len, header = header_of(m, &total);

	*len = header ? total - header : m->len;
	return m->data + header;
}

size_t gw_oob_escape(const uint8_t *p, size_t len, char *out, size_t cap_bytes)
{
	size_t n = 0, i = 0;

	for (; i < len; i++) {
		bool plain = p[i] >= ' ' && p[i] <= '~';
		bool quoted = p[i] == '"' || p[i] == '\\';
		size_t wants = quoted ? 2 : plain ? 1 : 4;

		if (n + wants >= cap_bytes)
			break;
		if (plain && !quoted)
			out[n] = (char)p[i];
		else
			snprintf(out + n, cap_bytes - n, quoted ? "\\%c" : "\\x%02x", p[i]);
		n += wants;
	}
	out[n] = '\0';
	return i;
}
