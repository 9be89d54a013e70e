/* SPDX-License-Identifier: BSD-3-Clause */
/* The host without EAL: one worker thread over kernel sockets, control in the caller's thread. */
#include "rg_crypto_glue.h"
#include "rg_host.h"
#include "rg_sock.h"
#include "sock_mail.h"
#include "sock_pool.h"
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

#define OUT_BURST      256
#define WALL_PERIOD_NS RG_NS_PER_S
#define STOP_NS        (300 * RG_NS_PER_MS) /* to say BYE and give everything back */

struct rg_host {
	const struct rg_host_conf *conf;
	struct sock_pool pool;
	struct rg_sock_set *set;
	struct rg_worker *worker;
	struct rg_engine engine; /* run NULL: nothing is encrypted */
	void *worker_mem;
	void **stream_mem;
	pthread_t thread;
	bool running;
	atomic_bool stop; /* worker: ro, control: wo */
	atomic_bool told; /* worker: rw, control: wo: messages wait for the worker */
	_Atomic uint64_t busy; /* worker: wo, control: ro; nanoseconds */
	_Atomic uint64_t idle; /* worker: wo, control: ro; nanoseconds */
	int control_fd; /* worker: wo, control: ro: a message waits */
	struct sock_mail mail;
};

static void collect_events(struct rg_host *h)
{
	struct rg_event ev;

	while (rg_worker_event(h->worker, &ev))
		sock_mail_put(&h->mail, SOCK_BOX_EVENT, &ev);
	ev = (struct rg_event){.kind = RG_EVENT_OUTPUT_FAILED};
	while (rg_sock_failed(h->set, &ev.stream))
		sock_mail_put(&h->mail, SOCK_BOX_EVENT, &ev);
}

/* What the worker asks of control; what finds no room stays with the worker. */
static void pass_to_control(struct rg_host *h)
{
	struct rg_ctl m;

	while (sock_mail_room(&h->mail, SOCK_BOX_CTL_OUT) && rg_worker_ctl_take(h->worker, &m))
		sock_mail_put(&h->mail, SOCK_BOX_CTL_OUT, &m);
	eventfd_write(h->control_fd, 1);
}

/* Out-of-band data for control. */
static void pass_oob(struct rg_host *h)
{
	struct rg_oob m;
	bool any = false;

	while (rg_worker_oob_take(h->worker, &m)) {
		any = true;
		if (!sock_mail_put(&h->mail, SOCK_BOX_OOB_OUT, &m))
			rg_worker_count(h->worker, m.stream, RG_V_OOB_FULL, 1);
	}
	if (any)
		eventfd_write(h->control_fd, 1);
}

/* What control tells the worker. What finds the worker's way back full waits for another turn. */
static void pass_to_worker(struct rg_host *h, rg_time now)
{
	struct rg_ctl m;
	struct rg_oob oob;

	while (rg_worker_ctl_ready(h->worker) && sock_mail_take(&h->mail, SOCK_BOX_CTL_IN, &m))
		rg_worker_ctl(h->worker, now, &m);
	if (!rg_worker_ctl_ready(h->worker))
		atomic_store_explicit(&h->told, true, memory_order_relaxed);
	while (sock_mail_take(&h->mail, SOCK_BOX_OOB_IN, &oob))
		rg_host_oob(h->worker, now, &oob);
}

/* One turn of the loop; true when there was something to do. */
static bool turn(struct rg_host *h, rg_time now)
{
	struct rg_dgram in[RG_BURST], out[OUT_BURST];
	unsigned n_in = rg_sock_recv(h->set, now, in, RG_BURST);
	unsigned n_out;

	if (atomic_load_explicit(&h->told, memory_order_relaxed)) {
		/* before the queue is emptied: what is put meanwhile is told anew */
		atomic_store_explicit(&h->told, false, memory_order_relaxed);
		pass_to_worker(h, now);
	}
	n_out = rg_worker_step(h->worker, now, in, n_in, out, OUT_BURST);
	rg_sock_send(h->set, out, n_out);
	collect_events(h);
	if (rg_worker_ctl_waits(h->worker))
		pass_to_control(h);
	pass_oob(h);
	return n_in + n_out > 0;
}

static bool all_gone(const struct rg_host *h)
{
	for (uint32_t i = 0; i < h->conf->n_streams; i++)
		if (!rg_worker_stream_gone(h->worker, i))
			return false;
	return true;
}

static void wind_up(struct rg_host *h)
{
	rg_time now = rg_host_now();
	rg_time end = rg_time_add(now, STOP_NS);

	for (uint32_t i = 0; i < h->conf->n_streams; i++)
		rg_worker_remove_stream(h->worker, now, i);
	while (!all_gone(h) && rg_time_before(now, end)) {
		if (!turn(h, now))
			rg_sock_wait(h->set, now, rg_time_min(rg_worker_wakeup(h->worker), end));
		now = rg_host_now();
	}
}

static void add_ns(_Atomic uint64_t *sum, int64_t ns)
{
	atomic_store_explicit(sum, atomic_load_explicit(sum, memory_order_relaxed) + (uint64_t)ns,
		memory_order_relaxed);
}

static void *run(void *arg)
{
	struct rg_host *h = arg;
	rg_time now = rg_host_now(), wall = now;

	/* 1 us: playout instants are worth more than a saved wake-up */
	prctl(PR_SET_TIMERSLACK, 1000UL, 0, 0, 0);
	while (!atomic_load_explicit(&h->stop, memory_order_relaxed)) {
		rg_time began = now;
		bool busy;

		if (!rg_time_before(now, wall)) {
			rg_worker_set_wallclock(h->worker, now, rg_host_wall_ntp_ns());
			wall = rg_time_add(now, WALL_PERIOD_NS);
		}
		busy = turn(h, now);
		now = rg_host_now();
		add_ns(&h->busy, rg_time_diff(now, began));
		if (!busy) {
			rg_sock_wait(h->set, now, rg_time_min(rg_worker_wakeup(h->worker), wall));
			began = now;
			now = rg_host_now();
			add_ns(&h->idle, rg_time_diff(now, began));
		}
	}
	wind_up(h);
	return NULL;
}

/* Signals are control's: its thread gets them, no system call here is cut short. */
static int spawn(struct rg_host *h)
{
	sigset_t all, before;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&h->thread, NULL, run, h);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc;
}

static void *zeroed(size_t bytes)
{
	void *p = aligned_alloc(RG_CACHE_LINE, rg_align_up(bytes, RG_CACHE_LINE));

	if (p)
		memset(p, 0, rg_align_up(bytes, RG_CACHE_LINE));
	return p;
}

static int make_worker(struct rg_host *h, struct rg_conf_error *err)
{
	const struct rg_host_conf *c = h->conf;
	struct rg_worker_conf wc = {.buf = sock_pool_ops(&h->pool),
		.engine = h->engine.run ? &h->engine : NULL,
		.max_streams = c->n_streams,
		.max_eps = c->n_eps,
		.seed = c->seed};
	rg_time now = rg_host_now();

	h->stream_mem = calloc(c->n_streams ? c->n_streams : 1, sizeof(*h->stream_mem));
	h->worker_mem = zeroed(rg_worker_footprint(&wc));
	if (!h->stream_mem || !h->worker_mem)
		goto no_memory;
	h->worker = rg_worker_init(h->worker_mem, &wc, now);
	rg_worker_set_wallclock(h->worker, now, rg_host_wall_ntp_ns());
	for (uint32_t i = 0; i < c->n_streams; i++) {
		int rc;

		h->stream_mem[i] = zeroed(rg_stream_footprint(&c->streams[i]));
		if (!h->stream_mem[i])
			goto no_memory;
		rc = rg_worker_add_stream(h->worker, now, &c->streams[i], h->stream_mem[i]);
		if (rc) {
			snprintf(err->text, sizeof(err->text), "stream %s: cannot be added (%d)",
				c->streams[i].name, -rc);
			return rc;
		}
	}
	return 0;
no_memory:
	snprintf(err->text, sizeof(err->text), "streams: no memory");
	return -RG_E_NOMEM;
}

static void sock_stop(struct rg_host *h)
{
	if (h->running) {
		atomic_store_explicit(&h->stop, true, memory_order_relaxed);
		rg_sock_wake(h->set);
		pthread_join(h->thread, NULL);
	}
	if (h->worker)
		rg_worker_fini(h->worker);
	if (h->set)
		rg_sock_close(h->set);
	if (h->engine.run)
		rg_engine_close(&h->engine);
	if (h->control_fd >= 0)
		close(h->control_fd);
	if (h->pool.n_free != h->pool.n_blocks)
		fprintf(stderr, "ristgate: %u packet buffers did not come back\n",
			h->pool.n_blocks - h->pool.n_free);
	for (uint32_t i = 0; h->stream_mem && i < h->conf->n_streams; i++)
		free(h->stream_mem[i]);
	free(h->stream_mem);
	free(h->worker_mem);
	sock_pool_fini(&h->pool);
	sock_mail_fini(&h->mail);
	free(h);
}

static int open_all(struct rg_host *h, struct rg_conf_error *err)
{
	const struct rg_host_conf *c = h->conf;
	struct rg_bufops ops;
	int rc;

	if (sock_pool_init(&h->pool, c->buf_count, c->buf_data_bytes) < 0) {
		snprintf(err->text, sizeof(err->text), "%u packet buffers of %u bytes: no memory",
			c->buf_count, c->buf_data_bytes);
		return -RG_E_NOMEM;
	}
	h->control_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (h->control_fd < 0) {
		snprintf(err->text, sizeof(err->text), "eventfd: no descriptor");
		return -RG_E_NOMEM;
	}
	if (rg_plan_encrypts(c->streams, c->n_streams)) {
		rc = rg_engine_open_best(&h->engine, &(enum rg_engine_kind){0});
		if (rc < 0) {
			snprintf(err->text, sizeof(err->text), "encryption: no usable engine");
			return rc;
		}
	}
	ops = sock_pool_ops(&h->pool);
	rc = rg_sock_open(c->eps, c->n_eps, NULL, &ops, &h->set, err);
	return rc ? rc : make_worker(h, err);
}

static int sock_start(const struct rg_host_conf *c, struct rg_host **out, struct rg_conf_error *err)
{
	struct rg_host *h = calloc(1, sizeof(*h));
	int rc;

	if (!h)
		return -RG_E_NOMEM;
	h->conf = c;
	h->control_fd = -1;
	rc = sock_mail_init(&h->mail);
	if (rc)
		snprintf(err->text, sizeof(err->text), "control: no memory");
	else
		rc = open_all(h, err);
	if (rc == 0 && spawn(h) != 0) {
		snprintf(err->text, sizeof(err->text), "no worker thread");
		rc = -RG_E_NOMEM;
	}
	if (rc) {
		sock_stop(h);
		return rc;
	}
	h->running = true;
	pthread_setname_np(h->thread, "rg-worker");
	*out = h;
	return 0;
}

static bool sock_event(struct rg_host *h, struct rg_event *ev)
{
	return sock_mail_take(&h->mail, SOCK_BOX_EVENT, ev);
}

static bool sock_ctl_take(struct rg_host *h, struct rg_ctl *m)
{
	return sock_mail_take(&h->mail, SOCK_BOX_CTL_OUT, m);
}

static bool sock_oob_take(struct rg_host *h, struct rg_oob *m)
{
	return sock_mail_take(&h->mail, SOCK_BOX_OOB_OUT, m);
}

static bool put(struct rg_host *h, enum sock_box box, const void *message)
{
	if (!sock_mail_put(&h->mail, box, message))
		return false;
	atomic_store_explicit(&h->told, true, memory_order_relaxed);
	rg_sock_wake(h->set);
	return true;
}

static bool sock_ctl_put(struct rg_host *h, const struct rg_ctl *m)
{
	return put(h, SOCK_BOX_CTL_IN, m);
}

static int sock_oob_put(struct rg_host *h, const struct rg_oob *m)
{
	if (m->stream >= h->conf->n_streams)
		return -RG_E_NOENT;
	return put(h, SOCK_BOX_OOB_IN, m) ? 0 : -RG_E_AGAIN;
}

static void sock_wait(struct rg_host *h, rg_time until)
{
	rg_host_sleep(h->control_fd, until);
}

static bool sock_report(struct rg_host *h, uint32_t stream, void *buf, size_t cap_bytes)
{
	return rg_worker_report(h->worker, stream, buf, cap_bytes);
}

static void sock_host_report(struct rg_host *h, struct rg_host_report *out)
{
	const uint64_t *drops = rg_sock_drops(h->set);

	*out = (struct rg_host_report){.bufs_total = h->pool.n_blocks,
		.bufs_free = atomic_load_explicit(&h->pool.n_free, memory_order_relaxed),
		.busy_ns = atomic_load_explicit(&h->busy, memory_order_relaxed),
		.idle_ns = atomic_load_explicit(&h->idle, memory_order_relaxed)};
	/* aligned words of a running counter: any of its values is a true one */
	for (unsigned v = 0; v < RG_V_COUNT; v++)
		out->drops[v] = __atomic_load_n(&drops[v], __ATOMIC_RELAXED);
	rg_worker_orphans(h->worker, out->drops);
}

static bool sock_local(struct rg_host *h, uint32_t ep, struct rg_addr *out)
{
	return rg_sock_local(h->set, ep, out);
}

const struct rg_host_ops rg_sock_host = {
	.start = sock_start,
	.event = sock_event,
	.ctl_take = sock_ctl_take,
	.ctl_put = sock_ctl_put,
	.oob_take = sock_oob_take,
	.oob_put = sock_oob_put,
	.wait = sock_wait,
	.report = sock_report,
	.host_report = sock_host_report,
	.local = sock_local,
	.stop = sock_stop,
};
