/* SPDX-License-Identifier: BSD-3-Clause */
/* What to ask for and when. docs/recovery.md has the why. */
#include "flow_rx_priv.h"

#define NACK_BYTES 4 /* of one range record */

void rx_nack_init(struct rg_flow_rx *f, rg_time now)
{
	bool classic = f->conf.recovery == RG_RECOVERY_CLASSIC;

	rx_wheel_clear(f);
	f->grid_ns = classic ? CLASSIC_GRID_NS : RG_NACK_GRID_NS / FINE_TICKS;
	f->grid_origin_ns = now.ns;
	f->rtt_c_ns = f->conf.rtt_min_ns;
	f->loss_fwd_q16 = LOSS_GUESS_Q16;
	f->loss_back_q16 = LOSS_GUESS_Q16;
	f->reorder_wait_ns = f->conf.reorder_ns;
	f->media.at = f->back.at = now;
	f->media.credit = TOKEN_BURST_NS * (int64_t)f->conf.bandwidth_Bps;
	f->back.credit = TOKEN_BURST_NS * (int64_t)f->conf.return_Bps;
}

/* An answer to a NACK of now cannot come before the packet is due. */
static bool hopeless(const struct rg_flow_rx *f, rg_time now, const struct slot *s)
{
	int64_t rtt = rx_learn_rtt(f);

	return s->u.miss.due_ns - now.ns < rtt - rg_min_i64(rx_learn_rtt_var(f), rtt / 4);
}

static void make_missing(struct rg_flow_rx *f, rg_time now, uint32_t seq, int64_t due_ns,
	bool probe, int64_t wait_ns)
{
	bool classic = f->conf.recovery == RG_RECOVERY_CLASSIC;
	struct slot *s = slot_at(f, seq);

	if (s->state != SLOT_EMPTY)
		return; /* a retransmission was here first */
	*s = (struct slot){.seq = seq, .state = SLOT_MISSING, .probe = probe};
	s->u.miss.due_ns = due_ns;
	s->u.miss.asked_ns = now.ns;
	f->n_missing += !probe;
	if (f->conf.recovery == RG_RECOVERY_OFF || (classic && probe))
		return;
	if (classic || !hopeless(f, now, s))
		rx_wheel_add(f, s, rx_wheel_on_grid(f, rx_wheel_tick(f, now.ns + wait_ns)));
}

void rx_nack_mark(struct rg_flow_rx *f, rg_time now, uint32_t first, uint32_t end, int64_t due_ns,
	int64_t step_ns)
{
	int64_t wait = f->reorder_wait_ns;

	if (f->conf.recovery == RG_RECOVERY_CLASSIC)
		wait = rg_max_i64(f->rtt_c_ns / 2, f->conf.reorder_ns);
	rx_wheel_start(f, now);
	for (uint32_t seq = first; seq != end; seq++, due_ns += step_ns)
		make_missing(f, now, seq, due_ns, false, wait);
}

void rx_nack_probe(struct rg_flow_rx *f, rg_time now, uint32_t first, uint32_t end, int64_t due_ns)
{
	rx_wheel_start(f, now);
	for (uint32_t seq = first; seq != end; seq++)
		make_missing(f, now, seq, due_ns, true, f->reorder_wait_ns);
}

/* A number below the first one seen was sent, so those between were sent as well. */
static void believe_above(struct rg_flow_rx *f, uint32_t seq)
{
	for (uint32_t k = 1; k <= PROBE_PACKETS; k++) {
		struct slot *s = slot_in(f, seq + k, SLOT_MISSING);

		if (s && s->probe) {
			s->probe = 0;
			f->n_missing += rg_seq_diff(s->seq, f->first) >= 0;
		}
	}
}

/* Out of the wheel and the count; what a restart left behind is in neither. */
static void leave(struct rg_flow_rx *f, struct slot *s)
{
	if (rg_seq_diff(s->seq, f->first) < 0)
		return;
	rx_wheel_remove(f, s);
	f->n_missing -= !s->probe;
}

void rx_nack_filled(struct rg_flow_rx *f, rg_time now, struct slot *s, bool retx)
{
	const struct missing *m = &s->u.miss;
	uint64_t *const bucket[] = {&f->st.recovered_one_retry, &f->st.recovered_two_nacks,
		&f->st.recovered_three_nacks, &f->st.recovered_four_nacks,
		&f->st.recovered_more_nacks};

	if (s->probe)
		believe_above(f, s->seq);
	leave(f, s);
	if (m->rounds > 0) {
		f->st.recovered++;
		(*bucket[rg_min_u32(m->rounds, 5) - 1])++;
	}
	if (f->conf.recovery == RG_RECOVERY_DEADLINE)
		rx_learn_filled(f, now, s, retx);
}

void rx_nack_forget(struct rg_flow_rx *f, struct slot *s)
{
	leave(f, s);
	s->state = SLOT_EMPTY;
}

void rx_nack_stop(struct rg_flow_rx *f)
{
	rx_wheel_clear(f);
	f->n_missing = 0;
}

static void give_up(struct rg_flow_rx *f, const struct slot *s)
{
	f->st.abandoned += !s->probe;
}

/* Originals came since we asked, answers did not, to nothing we asked: the way back is in a burst
 * of loss, which only more packets end. (Without originals it would be the way here, and more
 * answers would not help it.) While the round trip is not known, one round is too short to tell. */
static bool way_back_is_dead(const struct rg_flow_rx *f, const struct missing *m)
{
	int64_t rtt = rx_learn_rtt(f);
	int64_t half_ns = rg_clamp_i64(rtt, f->conf.rtt_min_ns, f->conf.rtt_max_ns) / 2;

	return m->rounds >= (rtt > 0 ? 1 : 2) && f->last_answer.ns < m->asked_ns &&
		f->last_arrival.ns > m->asked_ns + half_ns;
}

/* How to ask in the round that begins now. */
static struct rg_nack_plan plan_round(
	const struct rg_flow_rx *f, rg_time now, const struct missing *m)
{
	int64_t spacing = rx_learn_spacing(f, m->rounds);
	int64_t left = rg_max_i64(m->due_ns - now.ns - spacing, 0);
	struct rg_nack_plan most = {RG_REPEATS_MAX, RG_COPIES_MAX};
	struct rg_nack_plan p;

	if (way_back_is_dead(f, m))
		return (struct rg_nack_plan){SILENT_REPEATS, 1};
	if (m->rounds > 0 && rx_learn_gated(f)) {
		/* no copies to be had: knock until the gate opens, whenever that is */
		uint32_t knocks = rg_min_u32((uint32_t)(spacing / RG_NACK_GRID_NS), UINT8_MAX);

		return (struct rg_nack_plan){(uint8_t)knocks, 1};
	}
	if (rx_learn_open(f))
		most = (struct rg_nack_plan){1, RG_COPIES_OPEN};
	if (f->media.credit < TOKEN_BURST_NS / 4 * (int64_t)f->conf.bandwidth_Bps)
		most.copies = 1;
	p = rg_nack_plan((uint32_t)(1 + left / spacing), f->loss_fwd_q16, f->loss_back_q16, most);
	if (m->rounds > 0 && most.copies > 1 && p.copies == 1 && rx_learn_curious(f))
		p.copies = 2;
	return p;
}

/* False: the packet may not be asked for again. */
static bool begin_round(struct rg_flow_rx *f, rg_time now, struct slot *s)
{
	struct missing *m = &s->u.miss;
	struct rg_nack_plan p;

	if (m->rounds > 0 && !s->probe)
		rx_learn_failed(f, m);
	if (m->rounds >= (s->probe ? PROBE_ROUNDS : f->conf.max_retries))
		return false;
	/* too few rounds to be stingy, and too few packets to matter */
	p = s->probe ? (struct rg_nack_plan){RG_REPEATS_MAX, PROBE_COPIES} : plan_round(f, now, m);
	m->repeats = p.repeats;
	m->copies = p.copies;
	m->sent = 0;
	if (m->rounds++ > 0)
		s->rounds_us += (uint32_t)((now.ns - m->asked_ns) / RG_NS_PER_US);
	m->asked_ns = now.ns;
	return true;
}

/* The tick of the NACK after the one just sent. */
static int64_t next_tick(const struct rg_flow_rx *f, const struct missing *m)
{
	int64_t round_ns = rx_learn_spacing(f, m->rounds - 1u) + (m->copies - 1) * RG_COPY_NS;
	int64_t next = f->tick_now + 1;

	if (m->sent == m->repeats * m->copies)
		next = rg_max_i64(rx_wheel_tick(f, m->asked_ns + round_ns), next);
	else if (m->sent % m->repeats == 0)
		next += (RG_COPY_TICKS - m->repeats) * FINE_TICKS;
	else if (m->repeats == SILENT_REPEATS)
		return next;
	return rx_wheel_on_grid(f, next);
}

/* seq as the sender counts. */
static bool emit(struct rg_flow_rx_out *out, uint32_t seq)
{
	if (out->n_nack > 0) {
		struct rg_run *r = &out->nack[out->n_nack - 1];

		if (r->first + r->n == seq) {
			r->n++;
			return true;
		}
	}
	if (out->n_nack == out->nack_cap)
		return false;
	out->nack[out->n_nack++] = (struct rg_run){.first = seq, .n = 1};
	return true;
}

/* Both caps allow one more number. */
static bool affordable(const struct rg_flow_rx *f)
{
	return f->media.credit >= 0 && (f->conf.return_Bps == 0 || f->back.credit >= 0);
}

static void pay(struct rg_flow_rx *f, bool answer)
{
	f->st.nacks_sent++;
	tokens_take(&f->back, NACK_BYTES, f->conf.return_Bps);
	if (answer)
		tokens_take(&f->media, f->mean_len, f->conf.bandwidth_Bps);
}

/* So many NACKs make the sender answer once. */
static uint32_t answered_every(const struct rg_flow_rx *f, const struct missing *m)
{
	return rx_learn_gated(f) ? m->repeats : rg_min_u32(m->repeats, RG_COPY_TICKS * FINE_TICKS);
}

/* One missing packet whose time has come, already out of the wheel. False: the lane is full. */
static bool serve(struct rg_flow_rx *f, rg_time now, struct slot *s, struct rg_flow_rx_out *out)
{
	struct missing *m = &s->u.miss;

	if (!affordable(f)) {
		rx_wheel_add(f, s, f->tick_now + 1);
		return true;
	}
	if (out->n_nack == out->nack_cap) /* a round begun must be sent */
		return false;
	if (hopeless(f, now, s) ||
		((m->rounds == 0 || m->sent == m->repeats * m->copies) &&
			!begin_round(f, now, s))) {
		give_up(f, s);
		return true;
	}
	emit(out, s->seq - f->seq_shift);
	pay(f, m->sent % answered_every(f, m) == 0);
	m->sent++;
	rx_wheel_add(f, s, next_tick(f, m));
	return true;
}

/* The same for the classic cadence: a number every 1.1 round trips until max_retries. */
static bool serve_classic(
	struct rg_flow_rx *f, rg_time now, struct slot *s, struct rg_flow_rx_out *out)
{
	struct missing *m = &s->u.miss;
	int64_t buffer = f->conf.buffer_ns;

	if (m->rounds >= f->conf.max_retries ||
		now.ns - (m->due_ns - buffer) > buffer + buffer / 10) {
		give_up(f, s);
		return true;
	}
	if (!affordable(f)) {
		rx_wheel_add(f, s, f->tick_now + 1);
		return true;
	}
	if (!emit(out, s->seq - f->seq_shift))
		return false;
	pay(f, true);
	m->rounds++;
	m->repeats = m->copies = 1;
	rx_wheel_add(f, s, rx_wheel_tick(f, now.ns + f->rtt_c_ns + f->rtt_c_ns / 10));
	return true;
}

/* Runs ascend, as encoders of bit masks want them, and touching ones become one (trap M46). */
static void sort_runs(struct rg_flow_rx_out *out)
{
	struct rg_run *r = out->nack;
	unsigned n = 0;

	for (unsigned i = 1; i < out->n_nack; i++) {
		struct rg_run v = r[i];
		unsigned j = i;

		for (; j > 0 && rg_seq_diff(r[j - 1].first, v.first) > 0; j--)
			r[j] = r[j - 1];
		r[j] = v;
	}
	for (unsigned i = 1; i < out->n_nack; i++) {
		if (r[n].first + r[n].n == r[i].first)
			r[n].n += r[i].n;
		else
			r[++n] = r[i];
	}
	if (out->n_nack > 0)
		out->n_nack = n + 1;
}

static bool serve_bucket(struct rg_flow_rx *f, rg_time now, struct rg_flow_rx_out *out)
{
	bool classic = f->conf.recovery == RG_RECOVERY_CLASSIC;
	uint32_t b = (uint32_t)f->tick & (WHEEL_BUCKETS - 1);
	uint32_t left = classic ? CLASSIC_PASS_MAX : UINT32_MAX;

	/* what is served goes to later buckets, so this one empties */
	while (f->wheel_head[b] != NIL) {
		struct slot *s = &f->ring[f->wheel_head[b]];
		int64_t tick = f->tick + (int32_t)(s->u.miss.tick - (uint32_t)f->tick);
		bool done;

		rx_wheel_remove(f, s);
		if (tick > f->tick || left == 0) { /* was beyond the wheel's horizon, or enough */
			rx_wheel_add(f, s, rg_max_i64(tick, f->tick_now + 1));
			continue;
		}
		left--;
		done = classic ? serve_classic(f, now, s, out) : serve(f, now, s, out);
		if (!done) {
			rx_wheel_add(f, s, f->tick);
			return false;
		}
	}
	return true;
}

void rx_nack_poll(struct rg_flow_rx *f, rg_time now, struct rg_flow_rx_out *out)
{
	int64_t last = (now.ns - f->grid_origin_ns) / f->grid_ns;

	if (rx_wheel_is_empty(f) || last < f->tick)
		return;
	tokens_refill(&f->media, now, f->conf.bandwidth_Bps);
	tokens_refill(&f->back, now, f->conf.return_Bps);
	if (last - f->tick >= WHEEL_BUCKETS) /* not called for long: the rest is due at once */
		f->tick = last - (WHEEL_BUCKETS - 1);
	f->tick_now = last;
	for (; f->tick <= last; f->tick++) {
		if (!serve_bucket(f, now, out)) {
			out->more = true;
			break;
		}
	}
	sort_runs(out);
}
