/* SPDX-License-Identifier: BSD-3-Clause */
/* stats_json.c - what a report says, as JSON. Counters are tables of key and offset, so that
 * `total` and `interval` cannot disagree about their keys. */
#include <stddef.h>

#include "rg_addr_text.h"
#include "stats.h"

struct counter {
	const char *key;
	size_t offset; /* of a uint64_t */
};

#define RX(field)                                                                                  \
	{                                                                                          \
#field, offsetof(struct rg_flow_rx_stats, field)                                   \
	}
#define TX(field)                                                                                  \
	{                                                                                          \
#field, offsetof(struct rg_flow_tx_stats, field)                                   \
	}

static const struct counter rx_counters[] = {RX(received), RX(received_bytes), RX(delivered),
	RX(lost), RX(recovered), RX(recovered_one_retry), RX(recovered_two_nacks),
	RX(recovered_three_nacks), RX(recovered_four_nacks), RX(recovered_more_nacks),
	RX(duplicates), RX(reordered), RX(too_late), RX(too_late_retransmit),
	RX(retransmitted_received), RX(clock_resync), RX(nacks_sent), RX(abandoned),
	RX(played_early), RX(overwritten), RX(flow_resets), RX(discontinuities)};

static const struct counter rx_gauges[] = {RX(missing), RX(buffered), RX(avg_buffer_time_us),
	RX(ips_min_us), RX(ips_cur_us), RX(ips_max_us), RX(bandwidth_bps), RX(retry_bandwidth_bps),
	RX(reorder_wait_us)};

static const struct counter tx_counters[] = {TX(sent), TX(sent_bytes), TX(retransmitted),
	TX(retransmitted_bytes), TX(retransmit_skipped), TX(retransmit_suppressed),
	TX(retransmit_exhausted), TX(bandwidth_skipped), TX(nacked)};

static const struct counter tx_gauges[] = {
	TX(bandwidth_bps), TX(retry_bandwidth_bps), TX(history_packets)};

static uint64_t value_at(const void *base, size_t offset)
{
	uint64_t v;

	memcpy(&v, (const char *)base + offset, sizeof(v));
	return v;
}

static void put(json_t *o, const char *key, uint64_t v)
{
	json_object_set_new(o, key, json_integer((json_int_t)v));
}

/* A counter that went back was reset with its flow: what it shows is new. */
static uint64_t since(uint64_t now, uint64_t before)
{
	return now >= before ? now - before : now;
}

static json_t *counters(const struct counter *c, size_t n, const void *now, const void *before)
{
	json_t *o = json_object();

	for (size_t i = 0; i < n; i++) {
		uint64_t v = value_at(now, c[i].offset);

		put(o, c[i].key, before ? since(v, value_at(before, c[i].offset)) : v);
	}
	return o;
}

static void put_gauges(json_t *o, const struct counter *c, size_t n, const void *now)
{
	for (size_t i = 0; i < n; i++)
		put(o, c[i].key, value_at(now, c[i].offset));
}

static void put_q16(json_t *o, const char *key, uint64_t q16)
{
	json_object_set_new(o, key, json_real((double)q16 * 100 / 65536));
}

static json_t *peer(const struct rg_peer_report *p, const struct rg_rist_conf *c)
{
	json_t *o = json_object();
	char text[RG_ADDR_TEXT_MAX];

	rg_addr_format(&p->addr, text);
	json_object_set_new(o, "address", json_string(text));
	json_object_set_new(o, "alive", json_boolean(p->alive));
	put(o, "rtt_us", p->rtt_us);
	put(o, "weight", c->weight);
	put(o, "priority", c->recovery_priority);
	return o;
}

/* A peer may name itself in any bytes (trap M21); JSON takes only UTF-8. */
static json_t *cname(const struct rg_input_report *in)
{
	uint32_t len = rg_min_u32(in->cname_len, RG_CNAME_MAX);
	json_t *s = json_stringn((const char *)in->cname, len);
	char text[RG_CNAME_MAX + 1];

	if (s)
		return s;
	for (uint32_t i = 0; i < len; i++)
		text[i] = in->cname[i] >= 0x20 && in->cname[i] < 0x7f ? (char)in->cname[i] : '?';
	return json_stringn(text, len);
}

static json_t *rx_peers(const struct rg_input_report *in, const struct rg_rist_conf *c)
{
	json_t *list = json_array(), *o = peer(&in->peer, c);

	put(o, "received", in->peer.received);
	put(o, "received_bytes", in->peer.received_bytes);
	put(o, "lost", in->rx.lost);
	json_array_append_new(list, o);
	return list;
}

static json_t *flow(const struct rg_input_report *now, const struct rg_input_report *before,
	const struct rg_rist_conf *c)
{
	static const struct rg_flow_rx_stats zero;
	static const char *const profiles[] = {"simple", "main", "advanced"};
	const struct rg_flow_rx_stats *rx = &now->rx, *old = before ? &before->rx : &zero;
	uint64_t expected = rx->received + rx->lost;
	json_t *o = json_object(), *total, *interval;

	total = counters(rx_counters, RG_ARRAY_LEN(rx_counters), rx, NULL);
	interval = counters(rx_counters, RG_ARRAY_LEN(rx_counters), rx, old);
	/* This version has no FEC; its key stands here so that readers need not ask. */
	put(total, "fec_recovered", 0);
	put(interval, "fec_recovered", 0);
	put(o, "flow_id", now->flow_id);
	json_object_set_new(o, "cname", cname(now));
	json_object_set_new(o, "profile", json_string(profiles[c->profile]));
	put(o, "seq_bits", now->seq_bits);
	json_object_set_new(o, "total", total);
	json_object_set_new(o, "interval", interval);
	put(o, "rtt_us", now->rtt_us);
	put(o, "quality", expected ? 100 * rx->received / expected : 100);
	put_gauges(o, rx_gauges, RG_ARRAY_LEN(rx_gauges), rx);
	put_q16(o, "loss_forward_percent", rx->loss_forward_q16);
	put_q16(o, "loss_back_percent", rx->loss_back_q16);
	json_object_set_new(o, "peers", rx_peers(now, c));
	return o;
}

static uint32_t flow_reports(const struct rg_url *u)
{
	return rg_report_flows(u->kind, u->rist.max_flows);
}

static json_t *rist_input(const struct rg_url *u, const struct rg_input_report *now,
	const struct rg_input_report *prev)
{
	json_t *o = json_object(), *flows = json_array();

	for (uint32_t i = 0; i < flow_reports(u); i++) {
		const struct rg_input_report *before = NULL;

		if (!now[i].active)
			continue;
		if (prev && prev[i].active && prev[i].flow_id == now[i].flow_id)
			before = &prev[i];
		json_array_append_new(flows, flow(&now[i], before, &u->rist));
	}
	json_object_set_new(o, "flows", flows);
	return o;
}

/* The one raw input of a stream: its counters are the stream's. */
static json_t *raw_input(const struct rg_stream_report *now, const struct rg_stream_report *prev)
{
	static const struct counter raw[] = {
		{"received", offsetof(struct rg_stream_report, raw_received)},
		{"received_bytes", offsetof(struct rg_stream_report, raw_received_bytes)},
	};
	static const struct rg_stream_report zero;
	json_t *o = json_object();

	json_object_set_new(o, "total", counters(raw, RG_ARRAY_LEN(raw), now, NULL));
	json_object_set_new(
		o, "interval", counters(raw, RG_ARRAY_LEN(raw), now, prev ? prev : &zero));
	json_object_set_new(o, "ended", json_boolean(now->input_ended));
	return o;
}

static json_t *tx_peers(const struct rg_output_report *out, const struct rg_rist_conf *c)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < out->n_peers && i < RG_REPORT_PEERS; i++) {
		const struct rg_peer_report *p = &out->peers[i];
		json_t *o = peer(p, c);

		put(o, "sent", p->sent);
		put(o, "sent_bytes", p->sent_bytes);
		put(o, "retransmitted", p->retransmitted);
		put(o, "retransmitted_bytes", p->retransmitted_bytes);
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *output(const struct rg_url *u, const struct rg_output_report *now,
	const struct rg_output_report *prev)
{
	static const struct rg_flow_tx_stats zero;
	json_t *o = json_object();

	json_object_set_new(
		o, "total", counters(tx_counters, RG_ARRAY_LEN(tx_counters), &now->tx, NULL));
	json_object_set_new(o, "interval",
		counters(tx_counters, RG_ARRAY_LEN(tx_counters), &now->tx,
			prev ? &prev->tx : &zero));
	json_object_set_new(o, "connected", json_boolean(now->connected));
	put(o, "rtt_us", now->rtt_us);
	put_gauges(o, tx_gauges, RG_ARRAY_LEN(tx_gauges), &now->tx);
	json_object_set_new(o, "peers", tx_peers(now, &u->rist));
	return o;
}

static json_t *drops(const uint64_t *counts)
{
	json_t *o = json_object();

	for (int v = 0; v < RG_V_COUNT; v++) {
		if (v != RG_V_OK && counts[v])
			put(o, rg_verdict_key((enum rg_verdict)v), counts[v]);
	}
	return o;
}

static void put_url(json_t *o, const struct rg_url *u)
{
	char text[640];

	gw_url_text(u, text, sizeof(text));
	json_object_set_new(o, "url", json_string(text));
}

static json_t *inputs(const struct gw_stream *conf, const struct rg_stream_report *now,
	const struct rg_stream_report *prev)
{
	const struct rg_input_report *in = (const void *)(now + 1);
	const struct rg_input_report *old = prev ? (const void *)(prev + 1) : NULL;
	json_t *list = json_array();

	for (uint32_t i = 0; i < conf->n_inputs; i++) {
		const struct rg_url *u = &conf->inputs[i].paths[0];
		json_t *o = u->kind == RG_END_RIST ? rist_input(u, in, old) : raw_input(now, prev);

		put_url(o, u);
		json_array_append_new(list, o);
		in += flow_reports(u);
		old = old ? old + flow_reports(u) : NULL;
	}
	return list;
}

static json_t *outputs(const struct gw_stream *conf, const struct rg_stream_report *now,
	const struct rg_stream_report *prev)
{
	size_t skip = now->n_flows;
	const struct rg_input_report *in = (const void *)(now + 1);
	const struct rg_input_report *old_in = prev ? (const void *)(prev + 1) : NULL;
	const struct rg_output_report *out = (const void *)(in + skip);
	const struct rg_output_report *old = old_in ? (const void *)(old_in + skip) : NULL;
	json_t *list = json_array();

	for (uint32_t i = 0; i < conf->n_outputs; i++) {
		const struct rg_url *u = &conf->outputs[i].paths[0];
		json_t *o = output(u, &out[i], old ? &old[i] : NULL);

		put_url(o, u);
		json_array_append_new(list, o);
	}
	return list;
}

json_t *gw_stats_stream(const struct gw_stream *conf, const struct rg_stream_report *now,
	const struct rg_stream_report *prev, const char *ts, uint32_t interval_ms)
{
	json_t *o = json_object();

	json_object_set_new(o, "ts", json_string(ts));
	json_object_set_new(o, "stream", json_string(conf->name));
	put(o, "interval_ms", interval_ms);
	json_object_set_new(o, "inputs", inputs(conf, now, prev));
	json_object_set_new(o, "outputs", outputs(conf, now, prev));
	put(o, "control_used", now->drops[RG_V_OK]);
	json_object_set_new(o, "drops", drops(now->drops));
	return o;
}

json_t *gw_stats_host(const struct rg_host_report *now, const char *ts, uint32_t interval_ms)
{
	json_t *o = json_object(), *ports = json_array();

	json_object_set_new(o, "ts", json_string(ts));
	put(o, "interval_ms", interval_ms);
	put(o, "buffers_total", now->bufs_total);
	put(o, "buffers_free", now->bufs_free);
	put(o, "busy_us", now->busy_ns / 1000);
	put(o, "idle_us", now->idle_ns / 1000);
	for (uint32_t i = 0; i < now->n_ports && i < RG_PORTS_MAX; i++) {
		const struct rg_port_report *p = &now->ports[i];
		json_t *port = json_object();

		json_object_set_new(
			port, "name", json_stringn(p->name, strnlen(p->name, sizeof(p->name))));
		put(port, "rx_packets", p->rx_packets);
		put(port, "rx_bytes", p->rx_bytes);
		put(port, "tx_packets", p->tx_packets);
		put(port, "tx_bytes", p->tx_bytes);
		put(port, "rx_missed", p->rx_missed);
		put(port, "rx_errors", p->rx_errors);
		put(port, "rx_nombuf", p->rx_nombuf);
		put(port, "tx_errors", p->tx_errors);
		json_array_append_new(ports, port);
	}
	json_object_set_new(o, "ports", ports);
	json_object_set_new(o, "drops", drops(now->drops));
	return json_pack("{s:o}", "host", o);
}
