/* SPDX-License-Identifier: BSD-3-Clause */
/* duo.h - two gateways: A takes udp and sends RIST, B receives RIST and gives udp. */
#ifndef DUO_H
#define DUO_H

#include "lab.h"

#define DUO_PAYLOAD 1316
#define DUO_SSRC_A  0x11223344
#define DUO_SSRC_B  0x55667788

struct duo {
	struct lab l;
	struct lab_node *a, *b;
	struct rg_addr a_media, a_rtcp, b_media, b_rtcp;
	struct rg_side_plan a_in, a_out, b_in, b_out;
	struct rg_stream_plan pa, pb;
	rg_time next; /* when the next payload is sent */
	uint32_t sent; /* payloads so far */
	/* what came out at the far end */
	uint32_t got, missing, wrong;
	uint32_t expect;
};

/* Plans made, not yet started: change what the test needs. */
void duo_init(struct duo *d, uint64_t seed);
/* Both RIST ends in the Main profile, before duo_start; NULL: in clear. */
void duo_main(struct duo *d, const char *secret_a, const char *secret_b, uint32_t key_bits);
/* The same, the sender listens and the receiver calls. */
void duo_main_reversed(
	struct duo *d, const char *secret_a, const char *secret_b, uint32_t key_bits);
void duo_start(struct duo *d);
/* n payloads, one each every_us. */
void duo_send(struct duo *d, uint32_t n, int64_t every_us);
void duo_run_ms(struct duo *d, int64_t ms);
void duo_payload(uint8_t *p, uint32_t k);
void duo_fini(struct duo *d);

#endif
