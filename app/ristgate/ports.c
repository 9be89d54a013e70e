/* SPDX-License-Identifier: BSD-3-Clause */
#include "ports.h"

#include <stdio.h>

#include "rg_addr_text.h"

#define LCORE_MAX 1023

int gw_number(const char *key, const char *value, uint32_t min, uint32_t max, uint32_t *out,
	struct rg_conf_error *err)
{
	size_t len = strspn(value, "0123456789");
	uint64_t v = 0;

	for (size_t i = 0; i < len && v <= UINT32_MAX; i++)
		v = v * 10 + (uint64_t)(value[i] - '0');
	if (len == 0 || value[len])
		return gw_fail(err, "%s: \"%.64s\" is not a number (%u..%u)", key, value, min, max);
	if (v < min || v > max)
		return gw_fail(err, "%s: \"%.64s\" is out of range (%u..%u)", key, value, min, max);
	*out = (uint32_t)v;
	return 0;
}

static int set_text(
	char *to, size_t cap, const char *key, const char *value, struct rg_conf_error *err)
{
	size_t len = strlen(value);

	if (to[0])
		return gw_fail(err, "%s: given twice", key);
	if (len == 0 || len >= cap)
		return gw_fail(
			err, "%s: \"%.64s\" has %zu bytes (1..%zu)", key, value, len, cap - 1);
	memcpy(to, value, len + 1);
	return 0;
}

static int add_address(struct rg_port_conf *p, const char *value, struct rg_conf_error *err)
{
	size_t len = strcspn(value, "/");
	struct rg_prefix prefix = {.len = 0};
	uint32_t bits;

	if (!rg_addr_parse(value, len, &prefix.addr) || value[len] != '/')
		return gw_fail(err, "addresses: \"%.64s\" is no ADDRESS/PREFIX", value);
	if (gw_number("prefix", value + len + 1, 1, prefix.addr.af == RG_AF_IP4 ? 32 : 128, &bits,
		    err))
		return -RG_E_INVAL;
	if (rg_addr_is_multicast(&prefix.addr) || rg_addr_is_any(&prefix.addr))
		return gw_fail(err, "addresses: \"%.64s\" is no host's address", value);
	if (p->n_addrs == RG_PORT_ADDRS_MAX)
		return gw_fail(err, "addresses: too many (%d at most)", RG_PORT_ADDRS_MAX);
	prefix.len = (uint8_t)bits;
	p->addrs[p->n_addrs++] = prefix;
	return 0;
}

static int set_gateway(struct rg_port_conf *p, const char *value, struct rg_conf_error *err)
{
	struct rg_addr a, *to;

	if (!rg_addr_parse(value, strlen(value), &a))
		return gw_fail(err, "gateway: \"%.64s\" is no IP address", value);
	to = a.af == RG_AF_IP4 ? &p->gw4 : &p->gw6;
	if (to->af != RG_AF_NONE)
		return gw_fail(err, "gateway: a second one for IPv%d (1 at most)", (int)a.af);
	*to = a;
	return 0;
}

int gw_port_set(
	struct rg_port_conf *p, const char *key, const char *value, struct rg_conf_error *err)
{
	if (strcmp(key, "name") == 0)
		return set_text(p->name, sizeof(p->name), key, value, err);
	if (strcmp(key, "device") == 0)
		return set_text(p->device, sizeof(p->device), key, value, err);
	if (strcmp(key, "addresses") == 0)
		return add_address(p, value, err);
	if (strcmp(key, "gateway") == 0)
		return set_gateway(p, value, err);
	/* RFC 8200 section 5 asks for 1280 at least; 9600 is what NICs carry at most. */
	if (strcmp(key, "mtu") == 0)
		return gw_number(key, value, 1280, 9600, &p->mtu, err);
	if (strcmp(key, "vlan") == 0)
		return gw_number(key, value, 1, 4094, &p->vlan, err);
	return gw_fail(err, "%.64s: unknown key of a port", key);
}

static bool covers(const struct rg_prefix *p, const struct rg_addr *a)
{
	unsigned whole = p->len / 8, rest = p->len % 8;

	if (p->addr.af != a->af || memcmp(p->addr.ip, a->ip, whole) != 0)
		return false;
	return rest == 0 || (p->addr.ip[whole] ^ a->ip[whole]) >> (8 - rest) == 0;
}

static int check_gateway(
	const struct rg_port_conf *p, const struct rg_addr *gw, struct rg_conf_error *err)
{
	char text[RG_ADDR_TEXT_MAX];

	/* A link-local IPv6 router is on every link. */
	if (gw->af == RG_AF_NONE ||
		(gw->af == RG_AF_IP6 && gw->ip[0] == 0xfe && (gw->ip[1] & 0xc0) == 0x80))
		return 0;
	for (uint32_t i = 0; i < p->n_addrs; i++) {
		if (covers(&p->addrs[i], gw))
			return 0;
	}
	rg_addr_format_ip(gw, text);
	return gw_fail(err, "gateway: %s is in no network of port %s", text, p->name);
}

int gw_port_check(const struct rg_port_conf *p, struct rg_conf_error *err)
{
	if (!p->name[0])
		return gw_fail(err, "name: the port has none");
	if (!p->device[0])
		return gw_fail(err, "device: port %s has none", p->name);
	if (p->n_addrs == 0)
		return gw_fail(err, "addresses: port %s has none", p->name);
	return check_gateway(p, &p->gw4, err) || check_gateway(p, &p->gw6, err) ? -RG_E_INVAL : 0;
}

/* The n-th comma-separated field: 0 is the name, 1 the device, then addresses and KEY=VALUE. */
static int set_field(struct rg_port_conf *p, unsigned n, char *field, struct rg_conf_error *err)
{
	if (n == 0)
		return gw_port_set(p, "name", field, err);
	if (n == 1)
		return gw_port_set(p, "device", field, err);
	if (strncmp(field, "gw=", 3) == 0)
		return gw_port_set(p, "gateway", field + 3, err);
	if (strncmp(field, "mtu=", 4) == 0)
		return gw_port_set(p, "mtu", field + 4, err);
	if (strncmp(field, "vlan=", 5) == 0)
		return gw_port_set(p, "vlan", field + 5, err);
	if (strchr(field, '='))
		return gw_fail(err, "\"%.64s\": unknown key of a port (gw, mtu, vlan)", field);
	return gw_port_set(p, "addresses", field, err);
}

int gw_port_parse(const char *text, struct rg_port_conf *p, struct rg_conf_error *err)
{
	char copy[1024], *rest = copy, *field;
	unsigned n = 0;

	memset(p, 0, sizeof(*p));
	if (strlen(text) >= sizeof(copy))
		return gw_fail(err, "port: too long (%zu bytes at most)", sizeof(copy) - 1);
	memcpy(copy, text, strlen(text) + 1);
	while ((field = strsep(&rest, ","))) {
		if (set_field(p, n++, field, err))
			return -RG_E_INVAL;
	}
	return gw_port_check(p, err);
}

int gw_lcore_set_number(struct rg_lcore_conf *l, const char *value, struct rg_conf_error *err)
{
	return gw_number("lcore", value, 0, LCORE_MAX, &l->lcore, err);
}

int gw_lcore_add_task(struct rg_lcore_conf *l, const char *name, struct rg_conf_error *err)
{
	static const struct {
		const char *name;
		uint32_t task;
	} tasks[] = {
		{"rx", RG_TASK_RX},
		{"worker", RG_TASK_WORKER},
		{"tx", RG_TASK_TX},
		{"control", RG_TASK_CONTROL},
	};

	for (size_t i = 0; i < RG_ARRAY_LEN(tasks); i++) {
		if (strcmp(tasks[i].name, name) == 0) {
			l->tasks |= tasks[i].task;
			return 0;
		}
	}
	return gw_fail(err, "tasks: \"%.64s\" is no task (rx, worker, tx, control)", name);
}

int gw_lcore_parse(const char *text, struct rg_lcore_conf *l, struct rg_conf_error *err)
{
	char copy[128], *rest, *word;

	memset(l, 0, sizeof(*l));
	if (strlen(text) >= sizeof(copy) || !strchr(text, ':'))
		return gw_fail(err, "lcore: \"%.64s\" is no 'N: TASK...'", text);
	memcpy(copy, text, strlen(text) + 1);
	rest = copy;
	if (gw_lcore_set_number(l, strsep(&rest, ":"), err))
		return -RG_E_INVAL;
	while ((word = strsep(&rest, " "))) {
		if (word[0] && gw_lcore_add_task(l, word, err))
			return -RG_E_INVAL;
	}
	return l->tasks ? 0 : gw_fail(err, "tasks: lcore %u has none", l->lcore);
}
