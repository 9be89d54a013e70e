/* SPDX-License-Identifier: BSD-3-Clause */
/* rg_event.h - state changes worth a line in the log; lib/ never formats text itself.
 * Spec: none. Shape: a value. Ownership: none. Threads: read by control through the host. */
#ifndef RG_EVENT_H
#define RG_EVENT_H

#include "rg_addr.h"

enum rg_event_kind {
	RG_EVENT_FLOW_NEW, /* a receiver's flow opened */
	RG_EVENT_FLOW_LOST, /* silent for the session timeout */
	RG_EVENT_FLOW_RESTART, /* same source, new numbering */
	RG_EVENT_PEER_NEW, /* a sender's receiver appeared */
	RG_EVENT_PEER_LOST,
	RG_EVENT_PEER_MOVED, /* a peer goes on from another address */
	RG_EVENT_WRONG_SECRET, /* what a peer sends cannot be read with ours */
	RG_EVENT_NOT_ENCRYPTED, /* a peer sends in clear, and a secret is configured */
	RG_EVENT_ENCRYPTED, /* a peer encrypts, and no secret is configured */
	RG_EVENT_SEQ_LIMIT, /* 16 bits: rate x buffer passed 2^15 packets */
	RG_EVENT_INPUT_END, /* file or stream ended, and everything held was sent on */
	RG_EVENT_OUTPUT_FAILED, /* from the host: a file or pipe takes no more (EPIPE, disk full) */
};

#define RG_EVENT_KINDS (RG_EVENT_OUTPUT_FAILED + 1)

struct rg_event {
	enum rg_event_kind kind;
	uint32_t stream;
	uint32_t flow_id;
	struct rg_addr peer;
};

#endif
