/* SPDX-License-Identifier: BSD-3-Clause */
#include "app_suites.h"
#include "events.h"
#include "rg_addr_text.h"

START_TEST(an_event_is_one_line_of_keys_and_values)
{
	struct gw_event_limit l = {.seen = {false}};
	struct rg_event ev = {.kind = RG_EVENT_FLOW_NEW, .flow_id = 144354122};
	char line[512];

	ck_assert(rg_addr_parse("2001:db8::1", 11, &ev.peer));
	ev.peer.port = 5000;
	ck_assert(gw_event_line(&l, (rg_time){0}, "cam1", &ev, line, sizeof(line)));
	ck_assert_str_eq(
		line, "notice stream=cam1 event=flow-new flow=144354122 peer=[2001:db8::1]:5000");
}

END_TEST

START_TEST(a_storm_of_events_is_one_line_a_second_and_a_count)
{
	struct gw_event_limit l = {.seen = {false}};
	struct rg_event ev = {.kind = RG_EVENT_PEER_NEW};
	char line[512];
	unsigned n = 0;

	for (int i = 0; i < 1000; i++)
		n += gw_event_line(
			&l, (rg_time){i * RG_NS_PER_MS}, "cam1", &ev, line, sizeof(line));
	ck_assert_uint_eq(n, 1);
	ck_assert(gw_event_line(&l, (rg_time){RG_NS_PER_S}, "cam1", &ev, line, sizeof(line)));
	ck_assert_str_eq(line, "notice stream=cam1 event=peer-new left-out=999");
	ev.kind = RG_EVENT_PEER_LOST;
	ck_assert(gw_event_line(&l, (rg_time){RG_NS_PER_S}, "cam1", &ev, line, sizeof(line)));
}

END_TEST

START_TEST(the_sequence_limit_names_the_limit)
{
	struct gw_event_limit l = {.seen = {false}};
	struct rg_event ev = {.kind = RG_EVENT_SEQ_LIMIT};
	char line[512];

	ck_assert(gw_event_line(&l, (rg_time){0}, "cam1", &ev, line, sizeof(line)));
	ck_assert_ptr_nonnull(strstr(line, "error stream=cam1 event=sequence-limit limit=32768"));
}

END_TEST

TCase *events_cases(void)
{
	TCase *c = tcase_create("events");

	tcase_add_test(c, an_event_is_one_line_of_keys_and_values);
	tcase_add_test(c, a_storm_of_events_is_one_line_a_second_and_a_count);
	tcase_add_test(c, the_sequence_limit_names_the_limit);
	return c;
}
