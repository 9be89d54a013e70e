#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The Main profile between two ristgates over a lossy link: encrypted over kernel sockets and over
# DPDK ports, without a way back, through changes of the secret and of the sender's address, with
# 32-bit sequence numbers.
# Every packet counts, the first and the last, without pre-roll or tail.
# cases: aes-256 ports one-way new-secret roam seq-ext
set -euo pipefail
. "${TOP:-.}/scripts/lab.sh"
lab_enter "$@"
COUNT=1000
keys='buffer=1500'
source_ns='' sink_ns=''
bad_link=(--loss 10 --delay 20 --reorder 2 --duplicate 1)

# kernel LINK-OPTION...: a - link - b.
kernel() {
	link udp://@127.0.0.1:6000 udp://127.0.0.1:7000 --ports 1 "$@"
	gate b --stream "rist://@127.0.0.1:7000?$keys -> udp://127.0.0.1:8000"
	gate a --stream "udp://@127.0.0.1:5000 -> rist://127.0.0.1:6000?$keys"
}

# The same in three namespaces, joined by veth pairs that DPDK drives.
ports() {
	lab_needs net "a network namespace"
	local ns
	for ns in a link b; do
		ip netns add $ns
		ip -n $ns link set lo up
	done
	veth a a0 link l0
	veth link l1 b b0
	NS='link' dpdk link "$LINK" --vdev=net_af_packet0,iface=l0 --vdev=net_af_packet1,iface=l1 \
		-- --a net_af_packet0 --b net_af_packet1 --stats 0.1 --seed 1 "${bad_link[@]}"
	NS=b dpdk b "$GATE" --vdev=net_af_packet0,iface=b0 -- --port wan,net_af_packet0,10.9.0.2/24 \
		--stream "rist://@10.9.0.2:7000?$keys -> udp://127.0.0.1:8000" --stats 0.2 --stats-file "$DIR/b.json"
	NS=a dpdk a "$GATE" --vdev=net_af_packet0,iface=a0 -- --port wan,net_af_packet0,10.9.0.1/24 \
		--stream "udp://@127.0.0.1:5000 -> rist://10.9.0.2:7000?$keys" --stats 0.2 --stats-file "$DIR/a.json"
	for ns in link b a; do ready $ns; done
	source_ns=a sink_ns=b
}

# What b gets and sends, without the link's losses, is seen from here on.
watch() {
	lab_needs net "a raw socket"
	spawn watch python3 "$TOP/tests/interop/watch.py" 7000
	ready watch
}

# new_secret N FIRST SECOND: the N-th change, which one gateway learns after the other.
new_secret() {
	local gate
	echo "secret number $1" >"$DIR/secret"
	for gate in "$2" "$3"; do
		kill -HUP "${pids[$gate]}"
		until_true 3 changed "$gate" "$1" || fail "$gate does not take the new secret"
	done
}

changed() { # GATE N
	[ "$(grep -c '1 ends changed' "$DIR/$1.log")" = "$2" ]
}

(umask 077 && echo 'secret number 0' >"$DIR/secret")
case $1 in
aes-256)
	keys+='&secret=end to end&aes-type=256'
	watch
	kernel "${bad_link[@]}"
	;;
ports)
	keys+="&secret-file=$DIR/secret&aes-type=256&key-rotation=500"
	ports
	;;
one-way) # nothing is asked for again, so nothing may be lost; it goes on with no way back
	keys+='&secret=end to end&one-way=1'
	kernel --loss 0/100 --delay 20
	;;
new-secret)
	keys+="&secret-file=$DIR/secret&aes-type=128"
	watch
	kernel "${bad_link[@]}"
	;;
roam)
	keys+='&secret=end to end'
	kernel "${bad_link[@]}"
	;;
seq-ext)
	keys+='&seq-ext=1&nack-type=bitmask'
	kernel "${bad_link[@]}"
	;;
esac
[ "$1" = one-way ] || until_true 30 json "$DIR/a.json" "any(p['alive'] for p in d['outputs'][0]['peers'])" ||
	fail "the gateways do not meet"
NS=$sink_ns sink udp://@127.0.0.1:8000
NS=$source_ns spawn source "$PROBE" send --to udp://127.0.0.1:5000 --packets "$COUNT" --rate 5
if [ "$1" = new-secret ] || [ "$1" = ports ]; then
	until_true 5 crossed 0 a_to_b 300 || fail "no stream"
	new_secret 1 a b
	until_true 5 crossed 0 a_to_b 700 || fail "the stream stopped"
	new_secret 2 b a
fi
if [ "$1" = roam ]; then # another link is another source port towards b
	until_true 5 crossed 0 a_to_b 400 || fail "no stream"
	stop link
	link udp://@127.0.0.1:6000 udp://127.0.0.1:7000 --ports 1 "${bad_link[@]}"
fi
finish source || fail "the source could not send"
all_arrived
stop a b link
flow="d['inputs'][0]['flows'][0]"
[ "$1" = one-way ] || json "$DIR/b.json" "${flow}['total']['recovered'] > $COUNT // 20" || fail "nothing was recovered"
case $1 in
aes-256)
	stop watch
	json "$DIR/watch.out" "min(w['256'] > 100 and w['clear'] + w['128'] == 0 for w in d.values())" ||
		fail "not all was encrypted: $(cat "$DIR/watch.out")"
	;;
one-way)
	json "$DIR/link.out" "[d['paths'][0][way]['received'] for way in ('a_to_b', 'b_to_a')] == [$COUNT, 0]" ||
		fail "there was more than media: $(tail -n 1 "$DIR/link.out")"
	;;
new-secret)
	stop watch
	json "$DIR/watch.out" "min(w['nonces'] for w in d.values()) >= 3" || fail "the keys did not change: $(cat "$DIR/watch.out")"
	;;
roam) grep -q event=peer-moved "$DIR/b.log" || fail "b did not see another address" ;;
seq-ext) json "$DIR/b.json" "${flow}['seq_bits'] == 32" || fail "sequence numbers of 16 bits" ;;
esac
