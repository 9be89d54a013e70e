#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Memory is counted out for the rate that the configuration names. A source fifty times as fast
# runs out of it: packets are dropped and counted, nothing breaks, and a stream at the right rate
# afterwards arrives whole.
# cases: sockets memif
set -euo pipefail
. "${TOP:-.}/scripts/lab.sh"
lab_enter "$@"
keys='profile=simple&buffer=1000&bandwidth=2000'
if [ "$1" = sockets ]; then
	gate b --stream "rist://@127.0.0.1:7000?$keys -> udp://127.0.0.1:8000"
	gate a --stream "udp://@127.0.0.1:5000 -> rist://127.0.0.1:7000?$keys"
else
	dpdk b "$GATE" --vdev="net_memif0,role=server,socket-abstract=no,socket=$DIR/memif" \
		-- --port wan,net_memif0,10.9.0.2/24 --stream "rist://@10.9.0.2:7000?$keys -> udp://127.0.0.1:8000" \
		--stats 0.2 --stats-file "$DIR/b.json"
	ready b
	dpdk a "$GATE" --vdev="net_memif0,role=client,socket-abstract=no,socket=$DIR/memif" \
		-- --port wan,net_memif0,10.9.0.1/24 --stream "udp://@127.0.0.1:5000 -> rist://10.9.0.2:7000?$keys" \
		--stats 0.2 --stats-file "$DIR/a.json"
	ready a
fi
until_true 10 json "$DIR/a.json" "any(p['alive'] for p in d['outputs'][0]['peers'])" || fail "the gateways do not meet"
COUNT=30000 RATE=100 source_to udp://127.0.0.1:5000

until_true 5 json "$DIR/b.json" "sum(d['drops'].values()) > 0" || fail "no drop was counted"
json "$DIR/b.json" "'dropped: %s' % d['drops']"
COUNT=500
sink udp://@127.0.0.1:8000
RATE=2 source_to udp://127.0.0.1:5000 --seed 2
all_arrived
stop a b
