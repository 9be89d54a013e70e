/* SPDX-License-Identifier: BSD-3-Clause */
/* The keys of the Main profile. Defaults and meanings are libRIST's and ristgo's. */
#include <stdio.h>

#include "conf_suites.h"
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
	ck_assert_uint_eq(u.secret.len, 0);
	for (size_t i = 0; i < sizeof(u.secret.text); i++)
		ck_assert_msg(u.secret.text[i] == 0, "%s leaves a secret behind", text);
}

START_TEST(main_is_the_default_and_takes_any_port)
{
	static const char *const row[] = {"rist://h:1", "rist://h:5001", "rist://h:65535",
		"rist://h:5001?profile=main", "rist://h:5001?profile=1",
		"rist://h:5000?local-port=4001"};

	for (size_t i = 0; i < RG_ARRAY_LEN(row); i++)
		ck_assert_int_eq(parse(row[i], OUT).rist.profile, RG_PROFILE_MAIN);
	refuse("rist://@:5000?local-port=4001", IN,
		"local-port: is for callers; a listener's port stands after '@'");
}

END_TEST

START_TEST(main_defaults_protect_nothing_and_change_nothing)
{
	struct rg_url u = parse("rist://@:5001", IN);
	const struct rg_rist_conf *r = &u.rist;

	ck_assert_uint_eq(r->aes_bits, 0);
	ck_assert_uint_eq(r->key_rotation, 0);
	ck_assert_uint_eq(r->npd, 0);
	ck_assert_uint_eq(r->seq_ext, 0);
	ck_assert_uint_eq(r->one_way, 0);
	ck_assert_uint_eq(r->gre_version, 0);
	ck_assert_uint_eq(r->virt_src_port, 1971);
	ck_assert_uint_eq(r->virt_dst_port, 1968);
	ck_assert_uint_eq(r->max_flows, 16);
	ck_assert_uint_eq(r->max_bandwidth_kbps, 0);
	ck_assert_uint_eq(u.secret.len, 0);
	ck_assert_ptr_null(rg_url_tap(&u));
	u = parse("udp://@:7000", IN);
	ck_assert_uint_eq(u.stream_id, 0);
	ck_assert_uint_eq(u.multiplex_mode, RG_MULTIPLEX_DST);
}

END_TEST

START_TEST(max_flows_is_four_in_simple_whatever_the_order_of_keys)
{
	ck_assert_uint_eq(parse("rist://@:2?profile=simple&buffer=50", IN).rist.max_flows, 4);
	ck_assert_uint_eq(parse("rist://@:2?max-flows=9&profile=simple", IN).rist.max_flows, 9);
	ck_assert_uint_eq(parse("rist://@:2?max-flows=1024", IN).rist.max_flows, 1024);
	refuse("rist://@:2?max-flows=16385", IN, "max-flows: \"16385\" is out of range (1..1024)");
	refuse("rist://@:2?max-flows=0", IN, "max-flows: \"0\" is out of range (1..1024)");
}

END_TEST

START_TEST(every_key_of_main_reaches_its_field)
{
	struct rg_url u =
		parse("rist://10.0.0.1:5001?aes-type=256&secret=a%26b%20c&key-rotation=500"
		      "&npd=1&seq-ext=1&one-way=1&gre-version=2&virt-src-port=11"
		      "&virt-dst-port=12&oob=tap:rist0",
			OUT);
	const struct rg_rist_conf *r = &u.rist;

	ck_assert_uint_eq(u.secret.len, 5);
	ck_assert_str_eq(u.secret.text, "a&b c");
	ck_assert_uint_eq(r->aes_bits, 256);
	ck_assert_uint_eq(r->key_rotation, 500);
	ck_assert_uint_eq(r->npd, 1);
	ck_assert_uint_eq(r->seq_ext, 1);
	ck_assert_uint_eq(r->one_way, 1);
	ck_assert_uint_eq(r->gre_version, 2);
	ck_assert_uint_eq(r->virt_src_port, 11);
	ck_assert_uint_eq(r->virt_dst_port, 12);
	ck_assert_str_eq(rg_url_tap(&u), "rist0");
	ck_assert_uint_eq(parse("rist://h:1?gre-version=auto", OUT).rist.gre_version, 0);
	ck_assert_uint_eq(parse("rist://h:1?gre-version=0", OUT).rist.gre_version, 0);
	ck_assert_str_eq(parse("rist://@:1?secret-file=/etc/k", IN).secret_file, "/etc/k");
	ck_assert_ptr_null(rg_url_tap(&(struct rg_url){.kind = RG_END_RIST, .oob = "off"}));
	u = parse("rtp://h:1?stream-id=65534&multiplex-mode=virt-src", OUT);
	ck_assert_uint_eq(u.stream_id, 65534);
	ck_assert_uint_eq(u.multiplex_mode, RG_MULTIPLEX_SRC);
}

END_TEST

/* libRIST 0.2.12 tools: 128 where only a secret is given (its library: 256). */
START_TEST(trap_m17_a_secret_alone_means_128_bits)
{
	ck_assert_uint_eq(parse("rist://h:1?secret=x", OUT).rist.aes_bits, 128);
	ck_assert_uint_eq(parse("rist://h:1?secret-file=x", OUT).rist.aes_bits, 128);
	ck_assert_uint_eq(parse("rist://h:1?aes-type=256&secret=x", OUT).rist.aes_bits, 256);
	ck_assert_uint_eq(parse("rist://h:1?secret=x&aes-type=256", OUT).rist.aes_bits, 256);
	ck_assert_uint_eq(parse("rist://h:1?aes-type=0", OUT).rist.aes_bits, 0);
}

END_TEST

START_TEST(trap_m115_aes_192_is_refused)
{
	refuse("rist://h:1?secret=x&aes-type=192", OUT,
		"aes-type: 192 bits cannot be told to a peer of the Main profile (128 or 256)");
	refuse("rist://h:1?secret=x&aes-type=129", OUT,
		"aes-type: 129 is no size of a key (0, 128 or 256)");
	refuse("rist://h:1?secret=x&aes-type=512", OUT,
		"aes-type: \"512\" is out of range (0, 128 or 256 bits)");
}

END_TEST

START_TEST(trap_m116_a_secret_is_1_to_127_bytes_and_never_cut)
{
	char text[256] = "rist://h:1?secret=";
	size_t at = strlen(text);

	memset(text + at, 's', 127);
	ck_assert_uint_eq(parse(text, OUT).secret.len, 127);
	text[at + 127] = 's';
	refuse(text, OUT, "secret: 128 bytes are too long (127 at most)");
	refuse("rist://h:1?secret=", OUT, "secret: is empty");
	refuse("rist://h:1?secret-file=", OUT, "secret-file: is empty");
	refuse("rist://h:1?secret=hunter2%00x", OUT, "secret: holds a zero byte");
	refuse("rist://h:1?secret=hunter2%0", OUT,
		"secret: '%' is not followed by two hexadecimal digits");
}

END_TEST

START_TEST(what_encrypts_is_never_left_out_in_silence)
{
	static const char none[] = " needs a secret or a secret-file";
	char why[128];

	snprintf(why, sizeof(why), "aes-type:%s", none);
	refuse("rist://h:1?aes-type=128", OUT, why);
	snprintf(why, sizeof(why), "key-rotation:%s", none);
	refuse("rist://h:1?key-rotation=0", OUT, why);
	refuse("rist://h:1?secret=hunter2&aes-type=0", OUT,
		"aes-type: 0 with a secret would send it all in the clear "
		"(128 or 256, or no secret)");
	refuse("rist://h:1?secret=hunter2&secret-file=/k", OUT,
		"secret: given beside secret-file (one of them)");
	refuse("rist://h:1?secret=hunter2&secret=other", OUT, "secret: given twice");
}

END_TEST

START_TEST(simple_refuses_every_key_of_main_and_says_why)
{
	static const char clear[] = "the Simple profile cannot encrypt (profile=main)";
	static const char not_simple[] = "the Simple profile does not have it (profile=main)";

	static const struct {
		const char *key, *value, *why;
	} row[] = {
		{"secret", "hunter2", clear},
		{"secret-file", "/k", clear},
		{"aes-type", "0", clear},
		{"aes-type", "128", clear},
		{"key-rotation", "9", clear},
		{"npd", "1", not_simple},
		{"seq-ext", "1", not_simple},
		{"one-way", "1", not_simple},
		{"gre-version", "1", not_simple},
		{"oob", "tap:t0", not_simple},
		{"virt-src-port", "5", not_simple},
		{"virt-dst-port", "5", not_simple},
	};

	for (size_t i = 0; i < RG_ARRAY_LEN(row); i++) {
		char url[128], why[256];

		snprintf(url, sizeof(url), "rist://h:2?%s=%s&profile=simple", row[i].key,
			row[i].value);
		snprintf(why, sizeof(why), "%s: %s", row[i].key, row[i].why);
		refuse(url, OUT, why);
	}
}

END_TEST

START_TEST(trap_m13_a_virtual_source_port_is_never_0)
{
	refuse("rist://h:1?virt-src-port=0", OUT,
		"virt-src-port: \"0\" is out of range (1..65535)");
	ck_assert_uint_eq(parse("rist://h:1?virt-src-port=65535", OUT).rist.virt_src_port, 65535);
	ck_assert_uint_eq(parse("rist://h:1?virt-dst-port=0", OUT).rist.virt_dst_port, 0);
	refuse("udp://@:1?multiplex-mode=virt-src", IN,
		"multiplex-mode: virt-src needs a stream-id");
}

END_TEST

START_TEST(null_packets_are_deleted_on_outputs_only)
{
	refuse("rist://@:1?npd=1", IN, "npd: has no meaning on an input of this kind");
	refuse("rist://h:1?npd=2", OUT, "npd: \"2\" is out of range (0..1)");
	refuse("rist://h:1?npd=on", OUT, "npd: \"on\" is not a number (0..1)");
}

END_TEST

START_TEST(one_way_needs_an_end_that_knows_where_to_send)
{
	parse("rist://@:1?one-way=1&recovery=classic&buffer=200", IN);
	parse("rist://@239.1.1.1:1?one-way=1", IN);
	parse("rist://@:1?one-way=0", OUT);
	refuse("rist://@:1?one-way=1", OUT,
		"one-way: an output that listens never learns where to send (rist://HOST:PORT)");
	refuse("rist://h:1?one-way=1", IN,
		"one-way: an input that calls cannot say where it is (rist://@ADDR:PORT)");
}

END_TEST

START_TEST(a_gre_version_is_auto_1_or_2)
{
	refuse("rist://h:1?gre-version=3", OUT,
		"gre-version: \"3\" is out of range (auto, 1, 2 or 0..2)");
	refuse("rist://h:1?gre-version=v2", OUT,
		"gre-version: \"v2\" is not a choice (auto, 1, 2 or 0..2)");
}

END_TEST

START_TEST(out_of_band_traffic_goes_to_an_interface_of_at_most_15_letters)
{
	static const char bad[] = "oob: no interface can have this name "
				  "(tap: and 1..15 letters, digits, -, _ or .)";

	ck_assert_str_eq(
		rg_url_tap(&(struct rg_url){.oob = "tap:abcdefghijklmno"}), "abcdefghijklmno");
	parse("rist://h:1?oob=tap:abcdefghijklmno", OUT);
	parse("rist://h:1?oob=off", OUT);
	refuse("rist://h:1?oob=tap:abcdefghijklmnop", OUT, bad);
	refuse("rist://h:1?oob=tap:", OUT, bad);
	refuse("rist://h:1?oob=tap:a/b", OUT, bad);
	refuse("rist://h:1?oob=tap:..", OUT, bad);
	refuse("rist://h:1?oob=tap:t%25d", OUT, bad);
	refuse("rist://h:1?oob=tap:a%20b", OUT, bad);
	refuse("rist://h:1?oob=tun0", OUT, "oob: is no choice (off or tap:NAME)");
	refuse("rist://h:1?oob=offline", OUT, "oob: is no choice (off or tap:NAME)");
	refuse("rist://h:1?oob=", OUT, "oob: is empty");
	refuse("rist://h:1?oob=api", OUT,
		"oob: api needs the control socket, which this version does not have "
		"(off or tap:NAME)");
}

END_TEST

/* libRIST: ristsender refuses odd numbers, ristreceiver and ristsender know the modes by number. */
START_TEST(a_stream_id_is_even_and_a_multiplex_mode_is_librists)
{
	static const struct {
		const char *url;
		uint32_t mode;
	} row[] = {
		{"udp://h:1?multiplex-mode=-1", RG_MULTIPLEX_AUTO},
		{"udp://h:1?multiplex-mode=auto", RG_MULTIPLEX_AUTO},
		{"udp://h:1?multiplex-mode=0", RG_MULTIPLEX_DST},
		{"udp://h:1?multiplex-mode=1&stream-id=2", RG_MULTIPLEX_SRC},
	};

	for (size_t i = 0; i < RG_ARRAY_LEN(row); i++)
		ck_assert_uint_eq(parse(row[i].url, OUT).multiplex_mode, row[i].mode);
	refuse("udp://@:1?stream-id=1001", IN, "stream-id: 1001 is odd (even, 0..65534)");
	refuse("udp://h:1?stream-id=1001", OUT, "stream-id: 1001 is odd (even, 0..65534)");
	refuse("udp://h:1?stream-id=65535", OUT,
		"stream-id: \"65535\" is out of range (even, 0..65534)");
	refuse("udp://h:1?multiplex-mode=2", OUT,
		"multiplex-mode: ipv4, libRIST's own way to carry IP headers, is not in this version "
		"(virt-dst, virt-src or auto)");
	refuse("udp://h:1?multiplex-mode=-2", OUT,
		"multiplex-mode: \"-2\" is not a choice (virt-dst, virt-src, ipv4, auto or 0..3)");
	refuse("rist://h:1?stream-id=2", OUT, "stream-id: has no meaning on this kind of URL");
	refuse("file:x?stream-id=2", OUT, "stream-id: has no meaning on this kind of URL");
}

END_TEST

START_TEST(what_stands_around_a_secret_is_not_repeated)
{
	refuse("rist://h:1?secret=hunter2&fast", OUT,
		"secret: what follows it is no KEY=VALUE (a '&' of its own is written %26)");
	refuse("rist://h:1?secret=hunter2&bufer=1", OUT, "bufer: unknown key");
}

END_TEST

START_TEST(the_checks_hold_when_the_app_has_taken_the_secret_away)
{
	struct rg_url u = parse("rist://h:1?secret=hunter2", OUT);
	struct rg_conf_error err;

	rg_conf_wipe(&u.secret, sizeof(u.secret));
	ck_assert_int_eq(rg_url_check(&u, OUT, &err), 0);
	ck_assert_uint_eq(u.rist.aes_bits, 128);
	ck_assert(rg_url_given(&u, "secret"));
	ck_assert(!rg_url_given(&u, "secret-file"));
	ck_assert(!rg_url_given(&u, "no-such-key"));
}

END_TEST

TCase *main_cases(void)
{
	TCase *c = tcase_create("main");

	tcase_add_test(c, main_is_the_default_and_takes_any_port);
	tcase_add_test(c, main_defaults_protect_nothing_and_change_nothing);
	tcase_add_test(c, max_flows_is_four_in_simple_whatever_the_order_of_keys);
	tcase_add_test(c, every_key_of_main_reaches_its_field);
	tcase_add_test(c, trap_m17_a_secret_alone_means_128_bits);
	tcase_add_test(c, trap_m115_aes_192_is_refused);
	tcase_add_test(c, trap_m116_a_secret_is_1_to_127_bytes_and_never_cut);
	tcase_add_test(c, what_encrypts_is_never_left_out_in_silence);
	tcase_add_test(c, simple_refuses_every_key_of_main_and_says_why);
	tcase_add_test(c, trap_m13_a_virtual_source_port_is_never_0);
	tcase_add_test(c, null_packets_are_deleted_on_outputs_only);
	tcase_add_test(c, one_way_needs_an_end_that_knows_where_to_send);
	tcase_add_test(c, a_gre_version_is_auto_1_or_2);
	tcase_add_test(c, out_of_band_traffic_goes_to_an_interface_of_at_most_15_letters);
	tcase_add_test(c, a_stream_id_is_even_and_a_multiplex_mode_is_librists);
	tcase_add_test(c, what_stands_around_a_secret_is_not_repeated);
	tcase_add_test(c, the_checks_hold_when_the_app_has_taken_the_secret_away);
	return c;
}
