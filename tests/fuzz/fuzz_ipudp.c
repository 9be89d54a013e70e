/* SPDX-License-Identifier: BSD-3-Clause */
#include "rg_fuzz.h"
#include "rg_ipudp.h"

/* The first byte chooses what is verified. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rg_frame f;

	if (size < 1 || size > 65536)
		return 0;
	if (rg_frame_read(data + 1, (uint32_t)size - 1, data[0] & 7u, &f) != 0)
		return 0;
	fuzz_require(f.l3_off <= f.l4_off && f.l4_off <= f.end && f.end <= size - 1);
	if (f.kind == RG_FRAME_UDP)
		fuzz_require(
			f.payload_off == f.l4_off + 8u && f.payload_off + f.payload_len <= f.end);
	return 0;
}
