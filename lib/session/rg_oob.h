/* SPDX-License-Identifier: BSD-3-Clause */
/* rg_oob.h - out-of-band data of the Main profile as the API sees it: unacknowledged datagrams
 * beside the media, each with an EtherType of its own.
 * Spec: TR-06-2:2022 sections 5.3.1 and 5.4. Shape: a value. Units: bytes. Errors: none.
 * Ownership: a copy. Threads: through rings of the host. */
#ifndef RG_OOB_H
#define RG_OOB_H

#include "rg_base.h"

#define RG_OOB_BYTES_MAX 1400 /* fits any path with all headers */

struct rg_oob {
	uint32_t stream;
	uint16_t ep; /* media endpoint of the side it goes out by, or came in by */
	uint16_t type; /* EtherType: 0x0800 is an IPv4 datagram, those of RIST itself are refused */
	uint16_t len;
	uint8_t data[RG_OOB_BYTES_MAX];
	uint8_t pad[2];
};

static_assert(sizeof(struct rg_oob) % 4 == 0, "an element of a ring");

#endif
