/* SPDX-License-Identifier: BSD-3-Clause */
/* session_priv.h - state of inputs and outputs, shared by the files of this module:
 * session.c (configuration, control datagrams), session_peer.c (who is there), session_rx.c and
 * session_tx.c (media), session_rtcp.c (what peers say, and what they are told when). */
#ifndef SESSION_PRIV_H
#define SESSION_PRIV_H

#include "rg_due.h"
#include "rg_flow_rx.h"
#include "rg_flow_tx.h"
#include "rg_rtt.h"
#include "rg_session.h"
#include "tunnel.h"

/* Timers and limits, all of them. */
#define ROAM_SILENT_NS   (300 * RG_NS_PER_MS) /* three missed reports: the old address is gone */
#define ROAM_ASKS        64 /* a report interval */
#define ROAM_EPOCH_NS    (8 * RG_NS_PER_S)
#define REPORT_NS        (100 * RG_NS_PER_MS) /* TR-06-1 section 5.2.1: at most; M8 */
#define TIMEOUT_NS       (2 * RG_NS_PER_S) /* session timeout when the configuration has none */
#define UNBOUND_RTT_NS   REPORT_NS /* nobody to ask yet: rounds are for when the name comes */
#define RTT_FLOOR_NS     (3 * RG_NS_PER_MS)
#define HISTORY_EXTRA_NS (200 * RG_NS_PER_MS) /* a request of the last moment still finds it */
#define PEERS_MAX        32
#define SPARE_PEERS      8 /* of an input: more than its flows, so that strangers fill none */
#define FLOWS_PER_POLL   64
#define STREAK_SOLID     16 /* packets in a row that make a source credible without SDES */
#define STREAK_NAMED     3 /* enough together with SDES */
#define CHALLENGERS      32 /* sources remembered that want a flow, power of two */
#define WEAK_SILENCE_NS  (250 * RG_NS_PER_MS) /* after which a weak flow gives way to anybody */
#define RESTART_IN_ROW   3 /* packets in a row with a new SSRC from the same source */
#define SECOND_IN_ROW    12 /* so many while the old one goes on are a flow beside it */
#define SOURCES_CACHED   1024 /* places of sources by hash, power of two */
#define OPEN_BURST       8 /* new flows or peers of an input at once, and each second */
#define ANSWERS_MAX      32 /* echo answers to one peer a report interval */
#define STRAYS_MAX       64 /* answers to sources without a place a report interval */
#define NACK_RATE        1000000 /* numbers one peer may ask for a second */
#define NACK_BURST       131072
#define DRAIN_POLLS      64
#define RATE_WINDOW_NS   RG_NS_PER_S
#define NO_INDEX         0xffff

/* Who sends us RTCP. */
struct peer {
	struct rg_addr rtcp; /* af 0: free */
	struct rg_addr media; /* of an output: where media goes */
	rg_time since, last_seen; /* since: without a silence */
	rg_time sr_at; /* when its newest SR came */
	struct rg_rtt rtt;
	rg_time nack_at;
	int64_t nack_credit;
	uint64_t sent, sent_bytes, retransmitted, retransmitted_bytes;
	uint32_t ssrc;
	uint32_t lsr; /* middle of its newest SR's NTP time, 0: none */
	uint32_t answers; /* echo answers since the last report */
	bool fixed; /* configured, never forgotten */
	bool alive;
	bool named; /* SDES seen */
	bool echoes; /* answers our echo requests */
	struct carrier way;
	uint8_t cname_len;
	uint8_t cname[RG_CNAME_MAX + 1];
};

/* Tokens of OPEN_BURST a second. */
struct opens {
	rg_time at;
	int64_t credit_ns;
};

/* Counts events a second, and tells once that a 16-bit flow is too fast for its buffer. */
struct rate {
	rg_time start;
	uint64_t count; /* at start */
	bool warned;
};

enum flow_state {
	FLOW_FREE,
	FLOW_OPEN,
	FLOW_DRAINING, /* closed, still holds buffers */
};

/* What receiver reports tell of a flow, RFC 3550 section 6.4.1 and appendix A.3. */
struct arrivals {
	uint32_t base, max; /* widened numbers of originals */
	uint32_t expected_prior, received_prior;
	uint32_t received; /* originals */
	uint32_t jitter_q4;
	int64_t transit_ns;
};

/* One source of media and its receiver core. */
struct flow {
	/* hot: every burst */
	struct rg_flow_rx *core;
	struct rg_addr media; /* the source it belongs to */
	uint32_t flow_id;
	rg_time last_media;
	struct rg_widen widen;
	uint64_t received, received_bytes;
	struct arrivals arr;
	int64_t play_offset_ns; /* source timeline to ours, for what is sent on */
	uint16_t next_wire;
	uint8_t state; /* enum flow_state */
	uint8_t streak; /* originals in a row, saturating */
	uint16_t peer; /* index, or NO_INDEX */
	struct counter count; /* where it is encrypted */
	bool named; /* RTCP with SDES and this SSRC came from the same host */
	bool bye;
	bool playing;

	/* cold */
	uint32_t other_id; /* another SSRC from the same source, */
	rg_time other_at, other_mid; /* since when, and when half of what decides had come */
	uint16_t other_next;
	uint8_t other_n; /* packets of it in a row */
	struct rate rate;
	void *mem;
};

/* A source that wants a flow while all are taken. */
struct challenger {
	struct rg_addr media;
	uint32_t flow_id;
	uint16_t next_wire;
	uint8_t n;
};

/* A name that found no place: should its media turn up, it is known already. */
struct stray {
	struct rg_addr rtcp;
	uint32_t ssrc;
};

struct rg_rx {
	/* hot */
	const struct rg_profile_ops *ops; /* NULL: raw */
	const struct rg_side_plan *plan;
	struct flow *last; /* flow of the last packet */
	struct flow *played; /* the one flow that is sent on */
	uint32_t n_flows; /* slots */
	uint32_t n_peers; /* slots that were ever in use */
	uint16_t ep, ep_rtcp;
	bool closing, ended;
	bool narrow; /* of a tunnel, and numbers have 16 bits */
	struct flow *flows; /* [n_flows] */
	struct peer *peers; /* [max_peers] */
	struct rg_due due; /* of flows */
	uint16_t *places; /* [SOURCES_CACHED] flow last seen by a source's hash */
	uint64_t raw_packets, raw_bytes;
	rg_time next_report;
	struct rg_tunnel tunnel;

	/* cold */
	int64_t report_ns, timeout_ns;
	struct opens flow_opens, peer_opens;
	uint32_t max_peers;
	uint32_t n_answered; /* strays, since the last report */
	struct stray strays[CHALLENGERS];
	struct challenger challengers[CHALLENGERS];
	struct rg_flow_rx_conf conf;
};

#define RX_HOT_BYTES   ((size_t)4 * RG_CACHE_LINE)
#define FLOW_HOT_BYTES ((size_t)3 * RG_CACHE_LINE)
static_assert(offsetof(struct rg_rx, tunnel) + offsetof(struct rg_tunnel, heads) <= RX_HOT_BYTES &&
		offsetof(struct flow, other_id) <= FLOW_HOT_BYTES,
	"rg_rx_fetch brings all that every packet needs");

/* Where one copy of each packet goes. */
struct dest {
	struct rg_addr addr;
	uint8_t peer;
};

struct rg_tx {
	/* hot */
	const struct rg_profile_ops *ops; /* headers; NULL: none (udp, file) */
	const struct rg_side_plan *plan;
	struct rg_flow_tx *core; /* NULL: raw */
	uint32_t *asked; /* per history slot: which peers asked; NULL: one destination */
	uint32_t asked_mask;
	uint32_t n_dest;
	struct rg_tx_ident ident;
	uint32_t raw_seq; /* next of an rtp:// output */
	uint16_t ep, ep_rtcp;
	bool closing, group;
	uint32_t n_peers; /* slots that were ever in use, */
	uint32_t max_peers; /* and that there are */
	rg_time next_report;
	uint64_t raw_packets, raw_bytes;
	struct dest dest[PEERS_MAX]; /* the first of them is hot */
	struct rg_tunnel tunnel;

	/* cold */
	int64_t report_ns, timeout_ns;
	struct opens peer_opens;
	struct rate rate;
	struct peer peers[PEERS_MAX];
};

#define TX_HOT_BYTES ((size_t)2 * RG_CACHE_LINE)
static_assert(offsetof(struct rg_tx, dest) + sizeof(struct dest) <= TX_HOT_BYTES,
	"rg_tx_fetch brings all that every packet of a raw output needs");

static inline bool is_rist(const struct rg_side_plan *p)
{
	return p->kind == RG_END_RIST;
}

/* session.c */
void conf_rx(const struct rg_side_plan *p, struct rg_flow_rx_conf *c);
void conf_tx(const struct rg_side_plan *p, struct rg_flow_tx_conf *c);
int64_t report_interval(const struct rg_side_plan *p);
int64_t session_timeout(const struct rg_side_plan *p);
/* Where RTCP of this media address is, and the other way round. */
struct rg_addr rtcp_of(const struct rg_side_plan *p, struct rg_addr media);
struct rg_addr media_of(const struct rg_side_plan *p, struct rg_addr rtcp);
/* Fills name and SSRC, sends; several datagrams when the runs need it. */
void control_send(
	struct rg_tunnel *t, struct rg_io *io, const struct peer *to, struct rg_control_out *c);
/* True once, when packets x buffer passed what 16 bits number. */
bool rate_exceeds(struct rate *r, rg_time now, uint64_t count, int64_t buffer_ns);
/* When to do next what is done every_ns: each side in a phase of its own, since thousands that report
 * in one instant would overflow every queue. */
rg_time next_tick(const struct rg_side_plan *p, rg_time now, int64_t every_ns);

/* session_peer.c */
struct peer *peer_find(struct peer *p, uint32_t n, const struct rg_addr *rtcp);
/* A free slot for a newcomer, NULL when there is none; *n of max were ever in use. */
struct peer *peer_open(
	struct peer *p, uint32_t *n, uint32_t max, const struct rg_addr *rtcp, rg_time now);
void peer_close(struct rg_tunnel *t, struct peer *p);
/* A datagram of it was understood, env NULL: not of a tunnel. False: an old one, no sign of life. */
bool peer_seen(struct peer *p, rg_time now, const struct rg_env *env);
bool peer_silent(const struct peer *p, rg_time now, int64_t timeout_ns);
void peer_name(struct peer *p, uint32_t ssrc, const struct rg_fb_sdes *sdes);
/* session_roam.c */
/* The silent peer that speaks from another address now, where `speaks` may be a peer already; NULL:
 * there is none, or it is not sure yet. */
struct peer *peer_roamed(struct rg_tunnel *t, struct rg_io *io, const struct rg_addr *from,
	const struct peer *speaks, const struct rg_feedback *sdes, const struct rg_env *e);
/* An echo answer or a report: true when it gave a round-trip sample. */
bool peer_echo(struct peer *p, rg_time now, const struct rg_fb_echo *e);
bool peer_report_rtt(struct peer *p, const struct rg_io *io, const struct rg_fb_rr *rr);
/* One of OPEN_BURST; `proven` may overdraw. */
bool take_open(struct opens *o, rg_time now, bool proven);
bool take_nacks(struct peer *p, rg_time now, uint32_t n);
void peer_fill_report(const struct peer *p, struct rg_peer_report *r);

/* session_rx.c */
void rx_feed_rtt(struct rg_rx *rx, const struct peer *p);
void flow_close(struct rg_rx *rx, struct flow *f);

/* session_flow.c */
struct flow *flow_find(struct rg_rx *rx, const struct rg_addr *media, uint32_t flow_id);
/* The flow an original of an unknown source opens, or NULL and the reason. */
struct flow *flow_admit(struct rg_rx *rx, struct rg_io *io, const struct rg_addr *src,
	const struct rg_media *m, enum rg_verdict *why);
/* An SSRC that none of the source's flows has: a sender that began anew, or a flow beside them. The
 * flow it belongs to, or NULL and the reason. */
struct flow *flow_other(struct rg_rx *rx, struct rg_io *io, const struct rg_addr *src,
	const struct rg_media *m, enum rg_verdict *why);
/* When it must run again. */
void flow_wake(struct rg_rx *rx, struct flow *f, rg_time at);
void flow_note(struct flow *f, rg_time now, const struct rg_media *m, unsigned n);
/* Chooses each flow's peer again. */
void flow_bind(struct rg_rx *rx);
void flow_remember(struct rg_rx *rx, const struct rg_addr *rtcp, uint32_t ssrc);
/* How much a flow has shown: 0 it is not open, 1 it may be a stray packet's. */
int flow_claim(const struct flow *f);
/* Which flow is sent on: several sources of one input are never mixed. */
void flow_elect(struct rg_rx *rx);
/* Timeouts; every report interval. */
void flow_expire(struct rg_rx *rx, struct rg_io *io);
void flow_drain(struct rg_rx *rx, struct rg_io *io, struct flow *f);
/* RTCP from there is that of an open flow. */
bool flow_expects(const struct rg_rx *rx, const struct rg_addr *rtcp, uint32_t ssrc);
void peer_evict(struct rg_rx *rx);
bool flow_alive(const struct rg_rx *rx, uint32_t peer);
void flow_report_block(struct flow *f, struct rg_control_out *c);

/* session_rtcp.c */
void rx_tick(struct rg_rx *rx, struct rg_io *io);
void rx_nack(struct rg_rx *rx, struct rg_io *io, struct flow *f, struct rg_run *runs, unsigned n);
void rx_bye(struct rg_rx *rx, struct rg_io *io);
void tx_tick(struct rg_tx *tx, struct rg_io *io);
void tx_bye(struct rg_tx *tx, struct rg_io *io);

/* session_tx.c */
void tx_dests(struct rg_tx *tx);
void tx_asked(struct rg_tx *tx, const struct peer *p, const struct rg_run *runs, unsigned n);

#endif
