/* SPDX-License-Identifier: BSD-3-Clause */
/* line.h - frames on their way to the gateway, in memory that is nobody's cache.
 * Shape: a ring of fixed size. Units: rg_time. Errors: a frame that finds no room is counted, and
 * the case fails. Threads: one that sends, one that takes. */
#ifndef LINE_H
#define LINE_H

#include <stdatomic.h>

#include "rg_ipudp.h"
#include "rg_time.h"

#define LINE_FRAME_MAX 1600

struct line_frame {
	_Alignas(RG_CACHE_LINE) uint8_t bytes[LINE_FRAME_MAX];
	rg_time at; /* when it is there */
	uint32_t len;
};

struct line {
	struct line_frame *frames;
	uint32_t mask;
	_Atomic uint32_t head, tail; /* free running */
	uint64_t refused;
};

/* slots: a power of two. */
int line_open(struct line *l, uint32_t slots);
void line_close(struct line *l);
/* A datagram of hdr and data in the headers of t. */
void line_send(struct line *l, rg_time at, const struct rg_udp_tmpl *t, const uint8_t *hdr,
	uint32_t hdr_len, const uint8_t *data, uint32_t len);
/* The next frame that is there by now, NULL: none. It stays until line_next. */
const struct line_frame *line_first(const struct line *l, rg_time now);
void line_next(struct line *l);

/* Copies n bytes, rounded up to 8, and leaves none of them in the caches, as a device writes
 * memory. dst is aligned to 8. */
void line_copy(uint8_t *dst, const uint8_t *src, size_t n);

#endif
