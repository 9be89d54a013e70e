/* SPDX-License-Identifier: BSD-3-Clause */
#include "streams.h"

#define NAME_LETTERS "abcdefghijklmnopqrstuvwxyz0123456789-"
#define URL_MAX      2048

int gw_stream_set_name(struct gw_stream *s, const char *name, size_t len, struct rg_conf_error *err)
{
	if (len == 0 || len > RG_NAME_MAX || strspn(name, NAME_LETTERS) < len)
		return gw_fail(err, "name: \"%.*s\" is no name (1..%d of a-z, 0-9 and -)",
			(int)(len > 64 ? 64 : len), name, RG_NAME_MAX);
	memcpy(s->name, name, len);
	s->name[len] = '\0';
	return 0;
}

/* The stream under construction. */
struct builder {
	struct gw_stream *stream;
	struct gw_secrets *secrets;
	struct rg_conf_error *err;
};

static int parse_url(
	struct builder *b, const char *text, size_t len, enum rg_end_role role, struct rg_url *u)
{
	char url[URL_MAX];
	int e;

	memcpy(url, text, len);
	url[len] = '\0';
	e = rg_url_parse(url, role, u, b->err);
	explicit_bzero(url, sizeof(url));
	return e ? e : gw_secrets_take(b->secrets, u, b->err);
}

static int parse_path(
	struct builder *b, struct rg_end *end, const char *text, size_t len, enum rg_end_role role)
{

	while (len > 0 && *text == ' ') {
		text++;
		len--;
	}
	while (len > 0 && text[len - 1] == ' ')
		len--;
	if (end->n_paths == RG_PATHS_MAX)
		return gw_fail(b->err, "paths: too many in a bond (%d at most)", RG_PATHS_MAX);
	if (len >= URL_MAX)
		return gw_fail(b->err, "url: too long (%d bytes at most)", URL_MAX - 1);
	return parse_url(b, text, len, role, &end->paths[end->n_paths++]);
}

/* Length of what stands before the separator, all of it when there is none. */
static size_t piece_len(const char *text, size_t len, const char *separator)
{
	const char *at = memmem(text, len, separator, strlen(separator));

	return at ? (size_t)(at - text) : len;
}

static int parse_end(struct builder *b, const char *text, size_t len, enum rg_end_role role)
{
	struct rg_end end = {.n_paths = 0};

	for (;;) {
		size_t n = piece_len(text, len, " + ");

		if (parse_path(b, &end, text, n, role))
			return -RG_E_INVAL;
		if (n == len)
			return gw_stream_add_end(b->stream, role, &end, b->err);
		text += n + 3;
		len -= n + 3;
	}
}

static int parse_side(struct builder *b, const char *text, size_t len, enum rg_end_role role)
{
	for (;;) {
		size_t n = piece_len(text, len, ", ");

		if (parse_end(b, text, n, role))
			return -RG_E_INVAL;
		if (n == len)
			return 0;
		text += n + 2;
		len -= n + 2;
	}
}

int gw_stream_parse(const char *text, struct gw_secrets *secrets, struct gw_stream *s,
	struct rg_conf_error *err)
{
	struct builder b = {s, secrets, err};
	const char *arrow = strstr(text, " -> ");
	size_t name_len = strcspn(text, ": ");

	memset(s, 0, sizeof(*s));
	if (!arrow)
		return gw_fail(err,
			"stream: no ' -> ' between input and output "
			"([NAME: ]IN -> OUT[, OUT...])");
	if (strstr(arrow + 4, " -> "))
		return gw_fail(err, "stream: more than one ' -> '");
	if (text[name_len] == ':' && text[name_len + 1] == ' ') {
		if (gw_stream_set_name(s, text, name_len, err))
			return -RG_E_INVAL;
		text += name_len + 2;
	}
	if (arrow < text)
		return gw_fail(err, "stream: no input before ' -> '");
	if (parse_side(&b, text, (size_t)(arrow - text), RG_ROLE_INPUT) ||
		parse_side(&b, arrow + 4, strlen(arrow + 4), RG_ROLE_OUTPUT)) {
		gw_stream_fini(s);
		return -RG_E_INVAL;
	}
	return 0;
}
