#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Every kind of port moves a stream: two gateways joined by it, kernel sockets at the outer ends.
# cases: af_packet af_xdp tap memif ipv6 four-lcores quickstart quickstart-memif
set -euo pipefail
. "${TOP:-.}/scripts/lab.sh"
if [ "$1" = quickstart ] || [ "$1" = quickstart-memif ]; then
	[ "$1" = quickstart ] || export LAB=none
	SECONDS_OF_STREAM=4 exec "$TOP/scripts/quickstart"
fi
lab_enter "$@"
COUNT=1500
a=10.9.0.1 b=10.9.0.2
prefix=24
keys='profile=simple&buffer=2000'

# ends VDEV-A VDEV-B [EAL ARGUMENT...]: gateway A sends from kernel sockets to B over the devices.
ends() {
	local bt=$b
	[ "$prefix" = 24 ] || bt="[$b]"
	local device=${1%%,*}
	NS=${ns_b:-} dpdk b "$GATE" --vdev="$2" "${@:3}" -- --port "wan,$device,$b/$prefix" ${lcores[@]+"${lcores[@]}"} \
		--stream "rist://@$bt:7000?$keys -> udp://127.0.0.1:8000" --stats 0.2 --stats-file "$DIR/b.json"
	ready b
	NS=${ns_a:-} dpdk a "$GATE" --vdev="$1" "${@:3}" -- --port "wan,$device,$a/$prefix" ${lcores[@]+"${lcores[@]}"} \
		--stream "udp://@127.0.0.1:5000 -> rist://$bt:7000?$keys" --stats 0.2 --stats-file "$DIR/a.json"
	ready a
}

veth_pair() {
	lab_needs "$1" "$2"
	ns_a=a ns_b=b
	ip netns add a && ip netns add b
	ip -n a link set lo up && ip -n b link set lo up
	veth a a0 b b0
}

case $1 in
af_packet)
	veth_pair net "a network namespace"
	ends net_af_packet0,iface=a0 net_af_packet0,iface=b0
	;;
ipv6)
	veth_pair net "a network namespace"
	a=fd00:9::1 b=fd00:9::2 prefix=64
	ends net_af_packet0,iface=a0 net_af_packet0,iface=b0
	;;
four-lcores)
	veth_pair net "a network namespace"
	lcores=(--lcore '1: rx' --lcore '2: worker' --lcore '3: tx')
	ends net_af_packet0,iface=a0 net_af_packet0,iface=b0 \
		--lcores "(0-3)@($(sed -n 's/^Cpus_allowed_list:\t//p' /proc/self/status))"
	;;
af_xdp)
	veth_pair root "root (the kernel loads a program)"
	ends net_af_xdp0,iface=a0 net_af_xdp0,iface=b0
	;;
memif)
	ends "net_memif0,role=client,socket-abstract=no,socket=$DIR/memif" \
		"net_memif0,role=server,socket-abstract=no,socket=$DIR/memif"
	;;
tap) # a tap has the kernel at its other end: there B runs on kernel sockets
	lab_needs net "a network namespace"
	[ -w /dev/net/tun ] || {
		echo "needs /dev/net/tun, which this machine lacks"
		exit 77
	}
	gate b --stream "rist://@0.0.0.0:7000?$keys -> udp://127.0.0.1:8000"
	dpdk a "$GATE" --vdev=net_tap0,iface=rgtap -- --port "wan,net_tap0,$a/$prefix" \
		--stream "udp://@127.0.0.1:5000 -> rist://$b:7000?$keys" --stats 0.2 --stats-file "$DIR/a.json"
	ready a
	ip addr add "$b/$prefix" dev rgtap && ip link set rgtap up
	;;
esac
until_true 20 json "$DIR/a.json" "any(p['alive'] for p in d['outputs'][0]['peers'])" || fail "the gateways do not meet"
NS=${ns_b:-} sink udp://@127.0.0.1:8000
NS=${ns_a:-} spawn source "$PROBE" send --to udp://127.0.0.1:5000 --packets "$COUNT" --rate 5
finish source || fail "the source could not send"
all_arrived
stop a b
