#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# libRIST and ristgate, Main profile, with more in a tunnel than one stream, or less: streams told
# apart by stream-id, a relay from one secret to another, out-of-band data, and what another secret
# than ours gives.
# cases: send-ids send-ids-called receive-ids relay wrong-secret oob
set -euo pipefail
. "${TOP:-.}/scripts/lab.sh"
lab_enter "$@"
COUNT=1000
b=buffer=1000
bad_link=(--ports 1 --loss 10 --delay 20 --jitter 2)
ids=(stream-id=1000 stream-id=2000)

second_sink() {
	spawn second_sink "$PROBE" recv --from udp://@127.0.0.1:8002 --count "$COUNT" --expect "$COUNT" --seconds 20
}

# both_arrived: two different streams at once, each out of its own output.
both_arrived() {
	sink udp://@127.0.0.1:8000
	second_sink
	spawn second_source "$PROBE" send --to udp://127.0.0.1:5002 --packets "$COUNT" --rate 5 --seed 2 --preroll 100 --tail 100
	source_to udp://127.0.0.1:5000 --preroll 100 --tail 100
	all_arrived
	finish second_source || fail "the second source could not send"
	finish second_sink || fail "the second stream lacks packets: $(cat "$DIR/second_sink.out")"
	[ "$(json "$DIR/second_source.out" "d['sha256']")" = "$(json "$DIR/second_sink.out" "d['sha256']")" ] ||
		fail "the second stream differs"
}

# silent NAME: that sink got nothing.
silent() {
	stop "$1" || true
	json "$DIR/$1.out" "d['delivered'] + d['filler'] + d['foreign'] == 0" || fail "$1 got $(cat "$DIR/$1.out")"
}

# libRIST throws away what comes before it has met the other side; who listens answers only.
met() {
	until_true 30 crossed "$1" b_to_a 5 || fail "the two do not meet"
}

# says NAME TEXT: that program's log has it within 2 s, or 3, as the shell counts them.
says() {
	until_true 3 grep -qs "$2" "$DIR/$1.log" || fail "$1 does not say '$2'"
}

case $1 in
send-ids) # a flow for each input, from ports of their own, which a link would make one
	gate gate --stream "rist://@127.0.0.1:7000?$b -> udp://127.0.0.1:8000?${ids[0]}, udp://127.0.0.1:8002?${ids[1]}"
	spawn foreign ristsender -p 1 -o "rist://127.0.0.1:7000?$b" \
		-i "udp://@127.0.0.1:5000?${ids[0]},udp://@127.0.0.1:5002?${ids[1]}"
	says foreign 'connected count is 2'
	both_arrived
	;;
send-ids-called) # one flow for both inputs, told apart by the virtual source port
	mode=multiplex-mode=1
	link udp://@127.0.0.1:6000 udp://127.0.0.1:7000 "${bad_link[@]}"
	spawn foreign ristsender -p 1 -o "rist://@127.0.0.1:7000?$b" \
		-i "udp://@127.0.0.1:5000?${ids[0]}&$mode,udp://@127.0.0.1:5002?${ids[1]}&$mode"
	gate gate --stream "rist://127.0.0.1:6000?$b -> udp://127.0.0.1:8000?${ids[0]}&$mode, udp://127.0.0.1:8002?${ids[1]}&$mode"
	met 0
	both_arrived
	;;
receive-ids) # of two outputs of a libRIST receiver one is meant
	spawn foreign ristreceiver -p 1 -i "rist://@127.0.0.1:7000?$b" -o "udp://127.0.0.1:8000?${ids[0]},udp://127.0.0.1:8002?${ids[1]}"
	listening foreign 7000
	link udp://@127.0.0.1:6000 udp://127.0.0.1:7000 "${bad_link[@]}"
	gate gate --stream "udp://@127.0.0.1:5000?${ids[0]} -> rist://127.0.0.1:6000?$b"
	sink udp://@127.0.0.1:8000
	second_sink
	met 0
	source_to udp://127.0.0.1:5000 --preroll 100 --tail 100
	all_arrived
	silent second_sink
	;;
relay)
	first="$b&secret=first&aes-type=128" second="$b&secret=second&aes-type=256"
	spawn receiver ristreceiver -p 1 -i "rist://@127.0.0.1:7100?$second" -o udp://127.0.0.1:8000
	listening receiver 7100
	link udp://@127.0.0.1:6000 udp://127.0.0.1:7000 "${bad_link[@]}" --path 1 \
		--a udp://@127.0.0.1:6100 --b udp://127.0.0.1:7100 "${bad_link[@]:2}"
	gate gate --stream "rist://@127.0.0.1:7000?$first -> rist://127.0.0.1:6100?$second"
	spawn foreign ristsender -p 1 -i udp://@127.0.0.1:5000 -o "rist://127.0.0.1:6000?$first"
	listening foreign 5000
	sink udp://@127.0.0.1:8000
	met 0
	met 1
	source_to udp://127.0.0.1:5000 --preroll 100 --tail 100
	all_arrived
	;;
wrong-secret) # or none, on either side: told at once, and nothing comes through
	gate gate --stream "other: rist://@127.0.0.1:7000?secret=ours -> udp://127.0.0.1:8000" \
		--stream "clear: rist://@127.0.0.1:7002?secret=ours -> udp://127.0.0.1:8000" \
		--stream "keyed: rist://@127.0.0.1:7004 -> udp://127.0.0.1:8000" \
		--stream "sender: udp://@127.0.0.1:5006 -> rist://@127.0.0.1:7006?secret=ours"
	spawn other ristsender -p 1 -i udp://@127.0.0.1:5000 -o 'rist://127.0.0.1:7000?secret=theirs&aes-type=128'
	spawn clear ristsender -p 1 -i udp://@127.0.0.1:5002 -o rist://127.0.0.1:7002
	spawn keyed ristsender -p 1 -i udp://@127.0.0.1:5004 -o 'rist://127.0.0.1:7004?secret=theirs&aes-type=256'
	spawn receiver ristreceiver -p 1 -i 'rist://127.0.0.1:7006?secret=theirs&aes-type=128' -o udp://127.0.0.1:8000
	says gate 'stream=other event=wrong-secret'
	says gate 'stream=clear event=not-encrypted'
	says gate 'stream=keyed event=encrypted'
	says gate 'stream=sender event=wrong-secret'
	sink udp://@127.0.0.1:8000
	for port in 5000 5002 5004; do listening gate $port; done
	source_to udp://127.0.0.1:5000,udp://127.0.0.1:5002,udp://127.0.0.1:5004,udp://127.0.0.1:5006
	silent sink
	;;
oob) # libRIST's listeners greet whom they meet with a message, and log those that they get
	mkfifo "$DIR/commands"
	exec 9<>"$DIR/commands"
	spawn gate bash -c 'exec "$0" -i "$@" <&9' "$GATE" --stats 0.2 --stats-file "$DIR/gate.json" \
		--stream 'in: rist://127.0.0.1:7000?secret=ours -> udp://127.0.0.1:8000' \
		--stream 'out: udp://@127.0.0.1:5002 -> rist://127.0.0.1:7002?secret=ours'
	ready gate
	spawn sender ristsender -p 1 -i udp://@127.0.0.1:5000 -o 'rist://@127.0.0.1:7000?secret=ours&aes-type=128'
	spawn receiver ristreceiver -p 1 -i 'rist://@127.0.0.1:7002?secret=ours&aes-type=128' -o udp://127.0.0.1:8002
	says gate 'stream=in event=oob type=0x0800 .*auth,127.0.0.1:'
	says gate 'stream=out event=oob type=0x0800 .*auth,127.0.0.1:'
	echo 'oob in words for the sender' >&9
	echo 'oob out words for the receiver' >&9
	says sender 'Out-of-band api data received: words for the sender'
	says receiver 'Out-of-band api data received: words for the receiver'
	;;
esac
stop gate || fail "the gateway did not end well"
