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

void link_report(const struct link_conf *c, const struct link_path *paths, int64_t elapsed_ns)
{
	printf("{\"seed\":%llu,\"seconds\":%.3f,\"paths\":[", (unsigned long long)c->seed,
		(double)elapsed_ns / 1e9);
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
