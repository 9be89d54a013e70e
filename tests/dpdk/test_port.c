/* SPDX-License-Identifier: BSD-3-Clause */
/* Drivers that need no privilege: null and memif; and ports that cannot be. */
#include "dpdk_suites.h"
#include "lab.h"

#include <rte_ethdev.h>

#include <stdio.h>
#include <unistd.h>

static const char *const one[] = {"10.0.0.1", NULL};

static void init_on(struct lab *l, const char *device)
{
	lab_init(l, one);
	strcpy(l->ports[0].device, device);
	lab_ep(l, lab_addr("10.0.0.1", 4000), (struct rg_addr){0});
}

START_TEST(null_port_floods_and_nothing_stays)
{
	static const char *const null[] = {"net_null0", NULL};
	struct lab l;
	struct rg_dgram d;
	unsigned n = 0;

	init_on(&l, "net_null0");
	lab_open(&l, null);
	for (int i = 0; i < 1000; i++)
		n += rg_dp_rx_poll(&l.h->rx[0], l.now);
	ck_assert_uint_eq(n, 32000);
	ck_assert_uint_eq(lab_drops(&l, RG_V_ETH_TYPE), 32000);
	ck_assert(!lab_take(&l, &d));
	lab_close(&l);
}

END_TEST

START_TEST(null_port_swallows_what_is_sent)
{
	static const char *const null[] = {"net_null0,no-rx=1", NULL};
	struct lab l;
	struct rg_dgram d;

	init_on(&l, "net_null0");
	lab_open(&l, null);
	for (int i = 0; i < 100; i++) {
		d = lab_dgram(&l, 0, lab_addr("239.1.1.1", 5000), 1316);
		d.flags = i % 2 == 0 ? RG_DGRAM_SHARED : 0;
		lab_give(&l, &d);
	}
	lab_run(&l, 0);
	lab_close(&l);
}

END_TEST

static void wait_for_link(struct lab *l)
{
	for (int i = 0; i < 100 && !rg_dp_port_up(&l->h->ports[0]); i++) {
		lab_run(l, 100 * RG_NS_PER_MS);
		usleep(20000);
	}
	ck_assert(rg_dp_port_up(&l->h->ports[0]));
	ck_assert(rg_dp_port_up(&l->h->ports[1]));
}

START_TEST(memif_caller_and_listener_find_each_other_and_pass_datagrams)
{
	char caller[128], listener[128];
	const char *const pair[] = {caller, listener, NULL};
	struct lab l;
	struct rg_dgram d;
	int got = 0;

	/* The caller is started first and must call again. Within one process the driver tells
	 * sockets apart by their spelling. */
	snprintf(caller, sizeof(caller),
		"net_memif0,role=client,socket-abstract=no,socket=/tmp/rg-test-%d", getpid());
	snprintf(listener, sizeof(listener),
		"net_memif1,role=server,socket-abstract=no,socket=/tmp/./rg-test-%d", getpid());
	init_on(&l, "net_memif0");
	l.conf.n_ports = 2;
	strcpy(l.ports[1].name, "lan");
	strcpy(l.ports[1].device, "net_memif1");
	l.ports[1].addrs[0] = (struct rg_prefix){lab_addr("10.0.0.2", 0), 24};
	l.ports[1].n_addrs = 1;
	lab_ep(&l, lab_addr("10.0.0.2", 5000), (struct rg_addr){0});
	lab_open(&l, pair);
	wait_for_link(&l);
	for (int i = 0; i < 10; i++) {
		d = lab_dgram(&l, 0, lab_addr("10.0.0.2", 5000), 1316);
		d.flags = RG_DGRAM_SHARED;
		lab_give(&l, &d);
		lab_run(&l, 0);
		while (lab_take(&l, &d)) {
			ck_assert_uint_eq(d.ep, 1);
			ck_assert(lab_payload_ok(&d, 1316));
			lab_free(&d);
			got++;
		}
	}
	ck_assert_int_eq(got, 10);
	lab_close(&l);
}

END_TEST

START_TEST(unknown_device_is_named_with_those_there_are)
{
	static const char *const ring[] = {"net_ring0", NULL};
	struct lab l;

	init_on(&l, "net_ring7");
	ck_assert_int_eq(lab_try_open(&l, ring), -RG_E_NOENT);
	ck_assert_ptr_nonnull(strstr(l.err.text, "net_ring7"));
	ck_assert_ptr_nonnull(strstr(l.err.text, "net_ring0"));
	lab_close(&l);
}

END_TEST

START_TEST(mtu_out_of_range_is_refused_with_the_range)
{
	static const char *const ring[] = {"net_ring0", NULL};
	struct lab l;

	init_on(&l, "net_ring0");
	l.ports[0].mtu = 1000;
	ck_assert_int_ne(lab_try_open(&l, ring), 0);
	ck_assert_ptr_nonnull(strstr(l.err.text, "1280.."));
	lab_close(&l);
}

END_TEST

START_TEST(lcore_that_eal_has_not_is_refused)
{
	static const char *const ring[] = {"net_ring0", NULL};
	static const struct rg_lcore_conf lcores[] = {
		{63, RG_TASK_RX | RG_TASK_WORKER | RG_TASK_TX}};
	struct lab l;

	init_on(&l, "net_ring0");
	l.conf.lcores = lcores;
	l.conf.n_lcores = 1;
	ck_assert_int_ne(lab_try_open(&l, ring), 0);
	ck_assert_ptr_nonnull(strstr(l.err.text, "63"));
	lab_close(&l);
}

END_TEST

TCase *case_port(void)
{
	TCase *tc = tcase_create("port");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, null_port_floods_and_nothing_stays);
	tcase_add_test(tc, null_port_swallows_what_is_sent);
	tcase_add_test(tc, memif_caller_and_listener_find_each_other_and_pass_datagrams);
	tcase_add_test(tc, unknown_device_is_named_with_those_there_are);
	tcase_add_test(tc, mtu_out_of_range_is_refused_with_the_range);
	tcase_add_test(tc, lcore_that_eal_has_not_is_refused);
	return tc;
}
