/* SPDX-License-Identifier: BSD-3-Clause */
/* probe_ts.c - makes the transport stream: PAT, PMT, one video PID with PCR, seeded filling, null
 * packets.
 * Spec: ISO/IEC 13818-1: 2.4.3.2 (cell), 2.4.3.3 (null packets), 2.4.3.5 (PCR), 2.4.4 (PAT, PMT,
 * CRC). */
#include <endian.h>
#include <string.h>

#include "probe.h"

#define PID_PMT         0x1000
#define PID_VIDEO       0x0100
#define PID_NULL        0x1fff
#define PSI_INTERVAL_NS 90000000
#define PCR_INTERVAL_NS 25000000 /* 40 ms is DVB's limit */

static const uint8_t magic[7] = {'R', 'G', 'P', 'R', 'O', 'B', 'E'};

static uint64_t split_mix(uint64_t *state)
{
	uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static void fill_random(uint8_t *p, size_t len, uint64_t *state)
{
	for (size_t i = 0; i < len; i += 8) {
		uint64_t v = split_mix(state);

		memcpy(p + i, &v, len - i < 8 ? len - i : 8);
	}
}

static uint32_t crc32_mpeg(const uint8_t *p, size_t len)
{
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < len; i++) {
		crc ^= (uint32_t)p[i] << 24;
		for (int bit = 0; bit < 8; bit++)
			crc = (crc << 1) ^ (crc & 0x80000000u ? 0x04c11db7u : 0);
	}
	return crc;
}

static void cell_header(uint8_t *p, unsigned pid, unsigned start, unsigned control, uint8_t *cc)
{
	p[0] = 0x47;
	p[1] = (uint8_t)((start << 6) | (pid >> 8));
	p[2] = (uint8_t)pid;
	p[3] = (uint8_t)((control << 4) | (*cc & 15));
	*cc = (uint8_t)(*cc + 1);
}

static void psi_cell(uint8_t *p, unsigned pid, uint8_t *cc, const uint8_t *section, size_t len)
{
	uint32_t crc = htobe32(crc32_mpeg(section, len));

	memset(p, 0xff, PROBE_CELL);
	cell_header(p, pid, 1, 1, cc);
	p[4] = 0;
	memcpy(p + 5, section, len);
	memcpy(p + 5 + len, &crc, sizeof(crc));
}

static void pat_cell(struct probe_ts *ts, uint8_t *p)
{
	static const uint8_t pat[] = {0x00, 0xb0, 0x0d, 0x00, 0x01, 0xc1, 0x00, 0x00, 0x00, 0x01,
		0xe0 | (PID_PMT >> 8), PID_PMT & 0xff};

	psi_cell(p, 0, &ts->cc_pat, pat, sizeof(pat));
}

static void pmt_cell(struct probe_ts *ts, uint8_t *p)
{
	static const uint8_t pmt[] = {0x02, 0xb0, 0x12, 0x00, 0x01, 0xc1, 0x00, 0x00,
		0xe0 | (PID_VIDEO >> 8), PID_VIDEO & 0xff, 0xf0, 0x00, 0x1b,
		0xe0 | (PID_VIDEO >> 8), PID_VIDEO & 0xff, 0xf0, 0x00};

	psi_cell(p, PID_PMT, &ts->cc_pmt, pmt, sizeof(pmt));
}

/* Adaptation field with the PCR, then the start of a PES packet of unstated length. */
static void pcr_cell(struct probe_ts *ts, uint8_t *p, int64_t t_ns)
{
	static const uint8_t pes[] = {0, 0, 1, 0xe0, 0, 0, 0x80, 0, 0};
	uint64_t t = t_ns > 0 ? (uint64_t)t_ns : 0;
	uint64_t ticks = t / 1000 * 27 + t % 1000 * 27 / 1000;
	uint64_t base = ticks / 300 & ((UINT64_C(1) << 33) - 1), ext = ticks % 300;

	cell_header(p, PID_VIDEO, 1, 3, &ts->cc_video);
	p[4] = 7;
	p[5] = 0x10;
	p[6] = (uint8_t)(base >> 25);
	p[7] = (uint8_t)(base >> 17);
	p[8] = (uint8_t)(base >> 9);
	p[9] = (uint8_t)(base >> 1);
	p[10] = (uint8_t)((base & 1) << 7 | 0x7e | ext >> 8);
	p[11] = (uint8_t)ext;
	memcpy(p + 12, pes, sizeof(pes));
}

/* As TR-06-2 section 8.5 rebuilds it where it was left out: counter 0, filled with ones. */
static void null_cell(uint8_t *p)
{
	uint8_t cc = 0;

	memset(p, 0xff, PROBE_CELL);
	cell_header(p, PID_NULL, 0, 1, &cc);
}

void probe_ts_fill(struct probe_ts *ts, uint8_t *p, int64_t number, int64_t t_ns)
{
	uint64_t state = ts->seed * UINT64_C(0x2545f4914f6cdd1d) ^ (uint64_t)number;
	size_t cells = ts->payload_bytes / PROBE_CELL;

	fill_random(p, ts->payload_bytes, &state);
	for (size_t i = 0; i < cells; i++) {
		uint8_t *cell = p + i * PROBE_CELL;

		if (i == 0 && t_ns >= ts->next_pcr_ns) {
			pcr_cell(ts, cell, t_ns);
			ts->next_pcr_ns = t_ns + PCR_INTERVAL_NS;
		} else if (i == 1 && cells > 2 && t_ns >= ts->next_psi_ns) {
			pat_cell(ts, cell);
			pmt_cell(ts, cell + PROBE_CELL);
			ts->next_psi_ns = t_ns + PSI_INTERVAL_NS;
			i++;
		} else if (i > 0 && split_mix(&state) % 100 < ts->nulls_percent) {
			null_cell(cell);
		} else {
			cell_header(cell, PID_VIDEO, 0, 1, &ts->cc_video);
		}
	}
}

void probe_marker_write(uint8_t *p, const struct probe_marker *m)
{
	uint64_t number = htobe64((uint64_t)m->number), sent = htobe64((uint64_t)m->sent_ns);

	p += PROBE_MARKER_AT;
	memcpy(p, magic, sizeof(magic));
	p[7] = m->filler;
	memcpy(p + 8, &number, 8);
	memcpy(p + 16, &sent, 8);
}

bool probe_marker_read(const uint8_t *p, size_t len, struct probe_marker *m)
{
	uint64_t number, sent;

	if (len < PROBE_CELL || memcmp(p + PROBE_MARKER_AT, magic, sizeof(magic)) != 0)
		return false;
	p += PROBE_MARKER_AT;
	memcpy(&number, p + 8, 8);
	memcpy(&sent, p + 16, 8);
	*m = (struct probe_marker){(int64_t)be64toh(number), (int64_t)be64toh(sent), p[7] != 0};
	return m->filler || m->number >= 0;
}
