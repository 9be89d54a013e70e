/* SPDX-License-Identifier: BSD-3-Clause */
/* npd_priv.h - the search of rg_npd_find, in C and in the instructions of the machine. */
#ifndef NPD_PRIV_H
#define NPD_PRIV_H

#include "rg_npd.h"

#define NPD_NO_TS 0x80 /* above the seven bits: a sync byte is missing */

/* Null packets among 1 to 7 cells, as in rg_npd.nulls, or NPD_NO_TS. */
unsigned npd_nulls_c(const uint8_t *p, unsigned cells, unsigned cell_bytes);

#ifdef __SSE2__
unsigned npd_nulls_sse2(const uint8_t *p, unsigned cells, unsigned cell_bytes);
#endif

static inline unsigned npd_nulls(const uint8_t *p, unsigned cells, unsigned cell_bytes)
{
#ifdef __SSE2__
	return npd_nulls_sse2(p, cells, cell_bytes);
#else
	return npd_nulls_c(p, cells, cell_bytes);
#endif
}

#endif
