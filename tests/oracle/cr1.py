#!/usr/bin/env python3
"""cr1.py RULE ESTATE.yaml TRUTH.jsonl - the attacks the counting rule cr1 makes of what really happened, one JSON line each.

Shares no code with redoubt or the laboratory, never sees a packet or a line redoubt wrote. Reads the rule's numbers, the estate,
the text sources of its databases (NAME.tsv beside NAME.mmdb), its label lists, and the facts of the truth file."""
import ipaddress
import json
import math
import os
import sys
from collections import Counter, defaultdict

FIELDS = ("family", "vector", "asset", "group", "service", "class", "first", "path", "territory", "outcome")
UNITS = {"us": 1e-6, "s": 1, "min": 60, "h": 3600, "d": 86400, "percent": 1}


def read_rule(path):
    """name -> number, None for `none`; amplifier-port -> set."""
    rule, ports = {}, set()
    with open(path, encoding="utf-8") as lines:
        for words in (line.split("#")[0].split() for line in lines):
            if words and words[0] == "amplifier-port":
                ports.add(int(words[1]))
            elif words and words[0] != "rule":
                unit = UNITS[words.pop()] if words[-1] in UNITS else 1
                rule[" ".join(words[:-1])] = None if words[-1] == "none" else float(words[-1]) * unit
    return rule | {"amplifiers": ports}


def flow_value(text):
    """A scalar, [list] or {map} on one line of YAML."""
    if text.strip()[:1] in ("[", "{"):
        text, parts, depth, at = text.strip(), [], 0, 1
        for i, c in enumerate(text):
            depth += (c in "[{") - (c in "]}")
            if (c == "," and depth == 1) or depth == 0:
                parts.append(text[at:i].strip())
                at = i + 1
        parts = [p for p in parts if p]
        pairs = (p.split(":", 1) for p in parts)
        return [flow_value(p) for p in parts] if text[0] == "[" else {k.strip(): flow_value(v) for k, v in pairs}
    return text.strip().strip("\"'")


def read_yaml(path):
    """The subset of YAML an estate is written in: maps and lists by indentation, flow style on one line."""
    with open(path, encoding="utf-8") as f:
        lines = [(len(l) - len(l.lstrip()), l.strip()) for l in f if l.strip() and not l.strip().startswith("#")]

    def block(i, indent):
        out = [] if lines[i][1].startswith("- ") else {}
        while i < len(lines) and lines[i][0] == indent:
            text = lines[i][1]
            if text.startswith("- "):
                rest = text[2:].strip()
                lines[i] = (indent + 2, rest)
                plain = rest[0] in "[{" or ":" not in rest
                value, i = (flow_value(rest), i + 1) if plain else block(i, indent + 2)
                out.append(value)
                continue
            key, _, rest = text.partition(":")
            out[key], i = (flow_value(rest), i + 1) if rest.strip() else block(i + 1, lines[i + 1][0])
        return out, i
    return block(0, 0)[0]


class Prefixes:
    """Longest prefix wins."""
    def __init__(self, rows):
        self.by_length = defaultdict(dict)
        for prefix, value in rows:
            net = ipaddress.ip_network(prefix)
            self.by_length[(net.version, net.prefixlen)][int(net.network_address)] = value

    def find(self, address):
        a = ipaddress.ip_address(address)
        for (version, length), table in sorted(self.by_length.items(), key=lambda e: -e[0][1]):
            shift = a.max_prefixlen - length
            found = table.get(int(a) >> shift << shift) if version == a.version else None
            if found is not None:
                return found
        return None


class World:
    """Estate and geography."""
    def __init__(self, path):
        config, here = read_yaml(path), os.path.dirname(os.path.abspath(path))
        assets = config["estate"]["assets"]
        self.assets = Prefixes([(p, a["name"]) for a in assets for p in a.get("networks", []) + a.get("hosts", [])])
        self.ceilings = {a["name"]: a.get("ceilings", {}) for a in assets}
        geo = config.get("geo", {})
        self.databases = [Prefixes(self._rows(here, name)) for name in geo.get("country", [])]
        self.labels = []
        for entry in geo.get("lists", []):
            with open(os.path.join(here, entry["file"]), encoding="utf-8") as lines:
                words = filter(None, (l.split("#")[0].strip() for l in lines))
                self.labels.append((entry["label"], Prefixes([(w, True) for w in words])))

    @staticmethod
    def _rows(here, name):
        with open(os.path.join(here, name.replace(".mmdb", ".tsv")), encoding="utf-8") as lines:
            return [tuple(l.rstrip("\n").split("\t")[:2]) for l in lines if l.strip() and not l.startswith("#")]

    def origin(self, address):
        """(territory or ZZ:reason, whether a relay label makes it proxied)."""
        labels = {label for label, prefixes in self.labels if prefixes.find(address)}
        for label, reason in (("tor", "tor"), ("vpn", "vpn"), ("cdn", "cdn-anycast")):
            if label in labels:
                return f"ZZ:{reason}", True
        said = [d.find(address) for d in self.databases]
        if not said or said[0] is None:
            return "ZZ:not-in-database" if said else "ZZ:no-database", bool(labels)
        disagree = any(s not in (None, said[0]) for s in said[1:])
        return "ZZ:database-disagreement" if disagree else said[0], bool(labels)

    def of_sources(self, sources, share):
        """(territory, path) of an attack with these confirmed source groups."""
        origins = [self.origin(s) for s in sources]
        (top, n), = Counter(o[0] for o in origins).most_common(1)
        territory = top if n * 100 >= share * len(origins) else "ZZ:several"
        return territory, "proxied" if 2 * sum(o[1] for o in origins) > len(origins) else "confirmed"


def attack(*figures):
    return dict(zip(FIELDS, figures))


def group_of(source, width=64):
    return str(ipaddress.ip_network((source, width), strict=False).network_address) if ":" in source else source


def merged(sources, least):
    """Eight /64 of one /56, and eight /56 of one /48, are one source group."""
    for width in (56, 48):
        inside = Counter(group_of(s, width) for s in {group_of(s, width + 8) for s in sources})
        wide = {s: group_of(s, width) if inside[group_of(s, width)] >= least else s for s in sources}
        sources = sum((Counter({wide[s]: n}) for s, n in sources.items()), Counter())
    return sources


def window_met(steps, window, least):
    """(when, earliest step inside, steps inside) of the first sliding window with so many distinct targets, or None."""
    for end, step in enumerate(steps):
        inside = [s for s in steps[:end + 1] if s[0] >= step[0] - window]
        if len({s[1:3] for s in inside}) >= least:
            return step[0], inside[0][0], inside
    return None


def scanners(rule, world, sessions):
    by_source = defaultdict(list)  # (asset, claimed source) -> steps
    for s in sessions:
        for t, source, host, port, answer in s.get("steps", []):
            if world.assets.find(host):
                by_source[world.assets.find(host), group_of(source)].append((t, host, port, answer))
    found = {}
    for (asset, _source), steps in by_source.items():
        steps.sort()
        met = [window_met(steps, rule[f"scan-{kind}window"], rule[f"scan-{kind}targets"]) for kind in ("", "slow-")]
        if met == [None, None]:
            continue
        when, first, inside = min((m for m in met if m), key=lambda m: m[0])
        vector = "host" if len({s[1] for s in inside}) > len({s[2] for s in inside}) else "port"
        refused = any(s[3] in ("rst", "unreachable") for s in steps)
        known = found.get((asset, vector), (when, first, False))
        found[asset, vector] = *min(known[:2], (when, first)), known[2] or refused
    return [attack("scanner", vector, asset, "*", "-", "scanner", first, "spoofable", "ZZ:spoofable",
                   "refused" if refused else "unknown") for (asset, vector), (_, first, refused) in found.items()]


def count_met(times, window, least):
    """The earliest of `least` times inside one window, at the first moment there are so many."""
    n = int(least) - 1
    return next((times[i - n] for i in range(n, len(times)) if times[i] - times[i - n] <= window), None)


def brute_force(rule, world, sessions):
    logins = defaultdict(lambda: defaultdict(list))  # asset -> source group -> (time, accepted)
    for s in sessions:
        for t, source, host, accepted in s.get("logins", []):
            logins[world.assets.find(host)][group_of(source)].append((t, accepted))
    out = []
    for asset, by_group in logins.items():
        rest = []
        for group, tries in by_group.items():
            failures = sorted(t for t, accepted in tries if not accepted)
            first = count_met(failures, rule["brute-window"], rule["brute-failures"])
            rest += [(t, group) for t in failures if first is None]
            if first is not None:
                out.append(brute_attack(rule, world, asset, group, [group], first, tries))
        groups = {g for _, g in rest}
        first = count_met(sorted(t for t, _ in rest), rule["brute-window"], rule["brute-distributed-failures"])
        if first is not None and len(groups) >= rule["brute-distributed-groups"]:
            tries = [t for g in groups for t in by_group[g]]
            out.append(brute_attack(rule, world, asset, "*d", sorted(groups), first, tries))
    return out


def brute_attack(rule, world, asset, group, sources, first, tries):
    territory, path = world.of_sources(sources, rule["several-percent"])
    outcome = "reached" if any(accepted and t > first for t, accepted in tries) else "refused"
    return attack("brute-force", "-", asset, group, "ssh", "brute-force", first, path, territory, outcome)


def seconds_of(rule, world, sessions):
    """(asset, vector) -> second -> [units, refused, {source group: units}]. Connections without a request are one vector."""
    table = defaultdict(lambda: defaultdict(lambda: [0, 0, Counter()]))
    def add(host, vector, second, n, refused, source=None):
        cell = table[world.assets.find(host), vector][int(second)]
        cell[0] += n
        cell[1] += refused
        if source:
            cell[2][group_of(source)] += n
    for s in sessions:
        for host, vectors in s.get("units", {}).items():
            for name, seconds in vectors.items():
                vector, _, port = name.partition("/")
                if port and int(port) in rule["amplifiers"]:
                    vector = "udp-amplified"
                for second, (n, refused) in seconds.items():
                    add(host, vector, second, n, refused)
        for host, sources in s.get("requests", {}).items():
            for source, seconds in sources.items():
                for second, (n, refused) in seconds.items():
                    add(host, "http-flood", second, n, refused, source)
        for t, source, host, refused in s.get("no_request", []):
            add(host, "tcp-connection", t, 1, refused, source)
    return table


def loads_of(cells, window):
    """second -> units of the last `window` seconds, from the first unit until nothing is left of them."""
    units = Counter({second: cell[0] for second, cell in cells.items()})
    return {s: sum(units[s - k] for k in range(window)) for s in range(min(cells), max(cells) + window)}


def availability(rule, world, sessions):
    window, groups = int(rule["flood-window"]), defaultdict(list)
    table = seconds_of(rule, world, sessions)
    for asset, vector in filter(all, table):
        floor = float(world.ceilings.get(asset, {}).get(vector) or rule[f"floor {vector}"] or "inf")
        loads = loads_of(table[asset, vector], window)
        seen = sorted(s for s, load in loads.items() if load >= min(floor, rule[f"floor {vector}"] or floor) / 10)
        met = next((s for s in seen if loads[s] > floor), None)
        groups[asset, "application" if vector in ("http-flood", "tcp-connection") else "network"].append(
            (vector, table[asset, vector], seen, met, floor))
    out = []
    for (asset, group), parts in groups.items():
        opened = min((met for _, _, _, met, _ in parts if met is not None), default=None)
        if opened is None:
            continue
        first = min(s for _, _, seen, met, _ in parts if met == opened for s in seen if opened - window < s <= opened)
        out.append(flood_attack(rule, world, asset, group, parts, first))
    return out


def flood_attack(rule, world, asset, group, parts, first):
    units, refused, named = Counter(), 0, set()
    for vector, cells, seen, met, floor in parts:
        inside, sources = [s for s in seen if s >= first and s in cells], Counter()
        for s in inside:
            n, bad, by_source = cells[s]
            units[vector] += n
            refused += bad
            sources.update(by_source)
        if met is not None:
            windows = math.ceil((inside[-1] - first + 1) / rule["flood-window"])
            named.update(heaviest(merged(sources, rule["merge-groups"]), floor * windows))
    if group == "network":
        reflected = (units["udp-amplified"] + units["tcp-synack"]) * 100 >= rule["reflector-percent"] * units.total()
        kind, path = "ddos", "reflector" if reflected else "spoofable"
        territory = f"ZZ:{path}"
    else:
        territory, path = world.of_sources(sorted(named), rule["several-percent"])
        kind = "ddos" if len(named) >= rule["ddos-groups"] else "dos"
    return attack("availability", group, asset, "*", "-", kind, first + 0.5, path, territory,
                  "refused" if refused else "unknown")


def heaviest(sources, allowed):
    """Source groups, heaviest first, until what is left would not be a flood."""
    out = []
    for source in sorted(sources, key=lambda s: (-sources[s], s)):
        if not out or sources.total() - sum(sources[s] for s in out) > allowed:
            out.append(source)
    return out


def predict(rule_path, estate_path, truth_path):
    rule, world = read_rule(rule_path), World(estate_path)
    with open(truth_path, encoding="utf-8") as lines:
        sessions = [json.loads(line) for line in lines]
    found = (make(rule, world, sessions) for make in (scanners, brute_force, availability))
    return sorted((a for some in found for a in some), key=lambda a: (a["first"], a["family"], a["asset"]))


if __name__ == "__main__":
    for line in predict(*sys.argv[1:4]):
        print(json.dumps(line))
