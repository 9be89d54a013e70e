/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include "glue_crypto_suites.h"

int main(void)
{
	Suite *s = suite_create("glue_crypto");
	SRunner *r;
	int failed;

	suite_add_tcase(s, engine_cases());
	suite_add_tcase(s, kdf_cases());
	suite_add_tcase(s, secret_cases());
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
