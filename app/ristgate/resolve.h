/* SPDX-License-Identifier: BSD-3-Clause */
/* resolve.h - host names into addresses, once, by the operating system.
 * Errors: -RG_E_INVAL with the reason. Threads: blocks; control only, before the host starts. */
#ifndef GW_RESOLVE_H
#define GW_RESOLVE_H

#include "config.h"

/* Fills addr of every end that holds a name, and repeats the checks that need it. */
int gw_resolve(struct gw_config *c, struct gw_error *err);

#endif
