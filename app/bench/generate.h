/* SPDX-License-Identifier: BSD-3-Clause */
/* generate.h - source and sink of a gateway that runs in another process: over a port of DPDK it
 * gets RIST at 10.9.0.2 from 10.9.0.3, and gives plain UDP to 10.9.0.9, in real time.
 * Flow i goes to UDP port 1024 + 2i and comes back at 42000 + i.
 * Units: rg_time. Errors: 0 or -RG_E_* with a sentence. Threads: one. */
#ifndef GENERATE_H
#define GENERATE_H

#include "bench.h"

/* Prints what was sent and what came back. */
int generate_run(const struct bench_conf *conf, struct rg_conf_error *err);

#endif
