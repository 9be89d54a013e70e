/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PROFILE_SUITES_H
#define PROFILE_SUITES_H

#include <check.h>

TCase *simple_cases(void);
TCase *main_cases(void);
TCase *widen_cases(void);

#endif
