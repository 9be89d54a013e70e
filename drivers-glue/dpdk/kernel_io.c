/* SPDX-License-Identifier: BSD-3-Clause */
/* kernel_io.c - the thread that serves the ends on no DPDK port: kernel sockets, files, stdin and
 * stdout. To the workers it is one more receiver and transmitter, with the same buffers. */
#include "dpdk_priv.h"

#include <rte_malloc.h>
#include <rte_ring_elem.h>

#include <stdio.h>

#define ROUNDS_MAX 8 /* bursts for one worker before the others have their turn */

static void wake(void *arg)
{
	struct rg_dp_kio *k = arg;

	rg_sock_wake(k->set);
}

/* The end of an input must not get lost: wait for room. The worker drains its pipes as long as
 * this thread runs. */
static void pass_eof(struct rg_dp_kio *k, uint16_t worker, const struct rg_dgram *d)
{
	struct rg_dp_pipe *p = &k->workers[worker];

	while (rte_ring_free_count(p->ring) == 0 &&
		!atomic_load_explicit(&k->quit, memory_order_acquire)) {
		rg_dp_nudge(p->to);
		rg_sock_wait(k->set, rg_host_now(), rg_time_add(rg_host_now(), RG_NS_PER_MS));
	}
	rg_dp_pipe_put(p, d, 1);
}

static unsigned receive(struct rg_dp_kio *k, rg_time now)
{
	struct rg_dgram in[RG_BURST];
	uint16_t to[RG_BURST];
	unsigned n = rg_sock_recv(k->set, now, in, RG_BURST), kept = 0;

	for (unsigned i = 0; i < n; i++) {
		uint16_t worker = k->h->eps[in[i].ep].worker;

		if (in[i].flags & RG_DGRAM_EOF) {
			rg_dp_pipe_spread(k->workers, to, in, kept);
			kept = 0;
			pass_eof(k, worker, &in[i]);
		} else if (!rg_dp_gives_way(k->h, &k->workers[worker], &in[i])) {
			in[kept] = in[i];
			to[kept++] = worker;
		}
	}
	rg_dp_pipe_spread(k->workers, to, in, kept);
	return n;
}

static unsigned transmit(struct rg_dp_kio *k)
{
	unsigned done = 0;

	for (uint32_t w = 0; w < k->h->n_workers; w++) {
		for (int round = 0; round < ROUNDS_MAX; round++) {
			struct rg_dgram out[RG_BURST];
			unsigned n = rg_dp_pipe_get(k->in[w], out, RG_BURST);

			if (n == 0)
				break;
			rg_sock_send(k->set, out, n);
			done += n;
		}
	}
	return done;
}

static bool has_output(const struct rg_dp_kio *k)
{
	for (uint32_t w = 0; w < k->h->n_workers; w++)
		if (rg_dp_pipe_count(k->in[w]) > 0)
			return true;
	return false;
}

static void pass_failures(struct rg_dp_kio *k)
{
	struct rg_event ev = {.kind = RG_EVENT_OUTPUT_FAILED};

	while (rte_ring_free_count(k->events) > 0 && rg_sock_failed(k->set, &ev.stream))
		rte_ring_sp_enqueue_elem(k->events, &ev, sizeof(ev));
}

/* The fence pairs with the one in rg_dp_nudge: either the feeder sees `asleep`, or we its data. */
static void doze(struct rg_dp_kio *k, rg_time now)
{
	atomic_store_explicit(&k->sleeper.asleep, 1, memory_order_relaxed);
	atomic_thread_fence(memory_order_seq_cst);
	if (!has_output(k) && !atomic_load_explicit(&k->quit, memory_order_acquire))
		rg_sock_wait(k->set, now, RG_TIME_NEVER);
	atomic_store_explicit(&k->sleeper.asleep, 0, memory_order_relaxed);
}

static void *run(void *arg)
{
	struct rg_dp_kio *k = arg;

	while (!atomic_load_explicit(&k->quit, memory_order_acquire)) {
		rg_time now = rg_host_now();
		unsigned done = transmit(k);

		done += receive(k, now);
		pass_failures(k);
		if (done == 0)
			doze(k, now);
	}
	transmit(k);
	return NULL;
}

int rg_dp_kio_open(struct rg_dp_kio *k, struct rg_conf_error *err)
{
	const struct rg_host_conf *c = k->h->conf;
	bool *mine = rg_dp_mem(c->n_eps * sizeof(*mine), "endpoints", err);
	struct rg_bufops ops = rg_dp_bufops(&k->h->pools);
	int r;

	if (mine == NULL)
		return -RG_E_NOMEM;
	for (uint32_t i = 0; i < c->n_eps; i++)
		mine[i] = k->h->eps[i].port == RG_DP_KERNEL;
	r = rg_sock_open(c->eps, c->n_eps, mine, &ops, &k->set, err);
	rte_free(mine);
	k->sleeper.wake = wake;
	k->sleeper.arg = k;
	return r;
}

int rg_dp_kio_launch(struct rg_dp_kio *k, struct rg_conf_error *err)
{
	if (rg_dp_thread(&k->thread, run, k) != 0) {
		snprintf(err->text, sizeof(err->text), "kernel I/O: thread does not start");
		return -RG_E_NOMEM;
	}
	k->running = true;
	return 0;
}

void rg_dp_kio_close(struct rg_dp_kio *k)
{
	if (k->running) {
		atomic_store_explicit(&k->quit, true, memory_order_release);
		rg_sock_wake(k->set);
		pthread_join(k->thread, NULL);
		k->running = false;
	}
	if (k->set != NULL)
		rg_sock_close(k->set);
	k->set = NULL;
}
