/* SPDX-License-Identifier: BSD-3-Clause */
/* profile_priv.h - the rows of the profile table, and what they share: RTP media (profile_rtp.c)
 * and RTCP compounds (profile_rtcp.c). */
#ifndef PROFILE_PRIV_H
#define PROFILE_PRIV_H

#include "rg_profile.h"

extern const struct rg_profile_ops rg_profile_simple;
extern const struct rg_profile_ops rg_profile_main;

enum rtp_ext {
	RTP_PLAIN, /* a header extension is skipped */
	RTP_RIST, /* that of TR-06-2 section 8.3 is read */
};

/* rg_profile_ops.rx_media, tx_media, rx_control and tx_control. */
unsigned rtp_rx_media(const struct rg_dgram *in, unsigned n, struct rg_media *m, uint8_t *from,
	struct rg_dropped *bad, unsigned *n_bad, enum rtp_ext ext);
void rtp_tx_media(
	const struct rg_tx_ident *id, const struct rg_media *m, unsigned n, struct rg_hdr *h);
void rtcp_rx_control(const uint8_t *p, size_t len, uint32_t newest, struct rg_control_in *out);
size_t rtcp_tx_control(struct rg_control_out *c, uint8_t *p, size_t cap, unsigned *n_done);

#endif
