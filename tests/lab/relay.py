"""relay.py LEFT RIGHT PERCENT SEED - a lossy link where the kernel has no netem: frames pass between two interfaces, some do not.

PACKET_VNET_HDR carries checksum and segmentation offload state along, so that frames arrive as they were sent."""
import random
import select
import socket
import sys

SOL_PACKET, PACKET_VNET_HDR, PACKET_OUTGOING = 263, 15, 4


def port(name):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    s.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
    s.bind((name, 3))
    return s


def main():
    left, right = port(sys.argv[1]), port(sys.argv[2])
    percent, rng = float(sys.argv[3]), random.Random(sys.argv[4])
    other = {left: right, right: left}
    while True:
        for s in select.select([left, right], [], [])[0]:
            data, address = s.recvfrom(70000)
            arp_or_ndp = data[22:24] == b"\x08\x06"
            if address[2] == PACKET_OUTGOING or (not arp_or_ndp and rng.random() * 100 < percent):
                continue
            try:
                other[s].send(data)
            except OSError:
                pass  # a frame the other side cannot take is one more lost


main()
