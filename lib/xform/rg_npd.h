/* SPDX-License-Identifier: BSD-3-Clause */
/* rg_npd.h - null-packet deletion: MPEG-TS null packets are not sent, the receiver puts new ones
 * in their places.
 * Spec: TR-06-2:2022 sections 8.1, 8.3, 8.5 and 8.6.2, ISO/IEC 13818-1 section 2.4.3.
 * A payload is 1 to 7 transport packets ("cells" here) of 188 or 204 bytes; anything else is sent
 * as it is. What is put back is canonical, 47 1F FF 10 and then FF: continuity counter and stuffing
 * of the original are lost. libRIST up to 0.2.10 aligns the bits of a payload of less than 7 cells
 * to the low end: such payloads are refused or come back wrong, only those of 7 agree.
 * Units: bytes. Errors: restore returns a length or a negated verdict.
 * Ownership: payload [lend]; dst is the caller's. Threads: pure. */
#ifndef RG_NPD_H
#define RG_NPD_H

#include "rg_base.h"
#include "rg_verdict.h"

#define RG_NPD_CELLS_MAX     7
#define RG_NPD_CELL_BYTES    188
#define RG_NPD_CELL204_BYTES 204
#define RG_NPD_PAYLOAD_MAX   (RG_NPD_CELLS_MAX * RG_NPD_CELL204_BYTES)

/* The fields of the RTP header extension. */
struct rg_npd {
	uint8_t nulls; /* 7 bits, one a deleted cell; bit 6 is the first */
	uint8_t ts204; /* cells have 204 bytes */
};

/* Finds the null packets of a payload; out is all 0 when it is no transport stream. True when they
 * should be deleted: there are some, and cells have 188 bytes. The 16 bytes more of the others are
 * error correction that cannot be restored, so they pass through. */
bool rg_npd_find(const uint8_t *payload, uint16_t len, struct rg_npd *out);

/* Moves the cells that npd does not name together, returns their bytes: 0 when all were null.
 * dst has len bytes; it may be payload itself, but not overlap it otherwise. npd as found. */
uint16_t rg_npd_delete(
	uint8_t *dst, const uint8_t *payload, uint16_t len, const struct rg_npd *npd);

/* The payload with its null packets back, as the peer's npd says; without npd->nulls there is
 * nothing to do. Returns the length, -RG_V_NPD when payload and npd do not go together, or
 * -RG_V_RX_TOO_LONG when it exceeds cap; then dst is untouched, and section 8.5 advises to deliver
 * the payload as it is. dst may be payload, as in rg_npd_delete.
 * The size of a cell follows from len; npd says it only when no cell is left (section 8.5). */
int rg_npd_restore(
	uint8_t *dst, uint16_t cap, const uint8_t *payload, uint16_t len, const struct rg_npd *npd);

#endif
