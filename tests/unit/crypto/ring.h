/* SPDX-License-Identifier: BSD-3-Clause */
/* ring.h - a keyring with the session and the control that it needs around it, in simulated time.
 * Control answers after a while; every key is counted until it is back. */
#ifndef RING_H
#define RING_H

#include "rg_keyring.h"

#define RING_ANSWERS 64

/* What a sender's datagram is. */
struct mail {
	uint32_t peer; /* RG_KEYRING_STRANGER: none, or not known yet */
	uint32_t source;
	uint32_t nonce;
	uint16_t key_bits; /* 0: 128 */
	uint8_t secret; /* generation the sender encrypted under; 0: a forger, who has none */
};

struct ring {
	struct rg_keyring *kr;
	rg_time now;
	int64_t latency_ns; /* of control */
	uint32_t n_peers;
	uint32_t asked, installed, unwanted, wiped, settled, failed;
	uint8_t oldest; /* generation control still has the secret of */
	unsigned n_answers;

	struct {
		rg_time at;
		uint32_t nonce;
		uint16_t key_bits;
		uint8_t generation;
	} answers[RING_ANSWERS];
};

void ring_open(struct ring *r, uint32_t n_peers);
/* Fails the test unless every key came back. */
void ring_close(struct ring *r);
/* Time passes, control answers, retired keys go back. */
void ring_run(struct ring *r, int64_t ns);
/* One datagram through find, and through good or bad when its key is there; a genuine datagram of
 * a peer makes the key its own. */
enum rg_keyring_verdict ring_mail(struct ring *r, const struct mail *m);
/* Mails once a millisecond until it can be read; returns how many it took, fails after 1,000. */
unsigned ring_until_read(struct ring *r, const struct mail *m);

#endif
