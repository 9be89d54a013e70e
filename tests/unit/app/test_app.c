/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include "app_suites.h"

int main(int argc, char **argv)
{
	Suite *s;
	SRunner *r;
	int failed;

	if (argc > 1)
		return secrets_probe(argc, argv);
	s = suite_create("app");
	r = srunner_create(s);
	suite_add_tcase(s, args_cases());
	suite_add_tcase(s, budget_cases());
	suite_add_tcase(s, config_cases());
	suite_add_tcase(s, console_cases());
	suite_add_tcase(s, events_cases());
	suite_add_tcase(s, plan_cases());
	suite_add_tcase(s, secrets_cases());
	suite_add_tcase(s, stats_cases());
	suite_add_tcase(s, yaml_cases());
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
