/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include "net_suites.h"

int main(void)
{
	Suite *s = suite_create("net");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, frame_cases());
	suite_add_tcase(s, udp_tmpl_cases());
	suite_add_tcase(s, neigh_cases());
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
