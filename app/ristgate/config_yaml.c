/* SPDX-License-Identifier: BSD-3-Clause */
/* The whole document is loaded first: its nodes know their lines, and nothing here depends on the
 * order of keys. The schema is flat, so every mapping has a table of what may stand in it. */
#include "config_yaml.h"

#include <stdio.h>
#include <yaml.h>

#include "ports.h"
#include "streams.h"

struct loader {
	yaml_document_t doc;
	struct gw_config *config;
	const char *path;
	struct gw_error *err;
};

/* One key of a mapping and what takes its value; `to` is what the mapping describes. */
struct field {
	const char *key;
	int (*take)(struct loader *l, const yaml_node_t *value, void *to);
};

/* Puts the line of a node before a reason that stands in err->why already. */
static int at_line(struct loader *l, const yaml_node_t *n)
{
	snprintf(l->err->where, sizeof(l->err->where), "%.255s:%zu", l->path,
		n->start_mark.line + 1);
	return -RG_E_INVAL;
}

static const yaml_node_t *node(struct loader *l, int index)
{
	return yaml_document_get_node(&l->doc, index);
}

/* The text of a scalar; NULL after telling that it is none. libyaml ends scalars with a NUL, and
 * one inside would hide the rest. */
static const char *scalar(struct loader *l, const char *key, const yaml_node_t *n)
{
	const char *text;

	if (n->type != YAML_SCALAR_NODE) {
		gw_fail(&l->err->why, "%.64s: a single value is wanted here", key);
		at_line(l, n);
		return NULL;
	}
	text = (const char *)n->data.scalar.value;
	if (strlen(text) != n->data.scalar.length) {
		gw_fail(&l->err->why, "%.64s: holds a zero byte", key);
		at_line(l, n);
		return NULL;
	}
	return text;
}

static int each_item(struct loader *l, const char *key, const yaml_node_t *n, void *to,
	int (*take)(struct loader *l, const yaml_node_t *item, void *to))
{
	if (n->type != YAML_SEQUENCE_NODE) {
		gw_fail(&l->err->why, "%s: a list is wanted here", key);
		return at_line(l, n);
	}
	for (const int *i = n->data.sequence.items.start; i < n->data.sequence.items.top; i++) {
		if (take(l, node(l, *i), to))
			return -RG_E_INVAL;
	}
	return 0;
}

static bool key_seen_before(
	struct loader *l, const yaml_node_t *map, const yaml_node_pair_t *until, const char *key)
{
	const yaml_node_pair_t *p;

	for (p = map->data.mapping.pairs.start; p < until; p++) {
		const yaml_node_t *k = node(l, p->key);

		if (k->type == YAML_SCALAR_NODE &&
			strcmp((const char *)k->data.scalar.value, key) == 0)
			return true;
	}
	return false;
}

/* Calls take for every pair of a mapping; a key given twice is an error. */
static int each_pair(struct loader *l, const char *what, const yaml_node_t *n, void *to,
	int (*take)(struct loader *l, const char *key, const yaml_node_t *value, void *to))
{
	const yaml_node_pair_t *p;

	if (n->type != YAML_MAPPING_NODE) {
		gw_fail(&l->err->why, "%s: KEY: VALUE pairs are wanted here", what);
		return at_line(l, n);
	}
	for (p = n->data.mapping.pairs.start; p < n->data.mapping.pairs.top; p++) {
		const yaml_node_t *key_node = node(l, p->key);
		const char *key = scalar(l, what, key_node);

		if (!key)
			return -RG_E_INVAL;
		if (key_seen_before(l, n, p, key)) {
			gw_fail(&l->err->why, "%.64s: given twice", key);
			return at_line(l, key_node);
		}
		if (take(l, key, node(l, p->value), to))
			return -RG_E_INVAL;
	}
	return 0;
}

static int take_field(struct loader *l, const struct field *fields, size_t n_fields,
	const char *key, const yaml_node_t *value, void *to)
{
	for (size_t i = 0; i < n_fields; i++) {
		if (strcmp(fields[i].key, key) == 0)
			return fields[i].take(l, value, to);
	}
	gw_fail(&l->err->why, "%.64s: unknown key", key);
	return at_line(l, value);
}

/* A key of an end, as in a URL's query. */
static int take_url_key(struct loader *l, const char *key, const yaml_node_t *value, void *to)
{
	struct rg_url *u = to;
	const char *text;

	if (strcmp(key, "url") == 0)
		return 0;
	text = scalar(l, key, value);
	if (!text)
		return -RG_E_INVAL;
	if (strcmp(key, "port") == 0)
		key = "miface";
	return rg_url_set(u, key, text, &l->err->why) ? at_line(l, value) : 0;
}

static const yaml_node_t *value_of(struct loader *l, const yaml_node_t *map, const char *key)
{
	const yaml_node_pair_t *p;

	if (map->type != YAML_MAPPING_NODE)
		return NULL;
	for (p = map->data.mapping.pairs.start; p < map->data.mapping.pairs.top; p++) {
		const yaml_node_t *k = node(l, p->key);

		if (k->type == YAML_SCALAR_NODE &&
			strcmp((const char *)k->data.scalar.value, key) == 0)
			return node(l, p->value);
	}
	return NULL;
}

/* The URL first, whatever the order of the keys; then the keys beside it; then all together. */
static int load_url(struct loader *l, const yaml_node_t *n, enum rg_end_role role, struct rg_url *u)
{
	const yaml_node_t *url = value_of(l, n, "url");
	const char *text;

	if (!url) {
		gw_fail(&l->err->why, "url: missing");
		return at_line(l, n);
	}
	text = scalar(l, "url", url);
	if (!text)
		return -RG_E_INVAL;
	if (rg_url_read(text, u, &l->err->why))
		return at_line(l, url);
	if (each_pair(l, "url", n, u, take_url_key))
		return -RG_E_INVAL;
	return rg_url_check(u, role, &l->err->why) ? at_line(l, url) : 0;
}

struct end_target {
	struct gw_stream *stream;
	enum rg_end_role role;
	struct rg_end end;
};

static int take_path(struct loader *l, const yaml_node_t *n, void *to)
{
	struct end_target *t = to;

	if (t->end.n_paths == RG_PATHS_MAX) {
		gw_fail(&l->err->why, "paths: too many in a bond (%d at most)", RG_PATHS_MAX);
		return at_line(l, n);
	}
	return load_url(l, n, t->role, &t->end.paths[t->end.n_paths++]);
}

static int take_bond_key(struct loader *l, const char *key, const yaml_node_t *value, void *to)
{
	if (strcmp(key, "paths") == 0)
		return each_item(l, "paths", value, to, take_path);
	gw_fail(&l->err->why, "%.64s: belongs to one of the paths, beside its url", key);
	return at_line(l, value);
}

static int take_end(struct loader *l, const yaml_node_t *n, void *to)
{
	struct end_target *t = to;
	int e;

	t->end.n_paths = 0;
	e = value_of(l, n, "paths") ? each_pair(l, "paths", n, t, take_bond_key)
				    : take_path(l, n, t);
	if (e)
		return e;
	if (t->end.n_paths == 0)
		gw_fail(&l->err->why, "paths: none (1 at least)");
	else if (gw_stream_add_end(t->stream, t->role, &t->end, &l->err->why) == 0)
		return 0;
	return at_line(l, n);
}

static int take_stream_name(struct loader *l, const yaml_node_t *value, void *to)
{
	const char *text = scalar(l, "name", value);

	if (!text)
		return -RG_E_INVAL;
	return gw_stream_set_name(to, text, strlen(text), &l->err->why) ? at_line(l, value) : 0;
}

static int take_inputs(struct loader *l, const yaml_node_t *value, void *to)
{
	struct end_target t = {.stream = to, .role = RG_ROLE_INPUT};

	return each_item(l, "inputs", value, &t, take_end);
}

static int take_outputs(struct loader *l, const yaml_node_t *value, void *to)
{
	struct end_target t = {.stream = to, .role = RG_ROLE_OUTPUT};

	return each_item(l, "outputs", value, &t, take_end);
}

static int take_stream_key(struct loader *l, const char *key, const yaml_node_t *value, void *to)
{
	static const struct field fields[] = {
		{"name", take_stream_name},
		{"inputs", take_inputs},
		{"outputs", take_outputs},
	};

	return take_field(l, fields, RG_ARRAY_LEN(fields), key, value, to);
}

static int take_stream(struct loader *l, const yaml_node_t *n, void *to)
{
	struct gw_config *c = to;
	struct gw_stream s = {.n_inputs = 0};

	if (each_pair(l, "streams", n, &s, take_stream_key)) {
		gw_stream_fini(&s);
		return -RG_E_INVAL;
	}
	return gw_config_add_stream(c, &s, &l->err->why) ? at_line(l, n) : 0;
}

struct port_target {
	struct rg_port_conf *port;
	const char *key;
};

static int take_port_value(struct loader *l, const yaml_node_t *n, void *to)
{
	struct port_target *t = to;
	const char *text = scalar(l, t->key, n);

	if (!text)
		return -RG_E_INVAL;
	return gw_port_set(t->port, t->key, text, &l->err->why) ? at_line(l, n) : 0;
}

static int take_port_key(struct loader *l, const char *key, const yaml_node_t *value, void *to)
{
	struct port_target t = {.port = to, .key = key};
	bool list = strcmp(key, "addresses") == 0 || strcmp(key, "gateway") == 0;

	if (list && value->type == YAML_SEQUENCE_NODE)
		return each_item(l, key, value, &t, take_port_value);
	return take_port_value(l, value, &t);
}

static int take_port(struct loader *l, const yaml_node_t *n, void *to)
{
	struct rg_port_conf p = {.n_addrs = 0};

	if (each_pair(l, "ports", n, &p, take_port_key))
		return -RG_E_INVAL;
	if (gw_port_check(&p, &l->err->why) || gw_config_add_port(to, &p, &l->err->why))
		return at_line(l, n);
	return 0;
}

static int take_lcore_number(struct loader *l, const yaml_node_t *value, void *to)
{
	const char *text = scalar(l, "lcore", value);

	if (!text)
		return -RG_E_INVAL;
	return gw_lcore_set_number(to, text, &l->err->why) ? at_line(l, value) : 0;
}

static int take_task(struct loader *l, const yaml_node_t *value, void *to)
{
	const char *text = scalar(l, "tasks", value);

	if (!text)
		return -RG_E_INVAL;
	return gw_lcore_add_task(to, text, &l->err->why) ? at_line(l, value) : 0;
}

static int take_tasks(struct loader *l, const yaml_node_t *value, void *to)
{
	return each_item(l, "tasks", value, to, take_task);
}

static int take_lcore_key(struct loader *l, const char *key, const yaml_node_t *value, void *to)
{
	static const struct field fields[] = {
		{"lcore", take_lcore_number},
		{"tasks", take_tasks},
	};

	return take_field(l, fields, RG_ARRAY_LEN(fields), key, value, to);
}

static int take_lcore(struct loader *l, const yaml_node_t *n, void *to)
{
	struct rg_lcore_conf lc = {.lcore = UINT32_MAX};

	if (each_pair(l, "lcores", n, &lc, take_lcore_key))
		return -RG_E_INVAL;
	if (lc.lcore == UINT32_MAX)
		gw_fail(&l->err->why, "lcore: missing");
	else if (lc.tasks == 0)
		gw_fail(&l->err->why, "tasks: lcore %u has none", lc.lcore);
	else if (gw_config_add_lcore(to, &lc, &l->err->why) == 0)
		return 0;
	return at_line(l, n);
}

static int take_eal_argument(struct loader *l, const yaml_node_t *value, void *to)
{
	const char *text = scalar(l, "eal", value);

	if (!text)
		return -RG_E_INVAL;
	return gw_config_add_eal(to, text, &l->err->why) ? at_line(l, value) : 0;
}

static int take_stats_interval(struct loader *l, const yaml_node_t *value, void *to)
{
	struct gw_config *c = to;
	const char *text = scalar(l, "interval", value);

	if (!text)
		return -RG_E_INVAL;
	return gw_config_set_stats(c, text, &l->err->why) ? at_line(l, value) : 0;
}

static int take_stats_file(struct loader *l, const yaml_node_t *value, void *to)
{
	struct gw_config *c = to;
	const char *text = scalar(l, "file", value);

	if (!text)
		return -RG_E_INVAL;
	return gw_config_set_stats_file(c, text, &l->err->why) ? at_line(l, value) : 0;
}

static int take_stats_key(struct loader *l, const char *key, const yaml_node_t *value, void *to)
{
	static const struct field fields[] = {
		{"interval", take_stats_interval},
		{"file", take_stats_file},
	};

	return take_field(l, fields, RG_ARRAY_LEN(fields), key, value, to);
}

static int take_host(struct loader *l, const yaml_node_t *value, void *to)
{
	struct gw_config *c = to;
	const char *text = scalar(l, "host", value);

	if (!text)
		return -RG_E_INVAL;
	if (strcmp(text, "dpdk") == 0) {
		c->host = GW_HOST_DPDK;
	} else if (strcmp(text, "socket") == 0) {
		c->host = GW_HOST_SOCKET;
	} else {
		gw_fail(&l->err->why, "host: \"%.64s\" is no host (dpdk, socket)", text);
		return at_line(l, value);
	}
	return 0;
}

static int take_eal(struct loader *l, const yaml_node_t *value, void *to)
{
	return each_item(l, "eal", value, to, take_eal_argument);
}

static int take_ports(struct loader *l, const yaml_node_t *value, void *to)
{
	return each_item(l, "ports", value, to, take_port);
}

static int take_lcores(struct loader *l, const yaml_node_t *value, void *to)
{
	return each_item(l, "lcores", value, to, take_lcore);
}

static int take_streams(struct loader *l, const yaml_node_t *value, void *to)
{
	return each_item(l, "streams", value, to, take_stream);
}

static int take_stats(struct loader *l, const yaml_node_t *value, void *to)
{
	return each_pair(l, "stats", value, to, take_stats_key);
}

static int take_top_key(struct loader *l, const char *key, const yaml_node_t *value, void *to)
{
	static const struct field fields[] = {
		{"host", take_host},
		{"eal", take_eal},
		{"ports", take_ports},
		{"lcores", take_lcores},
		{"streams", take_streams},
		{"stats", take_stats},
	};

	return take_field(l, fields, RG_ARRAY_LEN(fields), key, value, to);
}

static int load_document(struct loader *l, yaml_parser_t *parser)
{
	const yaml_node_t *root;

	if (!yaml_parser_load(parser, &l->doc)) {
		snprintf(l->err->where, sizeof(l->err->where), "%.255s:%zu", l->path,
			parser->problem_mark.line + 1);
		return gw_fail(&l->err->why, "not YAML: %s",
			parser->problem ? parser->problem : "out of memory");
	}
	root = yaml_document_get_root_node(&l->doc);
	if (root)
		return each_pair(l, "file", root, l->config, take_top_key);
	snprintf(l->err->where, sizeof(l->err->where), "%.255s", l->path);
	return gw_fail(&l->err->why, "the file is empty");
}

int gw_yaml_load(struct gw_config *c, const char *path, struct gw_error *err)
{
	struct loader l = {.config = c, .path = path, .err = err};
	yaml_parser_t parser;
	FILE *f = fopen(path, "r");
	int e;

	if (!f) {
		snprintf(err->where, sizeof(err->where), "%.255s", path);
		return gw_fail(&err->why, "%m");
	}
	if (!yaml_parser_initialize(&parser)) {
		fclose(f);
		return gw_fail(&err->why, "no memory for %s", path);
	}
	yaml_parser_set_input_file(&parser, f);
	e = load_document(&l, &parser);
	yaml_document_delete(&l.doc);
	yaml_parser_delete(&parser);
	fclose(f);
	return e;
}
