/* SPDX-License-Identifier: BSD-3-Clause */
#include "conf_suites.h"
#include "rg_addr_text.h"

START_TEST(addresses_print_in_their_canonical_form)
{
	static const struct {
		const char *in, *out;
	} row[] = {
		{"192.0.2.1", "192.0.2.1"},
		{"0.0.0.0", "0.0.0.0"},
		{"255.255.255.255", "255.255.255.255"},
		{"::", "::"},
		{"::1", "::1"},
		{"1::", "1::"},
		{"2001:DB8:0:0:0:0:0:1", "2001:db8::1"},
		{"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
		{"1:0:0:2:0:0:0:3", "1:0:0:2::3"},
		{"1:0:0:2:0:0:3:4", "1::2:0:0:3:4"},
		{"::ffff:192.0.2.1", "::ffff:c000:201"},
		{"1:2:3:4:5:6:7.8.9.10", "1:2:3:4:5:6:708:90a"},
		{"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
			"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
	};
	struct rg_addr a;
	char text[RG_ADDR_TEXT_MAX];

	for (size_t i = 0; i < RG_ARRAY_LEN(row); i++) {
		ck_assert_msg(rg_addr_parse(row[i].in, strlen(row[i].in), &a), "%s", row[i].in);
		ck_assert_uint_eq(rg_addr_format_ip(&a, text), strlen(row[i].out));
		ck_assert_str_eq(text, row[i].out);
	}
}

END_TEST

START_TEST(what_is_no_address_is_refused)
{
	static const char *const row[] = {"", ".", "1", "1.2.3", "1.2.3.4.5", "256.1.1.1",
		"01.2.3.4", "1.2.3.4 ", "host", ":", ":::", "1:", ":1", "1::2::3",
		"12345::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7::8", "::1.2.3",
		"1:2:3:4:5:6:7:1.2.3.4", "fe80::1%eth0", "::g"};
	struct rg_addr a;

	for (size_t i = 0; i < RG_ARRAY_LEN(row); i++)
		ck_assert_msg(!rg_addr_parse(row[i], strlen(row[i]), &a), "%s", row[i]);
}

END_TEST

START_TEST(an_endpoint_prints_with_its_port)
{
	struct rg_addr a;
	char text[RG_ADDR_TEXT_MAX];

	ck_assert(rg_addr_parse("192.0.2.1", 9, &a));
	a.port = 5000;
	rg_addr_format(&a, text);
	ck_assert_str_eq(text, "192.0.2.1:5000");
	ck_assert(rg_addr_parse("2001:db8::1", 11, &a));
	a.port = 65535;
	rg_addr_format(&a, text);
	ck_assert_str_eq(text, "[2001:db8::1]:65535");
	memset(&a, 0, sizeof(a));
	rg_addr_format(&a, text);
	ck_assert_str_eq(text, "any:0");
}

END_TEST

TCase *addr_text_cases(void)
{
	TCase *c = tcase_create("addr_text");

	tcase_add_test(c, addresses_print_in_their_canonical_form);
	tcase_add_test(c, what_is_no_address_is_refused);
	tcase_add_test(c, an_endpoint_prints_with_its_port);
	return c;
}
