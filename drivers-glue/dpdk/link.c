/* SPDX-License-Identifier: BSD-3-Clause */
/* link.c - ports whose link depends on a peer process (memif). The driver calls once, when the
 * port starts: a side that dials is started again and again until the other is there, and again
 * after it went. The driver answers its peer on EAL's interrupt thread and does not bear a start,
 * stop or close on another one meanwhile (it dies there of a closed descriptor), so all of these
 * run on that thread, too.
 * While a link is down nobody polls the port, and between the fall of `up` and the restart lies a
 * tick, in which a poll that had begun ends. */
#include "dpdk_priv.h"

#include <rte_alarm.h>
#include <rte_ethdev.h>

#include <semaphore.h>

#define TICK_US    (100 * 1000)
#define DIAL_TICKS 5 /* an answered call gets 500 ms to bring the link up */

struct errand {
	int (*run)(struct rg_dp_port *p);
	struct rg_dp_port *port;
	int result;
	sem_t done;
};

static void do_errand(void *arg)
{
	struct errand *e = arg;

	e->result = e->run(e->port);
	sem_post(&e->done);
}

/* Runs it on the interrupt thread and waits for it. */
static int on_interrupt_thread(struct rg_dp_port *p, int (*run)(struct rg_dp_port *p))
{
	struct errand e = {.run = run, .port = p};
	int r;

	sem_init(&e.done, 0, 0);
	r = rte_eal_alarm_set(1, do_errand, &e);
	if (r == 0) {
		while (sem_wait(&e.done) != 0) {
			/* a signal: the errand still uses e */
		}
		r = e.result;
	}
	sem_destroy(&e.done);
	return r;
}

static int dial(struct rg_dp_port *p)
{
	int r = rte_eth_dev_start(p->id);

	p->patience = r == 0 ? DIAL_TICKS : 0;
	return r;
}

static int hang_up(struct rg_dp_port *p)
{
	rte_eth_dev_stop(p->id);
	return rte_eth_dev_close(p->id);
}

static void tick(void *arg)
{
	struct rg_dp_port *p = arg;
	struct rte_eth_link link = {0};
	bool was_up = rg_dp_port_up(p), is_up;

	is_up = rte_eth_link_get_nowait(p->id, &link) == 0 && link.link_status == RTE_ETH_LINK_UP;
	atomic_store_explicit(&p->up, is_up, memory_order_release);
	if (!was_up && !is_up && p->dials && p->patience-- == 0) {
		rte_eth_dev_stop(p->id);
		(void)dial(p); /* refused: the next tick tries again */
	}
	rte_eal_alarm_set(TICK_US, tick, p);
}

int rg_dp_link_start(struct rg_dp_port *p)
{
	int r = on_interrupt_thread(p, dial);

	/* A caller whose peer is not there yet tries again later. */
	if (r != 0 && !p->dials)
		return r;
	return rte_eal_alarm_set(TICK_US, tick, p);
}

void rg_dp_link_close(struct rg_dp_port *p)
{
	rte_eal_alarm_cancel(tick, p);
	atomic_store_explicit(&p->up, false, memory_order_release);
	(void)on_interrupt_thread(p, hang_up);
}
