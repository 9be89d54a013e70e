#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The probe against itself: what every other test relies on. It must see a whole stream as whole,
# and loss, duplicates, reordering and foreign bytes as what they are.
# cases: udp4 udp6 multicast4 multicast6 fast pipe verdicts
set -euo pipefail
. "${TOP:-.}/scripts/lab.sh"
lab_enter "$@"
COUNT=1000
RATE=20

over_udp() { # RECEIVE-URL SEND-URL PORT
	sink "$1"
	listening sink "$3"
	source_to "$2" --preroll 20 --tail 10
	all_arrived
	json "$DIR/sink.out" "20 <= d['filler'] <= 30" || fail "pre-roll or tail counted"
}

# A group needs an interface that takes multicast and has an address: one end of a veth.
group_on() {
	lab_needs net "a network namespace"
	ip link add grp0 type veth peer name grp1
	sysctl -qw net.ipv6.conf.grp0.accept_dad=0
	ip link set grp1 up
	ip link set grp0 up
	ip addr add "$1" dev grp0
}

# The same bytes as files: exit status and counts of probe recv over them.
expect() { # STATUS EXPRESSION FILE...
	local status=$1 expression=$2 got=0
	shift 2
	cat "$@" | "$PROBE" recv --from - --expect 20 >"$DIR/verdict.out" || got=$?
	[ "$got" = "$status" ] && json "$DIR/verdict.out" "$expression" ||
		fail "$* gave $got: $(cat "$DIR/verdict.out")"
}

verdicts() {
	local f=$DIR/stream i
	"$PROBE" send --to "file:$f" --rate 1 --packets 20 >"$DIR/source.out"
	for i in 0 1; do dd if="$f" of="$f.$i" bs=13160 skip=$i count=1 status=none; done
	expect 0 "d['delivered'] == 20 and d['last'] == 19" "$f"
	[ "$(json "$DIR/source.out" "d['sha256']")" = "$(json "$DIR/verdict.out" "d['sha256']")" ] || fail "hash"
	[ "$(json "$DIR/verdict.out" "d['sha256']")" = "$(sha256sum "$f" | cut -d ' ' -f 1)" ] || fail "not SHA-256"
	expect 1 "d['lost'] == 10 and d['first'] == 10" "$f.1"
	expect 1 "d['lost'] == 10 and d['last'] == 9" "$f.0"
	expect 1 "d['duplicates'] == 20 and d['lost'] == 0" "$f" "$f"
	expect 1 "d['reordered'] == 10 and d['lost'] == 0" "$f.1" "$f.0"
	head -c 1316 /dev/zero >"$f.zero"
	expect 0 "d['foreign'] == 1 and d['delivered'] == 20" "$f.0" "$f.zero" "$f.1"
	expect 1 "d['delivered'] == 0" "$f.zero"
	"$PROBE" recv --from "file:$f" --first 5 --count 10 >"$DIR/verdict.out" || fail "a range of the numbers"
	json "$DIR/verdict.out" "d['first'] == 5 and d['last'] == 14 and d['filler'] == 10" || fail "range"
	json "$DIR/verdict.out" "d['latency_us']['p99'] <= d['latency_us']['p999'] <= d['latency_us']['max']" ||
		fail "the latencies are out of order"
	"$PROBE" recv --from "file:$f" --no-hash >"$DIR/verdict.out" || fail "without a hash"
	json "$DIR/verdict.out" "d['sha256'] == '' and d['delivered'] == 20" || fail "a hash nobody asked for"
	"$PROBE" spin --rate 100 --seconds 0.2 >"$DIR/verdict.out" || fail "the bare loop failed"
	json "$DIR/verdict.out" "0 < d['instants'] <= 1900 and 0 <= d['latency_us']['p50'] <= d['latency_us']['max']" ||
		fail "the bare loop missed instants: $(cat "$DIR/verdict.out")"
	status=0 && "$PROBE" send --to udp://127.0.0.1 --rate 1 --packets 1 2>/dev/null || status=$?
	[ "$status" = 2 ] || fail "a URL without a port gave $status"
}

case $1 in
udp4) over_udp udp://@127.0.0.1:6100 udp://127.0.0.1:6100 6100 ;;
udp6) over_udp 'udp://@[::1]:6100' 'udp://[::1]:6100' 6100 ;;
multicast4)
	group_on 10.7.7.7/24
	over_udp 'udp://@239.7.7.7:6100?miface=grp0&source=10.7.7.7' 'udp://239.7.7.7:6100?miface=grp0' 6100
	;;
multicast6)
	group_on fd00:7::7/64
	over_udp 'udp://@[ff15::77]:6100?miface=grp0' 'udp://[ff15::77]:6100?miface=grp0' 6100
	;;
fast)
	COUNT=19000 RATE=200
	over_udp udp://@127.0.0.1:6100 udp://127.0.0.1:6100 6100
	# 19,000 packets of 52.6 us: paced, not blasted, and not late by more than a quarter
	json "$DIR/source.out" "0.99 < d['seconds'] < 1.3" || fail "the source does not keep its pace"
	;;
pipe)
	"$PROBE" send --to - --packets "$COUNT" --rate 100 2>"$DIR/source.out" |
		"$PROBE" recv --from - --expect "$COUNT" >"$DIR/sink.out" || fail "not everything arrived"
	[ "$(json "$DIR/source.out" "d['sha256']")" = "$(json "$DIR/sink.out" "d['sha256']")" ] || fail "hash"
	;;
verdicts) verdicts ;;
*) fail "no case $1" ;;
esac
