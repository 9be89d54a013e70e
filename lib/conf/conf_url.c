/* SPDX-License-Identifier: BSD-3-Clause */
#include "conf_priv.h"
#include "rg_addr_text.h"
#include "rg_conf_key.h"

/* A piece of the URL's text. */
struct span {
	const char *at;
	size_t len;
};

static int fail_url(struct rg_conf_error *err, const char *text)
{
	return rg_conf_fail(err, "url", text);
}

static const char *find(struct span s, char c)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] == c)
			return s.at + i;
	}
	return NULL;
}

/* Cuts what stands before the first c off the front; without c all of it. */
static struct span cut(struct span *s, char c)
{
	const char *end = find(*s, c);
	struct span head = {s->at, end ? (size_t)(end - s->at) : s->len};
	size_t gone = end ? head.len + 1 : head.len;

	s->at += gone;
	s->len -= gone;
	return head;
}

static bool starts_with(struct span s, const char *prefix)
{
	size_t n = strlen(prefix);

	return s.len >= n && memcmp(s.at, prefix, n) == 0;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
		return (c | 0x20) - 'a' + 10;
	return -1;
}

/* RFC 3986 section 2.1. NULL, or why the text cannot be decoded into cap bytes. */
static const char *decode(struct span s, char *out, size_t cap)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++) {
		char c = s.at[i];

		if (c == '%') {
			int hi = i + 2 < s.len ? hex_digit(s.at[i + 1]) : -1;
			int lo = i + 2 < s.len ? hex_digit(s.at[i + 2]) : -1;

			if (hi < 0 || lo < 0)
				return "'%' is not followed by two hexadecimal digits";
			c = (char)(hi << 4 | lo);
			i += 2;
		}
		if (c == '\0')
			return "holds a zero byte";
		if (n + 1 >= cap)
			return "is too long";
		out[n++] = c;
	}
	out[n] = '\0';
	return NULL;
}

/* A secret with a bare '&' in it ends up here: its rest is no text to repeat. */
static int fail_item(const struct rg_url *u, struct span item, struct rg_conf_error *err)
{
	if (rg_url_given(u, "secret"))
		return rg_conf_fail(err, "secret",
			"what follows it is no KEY=VALUE (a '&' of its own is written %26)");
	rg_conf_blame(err, "url");
	rg_conf_say(err, "\"");
	rg_conf_say_len(err, item.at, item.len > 64 ? 64 : item.len);
	rg_conf_say(err, "\" is no KEY=VALUE");
	return -RG_E_INVAL;
}

/* Names are taken as they stand, so that a secret cannot hide from who looks for its key. */
static int parse_item(struct span item, struct rg_url *u, struct rg_conf_error *err)
{
	char key[64], value[512];
	struct span name = cut(&item, '=');
	const char *why;
	int e;

	if (name.len >= sizeof(key))
		return rg_conf_fail(err, "url: a key's name", "is too long");
	memcpy(key, name.at, name.len);
	key[name.len] = '\0';
	why = decode(item, value, sizeof(value));
	e = why ? rg_conf_fail(err, key, why) : rg_url_set(u, key, value, err);
	rg_conf_wipe(value, sizeof(value));
	return e;
}

static int parse_query(struct span q, struct rg_url *u, struct rg_conf_error *err)
{
	while (q.len > 0) {
		struct span item = cut(&q, '&');

		if (item.len == 0)
			continue;
		if (!find(item, '='))
			return fail_item(u, item, err);
		if (parse_item(item, u, err))
			return -RG_E_INVAL;
	}
	return 0;
}

static int parse_port(struct span s, struct rg_url *u, struct rg_conf_error *err)
{
	uint32_t v = 0;

	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] < '0' || s.at[i] > '9' || v > UINT16_MAX)
			v = UINT16_MAX + 1;
		else
			v = v * 10 + (uint32_t)(s.at[i] - '0');
	}
	if (s.len == 0 || v == 0 || v > UINT16_MAX) {
		rg_conf_blame(err, "port");
		rg_conf_say(err, "\"");
		rg_conf_say_len(err, s.at, s.len > 32 ? 32 : s.len);
		rg_conf_say(err, "\" is no UDP port (1..65535)");
		return -RG_E_INVAL;
	}
	u->addr.port = (uint16_t)v;
	return 0;
}

static bool is_host_name(struct span s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.at[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
			    c == '-' || c == '.' || c == '_'))
			return false;
	}
	return true;
}

static int parse_host(struct span host, bool brackets, struct rg_url *u, struct rg_conf_error *err)
{
	uint16_t port = u->addr.port;
	bool literal = rg_addr_parse(host.at, host.len, &u->addr);

	u->addr.port = port;
	if (brackets && (!literal || u->addr.af != RG_AF_IP6))
		return fail_url(err,
			"no IPv6 address between '[' and ']' (a zone goes into "
			"miface=INTERFACE)");
	if (!literal && !is_host_name(host))
		return fail_url(err, "the host is neither a name nor an IPv4 address nor [IPv6]");
	if (host.len == 0 && !u->listen)
		return fail_url(err, "no host to call (SCHEME://HOST:PORT, or @ to listen)");
	if (host.len >= sizeof(u->host))
		return fail_url(err, "the host name is too long (255 bytes at most)");
	memcpy(u->host, host.at, host.len);
	u->host[host.len] = '\0';
	return 0;
}

/* [@]HOST:PORT, [@][IPv6]:PORT, @:PORT. */
static int parse_authority(struct span s, struct rg_url *u, struct rg_conf_error *err)
{
	struct span host;
	bool brackets;

	if (starts_with(s, "@")) {
		u->listen = 1;
		cut(&s, '@');
	}
	brackets = starts_with(s, "[");
	if (brackets) {
		cut(&s, '[');
		if (!find(s, ']'))
			return fail_url(err, "'[' without ']'");
		host = cut(&s, ']');
		if (!starts_with(s, ":"))
			return fail_url(err, "no port after the address (SCHEME://[IPv6]:PORT)");
		cut(&s, ':');
	} else {
		if (!find(s, ':'))
			return fail_url(err, "no port after the host (SCHEME://HOST:PORT)");
		host = cut(&s, ':');
		if (find(s, ':'))
			return fail_url(err, "an IPv6 address stands in brackets ([IPv6]:PORT)");
	}
	if (parse_port(s, u, err))
		return -RG_E_INVAL;
	return parse_host(host, brackets, u, err);
}

static int parse_scheme(struct span *s, struct rg_url *u, struct rg_conf_error *err)
{
	static const struct {
		const char *text;
		enum rg_end_kind kind;
	} schemes[] = {
		{"rist://", RG_END_RIST},
		{"udp://", RG_END_UDP},
		{"rtp://", RG_END_RTP},
		{"file:", RG_END_FILE},
		{"-", RG_END_FILE},
	};

	for (unsigned i = 0; i < RG_ARRAY_LEN(schemes); i++) {
		if (starts_with(*s, schemes[i].text)) {
			u->kind = schemes[i].kind;
			s->at += strlen(schemes[i].text);
			s->len -= strlen(schemes[i].text);
			return 0;
		}
	}
	rg_conf_blame(err, "url");
	rg_conf_say(err, "\"");
	rg_conf_say_len(err, s->at, s->len > 16 ? 16 : s->len);
	rg_conf_say(err, s->len > 16 ? "...\"" : "\"");
	rg_conf_say(err, " does not start with rist://, udp://, rtp:// or file:, and is not -");
	return -RG_E_INVAL;
}

static int parse_path(const char *text, struct span s, struct rg_url *u, struct rg_conf_error *err)
{
	const char *why = decode(s, u->path, sizeof(u->path));

	if (why)
		return rg_conf_fail(err, "path", why);
	if (text[0] == '-' && s.len > 0)
		return fail_url(err, "- is stdin or stdout and takes nothing behind it");
	if (text[0] != '-' && s.len == 0)
		return fail_url(err, "no path (file:PATH)");
	return 0;
}

int rg_url_read(const char *text, struct rg_url *u, struct rg_conf_error *err)
{
	struct span query = {text, strlen(text)}, s;
	int e;

	rg_url_defaults(u);
	if (parse_scheme(&query, u, err))
		return -RG_E_INVAL;
	s = cut(&query, '?');
	if (u->kind == RG_END_FILE) {
		e = parse_path(text, s, u, err);
	} else {
		if (s.len > 0 && s.at[s.len - 1] == '/')
			s.len--;
		e = parse_authority(s, u, err);
	}
	if (!e)
		e = parse_query(query, u, err);
	if (e)
		rg_conf_wipe(&u->secret, sizeof(u->secret));
	return e;
}

int rg_url_parse(
	const char *text, enum rg_end_role role, struct rg_url *u, struct rg_conf_error *err)
{
	int e = rg_url_read(text, u, err);

	if (!e)
		e = rg_url_check(u, role, err);
	if (e)
		rg_conf_wipe(&u->secret, sizeof(u->secret));
	return e;
}
