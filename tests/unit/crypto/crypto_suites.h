/* SPDX-License-Identifier: BSD-3-Clause */
/* crypto_suites.h - test cases of the other files, run by main.c. */
#ifndef CRYPTO_SUITES_H
#define CRYPTO_SUITES_H

#include <check.h>

TCase *keyring_cases(void);
TCase *rotation_cases(void);
TCase *attack_cases(void);

#endif
