/* SPDX-License-Identifier: BSD-3-Clause */
#include "ts_pace.h"

#define TS_BYTES    188
#define TS_SYNC     0x47
#define LATE_MAX_NS (200 * RG_NS_PER_MS) /* a longer standstill is not made up for */
#define PCR_JUMP_NS RG_NS_PER_S /* further apart: the stream was cut there */

/* The PCR of one TS packet in nanoseconds, -1 when it has none. */
static int64_t read_pcr(const uint8_t *p, uint16_t *pid)
{
	uint64_t base, ext;

	if (p[0] != TS_SYNC || !(p[3] & 0x20) || p[4] < 7 || !(p[5] & 0x10))
		return -1;
	*pid = (uint16_t)((p[1] & 0x1f) << 8 | p[2]);
	base = (uint64_t)p[6] << 25 | (uint64_t)p[7] << 17 | (uint64_t)p[8] << 9 |
		(uint64_t)p[9] << 1 | p[10] >> 7;
	ext = (uint64_t)(p[10] & 1) << 8 | p[11];
	/* 27 MHz: 27 ticks are exactly 1,000 ns */
	return (int64_t)((base * 300 + ext) * 1000 / 27);
}

void ts_pace_init(struct ts_pace *p, uint32_t bitrate_kbps)
{
	*p = (struct ts_pace){.rate_Bps = (int64_t)bitrate_kbps * 125, .fixed = bitrate_kbps > 0};
}

bool ts_pace_probe(struct ts_pace *p, const uint8_t *head, size_t len)
{
	int64_t first = -1;
	size_t first_at = 0;

	for (size_t at = 0; at + TS_BYTES <= len; at += TS_BYTES) {
		uint16_t pid;
		int64_t pcr = read_pcr(head + at, &pid);

		if (pcr < 0 || (first >= 0 && pid != p->pcr_pid))
			continue;
		if (first < 0) {
			first = pcr;
			first_at = at;
			p->pcr_pid = pid;
		} else if (pcr > first && pcr - first < PCR_JUMP_NS) {
			p->rate_Bps = (int64_t)(at - first_at) * RG_NS_PER_S / (pcr - first);
			return p->rate_Bps > 0;
		}
	}
	return false;
}

/* In two parts: whole seconds times a billion overflow within hours of file. */
static rg_time due_at(const struct ts_pace *p, uint64_t offset)
{
	int64_t bytes = (int64_t)(offset - p->pcr_at);

	return rg_time_add(p->pcr_due,
		bytes / p->rate_Bps * RG_NS_PER_S +
			bytes % p->rate_Bps * RG_NS_PER_S / p->rate_Bps);
}

static void take_pcr(struct ts_pace *p, uint64_t at, int64_t pcr)
{
	int64_t step = pcr - p->pcr_ns;
	rg_time due = due_at(p, at);

	if (p->has_pcr && step > 0 && step < PCR_JUMP_NS && at > p->pcr_at) {
		int64_t rate = (int64_t)(at - p->pcr_at) * RG_NS_PER_S / step;

		due = rg_time_add(p->pcr_due, step);
		if (rate > 0)
			p->rate_Bps = rate;
	}
	p->has_pcr = true;
	p->pcr_ns = pcr;
	p->pcr_at = at;
	p->pcr_due = due;
}

rg_time ts_pace_due(struct ts_pace *p, const uint8_t *chunk, size_t len, rg_time now)
{
	rg_time due;

	if (!p->started) {
		p->started = true;
		p->pcr_due = now;
	}
	due = due_at(p, p->offset);
	if (rg_time_diff(now, due) > LATE_MAX_NS) {
		p->pcr_due = rg_time_add(p->pcr_due, rg_time_diff(now, due));
		due = now;
	}
	for (size_t at = 0; !p->fixed && at + TS_BYTES <= len; at += TS_BYTES) {
		uint16_t pid;
		int64_t pcr = read_pcr(chunk + at, &pid);

		if (pcr >= 0 && pid == p->pcr_pid)
			take_pcr(p, p->offset + at, pcr);
	}
	p->offset += len;
	return due;
}
