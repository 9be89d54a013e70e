/* SPDX-License-Identifier: BSD-3-Clause */
/* worker_suites.h - the suites, and a recorder of what goes over the network. */
#ifndef WORKER_SUITES_H
#define WORKER_SUITES_H

#include <check.h>

#include "duo.h"

#define RECORD_MAX   8192
#define RECORD_BYTES 1500

struct recorded {
	rg_time at;
	struct rg_addr from, to;
	size_t len;
	uint8_t p[RECORD_BYTES];
};

extern struct recorded *record;
extern unsigned n_record;

/* Starts anew; every datagram sent from now on is kept. */
void record_start(struct lab *l);
/* Datagrams from an address, or to one; either may be NULL. */
unsigned record_count(const struct rg_addr *from, const struct rg_addr *to);
/* The n-th RTCP packet of that type and count field (-1: any) in what `from` sent; NULL: none. */
const uint8_t *record_rtcp(const struct rg_addr *from, uint8_t type, int count, unsigned n);
unsigned record_rtcp_count(const struct rg_addr *from, uint8_t type, int count);

/* Hex into a datagram from anywhere. */
void send_hex(struct lab *l, struct rg_addr from, struct rg_addr to, const char *hex);
/* Media with SSRC, number and 4 payload bytes. */
void send_rtp(struct lab *l, struct rg_addr from, struct rg_addr to, uint32_t ssrc, uint16_t seq);
/* Empty RR and SDES. */
void send_name(struct lab *l, struct rg_addr from, struct rg_addr to, uint32_t ssrc);

TCase *receiver_cases(void);
TCase *sender_cases(void);
TCase *stream_cases(void);
TCase *hostile_cases(void);
TCase *main_cases(void);
TCase *oob_cases(void);
TCase *main_key_cases(void);
TCase *main_ext_cases(void);
TCase *main_flood_cases(void);
TCase *main_id_cases(void);
TCase *main_roam_cases(void);
TCase *main_role_cases(void);
TCase *main_secret_cases(void);
TCase *main_stray_cases(void);
TCase *main_wire_cases(void);

#endif
