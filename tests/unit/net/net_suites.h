/* SPDX-License-Identifier: BSD-3-Clause */
/* net_suites.h - frames that the files share, and the test cases of each, run by test_net.c.
 * Frames and checksums were computed outside of this code. */
#ifndef NET_SUITES_H
#define NET_SUITES_H

#include "../rg_hex.h"
#include "rg_neigh.h"

/* 10.9.0.1:40000 to 10.9.0.2:5000, 9 bytes, DSCP 34; with tag 100 of priority 1 and a router
 * alert; the same between fd00:9::1 and fd00:9::2; with tag 100 and two extension headers. */
#define FRAME_UDP4                                                                                 \
	"020000000002020000000001080045880025000040004011262c0a0900010a0900029c401388001165c78021" \
	"123468656c6c6f"
#define FRAME_UDP4_VLAN                                                                            \
	"0200000000020200000000018100206408004600002900004000401191ab0a0900010a090002940400009c40" \
	"1388001165c78021123468656c6c6f"
#define FRAME_UDP6                                                                                 \
	"02000000000202000000000186dd6880000000111140fd000009000000000000000000000001fd0000090000" \
	"000000000000000000029c40138800117fc58021123468656c6c6f"
#define FRAME_UDP6_EXT                                                                             \
	"0200000000020200000000018100006486dd6000000000290040fd000009000000000000000000000001fd00" \
	"00090000000000000000000000023c000502000001001101010c0000000000000000000000009c4013880011" \
	"7fc58021123468656c6c6f"
#define FRAME_ARP_REQUEST                                                                          \
	"ffffffffffff020000000001080600010800060400010200000000010a0900010000000000000a090002"
#define FRAME_ARP_REPLY                                                                            \
	"020000000001020000000002080600010800060400020200000000020a0900020200000000010a090001"
#define FRAME_ND_SOLICIT                                                                           \
	"3333ff00000202000000000186dd6000000000203afffd000009000000000000000000000001ff0200000000" \
	"000000000001ff00000287007d8500000000fd0000090000000000000000000000020101020000000001"
#define FRAME_ND_ADVERT                                                                            \
	"02000000000102000000000286dd6000000000203afffd000009000000000000000000000002fd0000090000" \
	"0000000000000000000188001c7f60000000fd0000090000000000000000000000020201020000000002"
#define FRAME_PING4                                                                                \
	"020000000002020000000001080045000023004d4000400126790a0900010a0900020800549d123400016162" \
	"6364656667"
#define FRAME_PONG4                                                                                \
	"020000000001020000000002080045000023004d4000400126790a0900020a09000100005c9d123400016162" \
	"6364656667"
#define FRAME_PING6                                                                                \
	"02000000000202000000000186dd60000000000f3a40fd000009000000000000000000000001fd0000090000" \
	"000000000000000000028000e23c1234000161626364656667"
#define FRAME_PONG6                                                                                \
	"02000000000102000000000286dd60000000000f3a40fd000009000000000000000000000002fd0000090000" \
	"000000000000000000018100e13c1234000161626364656667"

#define CHECK_ALL (RG_CHECK_IP | RG_CHECK_UDP)

static inline struct rg_addr addr4(uint8_t last, uint16_t port)
{
	return (struct rg_addr){.ip = {10, 9, 0, last}, .port = port, .af = RG_AF_IP4};
}

static inline struct rg_addr addr6(uint8_t last, uint16_t port)
{
	return (struct rg_addr){.ip = {0xfd, 0, 0, 9, [15] = last}, .port = port, .af = RG_AF_IP6};
}

static inline struct rg_mac mac(uint8_t last)
{
	return (struct rg_mac){{2, 0, 0, 0, 0, last}};
}

TCase *frame_cases(void);
TCase *udp_tmpl_cases(void);
TCase *neigh_cases(void);

#endif
