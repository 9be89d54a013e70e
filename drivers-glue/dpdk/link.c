/* SPDX-License-Identifier: BSD-3-Clause */
/* link.c - ports whose link depends on a peer process (memif). The driver calls once, at start:
 * a side that dials has to be started again and again until the other is there, and again after
 * it went. While a link is down nobody polls the port, and between the fall of `up` and the
 * restart lies a tick, in which a poll that had begun ends. */
#include "dpdk_priv.h"

#include <rte_ethdev.h>

void rg_dp_link_tick(struct rg_dp_port *p)
{
	struct rte_eth_link link = {0};
	bool was_up = rg_dp_port_up(p), is_up;

	is_up = rte_eth_link_get_nowait(p->id, &link) == 0 && link.link_status == RTE_ETH_LINK_UP;
	atomic_store_explicit(&p->up, is_up, memory_order_release);
	if (was_up || is_up || !p->dials)
		return;
	rte_eth_dev_stop(p->id);
	/* Refused: the next tick tries again. */
	(void)rte_eth_dev_start(p->id);
}
