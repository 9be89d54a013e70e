/* SPDX-License-Identifier: BSD-3-Clause */
/* Control of the lab's nodes, which derives keys and takes its time, and an engine that checks what
 * it is asked. */
#include "lab_priv.h"

#define LAB_KEYS 2048

static bool overlap(const uint8_t *a, const uint8_t *b, uint32_t n_a, uint32_t n_b)
{
	return a < b + n_b && b < a + n_a;
}

/* Whether a writes what b reads or writes. */
static bool meet(const struct rg_crypto_op *a, const struct rg_crypto_op *b)
{
	return overlap(a->dst, b->src, a->len_bytes, b->len_bytes) ||
		overlap(a->dst, b->dst, a->len_bytes, b->len_bytes);
}

/* rg_crypto.h: no operation of a burst reads what another writes, since an engine may run them in
 * any order. */
static void run_checked(void *ctx, const struct rg_crypto_op *ops, unsigned n)
{
	const struct rg_engine *e = ctx;

	for (unsigned i = 0; i < n; i++)
		for (unsigned k = 0; k < n; k++)
			if (i != k && meet(&ops[i], &ops[k]))
				lab_die("two operations of a burst on the same bytes");
	e->run(e->ctx, ops, n);
}

void lab_control_open(struct lab_node *n)
{
	n->keys = rg_key_server_new(LAB_EPS, LAB_KEYS);
	if (rg_engine_open_best(&n->engine, &(enum rg_engine_kind){0}) < 0 || !n->keys)
		lab_die("no engine");
	n->checked = (struct rg_engine){.ctx = &n->engine, .run = run_checked};
}

void lab_control_close(struct lab_node *n)
{
	rg_engine_close(&n->engine);
	rg_key_server_free(n->keys);
}

/* Control puts a message, which takes its time. */
static void control_puts(struct lab *l, struct lab_node *n, const struct rg_ctl *m)
{
	if (l->n_answers == sizeof(l->answers) / sizeof(l->answers[0]))
		lab_die("too many answers");
	l->answers[l->n_answers++] = (struct lab_answer){
		.at = rg_time_add(l->now, l->control_ns),
		.node = (unsigned)(n - l->nodes),
		.m = *m,
	};
}

/* What the worker asks of control. */
void lab_hear_worker(struct lab *l, struct lab_node *n)
{
	struct rg_ctl m, answer;

	while (rg_worker_ctl_take(n->w, &m)) {
		n->wanted[m.type]++;
		n->keys_out -= m.type == RG_CTL_RETIRED;
		if (l->control_deaf >> m.type & 1)
			continue;
		if (rg_key_server_answer(n->keys, &m, &answer))
			control_puts(l, n, &answer);
	}
}

rg_time lab_next_answer(const struct lab *l)
{
	return l->n_answers ? l->answers[0].at : RG_TIME_NEVER;
}

/* They are in order: control takes as long for each. A key that nobody takes is control's again. */
void lab_give_answer(struct lab *l)
{
	struct lab_answer a = l->answers[0];
	struct lab_node *n = &l->nodes[a.node];
	struct rg_ctl back = {.type = RG_CTL_RETIRED, .key = a.m.key}, none;

	memmove(l->answers, l->answers + 1, --l->n_answers * sizeof(a));
	if (rg_worker_ctl(n->w, l->now, &a.m) == 0)
		n->keys_out += a.m.key != NULL;
	else if (a.m.key)
		rg_key_server_answer(n->keys, &back, &none);
	lab_hear_worker(l, n);
}

void lab_secret(struct lab_node *n, struct rg_side_plan *p, uint32_t stream, const char *secret,
	uint32_t key_bits)
{
	p->rist.aes_bits = key_bits;
	if (rg_key_server_add(
		    n->keys, stream, p->ep, secret, strlen(secret), key_bits, p->tx_keys) < 0)
		lab_die("no keys");
}

void lab_new_secret(struct lab *l, struct lab_node *n, uint16_t ep, const char *secret)
{
	struct rg_ctl m;

	if (rg_key_server_change(n->keys, 0, ep, secret, strlen(secret), &m) < 0)
		lab_die("secret not changed");
	control_puts(l, n, &m); /* behind what it had answered before */
}
