"""What must not change the attacks: workers, files, containers, the order of equal times, whole days. And what damage leaves.

Over the bundled capture, and over real floods where the reference data is present."""
import gzip
import json
import os
import random
import subprocess

from harness import (CONFIG, DAY_US, SHARED, Room, attacks, data_dir, demo, eve, finish, flow_key, lines, ok, pcap_bytes,
                     pcapng_bytes, read_pcap, run, same, skip, write)

NAMES_OF_TIMES = ("id", "continues", "observations_file", "evidence", "run")


def cuts(packets, parts):
    """Split into runs of packets, never between two of the same time."""
    at, out = 0, []
    for i in range(1, parts + 1):
        end = max(at, len(packets) * i // parts)
        while 0 < end < len(packets) and packets[end][0] == packets[end - 1][0]:
            end += 1
        out.append(packets[at:end])
        at = end
    return out


def permuted(packets, seed):
    """Packets of equal time in another order; those of one flow keep theirs."""
    rng, out, at = random.Random(seed), [], 0
    while at < len(packets):
        end = at
        while end < len(packets) and packets[end][0] == packets[at][0]:
            end += 1
        queues = {}
        for p in packets[at:end]:
            queues.setdefault(flow_key(p[2]), []).append(p)
        turns = [key for key, queue in queues.items() for _ in queue]
        rng.shuffle(turns)
        out += [queues[key].pop(0) for key in turns]
        at = end
    return out


def workers(room, path, wanted, options):
    for n in (2, 4, 7):
        ok(eve(path, options=(*options, "--workers", n))[1] == wanted, f"{n} workers give the same bytes")


def ledgers(room, path, options):
    """The same through data directories: what `attacks --json` prints, evidence and sealed files included."""
    printed = []
    for n in (1, 2, 4):
        data = data_dir(room(f"workers{n}-{os.path.basename(path)}"))
        run("replay", "--quiet", *options, "--workers", n, "--data", data, path)
        printed.append(run("attacks", "--json", "--data", data)[1])
    ok(printed[0] and printed[0] == printed[1] == printed[2], "attacks --json: 1, 2 and 4 workers give the same bytes",
       [len(p) for p in printed])


def files(room, link, packets, wanted, options):
    parts = [write(room(f"part{i}"), pcap_bytes(link, p)) for i, p in enumerate(cuts(packets, 5))]
    ok(eve(*parts, options=options)[1] == wanted, "five files one after the other give the same bytes")
    ok(eve(*reversed(parts), options=options)[1] == wanted, "named in the wrong order too")
    ok(eve(*parts, options=(*options, "--workers", 4))[1] == wanted, "and with 4 workers")
    runs = cuts(packets, 200)
    mixed = [write(room(f"mixed{i}"), pcap_bytes(link, [p for run in runs[i::3] for p in run])) for i in range(3)]
    ok(eve(*mixed, options=options)[1] == wanted, "three files whose packets alternate give the same bytes")


def equal_times(room, link, packets, options):
    coarse = [(us - us % 1000, wire, data) for us, wire, data in packets]
    wanted = eve(write(room("coarse"), pcap_bytes(link, coarse)), options=options)[1]
    for seed in range(3):
        changed = permuted(coarse, seed)
        moved = sum(a is not b for a, b in zip(coarse, changed))
        found = eve(write(room("permuted"), pcap_bytes(link, changed)), options=(*options, "--workers", 1 + seed))[1]
        ok(wanted and found == wanted and moved > 100, f"{moved} packets of equal time permuted: the same bytes",
           differences(wanted, found))


def differences(a, b):
    out = []
    for x, y in zip(lines(a), lines(b)):
        x, y = x["redoubt"], y["redoubt"]
        out += [f"{x['class']} {x['asset']} {k}: {x[k]} {y.get(k)}" for k in x if x[k] != y.get(k)]
    return "\n".join(out + [f"{a.count(chr(10))} and {b.count(chr(10))} attacks"])


def without_times(text, days):
    out = []
    for e in lines(text):
        a = e["redoubt"]
        for name in NAMES_OF_TIMES:
            a.pop(name)
        for name in ("day", "first", "last"):
            a[name] = shifted(a[name], days)
        out.append(json.dumps(a, sort_keys=True))
    return sorted(out)


def shifted(when, days):
    import datetime
    day = datetime.date.fromisoformat(when[:10]) + datetime.timedelta(days)
    return day.isoformat() + when[10:]


def whole_days(room, link, packets, wanted, options):
    for days in (1, -3, 400):
        moved = [(us + days * DAY_US, wire, data) for us, wire, data in packets]
        found = eve(write(room("moved"), pcap_bytes(link, moved)), options=options)[1]
        ok(found and without_times(found, 0) == without_times(wanted, days), f"moved by {days} days: only the days move")
        ok(not {a["redoubt"]["id"] for a in lines(found)} & {a["redoubt"]["id"] for a in lines(wanted)},
           "and the ids, which hold the time")


def containers(room, path, link, packets, wanted, options):
    plain = pcap_bytes(link, packets)
    forms = {"gzip": gzip.compress(plain, 1), "pcapng": pcapng_bytes(link, packets),
             "zstd": subprocess.run(["zstd", "-1qc", path], capture_output=True, check=True).stdout,
             "gzip in two members": gzip.compress(plain[:99999], 1) + gzip.compress(plain[99999:], 1)}
    forms["pcapng in zstd"] = subprocess.run(["zstd", "-1qc"], input=forms["pcapng"], capture_output=True, check=True).stdout
    for name, data in forms.items():
        ok(eve(write(room("form"), data), options=options)[1] == wanted, f"{name} gives the same bytes")
        ok(eve("-", options=options, stdin=data)[1] == wanted, f"{name} from standard input too")
    ok(eve("-", options=options, stdin=plain)[1] == wanted, "plain from standard input gives the same bytes")


def truncated(room, link, packets, options):
    """Cut within a packet: all before it counts, the damage is said with its place, and the statement knows of the loss."""
    half = len(packets) * 2 // 3
    whole = pcap_bytes(link, packets[:half])
    cut = write(room("cut"), whole + pcap_bytes(link, packets[half:half + 1])[24:-1])
    status, found, err = eve(cut, options=options)
    wanted = eve(write(room("before"), whole), options=options)[1]
    same(status, 1, "a file that ends within a packet: exit status 1")
    ok(wanted and found == wanted, "everything before the damage counts", differences(wanted, found))
    ok(f"offset {len(whole)}" in err and cut in err, "the damage is said with file and offset", err)
    data = data_dir(room("cut-data"))
    status = run("replay", "--quiet", *options, "--data", data, cut)[0]
    statement = json.loads(run("statement", "--json", "--data", data)[1])
    ok(status == 1 and statement["at_least"] and "damaged" in statement["coverage"]["doubt"],
       "the statement says at least, because of damage", statement["coverage"])
    ok(statement["coverage"]["lost_bytes"] > 0, "and counts the bytes lost", statement["coverage"])
    ok("at least" in run("statement", "--data", data)[1], "in words too")
    broken = bytearray(whole)
    at = 24 + sum(16 + len(p[2]) for p in packets[:100])
    broken[at + 8:at + 12] = b"\xff\xff\xff\xff"
    status, found, err = eve(write(room("broken"), bytes(broken)), options=options)
    ok(status == 1 and f"offset {at}" in err, "a length that cannot be: exit status 1, with its offset", err)


def far_years(room):
    """Captures of years far apart and an empty one in one ledger: the last day with data, and it is said that others are."""
    frame = bytes.fromhex("020000000001020000000002" "0800" "4500001c000000004011000" "0c0000201c6336401" "0035003500080000")
    data = data_dir(room("years"))
    for name, us in (("new", 1600000000000000), ("old", 1000000000000000), ("empty", None)):
        path = write(room(name), pcap_bytes(1, [(us, len(frame), frame)] if us else []))
        run("replay", "--quiet", "--home", "192.0.2.0/24", "--data", data, path)
    status, out, err = run("statement", "--data", data)
    ok(status == 0 and "2020-09-13" in out, "a statement without days is of the last that holds data", err)
    ok("2 days, from 2001-09-09 to 2020-09-13" in " ".join(out.split()), "and says which days there are", out)
    ok("choose others" not in run("statement", "--data", data, "--day", "2020-09-13")[1], "but not where a day was asked for")
    status, out, err = run("statement", "--data", data, "--day", "2099-01-01")
    ok("24 hours are not over yet" in out and "Every hour was seen" not in out, "a day to come was not seen", out)
    same(run("statement", "--data", data, "-o", room("x.pdf"))[0], 2, "a name that tells no form is a usage error")
    same(run("replay", "--statement", room("x.pdf"), room("new"))[0], 2, "of a replay too")
    same(run("statement", "--json", "--format", "html", "--data", data)[0], 2, "two forms exclude each other")
    status, out, err = run("attacks", "--data", data, "--asset", "nobody")
    ok(status == 0 and "no attack passes these filters" in err, "an empty list says so", err)
    same(run("attacks", "--data", data, "--severity", "3-1")[0], 2, "a range that is empty is a usage error")


def all_of(room, path, options):
    link, packets = read_pcap(path)
    status, wanted, err = eve(path, options=options)
    ok(status == 0 and wanted, f"{os.path.basename(path)} replays and gives attacks", err)
    ok(eve(path, options=options)[1] == wanted, "twice the same bytes")
    workers(room, path, wanted, options)
    ledgers(room, path, options)
    files(room, link, packets, wanted, options)
    equal_times(room, link, packets, options)
    whole_days(room, link, packets, wanted, options)
    containers(room, path, link, packets, wanted, options)
    truncated(room, link, packets, options)


def main():
    with Room() as room:
        far_years(room)
    with Room() as room:
        path = demo(room)
        if path is None:
            skip("properties of the bundled capture", "no zstd program")
        else:
            all_of(room, path, ("--config", CONFIG))
    for name in ("pkt.TCP.synflood.spoofed.pcap", "amp.dns.RRSIG.fragmented.pcap"):
        path = os.path.join(SHARED, "data", "pcap", "ddos", name)
        if not os.path.exists(path):
            skip(f"properties of {name}", "no reference data")
            continue
        with Room() as room:
            all_of(room, path, ())
    finish()


main()
