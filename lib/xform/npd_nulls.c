/* SPDX-License-Identifier: BSD-3-Clause */
#include "npd_priv.h"
#include "rg_bytes.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* Sync byte, then PID 0x1fff without error, start or priority flag: a null packet with one of them
 * set would come back without it, so it stays. */
#define TS_SYNC 0x47
#define TS_NULL 0x471fff

unsigned npd_nulls_c(const uint8_t *p, unsigned cells, unsigned cell_bytes)
{
	unsigned nulls = 0;

	for (unsigned i = 0; i < cells; i++) {
		const uint8_t *cell = p + i * cell_bytes;

		if (cell[0] != TS_SYNC)
			return NPD_NO_TS;
		if (rg_get32(cell) >> 8 == TS_NULL)
			nulls |= 0x40u >> i;
	}
	return nulls;
}

#ifdef __SSE2__
/* The first 4 bytes of cell i; of the last one when there are less. */
static int head(const uint8_t *p, unsigned i, unsigned cells, unsigned cell_bytes)
{
	int v;

	memcpy(&v, p + (i < cells ? i : cells - 1) * cell_bytes, sizeof(v));
	return v;
}

/* The lanes that are as wanted under the mask; the first argument of _mm_set_epi32 is bit 3. */
static unsigned equal_bits(__m128i heads, __m128i mask, __m128i want)
{
	__m128i equal = _mm_cmpeq_epi32(_mm_and_si128(heads, mask), want);

	return (unsigned)_mm_movemask_ps(_mm_castsi128_ps(equal));
}

/* The order of the lanes is that of the bits. An eighth lane looks at the first cell again. Lanes
 * are little-endian: the sync byte is the lowest. */
unsigned npd_nulls_sse2(const uint8_t *p, unsigned cells, unsigned cell_bytes)
{
	const __m128i sync_mask = _mm_set1_epi32(0xff), sync = _mm_set1_epi32(TS_SYNC);
	const __m128i null_mask = _mm_set1_epi32(0xffffff), null = _mm_set1_epi32(0xff1f47);
	int h[RG_NPD_CELLS_MAX];
	__m128i lo, hi;

	for (unsigned i = 0; i < RG_NPD_CELLS_MAX; i++)
		h[i] = head(p, i, cells, cell_bytes);
	hi = _mm_set_epi32(h[0], h[0], h[1], h[2]);
	lo = _mm_set_epi32(h[3], h[4], h[5], h[6]);
	if ((equal_bits(hi, sync_mask, sync) & equal_bits(lo, sync_mask, sync)) != 0xf)
		return NPD_NO_TS;
	return (equal_bits(hi, null_mask, null) << 4 | equal_bits(lo, null_mask, null)) & 0x7fu &
		0x7fu << (RG_NPD_CELLS_MAX - cells);
}
#endif
