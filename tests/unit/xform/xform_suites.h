/* SPDX-License-Identifier: BSD-3-Clause */
/* xform_suites.h - the test cases of each file, run by test_xform.c. */
#ifndef XFORM_SUITES_H
#define XFORM_SUITES_H

#include <check.h>

TCase *npd_cases(void);

#endif
