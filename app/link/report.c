/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>

#include "link.h"

int link_path_init(struct link_path *p, const struct link_conf *c, uint32_t path, uint32_t cap)
{
	for (uint32_t d = 0; d < LINK_ENDS; d++) {
		int rc = lane_init(&p->lane[d], &c->paths[path].lane[d], cap, c->seed, path, d);

		if (rc)
			return rc;
	}
	return 0;
}

static void print_lane(const char *name, const struct lane *l)
{
	const struct lane_stats *s = &l->stats;

	const struct {
		const char *key;
		uint64_t v;
	} field[] = {
		{"received", s->received},
		{"received_bytes", s->received_bytes},
		{"forwarded", s->forwarded},
		{"forwarded_bytes", s->forwarded_bytes},
		{"dropped", s->dropped},
		{"duplicated", s->duplicated},
		{"reordered", s->reordered},
		{"overflowed", s->overflowed},
		{"unsent", s->unsent},
		{"under_way", l->queue.len},
	};

	printf("\"%s\":{", name);
	for (size_t i = 0; i < RG_ARRAY_LEN(field); i++)
		printf("%s\"%s\":%llu", i ? "," : "", field[i].key, (unsigned long long)field[i].v);
	printf("}");
}

struct link_run link_run_start(const struct link_conf *c)
{
	rg_time now = rg_host_now();

	return (struct link_run){.start = now,
		.end = c->max_ns ? rg_time_add(now, c->max_ns) : RG_TIME_NEVER,
		.report = c->stats_ns ? rg_time_add(now, c->stats_ns) : RG_TIME_NEVER};
}

bool link_run_goes_on(struct link_run *r, const struct link_conf *c, const struct link_path *paths)
{
	rg_time now = rg_host_now();

	if (!rg_time_before(now, r->report)) {
		link_report(r, c, paths);
		r->report = rg_time_add(r->report, c->stats_ns);
	}
	return !link_stop && rg_time_before(now, r->end);
}

void link_report(const struct link_run *r, const struct link_conf *c, const struct link_path *paths)
{
	printf("{\"seed\":%llu,\"seconds\":%.3f,\"paths\":[", (unsigned long long)c->seed,
		(double)rg_time_diff(rg_host_now(), r->start) / 1e9);
	for (uint32_t p = 0; p < c->n_paths; p++) {
		printf("%s{\"path\":%u,", p ? "," : "", p);
		print_lane("a_to_b", &paths[p].lane[LINK_A]);
		printf(",");
		print_lane("b_to_a", &paths[p].lane[LINK_B]);
		printf("}");
	}
	printf("]}\n");
	(void)fflush(stdout);
}
