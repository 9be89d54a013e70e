/* SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

int gw_fail(struct rg_conf_error *err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(err->text, sizeof(err->text), format, args);
	va_end(args);
	return -RG_E_INVAL;
}

int gw_stream_add_end(struct gw_stream *s, enum rg_end_role role, const struct rg_end *end,
	struct rg_conf_error *err)
{
	struct rg_end **ends = role == RG_ROLE_INPUT ? &s->inputs : &s->outputs;
	uint32_t *n = role == RG_ROLE_INPUT ? &s->n_inputs : &s->n_outputs;
	struct rg_end *grown;

	if (role == RG_ROLE_INPUT && *n == 1)
		return gw_fail(err, "inputs: a second input is not in this version (1 at most)");
	if (*n == GW_ENDS_MAX)
		return gw_fail(err, "outputs: too many (%u at most)", GW_ENDS_MAX);
	if (end->n_paths > 1)
		return gw_fail(err, "paths: a bond of %u paths is not in this version (1 at most)",
			end->n_paths);
	grown = realloc(*ends, (*n + 1) * sizeof(*grown));
	if (!grown)
		return gw_fail(err, "no memory for another end");
	grown[(*n)++] = *end;
	*ends = grown;
	return 0;
}

void gw_stream_fini(struct gw_stream *s)
{
	free(s->inputs);
	free(s->outputs);
	memset(s, 0, sizeof(*s));
}

static bool is_stdio(const struct rg_url *u)
{
	return u->kind == RG_END_FILE && !u->path[0];
}

/* Stdin and stdout exist once. */
static int check_stdio(
	const struct gw_config *c, const struct gw_stream *s, struct rg_conf_error *err)
{
	unsigned n_in = 0, n_out = 0;

	for (uint32_t i = 0; i <= c->n_streams; i++) {
		const struct gw_stream *t = i < c->n_streams ? &c->streams[i] : s;

		for (uint32_t e = 0; e < t->n_inputs; e++)
			n_in += is_stdio(&t->inputs[e].paths[0]);
		for (uint32_t e = 0; e < t->n_outputs; e++)
			n_out += is_stdio(&t->outputs[e].paths[0]);
	}
	if (n_in > 1)
		return gw_fail(err, "inputs: stdin feeds another stream already");
	if (n_out > 1)
		return gw_fail(err, "outputs: stdout is another output already");
	return 0;
}

static bool has_main(const struct rg_end *ends, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		const struct rg_url *u = &ends[i].paths[0];

		if (u->kind == RG_END_RIST && u->rist.profile == RG_PROFILE_MAIN)
			return true;
	}
	return false;
}

/* Only packets of the Main profile have the virtual ports that these keys are about. */
static int check_virtual(const struct rg_end *ends, uint32_t n, bool main_opposite,
	enum rg_end_role role, struct rg_conf_error *err)
{
	const char *other = role == RG_ROLE_INPUT ? "output" : "input";

	for (uint32_t i = 0; i < n && !main_opposite; i++) {
		const struct rg_url *u = &ends[i].paths[0];

		if (u->stream_id)
			return gw_fail(
				err, "stream-id: the stream has no %s of the Main profile", other);
		if (u->multiplex_mode)
			return gw_fail(err,
				"multiplex-mode: the stream has no %s of the Main profile", other);
	}
	return 0;
}

static int agree(const struct rg_url *in, const struct rg_url *out, const char *key, uint32_t port,
	struct rg_conf_error *err)
{
	if (!rg_url_given(out, key) || port == in->stream_id)
		return 0;
	return gw_fail(err, "stream-id: %u of the input is not the output's %s %u", in->stream_id,
		key, port);
}

/* An input's stream-id is the virtual port of what leaves by the outputs. */
static int check_stream_id(const struct gw_stream *s, struct rg_conf_error *err)
{
	const struct rg_url *in = &s->inputs[0].paths[0];
	bool src = in->multiplex_mode == RG_MULTIPLEX_SRC;

	for (uint32_t i = 0; i < s->n_outputs && in->stream_id; i++) {
		const struct rg_url *out = &s->outputs[i].paths[0];

		if (agree(in, out, "virt-dst-port", out->rist.virt_dst_port, err) ||
			(src && agree(in, out, "virt-src-port", out->rist.virt_src_port, err)))
			return -RG_E_INVAL;
	}
	return 0;
}

/* The i-th end, inputs first. */
static const struct rg_url *end_of(const struct gw_stream *s, uint32_t i)
{
	return i < s->n_inputs ? &s->inputs[i].paths[0] : &s->outputs[i - s->n_inputs].paths[0];
}

static unsigned tap_users(const struct gw_stream *s, const char *name)
{
	unsigned n = 0;

	for (uint32_t i = 0; i < s->n_inputs + s->n_outputs; i++) {
		const char *tap = rg_url_tap(end_of(s, i));

		n += tap && strcmp(tap, name) == 0;
	}
	return n;
}

/* An interface belongs to one end. */
static int check_taps(
	const struct gw_config *c, const struct gw_stream *s, struct rg_conf_error *err)
{
	for (uint32_t i = 0; i < s->n_inputs + s->n_outputs; i++) {
		const char *tap = rg_url_tap(end_of(s, i));
		unsigned n = tap ? tap_users(s, tap) : 0;

		for (uint32_t k = 0; tap && k < c->n_streams; k++)
			n += tap_users(&c->streams[k], tap);
		if (n > 1)
			return gw_fail(err, "oob: tap:%s belongs to another end already", tap);
	}
	return 0;
}

static int check_stream(
	const struct gw_config *c, const struct gw_stream *s, struct rg_conf_error *err)
{
	if (s->n_inputs == 0)
		return gw_fail(err, "inputs: none (1 at least)");
	if (s->n_outputs == 0)
		return gw_fail(err, "outputs: none (1 at least)");
	if (c->n_streams == GW_STREAMS_MAX)
		return gw_fail(err, "streams: too many (%u at most)", GW_STREAMS_MAX);
	for (uint32_t i = 0; s->name[0] && i < c->n_streams; i++) {
		if (strcmp(c->streams[i].name, s->name) == 0)
			return gw_fail(err, "name: \"%s\" is taken by another stream", s->name);
	}
	if (check_virtual(s->inputs, s->n_inputs, has_main(s->outputs, s->n_outputs), RG_ROLE_INPUT,
		    err) ||
		check_virtual(s->outputs, s->n_outputs, has_main(s->inputs, s->n_inputs),
			RG_ROLE_OUTPUT, err) ||
		check_stream_id(s, err) || check_taps(c, s, err))
		return -RG_E_INVAL;
	return check_stdio(c, s, err);
}

int gw_config_add_stream(struct gw_config *c, struct gw_stream *s, struct rg_conf_error *err)
{
	struct gw_stream *grown;

	if (check_stream(c, s, err))
		goto fail;
	grown = realloc(c->streams, (c->n_streams + 1) * sizeof(*grown));
	if (!grown) {
		gw_fail(err, "no memory for another stream");
		goto fail;
	}
	c->streams = grown;
	grown[c->n_streams++] = *s;
	memset(s, 0, sizeof(*s));
	return 0;
fail:
	gw_stream_fini(s);
	return -RG_E_INVAL;
}

int gw_config_add_port(struct gw_config *c, const struct rg_port_conf *p, struct rg_conf_error *err)
{
	if (c->n_ports == RG_PORTS_MAX)
		return gw_fail(err, "ports: too many (%u at most)", RG_PORTS_MAX);
	for (uint32_t i = 0; i < c->n_ports; i++) {
		if (strcmp(c->ports[i].name, p->name) == 0)
			return gw_fail(err, "name: \"%s\" is taken by another port", p->name);
		if (strcmp(c->ports[i].device, p->device) == 0 && c->ports[i].vlan == p->vlan)
			return gw_fail(err, "device: \"%s\" is port %s already", p->device,
				c->ports[i].name);
	}
	c->ports[c->n_ports++] = *p;
	return 0;
}

int gw_config_add_lcore(
	struct gw_config *c, const struct rg_lcore_conf *l, struct rg_conf_error *err)
{
	if (c->n_lcores == RG_LCORES_MAX)
		return gw_fail(err, "lcores: too many (%u at most)", RG_LCORES_MAX);
	for (uint32_t i = 0; i < c->n_lcores; i++) {
		if (c->lcores[i].lcore == l->lcore)
			return gw_fail(err, "lcore: %u is listed twice", l->lcore);
	}
	c->lcores[c->n_lcores++] = *l;
	return 0;
}

int gw_config_add_eal(struct gw_config *c, const char *arg, struct rg_conf_error *err)
{
	if (c->n_eal == GW_EAL_MAX)
		return gw_fail(err, "eal: too many arguments (%u at most)", GW_EAL_MAX);
	c->eal[c->n_eal] = strdup(arg);
	if (!c->eal[c->n_eal])
		return gw_fail(err, "no memory for an EAL argument");
	c->n_eal++;
	return 0;
}

int gw_config_set_stats(struct gw_config *c, const char *seconds, struct rg_conf_error *err)
{
	size_t whole = strspn(seconds, "0123456789"), tenths = 0;
	const char *point = seconds + whole;
	uint32_t v = 0;

	if (*point == '.')
		tenths = strspn(++point, "0123456789");
	for (size_t i = 0; i < whole && whole <= 4; i++)
		v = v * 10 + (uint32_t)(seconds[i] - '0');
	if (whole == 0 || whole > 4 || tenths > 1 || point[tenths] || v > 3600)
		return gw_fail(err,
			"stats: \"%.64s\" is no interval (0..3600 seconds, one decimal place)",
			seconds);
	c->stats_ms = v * 1000 + (tenths ? (uint32_t)(point[0] - '0') * 100 : 0);
	return 0;
}

int gw_config_set_stats_file(struct gw_config *c, const char *path, struct rg_conf_error *err)
{
	size_t len = strlen(path);

	if (len == 0 || len >= sizeof(c->stats_file))
		return gw_fail(err, "stats-file: the path has %zu bytes (1..%zu)", len,
			sizeof(c->stats_file) - 1);
	memcpy(c->stats_file, path, len + 1);
	return 0;
}

static bool name_taken(const struct gw_config *c, const char *name)
{
	for (uint32_t i = 0; i < c->n_streams; i++) {
		if (strcmp(c->streams[i].name, name) == 0)
			return true;
	}
	return false;
}

static void name_streams(struct gw_config *c)
{
	unsigned next = 1;

	for (uint32_t i = 0; i < c->n_streams; i++) {
		char name[RG_NAME_MAX + 1];

		if (c->streams[i].name[0])
			continue;
		do
			snprintf(name, sizeof(name), "stream-%u", next++);
		while (name_taken(c, name));
		memcpy(c->streams[i].name, name, sizeof(name));
	}
}

static int check_host(struct gw_config *c, struct rg_conf_error *err)
{
	bool wants_dpdk = c->n_ports > 0 || c->n_eal > 0;

	if (c->host == GW_HOST_AUTO)
		c->host = wants_dpdk ? GW_HOST_DPDK : GW_HOST_SOCKET;
	if (c->host == GW_HOST_SOCKET && wants_dpdk)
		return gw_fail(err, "host: socket has no ports and no EAL arguments (host: dpdk)");
	if (c->host == GW_HOST_SOCKET && c->n_lcores > 0)
		return gw_fail(err, "lcores: are of DPDK; the socket host has one worker thread");
	return 0;
}

static int check_lcores(const struct gw_config *c, struct rg_conf_error *err)
{
	uint32_t tasks = 0;

	for (uint32_t i = 0; i < c->n_lcores; i++)
		tasks |= c->lcores[i].tasks;
	if (c->n_lcores == 0)
		return 0;
	if (!(tasks & RG_TASK_RX))
		return gw_fail(err, "lcores: no lcore has the task rx");
	if (!(tasks & RG_TASK_WORKER))
		return gw_fail(err, "lcores: no lcore has the task worker");
	if (!(tasks & RG_TASK_TX))
		return gw_fail(err, "lcores: no lcore has the task tx");
	return 0;
}

static int check_console(const struct gw_config *c, struct rg_conf_error *err)
{
	for (uint32_t i = 0; c->console && i < c->n_streams; i++) {
		const struct gw_stream *s = &c->streams[i];

		for (uint32_t k = 0; k < s->n_inputs; k++) {
			if (is_stdio(&s->inputs[k].paths[0]))
				return gw_fail(err, "-i: stdin is an input of a stream already");
		}
	}
	return 0;
}

int gw_config_check(struct gw_config *c, struct rg_conf_error *err)
{
	if (c->n_streams == 0)
		return gw_fail(err, "streams: none (--stream 'IN -> OUT' or -f FILE.yaml)");
	if (check_host(c, err) || check_lcores(c, err) || check_console(c, err))
		return -RG_E_INVAL;
	name_streams(c);
	return 0;
}

void gw_config_fini(struct gw_config *c)
{
	for (uint32_t i = 0; i < c->n_eal; i++)
		free(c->eal[i]);
	for (uint32_t i = 0; i < c->n_streams; i++)
		gw_stream_fini(&c->streams[i]);
	free(c->streams);
	gw_secrets_fini(&c->secrets);
	memset(c, 0, sizeof(*c));
}
