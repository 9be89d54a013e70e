/* SPDX-License-Identifier: BSD-3-Clause */
#include "line.h"

#include <stdlib.h>
#include <string.h>

#ifdef __x86_64__
#include <emmintrin.h>
#endif

int line_open(struct line *l, uint32_t slots)
{
	*l = (struct line){.mask = slots - 1};
	l->frames = aligned_alloc(RG_CACHE_LINE, slots * sizeof(struct line_frame));
	if (!l->frames)
		return -RG_E_NOMEM;
	memset(l->frames, 0, slots * sizeof(struct line_frame)); /* nobody waits for a page later */
	return 0;
}

void line_close(struct line *l)
{
	free(l->frames);
	*l = (struct line){0};
}

void line_copy(uint8_t *dst, const uint8_t *src, size_t n)
{
#ifdef __x86_64__
	for (size_t i = 0; i < n; i += sizeof(long long)) {
		long long w;

		if (i % RG_CACHE_LINE == 0)
			_mm_prefetch((const char *)(src + i) + 512, _MM_HINT_NTA);
		memcpy(&w, src + i, sizeof(w));
		_mm_stream_si64((long long *)(void *)(dst + i), w);
	}
	_mm_sfence();
#else
	memcpy(dst, src, n);
#endif
}

void line_send(struct line *l, rg_time at, const struct rg_udp_tmpl *t, const uint8_t *hdr,
	uint32_t hdr_len, const uint8_t *data, uint32_t len)
{
	struct line_frame *f = &l->frames[l->tail & l->mask];
	uint32_t total = t->len + hdr_len + len;

	if (l->tail - l->head > l->mask || total > sizeof(f->bytes)) {
		l->refused++;
		return;
	}
	rg_udp_tmpl_write_offload(t, f->bytes, (uint16_t)(hdr_len + len));
	if (hdr_len > 0)
		memcpy(f->bytes + t->len, hdr, hdr_len);
	memcpy(f->bytes + t->len + hdr_len, data, len);
	f->len = total;
	f->at = at;
	l->tail++;
}

const struct line_frame *line_first(const struct line *l, rg_time now)
{
	const struct line_frame *f = &l->frames[l->head & l->mask];

	return l->head != l->tail && !rg_time_before(now, f->at) ? f : NULL;
}

void line_next(struct line *l)
{
	l->head++;
}
