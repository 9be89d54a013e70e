/* SPDX-License-Identifier: BSD-3-Clause */
/* What the flow learns about its way from what arrives: loss of both directions, how far packets
 * are reordered, how long an answer takes, and whether the sender answers twice within a round
 * trip. Estimates move by shifts; the first samples count more. */
#include "flow_rx_priv.h"

#define LOSS_MAX_Q16  (RG_Q16_ONE * 7 / 8)
#define BACK_FROM     32u /* rounds before the loss of the way back has an estimate of its own */
#define RTT_GUESS_NS  (50 * RG_NS_PER_MS) /* before the first sample */
#define RTT_GUESS_MAX 4u /* doublings of it, once a round that nothing answered */
#define ANSWERS_FROM  8u
#define LATE_ANSWERS  32u /* answers, none of them to a first round, that make us learn anew */
#define COPIES_FROM   32u
#define COPIES_MEMORY 256u

/* Count n numbers that passed, of which some are missing. */
void rx_learn_loss(struct rg_flow_rx *f, uint32_t missed, uint32_t n)
{
	int64_t sample, weight;

	f->loss_n += n;
	f->loss_missed += missed;
	if (f->loss_n < LOSS_WINDOW)
		return;
	sample = (int64_t)(((uint64_t)f->loss_missed << 16) / f->loss_n);
	weight = f->loss_samples == 0 ? 1 : f->loss_samples < 8 ? 4 : 16;
	f->loss_fwd_q16 = (uint32_t)rg_clamp_i64(
		f->loss_fwd_q16 + (sample - f->loss_fwd_q16) / weight, 0, LOSS_MAX_Q16);
	if (f->answers < BACK_FROM || rx_learn_gated(f))
		f->loss_back_q16 = f->loss_fwd_q16; /* no better guess */
	f->loss_samples++;
	f->loss_n = 0;
	f->loss_missed = 0;
}

/* The outcome of a round moves the estimate of the way back towards what would explain it. */
static void learn_back(struct rg_flow_rx *f, const struct missing *m, uint32_t failed_q16)
{
	struct rg_nack_plan p = {m->repeats, m->copies};
	int64_t err =
		(int64_t)failed_q16 - rg_nack_round_fails_q16(f->loss_fwd_q16, f->loss_back_q16, p);

	if (f->answer_n < ANSWERS_FROM)
		return; /* rounds still begin too early or too late to tell */
	if (f->answers < BACK_FROM)
		f->answers++;
	else if (!rx_learn_gated(f))
		f->loss_back_q16 = (uint32_t)rg_clamp_i64(
			(int64_t)f->loss_back_q16 + err / 128, 0, LOSS_MAX_Q16);
}

static void learn_reorder(struct rg_flow_rx *f, int64_t late_ns)
{
	int64_t want = rg_min_i64(late_ns + late_ns / 4, f->conf.reorder_ns);

	f->reorder_max_ns = rg_max_i64(f->reorder_max_ns, want);
	f->reorder_wait_ns = rg_max_i64(f->reorder_wait_ns, want);
}

/* Whoever answers no echo shows the round trip by answers alone. One to a later round may be that
 * to an earlier one: from the first NACK of the first round on it is an upper bound, good enough to
 * space rounds until a first round is answered and tells it exactly. */
static void learn_bound(struct rg_flow_rx *f, int64_t took_ns)
{
	if (f->rtt_ns > 0)
		return;
	if (f->answer_n > 0 && ++f->late_answers >= LATE_ANSWERS)
		f->answer_n = 0; /* the way became longer than the rounds are apart */
	else if (f->answer_n > 0 || (f->answer_ns > 0 && f->answer_ns < took_ns))
		return;
	f->answer_ns = took_ns;
	f->answer_var_ns = took_ns / 8;
	f->late_answers = 0;
}

/* From the first NACK of a round to the answer: a round trip and whatever the sender adds. */
static void learn_answer(struct rg_flow_rx *f, int64_t took_ns)
{
	int64_t err = took_ns - f->answer_ns;

	f->late_answers = 0;
	if (f->answer_n == 0) {
		f->answer_ns = took_ns;
		f->answer_var_ns = took_ns / 8;
	} else {
		f->answer_ns += err / 16;
		f->answer_var_ns += ((err < 0 ? -err : err) - f->answer_var_ns) / 16;
	}
	f->answer_n++;
}

void rx_learn_filled(struct rg_flow_rx *f, rg_time now, const struct slot *s, bool retx)
{
	const struct missing *m = &s->u.miss;
	int64_t since_first_ns = s->rounds_us * RG_NS_PER_US;

	if (!retx) {
		if (m->rounds == 0)
			learn_reorder(f, now.ns - m->asked_ns);
		f->loss_missed -= rg_min_u32(f->loss_missed, 1);
		return;
	}
	if (m->rounds == 0)
		return;
	learn_back(f, m, 0);
	if (m->rounds == 1 && (m->copies == 1 || f->rtt_ns == 0))
		learn_answer(f, now.ns - m->asked_ns);
	else
		learn_bound(f, now.ns - m->asked_ns + since_first_ns);
	/* one group should have one answer */
	if (m->rounds == 1 && m->copies == 1 && m->sent > 1 && ++f->open_asked == COPIES_MEMORY) {
		f->open_asked /= 2;
		f->open_came /= 2;
	}
	/* NACKs went out over more than a window of the sender: a second answer should follow */
	if (m->copies > 1 ? m->sent > m->repeats : m->sent > RG_COPY_TICKS * FINE_TICKS) {
		if (++f->twice_asked == COPIES_MEMORY) {
			f->twice_asked /= 2;
			f->twice_came /= 2;
		}
	}
}

void rx_learn_failed(struct rg_flow_rx *f, const struct missing *m)
{
	learn_back(f, m, RG_Q16_ONE);
}

/* Another answer for a packet; sole: it was recovered in its first round, of one group. */
void rx_learn_second_answer(struct rg_flow_rx *f, bool sole)
{
	if (sole)
		f->open_came = rg_min_u32(f->open_came + 1, COPIES_MEMORY);
	f->twice_came = rg_min_u32(f->twice_came + 1, COPIES_MEMORY);
}

bool rx_learn_open(const struct rg_flow_rx *f)
{
	return f->open_asked >= COPIES_FROM && f->open_came * 8 > f->open_asked;
}

bool rx_learn_curious(const struct rg_flow_rx *f)
{
	return f->twice_asked < COPIES_FROM;
}

bool rx_learn_gated(const struct rg_flow_rx *f)
{
	return f->twice_asked >= COPIES_FROM && f->twice_came * 5 < f->twice_asked;
}

int64_t rx_learn_rtt(const struct rg_flow_rx *f)
{
	return f->rtt_ns > 0 ? f->rtt_ns : f->answer_n > 0 ? f->answer_ns : 0;
}

int64_t rx_learn_rtt_var(const struct rg_flow_rx *f)
{
	return f->rtt_ns > 0 ? f->rtt_var_ns : f->answer_var_ns;
}

/* Without echoes: what answers show, and before any a guess that doubles while nobody answers. */
static int64_t spacing_without_echo(const struct rg_flow_rx *f, int64_t seen_ns, uint32_t round)
{
	int64_t ns = seen_ns;

	if (f->answer_ns == 0)
		ns = RTT_GUESS_NS << rg_min_u32(round, RTT_GUESS_MAX);
	return rg_clamp_i64(ns, f->conf.rtt_min_ns, f->conf.rtt_max_ns);
}

/* Long enough for the answer to the last repeat, or that answer would count as none. */
int64_t rx_learn_spacing(const struct rg_flow_rx *f, uint32_t round)
{
	const int64_t repeats_ns = (RG_REPEATS_MAX - 1) * RG_NACK_GRID_NS;
	int64_t usual =
		f->rtt_c_ns + rg_clamp_i64(2 * f->rtt_var_ns, RG_NS_PER_MS, f->rtt_c_ns / 2);
	int64_t seen = f->answer_ns + rg_max_i64(2 * f->answer_var_ns, RG_NS_PER_MS);

	if (f->rtt_ns == 0)
		usual = spacing_without_echo(f, seen, round);
	else if (f->answer_n >= ANSWERS_FROM)
		usual = rg_clamp_i64(seen, f->rtt_c_ns, 2 * usual);
	return usual + repeats_ns;
}

/* A window of originals passed: what was reordered in it decides, else the wait shrinks. */
void rx_learn_window(struct rg_flow_rx *f)
{
	f->reorder_wait_ns = rg_max_i64(f->reorder_max_ns, f->reorder_wait_ns / 2);
	f->reorder_max_ns = 0;
	f->reorder_n = 0;
}
