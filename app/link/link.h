/* SPDX-License-Identifier: BSD-3-Clause */
/* link.h - the settings of one run, and the two ways to carry it: kernel UDP or DPDK ports.
 * Shape: args.c fills link_conf, one of link_udp_run and link_dpdk_run carries it until a signal
 * or the time limit, link_report prints what happened. Units: in the names.
 * Errors: exit statuses of the program: 0, 1 run time, 2 usage. Threads: one. */
#ifndef LINK_H
#define LINK_H

#include <signal.h>

#include "lane.h"
#include "rg_host.h"

#define LINK_PATHS_MAX 8
#define LINK_PORTS_MAX 8

enum link_end { LINK_A, LINK_B, LINK_ENDS };

struct link_path_conf {
	const char *end[LINK_ENDS]; /* as given: udp://... or a DPDK port's name */
	struct lane_conf lane[LINK_ENDS]; /* by where it starts: [LINK_A] is a to b */
};

struct link_conf {
	struct link_path_conf paths[LINK_PATHS_MAX];
	uint32_t n_paths;
	uint32_t n_ports; /* consecutive UDP ports carried as one path */
	uint64_t seed;
	int64_t max_ns; /* the run ends by itself; 0: only by a signal */
	int64_t stats_ns; /* 0: only at the end */
	int eal_argc; /* program name and what stood before "--" */
	char **eal_argv;
};

struct link_path {
	struct lane lane[LINK_ENDS];
};

/* 0 or exit status 2 after an error on stderr; --help exits. */
int link_parse(int argc, char **argv, struct link_conf *c);

bool link_end_is_udp(const char *end);

/* Both lanes of a path, each with room for cap datagrams under way. */
int link_path_init(struct link_path *p, const struct link_conf *c, uint32_t path, uint32_t cap);

/* How long a run lasts and when it reports. */
struct link_run {
	rg_time start, end, report;
};

struct link_run link_run_start(const struct link_conf *c);

/* Reports when it is time to; false: the run is over. */
bool link_run_goes_on(struct link_run *r, const struct link_conf *c, const struct link_path *paths);

/* One JSON line on stdout. */
void link_report(
	const struct link_run *r, const struct link_conf *c, const struct link_path *paths);

/* Set by SIGINT and SIGTERM, which stay blocked but in the waits given link_wait_mask. */
extern volatile sig_atomic_t link_stop;
extern sigset_t link_wait_mask;

/* Both return an exit status. */
int link_udp_run(const struct link_conf *c);
int link_dpdk_run(const struct link_conf *c);

#endif
