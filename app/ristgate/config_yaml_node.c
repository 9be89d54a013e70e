/* SPDX-License-Identifier: BSD-3-Clause */
#include "config_yaml_priv.h"

#include <stdio.h>

#include "protect.h"

int gw_yaml_at(struct loader *l, const yaml_node_t *n)
{
	snprintf(l->err->where, sizeof(l->err->where), "%.255s:%zu", l->path,
		n->start_mark.line + 1);
	if (n->type == YAML_SCALAR_NODE && gw_secret_in((const char *)n->data.scalar.value))
		gw_hush(&l->err->why);
	return -RG_E_INVAL;
}

static const yaml_node_t *node_at(struct loader *l, int index)
{
	return yaml_document_get_node(&l->doc, index);
}

const char *gw_yaml_scalar(struct loader *l, const char *key, const yaml_node_t *n)
{
	const char *text;

	if (n->type != YAML_SCALAR_NODE) {
		gw_fail(&l->err->why, "%.64s: a single value is wanted here", key);
		gw_yaml_at(l, n);
		return NULL;
	}
	text = (const char *)n->data.scalar.value;
	if (strlen(text) != n->data.scalar.length) {
		gw_fail(&l->err->why, "%.64s: holds a zero byte", key);
		gw_yaml_at(l, n);
		return NULL;
	}
	return text;
}

int gw_yaml_items(struct loader *l, const char *key, const yaml_node_t *n, void *to,
	int (*take)(struct loader *l, const yaml_node_t *item, void *to))
{
	if (n->type != YAML_SEQUENCE_NODE) {
		gw_fail(&l->err->why, "%s: a list is wanted here", key);
		return gw_yaml_at(l, n);
	}
	for (const int *i = n->data.sequence.items.start; i < n->data.sequence.items.top; i++) {
		if (take(l, node_at(l, *i), to))
			return -RG_E_INVAL;
	}
	return 0;
}

static bool key_seen_before(
	struct loader *l, const yaml_node_t *map, const yaml_node_pair_t *until, const char *key)
{
	const yaml_node_pair_t *p;

	for (p = map->data.mapping.pairs.start; p < until; p++) {
		const yaml_node_t *k = node_at(l, p->key);

		if (k->type == YAML_SCALAR_NODE &&
			strcmp((const char *)k->data.scalar.value, key) == 0)
			return true;
	}
	return false;
}

int gw_yaml_pairs(struct loader *l, const char *what, const yaml_node_t *n, void *to,
	int (*take)(struct loader *l, const char *key, const yaml_node_t *value, void *to))
{
	const yaml_node_pair_t *p;

	if (n->type != YAML_MAPPING_NODE) {
		gw_fail(&l->err->why, "%s: KEY: VALUE pairs are wanted here", what);
		return gw_yaml_at(l, n);
	}
	for (p = n->data.mapping.pairs.start; p < n->data.mapping.pairs.top; p++) {
		const yaml_node_t *key_node = node_at(l, p->key);
		const char *key = gw_yaml_scalar(l, what, key_node);

		if (!key)
			return -RG_E_INVAL;
		if (key_seen_before(l, n, p, key)) {
			gw_fail(&l->err->why, "%.64s: given twice", key);
			return gw_yaml_at(l, key_node);
		}
		if (take(l, key, node_at(l, p->value), to))
			return -RG_E_INVAL;
	}
	return 0;
}

int gw_yaml_field(struct loader *l, const struct field *fields, size_t n_fields, const char *key,
	const yaml_node_t *value, void *to)
{
	for (size_t i = 0; i < n_fields; i++) {
		if (strcmp(fields[i].key, key) == 0)
			return fields[i].take(l, value, to);
	}
	gw_fail(&l->err->why, "%.64s: unknown key", key);
	return gw_yaml_at(l, value);
}

const yaml_node_t *gw_yaml_value(struct loader *l, const yaml_node_t *map, const char *key)
{
	const yaml_node_pair_t *p;

	if (map->type != YAML_MAPPING_NODE)
		return NULL;
	for (p = map->data.mapping.pairs.start; p < map->data.mapping.pairs.top; p++) {
		const yaml_node_t *k = node_at(l, p->key);

		if (k->type == YAML_SCALAR_NODE &&
			strcmp((const char *)k->data.scalar.value, key) == 0)
			return node_at(l, p->value);
	}
	return NULL;
}
