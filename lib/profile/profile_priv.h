/* SPDX-License-Identifier: BSD-3-Clause */
/* profile_priv.h - the rows of the profile table. */
#ifndef PROFILE_PRIV_H
#define PROFILE_PRIV_H

#include "rg_profile.h"

extern const struct rg_profile_ops rg_profile_simple;

#endif
