/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include "crypto_suites.h"

int main(void)
{
	Suite *s = suite_create("crypto");
	SRunner *r;
	int failed;

	suite_add_tcase(s, keyring_cases());
	suite_add_tcase(s, rotation_cases());
	suite_add_tcase(s, attack_cases());
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
