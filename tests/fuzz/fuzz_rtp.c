/* SPDX-License-Identifier: BSD-3-Clause */
#include "rg_fuzz.h"
#include "rg_rtp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t again[RG_RTP_HDR_BYTES];
	struct rg_rtp h;

	if (size > UINT16_MAX || rg_rtp_read(data, (uint16_t)size, &h) != 0)
		return 0;
	fuzz_require(h.len > 0 && (size_t)h.hdr_len + h.len <= size);
	fuzz_require(h.ext == 0 || h.ext + 4u <= h.hdr_len);
	rg_rtp_write(again, &h);
	fuzz_require(memcmp(again + 1, data + 1, sizeof(again) - 1) == 0);
	return 0;
}
