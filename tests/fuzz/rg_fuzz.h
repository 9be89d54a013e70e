/* SPDX-License-Identifier: BSD-3-Clause */
/* rg_fuzz.h - what every libFuzzer target shares. */
#ifndef RG_FUZZ_H
#define RG_FUZZ_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A broken promise of a parser is a finding; assert() is gone from release builds. */
static inline void fuzz_require(int promise)
{
	if (!promise)
		abort();
}

#endif
