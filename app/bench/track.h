/* SPDX-License-Identifier: BSD-3-Clause */
/* track.h - numbered payloads: what was sent must arrive, in order, once.
 * Shape: the first 8 bytes of a payload are its flow and its number in it; the rest is the same in
 * all. Units: packets. Threads: one. */
#ifndef TRACK_H
#define TRACK_H

#include "rg_bytes.h"

#define TRACK_PAYLOAD_MAX 1440

struct track {
	uint32_t n_flows, payload_bytes;
	uint32_t next_flow; /* flows take turns */
	uint32_t *sent_of, *got_of; /* next number, by flow */
	uint64_t sent, got, wrong;
	uint8_t pattern[TRACK_PAYLOAD_MAX];
};

int track_open(struct track *t, uint32_t n_flows, uint32_t payload_bytes);
void track_close(struct track *t);
/* Writes the next payload and returns its flow. */
uint32_t track_fill(struct track *t, uint8_t *p);
/* A payload came out; only its head is looked at. */
void track_check(struct track *t, const uint8_t *p, uint32_t len);

#endif
