/* SPDX-License-Identifier: BSD-3-Clause */
#include "sink.h"

#include <stdlib.h>

#include "line.h"
#include "plan.h"
#include "rg_ipudp.h"

#define KEPT_MAX 65536 /* of one chunk: a packet each, and RTCP */
#define HEADERS  (RG_ETH_BYTES + RG_IP4_BYTES + RG_UDP_BYTES)

int sink_open(struct sink *s, struct track *t, struct rg_addr player)
{
	*s = (struct sink){.track = t, .player = player};
	s->kept = aligned_alloc(
		RG_CACHE_LINE, rg_align_up(KEPT_MAX * sizeof(struct sink_kept), RG_CACHE_LINE));
	return s->kept ? 0 : -RG_E_NOMEM;
}

void sink_close(struct sink *s)
{
	free(s->kept);
	s->kept = NULL;
}

static void keep(struct sink *s, rg_time at, const struct rg_frame *f, const struct rte_mbuf *m)
{
	uint8_t flat[SINK_BYTES] __attribute__((aligned(RG_CACHE_LINE)));
	struct sink_kept *k = &s->kept[s->n_kept];
	uint32_t len = m->pkt_len - HEADERS;
	const uint8_t *p;

	if (s->n_kept == KEPT_MAX || len > sizeof(flat)) {
		s->refused++;
		return;
	}
	s->n_kept++;
	p = rte_pktmbuf_read(m, HEADERS, len, flat);
	if (p != flat)
		memcpy(flat, p, len);
	line_copy(k->bytes, flat, len);
	k->src = f->src;
	k->dst = f->dst;
	k->len = len;
	k->at = at;
}

void sink_frame(struct sink *s, rg_time at, const struct rte_mbuf *m)
{
	uint8_t flat[HEADERS + 8];
	const uint8_t *head = rte_pktmbuf_read(m, 0, sizeof(flat), flat);
	struct rg_frame f;

	/* the length on the wire, of which only the beginning is looked at */
	if (head == NULL || rg_get16(head + 12) != RG_ETH_TYPE_IP4)
		return;
	if (rg_frame_read(head, m->pkt_len, 0, &f) != 0 || f.payload_off != HEADERS)
		return;
	if (!rg_addr_same_host(&f.dst, &s->player)) {
		keep(s, at, &f, m);
		return;
	}
	track_check(s->track, f.dst.port - (uint32_t)PLAN_RAW_IN, head + HEADERS, f.payload_len);
	if (s->late)
		late_note(s->late, track_number(head + HEADERS), at);
}
