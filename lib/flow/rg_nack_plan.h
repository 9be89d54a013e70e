/* SPDX-License-Identifier: BSD-3-Clause */
/* rg_nack_plan.h - how hard to ask for a missing packet now, given what is left until playout.
 * Spec: docs/recovery.md. Shape: pure functions of their arguments. Units: probabilities in Q16
 * (65536 is certain). Errors: none. Threads: pure. */
#ifndef RG_NACK_PLAN_H
#define RG_NACK_PLAN_H

#include "rg_round.h"

#define RG_Q16_ONE 65536u

struct rg_nack_plan {
	uint8_t repeats; /* NACKs of one group: beat the loss of NACKs */
	uint8_t copies; /* groups: make the sender answer as often, beat the loss of answers */
};

/* A packet may stay lost with this probability at most, as far as the plan can do it: 2^-15. */
#define RG_PLAN_RESIDUE_Q32 (UINT64_C(1) << 17)

/* Probability that a round fails: every group lost all its NACKs or its answer. */
uint32_t rg_nack_round_fails_q16(
	uint32_t loss_fwd_q16, uint32_t loss_back_q16, struct rg_nack_plan p);

/* rounds_left counts this one, >= 1. most bounds the plan, each >= 1: one copy where the recovery
 * bandwidth is short, one repeat where the sender answers every NACK. */
struct rg_nack_plan rg_nack_plan(uint32_t rounds_left, uint32_t loss_fwd_q16,
	uint32_t loss_back_q16, struct rg_nack_plan most);

#endif
