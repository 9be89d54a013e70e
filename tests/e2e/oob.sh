#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# IP packets and an operator's messages beside an encrypted stream, both ways: ping, TCP and UDP go
# through the tunnel, commands reach the other side, and a flood into it costs the stream nothing.
# cases: sockets dpdk
set -euo pipefail
. "${TOP:-.}/scripts/lab.sh"
lab_enter "$@"
lab_needs net "a network namespace"
[ -w /dev/net/tun ] || {
	echo "needs /dev/net/tun, which this machine lacks"
	exit 77
}
COUNT=4500 RATE=10

cat >"$DIR/ip.py" <<'END'
import hashlib, os, socket, struct, sys, threading, time

def family(host):
    return socket.AF_INET6 if ":" in host else socket.AF_INET

def ping(host, count):  # no ping program is needed; the kernel fills in ICMPv6's checksum
    v6 = ":" in host
    proto = socket.IPPROTO_ICMPV6 if v6 else socket.IPPROTO_ICMP
    s = socket.socket(family(host), socket.SOCK_RAW, proto)
    s.settimeout(2)
    s.connect((host, 0))
    for i in range(count):
        body = struct.pack("!HH", os.getpid() & 0xFFFF, i) + os.urandom(800)
        head = struct.pack("!BBH", 128 if v6 else 8, 0, 0)
        if not v6:
            n = sum(struct.unpack("!%dH" % ((len(body) + 4) // 2), head + body))
            n = (n & 0xFFFF) + (n >> 16)
            head = struct.pack("!BBH", 8, 0, ~(n + (n >> 16)) & 0xFFFF)
        s.send(head + body)
        while True:
            got = s.recv(2000)
            got = got if v6 else got[(got[0] & 15) * 4:]
            if got[0] == (129 if v6 else 0) and got[4:] == body:
                break

def echo(host):  # what comes over TCP or UDP goes back
    t = socket.create_server((host, 7), family=family(host))
    u = socket.socket(family(host), socket.SOCK_DGRAM)
    u.bind((host, 7))
    def tcp():
        while True:
            c, _ = t.accept()
            while True:
                b = c.recv(65536)
                if not b:
                    break
                c.sendall(b)
            c.close()
    threading.Thread(target=tcp, daemon=True).start()
    print("ready", file=sys.stderr, flush=True)
    while True:
        b, peer = u.recvfrom(2000)
        u.sendto(b, peer)

def tcp(host, count):
    data = os.urandom(count)
    s = socket.create_connection((host, 7), 10)
    s.settimeout(10)
    threading.Thread(target=lambda: (s.sendall(data), s.shutdown(socket.SHUT_WR))).start()
    got = b""
    while True:
        b = s.recv(65536)
        if not b:
            break
        got += b
    assert hashlib.sha256(got).digest() == hashlib.sha256(data).digest(), "the bytes differ"

def udp(host, count):  # nobody sends again what is lost: most must come
    s = socket.socket(family(host), socket.SOCK_DGRAM)
    s.connect((host, 7))
    s.settimeout(1)
    sent = [os.urandom(1300) for _ in range(count)]
    came = set()
    def hear():
        try:
            while len(came) < count:
                came.add(s.recv(2000))
        except TimeoutError:
            pass
    t = threading.Thread(target=hear)
    t.start()
    for b in sent:
        s.send(b)
        time.sleep(0.003)
    t.join()
    n = len(came & set(sent))
    assert n > count * 3 // 4, "%d of %d came back" % (n, count)

def flood(host, seconds):
    s = socket.socket(family(host), socket.SOCK_DGRAM)
    s.connect((host, 9))
    end = time.monotonic() + seconds
    b = bytes(200)
    while time.monotonic() < end:
        for _ in range(64):
            try:
                s.send(b)
            except OSError:
                pass  # the closed port answers

globals()[sys.argv[1]](sys.argv[2], *map(int, sys.argv[3:]))
END

# through NS COMMAND...: a command of the above in a namespace.
through() {
	ip netns exec "$1" python3 "$DIR/ip.py" "${@:2}"
}

# operator NAME: a gateway program whose console is the pipe $DIR/NAME.in.
operator() {
	mkfifo "$DIR/$1.in"
	printf '#!/bin/sh\nexec "%s" "$@" -i <"%s"\n' "$GATE" "$DIR/$1.in" >"$DIR/gate-$1"
	chmod +x "$DIR/gate-$1"
}
operator a && operator b
exec 8<>"$DIR/a.in" 9<>"$DIR/b.in"
log_has() { # NAME TEXT
	grep -qF -- "$2" "$DIR/$1.log"
}

ip netns add a && ip netns add b
for n in a b; do ip -n "$n" link set lo up; done
veth a a0 b b0
(umask 077 && echo "correct horse battery staple" >"$DIR/key")
keys="buffer=1000&bandwidth=20000&secret-file=$DIR/key&aes-type=256&oob=tap:oob0"
from="cam1: udp://@127.0.0.1:5000 -> rist://10.9.0.2:7000?$keys"
to="cam1: rist://@10.9.0.2:7000?$keys -> udp://127.0.0.1:8000"
stats=(--stats 0.2 --stats-file)
if [ "$1" = sockets ]; then
	ip -n a addr add 10.9.0.1/24 dev a0 && ip -n b addr add 10.9.0.2/24 dev b0
	NS=b spawn b "$DIR/gate-b" --stream "$to" "${stats[@]}" "$DIR/b.json"
	NS=a spawn a "$DIR/gate-a" --stream "$from" "${stats[@]}" "$DIR/a.json"
else
	NS=b dpdk b "$DIR/gate-b" --vdev=net_af_packet0,iface=b0 -- \
		--port wan,net_af_packet0,10.9.0.2/24 --stream "$to" "${stats[@]}" "$DIR/b.json"
	NS=a dpdk a "$DIR/gate-a" --vdev=net_af_packet0,iface=a0 -- \
		--port wan,net_af_packet0,10.9.0.1/24 --stream "$from" "${stats[@]}" "$DIR/a.json"
fi
ready a && ready b
ip -n a addr add 10.66.0.1/24 dev oob0 && ip -n b addr add 10.66.0.2/24 dev oob0
ip -n a addr add fd66::1/64 dev oob0 nodad && ip -n b addr add fd66::2/64 dev oob0 nodad
until_true 30 json "$DIR/a.json" "any(p['alive'] for p in d['outputs'][0]['peers'])" || fail "the gateways do not meet"

NS=b sink udp://@127.0.0.1:8000
NS=a spawn source "$PROBE" send --to udp://127.0.0.1:5000 --packets "$COUNT" --rate "$RATE"
# A flood both ways, while the stream runs.
for n in 1 2 3; do
	NS=a spawn flood$n python3 "$DIR/ip.py" flood 10.66.0.2 2
done
NS=b spawn back python3 "$DIR/ip.py" flood fd66::1 2
for n in flood1 flood2 flood3 back; do finish $n || fail "the flood broke off"; done
alive source || fail "the stream ended before the flood did"

for n in a b; do
	peer=2 && [ $n = a ] || peer=1
	through $n ping 10.66.0.$peer 3 || fail "no answer to ping from $n"
	through $n ping fd66::$peer 3 || fail "no answer to IPv6 ping from $n"
done
NS=b spawn echo4 python3 "$DIR/ip.py" echo 10.66.0.2
NS=a spawn echo6 python3 "$DIR/ip.py" echo fd66::1
ready echo4 && ready echo6
through a tcp 10.66.0.2 100000 || fail "TCP through the tunnel"
through b tcp fd66::1 100000 || fail "TCP over IPv6 through the tunnel"
through a udp 10.66.0.2 200 || fail "UDP through the tunnel"
through b udp fd66::1 200 || fail "UDP over IPv6 through the tunnel"

# Commands, and what they must not do.
echo 'oob cam1 hello "b"' >&8
echo 'oob cam1 type=0x9999 hex:00ff41' >&9
until_true 5 log_has b 'notice stream=cam1 event=oob type=0x0800 len=29 text="hello \"b\""' || fail "b hears nothing"
until_true 5 log_has a 'notice stream=cam1 event=oob type=0x9999 len=3 text="\x00\xffA"' || fail "a hears nothing"
printf 'oob cam1 type=0x88B5 x\noob cam2 x\nreload\nnonsense\n' >&8
until_true 5 log_has a '"nonsense": no such command' || fail "the console does not answer"
log_has a 'type: 0x88B5 belongs to RIST itself' || fail "a type of RIST was taken"
log_has a 'there is no "cam2"' || fail "a stream that is not there was taken"
log_has a 'secrets read again, 0 ends changed' || fail "no reload"

finish source || fail "the source could not send"
all_arrived
echo stats >&8
sleep 0.3
full=$(json "$DIR/a.json" "sum(o.get('drops', o.get('host', {}).get('drops', {})).get('oob_full', 0) for o in all[-2:])")
[ "$full" -gt 0 ] || fail "nothing of the flood was dropped and counted"
echo "$full packets of the flood gave way"

echo quit >&8 && echo quit >&9
finish a || fail "a did not end well"
finish b || fail "b did not end well"
! log_has a "did not come back" && ! log_has b "did not come back" || fail "buffers are missing"
