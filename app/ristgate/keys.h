/* SPDX-License-Identifier: BSD-3-Clause */
/* keys.h - control's part in encryption: derives what workers ask for, and changes secrets while
 * streams run.
 * Errors: -RG_E_* with a sentence. Threads: control only. */
#ifndef GW_KEYS_H
#define GW_KEYS_H

#include "config.h"
#include "plan.h"
#include "rg_host.h"

struct gw_keys;

/* Keys for every side with a secret; writes the first ones into the plan. NULL in *out: nothing is
 * encrypted. */
int gw_keys_open(struct gw_keys **out, const struct gw_config *c, struct gw_plan *p,
	struct rg_conf_error *err);
/* After the host stopped: wipes all. */
void gw_keys_close(struct gw_keys *k);

/* Answers what workers ask; often, they wait. */
void gw_keys_serve(struct gw_keys *k, const struct rg_host_ops *ops, struct rg_host *h);

/* Reads secret-files again and goes over to what changed; *n: of so many sides. */
int gw_keys_reload(struct gw_keys *k, struct gw_config *c, const struct rg_host_ops *ops,
	struct rg_host *h, uint32_t *n, struct rg_conf_error *err);

#endif
