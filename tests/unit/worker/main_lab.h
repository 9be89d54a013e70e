/* SPDX-License-Identifier: BSD-3-Clause */
/* main_lab.h - what the tests of the Main profile share. */
#ifndef MAIN_LAB_H
#define MAIN_LAB_H

#include <check.h>

#include "duo.h"

/* n packets, a millisecond apart, and the buffer: all of them must come out. */
static inline void main_carry(struct duo *d, uint32_t n)
{
	duo_send(d, n, 1000);
	duo_run_ms(d, 2500);
	ck_assert_uint_eq(d->wrong, 0);
	ck_assert_uint_eq(d->missing, 0);
	ck_assert_uint_eq(d->got, d->sent);
}

static inline uint64_t main_drops(struct lab_node *n, enum rg_verdict v)
{
	return lab_report(n, 0)->drops[v];
}

static inline const struct rg_input_report *main_input(struct lab_node *n)
{
	return lab_input(lab_report(n, 0), 0);
}

static inline const struct rg_output_report *main_output(struct lab_node *n)
{
	return lab_output(lab_report(n, 0), 0);
}

#endif
