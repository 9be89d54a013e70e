/* SPDX-License-Identifier: BSD-3-Clause */
/* test_joined.c - several datagrams in one message of the kernel, in both directions. */
#include <arpa/inet.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sock_priv.h"
#include "socket_suites.h"

static struct rg_ep_plan plan_udp(enum rg_af af)
{
	return (struct rg_ep_plan){
		.kind = RG_EP_UDP, .stream = 7, .local = loopback(af, 0), .pair = RG_EP_NONE};
}

/* Byte k of datagram i. */
static uint8_t content(unsigned i, unsigned k)
{
	return (uint8_t)(i * 37 + k * 11 + k / 256);
}

static void expect_content(const uint8_t *p, unsigned i, unsigned len)
{
	for (unsigned k = 0; k < len; k++)
		ck_assert_uint_eq(p[k], content(i, k));
}

/* A socket of the kernel's own, to or from which messages go. */
static int plain_socket(enum rg_af af, struct rg_addr *local)
{
	int fd = socket(af == RG_AF_IP4 ? AF_INET : AF_INET6, SOCK_DGRAM, 0), on = 1;
	struct sockaddr_in in4 = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	struct timeval patience = {.tv_sec = 1};
	socklen_t len = af == RG_AF_IP4 ? sizeof(in4) : sizeof(in6);
	struct sockaddr *sa = af == RG_AF_IP4 ? (void *)&in4 : (void *)&in6;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bind(fd, sa, len), 0);
	ck_assert_int_eq(getsockname(fd, sa, &len), 0);
	ck_assert_int_eq(setsockopt(fd, SOL_UDP, UDP_GRO, &on, sizeof(on)), 0);
	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
	*local = loopback(af, ntohs(af == RG_AF_IP4 ? in4.sin_port : in6.sin6_port));
	return fd;
}

/* n datagrams of `each` bytes and one of `last`, if that is not 0, in one message. */
static void send_message(int fd, const struct rg_addr *to, unsigned each, unsigned n, unsigned last)
{
	static uint8_t bytes[65536];
	struct sock_ep as = {.v6 = to->af == RG_AF_IP6};
	struct sockaddr_storage ss;
	socklen_t len = sock_from_addr(&as, to, &ss);
	int segment = (int)each;

	for (unsigned i = 0; i <= n; i++)
		for (unsigned k = 0; k < (i < n ? each : last); k++)
			bytes[i * each + k] = content(i, k);
	ck_assert_int_eq(setsockopt(fd, SOL_UDP, UDP_SEGMENT, &segment, sizeof(segment)), 0);
	ck_assert_int_eq(sendto(fd, bytes, each * n + last, 0, (struct sockaddr *)&ss, len),
		(ssize_t)(each * n + last));
}

/* One end of ours that hears, and a socket that sends to it. */
struct hearer {
	struct rg_ep_plan eps[1];
	struct rig r;
	struct rg_addr to, from;
	int fd;
};

static void hearer_open(struct hearer *h, enum rg_af af)
{
	h->eps[0] = plan_udp(af);
	h->fd = plain_socket(af, &h->from);
	rig_open(&h->r, h->eps, 1);
	ck_assert(rg_sock_local(h->r.set, 0, &h->to));
}

static void hearer_close(struct hearer *h)
{
	rig_close(&h->r);
	close(h->fd);
}

struct cut_row {
	enum rg_af af;
	unsigned each, n, last;
};

/* Below, at and around what a buffer holds, which is where a message goes on elsewhere. */
static const struct cut_row cut_rows[] = {
	{RG_AF_IP4, 700, 5, 123},
	{RG_AF_IP6, 700, 5, 123},
	{RG_AF_IP4, 1, 20, 0},
	{RG_AF_IP4, 1316, 49, 1},
	{RG_AF_IP4, RIG_BUF_SIZE - 1, 3, 0},
	{RG_AF_IP4, RIG_BUF_SIZE, 3, RIG_BUF_SIZE - 1},
	{RG_AF_IP4, RIG_BUF_SIZE / 2, 2, 0},
	{RG_AF_IP4, RIG_BUF_SIZE - 10, 1, 11},
};

START_TEST(a_message_is_cut_into_its_datagrams)
{
	const struct cut_row *row = &cut_rows[_i];
	struct hearer h;
	struct rg_dgram d;

	hearer_open(&h, row->af);
	send_message(h.fd, &h.to, row->each, row->n, row->last);
	for (unsigned i = 0; i < row->n + (row->last > 0); i++) {
		ck_assert(rig_recv(&h.r, &d, 1000));
		ck_assert(h.r.set->eps[0].joined);
		ck_assert_uint_eq(d.len, i < row->n ? row->each : row->last);
		expect_content(d.data, i, d.len);
		ck_assert(rg_addr_eq(&d.peer, &h.from));
		ck_assert_uint_eq(d.stream, 7);
		rig_free(&h.r, &d);
	}
	ck_assert(!rig_recv(&h.r, &d, 10));
	hearer_close(&h);
}

END_TEST

START_TEST(what_finds_no_room_comes_with_the_next_call_in_order)
{
	struct hearer h;
	struct rg_dgram in[7];
	unsigned got = 0, n;

	hearer_open(&h, RG_AF_IP4);
	send_message(h.fd, &h.to, 1000, 20, 0);
	send_message(h.fd, &h.to, 900, 20, 0);
	while ((n = rg_sock_recv(h.r.set, rg_host_now(), in, 7)) > 0) {
		ck_assert(got + n == 40 || n == 7);
		for (unsigned i = 0; i < n; i++, got++) {
			ck_assert_uint_eq(in[i].len, got < 20 ? 1000 : 900);
			expect_content(in[i].data, got % 20, in[i].len);
			rig_free(&h.r, &in[i]);
		}
	}
	ck_assert_uint_eq(got, 40);
	hearer_close(&h);
}

END_TEST

START_TEST(a_datagram_that_fits_survives_longer_neighbours)
{
	struct hearer h;
	struct rg_dgram d;

	hearer_open(&h, RG_AF_IP4);
	send_message(h.fd, &h.to, RIG_BUF_SIZE + 1, 4, 500);
	ck_assert(rig_recv(&h.r, &d, 1000));
	ck_assert_uint_eq(d.len, 500);
	expect_content(d.data, 4, 500);
	rig_free(&h.r, &d);
	ck_assert_uint_eq(rg_sock_drops(h.r.set)[RG_V_RX_TOO_LONG], 4);
	hearer_close(&h);
}

END_TEST

/* Rows: how many buffers are left. */
START_TEST(every_datagram_without_a_buffer_is_counted)
{
	struct hearer h;
	struct rg_newbuf held[RIG_BUFS];
	unsigned left = (unsigned)_i, n = RIG_BUFS - left, got = 0;
	struct rg_dgram in[32];

	hearer_open(&h, RG_AF_IP4);
	ck_assert_uint_eq(h.r.ops.alloc_bulk(h.r.ops.ctx, held, n), n);
	send_message(h.fd, &h.to, 100, 10, 1);
	for (int i = 0; i < 3; i++)
		got += rg_sock_recv(h.r.set, rg_host_now(), in + got, 32 - got);
	ck_assert_uint_eq(got, left);
	ck_assert_uint_eq(rg_sock_drops(h.r.set)[RG_V_NO_BUFFER], 11 - left);
	for (unsigned i = 0; i < got; i++)
		rig_free(&h.r, &in[i]);
	while (n > 0)
		h.r.ops.free_bulk(h.r.ops.ctx, &held[--n].buf, 1);
	hearer_close(&h);
}

END_TEST

START_TEST(what_is_not_cut_yet_goes_back_at_the_end)
{
	struct hearer h;
	struct rg_dgram in[3];

	hearer_open(&h, RG_AF_IP4);
	for (int i = 0; i < 3; i++)
		send_message(h.fd, &h.to, 200, 5, 0);
	ck_assert_uint_eq(rg_sock_recv(h.r.set, rg_host_now(), in, 3), 3);
	for (int i = 0; i < 3; i++)
		rig_free(&h.r, &in[i]);
	hearer_close(&h);
}

END_TEST

/* Datagrams of these lengths, up to the first 0, hdr_len bytes of each in the header. */
static void send_lengths(struct rig *r, const struct rg_addr *to, const unsigned *length,
	unsigned n, unsigned hdr_len)
{
	static uint8_t bytes[SOCK_BURST][4096];
	struct rg_dgram d[SOCK_BURST];

	for (unsigned i = 0; i < n; i++) {
		unsigned head = rg_min_u32(hdr_len, length[i]);

		d[i] = (struct rg_dgram){.peer = to[i],
			.data = bytes[i],
			.hdr_len = (uint16_t)head,
			.len = (uint16_t)(length[i] - head)};
		for (unsigned k = 0; k < head; k++)
			d[i].hdr[k] = content(i, k);
		for (unsigned k = head; k < length[i]; k++)
			bytes[i][k - head] = content(i, k);
	}
	rg_sock_send(r->set, d, n);
}

/* The next message: its bytes, and the length of its datagrams, 0: a lone one. */
static unsigned next_message(int fd, uint8_t *bytes, size_t cap, unsigned *each)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} note;
	struct iovec iov = {bytes, cap};
	struct msghdr m = {.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &note,
		.msg_controllen = sizeof(note)};
	ssize_t n = recvmsg(fd, &m, 0);
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	int segment = 0;

	ck_assert_int_ge(n, 0);
	if (c && c->cmsg_level == SOL_UDP && c->cmsg_type == UDP_GRO)
		memcpy(&segment, CMSG_DATA(c), sizeof(segment));
	*each = (unsigned)segment;
	return (unsigned)n;
}

struct join_row {
	enum rg_af af;
	unsigned hdr_len, n;
	unsigned length[SOCK_BURST];
	unsigned messages[8]; /* how many datagrams in each */
};

#define TEN(x) x, x, x, x, x, x, x, x, x, x

static const struct join_row join_rows[] = {
	{RG_AF_IP4, 12, 7, {500, 500, 500, 500, 500, 500, 100}, {7}},
	{RG_AF_IP6, 12, 7, {500, 500, 500, 500, 500, 500, 100}, {7}},
	{RG_AF_IP4, 0, 7, {500, 500, 300, 300, 600, 600, 10}, {3, 1, 3}},
	{RG_AF_IP4, 64, 3, {40, 40, 40}, {3}}, /* all of it header */
	{RG_AF_IP4, 0, 4, {0, 0, 1, 1}, {1, 1, 2}}, {RG_AF_IP4, 0, 3, {5, 5, 0}, {2, 1}},
	{RG_AF_IP4, 8, 32, {TEN(4000), TEN(4000), TEN(4000), 4000, 4000}, {16, 16}}, /* 64 KiB */
};

START_TEST(neighbours_of_one_length_leave_as_one_message)
{
	const struct join_row *row = &join_rows[_i];
	static uint8_t bytes[65536];
	struct rg_ep_plan eps[1] = {plan_udp(row->af)};
	struct rg_addr to[SOCK_BURST];
	int fd = plain_socket(row->af, &to[0]);
	unsigned i = 0;
	struct rig r;

	for (unsigned k = 1; k < row->n; k++)
		to[k] = to[0];
	rig_open(&r, eps, 1);
	send_lengths(&r, to, row->length, row->n, row->hdr_len);
	for (const unsigned *m = row->messages; *m > 0; m++) {
		unsigned each, len = next_message(fd, bytes, sizeof(bytes), &each), at = 0;

		ck_assert_uint_eq(each, *m > 1 ? row->length[i] : 0);
		for (unsigned end = i + *m; i < end; at += row->length[i++])
			expect_content(bytes + at, i, row->length[i]);
		ck_assert_uint_eq(len, at);
	}
	ck_assert_uint_eq(i, row->n);
	ck_assert(r.set->eps[0].joins);
	rig_close(&r);
	close(fd);
}

END_TEST

START_TEST(datagrams_to_different_peers_are_not_joined)
{
	static const unsigned length[4] = {100, 100, 100, 100};
	struct rg_ep_plan eps[1] = {plan_udp(RG_AF_IP4)};
	struct rg_addr to[4];
	int fd[2] = {plain_socket(RG_AF_IP4, &to[0]), plain_socket(RG_AF_IP4, &to[1])};
	unsigned first[2] = {0, 1}, each;
	uint8_t bytes[500];
	struct rig r;

	to[2] = to[0];
	to[3] = to[1];
	rig_open(&r, eps, 1);
	send_lengths(&r, to, length, 4, 0);
	for (unsigned k = 0; k < 4; k++) {
		ck_assert_uint_eq(next_message(fd[k % 2], bytes, sizeof(bytes), &each), 100);
		expect_content(bytes, first[k % 2] + k / 2 * 2, 100);
	}
	rig_close(&r);
	close(fd[0]);
	close(fd[1]);
}

END_TEST

START_TEST(a_refused_message_is_counted_by_its_datagrams)
{
	static const unsigned length[5] = {100, 100, 100, 100, 100};
	struct rg_ep_plan eps[1] = {plan_udp(RG_AF_IP4)};
	struct rg_addr to[5];
	int fd = plain_socket(RG_AF_IP4, &to[0]);
	unsigned each;
	uint8_t bytes[500];
	struct rig r;

	for (unsigned i = 1; i < 5; i++)
		to[i] = to[0];
	to[1].ip[0] = to[2].ip[0] = to[3].ip[0] = 240; /* reserved: no route leads there */
	rig_open(&r, eps, 1);
	send_lengths(&r, to, length, 5, 0);
	ck_assert_uint_eq(
		rg_sock_drops(r.set)[RG_V_TX_NO_ROUTE] + rg_sock_drops(r.set)[RG_V_TX_REFUSED], 3);
	ck_assert_uint_eq(next_message(fd, bytes, sizeof(bytes), &each), 100);
	ck_assert_uint_eq(next_message(fd, bytes, sizeof(bytes), &each), 100);
	expect_content(bytes, 4, 100);
	rig_close(&r);
	close(fd);
}

END_TEST

/* A socket that leaves checksums out is one for which the kernel does not cut. */
START_TEST(where_the_kernel_does_not_cut_each_goes_alone)
{
	static const unsigned length[6] = {100, 100, 100, 50, 60, 60};
	struct rg_ep_plan eps[1] = {plan_udp(RG_AF_IP4)};
	struct rg_addr to[6];
	int fd = plain_socket(RG_AF_IP4, &to[0]), on = 1;
	uint8_t bytes[500];
	unsigned each;
	struct rig r;

	for (unsigned i = 1; i < 6; i++)
		to[i] = to[0];
	rig_open(&r, eps, 1);
	ck_assert_int_eq(setsockopt(r.set->eps[0].fd, SOL_SOCKET, SO_NO_CHECK, &on, sizeof(on)), 0);
	for (unsigned round = 0; round < 2; round++) {
		send_lengths(&r, to, length, 6, 4);
		ck_assert(!r.set->eps[0].joins);
		for (unsigned i = 0; i < 6; i++) {
			ck_assert_uint_eq(next_message(fd, bytes, sizeof(bytes), &each), length[i]);
			expect_content(bytes, i, length[i]);
		}
	}
	for (unsigned v = 0; v < RG_V_COUNT; v++)
		ck_assert_uint_eq(rg_sock_drops(r.set)[v], 0);
	rig_close(&r);
	close(fd);
}

END_TEST

Suite *joined_suite(void)
{
	Suite *s = suite_create("joined");
	TCase *tc = tcase_create("joined");

	tcase_add_loop_test(tc, a_message_is_cut_into_its_datagrams, 0, RG_ARRAY_LEN(cut_rows));
	tcase_add_test(tc, what_finds_no_room_comes_with_the_next_call_in_order);
	tcase_add_test(tc, a_datagram_that_fits_survives_longer_neighbours);
	tcase_add_loop_test(tc, every_datagram_without_a_buffer_is_counted, 0, 4);
	tcase_add_test(tc, what_is_not_cut_yet_goes_back_at_the_end);
	tcase_add_loop_test(
		tc, neighbours_of_one_length_leave_as_one_message, 0, RG_ARRAY_LEN(join_rows));
	tcase_add_test(tc, datagrams_to_different_peers_are_not_joined);
	tcase_add_test(tc, a_refused_message_is_counted_by_its_datagrams);
	tcase_add_test(tc, where_the_kernel_does_not_cut_each_goes_alone);
	suite_add_tcase(s, tc);
	return s;
}
