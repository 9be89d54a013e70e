# SPDX-License-Identifier: BSD-3-Clause
# oob.py hear INTERFACE...: prints "INTERFACE TEXT" for each message that libRIST's tools send out
# of band and that comes out of the interface; ends on SIGINT.
# oob.py say ADDRESS TEXT: sends one such message, whatever the route to the address.
# The message is text in an IPv4 datagram of protocol 252, identification 54321.
import selectors
import signal
import socket
import struct
import sys

PROTOCOL, IDENT = 252, 54321

if sys.argv[1] == "say":
    text = sys.argv[3].encode()
    to = socket.inet_aton(sys.argv[2])
    header = struct.pack(
        "!BBHHHBBH4s4s", 0x45, 0, 20 + len(text), IDENT, 0x4000, 64, PROTOCOL, 0, to, to
    )
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    raw.sendto(header + text, (sys.argv[2], 0))
    sys.exit()

signal.signal(signal.SIGINT, lambda *_: sys.exit())
sockets = selectors.DefaultSelector()
for name in sys.argv[2:]:
    s = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800))
    s.bind((name, 0x0800))
    sockets.register(s, selectors.EVENT_READ, name)
print("ready", file=sys.stderr, flush=True)
while True:
    for key, _ in sockets.select():
        packet, (_, _, kind, _, _) = key.fileobj.recvfrom(65535)
        if kind == socket.PACKET_OUTGOING or packet[9] != PROTOCOL:
            continue
        if packet[0] == 0x45 and struct.unpack("!HH", packet[2:6]) == (len(packet), IDENT):
            print(key.data, packet[20:].decode(errors="replace"), flush=True)
