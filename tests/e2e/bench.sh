#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The benchmark runs every case it lists, loses nothing on the way, and says so in JSON. How fast is
# no matter here: a loaded machine tells nothing about that.
set -euo pipefail
. "${TOP:-.}/scripts/lab.sh"
lab_enter "$@"
BENCH=$BUILD/app/bench/ristgate-bench

# two at a time, the longest first
"$BENCH" --list >"$DIR/cases"
xargs -P 2 -I{} sh -c '"$1" --seconds 0.1 --json --case {} >"$2/{}.case" || exit 255' - "$BENCH" "$DIR" \
	< <(tac "$DIR/cases") || fail "a case failed"
"$BENCH" --seconds 0.1 --json --case rx-main-aes128 --flows 20 --payload 188 --loss 2 --repeat 3 \
	>"$DIR/one.json" || fail "options failed"
"$BENCH" --seconds 0.1 --json --micro >"$DIR/micro.json" || fail "--micro failed"
python3 - "$DIR" <<'END' || fail "what it printed is wrong"
import json, sys
at = sys.argv[1]
def read(name):
    return [json.loads(line) for line in open(at + "/" + name)]
names = open(at + "/cases").read().split()
rows = [r for name in names for r in read(name + ".case")]
assert list(dict.fromkeys(r["case"] for r in rows)) == names
def of(case):
    return [r for r in rows if r["case"] == case]
assert [r["flows"] for r in of("flows")] == [1, 100, 1000, 10000]
assert [r["loss_percent"] for r in of("loss")] == [0, 1, 10]
assert [r["outputs"] for r in of("fanout-100")] == [1, 100]
one, = read("one.json")
assert (one["flows"], one["payload_bytes"], one["loss_percent"]) == (20, 188, 2), one
for r in [r for r in rows if r["case"] != "memory"] + [one]:
    assert r["packets"] > 0 and r["pps"] > 0 and r["cycles_per_packet"] > 0, r
    assert r["limit"] and r["limit_pps"] > 0, r
    assert abs(r["gbps"] * 1e9 / (8 * r["payload_bytes"]) / r["pps"] - 1) < 0.01, r
    if "stages" in r:
        assert r["ratio"] > 0, r
        assert 0.5 < sum(r["stages"].values()) / r["cycles_per_packet"] < 2, r
    if r["loss_percent"] == 0 and r["case"] != "latency":
        assert r["lost"] == 0, r
late, = of("latency")
assert late["p50_ns"] <= late["p99_ns"] <= late["p999_ns"], late
assert 0 < late["spin_p50_ns"] <= late["spin_p99_ns"] <= late["spin_p999_ns"], late
memory, = of("memory")
assert 0 < memory["slot_bytes"] < memory["flow_bytes"] < memory["stream_bytes"], memory
micro = read("micro.json")
assert len(micro) >= 20 and all(m["micro"] and m["ns"] > 0 for m in micro), micro
END
# a gateway in another process: how much of it comes back is the machine's affair, that it does is ours
memif=net_memif0,socket-abstract=no,socket=$DIR/memif,role=
dpdk gate "$GATE" --vdev="${memif}server" -- --port wan,net_memif0,10.9.0.2/24 --stats 0.2 --stats-file "$DIR/gate.json" \
	--stream 'rist://@10.9.0.2:1024?profile=main&secret=ristgate-bench&aes-type=256&buffer=50 -> udp://10.9.0.9:42000'
ready gate
dpdk source "$BENCH" --vdev="${memif}client" -- --generate net_memif0 --rate 0.02 --seconds 1
finish source || fail "the generator failed"
json "$DIR/source.out" "d['sent'] > 1000 and d['lost'] < d['sent'] / 2" || fail "little came back: $(cat "$DIR/source.out")"
stop gate || fail "the gateway failed"
status=0
"$BENCH" --flows 0 2>"$DIR/usage" || status=$?
[ "$status" = 2 ] || fail "no flows are exit status $status"
grep -q 'flows: "0" is not a number from 1 to 10000' "$DIR/usage" || fail "not named: $(cat "$DIR/usage")"
