/* SPDX-License-Identifier: BSD-3-Clause */
#include "keys.h"

#include <stdlib.h>

#include "rg_key_server.h"
#include "rg_session.h"

struct side {
	const struct rg_side_plan *plan;
	uint32_t stream;
	uint32_t generation; /* of the secret in use */
};

struct gw_keys {
	struct rg_key_server *server;
	struct side *sides; /* with a secret */
	uint32_t n_sides;
	struct rg_ctl stuck; /* an answer that found its queue full */
	bool is_stuck;
};

static int add(struct gw_keys *k, const struct gw_config *c, struct rg_side_plan *p,
	uint32_t stream, struct rg_conf_error *err)
{
	const struct gw_secret *s = gw_secrets_get(&c->secrets, p->secret);
	int e;

	if (p->kind != RG_END_RIST || !p->rist.aes_bits)
		return 0;
	if (!s)
		return gw_fail(err, "secret: stream %s has none", c->streams[stream].name);
	e = rg_key_server_add(
		k->server, stream, p->ep, s->text.text, s->text.len, p->rist.aes_bits, p->tx_keys);
	if (e)
		return gw_fail(err, "secret: no key for stream %s", c->streams[stream].name);
	k->sides[k->n_sides++] =
		(struct side){.plan = p, .stream = stream, .generation = s->generation};
	return 0;
}

static int add_all(
	struct gw_keys *k, const struct gw_config *c, struct gw_plan *p, struct rg_conf_error *err)
{
	struct rg_side_plan *side = p->sides;

	/* sides lie in the order of their streams, inputs first */
	for (uint32_t i = 0; i < p->n_streams; i++) {
		uint32_t n = p->streams[i].n_inputs + p->streams[i].n_outputs;

		for (uint32_t end = 0; end < n; end++, side++) {
			int e = add(k, c, side, i, err);

			if (e)
				return e;
		}
	}
	return 0;
}

static uint32_t count_keys(const struct gw_plan *p)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < p->n_streams; i++) {
		const struct rg_stream_plan *s = &p->streams[i];

		for (uint32_t k = 0; k < s->n_inputs; k++)
			n += rg_rx_keys(&s->inputs[k]);
		for (uint32_t k = 0; k < s->n_outputs; k++)
			n += rg_tx_keys(&s->outputs[k]);
	}
	return n;
}

int gw_keys_open(struct gw_keys **out, const struct gw_config *c, struct gw_plan *p,
	struct rg_conf_error *err)
{
	struct gw_keys *k;
	int e;

	*out = NULL;
	if (!rg_plan_encrypts(p->streams, p->n_streams))
		return 0;
	k = calloc(1, sizeof(*k));
	if (k) {
		k->server = rg_key_server_new(p->n_sides, count_keys(p));
		k->sides = calloc(p->n_sides, sizeof(*k->sides));
	}
	if (!k || !k->server || !k->sides) {
		gw_keys_close(k);
		return gw_fail(err, "no memory for keys");
	}
	e = add_all(k, c, p, err);
	if (e) {
		gw_keys_close(k);
		return e;
	}
	*out = k;
	return 0;
}

void gw_keys_close(struct gw_keys *k)
{
	if (!k)
		return;
	rg_key_server_free(k->server);
	free(k->sides);
	free(k);
}

void gw_keys_serve(struct gw_keys *k, const struct rg_host_ops *ops, struct rg_host *h)
{
	struct rg_ctl m;

	if (!k || (k->is_stuck && !ops->ctl_put(h, &k->stuck)))
		return;
	k->is_stuck = false;
	while (!k->is_stuck && ops->ctl_take(h, &m)) {
		if (rg_key_server_answer(k->server, &m, &k->stuck))
			k->is_stuck = !ops->ctl_put(h, &k->stuck);
	}
}

static bool change(struct gw_keys *k, struct side *s, const struct gw_secret *secret,
	const struct rg_host_ops *ops, struct rg_host *h)
{
	struct rg_ctl m;

	if (rg_key_server_change(
		    k->server, s->stream, s->plan->ep, secret->text.text, secret->text.len, &m) < 0)
		return false;
	s->generation = secret->generation;
	return ops->ctl_put(h, &m);
}

int gw_keys_reload(struct gw_keys *k, struct gw_config *c, const struct rg_host_ops *ops,
	struct rg_host *h, uint32_t *n, struct rg_conf_error *err)
{
	uint32_t n_changed;
	int e = gw_secrets_reload(&c->secrets, &n_changed, err);

	*n = 0;
	if (e || !k)
		return e;
	for (uint32_t i = 0; i < k->n_sides; i++) {
		const struct gw_secret *s = gw_secrets_get(&c->secrets, k->sides[i].plan->secret);

		if (!s || s->generation == k->sides[i].generation)
			continue;
		if (!change(k, &k->sides[i], s, ops, h))
			return gw_fail(err, "secret: the worker of stream %s does not take it",
				c->streams[k->sides[i].stream].name);
		++*n;
	}
	return 0;
}
