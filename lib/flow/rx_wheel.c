/* SPDX-License-Identifier: BSD-3-Clause */
/* Missing slots wait in the buckets of a wheel whose step is the grid NACKs leave on, or part of it,
 * so that all that is due goes into one datagram. Slots are linked by index: no allocation. */
#include "flow_rx_priv.h"

int64_t rx_wheel_tick(const struct rg_flow_rx *f, int64_t ns)
{
	return (ns - f->grid_origin_ns + f->grid_ns - 1) / f->grid_ns;
}

int64_t rx_wheel_on_grid(const struct rg_flow_rx *f, int64_t tick)
{
	if (f->conf.recovery == RG_RECOVERY_CLASSIC)
		return tick;
	return (tick + FINE_TICKS - 1) & ~(int64_t)(FINE_TICKS - 1);
}

bool rx_wheel_is_empty(const struct rg_flow_rx *f)
{
	return (f->wheel_map[0] | f->wheel_map[1] | f->wheel_map[2] | f->wheel_map[3]) == 0;
}

void rx_wheel_add(struct rg_flow_rx *f, struct slot *s, int64_t tick)
{
	uint32_t idx = (uint32_t)(s - f->ring);
	int64_t at = rg_clamp_i64(tick, f->tick, f->tick + WHEEL_BUCKETS - 1);
	uint32_t b = (uint32_t)at & (WHEEL_BUCKETS - 1);

	s->u.miss.tick = (uint32_t)rg_max_i64(tick, at);
	s->bucket = (uint8_t)b;
	s->u.miss.next = NIL;
	s->u.miss.prev = f->wheel_tail[b];
	if (f->wheel_tail[b] == NIL)
		f->wheel_head[b] = idx;
	else
		f->ring[f->wheel_tail[b]].u.miss.next = idx;
	f->wheel_tail[b] = idx;
	f->wheel_map[b / 64] |= UINT64_C(1) << (b % 64);
	s->queued = 1;
}

void rx_wheel_remove(struct rg_flow_rx *f, struct slot *s)
{
	const struct missing *m = &s->u.miss;
	uint32_t b = s->bucket;

	if (!s->queued)
		return;
	if (m->prev == NIL)
		f->wheel_head[b] = m->next;
	else
		f->ring[m->prev].u.miss.next = m->next;
	if (m->next == NIL)
		f->wheel_tail[b] = m->prev;
	else
		f->ring[m->next].u.miss.prev = m->prev;
	if (f->wheel_head[b] == NIL)
		f->wheel_map[b / 64] &= ~(UINT64_C(1) << (b % 64));
	s->queued = 0;
}

void rx_wheel_clear(struct rg_flow_rx *f)
{
	memset(f->wheel_map, 0, sizeof(f->wheel_map));
	memset(f->wheel_head, 0xff, sizeof(f->wheel_head));
	memset(f->wheel_tail, 0xff, sizeof(f->wheel_tail));
}

void rx_wheel_start(struct rg_flow_rx *f, rg_time now)
{
	if (!rx_wheel_is_empty(f))
		return;
	if (f->conf.recovery == RG_RECOVERY_CLASSIC)
		f->grid_origin_ns = now.ns;
	f->tick = rx_wheel_tick(f, now.ns);
}

rg_time rx_wheel_wakeup(const struct rg_flow_rx *f)
{
	if (rx_wheel_is_empty(f))
		return RG_TIME_NEVER;
	for (int64_t t = f->tick;; t++) {
		uint32_t b = (uint32_t)t & (WHEEL_BUCKETS - 1);

		if (f->wheel_map[b / 64] >> (b % 64) & 1)
			return (rg_time){f->grid_origin_ns + t * f->grid_ns};
	}
}
