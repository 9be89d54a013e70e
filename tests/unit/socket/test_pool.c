/* SPDX-License-Identifier: BSD-3-Clause */
#include "socket_suites.h"

static struct rg_bufops new_pool(struct sock_pool *p, uint32_t n, uint32_t bytes)
{
	ck_assert_int_eq(sock_pool_init(p, n, bytes), 0);
	return sock_pool_ops(p);
}

START_TEST(buffers_are_aligned_and_do_not_overlap)
{
	struct sock_pool p;
	struct rg_bufops ops = new_pool(&p, 8, 1500);
	struct rg_newbuf nb[8];

	ck_assert_uint_eq(ops.alloc_bulk(ops.ctx, nb, 8), 8);
	for (unsigned i = 0; i < 8; i++) {
		ck_assert_uint_eq(nb[i].cap_bytes, 1500);
		ck_assert_uint_eq((uintptr_t)nb[i].data % RG_CACHE_LINE, 0);
		memset(nb[i].data - RG_BUF_HEADROOM, (int)i, RG_BUF_HEADROOM + 1500);
	}
	for (unsigned i = 0; i < 8; i++) {
		ck_assert_uint_eq(nb[i].data[-RG_BUF_HEADROOM], i);
		ck_assert_uint_eq(nb[i].data[0], i);
		ck_assert_uint_eq(nb[i].data[1499], i);
		ops.free_bulk(ops.ctx, &nb[i].buf, 1);
	}
	ck_assert_uint_eq(p.n_free, 8);
	sock_pool_fini(&p);
}

END_TEST

START_TEST(an_empty_pool_gives_what_it_has)
{
	struct sock_pool p;
	struct rg_bufops ops = new_pool(&p, 5, 100);
	struct rg_newbuf nb[8];

	ck_assert_uint_eq(ops.alloc_bulk(ops.ctx, nb, 3), 3);
	ck_assert_uint_eq(ops.alloc_bulk(ops.ctx, nb + 3, 5), 2);
	ck_assert_uint_eq(ops.alloc_bulk(ops.ctx, nb + 5, 1), 0);
	for (unsigned i = 0; i < 5; i++)
		ops.free_bulk(ops.ctx, &nb[i].buf, 1);
	ck_assert_uint_eq(ops.alloc_bulk(ops.ctx, nb, 8), 5);
	sock_pool_fini(&p);
}

END_TEST

START_TEST(a_buffer_returns_with_its_last_owner)
{
	struct sock_pool p;
	struct rg_bufops ops = new_pool(&p, 1, 100);
	struct rg_newbuf nb;

	ck_assert_uint_eq(ops.alloc_bulk(ops.ctx, &nb, 1), 1);
	ops.ref(ops.ctx, nb.buf, 2);
	for (unsigned owners = 3; owners > 0; owners--) {
		ck_assert_uint_eq(p.n_free, 0);
		ops.free_bulk(ops.ctx, &nb.buf, 1);
	}
	ck_assert_uint_eq(p.n_free, 1);
	sock_pool_fini(&p);
}

END_TEST

Suite *pool_suite(void)
{
	Suite *s = suite_create("pool");
	TCase *tc = tcase_create("pool");

	tcase_add_test(tc, buffers_are_aligned_and_do_not_overlap);
	tcase_add_test(tc, an_empty_pool_gives_what_it_has);
	tcase_add_test(tc, a_buffer_returns_with_its_last_owner);
	suite_add_tcase(s, tc);
	return s;
}
