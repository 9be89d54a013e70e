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
	tcase_add_test(tc, lacking_memory_is_refused_with_the_number);
	return tc;
}
