/* SPDX-License-Identifier: BSD-3-Clause */
/* Gauges: windows of 100 ms, smoothed by 1/8. */
#include "flow_rx_priv.h"

void rx_stats_interval(struct rg_flow_rx *f, rg_time now)
{
	uint64_t us = (uint64_t)rg_time_diff(now, f->last_arrival) / RG_NS_PER_US;

	f->st.ips_cur_us = us;
	f->st.ips_max_us = us > f->st.ips_max_us ? us : f->st.ips_max_us;
	if (us > 0 && (f->st.ips_min_us == 0 || us < f->st.ips_min_us))
		f->st.ips_min_us = us;
}

void rx_stats_arrival(struct rg_flow_rx *f, rg_time now, const struct rg_media *m)
{
	tokens_take(&f->media, m->len, f->conf.bandwidth_Bps);
	if (m->flags & RG_MEDIA_RETX) {
		f->last_answer = now;
		f->st.retransmitted_received++;
		f->gauge_retx_bytes += m->len;
		return;
	}
	f->gauge_bytes += m->len;
	f->mean_len = len_mean(f->mean_len, m->len);
	if (++f->reorder_n == REORDER_WINDOW)
		rx_learn_window(f);
	if (f->started)
		rx_stats_interval(f, now);
}

static uint64_t smooth(uint64_t mean_bps, uint64_t window_bytes)
{
	int64_t now_bps = (int64_t)(window_bytes * 8 * (uint64_t)(RG_NS_PER_S / GAUGE_NS));

	return (uint64_t)((int64_t)mean_bps + (now_bps - (int64_t)mean_bps) / 8);
}

void rx_stats_roll(struct rg_flow_rx *f, rg_time now)
{
	/* after a long silence a few windows of nothing are enough to say so */
	for (int i = 0; i < 64 && !rg_time_before(now, f->gauge_end); i++) {
		f->st.bandwidth_bps = smooth(f->st.bandwidth_bps, f->gauge_bytes);
		f->st.retry_bandwidth_bps = smooth(f->st.retry_bandwidth_bps, f->gauge_retx_bytes);
		f->gauge_bytes = 0;
		f->gauge_retx_bytes = 0;
		f->gauge_end = rg_time_add(f->gauge_end, GAUGE_NS);
	}
	if (!rg_time_before(now, f->gauge_end))
		f->gauge_end = rg_time_add(now, GAUGE_NS);
}

void rg_flow_rx_stats(const struct rg_flow_rx *f, rg_time now, struct rg_flow_rx_stats *out)
{
	*out = f->st;
	out->missing = f->n_missing;
	out->buffered = f->n_held;
	out->avg_buffer_time_us = (uint64_t)(f->buffered_ns / RG_NS_PER_US);
	out->reorder_wait_us = (uint64_t)(f->reorder_wait_ns / RG_NS_PER_US);
	if (f->loss_samples > 0) {
		out->loss_forward_q16 = f->loss_fwd_q16;
		out->loss_back_q16 = f->loss_back_q16;
	}
	/* a stream that stopped has no rate */
	if (rg_time_diff(now, f->gauge_end) > RG_NS_PER_S) {
		out->bandwidth_bps = 0;
		out->retry_bandwidth_bps = 0;
	}
}
