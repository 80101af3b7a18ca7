"""The oracle at the boundaries of the rule, one either side. Expectations are counted by hand from design 5."""
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ESTATE = """estate:
  assets:
    - name: bank
      networks: [192.0.2.0/26, "2001:db8:b::/48"]
geo:
  country: [a.mmdb, b.mmdb]
  lists:
    - {label: vpn, name: x, file: vpn.txt, date: 2026-11-01}
"""
T = 1795000000
checks = 0


def predict(*sessions):
    with tempfile.TemporaryDirectory() as d:
        for name, text in (("e.yaml", ESTATE), ("vpn.txt", "198.51.100.16/28\n"), ("t.jsonl", "\n".join(map(json.dumps, sessions))),
                           ("a.tsv", "198.51.100.0/24\tDE\n203.0.113.0/24\tUS\n"), ("b.tsv", "198.51.100.0/24\tDE\n203.0.113.0/24\tGB\n")):
            with open(f"{d}/{name}", "w") as f:
                f.write(text)
        done = subprocess.run([sys.executable, f"{HERE}/cr1.py", f"{HERE}/../../etc/cr1", f"{d}/e.yaml", f"{d}/t.jsonl"],
                              capture_output=True, text=True, check=True)
        return [json.loads(line) for line in done.stdout.splitlines()]


def ok(condition, what):
    global checks
    checks += 1
    print(f"{'ok' if condition else 'not ok'} {checks} - {what}")
    return condition


def steps(*rows, source="198.51.100.1"):
    return {"steps": [[T + t, source, host, port, answer] for t, host, port, answer in rows]}


def logins(n, source="198.51.100.1", accepted=None, gap=1):
    return {"logins": [[T + i * gap, source, "192.0.2.10", i == accepted] for i in range(n)]}


def flood(vector, *counts, refused=0):
    return {"units": {"192.0.2.10": {vector: {str(T + i): [n, refused] for i, n in enumerate(counts)}}}}


def one(found, **wanted):
    return len(found) == 1 and all(found[0][k] == v for k, v in wanted.items())


def main():
    ports = [(t, "192.0.2.10", 1000 + t, "rst") for t in range(3)]
    ok(predict(steps(*ports[:2])) == [], "two closed ports are no scan")
    ok(one(predict(steps(*ports)), vector="port", group="*", first=T, outcome="refused", territory="ZZ:spoofable"), "three are")
    ok(one(predict(steps(*[(t, f"192.0.2.{20 + t}", 22, "none") for t in range(3)])), vector="host", outcome="unknown"), "a sweep")
    ok(one(predict(steps((0, "192.0.2.10", 1, "none"), (300, "192.0.2.10", 2, "none"), (600, "192.0.2.10", 3, "none")))),
       "ten minutes, equality included")
    ok(predict(steps((0, "192.0.2.10", 1, "none"), (300, "192.0.2.10", 2, "none"), (601, "192.0.2.10", 3, "none"))) == [],
       "one second more is too slow for three")
    ok(predict(steps(*ports[:2]), steps((9, "192.0.2.10", 7, "rst"), source="198.51.100.2")) == [], "claimed sources do not add up")
    ok(len(predict(steps(*ports), steps(*ports, source="198.51.100.2"))) == 1, "two sources, one key: one attack")

    ok(predict(logins(9)) == [], "nine failures are none")
    ok(one(predict(logins(10)), group="198.51.100.1", territory="DE", path="confirmed", outcome="refused", first=T), "ten are")
    ok(one(predict(logins(11, accepted=10)), outcome="reached"), "and one accepted afterwards reached its aim")
    ok(predict(logins(10, gap=401)) == [], "ten over more than an hour are none")
    ok(one(predict(logins(10, gap=400)), first=T), "ten over an hour are")
    ok(one(predict(logins(10, source="198.51.100.17")), territory="ZZ:vpn", path="proxied"), "a VPN's address has no territory")
    ok(one(predict(logins(10, source="203.0.113.9")), territory="ZZ:database-disagreement"), "nor one on which databases disagree")
    ok(one(predict(logins(10, source="2001:db8:9:8:7::1")), territory="ZZ:not-in-database", group="2001:db8:9:8::"), "IPv6 by /64")
    nine = [logins(9, source=f"198.51.100.{i}") for i in range(30, 42)]
    ok(one(predict(*nine), group="*d"), "twelve times nine failures are one distributed attack")
    ok(predict(*nine[:11]) == [], "eleven times nine are 99: none")

    ok(predict(flood("tcp-syn", 1500, 1500)) == [], "a load of 3,000 is no flood")
    ok(one(predict(flood("tcp-syn", 1500, 1501)), vector="network", **{"class": "ddos"}), "3,001 is")
    ok(predict(flood("tcp-syn", 3000, *[0] * 29, 1)) == [], "what is 30 s old does not count")
    ok(one(predict(flood("tcp-syn", 100, 100, 3000)), first=T + 2.5), "first is the first second near a flood")
    ok(predict(flood("udp/53", 1000)) == [] and one(predict(flood("udp/53", 1001)), path="reflector"), "amplifiers: 1,000 and 1,001")
    ok(one(predict(flood("udp/53", 9001), flood("tcp-syn", 1000)), path="reflector"), "nine tenths amplified: reflector")
    ok(one(predict(flood("udp/53", 8999), flood("tcp-syn", 1000)), path="spoofable"), "a little less: spoofable")
    ok(one(predict(flood("icmp", 4000, refused=1)), outcome="refused"), "one refusal makes it refused")
    idle = {"no_request": [[T + i / 100, "198.51.100.1", "192.0.2.10", 0] for i in range(301)]}
    ok(one(predict(idle), vector="application", territory="DE", outcome="unknown", **{"class": "dos"}), "301 idle connections")
    ok(predict({"no_request": idle["no_request"][:300]}) == [], "300 are not enough")
    bots = {"requests": {"192.0.2.10": {f"198.51.100.{i}": {str(T): [400, 0]} for i in range(40, 60)}}}
    ok(one(predict(bots), **{"class": "ddos"}), "requests of twenty sources: ddos")
    many = [f"2001:db8:1:{i:x}00::1" for i in range(12)]
    near = {"requests": {"192.0.2.10": {a: {str(T): [400, 0]} for a in many}}}
    ok(one(predict(near), **{"class": "dos"}), "twelve /56 of one /48 are one source group")
    far = {"requests": {"192.0.2.10": {a.replace("db8:1:", f"db8:{i:x}:"): {str(T): [400, 0]} for i, a in enumerate(many + many)}}}
    ok(one(predict(far), **{"class": "ddos"}), "in /48 of their own they are many")
    print(f"1..{checks}")


main()
