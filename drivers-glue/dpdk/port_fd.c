/* SPDX-License-Identifier: BSD-3-Clause */
/* port_fd.c - finds the sockets on which af_packet and af_xdp receive. The drivers offer no
 * interrupt, but their own descriptor becomes readable with the first frame: an idle gateway
 * sleeps on it. */
#include "dpdk_priv.h"

#include <linux/if_packet.h>

#include <dirent.h>
#include <stdlib.h>
#include <sys/socket.h>

void rg_dp_fds_scan(struct rg_dp_fds *out, int family)
{
	DIR *d = opendir("/proc/self/fd");
	struct dirent *e;

	out->n = 0;
	if (d == NULL)
		return;
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): the stream is ours alone */
	while ((e = readdir(d)) != NULL && out->n < RG_ARRAY_LEN(out->fd)) {
		int fd = (int)strtol(e->d_name, NULL, 10);
		int domain;
		socklen_t len = sizeof(domain);

		if (e->d_name[0] == '.')
			continue;
		if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) == 0 && domain == family)
			out->fd[out->n++] = fd;
	}
	closedir(d);
}

int rg_dp_fds_by_ifindex(const struct rg_dp_fds *all, unsigned ifindex)
{
	for (unsigned i = 0; i < all->n; i++) {
		struct sockaddr_ll ll = {0};
		socklen_t len = sizeof(ll);

		if (getsockname(all->fd[i], (struct sockaddr *)&ll, &len) == 0 &&
			ll.sll_protocol != 0 && (unsigned)ll.sll_ifindex == ifindex)
			return all->fd[i];
	}
	return -1;
}

static bool has_fd(const struct rg_dp_fds *f, int fd)
{
	for (unsigned i = 0; i < f->n; i++)
		if (f->fd[i] == fd)
			return true;
	return false;
}

int rg_dp_fds_new(const struct rg_dp_fds *before, const struct rg_dp_fds *now)
{
	for (unsigned i = 0; i < now->n; i++)
		if (!has_fd(before, now->fd[i]))
			return now->fd[i];
	return -1;
}
