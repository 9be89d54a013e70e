/* SPDX-License-Identifier: BSD-3-Clause */
/* conf_suites.h - the test cases of each file, run by test_conf.c. */
#ifndef CONF_SUITES_H
#define CONF_SUITES_H

#include <check.h>

TCase *addr_text_cases(void);
TCase *doc_cases(void);
TCase *main_cases(void);
TCase *url_cases(void);

#endif
