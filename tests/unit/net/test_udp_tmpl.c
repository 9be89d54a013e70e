/* SPDX-License-Identifier: BSD-3-Clause */
#include "net_suites.h"

static struct rg_udp_route route(enum rg_af af, uint16_t vlan, uint8_t dscp)
{
	return (struct rg_udp_route){
		.src_mac = mac(1),
		.dst_mac = mac(2),
		.src = af == RG_AF_IP4 ? addr4(1, 40000) : addr6(1, 40000),
		.dst = af == RG_AF_IP4 ? addr4(2, 5000) : addr6(2, 5000),
		.vlan = vlan,
		.ttl = 64,
		.dscp = dscp,
	};
}

START_TEST(a_template_writes_known_frames)
{
	static const char *const want[] = {FRAME_UDP4, FRAME_UDP6};

	for (size_t i = 0; i < RG_ARRAY_LEN(want); i++) {
		struct rg_udp_route r = route(i ? RG_AF_IP6 : RG_AF_IP4, 0, 34);
		struct rg_udp_tmpl t;
		uint8_t p[128], w[128];
		size_t n = unhex(want[i], w, sizeof(w));

		rg_udp_tmpl_init(&t, &r);
		ck_assert_uint_eq(t.len + 9, n);
		memcpy(p + t.len, w + t.len, 9);
		rg_udp_tmpl_write(&t, p, 9, rg_csum_add(0, p + t.len, 9));
		ck_assert_mem_eq(p, w, n);
	}
}

END_TEST

START_TEST(every_length_written_is_read_back_with_good_checksums)
{
	static uint8_t p[RG_UDP_TMPL_BYTES + 1500];

	for (unsigned kind = 0; kind < 4; kind++) {
		struct rg_udp_route r =
			route(kind & 1 ? RG_AF_IP6 : RG_AF_IP4, kind & 2 ? 100 : 0, 46);
		struct rg_udp_tmpl t;

		rg_udp_tmpl_init(&t, &r);
		for (uint16_t len = 0; len <= 1472; len++) {
			uint16_t split = (uint16_t)(len < 12 ? 0 : 12);
			uint8_t *payload = p + t.len;
			struct rg_frame f;
			uint64_t sum;

			for (unsigned i = 0; i < len; i++)
				payload[i] = (uint8_t)(i * 7 + len);
			sum = rg_csum_add(0, payload, split);
			sum = rg_csum_add(sum, payload + split, len - split);
			rg_udp_tmpl_write(&t, p, len, sum);
			ck_assert_int_eq(rg_frame_read(p, t.len + len, CHECK_ALL, &f), 0);
			ck_assert(rg_addr_eq(&f.src, &r.src) && rg_addr_eq(&f.dst, &r.dst));
			ck_assert_uint_eq(f.payload_off, t.len);
			ck_assert_uint_eq(f.payload_len, len);
			ck_assert_uint_eq(f.vlan, r.vlan);
			ck_assert_uint_eq(f.dscp, 46);
			ck_assert_uint_eq(f.ttl, 64);
		}
	}
}

END_TEST

START_TEST(offload_leaves_the_pseudo_header_sum)
{
	for (unsigned kind = 0; kind < 2; kind++) {
		struct rg_udp_route r = route(kind ? RG_AF_IP6 : RG_AF_IP4, 0, 0);
		uint8_t full[128], off[128];
		struct rg_udp_tmpl t;
		struct rg_frame f;

		rg_udp_tmpl_init(&t, &r);
		memset(full + t.len, 0x47, 20);
		memset(off + t.len, 0x47, 20);
		rg_udp_tmpl_write(&t, full, 20, rg_csum_add(0, full + t.len, 20));
		rg_udp_tmpl_write_offload(&t, off, 20);
		ck_assert_uint_eq(rg_get16(off + t.len - 2),
			rg_csum_fold(rg_csum_pseudo(&r.src, &r.dst, RG_IP_PROTO_UDP, 28)));
		ck_assert_int_eq(
			rg_frame_read(off, t.len + 20u, CHECK_ALL, &f), -RG_V_UDP_CHECKSUM);
		ck_assert_int_eq(
			rg_frame_read(off, t.len + 20u, CHECK_ALL | RG_CHECK_PARTIAL_OK, &f), 0);
		/* what the hardware does: complement of the sum with the field inside */
		rg_put16(off + t.len - 2,
			(uint16_t)~rg_csum_fold(rg_csum_add(0, off + t.len - 8, 28)));
		ck_assert_mem_eq(full, off, t.len + 20u);
	}
}

END_TEST

START_TEST(a_sum_of_zero_is_sent_as_ffff)
{
	struct rg_udp_route r = route(RG_AF_IP4, 0, 0);
	uint8_t p[64];
	struct rg_udp_tmpl t;
	struct rg_frame f;

	rg_udp_tmpl_init(&t, &r);
	memset(p + t.len, 0, 2);
	rg_udp_tmpl_write(&t, p, 2, 0);
	/* a payload equal to the checksum over zero brings the sum to zero */
	memcpy(p + t.len, p + t.len - 2, 2);
	rg_udp_tmpl_write(&t, p, 2, rg_csum_add(0, p + t.len, 2));
	ck_assert_uint_eq(rg_get16(p + t.len - 2), 0xffff);
	ck_assert_int_eq(rg_frame_read(p, t.len + 2u, CHECK_ALL, &f), 0);
}

END_TEST

TCase *udp_tmpl_cases(void)
{
	TCase *t = tcase_create("udp_tmpl");

	tcase_add_test(t, a_template_writes_known_frames);
	tcase_add_test(t, every_length_written_is_read_back_with_good_checksums);
	tcase_add_test(t, offload_leaves_the_pseudo_header_sum);
	tcase_add_test(t, a_sum_of_zero_is_sent_as_ffff);
	return t;
}
