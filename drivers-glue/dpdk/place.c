/* SPDX-License-Identifier: BSD-3-Clause */
/* place.c - decides once, at start, where every endpoint lives: on which port or in the kernel, on
 * which worker, and on which local UDP port. The rule is in docs/architecture.md. */
#include "dpdk_priv.h"

#include "rg_addr_text.h"

#include <stdio.h>

#define EPHEMERAL_FIRST 49152

static bool is_loopback(const struct rg_addr *a)
{
	static const uint8_t ip6[16] = {[15] = 1};

	return a->af == RG_AF_IP4 ? a->ip[0] == 127 : memcmp(a->ip, ip6, sizeof(ip6)) == 0;
}

static uint16_t port_named(const struct rg_host *h, const char *name)
{
	for (uint32_t i = 0; i < h->n_ports; i++)
		if (strncmp(h->ports[i].conf->name, name, sizeof(h->ports[i].conf->name)) == 0)
			return (uint16_t)i;
	return RG_DP_KERNEL;
}

static uint16_t port_with(const struct rg_host *h, const struct rg_addr *a)
{
	for (uint32_t i = 0; i < h->n_ports; i++)
		if (rg_dp_port_has(&h->ports[i], a))
			return (uint16_t)i;
	return RG_DP_KERNEL;
}

static uint16_t port_towards(const struct rg_host *h, const struct rg_addr *a)
{
	if (a->af == RG_AF_NONE || rg_addr_is_multicast(a) || is_loopback(a))
		return RG_DP_KERNEL;
	for (uint32_t i = 0; i < h->n_ports; i++)
		if (rg_dp_port_on_link(&h->ports[i], a))
			return (uint16_t)i;
	for (uint32_t i = 0; i < h->n_ports; i++) {
		const struct rg_port_conf *c = h->ports[i].conf;

		if ((a->af == RG_AF_IP4 ? c->gw4.af : c->gw6.af) != RG_AF_NONE)
			return (uint16_t)i;
	}
	return RG_DP_KERNEL;
}

static bool is_bound(const struct rg_addr *local)
{
	return local->af != RG_AF_NONE && !rg_addr_is_any(local) && !rg_addr_is_multicast(local);
}

static uint16_t choose_port(const struct rg_host *h, const struct rg_ep_plan *ep)
{
	if (ep->kind != RG_EP_UDP)
		return RG_DP_KERNEL;
	if (ep->miface[0] != '\0')
		return port_named(h, ep->miface);
	if (is_bound(&ep->local))
		return port_with(h, &ep->local);
	return port_towards(h, &ep->remote);
}

static bool is_taken(const struct rg_host *h, uint32_t n, uint16_t port, uint16_t udp_port)
{
	for (uint32_t i = 0; i < n; i++)
		if (h->eps[i].port == port && h->eps[i].local.port == udp_port)
			return true;
	for (uint32_t i = 0; i < h->conf->n_eps; i++)
		if (h->conf->eps[i].local.port == udp_port)
			return true;
	return false;
}

/* Even, with the next one free too: a pair may follow. */
static uint16_t free_udp_port(const struct rg_host *h, uint32_t n, uint16_t port)
{
	uint32_t range = (UINT16_MAX + 1 - EPHEMERAL_FIRST) / 2;

	for (uint32_t i = 0; i < range; i++) {
		uint32_t k = (uint32_t)(h->conf->seed + i) % range;
		uint16_t p = (uint16_t)(EPHEMERAL_FIRST + 2 * k);

		if (!is_taken(h, n, port, p) && !is_taken(h, n, port, (uint16_t)(p + 1)))
			return p;
	}
	return 0;
}

static int check_local(
	const struct rg_dp_port *p, const struct rg_dp_ep *e, struct rg_conf_error *err)
{
	char text[RG_ADDR_TEXT_MAX];

	if (!is_bound(&e->local) || rg_dp_port_has(p, &e->local))
		return 0;
	rg_addr_format(&e->local, text);
	snprintf(err->text, sizeof(err->text), "%s: port %s has no such address", text,
		p->conf->name);
	return -RG_E_INVAL;
}

static int place_one(struct rg_host *h, uint32_t i, struct rg_conf_error *err)
{
	const struct rg_ep_plan *plan = &h->conf->eps[i];
	struct rg_dp_ep *e = &h->eps[i];

	*e = (struct rg_dp_ep){.local = plan->local,
		.source = plan->source,
		.stream = plan->stream,
		.worker = h->stream_worker[plan->stream],
		.ttl = plan->ttl != 0 ? (uint8_t)plan->ttl : 1,
		.oob = plan->kind == RG_EP_TUN};
	if (plan->pair != RG_EP_NONE) {
		e->port = h->eps[plan->pair].port;
		if (e->port != RG_DP_KERNEL)
			e->local.port = (uint16_t)(h->eps[plan->pair].local.port + 1);
		return 0;
	}
	e->port = choose_port(h, plan);
	if (e->port == RG_DP_KERNEL)
		return 0;
	if (e->local.port == 0)
		e->local.port = free_udp_port(h, i, e->port);
	return check_local(&h->ports[e->port], e, err);
}

/* Each stream goes to the worker that has the smallest recovery buffers so far: ring slots stand
 * for rate times time. */
static void place_streams(struct rg_host *h)
{
	for (uint32_t i = 0; i < h->conf->n_streams; i++) {
		const struct rg_stream_plan *s = &h->conf->streams[i];
		uint32_t best = 0;
		uint64_t slots = 1;

		for (uint32_t w = 1; w < h->n_workers; w++)
			if (h->workers[w].load < h->workers[best].load)
				best = w;
		for (uint32_t k = 0; k < s->n_inputs; k++)
			slots += s->inputs[k].ring_slots;
		for (uint32_t k = 0; k < s->n_outputs; k++)
			slots += s->outputs[k].ring_slots;
		h->workers[best].load += slots;
		h->stream_worker[i] = (uint16_t)best;
	}
}

/* Whose media is decrypted, or encrypted without waiting in a buffer first. */
static void mark_ciphered(struct rg_host *h, const struct rg_stream_plan *s)
{
	bool encrypts = false;

	for (uint32_t k = 0; k < s->n_outputs; k++)
		encrypts |= s->outputs[k].rist.aes_bits != 0;
	for (uint32_t k = 0; k < s->n_inputs; k++) {
		const struct rg_side_plan *in = &s->inputs[k];

		if (in->ep < h->conf->n_eps)
			h->eps[in->ep].ciphered =
				in->kind == RG_END_RIST ? in->rist.aes_bits != 0 : encrypts;
	}
}

int rg_dp_place(struct rg_host *h, struct rg_conf_error *err)
{
	place_streams(h);
	/* A pair stands on the port of the endpoint it follows, so those go first. */
	for (int pairs = 0; pairs < 2; pairs++) {
		for (uint32_t i = 0; i < h->conf->n_eps; i++) {
			int r = 0;

			if ((h->conf->eps[i].pair != RG_EP_NONE) == (pairs == 1))
				r = place_one(h, i, err);
			if (r != 0)
				return r;
		}
	}
	for (uint32_t i = 0; i < h->conf->n_streams; i++)
		mark_ciphered(h, &h->conf->streams[i]);
	return 0;
}
