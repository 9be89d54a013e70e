/* SPDX-License-Identifier: BSD-3-Clause */
/* oob.h - text in out-of-band data. libRIST's programs send it in an IPv4 datagram with protocol
 * 252 and identification 54321, as does what is written here; what comes need not be one.
 * Spec: TR-06-2:2022 section 5.3.1 (full IP datagrams), RFC 791 section 3.1.
 * Shape: values. Units: bytes. Errors: none: what comes is never trusted. Threads: pure. */
#ifndef GW_OOB_H
#define GW_OOB_H

#include "rg_base.h"
#include "rg_oob.h"

#define GW_OOB_IPV4     0x0800 /* EtherType */
#define GW_OOB_TEXT_MAX (RG_OOB_BYTES_MAX - 20) /* in a message */

/* len <= GW_OOB_TEXT_MAX bytes of text as a message of libRIST's: sets type, len and data. */
void gw_oob_wrap(struct rg_oob *m, const char *text, size_t len);

/* The text of a message, or all there is. [lend] */
const uint8_t *gw_oob_text(const struct rg_oob *m, size_t *len);

/* Bytes as they may stand in a line between quotes, as many as fit wholly; cap_bytes > 0. Returns
 * how many bytes of p that were. */
size_t gw_oob_escape(const uint8_t *p, size_t len, char *out, size_t cap_bytes);

#endif
