/* SPDX-License-Identifier: BSD-3-Clause */
/* What was sent stays until it is too old to be asked for. Outputs that send the same keep it once:
 * the first owns it, the others know only their own numbers and who asked. */
#include "flow_tx_priv.h"

static void evict(struct history *h, enum rg_verdict v, struct rg_flow_tx_out *out)
{
	out->drop[out->n_drop++] =
		(struct rg_dropped){.buf = h->ring[h->oldest++ & h->mask].buf, .verdict = v};
}

void tx_keep(struct rg_flow_tx *f, rg_time now, const struct rg_media *m, unsigned n,
	struct rg_flow_tx_out *out)
{
	struct history *h = f->history;
	uint32_t now_us = tx_us(f, now);

	if (!f->conf.keep_history) {
		h->oldest = h->next += n;
		return;
	}
	RG_ASSERT(out->drop_cap - out->n_drop >= n);
	for (unsigned i = 0; i < n; i++) {
		if (h->next - h->oldest > h->mask)
			evict(h, RG_V_HISTORY_EXPIRED, out);
		h->ring[h->next++ & h->mask] = (struct sent){
			.buf = m[i].buf,
			.data = m[i].data,
			.src_ns = m[i].src_ns,
			.sent_us = now_us,
			.rtp_ts = m[i].rtp_ts,
			.virt_src = m[i].virt_src,
			.virt_dst = m[i].virt_dst,
			.len = m[i].len,
			.npd = m[i].npd,
		};
	}
}

static int64_t age_ns(const struct rg_flow_tx *f, rg_time now)
{
	const struct history *h = f->history;

	return (int64_t)(tx_us(f, now) - h->ring[h->oldest & h->mask].sent_us) * RG_NS_PER_US;
}

/* The oldest packet is past its time. The one that tails repeat stays. */
static bool expired(const struct rg_flow_tx *f, rg_time now)
{
	const struct history *h = f->history;
	uint32_t n = h->next - h->oldest;

	if (n == 0)
		return false;
	if (h->condemned)
		return true;
	return age_ns(f, now) >= f->conf.history_ns && (n > 1 || rg_time_before(h->keep_last, now));
}

void tx_expire(struct rg_flow_tx *f, rg_time now, struct rg_flow_tx_out *out)
{
	struct history *h = f->history;

	while (expired(f, now)) {
		if (out->n_drop == out->drop_cap) {
			out->more = true;
			break;
		}
		evict(h, h->condemned ? RG_V_STREAM_CLOSED : RG_V_HISTORY_EXPIRED, out);
	}
}

rg_time tx_expiry(const struct rg_flow_tx *f)
{
	const struct history *h = f->history;
	rg_time t;

	if (h->next == h->oldest)
		return RG_TIME_NEVER;
	if (h->condemned)
		return (rg_time){0};
	t = rg_time_add(f->credit_at, f->conf.history_ns - age_ns(f, f->credit_at) + RG_NS_PER_US);
	if (h->next - h->oldest > 1)
		return t;
	return tx_later(t, rg_time_add(h->keep_last, 1));
}
