/* SPDX-License-Identifier: BSD-3-Clause */
/* With thousands of streams the state of each is in no cache when its turn comes, and each look at it
 * tells where to look next. These steps are taken for many streams at a time, so that the memory
 * works on all of them at once. */
#include "worker_priv.h"

/* Turns ahead in which each step of what is due is taken. */
enum ahead {
	AHEAD_HELD = 1,
	AHEAD_SLOT = 2,
	AHEAD_CORE = 3,
	AHEAD_FLOW = 5,
	AHEAD_SIDE = 8,
	AHEAD_EP = 12,
};

static const struct rg_rx *input_of(const struct rg_worker *w, uint32_t id)
{
	const struct ep *e = &w->eps[id];

	return id < w->max_eps && e->role == EP_RX_MEDIA ? e->side.rx : NULL;
}

static void fetch_side(const struct rg_worker *w, uint32_t id)
{
	const struct ep *e = &w->eps[id];

	if (!input_of(w, id))
		return;
	rg_rx_fetch(e->side.rx);
	rg_prefetch_near(e->stream, RG_CACHE_LINE);
	rg_prefetch_near(stream_sides(e->stream), RG_CACHE_LINE);
	rg_tx_fetch(e->first_tx);
}

void fetch_burst(const struct rg_worker *w, const struct rg_dgram *in, unsigned n)
{
	const struct rg_rx *rx[RG_BURST];
	unsigned k = 0;

	for (unsigned i = 0; i < n; i++)
		if (in[i].ep < w->max_eps)
			rg_prefetch_near(&w->eps[in[i].ep], sizeof(struct ep));
	for (unsigned i = 0; i < n; i++) {
		/* a run of datagrams is for one input */
		rx[k] = i > 0 && in[i].ep == in[i - 1].ep ? NULL : input_of(w, in[i].ep);
		if (!rx[k])
			continue;
		rg_rx_fetch(rx[k++]);
		rg_prefetch_near(w->eps[in[i].ep].stream, RG_CACHE_LINE);
	}
	for (unsigned i = 0; i < k; i++)
		rg_rx_fetch_flow(rx[i]);
	for (unsigned i = 0; i < k; i++)
		rg_rx_fetch_core(rx[i], RG_FETCH_FIRST);
	for (unsigned i = 0; i < k; i++)
		rg_rx_fetch_core(rx[i], RG_FETCH_FEED);
}

void fetch_due(const struct rg_worker *w, const uint32_t *ids, unsigned n)
{
	static const struct {
		enum ahead turns;
		enum rg_fetch step;
	} core[] = {{AHEAD_CORE, RG_FETCH_FIRST}, {AHEAD_SLOT, RG_FETCH_POLL},
		{AHEAD_HELD, RG_FETCH_HELD}};

	if (n > AHEAD_EP && ids[AHEAD_EP] < w->max_eps)
		rg_prefetch_near(&w->eps[ids[AHEAD_EP]], sizeof(struct ep));
	if (n > AHEAD_SIDE)
		fetch_side(w, ids[AHEAD_SIDE]);
	if (n > AHEAD_FLOW && input_of(w, ids[AHEAD_FLOW]))
		rg_rx_fetch_flow(input_of(w, ids[AHEAD_FLOW]));
	for (unsigned i = 0; i < RG_ARRAY_LEN(core); i++)
		if (n > core[i].turns && input_of(w, ids[core[i].turns]))
			rg_rx_fetch_core(input_of(w, ids[core[i].turns]), core[i].step);
}
