/* SPDX-License-Identifier: BSD-3-Clause */
/* rg_ctl.h - the control waist: messages between control and a worker, both ways.
 * Control derives keys (a fifth of a millisecond each, never on a worker), workers use them.
 * Spec: TR-06-2:2022 section 7 (PSK). Shape: 64 bytes by value through rings. Units: bits.
 * Errors: none. Ownership: a key belongs to control until it is installed, then to the worker
 * until it comes back retired; then control wipes it. Threads: one ring each way and worker. */
#ifndef RG_CTL_H
#define RG_CTL_H

#include "rg_addr.h"

struct rg_key;

enum rg_ctl_type {
	/* worker to control */
	RG_CTL_WANT_RX_KEY, /* nonce, key_bits, generation: derive, answer with RX_KEY */
	RG_CTL_WANT_TX_KEY, /* key_bits: one more key to send under, answer with TX_KEY */
	RG_CTL_RETIRED, /* key: nobody uses it any more */

	/* control to worker */
	RG_CTL_RX_KEY, /* as asked for; key NULL: there is no secret of that generation */
	RG_CTL_TX_KEY, /* key: the next one to send under */
	RG_CTL_NEW_SECRET, /* generation: from now on; key: send under it at once */
};

struct rg_ctl {
	uint8_t type; /* enum rg_ctl_type */
	uint8_t generation; /* of the secret */
	uint16_t ep; /* media endpoint of the side it concerns */
	uint32_t stream;
	struct rg_key *key;
	uint32_t nonce;
	uint16_t key_bits;
	uint8_t pad[42];
};

static_assert(sizeof(struct rg_ctl) == 64, "one cache line through a ring");

#endif
