/* SPDX-License-Identifier: BSD-3-Clause */
/* config_yaml.h - the configuration file. Its schema is docs/config.md; an unknown key is an error.
 * Errors: -RG_E_INVAL with FILE:LINE and the reason. Threads: control only. */
#ifndef GW_YAML_H
#define GW_YAML_H

#include "config.h"

int gw_yaml_load(struct gw_config *c, const char *path, struct gw_error *err);

#endif
