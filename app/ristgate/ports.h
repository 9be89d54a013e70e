/* SPDX-License-Identifier: BSD-3-Clause */
/* ports.h - DPDK ports and lcores in one line each:
 * "NAME,DEVICE,ADDR/PREFIX[,ADDR/PREFIX...][,gw=ADDR][,mtu=N][,vlan=N]" and "N: TASK...".
 * The setters serve the YAML file too. Errors: 0 or -RG_E_INVAL with the reason.
 * Threads: pure. */
#ifndef GW_PORTS_H
#define GW_PORTS_H

#include "config.h"

int gw_port_parse(const char *text, struct rg_port_conf *p, struct rg_conf_error *err);

/* key: name, device, addresses (one of them), gateway, mtu or vlan. */
int gw_port_set(
	struct rg_port_conf *p, const char *key, const char *value, struct rg_conf_error *err);

/* Name, device and an address are there, gateways are within reach. */
int gw_port_check(const struct rg_port_conf *p, struct rg_conf_error *err);

int gw_lcore_parse(const char *text, struct rg_lcore_conf *l, struct rg_conf_error *err);

int gw_lcore_set_number(struct rg_lcore_conf *l, const char *value, struct rg_conf_error *err);

int gw_lcore_add_task(struct rg_lcore_conf *l, const char *name, struct rg_conf_error *err);

/* A decimal number from min to max. */
int gw_number(const char *key, const char *value, uint32_t min, uint32_t max, uint32_t *out,
	struct rg_conf_error *err);

#endif
