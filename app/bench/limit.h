/* SPDX-License-Identifier: BSD-3-Clause */
/* limit.h - the best loop that does only what nobody can avoid: frames go from one null port to
 * another, as testpmd forwards them. Where a cipher is part of the case, headers are read and
 * rewritten and ipsec-mb runs over the payload in between: in place for what is received, into a
 * second buffer for what is sent, one after the other for what is relayed. BENCH_LINE buffers go
 * round in FIFO order, so payloads come from memory as they do for the gateway.
 * Units: TSC cycles. Errors: 0 or -RG_E_* with a sentence. Threads: one. */
#ifndef LIMIT_H
#define LIMIT_H

#include "bench.h"
#include "rg_dgram.h"
#include "rg_key_server.h"

struct limit;

struct limit_conf {
	const struct bench_case *c;
	/* one frame as the gateway gets it, UDP over IPv4 */
	uint8_t frame[2048];
	uint32_t frame_bytes;
};

int limit_open(struct limit **out, const struct limit_conf *c, struct rg_conf_error *err);
void limit_close(struct limit *l);
const char *limit_name(const struct limit *l);
/* Cycles of a packet, over BENCH_CHUNK of them. */
double limit_run(struct limit *l);
/* The same by ipsec-mb alone, on buffers that are in the first-level cache; 0: no cipher. */
double limit_hot(struct limit *l);

#endif
