/* SPDX-License-Identifier: BSD-3-Clause */
/* protect.h - memory for secrets, and what keeps them out of sight of others.
 * Shape: pages of their own: not swapped where RLIMIT_MEMLOCK allows it, in no core dump, wiped
 * before they go back. Errors: NULL or -RG_E_NOMEM. Threads: control only. */
#ifndef GW_PROTECT_H
#define GW_PROTECT_H

#include "rg_conf.h"

/* Zeroed pages of at least n_bytes, NULL: no memory. */
void *gw_protect_map(size_t n_bytes);

/* Wipes first. p may be NULL. */
void gw_protect_unmap(void *p, size_t n_bytes);

/* From here on the process leaves no core dump, and only root may read its memory. */
void gw_protect_process(void);

/* Where a text may hold a secret: behind the first "secret=" or "password=", NULL: nowhere. */
char *gw_secret_in(const char *text);

/* Takes everything between quotes, which is text of the operator's, out of a sentence. */
void gw_hush(struct rg_conf_error *err);

/* A command line. */
struct gw_words {
	char **words; /* as the operator wrote them, NULL at the end */
	void *pages; /* NULL: words is argv itself, no argument holds a secret */
	size_t n_bytes;
};

/* Where an argument holds a secret, argv is copied and the argument is overwritten from there to
 * its end, before anything else and also on an error. */
int gw_words_take(struct gw_words *w, int argc, char **argv);

void gw_words_fini(struct gw_words *w);

/* A whole file. */
struct gw_text {
	char *text;
	size_t len, cap_bytes;
};

/* Reads to the end, 16 MiB at most; -RG_E_NOENT with errno set. */
int gw_text_read(struct gw_text *t, int fd);

void gw_text_fini(struct gw_text *t);

#endif
