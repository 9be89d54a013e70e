/* SPDX-License-Identifier: BSD-3-Clause */
/* test_link.h - the suites of the link emulator's pure part. */
#ifndef TEST_LINK_H
#define TEST_LINK_H

#include <check.h>

TCase *impair_tests(void);
TCase *lane_tests(void);

#endif
