/* SPDX-License-Identifier: BSD-3-Clause */
/* console.h - commands of an operator, a line each, read from stdin beside the control loop (-i).
 * What there is to say goes to stderr, for stdout may be a stream.
 * Spec: docs/config.md. Shape: a table of commands; what they do is the gateway's, through
 * actions. Errors: a sentence that names the word and the limit; nothing else happens then.
 * Threads: control only. */
#ifndef GW_CONSOLE_H
#define GW_CONSOLE_H

#include "plan.h"
#include "rg_oob.h"

#define GW_CONSOLE_LINE 4096 /* bytes of a line at most: RG_OOB_BYTES_MAX in hex, and a name */

struct gw_console_actions {
	void *ctx;
	int (*oob)(void *ctx, const struct rg_oob *m); /* as rg_host_ops.oob_put */
	void (*reload)(void *ctx);
	void (*stats)(void *ctx);
	void (*quit)(void *ctx);
};

struct gw_console {
	const struct gw_plan *plan;
	struct gw_console_actions act;
	int fd; /* -1: its input has ended */
	bool skips; /* the rest of a line that is too long */
	size_t len;
	char line[GW_CONSOLE_LINE + 1];
};

void gw_console_init(struct gw_console *c, int fd, const struct gw_plan *plan,
	const struct gw_console_actions *act);

/* Runs the lines that are there, if any; never blocks. The end of the input ends the console and
 * nothing else. */
void gw_console_poll(struct gw_console *c);

/* One line, which is written to. 0 or a negated RG_E_* with the sentence. */
int gw_console_run(struct gw_console *c, char *line, struct rg_conf_error *err);

/* The first word of a line, which it ends with a NUL, and what follows; empty: there is none. */
char *gw_console_word(char **rest);

/* The arguments of oob: "STREAM [END] [type=0xNNNN] TEXT" or "... hex:DIGITS". */
int gw_console_read_oob(
	const struct gw_plan *p, char *args, struct rg_oob *m, struct rg_conf_error *err);

#endif
