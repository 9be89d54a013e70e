/* SPDX-License-Identifier: BSD-3-Clause */
#include "stats.h"

#include <stdlib.h>
#include <time.h>

#include "rg_worker.h"

struct kept {
	struct rg_stream_report *now, *prev; /* swapped at every line */
	size_t bytes;
	bool has_prev;
};

struct gw_stats {
	FILE *file;
	const struct gw_config *config;
	struct kept *streams;
	uint32_t n_streams;
	rg_time last;
};

static int keep_reports(struct gw_stats *s, const struct gw_plan *p)
{
	s->streams = calloc(p->n_streams, sizeof(*s->streams));
	if (!s->streams)
		return -RG_E_NOMEM;
	for (s->n_streams = 0; s->n_streams < p->n_streams; s->n_streams++) {
		struct kept *k = &s->streams[s->n_streams];

		k->bytes = rg_stream_report_bytes(&p->streams[s->n_streams]);
		k->now = calloc(1, k->bytes);
		k->prev = calloc(1, k->bytes);
		if (!k->now || !k->prev) {
			free(k->now);
			free(k->prev);
			return -RG_E_NOMEM;
		}
	}
	return 0;
}

int gw_stats_open(struct gw_stats **out, const struct gw_config *c, const struct gw_plan *p,
	struct rg_conf_error *err)
{
	struct gw_stats *s = calloc(1, sizeof(*s));

	*out = s;
	if (!s)
		return gw_fail(err, "no memory for statistics");
	s->config = c;
	s->last = rg_host_now();
	s->file = c->stats_file[0] ? fopen(c->stats_file, "ae") : stderr;
	if (!s->file)
		gw_fail(err, "stats-file: %.128s: %m", c->stats_file);
	else if (keep_reports(s, p))
		gw_fail(err, "no memory for statistics of %u streams", p->n_streams);
	else
		return 0;
	gw_stats_close(s);
	*out = NULL;
	return -RG_E_NOENT;
}

/* RFC 3339, UTC, milliseconds. */
static void timestamp(char *out, size_t cap)
{
	struct timespec t;
	struct tm tm;
	size_t n;

	clock_gettime(CLOCK_REALTIME, &t);
	gmtime_r(&t.tv_sec, &tm);
	n = strftime(out, cap, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(out + n, cap - n, ".%03dZ", (int)(t.tv_nsec / 1000000));
}

static void write_line(struct gw_stats *s, json_t *line)
{
	if (line && json_dumpf(line, s->file, JSON_COMPACT | JSON_REAL_PRECISION(4)) == 0)
		fputc('\n', s->file);
	json_decref(line);
}

void gw_stats_write(struct gw_stats *s, const struct rg_host_ops *ops, struct rg_host *h)
{
	rg_time now = rg_host_now();
	uint32_t interval_ms = (uint32_t)(rg_time_diff(now, s->last) / RG_NS_PER_MS);
	struct rg_host_report host = {.n_ports = 0};
	char ts[40];

	timestamp(ts, sizeof(ts));
	for (uint32_t i = 0; i < s->n_streams; i++) {
		struct kept *k = &s->streams[i];
		struct rg_stream_report *swap = k->prev;

		if (!ops->report(h, i, k->now, k->bytes))
			continue;
		write_line(s,
			gw_stats_stream(&s->config->streams[i], k->now,
				k->has_prev ? k->prev : NULL, ts, interval_ms));
		k->prev = k->now;
		k->now = swap;
		k->has_prev = true;
	}
	ops->host_report(h, &host);
	write_line(s, gw_stats_host(&host, ts, interval_ms));
	fflush(s->file);
	s->last = now;
}

void gw_stats_close(struct gw_stats *s)
{
	if (!s)
		return;
	for (uint32_t i = 0; i < s->n_streams; i++) {
		free(s->streams[i].now);
		free(s->streams[i].prev);
	}
	free(s->streams);
	if (s->file && s->file != stderr)
		fclose(s->file);
	free(s);
}
