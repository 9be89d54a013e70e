/* SPDX-License-Identifier: BSD-3-Clause */
/* sink.h - what leaves the gateway: payloads for a player are checked at once, datagrams to a peer
 * are kept until it has its turn, so that its work is not between the gateway's.
 * Shape: kept datagrams are copied past the caches. Errors: what finds no room is counted, and
 * the case fails. Threads: one. */
#ifndef SINK_H
#define SINK_H

#include <rte_mbuf.h>

#include "late.h"
#include "rg_addr.h"
#include "rg_time.h"
#include "track.h"

#define SINK_BYTES 1536

struct sink_kept {
	_Alignas(RG_CACHE_LINE) uint8_t bytes[SINK_BYTES];
	struct rg_addr src, dst;
	rg_time at;
	uint32_t len;
};

struct sink {
	struct track *track;
	struct rg_addr player; /* host */
	struct late *late; /* what it asks about a payload for the player; NULL: nothing */
	struct sink_kept *kept;
	uint32_t n_kept;
	uint64_t refused;
};

int sink_open(struct sink *s, struct track *t, struct rg_addr player);
void sink_close(struct sink *s);
/* [lend] A frame; anything but UDP over IPv4 is no concern of anybody's. */
void sink_frame(struct sink *s, rg_time at, const struct rte_mbuf *m);

#endif
