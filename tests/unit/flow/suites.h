/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FLOW_SUITES_H
#define FLOW_SUITES_H

#include <check.h>

#include "rg_time.h"

#define MS RG_NS_PER_MS

TCase *plan_cases(void);
TCase *rx_cases(void);
TCase *rx_ask_cases(void);
TCase *rx_run_cases(void);
TCase *tx_cases(void);

static inline rg_time at_ms(int64_t ms)
{
	return (rg_time){ms * MS};
}

#endif
