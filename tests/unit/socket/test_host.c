/* SPDX-License-Identifier: BSD-3-Clause */
/* test_host.c - the socket host's thread, its mailbox and its end, over a fake worker. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fake_worker.h"
#include "sock_mail.h"
#include "socket_suites.h"

struct lab {
	struct rg_ep_plan ep;
	struct rg_stream_plan stream;
	struct rg_host_conf conf;
	struct rg_host *host;
	struct rg_conf_error err;
	int fd; /* a client connected to the endpoint */
};

static void lab_open(struct lab *l)
{
	struct sockaddr_in sa = {.sin_family = AF_INET};
	struct timeval limit = {.tv_sec = 5};
	struct rg_addr a;

	*l = (struct lab){.ep = {.kind = RG_EP_UDP, .pair = RG_EP_NONE}};
	l->ep.local = loopback(RG_AF_IP4, 0);
	l->conf = (struct rg_host_conf){.eps = &l->ep,
		.n_eps = 1,
		.streams = &l->stream,
		.n_streams = 1,
		.buf_count = 256,
		.buf_data_bytes = 1600};
	ck_assert_msg(rg_sock_host.start(&l->conf, &l->host, &l->err) == 0, "%s", l->err.text);
	ck_assert(rg_sock_host.local(l->host, 0, &a));
	l->fd = socket(AF_INET, SOCK_DGRAM, 0);
	sa.sin_port = htons(a.port);
	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(connect(l->fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	ck_assert_int_eq(setsockopt(l->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)), 0);
}

static void lab_close(struct lab *l)
{
	rg_sock_host.stop(l->host);
	close(l->fd);
}

START_TEST(the_host_steps_its_worker_and_keeps_time)
{
	struct fake_report r;
	struct rg_event ev;
	struct lab l;
	char b[100];

	lab_open(&l);
	for (int i = 0; i < 50; i++) {
		ck_assert_int_eq(send(l.fd, "hello", 5, 0), 5);
		ck_assert_int_eq(recv(l.fd, b, sizeof(b), 0), 5);
	}
	ck_assert(rg_sock_host.report(l.host, 0, &r, sizeof(r)));
	ck_assert_uint_eq(r.answered, 50);
	ck_assert_int_lt(r.late_max_ns, 500 * RG_NS_PER_MS);
	ck_assert(rg_sock_host.event(l.host, &ev));
	ck_assert_uint_eq(ev.stream, 1);
	lab_close(&l);
}

END_TEST

START_TEST(a_quiet_host_uses_no_processor)
{
	struct rusage before, after;
	struct rg_host_report r;
	struct lab l;
	int64_t us;

	lab_open(&l);
	getrusage(RUSAGE_SELF, &before);
	usleep(1200000);
	getrusage(RUSAGE_SELF, &after);
	us = (after.ru_utime.tv_usec - before.ru_utime.tv_usec) +
		(after.ru_stime.tv_usec - before.ru_stime.tv_usec) +
		1000000 *
			(after.ru_utime.tv_sec - before.ru_utime.tv_sec + after.ru_stime.tv_sec -
				before.ru_stime.tv_sec);
	ck_assert_int_lt(us, 12000);
	rg_sock_host.host_report(l.host, &r);
	ck_assert_uint_eq(r.bufs_total, 256);
	ck_assert_uint_gt(r.idle_ns, r.busy_ns);
	lab_close(&l);
}

END_TEST

START_TEST(control_may_read_while_the_worker_counts)
{
	struct rg_host_report r;
	static const char big[1601];
	struct lab l;

	lab_open(&l);
	for (int i = 0; i < 200; i++) {
		ck_assert_int_eq(send(l.fd, big, sizeof(big), 0), sizeof(big));
		rg_sock_host.host_report(l.host, &r);
	}
	while (r.drops[RG_V_RX_TOO_LONG] < 200)
		rg_sock_host.host_report(l.host, &r);
	lab_close(&l);
}

END_TEST

START_TEST(the_host_reports_what_its_worker_had_no_stream_for)
{
	struct rg_host_report r;
	struct lab l;

	lab_open(&l);
	rg_sock_host.host_report(l.host, &r);
	ck_assert_uint_eq(r.drops[RG_V_NOT_OURS], FAKE_ORPHANS);
	lab_close(&l);
}

END_TEST

START_TEST(stopping_waits_for_what_the_worker_holds)
{
	struct rg_host_report r;
	struct lab l;
	char b[100];

	lab_open(&l);
	rg_sock_host.host_report(l.host, &r);
	ck_assert_uint_eq(r.bufs_free, r.bufs_total);
	ck_assert_int_eq(send(l.fd, "last", 4, 0), 4);
	/* a buffer is out: the worker has it, however late it was run */
	while (r.bufs_free == r.bufs_total) {
		usleep(100);
		rg_sock_host.host_report(l.host, &r);
	}
	rg_sock_host.stop(l.host);
	ck_assert_int_eq(recv(l.fd, b, sizeof(b), 0), 4);
	close(l.fd);
}

END_TEST

START_TEST(a_refused_start_says_why_and_leaks_nothing)
{
	struct rg_ep_plan ep = {.kind = RG_EP_FILE_IN, .path = "/nonexistent"};
	static const struct rg_side_plan sides[99];
	struct rg_stream_plan stream = {.name = "cam1", .inputs = sides, .n_inputs = 99};
	struct rg_host_conf c = {.eps = &ep,
		.n_eps = 1,
		.streams = &stream,
		.n_streams = 1,
		.buf_count = 16,
		.buf_data_bytes = 1600};
	struct rg_conf_error err;
	struct rg_host *h;

	ck_assert_int_lt(rg_sock_host.start(&c, &h, &err), 0);
	ck_assert_str_eq(err.text, "/nonexistent: No such file or directory");
	ep = (struct rg_ep_plan){.kind = RG_EP_UDP, .pair = RG_EP_NONE};
	ck_assert_int_lt(rg_sock_host.start(&c, &h, &err), 0);
	ck_assert_str_eq(err.text, "stream cam1: cannot be added (1)");
}

END_TEST

START_TEST(out_of_band_data_passes_both_ways_and_wakes_control)
{
	struct rg_oob m = {.ep = 7, .type = 0x0800, .len = 5, .data = "hello"}, got;
	rg_time began = rg_host_now();
	struct lab l;

	lab_open(&l);
	ck_assert(!rg_sock_host.oob_take(l.host, &got));
	ck_assert_int_eq(rg_sock_host.oob_put(l.host, &m), 0);
	while (!rg_sock_host.oob_take(l.host, &got))
		rg_sock_host.wait(l.host, rg_time_add(began, 10 * RG_NS_PER_S));
	ck_assert_int_lt(rg_time_diff(rg_host_now(), began), 5 * RG_NS_PER_S);
	ck_assert_mem_eq(&got, &m, sizeof(m));
	m.stream = 1;
	ck_assert_int_eq(rg_sock_host.oob_put(l.host, &m), -RG_E_NOENT);
	lab_close(&l);
}

END_TEST

START_TEST(out_of_band_data_the_worker_refuses_is_counted)
{
	struct rg_oob m = {.ep = FAKE_NO_EP, .type = 0x0800, .len = 5};
	struct fake_report r = {0};
	struct lab l;

	lab_open(&l);
	for (unsigned i = 0; i < 3; i++)
		ck_assert_int_eq(rg_sock_host.oob_put(l.host, &m), 0);
	for (unsigned i = 0; i < 5000 && r.oob_full < 3; i++) {
		usleep(1000);
		rg_sock_host.report(l.host, 0, &r, sizeof(r));
	}
	ck_assert_uint_eq(r.oob_full, 3);
	lab_close(&l);
}

END_TEST

START_TEST(a_full_box_takes_no_more_until_one_is_taken)
{
	struct rg_oob m = {.len = 1}, got;
	struct sock_mail mail;
	struct rg_event ev;
	unsigned n = 0;

	ck_assert_int_eq(sock_mail_init(&mail), 0);
	for (; n < 1000 && sock_mail_put(&mail, SOCK_BOX_OOB_IN, &m); n++)
		m.stream = n + 1;
	ck_assert_uint_eq(n, 64);
	ck_assert(!sock_mail_room(&mail, SOCK_BOX_OOB_IN));
	ck_assert(sock_mail_room(&mail, SOCK_BOX_OOB_OUT));
	ck_assert(!sock_mail_take(&mail, SOCK_BOX_EVENT, &ev));
	for (uint32_t i = 0; i < 200; i++) {
		ck_assert(sock_mail_take(&mail, SOCK_BOX_OOB_IN, &got));
		ck_assert_uint_eq(got.stream, i);
		m.stream = n++;
		ck_assert(sock_mail_put(&mail, SOCK_BOX_OOB_IN, &m));
	}
	sock_mail_fini(&mail);
}

END_TEST

Suite *host_suite(void)
{
	Suite *s = suite_create("host");
	TCase *tc = tcase_create("host");

	tcase_add_test(tc, the_host_steps_its_worker_and_keeps_time);
	tcase_add_test(tc, a_quiet_host_uses_no_processor);
	tcase_add_test(tc, control_may_read_while_the_worker_counts);
	tcase_add_test(tc, the_host_reports_what_its_worker_had_no_stream_for);
	tcase_add_test(tc, stopping_waits_for_what_the_worker_holds);
	tcase_add_test(tc, a_refused_start_says_why_and_leaks_nothing);
	tcase_add_test(tc, out_of_band_data_passes_both_ways_and_wakes_control);
	tcase_add_test(tc, out_of_band_data_the_worker_refuses_is_counted);
	tcase_add_test(tc, a_full_box_takes_no_more_until_one_is_taken);
	suite_add_tcase(s, tc);
	return s;
}
