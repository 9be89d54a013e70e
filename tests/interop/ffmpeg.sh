#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# ffmpeg's rist:// on either side of ristgate, over a lossy link. ffmpeg passes bytes on unread
# (-f data). Its exit status says nothing: it reports an error at the end even of a good run.
# cases: send receive
set -euo pipefail
. "${TOP:-.}/scripts/lab.sh"
lab_enter "$@"
COUNT=1500
link udp://@127.0.0.1:6000 udp://127.0.0.1:7000 --loss 10 --delay 20
bytes=(-map 0 -c copy -f data)

case $1 in
send)
	gate gate --stream 'rist://@127.0.0.1:7000?profile=simple&buffer=1500 -> udp://127.0.0.1:8000'
	spawn foreign ffmpeg -nostdin -f data -raw_packet_size 1316 -i udp://127.0.0.1:5000 \
		"${bytes[@]}" -rist_profile simple -buffer_size 1500 rist://127.0.0.1:6000
	listening foreign 5000
	;;
receive)
	spawn foreign ffmpeg -nostdin -f data -raw_packet_size 1316 -rist_profile simple -buffer_size 1500 \
		-i rist://@127.0.0.1:7000 "${bytes[@]}" -flush_packets 1 'udp://127.0.0.1:8000?pkt_size=1316'
	listening foreign 7000
	gate gate --stream 'udp://@127.0.0.1:5000 -> rist://127.0.0.1:6000?profile=simple&buffer=1500'
	until_true 30 crossed 0 b_to_a 10 || fail "the two do not meet"
	;;
esac
sink udp://@127.0.0.1:8000
source_to udp://127.0.0.1:5000 --preroll 900 --tail 600
all_arrived
