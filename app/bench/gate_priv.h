/* SPDX-License-Identifier: BSD-3-Clause */
/* gate_priv.h - state of the gateway: gate.c (its rounds), gate_open.c (how it comes to be). */
#ifndef GATE_PRIV_H
#define GATE_PRIV_H

#include "gate.h"
#include "tx_priv.h"

#define GATE_SENT    8192 /* power of two */
#define GATE_TX_RING 1024 /* frames a NIC has sent before their buffers come back */

struct gate {
	struct rg_host *h;
	struct rg_host_conf conf;
	struct rg_port_conf port;
	struct plan plan;
	struct rg_key_server *keys;
	struct rte_ring *in, *out; /* the port's: what comes, what goes */
	struct line *line;
	struct sink *sink;
	rg_time now;
	struct rte_mbuf *sent[GATE_SENT];
	uint32_t sent_head, sent_tail;
	uint64_t starved; /* the pool was empty */
};

#endif
