/* SPDX-License-Identifier: BSD-3-Clause */
/* host.c - rg_dpdk_host: starts the dataplane, speaks for it to control, and takes it down so that
 * every buffer is back in its pool. */
#include "dpdk_priv.h"

#include <rte_log.h>
#include <rte_malloc.h>
#include <rte_ring_elem.h>

#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define GOODBYE_NS   (2 * RG_NS_PER_S) /* streams end: BYE, held buffers come back */
#define DRAIN_NS     (200 * RG_NS_PER_MS) /* what they sent last leaves */
#define STOP_STEP_US 1000

static int probe_ports(struct rg_host *h, struct rg_conf_error *err)
{
	for (uint32_t i = 0; i < h->conf->n_ports; i++) {
		int r = rg_dp_port_probe(&h->ports[i], &h->conf->ports[i], (uint16_t)i, err);

		if (r != 0)
			return r;
		h->n_ports++;
	}
	return 0;
}

static int place_ends(struct rg_host *h, struct rg_conf_error *err)
{
	bool kernel = false;
	int r;

	h->eps = rg_dp_mem(h->conf->n_eps * sizeof(*h->eps), "endpoints", err);
	h->stream_worker =
		rg_dp_mem(h->conf->n_streams * sizeof(*h->stream_worker), "streams", err);
	if (h->eps == NULL || h->stream_worker == NULL)
		return -RG_E_NOMEM;
	r = rg_dp_place(h, err);
	if (r != 0)
		return r;
	for (uint32_t i = 0; i < h->conf->n_eps; i++)
		kernel |= h->eps[i].port == RG_DP_KERNEL;
	if (!kernel)
		return 0;
	h->kio = rg_dp_mem(sizeof(*h->kio), "kernel I/O", err);
	if (h->kio == NULL)
		return -RG_E_NOMEM;
	h->kio->h = h;
	return 0;
}

static int start_ports(struct rg_host *h, struct rg_conf_error *err)
{
	for (uint32_t i = 0; i < h->n_ports; i++) {
		struct rg_dp_port *p = &h->ports[i];
		struct rg_dp_lcore *l = h->rx[i % h->n_rx].lcore;
		int r = rg_dp_port_start(p, &h->pools, err);

		if (r != 0)
			return r;
		if (p->fd < 0 || rg_dp_lcore_watch(l, p->fd) != 0)
			l->blind = true;
	}
	return 0;
}

static int open_tasks(struct rg_host *h, struct rg_conf_error *err)
{
	struct rg_dp_steer *steer = rg_dp_steer_build(h, err);
	int r = steer == NULL ? -RG_E_INVAL : 0;

	atomic_store_explicit(&h->steer, steer, memory_order_release);
	if (r == 0 && h->kio != NULL)
		r = rg_dp_kio_open(h->kio, err);
	if (r == 0)
		r = rg_dp_wire(h, err);
	for (uint32_t i = 0; i < h->n_workers && r == 0; i++)
		r = rg_dp_worker_open(&h->workers[i], err);
	for (uint32_t i = 0; i < h->n_tx && r == 0; i++)
		r = rg_dp_tx_open(&h->tx[i], err);
	return r;
}

static int launch(struct rg_host *h, struct rg_conf_error *err)
{
	int r = h->kio != NULL ? rg_dp_kio_launch(h->kio, err) : 0;

	for (uint32_t i = 0; i < h->n_lcores && r == 0; i++)
		r = rg_dp_lcore_launch(&h->lcores[i], err);
	return r;
}

static int bring_up(struct rg_host *h, struct rg_conf_error *err)
{
	struct rg_dp_need need;
	int r = rg_dp_eal_start(&h->eal, h->conf->eal_argv, h->conf->eal_argc, err);

	if (r == 0)
		r = probe_ports(h, err);
	if (r == 0)
		r = rg_dp_layout(h, err);
	if (r == 0)
		r = place_ends(h, err);
	if (r != 0)
		return r;
	need = rg_dp_layout_need(h);
	r = rg_dp_pools_open(&h->pools, &need, err);
	if (r == 0)
		r = start_ports(h, err);
	if (r == 0)
		r = open_tasks(h, err);
	if (r == 0)
		r = launch(h, err);
	return r;
}

static bool all_done(const struct rg_host *h)
{
	for (uint32_t i = 0; i < h->n_workers; i++)
		if (!atomic_load_explicit(&h->workers[i].done, memory_order_acquire))
			return false;
	return true;
}

static void wait_for(struct rg_host *h, bool (*is)(const struct rg_host *h), int64_t limit_ns)
{
	rg_time until = rg_time_add(rg_host_now(), limit_ns);

	while (!is(h) && rg_time_before(rg_host_now(), until)) {
		for (uint32_t i = 0; i < h->n_lcores; i++)
			rg_dp_nudge(&h->lcores[i].sleeper);
		usleep(STOP_STEP_US);
	}
}

static void end_streams(struct rg_host *h)
{
	bool running = false;

	for (uint32_t i = 0; i < h->n_lcores; i++)
		running |= h->lcores[i].running;
	if (!running)
		return;
	atomic_store_explicit(&h->stopping, true, memory_order_release);
	wait_for(h, all_done, GOODBYE_NS);
	wait_for(h, rg_dp_wire_drained, DRAIN_NS);
}

/* af_xdp closes without giving back what its rings hold. */
static void check_balance(const struct rg_host *h)
{
	uint32_t lost = rg_dp_pools_in_use(&h->pools), excused = 0;

	for (uint32_t i = 0; i < h->n_ports; i++)
		if (h->ports[i].holds > 0)
			excused += h->ports[i].holds + h->ports[i].tx_slots;
	if (lost > excused)
		RTE_LOG(ERR, USER1, "ristgate: %u packet buffers did not come back\n", lost);
}

static void stop(struct rg_host *h)
{
	end_streams(h);
	if (h->kio != NULL)
		rg_dp_kio_close(h->kio);
	for (uint32_t i = 0; i < h->n_lcores; i++)
		rg_dp_lcore_join(&h->lcores[i]);
	for (uint32_t i = 0; i < h->n_tx; i++)
		rg_dp_tx_close(&h->tx[i]);
	for (uint32_t i = 0; i < h->n_ports; i++)
		rg_dp_port_stop(&h->ports[i]);
	rg_dp_unwire(h);
	for (uint32_t i = 0; i < h->n_workers; i++)
		rg_dp_worker_close(&h->workers[i]);
	check_balance(h);
	rg_dp_pools_close(&h->pools);
	rg_dp_steer_free(atomic_load_explicit(&h->steer, memory_order_acquire));
	rg_dp_layout_free(h);
	rte_free(h->kio);
	rte_free(h->eps);
	rte_free(h->stream_worker);
	rg_dp_eal_stop(&h->eal);
	if (h->control_fd >= 0)
		close(h->control_fd);
	free(h);
}

static int start(const struct rg_host_conf *c, struct rg_host **out, struct rg_conf_error *err)
{
	struct rg_host *h = calloc(1, sizeof(*h));
	int r;

	if (h == NULL)
		return -RG_E_NOMEM;
	h->conf = c;
	h->control_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	r = h->control_fd < 0 ? -RG_E_NOMEM : bring_up(h, err);
	if (r != 0) {
		stop(h);
		return r;
	}
	*out = h;
	return 0;
}

static bool event(struct rg_host *h, struct rg_event *ev)
{
	for (uint32_t i = 0; i < h->n_workers; i++)
		if (rte_ring_sc_dequeue_elem(h->workers[i].events, ev, sizeof(*ev)) == 0)
			return true;
	return h->kio != NULL && rte_ring_sc_dequeue_elem(h->kio->events, ev, sizeof(*ev)) == 0;
}

static bool ctl_take(struct rg_host *h, struct rg_ctl *m)
{
	for (uint32_t i = 0; i < h->n_workers; i++)
		if (rte_ring_sc_dequeue_elem(h->workers[i].ctl_out, m, sizeof(*m)) == 0)
			return true;
	return false;
}

static bool ctl_put(struct rg_host *h, const struct rg_ctl *m)
{
	struct rg_ctl copy = *m;
	struct rg_dp_worker *w;

	if (m->stream >= h->conf->n_streams)
		return false;
	w = &h->workers[h->stream_worker[m->stream]];
	if (rte_ring_sp_enqueue_elem(w->ctl_in, &copy, sizeof(copy)) != 0)
		return false;
	rg_dp_nudge(&w->lcore->sleeper);
	return true;
}

static bool oob_take(struct rg_host *h, struct rg_oob *m)
{
	for (uint32_t i = 0; i < h->n_workers; i++)
		if (rte_ring_sc_dequeue_elem(h->workers[i].oob_out, m, sizeof(*m)) == 0)
			return true;
	return false;
}

static int oob_put(struct rg_host *h, const struct rg_oob *m)
{
	struct rg_oob copy = *m;
	struct rg_dp_worker *w;

	if (m->stream >= h->conf->n_streams)
		return -RG_E_NOENT;
	w = &h->workers[h->stream_worker[m->stream]];
	if (rte_ring_sp_enqueue_elem(w->oob_in, &copy, sizeof(copy)) != 0)
		return -RG_E_AGAIN;
	rg_dp_nudge(&w->lcore->sleeper);
	return 0;
}

static void wait(struct rg_host *h, rg_time until)
{
	rg_host_sleep(h->control_fd, until);
}

static bool report(struct rg_host *h, uint32_t stream, void *buf, size_t cap_bytes)
{
	if (stream >= h->conf->n_streams)
		return false;
	return rg_worker_report(h->workers[h->stream_worker[stream]].core, stream, buf, cap_bytes);
}

static void add_drops(uint64_t *sum, const rg_dp_counter *drops)
{
	for (int v = 0; v < RG_V_COUNT; v++)
		sum[v] += rg_dp_counted(&drops[v]);
}

static void host_report(struct rg_host *h, struct rg_host_report *out)
{
	*out = (struct rg_host_report){
		.bufs_total = h->pools.packets->size,
		.bufs_free = rte_mempool_avail_count(h->pools.packets),
		.n_ports = h->n_ports,
	};
	for (uint32_t i = 0; i < h->n_rx; i++)
		add_drops(out->drops, h->rx[i].drops);
	for (uint32_t i = 0; i < h->n_workers; i++) {
		add_drops(out->drops, h->workers[i].drops);
		rg_worker_orphans(h->workers[i].core, out->drops);
	}
	for (uint32_t i = 0; i < h->n_tx; i++)
		add_drops(out->drops, h->tx[i].drops);
	if (h->kio != NULL) {
		const uint64_t *kernel = rg_sock_drops(h->kio->set);

		add_drops(out->drops, h->kio->drops);
		for (int v = 0; v < RG_V_COUNT; v++)
			out->drops[v] += __atomic_load_n(&kernel[v], __ATOMIC_RELAXED);
	}
	for (uint32_t i = 0; i < h->n_lcores; i++) {
		out->busy_ns += rg_dp_counted(&h->lcores[i].busy_ns);
		out->idle_ns += rg_dp_counted(&h->lcores[i].idle_ns);
	}
	for (uint32_t i = 0; i < h->n_ports; i++)
		rg_dp_port_report(&h->ports[i], &out->ports[i]);
}

static bool local(struct rg_host *h, uint32_t ep, struct rg_addr *out)
{
	const struct rg_addr *remote, *source;

	if (ep >= h->conf->n_eps)
		return false;
	if (h->eps[ep].port == RG_DP_KERNEL)
		return rg_sock_local(h->kio->set, ep, out);
	*out = h->eps[ep].local;
	remote = &h->conf->eps[ep].remote;
	if (!rg_addr_is_any(out) || remote->af == RG_AF_NONE)
		return true;
	source = rg_dp_port_source(&h->ports[h->eps[ep].port], remote);
	if (source != NULL) {
		*out = *source;
		out->port = h->eps[ep].local.port;
	}
	return true;
}

const struct rg_host_ops rg_dpdk_host = {
	.start = start,
	.event = event,
	.ctl_take = ctl_take,
	.ctl_put = ctl_put,
	.oob_take = oob_take,
	.oob_put = oob_put,
	.wait = wait,
	.report = report,
	.host_report = host_report,
	.local = local,
	.stop = stop,
};
