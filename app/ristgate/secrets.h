/* SPDX-License-Identifier: BSD-3-Clause */
/* secrets.h - the passphrases of a configuration, in protected memory from the moment they are
 * parsed to the end. Everything else names them by number.
 * Errors: -RG_E_* with the key and the reason, never the secret. Ownership: the configuration's.
 * Threads: control only. */
#ifndef GW_SECRETS_H
#define GW_SECRETS_H

#include "rg_conf.h"

struct gw_secret {
	struct rg_conf_secret text;
	uint32_t generation; /* rises when reading the file again brought another text */
	char file[RG_SECRET_FILE_MAX + 1]; /* where it came from; empty: from a URL or YAML */
};

/* All zero: none. */
struct gw_secrets {
	struct gw_secret *slots; /* protected pages */
	uint32_t n, cap;
};

/* Moves the secret of a URL that has one, or that of its secret-file, here; the URL keeps its
 * number. Wiped from the URL also on an error. */
int gw_secrets_take(struct gw_secrets *s, struct rg_url *u, struct rg_conf_error *err);

/* The secret of that number, NULL: 0, or no such. Valid until the next take. */
const struct gw_secret *gw_secrets_get(const struct gw_secrets *s, uint32_t id);

/* Reads every secret-file again, for SIGHUP: all of them, or, when one cannot be read, nothing
 * changes. *n_changed: how many differ; their generation tells which. */
int gw_secrets_reload(struct gw_secrets *s, uint32_t *n_changed, struct rg_conf_error *err);

void gw_secrets_fini(struct gw_secrets *s);

#endif
