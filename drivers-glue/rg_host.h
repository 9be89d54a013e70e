/* SPDX-License-Identifier: BSD-3-Clause */
/* rg_host.h - what a program asks of a host: run these streams over these endpoints.
 * Two hosts implement it: drivers-glue/socket (kernel sockets, no EAL, no privilege) and
 * drivers-glue/dpdk. Both do the same; only they know clocks, sockets, ports and threads.
 * Shape: start spawns the workers and returns; the calling thread stays control and polls
 * events and reports. Errors: 0 or -RG_E_* with a sentence in *err.
 * Ownership: everything in rg_host_conf stays the caller's and unchanged until stop returns.
 * Threads: all functions from the one control thread. */
#ifndef RG_HOST_H
#define RG_HOST_H

#include "rg_plan.h"
#include "rg_worker.h"

#define RG_PORT_ADDRS_MAX 8
#define RG_PORTS_MAX      16
#define RG_LCORES_MAX     64

struct rg_prefix {
	struct rg_addr addr; /* port 0 */
	uint8_t len;
};

/* One DPDK port as configured. */
struct rg_port_conf {
	char name[16]; /* ours, for streams and statistics */
	char device[64]; /* name in DPDK: net_af_packet0, 0000:3b:00.0 */
	struct rg_prefix addrs[RG_PORT_ADDRS_MAX];
	uint32_t n_addrs;
	struct rg_addr gw4, gw6; /* af 0: none */
	uint32_t mtu; /* 0: 1500 */
	uint32_t vlan; /* 0: untagged */
};

#define RG_TASK_RX      0x1
#define RG_TASK_WORKER  0x2
#define RG_TASK_TX      0x4
#define RG_TASK_CONTROL 0x8

struct rg_lcore_conf {
	uint32_t lcore;
	uint32_t tasks; /* RG_TASK_* */
};

struct rg_host_conf {
	const struct rg_ep_plan *eps;
	uint32_t n_eps;
	const struct rg_stream_plan *streams; /* streams[i].index == i */
	uint32_t n_streams;
	uint32_t buf_count; /* packet buffers, from the memory budget */
	uint32_t buf_data_bytes; /* payload room of each */
	uint64_t seed;
	/* DPDK host only */
	char **eal_argv; /* argv[0] and EAL arguments */
	int eal_argc;
	const struct rg_port_conf *ports;
	uint32_t n_ports;
	const struct rg_lcore_conf *lcores; /* none: rx, worker and tx to completion on one lcore */
	uint32_t n_lcores;
};

struct rg_port_report {
	char name[16];
	uint64_t rx_packets, rx_bytes, tx_packets, tx_bytes;
	uint64_t rx_missed, rx_errors, rx_nombuf, tx_errors;
};

struct rg_host_report {
	uint64_t bufs_total, bufs_free;
	uint64_t drops[RG_V_COUNT]; /* datagrams that reached no stream */
	uint64_t busy_ns, idle_ns; /* of the worker threads together */
	uint32_t n_ports;
	struct rg_port_report ports[RG_PORTS_MAX];
};

struct rg_host;

struct rg_host_ops {
	int (*start)(const struct rg_host_conf *c, struct rg_host **out, struct rg_conf_error *err);
	/* Next event of any stream; false: none. */
	bool (*event)(struct rg_host *h, struct rg_event *ev);
	/* Next message of any worker to control; false: none. */
	bool (*ctl_take)(struct rg_host *h, struct rg_ctl *m);
	/* A message to the worker of m->stream; false: its queue is full, nothing was taken. */
	bool (*ctl_put)(struct rg_host *h, const struct rg_ctl *m);
	/* Next out-of-band datagram that came in; false: none. */
	bool (*oob_take)(struct rg_host *h, struct rg_oob *m);
	/* Out-of-band data to the peers of a side: 0, -RG_E_NOENT (no such stream), -RG_E_AGAIN (its
	 * queue is full). What the worker does not take after that is counted as a drop. */
	int (*oob_put)(struct rg_host *h, const struct rg_oob *m);
	/* Sleeps until a worker has a message, a signal comes, or `until`. */
	void (*wait)(struct rg_host *h, rg_time until);
	/* Copy of a stream's published report (rg_report.h); false: none yet. */
	bool (*report)(struct rg_host *h, uint32_t stream, void *buf, size_t cap_bytes);
	void (*host_report)(struct rg_host *h, struct rg_host_report *out);
	/* Where an endpoint really is bound (ephemeral ports); false: not open. */
	bool (*local)(struct rg_host *h, uint32_t ep, struct rg_addr *out);
	/* BYE, flush, join threads, close, free; leaks nothing. No worker uses a key any more. */
	void (*stop)(struct rg_host *h);
};

extern const struct rg_host_ops rg_sock_host;
extern const struct rg_host_ops rg_dpdk_host;

/* Nanoseconds of CLOCK_MONOTONIC: the clock both hosts use for rg_time. */
rg_time rg_host_now(void);

/* Wall clock as nanoseconds since 1900. */
int64_t rg_host_wall_ntp_ns(void);

/* True if a side of these streams has a secret. */
bool rg_plan_encrypts(const struct rg_stream_plan *s, uint32_t n);

/* True if an output of these streams has one: its media is sealed into fresh buffers. */
static inline bool rg_plan_seals(const struct rg_stream_plan *s, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t k = 0; k < s[i].n_outputs; k++)
			if (s[i].outputs[k].kind == RG_END_RIST && s[i].outputs[k].rist.aes_bits)
				return true;
	return false;
}

/* Gives a worker what oob_put took, and counts what it refuses. */
void rg_host_oob(struct rg_worker *w, rg_time now, const struct rg_oob *m);

/* Sleeps until fd, an eventfd, is written to, a signal comes, or `until`; empties fd. */
void rg_host_sleep(int fd, rg_time until);

#endif
