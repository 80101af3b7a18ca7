"""plan.py - what happens in a run, drawn from its seed alone: who, with which tool and options, when, against what.

Drawn so that jitter of a loaded machine cannot change what the counting rule makes of it: floods go well over or stay
well under their minimum, two floods of one key do not begin together, floods of requests meet quiet assets only, and all of
these begin at BEGIN of a second of the clock, since the rule looks at whole seconds."""
import itertools
import random

from places import ASSETS, COUNTRIES, DISPUTED4, TOR4, UNKNOWN4, VPN4, block4, forged_prefix, hosts
from servers import PASSWORD, USERS

import ipaddress

BEGIN = 0.2
LENGTH = 60  # seconds of attacks and ordinary traffic
NAMES = [a[0] for a in ASSETS]
PAGES = ["/"] + [f"/page{i}.html" for i in range(1, 40)]
MIXED = PAGES + ["/old/x", "/missing.html", "/old/y"]
CLOSED = [p for p in list(range(20, 120)) + list(range(1000, 1100)) + [3306, 3389, 5432, 5900, 6379, 8080, 8443]
          if p not in (22, 53, 80, 443)]


class Plan:
    """assets: traits by name; attacks and ordinary: sessions; both are plain data."""

    def __init__(self, seed, demo=False):
        self.rng = random.Random(f"redoubt lab {seed}")
        self.seed, self.demo = seed, demo
        self.busy = self.rng.choice(NAMES)
        self.quiet = [n for n in NAMES if n != self.busy]
        self.assets = {n: self._traits(n) for n in NAMES}
        self.attacks, self.ordinary, self.bots = [], [], []
        self.taken, self.floods, self.ranges = set(), {}, 0
        self.apart = None  # the asset of a distributed brute force: no other logins fail there
        self.app_targets = list(self.quiet)
        self.rng.shuffle(self.app_targets)
        (self._draw_demo if demo else self._draw)()
        self._ordinary()

    def _traits(self, name):
        rng = self.rng
        return {"ssh": True, "echo": rng.random() < 0.5, "patience": rng.choice([5, 60]), "reset": rng.choice(["on", "off"]),
                "limited": rng.random() < 0.5, "big_blocks": 60 if self.demo else 120}

    # --- addresses ---------------------------------------------------------------------------------------------------

    def attacker4(self, country=None):
        """An unused IPv4 address of the attackers' range: of a country, or now and then of a special block."""
        rng = self.rng
        for attempt in itertools.count():
            if country and attempt < 200:  # a country has fourteen
                net = block4(COUNTRIES.index(country))
            elif rng.random() < 0.35:
                net = ipaddress.ip_network(rng.choice([VPN4, TOR4, UNKNOWN4, DISPUTED4]))
            else:
                net = block4(rng.randrange(12))
            a = str(net[rng.randrange(1, 15)])
            if a not in self.taken:
                self.taken.add(a)
                return a

    def attacker6(self):
        while True:
            i, subnet = self.rng.randrange(len(COUNTRIES)), self.rng.randrange(1, 0x100)
            a = f"2001:db8:{0x1000 + i:x}:{subnet:x}::{self.rng.randrange(2, 0xffff):x}"
            if (i, subnet) not in self.taken:
                self.taken.add((i, subnet))
                return a

    def attacker(self, family, country=None):
        return self.attacker4(country) if family == 4 else self.attacker6()

    def client4(self):
        """Ordinary IPv4 clients: .1 to .199; the lossy link, NAT, crawler and the like live above."""
        return f"203.0.113.{self.rng.randrange(1, 200)}"

    def client6(self):
        i = self.rng.randrange(len(COUNTRIES))
        return f"2001:db8:{0x1000 + i:x}:{self.rng.randrange(0x100, 0xffff):x}::{self.rng.randrange(2, 0xffff):x}"

    # --- attacks -----------------------------------------------------------------------------------------------------

    def add(self, kind, at, **fields):
        fields |= {"id": f"a{len(self.attacks) + 1}", "kind": kind, "at": round(at, 2), "seed": self.rng.randrange(1 << 30)}
        self.attacks.append(fields)

    def _draw(self):
        rng = self.rng
        if rng.random() < 0.25:
            self.apart = rng.choice(NAMES)
            self.distributed(rng.uniform(3, 20))
        for draw in [self.scan, self.scan, self.sweep, self.brute] + rng.sample([self.scan, self.sweep, self.brute], 1):
            draw(rng.uniform(3, 36))
        for _ in range(rng.choice([2, 3, 3, 4])):
            self.flood()
        applications = rng.sample([self.slow, self.requests, self.botnet, self.connections], rng.choice([1, 2, 2]))
        for draw in applications:
            draw(rng.randrange(4, 33))
        rng.choice([self.under_flood, self.under_requests, self.under_brute, self.under_scan])(rng.randrange(4, 35))
        rng.choice([self.under_brute, self.under_scan, self.under_connections])(rng.randrange(4, 35))

    def target(self, asset, family, dead_chance=0.2):
        first, second, dead = hosts(asset)[family]
        roll = self.rng.random()
        return self.rng.choice(dead) if roll < dead_chance else first if roll < 0.75 else second

    def scan(self, at, asset=None, count=None, **over):
        """Many ports of one host."""
        rng = self.rng
        family, asset = over.get("family") or rng.choice([4, 4, 6]), asset or rng.choice(NAMES)
        method = over.get("method") or rng.choice(["sS", "sS", "sT", "sU", "sN", "sF", "sX", "sA"])
        count = count or rng.randrange(12, 40)
        ports = sorted(rng.sample(CLOSED, count) + rng.sample([22, 53, 80, 443], 2))
        src = self.attacker(family)
        rate = rng.choice([30, 50, 80])
        argv = ["nmap", *(["-6"] if family == 6 else []), "-n", "-Pn", f"-{method}", "--min-rate", str(rate), "--max-rate",
                str(rate), "--max-retries", "1", "--host-timeout", "20s", "-p", ",".join(map(str, ports)),
                self.target(asset, family)]
        self.add("scan", at, tool="nmap", argv=argv, src=[src], asset=asset, dst=[argv[-1]])

    def sweep(self, at, asset=None, count=None, port=None, method=None):
        """One port of many hosts, sometimes of several assets."""
        rng = self.rng
        family = rng.choice([4, 4, 6])
        assets = [asset] if asset else rng.sample(NAMES, rng.choice([1, 1, 2, 4]))
        method, port = method or rng.choice(["sS", "sS", "sT", "sU"]), port or rng.choice([22, 23, 25, 80, 445, 3389, 5900])
        targets = []
        for name in assets:
            first, second, dead = hosts(name)[family]
            targets += rng.sample([*rng.choice([[first, second], [first], []]), *dead], count or rng.randrange(10, 24))
        rate = rng.choice([30, 50])
        argv = ["nmap", *(["-6"] if family == 6 else []), "-n", "-Pn", f"-{method}", "--min-rate", str(rate), "--max-rate",
                str(rate), "--max-retries", "0", "--host-timeout", "20s", "-p", str(port), *targets]
        self.add("sweep", at, tool="nmap", argv=argv, src=[self.attacker(family)], asset=assets, dst=targets)

    def login_asset(self):
        return self.rng.choice([n for n in NAMES if n != self.apart])

    def words(self, n, right=None):
        words = [f"{self.rng.choice(['winter', 'admin', 'pass', 'dragon', 'secret'])}{self.rng.randrange(10000)}" for _ in range(n)]
        if right is not None:
            words[right] = PASSWORD
        return words

    def brute(self, at, asset=None, n=None, success=None, country=None, tasks=None):
        rng = self.rng
        family, asset = 4 if country else rng.choice([4, 4, 6]), asset or self.login_asset()
        n = n or rng.randrange(16, 26)
        success = rng.random() < 0.4 if success is None else success
        target = hosts(asset)[family][0]
        tasks = tasks or max(rng.choice([2, 3, 4]), -(-(n + 6) // 6))  # sshd ends a connection after six tries, then hydra rests for 32 s
        words = self.words(n + 5, n) if success else self.words(n)
        argv = ["hydra", "-I", *(["-6"] if family == 6 else []), "-t", str(tasks), *(["-f"] if success else []), "-l",
                rng.choice(USERS), "-P", "@words", f"ssh://{f'[{target}]' if family == 6 else target}"]
        self.add("brute", at, tool="hydra", argv=argv, words=words, src=[self.attacker(family, country)], asset=asset, dst=[target])

    def distributed(self, at):
        """Fourteen sources, eight failures each: none alone meets the minimum, together they do."""
        asset, target = self.apart, hosts(self.apart)[4][0]
        for i in range(14):
            argv = ["hydra", "-I", "-t", "4", "-l", USERS[i % 4], "-P", "@words", f"ssh://{target}"]
            self.add("brute", at + i * 0.8, tool="hydra", argv=argv, words=self.words(8), src=[self.attacker(4)], asset=asset,
                     dst=[target])

    def flood(self, kind=None, asset=None, at=None, family=None, small=False):
        """Packets with forged sources."""
        rng = self.rng
        for _ in range(100):
            k = kind or rng.choice(["syn", "syn", "udp", "icmp", "fragment", "amplified", "synack"])
            a, start = asset or rng.choice(NAMES), at if at is not None else rng.randrange(4, 37)
            others = self.floods.get(a, [])
            # A key's first flood has met its minimum before the next begins; under-sized ones stand alone.
            if all(abs(start - s) > 9 for s, _, _ in others) and not any(small or w for _, _, w in others):
                break
        else:
            return
        self.floods.setdefault(a, []).append((start, k, small))
        f = family or rng.choice([4, 4, 6])
        low = k in ("amplified", "synack")
        count = (rng.randrange(250, 500) if low else rng.randrange(900, 1600)) if small else (
            rng.randrange(2500, 4000) if low else rng.randrange(6000, 9000))
        first, second, dead = hosts(a)[f]
        dst = rng.choice([first, first, second, rng.choice(dead)])
        prefix = forged_prefix(f, self.ranges)
        self.ranges += 1
        spec = {"kind": k, "forged": prefix, "dst": dst, "rate": rng.choice([1200, 1500, 2000]), "count": count,
                "sources": rng.choice([1, 40, 1500]) if not low else rng.choice([40, 300]), "size": rng.choice([8, 64, 200]),
                "seed": rng.randrange(1 << 30), "dports": {"syn": [80], "synack": [rng.randrange(20000, 60000)]}.get(k) or
                rng.choice([[53], [9999], [53, 9999]])}
        if k == "syn":
            spec["dports"] = rng.choice([[80], [80, 443], [8081]])
        if k == "amplified":
            spec |= {"sport": rng.choice([53, 123, 389, 11211]), "size": rng.choice([300, 460]), "dports": [rng.choice([53, 9999])]}
        if k == "synack":
            spec["sport"] = rng.choice([80, 443])
        if k == "icmp":
            spec["ident"] = rng.randrange(1, 65536)
        tool, argv = "sender", ["sender.py", "@spec"]
        if f == 4 and k in ("syn", "udp", "icmp") and spec["sources"] == 1 and not self.demo:
            src = str(ipaddress.ip_network(prefix)[rng.randrange(1, 4000)])
            argv = ["hping3", "-q", "-i", "u500", "-c", str(count), "-a", src]
            argv += {"syn": ["-S", "-p", str(spec["dports"][0]), "-s", "30800"],
                     "udp": ["--udp", "-p", str(spec["dports"][0]), "-s", "30800", "-d", str(spec["size"])],
                     "icmp": ["-1", "-d", str(spec["size"])]}[k] + [dst]
            tool = "hping3"
        self.add(f"flood-{k}", start, tool=tool, argv=argv, spec=spec, forged=prefix, asset=a, dst=[dst])

    def _app_target(self):
        return self.app_targets.pop() if self.app_targets else None

    def slow(self, at, count=None, asset=None):
        asset = asset or self._app_target()
        if asset is None:
            return
        rng = self.rng
        dst = hosts(asset)[4][0]
        argv = ["slowhttptest", "-c", str(count or rng.randrange(400, 520)), "-H", "-i", "4", "-r", "150", "-t", "GET", "-u",
                f"http://{dst}/", "-x", "24", "-p", "5", "-l", str(rng.choice([10, 12]))]
        self.add("http-slow", at, tool="slowhttptest", argv=argv, src=[self.attacker4()], asset=asset, dst=[dst])

    def requests(self, at, asset=None, countries=None, seconds=None):
        """wrk from one source or two, slowed down by tbf."""
        asset = asset or self._app_target()
        if asset is None:
            return
        rng = self.rng
        refused = self.assets[asset]["limited"]
        for country in countries or [None] * rng.choice([1, 1, 2]):
            family = 4 if country else rng.choice([4, 4, 6])
            dst = hosts(asset)[family][0]
            port, scheme = rng.choice([(80, "http"), (80, "http"), (443, "https")])
            if refused or self.demo:
                port, scheme = 80, "http"
            host = f"[{dst}]" if family == 6 else dst
            url = f"{scheme}://{host}/{'limited/' if refused else ''}page{rng.randrange(1, 9)}.html"
            argv = ["wrk", "-t", "1", "-c", str(rng.choice([2, 4, 8])), "-d", f"{seconds or rng.choice([8, 10])}s", url]
            self.add("http-flood", at, tool="wrk", argv=argv, src=[self.attacker(family, country)], asset=asset, dst=[dst],
                     port=port, kbit=1100)

    def botnet(self, at, countries=None):
        """Requests from many confirmed sources."""
        asset = self._app_target()
        if asset is None:
            return
        rng = self.rng
        n = 40
        one = rng.choice(COUNTRIES[:8]) if rng.random() < 0.4 else None
        sources = [self.attacker4(None if one is None else one) if i < (12 if one is None else 5) else self._bot6(one) for i in range(n)]
        dst4, dst6 = hosts(asset)[4][0], hosts(asset)[6][0]
        for family, dst in ((4, dst4), (6, dst6)):
            mine = [s for s in sources if (":" in s) == (family == 6)]
            self.add("http-flood", at, tool="bots", src=mine, asset=asset, dst=[dst], argv=["clients.py", "hammer"])
            self.bots.append({"id": self.attacks[-1]["id"], "kind": "hammer", "at": at, "sources": mine, "dst": dst, "port": 80,
                              "paths": PAGES[:6], "count": 200 * len(mine), "rate": 16 * len(mine), "seed": rng.randrange(1 << 30)})

    def _bot6(self, country):
        i = COUNTRIES.index(country) if country else self.rng.randrange(len(COUNTRIES))
        while True:
            subnet = self.rng.randrange(1, 0x100) * 0x100 % 0xff00 or 0x100  # one /56 each: never eight /64 of one /56
            key = ("bot", i, subnet)
            if key not in self.taken:
                self.taken.add(key)
                return f"2001:db8:{0x1000 + i:x}:{subnet:x}:b07::{self.rng.randrange(2, 0xffff):x}"

    def connections(self, at, count=None, asset=None):
        """TCP connections that ask for nothing."""
        asset = asset or self._app_target()
        if asset is None:
            return
        rng = self.rng
        dst = hosts(asset)[4][0]
        country = rng.choice(COUNTRIES[:12])  # one: which of them are named depends on how long it lasted
        sources = [self.attacker4(country) for _ in range(rng.choice([1, 3]) if count is None else 1)]
        self.add("tcp-connection", at, tool="bots", src=sources, asset=asset, dst=[dst], argv=["clients.py", "occupy"])
        self.bots.append({"id": self.attacks[-1]["id"], "kind": "occupy", "at": at, "sources": sources, "dst": dst, "port": 80,
                          "count": count or rng.randrange(450, 650), "rate": 120, "hold": rng.choice([0.5, 2, 12]),
                          "seed": rng.randrange(1 << 30)})

    # --- what must stay under the minimum ----------------------------------------------------------------------------

    def under_flood(self, at):
        self.flood(at=at, small=True)

    def under_requests(self, at):
        asset = self._app_target()
        if asset is None:
            return
        dst = hosts(asset)[4][0]
        src = [self.attacker4()]
        self.add("http-flood", at, tool="bots", src=src, asset=asset, dst=[dst], argv=["clients.py", "hammer"])
        self.bots.append({"id": self.attacks[-1]["id"], "kind": "hammer", "at": at, "sources": src, "dst": dst, "port": 80,
                          "paths": PAGES[:6], "count": 600, "rate": 60, "seed": self.rng.randrange(1 << 30)})

    def under_connections(self, at):
        asset = self._app_target()
        if asset is not None:
            self.connections(at, count=150, asset=asset)

    def under_brute(self, at):
        self.brute(at, n=self.rng.randrange(4, 7), success=False, tasks=4)

    def under_scan(self, at):
        self.sweep(at, asset=self.rng.choice(NAMES), count=2, port=5900, method="sS")

    # --- the demo ------------------------------------------------------------------------------------------------------

    def _draw_demo(self):
        first, second = self.app_targets[:2]
        self.scan(3, asset=second, count=30, method="sS", family=4)
        self.brute(4, asset="bank", n=16, success=True, country="DE")
        for at, asset, country in ((6, "site", "US"), (9, "bank", "US"), (11, "bank", "GB"), (15, "portal", "NL")):
            self.brute(at, asset=asset, n=14, success=False, country=country)
        self.flood("syn", asset=first, at=8, family=4)
        self.flood("amplified", asset=second, at=16, family=4)
        self.requests(13, asset=first, countries=["US"], seconds=5)
        self.requests(14, asset=second, countries=["GB", "FR"], seconds=4)
        self.sweep(12, asset="clinic", count=12, port=3389, method="sS")
        for s in self.attacks:
            if "spec" in s:
                s["spec"] |= {"count": min(s["spec"]["count"], 4200 if s["kind"] == "flood-syn" else 1600), "rate": 1500}
                s["spec"]["size"] = min(s["spec"]["size"], 300)

    # --- ordinary people -------------------------------------------------------------------------------------------------

    def person(self, kind, at, **fields):
        fields |= {"id": f"o{len(self.ordinary) + 1}", "kind": kind, "at": round(at, 2), "seed": self.rng.randrange(1 << 30)}
        self.ordinary.append(fields)

    def _ordinary(self):
        rng, small = self.rng, self.demo
        end = 30 if small else LENGTH - 4
        for _ in range(30 if small else 60):
            asset = rng.choice(self.quiet)
            family = rng.choice([4, 4, 6])
            self.person("browse", rng.uniform(0.5, end - 6), src=self.client4() if family == 4 else self.client6(),
                        dst=hosts(asset)[family][0], port=rng.choice([80, 443]), pages=rng.randrange(1, 4), paths=PAGES,
                        think=[0.1, 1.2], fresh=rng.random() < 0.3)
        for _ in range(30 if small else 60):
            family = rng.choice([4, 4, 6])
            self.person("browse", rng.uniform(0.5, end - 6), src=self.client4() if family == 4 else self.client6(),
                        dst=hosts(self.busy)[family][0], port=rng.choice([80, 443]), pages=rng.randrange(1, 4), paths=MIXED,
                        think=[0.1, 1.2], fresh=rng.random() < 0.3)
        for _ in range(60 if small else 200):  # one NAT address, many users
            self.person("browse", rng.uniform(0.5, end - 4), src="203.0.113.201", dst=hosts(self.busy)[4][0],
                        port=rng.choice([80, 80, 443]), pages=2, paths=PAGES, think=[0.1, 1.5], label="nat")
        for _ in range(6 if small else 25):
            family = rng.choice([4, 4, 6])
            self.person("lookup", rng.uniform(0.5, end - 8), src=self.client4() if family == 4 else self.client6(),
                        dst=hosts(rng.choice(NAMES))[family][0], pages=rng.randrange(1, 5), think=[0.1, 1.0])
        for _ in range(2 if small else 6):
            family = rng.choice([4, 6])
            self.person("ssh", rng.uniform(1, end - 12), src=self.client4() if family == 4 else self.client6(),
                        dst=hosts(rng.choice(NAMES))[family][0], user=rng.choice(USERS), passwords=[PASSWORD], think=[0.1, 0.5])
        self.person("ssh", rng.uniform(2, 20), src="203.0.113.202", dst=hosts(self.login_asset())[4][0], user=rng.choice(USERS),
                    passwords=self.words(6) + [PASSWORD], think=[0.2, 0.8], label="six-wrong-then-right")
        if not small:
            self.person("crawl", 0.5, src="203.0.113.203", dst=hosts(self.busy)[4][0], port=80, pages=2000, paths=PAGES,
                        every=0.0272, until=LENGTH - 1, label="crawler")
        self.person("monitor", 0.7, src="203.0.113.204", dst=hosts(rng.choice(NAMES))[4][0], port=80, every=1.0, until=end,
                    label="monitor")
        self.person("browse", rng.uniform(1, 25 if not small else 10), src="203.0.113.205", dst=hosts(self.busy)[4][0], port=80, pages=1,
                    paths=["/big"], think=[0, 0], label="download")
        self.person("knock", 1.3, src="2001:db8:1000:f00d::7", dst=hosts(self.busy)[6][1], port=80, every=5.0, until=end,
                    then={"src": "203.0.113.206", "dst": hosts(self.busy)[4][0], "port": 80}, paths=PAGES, label="happy-eyeballs")
        self.person("knock", 1.9, src="203.0.113.207", dst=hosts(rng.choice(self.quiet))[4][2][7], port=80, every=2.5, until=end,
                    label="health-check-dead-host")
        for _ in range(2 if small else 6):
            self.person("browse", rng.uniform(1, end - 15), src="203.0.113.250", dst=hosts(rng.choice(self.quiet))[4][0], port=80,
                        pages=rng.randrange(2, 5), paths=PAGES, think=[0.1, 0.8], label="lossy")
