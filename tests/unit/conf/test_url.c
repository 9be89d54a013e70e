/* SPDX-License-Identifier: BSD-3-Clause */
#include "conf_suites.h"
#include "rg_addr_text.h"
#include "rg_conf_key.h"

#define IN  RG_ROLE_INPUT
#define OUT RG_ROLE_OUTPUT

static struct rg_url parse(const char *text, enum rg_end_role role)
{
	struct rg_url u;
	struct rg_conf_error err;

	ck_assert_msg(rg_url_parse(text, role, &u, &err) == 0, "%s: %s", text, err.text);
	return u;
}

static void refuse(const char *text, enum rg_end_role role, const char *why)
{
	struct rg_url u;
	struct rg_conf_error err;

	ck_assert_msg(rg_url_parse(text, role, &u, &err) == -RG_E_INVAL, "%s parses", text);
	ck_assert_str_eq(err.text, why);
}

START_TEST(every_kind_of_end_parses)
{
	static const struct {
		const char *text;
		enum rg_end_role role;
		enum rg_end_kind kind;
		uint32_t listen;
		const char *host, *addr, *path;
	} row[] = {
		{"rist://10.9.0.1:5000?profile=simple", OUT, RG_END_RIST, 0, "10.9.0.1",
			"10.9.0.1:5000", ""},
		{"rist://@10.9.0.1:5000?profile=0", IN, RG_END_RIST, 1, "10.9.0.1", "10.9.0.1:5000",
			""},
		{"rist://@:5000/?profile=simple", IN, RG_END_RIST, 1, "", "any:5000", ""},
		{"rist://@[::]:5000?profile=simple", OUT, RG_END_RIST, 1, "::", "[::]:5000", ""},
		{"rist://[2001:db8::1]:65534?profile=simple", IN, RG_END_RIST, 0, "2001:db8::1",
			"[2001:db8::1]:65534", ""},
		{"rist://gw-1.example.com:2?profile=simple", OUT, RG_END_RIST, 0,
			"gw-1.example.com", "any:2", ""},
		{"udp://@239.1.1.1:7000?source=10.0.0.1&miface=eth1", IN, RG_END_UDP, 1,
			"239.1.1.1", "239.1.1.1:7000", ""},
		{"udp://127.0.0.1:7001", OUT, RG_END_UDP, 0, "127.0.0.1", "127.0.0.1:7001", ""},
		{"rtp://@:1", IN, RG_END_RTP, 1, "", "any:1", ""},
		{"file:/var/spool/a%20b%3f.ts?bitrate=20000", IN, RG_END_FILE, 0, "", "any:0",
			"/var/spool/a b?.ts"},
		{"-", OUT, RG_END_FILE, 0, "", "any:0", ""},
	};

	char text[RG_ADDR_TEXT_MAX];

	for (size_t i = 0; i < RG_ARRAY_LEN(row); i++) {
		struct rg_url u = parse(row[i].text, row[i].role);

		ck_assert_msg(u.kind == row[i].kind, "%s", row[i].text);
		ck_assert_msg(u.listen == row[i].listen, "%s", row[i].text);
		ck_assert_str_eq(u.host, row[i].host);
		ck_assert_str_eq(u.path, row[i].path);
		rg_addr_format(&u.addr, text);
		ck_assert_str_eq(text, row[i].addr);
	}
}

END_TEST

START_TEST(defaults_are_those_of_librist)
{
	struct rg_url u = parse("rist://h:5000?profile=simple", OUT);
	const struct rg_rist_conf *r = &u.rist;

	ck_assert_uint_eq(r->buffer_min_ms, 1000);
	ck_assert_uint_eq(r->buffer_max_ms, 1000);
	ck_assert_uint_eq(r->reorder_buffer_ms, 15);
	ck_assert_uint_eq(r->rtt_min_ms, 5);
	ck_assert_uint_eq(r->rtt_max_ms, 500);
	ck_assert_uint_eq(r->min_retries, 6);
	ck_assert_uint_eq(r->max_retries, 20);
	ck_assert_uint_eq(r->bandwidth_kbps, 100000);
	ck_assert_uint_eq(r->return_bandwidth_kbps, 0);
	ck_assert_uint_eq(r->session_timeout_ms, 2000);
	ck_assert_uint_eq(r->keepalive_interval_ms, 1000);
	ck_assert_uint_eq(r->congestion_control, 1);
	ck_assert_uint_eq(r->timing_mode, 0);
	ck_assert_uint_eq(r->recovery, 0);
	ck_assert_uint_eq(r->nack_bitmask, 0);
	ck_assert_uint_eq(r->max_flows, 4);
	ck_assert_uint_eq(r->virt_src_port, 1971);
	ck_assert_uint_eq(r->virt_dst_port, 1968);
	ck_assert_uint_eq(r->aes_bits, 0);
	ck_assert_uint_eq(u.ttl, 1);
	ck_assert_uint_eq(u.rtp_ptype, 33);
}

END_TEST

START_TEST(every_key_reaches_its_field)
{
	struct rg_url u = parse("rist://@239.0.0.1:5000?profile=simple&buffer=500&reorder-buffer=20"
				"&rtt-min=7&rtt-max=700&min-retries=2&max-retries=30"
				"&bandwidth=100000000&return-bandwidth=900&session-timeout=3000"
				"&keepalive=250&cname=a%26b&weight=5&miface=wan0"
				"&congestion-control=aggressive&timing-mode=2"
				"&recovery-priority=3&recovery=classic&nack-type=bitmask"
				"&max-flows=9&max-bandwidth=200000000&ttl=16&source=192.0.2.9",
		IN);
	const struct rg_rist_conf *r = &u.rist;
	char text[RG_ADDR_TEXT_MAX];

	ck_assert_uint_eq(r->profile, RG_PROFILE_SIMPLE);
	ck_assert_uint_eq(r->buffer_min_ms, 500);
	ck_assert_uint_eq(r->buffer_max_ms, 500);
	ck_assert_uint_eq(r->reorder_buffer_ms, 20);
	ck_assert_uint_eq(r->rtt_min_ms, 7);
	ck_assert_uint_eq(r->rtt_max_ms, 700);
	ck_assert_uint_eq(r->min_retries, 2);
	ck_assert_uint_eq(r->max_retries, 30);
	ck_assert_uint_eq(r->bandwidth_kbps, 100000000);
	ck_assert_uint_eq(r->return_bandwidth_kbps, 900);
	ck_assert_uint_eq(r->session_timeout_ms, 3000);
	ck_assert_uint_eq(r->keepalive_interval_ms, 250);
	ck_assert_str_eq(r->cname, "a&b");
	ck_assert_uint_eq(r->weight, 5);
	ck_assert_str_eq(u.miface, "wan0");
	ck_assert_uint_eq(r->congestion_control, 2);
	ck_assert_uint_eq(r->timing_mode, 2);
	ck_assert_uint_eq(r->recovery_priority, 3);
	ck_assert_uint_eq(r->recovery, 1);
	ck_assert_uint_eq(r->nack_bitmask, 1);
	ck_assert_uint_eq(r->max_flows, 9);
	ck_assert_uint_eq(r->max_bandwidth_kbps, 200000000);
	ck_assert_uint_eq(u.ttl, 16);
	rg_addr_format_ip(&u.source, text);
	ck_assert_str_eq(text, "192.0.2.9");
	ck_assert_uint_eq(
		parse("rist://h:2?profile=simple&local-port=40000", OUT).rist.local_port, 40000);
	ck_assert_uint_eq(parse("rtp://h:2?rtp-ptype=96", OUT).rtp_ptype, 96);
	ck_assert_uint_eq(parse("file:x?bitrate=8000", IN).bitrate_kbps, 8000);
}

END_TEST

START_TEST(explicit_min_and_max_win_over_buffer_in_any_order)
{
	static const char *const row[] = {
		"rist://h:2?profile=simple&buffer=500&buffer-min=200",
		"rist://h:2?profile=simple&buffer-min=200&buffer=500",
	};

	for (size_t i = 0; i < RG_ARRAY_LEN(row); i++) {
		struct rg_url u = parse(row[i], OUT);

		ck_assert_uint_eq(u.rist.buffer_min_ms, 200);
		ck_assert_uint_eq(u.rist.buffer_max_ms, 500);
	}
}

END_TEST

START_TEST(a_bound_given_alone_moves_the_other_default)
{
	struct rg_url u = parse("rist://h:2?profile=simple&buffer-min=4000&rtt-max=3&max-retries=2"
				"&session-timeout=500&reorder-buffer=0",
		IN);

	ck_assert_uint_eq(u.rist.buffer_max_ms, 4000);
	ck_assert_uint_eq(u.rist.rtt_min_ms, 3);
	ck_assert_uint_eq(u.rist.min_retries, 2);
	ck_assert_uint_eq(u.rist.keepalive_interval_ms, 500);
	ck_assert_uint_eq(u.rist.reorder_buffer_ms, 15);
	u = parse("rist://@:2?max-bandwidth=5000", IN);
	ck_assert_uint_eq(u.rist.bandwidth_kbps, 5000);
}

END_TEST

START_TEST(values_out_of_range_are_refused_with_the_limit)
{
	refuse("rist://h:2?profile=simple&buffer=49", OUT,
		"buffer: \"49\" is out of range (50..30000 ms)");
	refuse("rist://h:2?profile=simple&buffer=30001", OUT,
		"buffer: \"30001\" is out of range (50..30000 ms)");
	refuse("rist://h:2?profile=simple&bandwidth=0", OUT,
		"bandwidth: \"0\" is out of range (1..400000000 kb/s)");
	refuse("rist://h:2?profile=simple&bandwidth=99999999999999999999999999999999999999", OUT,
		"bandwidth: \"99999999999999999999999999999999...\" is out of range "
		"(1..400000000 kb/s)");
	refuse("rist://h:2?profile=simple&buffer=", OUT,
		"buffer: \"\" is not a number (50..30000 ms)");
	refuse("rist://h:2?profile=simple&buffer=-1", OUT,
		"buffer: \"-1\" is not a number (50..30000 ms)");
	refuse("rist://h:2?profile=simple&buffer=1%0a0", OUT,
		"buffer: \"1?0\" is not a number (50..30000 ms)");
	refuse("rist://h:2?profile=3", OUT,
		"profile: \"3\" is out of range (simple, main, advanced or 0..2)");
	refuse("rist://h:2?profile=easy", OUT,
		"profile: \"easy\" is not a choice (simple, main, advanced or 0..2)");
	refuse("rist://h:2?profile=simple&buffer-min=600&buffer-max=500", OUT,
		"buffer-min: 600 is more than buffer-max (500)");
	refuse("rist://h:2?profile=simple&reorder-buffer=60&buffer=50", OUT,
		"reorder-buffer: 60 is more than buffer-min (50)");
	refuse("rist://h:2?profile=simple&keepalive-interval=600&session-timeout=500", OUT,
		"keepalive-interval: 600 is more than session-timeout (500)");
	refuse("rist://@:2?profile=simple&max-bandwidth=9000&bandwidth=9001", IN,
		"bandwidth: 9001 is more than max-bandwidth (9000)");
	refuse("udp://@239.1.1.1:7000?miface=0123456789abcdef", IN,
		"miface: 16 bytes are too long (15 at most)");
	refuse("udp://@239.1.1.1:7000?source=there", IN, "source: is not an IPv4 or IPv6 address");
}

END_TEST

START_TEST(a_key_that_is_not_understood_is_named)
{
	refuse("rist://h:2?profile=simple&reoder-buffer=9", OUT, "reoder-buffer: unknown key");
	refuse("udp://h:2?buffer=100", OUT, "buffer: has no meaning on this kind of URL");
	refuse("udp://@:2?ttl=3", IN, "ttl: has no meaning on an input of this kind");
	refuse("rist://h:2?profile=simple&buffer=100&buffer=200", OUT, "buffer: given twice");
	refuse("rist://h:2?profile=simple&keepalive=100&keepalive-interval=200", OUT,
		"keepalive-interval: given twice");
	refuse("rist://h:2?profile", OUT, "url: \"profile\" is no KEY=VALUE");
	refuse("rist://h:2?profile=simple&cname=%4", OUT,
		"cname: '%' is not followed by two hexadecimal digits");
	refuse("rist://h:2?profile=simple&cname=%00", OUT, "cname: holds a zero byte");
	refuse("rist://h:2?profile=simple&cn%61me=a", OUT, "cn%61me: unknown key");
}

END_TEST

START_TEST(a_key_of_a_later_version_is_refused_without_its_value)
{
	refuse("rist://h:2?password=hunter2", OUT,
		"password: needs EAP-SRP, which this version does not have");
	refuse("rist://h:2?username=alice", OUT,
		"username: needs EAP-SRP, which this version does not have");
	refuse("rist://@:2?srp-compat=1", IN,
		"srp-compat: needs EAP-SRP, which this version does not have");
	refuse("udp://h:2?verbose-level=7", OUT,
		"verbose-level: levels of the log are not in this version");
	refuse("udp://h:2?multiplex-filter=a", OUT,
		"multiplex-filter: belongs to multiplex-mode=ipv4, and libRIST does not use it "
		"either");
	refuse("rist://h:2?profile=simple&compression=1", OUT,
		"compression: needs the Advanced profile, which this version does not have");
	refuse("rist://h:2?profile=simple&split=auto", OUT,
		"split: needs a bond of paths, which this version does not have");
}

END_TEST

START_TEST(a_profile_of_a_later_version_says_what_to_write)
{
	refuse("rist://h:5000?profile=2", OUT,
		"profile: advanced is not in this version (use profile=main or profile=simple)");
}

END_TEST

START_TEST(simple_wants_an_even_port)
{
	refuse("rist://h:5001?profile=simple", OUT,
		"port: 5001 is odd or 0; the Simple profile takes P for media and P + 1 for RTCP "
		"(an even 2..65534)");
	refuse("rist://h:5000?profile=simple&local-port=4001", OUT,
		"local-port: 4001 is odd; the Simple profile takes P for media and P + 1 for RTCP "
		"(0 or an even 2..65534)");
}

END_TEST

START_TEST(malformed_urls_say_what_is_wrong)
{
	refuse("", IN,
		"url: \"\" does not start with rist://, udp://, rtp:// or file:, and is not -");
	refuse("http://h:80/", IN,
		"url: \"http://h:80/\" does not start with rist://, udp://, rtp:// or file:, and is "
		"not -");
	refuse("udp://h", OUT, "url: no port after the host (SCHEME://HOST:PORT)");
	refuse("udp://h:", OUT, "port: \"\" is no UDP port (1..65535)");
	refuse("udp://h:65536", OUT, "port: \"65536\" is no UDP port (1..65535)");
	refuse("udp://h:4294967297", OUT, "port: \"4294967297\" is no UDP port (1..65535)");
	refuse("udp://h:0", OUT, "port: \"0\" is no UDP port (1..65535)");
	refuse("udp://:5000", OUT, "url: no host to call (SCHEME://HOST:PORT, or @ to listen)");
	refuse("udp://::1:5000", OUT, "url: an IPv6 address stands in brackets ([IPv6]:PORT)");
	refuse("udp://[::1:5000", OUT, "url: '[' without ']'");
	refuse("udp://[::1]5000", OUT, "url: no port after the address (SCHEME://[IPv6]:PORT)");
	refuse("udp://[fe80::1%25eth0]:5000", OUT,
		"url: no IPv6 address between '[' and ']' (a zone goes into miface=INTERFACE)");
	refuse("udp://a b:5000", OUT,
		"url: the host is neither a name nor an IPv4 address nor [IPv6]");
	refuse("udp://127.0.0.1:5000", IN,
		"url: an input receives on an own address: write '@' before it (udp://@:PORT)");
	refuse("udp://@127.0.0.1:5000", OUT, "url: '@' receives, but this is an output");
	refuse("udp://@127.0.0.1:5000?source=10.0.0.1", IN,
		"source: needs a multicast group to receive from");
	refuse("udp://@239.1.1.1:5000?source=2001:db8::1", IN,
		"source: is of another family than the group");
	refuse("file:", IN, "url: no path (file:PATH)");
	refuse("-x", IN, "url: - is stdin or stdout and takes nothing behind it");
	refuse("rtp://h:5000?rtp-ptype=72", OUT, "rtp-ptype: 72 to 76 would be taken for RTCP");
}

END_TEST

START_TEST(an_error_sentence_never_passes_its_room)
{
	char text[2048] = "rist://h:2?profile=simple&";
	struct rg_url u;
	struct rg_conf_error err;
	size_t at = strlen(text);

	memset(text + at, 'k', 60);
	memcpy(text + at + 60, "=", 2);
	ck_assert(rg_url_parse(text, OUT, &u, &err) != 0);
	ck_assert(strlen(err.text) < sizeof(err.text));
	memset(text + at, 'k', 1000);
	memcpy(text + at + 1000, "=1", 3);
	ck_assert(rg_url_parse(text, OUT, &u, &err) != 0);
	ck_assert_str_eq(err.text, "url: a key's name: is too long");
	memset(text, 'h', 300);
	memcpy(text, "udp://", 6);
	memcpy(text + 300, ":1", 3);
	ck_assert(rg_url_parse(text, OUT, &u, &err) != 0);
	ck_assert_str_eq(err.text, "url: the host name is too long (255 bytes at most)");
}

END_TEST

TCase *url_cases(void)
{
	TCase *c = tcase_create("url");

	tcase_add_test(c, every_kind_of_end_parses);
	tcase_add_test(c, defaults_are_those_of_librist);
	tcase_add_test(c, every_key_reaches_its_field);
	tcase_add_test(c, explicit_min_and_max_win_over_buffer_in_any_order);
	tcase_add_test(c, a_bound_given_alone_moves_the_other_default);
	tcase_add_test(c, values_out_of_range_are_refused_with_the_limit);
	tcase_add_test(c, a_key_that_is_not_understood_is_named);
	tcase_add_test(c, a_key_of_a_later_version_is_refused_without_its_value);
	tcase_add_test(c, a_profile_of_a_later_version_says_what_to_write);
	tcase_add_test(c, simple_wants_an_even_port);
	tcase_add_test(c, malformed_urls_say_what_is_wrong);
	tcase_add_test(c, an_error_sentence_never_passes_its_room);
	return c;
}
