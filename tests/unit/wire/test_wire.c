/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include "wire_suites.h"

int main(void)
{
	Suite *s = suite_create("wire");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, rtp_cases());
	suite_add_tcase(s, rtcp_read_cases());
	suite_add_tcase(s, rtcp_write_cases());
	suite_add_tcase(s, rtp_ext_cases());
	suite_add_tcase(s, gre_cases());
	suite_add_tcase(s, gre_inner_cases());
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
