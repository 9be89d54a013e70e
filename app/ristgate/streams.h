/* SPDX-License-Identifier: BSD-3-Clause */
/* streams.h - a stream in one line: "[NAME: ]IN[, IN...] -> OUT[, OUT...]", where " + " joins the
 * paths of a bond. Errors: 0 or -RG_E_INVAL with the reason. Threads: control only. */
#ifndef GW_STREAMS_H
#define GW_STREAMS_H

#include "config.h"

/* On success the caller owns s. What is secret in it goes to `secrets`. */
int gw_stream_parse(const char *text, struct gw_secrets *secrets, struct gw_stream *s,
	struct rg_conf_error *err);

/* Sets and checks a stream's name. */
int gw_stream_set_name(
	struct gw_stream *s, const char *name, size_t len, struct rg_conf_error *err);

#endif
