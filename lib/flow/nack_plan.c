/* SPDX-License-Identifier: BSD-3-Clause */
#include "rg_nack_plan.h"

/* NACKs are repeated until a group is lost with at most this probability: 1/32. */
#define GROUP_LOSS_Q16 (RG_Q16_ONE / 32)

static uint32_t power_q16(uint32_t p_q16, uint32_t n)
{
	uint64_t v = RG_Q16_ONE;

	while (n-- > 0)
		v = v * p_q16 >> 16;
	return (uint32_t)v;
}

uint32_t rg_nack_round_fails_q16(
	uint32_t loss_fwd_q16, uint32_t loss_back_q16, struct rg_nack_plan p)
{
	uint64_t asked = RG_Q16_ONE - power_q16(loss_back_q16, p.repeats);
	uint64_t answered = asked * (RG_Q16_ONE - loss_fwd_q16) >> 16;

	return power_q16((uint32_t)(RG_Q16_ONE - answered), p.copies);
}

static uint8_t repeats_for(uint32_t loss_back_q16, uint32_t most)
{
	uint32_t r = 1;

	while (r < most && power_q16(loss_back_q16, r) > GROUP_LOSS_Q16)
		r++;
	return (uint8_t)r;
}

/* Answers are dear, and most packets need none of the later rounds. So ask for as few copies now
 * as still reach the residue when all later rounds do their utmost. */
struct rg_nack_plan rg_nack_plan(uint32_t rounds_left, uint32_t loss_fwd_q16,
	uint32_t loss_back_q16, struct rg_nack_plan most)
{
	struct rg_nack_plan p = {repeats_for(loss_back_q16, most.repeats), most.copies};
	uint64_t utmost = rg_nack_round_fails_q16(loss_fwd_q16, loss_back_q16, p);
	uint64_t later_q32 = UINT64_C(1) << 32;

	for (uint32_t i = 1; i < rounds_left && later_q32 > RG_PLAN_RESIDUE_Q32; i++)
		later_q32 = later_q32 * utmost >> 16;
	for (p.copies = 1; p.copies < most.copies; p.copies++) {
		uint64_t now_q16 = rg_nack_round_fails_q16(loss_fwd_q16, loss_back_q16, p);

		if (later_q32 * now_q16 >> 16 <= RG_PLAN_RESIDUE_Q32)
			break;
	}
	return p;
}
