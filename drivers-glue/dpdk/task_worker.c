/* SPDX-License-Identifier: BSD-3-Clause */
/* task_worker.c - feeds one rg_worker from its pipes and carries away what it gives. */
#include "dpdk_priv.h"
#include "rg_crypto_glue.h"

#include <rte_malloc.h>
#include <rte_ring_elem.h>

#include <stdio.h>
#include <sys/eventfd.h>

#define OUT_CAP      (2 * RG_BURST)
#define ROUNDS_MAX   8 /* steps of one poll for one pipe: others have their turn too */
#define WALLCLOCK_NS RG_NS_PER_S

static void send_out(struct rg_dp_worker *w, struct rg_dgram *out, unsigned n)
{
	uint16_t to[OUT_CAP], kernel = (uint16_t)w->h->n_tx;
	unsigned kept = 0;

	for (unsigned i = 0; i < n; i++) {
		uint16_t port = w->h->eps[out[i].ep].port;

		if (port == RG_DP_KERNEL && rg_dp_gives_way(w->h, &w->out[kernel], &out[i]))
			continue;
		if (kept != i)
			out[kept] = out[i];
		to[kept++] = port == RG_DP_KERNEL ? kernel : w->h->ports[port].tx_task;
	}
	rg_dp_pipe_spread(w->out, to, out, kept);
}

/* Where all leaves by one transmitter of this lcore, the core writes what it gives in its place, and
 * keeps what finds none until the transmitter had its turn. */
static void step(struct rg_dp_worker *w, rg_time now, struct rg_dgram *in, unsigned n)
{
	bool sole = w->h->n_tx == 1 && w->h->kio == NULL;
	unsigned cap = OUT_CAP;
	struct rg_dgram *place = sole ? rg_dp_pipe_room(&w->out[0], &cap) : NULL;
	struct rg_dgram out[OUT_CAP];

	if (place != NULL)
		rg_dp_pipe_filled(&w->out[0], rg_worker_step(w->core, now, in, n, place, cap));
	else
		send_out(w, out, rg_worker_step(w->core, now, in, n, out, OUT_CAP));
}

static unsigned feed(struct rg_dp_worker *w, rg_time now, struct rg_dp_pipe *from)
{
	unsigned done = 0;

	for (int round = 0; round < ROUNDS_MAX; round++) {
		struct rg_dgram buf[RG_BURST], *in;
		unsigned n = RG_BURST;

		in = rg_dp_pipe_take(from, buf, &n);
		if (n == 0)
			break;
		step(w, now, in, n);
		done += n;
	}
	return done;
}

static bool is_due(const struct rg_dp_worker *w, rg_time now)
{
	return !rg_time_before(now, rg_worker_wakeup(w->core));
}

/* An event is only taken when control has room for it. */
static void pass_events(struct rg_dp_worker *w)
{
	struct rg_event ev;

	while (rte_ring_free_count(w->events) > 0 && rg_worker_event(w->core, &ev))
		rte_ring_sp_enqueue_elem(w->events, &ev, sizeof(ev));
}

/* Messages that find the ring full stay with the worker. */
static void pass_to_control(struct rg_dp_worker *w)
{
	struct rg_ctl m;
	bool told = false;

	while (rte_ring_free_count(w->ctl_out) > 0 && rg_worker_ctl_take(w->core, &m)) {
		rte_ring_sp_enqueue_elem(w->ctl_out, &m, sizeof(m));
		told = true;
	}
	if (told) /* rare: a key is wanted or came back */
		eventfd_write(w->h->control_fd, 1);
}

/* Out-of-band data for control, which is woken for the first: it takes all there is. */
static void pass_oob(struct rg_dp_worker *w)
{
	bool was_empty = rte_ring_empty(w->oob_out) != 0, any = false;
	struct rg_oob m;

	while (rg_worker_oob_take(w->core, &m)) {
		any = true;
		if (rte_ring_sp_enqueue_elem(w->oob_out, &m, sizeof(m)) != 0)
			rg_worker_count(w->core, m.stream, RG_V_OOB_FULL, 1);
	}
	if (any && was_empty)
		eventfd_write(w->h->control_fd, 1);
}

static void hear_control(struct rg_dp_worker *w, rg_time now)
{
	struct rg_ctl m;
	struct rg_oob oob;

	while (rg_worker_ctl_ready(w->core) &&
		rte_ring_sc_dequeue_elem(w->ctl_in, &m, sizeof(m)) == 0)
		rg_worker_ctl(w->core, now, &m);
	while (rte_ring_sc_dequeue_elem(w->oob_in, &oob, sizeof(oob)) == 0)
		rg_host_oob(w->core, now, &oob);
}

static void remove_streams(struct rg_dp_worker *w, rg_time now)
{
	bool gone = true;

	for (uint32_t i = 0; i < w->h->conf->n_streams; i++) {
		if (w->stream_mem[i] == NULL)
			continue;
		if (!w->removing)
			rg_worker_remove_stream(w->core, now, i);
		gone &= rg_worker_stream_gone(w->core, i);
	}
	w->removing = true;
	if (gone)
		atomic_store_explicit(&w->done, true, memory_order_release);
}

unsigned rg_dp_worker_poll(void *arg, rg_time now)
{
	struct rg_dp_worker *w = arg;
	unsigned done = 0;

	if (!rg_time_before(now, w->next_wallclock)) {
		rg_worker_set_wallclock(w->core, now, rg_host_wall_ntp_ns());
		w->next_wallclock = rg_time_add(now, WALLCLOCK_NS);
	}
	hear_control(w, now);
	if (atomic_load_explicit(&w->h->stopping, memory_order_acquire))
		remove_streams(w, now);
	for (uint32_t i = 0; i < w->n_in; i++)
		done += feed(w, now, w->in[i]);
	/* Timers are no arrivals: see idle.c. */
	for (int round = 0; round < ROUNDS_MAX && is_due(w, now); round++)
		step(w, now, NULL, 0);
	pass_events(w);
	if (rg_worker_ctl_waits(w->core))
		pass_to_control(w);
	pass_oob(w);
	return done;
}

rg_time rg_dp_worker_wakeup(void *arg)
{
	const struct rg_dp_worker *w = arg;

	return rg_time_min(rg_worker_wakeup(w->core), w->next_wallclock);
}

static int add_streams(struct rg_dp_worker *w, rg_time now, struct rg_conf_error *err)
{
	const struct rg_host_conf *c = w->h->conf;

	for (uint32_t i = 0; i < c->n_streams; i++) {
		const struct rg_stream_plan *s = &c->streams[i];
		int r;

		if (&w->h->workers[w->h->stream_worker[i]] != w)
			continue;
		w->stream_mem[i] = rg_dp_mem(rg_stream_footprint(s), s->name, err);
		if (w->stream_mem[i] == NULL)
			return -RG_E_NOMEM;
		r = rg_worker_add_stream(w->core, now, s, w->stream_mem[i]);
		if (r != 0) {
			snprintf(err->text, sizeof(err->text), "stream %s: refused (%d)", s->name,
				-r);
			return r;
		}
	}
	return 0;
}

int rg_dp_worker_open(struct rg_dp_worker *w, struct rg_conf_error *err)
{
	const struct rg_host_conf *c = w->h->conf;
	struct rg_worker_conf conf = {
		.buf = rg_dp_bufops(&w->h->pools),
		.max_streams = c->n_streams,
		.max_eps = c->n_eps,
		.seed = c->seed + (uint64_t)(w - w->h->workers) * UINT64_C(0x9e3779b97f4a7c15),
	};
	rg_time now = rg_host_now();
	void *mem;

	if (rg_plan_encrypts(c->streams, c->n_streams)) {
		int r = rg_engine_open_best(&w->engine, &(enum rg_engine_kind){0});

		if (r < 0) {
			snprintf(err->text, sizeof(err->text), "encryption: no usable engine");
			return r;
		}
		conf.engine = &w->engine;
	}
	mem = rg_dp_mem(rg_worker_footprint(&conf), "worker", err);

	w->stream_mem = rg_dp_mem(c->n_streams * sizeof(*w->stream_mem), "streams", err);
	if (mem == NULL || w->stream_mem == NULL) {
		rte_free(mem);
		return -RG_E_NOMEM;
	}
	w->core = rg_worker_init(mem, &conf, now);
	rg_worker_set_wallclock(w->core, now, rg_host_wall_ntp_ns());
	w->next_wallclock = rg_time_add(now, WALLCLOCK_NS);
	return add_streams(w, now, err);
}

void rg_dp_worker_close(struct rg_dp_worker *w)
{
	for (uint32_t i = 0; w->stream_mem != NULL && i < w->h->conf->n_streams; i++)
		rte_free(w->stream_mem[i]);
	rte_free(w->stream_mem);
	if (w->core != NULL)
		rg_worker_fini(w->core);
	rte_free(w->core);
	if (w->engine.run != NULL)
		rg_engine_close(&w->engine);
	w->stream_mem = NULL;
	w->core = NULL;
	w->engine.run = NULL;
}
