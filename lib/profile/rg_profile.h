/* SPDX-License-Identifier: BSD-3-Clause */
/* rg_profile.h - what differs between the profiles of RIST: the bytes on the wire.
 * A profile is one row of a table: bursts of datagrams become rg_media, control datagrams become
 * rg_feedback, and back. Everything above speaks records only; the one indirect call is a burst's.
 * Spec: TR-06-1:2020 section 5 (Simple), TR-06-2:2022 sections 5 to 8 (Main).
 * Shape: no state but what the caller passes.
 * Units: host byte order, bytes. Time: opaque NTP-64 values and 90 kHz ticks.
 * Errors: verdicts, counted into the array the caller lends. Ownership: see each function.
 * Threads: pure. */
#ifndef RG_PROFILE_H
#define RG_PROFILE_H

#include "rg_conf.h"
#include "rg_dgram.h"
#include "rg_msg.h"
#include "rg_verdict.h"

#define RG_FB_MAX          32 /* records kept of one control datagram */
#define RG_RUNS_MAX        2048 /* runs asked for in one control datagram */
#define RG_CONTROL_BYTES   1400 /* a control datagram of ours: any path's MTU holds it */
#define RG_CONTROL_PADDING 256 /* of an echo request that is mirrored, at most */

/* What a received control datagram says. */
struct rg_control_in {
	bool wide; /* in: our numbers have 32 bits on the wire, so EXTSEQ means something */
	struct rg_feedback fb[RG_FB_MAX];
	struct rg_run runs[RG_RUNS_MAX];
	unsigned n_fb;
	unsigned n_runs;
	uint32_t n_seqs; /* numbers in all runs */
	enum rg_verdict why; /* first thing that was not understood, or RG_V_OK */
};

enum rg_control_lead {
	RG_LEAD_RR_EMPTY, /* first packet of the compound */
	RG_LEAD_RR,
	RG_LEAD_SR,
};

/* A control datagram to build: a lead, then SDES, then whatever is asked for, in this order. */
struct rg_control_out {
	enum rg_control_lead lead;
	uint32_t ssrc; /* ours */
	uint32_t flow_id; /* of the media reported on or asked for */

	/* RG_LEAD_SR */
	rg_ntp64 ntp;
	uint32_t rtp_ts, packets, octets;

	/* RG_LEAD_RR */
	uint32_t ext_seq, jitter, lsr, dlsr;
	int32_t lost;
	uint8_t fraction;

	uint8_t cname_len;
	bool bye;
	bool nack_bitmask;
	bool nack_wide; /* runs are 32-bit numbers, TR-06-2 section 8.4 */
	bool echo_req;
	const char *cname;
	rg_ntp64 echo_time;
	const struct rg_fb_echo *echo_rsp; /* NULL: none */
	struct rg_run *runs; /* NACK; a run written in part is shortened in place */
	unsigned n_runs;
};

/* Our side of a media flow. */
struct rg_tx_ident {
	uint32_t ssrc; /* bit 0 clear */
	uint8_t payload_type;
	bool seq_ext; /* Main: the upper half of the sequence number travels, too */
};

/* RTP header in front of one outgoing payload, its extension included. */
struct rg_hdr {
	uint8_t len;
	uint8_t b[23];
};

/* What a datagram of a tunnel holds. */
enum rg_inside {
	RG_INSIDE_MEDIA,
	RG_INSIDE_CONTROL, /* RTCP */
	RG_INSIDE_KEEPALIVE,
	RG_INSIDE_BUFFER, /* buffer negotiation */
	RG_INSIDE_OOB, /* out-of-band data, a full IP datagram among others */
	RG_INSIDE_OTHER, /* well-formed, and nothing that is used here */
};

/* The outer header of a datagram: all that travels in clear. */
struct rg_envelope {
	uint32_t nonce; /* of the key; encrypted only */
	uint32_t seq; /* counter block of the cipher; encrypted only */
	uint16_t type; /* EtherType */
	uint16_t key_bits; /* encrypted only */
	uint8_t len; /* bytes before what is encrypted */
	uint8_t version; /* 1 or 2, TR-06-2 section 5.1 */
	bool encrypted;
};

/* What was found behind it, and what is to be put there. */
struct rg_content {
	enum rg_inside kind;
	uint16_t off; /* received: bytes before the payload */
	uint16_t virt_src, virt_dst; /* inner ports, media and control */
	uint16_t oob_type; /* EtherType of out-of-band data */
	uint16_t caps; /* of a keep-alive: TR-06-2 section 5.6.3 */
	uint16_t why; /* RG_INSIDE_OTHER: enum rg_verdict to count it under */
};

struct rg_keyring_entry;

/* What was found out about a received datagram of a tunnel. */
struct rg_env {
	struct rg_envelope env;
	struct rg_content content;
	struct rg_keyring_entry *key; /* the session's; NULL: it came in clear */
	int16_t rc; /* of the last step: 0 or a negated verdict */
	bool gone; /* the session's: dropped, or waits for its key */
};

/* A profile that has one UDP port for everything puts it into a tunnel. */
struct rg_tunnel_ops {
	/* Reads the envelopes of a burst: sets env, rc, and nothing else. */
	void (*open)(const struct rg_dgram *in, unsigned n, struct rg_env *e);
	/* After decryption, with in[i].data behind the envelope: sets content and rc of each that is
	 * not gone. */
	void (*inside)(const struct rg_dgram *in, unsigned n, struct rg_env *e);
	/* How far p, the content itself, cannot be garbage of a wrong key: 0 (it can) to
	 * RG_CREDIBLE_SURE, RG_CREDIBLE_MUTE: nothing of it was encrypted that could tell. */
	unsigned (*credible)(const struct rg_envelope *e, const struct rg_content *c,
		const uint8_t *p, uint16_t len);
	/* Both write at most RG_ENVELOPE_MAX bytes and return how many. envelope's type is set by
	 * head, which comes first; an envelope ends with its number. */
	unsigned (*head)(const struct rg_content *c, struct rg_envelope *e, uint8_t *p);
	unsigned (*envelope)(const struct rg_envelope *e, uint8_t *p);
	/* EtherTypes that out-of-band data may not use. */
	bool (*reserved)(uint16_t type);
	/* Out-of-band data that is an IP datagram, and none of libRIST's messages. */
	bool (*is_ip)(uint16_t type, const uint8_t *p, uint16_t len);
	/* Bodies; return their length. routes: the end takes IP datagrams. */
	unsigned (*keepalive)(const uint8_t mac[6], bool routes, uint8_t *p, size_t cap);
	unsigned (*buffer)(uint16_t sender_max_ms, uint16_t receiver_ms, uint8_t *p, size_t cap);
};

#define RG_ENVELOPE_MAX  12
#define RG_CREDIBLE_SURE 4 /* 28 bits that can only be so */
#define RG_CREDIBLE_MUTE UINT32_MAX

struct rg_profile_ops {
	/* Takes the headers off. m[k] is made of in[from[k]], its seq as on the wire; returns how
	 * many. [give] buffers of the others are in bad[0..*n_bad). n <= 256. */
	unsigned (*rx_media)(const struct rg_dgram *in, unsigned n, struct rg_media *m,
		uint8_t *from, struct rg_dropped *bad, unsigned *n_bad);
	/* RTP headers of n packets. */
	void (*tx_media)(const struct rg_tx_ident *id, const struct rg_media *m, unsigned n,
		struct rg_hdr *h);
	/* Reads a control datagram; numbers are widened to at most `newest`. Records point into
	 * p [lend]. The session counts out->why: a datagram has one verdict. */
	void (*rx_control)(
		const uint8_t *p, size_t len, uint32_t newest, struct rg_control_in *out);
	/* Writes a control datagram, 0 when not even lead and SDES fit. *n_done is how many runs
	 * are wholly written: the rest wants another datagram. */
	size_t (*tx_control)(struct rg_control_out *c, uint8_t *p, size_t cap, unsigned *n_done);
	const struct rg_tunnel_ops *tunnel; /* NULL: media and RTCP have a UDP port each */
	uint32_t rtcp_port; /* RTCP's UDP port minus that of media */
	uint32_t seq_bits;
};

/* NULL when the profile is not built. */
const struct rg_profile_ops *rg_profile(enum rg_profile p);

/* Plain RTP, for rtp:// ends: header, CSRC list, extension and padding come off in place.
 * 0 or a negated verdict. */
int rg_rtp_strip(struct rg_media *m);

/* Numbers of one flow as they grow: 16 bits and 32-bit ticks on the wire, wide ones for the core.
 * The reference follows originals that are near it; one that is far away moves it only when its
 * successors agree. */
struct rg_widen {
	int64_t ts; /* unwrapped ticks of the reference */
	uint32_t seq;
	uint16_t far_seq; /* successor of the last far one */
	uint8_t n_far;
	bool anchored;
};

/* Sets seq and src_ns of m[0..n), which hold wire values; RG_MEDIA_WIDE: seq is wide already. */
void rg_widen(struct rg_widen *w, struct rg_media *m, unsigned n);

/* A new timeline begins: numbers continue far from the old ones, so that the core sees it. */
void rg_widen_restart(struct rg_widen *w, const struct rg_media *first);

#endif
