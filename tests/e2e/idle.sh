#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A gateway with nothing to do leaves the CPU alone: under 1 % of a core where the port has a
# descriptor to wait on, under 3 % on memif, which can only sleep and look.
# cases: sockets af_packet af_xdp tap memif
set -euo pipefail
. "${TOP:-.}/scripts/lab.sh"
lab_enter "$@"
stream='rist://@10.9.0.1:7000?profile=simple -> udp://127.0.0.1:8000'
limit_ms=50 # of 5 s

port() {
	dpdk gate "$GATE" --vdev="$1" -- --port "wan,${1%%,*},10.9.0.1/24" --stream "$stream" \
		--stats 60 --stats-file "$DIR/gate.json"
}

case $1 in
sockets)
	spawn gate "$GATE" --stream 'rist://@127.0.0.1:7000?profile=simple -> udp://127.0.0.1:8000'
	;;
af_packet | af_xdp)
	if [ "$1" = af_xdp ]; then lab_needs root "root (the kernel loads a program)"; else lab_needs net "a network namespace"; fi
	ip netns add peer
	ip netns add own
	veth own a0 peer b0
	NS=own port "net_$1"0,iface=a0
	;;
tap)
	lab_needs net "a network namespace"
	port net_tap0,iface=rgtap
	;;
memif)
	port "net_memif0,role=server,socket-abstract=no,socket=$DIR/memif"
	limit_ms=150
	;;
esac

# The process in the namespace keeps its number: `ip netns exec` becomes it.
used_ms() {
	local hz fields
	hz=$(getconf CLK_TCK)
	read -ra fields </proc/"${pids[gate]}"/stat
	echo $(((fields[13] + fields[14]) * 1000 / hz))
}
sleep 2
# The kernel counts in ticks and others share the machine: the best of three windows.
for _ in 1 2 3; do
	before=$(used_ms)
	sleep 5
	used=$(($(used_ms) - before))
	echo "$used ms of CPU in 5 s"
	alive gate || fail "the gateway ended"
	[ "$used" -gt "$limit_ms" ] || exit 0
done
fail "an idle gateway takes more than $((limit_ms / 50)) % of a core"
