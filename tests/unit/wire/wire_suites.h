/* SPDX-License-Identifier: BSD-3-Clause */
/* wire_suites.h - the test cases of each file, run by test_wire.c. */
#ifndef WIRE_SUITES_H
#define WIRE_SUITES_H

#include <check.h>

TCase *rtp_cases(void);
TCase *rtcp_read_cases(void);
TCase *rtcp_write_cases(void);
TCase *rtp_ext_cases(void);
TCase *gre_cases(void);
TCase *gre_inner_cases(void);

#endif
