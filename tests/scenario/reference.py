"""Captures that others recorded: the floods are found, each once, and captures of ordinary use give what doc/false-alarms.md lists.

Every capture must replay with exit status 0 or 1. Run with a sanitizer build, a report is a failure too."""
import os

from harness import SHARED, SOURCE, eve, finish, lines, ok, same, skip

DDOS = os.path.join(SHARED, "data", "pcap", "ddos")
ZEEK = os.path.join(SHARED, "data", "pcap", "zeek")
VERIFY = os.path.join(SHARED, "data", "suricata-verify")

# capture: victim, path status; None is no attack by rate
FLOODS = {
    "amp.TCP.reflection.SYNACK.pcap": ("10.10.10.10", "reflector"),
    "amp.TCP.syn.optionallyACK.optionallysamePort.pcapng": None,
    "amp.UDP.bacnet.IOT.37810.pcapng": ("10.10.10.1", "reflector"),
    "amp.UDP.isakmp.pcap": ("10.10.10.10", "reflector"),
    "amp.UDP.snmp.src161.pcapng": ("10.10.10.10", "reflector"),
    "amp.dns.RRSIG.fragmented.pcap": ("10.10.10.10", "reflector"),
    "pkt.TCP.DOMINATE.syn.ecn.cwr.pcapng": ("10.10.10.10", "spoofable"),
    "pkt.TCP.synflood.spoofed.pcap": ("10.10.10.10", "spoofable"),
}


def floods():
    if not os.path.isdir(DDOS):
        return skip("recorded floods", "no reference data")
    same(sorted(os.listdir(DDOS)), sorted(FLOODS), "the eight captures of floods")
    for name, wanted in FLOODS.items():
        status, out, _ = eve(os.path.join(DDOS, name), options=())
        all_found = [a["redoubt"] for a in lines(out)]
        found = [(a["asset"], a["path"], a["class"], a["group"], a["direction"], a["territory"])
                 for a in all_found if a["family"] == "availability"]
        expected = [] if wanted is None else [("home/" + wanted[0], wanted[1], "ddos", "*", "in", "ZZ")]
        ok(status == 0 and found == expected, f"{name}: {wanted or 'no attack by rate'}", (status, found))
        ok(not any("src_ip" in a for a in lines(out)), f"{name}: no claimed source is named")


def listed():
    """Rows of the table: capture, class, direction, target, path, outcome, units."""
    with open(os.path.join(SOURCE, "doc", "false-alarms.md"), encoding="utf-8") as f:
        rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in f if line.startswith("|")]
    return sorted(tuple(row[:7]) for row in rows[2:])


def replay_all(paths, options):
    """[(capture, class, ...)] of all attacks; a crash, a sanitizer report or another exit status is a failure."""
    found, broken = [], []
    for path in paths:
        status, out, err = eve(path, options=options)
        if status not in (0, 1) or "Sanitizer" in err or "runtime error" in err:
            broken.append(f"{status} {path}: {err[-300:]}")
        found += [(os.path.basename(path), a["class"], a["direction"], a["asset"], a["path"], a["outcome"], str(a["units"]))
                  for a in (e["redoubt"] for e in lines(out))]
    ok(not broken, f"{len(paths)} captures replay without a crash or report", "\n".join(broken))
    return sorted(found)


def ordinary():
    if not os.path.isdir(ZEEK):
        return skip("captures of ordinary use", "no reference data")
    paths = [os.path.join(ZEEK, name) for name in sorted(os.listdir(ZEEK)) if name != "COPYING"]
    same(len(paths), 413, "413 captures")
    found, wanted = replay_all(paths, ()), listed()
    same([f for f in found if f not in wanted], [], "no attack that doc/false-alarms.md does not list")
    same([w for w in wanted if w not in found], [], "every attack that it lists")


def verify():
    if not os.path.isdir(VERIFY):
        return skip("captures of suricata-verify", "no reference data")
    paths = [os.path.join(d, n) for d, _, names in sorted(os.walk(VERIFY)) for n in sorted(names) if ".pcap" in n]
    found = replay_all(paths, ("--home", "0.0.0.0/0,::/0"))
    same([f for f in found if f[1] != "scanner"], [], "and none holds a flood or brute force")


floods()
ordinary()
verify()
finish()
