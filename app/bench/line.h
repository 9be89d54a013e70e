/* SPDX-License-Identifier: BSD-3-Clause */
/* line.h - frames on their way to the gateway, as a NIC keeps them: buffers that the driver gave it
 * are written past the caches and handed over in order.
 * Shape: two rings of fixed size. Units: rg_time. Errors: a frame that finds no empty buffer is
 * counted, and the case fails. Ownership: the line's, until they are taken. Threads: one. */
#ifndef LINE_H
#define LINE_H

#include <rte_mbuf.h>

#include "rg_ipudp.h"
#include "rg_time.h"

struct line_frame {
	struct rte_mbuf *m;
	rg_time at; /* when it is there */
};

struct line {
	struct rte_mbuf **empty;
	struct line_frame *frames;
	uint32_t mask;
	uint32_t empty_head, empty_tail; /* free running */
	uint32_t head, tail;
	uint64_t refused;
};

int line_open(struct line *l);
void line_close(struct line *l);
/* Fresh buffers of the gateway's pool. [take] */
void line_refill(struct line *l, struct rte_mbuf *const *m, unsigned n);
uint32_t line_empty(const struct line *l);
/* A datagram of hdr and data in the headers of t, with its checksums found good by the port. */
void line_send(struct line *l, rg_time at, const struct rg_udp_tmpl *t, const uint8_t *hdr,
	uint32_t hdr_len, const uint8_t *data, uint32_t len);
/* [give] What is there by now. */
unsigned line_take(struct line *l, rg_time now, struct rte_mbuf **m, unsigned cap);

/* Copies n bytes, rounded up to 16, and leaves none of them in the caches; dst is aligned to 16. */
void line_copy(uint8_t *dst, const uint8_t *src, size_t n);

#endif
