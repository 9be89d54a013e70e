/* SPDX-License-Identifier: BSD-3-Clause */
#include <rte_cycles.h>
#include <stdio.h>

#include "bench.h"

static double gbps(const struct bench_result *r, double pps)
{
	return pps * r->row.payload_bytes * 8 / 1e9;
}

void bench_head(const struct bench_conf *conf)
{
	if (conf->json)
		return;
	printf("TSC %.0f MHz; virtual time: %lld packets/s in all; buffer %d ms, so that 16-bit\n"
	       "numbers suffice for one flow; where packets are lost %d ms, shared by flows\n",
		(double)rte_get_tsc_hz() / 1e6, (long long)BENCH_PPS, BENCH_BUFFER_MS,
		BENCH_LOSSY_BUFFER_MS);
}

static void json_late(const char *prefix, const struct bench_late *l)
{
	printf(",\"%sp50_ns\":%.0f,\"%sp99_ns\":%.0f,\"%sp999_ns\":%.0f,\"%smax_ns\":%.0f", prefix,
		l->p50_ns, prefix, l->p99_ns, prefix, l->p999_ns, prefix, l->max_ns);
}

static void json_kind(const struct bench_result *r)
{
	const struct bench_memory *m = &r->memory;

	switch (r->row.c->kind) {
	case BENCH_CYCLES:
		printf(",\"stages\":{");
		for (unsigned i = 0; i < r->n_stages; i++)
			printf("%s\"%s\":%.1f", i ? "," : "", r->stages[i].name,
				r->stages[i].cycles);
		printf("},\"buffer_ms\":%d,\"held_packets\":%u",
			r->row.lossy ? BENCH_LOSSY_BUFFER_MS : BENCH_BUFFER_MS, r->held);
		if (r->hot_cycles > 0)
			printf(",\"hot_cipher_pps\":%.0f",
				(double)rte_get_tsc_hz() / r->hot_cycles);
		break;
	case BENCH_LATENCY:
		json_late("", &r->late);
		json_late("spin_", &r->spin);
		json_late("all_", &r->late_all);
		json_late("spin_all_", &r->spin_all);
		json_late("source_", &r->source);
		printf(",\"load\":%.3f", r->load);
		break;
	case BENCH_MEMORY:
		printf(",\"flow_bytes\":%zu,\"stream_bytes\":%zu,\"sender_bytes\":%zu,"
		       "\"slot_bytes\":%zu,\"history_slot_bytes\":%zu",
			m->flow_bytes, m->stream_bytes, m->sender_bytes, m->slot_bytes,
			m->history_slot_bytes);
		break;
	}
}

static void report_json(const struct bench_result *r)
{
	printf("{\"case\":\"%s\",\"flows\":%u,\"outputs\":%u,\"loss_percent\":%g,"
	       "\"payload_bytes\":%u,\"packets\":%llu,\"pps\":%.0f,\"gbps\":%.3f,"
	       "\"cycles_per_packet\":%.1f,\"limit\":\"%s\",\"limit_pps\":%.0f,\"ratio\":%.3f",
		r->row.c->name, r->row.flows, r->row.outputs, r->row.loss_percent,
		r->row.payload_bytes, (unsigned long long)r->packets, r->pps, gbps(r, r->pps),
		r->cycles, r->limit, r->limit_pps, r->ratio);
	json_kind(r);
	printf(",\"drops\":%llu,\"lost\":%llu,\"skipped\":%llu}\n", (unsigned long long)r->drops,
		(unsigned long long)r->lost, (unsigned long long)r->skipped);
}

static void speed(const struct bench_result *r, const char *name, double pps, double cycles)
{
	printf("%-18s %7.3f Mpps %7.2f Gb/s %7.1f cycles/packet", name, pps / 1e6, gbps(r, pps),
		cycles);
}

/* The setting in which the rows of a case differ, or that is not the usual one. */
static void setting(const struct bench_result *r)
{
	if (r->row.flows > 1)
		printf(", %u flows", r->row.flows);
	if (r->row.outputs > 1)
		printf(", %u outputs", r->row.outputs);
	if (r->row.lossy)
		printf(", %g %% lost", r->row.loss_percent);
}

static void losses(const struct bench_result *r)
{
	if (r->lost > 0)
		printf(", %llu packets lost", (unsigned long long)r->lost);
	if (r->skipped > 0)
		printf(", %llu not sent in time", (unsigned long long)r->skipped);
	if (r->drops > 0)
		printf(", %llu datagrams dropped", (unsigned long long)r->drops);
}

static void text_cycles(const struct bench_result *r)
{
	double hz = (double)rte_get_tsc_hz();

	speed(r, r->row.c->name, r->pps, r->cycles);
	setting(r);
	printf(":");
	for (unsigned i = 0; i < r->n_stages; i++)
		printf(" %s %.0f", r->stages[i].name, r->stages[i].cycles);
	losses(r);
	if (r->row.c->vary == BENCH_ALONE) {
		printf("\n");
		speed(r, "  limit", r->limit_pps, hz / r->limit_pps);
		printf(": %s, ratio %.3f\n", r->limit, r->ratio);
	} else if (r->row.c->vary == BENCH_OUTPUTS && r->row.outputs > 1) {
		printf("; one more costs %.3f of a %s\n", r->ratio, r->limit);
	} else {
		printf("; %.3f of %s\n", r->ratio, r->limit);
	}
	if (r->hot_cycles > 0) {
		speed(r, "  cipher alone", hz / r->hot_cycles, r->hot_cycles);
		printf("\n");
	}
}

static void text_late(const char *name, const struct bench_late *l)
{
	printf("%-18s p50 %.1f us, p99 %.1f us, p99.9 %.1f us", name, l->p50_ns / 1e3,
		l->p99_ns / 1e3, l->p999_ns / 1e3);
}

/* The median of the pieces was above. */
static void text_all(const struct bench_late *l)
{
	text_late("    all pieces", l);
	printf(", at most %.1f us\n", l->max_ns / 1e3);
}

static void text_latency(const struct bench_result *r)
{
	text_late(r->row.c->name, &r->late);
	printf(" after the buffer, in real time at %.2f Gb/s, core busy %.0f %%", gbps(r, r->pps),
		r->load * 100);
	losses(r);
	printf("\n");
	text_all(&r->late_all);
	text_late("  bare loop", &r->spin);
	printf("; beyond it: p99 %.1f us, p99.9 %.1f us\n", (r->late.p99_ns - r->spin.p99_ns) / 1e3,
		(r->late.p999_ns - r->spin.p999_ns) / 1e3);
	text_all(&r->spin_all);
	text_late("  source", &r->source);
	printf(", at most %.1f us late itself, which the buffer takes up\n",
		r->source.max_ns / 1e3);
}

static void text_memory(const struct bench_result *r)
{
	const struct bench_memory *m = &r->memory;

	printf("%-18s a flow %zu bytes, and %zu a slot of its ring; a stream around one flow %zu,\n"
	       "%-18s a sending stream %zu, and %zu a slot of its history\n",
		r->row.c->name, m->flow_bytes, m->slot_bytes, m->stream_bytes, "", m->sender_bytes,
		m->history_slot_bytes);
}

void bench_report(const struct bench_conf *conf, const struct bench_result *r)
{
	if (conf->json)
		report_json(r);
	else if (r->row.c->kind == BENCH_LATENCY)
		text_latency(r);
	else if (r->row.c->kind == BENCH_MEMORY)
		text_memory(r);
	else
		text_cycles(r);
	(void)fflush(stdout);
}
