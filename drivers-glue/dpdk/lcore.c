/* SPDX-License-Identifier: BSD-3-Clause */
/* lcore.c - the loop of an lcore: poll every task of its list, and idle when none had work.
 * What the tasks are and where they run is decided in host.c. */
#include "dpdk_priv.h"

#include <rte_errno.h>
#include <rte_launch.h>
#include <rte_lcore.h>

#include <errno.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

/* One reading of the clock serves a whole round of polls. */
static inline rg_time round_time(void)
{
	return rg_host_now();
}

static void run(struct rg_dp_lcore *l)
{
	rg_time now = round_time();

	/* Sleeps end when they are due, not up to 50 us later. */
	prctl(PR_SET_TIMERSLACK, 1UL, 0, 0, 0);
	l->last_arrival = now;
	while (!atomic_load_explicit(&l->quit, memory_order_acquire)) {
		unsigned done = 0;
		rg_time then = now;

		for (uint32_t i = 0; i < l->n_tasks; i++) {
			unsigned n = l->tasks[i].poll(l->tasks[i].arg, now);

			if (n > 0 && l->tasks[i].arrivals)
				l->last_arrival = now;
			done += n;
		}
		if (done == 0) {
			rg_dp_idle(l, now);
			now = round_time();
			rg_dp_count(&l->idle_ns, (uint64_t)rg_time_diff(now, then));
		} else {
			l->empty_polls = 0;
			if (atomic_load_explicit(&l->sleeper.asleep, memory_order_relaxed) != 0)
				atomic_store_explicit(&l->sleeper.asleep, 0, memory_order_relaxed);
			now = round_time();
			rg_dp_count(&l->busy_ns, (uint64_t)rg_time_diff(now, then));
		}
	}
}

static int run_remote(void *arg)
{
	run(arg);
	return 0;
}

static void *run_thread(void *arg)
{
	run(arg);
	return NULL;
}

static void ring_bell(void *arg)
{
	struct rg_dp_lcore *l = arg;
	uint64_t one = 1;

	/* Full means: rung already. */
	if (write(l->wake_fd, &one, sizeof(one)) < 0 && errno != EAGAIN)
		RG_ASSERT(false);
}

int rg_dp_lcore_watch(struct rg_dp_lcore *l, int fd)
{
	struct epoll_event ev = {.events = EPOLLIN, .data = {.fd = fd}};

	return epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, fd, &ev) == 0 ? 0 : -RG_E_INVAL;
}

int rg_dp_lcore_init(struct rg_dp_lcore *l, struct rg_conf_error *err)
{
	l->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	l->sleeper.wake = ring_bell;
	l->sleeper.arg = l;
	if (l->wake_fd >= 0 && l->epoll_fd >= 0 && rg_dp_lcore_watch(l, l->wake_fd) == 0)
		return 0;
	snprintf(err->text, sizeof(err->text), "lcore %u: no descriptor left for its sleep", l->id);
	return -RG_E_NOMEM;
}

int rg_dp_lcore_launch(struct rg_dp_lcore *l, struct rg_conf_error *err)
{
	int r;

	/* Control keeps the main lcore's thread, so tasks placed there get one of their own, on
	 * the same cores. */
	l->own_thread = l->id == rte_get_main_lcore();
	if (l->own_thread)
		r = rg_dp_thread(&l->thread, run_thread, l);
	else
		r = rte_eal_remote_launch(run_remote, l, l->id);
	if (r == 0) {
		l->running = true;
		return 0;
	}
	snprintf(err->text, sizeof(err->text), "lcore %u: does not start", l->id);
	return -RG_E_INVAL;
}

void rg_dp_lcore_join(struct rg_dp_lcore *l)
{
	if (!l->running)
		return;
	atomic_store_explicit(&l->quit, true, memory_order_release);
	ring_bell(l);
	if (l->own_thread)
		pthread_join(l->thread, NULL);
	else
		rte_eal_wait_lcore(l->id);
	l->running = false;
}

void rg_dp_lcore_fini(struct rg_dp_lcore *l)
{
	if (l->epoll_fd >= 0)
		close(l->epoll_fd);
	if (l->wake_fd >= 0)
		close(l->wake_fd);
	l->epoll_fd = l->wake_fd = -1;
}
