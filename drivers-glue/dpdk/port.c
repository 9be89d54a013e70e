/* SPDX-License-Identifier: BSD-3-Clause */
/* port.c - ethdev ports: what a device can and needs, start, stop, counters.
 * One receive and one transmit queue: most of the virtual devices have no more. */
#include "dpdk_priv.h"

#include "rg_addr_text.h"

#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>

#include <stdio.h>
#include <sys/socket.h>

#define RX_SLOTS    1024
#define TX_SLOTS    1024
#define DEFAULT_MTU 1500
#define TX_WANTED                                                                                  \
	(RTE_ETH_TX_OFFLOAD_MULTI_SEGS | RTE_ETH_TX_OFFLOAD_IPV4_CKSUM |                           \
		RTE_ETH_TX_OFFLOAD_UDP_CKSUM)
#define RX_WANTED (RTE_ETH_RX_OFFLOAD_IPV4_CKSUM | RTE_ETH_RX_OFFLOAD_UDP_CKSUM)

/* What drivers do and do not tell, measured. */
struct quirk {
	const char *driver;
	uint32_t holds; /* buffers kept beside the descriptors */
	int family; /* of the socket that tells of frames, 0: none */
	bool partial_sums;
	bool queue_fd; /* has an interrupt descriptor per queue */
	bool reconnects; /* link comes and goes with a peer process */
	uint32_t mtu_max; /* 0: what the driver says */
};

static const struct quirk quirks[] = {
	{"net_af_packet", 0, AF_PACKET, true, false, false, DEFAULT_MTU},
	{"net_af_xdp", 2048, AF_XDP, true, false, false, 3498},
	{"net_tap", 512, 0, false, true, false, 0},
	{"net_memif", 0, 0, false, false, true, 0},
};

static const struct quirk *quirk_of(const char *driver)
{
	static const struct quirk none;

	for (size_t i = 0; i < RG_ARRAY_LEN(quirks); i++)
		if (strcmp(quirks[i].driver, driver) == 0)
			return &quirks[i];
	return &none;
}

static int no_device(const struct rg_port_conf *c, struct rg_conf_error *err)
{
	char have[128] = "";
	size_t at = 0;
	uint16_t id;

	RTE_ETH_FOREACH_DEV(id)
	{
		char name[RTE_ETH_NAME_MAX_LEN];

		if (rte_eth_dev_get_name_by_port(id, name) != 0 || at >= sizeof(have))
			continue;
		at += (size_t)snprintf(have + at, sizeof(have) - at, " %s", name);
	}
	snprintf(err->text, sizeof(err->text), "port %s: no DPDK device %s (there is:%s)", c->name,
		c->device, have[0] != '\0' ? have : " none");
	return -RG_E_NOENT;
}

static bool has_devarg(const struct rte_eth_dev_info *info, const char *arg)
{
	const struct rte_devargs *args = rte_dev_devargs(info->device);

	return args != NULL && args->args != NULL && strstr(args->args, arg) != NULL;
}

static int check_mtu(
	struct rg_dp_port *p, const struct rte_eth_dev_info *info, struct rg_conf_error *err)
{
	const struct quirk *q = quirk_of(info->driver_name);
	uint32_t max = info->max_mtu;

	/* Jumbo frames on a packet socket need room in its ring that only the user can give. */
	if (q->mtu_max != 0 && !has_devarg(info, "framesz="))
		max = rg_min_u32(max, q->mtu_max);
	p->mtu = p->conf->mtu != 0 ? p->conf->mtu : DEFAULT_MTU;
	if (p->mtu >= 1280 && p->mtu <= max)
		return 0;
	snprintf(err->text, sizeof(err->text), "port %s: mtu %u (1280..%u on %s)", p->conf->name,
		p->mtu, max, info->driver_name);
	return -RG_E_INVAL;
}

/* Neighbour discovery and multicast listener reports want a link-local address, RFC 4291
 * appendix A makes it from the MAC address. */
static void add_link_local(struct rg_dp_port *p)
{
	struct rg_prefix *ll = &p->addrs[p->n_addrs];
	bool ip6 = false;

	for (uint32_t i = 0; i < p->n_addrs; i++)
		ip6 |= p->addrs[i].addr.af == RG_AF_IP6;
	if (!ip6)
		return;
	*ll = (struct rg_prefix){.addr = {.af = RG_AF_IP6}, .len = 64};
	ll->addr.ip[0] = 0xfe;
	ll->addr.ip[1] = 0x80;
	memcpy(ll->addr.ip + 8, p->mac, 3);
	ll->addr.ip[8] ^= 0x02;
	ll->addr.ip[11] = 0xff;
	ll->addr.ip[12] = 0xfe;
	memcpy(ll->addr.ip + 13, p->mac + 3, 3);
	p->n_addrs++;
}

int rg_dp_port_probe(struct rg_dp_port *p, const struct rg_port_conf *c, uint16_t index,
	struct rg_conf_error *err)
{
	struct rte_eth_dev_info info;
	struct rte_ether_addr mac;

	*p = (struct rg_dp_port){.conf = c, .index = index, .fd = -1};
	if (rte_eth_dev_get_port_by_name(c->device, &p->id) != 0)
		return no_device(c, err);
	if (rte_eth_dev_info_get(p->id, &info) != 0 || rte_eth_macaddr_get(p->id, &mac) != 0) {
		snprintf(err->text, sizeof(err->text), "port %s: %s does not answer", c->name,
			c->device);
		return -RG_E_INVAL;
	}
	memcpy(p->mac, mac.addr_bytes, sizeof(p->mac));
	memcpy(p->addrs, c->addrs, c->n_addrs * sizeof(c->addrs[0]));
	p->n_addrs = c->n_addrs;
	add_link_local(p);
	p->holds = quirk_of(info.driver_name)->holds;
	p->one_pool = quirk_of(info.driver_name)->family == AF_XDP;
	p->partial_sums = quirk_of(info.driver_name)->partial_sums;
	p->reconnects = quirk_of(info.driver_name)->reconnects;
	p->dials = p->reconnects && !has_devarg(&info, "role=server");
	p->tx_offloads = info.tx_offload_capa & TX_WANTED;
	p->rx_slots = RX_SLOTS;
	p->tx_slots = TX_SLOTS;
	return check_mtu(p, &info, err);
}

static int configure(
	struct rg_dp_port *p, const struct rg_dp_pools *pools, const struct rte_eth_dev_info *info)
{
	struct rte_eth_conf conf = {
		.rxmode = {.mtu = p->mtu, .offloads = info->rx_offload_capa & RX_WANTED},
		.txmode = {.offloads = p->tx_offloads},
		.intr_conf = {.rxq = quirk_of(info->driver_name)->queue_fd},
	};
	int socket = rte_eth_dev_socket_id(p->id);
	struct rte_eth_rxconf rx = info->default_rxconf;
	struct rte_eth_txconf tx = info->default_txconf;
	int r = rte_eth_dev_configure(p->id, 1, 1, &conf);

	rx.offloads = conf.rxmode.offloads & info->rx_queue_offload_capa;
	tx.offloads = conf.txmode.offloads & info->tx_queue_offload_capa;
	if (r == 0)
		r = rte_eth_dev_adjust_nb_rx_tx_desc(p->id, &p->rx_slots, &p->tx_slots);
	if (r == 0)
		r = rte_eth_rx_queue_setup(
			p->id, 0, p->rx_slots, (unsigned)socket, &rx, pools->packets);
	if (r == 0)
		r = rte_eth_tx_queue_setup(p->id, 0, p->tx_slots, (unsigned)socket, &tx);
	if (r == 0)
		r = rte_eth_dev_set_mtu(p->id, (uint16_t)p->mtu);
	/* memif passes any frame that fits its buffers, though it knows no MTU. */
	return r == -ENOTSUP ? 0 : r;
}

/* Groups and solicited-node addresses must come in; what is not ours is dropped by address. */
static void admit_multicast(struct rg_dp_port *p)
{
	if (rte_eth_allmulticast_enable(p->id) != 0)
		p->promiscuous = rte_eth_promiscuous_enable(p->id) == 0;
}

static int find_fd(const struct rg_dp_port *p, const struct rte_eth_dev_info *info,
	const struct rg_dp_fds *before)
{
	const struct quirk *q = quirk_of(info->driver_name);
	struct rg_dp_fds now;

	if (q->queue_fd)
		return rte_eth_dev_rx_intr_ctl_q_get_fd(p->id, 0);
	if (q->family == 0)
		return -1;
	rg_dp_fds_scan(&now, q->family);
	return q->family == AF_PACKET ? rg_dp_fds_by_ifindex(&now, info->if_index)
				      : rg_dp_fds_new(before, &now);
}

int rg_dp_port_start(
	struct rg_dp_port *p, const struct rg_dp_pools *pools, struct rg_conf_error *err)
{
	struct rte_eth_dev_info info;
	struct rg_dp_fds before;
	int r;

	rg_dp_fds_scan(&before, AF_XDP);
	r = rte_eth_dev_info_get(p->id, &info);
	if (r == 0)
		r = configure(p, pools, &info);
	if (r == 0) {
		p->configured = true;
		r = p->reconnects ? rg_dp_link_start(p) : rte_eth_dev_start(p->id);
	}
	if (r != 0) {
		snprintf(err->text, sizeof(err->text), "port %s: %s does not start: %s",
			p->conf->name, p->conf->device, rte_strerror(-r));
		return -RG_E_INVAL;
	}
	if (!p->reconnects)
		atomic_store_explicit(&p->up, true, memory_order_release);
	admit_multicast(p);
	p->fd = find_fd(p, &info, &before);
	return 0;
}

void rg_dp_port_stop(struct rg_dp_port *p)
{
	if (!p->configured)
		return;
	p->configured = false;
	if (p->reconnects) {
		rg_dp_link_close(p);
		return;
	}
	rte_eth_dev_stop(p->id);
	rte_eth_dev_close(p->id);
}

void rg_dp_port_report(const struct rg_dp_port *p, struct rg_port_report *out)
{
	struct rte_eth_stats s;

	*out = (struct rg_port_report){0};
	memcpy(out->name, p->conf->name, sizeof(out->name));
	if (rte_eth_stats_get(p->id, &s) != 0)
		return;
	out->rx_packets = s.ipackets;
	out->rx_bytes = s.ibytes;
	out->tx_packets = s.opackets;
	out->tx_bytes = s.obytes;
	out->rx_missed = s.imissed;
	out->rx_errors = s.ierrors;
	out->rx_nombuf = s.rx_nombuf;
	out->tx_errors = s.oerrors;
}

static bool in_prefix(const struct rg_prefix *p, const struct rg_addr *a)
{
	uint32_t whole = p->len / 8, bits = p->len % 8;

	if (p->addr.af != a->af || memcmp(p->addr.ip, a->ip, whole) != 0)
		return false;
	return bits == 0 || ((p->addr.ip[whole] ^ a->ip[whole]) >> (8 - bits)) == 0;
}

static const struct rg_prefix *prefix_of(const struct rg_dp_port *p, const struct rg_addr *a)
{
	for (uint32_t i = 0; i < p->n_addrs; i++)
		if (in_prefix(&p->addrs[i], a))
			return &p->addrs[i];
	return NULL;
}

bool rg_dp_port_on_link(const struct rg_dp_port *p, const struct rg_addr *dst)
{
	return prefix_of(p, dst) != NULL;
}

const struct rg_addr *rg_dp_port_source(const struct rg_dp_port *p, const struct rg_addr *dst)
{
	const struct rg_prefix *near = prefix_of(p, dst);

	if (near != NULL)
		return &near->addr;
	for (uint32_t i = 0; i < p->n_addrs; i++)
		if (p->addrs[i].addr.af == dst->af)
			return &p->addrs[i].addr;
	return NULL;
}

bool rg_dp_port_has(const struct rg_dp_port *p, const struct rg_addr *a)
{
	for (uint32_t i = 0; i < p->n_addrs; i++)
		if (rg_addr_same_host(&p->addrs[i].addr, a))
			return true;
	return false;
}
