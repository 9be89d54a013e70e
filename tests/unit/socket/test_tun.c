/* SPDX-License-Identifier: BSD-3-Clause */
/* test_tun.c - an IP interface as an endpoint, against the kernel's own stack, in a network
 * namespace of each test. Packets are made by that stack; none is copied from elsewhere. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <linux/capability.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/ipv6.h>
#include <linux/rtnetlink.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "socket_suites.h"

#define NAME    "rgt0"
#define PAYLOAD 500
#define UDP_HDR 8

/* True: this machine lacks what the test needs, and the test said so. */
static bool lacks(const char *test)
{
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	if (fd >= 0 && unshare(CLONE_NEWNET) == 0)
		return false;
	fprintf(stderr, "%s: skipped: %s: %s\n", test,
		fd < 0 ? "/dev/net/tun" : "network namespace", strerrordesc_np(errno));
	return true;
}

static struct rg_ep_plan plan_tun(const char *name)
{
	struct rg_ep_plan p = {.kind = RG_EP_TUN, .stream = 5, .pair = RG_EP_NONE};

	strncpy(p.miface, name, sizeof(p.miface) - 1);
	return p;
}

/* The interface has .1 and ::1 of its prefix; every other address there is behind it. */
static struct rg_addr inside(enum rg_af af, uint8_t host, uint16_t port)
{
	struct rg_addr a = {.port = port, .af = (uint8_t)af};

	memcpy(a.ip, af == RG_AF_IP4 ? (uint8_t[]){10, 9, 8, host} : (uint8_t[]){0xfd, 9, 8, 7}, 4);
	if (af == RG_AF_IP6)
		a.ip[15] = host;
	return a;
}

static void interface_ioctl(unsigned long request, struct ifreq *r)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	strcpy(r->ifr_name, NAME);
	ck_assert_msg(ioctl(fd, request, r) == 0, "%s", strerrordesc_np(errno));
	close(fd);
}

static int mtu(void)
{
	struct ifreq r = {0};

	interface_ioctl(SIOCGIFMTU, &r);
	return r.ifr_mtu;
}

static void set_ip4(void)
{
	struct sockaddr_in sin = {.sin_family = AF_INET};
	struct ifreq r = {0};

	memcpy(&sin.sin_addr, inside(RG_AF_IP4, 1, 0).ip, 4);
	memcpy(&r.ifr_addr, &sin, sizeof(sin));
	interface_ioctl(SIOCSIFADDR, &r);
	sin.sin_addr.s_addr = htonl(0xffffff00);
	memcpy(&r.ifr_netmask, &sin, sizeof(sin));
	interface_ioctl(SIOCSIFNETMASK, &r);
}

static void set_ip6(void)
{
	struct in6_ifreq r = {.ifr6_prefixlen = 64, .ifr6_ifindex = (int)if_nametoindex(NAME)};
	int fd = socket(AF_INET6, SOCK_DGRAM, 0);

	memcpy(&r.ifr6_addr, inside(RG_AF_IP6, 1, 0).ip, 16);
	ck_assert_msg(ioctl(fd, SIOCSIFADDR, &r) == 0, "%s", strerrordesc_np(errno));
	close(fd);
}

/* A UDP socket of the kernel, bound to the interface's address and sending to the far side. */
static int kernel_socket(enum rg_af af)
{
	struct rg_addr self = inside(af, 1, 0), far = inside(af, 2, 7000);
	int fd = socket(af == RG_AF_IP4 ? AF_INET : AF_INET6, SOCK_DGRAM, 0);
	struct sockaddr_in s4 = {.sin_family = AF_INET};
	struct sockaddr_in6 s6 = {.sin6_family = AF_INET6};
	struct sockaddr *sa = af == RG_AF_IP4 ? (void *)&s4 : (void *)&s6;
	socklen_t len = af == RG_AF_IP4 ? sizeof(s4) : sizeof(s6);
	struct timeval patience = {.tv_sec = 2};

	memcpy(&s4.sin_addr, self.ip, 4);
	memcpy(&s6.sin6_addr, self.ip, 16);
	/* the kernel's duplicate address detection ends in the background */
	for (unsigned i = 0; i < 1000 && bind(fd, sa, len) < 0; i++) {
		ck_assert_int_eq(errno, EADDRNOTAVAIL);
		usleep(1000);
	}
	memcpy(&s4.sin_addr, far.ip, 4);
	memcpy(&s6.sin6_addr, far.ip, 16);
	s4.sin_port = s6.sin6_port = htons(far.port);
	ck_assert_msg(connect(fd, sa, len) == 0, "%s", strerrordesc_np(errno));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return fd;
}

static size_t ip_header(enum rg_af af)
{
	return af == RG_AF_IP4 ? 20 : 40;
}

/* The next UDP datagram; the kernel tells its neighbours of itself in between. */
static bool recv_udp(struct rig *r, struct rg_dgram *d)
{
	while (rig_recv(r, d, 1000)) {
		bool v6 = d->data[0] >> 4 == 6;

		if (d->data[v6 ? 6 : 9] == IPPROTO_UDP)
			return true;
		rig_free(r, d);
	}
	return false;
}

/* One endpoint, the interface's addresses, and a packet of the kernel for the far side. */
struct bench {
	struct rig r;
	struct rg_dgram d;
	int fd;
};

static void bench_open(struct bench *b, enum rg_af af)
{
	struct rg_ep_plan ep = plan_tun(NAME);
	uint8_t payload[PAYLOAD];

	rig_open(&b->r, &ep, 1);
	if (af == RG_AF_IP4)
		set_ip4();
	else
		set_ip6();
	b->fd = kernel_socket(af);
	for (unsigned i = 0; i < PAYLOAD; i++)
		payload[i] = (uint8_t)(i * 7);
	ck_assert_int_eq(send(b->fd, payload, PAYLOAD, 0), PAYLOAD);
	ck_assert(recv_udp(&b->r, &b->d));
}

static void bench_close(struct bench *b)
{
	close(b->fd);
	rig_close(&b->r);
}

static void swap(uint8_t *a, uint8_t *b, size_t n)
{
	uint8_t t[16];

	memcpy(t, a, n);
	memcpy(a, b, n);
	memcpy(b, t, n);
}

/* Turns the packet round: no checksum changes when source and destination change places. */
static void turn_round(struct rg_dgram *d, enum rg_af af)
{
	size_t addr = af == RG_AF_IP4 ? 4 : 16, at = af == RG_AF_IP4 ? 12 : 8;

	swap(d->data + at, d->data + at + addr, addr);
	swap(d->data + ip_header(af), d->data + ip_header(af) + 2, 2);
}

static void put_in_header(struct rg_dgram *d, uint16_t n)
{
	memcpy(d->hdr, d->data, n);
	d->hdr_len = n;
	d->data += n;
	d->len = (uint16_t)(d->len - n);
}

/* Packets the kernel has taken from the endpoint. Only the entry of the link itself has data. */
static unsigned taken(void)
{
	const struct rtnl_link_stats *link = NULL;
	struct ifaddrs *list, *i;
	unsigned n;

	ck_assert_int_eq(getifaddrs(&list), 0);
	for (i = list; i; i = i->ifa_next)
		if (i->ifa_data && strcmp(i->ifa_name, NAME) == 0)
			link = i->ifa_data;
	ck_assert_ptr_nonnull(link);
	n = link->rx_packets;
	freeifaddrs(list);
	return n;
}

START_TEST(a_packet_routed_to_the_interface_arrives_whole_with_its_ethertype)
{
	enum rg_af af = _i ? RG_AF_IP6 : RG_AF_IP4;
	struct rg_addr from = inside(af, 1, 0), to = inside(af, 2, 7000);
	size_t ip = ip_header(af), addr = af == RG_AF_IP4 ? 4 : 16;
	struct bench b;
	const uint8_t *p;

	if (lacks(__func__))
		return;
	bench_open(&b, af);
	ck_assert_uint_eq(b.d.ep, 0);
	ck_assert_uint_eq(b.d.stream, 5);
	ck_assert_uint_eq(b.d.virt_dst, af == RG_AF_IP4 ? 0x0800 : 0x86DD);
	ck_assert_uint_eq(b.d.peer.af, RG_AF_NONE);
	ck_assert_uint_eq(b.d.len, ip + UDP_HDR + PAYLOAD);
	p = b.d.data;
	ck_assert_mem_eq(p + ip - 2 * addr, from.ip, addr);
	ck_assert_mem_eq(p + ip - addr, to.ip, addr);
	ck_assert_uint_eq(p[ip + 2] << 8 | p[ip + 3], to.port);
	for (unsigned i = 0; i < PAYLOAD; i++)
		ck_assert_uint_eq(p[ip + UDP_HDR + i], (uint8_t)(i * 7));
	rig_free(&b.r, &b.d);
	bench_close(&b);
}

END_TEST

/* Rows: both families, with none, one, some and all of the bytes a check looks at in hdr. */
START_TEST(a_packet_sent_to_the_endpoint_arrives_at_a_socket_of_the_kernel)
{
	static const uint16_t in_header[] = {0, 1, 5, 48};
	enum rg_af af = _i & 1 ? RG_AF_IP6 : RG_AF_IP4;
	uint8_t got[2 * PAYLOAD];
	struct bench b;

	if (lacks(__func__))
		return;
	bench_open(&b, af);
	turn_round(&b.d, af);
	put_in_header(&b.d, in_header[_i / 2]);
	rg_sock_send(b.r.set, &b.d, 1);
	ck_assert_int_eq(recv(b.fd, got, sizeof(got), 0), PAYLOAD);
	for (unsigned i = 0; i < PAYLOAD; i++)
		ck_assert_uint_eq(got[i], (uint8_t)(i * 7));
	for (unsigned v = 0; v < RG_V_COUNT; v++)
		ck_assert_uint_eq(rg_sock_drops(b.r.set)[v], 0);
	bench_close(&b);
}

END_TEST

/* Each row: write `value` at `at` (UINT8_MAX: nowhere) of a good packet cut to `len` (0: whole). */
static const struct {
	uint8_t af, at, value;
	uint16_t len;
} damage[] = {
	{RG_AF_IP4, 0, 0x05, 0}, /* version 0 */
	{RG_AF_IP4, 0, 0x55, 0}, /* version 5 */
	{RG_AF_IP4, 0, 0xd4, 0}, /* where libRIST 0.2.12's begin: byte 4 of the header */
	{RG_AF_IP4, 0, 0x65, 39}, /* version 6 in less than its header */
	{RG_AF_IP4, 0, 0x44, 0}, /* header length 16 */
	{RG_AF_IP4, 2, 0xff, 0}, /* total length past the end */
	{RG_AF_IP4, 2, 0, 0}, /* total length 16: less than its header */
	{RG_AF_IP4, UINT8_MAX, 0, 20 + UDP_HDR + PAYLOAD - 1},
	{RG_AF_IP4, UINT8_MAX, 0, 19},
	{RG_AF_IP4, UINT8_MAX, 0, 1},
	{RG_AF_IP6, 0, 0x00, 0}, /* version 0 */
	{RG_AF_IP6, 4, 0xff, 0}, /* payload length past the end */
	{RG_AF_IP6, UINT8_MAX, 0, 40 + UDP_HDR + PAYLOAD - 1},
	{RG_AF_IP6, UINT8_MAX, 0, 39},
};

START_TEST(trap_t106_damaged_packets_are_counted_and_never_injected)
{
	enum rg_af af = damage[_i].af;
	struct bench b;
	unsigned before;

	if (lacks(__func__))
		return;
	bench_open(&b, af);
	turn_round(&b.d, af);
	if (damage[_i].at != UINT8_MAX)
		b.d.data[damage[_i].at] = damage[_i].value;
	if (af == RG_AF_IP4 && damage[_i].at == 2)
		b.d.data[3] = 16;
	if (damage[_i].len)
		b.d.len = damage[_i].len;
	before = taken();
	rg_sock_send(b.r.set, &b.d, 1);
	ck_assert_uint_eq(rg_sock_drops(b.r.set)[RG_V_IP_HEADER], 1);
	ck_assert_uint_eq(taken(), before);
	bench_close(&b);
}

END_TEST

START_TEST(a_datagram_too_short_to_tell_its_length_is_counted)
{
	struct rg_ep_plan ep = plan_tun(NAME);
	struct rg_dgram d = {.hdr = {0x45}};
	struct rig r;

	if (lacks(__func__))
		return;
	rig_open(&r, &ep, 1);
	for (d.hdr_len = 0; d.hdr_len < 6; d.hdr_len++)
		rg_sock_send(r.set, &d, 1);
	ck_assert_uint_eq(rg_sock_drops(r.set)[RG_V_IP_HEADER], 6);
	rig_close(&r);
}

END_TEST

/* What libRIST sends looks like IP and need not have good sums: the receiving stack judges. */
START_TEST(trap_t106_checksums_are_left_to_the_kernel)
{
	struct bench b;
	unsigned before;

	if (lacks(__func__))
		return;
	bench_open(&b, RG_AF_IP4);
	turn_round(&b.d, RG_AF_IP4);
	b.d.data[10] ^= 0xff;
	before = taken();
	rg_sock_send(b.r.set, &b.d, 1);
	ck_assert_uint_eq(taken(), before + 1);
	ck_assert_uint_eq(rg_sock_drops(b.r.set)[RG_V_IP_HEADER], 0);
	bench_close(&b);
}

END_TEST

START_TEST(what_is_no_ip_is_counted_on_its_way_in)
{
	struct rg_ep_plan ep = plan_tun(NAME);
	struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
	uint8_t packet[60] = {0x50};
	struct rg_dgram d;
	struct rig r;
	int fd;

	if (lacks(__func__))
		return;
	rig_open(&r, &ep, 1);
	to.sll_ifindex = (int)if_nametoindex(NAME);
	fd = socket(AF_PACKET, SOCK_RAW, 0);
	for (int i = 0; i < 3; i++)
		ck_assert_int_gt(
			sendto(fd, packet, sizeof(packet), 0, (struct sockaddr *)&to, sizeof(to)),
			0);
	while (rig_recv(&r, &d, 50))
		rig_free(&r, &d);
	ck_assert_uint_eq(rg_sock_drops(r.set)[RG_V_IP_HEADER], 3);
	close(fd);
	rig_close(&r);
}

END_TEST

/* More of them than one burst has buffers. */
START_TEST(a_packet_longer_than_a_buffer_is_counted)
{
	struct rg_ep_plan ep = plan_tun(NAME);
	static const uint8_t big[RIG_BUF_SIZE - 20 - UDP_HDR + 1];
	struct rg_dgram d;
	struct rig r;
	int fd;

	if (lacks(__func__))
		return;
	ep.tun_mtu = 9000;
	rig_open(&r, &ep, 1);
	ck_assert_int_eq(mtu(), 9000);
	set_ip4();
	fd = kernel_socket(RG_AF_IP4);
	for (int i = 0; i < 80; i++)
		ck_assert_int_gt(send(fd, big, sizeof(big), 0), 0);
	ck_assert_int_gt(send(fd, big, sizeof(big) - 1, 0), 0);
	ck_assert(recv_udp(&r, &d));
	ck_assert_uint_eq(d.len, RIG_BUF_SIZE);
	ck_assert_uint_eq(rg_sock_drops(r.set)[RG_V_RX_TOO_LONG], 80);
	rig_free(&r, &d);
	close(fd);
	rig_close(&r);
}

END_TEST

START_TEST(an_empty_pool_drops_and_counts_packets)
{
	struct rg_newbuf held[RIG_BUFS];
	struct rg_dgram d;
	struct bench b;
	unsigned n;

	if (lacks(__func__))
		return;
	bench_open(&b, RG_AF_IP4);
	rig_free(&b.r, &b.d);
	while (rig_recv(&b.r, &d, 0)) /* of the interface's coming up */
		rig_free(&b.r, &d);
	for (n = 0; n < RIG_BUFS; n++)
		if (b.r.ops.alloc_bulk(b.r.ops.ctx, &held[n], 1) == 0)
			break;
	/* what the endpoint had in hand goes first */
	for (unsigned i = 0; i < 100; i++)
		ck_assert_int_eq(send(b.fd, &d, 100, 0), 100);
	while (rig_recv(&b.r, &d, 50))
		held[n++].buf = d.buf;
	ck_assert_uint_eq(n, RIG_BUFS);
	ck_assert_uint_gt(rg_sock_drops(b.r.set)[RG_V_NO_BUFFER], 100 - RIG_BUFS);
	while (n > 0)
		b.r.ops.free_bulk(b.r.ops.ctx, &held[--n].buf, 1);
	ck_assert_int_eq(send(b.fd, &d, 100, 0), 100);
	ck_assert(recv_udp(&b.r, &d));
	rig_free(&b.r, &d);
	bench_close(&b);
}

END_TEST

START_TEST(an_interface_comes_up_with_its_mtu_and_goes_with_its_endpoint)
{
	struct rg_ep_plan ep = plan_tun(NAME);
	struct ifreq flags = {0};
	struct rig r;

	if (lacks(__func__))
		return;
	ep.tun_mtu = _i ? 1280 : 0;
	rig_open(&r, &ep, 1);
	interface_ioctl(SIOCGIFFLAGS, &flags);
	ck_assert(flags.ifr_flags & IFF_UP);
	ck_assert_int_eq(mtu(), _i ? 1280 : 1400);
	rig_close(&r);
	ck_assert_uint_eq(if_nametoindex(NAME), 0);
}

END_TEST

START_TEST(a_pattern_takes_the_first_free_number)
{
	struct rg_ep_plan eps[2] = {plan_tun("rgt%d"), plan_tun("rgt%d")};
	struct rig r;

	if (lacks(__func__))
		return;
	rig_open(&r, eps, 2);
	ck_assert_uint_ne(if_nametoindex("rgt0"), 0);
	ck_assert_uint_ne(if_nametoindex("rgt1"), 0);
	rig_close(&r);
}

END_TEST

static void make_interface(int flags)
{
	struct ifreq r = {.ifr_name = NAME, .ifr_flags = (short)flags};
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	ck_assert_int_eq(ioctl(fd, TUNSETIFF, &r), 0);
	ck_assert_int_eq(ioctl(fd, TUNSETOFFLOAD, TUN_F_CSUM), 0);
	ck_assert_int_eq(ioctl(fd, TUNSETPERSIST, 1), 0);
	close(fd);
}

START_TEST(a_persistent_interface_keeps_its_mtu_and_stays)
{
	struct ifreq r = {.ifr_mtu = 1234};
	struct bench b;

	if (lacks(__func__))
		return;
	make_interface(IFF_TUN | IFF_VNET_HDR);
	interface_ioctl(SIOCSIFMTU, &r);
	bench_open(&b, RG_AF_IP4);
	ck_assert_int_eq(mtu(), 1234);
	/* its maker left checksums to the reader; the kernel would refuse this one's */
	turn_round(&b.d, RG_AF_IP4);
	rg_sock_send(b.r.set, &b.d, 1);
	ck_assert_int_eq(recv(b.fd, &r, sizeof(r), 0), sizeof(r));
	bench_close(&b);
	ck_assert_uint_ne(if_nametoindex(NAME), 0);
}

END_TEST

static void expect_refused(const struct rg_ep_plan *eps, uint32_t n, const char *text)
{
	struct rg_sock_set *set;
	struct rg_bufops ops = {0};
	struct rg_conf_error err;

	ck_assert_int_eq(rg_sock_open(eps, n, NULL, &ops, &set, &err), -RG_E_INVAL);
	ck_assert_str_eq(err.text, text);
}

START_TEST(an_error_names_the_interface_and_the_reason)
{
	struct rg_ep_plan twice[2] = {plan_tun(NAME), plan_tun(NAME)};
	struct rg_ep_plan lo = plan_tun("lo"), odd = plan_tun("a/b"), tap = plan_tun(NAME);
	struct rg_ep_plan small = plan_tun(NAME);

	if (lacks(__func__))
		return;
	expect_refused(twice, 2, NAME ": another program uses it");
	expect_refused(&lo, 1, "lo: exists, but not as a TUN interface of one queue");
	expect_refused(&odd, 1, "a/b: no interface name");
	small.tun_mtu = 20;
	expect_refused(&small, 1, NAME ": MTU: Invalid argument");
	ck_assert_uint_eq(if_nametoindex(NAME), 0);
	make_interface(IFF_TAP);
	expect_refused(&tap, 1, NAME ": exists, but not as a TUN interface of one queue");
}

END_TEST

static void drop_net_admin(void)
{
	struct __user_cap_header_struct h = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct c[2];

	ck_assert_int_eq(syscall(SYS_capget, &h, c), 0);
	c[0].effective &= ~(1u << CAP_NET_ADMIN);
	ck_assert_int_eq(syscall(SYS_capset, &h, c), 0);
}

START_TEST(a_lack_of_privilege_is_named)
{
	struct rg_ep_plan ep = plan_tun(NAME);

	if (lacks(__func__))
		return;
	drop_net_admin();
	expect_refused(&ep, 1, NAME ": open: Operation not permitted: needs CAP_NET_ADMIN");
}

END_TEST

static void delete_interface(void)
{
	struct {
		struct nlmsghdr h;
		struct ifinfomsg i;
	} m = {.h = {.nlmsg_len = sizeof(m),
		       .nlmsg_type = RTM_DELLINK,
		       .nlmsg_flags = NLM_F_REQUEST},
		.i = {.ifi_index = (int)if_nametoindex(NAME)}};

	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);

	ck_assert_int_eq(send(fd, &m, sizeof(m), 0), sizeof(m));
	close(fd);
	ck_assert_uint_eq(if_nametoindex(NAME), 0);
}

START_TEST(a_deleted_interface_does_not_keep_us_awake)
{
	struct rg_ep_plan ep = plan_tun(NAME);
	struct rg_dgram d = {0};
	struct rig r;
	rg_time now;

	if (lacks(__func__))
		return;
	rig_open(&r, &ep, 1);
	delete_interface();
	while (rig_recv(&r, &d, 0))
		rig_free(&r, &d);
	now = rg_host_now();
	rg_sock_wait(r.set, now, rg_time_add(now, 50 * RG_NS_PER_MS));
	ck_assert_int_ge(rg_time_diff(rg_host_now(), now), 50 * RG_NS_PER_MS);
	d = (struct rg_dgram){0};
	rg_sock_send(r.set, &d, 1);
	ck_assert_uint_eq(rg_sock_drops(r.set)[RG_V_STREAM_CLOSED], 1);
	rig_close(&r);
}

END_TEST

Suite *tun_suite(void)
{
	Suite *s = suite_create("tun");
	TCase *tc = tcase_create("tun");

	tcase_add_loop_test(
		tc, a_packet_routed_to_the_interface_arrives_whole_with_its_ethertype, 0, 2);
	tcase_add_loop_test(
		tc, a_packet_sent_to_the_endpoint_arrives_at_a_socket_of_the_kernel, 0, 8);
	tcase_add_loop_test(tc, trap_t106_damaged_packets_are_counted_and_never_injected, 0,
		RG_ARRAY_LEN(damage));
	tcase_add_test(tc, a_datagram_too_short_to_tell_its_length_is_counted);
	tcase_add_test(tc, trap_t106_checksums_are_left_to_the_kernel);
	tcase_add_test(tc, what_is_no_ip_is_counted_on_its_way_in);
	tcase_add_test(tc, a_packet_longer_than_a_buffer_is_counted);
	tcase_add_test(tc, an_empty_pool_drops_and_counts_packets);
	tcase_add_loop_test(
		tc, an_interface_comes_up_with_its_mtu_and_goes_with_its_endpoint, 0, 2);
	tcase_add_test(tc, a_pattern_takes_the_first_free_number);
	tcase_add_test(tc, a_persistent_interface_keeps_its_mtu_and_stays);
	tcase_add_test(tc, an_error_names_the_interface_and_the_reason);
	tcase_add_test(tc, a_lack_of_privilege_is_named);
	tcase_add_test(tc, a_deleted_interface_does_not_keep_us_awake);
	suite_add_tcase(s, tc);
	return s;
}
