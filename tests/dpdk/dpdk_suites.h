/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DPDK_SUITES_H
#define DPDK_SUITES_H

#include <check.h>

TCase *case_path(void);
TCase *case_seen(void);
TCase *case_neigh(void);
TCase *case_group(void);
TCase *case_oob(void);
TCase *case_place(void);
TCase *case_pool(void);
TCase *case_port(void);

#endif
