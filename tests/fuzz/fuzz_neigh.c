/* SPDX-License-Identifier: BSD-3-Clause */
#include "rg_fuzz.h"
#include "rg_neigh.h"

/* Rarely does chance find a checksum: mend ICMPv6's when the first byte is odd. */
static void mend(uint8_t *p, const struct rg_frame *f)
{
	uint32_t len = f->end - f->l4_off;
	uint64_t sum = f->src.af == RG_AF_IP6
		? rg_csum_pseudo(&f->src, &f->dst, RG_IP_PROTO_ICMP6, len)
		: 0;

	if (f->src.af == RG_AF_NONE || len < 4)
		return;
	rg_put16(p + f->l4_off + 2, 0);
	rg_put16(p + f->l4_off + 2, (uint16_t)~rg_csum_fold(rg_csum_add(sum, p + f->l4_off, len)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t out[RG_NEIGH_FRAME_BYTES], *p;
	struct rg_frame f, again;
	struct rg_neigh n;

	if (size < 2 || size > 2048)
		return 0;
	p = malloc(size - 1);
	if (!p)
		return 0;
	memcpy(p, data + 1, size - 1);
	if (rg_frame_read(p, (uint32_t)size - 1, 0, &f) == 0) {
		if (data[0] & 1)
			mend(p, &f);
		if (f.kind == RG_FRAME_NEIGH && rg_neigh_read(p, &f, &n) == 0)
			fuzz_require(rg_neigh_write(out, &n, NULL) <= sizeof(out));
		if (f.kind == RG_FRAME_ECHO && rg_echo_reply(p, &f) > 0)
			fuzz_require(
				rg_frame_read(p, f.end, RG_CHECK_IP, &again) == -RG_V_IP_PROTOCOL);
	}
	free(p);
	return 0;
}
