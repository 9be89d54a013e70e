/* SPDX-License-Identifier: BSD-3-Clause */
#include "rg_verdict.h"

#define RG_VERDICT_KEY(e, key, help) key,
static const char *const keys[] = {RG_VERDICT_LIST(RG_VERDICT_KEY)};

#define RG_VERDICT_HELP(e, key, help) help,
static const char *const helps[] = {RG_VERDICT_LIST(RG_VERDICT_HELP)};

static_assert(RG_ARRAY_LEN(keys) == RG_V_COUNT, "one key a verdict");

const char *rg_verdict_key(enum rg_verdict v)
{
	return keys[v];
}

const char *rg_verdict_help(enum rg_verdict v)
{
	return helps[v];
}
