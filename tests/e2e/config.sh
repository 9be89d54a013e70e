#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# What cannot run is refused with exit status 2 and a sentence that names the fault.
set -euo pipefail
. "${TOP:-.}/scripts/lab.sh"
lab_enter "$@"

# refused WORD ARGUMENT...: the reason on stderr has that word.
refused() {
	local word=$1 status=0
	shift
	timeout 10 "$GATE" "$@" >"$DIR/refused.log" 2>&1 || status=$?
	[ "$status" = 2 ] || fail "ristgate $*: exit status $status"
	grep -qF -- "$word" "$DIR/refused.log" || fail "ristgate $*: does not name $word: $(cat "$DIR/refused.log")"
}
ok='udp://@127.0.0.1:5000 -> rist://127.0.0.1:7000?profile=simple'

refused usage
refused --no-such --no-such
refused bufer --stream 'udp://@127.0.0.1:5000 -> rist://127.0.0.1:7000?profile=simple&bufer=500'
refused profile --stream 'udp://@127.0.0.1:5000 -> rist://127.0.0.1:7000?profile=4'
refused profile=main --stream 'udp://@127.0.0.1:5000 -> rist://127.0.0.1:7000?profile=advanced'
refused 'secret: ' --stream 'udp://@127.0.0.1:5000 -> rist://127.0.0.1:7000?profile=simple&secret=x'
refused aes-type --stream 'udp://@127.0.0.1:5000 -> rist://127.0.0.1:7001?aes-type=128'
refused npd --stream 'udp://@127.0.0.1:5000 -> rist://127.0.0.1:7000?profile=simple&npd=1'
refused even --stream 'udp://@127.0.0.1:5000 -> rist://127.0.0.1:7001?profile=simple'
refused '' --stream 'udp://@127.0.0.1:5000'
refused http --stream 'http://127.0.0.1:5000 -> rist://127.0.0.1:7000?profile=simple'
refused no-such.example.invalid --stream 'udp://@127.0.0.1:5000 -> rist://no-such.example.invalid:7000?profile=simple'
refused /nowhere/file.yaml -f /nowhere/file.yaml
refused wan --port wan,net_af_packet0,10.9.0.1/33 --stream "$ok"

printf 'streams:\n  - name: a\n    inputs: [{url: "udp://@127.0.0.1:5000"}]\n    outputs:\n      - {url: "rist://127.0.0.1:7000?profile=simple", bufer: 3}\n' >"$DIR/bad.yaml"
refused "bad.yaml:5: " -f "$DIR/bad.yaml"
sed 's/, bufer: 3//' "$DIR/bad.yaml" >"$DIR/good.yaml"
"$GATE" --check-config -f "$DIR/good.yaml" >"$DIR/good.log" 2>&1 || fail "a good file is refused: $(cat "$DIR/good.log")"
"$GATE" --help >/dev/null
