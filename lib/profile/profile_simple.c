/* SPDX-License-Identifier: BSD-3-Clause */
/* Simple profile, TR-06-1: RTP on the media port, RTCP compounds on the port above it. */
#include "profile_priv.h"

static unsigned rx_media(const struct rg_dgram *in, unsigned n, struct rg_media *m, uint8_t *from,
	struct rg_dropped *bad, unsigned *n_bad)
{
	return rtp_rx_media(in, n, m, from, bad, n_bad, RTP_PLAIN);
}

const struct rg_profile_ops rg_profile_simple = {
	.rx_media = rx_media,
	.tx_media = rtp_tx_media,
	.rx_control = rtcp_rx_control,
	.tx_control = rtcp_tx_control,
	.rtcp_port = 1,
	.seq_bits = 16,
};
