/* SPDX-License-Identifier: BSD-3-Clause */
/* rg_verdict.h - why a datagram or packet was not used: one reason, counted once, where it died.
 * Spec: none. Shape: one X-macro line gives the enum, the statistic's name and its help text.
 * Errors: parsers return -RG_V_*. Threads: pure. Statistics list only non-zero counters. */
#ifndef RG_VERDICT_H
#define RG_VERDICT_H

#include "rg_base.h"

/* X(enum suffix, statistic key, help) */
#define RG_VERDICT_LIST(X)                                                                         \
	X(OK, "ok", "used")                                                                        \
	X(SHORT, "short", "datagram ends inside a header")                                         \
	X(ETH_TYPE, "eth_type", "Ethernet type that no one here speaks")                           \
	X(IP_HEADER, "ip_header", "IP version, header length or total length is wrong")            \
	X(IP_FRAGMENT, "ip_fragment", "IP fragment: RIST media is never fragmented")               \
	X(IP_CHECKSUM, "ip_checksum", "IPv4 header checksum is wrong")                             \
	X(IP_PROTOCOL, "ip_protocol", "IP protocol or ICMP type that no one here speaks")          \
	X(NEIGH, "neigh", "ARP, ND or echo message is malformed")                                  \
	X(UDP_CHECKSUM, "udp_checksum", "UDP checksum is wrong")                                   \
	X(UDP_LENGTH, "udp_length", "UDP length disagrees with the IP length")                     \
	X(NOT_OURS, "not_ours", "no address or port of ours")                                      \
	X(RX_RING_FULL, "rx_ring_full", "worker did not keep up with reception")                   \
	X(TX_RING_FULL, "tx_ring_full", "transmitter did not keep up")                             \
	X(TX_NO_NEIGHBOUR, "tx_no_neighbour", "next hop did not answer ARP or ND")                 \
	X(TX_NO_ROUTE, "tx_no_route", "no port leads to the destination")                          \
	X(TX_TOO_LONG, "tx_too_long", "longer than the port's MTU")                                \
	X(TX_REFUSED, "tx_refused", "kernel or driver refused the packet")                         \
	X(NO_BUFFER, "no_buffer", "buffer pool is empty")                                          \
	X(RX_TOO_LONG, "rx_too_long", "longer than a packet buffer")                               \
	X(GRE_BITS, "gre_bits", "GRE version or a GRE bit that must be zero is set")               \
	X(GRE_VERSION, "gre_version", "RIST version in the GRE header is 5 to 7")                  \
	X(GRE_TYPE, "gre_type", "EtherType in the tunnel that no one here speaks")                 \
	X(VSF_TYPE, "vsf_type", "VSF type or subtype that no one here speaks")                     \
	X(RTP_VERSION, "rtp_version", "RTP version is not 2")                                      \
	X(RTP_HEADER, "rtp_header", "RTP CSRC list, extension or padding exceeds the packet")      \
	X(RTP_EMPTY, "rtp_empty", "RTP packet without payload")                                    \
	X(RTP_PAYLOAD_TYPE, "rtp_payload_type",                                                    \
		"RTP payload type 72 to 77: RTCP on the media port")                               \
	X(NPD, "npd", "deleted null packets do not fit the payload they were deleted from")        \
	X(RTCP_VERSION, "rtcp_version", "RTCP version is not 2")                                   \
	X(RTCP_LENGTH, "rtcp_length", "RTCP packet length exceeds the datagram")                   \
	X(RTCP_NACK, "rtcp_nack", "NACK longer than the expansion limit: the rest is ignored")     \
	X(RTCP_UNKNOWN, "rtcp_unknown", "RTCP packet of a type that is not used here")             \
	X(WRONG_ROLE, "wrong_role", "media for a sender or a NACK for a receiver")                 \
	X(UNKNOWN_PEER, "unknown_peer", "source that has no session here")                         \
	X(STRANGER, "stranger", "another source: the flow belongs to the one that opened it")      \
	X(FLOW_LIMIT, "flow_limit", "max-flows reached or new flows come too fast")                \
	X(NO_CNAME, "no_cname", "media before RTCP SDES named its source")                         \
	X(NOT_ENCRYPTED, "not_encrypted", "in clear, but a secret is configured")                  \
	X(ENCRYPTED, "encrypted", "encrypted, but no secret is configured")                        \
	X(NO_KEY, "no_key", "no key is left to send under")                                        \
	X(KEY_LIMIT, "key_limit", "its nonce is new, and too many new nonces came")                \
	X(KEY_PENDING, "key_pending", "its key came too late, or too many waited for theirs")      \
	X(DECRYPT, "decrypt", "decrypted to nothing that makes sense: another secret")             \
	X(OOB_FULL, "oob_full", "out-of-band data: more than leaves beside the media")             \
	X(RATE_LIMIT, "rate_limit", "more than a peer may ask for")                                \
	X(DUPLICATE, "duplicate", "packet was here already")                                       \
	X(RECORD, "record", "older than what its peer sent since: late, or a record of it")        \
	X(TOO_LATE, "too_late", "after its playout time")                                          \
	X(TOO_LATE_RETX, "too_late_retx", "retransmission after its playout time")                 \
	X(BEFORE_START, "before_start", "retransmission before the flow had a first packet")       \
	X(OUT_OF_WINDOW, "out_of_window", "sequence number far from the recovery buffer")          \
	X(OVERWRITTEN, "overwritten", "recovery buffer was full: the older packet gave way")       \
	X(FLOW_RESET, "flow_reset", "held when the flow ended")                                    \
	X(HISTORY_EXPIRED, "history_expired", "left the sender's history (normal end)")            \
	X(NO_PEER, "no_peer", "output has no peer yet")                                            \
	X(STREAM_CLOSED, "stream_closed", "stream was removed or its output ended")

enum rg_verdict {

#define RG_VERDICT_ENUM(e, key, help) RG_V_##e,
	RG_VERDICT_LIST(RG_VERDICT_ENUM)
#undef RG_VERDICT_ENUM
		RG_V_COUNT
};

/* The statistic's key, "rtp_version"; v < RG_V_COUNT. */
const char *rg_verdict_key(enum rg_verdict v);

/* One line of help; v < RG_V_COUNT. */
const char *rg_verdict_help(enum rg_verdict v);

#endif
