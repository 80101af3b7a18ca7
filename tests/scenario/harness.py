"""What the scenarios share: TAP lines, running redoubt, and classic pcap files read, changed and written. Standard library only."""
import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.dirname(os.path.dirname(HERE))
DEMO = os.path.join(SOURCE, "tests", "lab", "demo")
CONFIG = os.path.join(DEMO, "redoubt.yaml")
SHARED = os.environ.get("REDOUBT_SHARED", os.path.join(SOURCE, "..", "shared"))
REDOUBT = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else os.path.join(SOURCE, "build", "redoubt")
DAY_US = 86400 * 1000000

_checks = 0
_failed = 0


def ok(condition, what, detail=""):
    """One TAP line; a failed one is followed by what was found instead."""
    global _checks, _failed
    _checks += 1
    print(f"{'ok' if condition else 'not ok'} {_checks} - {what}")
    if not condition:
        _failed += 1
        for line in str(detail).splitlines()[:20]:
            print(f"# {line[:300]}")
    sys.stdout.flush()
    return bool(condition)


def same(found, wanted, what):
    return ok(found == wanted, what, f"found  {found}\nwanted {wanted}")


def skip(what, why):
    global _checks
    _checks += 1
    print(f"ok {_checks} - {what} # SKIP {why}")


def finish():
    print(f"1..{_checks}")
    sys.exit(1 if _failed else 0)


class Room:
    """A temporary directory that goes away."""

    def __enter__(self):
        self.path = tempfile.mkdtemp(prefix="redoubt-scenario-")
        return self

    def __exit__(self, *_):
        for directory, _, _ in os.walk(self.path):
            os.chmod(directory, 0o700)
        shutil.rmtree(self.path)

    def __call__(self, name):
        return os.path.join(self.path, name)


def run(*args, stdin=None, timeout=300):
    """Run redoubt; returns (exit status, stdout, stderr)."""
    done = subprocess.run([REDOUBT, *map(str, args)], input=stdin, capture_output=True, timeout=timeout,
                          stdin=None if stdin is not None else subprocess.DEVNULL)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def data_dir(path):
    """A data directory with the secret of tests, so that attack ids can be compared between directories."""
    os.mkdir(path, 0o700)
    with open(os.path.join(path, "k_id"), "wb") as f:
        f.write(bytes(32))
    os.chmod(os.path.join(path, "k_id"), 0o600)
    return path


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


def eve(*inputs, options=("--config", CONFIG), stdin=None):
    """EVE of a replay that writes nothing; (exit status, the bytes, stderr)."""
    return run("replay", "--memory-ledger", "--quiet", "--eve", "-", *options, *inputs, stdin=stdin)


def attacks(data, *options):
    return lines(run("attacks", "--json", "--data", data, *options)[1])


# ---- captures ----

def demo(room):
    """The bundled capture, plain. None where there is no zstd to open it."""
    if shutil.which("zstd") is None:
        return None
    path = room("demo.pcap")
    subprocess.run(["zstd", "-dqf", os.path.join(DEMO, "capture.pcap.zst"), "-o", path], check=True)
    return path


def read_pcap(path):
    """(link type, [(time in microseconds, length on the wire, bytes)]) of a little-endian microsecond pcap."""
    with open(path, "rb") as f:
        data = f.read()
    magic, _, _, _, _, _, link = struct.unpack_from("<IHHiIII", data)
    assert magic == 0xA1B2C3D4, "not a little-endian microsecond pcap"
    packets, at = [], 24
    while at < len(data):
        seconds, us, kept, wire = struct.unpack_from("<IIII", data, at)
        packets.append((seconds * 1000000 + us, wire, data[at + 16:at + 16 + kept]))
        at += 16 + kept
    return link, packets


def pcap_bytes(link, packets):
    out = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, link)]
    for us, wire, data in packets:
        out.append(struct.pack("<IIII", us // 1000000, us % 1000000, len(data), wire))
        out.append(data)
    return b"".join(out)


def pcapng_bytes(link, packets):
    def block(kind, body):
        body += bytes(-len(body) % 4)
        size = struct.pack("<I", 12 + len(body))
        return struct.pack("<I", kind) + size + body + size

    out = [block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)), block(1, struct.pack("<HHI", link, 0, 262144))]
    for us, wire, data in packets:
        out.append(block(6, struct.pack("<IIIII", 0, us >> 32, us & 0xFFFFFFFF, len(data), wire) + data))
    return b"".join(out)


def write(path, data):
    with open(path, "wb") as f:
        f.write(data)
    return path


def flow_key(frame):
    """What tells flows apart in an Ethernet frame: addresses and ports, unordered; an ICMP error belongs to what it quotes."""
    kind, at = struct.unpack_from(">H", frame, 12)[0], 14
    while kind in (0x8100, 0x88A8):
        kind, at = struct.unpack_from(">H", frame, at + 2)[0], at + 4
    if kind == 0x0800:
        return _ipv4_key(frame, at)
    return _ipv6_key(frame, at) if kind == 0x86DD else (kind,)


def _ipv4_key(frame, at):
    head, protocol = (frame[at] & 15) * 4, frame[at + 9]
    fragment = struct.unpack_from(">H", frame, at + 6)[0] & 0x3FFF
    ends = frame[at + 12:at + 16], frame[at + 16:at + 20]
    if fragment:
        return ("fragment", *sorted(ends))
    if protocol == 1 and len(frame) > at + head + 28 and frame[at + head] in (3, 11):
        return _ipv4_key(frame, at + head + 8)
    return _ports_key(frame, at + head, protocol, ends)


def _ipv6_key(frame, at):
    protocol, ends = frame[at + 6], (frame[at + 8:at + 24], frame[at + 24:at + 40])
    if protocol == 44:
        return ("fragment", *sorted(ends))
    if protocol == 58 and len(frame) > at + 96 and frame[at + 40] in (1, 2, 3, 4):
        return _ipv6_key(frame, at + 48)
    return _ports_key(frame, at + 40, protocol, ends)


def _ports_key(frame, at, protocol, ends):
    ports = (0, 0)
    if protocol in (6, 17) and len(frame) >= at + 4:
        ports = struct.unpack_from(">HH", frame, at)
    return (protocol, *sorted(zip(ends, ports)))


# ---- packets of our own ----

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16


def checksum(data):
    data += bytes(len(data) % 2)
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


def ipv4(source, target, protocol, payload):
    """An Ethernet frame; addresses as text."""
    ends = socket.inet_aton(source) + socket.inet_aton(target)
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), 0, 0x4000, 64, protocol, 0) + ends
    head = head[:10] + struct.pack(">H", checksum(head)) + head[12:]
    return bytes(6) + b"\x02" + bytes(5) + b"\x08\x00" + head + payload


def _with_sum(source, target, protocol, segment, at):
    ends = socket.inet_aton(source) + socket.inet_aton(target)
    value = checksum(ends + struct.pack(">BBH", 0, protocol, len(segment)) + segment)
    return ipv4(source, target, protocol, segment[:at] + struct.pack(">H", value) + segment[at + 2:])


def tcp(source, target, sport, dport, seq, ack, flags, data=b""):
    head = struct.pack(">HHIIBBHHH", sport, dport, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF, 0x50, flags, 8192, 0, 0)
    return _with_sum(source, target, 6, head + data, 16)


def udp(source, target, sport, dport, data):
    return _with_sum(source, target, 17, struct.pack(">HHHH", sport, dport, 8 + len(data), 0) + data, 6)


def unreachable(source, target, quoted):
    """ICMP port unreachable about a frame of ours."""
    body = struct.pack(">BBHI", 3, 3, 0, 0) + quoted[14:14 + 28]
    return ipv4(source, target, 1, body[:2] + struct.pack(">H", checksum(body)) + body[4:])
