/* SPDX-License-Identifier: BSD-3-Clause */
#include "plan.h"

#include <stdlib.h>

#include "rg_profile.h"

#define RIST_PORT    1024 /* of the first flow, even */
#define HISTORY_MS   (BENCH_BUFFER_MS + 200) /* what a sender keeps longer than the buffer */
#define SLOTS_MIN    64
#define SLOTS_16BIT  65536
#define FORGET_SLOTS 8192
#define SECRET       "a passphrase of the benchmark"

static uint32_t slots(const struct plan_conf *c)
{
	uint32_t ms = c->role == PLAN_SENDER ? HISTORY_MS : BENCH_BUFFER_MS;
	uint32_t all = c->forgets ? FORGET_SLOTS : (uint32_t)(BENCH_PPS * ms / 1000 * 5 / 4);

	return (uint32_t)rg_clamp_i64(rg_pow2_ceil(all / c->flows + 1), SLOTS_MIN, SLOTS_16BIT);
}

static uint32_t held(const struct plan_conf *c)
{
	uint32_t ms = c->role == PLAN_SENDER ? HISTORY_MS : BENCH_BUFFER_MS;

	return (uint32_t)rg_min_i64(BENCH_PPS * ms / 1000, (int64_t)c->flows * slots(c));
}

static struct rg_addr at(struct rg_addr host, uint32_t port)
{
	host.port = (uint16_t)port;
	return host;
}

static uint16_t add_ep(struct plan *p, uint32_t stream, struct rg_addr local, uint16_t pair)
{
	p->eps[p->n_eps] = (struct rg_ep_plan){
		.kind = RG_EP_UDP, .stream = stream, .local = local, .pair = pair, .ttl = 1};
	return (uint16_t)p->n_eps++;
}

static struct rg_side_plan raw_side(struct plan *p, const struct plan_conf *c, uint32_t i)
{
	bool in = c->role == PLAN_SENDER;
	struct rg_addr local = at(c->local, (in ? PLAN_RAW_PORT : PLAN_OUT_PORT) + i);
	struct rg_addr nowhere = {.af = RG_AF_NONE};

	return (struct rg_side_plan){
		.kind = RG_END_UDP,
		.ep = add_ep(p, i, local, RG_EP_NONE),
		.ep_rtcp = RG_EP_NONE,
		.listen = in,
		.remote = in ? nowhere : at(c->sink, PLAN_RAW_PORT + i),
	};
}

static struct rg_side_plan rist_side(struct plan *p, const struct plan_conf *c, uint32_t i)
{
	bool listen = c->role == PLAN_RECEIVER;
	struct rg_addr local = at(c->local, RIST_PORT + 2 * i);
	struct rg_side_plan s = {
		.kind = RG_END_RIST,
		.ep = add_ep(p, i, local, RG_EP_NONE),
		.ep_rtcp = RG_EP_NONE,
		.listen = listen,
		.ssrc = 2 * (i + 1) + (listen ? 0x40000000u : 0),
		.first_seq = i & 0xffff,
		.ring_slots = slots(c),
	};
	struct rg_url u;

	if (rg_profile(c->profile)->rtcp_port)
		s.ep_rtcp = add_ep(p, i, at(local, local.port + 1u), s.ep);
	if (!listen)
		s.remote = at(c->remote, RIST_PORT + 2 * i);
	rg_url_defaults(&u);
	s.rist = u.rist;
	s.rist.profile = c->profile;
	s.rist.max_flows = 1;
	s.rist.buffer_min_ms = s.rist.buffer_max_ms = BENCH_BUFFER_MS;
	s.rist.bandwidth_kbps = 20000000;
	s.rist.aes_bits = c->aes_bits;
	memcpy(s.rist.cname, "bench", 6);
	return s;
}

static int add_keys(const struct plan *p, const struct plan_conf *c, struct rg_key_server *keys)
{
	struct rg_side_plan *sides = c->role == PLAN_SENDER ? p->outputs : p->inputs;

	for (uint32_t i = 0; i < p->n_streams && c->aes_bits; i++) {
		int rc = rg_key_server_add(keys, i, sides[i].ep, (const uint8_t *)SECRET,
			sizeof(SECRET) - 1, c->aes_bits, sides[i].tx_keys);

		if (rc < 0)
			return rc;
	}
	return 0;
}

int plan_open(struct plan *p, const struct plan_conf *c, struct rg_key_server *keys)
{
	*p = (struct plan){
		.eps = calloc(3 * (size_t)c->flows, sizeof(*p->eps)),
		.inputs = calloc(c->flows, sizeof(*p->inputs)),
		.outputs = calloc(c->flows, sizeof(*p->outputs)),
		.streams = calloc(c->flows, sizeof(*p->streams)),
		.n_streams = c->flows,
		.held = held(c),
	};
	if (!p->eps || !p->inputs || !p->outputs || !p->streams)
		return -RG_E_NOMEM;
	for (uint32_t i = 0; i < c->flows; i++) {
		struct rg_side_plan rist = rist_side(p, c, i), raw = raw_side(p, c, i);

		p->inputs[i] = c->role == PLAN_SENDER ? raw : rist;
		p->outputs[i] = c->role == PLAN_SENDER ? rist : raw;
		p->streams[i] =
			(struct rg_stream_plan){"bench", &p->inputs[i], &p->outputs[i], 1, 1, i};
	}
	return add_keys(p, c, keys);
}

void plan_close(struct plan *p)
{
	free(p->eps);
	free(p->inputs);
	free(p->outputs);
	free(p->streams);
}
