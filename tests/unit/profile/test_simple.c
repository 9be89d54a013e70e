/* SPDX-License-Identifier: BSD-3-Clause */
/* Golden packets of TR-06-1 peers, through the Simple row of the table. */
#include "profile_suites.h"
#include "rg_hex.h"
#include "rg_profile.h"
#include <stdio.h>

#define SSRC 0x0ace0ac0

static const struct rg_profile_ops *simple(void)
{
	return rg_profile(RG_PROFILE_SIMPLE);
}

static struct rg_control_in in;
static uint8_t *exact;

static void read_control(const char *hex, uint32_t newest)
{
	uint8_t buf[1500];
	size_t len = unhex(hex, buf, sizeof(buf));

	/* what was read lends from the datagram: it lives until the next one */
	free(exact);
	exact = exact_copy(buf, len);
	simple()->rx_control(exact, len, newest, &in);
}

/* One media datagram; the verdict, or RG_V_OK. */
static uint32_t read_media(const char *hex, struct rg_media *m)
{
	uint8_t buf[1500], from;
	size_t len = unhex(hex, buf, sizeof(buf));
	struct rg_dgram d = {.data = exact_copy(buf, len), .len = (uint16_t)len};
	struct rg_dropped bad = {0};
	unsigned n_bad, n;

	n = simple()->rx_media(&d, 1, m, &from, &bad, &n_bad);
	free(d.data);
	ck_assert_uint_eq(n + n_bad, 1);
	return n ? RG_V_OK : bad.verdict;
}

START_TEST(trap_m63_bit_0_of_the_ssrc_is_no_part_of_the_flow)
{
	struct rg_media m;

	ck_assert_uint_eq(read_media("80211234000000000ace0ac0ff", &m), RG_V_OK);
	ck_assert_uint_eq(m.flow_id, SSRC);
	ck_assert_uint_eq(m.flags, 0);
	ck_assert_uint_eq(m.seq, 0x1234);
	ck_assert_uint_eq(m.len, 1);
	ck_assert_uint_eq(read_media("80211234000000000ace0ac1ff", &m), RG_V_OK);
	ck_assert_uint_eq(m.flow_id, SSRC);
	ck_assert_uint_eq(m.flags, RG_MEDIA_RETX);
}

END_TEST

START_TEST(trap_m36_rtcp_on_the_media_port_is_no_media)
{
	struct rg_media m;

	ck_assert_uint_eq(read_media("80c9000112345678aabbccddee", &m), RG_V_RTP_PAYLOAD_TYPE);
	ck_assert_uint_eq(read_media("8048000112345678aabbccddee", &m), RG_V_RTP_PAYLOAD_TYPE);
	ck_assert_uint_eq(read_media("40211234000000000ace0ac0ff", &m), RG_V_RTP_VERSION);
	ck_assert_uint_eq(read_media("8021123400", &m), RG_V_SHORT);
	ck_assert_uint_eq(read_media("80211234000000000ace0ac0", &m), RG_V_RTP_EMPTY);
}

END_TEST

START_TEST(trap_m65_a_retransmission_differs_in_the_ssrc_only)
{
	const struct rg_tx_ident id = {.ssrc = SSRC, .payload_type = 33};
	struct rg_media m[2] = {{.seq = 0x91234, .rtp_ts = 0}, {.seq = 0x91234, .rtp_ts = 0}};
	struct rg_hdr h[2];
	uint8_t want[12];

	m[1].flags = RG_MEDIA_RETX;
	simple()->tx_media(&id, m, 2, h);
	ck_assert_uint_eq(h[0].len, 12);
	unhex("80211234000000000ace0ac0", want, sizeof(want));
	ck_assert_mem_eq(h[0].b, want, 12);
	want[11] |= 1;
	ck_assert_mem_eq(h[1].b, want, 12);
}

END_TEST

START_TEST(a_librist_nack_compound_gives_its_runs)
{
	read_control("80c900010ace0ac081ca00040ace0ac0010672697374676f00000000"
		     "80cc00040ace0ac0524953540064000000670013",
		0x10080);
	ck_assert_uint_eq(in.n_fb, 3);
	ck_assert_int_eq(in.fb[0].tag, RG_FB_RR);
	ck_assert_int_eq(in.fb[1].tag, RG_FB_SDES);
	ck_assert_uint_eq(in.fb[1].u.sdes.len, 6);
	ck_assert_int_eq(in.fb[2].tag, RG_FB_NACK);
	ck_assert_uint_eq(in.fb[2].u.nack.n_runs, 2);
	ck_assert_uint_eq(in.runs[0].first, 0x10064);
	ck_assert_uint_eq(in.runs[0].n, 1);
	ck_assert_uint_eq(in.runs[1].first, 0x10067);
	ck_assert_uint_eq(in.runs[1].n, 20);
	ck_assert_uint_eq(in.n_seqs, 21);
}

END_TEST

START_TEST(both_nack_forms_in_one_compound_are_read)
{
	read_control("80c90001aabbcc00 81ca0002aabbcc0001000000"
		     "81cd000400000000aabbcc010064fffc0075001f"
		     "80cc0003aabbcc00524953540200000a",
		0x300);
	ck_assert_uint_eq(in.n_fb, 4);
	ck_assert_uint_eq(in.fb[2].u.nack.flow_id, 0xaabbcc00);
	ck_assert_uint_eq(in.fb[3].u.nack.runs[0].first, 0x200);
	ck_assert_uint_eq(in.n_seqs, 21 + 11);
}

END_TEST

START_TEST(trap_m43_a_nack_of_more_than_16_records_is_read)
{
	char hex[24 + 40 * 8 + 1];
	int n = sprintf(hex, "80cc002a0ace0ac052495354");

	for (int i = 0; i < 40; i++)
		n += sprintf(hex + n, "%04x0000", 2 * i);
	read_control(hex, 100);
	ck_assert_uint_eq(in.n_fb, 1);
	ck_assert_uint_eq(in.n_seqs, 40);
	ck_assert_int_eq(in.why, RG_V_OK);
}

END_TEST

START_TEST(trap_m72_the_expansion_of_a_nack_is_bounded)
{
	read_control("80cc00060ace0ac0524953540000ffff0000ffff0000ffff0000ffff", 100);
	ck_assert_uint_le(in.n_seqs, 65536);
	ck_assert_int_eq(in.why, RG_V_RTCP_NACK);
}

END_TEST

START_TEST(trap_m20_an_empty_name_is_a_name)
{
	read_control("80c9000111223344 81ca00021122334401000000", 0);
	ck_assert_uint_eq(in.n_fb, 2);
	ck_assert_int_eq(in.fb[1].tag, RG_FB_SDES);
	ck_assert_uint_eq(in.fb[1].u.sdes.len, 0);
}

END_TEST

START_TEST(xr_and_unknown_packets_do_not_end_a_compound)
{
	read_control("80c9000111223344 804d00040ace0ac004000002e3d15c0080000000"
		     "80d2000111223344 81cb000111223344",
		0);
	ck_assert_int_eq(in.fb[0].tag, RG_FB_RR);
	ck_assert_int_eq(in.fb[in.n_fb - 1].tag, RG_FB_BYE);
	ck_assert_int_eq(in.why, RG_V_RTCP_UNKNOWN);
}

END_TEST

/* Writes a control datagram and returns its bytes. */
static size_t build(struct rg_control_out *c, uint8_t *p, size_t cap, unsigned *n_done)
{
	c->ssrc = 0x11223344;
	c->cname = "abcde";
	c->cname_len = 5;
	return simple()->tx_control(c, p, cap, n_done);
}

START_TEST(trap_m26_m27_an_echo_answer_copies_what_was_asked)
{
	struct rg_control_out c = {.lead = RG_LEAD_RR_EMPTY};
	uint8_t want[100], p[200];
	unsigned n_done;
	size_t len;

	read_control("82cc00060000beef52495354e3d15c008000000000000000aabbccdd", 0);
	ck_assert_int_eq(in.fb[0].tag, RG_FB_RTT_REQ);
	ck_assert_uint_eq(in.fb[0].u.echo.extra_bytes, 4);
	c.echo_rsp = &in.fb[0].u.echo;
	len = build(&c, p, sizeof(p), &n_done);
	ck_assert_uint_eq(len, 8 + 16 + 28);
	unhex("80c9000111223344 81ca000311223344010561626364650083cc00060000beef52495354"
	      "e3d15c0080000000 00000000 aabbccdd",
		want, sizeof(want));
	ck_assert_mem_eq(p, want, len);
}

END_TEST

START_TEST(trap_m27_no_more_of_an_echo_is_mirrored_than_we_like)
{
	enum { ASKED = 300 };

	char hex[2 * (24 + ASKED) + 1];
	struct rg_control_out c = {.lead = RG_LEAD_RR_EMPTY};
	uint8_t p[1000];
	unsigned n_done;
	size_t len;
	int n = sprintf(hex, "82cc%04x0000beef52495354e3d15c008000000000000000", 5 + ASKED / 4);

	for (int i = 0; i < ASKED; i++)
		n += sprintf(hex + n, "%02x", i & 0xff);
	read_control(hex, 0);
	ck_assert_uint_eq(in.fb[0].u.echo.extra_bytes, RG_CONTROL_PADDING);
	c.echo_rsp = &in.fb[0].u.echo;
	len = build(&c, p, sizeof(p), &n_done);
	ck_assert_uint_eq(len, 8 + 16 + 24 + RG_CONTROL_PADDING);
	for (unsigned i = 0; i < RG_CONTROL_PADDING; i++)
		ck_assert_uint_eq(p[8 + 16 + 24 + i], i & 0xff);
}

END_TEST

START_TEST(trap_m1_every_compound_starts_with_a_report_and_the_name)
{
	struct rg_control_out c = {.lead = RG_LEAD_SR, .ntp = {UINT64_C(0x83aa7e8040000000)}};
	uint8_t p[200];
	unsigned n_done;

	ck_assert_uint_eq(build(&c, p, sizeof(p), &n_done), 28 + 16);
	ck_assert_uint_eq(p[1], 200);
	ck_assert_uint_eq(p[29], 202);
	/* M19: the CNAME is the first item of the first chunk */
	ck_assert_uint_eq(p[36], 1);
	ck_assert_uint_eq(p[37], 5);
	c.lead = RG_LEAD_RR;
	ck_assert_uint_eq(build(&c, p, sizeof(p), &n_done), 32 + 16);
	ck_assert_uint_eq(p[1], 201);
	c.bye = true;
	ck_assert_uint_eq(build(&c, p, sizeof(p), &n_done), 32 + 16 + 8);
	ck_assert_uint_eq(build(&c, p, 40, &n_done), 0);
}

END_TEST

/* Builds all datagrams of `runs`, reads them back: how many numbers, and the longest record. */
static uint32_t round_trip(struct rg_run *runs, unsigned n, bool bitmask, uint32_t *longest)
{
	struct rg_control_out c = {.lead = RG_LEAD_RR_EMPTY,
		.flow_id = SSRC,
		.nack_bitmask = bitmask,
		.runs = runs,
		.n_runs = n};
	uint32_t total = 0;

	*longest = 0;
	for (unsigned guard = 0; c.n_runs > 0 && guard < 100; guard++) {
		uint8_t p[RG_CONTROL_BYTES];
		unsigned n_done;
		size_t len = build(&c, p, sizeof(p), &n_done);

		ck_assert_uint_gt(len, 0);
		ck_assert_uint_le(len, sizeof(p));
		simple()->rx_control(p, len, 0x1ffff, &in);
		total += in.n_seqs;
		for (unsigned i = 0; i < in.n_runs; i++) {
			/* M45: no record crosses the wrap */
			ck_assert_uint_le((in.runs[i].first & 0xffff) + in.runs[i].n, 65536);
			if (in.runs[i].n > *longest)
				*longest = in.runs[i].n;
		}
		c.runs += n_done;
		c.n_runs -= n_done;
	}
	ck_assert_uint_eq(c.n_runs, 0);
	return total;
}

START_TEST(trap_m44_a_long_outage_is_asked_for_in_short_records)
{
	struct rg_run runs[2] = {{1000, 30000}, {40000, 1}};
	uint32_t longest;

	ck_assert_uint_eq(round_trip(runs, 2, false, &longest), 30001);
	ck_assert_uint_le(longest, 257);
}

END_TEST

START_TEST(trap_m45_no_record_crosses_65535)
{
	struct rg_run ranges[1] = {{65500, 100}};
	struct rg_run masks[1] = {{65500, 100}};
	uint32_t longest;

	ck_assert_uint_eq(round_trip(ranges, 1, false, &longest), 100);
	ck_assert_uint_eq(round_trip(masks, 1, true, &longest), 100);
}

END_TEST

START_TEST(profiles_that_are_not_built_say_so)
{
	ck_assert_ptr_null(rg_profile(RG_PROFILE_ADVANCED));
	ck_assert_ptr_null(rg_profile((enum rg_profile)9));
}

END_TEST

TCase *simple_cases(void)
{
	TCase *t = tcase_create("simple");

	tcase_add_test(t, trap_m63_bit_0_of_the_ssrc_is_no_part_of_the_flow);
	tcase_add_test(t, trap_m36_rtcp_on_the_media_port_is_no_media);
	tcase_add_test(t, trap_m65_a_retransmission_differs_in_the_ssrc_only);
	tcase_add_test(t, a_librist_nack_compound_gives_its_runs);
	tcase_add_test(t, both_nack_forms_in_one_compound_are_read);
	tcase_add_test(t, trap_m43_a_nack_of_more_than_16_records_is_read);
	tcase_add_test(t, trap_m72_the_expansion_of_a_nack_is_bounded);
	tcase_add_test(t, trap_m20_an_empty_name_is_a_name);
	tcase_add_test(t, xr_and_unknown_packets_do_not_end_a_compound);
	tcase_add_test(t, trap_m26_m27_an_echo_answer_copies_what_was_asked);
	tcase_add_test(t, trap_m27_no_more_of_an_echo_is_mirrored_than_we_like);
	tcase_add_test(t, trap_m1_every_compound_starts_with_a_report_and_the_name);
	tcase_add_test(t, trap_m44_a_long_outage_is_asked_for_in_short_records);
	tcase_add_test(t, trap_m45_no_record_crosses_65535);
	tcase_add_test(t, profiles_that_are_not_built_say_so);
	return t;
}
