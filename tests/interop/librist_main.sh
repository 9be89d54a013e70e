#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# libRIST on either side of ristgate, Main profile, over a lossy link. `send` is libRIST's sender,
# `receive` its receiver. 128-256: the sender has keys of 128 bits, the receiver of 256; called: the
# sender listens and the receiver calls. Behind ristgate's receiver every packet counts, the first
# and the last; behind a foreign one only what comes after its start-up, and packets nobody counts
# follow a foreign sender, which does not repeat its last.
# cases: send-0 send-10 send-128-256 send-256-128 send-rotation send-npd send-called send-v6 receive-0 receive-10 receive-128-256 receive-256-128 receive-rotation receive-npd receive-called
set -euo pipefail
. "${TOP:-.}/scripts/lab.sh"
lab_enter "$@"
COUNT=1000
case=$1
host=127.0.0.1 foreign=127.0.0.1 loss=10
sender_bits=clear receiver_bits=clear # how they protect what they send,
n_keys=0 # and under how many keys at least the sender does
sender_keys=buffer=1000 receiver_keys=buffer=1000
foreign_options=() source_options=()

# encrypted SENDER-BITS RECEIVER-BITS
encrypted() {
	sender_bits=$1 receiver_bits=$2 n_keys=1
	sender_keys+="&secret=interop&aes-type=$1" receiver_keys+="&secret=interop&aes-type=$2"
}

case $case in
*-0) loss=0 ;;
*-128-256) encrypted 128 256 ;;
*-256-128) encrypted 256 128 ;;
*-rotation) encrypted 256 256 && n_keys=3 sender_keys+='&key-rotation=500' ;;
send-npd) encrypted 128 128 && source_options=(--nulls 60) foreign_options=(-n) ;;
receive-npd) encrypted 128 128 && source_options=(--nulls 60) sender_keys+='&npd=1' ;;
*-called) encrypted 128 128 ;;
*-v6) host='[::1]' foreign=localhost6 && lab_needs net "a name of the IPv6 loopback" ;;
esac
case $case in
*-called) sender="rist://@$host:7000" receiver="rist://$host:6000" out=from back=to ;;
*) sender="rist://$foreign:6000" receiver="rist://@$host:7000" out=to back=from ;;
esac
sender+="?$sender_keys" receiver+="?$receiver_keys"

# protected WAY BITS KEYS: to or from port 7000 everything was encrypted so.
protected() {
	json "$DIR/watch.out" "(lambda w: w['$2'] > 0 and w['nonces'] >= $3 and
		sum(w.values()) == w['$2'] + w['nonces'])(d['$1'])" ||
		fail "$1 the listener not all is $2 under $3 keys: $(cat "$DIR/watch.out")"
}

lab_needs net "a raw socket"
spawn watch python3 "$TOP/tests/interop/watch.py" 7000
ready watch
link "udp://@$host:6000" "udp://$host:7000" --ports 1 --loss "$loss" --delay 20 --jitter 2
sink udp://@127.0.0.1:8000
case $case in
send-*)
	gate gate --stream "$receiver -> udp://127.0.0.1:8000"
	spawn foreign ristsender -p 1 ${foreign_options[@]+"${foreign_options[@]}"} -i udp://@127.0.0.1:5000 -o "$sender"
	listening foreign 5000
	;;
receive-*)
	spawn foreign ristreceiver -p 1 -i "$receiver" -o udp://127.0.0.1:8000
	gate gate --stream "udp://@127.0.0.1:5000 -> $sender"
	source_options+=(--preroll 100)
	;;
esac
# libRIST throws away what comes before it has met the other side; who listens answers only.
until_true 30 crossed 0 b_to_a 5 || fail "the two do not meet"
source_to udp://127.0.0.1:5000 --tail 100 "${source_options[@]}"
all_arrived
stop foreign gate link watch
protected "$out" "$sender_bits" "$n_keys"
protected "$back" "$receiver_bits" $((n_keys > 0))
if [[ $case == *-npd ]]; then
	json "$DIR/link.out" "d['paths'][0]['a_to_b']['received_bytes'] < 0.8 * $(json "$DIR/source.out" "d['bytes']")" ||
		fail "null packets crossed the link: $(tail -n 1 "$DIR/link.out")"
fi
