/* SPDX-License-Identifier: BSD-3-Clause */
/* sock_priv.h - the endpoint set from inside. */
#ifndef SOCK_PRIV_H
#define SOCK_PRIV_H

#include "rg_sock.h"
#include <sys/socket.h>

#define SOCK_BURST     32
#define SOCK_BUF_BYTES (16 << 20)

struct sock_in; /* file or stdin, sock_file_in.c */
struct sock_out; /* file or stdout, sock_file_out.c */
struct sock_udp_in; /* what was received and is not cut yet, sock_udp_in.c */

struct sock_ep {
	int fd; /* -1: not ours or closed */
	bool ready; /* epoll said so, and nothing said otherwise since */
	uint16_t id;
	enum rg_ep_kind kind;
	uint32_t stream;
	struct rg_addr local;
	unsigned ifindex; /* of miface: scope of link-local addresses; or the TUN interface */
	bool v6; /* an IPv6 socket; one that serves both families sees IPv4 mapped */
	bool joined; /* the kernel leaves datagrams together here */
	bool joins; /* several datagrams may leave as one message */
	uint32_t kernel_drops; /* SO_RXQ_OVFL as last told */
	struct sock_in *in;
	struct sock_out *out;
};

struct rg_sock_set {
	struct sock_ep *eps;
	uint32_t n_eps;
	uint32_t next; /* endpoint to look at first, so that none starves the others */
	int epoll_fd;
	int wake_fd;
	struct rg_bufops buf;
	struct rg_newbuf fresh[SOCK_BURST];
	unsigned n_fresh;
	struct sock_udp_in *udp_in;
	bool any_file;
	uint64_t drops[RG_V_COUNT];
};

/* Another thread may read the counters at any time (rg_sock_drops). */
static inline void sock_count(struct rg_sock_set *s, enum rg_verdict v, uint64_t n)
{
	__atomic_store_n(&s->drops[v], s->drops[v] + n, __ATOMIC_RELAXED);
}

/* sock_addr.c: as the endpoint's socket wants it. */
socklen_t sock_from_addr(
	const struct sock_ep *e, const struct rg_addr *a, struct sockaddr_storage *ss);
void sock_to_addr(const struct sockaddr_storage *ss, struct rg_addr *a);

/* sock_udp_in.c. NULL: no memory. */
struct sock_udp_in *sock_udp_in_new(void);
/* What an earlier call read and had no room for; up to cap of it. */
unsigned sock_udp_cut(struct rg_sock_set *s, struct rg_dgram *in, unsigned cap);
/* One call to the kernel, when nothing is left to cut. */
unsigned sock_udp_recv(
	struct rg_sock_set *s, struct sock_ep *e, rg_time now, struct rg_dgram *in, unsigned cap);
void sock_udp_in_free(struct rg_sock_set *s);

/* sock_udp_out.c: [lend] d[0..n) of one socket, n <= SOCK_BURST. */
void sock_udp_send(struct rg_sock_set *s, struct sock_ep *e, const struct rg_dgram *d, unsigned n);

/* sock_file_in.c */
int sock_in_open(struct sock_ep *e, const struct rg_ep_plan *p, struct rg_conf_error *err);
/* It keeps its own time and cannot be waited for. */
bool sock_in_paced(const struct sock_ep *e);
/* When to look again without being told; RG_TIME_NEVER: epoll tells. */
rg_time sock_in_due(const struct sock_ep *e);
unsigned sock_in_recv(
	struct rg_sock_set *s, struct sock_ep *e, rg_time now, struct rg_dgram *in, unsigned cap);
void sock_in_close(struct sock_ep *e);

/* sock_file_out.c */
int sock_out_open(struct sock_ep *e, const struct rg_ep_plan *p, struct rg_conf_error *err);
/* [lend] d[0..n), n <= SOCK_BURST. */
void sock_out_write(struct rg_sock_set *s, struct sock_ep *e, const struct rg_dgram *d, unsigned n);
/* The reader of a pipe has room again. */
void sock_out_flush(struct rg_sock_set *s, struct sock_ep *e);
/* It takes no more for good; true once. */
bool sock_out_failed(struct sock_ep *e);
/* Gives a slow reader a moment to take what is held. */
void sock_out_close(struct sock_ep *e);

/* sock_tun.c */
int sock_tun_open(struct sock_ep *e, const struct rg_ep_plan *p, struct rg_conf_error *err);
unsigned sock_tun_recv(
	struct rg_sock_set *s, struct sock_ep *e, rg_time now, struct rg_dgram *in, unsigned cap);
/* [lend] d[0..n). */
void sock_tun_send(struct rg_sock_set *s, struct sock_ep *e, const struct rg_dgram *d, unsigned n);

/* How many of `want` buffers the stash holds now; they are its last ones. */
unsigned sock_stash(struct rg_sock_set *s, unsigned want);

#endif
