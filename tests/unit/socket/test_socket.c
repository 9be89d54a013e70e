/* SPDX-License-Identifier: BSD-3-Clause */
/* test_socket.c - runs the suites of the kernel endpoints, and holds what they share. */
#include <stdlib.h>

#include "socket_suites.h"

struct rg_addr loopback(enum rg_af af, uint16_t port)
{
	struct rg_addr a = {.port = port, .af = (uint8_t)af};

	if (af == RG_AF_IP4)
		memcpy(a.ip, (uint8_t[]){127, 0, 0, 1}, 4);
	else
		a.ip[15] = 1;
	return a;
}

void rig_open(struct rig *r, const struct rg_ep_plan *eps, uint32_t n_eps)
{
	ck_assert_int_eq(sock_pool_init(&r->pool, RIG_BUFS, RIG_BUF_SIZE), 0);
	r->ops = sock_pool_ops(&r->pool);
	ck_assert_msg(
		rg_sock_open(eps, n_eps, NULL, &r->ops, &r->set, &r->err) == 0, "%s", r->err.text);
}

bool rig_recv(struct rig *r, struct rg_dgram *d, int ms)
{
	rg_time end = rg_time_add(rg_host_now(), ms * RG_NS_PER_MS);

	for (;;) {
		rg_time now = rg_host_now();

		if (rg_sock_recv(r->set, now, d, 1) == 1)
			return true;
		if (!rg_time_before(now, end))
			return false;
		rg_sock_wait(r->set, now, end);
	}
}

void rig_send(struct rig *r, uint16_t ep, const struct rg_addr *to, uint16_t hdr_len, uint16_t len,
	uint8_t fill)
{
	struct rg_dgram d = {.ep = ep, .peer = *to, .hdr_len = hdr_len};
	struct rg_newbuf nb;

	memset(d.hdr, fill, hdr_len);
	ck_assert_uint_eq(r->ops.alloc_bulk(r->ops.ctx, &nb, 1), 1);
	memset(nb.data, fill, len);
	d.buf = nb.buf;
	d.data = nb.data;
	d.len = (uint16_t)(len - hdr_len);
	rg_sock_send(r->set, &d, 1);
}

void rig_free(struct rig *r, const struct rg_dgram *d)
{
	if (d->buf.h)
		r->ops.free_bulk(r->ops.ctx, &d->buf, 1);
}

void rig_close(struct rig *r)
{
	rg_sock_close(r->set);
	ck_assert_uint_eq(r->pool.n_free, RIG_BUFS);
	sock_pool_fini(&r->pool);
}

int main(void)
{
	SRunner *sr = srunner_create(pool_suite());
	int failed;

	srunner_add_suite(sr, udp_suite());
	srunner_add_suite(sr, joined_suite());
	srunner_add_suite(sr, file_suite());
	srunner_add_suite(sr, tun_suite());
	srunner_add_suite(sr, host_suite());
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
