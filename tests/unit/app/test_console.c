/* SPDX-License-Identifier: BSD-3-Clause */
/* What an operator types, and what out-of-band data looks like to him. */
#include <stdio.h>
#include <unistd.h>

#include "../rg_hex.h"
#include "app_suites.h"
#include "console.h"
#include "events.h"
#include "oob.h"
#include "rg_bytes.h"
#include "streams.h"

static struct gw_config config;
static struct gw_plan plan;
static struct gw_console console;
static int in; /* the operator's end of the console */

/* What was done. */
static struct rg_oob sent;
static unsigned n_sent, n_reloads, n_stats, n_quits;
static int refusal;

static int do_oob(void *ctx, const struct rg_oob *m)
{
	(void)ctx;
	if (refusal)
		return refusal;
	sent = *m;
	n_sent++;
	return 0;
}

static void count(void *ctx)
{
	++*(unsigned *)ctx;
}

static void do_reload(void *ctx)
{
	(void)ctx;
	count(&n_reloads);
}

static void do_stats(void *ctx)
{
	(void)ctx;
	count(&n_stats);
}

static void do_quit(void *ctx)
{
	(void)ctx;
	count(&n_quits);
}

/* one: one end of Main; two: two; none: none; away: one-way. */
static void start(void)
{
	static const char *const streams[] = {"one: udp://@:7000 -> rist://10.0.0.1:5000, file:a",
		"two: rist://@:5001 -> rist://10.0.0.1:5002?oob=tap:t0, udp://10.0.0.1:9",
		"none: udp://@:7001 -> rist://10.0.0.1:5004?profile=simple",
		"away: udp://@:7002 -> rist://10.0.0.1:5006?one-way=1"};
	const struct gw_console_actions act = {NULL, do_oob, do_reload, do_stats, do_quit};
	struct gw_error err;
	struct gw_stream s;
	int fd[2];

	for (size_t i = 0; i < RG_ARRAY_LEN(streams); i++) {
		ck_assert_msg(gw_stream_parse(streams[i], &config.secrets, &s, &err.why) == 0, "%s",
			err.why.text);
		ck_assert_int_eq(gw_config_add_stream(&config, &s, &err.why), 0);
	}
	ck_assert_int_eq(gw_config_check(&config, &err.why), 0);
	ck_assert_int_eq(gw_plan_build(&plan, &config, &err), 0);
	ck_assert_int_eq(pipe(fd), 0);
	in = fd[1];
	gw_console_init(&console, fd[0], &plan, &act);
}

static void finish(void)
{
	gw_plan_fini(&plan);
	gw_config_fini(&config);
}

static void run(const char *line)
{
	struct rg_conf_error err = {"no sentence"};
	char copy[GW_CONSOLE_LINE];

	snprintf(copy, sizeof(copy), "%s", line);
	ck_assert_msg(gw_console_run(&console, copy, &err) == 0, "%s: %s", line, err.text);
}

static void refuse(const char *line, const char *why)
{
	struct rg_conf_error err = {""};
	char copy[GW_CONSOLE_LINE];

	snprintf(copy, sizeof(copy), "%s", line);
	ck_assert_msg(gw_console_run(&console, copy, &err) != 0, "%s: is taken", line);
	ck_assert_str_eq(err.text, why);
	ck_assert_uint_eq(n_sent + n_reloads + n_stats + n_quits, 0);
}

static void ck_sent(unsigned stream, unsigned ep, unsigned type, const char *data)
{
	ck_assert_uint_eq(n_sent, 1);
	ck_assert_uint_eq(sent.stream, stream);
	ck_assert_uint_eq(sent.ep, ep);
	ck_assert_uint_eq(sent.type, type);
	ck_assert_uint_eq(sent.len, strlen(data));
	ck_assert_mem_eq(sent.data, data, sent.len);
	n_sent = 0;
}

START_TEST(each_command_does_its_one_thing)
{
	run("");
	run("  \t ");
	run("help");
	ck_assert_uint_eq(n_reloads + n_stats + n_quits + n_sent, 0);
	run("reload");
	ck_assert_uint_eq(n_reloads, 1);
	run(" stats ");
	ck_assert_uint_eq(n_stats, 1);
	run("quit");
	ck_assert_uint_eq(n_quits, 1);
}

END_TEST

START_TEST(oob_goes_to_the_end_that_was_named)
{
	run("oob one type=0x9999 a  text ");
	ck_sent(0, plan.streams[0].outputs[0].ep, 0x9999, "a  text ");
	run("oob one 1 type=0X0600 42 words");
	ck_sent(0, plan.streams[0].outputs[0].ep, 0x0600, "42 words");
	run("\toob\ttwo\t1\ttype=0x86dd\tx");
	ck_sent(1, plan.streams[1].inputs[0].ep, 0x86dd, "x");
	run("oob two 2 type=0xFFFF 1st");
	ck_sent(1, plan.streams[1].outputs[0].ep, 0xffff, "1st");
	run("oob one type=0x9999 hex:686f 6C61");
	ck_sent(0, plan.streams[0].outputs[0].ep, 0x9999, "hola");
	run("oob one hex:686F6c61"); /* as it is, under 0x0800 too */
	ck_sent(0, plan.streams[0].outputs[0].ep, 0x0800, "hola");
}

END_TEST

START_TEST(wrong_words_are_named_with_the_limit_and_nothing_happens)
{
	static const char reserved[] = "(0x0600..0xFFFF, not 0x88B5, 0x88B6, 0x888E, 0xCCE0)";
	static const char *const types[] = {"0x88B5", "0x88b6", "0x888E", "0xCCE0"};
	char line[64], why[128];

	refuse("assist", "\"assist\": no such command (help lists them)");
	refuse("quit now", "quit: \"now\" is a word too many (it takes none)");
	refuse("oob", "stream: is missing (oob STREAM [END] [type=0xNNNN] TEXT)");
	refuse("oob cam x", "stream: there is no \"cam\" (one and others)");
	refuse("oob one", "text: is missing (oob STREAM [END] [type=0xNNNN] TEXT)");
	refuse("oob one 2", "end: \"2\" is out of range (1..1)");
	refuse("oob one 0 x", "end: \"0\" is out of range (1..1)");
	refuse("oob two x", "end: two has 2 ends of the Main profile, say which (1..2)");
	refuse("oob two 99999999999 x", "end: \"99999999999\" is out of range (1..2)");
	refuse("oob none x",
		"stream: none has no end of the Main profile, and only those have "
		"out-of-band data");
	refuse("oob away x", "end: 1 of away is one-way, which takes no out-of-band data");
	refuse("oob one type=0x05ff x", "type: 0x05ff is no EtherType (0x0600..0xFFFF)");
	refuse("oob one type=0x10000 x", "type: \"0x10000\" is no EtherType (0x0600..0xFFFF)");
	refuse("oob one type=2048 x", "type: \"2048\" is no EtherType (0x0600..0xFFFF)");
	refuse("oob one type=0x x", "type: \"0x\" is no EtherType (0x0600..0xFFFF)");
	refuse("oob one type=", "type: \"\" is no EtherType (0x0600..0xFFFF)");
	refuse("oob one hex:", "hex: no bytes (1..1400)");
	refuse("oob one hex:12 3", "hex: \"3\" does not begin with two digits of 0-9 and a-f");
	refuse("oob one hex:12xy", "hex: \"xy\" does not begin with two digits of 0-9 and a-f");
	for (size_t i = 0; i < RG_ARRAY_LEN(types); i++) {
		snprintf(line, sizeof(line), "oob one type=%s x", types[i]);
		snprintf(
			why, sizeof(why), "type: %s belongs to RIST itself %s", types[i], reserved);
		refuse(line, why);
	}
}

END_TEST

static const char *long_line(const char *head, const char *unit, size_t n)
{
	static char line[GW_CONSOLE_LINE];
	size_t at = (size_t)snprintf(line, sizeof(line), "%s", head);

	for (size_t i = 0; i < n; i++)
		at += (size_t)snprintf(line + at, sizeof(line) - at, "%s", unit);
	return line;
}

START_TEST(the_longest_data_goes_out_and_one_byte_more_does_not)
{
	run(long_line("oob one ", "x", 1380));
	ck_assert_uint_eq(sent.len, 1400);
	run(long_line("oob one type=0x9999 ", "x", 1400));
	ck_assert_uint_eq(sent.len, 1400);
	run(long_line("oob one hex:", "ab", 1400));
	ck_assert_uint_eq(sent.len, 1400);
	n_sent = 0;
	refuse(long_line("oob one ", "x", 1381), "text: 1381 bytes are too many (1..1380)");
	refuse(long_line("oob one type=0x9999 ", "x", 1401),
		"text: 1401 bytes are too many (1..1400)");
	refuse(long_line("oob one hex:", "ab", 1401), "hex: too many bytes (1..1400)");
}

END_TEST

START_TEST(a_full_queue_says_try_again)
{
	refusal = -RG_E_AGAIN;
	refuse("oob one x", "oob: too much waits for stream one, try again");
}

END_TEST

static void type(const char *text, size_t len)
{
	ck_assert_int_eq(write(in, text, len), (ssize_t)len);
	gw_console_poll(&console);
}

START_TEST(lines_come_in_pieces_and_several_at_once)
{
	gw_console_poll(&console); /* nothing there: comes back */
	type("rel", 3);
	ck_assert_uint_eq(n_reloads, 0);
	type("oad\r\nstats\n\nnonsense\nstats\nqu", 29);
	ck_assert_uint_eq(n_reloads, 1);
	ck_assert_uint_eq(n_stats, 2);
	ck_assert_uint_eq(n_quits, 0);
	type("it", 2);
	close(in);
	gw_console_poll(&console); /* the end of the input ends the line */
	ck_assert_uint_eq(n_quits, 1);
	gw_console_poll(&console);
	gw_console_poll(&console);
	ck_assert_uint_eq(n_quits, 1);
	ck_assert_int_eq(console.fd, -1);
}

END_TEST

START_TEST(a_line_that_is_too_long_is_skipped_whole)
{
	static char line[3 * GW_CONSOLE_LINE];

	memset(line, 'x', sizeof(line));
	memcpy(line + sizeof(line) - 7, "\nstats\n", 7);
	type(line, sizeof(line));
	for (unsigned i = 0; i < 10; i++)
		gw_console_poll(&console);
	ck_assert_uint_eq(n_stats, 1);
	type("stats\0\nstats\n", 13); /* and one with a zero byte */
	ck_assert_uint_eq(n_stats, 2);
}

END_TEST

/* The header is libRIST 0.2.7's, captured, golden 33 of the reference, but for its checksum: there
 * it is a constant, 0xcdab. RFC 1071: with a right one the words sum up to 0xffff. */
START_TEST(text_goes_out_as_libRIST_sends_it)
{
	static const char text[] = "auth,127.0.0.1:5000,127.0.0.1:50000x";
	uint8_t want[20];
	uint32_t sum = 0;
	char line[80];

	unhex("45000038 d4314000 40fccdab 7f000001 7f000001", want, sizeof(want));
	ck_assert_uint_eq(strlen(text), 36);
	snprintf(line, sizeof(line), "oob one %s", text);
	run(line);
	ck_assert_uint_eq(sent.type, 0x0800);
	ck_assert_uint_eq(sent.len, 56);
	ck_assert_mem_eq(sent.data, want, 10);
	ck_assert_mem_eq(sent.data + 12, want + 12, 8);
	ck_assert_mem_eq(sent.data + 20, text, 36);
	for (unsigned i = 0; i < 20; i += 2)
		sum += rg_get16(sent.data + i);
	ck_assert_uint_eq((sum & 0xffff) + (sum >> 16), 0xffff);
}

END_TEST

static const char *oob_line(unsigned end, struct rg_oob *m, const void *data, size_t len)
{
	static char line[1400];
	struct gw_event_limit l = {.seen = {false}};

	memcpy(m->data, data, len);
	m->len = (uint16_t)len;
	ck_assert(gw_event_oob_line(&l, (rg_time){0}, "cam1", end, m, line, sizeof(line)));
	return line;
}

START_TEST(what_comes_in_is_an_event_with_its_text)
{
	struct rg_oob m = {.type = 0x9999};

	ck_assert_str_eq(oob_line(0, &m, "hello", 5),
		"notice stream=cam1 event=oob type=0x9999 len=5 text=\"hello\"");
	ck_assert_str_eq(oob_line(2, &m, "a\"b\\\n\0\xff", 7),
		"notice stream=cam1 event=oob end=2 type=0x9999 len=7 "
		"text=\"a\\\"b\\\\\\x0a\\x00\\xff\"");
}

END_TEST

START_TEST(the_text_of_a_message_stands_behind_its_header)
{
	struct rg_oob m;

	gw_oob_wrap(&m, "auth,1:2,3:4", 12);
	ck_assert_str_eq(oob_line(0, &m, m.data, m.len),
		"notice stream=cam1 event=oob type=0x0800 len=32 text=\"auth,1:2,3:4\"");
	/* at every length: never more than there is */
	for (size_t len = 1; len < 32; len++) {
		struct rg_oob cut = m;
		size_t n;

		cut.len = (uint16_t)len;
		ck_assert_ptr_eq(gw_oob_text(&cut, &n), cut.data);
		ck_assert_uint_eq(n, len);
	}
}

END_TEST

/* libRIST 0.2.12: the first four bytes are missing. And headers that lie about their length. */
START_TEST(damaged_messages_are_shown_as_they_are)
{
	static const struct {
		unsigned at;
		uint8_t value;
	} damage[] = {{0, 0x65}, {0, 0x44}, {0, 0x4f}, {2, 1}, {3, 19}, {3, 33}, {4, 0}, {9, 17}};
	struct rg_oob good, m;
	size_t n;

	gw_oob_wrap(&good, "auth,1:2,3:4", 12);
	for (size_t i = 0; i < RG_ARRAY_LEN(damage); i++) {
		m = good;
		m.data[damage[i].at] = damage[i].value;
		ck_assert_ptr_eq(gw_oob_text(&m, &n), m.data);
		ck_assert_uint_eq(n, 32);
	}
	m = good;
	memmove(m.data, m.data + 4, 28);
	m.len = 28;
	ck_assert_ptr_eq(gw_oob_text(&m, &n), m.data);
	m = good;
	m.type = 0x86dd;
	ck_assert_ptr_eq(gw_oob_text(&m, &n), m.data);
	/* padding behind the datagram is not text */
	m = good;
	m.len += 4;
	ck_assert_ptr_eq(gw_oob_text(&m, &n), m.data + 20);
	ck_assert_uint_eq(n, 12);
}

END_TEST

START_TEST(a_long_text_is_cut_between_characters)
{
	struct rg_oob m = {.type = 0x9999};
	uint8_t data[RG_OOB_BYTES_MAX];
	const char *line;
	char out[8];

	memset(data, 0xee, sizeof(data));
	line = oob_line(0, &m, data, sizeof(data));
	ck_assert_ptr_nonnull(strstr(line, "len=1400 text=\"\\xee"));
	ck_assert_str_eq(line + strlen(line) - 5, "\\xee\"");
	ck_assert_uint_eq(gw_oob_escape((const uint8_t *)"abc\n", 4, out, sizeof(out)), 4);
	ck_assert_str_eq(out, "abc\\x0a");
	ck_assert_uint_eq(gw_oob_escape((const uint8_t *)"abcd\n", 5, out, sizeof(out)), 4);
	ck_assert_str_eq(out, "abcd");
}

END_TEST

START_TEST(a_storm_out_of_band_is_one_line_a_second_and_a_count)
{
	struct gw_event_limit l = {.seen = {false}};
	struct rg_oob m = {.type = 0x9999, .len = 1, .data = "x"};
	char line[1400];
	unsigned n = 0;

	for (int i = 0; i < 1000; i++)
		n += gw_event_oob_line(
			&l, (rg_time){i * RG_NS_PER_MS}, "cam1", 0, &m, line, sizeof(line));
	ck_assert_uint_eq(n, 1);
	ck_assert(gw_event_oob_line(&l, (rg_time){RG_NS_PER_S}, "cam1", 0, &m, line, sizeof(line)));
	ck_assert_ptr_nonnull(strstr(line, "text=\"x\" left-out=999"));
}

END_TEST

TCase *console_cases(void)
{
	TCase *c = tcase_create("console");

	tcase_add_checked_fixture(c, start, finish);
	tcase_add_test(c, each_command_does_its_one_thing);
	tcase_add_test(c, oob_goes_to_the_end_that_was_named);
	tcase_add_test(c, wrong_words_are_named_with_the_limit_and_nothing_happens);
	tcase_add_test(c, the_longest_data_goes_out_and_one_byte_more_does_not);
	tcase_add_test(c, a_full_queue_says_try_again);
	tcase_add_test(c, lines_come_in_pieces_and_several_at_once);
	tcase_add_test(c, a_line_that_is_too_long_is_skipped_whole);
	tcase_add_test(c, text_goes_out_as_libRIST_sends_it);
	tcase_add_test(c, what_comes_in_is_an_event_with_its_text);
	tcase_add_test(c, the_text_of_a_message_stands_behind_its_header);
	tcase_add_test(c, damaged_messages_are_shown_as_they_are);
	tcase_add_test(c, a_long_text_is_cut_between_characters);
	tcase_add_test(c, a_storm_out_of_band_is_one_line_a_second_and_a_count);
	return c;
}
