/* SPDX-License-Identifier: BSD-3-Clause */
/* console_oob.c - reads the arguments of the command oob. */
#include <stdio.h>

#include "console.h"
#include "oob.h"
#include "ports.h"
#include "rg_gre.h"

#define USAGE  "oob STREAM [END] [type=0xNNNN] TEXT"
#define DIGITS "0123456789"
#define HEX    "0123456789abcdefABCDEF"

static const struct rg_stream_plan *find_stream(const struct gw_plan *p, const char *name)
{
	for (uint32_t i = 0; i < p->n_streams; i++) {
		if (strcmp(p->streams[i].name, name) == 0)
			return &p->streams[i];
	}
	return NULL;
}

/* NULL: there is none, as the sentence says; so below. */
static const struct rg_stream_plan *read_stream(
	const struct gw_plan *p, char **args, struct rg_conf_error *err)
{
	const char *name = gw_console_word(args);
	const struct rg_stream_plan *s = find_stream(p, name);

	if (!*name)
		gw_fail(err, "stream: is missing (" USAGE ")");
	else if (!s)
		gw_fail(err, "stream: there is no \"%.64s\" (%s%s)", name, p->streams[0].name,
			p->n_streams > 1 ? " and others" : "");
	return s;
}

static bool is_number(const char *args)
{
	size_t n = strspn(args, DIGITS);

	return n > 0 && strchr(" \t", args[n]) != NULL; /* or the end */
}

/* A number behind the stream is always the end: what goes out must not depend on how many there
 * are. */
static const struct rg_side_plan *read_end(
	const struct rg_stream_plan *s, char **args, struct rg_conf_error *err)
{
	uint32_t n = gw_plan_main_ends(s), number = 1;
	const struct rg_side_plan *side;

	if (n == 0) {
		gw_fail(err,
			"stream: %s has no end of the Main profile, and only those have "
			"out-of-band data",
			s->name);
		return NULL;
	}
	if (is_number(*args)) {
		if (gw_number("end", gw_console_word(args), 1, n, &number, err))
			return NULL;
	} else if (n > 1) {
		gw_fail(err, "end: %s has %u ends of the Main profile, say which (1..%u)", s->name,
			n, n);
		return NULL;
	}
	side = gw_plan_main_end(s, number);
	if (side && side->rist.one_way) {
		gw_fail(err, "end: %u of %s is one-way, which takes no out-of-band data", number,
			s->name);
		return NULL;
	}
	return side;
}

static unsigned nibble(char c)
{
	const char *at = strchr(HEX, c);
	unsigned i = (unsigned)(at - HEX);

	return i < 16 ? i : i - 6;
}

static int read_type(char **args, uint16_t *type, struct rg_conf_error *err)
{
	const char *word, *digits;
	size_t n;

	*type = GW_OOB_IPV4;
	if (strncmp(*args, "type=", 5) != 0)
		return 0;
	word = gw_console_word(args) + 5;
	digits = word + (word[0] == '0' && (word[1] == 'x' || word[1] == 'X') ? 2 : 0);
	n = strspn(digits, HEX);
	if (digits == word || n == 0 || n > 4 || digits[n])
		return gw_fail(err, "type: \"%.64s\" is no EtherType (0x0600..0xFFFF)", word);
	for (*type = 0; *digits; digits++)
		*type = (uint16_t)(*type << 4 | nibble(*digits));
	if (*type < RG_GRE_TYPE_LOWEST)
		return gw_fail(err, "type: %s is no EtherType (0x0600..0xFFFF)", word);
	if (rg_gre_type_reserved(*type))
		return gw_fail(err,
			"type: %s belongs to RIST itself (0x0600..0xFFFF, not 0x88B5, 0x88B6, "
			"0x888E, 0xCCE0)",
			word);
	return 0;
}

static int read_hex(const char *text, struct rg_oob *m, struct rg_conf_error *err)
{
	for (m->len = 0; *text; text += 2) {
		text += strspn(text, " \t");
		if (!*text)
			break;
		if (!strchr(HEX, text[0]) || !text[1] || !strchr(HEX, text[1]))
			return gw_fail(err,
				"hex: \"%.16s\" does not begin with two digits of 0-9 "
				"and a-f",
				text);
		if (m->len == RG_OOB_BYTES_MAX)
			return gw_fail(err, "hex: too many bytes (1..%d)", RG_OOB_BYTES_MAX);
		m->data[m->len++] = (uint8_t)(nibble(text[0]) << 4 | nibble(text[1]));
	}
	return m->len ? 0 : gw_fail(err, "hex: no bytes (1..%d)", RG_OOB_BYTES_MAX);
}

/* TR-06-2 section 5.3.1: what goes under 0x0800 is an IPv4 datagram. */
static int read_text(const char *text, struct rg_oob *m, struct rg_conf_error *err)
{
	size_t len = strlen(text);
	size_t most = m->type == GW_OOB_IPV4 ? GW_OOB_TEXT_MAX : RG_OOB_BYTES_MAX;

	if (len == 0)
		return gw_fail(err, "text: is missing (" USAGE ")");
	if (len > most)
		return gw_fail(err, "text: %zu bytes are too many (1..%zu)", len, most);
	if (m->type == GW_OOB_IPV4) {
		gw_oob_wrap(m, text, len);
		return 0;
	}
	m->len = (uint16_t)len;
	memcpy(m->data, text, len);
	return 0;
}

int gw_console_read_oob(
	const struct gw_plan *p, char *args, struct rg_oob *m, struct rg_conf_error *err)
{
	const struct rg_stream_plan *s = read_stream(p, &args, err);
	const struct rg_side_plan *side = s ? read_end(s, &args, err) : NULL;

	if (!side || read_type(&args, &m->type, err))
		return -RG_E_INVAL;
	m->stream = s->index;
	m->ep = side->ep;
	if (strncmp(args, "hex:", 4) == 0)
		return read_hex(args + 4, m, err);
	return read_text(args, m, err);
}
