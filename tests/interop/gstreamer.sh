#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# GStreamer's own RIST (Simple profile, not libRIST) on either side of ristgate. Its receiver gets
# a link without loss: at 10 % it gives up 1 to 10 % of the packets, from its own sender too.
# cases: send receive
set -euo pipefail
. "${TOP:-.}/scripts/lab.sh"
lab_enter "$@"
COUNT=1500
loss=10
[ "$1" != receive ] || loss=0
link udp://@127.0.0.1:6000 udp://127.0.0.1:7000 --loss "$loss" --delay 20

if [ "$1" = send ]; then
	gate gate --stream 'rist://@127.0.0.1:7000?profile=simple&buffer=1500 -> udp://127.0.0.1:8000'
	spawn foreign gst-launch-1.0 -q udpsrc port=5000 caps=video/mpegts,systemstream=true,packetsize=188 \
		! rtpmp2tpay ! ristsink address=127.0.0.1 port=6000
	listening foreign 5000
else
	spawn foreign gst-launch-1.0 -q ristsrc address=127.0.0.1 port=7000 receiver-buffer=1500 \
		! rtpmp2tdepay ! udpsink host=127.0.0.1 port=8000 sync=false
	listening foreign 7000
	gate gate --stream 'udp://@127.0.0.1:5000 -> rist://127.0.0.1:6000?profile=simple&buffer=1500'
fi
sink udp://@127.0.0.1:8000
source_to udp://127.0.0.1:5000 --preroll 600 --tail 600
all_arrived
