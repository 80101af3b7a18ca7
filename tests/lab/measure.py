"""measure.py - what really happened, read from the capture and the servers' logs: facts for truth.jsonl, no judgement.

Nothing here knows the counting rule: it says who sent what to whom when, and what came back."""
import ipaddress
import struct
from collections import defaultdict

SYN, RST, ACK, FIN = 2, 4, 16, 1
WAIT = 10.0  # a reset counts as the end of a connection this long after its handshake


def frames(path):
    """(time, bytes) of a pcap file, micro- or nanoseconds."""
    with open(path, "rb") as f:
        head = f.read(24)
        magic = struct.unpack("<I", head[:4])[0]
        scale = {0xA1B2C3D4: 1e-6, 0xA1B23C4D: 1e-9}[magic]
        data = f.read()
    at, n = 0, len(data)
    unpack = struct.Struct("<IIII").unpack_from
    while at + 16 <= n:
        sec, frac, size, _ = unpack(data, at)
        yield sec + frac * scale, data[at + 16:at + 16 + size]
        at += 16 + size


class Flow:
    __slots__ = ("proto", "client", "cport", "server", "sport", "first", "last", "times", "flags", "synack", "established", "asked",
                 "answered", "reset", "unreachable", "shape", "ended")

    def __init__(self, proto, client, cport, server, sport, t, flags):
        self.proto, self.client, self.cport, self.server, self.sport = proto, client, cport, server, sport
        self.first, self.last, self.times, self.flags = t, t, [], flags
        self.synack = self.established = self.reset = None
        self.asked = self.answered = self.unreachable = False
        self.shape, self.ended = "", 0

    def answer(self):
        if self.answered or self.established:
            return "data"
        if self.reset:
            return "rst"
        if self.unreachable:
            return "unreachable"
        return "syn-ack" if self.synack else "none"

    def vector(self):
        """The shape of the client's packets, in plain words."""
        if self.shape:
            return self.shape
        if self.proto == 17:
            return "udp"
        kind = self.flags & (SYN | RST | ACK | FIN)
        return {SYN: "tcp-syn", SYN | ACK: "tcp-synack", ACK: "tcp-ack", RST: "tcp-rst", RST | ACK: "tcp-rst"}.get(kind, "tcp-odd")


class Reader:
    """All flows of a capture. Addresses are packed bytes."""

    def __init__(self):
        self.flows, self.live, self.packets, self.first, self.last = [], {}, 0, None, None

    def read(self, path):
        for t, frame in frames(path):
            self.packets += 1
            self.first = self.first or t
            self.last = t
            kind = frame[12:14]
            if kind == b"\x08\x00":
                self._ip4(t, frame[14:])
            elif kind == b"\x86\xdd":
                self._ip6(t, frame[14:])
        return self

    def _ip4(self, t, p):
        head, total = (p[0] & 15) * 4, struct.unpack_from("!H", p, 2)[0]
        src, dst, fragment = p[12:16], p[16:20], struct.unpack_from("!H", p, 6)[0]
        if src[:2] == b"\xa9\xfe" or dst[0] >= 224:
            return
        if fragment & 0x3FFF:
            self._plain(t, src, dst, p[9], 0, 0, "fragment")
            return
        self._transport(t, src, dst, p[9], p[head:max(total, head) if total else len(p)])

    def _ip6(self, t, p):
        src, dst, proto, at = p[8:24], p[24:40], p[6], 40
        if src[:2] == b"\xfe\x80" or dst[0] == 0xFF or dst[:2] == b"\xfe\x80":
            return
        if proto == 44:
            self._plain(t, src, dst, p[40], 0, 0, "fragment")
            return
        self._transport(t, src, dst, proto, p[at:])

    def _transport(self, t, src, dst, proto, b):
        if proto == 6 and len(b) >= 20:
            sp, dp = struct.unpack_from("!HH", b)
            self._tcp(t, src, dst, sp, dp, b[13], len(b) - (b[12] >> 4) * 4)
        elif proto == 17 and len(b) >= 8:
            sp, dp = struct.unpack_from("!HH", b)
            self._plain(t, src, dst, 17, sp, dp, "")
        elif proto in (1, 58) and len(b) >= 8:
            self._icmp(t, src, dst, proto, b)

    def _flow(self, t, key, src, sp, dst, dp, proto, flags):
        flow = self.live.get(key)
        # A new SYN on ended ends is another conversation.
        if flow is None or (proto == 6 and flags & (SYN | ACK) == SYN and flow.client == src and flow.established and flow.reset):
            flow = self.live[key] = Flow(proto, src, sp, dst, dp, t, flags)
            self.flows.append(flow)
        flow.last = t
        return flow

    def _tcp(self, t, src, dst, sp, dp, flags, size):
        key = (6, src, sp, dst, dp) if (src, sp) < (dst, dp) else (6, dst, dp, src, sp)
        flow = self._flow(t, key, src, sp, dst, dp, 6, flags)
        if flow.client == src and flow.cport == sp:
            if not flow.established:
                flow.times.append(t)
                if flow.synack and flags & ACK and not flags & (SYN | RST):
                    flow.established, flow.times = t, []
            if size > 0 and flow.established:
                flow.asked = True
            flow.ended |= 1 if flags & FIN else 0
        else:
            flow.ended |= 2 if flags & FIN else 0
            if flags & RST and flow.ended != 3:  # a reset after both have closed refuses nothing
                flow.reset = flow.reset or t
            elif flags & SYN and flow.flags & SYN:
                flow.synack = flow.synack or t
            if size > 0 and flow.asked:
                flow.answered = True

    def _plain(self, t, src, dst, proto, sp, dp, shape):
        key = (proto, shape, src, sp, dst, dp) if (src, sp) < (dst, dp) else (proto, shape, dst, dp, src, sp)
        flow = self._flow(t, key, src, sp, dst, dp, proto, 0)
        flow.shape = shape
        if flow.client == src and flow.cport == sp:
            flow.times.append(t)
        elif shape != "fragment":
            flow.answered = True

    def _icmp(self, t, src, dst, proto, b):
        kind, ident = b[0], struct.unpack_from("!H", b, 4)[0]
        if (proto, kind) in ((1, 3), (58, 1)):
            self._quoted(b[8:], proto == 58)
        elif (proto, kind) in ((1, 8), (58, 128)):
            key = (proto, ident, src, dst)
            flow = self._flow(t, key, src, ident, dst, ident, proto, 0)
            flow.shape = "icmp"
            flow.times.append(t)
        elif (proto, kind) in ((1, 0), (58, 129)) and (proto, ident, dst, src) in self.live:
            self.live[(proto, ident, dst, src)].answered = True

    def _quoted(self, q, v6):
        """Mark the flow an ICMP unreachable speaks of."""
        proto, src, dst, at = (q[6], q[8:24], q[24:40], 40) if v6 else (q[9], q[12:16], q[16:20], (q[0] & 15) * 4)
        if len(q) < at + 4:
            return
        a, b = struct.unpack_from("!HH", q, at)
        low, high = sorted([(src, a), (dst, b)])
        key = (6, *low, *high) if proto == 6 else (proto, "", *low, *high)
        if key in self.live:
            self.live[key].unreachable = True


def text(packed):
    return str(ipaddress.ip_address(packed))


def join_ports(vectors):
    """udp/PORT is worth saying where a session used few source ports; many are just udp."""
    ported = [v for v in vectors if "/" in v]
    if len(ported) <= 4:
        return vectors
    joined = defaultdict(lambda: [0, 0])
    for v in ported:
        for second, (n, refused) in vectors[v].items():
            joined[second] = [joined[second][0] + n, joined[second][1] + refused]
    return {v: s for v, s in vectors.items() if "/" not in v} | {"udp": joined}


class Facts:
    """Shares flows, requests and logins out to the sessions that made them."""

    def __init__(self, reader, servers, attacks, ordinary, logs):
        self.by_port, self.by_address, self.by_prefix = {}, {}, []
        self.facts = defaultdict(lambda: {"units": {}, "steps": [], "no_request": [], "requests": {}, "logins": [],
                                          "answered": 0, "first": None, "last": None})
        self.unexplained = []
        for session in attacks:
            for src in session.get("src", []):
                self.by_address[src] = session["id"]
            if "forged" in session:
                self.by_prefix.append((ipaddress.ip_network(session["forged"]), session["id"]))
        for session in ordinary:
            self.by_address.setdefault(session["src"], session["id"])
            if "then" in session:
                self.by_address.setdefault(session["then"]["src"], session["id"])
        for session in ordinary:
            for port in logs.get(session["id"], {}).get("ports", []):
                self.by_port[(session["src"], port)] = session["id"]
        self.seen = set()
        for flow in reader.flows:
            self._flow(flow)
        for server in servers:
            self._server(server)

    def _who(self, address, port):
        found = self.by_port.get((address, port)) or self.by_address.get(address)
        if found is None:
            a = ipaddress.ip_address(address)
            found = next((i for net, i in self.by_prefix if a.version == net.version and a in net), None)
        return found

    def _flow(self, flow):
        client, host = text(flow.client), text(flow.server)
        owner = self._who(client, flow.cport)
        if owner is None:
            self.unexplained.append(f"{client}:{flow.cport} -> {host}:{flow.sport} proto {flow.proto}")
            return
        facts = self.facts[owner]
        facts["first"] = min(facts["first"] or flow.first, flow.first)
        facts["last"] = max(facts["last"] or 0, flow.last)
        answer = flow.answer()
        if answer == "data":
            facts["answered"] += 1
            if flow.established and not flow.answered and flow.sport != 22:
                refused = bool(flow.reset) and flow.reset - flow.established <= WAIT
                facts["no_request"].append([round(flow.established, 3), client, host, int(refused)])
            return
        self._units(facts, owner, flow, host, answer in ("rst", "unreachable"))
        if answer != "syn-ack" and (owner, client, host, flow.sport) not in self.seen:
            self.seen.add((owner, client, host, flow.sport))
            facts["steps"].append([round(flow.first, 3), client, host, flow.sport, answer])

    def _units(self, facts, owner, flow, host, refused):
        vector = flow.vector()
        if vector == "udp":
            vector = f"udp/{flow.cport}"
        seconds = facts["units"].setdefault(host, {}).setdefault(vector, {})
        for t in flow.times:
            cell = seconds.setdefault(str(int(t)), [0, 0])
            cell[0] += 1
            cell[1] += refused

    def _server(self, server):
        for t, source, port, status, tls in server.requests():
            owner = self._who(source, port)
            if owner is not None:
                host = server.v6 if ":" in source else server.v4
                seconds = self.facts[owner]["requests"].setdefault(host, {}).setdefault(source, {})
                cell = seconds.setdefault(str(int(t)), [0, 0])
                cell[0] += 1
                cell[1] += status >= 300 and not tls
        for t, source, port, accepted in server.logins:
            owner = self._who(source, port)
            if owner is not None:
                self.facts[owner]["logins"].append([t, source, server.v6 if ":" in source else server.v4, accepted])

    def of(self, session, forged):
        """The facts of one session; claimed sources of a flood are named only where one touched three targets."""
        facts = dict(self.facts[session])
        if forged:
            by_source = defaultdict(list)
            for step in facts["steps"]:
                by_source[step[1]].append(step)
            facts["steps"] = [s for steps in by_source.values() if len(steps) >= 3 for s in steps]
            facts["claimed_sources"] = len(by_source)
        facts["units"] = {host: join_ports(vectors) for host, vectors in facts["units"].items()}
        return {k: v for k, v in facts.items() if v not in ({}, [], None)}
