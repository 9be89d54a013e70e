/* SPDX-License-Identifier: BSD-3-Clause */
#include "duo.h"
#include "rg_bytes.h"

void duo_payload(uint8_t *p, uint32_t k)
{
	for (unsigned i = 0; i < DUO_PAYLOAD; i += 4)
		rg_put32(p + i, k * UINT32_C(2654435761) + i);
	rg_put32(p, k);
}

static void take(struct lab *l, const struct rg_addr *to, const uint8_t *p, size_t len)
{
	struct duo *d = l->ctx;
	uint8_t want[DUO_PAYLOAD];
	uint32_t k = len >= 4 ? rg_get32(p) : 0;

	if (!rg_addr_eq(to, &d->b_out.remote))
		return;
	duo_payload(want, k);
	if (len != DUO_PAYLOAD || memcmp(p, want, len) != 0 || k < d->expect) {
		d->wrong++;
		return;
	}
	d->got++;
	d->missing += k - d->expect;
	d->expect = k + 1;
}

void duo_init(struct duo *d, uint64_t seed)
{
	memset(d, 0, sizeof(*d));
	lab_init(&d->l, seed);
	d->l.link.delay_ns = 5 * RG_NS_PER_MS;
	d->l.sink = take;
	d->l.ctx = d;
	d->a = lab_node(&d->l, 0);
	d->b = lab_node(&d->l, 1);
	d->a_media = lab_addr(1, 40000);
	d->a_rtcp = lab_addr(1, 40001);
	d->b_media = lab_addr(2, 5000);
	d->b_rtcp = lab_addr(2, 5001);
	lab_bind(d->a, 0, lab_addr(1, 9000));
	lab_bind(d->a, 1, d->a_media);
	lab_bind(d->a, 2, d->a_rtcp);
	lab_bind(d->b, 0, d->b_media);
	lab_bind(d->b, 1, d->b_rtcp);
	lab_bind(d->b, 2, lab_addr(2, 6000));
	d->a_in = lab_raw(0, RG_END_UDP, (struct rg_addr){0});
	d->a_out = lab_rist(1, false, d->b_media, DUO_SSRC_A);
	d->b_in = lab_rist(0, true, (struct rg_addr){0}, DUO_SSRC_B);
	d->b_out = lab_raw(2, RG_END_UDP, lab_addr(9, 1234));
	d->pa = (struct rg_stream_plan){"a", &d->a_in, &d->a_out, 1, 1, 0};
	d->pb = (struct rg_stream_plan){"b", &d->b_in, &d->b_out, 1, 1, 0};
}

void duo_main(struct duo *d, const char *secret_a, const char *secret_b, uint32_t key_bits)
{
	d->a_out = lab_main(1, false, d->b_media, DUO_SSRC_A);
	d->b_in = lab_main(0, true, (struct rg_addr){0}, DUO_SSRC_B);
	if (secret_a)
		lab_secret(d->a, &d->a_out, 0, secret_a, key_bits);
	if (secret_b)
		lab_secret(d->b, &d->b_in, 0, secret_b, key_bits);
}

void duo_main_reversed(struct duo *d, const char *secret_a, const char *secret_b, uint32_t key_bits)
{
	d->a_out = lab_main(1, true, (struct rg_addr){0}, DUO_SSRC_A);
	d->b_in = lab_main(0, false, d->a_media, DUO_SSRC_B);
	if (secret_a)
		lab_secret(d->a, &d->a_out, 0, secret_a, key_bits);
	if (secret_b)
		lab_secret(d->b, &d->b_in, 0, secret_b, key_bits);
}

void duo_start(struct duo *d)
{
	lab_stream(&d->l, d->a, &d->pa);
	lab_stream(&d->l, d->b, &d->pb);
	d->next = d->l.now;
}

void duo_send(struct duo *d, uint32_t n, int64_t every_us)
{
	uint8_t p[DUO_PAYLOAD];

	d->next.ns = rg_max_i64(d->next.ns, d->l.now.ns);
	for (uint32_t i = 0; i < n; i++) {
		lab_run(&d->l, d->next);
		duo_payload(p, d->sent++);
		lab_feed(&d->l, d->a, 0, lab_addr(8, 1), p, sizeof(p), 0);
		d->next = rg_time_add(d->next, every_us * RG_NS_PER_US);
	}
}

void duo_run_ms(struct duo *d, int64_t ms)
{
	lab_run(&d->l, rg_time_add(d->l.now, ms * RG_NS_PER_MS));
}

void duo_fini(struct duo *d)
{
	lab_fini(&d->l);
}
