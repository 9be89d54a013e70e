/* SPDX-License-Identifier: BSD-3-Clause */
/* nic.h - what stands between line and sink and the gateway's port: descriptors with empty buffers,
 * which frames are written into past the caches, and frames that were sent, whose buffers the
 * driver gets back when as many were sent after them as a NIC has descriptors.
 * Shape: rings of fixed size. Units: rg_time. Errors: a frame that finds no buffer waits.
 * Ownership: of all buffers in it. Threads: one. */
#ifndef NIC_H
#define NIC_H

#include <rte_mbuf.h>

#include "line.h"
#include "sink.h"

#define NIC_DESCS    1024
#define NIC_SLOTS    8192 /* power of two */
#define NIC_FREE_CAP 128 /* buffers that a driver gives back at once */

struct nic_frame {
	struct rte_mbuf *m;
	rg_time at;
};

struct nic {
	struct rte_ring *in, *out; /* the port's */
	struct rte_mempool *pool;
	struct rte_mbuf *empty[NIC_SLOTS], *sent[NIC_SLOTS];
	struct nic_frame ready[NIC_SLOTS];
	uint32_t empty_head, empty_tail, sent_head, sent_tail; /* free running */
	uint32_t ready_head, ready_tail;
	uint64_t starved; /* the pool was empty */
};

/* Fills the descriptors. */
void nic_start(struct nic *n, struct rte_mempool *pool);
void nic_close(struct nic *n);
/* Frames of the line that are there by then, `most` of them, are written into buffers. */
void nic_receive(struct nic *n, struct line *l, rg_time until, unsigned most);
/* A burst of those that are there by now to the port; returns how many. */
unsigned nic_deliver(struct nic *n, rg_time now);
bool nic_waits(const struct nic *n, rg_time now);
/* The driver's part, for n_taken frames that the port handed out: as many fresh buffers, and back
 * to the pool with what was sent. */
void nic_serve(struct nic *n, unsigned n_taken);
/* What the port sent is shown to the sink. */
void nic_send(struct nic *n, struct sink *s, rg_time now);

#endif
