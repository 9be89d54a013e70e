/* SPDX-License-Identifier: BSD-3-Clause */
/* Out-of-band data: waits in a short line until no media does and media leaves some of the bandwidth,
 * goes a little at a time, and is dropped, counted, when it is too much. TR-06-2 section 5.4. */
#include "session_priv.h"

int tunnel_oob_put(struct rg_tunnel *t, struct rg_io *io, const struct rg_dgram *d, uint16_t type)
{
	struct rg_dgram *place;

	if (t->n_oob == OOB_WAITING || t->plan->rist.one_way || t->closing) {
		enum rg_verdict why = t->closing ? RG_V_STREAM_CLOSED : RG_V_OOB_FULL;

		rg_io_drop(io, &(struct rg_dropped){.buf = d->buf, .verdict = why}, 1);
		return -RG_E_AGAIN;
	}
	if (t->n_oob == 0)
		t->oob_at = (rg_time){INT64_MIN};
	place = &t->oob[(t->oob_head + t->n_oob++) & (OOB_WAITING - 1)];
	place->buf = d->buf;
	place->data = d->data;
	place->len = d->len;
	place->virt_dst = type;
	return 0;
}

/* A copy to each peer that lives: envelopes differ, and the cipher writes in place. */
static void send_one(struct rg_tunnel *t, struct rg_io *io, const struct rg_dgram *d)
{
	const struct rg_content what = {.kind = RG_INSIDE_OOB, .oob_type = d->virt_dst};

	bool met = false;

	for (uint32_t i = 0; i < *t->n_peers; i++) {
		const struct peer *p = &t->peers[i];
		struct rg_dgram out = {.peer = p->rtcp, .ep = t->plan->ep, .stream = io->stream};
		const struct rg_newbuf *b;

		if (!p->alive || p->rtcp.af == RG_AF_NONE)
			continue;
		met = true;
		if (rg_io_room(io) == 0) {
			rg_io_count(io, RG_V_OOB_FULL, 1);
			return;
		}
		b = rg_io_take(io);
		if (!b)
			return;
		if (d->len > b->cap_bytes - TUNNEL_ROOM) {
			rg_io_count(io, RG_V_TX_TOO_LONG, 1);
			rg_io_free(io, b->buf);
			continue;
		}
		memcpy(b->data + TUNNEL_ROOM, d->data, d->len);
		if (tunnel_control(t, io, &p->way, &what, b, d->len, &out))
			*rg_io_next(io) = out;
	}
	if (!met)
		rg_io_count(io, RG_V_NO_PEER, 1);
}

/* Of the bandwidth: kb/s to all peers that live. */
static uint64_t rate_kbps(const struct rg_tunnel *t)
{
	const struct rg_rist_conf *r = &t->plan->rist;
	uint64_t n = 0;

	for (uint32_t i = 0; i < *t->n_peers; i++)
		n += t->peers[i].alive;
	return (n ? n : 1) *
		(t->sends || !r->return_bandwidth_kbps ? r->bandwidth_kbps
						       : r->return_bandwidth_kbps);
}

/* False: the bandwidth has not carried yet what was sent. Media goes in any case. */
static bool line_is_free(struct rg_tunnel *t, rg_time now)
{
	/* 2^40: bits x 10^6 fit into 64 bits */
	uint64_t bytes = t->sent_bytes - t->line_bytes, limit = UINT64_C(1) << 40;
	uint64_t ns = (bytes < limit ? bytes : limit) * 8000000 / rate_kbps(t);

	t->line_bytes = t->sent_bytes;
	t->line_free.ns = rg_min_i64(rg_max_i64(t->line_free.ns, t->line_looked.ns) + (int64_t)ns,
		now.ns + OOB_BEHIND_NS);
	t->line_looked = now;
	t->oob_at = rg_time_add(t->line_free, -OOB_AHEAD_NS);
	return !rg_time_before(now, t->oob_at);
}

void tunnel_oob_flush(struct rg_tunnel *t, struct rg_io *io)
{
	for (unsigned i = 0; i < OOB_PER_STEP && t->n_oob > 0; i++) {
		struct rg_dgram *d = &t->oob[t->oob_head];

		/* media first: what is left of the host's array is for media of the next streams */
		if (io->n_spill > 0 || io->n_out > io->out_cap / 2 || !line_is_free(t, io->now))
			return;
		send_one(t, io, d);
		rg_io_free(io, d->buf);
		t->oob_head = (t->oob_head + 1) & (OOB_WAITING - 1);
		t->n_oob--;
	}
}

rg_time tunnel_oob_wakeup(const struct rg_tunnel *t)
{
	return t->n_oob ? t->oob_at : RG_TIME_NEVER;
}

void tunnel_oob_drop(struct rg_tunnel *t, struct rg_io *io)
{
	for (; t->n_oob > 0; t->n_oob--) {
		rg_io_drop(io,
			&(struct rg_dropped){
				.buf = t->oob[t->oob_head].buf, .verdict = RG_V_STREAM_CLOSED},
			1);
		t->oob_head = (t->oob_head + 1) & (OOB_WAITING - 1);
	}
}

/* An IP datagram to the side's interface, if it has one, anything else to the API. */
enum rg_verdict tunnel_oob_receive(
	struct rg_tunnel *t, struct rg_io *io, const struct rg_dgram *d, uint16_t type)
{
	bool taken;

	if (!t->plan->tap[0] || !t->ops->is_ip(type, d->data, d->len)) {
		taken = rg_io_oob(io, t->plan->ep, type, d->data, d->len);
	} else if (rg_io_room(io) > 0) {
		*rg_io_next(io) = (struct rg_dgram){.buf = d->buf,
			.data = d->data,
			.len = d->len,
			.ep = t->plan->ep_oob,
			.stream = io->stream,
			.virt_dst = type};
		return RG_V_OK;
	} else {
		taken = false;
	}
	rg_io_free(io, d->buf);
	return taken ? RG_V_OK : RG_V_OOB_FULL;
}

int rg_tunnel_oob(struct rg_tunnel *t, struct rg_io *io, const struct rg_oob *m)
{
	const struct rg_newbuf *b;
	struct rg_dgram d;

	if (m->len == 0 || m->len > RG_OOB_BYTES_MAX || t->ops->reserved(m->type))
		return -RG_E_INVAL;
	b = rg_io_take(io);
	if (!b)
		return -RG_E_NOMEM;
	if (b->cap_bytes < m->len) {
		rg_io_count(io, RG_V_TX_TOO_LONG, 1);
		rg_io_free(io, b->buf);
		return -RG_E_NOMEM;
	}
	memcpy(b->data, m->data, m->len);
	d = (struct rg_dgram){.buf = b->buf, .data = b->data, .len = m->len};
	return tunnel_oob_put(t, io, &d, m->type);
}

void rg_tunnel_from_tun(
	struct rg_tunnel *t, struct rg_io *io, const struct rg_dgram *in, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		tunnel_oob_put(t, io, &in[i], in[i].virt_dst);
}
