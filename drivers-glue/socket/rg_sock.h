/* SPDX-License-Identifier: BSD-3-Clause */
/* rg_sock.h - kernel endpoints: UDP sockets, files, stdin, stdout and TUN interfaces as one
 * datagram source and sink. Used by the socket host's worker thread and by the DPDK host's
 * kernel-I/O thread.
 * Shape: a set of endpoints with one epoll. Units: rg_time. Errors: 0 or -RG_E_* with a sentence.
 * Ownership: receive gives buffers from the bufops, send takes them.
 * Threads: one caller; rg_sock_wake from any. */
#ifndef RG_SOCK_H
#define RG_SOCK_H

#include "rg_buf.h"
#include "rg_dgram.h"
#include "rg_plan.h"
#include "rg_verdict.h"

struct rg_sock_set;

/* Opens every endpoint i with mine[i] (NULL: all). A pair gets adjacent ports, even first.
 * Multicast groups are joined, DF is set, socket buffers enlarged as far as the kernel allows.
 * An endpoint without any family serves both. A TUN interface is made, or taken as it is when it
 * exists, and brought up. On success *err is a warning or empty. */
int rg_sock_open(const struct rg_ep_plan *eps, uint32_t n_eps, const bool *mine,
	const struct rg_bufops *buf, struct rg_sock_set **out, struct rg_conf_error *err);

/* Up to cap datagrams; a file is read at its own pace (PCR, or bitrate) and ends with one
 * RG_DGRAM_EOF. A datagram of a TUN interface has its EtherType in virt_dst and no peer; when the
 * interface is deleted, its endpoint closes. Empty pool: the datagram is read and counted as
 * NO_BUFFER. */
unsigned rg_sock_recv(struct rg_sock_set *s, rg_time now, struct rg_dgram *in, unsigned cap);

/* [take] out[0..n): what the kernel refuses is dropped and counted; never blocks. Nothing but whole
 * IPv4 and IPv6 packets enters a TUN interface. */
void rg_sock_send(struct rg_sock_set *s, const struct rg_dgram *out, unsigned n);

/* Sleeps until an endpoint is readable, rg_sock_wake, or `until`; a file that paces itself
 * shortens the sleep. Returns at once when until <= now. */
void rg_sock_wait(struct rg_sock_set *s, rg_time now, rg_time until);

/* Ends a wait from another thread. */
void rg_sock_wake(struct rg_sock_set *s);

/* Bound address of an endpoint. */
bool rg_sock_local(const struct rg_sock_set *s, uint32_t ep, struct rg_addr *out);

/* A file or pipe output that takes no more (closed, disk full): its stream, once; false: none. */
bool rg_sock_failed(struct rg_sock_set *s, uint32_t *stream);

/* Counters of datagrams that died here, [RG_V_COUNT]; another thread reads them with relaxed
 * atomic loads. */
const uint64_t *rg_sock_drops(const struct rg_sock_set *s);

/* Interfaces made by rg_sock_open go with it. */
void rg_sock_close(struct rg_sock_set *s);

#endif
