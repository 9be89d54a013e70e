/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include "rg_bytes.h"
#include "rg_hex.h"
#include "worker_suites.h"

struct recorded *record;
unsigned n_record;

static bool tap(struct lab *l, const struct rg_addr *from, const struct rg_addr *to,
	const uint8_t *p, size_t len)
{
	struct recorded *r = &record[n_record];

	if (n_record == RECORD_MAX)
		return false;
	n_record++;
	*r = (struct recorded){.at = l->now, .from = *from, .to = *to, .len = len};
	memcpy(r->p, p, len < RECORD_BYTES ? len : RECORD_BYTES);
	return false;
}

void record_start(struct lab *l)
{
	static struct recorded kept[RECORD_MAX];

	record = kept;
	n_record = 0;
	l->tap = tap;
}

unsigned record_count(const struct rg_addr *from, const struct rg_addr *to)
{
	unsigned n = 0;

	for (unsigned i = 0; i < n_record; i++)
		n += (!from || rg_addr_eq(&record[i].from, from)) &&
			(!to || rg_addr_eq(&record[i].to, to));
	return n;
}

const uint8_t *record_rtcp(const struct rg_addr *from, uint8_t type, int count, unsigned n)
{
	for (unsigned i = 0; i < n_record; i++) {
		const struct recorded *r = &record[i];

		if (!rg_addr_eq(&r->from, from))
			continue;
		for (size_t o = 0; o + 4 <= r->len; o += 4u + 4u * rg_get16(r->p + o + 2))
			if (r->p[o + 1] == type && (count < 0 || (r->p[o] & 31) == count) &&
				n-- == 0)
				return r->p + o;
	}
	return NULL;
}

unsigned record_rtcp_count(const struct rg_addr *from, uint8_t type, int count)
{
	unsigned n = 0;

	while (record_rtcp(from, type, count, n))
		n++;
	return n;
}

void send_hex(struct lab *l, struct rg_addr from, struct rg_addr to, const char *hex)
{
	uint8_t p[1500];
	size_t len = unhex(hex, p, sizeof(p));

	lab_send(l, from, to, p, len, false);
}

void send_rtp(struct lab *l, struct rg_addr from, struct rg_addr to, uint32_t ssrc, uint16_t seq)
{
	uint8_t p[16] = {0x80, 33};

	rg_put16(p + 2, seq);
	rg_put32(p + 4, (uint32_t)rg_rtp_ticks_from_ns(l->now.ns));
	rg_put32(p + 8, ssrc);
	rg_put32(p + 12, UINT32_C(0xdead0000) | seq);
	lab_send(l, from, to, p, sizeof(p), false);
}

void send_name(struct lab *l, struct rg_addr from, struct rg_addr to, uint32_t ssrc)
{
	uint8_t p[24] = {0x80, 201, 0, 1};

	rg_put32(p + 4, ssrc);
	rg_put32(p + 8, UINT32_C(0x81ca0003));
	rg_put32(p + 12, ssrc);
	memcpy(p + 16,
		"\x01\x05"
		"abcde",
		7);
	lab_send(l, from, to, p, sizeof(p), false);
}
