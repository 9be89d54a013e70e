/* SPDX-License-Identifier: BSD-3-Clause */
#include "conf_priv.h"

void rg_conf_say_len(struct rg_conf_error *err, const char *text, size_t len)
{
	size_t at = strlen(err->text);

	for (size_t i = 0; i < len && at + 1 < sizeof(err->text); i++) {
		unsigned char c = (unsigned char)text[i];

		err->text[at++] = c < 0x20 || c == 0x7f ? '?' : (char)c;
	}
	err->text[at] = '\0';
}

void rg_conf_say(struct rg_conf_error *err, const char *text)
{
	rg_conf_say_len(err, text, strlen(text));
}

void rg_conf_say_u32(struct rg_conf_error *err, uint32_t v)
{
	char digits[10];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + v % 10);
		v /= 10;
	} while (v > 0);
	rg_conf_say_len(err, digits + at, sizeof(digits) - at);
}

int rg_conf_blame(struct rg_conf_error *err, const char *key)
{
	err->text[0] = '\0';
	rg_conf_say(err, key);
	rg_conf_say(err, ": ");
	return -RG_E_INVAL;
}

int rg_conf_fail(struct rg_conf_error *err, const char *key, const char *text)
{
	int e = rg_conf_blame(err, key);

	rg_conf_say(err, text);
	return e;
}
