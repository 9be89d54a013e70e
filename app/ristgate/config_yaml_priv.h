/* SPDX-License-Identifier: BSD-3-Clause */
/* config_yaml_priv.h - walking a loaded YAML document. What fails puts FILE:LINE and the reason
 * into the loader's error and returns -RG_E_INVAL, or NULL. */
#ifndef CONFIG_YAML_PRIV_H
#define CONFIG_YAML_PRIV_H

#include <yaml.h>

#include "config.h"

struct loader {
	yaml_document_t doc;
	struct gw_config *config;
	const char *path;
	bool everyone; /* may read the file */
	struct gw_error *err;
};

/* One key of a mapping and what takes its value; `to` is what the mapping describes. */
struct field {
	const char *key;
	int (*take)(struct loader *l, const yaml_node_t *value, void *to);
};

/* Puts the line of a node before a reason that stands in err->why already, and quotes nothing of a
 * text that holds a secret. */
int gw_yaml_at(struct loader *l, const yaml_node_t *n);

/* The text of a scalar. libyaml ends scalars with a NUL, and one inside would hide the rest. */
const char *gw_yaml_scalar(struct loader *l, const char *key, const yaml_node_t *n);

/* Calls take for every item of a list. */
int gw_yaml_items(struct loader *l, const char *key, const yaml_node_t *n, void *to,
	int (*take)(struct loader *l, const yaml_node_t *item, void *to));

/* Calls take for every pair of a mapping; a key given twice is an error. */
int gw_yaml_pairs(struct loader *l, const char *what, const yaml_node_t *n, void *to,
	int (*take)(struct loader *l, const char *key, const yaml_node_t *value, void *to));

/* Gives a value to the field of that key. */
int gw_yaml_field(struct loader *l, const struct field *fields, size_t n_fields, const char *key,
	const yaml_node_t *value, void *to);

/* Value of a key in a mapping, NULL without an error: it has none. */
const yaml_node_t *gw_yaml_value(struct loader *l, const yaml_node_t *map, const char *key);

/* An item of `streams`; to is the struct gw_config. */
int gw_yaml_stream(struct loader *l, const yaml_node_t *n, void *to);

#endif
