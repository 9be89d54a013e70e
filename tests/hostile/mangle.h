/* SPDX-License-Identifier: BSD-3-Clause */
/* mangle.h - datagrams that a hostile network might send: random bytes, and real RIST packets with
 * bytes changed, cut, extended or forged. Everything follows from the seed and from what was
 * overheard. */
#ifndef MANGLE_H
#define MANGLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MANGLE_LONGEST 1472
#define MANGLE_PACKETS 512
#define MANGLE_HEARD   256

struct packet {
	uint16_t len;
	bool preferred;
	uint8_t data[MANGLE_LONGEST];
};

struct mangle {
	struct packet packets[MANGLE_PACKETS];
	size_t n_packets, n_preferred; /* the preferred stand first */
	struct packet heard[MANGLE_HEARD]; /* of the stream beside the flood */
	size_t n_heard;
	uint64_t random; /* state, at first the seed */
	uint32_t ssrc; /* of the stream beside it, 0: unknown */
};

/* Lines "NAME LENGTH HEX", the beginnings of real packets; those whose name has prefer in it are
 * taken more often. False: not readable. */
bool mangle_load(struct mangle *m, const char *path, const char *prefer);
/* Keeps a datagram of the stream, as long as there is room for its kind. */
void mangle_hear(struct mangle *m, const uint8_t *p, size_t len);
/* One datagram into p; returns its length. */
size_t mangle_make(struct mangle *m, uint8_t p[MANGLE_LONGEST]);
/* 0 to n - 1. */
size_t mangle_below(struct mangle *m, size_t n);

#endif
