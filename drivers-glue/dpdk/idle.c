/* SPDX-License-Identifier: BSD-3-Clause */
/* idle.c - what an lcore does when there is nothing to do.
 *
 * A deadline of a task always ends the sleep, so pacing and playout do not notice it. Where every
 * port of the lcore has a descriptor the lcore sleeps on those at once: the first frame wakes it.
 * A blind port (memif, ring, null, a NIC polled without interrupt) must be looked at again and
 * again: the sleep is an eighth of the time since the last datagram came, so that a running stream
 * is met within a fraction of its packet distance and a quiet one costs a wake a millisecond, after a
 * second of silence one in two; what our own timers send does not count. Below 20 us only the core is
 * yielded: lcores may share it. */
#include "dpdk_priv.h"

#include <rte_pause.h>

#include <errno.h>
#include <sched.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#define POLLS_BEFORE_SLEEP  4
#define BLIND_SLEEP_MIN_NS  (20 * RG_NS_PER_US)
#define BLIND_SLEEP_MAX_NS  RG_NS_PER_MS
#define BLIND_SILENCE_NS    RG_NS_PER_S
#define SILENT_SLEEP_MAX_NS (2 * RG_NS_PER_MS)
#define SLEEP_MAX_NS        RG_NS_PER_S

static rg_time next_deadline(const struct rg_dp_lcore *l)
{
	rg_time until = RG_TIME_NEVER;

	for (uint32_t i = 0; i < l->n_tasks; i++)
		if (l->tasks[i].wakeup != NULL)
			until = rg_time_min(until, l->tasks[i].wakeup(l->tasks[i].arg));
	return until;
}

/* epoll_pwait2 is of Linux 5.11; before it only whole milliseconds can be slept. */
static int wait_fds(int epoll_fd, struct epoll_event *ev, int n, int64_t ns)
{
	struct timespec ts = {.tv_sec = ns / RG_NS_PER_S, .tv_nsec = ns % RG_NS_PER_S};
	int r = epoll_pwait2(epoll_fd, ev, n, &ts, NULL);

	if (r >= 0 || errno != ENOSYS)
		return r;
	if (ns >= RG_NS_PER_MS)
		return epoll_wait(epoll_fd, ev, n, (int)(ns / RG_NS_PER_MS));
	nanosleep(&ts, NULL);
	return 0;
}

static void sleep_until_work(struct rg_dp_lcore *l, int64_t ns)
{
	struct epoll_event ev[8];
	uint64_t rung;
	int n = wait_fds(l->epoll_fd, ev, RG_ARRAY_LEN(ev), ns);

	for (int i = 0; i < n; i++)
		if (ev[i].data.fd == l->wake_fd && read(l->wake_fd, &rung, sizeof(rung)) < 0)
			RG_ASSERT(errno == EAGAIN);
}

static int64_t longest_sleep(const struct rg_dp_lcore *l, rg_time now)
{
	int64_t silence_ns = rg_time_diff(now, l->last_arrival);

	if (!l->blind)
		return SLEEP_MAX_NS;
	if (silence_ns >= BLIND_SILENCE_NS)
		return SILENT_SLEEP_MAX_NS;
	return rg_min_i64(silence_ns / 8, BLIND_SLEEP_MAX_NS);
}

void rg_dp_idle(struct rg_dp_lcore *l, rg_time now)
{
	int64_t ns = rg_min_i64(rg_time_diff(next_deadline(l), now), longest_sleep(l, now));

	l->empty_polls++;
	if (ns <= 0 || l->empty_polls < POLLS_BEFORE_SLEEP) {
		rte_pause();
		return;
	}
	if (l->blind && ns < BLIND_SLEEP_MIN_NS) {
		sched_yield();
		return;
	}
	/* Say that we sleep, then look once more: the next round of polls is that look, and the
	 * word stands until a round finds work. Pairs with the fence in rg_dp_nudge. */
	if (atomic_load_explicit(&l->sleeper.asleep, memory_order_relaxed) == 0) {
		atomic_store_explicit(&l->sleeper.asleep, 1, memory_order_relaxed);
		atomic_thread_fence(memory_order_seq_cst);
		return;
	}
	sleep_until_work(l, ns);
}
