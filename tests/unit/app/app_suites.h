/* SPDX-License-Identifier: BSD-3-Clause */
/* app_suites.h - the test cases of each file, run by test_app.c. */
#ifndef APP_SUITES_H
#define APP_SUITES_H

#include <check.h>

TCase *args_cases(void);
TCase *budget_cases(void);
TCase *config_cases(void);
TCase *console_cases(void);
TCase *events_cases(void);
TCase *plan_cases(void);
TCase *secrets_cases(void);
TCase *stats_cases(void);
TCase *yaml_cases(void);

/* What the program is when it has arguments: the process that test_secrets.c looks into. */
int secrets_probe(int argc, char **argv);

#endif
