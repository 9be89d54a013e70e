#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Streams of every form between two ristgates over kernel sockets and a lossy link. Every packet
# counts, the first and the last, without pre-roll or tail.
# cases: loss ipv6 listening-sender fan-out relay rtp
set -euo pipefail
. "${TOP:-.}/scripts/lab.sh"
lab_enter "$@"
COUNT=1500
keys='profile=simple&buffer=2000'
bad_link=(--loss 10 --delay 20 --reorder 2 --duplicate 1)

# met NAME: that gateway's first output has a live peer.
met() {
	until_true 30 json "$DIR/$1.json" "any(p['alive'] for p in d['outputs'][0]['peers'])" ||
		fail "$1 meets nobody"
}

case $1 in
loss)
	link udp://@127.0.0.1:6000 udp://127.0.0.1:7000 "${bad_link[@]}"
	gate b --stream "rist://@127.0.0.1:7000?$keys -> udp://127.0.0.1:8000"
	gate a --stream "udp://@127.0.0.1:5000 -> rist://127.0.0.1:6000?$keys"
	;;
ipv6)
	link 'udp://@[::1]:6000' 'udp://[::1]:7000' "${bad_link[@]}"
	gate b --stream "rist://@[::1]:7000?$keys -> udp://127.0.0.1:8000"
	gate a --stream "udp://@127.0.0.1:5000 -> rist://[::1]:6000?$keys"
	;;
listening-sender) # the receiver calls; no link, which would answer from ports of its own choice
	gate a --stream "udp://@127.0.0.1:5000 -> rist://@127.0.0.1:7000?$keys"
	gate b --stream "rist://127.0.0.1:7000?$keys -> udp://127.0.0.1:8000"
	;;
fan-out) # one input, four outputs of three kinds
	link udp://@127.0.0.1:6000 udp://127.0.0.1:7000 "${bad_link[@]}"
	gate b --stream "rist://@127.0.0.1:7000?$keys -> udp://127.0.0.1:8000, udp://127.0.0.1:8002, rtp://127.0.0.1:8004, file:$DIR/copy"
	gate a --stream "udp://@127.0.0.1:5000 -> rist://127.0.0.1:6000?$keys"
	spawn second "$PROBE" recv --from udp://@127.0.0.1:8002 --count "$COUNT" --expect "$COUNT"
	;;
relay)
	link udp://@127.0.0.1:6000 udp://127.0.0.1:7000 "${bad_link[@]}"
	gate c --stream "rist://@127.0.0.1:7100?$keys -> udp://127.0.0.1:8000"
	gate b --stream "rist://@127.0.0.1:7000?$keys -> rist://127.0.0.1:7100?$keys"
	gate a --stream "udp://@127.0.0.1:5000 -> rist://127.0.0.1:6000?$keys"
	met b
	;;
rtp) # RTP in and out beside RIST in between
	link udp://@127.0.0.1:6000 udp://127.0.0.1:7000 "${bad_link[@]}"
	gate c --stream "rtp://@127.0.0.1:7200 -> udp://127.0.0.1:8000"
	gate b --stream "rist://@127.0.0.1:7000?$keys -> rtp://127.0.0.1:7200"
	gate a --stream "udp://@127.0.0.1:5000 -> rist://127.0.0.1:6000?$keys"
	;;
esac
met a
sink udp://@127.0.0.1:8000
source_to udp://127.0.0.1:5000
all_arrived
[ "$1" = listening-sender ] ||
	json "$DIR/b.json" "d['inputs'][0]['flows'][0]['total']['recovered'] > $COUNT // 20" ||
	fail "nothing was recovered"
if [ "$1" = fan-out ]; then
	finish second || fail "the second output lacks packets"
	stop a b
	[ "$(sha256sum <"$DIR/copy" | cut -d ' ' -f 1)" = "$(json "$DIR/source.out" "d['sha256']")" ] ||
		fail "the file differs"
fi
