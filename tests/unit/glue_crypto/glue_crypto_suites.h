/* SPDX-License-Identifier: BSD-3-Clause */
/* glue_crypto_suites.h - test cases of the other files, run by main.c. */
#ifndef GLUE_CRYPTO_SUITES_H
#define GLUE_CRYPTO_SUITES_H

#include <check.h>

TCase *engine_cases(void);
TCase *kdf_cases(void);
TCase *secret_cases(void);

#endif
