/* SPDX-License-Identifier: BSD-3-Clause */
/* dpdk_priv.h - what the files of the DPDK host share: ports, tasks, lcores and the pipes between
 * them. The picture is in docs/architecture.md.
 * Shape: everything is allocated at start from DPDK memory and never moves. Units: rg_time.
 * Threads: each field says who reads and who writes it; "start" means control, before any lcore
 * runs. A task is one writer on one lcore; what crosses lcores goes through a pipe. */
#ifndef RG_DPDK_PRIV_H
#define RG_DPDK_PRIV_H

#include "rg_host.h"
#include "rg_ipudp.h"
#include "rg_sock.h"

#include <rte_mbuf.h>
#include <rte_ring.h>

#include <pthread.h>
#include <stdatomic.h>

#define RG_DP_PIPE_SLOTS 1024 /* of a pipe, which holds one datagram less */
#define RG_DP_SLOW_SLOTS 256 /* frames that wait for the neighbour task */
#define RG_DP_EVENTS     1024
#define RG_DP_CTL        1024 /* messages between control and a worker, each way */
#define RG_DP_OOB        64 /* out-of-band datagrams between control and a worker, each way */
#define RG_DP_LEFT       256 /* frames a driver did not take yet, per port */
#define RG_DP_PENDING    1024 /* frames that wait for a next hop, per port */
#define RG_DP_DATA_OFF   200 /* room before a payload: RIST header 64, Ethernet to UDP 66 */
/* Bytes between the head of a packet buffer and its room. They shift what drivers write there, so that
 * all headers of RIST media in clear, from the second half of the Ethernet addresses to the SSRC (byte
 * 70 in the Main profile), lie in one cache line; so do those it is sent on with, before its payload. */
#define RG_DP_PACKET_SHIFT 56
#define RG_DP_KERNEL       UINT16_MAX /* rg_dp_ep.port: served by the kernel-I/O thread */

/* Counters have one writer; control reads them while they change. */
typedef _Atomic uint64_t rg_dp_counter;

static inline void rg_dp_count(rg_dp_counter *c, uint64_t n)
{
	uint64_t before = atomic_load_explicit(c, memory_order_relaxed);

	atomic_store_explicit(c, before + n, memory_order_relaxed);
}

static inline uint64_t rg_dp_counted(const rg_dp_counter *c)
{
	return atomic_load_explicit(c, memory_order_relaxed);
}

/* ---- buffers: pool.c */

struct rg_dp_pools {
	struct rte_mempool *packets; /* received frames and what workers allocate */
	struct rte_mempool *headers; /* header segments and references of shared payloads */
	struct rte_mempool *copies; /* what is encrypted into; NULL: the packet pool serves */
};

struct rg_dp_need {
	uint32_t packets, headers, copies; /* counts */
	uint32_t data_bytes; /* payload room of a packet */
	uint32_t frame_bytes; /* longest frame of any port */
};

int rg_dp_pools_open(
	struct rg_dp_pools *p, const struct rg_dp_need *need, struct rg_conf_error *err);
void rg_dp_pools_close(struct rg_dp_pools *p);
/* Buffers that somebody has. */
uint32_t rg_dp_pools_in_use(const struct rg_dp_pools *p);
struct rg_bufops rg_dp_bufops(struct rg_dp_pools *p);
void rg_dp_free_dgrams(const struct rg_dgram *d, unsigned n);
/* Zeroed, cache-line aligned; the error names what lacks. */
void *rg_dp_mem(size_t bytes, const char *what, struct rg_conf_error *err);
/* The frame in one writable segment of the packet pool, by copy where it must; NULL: pool empty,
 * the frame is gone. [take] m. */
struct rte_mbuf *rg_dp_own(struct rg_dp_pools *p, struct rte_mbuf *m);

/* ---- ports: port.c, port_fd.c, link.c */

struct rg_dp_port {
	/* start writes, all read */
	const struct rg_port_conf *conf;
	uint16_t id; /* of the ethdev */
	uint16_t index; /* in rg_host.ports */
	uint16_t rx_slots, tx_slots;
	uint32_t holds; /* buffers the driver keeps beside its descriptors */
	uint32_t mtu;
	uint32_t n_addrs;
	struct rg_prefix addrs[RG_PORT_ADDRS_MAX + 1]; /* configured, then the link-local one */
	uint64_t tx_offloads;
	uint8_t mac[6];
	bool promiscuous; /* made so by us: frames for others come in, too */
	bool partial_sums; /* peers' kernels may leave only the pseudo-header sum */
	bool configured;
	bool one_pool; /* the driver copies what comes in buffers of another pool than it receives into */
	bool reconnects; /* its link comes and goes with a peer process, see link.c */
	bool dials; /* and this side has to call */
	int fd; /* readable when frames wait, -1: the driver has none */
	uint16_t tx_task;
	atomic_bool up; /* interrupt thread: rw once started, tasks: ro */
	uint32_t patience; /* interrupt thread: ticks until the next call */
};

/* Looks the device up and says what it needs; nothing is changed yet. */
int rg_dp_port_probe(struct rg_dp_port *p, const struct rg_port_conf *c, uint16_t index,
	struct rg_conf_error *err);
int rg_dp_port_start(
	struct rg_dp_port *p, const struct rg_dp_pools *pools, struct rg_conf_error *err);
void rg_dp_port_stop(struct rg_dp_port *p);
/* Start and end of a port that reconnects; in between its link is followed. */
int rg_dp_link_start(struct rg_dp_port *p);
void rg_dp_link_close(struct rg_dp_port *p);

static inline bool rg_dp_port_up(const struct rg_dp_port *p)
{
	return atomic_load_explicit(&p->up, memory_order_acquire);
}

void rg_dp_port_report(const struct rg_dp_port *p, struct rg_port_report *out);
/* Address of ours, of the destination's family, in its prefix if there is one; NULL: none. */
const struct rg_addr *rg_dp_port_source(const struct rg_dp_port *p, const struct rg_addr *dst);
bool rg_dp_port_on_link(const struct rg_dp_port *p, const struct rg_addr *dst);
bool rg_dp_port_has(const struct rg_dp_port *p, const struct rg_addr *a);

/* The sockets of one family (AF_PACKET, AF_XDP) this process has open. */
struct rg_dp_fds {
	int fd[64];
	unsigned n;
};

void rg_dp_fds_scan(struct rg_dp_fds *out, int family);
/* A packet socket bound to the interface; -1: none. */
int rg_dp_fds_by_ifindex(const struct rg_dp_fds *all, unsigned ifindex);
/* One that `now` has and `before` has not; -1: none. */
int rg_dp_fds_new(const struct rg_dp_fds *before, const struct rg_dp_fds *now);

/* ---- endpoints: place.c, steer.c */

struct rg_dp_ep { /* start writes, all read */
	struct rg_addr local; /* address any: chosen by the destination */
	struct rg_addr source; /* of its group: others are not let in; af 0: any */
	uint32_t stream;
	uint16_t port; /* index into rg_host.ports, or RG_DP_KERNEL */
	uint16_t worker;
	uint8_t ttl;
	bool oob; /* an interface: its data gives way to media */
	bool ciphered; /* what comes goes to the cipher at once */
};

struct rg_dp_steer;

/* Gives every endpoint its port, worker and local address. */
int rg_dp_place(struct rg_host *h, struct rg_conf_error *err);
struct rg_dp_steer *rg_dp_steer_build(const struct rg_host *h, struct rg_conf_error *err);
/* Endpoint a datagram that came by `port` belongs to, or RG_EP_NONE. */
uint16_t rg_dp_steer_find(
	const struct rg_dp_steer *s, const struct rg_dp_port *p, const struct rg_addr *dst);
void rg_dp_steer_free(struct rg_dp_steer *s);

/* ---- senders of whom a frame came before: rx_seen.c */

#define RG_DP_SEEN_NEAR 64 /* so many stay in the first-level cache */

struct rg_dp_seen { /* rx task: rw */
	struct rg_udp4_id id; /* of its frames */
	struct rg_addr peer; /* af 0: nobody's */
	uint16_t ep;
	uint16_t port; /* index it came by */
	uint32_t stream; /* of ep */
	uint32_t pad;
};

static_assert(sizeof(struct rg_dp_seen) == RG_CACHE_LINE, "a line each");

struct rg_dp_rx;

/* Places for so many endpoints; false: no memory. */
bool rg_dp_seen_open(struct rg_dp_rx *rx, uint32_t n_eps, struct rg_conf_error *err);
/* Whose frame it is, by what rg_frame_read and steering said of the one before; NULL: they have to say
 * again. Frames with a tag, or with sums that the port did not verify, are nobody's. */
const struct rg_dp_seen *rg_dp_seen_find(
	const struct rg_dp_rx *rx, const struct rg_dp_port *p, const struct rte_mbuf *m);
/* d is what came of the frame in m, whose data still begins with Ethernet. */
void rg_dp_seen_note(struct rg_dp_rx *rx, const struct rg_dp_port *p, const uint8_t *frame,
	const struct rg_frame *f, const struct rg_dgram *d);
/* Brings the place of a frame's sender nearer. */
void rg_dp_seen_fetch(const struct rg_dp_rx *rx, const struct rte_mbuf *m);

/* ---- pipes: pipe.c */

/* A thread that sleeps and those who feed it: the sleeper stores `asleep`, then looks at its
 * pipes once more; a feeder fills the pipe, then looks at `asleep`. */
struct rg_dp_sleeper {
	atomic_uint asleep; /* sleeper: rw, feeders: rw */
	void (*wake)(void *arg); /* start writes */
	void *arg;
};

/* Datagrams between two tasks of one lcore: written and read in place, and from the beginning again
 * each time it is empty, so that they stay in the first-level cache. */
struct rg_dp_tray {
	uint32_t head, tail; /* d[head..tail) wait */
	struct rg_dgram d[RG_DP_PIPE_SLOTS];
};

/* Datagrams from task to task: a tray where both are on one lcore, an SPSC ring where not. */
struct rg_dp_pipe {
	struct rte_ring *ring; /* NULL: a tray */
	struct rg_dp_tray *tray;
	struct rg_dp_sleeper *to; /* of a ring */
	rg_dp_counter *drops; /* the producer's counters */
	enum rg_verdict full; /* why the newest are dropped when the ring is full */
};

struct rte_ring *rg_dp_ring(
	const char *kind, unsigned from, unsigned to, size_t elem_bytes, unsigned slots);
void rg_dp_nudge(struct rg_dp_sleeper *s);
/* Ring or tray; false: no memory. */
bool rg_dp_pipe_open(struct rg_dp_pipe *p, const char *kind, unsigned from, unsigned to);
/* Frees what it still holds, too. */
void rg_dp_pipe_close(struct rg_dp_pipe *p);
/* [take] d[0..n): drops and counts what does not fit. */
void rg_dp_pipe_put(struct rg_dp_pipe *p, const struct rg_dgram *d, unsigned n);
/* Room for datagrams that the producer writes itself and passes with filled: wanted are *n, *n is what
 * there is, which may be more. NULL: put them. */
struct rg_dgram *rg_dp_pipe_room(struct rg_dp_pipe *p, unsigned *n);
void rg_dp_pipe_filled(struct rg_dp_pipe *p, unsigned n);
unsigned rg_dp_pipe_count(const struct rg_dp_pipe *p);
/* True: out-of-band data that would not leave half of a pipe to media. [take] then: counted. */
bool rg_dp_gives_way(const struct rg_host *h, struct rg_dp_pipe *p, const struct rg_dgram *d);
/* [take] puts d[i] into pipes[to[i]]. */
void rg_dp_pipe_spread(
	struct rg_dp_pipe *pipes, const uint16_t *to, const struct rg_dgram *d, unsigned n);
unsigned rg_dp_pipe_get(struct rg_dp_pipe *p, struct rg_dgram *d, unsigned cap);
/* The same without a copy where that can be: up to *n datagrams, *n of them are there, in d or in the
 * pipe, where they stay until its producer's next turn. */
struct rg_dgram *rg_dp_pipe_take(struct rg_dp_pipe *p, struct rg_dgram *d, unsigned *n);
/* Frees what a ring of frames still holds, and the ring. */
void rg_dp_frames_free(struct rte_ring *r);

/* ---- lcores: lcore.c, idle.c */

struct rg_dp_task {
	const char *name;
	unsigned (*poll)(void *arg, rg_time now); /* units of work done */
	rg_time (*wakeup)(void *arg); /* NULL: only what arrives */
	void *arg;
	bool arrivals; /* its work tells that a stream is running, see idle.c */
};

struct rg_dp_lcore {
	struct rg_dp_task tasks[4]; /* start writes, lcore reads */
	uint32_t n_tasks;
	uint32_t id; /* of EAL */
	int epoll_fd, wake_fd; /* start writes */
	bool blind; /* polls a port without descriptor: sleeps must be short */
	bool running; /* control only */
	bool own_thread; /* not an EAL worker: a registered thread */
	pthread_t thread;
	struct rg_dp_sleeper sleeper; /* lcore and its feeders */
	atomic_bool quit; /* control: wo, lcore: ro */
	rg_time last_arrival; /* lcore only */
	uint32_t empty_polls;
	rg_dp_counter busy_ns, idle_ns; /* lcore: wo, control: ro */
} __rte_cache_aligned;

int rg_dp_lcore_init(struct rg_dp_lcore *l, struct rg_conf_error *err);
/* Readable means: a port of this lcore has frames. */
int rg_dp_lcore_watch(struct rg_dp_lcore *l, int fd);
int rg_dp_lcore_launch(struct rg_dp_lcore *l, struct rg_conf_error *err);
void rg_dp_lcore_join(struct rg_dp_lcore *l);
void rg_dp_lcore_fini(struct rg_dp_lcore *l);
/* What an lcore does when a round of polls found nothing. */
void rg_dp_idle(struct rg_dp_lcore *l, rg_time now);

/* ---- tasks */

struct rg_dp_rx { /* its lcore: rw; start writes all but the counters */
	struct rg_host *h;
	struct rg_dp_lcore *lcore;
	struct rg_dp_port *ports[RG_PORTS_MAX];
	uint32_t n_ports;
	struct rg_dp_pipe *workers; /* [n_workers] */
	struct rte_ring **slow; /* [n_tx] frames for the neighbour task of a transmitter */
	struct rg_dp_sleeper **slow_to;
	struct rg_dp_seen *seen; /* [seen_mask + 1]; task: rw, by the steering table of seen_by */
	uint32_t seen_mask;
	const struct rg_dp_steer *seen_by;
	rg_dp_counter drops[RG_V_COUNT]; /* task: wo, control: ro */
} __rte_cache_aligned;

struct rg_dp_worker { /* its lcore: rw; start writes all but the counters */
	struct rg_host *h;
	struct rg_dp_lcore *lcore;
	struct rg_worker *core;
	void **stream_mem; /* [n_streams], NULL: another worker's */
	struct rg_dp_pipe **in;
	uint32_t n_in;
	struct rg_dp_pipe *out; /* [n_tx + 1], the last leads to the kernel */
	struct rte_ring *events; /* to control */
	struct rte_ring *ctl_in, *ctl_out; /* from and to control */
	struct rte_ring *oob_in, *oob_out; /* from and to control */
	struct rg_engine engine; /* run NULL: no stream is encrypted */
	rg_time next_wallclock;
	bool removing;
	atomic_bool done; /* worker: wo, control: ro: every stream is gone */
	uint64_t load; /* start only: ring slots of its streams */
	rg_dp_counter drops[RG_V_COUNT]; /* task: wo, control: ro */
} __rte_cache_aligned;

struct rg_dp_txport; /* task_tx.c: leftovers and neighbours of a port */

struct rg_dp_tx { /* its lcore: rw; start writes all but the counters */
	struct rg_host *h;
	struct rg_dp_lcore *lcore;
	struct rg_dp_txport *ports[RG_PORTS_MAX]; /* by port index, NULL: another transmitter's */
	struct rg_dp_pipe **in; /* [n_workers] */
	struct rte_ring **slow; /* [n_rx] */
	rg_dp_counter drops[RG_V_COUNT]; /* task: wo, control: ro */
} __rte_cache_aligned;

/* arg: the task. */
unsigned rg_dp_rx_poll(void *arg, rg_time now);
unsigned rg_dp_worker_poll(void *arg, rg_time now);
rg_time rg_dp_worker_wakeup(void *arg);
unsigned rg_dp_tx_poll(void *arg, rg_time now);
rg_time rg_dp_tx_wakeup(void *arg);
unsigned rg_dp_neigh_poll(void *arg, rg_time now);
rg_time rg_dp_neigh_wakeup(void *arg);

int rg_dp_worker_open(struct rg_dp_worker *w, struct rg_conf_error *err);
void rg_dp_worker_close(struct rg_dp_worker *w);
int rg_dp_tx_open(struct rg_dp_tx *t, struct rg_conf_error *err);
void rg_dp_tx_close(struct rg_dp_tx *t);

/* ---- kernel ends: kernel_io.c */

struct rg_dp_kio {
	struct rg_host *h;
	struct rg_sock_set *set; /* the thread's, opened by start */
	struct rg_dp_pipe *workers; /* [n_workers] */
	struct rg_dp_pipe **in; /* [n_workers] */
	struct rte_ring *events; /* to control */
	struct rg_dp_sleeper sleeper;
	atomic_bool quit;
	pthread_t thread;
	bool running;
	rg_dp_counter drops[RG_V_COUNT];
} __rte_cache_aligned;

int rg_dp_kio_open(struct rg_dp_kio *k, struct rg_conf_error *err);
int rg_dp_kio_launch(struct rg_dp_kio *k, struct rg_conf_error *err);
void rg_dp_kio_close(struct rg_dp_kio *k);

/* ---- EAL: eal.c */

struct rg_dp_eal {
	char **args; /* EAL keeps pointers into them */
	int n;
};

int rg_dp_eal_start(struct rg_dp_eal *e, char **argv, int argc, struct rg_conf_error *err);
void rg_dp_eal_stop(struct rg_dp_eal *e);

/* A registered thread of our own, on the cores of the caller. */
int rg_dp_thread(pthread_t *t, void *(*run)(void *arg), void *arg);

/* ---- the host: host.c, layout.c */

/* Lcores and their tasks, as configured or by default; ports are dealt out to the tasks. */
int rg_dp_layout(struct rg_host *h, struct rg_conf_error *err);
/* Buffers that ports, pipes and tasks hold at most, streams apart. */
struct rg_dp_need rg_dp_layout_need(const struct rg_host *h);
/* The pipes between tasks. */
int rg_dp_wire(struct rg_host *h, struct rg_conf_error *err);
void rg_dp_unwire(struct rg_host *h);
/* Nothing waits in a pipe towards a port or the kernel. */
bool rg_dp_wire_drained(const struct rg_host *h);
void rg_dp_layout_free(struct rg_host *h);

struct rg_host {
	const struct rg_host_conf *conf; /* start writes, all read */
	struct rg_dp_eal eal; /* control only */
	struct rg_dp_pools pools;
	struct rg_dp_port ports[RG_PORTS_MAX];
	struct rg_dp_ep *eps; /* [conf->n_eps] */
	uint16_t *stream_worker; /* [conf->n_streams] */
	_Atomic(struct rg_dp_steer *) steer; /* control: wo, rx: ro */
	atomic_bool stopping; /* control: wo, workers: ro */
	uint32_t n_ports, n_lcores, n_rx, n_workers, n_tx;
	int control_fd; /* workers: wo, control: ro: a message waits in a ctl_out */
	struct rg_dp_lcore *lcores;
	struct rg_dp_rx *rx;
	struct rg_dp_worker *workers;
	struct rg_dp_tx *tx;
	struct rg_dp_kio *kio; /* NULL: no kernel end */
};

#endif
