/* SPDX-License-Identifier: BSD-3-Clause */
/* micro.h - nanoseconds of single operations: codecs, and the core without anything around it.
 * What they work on is in the caches, so this is the least an operation takes.
 * Shape: tables of operations, ended by one without a name. Units: nanoseconds.
 * Errors: open returns NULL when there is no memory. Threads: one. */
#ifndef MICRO_H
#define MICRO_H

#include "bench.h"

#define MICRO_BATCH 1024 /* a multiple of every burst used below */

struct micro_op {
	const char *name;
	void *(*open)(void); /* NULL: there is no state */
	void (*run)(void *state); /* MICRO_BATCH operations */
};

extern const struct micro_op micro_wire[], micro_net[], micro_flow[];

/* Prints a line each. 0 or -RG_E_NOMEM. */
int micro_run(const struct bench_conf *conf, struct rg_conf_error *err);

/* The compiler must believe that *p is read and changed. */
static inline void micro_use(const void *p)
{
	__asm__ volatile("" : : "r"(p) : "memory");
}

/* Cache-line aligned, zeroed, freed by free; NULL: no memory. */
void *micro_alloc(size_t bytes);

#endif
