/* SPDX-License-Identifier: BSD-3-Clause */
/* base_suites.h - test cases of the other files, run by test_base.c. */
#ifndef BASE_SUITES_H
#define BASE_SUITES_H

#include <check.h>

TCase *agenda_cases(void);
TCase *due_cases(void);
TCase *value_cases(void);

#endif
