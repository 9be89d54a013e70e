/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>

#include "conf_suites.h"
#include "rg_conf_key.h"

/* The words of a key, "range, bitmask", as docs/config.md writes them. */
static void join_words(const struct rg_conf_key *k, char *out, size_t cap)
{
	size_t at = 0;

	for (unsigned i = 0; k->words[i]; i++)
		at += (size_t)snprintf(
			out + at, cap - at, "%s%u `%s`", i ? ", " : "", i, k->words[i]);
}

static bool is_text(const struct rg_conf_key *k)
{
	return k->type == RG_KEY_TEXT || k->type == RG_KEY_SECRET;
}

/* The line of docs/config.md that a key calls for. */
static void doc_line(const struct rg_conf_key *k, char *out, size_t cap)
{
	char name[80], limits[160], def[80];

	if (k->alias)
		snprintf(name, sizeof(name), "`%s`, `%s`", k->name, k->alias);
	else
		snprintf(name, sizeof(name), "`%s`", k->name);
	if (k->type == RG_KEY_LATER) {
		snprintf(out, cap, "| %s | %s |\n", name, k->help);
		return;
	}
	if (k->words)
		join_words(k, limits, sizeof(limits));
	else if (k->limits)
		snprintf(limits, sizeof(limits), "%s", k->limits);
	else if (is_text(k) && k->min > 0)
		snprintf(limits, sizeof(limits), "%u..%u bytes", k->min, k->max);
	else if (is_text(k))
		snprintf(limits, sizeof(limits), "at most %u bytes", k->max);
	else if (k->type == RG_KEY_ADDR)
		snprintf(limits, sizeof(limits), "IP address");
	else
		snprintf(limits, sizeof(limits), "%u..%u%s%s", k->min, k->max,
			k->unit[0] ? " " : "", k->unit);
	if (is_text(k) || k->type == RG_KEY_ADDR || k->type == RG_KEY_U32_PAIR)
		snprintf(def, sizeof(def), "-");
	else if (k->words)
		snprintf(def, sizeof(def), "%s", k->words[k->def]);
	else
		snprintf(def, sizeof(def), "%u", k->def);
	snprintf(out, cap, "| %s | %s | %s | %s |\n", name, limits, def, k->help);
}

/* With RG_PRINT_KEYS in the environment the test prints the lines to paste into the document. */
START_TEST(docs_config_md_lists_the_table)
{
	static char doc[65536];
	unsigned n;
	const struct rg_conf_key *keys = rg_conf_keys(&n);
	FILE *f = fopen(CONFIG_DOC, "r");

	ck_assert_uint_le(n, 64);
	ck_assert_ptr_nonnull(f);
	doc[fread(doc, 1, sizeof(doc) - 1, f)] = '\0';
	fclose(f);
	for (unsigned i = 0; i < n; i++) {
		char line[512];

		doc_line(&keys[i], line, sizeof(line));
		if (getenv("RG_PRINT_KEYS"))
			fputs(line, stdout);
		else
			ck_assert_msg(strstr(doc, line) != NULL, "not in docs/config.md: %s", line);
	}
}

END_TEST

START_TEST(defaults_lie_within_their_limits)
{
	unsigned n;
	const struct rg_conf_key *keys = rg_conf_keys(&n);

	for (unsigned i = 0; i < n; i++) {
		const struct rg_conf_key *k = &keys[i];

		ck_assert_int_eq(rg_conf_key_find(k->name), (int)i);
		ck_assert_msg(k->where != 0 && k->help, "%s", k->name);
		if (k->type == RG_KEY_U32 || k->type == RG_KEY_U16)
			ck_assert_msg(k->min <= k->def && k->def <= k->max, "%s", k->name);
	}
}

END_TEST

TCase *doc_cases(void)
{
	TCase *c = tcase_create("doc");

	tcase_add_test(c, docs_config_md_lists_the_table);
	tcase_add_test(c, defaults_lie_within_their_limits);
	return c;
}
