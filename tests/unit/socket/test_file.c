/* SPDX-License-Identifier: BSD-3-Clause */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "socket_suites.h"
#include "ts_pace.h"

#define CELL 188
#define TS   (7 * CELL)

/* A file with a name of its own, gone after open. */
struct temp {
	char path[64];
	int fd;
};

static void temp_open(struct temp *t)
{
	strcpy(t->path, "/tmp/rg-unit-XXXXXX");
	t->fd = mkstemp(t->path);
	ck_assert_int_ge(t->fd, 0);
}

static void temp_close(struct temp *t)
{
	close(t->fd);
	unlink(t->path);
}

static struct rg_ep_plan plan_file(enum rg_ep_kind kind, const char *path, uint32_t kbps)
{
	struct rg_ep_plan p = {.kind = kind, .stream = 3, .pair = RG_EP_NONE, .bitrate_kbps = kbps};

	strcpy(p.path, path);
	return p;
}

static void write_cell(int fd, uint8_t mark, int64_t pcr_ms, unsigned flags)
{
	uint8_t c[CELL] = {0x47, 0x01, 0x00, 0x10};
	uint64_t base = (uint64_t)pcr_ms * 90;

	memset(c + 4, mark, CELL - 4);
	if (pcr_ms >= 0) {
		c[3] = 0x30;
		c[4] = 7;
		c[5] = (uint8_t)(0x10 | flags);
		for (int i = 0; i < 4; i++)
			c[6 + i] = (uint8_t)(base >> (25 - 8 * i));
		c[10] = (uint8_t)(base << 7 | 0x7e);
		c[11] = 0;
	}
	ck_assert_int_eq(write(fd, c, CELL), CELL);
}

/* Reads the whole input; returns datagrams, and when the last one came after the first. */
static unsigned read_all(struct rig *r, uint64_t *bytes, int64_t *took_ns)
{
	rg_time first = RG_TIME_NEVER, last = RG_TIME_NEVER;
	struct rg_dgram d;
	unsigned n = 0;

	*bytes = 0;
	while (rig_recv(r, &d, 3000)) {
		ck_assert_uint_eq(d.stream, 3);
		if (d.flags & RG_DGRAM_EOF) {
			ck_assert_ptr_null(d.buf.h);
			ck_assert(!rig_recv(r, &d, 10));
			*took_ns = n ? rg_time_diff(last, first) : 0;
			return n;
		}
		last = rg_host_now();
		if (n++ == 0)
			first = last;
		*bytes += d.len;
		rig_free(r, &d);
	}
	ck_abort_msg("no end of file");
}

START_TEST(a_file_is_paced_by_its_pcrs)
{
	struct rg_ep_plan ep;
	struct temp t;
	struct rig r;
	uint64_t bytes;
	int64_t took;

	temp_open(&t);
	/* 20 datagrams over 200 ms; the PCR wraps on the way in the second row, jumps in the third */
	for (int i = 0; i < 20 * 7; i++) {
		static const int64_t begin[] = {5000, 95443600, 5000};
		int64_t ms = i % 7 ? -1 : begin[_i] + i / 7 * 10;

		if (_i == 2 && ms >= 5100)
			ms += 3600000;
		write_cell(t.fd, (uint8_t)i, ms, 0);
	}
	ep = plan_file(RG_EP_FILE_IN, t.path, 0);
	rig_open(&r, &ep, 1);
	ck_assert_uint_eq(read_all(&r, &bytes, &took), 20);
	ck_assert_uint_eq(bytes, 20 * TS);
	ck_assert_int_ge(took, 170 * RG_NS_PER_MS);
	ck_assert_int_lt(took, 1000 * RG_NS_PER_MS);
	rig_close(&r);
	temp_close(&t);
}

END_TEST

START_TEST(a_file_is_paced_by_a_bitrate)
{
	struct rg_ep_plan ep;
	struct temp t;
	struct rig r;
	uint64_t bytes;
	int64_t took;

	temp_open(&t);
	ck_assert_int_eq(ftruncate(t.fd, 10 * TS + 33), 0);
	ep = plan_file(RG_EP_FILE_IN, t.path, 1316 * 8 / 10); /* 10 ms each */
	rig_open(&r, &ep, 1);
	ck_assert_uint_eq(read_all(&r, &bytes, &took), 11);
	ck_assert_uint_eq(bytes, 10 * TS + 33);
	ck_assert_int_ge(took, 90 * RG_NS_PER_MS);
	ck_assert_int_lt(took, 1000 * RG_NS_PER_MS);
	rig_close(&r);
	temp_close(&t);
}

END_TEST

START_TEST(a_pace_holds_through_a_long_file)
{
	struct ts_pace p;
	rg_time start = {RG_NS_PER_S}, due = start;

	ts_pace_init(&p, 8000); /* 1,000 s a gigabyte */
	for (int i = 0; i < 40; i++) {
		due = ts_pace_due(&p, NULL, 1000000000, due);
		ck_assert_int_eq(rg_time_diff(due, start), i * 1000 * RG_NS_PER_S);
	}
}

END_TEST

START_TEST(a_standstill_is_not_made_up_for)
{
	struct ts_pace p;
	rg_time now = {0};

	ts_pace_init(&p, 8000);
	ck_assert_int_eq(ts_pace_due(&p, NULL, 1000, now).ns, 0);
	now.ns = 100 * RG_NS_PER_MS;
	ck_assert_int_eq(ts_pace_due(&p, NULL, 1000, now).ns, RG_NS_PER_MS);
	now.ns = RG_NS_PER_S;
	ck_assert_int_eq(ts_pace_due(&p, NULL, 1000, now).ns, now.ns);
	ck_assert_int_eq(ts_pace_due(&p, NULL, 1000, now).ns, now.ns + RG_NS_PER_MS);
}

END_TEST

START_TEST(a_pipe_with_a_bitrate_is_paced)
{
	struct rg_ep_plan ep = plan_file(RG_EP_FILE_IN, "", 1316 * 8 / 10);
	uint8_t bytes[5 * TS] = {0};
	uint64_t n_bytes;
	int64_t took;
	struct rig r;
	int p[2];

	ck_assert_int_eq(pipe(p), 0);
	ck_assert_int_eq(dup2(p[0], STDIN_FILENO), STDIN_FILENO);
	ck_assert_int_eq(write(p[1], bytes, sizeof(bytes)), sizeof(bytes));
	close(p[1]);
	rig_open(&r, &ep, 1);
	ck_assert_uint_eq(read_all(&r, &n_bytes, &took), 5);
	ck_assert_uint_eq(n_bytes, sizeof(bytes));
	ck_assert_int_ge(took, 30 * RG_NS_PER_MS);
	rig_close(&r);
	close(p[0]);
}

END_TEST

START_TEST(a_file_without_pcr_asks_for_a_bitrate)
{
	struct rg_bufops ops = {0};
	struct rg_conf_error err;
	struct rg_sock_set *set;
	struct rg_ep_plan ep;
	struct temp t;

	temp_open(&t);
	for (int i = 0; i < 100; i++)
		write_cell(t.fd, 0, i == 50 ? 10 : -1, 0);
	ep = plan_file(RG_EP_FILE_IN, t.path, 0);
	ck_assert_int_lt(rg_sock_open(&ep, 1, NULL, &ops, &set, &err), 0);
	ck_assert_ptr_nonnull(strstr(err.text, "give bitrate"));
	ep = plan_file(RG_EP_FILE_IN, "/nonexistent/file.ts", 0);
	ck_assert_int_lt(rg_sock_open(&ep, 1, NULL, &ops, &set, &err), 0);
	ck_assert_str_eq(err.text, "/nonexistent/file.ts: No such file or directory");
	temp_close(&t);
}

END_TEST

START_TEST(a_pipe_gives_whole_cells_as_they_come)
{
	char path[] = "/tmp/rg-unit-fifo-XXXXXX";
	uint8_t bytes[3 * TS] = {0};
	struct rg_ep_plan ep;
	struct rg_dgram d;
	struct rig r;
	int fd;

	ck_assert_ptr_nonnull(mkdtemp(path));
	rmdir(path);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ep = plan_file(RG_EP_FILE_IN, path, 0);
	rig_open(&r, &ep, 1);
	ck_assert(!rig_recv(&r, &d, 10));
	fd = open(path, O_WRONLY);
	ck_assert_int_eq(write(fd, bytes, TS + CELL + 10), TS + CELL + 10);
	ck_assert(rig_recv(&r, &d, 1000));
	ck_assert_uint_eq(d.len, TS);
	rig_free(&r, &d);
	ck_assert(rig_recv(&r, &d, 1000));
	ck_assert_uint_eq(d.len, CELL);
	rig_free(&r, &d);
	ck_assert(!rig_recv(&r, &d, 10));
	close(fd);
	ck_assert(rig_recv(&r, &d, 1000));
	ck_assert_uint_eq(d.len, 10);
	rig_free(&r, &d);
	ck_assert(rig_recv(&r, &d, 1000));
	ck_assert_uint_eq(d.flags, RG_DGRAM_EOF);
	ck_assert(!rig_recv(&r, &d, 10));
	rig_close(&r);
	unlink(path);
}

END_TEST

START_TEST(an_empty_pool_delays_a_file_and_loses_nothing)
{
	struct rg_newbuf held[RIG_BUFS];
	struct rg_ep_plan ep;
	struct rg_dgram d;
	struct temp t;
	struct rig r;
	uint64_t bytes;
	int64_t took;
	unsigned n;

	temp_open(&t);
	ck_assert_int_eq(ftruncate(t.fd, 10 * TS), 0);
	ep = plan_file(RG_EP_FILE_IN, t.path, 10528);
	rig_open(&r, &ep, 1);
	n = r.ops.alloc_bulk(r.ops.ctx, held, RIG_BUFS);
	ck_assert(!rig_recv(&r, &d, 20));
	while (n > 0)
		r.ops.free_bulk(r.ops.ctx, &held[--n].buf, 1);
	ck_assert_uint_eq(read_all(&r, &bytes, &took), 10);
	rig_close(&r);
	temp_close(&t);
}

END_TEST

START_TEST(what_is_sent_to_a_file_is_in_it)
{
	struct rg_addr nowhere = {.af = RG_AF_NONE};
	struct rg_ep_plan ep;
	struct temp t;
	struct rig r;
	uint8_t b;

	temp_open(&t);
	ep = plan_file(RG_EP_FILE_OUT, t.path, 0);
	rig_open(&r, &ep, 1);
	for (uint8_t i = 1; i <= 100; i++)
		rig_send(&r, 0, &nowhere, 0, TS, i);
	rig_close(&r);
	for (int i = 1; i <= 100; i++) {
		ck_assert_int_eq(pread(t.fd, &b, 1, (i - 1) * TS), 1);
		ck_assert_uint_eq(b, i);
	}
	ck_assert_int_eq(lseek(t.fd, 0, SEEK_END), 100 * TS);
	temp_close(&t);
}

END_TEST

/* stdout is a pipe here; check runs each test in a process of its own. */
static int pipe_stdout(void)
{
	int p[2];

	ck_assert_int_eq(pipe(p), 0);
	ck_assert_int_eq(dup2(p[1], STDOUT_FILENO), STDOUT_FILENO);
	close(p[1]);
	return p[0];
}

START_TEST(a_slow_reader_gets_whole_payloads_and_drops_are_counted)
{
	struct rg_addr nowhere = {.af = RG_AF_NONE};
	struct rg_ep_plan ep = plan_file(RG_EP_FILE_OUT, "", 0);
	int fd = pipe_stdout(), sent = 4000, got = 0;
	uint8_t b[TS], before = 0;
	uint64_t drops;
	struct rig r;

	rig_open(&r, &ep, 1);
	for (int i = 0; i < sent; i++)
		rig_send(&r, 0, &nowhere, 0, TS, (uint8_t)(i / 16));
	drops = rg_sock_drops(r.set)[RG_V_TX_REFUSED];
	ck_assert_uint_gt(drops, 0);
	while (got < sent - (int)drops) {
		size_t len = 0;

		while (len < TS) {
			struct rg_dgram none;
			ssize_t n;

			ck_assert_uint_eq(rg_sock_recv(r.set, rg_host_now(), &none, 1), 0);
			n = read(fd, b + len, TS - len);
			ck_assert_int_gt(n, 0);
			len += (size_t)n;
		}
		ck_assert_uint_eq(b[0], b[TS - 1]);
		ck_assert_uint_ge(b[0], before);
		before = b[0];
		got++;
	}
	rig_close(&r);
	close(fd);
}

END_TEST

START_TEST(a_broken_pipe_ends_the_output_and_is_told_once)
{
	struct rg_addr nowhere = {.af = RG_AF_NONE};
	struct rg_ep_plan ep = plan_file(RG_EP_FILE_OUT, "", 0);
	uint32_t stream = 99;
	struct rig r;

	signal(SIGPIPE, SIG_IGN);
	close(pipe_stdout());
	rig_open(&r, &ep, 1);
	for (int i = 0; i < 3; i++)
		rig_send(&r, 0, &nowhere, 0, TS, 1);
	ck_assert_uint_eq(rg_sock_drops(r.set)[RG_V_STREAM_CLOSED], 3);
	ck_assert(rg_sock_failed(r.set, &stream));
	ck_assert_uint_eq(stream, 3);
	ck_assert(!rg_sock_failed(r.set, &stream));
	rig_close(&r);
}

END_TEST

Suite *file_suite(void)
{
	Suite *s = suite_create("file");
	TCase *tc = tcase_create("file");

	tcase_add_loop_test(tc, a_file_is_paced_by_its_pcrs, 0, 3);
	tcase_add_test(tc, a_file_is_paced_by_a_bitrate);
	tcase_add_test(tc, a_pace_holds_through_a_long_file);
	tcase_add_test(tc, a_standstill_is_not_made_up_for);
	tcase_add_test(tc, a_pipe_with_a_bitrate_is_paced);
	tcase_add_test(tc, a_file_without_pcr_asks_for_a_bitrate);
	tcase_add_test(tc, a_pipe_gives_whole_cells_as_they_come);
	tcase_add_test(tc, an_empty_pool_delays_a_file_and_loses_nothing);
	tcase_add_test(tc, what_is_sent_to_a_file_is_in_it);
	tcase_add_test(tc, a_slow_reader_gets_whole_payloads_and_drops_are_counted);
	tcase_add_test(tc, a_broken_pipe_ends_the_output_and_is_told_once);
	suite_add_tcase(s, tc);
	return s;
}
