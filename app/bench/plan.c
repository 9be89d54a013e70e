/* SPDX-License-Identifier: BSD-3-Clause */
#include "plan.h"

#include <stdlib.h>

#include "rg_profile.h"

#define RIST_IN          1024 /* of the first flow, even */
#define RIST_OUT         21024
#define RAW_OUT          52000
#define HISTORY_EXTRA_MS 200 /* what a sender keeps longer than the buffer */
#define SLOTS_MIN        64
#define SLOTS_16BIT      65536
#define KEYS             128 /* of one side: more than its one peer can have */
#define SECRET           "ristgate-bench"

static_assert(RIST_IN + 2 * BENCH_FLOWS_MAX <= RIST_OUT &&
		RIST_OUT + 2 * BENCH_FLOWS_MAX <= PLAN_RAW_IN &&
		PLAN_RAW_IN + BENCH_FLOWS_MAX <= RAW_OUT && RAW_OUT + BENCH_FLOWS_MAX <= UINT16_MAX,
	"ports of a host");

static uint32_t keep_ms(const struct plan_conf *c, bool input)
{
	return c->buffer_ms + (input ? 0 : HISTORY_EXTRA_MS);
}

static uint32_t slots(const struct plan_conf *c, bool input)
{
	uint32_t all =
		!input && c->history ? c->history : c->pps / 1000 * keep_ms(c, input) * 5 / 4;

	return (uint32_t)rg_clamp_i64(rg_pow2_ceil(all / c->flows + 1), SLOTS_MIN, SLOTS_16BIT);
}

/* Outputs of one flow share its packets. */
static uint32_t held_by(const struct plan_conf *c, bool input)
{
	if (input ? !c->rist_in : !c->rist_out)
		return 0;
	return rg_min_u32(c->pps / 1000 * keep_ms(c, input), c->flows * slots(c, input));
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

static struct rg_side_plan raw_side(
	struct plan *p, const struct plan_conf *c, uint32_t stream, uint32_t i, bool input)
{
	struct rg_addr local = at(c->local, (input ? PLAN_RAW_IN : RAW_OUT) + i);
	struct rg_addr nowhere = {.af = RG_AF_NONE};

	return (struct rg_side_plan){
		.kind = RG_END_UDP,
		.ep = add_ep(p, stream, local, RG_EP_NONE),
		.ep_rtcp = RG_EP_NONE,
		.listen = input,
		.remote = input ? nowhere : at(c->sink, PLAN_RAW_IN + i),
	};
}

static void set_rist(const struct plan_conf *c, struct rg_rist_conf *r)
{
	struct rg_url u;

	rg_url_defaults(&u);
	*r = u.rist;
	r->profile = c->profile;
	r->max_flows = 1;
	r->buffer_min_ms = r->buffer_max_ms = c->buffer_ms;
	r->bandwidth_kbps = 20000000;
	r->aes_bits = c->aes_bits;
	memcpy(r->cname, "bench", 6);
}

static struct rg_side_plan rist_side(
	struct plan *p, const struct plan_conf *c, uint32_t stream, uint32_t i, bool input)
{
	struct rg_addr local = at(c->local, (input ? RIST_IN : RIST_OUT) + 2 * i);
	struct rg_side_plan s = {
		.kind = RG_END_RIST,
		.ep = add_ep(p, stream, local, RG_EP_NONE),
		.ep_rtcp = RG_EP_NONE,
		.listen = input,
		.ssrc = 2 * (i + 1) + (input ? 0x40000000u : 0),
		.first_seq = i & 0xffff,
		.ring_slots = slots(c, input),
	};

	if (rg_profile(c->profile)->rtcp_port)
		s.ep_rtcp = add_ep(p, stream, at(local, local.port + 1u), s.ep);
	if (!input)
		s.remote = at(c->remote, RIST_IN + 2 * i);
	set_rist(c, &s.rist);
	return s;
}

static struct rg_side_plan side(
	struct plan *p, const struct plan_conf *c, uint32_t stream, uint32_t i, bool input)
{
	return (input ? c->rist_in : c->rist_out) ? rist_side(p, c, stream, i, input)
						  : raw_side(p, c, stream, i, input);
}

static int add_keys(struct rg_side_plan *s, uint32_t stream, struct rg_key_server *keys)
{
	if (s->kind != RG_END_RIST || s->rist.aes_bits == 0)
		return 0;
	return rg_key_server_add(keys, stream, s->ep, (const uint8_t *)SECRET, sizeof(SECRET) - 1,
		s->rist.aes_bits, s->tx_keys);
}

static int add_stream(
	struct plan *p, const struct plan_conf *c, uint32_t i, struct rg_key_server *keys)
{
	struct rg_side_plan *out = &p->outputs[i * c->outputs];
	int rc;

	p->inputs[i] = side(p, c, i, i, true);
	rc = add_keys(&p->inputs[i], i, keys);
	for (uint32_t k = 0; k < c->outputs && rc == 0; k++) {
		out[k] = side(p, c, i, i * c->outputs + k, false);
		rc = add_keys(&out[k], i, keys);
	}
	p->streams[i] = (struct rg_stream_plan){"bench", &p->inputs[i], out, 1, c->outputs, i};
	return rc;
}

struct rg_key_server *plan_keys(const struct plan_conf *c)
{
	uint32_t sides = c->flows * ((c->rist_in ? 1 : 0) + (c->rist_out ? c->outputs : 0));

	if (c->aes_bits == 0)
		sides = 1; /* at least */
	return rg_key_server_new(sides, KEYS * sides);
}

int plan_open(struct plan *p, const struct plan_conf *c, struct rg_key_server *keys)
{
	size_t n_outputs = (size_t)c->flows * c->outputs;
	int rc = 0;

	*p = (struct plan){
		.eps = calloc(2 * (c->flows + n_outputs), sizeof(*p->eps)),
		.inputs = calloc(c->flows, sizeof(*p->inputs)),
		.outputs = calloc(n_outputs, sizeof(*p->outputs)),
		.streams = calloc(c->flows, sizeof(*p->streams)),
		.n_streams = c->flows,
		.held = held_by(c, true) + held_by(c, false),
	};
	if (!p->eps || !p->inputs || !p->outputs || !p->streams)
		return -RG_E_NOMEM;
	for (uint32_t i = 0; i < c->flows && rc == 0; i++)
		rc = add_stream(p, c, i, keys);
	return rc;
}

void plan_close(struct plan *p)
{
	free(p->eps);
	free(p->inputs);
	free(p->outputs);
	free(p->streams);
}
