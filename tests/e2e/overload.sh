#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Memory is counted out for the rate that the configuration names. A source that goes on at many
# times that rate empties the pool of packet buffers: what finds none is counted, nothing breaks,
# the buffers come back, and a stream at the right rate then arrives whole.
# cases: sockets memif
set -euo pipefail
. "${TOP:-.}/scripts/lab.sh"
lab_enter "$@"
# 16,700 packets either way, for which a ring has 32,768 slots. The pool, of 19,000 buffers here and
# of 28,000 with DPDK's rings, is empty before the slots are full: at the sender by 28,000 packets in
# its 2 s, and what it passes on then is twice what the receiver can hold for 4 s.
a_keys='profile=simple&buffer=2000&bandwidth=80000'
b_keys='profile=simple&buffer=4000&bandwidth=40000'
if [ "$1" = sockets ]; then
	gate b --stream "rist://@127.0.0.1:7000?$b_keys -> udp://127.0.0.1:8000"
	gate a --stream "udp://@127.0.0.1:5000 -> rist://127.0.0.1:7000?$a_keys"
else
	dpdk b "$GATE" --vdev="net_memif0,role=server,socket-abstract=no,socket=$DIR/memif" \
		-- --port wan,net_memif0,10.9.0.2/24 --stream "rist://@10.9.0.2:7000?$b_keys -> udp://127.0.0.1:8000" \
		--stats 0.2 --stats-file "$DIR/b.json"
	ready b
	dpdk a "$GATE" --vdev="net_memif0,role=client,socket-abstract=no,socket=$DIR/memif" \
		-- --port wan,net_memif0,10.9.0.1/24 --stream "udp://@127.0.0.1:5000 -> rist://10.9.0.2:7000?$a_keys" \
		--stats 0.2 --stats-file "$DIR/a.json"
	ready a
fi

# host NAME EXPRESSION: over h, what the gateway said last of itself.
host() {
	json "$DIR/$1.json" "(lambda h: $2)([o['host'] for o in all if 'host' in o][-1])"
}
until_true 30 json "$DIR/a.json" "any(p['alive'] for p in d['outputs'][0]['peers'])" || fail "the gateways do not meet"
spawn flood "$PROBE" send --to udp://127.0.0.1:5000 --packets 4000000 --rate 300
# memif leaves in its ring what it has no buffer for: there the receiver's lack is the sender's.
for name in a b; do
	until_true 30 host "$name" "h['buffers_free'] < h['buffers_total'] // 20" || fail "$name has enough buffers"
	[ "$1 $name" = 'memif b' ] ||
		until_true 30 host "$name" "h['drops'].get('no_buffer', 0) > 0" || fail "$name does not count its lack"
done
kill "${pids[flood]}"
finish flood || true
for name in a b; do
	host "$name" "'$name: dropped %s' % h['drops']"
	until_true 30 host "$name" "h['buffers_free'] > h['buffers_total'] * 9 // 10" || fail "$name keeps its buffers"
done

COUNT=500
sink udp://@127.0.0.1:8000 --idle 10000
RATE=2 source_to udp://127.0.0.1:5000 --seed 2
all_arrived
stop a b
! grep -h 'did not come back' "$DIR"/[ab].log || fail "buffers are lost"
