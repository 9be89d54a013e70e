/* SPDX-License-Identifier: BSD-3-Clause */
/* Codecs of RTP, RTCP, GRE and null packets. */
#include "micro.h"
#include "rg_gre.h"
#include "rg_npd.h"
#include "rg_rtcp.h"
#include "rg_rtp.h"

#define RUNS    RG_RTCP_NACK_RECORDS
#define DGRAM   1500
#define PAYLOAD (RG_NPD_CELLS_MAX * RG_NPD_CELL_BYTES)

struct wire {
	uint8_t dgram[DGRAM];
	uint8_t back[DGRAM]; /* where payloads go */
	uint16_t len;
	struct rg_npd npd;
};

static void rtp_write(void *state)
{
	struct wire *w = state;
	struct rg_rtp h = {.pt = RG_RTP_PT_MP2T, .ssrc = 42};

	for (unsigned i = 0; i < MICRO_BATCH; i++) {
		h.seq = (uint16_t)i;
		h.ts = i;
		rg_rtp_write(w->dgram, &h);
		micro_use(w->dgram);
	}
}

static void rtp_read(void *state)
{
	const struct wire *w = state;
	struct rg_rtp h;

	for (unsigned i = 0; i < MICRO_BATCH; i++) {
		rg_rtp_read(w->dgram, w->len, &h);
		micro_use(&h);
	}
}

static void *open_rtp(void)
{
	struct wire *w = micro_alloc(sizeof(*w));

	if (!w)
		return NULL;
	rg_rtp_write(w->dgram, &(struct rg_rtp){.pt = RG_RTP_PT_MP2T, .ssrc = 42});
	w->len = RG_RTP_HDR_BYTES + PAYLOAD;
	return w;
}

/* A request of RUNS runs: singles, which both kinds can say in as many records. */
static void make_runs(struct rg_rtcp_run *runs)
{
	for (unsigned i = 0; i < RUNS; i++)
		runs[i] = (struct rg_rtcp_run){.first = (uint16_t)(i * 100)};
}

static void nack_write_range(void *state)
{
	struct wire *w = state;
	struct rg_rtcp_run runs[RUNS];
	size_t done;

	for (unsigned i = 0; i < MICRO_BATCH; i++) {
		make_runs(runs);
		rg_rtcp_write_nack_range(w->dgram, DGRAM, 42, runs, RUNS, &done);
		micro_use(w->dgram);
	}
}

static void nack_write_bitmask(void *state)
{
	struct wire *w = state;
	struct rg_rtcp_run runs[RUNS];
	size_t done;

	for (unsigned i = 0; i < MICRO_BATCH; i++) {
		make_runs(runs);
		rg_rtcp_write_nack_bitmask(w->dgram, DGRAM, 1, 42, runs, RUNS, &done);
		micro_use(w->dgram);
	}
}

static void nack_read(void *state)
{
	const struct wire *w = state;

	for (unsigned i = 0; i < MICRO_BATCH; i++) {
		struct rg_rtcp_iter it = rg_rtcp_begin(w->dgram, w->len);
		uint32_t left = RG_RTCP_NACK_SEQS_MAX;
		struct rg_rtcp_run run;
		struct rg_rtcp r;

		while (rg_rtcp_next(&it, &r) == 1)
			while (rg_rtcp_nack_next(&r.u.nack, &left, &run) == 1)
				micro_use(&run);
	}
}

static void *open_nack_range(void)
{
	struct wire *w = micro_alloc(sizeof(*w));
	struct rg_rtcp_run runs[RUNS];
	size_t done;

	make_runs(runs);
	if (w)
		w->len = (uint16_t)rg_rtcp_write_nack_range(w->dgram, DGRAM, 42, runs, RUNS, &done);
	return w;
}

static void *open_nack_bitmask(void)
{
	struct wire *w = micro_alloc(sizeof(*w));
	struct rg_rtcp_run runs[RUNS];
	size_t done;

	make_runs(runs);
	if (w)
		w->len = (uint16_t)rg_rtcp_write_nack_bitmask(
			w->dgram, DGRAM, 1, 42, runs, RUNS, &done);
	return w;
}

static const struct rg_gre gre = {.nonce = 0x01020304,
	.ethertype = RG_GRE_VSF,
	.key_bits = 256,
	.rv = RG_GRE_RV_2022,
	.has_key = 1,
	.has_seq = 1};

static void gre_write(void *state)
{
	struct wire *w = state;
	struct rg_gre h = gre;

	for (unsigned i = 0; i < MICRO_BATCH; i++) {
		h.seq = i;
		rg_gre_write_media(w->dgram, &h, 1970, 1968);
		micro_use(w->dgram);
	}
}

static void gre_read(void *state)
{
	const struct wire *w = state;
	struct rg_inner in;
	struct rg_gre h;

	for (unsigned i = 0; i < MICRO_BATCH; i++) {
		if (rg_gre_read(w->dgram, w->len, &h) != 0)
			return;
		rg_inner_read(
			h.ethertype, w->dgram + h.hdr_len, (uint16_t)(w->len - h.hdr_len), &in);
		micro_use(&in);
	}
}

static void *open_gre(void)
{
	struct wire *w = micro_alloc(sizeof(*w));

	if (w)
		w->len = (uint16_t)(rg_gre_write_media(w->dgram, &gre, 1970, 1968) +
			RG_RTP_HDR_BYTES + PAYLOAD);
	return w;
}

static void npd_delete(void *state)
{
	struct wire *w = state;
	struct rg_npd npd;

	for (unsigned i = 0; i < MICRO_BATCH; i++) {
		rg_npd_find(w->dgram, PAYLOAD, &npd);
		rg_npd_delete(w->back, w->dgram, PAYLOAD, &npd);
		micro_use(w->back);
	}
}

static void npd_restore(void *state)
{
	struct wire *w = state;

	for (unsigned i = 0; i < MICRO_BATCH; i++) {
		rg_npd_restore(w->dgram, DGRAM, w->back, w->len, &w->npd);
		micro_use(w->dgram);
	}
}

/* Seven cells of which three are null. */
static void *open_npd(void)
{
	struct wire *w = micro_alloc(sizeof(*w));

	if (!w)
		return NULL;
	for (unsigned i = 0; i < RG_NPD_CELLS_MAX; i++) {
		bool null = i % 2 == 1;

		w->dgram[i * RG_NPD_CELL_BYTES] = 0x47;
		w->dgram[i * RG_NPD_CELL_BYTES + 1] = null ? 0x1f : 0x01;
		w->dgram[i * RG_NPD_CELL_BYTES + 2] = null ? 0xff : 0x00;
	}
	rg_npd_find(w->dgram, PAYLOAD, &w->npd);
	w->len = rg_npd_delete(w->back, w->dgram, PAYLOAD, &w->npd);
	return w;
}

const struct micro_op micro_wire[] = {
	{"rtp-read", open_rtp, rtp_read},
	{"rtp-write", open_rtp, rtp_write},
	{"rtcp-nack-range-read-16", open_nack_range, nack_read},
	{"rtcp-nack-range-write-16", open_nack_range, nack_write_range},
	{"rtcp-nack-bitmask-read-16", open_nack_bitmask, nack_read},
	{"rtcp-nack-bitmask-write-16", open_nack_bitmask, nack_write_bitmask},
	{"gre-open", open_gre, gre_read},
	{"gre-close", open_gre, gre_write},
	{"npd-delete-3-of-7", open_npd, npd_delete},
	{"npd-restore-3-of-7", open_npd, npd_restore},
	{0},
};
