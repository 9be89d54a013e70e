/* SPDX-License-Identifier: BSD-3-Clause */
/* conf_priv.h - error sentences without stdio. Every append is bounded by the sentence's room and
 * keeps it terminated; bytes that a terminal could misread become '?'. */
#ifndef CONF_PRIV_H
#define CONF_PRIV_H

#include "rg_conf.h"

void rg_conf_say(struct rg_conf_error *err, const char *text);
void rg_conf_say_len(struct rg_conf_error *err, const char *text, size_t len);
void rg_conf_say_u32(struct rg_conf_error *err, uint32_t v);

/* Starts a sentence "KEY: " and returns -RG_E_INVAL for the caller to return. */
int rg_conf_blame(struct rg_conf_error *err, const char *key);

/* "KEY: TEXT", returns -RG_E_INVAL. */
int rg_conf_fail(struct rg_conf_error *err, const char *key, const char *text);

#endif
