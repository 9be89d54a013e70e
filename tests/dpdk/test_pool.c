/* SPDX-License-Identifier: BSD-3-Clause */
/* Buffers: what goes out comes back, an empty pool drops and recovers, and lack has a number. */
#include "dpdk_suites.h"
#include "lab.h"

#include <rte_ethdev.h>

static const char *const ring[] = {"net_ring0", NULL};
static const char *const one[] = {"10.0.0.1", NULL};

static void open_one(struct lab *l)
{
	lab_init(l, one);
	lab_ep(l, lab_addr("10.0.0.1", 4000), (struct rg_addr){0});
	lab_open(l, ring);
	lab_run(l, 0);
	lab_clear(l); /* announcements */
}

/* Takes every buffer; returns how many there were. */
static unsigned take_all(struct lab *l, struct rg_buf *out, unsigned cap)
{
	struct rg_bufops ops = rg_dp_bufops(&l->h->pools);
	struct rg_newbuf b[100];
	unsigned n = 0, got;

	do {
		got = ops.alloc_bulk(ops.ctx, b, RG_ARRAY_LEN(b));
		for (unsigned i = 0; i < got; i++) {
			ck_assert_uint_lt(n, cap);
			out[n++] = b[i].buf;
		}
	} while (got == RG_ARRAY_LEN(b));
	return n;
}

START_TEST(empty_pool_gives_what_it_has_and_fills_again)
{
	static struct rg_buf bufs[65536];
	struct lab l;
	struct rg_bufops ops;
	unsigned first, second;

	open_one(&l);
	ops = rg_dp_bufops(&l.h->pools);
	first = take_all(&l, bufs, RG_ARRAY_LEN(bufs));
	ck_assert_uint_eq(first, l.h->pools.packets->size);
	ops.free_bulk(ops.ctx, bufs, first);
	second = take_all(&l, bufs, RG_ARRAY_LEN(bufs));
	ck_assert_uint_eq(second, first);
	ops.free_bulk(ops.ctx, bufs, second);
	lab_close(&l);
}

END_TEST

START_TEST(each_owner_frees_once)
{
	struct lab l;
	struct rg_bufops ops;
	struct rg_dgram d;

	open_one(&l);
	ops = rg_dp_bufops(&l.h->pools);
	d = lab_dgram(&l, 0, lab_addr("10.0.0.9", 1), 100);
	ops.ref(ops.ctx, d.buf, 2);
	for (int i = 0; i < 3; i++) {
		ck_assert_uint_eq(rte_mempool_in_use_count(l.h->pools.packets), 1);
		ops.free_bulk(ops.ctx, &d.buf, 1);
	}
	ck_assert_uint_eq(rte_mempool_in_use_count(l.h->pools.packets), 0);
	lab_close(&l);
}

END_TEST

START_TEST(frame_that_needs_a_copy_dies_counted_when_the_pool_is_empty)
{
	static struct rg_buf bufs[65536];
	uint8_t arp[60] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 9, 0x08, 0x06};
	struct lab l;
	struct rg_bufops ops;
	struct rte_mbuf *m;
	unsigned n;

	open_one(&l);
	ops = rg_dp_bufops(&l.h->pools);
	m = lab_frame(&l, arp, sizeof(arp));
	rte_mbuf_refcnt_update(m, 1); /* somebody else's too: must be copied */
	n = take_all(&l, bufs, RG_ARRAY_LEN(bufs));
	lab_inject(&l, m);
	rg_dp_rx_poll(&l.h->rx[0], l.now);
	ck_assert_uint_eq(lab_drops(&l, RG_V_NO_BUFFER), 1);
	ops.free_bulk(ops.ctx, bufs, n);
	lab_inject(&l, m);
	rg_dp_rx_poll(&l.h->rx[0], l.now);
	ck_assert_uint_eq(lab_drops(&l, RG_V_NO_BUFFER), 1);
	lab_run(&l, 0);
	lab_close(&l);
}

END_TEST

static void open_sealing(struct lab *l, struct rg_side_plan *out)
{
	lab_init(l, one);
	lab_ep(l, lab_addr("10.0.0.1", 4000), (struct rg_addr){0});
	*out = (struct rg_side_plan){.kind = RG_END_RIST, .rist.aes_bits = 128};
	l->stream.outputs = out;
	l->stream.n_outputs = 1;
	lab_open(l, ring);
	lab_run(l, 0);
	lab_clear(l);
}

START_TEST(copies_have_a_pool_of_their_own_and_then_take_packets)
{
	static struct rg_buf bufs[65536];
	struct rg_side_plan out;
	struct rg_newbuf b;
	struct rg_bufops ops;
	struct lab l;
	unsigned n = 0;

	open_sealing(&l, &out);
	ck_assert_ptr_nonnull(l.h->pools.copies);
	ops = rg_dp_bufops(&l.h->pools);
	while (ops.alloc_copies(ops.ctx, &b, 1) == 1) {
		const struct rte_mbuf *m = b.buf.h;

		ck_assert_ptr_eq(m->pool,
			n < l.h->pools.copies->size ? l.h->pools.copies : l.h->pools.packets);
		ck_assert_uint_ge(b.cap_bytes, l.conf.buf_data_bytes);
		bufs[n++] = b.buf;
	}
	ck_assert_uint_eq(n, l.h->pools.copies->size + l.h->pools.packets->size);
	ops.free_bulk(ops.ctx, bufs, n);
	ck_assert_uint_eq(rg_dp_pools_in_use(&l.h->pools), 0);
	ck_assert_uint_eq(ops.alloc_copies(ops.ctx, &b, 1), 1);
	ck_assert_uint_eq(rte_mempool_in_use_count(l.h->pools.copies), 1);
	ops.free_bulk(ops.ctx, &b.buf, 1);
	lab_close(&l);
}

END_TEST

START_TEST(what_is_not_encrypted_has_no_pool_of_copies)
{
	struct rg_newbuf b;
	struct rg_bufops ops;
	struct lab l;

	open_one(&l);
	ops = rg_dp_bufops(&l.h->pools);
	ck_assert_ptr_null(l.h->pools.copies);
	ck_assert_uint_eq(ops.alloc_copies(ops.ctx, &b, 1), 1);
	ck_assert_uint_eq(rte_mempool_in_use_count(l.h->pools.packets), 1);
	ops.free_bulk(ops.ctx, &b.buf, 1);
	lab_close(&l);
}

END_TEST

START_TEST(copy_that_comes_back_as_a_frame_is_received_into_a_packet)
{
	struct rg_side_plan out;
	struct rte_mbuf *m;
	struct lab l;

	open_sealing(&l, &out);
	m = rte_pktmbuf_alloc(l.h->pools.copies);
	ck_assert_ptr_nonnull(m);
	memset(rte_pktmbuf_append(m, 60), 7, 60);
	m = rg_dp_own(&l.h->pools, m);
	ck_assert_ptr_nonnull(m);
	ck_assert_ptr_eq(m->pool, l.h->pools.packets);
	ck_assert_uint_eq(m->pkt_len, 60);
	ck_assert_uint_eq(rte_mempool_in_use_count(l.h->pools.copies), 0);
	rte_pktmbuf_free(m);
	lab_close(&l);
}

END_TEST

START_TEST(lacking_memory_is_refused_with_the_number)
{
	struct lab l;

	lab_init(&l, one);
	lab_ep(&l, lab_addr("10.0.0.1", 4000), (struct rg_addr){0});
	l.conf.buf_count = 1000000;
	ck_assert_int_eq(lab_try_open(&l, ring), -RG_E_NOMEM);
	ck_assert_ptr_nonnull(strstr(l.err.text, "MiB"));
	ck_assert_ptr_nonnull(strstr(l.err.text, "-m"));
	lab_close(&l);
}

END_TEST

TCase *case_pool(void)
{
	TCase *tc = tcase_create("pool");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, empty_pool_gives_what_it_has_and_fills_again);
	tcase_add_test(tc, each_owner_frees_once);
	tcase_add_test(tc, frame_that_needs_a_copy_dies_counted_when_the_pool_is_empty);
	tcase_add_test(tc, copies_have_a_pool_of_their_own_and_then_take_packets);
	tcase_add_test(tc, what_is_not_encrypted_has_no_pool_of_copies);
	tcase_add_test(tc, copy_that_comes_back_as_a_frame_is_received_into_a_packet);
	tcase_add_test(tc, lacking_memory_is_refused_with_the_number);
	return tc;
}
