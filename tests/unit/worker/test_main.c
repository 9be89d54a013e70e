/* SPDX-License-Identifier: BSD-3-Clause */
/* Main profile, worker against worker: real bytes, real keys, a control that takes its time. */
#include "duo.h"
#include "worker_suites.h"

static struct duo d;

/* A second of stream and its buffer; all of it must come out. */
static void carry(uint32_t n)
{
	duo_send(&d, n, 1000);
	duo_run_ms(&d, 2500);
	ck_assert_uint_eq(d.wrong, 0);
	ck_assert_uint_eq(d.missing, 0);
	ck_assert_uint_eq(d.got, d.sent);
}

START_TEST(main_in_clear_recovers_what_the_link_loses)
{
	duo_init(&d, 1);
	duo_main(&d, NULL, NULL, 0);
	d.l.link.loss = 0.1;
	duo_start(&d);
	carry(3000);
	ck_assert_uint_gt(lab_input(lab_report(d.b, 0), 0)->rx.recovered, 100);
	duo_fini(&d);
}

END_TEST

START_TEST(main_encrypted_recovers_and_loses_no_first_packet)
{
	duo_init(&d, 2);
	duo_main(&d, "a passphrase", "a passphrase", _i ? 256 : 128);
	d.l.link.loss = 0.1;
	duo_start(&d);
	carry(3000);
	duo_fini(&d);
}

END_TEST

TCase *main_cases(void)
{
	TCase *tc = tcase_create("main");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, main_in_clear_recovers_what_the_link_loses);
	tcase_add_loop_test(tc, main_encrypted_recovers_and_loses_no_first_packet, 0, 2);
	return tc;
}
