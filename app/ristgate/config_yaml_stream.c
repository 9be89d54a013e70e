/* SPDX-License-Identifier: BSD-3-Clause */
/* Streams and their ends. */
#include "config_yaml_priv.h"
#include "streams.h"

/* A key of an end, as in a URL's query. */
static int take_url_key(struct loader *l, const char *key, const yaml_node_t *value, void *to)
{
	struct rg_url *u = to;
	const char *text;

	if (strcmp(key, "url") == 0)
		return 0;
	text = gw_yaml_scalar(l, key, value);
	if (!text)
		return -RG_E_INVAL;
	if (strcmp(key, "port") == 0)
		key = "miface";
	return rg_url_set(u, key, text, &l->err->why) ? gw_yaml_at(l, value) : 0;
}

struct end_target {
	struct gw_stream *stream;
	enum rg_end_role role;
	const yaml_node_t *bond; /* the mapping around `paths`, NULL: there is none */
	struct rg_end end;
};

/* What may stand beside `paths`: the paths of a bond share their secret. */
static const char *const bond_keys[] = {"secret", "secret-file", "aes-type", "key-rotation"};

static int set_shared_keys(struct loader *l, const yaml_node_t *bond, struct rg_url *u)
{
	for (size_t i = 0; bond && i < RG_ARRAY_LEN(bond_keys); i++) {
		const yaml_node_t *value = gw_yaml_value(l, bond, bond_keys[i]);

		if (value && take_url_key(l, bond_keys[i], value, u))
			return -RG_E_INVAL;
	}
	return 0;
}

static int take_secret(
	struct loader *l, const yaml_node_t *n, const yaml_node_t *bond, struct rg_url *u)
{
	const yaml_node_t *file = gw_yaml_value(l, n, "secret-file");

	if (l->everyone && u->secret.len > 0) {
		explicit_bzero(&u->secret, sizeof(u->secret));
		gw_fail(&l->err->why,
			"secret: everyone may read this file (chmod o-r, or secret-file=PATH)");
		return gw_yaml_at(l, n);
	}
	if (gw_secrets_take(&l->config->secrets, u, &l->err->why) == 0)
		return 0;
	if (!file && bond)
		file = gw_yaml_value(l, bond, "secret-file");
	return gw_yaml_at(l, file ? file : n);
}

/* The URL first, whatever the order of the keys; then the keys beside it; then all together. */
static int load_url(
	struct loader *l, const yaml_node_t *n, const struct end_target *t, struct rg_url *u)
{
	const yaml_node_t *url = gw_yaml_value(l, n, "url");
	const char *text;

	if (!url) {
		gw_fail(&l->err->why, "url: missing");
		return gw_yaml_at(l, n);
	}
	text = gw_yaml_scalar(l, "url", url);
	if (!text)
		return -RG_E_INVAL;
	if (rg_url_read(text, u, &l->err->why))
		return gw_yaml_at(l, url);
	if (gw_yaml_pairs(l, "url", n, u, take_url_key) || set_shared_keys(l, t->bond, u)) {
		explicit_bzero(&u->secret, sizeof(u->secret));
		return -RG_E_INVAL;
	}
	if (rg_url_check(u, t->role, &l->err->why)) {
		explicit_bzero(&u->secret, sizeof(u->secret));
		return gw_yaml_at(l, url);
	}
	return take_secret(l, n, t->bond, u);
}

static int take_path(struct loader *l, const yaml_node_t *n, void *to)
{
	struct end_target *t = to;

	if (t->end.n_paths == RG_PATHS_MAX) {
		gw_fail(&l->err->why, "paths: too many in a bond (%d at most)", RG_PATHS_MAX);
		return gw_yaml_at(l, n);
	}
	return load_url(l, n, t, &t->end.paths[t->end.n_paths++]);
}

static int take_bond_key(struct loader *l, const char *key, const yaml_node_t *value, void *to)
{
	if (strcmp(key, "paths") == 0)
		return gw_yaml_items(l, "paths", value, to, take_path);
	for (size_t i = 0; i < RG_ARRAY_LEN(bond_keys); i++) {
		if (strcmp(key, bond_keys[i]) == 0)
			return 0;
	}
	gw_fail(&l->err->why, "%.64s: belongs to one of the paths, beside its url", key);
	return gw_yaml_at(l, value);
}

static int take_end(struct loader *l, const yaml_node_t *n, void *to)
{
	struct end_target *t = to;
	bool bond;
	int e;

	t->end.n_paths = 0;
	bond = gw_yaml_value(l, n, "paths") != NULL;
	t->bond = bond ? n : NULL;
	e = bond ? gw_yaml_pairs(l, "paths", n, t, take_bond_key) : take_path(l, n, t);
	if (e)
		return e;
	if (t->end.n_paths == 0)
		gw_fail(&l->err->why, "paths: none (1 at least)");
	else if (gw_stream_add_end(t->stream, t->role, &t->end, &l->err->why) == 0)
		return 0;
	return gw_yaml_at(l, n);
}

static int take_stream_name(struct loader *l, const yaml_node_t *value, void *to)
{
	const char *text = gw_yaml_scalar(l, "name", value);

	if (!text)
		return -RG_E_INVAL;
	return gw_stream_set_name(to, text, strlen(text), &l->err->why) ? gw_yaml_at(l, value) : 0;
}

static int take_inputs(struct loader *l, const yaml_node_t *value, void *to)
{
	struct end_target t = {.stream = to, .role = RG_ROLE_INPUT};

	return gw_yaml_items(l, "inputs", value, &t, take_end);
}

static int take_outputs(struct loader *l, const yaml_node_t *value, void *to)
{
	struct end_target t = {.stream = to, .role = RG_ROLE_OUTPUT};

	return gw_yaml_items(l, "outputs", value, &t, take_end);
}

static int take_stream_key(struct loader *l, const char *key, const yaml_node_t *value, void *to)
{
	static const struct field fields[] = {
		{"name", take_stream_name},
		{"inputs", take_inputs},
		{"outputs", take_outputs},
	};

	return gw_yaml_field(l, fields, RG_ARRAY_LEN(fields), key, value, to);
}

int gw_yaml_stream(struct loader *l, const yaml_node_t *n, void *to)
{
	struct gw_config *c = to;
	struct gw_stream s = {.n_inputs = 0};

	if (gw_yaml_pairs(l, "streams", n, &s, take_stream_key)) {
		gw_stream_fini(&s);
		return -RG_E_INVAL;
	}
	return gw_config_add_stream(c, &s, &l->err->why) ? gw_yaml_at(l, n) : 0;
}
