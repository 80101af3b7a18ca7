"""sender.py SPEC.json - packets with forged sources, at a stated rate, from a seed.

Sources come from one prefix of the benchmark and documentation ranges, and from nowhere else: main() refuses others."""
import ipaddress
import json
import random
import socket
import struct
import sys
import time

ALLOWED = [ipaddress.ip_network("198.18.0.0/15"), ipaddress.ip_network("2001:db8::/32")]


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


def sealed(src, dst, proto, segment, at):
    """The segment with its checksum (pseudo header included) written at offset at."""
    length = struct.pack("!I", len(segment)) + b"\0\0\0" + bytes([proto]) if len(src) == 16 else struct.pack("!BBH", 0, proto, len(segment))
    value = checksum(src + dst + length + segment)
    return segment[:at] + struct.pack("!H", value or 0xFFFF) + segment[at + 2:]


def ip4(src, dst, proto, body, ident, fragment=0):
    return struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(body), ident, fragment, 60, proto, 0, src, dst) + body


def ip6(src, dst, proto, body):
    return struct.pack("!IHBB16s16s", 6 << 28, len(body), proto, 60, src, dst) + body


def packet(spec, rng, i, src, dst):
    """The i-th packet, whole."""
    v6, kind = len(src) == 16, spec["kind"]
    dport = spec["dports"][i % len(spec["dports"])]
    sport = spec.get("sport") or 40000 + i % 20000
    wrap = (lambda p, b: ip6(src, dst, p, b)) if v6 else (lambda p, b: ip4(src, dst, p, b, rng.randrange(1, 65536)))
    if kind in ("syn", "synack"):
        flags, ack = (2, 0) if kind == "syn" else (18, rng.randrange(1 << 32))
        tcp = struct.pack("!HHIIBBHHH", sport, dport, rng.randrange(1 << 32), ack, 0x60, flags, 64240, 0, 0) + b"\2\4\5\xb4"
        return wrap(6, sealed(src, dst, 6, tcp, 16))
    if kind in ("udp", "amplified"):
        body = b"\xff\xff\x84\0" + rng.randbytes(spec["size"])  # looks like an answer to whoever speaks DNS
        return wrap(17, sealed(src, dst, 17, struct.pack("!HHHH", sport, dport, 8 + len(body), 0) + body, 6))
    if kind == "icmp":
        head = bytes([128 if v6 else 8, 0]) + struct.pack("!HHH", 0, spec["ident"], i & 0xFFFF) + rng.randbytes(spec["size"])
        if v6:
            return wrap(58, sealed(src, dst, 58, head, 2))
        return wrap(1, head[:2] + struct.pack("!H", checksum(head)) + head[4:])
    if kind == "fragment":  # never the first one: nothing can be put together, and nobody answers
        body = rng.randbytes(spec["size"] // 8 * 8)
        offset = 185 + i % 7 * 10
        if v6:
            return ip6(src, dst, 44, struct.pack("!BBHI", 17, 0, offset << 3 | 1, rng.randrange(1 << 32)) + body)
        return ip4(src, dst, 17, body, rng.randrange(1, 65536), 0x2000 | offset)
    raise ValueError(kind)


def main():
    with open(sys.argv[1]) as f:
        spec = json.load(f)
    prefix = ipaddress.ip_network(spec["forged"])
    if not any(prefix.version == a.version and prefix.subnet_of(a) for a in ALLOWED):
        sys.exit("sources outside the benchmark and documentation ranges")
    rng = random.Random(spec["seed"])
    family = socket.AF_INET6 if prefix.version == 6 else socket.AF_INET
    s = socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_RAW)
    base, bits = int(prefix.network_address), prefix.max_prefixlen - prefix.prefixlen
    sources = [(base + rng.randrange(1, 1 << bits)).to_bytes(prefix.max_prefixlen // 8, "big") for _ in range(spec["sources"])]
    dst = ipaddress.ip_address(spec["dst"]).packed
    packets = [packet(spec, rng, i, sources[i % len(sources)], dst) for i in range(spec["count"])]
    start = time.monotonic()
    for i, data in enumerate(packets):
        if i % 16 == 0:
            ahead = start + i / spec["rate"] - time.monotonic()
            if ahead > 0:
                time.sleep(ahead)
        try:
            s.sendto(data, (spec["dst"], 0))
        except OSError:
            time.sleep(0.002)


main()
