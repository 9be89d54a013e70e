/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include "test_link.h"

int main(void)
{
	Suite *s = suite_create("link");
	SRunner *r;
	int failed;

	suite_add_tcase(s, impair_tests());
	suite_add_tcase(s, lane_tests());
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
