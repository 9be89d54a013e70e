/* SPDX-License-Identifier: BSD-3-Clause */
/* Does a packet fit the timeline? One that does not may be damage, a stray or the first of a new
 * timeline (the sender restarted, its clock jumped, the way became longer than the buffer). Only
 * several in a row that agree with each other move us. */
#include "flow_rx_priv.h"

static void anchor(struct rg_flow_rx *f, rg_time now, int64_t src_ns)
{
	f->newest_src_ns = src_ns;
	f->cand.n = 0;
	f->drift_end = rg_time_add(now, DRIFT_WINDOW_NS);
	f->drift_min_ns = INT64_MAX;
}

void rx_clock_start(struct rg_flow_rx *f, rg_time now, const struct rg_media *m)
{
	int64_t transit_ns = now.ns - m->src_ns, half_ns = f->conf.buffer_ns / 2;
	/* for its key, say: the buffer counts from when it came */
	int64_t waited_ns = rg_clamp_i64(rg_time_diff(now, m->arrival), 0, half_ns);

	f->offset_ns = f->rtc_known ? f->rtc_offset_ns : transit_ns - waited_ns;
	f->least_offset_ns = transit_ns - half_ns;
	anchor(f, now, m->src_ns);
}

/* How late a source time is beside the timeline. */
static int64_t lateness(const struct rg_flow_rx *f, rg_time now, int64_t src_ns)
{
	return now.ns - src_ns - f->offset_ns;
}

static void shift(struct rg_flow_rx *f, struct rg_media *m, int64_t late_ns)
{
	f->shift_ns += late_ns;
	f->old_shift_ns -= late_ns;
	m->src_ns += late_ns;
}

/* The old timeline goes on, so the new one's source times are moved onto it: due a whole buffer
 * from now. Wall clocks need no moving. */
void rx_clock_restart(struct rg_flow_rx *f, rg_time now, struct rg_media *m)
{
	int64_t late = lateness(f, now, m->src_ns);

	f->old_shift_ns = 0;
	if (f->conf.timing != RG_TIMING_RTC || !time_fits(f, late))
		shift(f, m, late);
	anchor(f, now, m->src_ns);
}

bool rx_clock_is_old(const struct rg_flow_rx *f, const struct rg_media *m)
{
	uint32_t seq = m->seq + f->old_seq_shift;

	return f->cursor != f->first && rg_seq_diff(seq, f->old_first) >= 0 &&
		rg_seq_diff(seq, f->first) < GAP_SLACK;
}

bool rx_clock_fit_old(const struct rg_flow_rx *f, rg_time now, struct rg_media *m)
{
	m->seq += f->old_seq_shift;
	if (f->conf.timing != RG_TIMING_ARRIVAL)
		m->src_ns += f->old_shift_ns;
	return rg_seq_diff(m->seq, f->cursor) >= 0 && rg_seq_diff(m->seq, f->first) < 0 &&
		time_fits(f, lateness(f, now, m->src_ns));
}

/* A packet stays for the whole buffer when its way was as short as any: the offset is the smallest
 * transit time. Before anything was delivered it follows at once, because the first packet may have
 * been late, behind a queue that had to empty or a host that had to find memory; half of the buffer
 * stays for the recovery of what came with it. Later it follows by small steps: crystals differ, and
 * a stream of days shall stay in the middle of its buffer. */
void rx_clock_drift(struct rg_flow_rx *f, rg_time now, int64_t src_ns)
{
	int64_t transit_ns = now.ns - src_ns;

	if (f->conf.timing != RG_TIMING_SOURCE)
		return;
	if (f->st.delivered == 0 && transit_ns < f->offset_ns)
		f->offset_ns = rg_max_i64(transit_ns, f->least_offset_ns);
	f->drift_min_ns = rg_min_i64(f->drift_min_ns, transit_ns);
	if (rg_time_before(now, f->drift_end))
		return;
	f->offset_ns += rg_clamp_i64(f->drift_min_ns - f->offset_ns, -DRIFT_STEP_NS, DRIFT_STEP_NS);
	f->drift_min_ns = INT64_MAX;
	f->drift_end = rg_time_add(now, DRIFT_WINDOW_NS);
}

static bool joins_candidate(struct rg_flow_rx *f, rg_time now, const struct rg_media *m)
{
	struct candidate *c = &f->cand;
	int32_t step = rg_seq_diff(m->seq, c->seq);
	int64_t off = now.ns - m->src_ns - c->offset_ns;
	bool joins = c->n > 0 && step > 0 && step <= RESTART_STEP && off <= f->conf.buffer_ns / 2 &&
		off >= -f->conf.buffer_ns / 2;

	/* what is behind the last one says nothing: reordered, the copy that came by another way,
	 * the repeated last packet of a stream that ended */
	if (c->n > 0 && step <= 0 && step > -GAP_SLACK)
		return false;
	c->n = joins ? c->n + 1 : 1;
	c->seq = m->seq;
	if (!joins)
		c->offset_ns = now.ns - m->src_ns;
	return c->n >= RESTART_PACKETS;
}

/* A gap is believed at once when the source time passed explains it. */
static bool plausible_gap(const struct rg_flow_rx *f, int32_t ahead, int64_t src_ns)
{
	int64_t elapsed = rg_clamp_i64(src_ns - f->newest_src_ns, 0, 60 * RG_NS_PER_S);

	return ahead <= GAP_SLACK ||
		(f->spacing_ns > 0 && (ahead - GAP_SLACK) * f->spacing_ns <= 4 * elapsed);
}

/* Its time is damaged, or of a timeline that is not believed yet. */
static enum fit by_number(const struct rg_flow_rx *f, struct rg_media *m)
{
	m->src_ns = f->newest_src_ns;
	return FIT_NUMBER;
}

enum fit rx_clock_fit(struct rg_flow_rx *f, rg_time now, struct rg_media *m)
{
	int32_t ahead = rg_seq_diff(m->seq, f->newest);
	int64_t late = lateness(f, now, m->src_ns);
	bool time_ok = time_fits(f, late);
	bool dead = f->n_held == 0 && rg_time_diff(now, f->last_arrival) > f->conf.buffer_ns;
	int32_t blind = dead ? GAP_SLACK : RESTART_STEP; /* as far as the number alone is trusted */
	bool number_ok = rg_seq_diff(m->seq, f->first) >= 0 && ahead < (int32_t)f->window &&
		(ahead <= 1 || (time_ok ? plausible_gap(f, ahead, m->src_ns) : ahead <= blind));

	if (number_ok && time_ok) {
		if (ahead > 0) /* the stream is alive, not only what is left of it on its way */
			f->cand.n = 0;
		return FIT;
	}
	if (m->flags & RG_MEDIA_BESIDE && number_ok)
		return by_number(f, m);
	if (m->flags & (RG_MEDIA_RECORD | RG_MEDIA_BESIDE))
		return rx_clock_is_old(f, m) && rx_clock_fit_old(f, now, m) ? FIT : FIT_NOT;
	if (!number_ok) {
		/* behind the cursor by a little is only late, whatever else happens */
		if (dead && ahead != 0 && (ahead > 0 || ahead < -GAP_SLACK))
			return FIT_RESTART;
		if (rx_clock_is_old(f, m))
			return rx_clock_fit_old(f, now, m) ? FIT : FIT_NOT;
		if (time_ok && m->src_ns < f->newest_src_ns)
			return FIT_NOT; /* late, by whatever way it came: a restart sends newer ones */
		return joins_candidate(f, now, m) ? FIT_RESTART : FIT_NOT;
	}
	if (joins_candidate(f, now, m) || (dead && ahead > 0)) {
		/* numbers go on: shift the new source times onto the old timeline, lose nothing */
		shift(f, m, late);
		f->st.clock_resync++;
		f->cand.n = 0;
		return FIT;
	}
	return by_number(f, m);
}
