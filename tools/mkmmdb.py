#!/usr/bin/env python3
"""mkmmdb.py - write a small MaxMind DB (format 2.0, record size 28, IP version 6) from lines "prefix<TAB>values".

Usage: mkmmdb.py country|asn INPUT.tsv OUTPUT.mmdb [BUILD_EPOCH]

country: "192.0.2.0/24<TAB>DE"; the record is {"country": {"iso_code": "DE"}}
asn:     "192.0.2.0/24<TAB>64500<TAB>Example"; the record is {"autonomous_system_number", "autonomous_system_organization"}

A longer prefix overrides a shorter one, whatever the order of the lines. Lines that begin with # are left out.
Standard library only; the format is described at https://maxmind.github.io/MaxMind-DB/.
"""
import ipaddress
import struct
import sys


def control(kind, size):
    """The control byte (and what follows it) of a field of this type and size below 285."""
    extended = b"" if kind <= 7 else bytes([kind - 7])
    top = kind << 5 if kind <= 7 else 0
    if size < 29:
        return bytes([top | size]) + extended
    return bytes([top | 29]) + extended + bytes([size - 29])


def unsigned(value, kind):
    body = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return control(kind, len(body)) + body


def encode(value):
    """Data section bytes of str, dict, list, or (number, type)."""
    if isinstance(value, str):
        raw = value.encode()
        return control(2, len(raw)) + raw
    if isinstance(value, dict):
        return control(7, len(value)) + b"".join(encode(k) + encode(v) for k, v in value.items())
    if isinstance(value, list):
        return control(11, len(value)) + b"".join(encode(v) for v in value)
    return unsigned(*value)


UINT16, UINT32, UINT64 = 5, 6, 9


def records(kind, path):
    """(network as IPv6 integer, prefix length, record), shortest prefix first."""
    out = []
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            if not line.strip() or line.startswith("#"):
                continue
            prefix, *rest = line.rstrip("\n").split("\t")
            net = ipaddress.ip_network(prefix)
            length = net.prefixlen + (96 if net.version == 4 else 0)
            if kind == "country":
                record = {"country": {"iso_code": rest[0]}}
            else:
                record = {"autonomous_system_number": (int(rest[0]), UINT32),
                          "autonomous_system_organization": rest[1]}
            out.append((int(net.network_address), length, record))
    return sorted(out, key=lambda r: r[1])


def build_tree(rows):
    """Nodes [left, right]; a child is a node index, None, or ("data", n)."""
    nodes = [[None, None]]
    for bits, length, n in rows:
        at = 0
        for depth in range(length):
            bit = bits >> (127 - depth) & 1
            if depth == length - 1:
                nodes[at][bit] = ("data", n)
                break
            child = nodes[at][bit]
            if not isinstance(child, int):  # a shorter prefix's data moves down to both halves
                nodes.append([child, child])
                nodes[at][bit] = len(nodes) - 1
            at = nodes[at][bit]
    return nodes


def pack_node(left, right):
    """Two 28-bit records: 24 low bits, the two high nibbles shared in the middle byte."""
    middle = (left >> 24) << 4 | right >> 24
    return (left & 0xFFFFFF).to_bytes(3, "big") + bytes([middle]) + (right & 0xFFFFFF).to_bytes(3, "big")


def write(kind, source, target, epoch):
    data, offsets, rows = b"", {}, []
    for bits, length, record in records(kind, source):
        raw = encode(record)
        if raw not in offsets:
            offsets[raw] = len(data)
            data += raw
        rows.append((bits, length, offsets[raw]))
    nodes = build_tree(rows)

    def value(child):
        if child is None:
            return len(nodes)
        return child if isinstance(child, int) else len(nodes) + 16 + child[1]

    names = {"country": "redoubt-lab-Country", "asn": "redoubt-lab-ASN"}
    metadata = {"binary_format_major_version": (2, UINT16), "binary_format_minor_version": (0, UINT16),
                "build_epoch": (epoch, UINT64), "database_type": names[kind],
                "description": {"en": "Documentation and benchmark ranges, for tests"}, "ip_version": (6, UINT16),
                "languages": ["en"], "node_count": (len(nodes), UINT32), "record_size": (28, UINT16)}
    with open(target, "wb") as out:
        out.write(b"".join(pack_node(value(a), value(b)) for a, b in nodes))
        out.write(struct.pack("16x") + data + b"\xab\xcd\xefMaxMind.com" + encode(metadata))


def main(argv):
    if len(argv) not in (4, 5) or argv[1] not in ("country", "asn"):
        print(__doc__.strip().splitlines()[2], file=sys.stderr)
        return 2
    write(argv[1], argv[2], argv[3], int(argv[4]) if len(argv) == 5 else 1793491200)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
