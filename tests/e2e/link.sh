#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The link emulator over kernel sockets: both coupled ports in both directions, adjacent source
# ports towards the far end, a group, both ends listening, and the same fate for the same seed.
# cases: v4 v6 listening group fate
set -euo pipefail
. "${TOP:-.}/scripts/lab.sh"
lab_enter "$@"
case=$1 round=0

# talk HOST FAR KIND: speaks as both ends of a link between HOST:6000 and FAR:7000. KIND is "group"
# where the far end joins one, "listening" where it speaks first.
talk() {
	timeout 20 python3 - "$@" <<-'END'
		import select, socket, sys, time

		host, far, kind = sys.argv[1:]
		v6 = ":" in host
		family = socket.AF_INET6 if v6 else socket.AF_INET

		def udp(address=None):
		    s = socket.socket(family, socket.SOCK_DGRAM)
		    s.settimeout(3)
		    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, kind == "group")
		    if address:
		        s.bind(address)
		    return s

		near = [udp(), udp()]
		if kind == "listening":
		    there = [udp(), udp()]
		    for i in (0, 1):
		        there[i].sendto(b"hello", (far, 7000 + i))
		    time.sleep(0.1)
		else:
		    there = [udp((far, 7000 + i)) for i in (0, 1)]
		if kind == "group":
		    for s in there:
		        s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
		            socket.inet_aton(far) + socket.inet_aton("127.0.0.1"))
		near_ports, got = [], []
		for i in (0, 1):
		    near[i].sendto(b"ask", (host, 6000 + i))
		    asked, source = there[i].recvfrom(100)
		    near_ports.append(source[1])
		    there[i].sendto(b"answer", source)
		    answer, source = near[i].recvfrom(100)
		    assert (asked, answer, source[1]) == (b"ask", b"answer", 6000 + i)
		if kind != "listening":
		    assert near_ports[0] % 2 == 0 and near_ports[1] == near_ports[0] + 1, near_ports
		if kind == "group": # a receiver may answer to the group, and nobody hears himself
		    there[1].setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
		    there[1].sendto(b"to all", (far, 7001))
		    assert near[1].recvfrom(100)[0] == b"to all"
		    near[0].sendto(b"once", (host, 6000))
		    assert there[0].recvfrom(100)[0] == b"once"
		    assert not select.select(near, [], [], 0.3)[0]
	END
}

# survivors: the numbers, of 200, that come through.
survivors() {
	timeout 20 python3 - <<-'END'
		import socket, time

		near, far = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
		far.bind(("127.0.0.1", 7000))
		far.settimeout(1)
		for n in range(200):
		    near.sendto(b"%d" % n, ("127.0.0.1", 6000))
		    time.sleep(0.0002)
		try:
		    while True:
		        print(int(far.recv(100)))
		except TimeoutError:
		    pass
	END
}

case $case in
v4)
	link udp://@127.0.0.1:6000 udp://127.0.0.1:7000 --delay 2
	talk 127.0.0.1 127.0.0.1 plain
	;;
v6)
	lab_needs net "an IPv6 loopback"
	link 'udp://@[::1]:6000' 'udp://[::1]:7000' --delay 2
	talk ::1 ::1 plain
	;;
listening)
	link udp://@:6000 udp://@127.0.0.1:7000 --delay 2
	talk 127.0.0.1 127.0.0.1 listening
	;;
group)
	lab_needs net "a network namespace"
	link udp://@127.0.0.1:6000 'udp://239.7.7.7:7000?miface=lo' --delay 2
	talk 127.0.0.1 239.7.7.7 group
	;;
fate)
	for seed in 5 5 6; do
		link udp://@127.0.0.1:6000 udp://127.0.0.1:7000 --loss 30/0 --delay 3 --seed $seed
		round=$((round + 1))
		survivors >"$DIR/survivors$round"
		stop link
		[ "$(json "$DIR/link.out" "d['paths'][0]['a_to_b']['forwarded']")" = "$(wc -l <"$DIR/survivors$round")" ] ||
			fail "the link says another number"
	done
	cmp "$DIR/survivors1" "$DIR/survivors2" || fail "the same seed, another fate"
	! cmp -s "$DIR/survivors1" "$DIR/survivors3" || fail "another seed, the same fate"
	exit 0
	;;
esac
stop link || fail "the link ended badly"
json "$DIR/link.out" "sum(l[k] for l in (d['paths'][0]['a_to_b'], d['paths'][0]['b_to_a'])
	for k in ('dropped', 'overflowed', 'under_way')) == 0" || fail "something got lost"
