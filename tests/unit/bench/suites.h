/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_SUITES_H
#define BENCH_SUITES_H

#include <check.h>

TCase *args_cases(void);
TCase *figure_cases(void);

#endif
