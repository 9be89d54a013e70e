/* SPDX-License-Identifier: BSD-3-Clause */
#include "rg_profile.h"
#include "rg_seq.h"

#define NEAR        4096 /* packets: further away is believed only when repeated */
#define FAR_IN_ROW  3
#define RESTART_GAP UINT32_C(0x40000000)

static void anchor(struct rg_widen *w, const struct rg_media *m, uint32_t high)
{
	w->seq = high | (m->seq & 0xffff);
	w->ts = m->rtp_ts;
	w->n_far = 0;
	w->anchored = true;
}

/* True when a packet far from the reference is the last of a few in a row. */
static bool far_agrees(struct rg_widen *w, uint16_t seq)
{
	w->n_far = (uint8_t)(w->n_far > 0 && seq == w->far_seq ? w->n_far + 1 : 1);
	w->far_seq = (uint16_t)(seq + 1);
	return w->n_far >= FAR_IN_ROW;
}

void rg_widen(struct rg_widen *w, struct rg_media *m, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		uint16_t wire = (uint16_t)m[i].seq;
		int64_t ts;
		int32_t step;

		if (!w->anchored)
			anchor(w, &m[i], m[i].seq & UINT32_C(0xffff0000));
		if (!(m[i].flags & RG_MEDIA_WIDE))
			m[i].seq = rg_seq_widen16(w->seq, wire);
		step = rg_seq_diff(m[i].seq, w->seq);
		ts = rg_ts_unwrap(w->ts, m[i].rtp_ts);
		m[i].src_ns = rg_rtp_ticks_to_ns(ts);
		if (m[i].flags & RG_MEDIA_RETX)
			continue;
		if (step <= NEAR && step >= -NEAR)
			w->n_far = 0;
		else if (!far_agrees(w, wire))
			continue;
		if (step > 0 || w->n_far) {
			w->seq = m[i].seq;
			w->ts = ts;
			w->n_far = 0;
		}
	}
}

void rg_widen_restart(struct rg_widen *w, const struct rg_media *first)
{
	uint32_t far = first->flags & RG_MEDIA_WIDE ? first->seq : w->seq + RESTART_GAP;

	anchor(w, first, far & UINT32_C(0xffff0000));
}
