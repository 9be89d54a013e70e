/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include "xform_suites.h"

int main(void)
{
	Suite *s = suite_create("xform");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, npd_cases());
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
