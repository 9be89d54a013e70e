/* SPDX-License-Identifier: BSD-3-Clause */
/* gate_priv.h - state of the gateway: gate.c (its rounds), gate_open.c (how it comes to be). */
#ifndef GATE_PRIV_H
#define GATE_PRIV_H

#include "gate.h"
#include "nic.h"
#include "tx_priv.h"

struct gate {
	struct rg_host *h;
	struct rg_host_conf conf;
	struct rg_port_conf port;
	struct plan plan;
	struct rg_key_server *keys;
	struct nic nic;
	struct line *line;
	struct sink *sink;
	unsigned laps;
	rg_time now;
};

#endif
