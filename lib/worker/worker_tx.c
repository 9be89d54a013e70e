/* SPDX-License-Identifier: BSD-3-Clause */
/* What left no room in the host's array goes first in the next step; fresh buffers for control
 * datagrams are fetched in bulk. */
#include "worker_priv.h"

static void unspill(struct rg_io *io)
{
	while (io->n_spill && io->n_out < io->out_cap) {
		io->out[io->n_out++] = io->spill[io->spill_head];
		io->spill_head = (io->spill_head + 1) & (RG_IO_SPILL - 1);
		io->n_spill--;
	}
}

void tx_begin(struct rg_worker *w, rg_time now, struct rg_dgram *out, unsigned out_cap)
{
	struct rg_io *io = &w->io;
	struct rg_io_stash *s = &io->fresh;

	RG_ASSERT(now.ns >= io->now.ns);
	io->now = now;
	io->out = out;
	io->out_cap = out_cap;
	io->n_out = 0;
	unspill(io);
	if (s->n < RG_IO_STASH / 2)
		s->n += io->buf->alloc_bulk(io->buf->ctx, s->bufs + s->n, RG_IO_STASH - s->n);
}
