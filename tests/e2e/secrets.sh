#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A passphrase is in no output of the program and on no command line that others can read.
set -euo pipefail
. "${TOP:-.}/scripts/lab.sh"
lab_enter "$@"

key=correct-horse-battery
url="rist://127.0.0.1:7001?secret=$key&aes-type=256"

hidden() { # FILE...
	! grep -qF -- "$key" "$@" || fail "the passphrase is in $*"
}

# The program reads its arguments, overwrites them, and waits for the rest of its file.
mkfifo "$DIR/late.yaml"
spawn late "$GATE" --check-config -f "$DIR/late.yaml" --stream "udp://@127.0.0.1:7000 -> $url" \
	"--stream=b: - -> $url"
masked() {
	tr '\0' ' ' <"/proc/${pids[late]}/cmdline" >"$DIR/cmdline"
	grep -qF 'secret=***' "$DIR/cmdline"
}
until_true 5 masked || fail "the command line is not overwritten: $(cat "$DIR/cmdline")"
hidden "$DIR/cmdline"
grep -qF -- '-f ' "$DIR/cmdline" || fail "other arguments are gone: $(cat "$DIR/cmdline")"
echo 'stats: {interval: 1}' >"$DIR/late.yaml"
finish late || true
hidden "$DIR/late.log" "$DIR/late.out"

# Whatever is wrong beside it.
n=0
mistake() {
	n=$((n + 1))
	timeout 10 "$GATE" --check-config "$@" >"$DIR/mistake.$n" 2>&1 && fail "ristgate $*: is taken"
	hidden "$DIR/mistake.$n"
}
mistake --stream "udp://@127.0.0.1:7000 -> $url&profile=simple"
mistake --stream "udp://@127.0.0.1:7000 -> $url&bufer=3"
mistake --stream "udp://@127.0.0.1:7000 -> $url&$key"
mistake --stream "udp://@127.0.0.1:7000 -> rist://127.0.0.1:7001&secret=$key"
mistake --stream "$url"
mistake "$url"
mistake "--streem=$url"
mistake --stream "- -> $url" --stats "secret=$key"
mistake -f "$DIR/none.yaml" --stream "- -> $url"

# Files: the mode, the first line.
(umask 077 && printf '%s\nsecond\n' "$key" >"$DIR/key")
with_file="udp://@127.0.0.1:7000 -> rist://127.0.0.1:7001?secret-file=$DIR/key"
"$GATE" --check-config --stream "$with_file" >"$DIR/file.log" 2>&1 || true
! grep -qF secret-file "$DIR/file.log" || fail "a private file is refused: $(cat "$DIR/file.log")"
hidden "$DIR/file.log"
chmod 644 "$DIR/key"
mistake --stream "$with_file"
grep -qF "chmod" "$DIR/mistake.$n" || fail "no remedy: $(cat "$DIR/mistake.$n")"
