/* SPDX-License-Identifier: BSD-3-Clause */
/* sim_priv.h - parts of the simulator: links decide fates, the pool counts owners. */
#ifndef SIM_PRIV_H
#define SIM_PRIV_H

#include "rg_sim.h"

/* A link draws from a sequence of its own, so what one does never changes another's fates. */
struct sim_link {
	struct rg_sim_link_conf conf;
	uint64_t state;
	bool bad; /* inside a run of losses */
};

struct sim_fate {
	unsigned copies;
	int64_t delay_ns[2];
};

void sim_link_init(struct sim_link *l, const struct rg_sim_link_conf *c, uint64_t seed);
struct sim_fate sim_link_next(struct sim_link *l);

/* A heap block with an owner count. */
struct sim_block {
	uint32_t refs;
	uint32_t index; /* which packet of the source */
	uint8_t data[8];
};

struct sim_pool {
	int64_t balance; /* owners outstanding */
};

struct sim_block *sim_pool_alloc(struct sim_pool *p, uint32_t index);
void sim_pool_ref(struct sim_pool *p, struct rg_buf b);
void sim_pool_free(struct sim_pool *p, struct rg_buf b);

/* What travels. */
enum sim_kind {
	SIM_MEDIA,
	SIM_NACK,
	SIM_ECHO_REQ,
	SIM_ECHO_RSP,
};

#define SIM_RUNS 64 /* one datagram of NACKs */

struct sim_dgram {
	enum sim_kind kind;
	uint8_t to; /* 0: receiver, 1: sender */
	uint8_t path;
	struct rg_media media;
	rg_time stamp;
	uint32_t n_runs;
	struct rg_run runs[SIM_RUNS];
};

/* What is under way, earliest first. */
struct sim_queue {
	struct sim_event *heap;
	uint32_t n, cap;
	uint64_t order;
};

struct sim_event {
	int64_t at_ns;
	uint64_t order; /* ties go in the order sent */
	struct sim_dgram *d;
};

void sim_queue_add(struct sim_queue *q, rg_time at, struct sim_dgram *d);
/* NULL: nothing is due by now. */
struct sim_dgram *sim_queue_take(struct sim_queue *q, rg_time now);
rg_time sim_queue_next(const struct sim_queue *q);

#endif
