/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include "worker_suites.h"

int main(void)
{
	Suite *s = suite_create("worker");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, receiver_cases());
	suite_add_tcase(s, sender_cases());
	suite_add_tcase(s, stream_cases());
	suite_add_tcase(s, hostile_cases());
	suite_add_tcase(s, main_cases());
	suite_add_tcase(s, oob_cases());
	suite_add_tcase(s, main_key_cases());
	suite_add_tcase(s, main_ext_cases());
	suite_add_tcase(s, main_flood_cases());
	suite_add_tcase(s, main_id_cases());
	suite_add_tcase(s, main_roam_cases());
	suite_add_tcase(s, main_role_cases());
	suite_add_tcase(s, main_secret_cases());
	suite_add_tcase(s, main_stray_cases());
	suite_add_tcase(s, main_wire_cases());
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
