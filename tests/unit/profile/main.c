/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include "profile_suites.h"

int main(void)
{
	Suite *s = suite_create("profile");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, simple_cases());
	suite_add_tcase(s, main_cases());
	suite_add_tcase(s, widen_cases());
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
