/* SPDX-License-Identifier: BSD-3-Clause */
/* tunnel.h - the way of a side to its peers. A profile with one UDP port for everything puts each
 * datagram into an envelope, and encrypts it where a secret is configured; the others have
 * tunnel.ops == NULL and pay a test of it.
 * Files: tunnel_rx.c (what comes), tunnel_tx.c (what goes), tunnel_key.c (keys and control).
 * Spec: TR-06-2:2022 sections 5 (GRE over UDP) and 7 (PSK). */
#ifndef TUNNEL_H
#define TUNNEL_H

#include "rg_io.h"
#include "rg_keyring.h"
#include "rg_plan.h"
#include "rg_session.h"

/* Timers and limits, all of them. */
#define TUNNEL_ROOM      RG_BUF_HEADROOM /* before a control body: envelope and head fit in it */
#define SEQ_NEAR         (1 << 20) /* datagrams between two of one peer */
#define NONCE_SILENT_NS  (300 * RG_NS_PER_MS) /* after which another nonce is believed to follow */
#define OLD_SECRET_NS    (60 * RG_NS_PER_S) /* how long the secret before a change is tried */
#define PARKED_MAX       512 /* datagrams that wait for a key, power of two */
#define PARKED_NS        (500 * RG_NS_PER_MS) /* how long they do */
#define VERSION_HOLD_NS  (10 * RG_NS_PER_S) /* a peer that shows version 2 no more is an older one */
#define START_KEEPALIVES 3 /* of each version when a peer is new, TR-06-2 section 5.6.2 */
/* Keys beside those of the keyring: to send under, asked for, on their way back. */
#define KEYS_UNDER_WAY  16
#define KEY_PACKETS_MAX UINT32_C(0xffff0000) /* under one key: the IV is a 32-bit counter */
#define OOB_WAITING     32 /* datagrams of out-of-band data, power of two */
#define OOB_PER_STEP    4
#define OOB_AHEAD_NS    (2 * RG_NS_PER_MS) /* of the bandwidth may leave at once */
#define OOB_BEHIND_NS   (100 * RG_NS_PER_MS) /* and so much more of media is held against it */
#define LOWER_HEADERS   28 /* IPv4 and UDP, counted into a bandwidth */
#define ROTATE_EVERY_NS (RG_NS_PER_S / 16) /* at most: each key costs the other end a derivation */
#define ASK_AGAIN_NS    RG_NS_PER_S /* control had no key to send under, or lost the question */
#define TOLD_EVERY_NS   RG_NS_PER_S /* events that nothing can be read */
#define RATE_BURST_NS   (100 * RG_NS_PER_MS) /* of a listener's total rate at once */

struct peer;

/* How far a source has counted. The cipher does not tell a record from what it is a record of, but
 * a source never goes back: its GRE sequence numbers rise, over key rotations too, and a nonce it
 * gave up does not come again. */
struct counter {
	uint32_t nonce; /* in use; 0: none seen */
	uint32_t newest; /* highest sequence number under it */
	rg_time at; /* when that came */
	bool back; /* with this nonce the numbers went back */
};

enum counted {
	COUNTED_OLD, /* not above the newest: late, a copy, or a record */
	COUNTED_BESIDE, /* above it under another nonce, but this one was in use just now */
	COUNTED_ON, /* goes on, or begins anew after a silence */
};

/* What the tunnel knows of one peer. */
struct carrier {
	rg_time v2_at; /* when it last showed version 2 */
	bool v2;
	bool greeted; /* it got the keep-alives of a start, */
	bool negotiated; /* and our buffer, once it showed version 2 */
	uint16_t caps; /* of its keep-alives */
	uint16_t virt_src, virt_dst; /* of its newest RTCP, 0: none yet */
	struct counter count; /* of its control datagrams that made sense */
};

/* Envelope and head of the media datagram before: the next one mostly differs in its number. */
struct tunnel_heads {
	uint8_t env[RG_ENVELOPE_MAX], head[RG_ENVELOPE_MAX];
	uint32_t nonce; /* 0: clear */
	uint16_t virt_src, virt_dst;
	uint8_t n_env, n_head; /* n_env 0: none yet */
	uint8_t version;
};

struct rg_tunnel {
	/* hot */
	const struct rg_tunnel_ops *ops; /* NULL: no tunnel */
	const struct rg_side_plan *plan;
	struct rg_key *tx; /* NULL: clear */
	struct rg_keyring *ring; /* NULL: clear */
	uint32_t seq; /* next GRE sequence number: one counter for all peers, since it is the IV */
	uint32_t used; /* datagrams under tx */
	uint64_t sent_bytes; /* to all peers, with lower headers */
	uint64_t rate_Bps; /* a listener takes; 0: any */
	int64_t credit; /* bytes x 10^9 of it */
	rg_time credit_at;
	struct peer *peers;
	const uint32_t *n_peers; /* of its side */
	uint32_t last_peer; /* index of the peer of the last datagram */
	uint32_t unpark; /* so many were parked when a key came */
	uint32_t n_oob; /* of oob[] */
	rg_time oob_at; /* when to look at the line again */
	struct tunnel_heads heads;

	/* cold */
	struct rg_key *tx_next;
	rg_time rotated;
	rg_time asked; /* when control was last asked for another key to send under */
	uint8_t generation; /* of the secret */
	rg_time old_until; /* the one before is tried until then, */
	bool follows; /* and sent under until the other end shows the new one */
	bool sends; /* the side is an output */
	uint8_t mac[6];
	uint64_t roam_key; /* of the numbers that peers give back to show that they moved */
	uint32_t n_roam_asks; /* since the last report */
	rg_time told; /* when an event last said that nothing can be read */
	rg_time next_keepalive;
	bool closing; /* takes no more out-of-band data */
	rg_time line_free, line_looked; /* when the bandwidth has carried all that was sent */
	uint64_t line_bytes; /* so much of sent_bytes is counted */
	uint32_t oob_head;
	struct rg_dgram oob[OOB_WAITING]; /* wait for a moment without media; virt_dst: EtherType */
	uint32_t n_parked, parked_head;
	struct rg_dgram *parked; /* ring of PARKED_MAX */
};

uint32_t tunnel_keys(const struct rg_side_plan *p, uint32_t n_peers);
size_t tunnel_footprint(const struct rg_side_plan *p, uint32_t n_peers);
/* *n_peers of max_peers are looked at. */
void tunnel_init(struct rg_tunnel *t, const struct rg_side_plan *p, struct peer *peers,
	const uint32_t *n_peers, uint32_t max_peers, void *mem, rg_time now);
/* A peer's place is another's from now on. */
void tunnel_forget(struct rg_tunnel *t, const struct peer *p);
/* Returns keys and parked buffers; again until closed is true. */
void tunnel_close(struct rg_tunnel *t, struct rg_io *io);
bool tunnel_closed(const struct rg_tunnel *t);

/* tunnel_tx.c */
/* How a media packet becomes a datagram to one peer. */
enum sent_as {
	SENT_SHARED, /* d refers to the payload, and wants a reference */
	SENT_COPY, /* d has a buffer of its own */
	SENT_NOT, /* no buffer, no key, or too long: counted */
};
/* Fills buffer, data, header and flags of d. */
enum sent_as tunnel_media(struct rg_tunnel *t, struct rg_io *io, const struct carrier *to,
	const struct rg_media *m, const struct rg_hdr *h, struct rg_dgram *d);
/* Envelope and head before the body at b->data + TUNNEL_ROOM; fills d as above, False: counted. */
bool tunnel_control(struct rg_tunnel *t, struct rg_io *io, const struct carrier *to,
	const struct rg_content *what, const struct rg_newbuf *b, uint16_t len, struct rg_dgram *d);
/* Keep-alives and buffer negotiations that are due; every report interval. */
void tunnel_tick(struct rg_tunnel *t, struct rg_io *io);

/* tunnel_oob.c */
/* [take] Queues it for all peers; type: EtherType. -RG_E_AGAIN: the line is full, counted. */
int tunnel_oob_put(struct rg_tunnel *t, struct rg_io *io, const struct rg_dgram *d, uint16_t type);
/* Sends some of it, when there is no media to send. */
void tunnel_oob_flush(struct rg_tunnel *t, struct rg_io *io);
rg_time tunnel_oob_wakeup(const struct rg_tunnel *t);
void tunnel_oob_drop(struct rg_tunnel *t, struct rg_io *io);
/* [take] What became of a received one: RG_V_OK or RG_V_OOB_FULL, for the caller to count. */
enum rg_verdict tunnel_oob_receive(
	struct rg_tunnel *t, struct rg_io *io, const struct rg_dgram *d, uint16_t type);

/* tunnel_rx.c */
/* A listener takes so many bytes a second in all (max-bandwidth); what is above is dropped before
 * any work. */
bool tunnel_affordable(struct rg_tunnel *t, rg_time now, uint32_t bytes);
/* Gives up what waited too long for its key; every report interval. */
void tunnel_expire(struct rg_tunnel *t, struct rg_io *io);
/* Takes a datagram that was decrypted into account. */
enum counted tunnel_count(struct counter *c, rg_time now, const struct rg_envelope *e);
/* A peer's datagram was understood: its version, inner ports, newest sequence number. False: it is
 * older than what was noted, and may be a record. */
bool tunnel_note(struct carrier *c, rg_time now, const struct rg_env *e);

/* tunnel_key.c */
/* The key for the next datagram to send; NULL: none is left. */
const struct rg_key *tunnel_tx_key(struct rg_tunnel *t, struct rg_io *io);
/* Asks control for the key of a received nonce. */
void tunnel_want(struct rg_tunnel *t, struct rg_io *io, uint32_t nonce, uint16_t key_bits,
	uint8_t generation);
/* Sends keys that the keyring gave up back to control; not while a burst is being received. */
void tunnel_retired(struct rg_tunnel *t, struct rg_io *io);
/* The other end has the newest secret. */
void tunnel_follow(struct rg_tunnel *t);
/* What time does to keys; every report interval. */
void tunnel_age(struct rg_tunnel *t, struct rg_io *io);
/* An event that nothing can be read, once a second. */
void tunnel_tell(
	struct rg_tunnel *t, struct rg_io *io, enum rg_event_kind kind, const struct rg_addr *peer);

#endif
