/* SPDX-License-Identifier: BSD-3-Clause */
/* ristgate - the gateway: streams from the command line or a file, over DPDK ports or kernel
 * sockets. docs/architecture.md has the way of a packet. */
#include <stdio.h>
#include <stdlib.h>

#include "args.h"
#include "gateway.h"

enum {
	EXIT_DONE = 0,
	EXIT_RUN_TIME = 1,
	EXIT_USAGE = 2, /* or configuration */
};

static int complain(const struct gw_error *err, int status)
{
	fprintf(stderr, "ristgate: %s%s%s\n", err->where, err->where[0] ? ": " : "", err->why.text);
	return status;
}

static int run(struct gw_args *a, char *program)
{
	struct gw_error err = {.where = ""};
	struct gw_gateway g;
	int status = EXIT_DONE;

	if (gw_gateway_prepare(&g, &a->config, &err))
		return complain(&err, EXIT_USAGE);
	gw_gateway_print(&g);
	if (gw_budget_check(&g.budget, &a->config, &err.why))
		status = complain(&err, EXIT_USAGE);
	else if (a->action == GW_RUN && gw_gateway_run(&g, program, &err))
		status = complain(&err, EXIT_RUN_TIME);
	gw_gateway_fini(&g);
	return status;
}

int main(int argc, char **argv)
{
	struct gw_args *a = malloc(sizeof(*a));
	struct gw_error err;
	int status = EXIT_DONE;

	if (!a)
		return EXIT_RUN_TIME;
	if (gw_args_parse(a, argc, argv, &err)) {
		free(a);
		return complain(&err, EXIT_USAGE);
	}
	switch (a->action) {
	case GW_USAGE:
		fputs(gw_usage, stderr);
		status = EXIT_USAGE;
		break;
	case GW_HELP:
		fputs(gw_usage, stdout);
		break;
	case GW_VERSION:
		puts("ristgate " RG_VERSION);
		break;
	case GW_RUN:
	case GW_CHECK:
		gw_catch_signals();
		status = run(a, argv[0]);
		gw_config_fini(&a->config);
		break;
	}
	free(a);
	return status;
}
