/* SPDX-License-Identifier: BSD-3-Clause */
/* udp_end.h - one end of a path over kernel UDP: a socket for each coupled port.
 * Shape: a listening end binds the ports given and learns who speaks to each of them; a calling
 * end speaks to the ports given from adjacent ports of its own, the first even, so that an RTP
 * and RTCP peer can answer by arithmetic. A calling end to a multicast group also listens on
 * the group: RTCP of the receivers may come that way. Errors: false after a line on stderr.
 * Threads: one. */
#ifndef UDP_END_H
#define UDP_END_H

#include <sys/socket.h>

#include "link.h"

struct udp_port {
	int fd;
	int group_fd; /* what a group called by us hears; -1: none */
	struct sockaddr_storage peer; /* whom to send to; ss_family 0: nobody yet */
	struct sockaddr_storage self; /* our own address: what we sent to the group comes back */
	bool listens;
};

struct udp_end {
	struct udp_port port[LINK_PORTS_MAX];
	uint32_t n_ports;
};

bool udp_end_open(struct udp_end *e, const char *url, uint32_t n_ports);
void udp_end_close(struct udp_end *e);

#endif
