/* SPDX-License-Identifier: BSD-3-Clause */
#include "fake_worker.h"

#include <stdatomic.h>

struct rg_worker {
	struct rg_bufops buf;
	struct rg_dgram held[FAKE_HELD];
	unsigned n_held;
	uint32_t n_streams, n_removed;
	bool event;
	struct rg_oob oob[FAKE_OOB];
	unsigned n_oob;
	_Atomic uint64_t oob_full;
	_Atomic uint64_t answered;
	_Atomic int64_t late_max_ns;
};

size_t rg_worker_footprint(const struct rg_worker_conf *c)
{
	(void)c;
	return sizeof(struct rg_worker);
}

struct rg_worker *rg_worker_init(void *mem, const struct rg_worker_conf *c, rg_time now)
{
	struct rg_worker *w = mem;

	(void)now;
	memset(w, 0, sizeof(*w));
	w->buf = c->buf;
	return w;
}

void rg_worker_fini(struct rg_worker *w)
{
	while (w->n_held > 0)
		w->buf.free_bulk(w->buf.ctx, &w->held[--w->n_held].buf, 1);
}

size_t rg_stream_footprint(const struct rg_stream_plan *p)
{
	(void)p;
	return 1;
}

int rg_worker_add_stream(
	struct rg_worker *w, rg_time now, const struct rg_stream_plan *p, void *mem)
{
	(void)now;
	(void)mem;
	w->n_streams++;
	return p->n_inputs == 99 ? -RG_E_INVAL : 0;
}

void rg_worker_remove_stream(struct rg_worker *w, rg_time now, uint32_t stream)
{
	(void)now;
	(void)stream;
	w->n_removed++;
}

bool rg_worker_stream_gone(const struct rg_worker *w, uint32_t stream)
{
	(void)stream;
	return w->n_removed == w->n_streams && w->n_held == 0;
}

void rg_worker_set_wallclock(struct rg_worker *w, rg_time mono, int64_t ntp_ns)
{
	(void)w;
	(void)mono;
	(void)ntp_ns;
}

unsigned rg_worker_step(struct rg_worker *w, rg_time now, struct rg_dgram *in, unsigned n_in,
	struct rg_dgram *out, unsigned out_cap)
{
	unsigned n = 0;

	for (unsigned i = 0; i < n_in; i++) {
		if (w->n_held < FAKE_HELD)
			w->held[w->n_held++] = in[i];
		else
			w->buf.free_bulk(w->buf.ctx, &in[i].buf, 1);
		w->event = true;
	}
	while (n < out_cap && w->n_held > 0) {
		int64_t late = rg_time_diff(now, w->held[0].arrival) - FAKE_DELAY_NS;

		if (late < 0)
			break;
		if (late > w->late_max_ns)
			w->late_max_ns = late;
		out[n++] = w->held[0];
		memmove(w->held, w->held + 1, --w->n_held * sizeof(w->held[0]));
		w->answered++;
	}
	return n;
}

rg_time rg_worker_wakeup(struct rg_worker *w)
{
	return w->n_held ? rg_time_add(w->held[0].arrival, FAKE_DELAY_NS) : RG_TIME_NEVER;
}

bool rg_worker_event(struct rg_worker *w, struct rg_event *ev)
{
	if (!w->event)
		return false;
	w->event = false;
	*ev = (struct rg_event){.kind = RG_EVENT_FLOW_NEW, .stream = 1};
	return true;
}

void rg_worker_count(struct rg_worker *w, uint32_t stream, enum rg_verdict v, uint64_t n)
{
	(void)stream;
	if (v == RG_V_OOB_FULL)
		w->oob_full += n;
}

bool rg_worker_report(const struct rg_worker *w, uint32_t stream, void *buf, size_t cap_bytes)
{
	struct fake_report *r = buf;

	(void)stream;
	(void)cap_bytes;
	r->answered = w->answered;
	r->late_max_ns = w->late_max_ns;
	r->oob_full = w->oob_full;
	return true;
}

bool rg_worker_ctl_take(struct rg_worker *w, struct rg_ctl *m)
{
	(void)w;
	(void)m;
	return false;
}

bool rg_worker_ctl_waits(const struct rg_worker *w)
{
	(void)w;
	return false;
}

bool rg_worker_ctl_ready(const struct rg_worker *w)
{
	(void)w;
	return true;
}

int rg_worker_ctl(struct rg_worker *w, rg_time now, const struct rg_ctl *m)
{
	(void)w;
	(void)now;
	(void)m;
	return -RG_E_NOENT;
}

bool rg_worker_oob_take(struct rg_worker *w, struct rg_oob *m)
{
	if (w->n_oob == 0)
		return false;
	*m = w->oob[--w->n_oob];
	return true;
}

/* It comes back. */
int rg_worker_oob(struct rg_worker *w, rg_time now, const struct rg_oob *m)
{
	(void)now;
	if (m->ep == FAKE_NO_EP)
		return -RG_E_NOENT;
	if (w->n_oob == FAKE_OOB)
		return -RG_E_AGAIN;
	w->oob[w->n_oob++] = *m;
	return 0;
}

void rg_worker_orphans(const struct rg_worker *w, uint64_t *drops)
{
	(void)w;
	drops[RG_V_NOT_OURS] += FAKE_ORPHANS;
}
