/* SPDX-License-Identifier: BSD-3-Clause */
#include "dpdk_suites.h"

#include <stdlib.h>

int main(void)
{
	Suite *s = suite_create("dpdk");
	SRunner *r;
	int failed;

	suite_add_tcase(s, case_path());
	suite_add_tcase(s, case_seen());
	suite_add_tcase(s, case_neigh());
	suite_add_tcase(s, case_group());
	suite_add_tcase(s, case_oob());
	suite_add_tcase(s, case_place());
	suite_add_tcase(s, case_pool());
	suite_add_tcase(s, case_port());
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
