/* SPDX-License-Identifier: BSD-3-Clause */
/* The whole document is loaded first: its nodes know their lines, and nothing here depends on the
 * order of keys. The schema is flat, so every mapping has a table of what may stand in it.
 * A secret written into the file passes through libyaml, whose buffers are wiped as far as they can
 * be reached; it is one more reason for a secret-file. */
#include "config_yaml.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config_yaml_priv.h"
#include "ports.h"
#include "protect.h"

struct port_target {
	struct rg_port_conf *port;
	const char *key;
};

static int take_port_value(struct loader *l, const yaml_node_t *n, void *to)
{
	struct port_target *t = to;
	const char *text = gw_yaml_scalar(l, t->key, n);

	if (!text)
		return -RG_E_INVAL;
	return gw_port_set(t->port, t->key, text, &l->err->why) ? gw_yaml_at(l, n) : 0;
}

static int take_port_key(struct loader *l, const char *key, const yaml_node_t *value, void *to)
{
	struct port_target t = {.port = to, .key = key};
	bool list = strcmp(key, "addresses") == 0 || strcmp(key, "gateway") == 0;

	if (list && value->type == YAML_SEQUENCE_NODE)
		return gw_yaml_items(l, key, value, &t, take_port_value);
	return take_port_value(l, value, &t);
}

static int take_port(struct loader *l, const yaml_node_t *n, void *to)
{
	struct rg_port_conf p = {.n_addrs = 0};

	if (gw_yaml_pairs(l, "ports", n, &p, take_port_key))
		return -RG_E_INVAL;
	if (gw_port_check(&p, &l->err->why) || gw_config_add_port(to, &p, &l->err->why))
		return gw_yaml_at(l, n);
	return 0;
}

static int take_lcore_number(struct loader *l, const yaml_node_t *value, void *to)
{
	const char *text = gw_yaml_scalar(l, "lcore", value);

	if (!text)
		return -RG_E_INVAL;
	return gw_lcore_set_number(to, text, &l->err->why) ? gw_yaml_at(l, value) : 0;
}

static int take_task(struct loader *l, const yaml_node_t *value, void *to)
{
	const char *text = gw_yaml_scalar(l, "tasks", value);

	if (!text)
		return -RG_E_INVAL;
	return gw_lcore_add_task(to, text, &l->err->why) ? gw_yaml_at(l, value) : 0;
}

static int take_tasks(struct loader *l, const yaml_node_t *value, void *to)
{
	return gw_yaml_items(l, "tasks", value, to, take_task);
}

static int take_lcore_key(struct loader *l, const char *key, const yaml_node_t *value, void *to)
{
	static const struct field fields[] = {
		{"lcore", take_lcore_number},
		{"tasks", take_tasks},
	};

	return gw_yaml_field(l, fields, RG_ARRAY_LEN(fields), key, value, to);
}

static int take_lcore(struct loader *l, const yaml_node_t *n, void *to)
{
	struct rg_lcore_conf lc = {.lcore = UINT32_MAX};

	if (gw_yaml_pairs(l, "lcores", n, &lc, take_lcore_key))
		return -RG_E_INVAL;
	if (lc.lcore == UINT32_MAX)
		gw_fail(&l->err->why, "lcore: missing");
	else if (lc.tasks == 0)
		gw_fail(&l->err->why, "tasks: lcore %u has none", lc.lcore);
	else if (gw_config_add_lcore(to, &lc, &l->err->why) == 0)
		return 0;
	return gw_yaml_at(l, n);
}

static int take_eal_argument(struct loader *l, const yaml_node_t *value, void *to)
{
	const char *text = gw_yaml_scalar(l, "eal", value);

	if (!text)
		return -RG_E_INVAL;
	return gw_config_add_eal(to, text, &l->err->why) ? gw_yaml_at(l, value) : 0;
}

static int take_stats_interval(struct loader *l, const yaml_node_t *value, void *to)
{
	struct gw_config *c = to;
	const char *text = gw_yaml_scalar(l, "interval", value);

	if (!text)
		return -RG_E_INVAL;
	return gw_config_set_stats(c, text, &l->err->why) ? gw_yaml_at(l, value) : 0;
}

static int take_stats_file(struct loader *l, const yaml_node_t *value, void *to)
{
	struct gw_config *c = to;
	const char *text = gw_yaml_scalar(l, "file", value);

	if (!text)
		return -RG_E_INVAL;
	return gw_config_set_stats_file(c, text, &l->err->why) ? gw_yaml_at(l, value) : 0;
}

static int take_stats_key(struct loader *l, const char *key, const yaml_node_t *value, void *to)
{
	static const struct field fields[] = {
		{"interval", take_stats_interval},
		{"file", take_stats_file},
	};

	return gw_yaml_field(l, fields, RG_ARRAY_LEN(fields), key, value, to);
}

static int take_host(struct loader *l, const yaml_node_t *value, void *to)
{
	struct gw_config *c = to;
	const char *text = gw_yaml_scalar(l, "host", value);

	if (!text)
		return -RG_E_INVAL;
	if (strcmp(text, "dpdk") == 0) {
		c->host = GW_HOST_DPDK;
	} else if (strcmp(text, "socket") == 0) {
		c->host = GW_HOST_SOCKET;
	} else {
		gw_fail(&l->err->why, "host: \"%.64s\" is no host (dpdk, socket)", text);
		return gw_yaml_at(l, value);
	}
	return 0;
}

static int take_eal(struct loader *l, const yaml_node_t *value, void *to)
{
	return gw_yaml_items(l, "eal", value, to, take_eal_argument);
}

static int take_ports(struct loader *l, const yaml_node_t *value, void *to)
{
	return gw_yaml_items(l, "ports", value, to, take_port);
}

static int take_lcores(struct loader *l, const yaml_node_t *value, void *to)
{
	return gw_yaml_items(l, "lcores", value, to, take_lcore);
}

static int take_streams(struct loader *l, const yaml_node_t *value, void *to)
{
	return gw_yaml_items(l, "streams", value, to, gw_yaml_stream);
}

static int take_stats(struct loader *l, const yaml_node_t *value, void *to)
{
	return gw_yaml_pairs(l, "stats", value, to, take_stats_key);
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

	return gw_yaml_field(l, fields, RG_ARRAY_LEN(fields), key, value, to);
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
		return gw_yaml_pairs(l, "file", root, l->config, take_top_key);
	snprintf(l->err->where, sizeof(l->err->where), "%.255s", l->path);
	return gw_fail(&l->err->why, "the file is empty");
}

static void wipe(unsigned char *from, const unsigned char *to)
{
	if (from)
		explicit_bzero(from, (size_t)(to - from));
}

static void close_document(struct loader *l, yaml_parser_t *parser)
{
	for (const yaml_node_t *n = l->doc.nodes.start; n && n < l->doc.nodes.top; n++) {
		if (n->type == YAML_SCALAR_NODE)
			explicit_bzero(n->data.scalar.value, n->data.scalar.length);
	}
	wipe(parser->raw_buffer.start, parser->raw_buffer.end);
	wipe(parser->buffer.start, parser->buffer.end);
	yaml_document_delete(&l->doc);
	yaml_parser_delete(parser);
}

static int load_text(struct loader *l, const struct gw_text *t)
{
	yaml_parser_t parser;
	int e;

	if (!yaml_parser_initialize(&parser))
		return gw_fail(&l->err->why, "no memory for %.128s", l->path);
	yaml_parser_set_input_string(&parser, (const unsigned char *)t->text, t->len);
	e = load_document(l, &parser);
	close_document(l, &parser);
	return e;
}

static int read_file(struct loader *l, struct gw_text *t)
{
	int fd = open(l->path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	int e = -RG_E_NOENT;

	if (fd >= 0 && fstat(fd, &st) == 0) {
		l->everyone = S_ISREG(st.st_mode) && (st.st_mode & S_IROTH);
		e = gw_text_read(t, fd);
	}
	if (e) {
		gw_fail(&l->err->why, "%m");
		snprintf(l->err->where, sizeof(l->err->where), "%.255s", l->path);
	}
	if (fd >= 0)
		close(fd);
	return e ? -RG_E_INVAL : 0;
}

int gw_yaml_load(struct gw_config *c, const char *path, struct gw_error *err)
{
	struct loader l = {.config = c, .path = path, .err = err};
	struct gw_text text = {.len = 0};
	int e = read_file(&l, &text);

	if (!e)
		e = load_text(&l, &text);
	gw_text_fini(&text);
	return e;
}
