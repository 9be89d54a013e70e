/* SPDX-License-Identifier: BSD-3-Clause */
#include "npd_priv.h"

#define ALL_CELLS 0x7f

/* No payload of 7 cells or less is whole cells of both sizes. 0: of none. */
static unsigned cell_bytes_of(uint16_t len)
{
	if (len % RG_NPD_CELL_BYTES == 0)
		return RG_NPD_CELL_BYTES;
	return len % RG_NPD_CELL204_BYTES == 0 ? RG_NPD_CELL204_BYTES : 0;
}

bool rg_npd_find(const uint8_t *payload, uint16_t len, struct rg_npd *out)
{
	unsigned bytes = cell_bytes_of(len), nulls;

	*out = (struct rg_npd){0};
	if (len == 0 || bytes == 0 || len / bytes > RG_NPD_CELLS_MAX)
		return false;
	nulls = npd_nulls(payload, len / bytes, bytes);
	if (nulls == NPD_NO_TS)
		return false;
	out->nulls = (uint8_t)nulls;
	out->ts204 = bytes == RG_NPD_CELL204_BYTES;
	return nulls != 0 && !out->ts204;
}

uint16_t rg_npd_delete(uint8_t *dst, const uint8_t *payload, uint16_t len, const struct rg_npd *npd)
{
	unsigned bytes = npd->ts204 ? RG_NPD_CELL204_BYTES : RG_NPD_CELL_BYTES;
	unsigned to = 0, bit = 0x40;

	for (unsigned from = 0; from + bytes <= len; from += bytes, bit >>= 1) {
		if (npd->nulls & bit)
			continue;
		memmove(dst + to, payload + from, bytes);
		to += bytes;
	}
	return (uint16_t)to;
}

/* Section 8.6.2: flags and continuity counter 0, contents 0xff. */
static void put_null(uint8_t *p, unsigned bytes)
{
	static const uint8_t head[] = {0x47, 0x1f, 0xff, 0x10};

	memcpy(p, head, sizeof(head));
	memset(p + sizeof(head), 0xff, bytes - sizeof(head));
}

int rg_npd_restore(
	uint8_t *dst, uint16_t cap, const uint8_t *payload, uint16_t len, const struct rg_npd *npd)
{
	unsigned nulls = npd->nulls & ALL_CELLS, kept, cells;
	unsigned bytes = len == 0 && npd->ts204 ? RG_NPD_CELL204_BYTES : cell_bytes_of(len);

	if (bytes == 0)
		return -RG_V_NPD;
	kept = len / bytes;
	cells = kept + (unsigned)__builtin_popcount(nulls);
	/* Section 8.5: too many cells, or a deleted one behind the last that is there. */
	if (cells > RG_NPD_CELLS_MAX || (nulls & ALL_CELLS >> cells) != 0)
		return -RG_V_NPD;
	if (cells * bytes > cap)
		return -RG_V_RX_TOO_LONG;
	/* From the end, so that no cell is overwritten before it has moved. */
	for (unsigned i = cells; i-- > 0;) {
		if (nulls & 0x40u >> i)
			put_null(dst + i * bytes, bytes);
		else
			memmove(dst + i * bytes, payload + --kept * bytes, bytes);
	}
	return (int)(cells * bytes);
}
