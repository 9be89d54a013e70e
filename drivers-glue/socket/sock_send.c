/* SPDX-License-Identifier: BSD-3-Clause */
#include "sock_priv.h"

static unsigned same_ep(const struct rg_dgram *d, unsigned n)
{
	unsigned k = 1;

	while (k < n && k < SOCK_BURST && d[k].ep == d[0].ep)
		k++;
	return k;
}

void rg_sock_send(struct rg_sock_set *s, const struct rg_dgram *out, unsigned n)
{
	for (unsigned i = 0; i < n;) {
		unsigned k = same_ep(out + i, n - i);
		struct sock_ep *e = &s->eps[out[i].ep];
		struct rg_buf bufs[SOCK_BURST];
		unsigned n_bufs = 0;

		if (e->fd < 0)
			sock_count(s, RG_V_STREAM_CLOSED, k);
		else if (e->kind == RG_EP_UDP)
			sock_udp_send(s, e, out + i, k);
		else if (e->kind == RG_EP_TUN)
			sock_tun_send(s, e, out + i, k);
		else
			sock_out_write(s, e, out + i, k);
		for (unsigned j = 0; j < k; j++)
			if (out[i + j].buf.h)
				bufs[n_bufs++] = out[i + j].buf;
		s->buf.free_bulk(s->buf.ctx, bufs, n_bufs);
		i += k;
	}
}
