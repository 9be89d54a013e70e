/* SPDX-License-Identifier: BSD-3-Clause */
/* args.h - the command line. Its arguments are kept as text in the order given and applied after
 * the YAML file, to which they add. Errors: -RG_E_* with the argument and the reason, never with a
 * secret. Threads: control only. */
#ifndef GW_ARGS_H
#define GW_ARGS_H

#include "config.h"

enum gw_action {
	GW_RUN,
	GW_CHECK, /* --check-config */
	GW_HELP,
	GW_VERSION,
	GW_USAGE, /* no arguments at all */
};

struct gw_args {
	enum gw_action action;
	struct gw_config config;
};

/* Reads argv and the file it names; on an error nothing is left to free. Secrets are overwritten
 * in argv before anything else. */
int gw_args_parse(struct gw_args *a, int argc, char **argv, struct gw_error *err);

extern const char gw_usage[];

#endif
