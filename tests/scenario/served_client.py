"""Forged packets in the name of a served client change nothing about him: he is the source of no attack, and stays confirmed.

10,000 packets of each vector, with his address and the tuple of his running connection, sequence numbers that miss his window."""
import random

from harness import (ACK, FIN, PSH, RST, SYN, Room, eve, finish, lines, ok, pcap_bytes, same, tcp, udp,
                     unreachable, write)

CLIENT, SERVER, START_US = "198.51.100.77", "192.0.2.10", 1795305600 * 1000000
FORGED = 10000
# Far from both windows of the connection, whose numbers begin at 1,000,000 and 5,000,000.
MISS = (0x40000000, 0xC0000000)


def session(start_us, sport, requests, gap_us):
    """One HTTP connection, served: a request and its answer every gap."""
    c, s, at, out = 1000000, 5000000, start_us, []

    def put(frame, after_us):
        nonlocal at
        at += after_us
        out.append((at, len(frame), frame))

    def client(flags, data=b"", after_us=500):
        put(tcp(CLIENT, SERVER, sport, 80, c, s, flags, data), after_us)

    def server(flags, data=b"", after_us=500):
        put(tcp(SERVER, CLIENT, 80, sport, s, c, flags, data), after_us)

    put(tcp(CLIENT, SERVER, sport, 80, c, 0, SYN), 0)
    c += 1
    server(SYN | ACK)
    s += 1
    client(ACK)
    request = b"GET / HTTP/1.1\r\nHost: bank.example\r\n\r\n"
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
    for _ in range(requests):
        client(PSH | ACK, request, gap_us)
        c += len(request)
        server(PSH | ACK, answer)
        s += len(answer)
        client(ACK)
    client(FIN | ACK)
    c += 1
    server(FIN | ACK)
    s += 1
    client(ACK)
    return out


def failed_logins(start_us, sport, count):
    """One FTP connection with wrong passwords: what a confirmed flow looks like when it is an attack."""
    c, s, at, out = 1000000, 5000000, start_us, []
    turns = [(0, b"220 ready\r\n")] + [t for i in range(count) for t in (
        (1, b"USER a\r\n"), (0, b"331 password\r\n"), (1, b"PASS %d\r\n" % i), (0, b"530 Login incorrect.\r\n"))]

    def put(mine, flags, data=b""):
        nonlocal at
        at += 20000
        frame = (tcp(CLIENT, SERVER, sport, 21, c, s, flags, data) if mine else tcp(SERVER, CLIENT, 21, sport, s, c, flags, data))
        out.append((at, len(frame), frame))

    put(True, SYN)
    c += 1
    put(False, SYN | ACK)
    s += 1
    put(True, ACK)
    for mine, data in turns:
        put(mine, PSH | ACK, data)
        c, s = (c + len(data), s) if mine else (c, s + len(data))
        put(not mine, ACK)
    return out


def forged(vector, sport, rng):
    """One packet of a vector in the client's name; half of them on the tuple of his connection."""
    port = sport if rng.random() < 0.5 else rng.randrange(1024, 65536)
    seq, ack = rng.randrange(*MISS), rng.randrange(*MISS)
    if vector == "udp":
        return udp(CLIENT, SERVER, port, rng.randrange(1, 65536), b"x" * 32)
    if vector == "icmp-error":
        return unreachable(CLIENT, SERVER, tcp(SERVER, CLIENT, 80, port, seq, ack, ACK))
    flags = {"syn": SYN, "rst": RST, "ack": ACK, "data": PSH | ACK, "fin": FIN | ACK}[vector]
    data = b"GET /forged HTTP/1.1\r\nHost: x\r\n\r\n" if vector == "data" else b""
    return tcp(CLIENT, SERVER, port, 80, seq, ack, flags, data)


def attacks_of(room, packets, name):
    path = write(room(name), pcap_bytes(1, sorted(packets, key=lambda p: p[0])))
    status, out, err = eve(path)
    ok(status == 0, f"{name}: replays", err)
    return [a["redoubt"] for a in lines(out)], path


def names_client(found):
    return [a for a in found if a["group"] != "*" or a["sources"] or a["territory"] != "ZZ"]


def main():
    sport = 50123
    with Room() as room:
        served = session(START_US, sport, 100, 300000)
        before, _ = attacks_of(room, served, "served")
        same(before, [], "a served client is no attack")
        everything = list(served)
        for vector in ("syn", "rst", "ack", "data", "fin", "udp", "icmp-error"):
            rng = random.Random(vector)
            spoofed = []
            for i in range(FORGED):
                frame = forged(vector, sport, rng)
                spoofed.append((START_US + 1000000 + i * 2500, len(frame), frame))
            everything += spoofed
            found, _ = attacks_of(room, served + spoofed, f"forged {vector}")
            same([(a["class"], a["group"], a["path"]) for a in names_client(found)], [], f"forged {vector}: he is the source of no attack")
            ok(all(a["path"] in ("spoofable", "reflector") for a in found), f"forged {vector}: and nothing is confirmed", found)
        found, _ = attacks_of(room, everything, "all of them")
        same([(a["class"], a["group"]) for a in names_client(found)], [], "all 70,000 together: he is the source of no attack")
        ok(any(a["family"] == "availability" and a["class"] == "ddos" for a in found), "and the flood is seen", found)

        # What he really does is seen just as well among forged packets: his flow stayed confirmed through all of them.
        real = failed_logins(START_US, sport, 15)
        alone, _ = attacks_of(room, real, "logins")
        wanted = [(a["class"], a["group"], a["path"], a["units"], a["first"], a["last"], a["refused"]) for a in alone]
        same([w[:4] for w in wanted], [("brute-force", CLIENT + "/32", "confirmed", 15)], "his failed logins alone")
        for vector in ("syn", "rst", "ack", "data", "fin", "udp", "icmp-error"):
            rng = random.Random(vector)
            spoofed = []
            for i in range(FORGED):
                frame = on_ftp(vector, sport, rng)
                spoofed.append((START_US + 100001 + i * 120, len(frame), frame))
            found, _ = attacks_of(room, real + spoofed, f"logins among forged {vector}")
            same([(a["class"], a["group"], a["path"], a["units"], a["first"], a["last"], a["refused"]) for a in found
                  if a["class"] == "brute-force"], wanted, f"forged {vector}: his flow is confirmed and read as before")
    finish()


def on_ftp(vector, sport, rng):
    """The same against the FTP connection, always on its very tuple."""
    seq, ack = rng.randrange(*MISS), rng.randrange(*MISS)
    if vector == "udp":
        return udp(CLIENT, SERVER, sport, 21, b"x" * 32)
    if vector == "icmp-error":
        return unreachable(CLIENT, SERVER, tcp(SERVER, CLIENT, 21, sport, seq, ack, ACK))
    flags = {"syn": SYN, "rst": RST, "ack": ACK, "data": PSH | ACK, "fin": FIN | ACK}[vector]
    return tcp(CLIENT, SERVER, sport, 21, seq, ack, flags, b"PASS forged\r\n" if vector == "data" else b"")


main()
