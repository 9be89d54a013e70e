/* SPDX-License-Identifier: BSD-3-Clause */
/* 15,000 datagrams a second beside a running stream: a third random, the rest real ones with
 * bytes changed, cut or extended, from 16 foreign ports of the sender's own host. */
#include "rg_hex.h"
#include "worker_suites.h"

#define ROUNDS 100000 /* two datagrams each */

static const char *const golden[] = {
	"80211234000000000ace0ac0deadbeef",
	"80211234000000000ace0ac1deadbeef",
	"80c80006123456788 3aa7e8040000000000151800000010000002000",
	"80c9000111223344 81ca0004112233440106726973 74676f00000000",
	"81c9000700000001cafebabe10000102000100030000000207e80400000010000",
	"80c900010ace0ac081ca00040ace0ac0010672697374676f00000000"
	"80cc00040ace0ac0524953540064000000670013",
	"81cd000400000000aabbcc000064fffc0075001f",
	"80c9000111223344 81ca000211223344010000 0082cc00050000beef52495354e3d15c0080000000"
	"00000000",
	"83cc00050000beef52495354e3d15c0080000000000005dc",
	"804d00040ace0ac004000002e3d15c0080000000",
	"81cc0003cafebabe5249535401020000",
	"100888b60000000007b307b080211234000000000ace0ac0deadbeef",
	"1010cce000000001000080000011223344552520",
};

static struct duo d;

static size_t mutate(uint8_t *p, size_t cap)
{
	uint64_t z = lab_random(&d.l);
	size_t len;

	if (z % 3 == 0) {
		len = 1 + (z >> 8) % 200;
		for (size_t i = 0; i < len; i++)
			p[i] = (uint8_t)lab_random(&d.l);
		return len;
	}
	{
		const char *hex = golden[(z >> 8) % RG_ARRAY_LEN(golden)];
		char even[400];
		size_t n = 0;

		/* half a byte may be left over: it is dropped */
		for (; *hex; hex++)
			if (*hex != ' ')
				even[n++] = *hex;
		even[n & ~(size_t)1] = 0;
		len = unhex(even, p, cap);
	}
	for (unsigned k = 0; k < (z >> 16) % 4; k++)
		p[lab_random(&d.l) % len] = (uint8_t)lab_random(&d.l);
	if ((z >> 20) % 4 == 0)
		len = 1 + (z >> 24) % len;
	if ((z >> 22) % 8 == 0 && len + 20 < cap) {
		memset(p + len, (int)(z >> 32), 20);
		len += 20;
	}
	return len;
}

static void attack(unsigned n)
{
	struct rg_addr to[4] = {d.b_media, d.b_rtcp, d.a_media, d.a_rtcp};
	uint8_t p[512];

	for (unsigned i = 0; i < n; i++) {
		uint64_t z = lab_random(&d.l);
		struct rg_addr from = lab_addr((z & 1) ? 1 : 3, (uint16_t)(20000 + (z >> 4) % 16));
		size_t len = mutate(p, sizeof(p));

		lab_send(&d.l, from, to[(z >> 8) % 4], p, len, false);
	}
}

static uint64_t all_drops(struct lab_node *n)
{
	const struct rg_stream_report *r = lab_report(n, 0);
	uint64_t sum = 0;

	for (unsigned v = 0; v < RG_V_COUNT; v++)
		if (v != RG_V_HISTORY_EXPIRED)
			sum += r->drops[v];
	return sum;
}

START_TEST(hostile_datagrams_never_disturb_the_stream)
{
	unsigned per_packet = 15;

	duo_init(&d, 1);
	d.b_in.rist.max_flows = (uint32_t)_i;
	duo_start(&d);
	duo_send(&d, 20, 1000);
	for (unsigned k = 0; k < ROUNDS / per_packet * 2; k++) {
		duo_send(&d, 1, 1000);
		attack(per_packet);
	}
	duo_run_ms(&d, 1500);
	ck_assert_uint_eq(d.got, d.sent);
	ck_assert_uint_eq(d.wrong + d.missing, 0);
	ck_assert_uint_eq(d.b->events[RG_EVENT_FLOW_RESTART], 0);
	/* every datagram of theirs died for a reason, or was a control packet that says nothing */
	ck_assert_uint_gt(all_drops(d.a) + all_drops(d.b), ROUNDS);
	duo_fini(&d);
}

END_TEST

START_TEST(hostile_datagrams_before_the_stream_do_not_keep_it_out)
{
	duo_init(&d, 7);
	duo_start(&d);
	attack(3000);
	duo_run_ms(&d, 200);
	attack(3000);
	duo_run_ms(&d, 10);
	duo_send(&d, 1000, 1000);
	duo_run_ms(&d, 1500);
	ck_assert_uint_eq(d.got, 1000);
	ck_assert_uint_eq(d.wrong + d.missing, 0);
	duo_fini(&d);
}

END_TEST

START_TEST(mutated_datagrams_of_the_peer_itself_crash_nothing)
{
	uint8_t p[512];

	duo_init(&d, 3);
	duo_start(&d);
	for (unsigned k = 0; k < ROUNDS; k++) {
		size_t len = mutate(p, sizeof(p));
		uint64_t z = lab_random(&d.l);

		if (k % 10 == 0)
			duo_send(&d, 1, 1000);
		switch (z % 4) {
		case 0:
			lab_send(&d.l, d.a_media, d.b_media, p, len, false);
			break;
		case 1:
			lab_send(&d.l, d.a_rtcp, d.b_rtcp, p, len, false);
			break;
		case 2:
			lab_send(&d.l, d.b_rtcp, d.a_rtcp, p, len, false);
			break;
		case 3:
			lab_send(&d.l, d.b_media, d.a_media, p, len, false);
			break;
		}
	}
	duo_run_ms(&d, 3000);
	duo_fini(&d);
}

END_TEST

TCase *hostile_cases(void)
{
	TCase *t = tcase_create("hostile");

	tcase_set_timeout(t, 240);
	tcase_add_loop_test(t, hostile_datagrams_never_disturb_the_stream, 1, 3);
	tcase_add_test(t, hostile_datagrams_before_the_stream_do_not_keep_it_out);
	tcase_add_test(t, mutated_datagrams_of_the_peer_itself_crash_nothing);
	return t;
}
