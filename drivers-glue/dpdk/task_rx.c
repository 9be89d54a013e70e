/* SPDX-License-Identifier: BSD-3-Clause */
/* task_rx.c - takes frames from ports, reads and checks their headers, and gives each datagram to
 * the worker of its endpoint. What concerns the link itself goes to the neighbour task. */
#include "dpdk_priv.h"

#include "rg_neigh.h"

#include <rte_ethdev.h>

#define AHEAD     4 /* frames whose sender is looked for already */
#define SUM_AHEAD 2 /* frames on their way to the cache while one is summed */

/* Headers that the port has verified need no second look. */
static unsigned checks_of(const struct rg_dp_port *p, const struct rte_mbuf *m)
{
	unsigned checks = RG_CHECK_IP | RG_CHECK_UDP;

	if ((m->ol_flags & RTE_MBUF_F_RX_IP_CKSUM_MASK) == RTE_MBUF_F_RX_IP_CKSUM_GOOD)
		checks &= ~(unsigned)RG_CHECK_IP;
	if ((m->ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK) == RTE_MBUF_F_RX_L4_CKSUM_GOOD)
		checks &= ~(unsigned)RG_CHECK_UDP;
	if (p->partial_sums)
		checks |= RG_CHECK_PARTIAL_OK;
	return checks;
}

static bool is_for_mac(const struct rg_dp_port *p, const uint8_t *frame)
{
	return (frame[0] & 1) != 0 || memcmp(frame, p->mac, sizeof(p->mac)) == 0;
}

static uint16_t vlan_of(const struct rte_mbuf *m, const struct rg_frame *f)
{
	return m->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED ? m->vlan_tci & 0x0fff : f->vlan;
}

/* The frame's buffer shows the payload from now on. */
static void fill(struct rg_dgram *d, struct rte_mbuf *m, uint32_t off, uint16_t len, rg_time now)
{
	m->data_off = (uint16_t)(m->data_off + off);
	m->data_len = len;
	m->pkt_len = len;
	d->buf.h = m;
	d->data = rte_pktmbuf_mtod(m, uint8_t *);
	d->arrival = now;
	d->len = len;
	d->hdr_len = 0;
	d->flags = 0;
}

/* Finds the endpoint of a datagram; 0 or a negated verdict. */
static int steer(const struct rg_dp_rx *rx, const struct rg_dp_port *p, const struct rg_frame *f,
	struct rg_dgram *d)
{
	uint16_t ep = rg_dp_steer_find(rx->seen_by, p, &f->dst);
	const struct rg_dp_ep *e;

	if (ep == RG_EP_NONE)
		return -RG_V_NOT_OURS;
	e = &rx->h->eps[ep];
	if (e->source.af != RG_AF_NONE && !rg_addr_same_host(&e->source, &f->src))
		return -RG_V_NOT_OURS;
	d->peer = f->src;
	d->ep = ep;
	d->stream = e->stream;
	return 0;
}

/* [take] m. */
static void pass_slow(struct rg_dp_rx *rx, const struct rg_dp_port *p, struct rte_mbuf *m)
{
	m->port = p->index;
	if (rte_ring_sp_enqueue(rx->slow[p->tx_task], m) == 0) {
		rg_dp_nudge(rx->slow_to[p->tx_task]);
		return;
	}
	rg_dp_count(&rx->drops[RG_V_RX_RING_FULL], 1);
	rte_pktmbuf_free(m);
}

/* A frame like one before; false: it has to be read. */
static bool take_seen(struct rg_dp_rx *rx, const struct rg_dp_port *p, struct rte_mbuf *m,
	rg_time now, struct rg_dgram *d)
{
	const uint8_t *frame = rte_pktmbuf_mtod(m, const uint8_t *);
	const struct rg_dp_seen *s = rg_dp_seen_find(rx, p, m);
	int32_t len = s == NULL ? -1 : rg_udp4_payload(frame, m->data_len);

	if (len < 0 || (p->promiscuous && !is_for_mac(p, frame)))
		return false;
	fill(d, m, RG_UDP4_BYTES, (uint16_t)len, now);
	d->peer = s->peer;
	d->ep = s->ep;
	d->stream = s->stream;
	return true;
}

/* True: *d is a datagram of ours. False: m is gone. [take] m. */
static bool take_frame(struct rg_dp_rx *rx, const struct rg_dp_port *p, struct rte_mbuf *m,
	rg_time now, struct rg_dgram *d)
{
	struct rg_frame f;
	const uint8_t *bytes;
	int r;

	m = rg_dp_own(&rx->h->pools, m);
	if (m == NULL) {
		rg_dp_count(&rx->drops[RG_V_NO_BUFFER], 1);
		return false;
	}
	if (take_seen(rx, p, m, now, d))
		return true;
	bytes = rte_pktmbuf_mtod(m, const uint8_t *);
	r = rg_frame_read(bytes, m->data_len, checks_of(p, m), &f);
	if (r == 0 && (!is_for_mac(p, bytes) || vlan_of(m, &f) != p->conf->vlan))
		r = -RG_V_NOT_OURS;
	if (r == 0 && f.kind != RG_FRAME_UDP) {
		pass_slow(rx, p, m);
		return false;
	}
	if (r == 0)
		r = steer(rx, p, &f, d);
	if (r == 0) {
		fill(d, m, f.payload_off, f.payload_len, now);
		rg_dp_seen_note(rx, p, bytes, &f, d);
		return true;
	}
	rg_dp_count(&rx->drops[-r], 1);
	rte_pktmbuf_free(m);
	return false;
}

/* What is known of senders is so by the table they were looked up in. */
static void follow_steering(struct rg_dp_rx *rx)
{
	const struct rg_dp_steer *s = atomic_load_explicit(&rx->h->steer, memory_order_acquire);

	if (rx->seen_by == s)
		return;
	rx->seen_by = s;
	memset(rx->seen, 0, (rx->seen_mask + 1) * sizeof(*rx->seen));
}

static void fetch_heads(struct rte_mbuf *const *m, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		rte_prefetch0(rte_pktmbuf_mtod_offset(m[i], void *, RG_UDP4_ID_FROM));
}

/* What the frames of a burst find in no cache. */
struct cold {
	bool senders; /* where they were seen */
	bool payloads; /* software verifies the checksum, and so reads all of a frame */
};

static void fetch_next(struct cold cold, const struct rg_dp_rx *rx, struct rte_mbuf *const *m,
	unsigned i, unsigned n)
{
	if (cold.senders && i + AHEAD < n)
		rg_dp_seen_fetch(rx, m[i + AHEAD]);
	if (cold.payloads && i + SUM_AHEAD < n)
		rg_prefetch_far(rte_pktmbuf_mtod(m[i + SUM_AHEAD], const uint8_t *),
			m[i + SUM_AHEAD]->data_len);
}

static unsigned poll_port(struct rg_dp_rx *rx, const struct rg_dp_port *p, rg_time now)
{
	struct rte_mbuf *m[RG_BURST];
	unsigned n = rte_eth_rx_burst(p->id, 0, m, RG_BURST), k = 0, room = RG_BURST;
	struct rg_dgram *place =
		rx->h->n_workers == 1 ? rg_dp_pipe_room(&rx->workers[0], &room) : NULL;
	struct rg_dgram buf[RG_BURST], *d;
	uint16_t to[RG_BURST];
	struct cold cold = {.senders = rx->seen_mask >= RG_DP_SEEN_NEAR,
		.payloads = n > 0 && (checks_of(p, m[0]) & RG_CHECK_UDP) != 0};

	if (room < RG_BURST)
		place = NULL;
	d = place != NULL ? place : buf;
	fetch_heads(m, n);
	for (unsigned i = 0; i < n; i++) {
		fetch_next(cold, rx, m, i, n);
		if (!take_frame(rx, p, m[i], now, &d[k]))
			continue;
		to[k] = rx->h->eps[d[k].ep].worker;
		/* on this lcore, while the headers of the next frames are read */
		if (place != NULL && rx->h->eps[d[k].ep].ciphered)
			rg_prefetch_far(d[k].data, d[k].len);
		k++;
	}
	if (place != NULL)
		rg_dp_pipe_filled(&rx->workers[0], k);
	else
		rg_dp_pipe_spread(rx->workers, to, d, k);
	return n;
}

unsigned rg_dp_rx_poll(void *arg, rg_time now)
{
	struct rg_dp_rx *rx = arg;
	unsigned done = 0;

	follow_steering(rx);
	for (uint32_t i = 0; i < rx->n_ports; i++)
		if (rg_dp_port_up(rx->ports[i]))
			done += poll_port(rx, rx->ports[i], now);
	return done;
}
