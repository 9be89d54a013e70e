/* SPDX-License-Identifier: BSD-3-Clause */
#include "npd_priv.h"
#include "rg_fuzz.h"

static void make_canonical(uint8_t *p, uint16_t len, const struct rg_npd *npd)
{
	unsigned bytes = npd->ts204 ? 204 : 188;

	for (unsigned i = 0; i * bytes < len; i++) {
		if (!(npd->nulls & 0x40u >> i))
			continue;
		memset(p + i * bytes, 0xff, bytes);
		memcpy(p + i * bytes, "\x47\x1f\xff\x10", 4);
	}
}

/* Found, deleted and restored, a payload is what it was but for the contents of null packets. */
static void round_trip(const uint8_t *data, uint16_t len)
{
	uint8_t p[RG_NPD_PAYLOAD_MAX], want[RG_NPD_PAYLOAD_MAX];
	struct rg_npd npd;
	uint16_t left;

	if (!rg_npd_find(data, len, &npd) && npd.nulls == 0)
		return;
	fuzz_require(len <= sizeof(p));
	memcpy(want, data, len);
	make_canonical(want, len, &npd);
	memcpy(p, data, len);
	left = rg_npd_delete(p, p, len, &npd);
	fuzz_require(left < len);
	fuzz_require(rg_npd_restore(p, sizeof(p), p, left, &npd) == len);
	fuzz_require(memcmp(p, want, len) == 0);
}

/* n cells that a mutation hardly finds: null, media, null with an error flag, no sync byte. */
static void make_cells(uint8_t *cells, unsigned n, unsigned bytes, const uint8_t *data, size_t size)
{
	static const uint8_t heads[][3] = {
		{0x47, 0x1f, 0xff}, {0x47, 0x01, 0x00}, {0x47, 0x9f, 0xff}, {0x46, 0x1f, 0xff}};

	for (unsigned i = 0; i < n * bytes; i++)
		cells[i] = data[i % size];
	for (unsigned i = 0; i < n; i++)
		memcpy(cells + i * bytes, heads[data[i % size] & 3], sizeof(heads[0]));
}

/* Bitmap and T, capacity, number of made cells; the rest is a payload, and the stuff of cells. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t cells[RG_NPD_PAYLOAD_MAX], out[UINT16_MAX];
	struct rg_npd npd;
	unsigned n, bytes;
	uint16_t cap;
	int rc;

	if (size < 5 || size > UINT16_MAX)
		return 0;
	npd = (struct rg_npd){.nulls = data[0] & 0x7f, .ts204 = data[0] >> 7};
	bytes = npd.ts204 ? RG_NPD_CELL204_BYTES : RG_NPD_CELL_BYTES;
	cap = (uint16_t)(data[1] << 8 | data[2]);
	n = data[3] % RG_NPD_CELLS_MAX + 1u;
	data += 4;
	size -= 4;
	rc = rg_npd_restore(out, cap, data, (uint16_t)size, &npd);
	fuzz_require(rc <= cap && rc <= RG_NPD_PAYLOAD_MAX);
	round_trip(data, (uint16_t)size);
	make_cells(cells, n, bytes, data, size);
	round_trip(cells, (uint16_t)(n * bytes));
#ifdef __SSE2__
	fuzz_require(npd_nulls_c(cells, n, bytes) == npd_nulls_sse2(cells, n, bytes));
#endif
	return 0;
}
