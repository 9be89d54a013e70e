/* SPDX-License-Identifier: BSD-3-Clause */
#include "rg_fuzz.h"
#include "rg_rtp_ext.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t p[RG_RTP_EXT_HDR_BYTES + 1] = {0};
	struct rg_rtp_ext e, e2;
	struct rg_rtp h, h2;

	if (size > UINT16_MAX || rg_rtp_ext_read_packet(data, (uint16_t)size, &h, &e) != 0)
		return 0;
	fuzz_require((size_t)h.hdr_len + h.len <= size);
	fuzz_require(h.len > 0 || (e.has_npd && e.nulls != 0));
	fuzz_require(e.nulls < 128 && e.size < 8 && (e.has_npd || (!e.nulls && !e.ts204)));
	rg_rtp_ext_write(p, &h, &e);
	fuzz_require(rg_rtp_ext_read_packet(p, sizeof(p), &h2, &e2) == 0);
	fuzz_require(h2.seq == h.seq && h2.ts == h.ts && h2.ssrc == h.ssrc && h2.pt == h.pt &&
		h2.marker == h.marker);
	fuzz_require(e2.has_npd == e.has_npd && e2.nulls == e.nulls && e2.ts204 == e.ts204 &&
		e2.size == e.size && e2.has_seq_hi == e.has_seq_hi && e2.seq_hi == e.seq_hi);
	return 0;
}
