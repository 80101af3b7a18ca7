"""The commands that read what a replay wrote: refused twice, counted again, altered and found out, amended, added up by hand."""
import html.parser
import json
import os
import shutil
import sqlite3

from harness import CONFIG, DAY_US, SYN, Room, attacks, data_dir, demo, finish, lines, ok, pcap_bytes, read_pcap, run, same, skip, tcp, write

HOUR_US = 3600 * 1000000
BY = ("--by", "A. Person", "--reason", "looked at the packets")


def one_line(result, status, what, *words):
    """A refusal: this exit status, nothing on standard output, one line that says these words (and argp's hint at --help)."""
    found, out, err = result
    err = err.partition("Try `")[0]
    ok(found == status and out == "" and err.count("\n") == 1 and all(str(w) in err for w in words), what, (found, out, err))


def copy(room, data, name):
    return shutil.copytree(data, room(name))


# ---- once only ----

def twice(room, data, capture):
    once = run("attacks", "--json", "--data", data)[1]
    name = attacks(data)[0]["run"]
    replay = ("replay", "--quiet", "--config", CONFIG, "--data", data)
    one_line(run(*replay, capture), 1, "the same capture twice is refused, naming the run", name, "--again")
    same(run("attacks", "--json", "--data", data)[1], once, "and nothing changed")
    other = copy(room, data, "again")
    status, out, err = run("replay", "--quiet", "--config", CONFIG, "--data", other, "--again", capture)
    ok(status == 0, "--again replaces it", err)
    after = attacks(other)
    ok(after and all(a["run"] != name for a in after), "every attack is of the new run")
    same([{**a, "run": ""} for a in after], [{**a, "run": ""} for a in lines(once)], "and is as it was")
    same(run("recount", "--data", other)[0], 0, "which recounts equal")
    same(run("replay", "--quiet", "--config", CONFIG, "--data", other, "--again", capture)[0], 0, "--again and again")


def summary(room, capture):
    out = run("replay", "--quiet", "--json", "--config", CONFIG, "--memory-ledger", capture)[1]
    last = json.loads(out.splitlines()[-1])
    same(list(last), ["summary"], "replay --json ends with the summary")
    keys = ["packets", "bytes", "lost", "flows", "observations", "attacks"]
    same(list(last["summary"])[:6], keys, "its keys are as promised")
    packets = read_pcap(capture)[1]
    s = last["summary"]
    same((s["packets"], s["bytes"], s["lost"]), (len(packets), sum(p[1] for p in packets), 0), "packets and bytes are those of the file")
    status, out, _ = run("replay", "--json", "--config", CONFIG, "--memory-ledger", "--eve", "-", capture)
    events = lines(out)
    ok(status == 0 and len(events) == s["attacks"] and all(e["event_type"] == "alert" for e in events),
       "--eve - carries EVE only, an event an attack", out[:300])
    ok(not os.path.exists(room("nothing")), "--memory-ledger makes no data directory")


# ---- counted again ----

def sealed_file(data):
    folder = os.path.join(data, "observations", os.listdir(os.path.join(data, "observations"))[0])
    return os.path.join(folder, sorted(n for n in os.listdir(folder) if n != "day.obs")[0])


def flip(path, at):
    with open(path, "r+b") as f:
        f.seek(at)
        byte = f.read(1)
        f.seek(at)
        f.write(bytes([byte[0] ^ 1]))


def sql(data, *statements):
    db = sqlite3.connect(os.path.join(data, "ledger.db"))
    for s in statements:
        db.execute(s)
    db.commit()
    db.close()


def recounted(room, data):
    status, out, err = run("recount", "--data", data)
    ok(status == 0 and out.startswith("equal: "), "recount says equal", out + err)
    moved = copy(room, data, "elsewhere")
    for command in (("recount",), ("attacks", "--json"), ("recount", "--json")):
        same(run(*command, "--data", moved)[:2], run(*command, "--data", data)[:2], f"{' '.join(command)} elsewhere: the same bytes")


def altered(room, data):
    first = attacks(data)[0]["id"]
    rule = attacks_rule(data)

    def check(name, what, change, *words):
        other = copy(room, data, name)
        change(other)
        status, out, err = run("recount", "--data", other)
        ok(status == 1 and all(w in out + err for w in words), f"{what} is named, exit status 1", (status, out, err))

    check("byte", "an altered byte of a sealed file", lambda d: flip(sealed_file(d), 60), os.path.basename(sealed_file(data)))
    check("gone", "a sealed file that is gone", lambda d: os.unlink(sealed_file(d)), os.path.basename(sealed_file(data)), "missing")
    check("figure", "an altered figure", lambda d: sql(d, f"UPDATE attack SET units = units + 1 WHERE id = '{first}'"), first, "units")
    check("territory", "an altered territory", lambda d: sql(d, "UPDATE attack SET territory = 'FR' WHERE territory = 'US'"), "territory", "FR", "US")
    check("source", "an altered source", lambda d: sql(d, "UPDATE attack_source SET units = units + 1"), "source 1 units")
    check("dropped", "a dropped attack", lambda d: sql(d, "DELETE FROM attack_source", "DELETE FROM attack_target",
                                                      f"DELETE FROM attack WHERE id = '{first}'"), first, "missing in the ledger")
    check("rule", "an altered rule", lambda d: flip(os.path.join(d, "inputs", rule), 5), rule)
    check("total", "an altered total of the day", lambda d: sql(d, "UPDATE day_total SET attacks = attacks + 1 WHERE class = 'ddos'"),
          "2026-11-22", "ddos", "day_total")
    for kind, digest in sources(data):
        check("input" + digest[:8], f"an altered {kind} database or list", lambda d: flip(os.path.join(d, "inputs", digest), 9), digest)
    check("estate", "an altered estate", lambda d: flip(os.path.join(d, "inputs", estate(data)), 9), estate(data))


def one_value(data, query):
    db = sqlite3.connect(os.path.join(data, "ledger.db"))
    found = db.execute(query).fetchall()
    db.close()
    return found


def attacks_rule(data):
    return one_value(data, "SELECT rule FROM run")[0][0].split("@")[-1]


def estate(data):
    return one_value(data, "SELECT estate FROM run")[0][0].split("@")[-1]


def sources(data):
    return one_value(data, "SELECT kind, digest FROM run_input")


# ---- added up ----

def territory(a):
    return "ZZ" if a["path"] in ("spoofable", "reflector") else a["territory"]


def reason(a):
    return a["path"] if a["path"] in ("spoofable", "reflector") else a["zz_reason"]


ROWS = {"territory": territory, "zz_reason": reason, "class": lambda a: a["class"], "outcome": lambda a: a["outcome"],
        "target_class": lambda a: a["target_class"], "severity": lambda a: str(a["severity"]),
        "vector_group": lambda a: a["vector_group"], "asset": lambda a: a["asset"]}


def tally(found, key):
    out = {}
    for a in found:
        if key(a) is not None:
            out[key(a)] = out.get(key(a), 0) + 1
    return out


def added_up(data, what, *options):
    """The statement's numbers against those that anybody adds up from `attacks --json`."""
    statement = json.loads(run("statement", "--json", "--data", data, *options)[1])
    found = attacks(data, *options)
    counted = [a for a in found if a["counted"]]
    same(counted, [a for a in found if a["status"] == "counted" and a["direction"] == "in"], f"{what}: counted means counted and in")
    funnel = statement["funnel"]
    same((statement["attacks"], funnel["attacks"]), (len(counted),) * 2, f"{what}: the headline is {len(counted)}")
    outcomes = tally(counted, ROWS["outcome"])
    same({o: funnel[o] for o in ("repelled", "refused", "reached", "unknown") if funnel[o]}, outcomes, f"{what}: outcomes add up")
    same(funnel["incidents"], sum(a["incident"] for a in counted), f"{what}: incidents add up")
    same(statement["continued"], sum(a["continues"] is not None for a in counted), f"{what}: continued ones add up")
    same({p: n for p, n in statement["path"].items() if n}, tally(counted, lambda a: a["path"]), f"{what}: paths add up")
    for name, key in ROWS.items():
        rows = {r["name"]: r["attacks"] for r in statement["tables"][name] if r["attacks"]}
        same(rows, tally([a for a in counted if name != "zz_reason" or territory(a) == "ZZ"], key), f"{what}: table {name} adds up")
        bad = [r for r in statement["tables"][name] if not r["attacks"] == sum(r["path"].values()) == sum(r["outcome"].values())]
        same(bad, [], f"{what}: each row of {name} adds up over paths and outcomes")
    return statement


class Page(html.parser.HTMLParser):
    """Rows of all tables, and everything that could fetch something."""

    def __init__(self, text):
        super().__init__()
        self.rows, self.outside, self.cell = [], [], None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self.cell = True
        if tag in ("script", "link", "iframe", "img", "object", "embed", "base"):
            self.outside.append(tag)
        self.outside += [f"{tag} {n}={v}" for n, v in attributes
                         if n in ("src", "href", "action", "data", "srcset", "xlink:href") and not (v or "").startswith("#")]

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self.cell = None

    def handle_data(self, data):
        if self.cell:
            self.rows[-1][-1] += data


def page(data, statement):
    text = run("statement", "--format", "html", "--data", data)[1]
    found = Page(text)
    same(found.outside, [], "the page refers to nothing outside")
    ok("url(" not in text.replace("url(#", "") and "@import" not in text and "Content-Security-Policy" in text, "nor does its style")
    cells = [[" ".join(c.split()) for c in row] for row in found.rows]
    for name in ("class", "target_class", "asset", "severity"):
        missing = [r for r in statement["tables"][name] if r["attacks"] and
                   not any(row and row[0].split(" ")[0] == r["name"] and str(r["attacks"]) in row[1:] for row in cells)]
        same(missing, [], f"the page has the rows of {name}")
    for r in statement["tables"]["territory"]:
        ok(any(row and row[0].startswith(r["name"]) and row[1] == str(r["attacks"]) for row in cells if len(row) > 1),
           f"and {r['attacks']} for {r['name']}")


# ---- what people say ----

def amended(room, data):
    data = copy(room, data, "amended")
    before = added_up(data, "before")
    write(room("before.json"), run("statement", "--json", "--data", data)[1].encode())
    counted = [a for a in attacks(data) if a["counted"]]
    gone, real, other = (a["id"] for a in counted[:3])
    same(run("dismiss", gone, "--data", data, *BY)[0], 0, "dismiss")
    after = added_up(data, "dismissed")
    same(after["attacks"], before["attacks"] - 1, "a dismissed attack leaves the count")
    same(sum(r.get("attacks", r.get("count", 0)) for r in after["left_out"]), 1, "and is listed as left out")
    shown = run("show", gone, "--data", data)[1]
    ok("A. Person" in shown and "looked at the packets" in shown, "show tells who and why", shown)
    same(run("confirm", real, "--data", data, *BY)[0], 0, "confirm")
    ok([a["incident"] and a["confirmed"] for a in attacks(data) if a["id"] == real] == [True], "a confirmed attack is an incident")
    same(run("amend", other, "severity", "5", "--data", data, *BY)[0], 0, "amend")
    same([a["severity"] for a in attacks(data) if a["id"] == other], [5], "severity 5 is given by a person")
    later = added_up(data, "amended")
    same(len(later["amendments"]), 3, "the statement lists what was said")
    same(run("confirm", gone, "--data", data, *BY)[0], 0, "confirm lifts a dismissal")
    same(added_up(data, "lifted")["attacks"], before["attacks"], "it counts again")
    same(one_value(data, f"SELECT action FROM amendment WHERE id = '{gone}' ORDER BY amendment_no"), [("dismiss",), ("confirm",)],
         "and both are kept")
    same(run("recount", "--data", data)[0], 0, "recount compares what was decided, not what was said")
    write(room("after.json"), run("statement", "--json", "--data", data)[1].encode())
    status, out, err = run("statement", "--diff", room("before.json"), room("after.json"))
    ok(status == 0 and "A. Person" in out and "everity" in out, "statement --diff says what changed, and who said so", out + err)
    refused = ("--data", data)
    ok(run("dismiss", gone, *refused, "--by", "X")[0] in (1, 2), "no reason, no dismissal")
    one_line(run("dismiss", "0" * 26, *refused, *BY), 1, "an unknown id is one line", "0" * 26)
    one_line(run("show", "ZZZZ", *refused), 1, "show of an unknown id too", "ZZZZ")
    ok(run("amend", other, "severity", "9", *refused, *BY)[0] in (1, 2), "no severity 9")


# ---- refusals ----

def refusals(room, data, capture):
    one_line(run("replay", "--workers", "0", capture), 2, "a bad option", "--workers")
    one_line(run("replay"), 2, "a missing capture", "capture")
    one_line(run("nothing"), 2, "an unknown command", "nothing")
    one_line(run("statement", "--day", "2026-13-01", "--data", data), 2, "a day that is none", "2026-13-01")
    one_line(run("attacks", "--class", "war", "--data", data), 2, "a class that is none", "war")
    one_line(run("attacks", "--data", room("absent")), 1, "an absent data directory", room("absent"))
    one_line(run("recount", "--data", room("absent")), 1, "for recount too", room("absent"))
    one_line(run("replay", "--quiet", "--memory-ledger", room("absent.pcap")), 1, "an absent capture", room("absent.pcap"))
    ok(not os.path.exists(room("absent")), "reading makes no directory")
    one_line(run("replay", "--quiet", "--data", "/proc/none", capture), 1, "a data directory that cannot be made", "/proc/none")
    broken = copy(room, data, "broken")
    write(os.path.join(broken, "ledger.db"), b"not a database at all" * 100)
    one_line(run("attacks", "--data", broken), 1, "a ledger that is none", broken)
    one_line(run("statement", "--data", broken), 1, "for a statement too", broken)
    file = write(room("file"), b"")
    one_line(run("replay", "--quiet", "--data", file, capture), 1, "a data directory that is a file", file)
    one_line(run("replay", "--quiet", "--memory-ledger", "--eve", room("no/where"), capture), 1, "a file that cannot be written", room("no/where"))


# ---- cut at 24 hours ----

def scan(hours):
    """At each hour one source asks three new ports of a host, one second between, and nothing answers."""
    packets = []
    for hour in range(hours):
        for second in range(3):
            at = 1795305600 * 1000000 + hour * HOUR_US + second * 1000000
            frame = tcp("198.51.100.9", "192.0.2.10", 40000, 1000 + 3 * hour + second, 7, 0, SYN)
            packets.append((at, len(frame), frame))
    return packets


def continued(room):
    """24 h after the first step still belongs to the attack; the step one second later opens the next, which continues it."""
    data = data_dir(room("days"))
    status, _, err = run("replay", "--quiet", "--config", CONFIG, "--data", data, write(room("days.pcap"), pcap_bytes(1, scan(60))))
    found = attacks(data)
    same([a["first"] for a in found], ["2026-11-22T00:00:00.000000Z", "2026-11-23T00:00:01.000000Z", "2026-11-24T00:00:02.000000Z"],
         "a scan of 60 hours is cut at 24 hours, equality included" + err)
    same([a["continues"] for a in found], [None] + [a["id"] for a in found[:-1]], "each part names the one before")
    days = sorted(a["day"] for a in attacks(data))
    same(added_up(data, "cut", "--from", days[0], "--to", days[-1])["continued"], 2, "the statement counts what continues")
    same((status, run("recount", "--data", data)[0]), (0, 0), "and it recounts equal")
    for day in sorted({a["day"] for a in found}):
        added_up(data, day, "--day", day)


def three_days(room, capture):
    """The same capture on three days is three times the attacks, each on its day."""
    link, packets = read_pcap(capture)
    copies = [(us + days * DAY_US * 2, wire, data) for days in range(3) for us, wire, data in packets]
    data = data_dir(room("three"))
    run("replay", "--quiet", "--config", CONFIG, "--data", data, write(room("three.pcap"), pcap_bytes(link, copies)))
    days = {}
    for a in attacks(data):
        days.setdefault(a["day"], []).append((a["class"], a["asset"], a["service"], a["vector_group"], a["group"], a["units"]))
    found = [sorted(d) for d in days.values()]
    ok(len(found) == 3 and found[0] == found[1] == found[2], "copies two days apart give the same attacks each day", days)
    same(run("recount", "--data", data)[0], 0, "and recount equal")


def main():
    with Room() as room:
        capture = demo(room)
        if capture is None:
            skip("commands", "no zstd program")
            finish()
        data = data_dir(room("data"))
        same(run("replay", "--quiet", "--config", CONFIG, "--data", data, capture)[0], 0, "the bundled capture replays")
        statement = added_up(data, "statement")
        twice(room, data, capture)
        summary(room, capture)
        recounted(room, data)
        altered(room, data)
        page(data, statement)
        amended(room, data)
        refusals(room, data, capture)
        continued(room)
        three_days(room, capture)
    finish()


main()
