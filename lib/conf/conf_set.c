/* SPDX-License-Identifier: BSD-3-Clause */
#include "conf_priv.h"
#include "rg_addr_text.h"
#include "rg_conf_key.h"

static void store32(struct rg_url *u, size_t offset, uint32_t v)
{
	memcpy((char *)u + offset, &v, sizeof(v));
}

static void store16(struct rg_url *u, size_t offset, uint32_t v)
{
	uint16_t v16 = (uint16_t)v;

	memcpy((char *)u + offset, &v16, sizeof(v16));
}

static void store_number(struct rg_url *u, const struct rg_conf_key *k, uint32_t v)
{
	if (k->type == RG_KEY_U16)
		store16(u, k->offset, v);
	else
		store32(u, k->offset, v);
	if (k->type == RG_KEY_U32_PAIR)
		store32(u, k->offset2, v);
}

void rg_conf_wipe(void *p, size_t n_bytes)
{
	memset(p, 0, n_bytes);
	/* Claims to read the memory, so the zeroes have to be there. */
	__asm__ __volatile__("" : : "r"(p) : "memory");
}

void rg_url_defaults(struct rg_url *u)
{
	unsigned n;
	const struct rg_conf_key *keys = rg_conf_keys(&n);

	memset(u, 0, sizeof(*u));
	for (unsigned i = 0; i < n; i++) {
		/* The single keys behind a pair carry the defaults. */
		if (keys[i].type == RG_KEY_U32 || keys[i].type == RG_KEY_U16)
			store_number(u, &keys[i], keys[i].def);
	}
}

/* " (50..30000 ms)" or " (simple, main, advanced or 0..2)". */
static void say_limits(struct rg_conf_error *err, const struct rg_conf_key *k)
{
	rg_conf_say(err, " (");
	for (unsigned i = 0; k->words && k->words[i]; i++) {
		rg_conf_say(err, k->words[i]);
		rg_conf_say(err, k->words[i + 1] ? ", " : " or ");
	}
	if (k->limits) {
		rg_conf_say(err, k->limits);
	} else {
		rg_conf_say_u32(err, k->min);
		rg_conf_say(err, "..");
		rg_conf_say_u32(err, k->max);
	}
	if (k->unit[0]) {
		rg_conf_say(err, " ");
		rg_conf_say(err, k->unit);
	}
	rg_conf_say(err, ")");
}

static int bad_number(
	struct rg_conf_error *err, const struct rg_conf_key *k, const char *value, const char *what)
{
	int e = rg_conf_blame(err, k->name);
	size_t len = strlen(value);

	rg_conf_say(err, "\"");
	rg_conf_say_len(err, value, len > 32 ? 32 : len);
	rg_conf_say(err, len > 32 ? "...\" " : "\" ");
	rg_conf_say(err, what);
	say_limits(err, k);
	return e;
}

static bool find_word(const struct rg_conf_key *k, const char *value, uint32_t *v)
{
	size_t len;

	if (k->minus_one && value[0] == '-' && value[1] == '1' && !value[2])
		value = k->minus_one;
	len = strlen(value);
	for (unsigned i = 0; k->words && k->words[i]; i++) {
		if (strlen(k->words[i]) == len && memcmp(k->words[i], value, len) == 0) {
			*v = i;
			return true;
		}
	}
	return false;
}

static int read_number(
	const struct rg_conf_key *k, const char *value, uint32_t *out, struct rg_conf_error *err)
{
	uint64_t v = 0;

	if (find_word(k, value, out))
		return 0;
	if (!value[0])
		return bad_number(err, k, value, "is not a number");
	for (const char *p = value; *p; p++) {
		if (*p < '0' || *p > '9')
			return bad_number(
				err, k, value, k->words ? "is not a choice" : "is not a number");
		if (v <= UINT32_MAX)
			v = v * 10 + (uint64_t)(*p - '0');
	}
	if (v == 0 && k->zero_is_default)
		v = k->def;
	if (v < k->min || v > k->max)
		return bad_number(err, k, value, "is out of range");
	*out = (uint32_t)v;
	return 0;
}

static int check_length(const struct rg_conf_key *k, size_t len, struct rg_conf_error *err)
{
	int e;

	if (len < k->min)
		return rg_conf_fail(err, k->name, "is empty");
	if (len <= k->max)
		return 0;
	e = rg_conf_blame(err, k->name);
	rg_conf_say_u32(err, (uint32_t)len);
	rg_conf_say(err, " bytes are too long (");
	rg_conf_say_u32(err, k->max);
	rg_conf_say(err, " at most)");
	return e;
}

static int read_text(
	struct rg_url *u, const struct rg_conf_key *k, const char *value, struct rg_conf_error *err)
{
	size_t len = strlen(value);

	if (check_length(k, len, err))
		return -RG_E_INVAL;
	if (k->type == RG_KEY_SECRET) {
		u->secret.len = (uint8_t)len;
		memcpy(u->secret.text, value, len + 1);
	} else {
		memcpy((char *)u + k->offset, value, len + 1);
	}
	return 0;
}

static int read_addr(
	struct rg_url *u, const struct rg_conf_key *k, const char *value, struct rg_conf_error *err)
{
	struct rg_addr a;

	if (!rg_addr_parse(value, strlen(value), &a))
		return rg_conf_fail(err, k->name, "is not an IPv4 or IPv6 address");
	memcpy((char *)u + k->offset, &a, sizeof(a));
	return 0;
}

bool rg_url_given(const struct rg_url *u, const char *key)
{
	int i = rg_conf_key_find(key);

	return i >= 0 && (u->given >> i & 1);
}

/* A lower and an upper bound that move each other: whoever sets one alone means the other to
 * give way, as libRIST has it. Two that were both given are compared by rg_url_check. */
static void follow(
	struct rg_url *u, uint32_t *lo, const char *lo_key, uint32_t *hi, const char *hi_key)
{
	if (*lo <= *hi)
		return;
	if (!rg_url_given(u, hi_key))
		*hi = *lo;
	else if (!rg_url_given(u, lo_key))
		*lo = *hi;
}

/* What the keys given so far make of the others' defaults. */
static void derive(struct rg_url *u)
{
	struct rg_rist_conf *r = &u->rist;

	follow(u, &r->buffer_min_ms, "buffer-min", &r->buffer_max_ms, "buffer-max");
	follow(u, &r->rtt_min_ms, "rtt-min", &r->rtt_max_ms, "rtt-max");
	follow(u, &r->min_retries, "min-retries", &r->max_retries, "max-retries");
	follow(u, &r->keepalive_interval_ms, "keepalive-interval", &r->session_timeout_ms,
		"session-timeout");
	if (r->max_bandwidth_kbps && !rg_url_given(u, "bandwidth"))
		r->bandwidth_kbps = rg_min_u32(r->bandwidth_kbps, r->max_bandwidth_kbps);
	if (!rg_url_given(u, "max-flows"))
		r->max_flows = r->profile == RG_PROFILE_SIMPLE ? RG_FLOWS_SIMPLE : RG_FLOWS_MAIN;
	/* libRIST's tools take 128 where only a secret is given, its library 256 (trap M17). */
	if (!rg_url_given(u, "aes-type") &&
		(rg_url_given(u, "secret") || rg_url_given(u, "secret-file")))
		r->aes_bits = 128;
}

/* An explicit -min or -max wins over the key that sets both, in any order. */
static void store_pair(struct rg_url *u, const struct rg_conf_key *k, uint32_t v)
{
	unsigned n;
	const struct rg_conf_key *keys = rg_conf_keys(&n);

	for (unsigned i = 0; i < n; i++) {
		if (keys[i].type == RG_KEY_U32 && !(u->given >> i & 1) &&
			(keys[i].offset == k->offset || keys[i].offset == k->offset2))
			store32(u, keys[i].offset, v);
	}
}

static int set_value(
	struct rg_url *u, const struct rg_conf_key *k, const char *value, struct rg_conf_error *err)
{
	uint32_t v = 0;

	if (k->type == RG_KEY_TEXT || k->type == RG_KEY_SECRET)
		return read_text(u, k, value, err);
	if (k->type == RG_KEY_ADDR)
		return read_addr(u, k, value, err);
	if (read_number(k, value, &v, err))
		return -RG_E_INVAL;
	if (k->type == RG_KEY_U32_PAIR)
		store_pair(u, k, v);
	else
		store_number(u, k, v);
	return 0;
}

int rg_url_set(struct rg_url *u, const char *key, const char *value, struct rg_conf_error *err)
{
	unsigned n;
	const struct rg_conf_key *keys = rg_conf_keys(&n);
	int i = rg_conf_key_find(key);
	uint32_t kind = rg_conf_key_where(u->kind, RG_ROLE_INPUT) |
		rg_conf_key_where(u->kind, RG_ROLE_OUTPUT);

	if (i < 0)
		return rg_conf_fail(err, key, "unknown key");
	if (!(keys[i].where & kind))
		return rg_conf_fail(err, key, "has no meaning on this kind of URL");
	if (keys[i].type == RG_KEY_LATER)
		return rg_conf_fail(err, key, keys[i].help);
	if (u->given >> i & 1)
		return rg_conf_fail(err, key, "given twice");
	if (set_value(u, &keys[i], value, err))
		return -RG_E_INVAL;
	u->given |= UINT64_C(1) << i;
	derive(u);
	return 0;
}
