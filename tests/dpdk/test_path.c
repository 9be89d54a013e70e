/* SPDX-License-Identifier: BSD-3-Clause */
/* The way of a datagram through transmitter, looped ring port, and receiver. */
#include "dpdk_suites.h"
#include "lab.h"

#include <rte_ethdev.h>

static const char *const ring[] = {"net_ring0", NULL};
static const char *const both[] = {"10.0.0.1", "10.0.0.2", "fd00::1", "fd00::2", NULL};

static void open_pair(struct lab *l, uint16_t *from, const char *a, const char *b)
{
	lab_init(l, both);
	*from = lab_ep(l, lab_addr(a, 4000), lab_addr(b, 5000));
	lab_ep(l, lab_addr(b, 5000), (struct rg_addr){0});
	lab_open(l, ring);
}

static void crosses(const char *a, const char *b)
{
	struct lab l;
	uint16_t from;
	struct rg_dgram d;
	struct rg_addr source = lab_addr(a, 4000);

	open_pair(&l, &from, a, b);
	for (int i = 0; i < 3; i++) {
		d = lab_dgram(&l, from, lab_addr(b, 5000), 1317);
		memcpy(d.hdr, "\x80\x21header-12", 12);
		d.hdr_len = 12;
		lab_give(&l, &d);
		lab_run(&l, 0);
		ck_assert(lab_take(&l, &d));
		ck_assert_uint_eq(d.ep, 1);
		ck_assert(rg_addr_eq(&d.peer, &source));
		ck_assert_uint_eq(d.len, 12 + 1317);
		ck_assert_mem_eq(d.data, "\x80\x21header-12", 12);
		d.data += 12;
		d.len = (uint16_t)(d.len - 12);
		ck_assert(lab_payload_ok(&d, 1317));
		lab_free(&d);
	}
	ck_assert_uint_eq(lab_drops(&l, RG_V_TX_NO_NEIGHBOUR), 0);
	lab_close(&l);
}

START_TEST(datagram_crosses_after_arp)
{
	crosses("10.0.0.1", "10.0.0.2");
}

END_TEST

START_TEST(datagram_crosses_after_neighbour_discovery)
{
	crosses("fd00::1", "fd00::2");
}

END_TEST

START_TEST(tagged_port_speaks_and_hears_its_vlan_only)
{
	struct lab l;
	struct rg_dgram d;
	struct rte_mbuf *m;

	lab_init(&l, both);
	l.ports[0].vlan = 77;
	lab_ep(&l, lab_addr("10.0.0.1", 4000), lab_addr("10.0.0.2", 5000));
	lab_ep(&l, lab_addr("10.0.0.2", 5000), (struct rg_addr){0});
	lab_open(&l, ring);
	d = lab_dgram(&l, 0, lab_addr("10.0.0.2", 5000), 100);
	lab_give(&l, &d);
	lab_run(&l, 0);
	ck_assert(lab_take(&l, &d));
	/* The same frame with another tag is somebody else's. */
	m = d.buf.h;
	ck_assert_ptr_nonnull(rte_pktmbuf_prepend(m, 14 + 4 + 20 + 8));
	ck_assert_uint_eq(rg_get16(rte_pktmbuf_mtod(m, uint8_t *) + 14), 77);
	rg_put16(rte_pktmbuf_mtod(m, uint8_t *) + 14, 78);
	lab_inject(&l, m);
	lab_run(&l, 0);
	ck_assert(!lab_take(&l, &d));
	ck_assert_uint_eq(lab_drops(&l, RG_V_NOT_OURS), 1);
	lab_close(&l);
}

END_TEST

/* The frame of d in one piece; returns its length. */
static size_t frame_bytes(struct lab *l, const struct rg_dgram *d, uint8_t *out)
{
	struct rg_dp_txport *t = l->h->tx[0].ports[0];
	enum rg_verdict why;
	struct rg_dp_flow *f = rg_dp_flow_find(t, l->now, d, &why);
	struct rte_mbuf *m = rg_dp_frame_make(t, f, d);
	const uint8_t *p;
	size_t len;

	ck_assert_ptr_nonnull(m);
	ck_assert_int_eq(rte_mbuf_check(m, 1, &(const char *){NULL}), 0);
	len = m->pkt_len;
	p = rte_pktmbuf_read(m, 0, (uint32_t)len, out);
	if (p != out)
		memcpy(out, p, len);
	rte_pktmbuf_free(m);
	return len;
}

/* What a receiver leaves shows the payload and nothing else. */
static void as_received(const struct rg_dgram *d)
{
	struct rte_mbuf *m = d->buf.h;

	m->data_off = (uint16_t)(d->data - (uint8_t *)m->buf_addr);
	m->data_len = d->len;
	m->pkt_len = d->len;
}

START_TEST(in_place_reference_and_copy_make_the_same_frame)
{
	static const uint16_t header_lens[] = {0, 12, 13, 64};
	uint8_t frames[4][2048];
	struct lab l;
	uint16_t from;
	struct rg_dgram d;

	open_pair(&l, &from, "fd00::1", "fd00::2");
	for (size_t i = 0; i < RG_ARRAY_LEN(header_lens); i++) {
		size_t len[4];

		for (int way = 0; way < 4; way++) {
			d = lab_dgram(&l, from, lab_addr("fd00::2", 5000), 1315);
			d.hdr_len = header_lens[i];
			memset(d.hdr, 0xa5, d.hdr_len);
			d.flags = way == 0 ? 0 : RG_DGRAM_SHARED;
			l.h->ports[0].tx_offloads = way & 1 ? RTE_ETH_TX_OFFLOAD_MULTI_SEGS : 0;
			if (way == 3)
				as_received(&d);
			len[way] = frame_bytes(&l, &d, frames[way]);
		}
		ck_assert_uint_eq(len[0], 14 + 40 + 8 + header_lens[i] + 1315u);
		for (int way = 1; way < 4; way++) {
			ck_assert_uint_eq(len[way], len[0]);
			ck_assert_mem_eq(frames[way], frames[0], len[0]);
		}
	}
	lab_close(&l);
}

END_TEST

START_TEST(one_payload_stands_in_two_frames_at_a_time)
{
	struct rte_mbuf *owner, *m[2];
	struct rg_bufops ops;
	struct rg_dgram d;
	struct lab l;
	uint16_t from;

	open_pair(&l, &from, "10.0.0.1", "10.0.0.2");
	ops = rg_dp_bufops(&l.h->pools);
	l.h->ports[0].tx_offloads = RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
	d = lab_dgram(&l, from, lab_addr("10.0.0.2", 5000), 1316);
	d.flags = RG_DGRAM_SHARED;
	d.hdr_len = 12;
	owner = d.buf.h;
	as_received(&d);
	ops.ref(ops.ctx, d.buf, 2); /* a history and two frames */
	for (unsigned i = 0; i < 2; i++) {
		enum rg_verdict why;
		struct rg_dp_txport *t = l.h->tx[0].ports[0];

		memset(d.hdr, (int)i, d.hdr_len);
		m[i] = rg_dp_frame_make(t, rg_dp_flow_find(t, l.now, &d, &why), &d);
		ck_assert_ptr_nonnull(m[i]);
	}
	for (unsigned i = 0; i < 2; i++) {
		ck_assert_ptr_eq(m[i]->next, owner);
		ck_assert_uint_eq(m[i]->pkt_len, 14 + 20 + 8 + 12 + 1316);
		ck_assert_uint_eq(*rte_pktmbuf_mtod_offset(m[i], uint8_t *, 14 + 20 + 8), i);
		ck_assert_uint_eq(rte_mbuf_refcnt_read(owner), 3 - i);
		rte_pktmbuf_free(m[i]);
	}
	ck_assert_uint_eq(rte_mbuf_refcnt_read(owner), 1);
	ck_assert(lab_payload_ok(&d, 1316));
	lab_free(&d);
	lab_close(&l);
}

END_TEST

START_TEST(payload_with_other_owners_is_not_written)
{
	struct rg_bufops ops;
	struct lab l;
	uint16_t from;
	struct rg_dgram d, copy;

	open_pair(&l, &from, "10.0.0.1", "10.0.0.2");
	ops = rg_dp_bufops(&l.h->pools);
	d = lab_dgram(&l, from, lab_addr("10.0.0.2", 5000), 1316);
	ops.ref(ops.ctx, d.buf, 1);
	copy = d; /* stays in a history */
	lab_give(&l, &d);
	lab_run(&l, 0);
	ck_assert(lab_take(&l, &d));
	ck_assert_ptr_ne(d.buf.h, copy.buf.h);
	lab_free(&d);
	ck_assert(lab_payload_ok(&copy, 1316));
	ck_assert_uint_eq(rte_mbuf_refcnt_read(copy.buf.h), 1);
	lab_free(&copy);
	lab_close(&l);
}

END_TEST

START_TEST(datagram_without_payload_is_all_header)
{
	struct lab l;
	uint16_t from;
	struct rg_dgram d;

	open_pair(&l, &from, "10.0.0.1", "10.0.0.2");
	d = (struct rg_dgram){.peer = lab_addr("10.0.0.2", 5000), .ep = from, .hdr_len = 28};
	memset(d.hdr, 0x5a, 28);
	lab_give(&l, &d);
	lab_run(&l, 0);
	ck_assert(lab_take(&l, &d));
	ck_assert_uint_eq(d.len, 28);
	ck_assert_uint_eq(d.data[27], 0x5a);
	lab_free(&d);
	lab_close(&l);
}

END_TEST

START_TEST(longer_than_the_mtu_is_counted_not_sent)
{
	struct lab l;
	uint16_t from;
	struct rg_dgram d;

	open_pair(&l, &from, "10.0.0.1", "10.0.0.2");
	d = lab_dgram(&l, from, lab_addr("10.0.0.2", 5000), 1473);
	lab_give(&l, &d);
	d = lab_dgram(&l, from, lab_addr("10.0.0.2", 5000), 1472);
	lab_give(&l, &d);
	lab_run(&l, 0);
	ck_assert_uint_eq(lab_drops(&l, RG_V_TX_TOO_LONG), 1);
	ck_assert(lab_take(&l, &d));
	ck_assert_uint_eq(d.len, 1472);
	lab_free(&d);
	lab_close(&l);
}

END_TEST

START_TEST(destination_off_link_needs_a_gateway)
{
	struct lab l;
	uint16_t from;
	struct rg_dgram d;

	open_pair(&l, &from, "10.0.0.1", "10.0.0.2");
	d = lab_dgram(&l, from, lab_addr("192.0.2.1", 5000), 100);
	lab_give(&l, &d);
	lab_run(&l, 0);
	ck_assert_uint_eq(lab_drops(&l, RG_V_TX_NO_ROUTE), 1);
	lab_close(&l);
}

END_TEST

/* The frame of a datagram that crossed, to be changed and sent again. */
static struct rte_mbuf *crossed_frame(struct lab *l, uint16_t from)
{
	struct rg_dgram d = lab_dgram(l, from, lab_addr("10.0.0.2", 5000), 200);

	lab_give(l, &d);
	lab_run(l, 0);
	ck_assert(lab_take(l, &d));
	/* a received buffer shows its payload alone: the frame is still before it */
	ck_assert_ptr_nonnull(rte_pktmbuf_prepend(d.buf.h, 14 + 20 + 8));
	return d.buf.h;
}

static void dies_as(enum rg_verdict why, unsigned at, uint8_t flip)
{
	struct lab l;
	uint16_t from;
	struct rg_dgram d;
	struct rte_mbuf *m;

	open_pair(&l, &from, "10.0.0.1", "10.0.0.2");
	m = crossed_frame(&l, from);
	rte_pktmbuf_mtod(m, uint8_t *)[at] ^= flip;
	lab_inject(&l, m);
	lab_run(&l, 0);
	ck_assert(!lab_take(&l, &d));
	ck_assert_uint_eq(lab_drops(&l, why), 1);
	lab_close(&l);
}

START_TEST(wrong_udp_checksum_dies)
{
	dies_as(RG_V_UDP_CHECKSUM, 14 + 28 + 100, 0x01);
}

END_TEST

START_TEST(wrong_ip_checksum_dies)
{
	dies_as(RG_V_IP_CHECKSUM, 14 + 10, 0x01);
}

END_TEST

START_TEST(frame_for_another_mac_dies)
{
	dies_as(RG_V_NOT_OURS, 5, 0x01);
}

END_TEST

START_TEST(ethernet_type_of_nobody_dies)
{
	dies_as(RG_V_ETH_TYPE, 12, 0x40);
}

END_TEST

START_TEST(partial_checksum_passes_only_where_kernels_leave_one)
{
	struct lab l;
	uint16_t from;
	struct rg_dgram d;
	struct rg_addr a = lab_addr("10.0.0.1", 0), b = lab_addr("10.0.0.2", 0);

	open_pair(&l, &from, "10.0.0.1", "10.0.0.2");
	for (int partial = 0; partial < 2; partial++) {
		struct rte_mbuf *m = crossed_frame(&l, from);
		uint64_t pseudo = rg_csum_pseudo(&a, &b, RG_IP_PROTO_UDP, 208);

		rg_put16(rte_pktmbuf_mtod(m, uint8_t *) + 14 + 26, rg_csum_fold(pseudo));
		l.h->ports[0].partial_sums = partial == 1;
		lab_inject(&l, m);
		lab_run(&l, 0);
		ck_assert(lab_take(&l, &d) == (partial == 1));
		l.h->ports[0].partial_sums = false;
	}
	lab_free(&d);
	ck_assert_uint_eq(lab_drops(&l, RG_V_UDP_CHECKSUM), 1);
	lab_close(&l);
}

END_TEST

START_TEST(frame_in_two_segments_is_made_one)
{
	struct lab l;
	uint16_t from;
	struct rg_dgram d;
	struct rte_mbuf *m, *tail;

	open_pair(&l, &from, "10.0.0.1", "10.0.0.2");
	m = crossed_frame(&l, from);
	tail = lab_frame(&l, rte_pktmbuf_mtod(m, uint8_t *) + 42, m->data_len - 42u);
	rte_pktmbuf_trim(m, (uint16_t)(m->data_len - 42));
	ck_assert_int_eq(rte_pktmbuf_chain(m, tail), 0);
	lab_inject(&l, m);
	lab_run(&l, 0);
	ck_assert(lab_take(&l, &d));
	ck_assert(lab_payload_ok(&d, 200));
	ck_assert_uint_eq(((struct rte_mbuf *)d.buf.h)->nb_segs, 1);
	lab_free(&d);
	lab_close(&l);
}

END_TEST

START_TEST(echo_requests_are_answered)
{
	/* From 10.0.0.9 at 02:00:00:00:00:09 to 10.0.0.2, 8 bytes of data. */
	uint8_t echo[50] = {0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 9, 0x08, 0x00, 0x45, 0, 0, 36, 0, 0,
		0x40, 0, 64, 1, 0, 0, 10, 0, 0, 9, 10, 0, 0, 2, 8, 0, 0, 0, 0, 7, 0, 1, 'a', 'b',
		'c', 'd', 'e', 'f', 'g', 'h'};
	struct lab l;
	uint16_t from;
	struct rte_mbuf *m;
	uint8_t *p;

	open_pair(&l, &from, "10.0.0.1", "10.0.0.2");
	lab_run(&l, 0);
	memcpy(echo, l.h->ports[0].mac, 6);
	rg_put16(echo + 24, (uint16_t)~rg_csum_fold(rg_csum_add(0, echo + 14, 20)));
	rg_put16(echo + 36, (uint16_t)~rg_csum_fold(rg_csum_add(0, echo + 34, 16)));
	lab_inject(&l, lab_frame(&l, echo, sizeof(echo)));
	rg_dp_rx_poll(&l.h->rx[0], l.now);
	rg_dp_neigh_poll(&l.h->tx[0], l.now);
	rg_dp_tx_poll(&l.h->tx[0], l.now);
	m = lab_sniff(&l);
	ck_assert_ptr_nonnull(m);
	p = rte_pktmbuf_mtod(m, uint8_t *);
	ck_assert_mem_eq(p, "\x02\0\0\0\0\x09", 6);
	ck_assert_uint_eq(p[34], 0);
	ck_assert_mem_eq(p + 42, "abcdefgh", 8);
	rte_pktmbuf_free(m);
	lab_close(&l);
}

END_TEST

START_TEST(full_pipe_drops_the_newest_and_counts)
{
	struct lab l;
	uint16_t from;
	struct rg_dgram d;
	unsigned got = 0;

	open_pair(&l, &from, "10.0.0.1", "10.0.0.2");
	for (int i = 0; i < RG_DP_PIPE_SLOTS + 9; i++) {
		d = lab_dgram(&l, from, lab_addr("10.0.0.2", 5000), (uint16_t)(100 + i % 500));
		lab_give(&l, &d);
	}
	/* A ring of n slots holds n - 1. */
	ck_assert_uint_eq(lab_drops(&l, RG_V_TX_RING_FULL), 10);
	for (int i = 0; i < 100; i++)
		lab_run(&l, RG_NS_PER_US);
	while (lab_take(&l, &d)) {
		got++;
		lab_free(&d);
	}
	/* What waits for the first ARP answer is bounded, so is what waits for the worker. */
	ck_assert_uint_eq(
		got + lab_drops(&l, RG_V_TX_NO_NEIGHBOUR) + lab_drops(&l, RG_V_RX_RING_FULL),
		RG_DP_PIPE_SLOTS - 1);
	lab_close(&l);
}

END_TEST

TCase *case_path(void)
{
	TCase *tc = tcase_create("path");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, datagram_crosses_after_arp);
	tcase_add_test(tc, datagram_crosses_after_neighbour_discovery);
	tcase_add_test(tc, tagged_port_speaks_and_hears_its_vlan_only);
	tcase_add_test(tc, in_place_reference_and_copy_make_the_same_frame);
	tcase_add_test(tc, one_payload_stands_in_two_frames_at_a_time);
	tcase_add_test(tc, payload_with_other_owners_is_not_written);
	tcase_add_test(tc, datagram_without_payload_is_all_header);
	tcase_add_test(tc, longer_than_the_mtu_is_counted_not_sent);
	tcase_add_test(tc, destination_off_link_needs_a_gateway);
	tcase_add_test(tc, wrong_udp_checksum_dies);
	tcase_add_test(tc, wrong_ip_checksum_dies);
	tcase_add_test(tc, frame_for_another_mac_dies);
	tcase_add_test(tc, ethernet_type_of_nobody_dies);
	tcase_add_test(tc, partial_checksum_passes_only_where_kernels_leave_one);
	tcase_add_test(tc, frame_in_two_segments_is_made_one);
	tcase_add_test(tc, echo_requests_are_answered);
	tcase_add_test(tc, full_pipe_drops_the_newest_and_counts);
	return tc;
}
