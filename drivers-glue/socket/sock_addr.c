/* SPDX-License-Identifier: BSD-3-Clause */
#include "sock_priv.h"
#include <arpa/inet.h>
#include <netinet/in.h>

socklen_t sock_from_addr(const struct rg_addr *a, struct sockaddr_storage *ss)
{
	memset(ss, 0, sizeof(*ss));
	if (a->af == RG_AF_IP6) {
		struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ss;

		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(a->port);
		memcpy(&in6->sin6_addr, a->ip, 16);
		return sizeof(*in6);
	}
	struct sockaddr_in *in4 = (struct sockaddr_in *)ss;

	in4->sin_family = AF_INET;
	in4->sin_port = htons(a->port);
	memcpy(&in4->sin_addr, a->ip, 4);
	return sizeof(*in4);
}

void sock_to_addr(const struct sockaddr_storage *ss, struct rg_addr *a)
{
	memset(a, 0, sizeof(*a));
	if (ss->ss_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)ss;

		a->af = RG_AF_IP6;
		a->port = ntohs(in6->sin6_port);
		memcpy(a->ip, &in6->sin6_addr, 16);
	} else {
		const struct sockaddr_in *in4 = (const struct sockaddr_in *)ss;

		a->af = RG_AF_IP4;
		a->port = ntohs(in4->sin_port);
		memcpy(a->ip, &in4->sin_addr, 4);
	}
}
