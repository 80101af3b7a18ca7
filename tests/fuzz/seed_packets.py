#!/usr/bin/env python3
"""Write the seeds of fuzz_decode, fuzz_defrag and fuzz_pcapfile beside this file. Run again after a change; they are committed."""
import gzip
import pathlib
import struct
import subprocess

HERE = pathlib.Path(__file__).parent / "seed"
A4, B4 = bytes([192, 0, 2, 1]), bytes([198, 51, 100, 2])
A6, B6 = bytes.fromhex("20010db8" + 11 * "00" + "01"), bytes.fromhex("20010db8" + 11 * "00" + "02")


def write(target, name, data):
    (HERE / target).mkdir(parents=True, exist_ok=True)
    (HERE / target / name).write_bytes(data)


def ip4(proto, body, options=b"", position=0, ident=1):
    words = 5 + len(options) // 4
    total = 4 * words + len(body)
    return struct.pack(">BBHHHBBH", 0x40 | words, 0, total, ident, position, 64, proto, 0) + A4 + B4 + options + body


def ip6(proto, body):
    return struct.pack(">IHBB", 6 << 28, len(body), proto, 64) + A6 + B6 + body


def tcp(flags=2, options=b"", data=b""):
    return struct.pack(">HHIIBBHI", 4321, 443, 1, 2, (5 + len(options) // 4) << 4, flags, 8192, 0) + options + data


def udp(src, dst, data=b""):
    return struct.pack(">HHHH", src, dst, 8 + len(data), 0) + data


def eth(kind, body):
    return b"\2" * 12 + struct.pack(">H", kind) + body


def decode_seeds():
    syn = ip4(6, tcp(2, bytes.fromhex("020405b40103030704020101")))
    ack6 = ip6(6, tcp(0x18, bytes.fromhex("0101080a0000000100000002"), b"GET / HTTP/1.1\r\n\r\n"))
    inner = eth(0x0800, syn)
    seeds = {
        "ethernet-syn": (1, eth(0x0800, syn)),
        "ethernet-padded": (1, eth(0x0800, syn) + bytes(6)),
        "ethernet-ipv6": (1, eth(0x86DD, ack6)),
        "qinq": (1, eth(0x88A8, struct.pack(">HHHH", 100, 0x8100, 200, 0x0800) + syn)),
        "mpls-pseudowire": (1, eth(0x8847, struct.pack(">III", 0x64040, 0x64140, 0) + inner)),
        "pppoe": (1, eth(0x8864, struct.pack(">HHHH", 0x1100, 7, len(syn) + 2, 0x21) + syn)),
        "snap": (1, b"\2" * 12 + struct.pack(">H", 8 + len(syn)) + bytes.fromhex("aaaa030000000800") + syn),
        "arp": (1, eth(0x0806, bytes(28))),
        "raw-options": (101, ip4(6, tcp(), bytes.fromhex("8307040000000001"))),
        "null": (0, struct.pack("<I", 2) + syn),
        "loop": (108, struct.pack(">I", 30) + ack6),
        "ppp": (9, bytes.fromhex("ff030021") + syn),
        "chdlc": (104, bytes.fromhex("0f000800") + syn),
        "cooked": (113, struct.pack(">HHH8sH", 0, 1, 6, bytes(8), 0x0800) + syn),
        "cooked2": (276, struct.pack(">HHIHBB8s", 0x86DD, 0, 2, 1, 0, 6, bytes(8)) + ack6),
        "snapped": (101 | 0x8000, syn[:38]),
        "extensions": (229, ip6(0, bytes.fromhex("3c00010400000000" "2b00010400000000" "06020200") + bytes(20) + tcp())),
        "fragment6": (229, ip6(44, struct.pack(">BBHI", 17, 0, 1, 9) + udp(53, 5353, bytes(16)))),
        "unreachable": (228, ip4(1, struct.pack(">BBHI", 3, 3, 0, 0) + ip4(17, udp(161, 5000)))),
        "unreachable6": (229, ip6(58, struct.pack(">BBHI", 1, 4, 0, 0) + ip6(60, bytes.fromhex("0600010400000000") + tcp()))),
        "echo": (228, ip4(1, struct.pack(">BBHHH", 8, 0, 0, 77, 1) + bytes(32))),
        "sctp": (228, ip4(132, struct.pack(">HHII", 2905, 2906, 1, 0))),
        "gre": (228, ip4(47, struct.pack(">HHIII", 0xB000, 0x6558, 0, 1, 2) + inner)),
        "pptp": (228, ip4(47, struct.pack(">HHII", 0x3001, 0x880B, 1, 2) + bytes.fromhex("ff030021") + syn)),
        "erspan2": (228, ip4(47, struct.pack(">HHIII", 0x1000, 0x88BE, 1, 0x10640001, 0) + inner)),
        "erspan3": (228, ip4(47, struct.pack(">HHIIII", 0x1000, 0x22EB, 1, 0x20640001, 2, 1) + bytes(8) + inner)),
        "ipip4": (228, ip4(4, ip4(4, ip4(4, ip4(4, syn))))),
        "sixinfour": (228, ip4(41, ack6)),
        "vxlan": (228, ip4(17, udp(5555, 4789, struct.pack(">II", 0x08000000, 100 << 8) + inner))),
        "geneve": (228, ip4(17, udp(5555, 6081, struct.pack(">HHII", 0x0100, 0x6558, 100 << 8, 0) + inner))),
        "teredo": (228, ip4(17, udp(3544, 4000, struct.pack(">IHH", 1 << 16, 0, 0) + bytes(5) + struct.pack(">HHI", 0, 1, 2)
                            + ack6.replace(A6, bytes.fromhex("20010000") + A6[4:])))),
    }
    for name, (link, frame) in seeds.items():
        write("decode", name, struct.pack(">H", link) + frame)


def row(units, length, more, ident=1, v6=0, value=7, ms=0, snapped=0, source=0):
    return struct.pack(">BBHHBB", v6 | more << 1 | snapped << 2 | source << 4, ident, units, length, ms, value)


def defrag_seeds():
    for v6 in (0, 1):
        two = [row(0, 24, 1, v6=v6), row(3, 9, 0, v6=v6)]
        rows = {
            "whole": two,
            "backwards": two[::-1],
            "repeated": [two[0], *two],
            "overlap": [two[0], row(2, 16, 1, v6=v6, value=8), two[1]],
            "two-ends": [two[1], row(5, 8, 0, v6=v6), two[0]],
            "timeout": [two[0], *[row(9, 8, 1, ident=2, v6=v6, ms=255)] * 5, two[1]],
            "full": [row(0, 8, 1, ident=i, v6=v6) for i in range(8)],
            "full-memory": [row(256 * i, 8, 1, ident=i % 3, v6=v6, source=i % 3) for i in range(32)] * 2,
            "snapped": [row(0, 24, 1, v6=v6, snapped=1), two[1]],
            "far": [row(8191, 7, 0, v6=v6), row(8191, 100, 0, v6=v6), two[0]],
        }
        for name, seed in rows.items():
            write("defrag", f"{name}-{6 if v6 else 4}", b"\0" + b"".join(seed))
    inner = ip4(17, udp(53, 5353, bytes(40)))
    halves = [ip4(17, inner[20:44], position=0x2000, ident=5), ip4(17, inner[44:], position=3, ident=5)]
    outer = []
    for i, half in enumerate(halves):
        outer += [ip4(4, half[:24], position=0x2000, ident=6 + i), ip4(4, half[24:], position=3, ident=6 + i)]
    nested = ip6(44, struct.pack(">BBHI", 44, 0, 1, 1) + struct.pack(">BBHI", 17, 0, 1, 2))
    rest = ip6(44, struct.pack(">BBHI", 44, 0, 8, 1) + bytes(8))
    for name, packets in {"raw-tunnel": outer, "raw-nested6": [nested, rest]}.items():
        write("defrag", name, b"\1" + b"".join(struct.pack(">H", len(p)) + p for p in packets))


def pcap(order, magic, packets, snaplen=65535):
    out = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, snaplen, 1)
    for i, data in enumerate(packets):
        out += struct.pack(order + "IIII", 1000 + i, 5, len(data), len(data)) + data
    return out


def block(order, kind, body):
    body += bytes(-len(body) % 4)
    return struct.pack(order + "II", kind, 12 + len(body)) + body + struct.pack(order + "I", 12 + len(body))


def section(order):
    return block(order, 0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1))


def pcapng(order, blocks):
    return section(order) + b"".join(block(order, kind, body) for kind, body in blocks)


def pcapfile_seeds():
    packets = [eth(0x0800, ip4(6, tcp())), eth(0x0806, bytes(28)), b""]
    plain = pcap("<", 0xA1B2C3D4, packets)
    write("pcapfile", "pcap-le", plain)
    write("pcapfile", "pcap-be", pcap(">", 0xA1B2C3D4, packets))
    write("pcapfile", "pcap-ns-le", pcap("<", 0xA1B23C4D, packets))
    write("pcapfile", "pcap-ns-be", pcap(">", 0xA1B23C4D, packets))
    write("pcapfile", "pcap-empty", plain[:24])
    write("pcapfile", "pcap-cut", plain[:-20])
    write("pcapfile", "pcap-long", plain + struct.pack("<IIII", 1, 1, 1 << 20, 1 << 20))
    write("pcapfile", "empty", b"")
    write("pcapfile", "text", b"this is no capture\n")
    for order, name in (("<", "le"), (">", "be")):
        idb = (1, struct.pack(order + "HHI", 1, 0, 96))
        timed = (1, struct.pack(order + "HHIHHBBBBHHqI", 101, 0, 0, 9, 1, 9, 0, 0, 0, 14, 8, 100, 0))
        epb = (6, struct.pack(order + "IIIII", 0, 1, 2, len(packets[0]), len(packets[0])) + packets[0])
        epb1 = (6, struct.pack(order + "IIIII", 1, 1, 2, 20, 20) + ip4(253, b""))
        spb = (3, struct.pack(order + "I", 60) + packets[0])
        old = (2, struct.pack(order + "HHIIII", 0, 0, 1, 3, 20, 20) + bytes(20))
        isb = (5, struct.pack(order + "IIIHHQI", 0, 0, 0, 5, 8, 3, 0))
        whole = pcapng(order, [idb, timed, epb, epb1, spb, isb, old, (77, b"x" * 8)])
        write("pcapfile", f"pcapng-{name}", whole)
        write("pcapfile", f"pcapng-cut-{name}", whole[:-7])
    write("pcapfile", "pcapng-sections", pcapng("<", [(1, struct.pack("<HHI", 1, 0, 0))]) + pcapng(">", [(1, struct.pack(">HHI", 1, 0, 0))]))
    write("pcapfile", "pcapng-no-interface", pcapng("<", [(6, struct.pack("<IIIII", 0, 0, 0, 0, 0))]))
    packed = gzip.compress(plain, mtime=0)
    write("pcapfile", "gzip", packed)
    write("pcapfile", "gzip-members", gzip.compress(plain[:50], mtime=0) + gzip.compress(plain[50:], mtime=0) + bytes(4))
    write("pcapfile", "gzip-cut", packed[:-12])
    zstd = subprocess.run(["zstd", "-q", "-c"], input=plain, capture_output=True, check=True).stdout
    write("pcapfile", "zstd", zstd)
    write("pcapfile", "zstd-frames", struct.pack("<II", 0x184D2A50, 3) + b"abc" + zstd + zstd[:-5])


decode_seeds()
defrag_seeds()
pcapfile_seeds()
