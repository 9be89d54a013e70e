#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# libRIST on either side of ristgate, Simple profile, over a lossy link. Behind ristgate's receiver
# every packet counts, the first and the last; behind a foreign one only what comes after its
# start-up, and packets nobody counts follow a foreign sender, which does not repeat its last.
# cases: send-0 send-10 send-25 send-v6 send-bitmask receive-0 receive-10 receive-25 receive-v6 multicast
set -euo pipefail
. "${TOP:-.}/scripts/lab.sh"
lab_enter "$@"
COUNT=2000
case=$1
host=127.0.0.1 foreign=127.0.0.1 buffer=1500
loss=${case##*-}
nack=range
case $case in
*-v6) host='[::1]' foreign=localhost6 loss=10 && lab_needs net "a name of the IPv6 loopback" ;;
*-bitmask) loss=10 nack=bitmask ;;
esac
# libRIST's own receiver asks once a round trip of 50 ms at least: at 25 % it wants more rounds.
keys="profile=simple&buffer=$buffer"

send() {
	link "udp://@$host:6000" "udp://$host:7000" --loss "$loss" --delay 20 --jitter 2
	gate gate --stream "rist://@$host:7000?$keys&nack-type=$nack -> udp://127.0.0.1:8000"
	spawn foreign ristsender -p 0 -i udp://@127.0.0.1:5000 -o "rist://$foreign:6000?buffer=$buffer"
	sink udp://@127.0.0.1:8000
	listening foreign 5000
	# A libRIST sender throws away what comes before it has met its receiver.
	until_true 30 crossed 0 b_to_a 20 || fail "the two do not meet"
	source_to udp://127.0.0.1:5000 --tail 600
	all_arrived
}

receive() {
	spawn foreign ristreceiver -p 0 -i "rist://@$foreign:7000?buffer=$buffer" -o udp://127.0.0.1:8000
	listening foreign 7000
	link "udp://@$host:6000" "udp://$host:7000" --loss "$loss" --delay 20 --jitter 2
	sink udp://@127.0.0.1:8000
	gate gate --stream "udp://@127.0.0.1:5000 -> rist://$host:6000?$keys"
	until_true 30 crossed 0 b_to_a 20 || fail "the two do not meet"
	source_to udp://127.0.0.1:5000 --preroll 600 --tail 600
	all_arrived
}

# Both ways at once through one group, without a link: the group is on this network's loopback.
multicast() {
	lab_needs net "a network namespace"
	gate gate --stream "rist://@239.7.7.7:7000?$keys&miface=lo -> udp://127.0.0.1:8000"
	spawn foreign ristsender -p 0 -i udp://@127.0.0.1:5000 -o "rist://239.7.7.7:7000?buffer=$buffer&miface=lo"
	sink udp://@127.0.0.1:8000
	listening foreign 5000
	sleep 1
	source_to udp://127.0.0.1:5000 --tail 600
	all_arrived
}

case $case in
send-*) send ;;
receive-*) receive ;;
multicast) multicast ;;
*) fail "no case $case" ;;
esac
[ "$loss" = 0 ] || [ "$case" = multicast ] || crossed 0 a_to_b $((COUNT / 2))
stop foreign gate
