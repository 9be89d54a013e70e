/* SPDX-License-Identifier: BSD-3-Clause */
#include "gateway.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "console.h"
#include "events.h"
#include "keys.h"
#include "resolve.h"
#include "rg_addr_text.h"
#include "rg_session.h"
#include "stats.h"

#define POLL_NS       (50 * RG_NS_PER_MS)
#define OOB_PER_ROUND 64
#define MIB           1048576.0

/* Set by the signal handler alone. */
static volatile sig_atomic_t signals, hangups;

static void on_signal(int number)
{
	(void)number;
	if (signals++)
		_exit(1);
}

static void on_hangup(int number)
{
	(void)number;
	hangups = 1;
}

void gw_catch_signals(void)
{
	struct sigaction a = {.sa_handler = on_signal};

	sigaction(SIGINT, &a, NULL);
	sigaction(SIGTERM, &a, NULL);
	a.sa_handler = on_hangup;
	sigaction(SIGHUP, &a, NULL);
	/* A reader that left shows as a failed write, which ends the stream in order. */
	a.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &a, NULL);
}

/* What the configuration knows and the sessions do not. */
static int check_built(const struct gw_gateway *g, struct gw_error *err)
{
	for (uint32_t i = 0; i < g->plan.n_sides; i++) {
		if (rg_side_check(&g->plan.sides[i]) == -RG_E_NOTSUP)
			return gw_fail(&err->why,
				"profile: main is read and checked, but does not run in this version "
				"(profile=simple)");
	}
	return 0;
}

int gw_gateway_prepare(struct gw_gateway *g, struct gw_config *c, struct gw_error *err)
{
	int e;

	memset(g, 0, sizeof(*g));
	g->config = c;
	e = gw_resolve(c, err);
	if (e)
		return e;
	e = gw_plan_build(&g->plan, c, err);
	if (e)
		return e;
	e = check_built(g, err);
	if (e) {
		gw_plan_fini(&g->plan);
		return e;
	}
	gw_budget_make(&g->budget, &g->plan, c);
	return 0;
}

void gw_gateway_fini(struct gw_gateway *g)
{
	gw_plan_fini(&g->plan);
}

static void print_side(const struct rg_end *ends, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		char text[640];

		gw_url_text(&ends[i].paths[0], text, sizeof(text));
		fprintf(stderr, "%s%s", i ? ", " : "", text);
	}
}

static void print_need(const struct rg_side_plan *s, enum rg_end_role role)
{
	struct gw_need n = gw_need_of(s, role);

	if (n.packets == 0)
		return;
	fprintf(stderr, "; %s %u ms x %u kb/s: %u packets, ring of %u%s",
		role == RG_ROLE_INPUT ? "receive" : "history", s->rist.buffer_max_ms, n.rate_kbps,
		n.packets, n.ring_slots,
		n.seq_limited ? " (all that 16-bit sequence numbers allow)" : "");
}

static void print_stream(const struct gw_gateway *g, uint32_t i)
{
	const struct gw_stream *s = &g->config->streams[i];
	const struct rg_stream_plan *p = &g->plan.streams[i];
	double bytes =
		(double)gw_stream_packets(p) * (double)g->budget.buf_bytes / g->budget.buf_count;

	fprintf(stderr, "ristgate: stream %s: ", s->name);
	print_side(s->inputs, s->n_inputs);
	fprintf(stderr, " -> ");
	print_side(s->outputs, s->n_outputs);
	for (uint32_t k = 0; k < p->n_inputs; k++)
		print_need(&p->inputs[k], RG_ROLE_INPUT);
	for (uint32_t k = 0; k < p->n_outputs; k++)
		print_need(&p->outputs[k], RG_ROLE_OUTPUT);
	fprintf(stderr, "; %.1f MiB\n", (bytes + (double)rg_stream_footprint(p)) / MIB);
}

static void print_port(const struct rg_port_conf *p)
{
	fprintf(stderr, "ristgate: port %s: %s", p->name, p->device);
	for (uint32_t i = 0; i < p->n_addrs; i++) {
		char text[RG_ADDR_TEXT_MAX];

		rg_addr_format_ip(&p->addrs[i].addr, text);
		fprintf(stderr, " %s/%u", text, p->addrs[i].len);
	}
	fprintf(stderr, " mtu %u\n", p->mtu ? p->mtu : 1500);
}

void gw_gateway_print(const struct gw_gateway *g)
{
	const struct gw_budget *b = &g->budget;
	const struct gw_config *c = g->config;

	for (uint32_t i = 0; i < c->n_ports; i++)
		print_port(&c->ports[i]);
	for (uint32_t i = 0; i < c->n_streams; i++)
		print_stream(g, i);
	fprintf(stderr,
		"ristgate: memory: %u packet buffers %.1f MiB, streams %.1f MiB, in all %.1f MiB (%s)\n",
		b->buf_count, (double)b->buf_bytes / MIB, (double)b->state_bytes / MIB,
		(double)(b->buf_bytes + b->state_bytes + b->host_bytes) / MIB,
		c->host == GW_HOST_DPDK ? "DPDK" : "kernel sockets");
}

/* What a run needs beside the plan. The host keeps pointing at host_conf and eal. */
struct run {
	struct gw_config *config;
	const struct gw_plan *plan;
	struct gw_keys *keys;
	struct gw_console *console; /* NULL: none */
	const struct rg_host_ops *ops;
	struct rg_host *host;
	struct rg_host_conf host_conf;
	char *eal[GW_EAL_MAX + 2];
	struct gw_stats *stats;
	struct gw_event_limit *limits; /* one a stream */
	bool *ended; /* streams whose input is over */
	uint32_t n_ended;
	bool output_failed;
	bool quit;
};

static void take_event(struct run *r, const struct rg_event *ev)
{
	char line[512];

	if (ev->stream >= r->config->n_streams)
		return;
	if (ev->kind == RG_EVENT_INPUT_END && !r->ended[ev->stream]) {
		r->ended[ev->stream] = true;
		r->n_ended++;
	}
	if (ev->kind == RG_EVENT_OUTPUT_FAILED)
		r->output_failed = true;
	if (gw_event_line(&r->limits[ev->stream], rg_host_now(),
		    r->config->streams[ev->stream].name, ev, line, sizeof(line)))
		fprintf(stderr, "ristgate: %s\n", line);
}

static void take_oob(struct run *r, const struct rg_oob *m)
{
	const struct rg_stream_plan *s = &r->plan->streams[m->stream];
	char line[1400];

	if (gw_event_oob_line(&r->limits[m->stream], rg_host_now(), s->name,
		    gw_plan_main_ends(s) > 1 ? gw_plan_end_number(s, m->ep) : 0, m, line,
		    sizeof(line)))
		fprintf(stderr, "ristgate: %s\n", line);
}

/* SIGHUP: secret-files are read again; what cannot be read changes nothing. */
static void reload(struct run *r)
{
	struct rg_conf_error err;
	uint32_t n;

	hangups = 0;
	if (gw_keys_reload(r->keys, r->config, r->ops, r->host, &n, &err))
		fprintf(stderr, "ristgate: %s; the secrets stay as they are\n", err.text);
	else
		fprintf(stderr, "ristgate: secrets read again, %u ends changed\n", n);
}

/* What hosts and workers have to say; not without end, others have their turn, too. */
static void hear(struct run *r)
{
	struct rg_event ev;
	struct rg_oob oob;

	while (r->ops->event(r->host, &ev))
		take_event(r, &ev);
	for (unsigned i = 0; i < OOB_PER_ROUND && r->ops->oob_take(r->host, &oob); i++)
		take_oob(r, &oob);
}

static int console_oob(void *ctx, const struct rg_oob *m)
{
	struct run *r = ctx;

	return r->ops->oob_put(r->host, m);
}

static void console_reload(void *ctx)
{
	reload(ctx);
}

static void console_stats(void *ctx)
{
	struct run *r = ctx;

	gw_stats_write(r->stats, r->ops, r->host);
}

static void console_quit(void *ctx)
{
	struct run *r = ctx;

	r->quit = true;
}

static int open_console(struct run *r, struct rg_conf_error *err)
{
	const struct gw_console_actions act = {
		r, console_oob, console_reload, console_stats, console_quit};

	if (!r->config->console)
		return 0;
	r->console = malloc(sizeof(*r->console));
	if (!r->console)
		return gw_fail(err, "no memory for the console");
	gw_console_init(r->console, STDIN_FILENO, r->plan, &act);
	return 0;
}

static void poll_until_done(struct run *r)
{
	int64_t interval_ns = r->config->stats_ms * RG_NS_PER_MS;
	rg_time next = rg_time_add(rg_host_now(), interval_ns);

	while (!signals && !r->quit && !r->output_failed && r->n_ended < r->config->n_streams) {
		hear(r);
		if (interval_ns && !rg_time_before(rg_host_now(), next)) {
			gw_stats_write(r->stats, r->ops, r->host);
			next = rg_time_add(next, interval_ns);
		}
		if (hangups)
			reload(r);
		if (r->console)
			gw_console_poll(r->console);
		gw_keys_serve(r->keys, r->ops, r->host);
		r->ops->wait(r->host, rg_time_add(rg_host_now(), POLL_NS));
	}
}

static int start_host(
	struct run *r, const struct gw_gateway *g, char *program, struct rg_conf_error *err)
{
	const struct gw_config *c = g->config;

	r->eal[0] = program;
	memcpy(r->eal + 1, c->eal, c->n_eal * sizeof(r->eal[0]));
	r->host_conf = (struct rg_host_conf){.eps = g->plan.eps,
		.n_eps = g->plan.n_eps,
		.streams = g->plan.streams,
		.n_streams = g->plan.n_streams,
		.buf_count = g->budget.buf_count,
		.buf_data_bytes = g->budget.buf_data_bytes,
		.eal_argv = r->eal,
		.eal_argc = (int)c->n_eal + 1,
		.ports = c->ports,
		.n_ports = c->n_ports,
		.lcores = c->lcores,
		.n_lcores = c->n_lcores};
	if (getrandom(&r->host_conf.seed, sizeof(r->host_conf.seed), 0) < 0)
		return gw_fail(err, "no random numbers from the kernel");
	r->ops = c->host == GW_HOST_DPDK ? &rg_dpdk_host : &rg_sock_host;
	return r->ops->start(&r->host_conf, &r->host, err);
}

static int run(struct run *r, struct gw_gateway *g, char *program, struct rg_conf_error *err)
{
	struct gw_config *c = g->config;
	int e;

	r->config = c;
	r->plan = &g->plan;
	r->limits = calloc(c->n_streams, sizeof(*r->limits));
	r->ended = calloc(c->n_streams, sizeof(*r->ended));
	if (!r->limits || !r->ended) {
		gw_fail(err, "no memory for %u streams", c->n_streams);
		return -RG_E_NOMEM;
	}
	e = gw_stats_open(&r->stats, c, &g->plan, err);
	if (e)
		return e;
	e = gw_keys_open(&r->keys, c, &g->plan, err);
	if (!e)
		e = open_console(r, err);
	if (!e)
		e = start_host(r, g, program, err);
	if (e)
		return e;
	fprintf(stderr, "ristgate: ready\n");
	poll_until_done(r);
	if (c->stats_ms)
		gw_stats_write(r->stats, r->ops, r->host);
	r->ops->stop(r->host);
	if (r->output_failed) {
		gw_fail(err, "an output failed");
		return -RG_E_NOENT;
	}
	return 0;
}

int gw_gateway_run(struct gw_gateway *g, char *program, struct gw_error *err)
{
	struct run r = {.n_ended = 0};
	int e = run(&r, g, program, &err->why);

	gw_keys_close(r.keys);
	gw_stats_close(r.stats);
	free(r.console);
	free(r.limits);
	free(r.ended);
	return e;
}
