/* SPDX-License-Identifier: BSD-3-Clause */
/* sock_tun.c - an IP interface of the machine as a source and sink of whole IP datagrams: the
 * out-of-band data of the Main profile (TR-06-2 sections 5.3.1 and 5.4). */
#include "sock_priv.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#define MTU_DEFAULT    1400 /* leaves room for the tunnel's headers in 1500 */

#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_IPV6 0x86DD
#define IPV4_HDR_MIN   20
#define IPV6_HDR       40
#define PEEK           6 /* bytes up to the length, whatever the version */

static int refuse(struct rg_conf_error *err, const char *name, const char *why)
{
	snprintf(err->text, sizeof(err->text), "%.15s: %s", name, why);
	return -RG_E_INVAL;
}

static int fail(struct rg_conf_error *err, const char *name, const char *doing)
{
	const char *need = errno == EPERM || errno == EACCES ? ": needs CAP_NET_ADMIN" : "";

	snprintf(err->text, sizeof(err->text), "%.15s: %s: %s%s", name, doing,
		strerrordesc_np(errno), need);
	return -RG_E_INVAL;
}

static int not_attached(struct rg_conf_error *err, const char *name, bool existed)
{
	if (errno == EBUSY)
		return refuse(err, name, "another program uses it");
	if (errno != EINVAL)
		return fail(err, name, "open");
	return refuse(err, name,
		existed ? "exists, but not as a TUN interface of one queue" : "no interface name");
}

/* Changes only what differs: an interface somebody set up needs no privilege of ours then. */
static int set_up(const char *name, uint16_t mtu, const char **doing)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), rc, error;
	struct ifreq r = {0};

	if (fd < 0)
		return -1;
	*doing = "MTU";
	memcpy(r.ifr_name, name, sizeof(r.ifr_name));
	rc = ioctl(fd, SIOCGIFMTU, &r);
	if (rc == 0 && mtu && r.ifr_mtu != mtu) {
		r.ifr_mtu = mtu;
		rc = ioctl(fd, SIOCSIFMTU, &r);
	}
	if (rc == 0) {
		*doing = "bring up";
		rc = ioctl(fd, SIOCGIFFLAGS, &r);
	}
	if (rc == 0 && !(r.ifr_flags & IFF_UP)) {
		r.ifr_flags |= IFF_UP;
		rc = ioctl(fd, SIOCSIFFLAGS, &r);
	}
	error = errno;
	close(fd);
	errno = error;
	return rc;
}

int sock_tun_open(struct sock_ep *e, const struct rg_ep_plan *p, struct rg_conf_error *err)
{
	struct ifreq r = {.ifr_flags = IFF_TUN | IFF_NO_PI};
	bool existed = if_nametoindex(p->miface) != 0;
	uint16_t mtu = p->tun_mtu || existed ? p->tun_mtu : MTU_DEFAULT;
	const char *doing = "socket";

	e->fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (e->fd < 0 && (errno == ENOENT || errno == ENODEV || errno == ENXIO))
		return refuse(err, p->miface, "no /dev/net/tun: load the kernel's module tun");
	if (e->fd < 0)
		return fail(err, p->miface, "/dev/net/tun");
	memcpy(r.ifr_name, p->miface, sizeof(r.ifr_name));
	if (ioctl(e->fd, TUNSETIFF, &r) < 0)
		return not_attached(err, p->miface, existed);
	/* an earlier owner may have left segmentation or checksums to the reader */
	if (ioctl(e->fd, TUNSETOFFLOAD, 0) < 0)
		return fail(err, r.ifr_name, "offload");
	if (set_up(r.ifr_name, mtu, &doing) < 0)
		return fail(err, r.ifr_name, doing);
	e->ifindex = if_nametoindex(r.ifr_name);
	return 0;
}

/* EtherType by the version in the first byte; 0: not IP. */
static uint16_t ethertype(uint8_t first)
{
	return first >> 4 == 4 ? ETHERTYPE_IPV4 : first >> 4 == 6 ? ETHERTYPE_IPV6 : 0;
}

/* False: nothing more to read. An interface that was deleted is closed, for it would end every
 * wait at once. */
static bool more(struct sock_ep *e, ssize_t n)
{
	if (n >= 0 || errno == EINTR)
		return true;
	if (errno == EBADFD) {
		close(e->fd);
		e->fd = -1;
	}
	e->ready = false;
	return false;
}

/* Reads and forgets what no buffer can hold. */
static void discard(struct rg_sock_set *s, struct sock_ep *e)
{
	for (unsigned i = 0; i < SOCK_BURST; i++) {
		uint8_t byte;
		ssize_t n = read(e->fd, &byte, 1);

		if (!more(e, n))
			return;
		if (n > 0)
			sock_count(s, RG_V_NO_BUFFER, 1);
	}
}

/* One packet into the top buffer of the stash, which it takes only when the packet is good. */
static bool keep(
	struct rg_sock_set *s, const struct sock_ep *e, rg_time now, size_t n, struct rg_dgram *d)
{
	const struct rg_newbuf *b = &s->fresh[s->n_fresh - 1];
	uint16_t type = ethertype(b->data[0]);

	if (n > b->cap_bytes || n > UINT16_MAX || type == 0) {
		sock_count(s, type ? RG_V_RX_TOO_LONG : RG_V_IP_HEADER, 1);
		return false;
	}
	*d = (struct rg_dgram){.buf = b->buf,
		.data = b->data,
		.len = (uint16_t)n,
		.arrival = now,
		.ep = e->id,
		.stream = e->stream,
		.virt_dst = type};
	s->n_fresh--;
	return true;
}

unsigned sock_tun_recv(
	struct rg_sock_set *s, struct sock_ep *e, rg_time now, struct rg_dgram *in, unsigned cap)
{
	unsigned n = 0, want = rg_min_u32(cap, SOCK_BURST);

	if (sock_stash(s, want) == 0) {
		discard(s, e);
		return 0;
	}
	for (unsigned i = 0; i < want && s->n_fresh > 0; i++) {
		const struct rg_newbuf *b = &s->fresh[s->n_fresh - 1];
		uint8_t past; /* the kernel cuts in silence: this byte tells */
		struct iovec v[2] = {
			{b->data, rg_min_u32(b->cap_bytes, UINT16_MAX)}, {&past, sizeof(past)}};
		ssize_t got = readv(e->fd, v, 2);

		if (!more(e, got))
			break;
		if (got > 0 && keep(s, e, now, (size_t)got, &in[n]))
			n++;
	}
	return n;
}

/* A whole IP datagram: what a peer sends as one need not be, and libRIST 0.2.12 sends some with
 * damaged headers. Checksums are the receiving stack's. Bytes after the total length are padding,
 * which it cuts off. */
static bool is_ip(const struct rg_dgram *d)
{
	size_t len = (size_t)d->hdr_len + d->len;
	uint8_t b[PEEK];

	if (len < PEEK)
		return false;
	for (unsigned i = 0; i < PEEK; i++)
		b[i] = i < d->hdr_len ? d->hdr[i] : d->data[i - d->hdr_len];
	if (ethertype(b[0]) == ETHERTYPE_IPV4) {
		/* RFC 791 section 3.1: IHL in words, total length at 2 */
		size_t header = (b[0] & 0xfu) * 4, total = (size_t)b[2] << 8 | b[3];

		return header >= IPV4_HDR_MIN && header <= total && total <= len;
	}
	/* RFC 8200 section 3: payload length at 4 */
	return ethertype(b[0]) == ETHERTYPE_IPV6 && IPV6_HDR + ((size_t)b[4] << 8 | b[5]) <= len;
}

void sock_tun_send(struct rg_sock_set *s, struct sock_ep *e, const struct rg_dgram *d, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct iovec v[2] = {
			{(void *)(uintptr_t)d[i].hdr, d[i].hdr_len}, {d[i].data, d[i].len}};

		if (!is_ip(&d[i]))
			sock_count(s, RG_V_IP_HEADER, 1);
		else if (writev(e->fd, v, 2) < 0)
			sock_count(s, RG_V_TX_REFUSED, 1);
	}
}
