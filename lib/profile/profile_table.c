/* SPDX-License-Identifier: BSD-3-Clause */
#include "profile_priv.h"
#include "rg_rtp.h"

static const struct rg_profile_ops *const table[] = {
	[RG_PROFILE_SIMPLE] = &rg_profile_simple,
	[RG_PROFILE_MAIN] = &rg_profile_main,
	[RG_PROFILE_ADVANCED] = NULL,
};

const struct rg_profile_ops *rg_profile(enum rg_profile p)
{
	return (size_t)p < RG_ARRAY_LEN(table) ? table[p] : NULL;
}

int rg_rtp_strip(struct rg_media *m)
{
	struct rg_rtp h;
	int rc = rg_rtp_read(m->data, m->len, &h);

	if (rc < 0)
		return rc;
	m->data += h.hdr_len;
	m->len = h.len;
	return 0;
}
