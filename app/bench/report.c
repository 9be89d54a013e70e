/* SPDX-License-Identifier: BSD-3-Clause */
#include <rte_cycles.h>
#include <stdio.h>

#include "bench.h"

static double per_second(double cycles)
{
	return cycles > 0 ? (double)rte_get_tsc_hz() / cycles : 0;
}

static double gbps(const struct bench_conf *conf, double cycles)
{
	return per_second(cycles) * conf->payload_bytes * 8 / 1e9;
}

void bench_head(const struct bench_conf *conf)
{
	if (conf->json)
		return;
	printf("%u flow%s, %u bytes; TSC %.0f MHz; virtual time: %lld packets/s in all, line %lld ms,\n"
	       "buffer %d ms, so that 16-bit numbers suffice for one flow\n",
		conf->flows, conf->flows == 1 ? "" : "s", conf->payload_bytes,
		(double)rte_get_tsc_hz() / 1e6, (long long)BENCH_PPS,
		(long long)(BENCH_LINE_NS / RG_NS_PER_MS), BENCH_BUFFER_MS);
}

static void report_json(const struct bench_conf *conf, const struct bench_result *r)
{
	printf("{\"case\":\"%s\",\"flows\":%u,\"payload_bytes\":%u,\"packets\":%llu,\"pps\":%.0f,"
	       "\"gbps\":%.3f,\"cycles_per_packet\":%.1f,\"stages\":{",
		r->c->name, conf->flows, conf->payload_bytes, (unsigned long long)r->packets,
		per_second(r->cycles), gbps(conf, r->cycles), r->cycles);
	for (unsigned i = 0; i < r->n_stages; i++)
		printf("%s\"%s\":%.1f", i ? "," : "", r->stages[i].name, r->stages[i].cycles);
	printf("},\"held_packets\":%u,\"drops\":%llu", r->held, (unsigned long long)r->drops);
	printf(",\"limit\":\"%s\",\"limit_pps\":%.0f,\"ratio\":%.3f", r->limit,
		per_second(r->limit_cycles), r->limit_cycles / r->cycles);
	if (r->hot_cycles > 0)
		printf(",\"hot_cipher_pps\":%.0f", per_second(r->hot_cycles));
	printf("}\n");
}

static void report_text(const struct bench_conf *conf, const struct bench_result *r)
{
	printf("%-16s %7.3f Mpps %7.2f Gb/s %7.1f cycles/packet:", r->c->name,
		per_second(r->cycles) / 1e6, gbps(conf, r->cycles), r->cycles);
	for (unsigned i = 0; i < r->n_stages; i++)
		printf(" %s %.0f", r->stages[i].name, r->stages[i].cycles);
	if (r->drops > 0)
		printf(", %llu packets lost", (unsigned long long)r->drops);
	printf("\n%-16s %7.3f Mpps %7.2f Gb/s %7.1f cycles/packet: %s, ratio %.3f\n", "  limit",
		per_second(r->limit_cycles) / 1e6, gbps(conf, r->limit_cycles), r->limit_cycles,
		r->limit, r->limit_cycles / r->cycles);
	if (r->hot_cycles > 0)
		printf("%-16s %7.3f Mpps %7.2f Gb/s %7.1f cycles/packet\n", "  cipher alone",
			per_second(r->hot_cycles) / 1e6, gbps(conf, r->hot_cycles), r->hot_cycles);
}

void bench_report(const struct bench_conf *conf, const struct bench_result *r)
{
	if (conf->json)
		report_json(conf, r);
	else
		report_text(conf, r);
	(void)fflush(stdout);
}
