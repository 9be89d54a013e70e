/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SOCKET_SUITES_H
#define SOCKET_SUITES_H

#include <check.h>

#include "rg_host.h"
#include "rg_sock.h"
#include "sock_pool.h"

Suite *pool_suite(void);
Suite *udp_suite(void);
Suite *joined_suite(void);
Suite *host_suite(void);
Suite *file_suite(void);
Suite *tun_suite(void);

#define RIG_BUFS     64
#define RIG_BUF_SIZE 2048

/* Endpoints over a pool, and what every test does with them. */
struct rig {
	struct sock_pool pool;
	struct rg_bufops ops;
	struct rg_sock_set *set;
	struct rg_conf_error err;
};

void rig_open(struct rig *r, const struct rg_ep_plan *eps, uint32_t n_eps);
/* Receives one datagram within `ms` milliseconds. */
bool rig_recv(struct rig *r, struct rg_dgram *d, int ms);
/* Sends len bytes of `fill`, hdr_len of them in the header. */
void rig_send(struct rig *r, uint16_t ep, const struct rg_addr *to, uint16_t hdr_len, uint16_t len,
	uint8_t fill);
void rig_free(struct rig *r, const struct rg_dgram *d);
/* Closes; every buffer must be back. */
void rig_close(struct rig *r);

struct rg_addr loopback(enum rg_af af, uint16_t port);

#endif
