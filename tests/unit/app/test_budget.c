/* SPDX-License-Identifier: BSD-3-Clause */
#include "app_suites.h"
#include "budget.h"
#include "memory.h"

static struct rg_side_plan side(uint32_t kbps, uint32_t ms)
{
	return (struct rg_side_plan){
		.kind = RG_END_RIST, .rist = {.bandwidth_kbps = kbps, .buffer_max_ms = ms}};
}

START_TEST(bit_rate_times_buffer_gives_packets_and_slots)
{
	static const struct {
		uint32_t kbps, ms;
		enum rg_end_role role;
		uint32_t packets, slots, limited;
	} row[] = {
		{1000, 50, RG_ROLE_INPUT, 5, 2048, 0},
		{100000, 1000, RG_ROLE_INPUT, 10448, 16384, 0},
		{1000000, 500, RG_ROLE_INPUT, 32768, 65536, 1},
		{1000000, 500, RG_ROLE_OUTPUT, 52242, 65536, 0},
		{1000000, 150, RG_ROLE_INPUT, 15672, 16384, 0},
		{100000000, 30000, RG_ROLE_INPUT, 32768, 65536, 1},
		{400000000, 30000, RG_ROLE_OUTPUT, 65536, 65536, 1},
	};

	for (size_t i = 0; i < RG_ARRAY_LEN(row); i++) {
		struct rg_side_plan s = side(row[i].kbps, row[i].ms);
		struct gw_need n = gw_need_of(&s, row[i].role);

		ck_assert_msg(n.packets == row[i].packets, "row %zu: %u packets", i, n.packets);
		ck_assert_msg(n.ring_slots == row[i].slots, "row %zu: %u slots", i, n.ring_slots);
		ck_assert_msg(n.seq_limited == row[i].limited, "row %zu", i);
	}
}

END_TEST

START_TEST(flows_of_a_listener_share_its_total_rate)
{
	struct rg_side_plan s = side(100000, 1000);
	struct gw_need n;

	s.rist.max_bandwidth_kbps = 1000000;
	s.rist.max_flows = 256;
	n = gw_need_of(&s, RG_ROLE_INPUT);
	ck_assert_uint_eq(n.packets, 104483);
	ck_assert_uint_eq(n.rate_kbps, 1000000);
	ck_assert_uint_eq(n.ring_slots, 16384);
	ck_assert_uint_eq(n.seq_limited, 0);
	/* No more than the flows can hold together. */
	s.rist.max_flows = 2;
	ck_assert_uint_eq(gw_need_of(&s, RG_ROLE_INPUT).packets, 65536);
	/* 400 Gb/s for 30 s in 16,384 flows. */
	s.rist.max_flows = 16384;
	s.rist.max_bandwidth_kbps = 400000000;
	s.rist.buffer_max_ms = 30000;
	ck_assert_uint_eq(gw_need_of(&s, RG_ROLE_INPUT).packets, 536870912);
	ck_assert_uint_eq(gw_need_of(&s, RG_ROLE_OUTPUT).packets, 65536);
}

END_TEST

START_TEST(raw_ends_keep_nothing)
{
	struct rg_side_plan s = side(1000000, 30000);

	s.kind = RG_END_UDP;
	ck_assert_uint_eq(gw_need_of(&s, RG_ROLE_INPUT).packets, 0);
	ck_assert_uint_eq(gw_need_of(&s, RG_ROLE_INPUT).ring_slots, 0);
}

END_TEST

START_TEST(histories_of_several_outputs_share_their_packets)
{
	struct rg_side_plan in = side(100000, 1000);
	struct rg_side_plan out[] = {side(100000, 1000), side(100000, 500)};
	struct rg_stream_plan s = {.inputs = &in, .n_inputs = 1, .outputs = out, .n_outputs = 2};

	ck_assert_uint_eq(gw_stream_packets(&s), 2 * 10448);
}

END_TEST

START_TEST(the_urls_of_the_comparison_fit_a_machine_of_two_gib)
{
	struct rg_side_plan sides[] = {side(1000000, 500), side(1000000, 500)};
	struct rg_stream_plan s = {
		.inputs = &sides[0], .n_inputs = 1, .outputs = &sides[1], .n_outputs = 1};
	struct gw_plan p = {
		.sides = sides, .n_sides = 2, .streams = &s, .n_streams = 1, .n_eps = 4};
	struct gw_config c = {.host = GW_HOST_SOCKET};
	struct gw_budget b;

	gw_budget_make(&b, &p, &c);
	ck_assert_uint_eq(sides[0].ring_slots, 65536);
	ck_assert_uint_eq(b.buf_count, 32768 + 52242 + 2048 + 4 * 64);
	ck_assert_uint_eq(b.state_bytes, 2 * 65536 * 64 + 1001);
	ck_assert_uint_lt(b.buf_bytes + b.state_bytes, UINT64_C(256) << 20);
}

END_TEST

START_TEST(a_ports_mtu_makes_buffers_larger)
{
	struct gw_plan p = {.n_eps = 0};
	struct gw_config c = {
		.host = GW_HOST_DPDK, .ports = {{.mtu = 1500}, {.mtu = 9000}}, .n_ports = 2};
	struct gw_budget b;

	gw_budget_make(&b, &p, &c);
	ck_assert_uint_eq(b.buf_data_bytes, 9024);
	ck_assert_uint_gt(b.host_bytes, 0);
}

END_TEST

START_TEST(encrypted_outputs_need_buffers_to_encrypt_into)
{
	struct rg_side_plan sides[] = {side(1000, 50), side(1000, 50)};
	struct rg_stream_plan s = {
		.inputs = &sides[0], .n_inputs = 1, .outputs = &sides[1], .n_outputs = 1};
	struct gw_plan p = {
		.sides = sides, .n_sides = 2, .streams = &s, .n_streams = 1, .n_eps = 4};
	struct gw_config c = {.host = GW_HOST_DPDK, .n_ports = 1};
	struct gw_budget clear, sealed;

	sides[0].rist.aes_bits = 256;
	gw_budget_make(&clear, &p, &c);
	sides[1].rist.aes_bits = 256;
	gw_budget_make(&sealed, &p, &c);
	ck_assert_uint_eq(
		sealed.host_bytes - clear.host_bytes, (2 * 1024 + 3 * 384 + 1280) * (2048 + 512));
	ck_assert_uint_eq(sealed.buf_bytes, clear.buf_bytes);
	c.host = GW_HOST_SOCKET;
	gw_budget_make(&sealed, &p, &c);
	ck_assert_uint_eq(sealed.host_bytes, 0);
}

END_TEST

START_TEST(what_is_missing_is_told_in_numbers)
{
	struct gw_config c = {.host = GW_HOST_DPDK, .eal = {"--no-huge", "-m", "64"}, .n_eal = 3};
	struct gw_budget b = {.buf_bytes = UINT64_C(100) << 20};
	struct rg_conf_error err;

	ck_assert_int_eq(gw_budget_check(&b, &c, &err), -RG_E_NOMEM);
	ck_assert_str_eq(err.text,
		"memory: the streams need 100 MiB and there are 64 MiB (DPDK's memory (EAL's -m)): "
		"36 MiB are missing; lower bandwidth or buffer, or give more");
	b.buf_bytes = UINT64_C(64) << 20;
	ck_assert_int_eq(gw_budget_check(&b, &c, &err), 0);
	c.host = GW_HOST_SOCKET;
	b.buf_bytes = UINT64_C(1) << 60;
	ck_assert_int_eq(gw_budget_check(&b, &c, &err), -RG_E_NOMEM);
}

END_TEST

START_TEST(eal_arguments_say_how_much_dpdk_has)
{
	static char *const row[][3] = {
		{"--no-huge", "-m", "32"},
		{"--no-huge", "-m32", ""},
		{"--no-huge", "--socket-mem", "16,16"},
		{"--no-huge", "--socket-mem=32", ""},
	};

	for (size_t i = 0; i < RG_ARRAY_LEN(row); i++)
		ck_assert_uint_eq(gw_memory_of_eal(row[i], 3).bytes, UINT64_C(32) << 20);
	ck_assert_uint_eq(gw_memory_of_eal(row[0], 1).bytes, UINT64_C(64) << 20);
}

END_TEST

TCase *budget_cases(void)
{
	TCase *c = tcase_create("budget");

	tcase_add_test(c, bit_rate_times_buffer_gives_packets_and_slots);
	tcase_add_test(c, flows_of_a_listener_share_its_total_rate);
	tcase_add_test(c, raw_ends_keep_nothing);
	tcase_add_test(c, histories_of_several_outputs_share_their_packets);
	tcase_add_test(c, the_urls_of_the_comparison_fit_a_machine_of_two_gib);
	tcase_add_test(c, a_ports_mtu_makes_buffers_larger);
	tcase_add_test(c, encrypted_outputs_need_buffers_to_encrypt_into);
	tcase_add_test(c, what_is_missing_is_told_in_numbers);
	tcase_add_test(c, eal_arguments_say_how_much_dpdk_has);
	return c;
}
