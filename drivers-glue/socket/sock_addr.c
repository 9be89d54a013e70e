/* SPDX-License-Identifier: BSD-3-Clause */
#include "sock_priv.h"
#include <arpa/inet.h>
#include <netinet/in.h>

/* Means something on one link or host only: the kernel asks which. */
static bool is_scoped(const struct in6_addr *a)
{
	return IN6_IS_ADDR_LINKLOCAL(a) || IN6_IS_ADDR_MC_LINKLOCAL(a) ||
		IN6_IS_ADDR_MC_NODELOCAL(a);
}

static void write_in6(const struct sock_ep *e, const struct rg_addr *a, struct sockaddr_in6 *in6)
{
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(a->port);
	if (a->af == RG_AF_IP4) {
		memset(in6->sin6_addr.s6_addr + 10, 0xff, 2);
		memcpy(in6->sin6_addr.s6_addr + 12, a->ip, 4);
		return;
	}
	memcpy(&in6->sin6_addr, a->ip, 16);
	if (is_scoped(&in6->sin6_addr))
		in6->sin6_scope_id = e->ifindex;
}

socklen_t sock_from_addr(
	const struct sock_ep *e, const struct rg_addr *a, struct sockaddr_storage *ss)
{
	struct sockaddr_in *in4 = (struct sockaddr_in *)ss;

	memset(ss, 0, sizeof(struct sockaddr_in6));
	if (e->v6) {
		write_in6(e, a, (struct sockaddr_in6 *)ss);
		return sizeof(struct sockaddr_in6);
	}
	in4->sin_family = AF_INET;
	in4->sin_port = htons(a->port);
	memcpy(&in4->sin_addr, a->ip, 4);
	return sizeof(*in4);
}

void sock_to_addr(const struct sockaddr_storage *ss, struct rg_addr *a)
{
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)ss;
	const struct sockaddr_in *in4 = (const struct sockaddr_in *)ss;

	memset(a, 0, sizeof(*a));
	if (ss->ss_family == AF_INET) {
		a->af = RG_AF_IP4;
		a->port = ntohs(in4->sin_port);
		memcpy(a->ip, &in4->sin_addr, 4);
		return;
	}
	a->port = ntohs(in6->sin6_port);
	if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
		a->af = RG_AF_IP4;
		memcpy(a->ip, in6->sin6_addr.s6_addr + 12, 4);
	} else {
		a->af = RG_AF_IP6;
		memcpy(a->ip, &in6->sin6_addr, 16);
	}
}
