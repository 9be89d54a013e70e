/* SPDX-License-Identifier: BSD-3-Clause */
/* rg_keyring.h - the receive keys of one side: which key a datagram's nonce means, and how much
 * work and memory its sources can cause.
 *
 * A nonce that is not known costs control a key derivation, and anybody can invent nonces. So a
 * derivation is asked for out of a token bucket: one for all strangers together, one for each
 * known peer. A peer is known once it has a proven key. Entries go through these states:
 *
 *   WANTED --install--> READY --good, by a peer--> PROVEN
 *      ^                  |
 *      +-- bad x 4 -------+   asked for again under the secret before, if there is one;
 *         (x 2 after 0.5 s)   else remembered as wrong for a while
 *
 * - A peer holds the two proven keys that it used last: the current one and the one before. They
 *   go when the peer proves a third, is forgotten, or their secret is withdrawn, and for no other
 *   reason: bad datagrams under a proven nonce are forged, and count for nothing (M110).
 * - Every known peer has a place for one unproven nonce, strangers share RG_KEYRING_PLACES. Who
 *   finds no free place displaces the oldest of its own kind that had its trial. So strangers
 *   displace strangers, and a known peer rotates past any crowd of them.
 * - When a bucket runs low a nonce must come twice, of a known peer 16 times in the end: a flood
 *   of nonces that come a few times each leaves the tokens to those who go on sending. One strange
 *   source has two derivations a second.
 * - A derivation that turns out to be a rotation is given back, most of it: a peer may rotate 32
 *   times a second.
 *
 * A datagram that names a known peer only by its forged address uses up that peer's bucket. GRE
 * sequence numbers continue over a rotation, so the caller does well to say RG_KEYRING_STRANGER
 * when the number is far from the peer's last one (a restart then enters as a stranger).
 *
 * Spec: TR-06-2:2022 section 7.4 (nonce, key rotation), M114, M118, M119.
 * Shape: memory from the caller, fixed at init; no list is longer than the constants say.
 * Units: rg_time, bits. Errors: verdicts; nothing fails after init.
 * Ownership: keys belong to control; install lends one to the ring, which gives it back through
 * rg_keyring_retired. An entry stays valid until rg_keyring_retired, and so does its key: call
 * that when no operation of a burst names a key any more. Threads: one caller. */
#ifndef RG_KEYRING_H
#define RG_KEYRING_H

#include "rg_crypto.h"
#include "rg_time.h"

#define RG_KEYRING_STRANGER UINT32_MAX

/* All limits. */
#define RG_KEYRING_PEERS_MAX      4096
#define RG_KEYRING_PEER_HZ        4 /* derivations a second for a known peer, */
#define RG_KEYRING_PEER_BURST     4
#define RG_KEYRING_ROTATION_HZ    32 /* and so many when they prove to be rotations */
#define RG_KEYRING_STRANGER_HZ    8 /* for all strangers */
#define RG_KEYRING_STRANGER_BURST 8
#define RG_KEYRING_PLACES         16 /* unproven nonces of strangers */
#define RG_KEYRING_SOURCE_MAX     2 /* derivations a second for one source of strangers */
#define RG_KEYRING_BAD_MAX        4 /* garbage at the start, then the key is wrong; */
#define RG_KEYRING_TRUST_NS       (500 * RG_NS_PER_MS) /* 2 are enough when it is there for so long */
#define RG_KEYRING_TRIAL_NS       (100 * RG_NS_PER_MS) /* a key's time to meet its first datagram */
#define RG_KEYRING_ASK_NS         RG_NS_PER_S /* an answer of control is lost after this */
#define RG_KEYRING_WRONG_NS       (10 * RG_NS_PER_S) /* a wrong nonce is not tried again before */
#define RG_KEYRING_KNOCK_NS       (250 * RG_NS_PER_MS) /* in which a nonce must come again, */
#define RG_KEYRING_KNOCKS         16 /* and so many times when a peer's bucket is low */

struct rg_keyring;

/* To read; only key and what identifies it are of interest. */
struct rg_keyring_entry {
	struct rg_key *key; /* NULL: not there yet */
	rg_time at; /* asked for, installed, or last made sense */
	rg_time born; /* first asked for */
	uint32_t nonce;
	uint16_t key_bits;
	uint16_t owner; /* whose place it takes while it is not proven */
	uint16_t next; /* of its chain: hash, free or retired */
	uint16_t refs; /* peers that hold it */
	uint8_t state;
	uint8_t generation; /* of the secret */
	uint8_t bad; /* garbage before anything made sense */
	bool good; /* something did */
	bool asked;
	uint8_t hints; /* the caller's: evidence in a row that the key is right, while it is not good */
	bool earned; /* its derivation was given back */
	uint8_t pad[5];
};

struct rg_keyring_find {
	/* what a datagram says */
	uint32_t peer; /* index of its source among our peers, or RG_KEYRING_STRANGER */
	uint32_t source; /* hash of its source; best of the host alone, ports cost nothing */
	uint32_t nonce;
	uint16_t key_bits; /* by its H bit: 128 or 256 (M114) */

	/* what to do with it */
	bool want; /* WAIT: ask control for this key now, */
	uint8_t generation; /* under this secret */
	struct rg_keyring_entry *entry; /* READY: under this one */
};

enum rg_keyring_verdict {
	RG_KEYRING_READY, /* decrypt it */
	RG_KEYRING_WAIT, /* park it until its key comes */
	RG_KEYRING_LIMIT, /* drop it: too many new nonces */
	RG_KEYRING_WRONG, /* drop it: its nonce gave a wrong key lately, or is 0 (M113) */
};

/* Keys the ring holds at most, retired ones included. */
uint32_t rg_keyring_keys(uint32_t n_peers);
/* Bytes for init, a multiple of the cache line; n_peers <= RG_KEYRING_PEERS_MAX. */
size_t rg_keyring_footprint(uint32_t n_peers);
/* generation: of the secret in force, 1..255. */
struct rg_keyring *rg_keyring_init(void *mem, uint32_t n_peers, uint8_t generation);

/* The key of a datagram. */
enum rg_keyring_verdict rg_keyring_find(
	struct rg_keyring *kr, rg_time now, struct rg_keyring_find *f);

/* Control's answer. True: the ring has the key. False: nobody waits for it (any more), the key
 * stays the caller's. */
bool rg_keyring_install(struct rg_keyring *kr, rg_time now, uint32_t nonce, uint16_t key_bits,
	uint8_t generation, struct rg_key *key);
/* Control's answer that there is no key. */
void rg_keyring_fail(
	struct rg_keyring *kr, rg_time now, uint32_t nonce, uint16_t key_bits, uint8_t generation);

/* A datagram under this entry made sense: RIST to the last bit that can be checked, since a
 * quarter of all garbage has the version of RTP (M124). Naming a peer makes the key the peer's;
 * RG_KEYRING_STRANGER keeps the entry until the caller has a peer for it. */
void rg_keyring_good(struct rg_keyring *kr, rg_time now, struct rg_keyring_entry *e, uint32_t peer);
/* Media of this peer goes on under this entry: it is a rotation, not a record of long ago. */
void rg_keyring_earned(struct rg_keyring *kr, struct rg_keyring_entry *e, uint32_t peer);
/* It was garbage. True: that settles it, the peer's secret is not ours. */
bool rg_keyring_bad(struct rg_keyring *kr, rg_time now, struct rg_keyring_entry *e);

/* A peer is gone, its index may be another's from now on. */
void rg_keyring_forget(struct rg_keyring *kr, uint32_t peer);
/* The secrets changed. New nonces are tried under `current`, then under `previous` (0: none). Keys
 * of other generations and keys that proved nothing yet go at once. */
void rg_keyring_secrets(struct rg_keyring *kr, uint8_t current, uint8_t previous);
/* Everything goes: the side ends. */
void rg_keyring_flush(struct rg_keyring *kr);

/* [give] A key that is not used any more, for control to wipe; NULL: no more of them. */
struct rg_key *rg_keyring_retired(struct rg_keyring *kr);
/* True when the ring holds no key, not even a retired one. */
bool rg_keyring_empty(const struct rg_keyring *kr);

/* True if e was first asked for after the key of that nonce, as far as the ring remembers. */
bool rg_keyring_newer(
	const struct rg_keyring *kr, const struct rg_keyring_entry *e, uint32_t nonce);

bool rg_keyring_proven(const struct rg_keyring_entry *e);

#endif
