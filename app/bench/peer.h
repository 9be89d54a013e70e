/* SPDX-License-Identifier: BSD-3-Clause */
/* peer.h - the other end: a worker with the opposite streams, on buffers of its own, whose
 * datagrams become frames towards the gateway. Nothing of it is measured.
 * Units: rg_time. Errors: 0 or -RG_E_*. Threads: one. */
#ifndef PEER_H
#define PEER_H

#include "line.h"
#include "plan.h"
#include "rg_dgram.h"
#include "sink.h"
#include "track.h"

struct peer;

struct peer_conf {
	const struct plan_conf *plan;
	struct track *track; /* numbers what a sender sends, checks what a receiver gives */
	struct line *line;
	/* Instead of the line. [take] the datagram's buffer, which is NULL then. */
	void (*send)(void *to, const struct rg_udp_tmpl *t, struct rg_dgram *d);
	void *send_to;
	int64_t delay_ns; /* of the line */
	double loss_percent; /* of the datagrams in each direction */
	struct rg_mac mac, gate_mac;
	rg_time now;
};

int bench_peer_open(struct peer **out, const struct peer_conf *c, struct rg_conf_error *err);
void bench_peer_close(struct peer *p);

/* n payloads go into a sender. */
void bench_peer_push(struct peer *p, rg_time now, unsigned n);
/* A datagram of the gateway. */
void bench_peer_hear(struct peer *p, const struct sink_kept *k);
/* What is due by now. */
void bench_peer_tick(struct peer *p, rg_time now);

#endif
