/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include "suites.h"

int main(void)
{
	Suite *s = suite_create("flow");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, plan_cases());
	suite_add_tcase(s, rx_cases());
	suite_add_tcase(s, rx_ask_cases());
	suite_add_tcase(s, rx_run_cases());
	suite_add_tcase(s, tx_cases());
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
