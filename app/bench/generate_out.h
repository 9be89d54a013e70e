/* SPDX-License-Identifier: BSD-3-Clause */
/* generate_out.h - what a generator has for its port. A datagram is sent in the buffer it came in
 * where nobody else has that, with checksums; what the port does not take stays in line.
 * Shape: a line of fixed size; a frame that finds no room is counted. Threads: one. */
#ifndef GENERATE_OUT_H
#define GENERATE_OUT_H

#include "dpdk_priv.h"
#include "rg_ipudp.h"

#define OUT_FRAMES 128 /* a burst and what timers send beside it */

struct out {
	struct rg_dp_port *port;
	struct rte_mempool *pool; /* of frames that are copies */
	struct rte_mbuf *m[OUT_FRAMES];
	uint32_t n;
	uint64_t refused;
};

/* [take] d's buffer. */
void out_dgram(struct out *o, const struct rg_udp_tmpl *t, struct rg_dgram *d);
/* A frame. */
void out_bytes(struct out *o, const uint8_t *p, size_t n);
/* Gives the port what it takes. */
void out_flush(struct out *o);
/* What comes after it is refused. */
void out_close(struct out *o);

#endif
