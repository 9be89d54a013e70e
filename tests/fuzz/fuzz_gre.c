/* SPDX-License-Identifier: BSD-3-Clause */
#include "rg_fuzz.h"
#include "rg_gre.h"

/* What was read is written again and reads the same; reserved bits and checksum get lost. */
static void rewrite_header(const struct rg_gre *h)
{
	uint8_t p[RG_GRE_BYTES_MAX];
	unsigned n = rg_gre_write(p, h);
	struct rg_gre again;

	fuzz_require(n <= sizeof(p) && rg_gre_read(p, (uint16_t)n, &again) == 0);
	fuzz_require(again.hdr_len == n && again.has_seq && !again.has_csum);
	fuzz_require(again.ethertype == h->ethertype && again.rv == h->rv && again.seq == h->seq);
	fuzz_require(again.nonce == h->nonce && again.has_key == h->has_key);
	fuzz_require(again.key_bits == h->key_bits);
}

static void read_keepalive(const uint8_t *p, uint16_t len)
{
	static uint8_t again[UINT16_MAX];
	struct rg_keepalive k;
	unsigned n;

	fuzz_require(rg_keepalive_read(p, len, &k) == 0);
	fuzz_require(k.json == NULL || (k.json[0] == '{' && k.json + k.json_len == p + len));
	n = rg_keepalive_write(again, sizeof(again), &k);
	/* padding that is neither a word nor JSON is not written again */
	fuzz_require(n >= RG_KEEPALIVE_BYTES && n <= len && memcmp(again, p, n) == 0);
}

static void read_bufneg(const uint8_t *p, uint16_t len)
{
	uint8_t again[RG_BUFNEG_BYTES];
	struct rg_bufneg b;

	fuzz_require(rg_bufneg_read(p, len, &b) == 0);
	fuzz_require(rg_bufneg_write(again, &b) == sizeof(again));
	fuzz_require(memcmp(again, p, sizeof(again)) == 0);
}

static void read_inner(const struct rg_gre *h, const uint8_t *body, uint16_t len)
{
	uint8_t front[RG_GRE_MEDIA_BYTES];
	struct rg_inner in;
	unsigned n;

	if (rg_inner_read(h->ethertype, body, len, &in) != 0)
		return;
	fuzz_require(in.off + in.len == len);
	switch (in.kind) {
	case RG_INNER_UDP:
		fuzz_require(in.len >= 4);
		n = rg_gre_write_media(front, h, in.virt_src, in.virt_dst);
		fuzz_require(memcmp(front + n - in.off, body, in.off) == 0);
		break;
	case RG_INNER_KEEPALIVE:
		read_keepalive(body + in.off, in.len);
		break;
	case RG_INNER_BUFFER:
		read_bufneg(body + in.off, in.len);
		break;
	case RG_INNER_FUTURE_NONCE:
		fuzz_require(in.len >= 4);
		break;
	case RG_INNER_IPV4:
	case RG_INNER_OOB:
		fuzz_require(in.off == 0 && !rg_gre_type_reserved(in.oob_type));
		break;
	case RG_INNER_EAPOL:
	case RG_INNER_UNKNOWN:
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rg_gre h;

	if (size > UINT16_MAX || rg_gre_read(data, (uint16_t)size, &h) != 0)
		return 0;
	fuzz_require(h.hdr_len >= 4 && h.hdr_len <= 16 && h.hdr_len <= size && h.rv <= 2);
	rewrite_header(&h);
	read_inner(&h, data + h.hdr_len, (uint16_t)(size - h.hdr_len));
	return 0;
}
