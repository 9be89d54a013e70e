/* SPDX-License-Identifier: BSD-3-Clause */
/* lab.h - a DPDK host without threads: ports, pipes and tasks are the real ones, the test polls
 * them by hand with a clock of its own and stands where the worker would.
 * Every lab ends with the check that all buffers are back. */
#ifndef DPDK_LAB_H
#define DPDK_LAB_H

#include "rg_addr_text.h"
#include "tx_priv.h"

#include <check.h>

#define LAB_EPS 8

struct lab {
	struct rg_host_conf conf;
	struct rg_port_conf ports[2];
	struct rg_ep_plan eps[LAB_EPS];
	struct rg_side_plan side;
	struct rg_stream_plan stream;
	struct rg_conf_error err;
	struct rg_host *h;
	rg_time now;
};

struct rg_addr lab_addr(const char *ip, uint16_t port);

/* One port "wan" on `vdev` (its arguments included), with the addresses of the text list. */
void lab_init(struct lab *l, const char *const *addrs);
uint16_t lab_ep(struct lab *l, struct rg_addr local, struct rg_addr remote);
/* EAL and everything behind it; vdevs ends with NULL. 0 or the error of the step that failed. */
int lab_try_open(struct lab *l, const char *const *vdevs);
void lab_open(struct lab *l, const char *const *vdevs);
void lab_close(struct lab *l);

/* Moves time and polls receiver, neighbour task and transmitter until they are quiet. */
void lab_run(struct lab *l, int64_t forward_ns);
/* A datagram as a worker would give it. */
struct rg_dgram lab_dgram(struct lab *l, uint16_t ep, struct rg_addr to, uint16_t len);
void lab_give(struct lab *l, const struct rg_dgram *d);
/* What the worker would get; false: nothing. */
bool lab_take(struct lab *l, struct rg_dgram *d);
bool lab_payload_ok(const struct rg_dgram *d, uint16_t len);
void lab_free(const struct rg_dgram *d);

/* A raw frame into the port, as if somebody had sent it, and the next frame on it. */
struct rte_mbuf *lab_frame(struct lab *l, const uint8_t *bytes, size_t len);
void lab_inject(struct lab *l, struct rte_mbuf *m);
struct rte_mbuf *lab_sniff(struct lab *l);
/* Throws away what the looped port holds. */
void lab_clear(struct lab *l);
uint64_t lab_drops(const struct lab *l, enum rg_verdict v);

#endif
