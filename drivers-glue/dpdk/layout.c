/* SPDX-License-Identifier: BSD-3-Clause */
/* layout.c - which tasks run on which lcore, and the pipes between them. The same tasks run on one
 * lcore to completion or spread over many: only the wiring here differs. */
#include "dpdk_priv.h"

#include <rte_lcore.h>
#include <rte_malloc.h>

#include <stdio.h>

#define ETH_OVERHEAD 22 /* header, tag, frame check sequence */
#define TASKS        (RG_TASK_RX | RG_TASK_WORKER | RG_TASK_TX)

static uint32_t first_free_lcore(void)
{
	uint32_t worker = rte_get_next_lcore(UINT32_MAX, 1, 0);

	return worker < RTE_MAX_LCORE ? worker : rte_get_main_lcore();
}

static void add_task(struct rg_dp_lcore *l, struct rg_dp_task t)
{
	l->tasks[l->n_tasks++] = t;
}

static void deal_tasks(struct rg_host *h, struct rg_dp_lcore *l, uint32_t tasks)
{
	if (tasks & RG_TASK_RX) {
		struct rg_dp_rx *rx = &h->rx[h->n_rx++];

		*rx = (struct rg_dp_rx){.h = h, .lcore = l};
		add_task(l, (struct rg_dp_task){"rx", rg_dp_rx_poll, NULL, rx, true});
	}
	if (tasks & RG_TASK_WORKER) {
		struct rg_dp_worker *w = &h->workers[h->n_workers++];

		*w = (struct rg_dp_worker){.h = h, .lcore = l};
		add_task(l,
			(struct rg_dp_task){
				"worker", rg_dp_worker_poll, rg_dp_worker_wakeup, w, true});
	}
	if (tasks & RG_TASK_TX) {
		struct rg_dp_tx *tx = &h->tx[h->n_tx++];

		*tx = (struct rg_dp_tx){.h = h, .lcore = l};
		add_task(l,
			(struct rg_dp_task){
				"neigh", rg_dp_neigh_poll, rg_dp_neigh_wakeup, tx, false});
		add_task(l, (struct rg_dp_task){"tx", rg_dp_tx_poll, rg_dp_tx_wakeup, tx, false});
	}
}

static void deal_ports(struct rg_host *h)
{
	for (uint32_t i = 0; i < h->n_ports; i++) {
		struct rg_dp_rx *rx = &h->rx[i % h->n_rx];

		rx->ports[rx->n_ports++] = &h->ports[i];
		h->ports[i].tx_task = (uint16_t)(i % h->n_tx);
	}
}

static int check_lcore(const struct rg_host *h, uint32_t id, struct rg_conf_error *err)
{
	bool twice = false;

	for (uint32_t i = 0; i < h->n_lcores; i++)
		twice |= h->lcores[i].id == id;
	if (!twice && rte_lcore_is_enabled(id))
		return 0;
	snprintf(err->text, sizeof(err->text), "lcores: %u: %s", id,
		twice ? "listed twice" : "not among EAL's (--lcores)");
	return -RG_E_INVAL;
}

static int check_tasks(const struct rg_host *h, struct rg_conf_error *err)
{
	const char *lacks = NULL;

	if (h->n_workers == 0)
		lacks = "worker";
	else if (h->n_ports > 0 && h->n_rx == 0)
		lacks = "rx";
	else if (h->n_ports > 0 && h->n_tx == 0)
		lacks = "tx";
	if (lacks == NULL)
		return 0;
	snprintf(err->text, sizeof(err->text), "lcores: no lcore has the task %s", lacks);
	return -RG_E_INVAL;
}

int rg_dp_layout(struct rg_host *h, struct rg_conf_error *err)
{
	const struct rg_lcore_conf all = {first_free_lcore(), TASKS};
	const struct rg_lcore_conf *c = h->conf->n_lcores > 0 ? h->conf->lcores : &all;
	uint32_t n = h->conf->n_lcores > 0 ? h->conf->n_lcores : 1;
	int r = 0;

	h->lcores = rg_dp_mem(n * sizeof(*h->lcores), "lcores", err);
	h->rx = rg_dp_mem(n * sizeof(*h->rx), "tasks", err);
	h->workers = rg_dp_mem(n * sizeof(*h->workers), "tasks", err);
	h->tx = rg_dp_mem(n * sizeof(*h->tx), "tasks", err);
	if (h->lcores == NULL || h->rx == NULL || h->workers == NULL || h->tx == NULL)
		return -RG_E_NOMEM;
	for (uint32_t i = 0; i < n && r == 0; i++) {
		struct rg_dp_lcore *l = &h->lcores[h->n_lcores];

		if ((c[i].tasks & TASKS) == 0)
			continue;
		r = check_lcore(h, c[i].lcore, err);
		if (r != 0)
			break;
		*l = (struct rg_dp_lcore){.id = c[i].lcore, .epoll_fd = -1, .wake_fd = -1};
		h->n_lcores++;
		deal_tasks(h, l, c[i].tasks);
		r = rg_dp_lcore_init(l, err);
	}
	if (r == 0)
		r = check_tasks(h, err);
	if (r == 0)
		deal_ports(h);
	return r;
}

/* What is sealed and has not left: in the pipes, with the transmitters, in descriptors. A driver that
 * sends only from the pool it receives into would copy it once more. */
static uint32_t copies_under_way(const struct rg_host *h)
{
	uint32_t n = h->n_workers * (h->n_tx + (h->kio != NULL ? 1 : 0)) * RG_DP_PIPE_SLOTS;

	if (!rg_plan_seals(h->conf->streams, h->conf->n_streams))
		return 0;
	for (uint32_t i = 0; i < h->n_ports; i++) {
		if (h->ports[i].one_pool)
			return 0;
		n += h->ports[i].tx_slots + RG_DP_LEFT;
	}
	return n;
}

struct rg_dp_need rg_dp_layout_need(const struct rg_host *h)
{
	uint32_t n_kio = h->kio != NULL ? 1 : 0;
	uint32_t pipes = h->n_workers * (h->n_rx + h->n_tx + 2 * n_kio);
	struct rg_dp_need need = {
		.packets = h->conf->buf_count + pipes * RG_DP_PIPE_SLOTS +
			h->n_rx * h->n_tx * RG_DP_SLOW_SLOTS,
		.copies = copies_under_way(h),
		.data_bytes = h->conf->buf_data_bytes,
	};

	for (uint32_t i = 0; i < h->n_ports; i++) {
		uint32_t sending = h->ports[i].tx_slots + RG_DP_LEFT + RG_DP_PENDING;

		if (need.frame_bytes < h->ports[i].mtu + ETH_OVERHEAD)
			need.frame_bytes = h->ports[i].mtu + ETH_OVERHEAD;
		need.packets += h->ports[i].rx_slots + h->ports[i].holds + sending;
		need.headers += 2 * sending;
	}
	return need;
}

static struct rg_dp_sleeper *between(const struct rg_dp_lcore *from, struct rg_dp_lcore *to)
{
	return from == to ? NULL : &to->sleeper;
}

static bool make_ring(struct rte_ring **r, const char *kind, uint32_t from, uint32_t to,
	size_t bytes, unsigned slots)
{
	*r = rg_dp_ring(kind, from, to, bytes, slots);
	return *r != NULL;
}

static bool wire_rx(struct rg_host *h, uint32_t r)
{
	struct rg_dp_rx *rx = &h->rx[r];
	bool ok = true;

	for (uint32_t w = 0; w < h->n_workers && ok; w++) {
		struct rg_dp_worker *worker = &h->workers[w];

		rx->workers[w] = (struct rg_dp_pipe){.to = between(rx->lcore, worker->lcore),
			.drops = rx->drops,
			.full = RG_V_RX_RING_FULL};
		ok = rg_dp_pipe_open(&rx->workers[w], "rx", r, w);
		worker->in[worker->n_in++] = &rx->workers[w];
	}
	for (uint32_t t = 0; t < h->n_tx && ok; t++) {
		rx->slow_to[t] = between(rx->lcore, h->tx[t].lcore);
		ok = make_ring(&rx->slow[t], "slow", r, t, sizeof(void *), RG_DP_SLOW_SLOTS);
		h->tx[t].slow[r] = rx->slow[t];
	}
	return ok;
}

static bool wire_worker(struct rg_host *h, uint32_t w)
{
	struct rg_dp_worker *worker = &h->workers[w];
	bool ok =
		make_ring(&worker->events, "event", w, 0, sizeof(struct rg_event), RG_DP_EVENTS) &&
		make_ring(&worker->ctl_in, "ctlin", w, 0, sizeof(struct rg_ctl), RG_DP_CTL) &&
		make_ring(&worker->ctl_out, "ctlout", w, 0, sizeof(struct rg_ctl), RG_DP_CTL) &&
		make_ring(&worker->oob_in, "oobin", w, 0, sizeof(struct rg_oob), RG_DP_OOB) &&
		make_ring(&worker->oob_out, "oobout", w, 0, sizeof(struct rg_oob), RG_DP_OOB);

	for (uint32_t t = 0; t < h->n_tx && ok; t++) {
		worker->out[t] = (struct rg_dp_pipe){.to = between(worker->lcore, h->tx[t].lcore),
			.drops = worker->drops,
			.full = RG_V_TX_RING_FULL};
		ok = rg_dp_pipe_open(&worker->out[t], "tx", w, t);
		h->tx[t].in[w] = &worker->out[t];
	}
	return ok;
}

static bool wire_kernel(struct rg_host *h, uint32_t w)
{
	struct rg_dp_worker *worker = &h->workers[w];
	struct rg_dp_kio *k = h->kio;
	struct rg_dp_pipe *out = &worker->out[h->n_tx];
	bool ok;

	k->workers[w] = (struct rg_dp_pipe){
		.to = &worker->lcore->sleeper, .drops = k->drops, .full = RG_V_RX_RING_FULL};
	*out = (struct rg_dp_pipe){
		.to = &k->sleeper, .drops = worker->drops, .full = RG_V_TX_RING_FULL};
	ok = rg_dp_pipe_open(&k->workers[w], "kin", 0, w) && rg_dp_pipe_open(out, "kout", w, 0);
	worker->in[worker->n_in++] = &k->workers[w];
	k->in[w] = out;
	return ok;
}

/* The arrays of ends, so that wiring itself only fails for want of rings. */
static bool make_room(struct rg_host *h, struct rg_conf_error *err)
{
	size_t pipe = sizeof(struct rg_dp_pipe), ring = sizeof(struct rte_ring *);
	bool ok = true;

	for (uint32_t i = 0; i < h->n_rx; i++) {
		h->rx[i].workers = rg_dp_mem(h->n_workers * pipe, "pipes", err);
		h->rx[i].slow = rg_dp_mem(h->n_tx * ring, "pipes", err);
		h->rx[i].slow_to = rg_dp_mem(h->n_tx * sizeof(void *), "pipes", err);
		ok &= h->rx[i].workers && h->rx[i].slow && h->rx[i].slow_to &&
			rg_dp_seen_open(&h->rx[i], h->conf->n_eps, err);
	}
	for (uint32_t i = 0; i < h->n_workers; i++) {
		h->workers[i].in = rg_dp_mem((h->n_rx + 1) * ring, "pipes", err);
		h->workers[i].out = rg_dp_mem((h->n_tx + 1) * pipe, "pipes", err);
		ok &= h->workers[i].in && h->workers[i].out;
	}
	for (uint32_t i = 0; i < h->n_tx; i++) {
		h->tx[i].in = rg_dp_mem(h->n_workers * ring, "pipes", err);
		h->tx[i].slow = rg_dp_mem(h->n_rx * ring, "pipes", err);
		ok &= h->tx[i].in && h->tx[i].slow;
	}
	if (h->kio != NULL) {
		h->kio->workers = rg_dp_mem(h->n_workers * pipe, "pipes", err);
		h->kio->in = rg_dp_mem(h->n_workers * ring, "pipes", err);
		ok &= h->kio->workers && h->kio->in;
	}
	return ok;
}

int rg_dp_wire(struct rg_host *h, struct rg_conf_error *err)
{
	bool ok = make_room(h, err);

	if (!ok)
		return -RG_E_NOMEM;
	for (uint32_t i = 0; i < h->n_rx && ok; i++)
		ok = wire_rx(h, i);
	for (uint32_t i = 0; i < h->n_workers && ok; i++)
		ok = wire_worker(h, i);
	for (uint32_t i = 0; i < h->n_workers && ok && h->kio != NULL; i++)
		ok = wire_kernel(h, i);
	if (ok && h->kio != NULL)
		ok = make_ring(
			&h->kio->events, "kevent", 0, 0, sizeof(struct rg_event), RG_DP_EVENTS);
	if (ok)
		return 0;
	snprintf(err->text, sizeof(err->text),
		"memory: a pipe of %zu KiB finds no room (EAL's -m, or huge pages)",
		RG_DP_PIPE_SLOTS * sizeof(struct rg_dgram) >> 10);
	return -RG_E_NOMEM;
}

bool rg_dp_wire_drained(const struct rg_host *h)
{
	for (uint32_t w = 0; w < h->n_workers; w++) {
		for (uint32_t t = 0; t < h->n_tx; t++)
			if (rg_dp_pipe_count(&h->workers[w].out[t]) > 0)
				return false;
		if (h->kio != NULL && rg_dp_pipe_count(&h->workers[w].out[h->n_tx]) > 0)
			return false;
	}
	return true;
}

/* Each pipe is freed by its producer's side. */
void rg_dp_unwire(struct rg_host *h)
{
	for (uint32_t i = 0; i < h->n_rx; i++) {
		struct rg_dp_rx *rx = &h->rx[i];

		for (uint32_t w = 0; rx->workers != NULL && w < h->n_workers; w++)
			rg_dp_pipe_close(&rx->workers[w]);
		for (uint32_t t = 0; rx->slow != NULL && t < h->n_tx; t++)
			rg_dp_frames_free(rx->slow[t]);
		rte_free(rx->workers);
		rte_free(rx->slow);
		rte_free(rx->slow_to);
		rte_free(rx->seen);
	}
	for (uint32_t i = 0; i < h->n_workers; i++) {
		struct rg_dp_worker *w = &h->workers[i];

		for (uint32_t t = 0; w->out != NULL && t < h->n_tx + 1; t++)
			rg_dp_pipe_close(&w->out[t]);
		rte_ring_free(w->events);
		rte_ring_free(w->ctl_in);
		rte_ring_free(w->ctl_out);
		rte_ring_free(w->oob_in);
		rte_ring_free(w->oob_out);
		rte_free(w->in);
		rte_free(w->out);
	}
	for (uint32_t i = 0; i < h->n_tx; i++) {
		rte_free(h->tx[i].in);
		rte_free(h->tx[i].slow);
	}
	if (h->kio == NULL)
		return;
	for (uint32_t w = 0; h->kio->workers != NULL && w < h->n_workers; w++)
		rg_dp_pipe_close(&h->kio->workers[w]);
	rte_ring_free(h->kio->events);
	rte_free(h->kio->workers);
	rte_free(h->kio->in);
}

void rg_dp_layout_free(struct rg_host *h)
{
	for (uint32_t i = 0; i < h->n_lcores; i++)
		rg_dp_lcore_fini(&h->lcores[i]);
	rte_free(h->lcores);
	rte_free(h->rx);
	rte_free(h->workers);
	rte_free(h->tx);
}
