/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include "conf_suites.h"

int main(void)
{
	Suite *s = suite_create("conf");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, addr_text_cases());
	suite_add_tcase(s, url_cases());
	suite_add_tcase(s, main_cases());
	suite_add_tcase(s, doc_cases());
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
