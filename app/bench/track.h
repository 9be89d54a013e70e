/* SPDX-License-Identifier: BSD-3-Clause */
/* track.h - numbered payloads: what was sent must arrive at every output, in order, once.
 * Shape: the first 8 bytes of a payload are its flow and its number in it; the rest is the same in
 * all. Outputs are numbered through: those of flow f are f * n_outputs and the next ones.
 * Units: packets. Threads: one. */
#ifndef TRACK_H
#define TRACK_H

#include "rg_bytes.h"

#define TRACK_PAYLOAD_MAX 1440

struct track {
	uint32_t n_flows, n_outputs, payload_bytes; /* n_outputs: of each flow */
	uint32_t next_flow; /* flows take turns, */
	uint32_t row; /* after so many payloads; 0: after each */
	uint32_t in_row; /* how many of them came so far */
	uint32_t *sent_of, *got_of; /* next number, by flow and by output */
	uint64_t sent, got, wrong;
	uint8_t pattern[TRACK_PAYLOAD_MAX];
};

int track_open(struct track *t, uint32_t n_flows, uint32_t n_outputs, uint32_t payload_bytes);
void track_close(struct track *t);
/* Writes the next payload and returns its flow. */
uint32_t track_fill(struct track *t, uint8_t *p);
/* A payload came out of an output; only its head is looked at. */
void track_check(struct track *t, uint32_t output, const uint8_t *p, uint32_t len);

static inline uint32_t track_number(const uint8_t *p)
{
	return rg_get32(p + 4);
}

#endif
