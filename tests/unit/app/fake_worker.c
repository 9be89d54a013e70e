/* SPDX-License-Identifier: BSD-3-Clause */
/* fake_worker.c - sizes of a worker that the budget can be checked against by hand. */
#include "rg_worker.h"

size_t rg_worker_footprint(const struct rg_worker_conf *c)
{
	return 1000 + c->max_streams;
}

size_t rg_stream_footprint(const struct rg_stream_plan *p)
{
	size_t slots = 0;

	for (uint32_t i = 0; i < p->n_inputs; i++)
		slots += p->inputs[i].ring_slots;
	for (uint32_t i = 0; i < p->n_outputs; i++)
		slots += p->outputs[i].ring_slots;
	return 64 * slots;
}
