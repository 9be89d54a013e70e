/* SPDX-License-Identifier: BSD-3-Clause */
/* rg_conf_key.h - the table of URL keys: what each means, where it is legal and within which
 * limits. docs/config.md lists the same table, and a test compares the two.
 * Spec: libRIST's and ristgo's keys. Shape: constant table. Units: in the key's help.
 * Errors: none. Threads: pure. */
#ifndef RG_CONF_KEY_H
#define RG_CONF_KEY_H

#include "rg_conf.h"

enum rg_key_type {
	RG_KEY_U32, /* a number, or one of `words` where the key has them */
	RG_KEY_U16,
	RG_KEY_U32_PAIR, /* sets the fields at `offset` and `offset2` */
	RG_KEY_TEXT, /* min and max are of its length in bytes */
	RG_KEY_SECRET, /* the same; its value is never shown */
	RG_KEY_ADDR, /* an IPv4 or IPv6 address */
	RG_KEY_LATER, /* known elsewhere, not built here: help says what it needs */
};

/* Ends on which a key is legal. */
#define RG_KEY_RIST_IN  0x01
#define RG_KEY_RIST_OUT 0x02
#define RG_KEY_UDP_IN   0x04
#define RG_KEY_UDP_OUT  0x08
#define RG_KEY_RTP_IN   0x10
#define RG_KEY_RTP_OUT  0x20
#define RG_KEY_FILE_IN  0x40
#define RG_KEY_FILE_OUT 0x80

struct rg_conf_key {
	const char *name;
	const char *alias; /* second spelling, or NULL */
	enum rg_key_type type;
	uint32_t where; /* RG_KEY_*_IN and _OUT */
	size_t offset, offset2; /* in struct rg_url */
	uint32_t min, max, def;
	const char *const *words; /* words[i] means i; NULL-terminated, or NULL */
	uint32_t zero_is_default; /* value 0 stands for `def` */
	const char *unit; /* "ms", "kb/s" or "" */
	const char *help;
	const char *main_only; /* why the Simple profile refuses it; NULL: it has it, too */
	const char *limits; /* where min..max does not tell all, or NULL */
	const char *minus_one; /* the word that -1 stands for, or NULL */
};

/* The table; *n receives its length, at most 64. */
const struct rg_conf_key *rg_conf_keys(unsigned *n);

/* Index of a key by name or alias, -1: none. */
int rg_conf_key_find(const char *name);

/* RG_KEY_* bit of an end. */
uint32_t rg_conf_key_where(enum rg_end_kind kind, enum rg_end_role role);

#endif
