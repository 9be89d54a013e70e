/* SPDX-License-Identifier: BSD-3-Clause */
/* rx_seen.c - nearly every frame is like one that came before, but for its lengths and its payload:
 * its headers are compared with those, instead of being read and looked up again. The first bytes of a
 * frame, alone in their cache line, are left out: ports that verify checksums know their address. */
#include "dpdk_priv.h"

static_assert(
	(sizeof(struct rte_mbuf) + RG_DP_PACKET_SHIFT + RTE_PKTMBUF_HEADROOM + RG_UDP4_ID_FROM) %
			RG_CACHE_LINE ==
		0,
	"what is compared begins with a line");

#define SEEN_MAX 65536
#define GOOD     (RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_L4_CKSUM_GOOD)
#define PLAIN                                                                                      \
	(RTE_MBUF_F_RX_IP_CKSUM_MASK | RTE_MBUF_F_RX_L4_CKSUM_MASK | RTE_MBUF_F_RX_VLAN_STRIPPED)

bool rg_dp_seen_open(struct rg_dp_rx *rx, uint32_t n_eps, struct rg_conf_error *err)
{
	uint32_t n = (uint32_t)rg_clamp_i64(4 * (int64_t)n_eps, RG_DP_SEEN_NEAR, SEEN_MAX);

	rx->seen_mask = rg_pow2_ceil(n) - 1;
	rx->seen = rg_dp_mem((rx->seen_mask + 1) * sizeof(*rx->seen), "senders", err);
	return rx->seen != NULL;
}

/* By source address and ports. */
static struct rg_dp_seen *place_of(const struct rg_dp_rx *rx, const uint8_t *frame)
{
	const uint8_t *ip = frame + RG_ETH_BYTES;
	uint32_t key = rg_get32(ip + 12) ^ rg_get32(ip + RG_IP4_BYTES);

	return &rx->seen[(key * UINT32_C(0x9e3779b1) >> 16) & rx->seen_mask];
}

void rg_dp_seen_fetch(const struct rg_dp_rx *rx, const struct rte_mbuf *m)
{
	rte_prefetch0(place_of(rx, rte_pktmbuf_mtod(m, const uint8_t *)));
}

const struct rg_dp_seen *rg_dp_seen_find(
	const struct rg_dp_rx *rx, const struct rg_dp_port *p, const struct rte_mbuf *m)
{
	const uint8_t *frame = rte_pktmbuf_mtod(m, const uint8_t *);
	const struct rg_dp_seen *s = place_of(rx, frame);
	struct rg_udp4_id id;

	if ((m->ol_flags & PLAIN) != GOOD || m->data_len < RG_UDP4_BYTES)
		return NULL;
	id = rg_udp4_id(frame);
	return rg_udp4_same(&s->id, &id) && s->port == p->index && s->peer.af != RG_AF_NONE ? s
											    : NULL;
}

void rg_dp_seen_note(struct rg_dp_rx *rx, const struct rg_dp_port *p, const uint8_t *frame,
	const struct rg_frame *f, const struct rg_dgram *d)
{
	const struct rte_mbuf *m = d->buf.h;

	if ((m->ol_flags & PLAIN) == GOOD && f->src.af == RG_AF_IP4 &&
		f->payload_off == RG_UDP4_BYTES)
		*place_of(rx, frame) = (struct rg_dp_seen){.id = rg_udp4_id(frame),
			.peer = d->peer,
			.ep = d->ep,
			.port = p->index,
			.stream = d->stream};
}
