/* SPDX-License-Identifier: BSD-3-Clause */
/* rg_hex.h - packets in tests: bytes written as hex, and copies without slack behind them. */
#ifndef RG_HEX_H
#define RG_HEX_H

#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static inline uint8_t hex_digit(char c)
{
	return (uint8_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

/* Blanks are skipped; returns the number of bytes. */
static inline size_t unhex(const char *hex, uint8_t *out, size_t cap)
{
	size_t n = 0;

	while (*hex) {
		if (*hex == ' ') {
			hex++;
			continue;
		}
		if (n >= cap) /* not ck_assert: that writes to the runner for each byte */
			ck_abort_msg("more than %zu bytes of hex", cap);
		out[n++] = (uint8_t)(hex_digit(hex[0]) << 4 | hex_digit(hex[1]));
		hex += 2;
	}
	return n;
}

/* A heap copy of exactly n bytes: the address sanitizer sees a read past it. */
static inline uint8_t *exact_copy(const uint8_t *p, size_t n)
{
	uint8_t *c = malloc(n ? n : 1);

	ck_assert_ptr_nonnull(c);
	memcpy(c, p, n);
	return c;
}

#endif
