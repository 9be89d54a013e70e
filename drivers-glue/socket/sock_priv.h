/* SPDX-License-Identifier: BSD-3-Clause */
/* sock_priv.h - the endpoint set from inside. */
#ifndef SOCK_PRIV_H
#define SOCK_PRIV_H

#include "rg_sock.h"
#include "ts_pace.h"
#include <sys/socket.h>

#define SOCK_BURST     32
#define FILE_CHUNK     1316 /* seven TS packets: what every RIST receiver takes */
#define SOCK_BUF_BYTES (16 << 20)

struct sock_file {
	struct ts_pace pace; /* regular files only */
	rg_time due; /* of the chunk in hand */
	uint32_t have; /* bytes in chunk */
	bool regular; /* always readable: we pace it ourselves */
	bool ended;
	bool failed, told;
	uint8_t chunk[FILE_CHUNK];
};

struct sock_ep {
	int fd; /* -1: not ours or closed */
	bool ready; /* epoll said so, and nothing said otherwise since */
	uint16_t id;
	enum rg_ep_kind kind;
	uint32_t stream;
	struct rg_addr local;
	unsigned ifindex; /* of miface: scope of link-local addresses */
	bool v6; /* an IPv6 socket; one that serves both families sees IPv4 mapped */
	uint32_t kernel_drops; /* SO_RXQ_OVFL as last told */
	struct sock_file *file;
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
	bool any_file;
	uint64_t drops[RG_V_COUNT];
};

/* sock_addr.c: as the endpoint's socket wants it. */
socklen_t sock_from_addr(
	const struct sock_ep *e, const struct rg_addr *a, struct sockaddr_storage *ss);
void sock_to_addr(const struct sockaddr_storage *ss, struct rg_addr *a);

/* sock_file.c */
int sock_file_open(struct sock_ep *e, const struct rg_ep_plan *p, struct rg_conf_error *err);
/* Fills in[0..cap) from a file or a stream of bytes. */
unsigned sock_file_recv(
	struct rg_sock_set *s, struct sock_ep *e, rg_time now, struct rg_dgram *in, unsigned cap);
void sock_file_send(struct rg_sock_set *s, struct sock_ep *e, const struct rg_dgram *d);

/* How many of `want` buffers the stash holds now; they are its last ones. */
unsigned sock_stash(struct rg_sock_set *s, unsigned want);

#endif
