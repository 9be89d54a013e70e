/* SPDX-License-Identifier: BSD-3-Clause */
/* config.h - everything the operator configured, from the command line and the YAML file.
 * Shape: filled by args.c, config_yaml.c, streams.c and ports.c; plan.c turns it into plans.
 * Errors: 0 or -RG_E_* with the place and the reason in struct gw_error; a configuration that
 * failed is thrown away whole. Ownership: gw_config_fini frees what the others allocated.
 * Threads: control only. */
#ifndef GW_CONFIG_H
#define GW_CONFIG_H

#include "rg_conf.h"
#include "rg_host.h"
#include "secrets.h"

#define GW_STREAMS_MAX 1024
#define GW_ENDS_MAX    64 /* inputs, and outputs, of one stream */
#define GW_EAL_MAX     64

enum gw_host {
	GW_HOST_AUTO, /* DPDK when there is a port or an EAL argument */
	GW_HOST_DPDK,
	GW_HOST_SOCKET,
};

/* "WHERE: REASON": where is FILE:LINE or the argument, reason names key and limit. */
struct gw_error {
	char where[320];
	struct rg_conf_error why;
};

struct gw_stream {
	char name[RG_NAME_MAX + 1]; /* empty until gw_config_check names it */
	struct rg_end *inputs, *outputs;
	uint32_t n_inputs, n_outputs;
};

struct gw_config {
	enum gw_host host;
	char *eal[GW_EAL_MAX]; /* without argv[0] */
	uint32_t n_eal;
	struct rg_port_conf ports[RG_PORTS_MAX];
	uint32_t n_ports;
	struct rg_lcore_conf lcores[RG_LCORES_MAX];
	uint32_t n_lcores;
	struct gw_stream *streams;
	uint32_t n_streams;
	struct gw_secrets secrets; /* rg_url.secret_id is a number in here */
	uint32_t stats_ms; /* 0: off */
	char stats_file[512]; /* empty: stderr */
	bool console; /* commands come from stdin */
};

/* Writes the reason, cut to its room; returns -RG_E_INVAL for the caller to return. */
__attribute__((format(printf, 2, 3))) int gw_fail(
	struct rg_conf_error *err, const char *format, ...);

/* Appends an end to one side of a stream. */
int gw_stream_add_end(struct gw_stream *s, enum rg_end_role role, const struct rg_end *end,
	struct rg_conf_error *err);

void gw_stream_fini(struct gw_stream *s);

/* [take] the stream's ends, also when it fails. */
int gw_config_add_stream(struct gw_config *c, struct gw_stream *s, struct rg_conf_error *err);

int gw_config_add_port(
	struct gw_config *c, const struct rg_port_conf *p, struct rg_conf_error *err);

int gw_config_add_lcore(
	struct gw_config *c, const struct rg_lcore_conf *l, struct rg_conf_error *err);

int gw_config_add_eal(struct gw_config *c, const char *arg, struct rg_conf_error *err);

/* "SECONDS[.TENTHS]" between lines of statistics, 0: off. */
int gw_config_set_stats(struct gw_config *c, const char *seconds, struct rg_conf_error *err);

int gw_config_set_stats_file(struct gw_config *c, const char *path, struct rg_conf_error *err);

/* What spans several of them: names are given and unique, the host is decided, the lcores
 * together have every task. */
int gw_config_check(struct gw_config *c, struct rg_conf_error *err);

void gw_config_fini(struct gw_config *c);

#endif
