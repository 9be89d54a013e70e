/* SPDX-License-Identifier: BSD-3-Clause */
#include "line.h"

#include <stdlib.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define SLOTS     (1u << 18) /* several times the packets of the line: RTCP comes on top */
#define FRAME_MAX 2048
#define RX_GOOD   (RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_L4_CKSUM_GOOD)

int line_open(struct line *l)
{
	*l = (struct line){
		.empty = malloc(SLOTS * sizeof(struct rte_mbuf *)),
		.frames = malloc(SLOTS * sizeof(struct line_frame)),
		.mask = SLOTS - 1,
	};
	return l->empty && l->frames ? 0 : -RG_E_NOMEM;
}

void line_close(struct line *l)
{
	for (; l->head != l->tail; l->head++)
		rte_pktmbuf_free(l->frames[l->head & l->mask].m);
	for (; l->empty_head != l->empty_tail; l->empty_head++)
		rte_pktmbuf_free(l->empty[l->empty_head & l->mask]);
	free(l->empty);
	free(l->frames);
	*l = (struct line){0};
}

void line_refill(struct line *l, struct rte_mbuf *const *m, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		l->empty[l->empty_tail++ & l->mask] = m[i];
}

uint32_t line_empty(const struct line *l)
{
	return l->empty_tail - l->empty_head;
}

void line_copy(uint8_t *dst, const uint8_t *src, size_t n)
{
#ifdef __SSE2__
	for (size_t i = 0; i < n; i += sizeof(__m128i))
		_mm_stream_si128((__m128i *)(void *)(dst + i),
			_mm_loadu_si128((const __m128i *)(const void *)(src + i)));
#else
	memcpy(dst, src, n);
#endif
}

void line_send(struct line *l, rg_time at, const struct rg_udp_tmpl *t, const uint8_t *hdr,
	uint32_t hdr_len, const uint8_t *data, uint32_t len)
{
	uint8_t flat[FRAME_MAX] __attribute__((aligned(RG_CACHE_LINE)));
	uint32_t total = t->len + hdr_len + len;
	struct rte_mbuf *m;

	if (l->empty_head == l->empty_tail || total > sizeof(flat)) {
		l->refused++;
		return;
	}
	m = l->empty[l->empty_head++ & l->mask];
	rg_udp_tmpl_write_offload(t, flat, (uint16_t)(hdr_len + len));
	memcpy(flat + t->len, hdr, hdr_len);
	memcpy(flat + t->len + hdr_len, data, len);
	m->data_len = (uint16_t)total;
	m->pkt_len = total;
	m->ol_flags = RX_GOOD;
	line_copy(rte_pktmbuf_mtod(m, uint8_t *), flat, total);
	l->frames[l->tail++ & l->mask] = (struct line_frame){m, at};
}

unsigned line_take(struct line *l, rg_time now, struct rte_mbuf **m, unsigned cap)
{
	unsigned n = 0;

	while (n < cap && l->head != l->tail) {
		const struct line_frame *f = &l->frames[l->head & l->mask];

		if (rg_time_before(now, f->at))
			break;
		m[n++] = f->m;
		l->head++;
	}
	return n;
}
