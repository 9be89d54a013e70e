/* SPDX-License-Identifier: BSD-3-Clause */
/* rg_dgram.h - one UDP payload on its way between a host and a worker.
 * Spec: none. Shape: 128 bytes. Units: bytes; host byte order.
 * Ownership: buf follows the descriptor: into rg_worker_step [take], out of it [give].
 * Threads: moved by value through rings. */
#ifndef RG_DGRAM_H
#define RG_DGRAM_H

#include "rg_addr.h"
#include "rg_buf.h"
#include "rg_time.h"

#define RG_DGRAM_HDR_MAX 64
#define RG_BURST         32 /* datagrams one step takes at most */

/* buf may have other owners (history, fan-out): the host must not write into it. */
#define RG_DGRAM_SHARED 0x01
/* Came from a file or a stream that ended: no payload, the input is over. */
#define RG_DGRAM_EOF 0x02

/* Every buffer has RG_BUF_HEADROOM writable bytes before `data`, which its sole owner may use.
 * What leaves is hdr[0..hdr_len) followed by data[0..len). A received datagram has no hdr.
 * buf.h == NULL is legal on the way out when len == 0: the datagram is all header. */
struct rg_dgram {
	struct rg_buf buf;
	uint8_t *data;
	rg_time arrival; /* in: when the host received it */
	struct rg_addr peer; /* in: source; out: destination */
	uint16_t ep; /* endpoint it came from or leaves by, see rg_plan.h */
	uint16_t len;
	uint16_t hdr_len;
	uint16_t flags; /* RG_DGRAM_* */
	uint32_t stream; /* in: which stream the endpoint belongs to, filled by the host */
	uint16_t virt_src, virt_dst; /* in, once its tunnel was opened: inner ports; of a TUN
				      * endpoint: virt_dst is the EtherType */
	/* up to here one cache line: all of a received datagram */
	uint8_t hdr[RG_DGRAM_HDR_MAX];
};

static_assert(sizeof(struct rg_dgram) == 128, "two cache lines, moved by value");

#endif
