#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Files and pipes as stream ends: the sender plays the file at the pace of its clock references and
# ends by itself, and what the receiver wrote is the same file.
# cases: file pipe
set -euo pipefail
. "${TOP:-.}/scripts/lab.sh"
lab_enter "$@"
keys='profile=simple&buffer=2000'
"$PROBE" send --to "file:$DIR/in.ts" --packets 1500 --rate 5 >"$DIR/source.out"
link udp://@127.0.0.1:6000 udp://127.0.0.1:7000 --loss 10 --delay 10

case $1 in
file)
	gate b --stream "rist://@127.0.0.1:7000?$keys -> file:$DIR/out.ts"
	spawn a "$GATE" --stream "file:$DIR/in.ts -> rist://127.0.0.1:6000?$keys"
	;;
pipe)
	gate b --stream "rist://@127.0.0.1:7000?$keys -> -"
	ln -s b.out "$DIR/out.ts"
	spawn a bash -c "exec '$GATE' --stream '- -> rist://127.0.0.1:6000?$keys' <'$DIR/in.ts'"
	;;
esac
finish a || fail "the sender did not end well"
stop b || fail "the receiver did not end well"
cmp "$DIR/in.ts" "$DIR/out.ts"
