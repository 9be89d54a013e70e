/* SPDX-License-Identifier: BSD-3-Clause */
/* lab.h - workers on a network in memory: real bytes, a fake clock, seeded loss, a heap pool that
 * knows what it lent. Same seed, same run.
 * Shape: addresses are 10.0.0.x; a datagram to an endpoint of a node crosses the link, any other
 * goes to the sink. */
#ifndef LAB_H
#define LAB_H

#include "rg_key_server.h"
#include "rg_worker.h"

#define LAB_NODES 4
#define LAB_EPS   16
#define LAB_BUF   2048

struct lab_pool {
	struct rg_bufops ops;
	uint64_t live; /* buffers out */
	uint64_t cap; /* how many may be */
};

struct lab_node {
	struct lab_pool pool;
	struct rg_engine engine;
	struct rg_engine checked; /* the same, and sees that no two operations meet */
	struct rg_key_server *keys; /* control */
	unsigned wanted[8]; /* messages of the worker, by type */
	int keys_out; /* keys the worker has */
	struct rg_worker *w;
	void *stream_mem[2];
	struct rg_addr local[LAB_EPS];
	struct rg_event last_event[RG_EVENT_KINDS]; /* by kind */
	unsigned events[RG_EVENT_KINDS];
	bool used;
	uint64_t report[8192];
};

struct lab_link {
	double loss;
	int64_t delay_ns, jitter_ns;
	double duplicate;
};

struct lab_packet;

/* An answer of control on its way. */
struct lab_answer {
	rg_time at;
	unsigned node;
	struct rg_ctl m;
};

struct lab {
	rg_time now;
	uint64_t random;
	struct lab_link link;
	struct lab_node nodes[LAB_NODES];
	struct lab_packet **queue; /* heap by time */
	unsigned n_queue, cap_queue;
	int64_t control_ns; /* that control takes to answer */
	uint32_t control_deaf; /* bits of message types that it does not hear */
	struct lab_answer answers[64];
	unsigned n_answers;
	uint64_t order;
	uint64_t sent, lost; /* datagrams over the link */
	/* Sees every datagram before the link; true: swallow it. */
	bool (*tap)(struct lab *l, const struct rg_addr *from, const struct rg_addr *to,
		const uint8_t *p, size_t len);
	/* Datagrams to nobody's endpoint: raw outputs. */
	void (*sink)(struct lab *l, const struct rg_addr *to, const uint8_t *p, size_t len);
	void *ctx;
};

struct rg_addr lab_addr(unsigned host, uint16_t port);
void lab_init(struct lab *l, uint64_t seed);
/* Checks that every buffer and every key came back, and frees. */
void lab_fini(struct lab *l);
struct lab_node *lab_node(struct lab *l, unsigned i);
void lab_bind(struct lab_node *n, uint16_t ep, struct rg_addr a);
void lab_stream(struct lab *l, struct lab_node *n, const struct rg_stream_plan *p);
/* Gives a side of a plan that is not added yet its secret. */
void lab_secret(struct lab_node *n, struct rg_side_plan *p, uint32_t stream, const char *secret,
	uint32_t key_bits);
/* Another secret while it runs; the worker has it after control_ns. */
void lab_new_secret(struct lab *l, struct lab_node *n, uint16_t ep, const char *secret);
void lab_remove(struct lab *l, struct lab_node *n, uint32_t stream);

/* A datagram from anywhere, after the link's delay when it is impaired. */
void lab_send(struct lab *l, struct rg_addr from, struct rg_addr to, const void *p, size_t len,
	bool impaired);
/* To an endpoint of a node right now, as its host would. */
void lab_feed(struct lab *l, struct lab_node *n, uint16_t ep, struct rg_addr from, const void *p,
	size_t len, uint16_t flags);

/* Several in one step. */
struct lab_arrival {
	uint16_t ep;
	struct rg_addr from;
	const void *p;
	size_t len;
};

void lab_feed_burst(struct lab *l, struct lab_node *n, const struct lab_arrival *a, unsigned k);
void lab_run(struct lab *l, rg_time until);
/* The stream's newest report; run some time first. */
const struct rg_stream_report *lab_report(struct lab_node *n, uint32_t stream);
const struct rg_input_report *lab_input(const struct rg_stream_report *r, unsigned slot);
const struct rg_output_report *lab_output(const struct rg_stream_report *r, unsigned i);
uint64_t lab_random(struct lab *l);

/* Sides with the defaults of rg_conf. */
struct rg_side_plan lab_rist(uint16_t ep, bool listen, struct rg_addr remote, uint32_t ssrc);
/* The same in the Main profile: one endpoint. */
struct rg_side_plan lab_main(uint16_t ep, bool listen, struct rg_addr remote, uint32_t ssrc);
struct rg_side_plan lab_raw(uint16_t ep, enum rg_end_kind kind, struct rg_addr remote);

#endif
