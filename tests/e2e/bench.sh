#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The benchmark runs every case it lists, loses nothing on the way, and says so in JSON. How fast is
# no matter here: a loaded machine tells nothing about that.
set -euo pipefail
. "${TOP:-.}/scripts/lab.sh"
lab_enter "$@"
BENCH=$BUILD/app/bench/ristgate-bench

"$BENCH" --list >"$DIR/cases"
"$BENCH" --seconds 0.1 --json >"$DIR/all.json" || fail "a case failed"
"$BENCH" --seconds 0.1 --json --case rx-main-aes128 --flows 20 --payload 188 >"$DIR/flows.json" ||
	fail "many flows failed"
python3 - "$DIR" <<'EOF' || fail "what it printed is wrong"
import json, sys
at = sys.argv[1]
rows = [json.loads(line) for line in open(at + "/all.json")]
assert [r["case"] for r in rows] == open(at + "/cases").read().split()
flows = json.loads(open(at + "/flows.json").read())
for r in rows + [flows]:
    assert r["packets"] > 0 and r["pps"] > 0 and r["drops"] == 0, r
    assert r["limit"] and r["limit_pps"] > 0 and r["ratio"] > 0, r
    stages = sum(r["stages"].values())
    assert 0.5 * r["cycles_per_packet"] < stages < 2 * r["cycles_per_packet"], r
    assert abs(r["gbps"] * 1e9 / (8 * r["payload_bytes"]) / r["pps"] - 1) < 0.01, r
assert (flows["flows"], flows["payload_bytes"]) == (20, 188), flows
EOF
status=0
"$BENCH" --case nothing 2>"$DIR/usage" || status=$?
[ "$status" = 2 ] || fail "an unknown case is exit status $status"
