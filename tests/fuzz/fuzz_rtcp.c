/* SPDX-License-Identifier: BSD-3-Clause */
#include "rg_fuzz.h"
#include "rg_rtcp.h"

/* Reads all of it, so that the sanitizer sees a bad pointer or length. */
static void touch(const uint8_t *p, size_t n)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += p[i];
	fuzz_require(sum <= 255 * n);
}

/* Every number asked for comes back from our own request. */
static void rewrite_nack(struct rg_rtcp_nack nack)
{
	uint32_t left = RG_RTCP_NACK_SEQS_MAX, want = 0, got = 0;
	struct rg_rtcp_run run, one;
	struct rg_rtcp r;
	uint8_t p[RG_RTCP_NACK_BYTES];

	while (rg_rtcp_nack_next(&nack, &left, &run) > 0) {
		size_t done = 0;

		want += run.extra + 1u;
		while (done == 0) {
			uint32_t again = RG_RTCP_NACK_SEQS_MAX;
			size_t n = nack.bitmask
				? rg_rtcp_write_nack_bitmask(p, sizeof(p), 0, 2, &run, 1, &done)
				: rg_rtcp_write_nack_range(p, sizeof(p), 2, &run, 1, &done);
			struct rg_rtcp_iter it = rg_rtcp_begin(p, n);

			fuzz_require(rg_rtcp_next(&it, &r) == 1 && r.kind == RG_RTCP_NACK);
			while (rg_rtcp_nack_next(&r.u.nack, &again, &one) > 0)
				got += one.extra + 1u;
		}
	}
	fuzz_require(want == got && want <= RG_RTCP_NACK_SEQS_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rg_rtcp_iter it = rg_rtcp_begin(data, size);
	struct rg_rtcp r;
	size_t packets = 0;
	int rc;

	while ((rc = rg_rtcp_next(&it, &r)) != 0) {
		fuzz_require(++packets <= size / 4 + 1);
		if (rc < 0)
			continue;
		if (r.kind == RG_RTCP_SDES)
			touch(r.u.sdes.cname, r.u.sdes.len);
		else if (r.kind == RG_RTCP_ECHO_REQ || r.kind == RG_RTCP_ECHO_RSP)
			touch(r.u.echo.padding, r.u.echo.padding_len);
		else if (r.kind == RG_RTCP_NACK)
			rewrite_nack(r.u.nack);
	}
	return 0;
}
