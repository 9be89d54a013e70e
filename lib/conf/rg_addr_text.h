/* SPDX-License-Identifier: BSD-3-Clause */
/* rg_addr_text.h - IP addresses to text and back.
 * Spec: RFC 4291 section 2.2 (IPv6 text), RFC 5952 (its canonical form). Shape: caller's buffers.
 * Errors: parse returns false and leaves *out alone. Threads: pure. */
#ifndef RG_ADDR_TEXT_H
#define RG_ADDR_TEXT_H

#include "rg_addr.h"

#define RG_ADDR_TEXT_MAX 64 /* "[ffff:...]:65535" and the NUL */

/* An IPv4 or IPv6 address without port or brackets; out->port is set to 0. */
bool rg_addr_parse(const char *text, size_t len, struct rg_addr *out);

/* "192.0.2.1" or "2001:db8::1"; af 0 gives "any". Returns the length. */
size_t rg_addr_format_ip(const struct rg_addr *a, char out[RG_ADDR_TEXT_MAX]);

/* "192.0.2.1:5000" or "[2001:db8::1]:5000". Returns the length. */
size_t rg_addr_format(const struct rg_addr *a, char out[RG_ADDR_TEXT_MAX]);

#endif
