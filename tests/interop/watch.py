# SPDX-License-Identifier: BSD-3-Clause
# watch.py PORT: prints, once it gets SIGINT, how the datagrams to and from a UDP port of this network
# were protected: {"to": {"clear": N, "128": N, "256": N, "nonces": N}, "from": {...}}.
# TR-06-2 section 5.1 (GRE header): bit 5 of the first byte says that a nonce follows, bit 6 of the
# second that the key has 256 bits.
import json
import signal
import socket
import sys

port = int(sys.argv[1])
ways = {way: {"clear": 0, "128": 0, "256": 0, "nonces": set()} for way in ("to", "from")}


def udp(packet):
    """Ports and payload of a UDP datagram over IPv4 or IPv6, or None."""
    v4 = packet[0] >> 4 == 4
    if packet[9 if v4 else 6] != socket.IPPROTO_UDP:
        return None
    at = (packet[0] & 15) * 4 if v4 else 40
    source, to = (int.from_bytes(packet[at + i : at + i + 2], "big") for i in (0, 2))
    return source, to, packet[at + 8 :]


def note(way, gre):
    if not gre[0] & 0x20:
        way["clear"] += 1
        return
    way["256" if gre[1] & 0x40 else "128"] += 1
    way["nonces"].add(gre[4:8])


signal.signal(signal.SIGINT, lambda *_: sys.exit(0))
raw = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))  # ETH_P_ALL
raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
print("ready", file=sys.stderr, flush=True)
try:
    while True:
        packet, (_, _, kind, _, _) = raw.recvfrom(65535)
        # over the loopback everything passes twice
        found = kind != socket.PACKET_OUTGOING and udp(packet)
        if found and port in found[:2]:
            note(ways["to" if found[1] == port else "from"], found[2])
finally:
    for way in ways.values():
        way["nonces"] = len(way["nonces"])
    print(json.dumps(ways))
