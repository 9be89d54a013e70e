/* SPDX-License-Identifier: BSD-3-Clause */
/* Out-of-band data in the DPDK host: its queues to and from control, and that interfaces are the
 * kernel's and leave room to media in the pipes they share. */
#include "dpdk_suites.h"
#include "lab.h"

#include <rte_ring_elem.h>

static const char *const rings[] = {"net_ring0", NULL};
static const char *const addrs[] = {"10.0.0.1", NULL};

START_TEST(queues_between_control_and_worker_are_bounded)
{
	struct rg_oob m = {.ep = 3, .len = 5, .data = "hello"}, got;
	struct rg_dp_worker *w;
	struct lab l;
	unsigned n = 0;

	lab_init(&l, addrs);
	lab_ep(&l, lab_addr("10.0.0.1", 5000), (struct rg_addr){0});
	lab_open(&l, rings);
	w = &l.h->workers[0];
	while (n < 1000 && rg_dpdk_host.oob_put(l.h, &m) == 0)
		n++;
	ck_assert_uint_eq(n, RG_DP_OOB - 1);
	ck_assert_int_eq(rg_dpdk_host.oob_put(l.h, &m), -RG_E_AGAIN);
	ck_assert_int_eq(rte_ring_sc_dequeue_elem(w->oob_in, &got, sizeof(got)), 0);
	ck_assert_mem_eq(&got, &m, sizeof(m));
	ck_assert_int_eq(rg_dpdk_host.oob_put(l.h, &m), 0);
	m.stream = 1;
	ck_assert_int_eq(rg_dpdk_host.oob_put(l.h, &m), -RG_E_NOENT);
	ck_assert(!rg_dpdk_host.oob_take(l.h, &got));
	ck_assert_int_eq(rte_ring_sp_enqueue_elem(w->oob_out, &m, sizeof(m)), 0);
	ck_assert(rg_dpdk_host.oob_take(l.h, &got));
	ck_assert_mem_eq(&got, &m, sizeof(m));
	lab_close(&l);
}

END_TEST

START_TEST(an_interface_leaves_half_of_a_pipe_to_media)
{
	struct rg_dp_pipe *p;
	struct rg_dgram d;
	struct lab l;
	uint16_t media, tun;
	unsigned n = 0;

	lab_init(&l, addrs);
	media = lab_ep(&l, lab_addr("10.0.0.1", 5000), (struct rg_addr){0});
	tun = lab_ep(&l, (struct rg_addr){0}, (struct rg_addr){0});
	l.eps[tun].kind = RG_EP_TUN;
	strcpy(l.eps[tun].miface, "wan"); /* the name of a port, too */
	lab_open(&l, rings);
	ck_assert_uint_eq(l.h->eps[tun].port, RG_DP_KERNEL);
	p = &l.h->workers[0].out[0];
	for (; n < RG_DP_PIPE_SLOTS; n++) {
		d = lab_dgram(&l, tun, (struct rg_addr){0}, 100);
		if (rg_dp_gives_way(l.h, p, &d))
			break;
		rg_dp_pipe_put(p, &d, 1);
	}
	ck_assert_uint_eq(n, RG_DP_PIPE_SLOTS / 2);
	ck_assert_uint_eq(lab_drops(&l, RG_V_OOB_FULL), 1);
	d = lab_dgram(&l, media, lab_addr("10.0.0.2", 1), 100);
	ck_assert(!rg_dp_gives_way(l.h, p, &d));
	lab_free(&d);
	/* the transmitter of a port would not know what to do with them */
	while (rg_dp_pipe_get(p, &d, 1) == 1)
		lab_free(&d);
	lab_close(&l);
}

END_TEST

TCase *case_oob(void)
{
	TCase *tc = tcase_create("oob");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, queues_between_control_and_worker_are_bounded);
	tcase_add_test(tc, an_interface_leaves_half_of_a_pipe_to_media);
	return tc;
}
