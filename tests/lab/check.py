#!/usr/bin/env python3
"""check.py --seed N --build DIR - laboratory, replay and oracle must agree: every attack, and nothing more.

Runs the laboratory (or takes a finished run with --dir), replays its capture, asks the oracle what the counting rule makes of
what really happened, and compares key, first (within a second), class, path, territory and outcome. Exit code 0 only when they
agree, 1 when they do not, 77 where namespaces cannot be made."""
import argparse
import datetime
import ipaddress
import json
import os
import signal
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.join(HERE, "..", "..")
KEY = ("family", "vector", "asset", "group", "service")
VALUES = ("class", "path", "territory", "outcome")
SECOND = 1.0
BROKEN, ATTEMPTS = 3, 3


def lab(seed, out):
    """A run in which the sensor lost nothing and every tool ran; a loaded machine gets another try."""
    for _ in range(ATTEMPTS):
        child = subprocess.Popen([sys.executable, f"{HERE}/lab.py", "--seed", str(seed), "--out", out, "--keep-logs"])
        try:
            code = child.wait()
        except BaseException:
            child.terminate()  # it takes its namespaces down
            child.wait()
            raise
        if code != BROKEN:
            return code
    return 1


def group(text):
    if text in ("*", "*d"):
        return text
    return str(ipaddress.ip_network(text, strict=False).network_address)


def found_attack(a):
    """An attack as redoubt prints it, in the oracle's words."""
    vector = a["vector_group"] if a["family"] == "availability" else a["scan_vector"]
    territory = f"ZZ:{a['zz_reason']}" if a["territory"] == "ZZ" else a["territory"]
    first = datetime.datetime.fromisoformat(a["first"].replace("Z", "+00:00")).timestamp()
    asset = a["asset"] if a["direction"] == "in" else f"{a['direction']} {a['asset']}"
    return {"family": a["family"], "vector": vector, "asset": asset, "group": group(a["group"]), "service": a["service"],
            "class": a["class"], "first": first, "path": a["path"], "territory": territory, "outcome": a["outcome"],
            "id": a["id"], "status": a["status"]}


def replay(build, folder, data, extra):
    """redoubt's attacks, counted ones only."""
    redoubt = next((p for p in (f"{build}/redoubt", f"{build}/src/cmd/redoubt") if os.path.exists(p)), "redoubt")
    common = ["--data", data, "--config", f"{folder}/redoubt.yaml"]
    capture = next(p for p in (f"{folder}/capture.pcap", f"{folder}/capture.pcap.zst") if os.path.exists(p))
    done = subprocess.run([redoubt, "replay", "--json", *common, *extra, capture], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"check: replay failed ({done.returncode}): {done.stderr.strip()}")
    print("check:", done.stdout.strip().splitlines()[-1])
    done = subprocess.run([redoubt, "attacks", "--json", "--data", data], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"check: attacks failed ({done.returncode}): {done.stderr.strip()}")
    return [found_attack(json.loads(line)) for line in done.stdout.splitlines() if line.strip()]


def oracle(folder):
    done = subprocess.run([sys.executable, f"{TOP}/tests/oracle/cr1.py", f"{TOP}/etc/cr1", f"{folder}/redoubt.yaml",
                           f"{folder}/truth.jsonl"], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"check: oracle failed: {done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def clock(t):
    return datetime.datetime.fromtimestamp(t, datetime.timezone.utc).strftime("%H:%M:%S.%f")[:-4]


def compare(expected, found):
    """Print one line per attack; returns how many disagree."""
    wrong, left = 0, list(found)
    print(f"{'':9} {'family':12} {'vector':11} {'asset':7} {'group':22} {'first':12} {'class':11} {'path':9} {'territory':15} outcome")

    def line(mark, a):
        print(f"{mark:9} {a['family']:12} {a['vector']:11} {a['asset']:7} {a['group']:22} {clock(a['first']):12} "
              f"{a['class']:11} {a['path']:9} {a['territory']:15} {a['outcome']}")
    for e in expected:
        match = next((f for f in left if all(f[k] == e[k] for k in KEY)), None)
        if match is None:
            wrong += 1
            line("MISSED", e)
            continue
        left.remove(match)
        differs = [v for v in VALUES if match[v] != e[v]]
        differs += ["first"] if abs(match["first"] - e["first"]) > SECOND else []
        line("DIFFERS" if differs else "agree", e)
        if differs:
            wrong += 1
            line("  found", match)
            print(f"          {', '.join(differs)}")
    for f in left:
        wrong += 1
        line("TOO MANY", f)
    return wrong


def main():
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    parser = argparse.ArgumentParser(prog="check.py")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--build", default="build")
    parser.add_argument("--dir", help="a finished run of the laboratory")
    parser.add_argument("--keep", metavar="DIR", help="keep the run here")
    parser.add_argument("--workers", help="replay with so many workers")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="rlab-check-") as temporary:
        folder = args.dir or args.keep or f"{temporary}/lab"
        if not args.dir:
            code = lab(args.seed, folder)
            if code:
                return code
        extra = ["--workers", args.workers] if args.workers else []
        wrong = compare(oracle(folder), replay(args.build, folder, f"{temporary}/data", extra))
    print(f"check: {args.dir or f'seed {args.seed}'}: " + ("agree" if wrong == 0 else f"{wrong} attacks differ"))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
