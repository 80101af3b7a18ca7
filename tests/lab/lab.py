#!/usr/bin/env python3
"""lab.py - a small world in network namespaces: servers, ordinary people, real attack tools, and a sensor that records it.

Usage: lab.py --seed N [--out DIR] [--demo] [--keep-logs]

Writes DIR/capture.pcap, DIR/truth.jsonl (one line per session: what was run, and what really happened), DIR/redoubt.yaml (the
estate) and DIR/geo.mmdb, geo2.mmdb, asn.mmdb with their text sources. Root; exit code 77 where namespaces cannot be made."""
import argparse
import json
import math
import os
import shutil
import signal
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import places
from measure import Facts, Reader
from net import SKIP, Net, Unavailable
from plan import BEGIN, LENGTH, Plan
from servers import Servers

TOOLS = ["nmap", "hydra", "hping3", "slowhttptest", "wrk", "nginx", "sshd", "ssh", "sshpass", "openssl", "tcpdump", "ip", "tc",
         "sysctl", "setpriv"]
BROKEN = 3  # the run is no evidence: packets lost at the sensor, or a tool that did not run


def missing():
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    return [t for t in TOOLS if shutil.which(t) is None]


class Lab:
    def __init__(self, plan, out):
        self.plan, self.out, self.net = plan, out, Net()
        self.servers, self.runs, self.loss = [], {}, "netem 5 %"

    # --- the world ---------------------------------------------------------------------------------------------------

    def build(self):
        net = self.net
        net.namespace("router", {"net.ipv4.ip_forward": 1, "net.ipv6.conf.all.forwarding": 1})
        net.namespace("dmz", {"net.ipv4.ip_forward": 1, "net.ipv6.conf.all.forwarding": 1})
        near, far, near6, far6 = net.link("router", "lan0", "dmz", "up0")
        net.batch("router", f"route add {places.ESTATE4} via {far} dev lan0 onlink",
                  f"-6 route add {places.ESTATE6} via {far6} dev lan0", f"route add blackhole {places.FORGED4}",
                  f"-6 route add blackhole {places.FORGED6}", f"route add blackhole {places.ATTACKERS4}",
                  f"-6 route add blackhole {places.WORLD6} metric 4000")
        net.batch("dmz", f"route add default via {near} dev up0 onlink", f"-6 route add default via {near6} dev up0",
                  f"route add blackhole {places.ESTATE4}", f"-6 route add blackhole {places.ESTATE6}")
        self._assets()
        self._people()

    def _assets(self):
        for i, (name, *_rest) in enumerate(places.ASSETS):
            traits, where = self.plan.assets[name], places.hosts(name)
            quiet = 0 if traits["echo"] else 1
            self.net.leaf("dmz", name, f"h{i}", [where[4][0], where[4][1], where[6][0], where[6][1]], settings={
                "net.ipv4.icmp_echo_ignore_all": quiet, "net.ipv6.icmp.echo_ignore_all": quiet,
                "net.ipv4.tcp_syncookies": 1, "net.ipv4.tcp_max_syn_backlog": 8192, "net.core.somaxconn": 8192,
                "net.ipv4.tcp_synack_retries": 1})
            server = Servers(self.net, name, where, traits)
            server.start()
            self.servers.append(server)

    def _people(self):
        """Ordinary clients share one namespace, bots another; each tool has its own, with its own address."""
        net = self.net
        world6 = [f"2001:db8:{0x1000 + i:x}::/48" for i in range(len(places.COUNTRIES))]
        anywhere = {"net.ipv4.ip_nonlocal_bind": 1, "net.ipv6.ip_nonlocal_bind": 1}
        net.leaf("router", "world", "w0", [], [places.CLIENTS4, *world6], anywhere)
        net.namespace("forger")
        near, _, near6, _ = net.link("router", "f0", "forger", "eth0")
        net.batch("forger", f"route add default via {near} dev eth0 onlink", f"-6 route add default via {near6} dev eth0")
        bots = [s for b in self.plan.bots for s in b["sources"]]
        net.leaf("router", "bots", "b0", [], [s + ("/128" if ":" in s else "/32") for s in bots], anywhere)
        for n, session in enumerate(s for s in self.plan.attacks if s["tool"] not in ("bots", "sender", "hping3")):
            session["ns"] = f"t{n}"
            net.leaf("router", session["ns"], f"t{n}", session["src"])
            if session.get("kbit"):
                net.run("tc", "-n", net.name(session["ns"]), "qdisc", "add", "dev", "eth0", "root", "tbf", "rate",
                        f"{session['kbit']}kbit", "burst", "8k", "limit", "64k")
        self._lossy()

    def _lossy(self):
        """The client 203.0.113.250 behind a link that loses one packet in twenty."""
        net = self.net
        net.leaf("router", "lossy", "l0", ["203.0.113.250"])
        done = net.run("tc", "-n", net.name("lossy"), "qdisc", "add", "dev", "eth0", "root", "netem", "loss", "5%", check=False)
        if done.returncode == 0 and net.run("tc", "-n", net.name("router"), "qdisc", "add", "dev", "l0", "root", "netem", "loss",
                                            "5%", check=False).returncode == 0:
            return
        # No netem in this kernel: a relay between two veth pairs loses them instead.
        self.loss = "relay 5 %"
        net.run("ip", "-n", net.name("router"), "link", "del", "l0")
        net.namespace("relay")
        near = net.link("router", "l0", "relay", "left")[0]
        far = net.link("relay", "right", "lossy", "eth0")[1]
        net.batch("relay", "addr flush dev left", "addr flush dev right", "link set left promisc on", "link set right promisc on")
        net.batch("lossy", "addr add 203.0.113.250/32 dev eth0",
                  f"route add default via {near} dev eth0 onlink src 203.0.113.250")
        net.batch("router", f"route add 203.0.113.250/32 via {far} dev l0 onlink")
        net.popen("relay", ["python3", f"{HERE}/relay.py", "left", "right", "5", str(self.plan.seed)])

    def wait_ready(self):
        """Every service answers, asked from the dmz, where the sensor does not see it."""
        probes = [(a, p) for s in self.servers for a in (s.v4, s.v6) for p in ([22] if s.traits["ssh"] else []) + [80]]
        script = ("import socket,sys,time\nfor a in sys.argv[1:]:\n h,p=a.split('|')\n end=time.time()+20\n while True:\n"
                  "  try:\n   socket.create_connection((h,int(p)),1).close();break\n  except OSError:\n"
                  "   if time.time()>end: sys.exit(a+' does not answer')\n   time.sleep(.1)\n")
        done = subprocess.run(["ip", "netns", "exec", self.net.name("dmz"), "python3", "-c", script,
                               *[f"{a}|{p}" for a, p in probes]], capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(done.stderr.strip())

    # --- the run -------------------------------------------------------------------------------------------------------

    def record(self):
        self.pcap = os.path.join(self.out, "capture.pcap")
        self.sensor = self.net.popen("router", ["tcpdump", "-i", "lan0", "-s", "0", "-B", "131072", "-Z", "root", "-w", self.pcap],
                                     stderr=subprocess.PIPE, text=True)
        line = self.sensor.stderr.readline()
        while "listening" not in line:
            if not line:
                raise RuntimeError("tcpdump did not start")
            line = self.sensor.stderr.readline()

    def stop_recording(self):
        time.sleep(1.5)
        for pid in self.net.run("ip", "netns", "pids", self.net.name("router")).stdout.split():
            os.kill(int(pid), signal.SIGINT)
        said = self.sensor.stderr.read()
        self.sensor.wait(10)
        lost = [l for l in said.splitlines() if "dropped" in l and not l.startswith("0 ")]
        return lost

    def clients(self, role, plan):
        base = os.path.join(self.net.dir, f"clients-{role}")
        with open(base + ".json", "w") as f:
            json.dump(plan, f)
        child = self.net.popen(role, ["python3", f"{HERE}/clients.py", base + ".json", str(self.start), base + ".jsonl"],
                               stderr=open(base + ".err", "w"))
        return child, base + ".jsonl"

    def tool(self, session):
        """Run one attack tool at its time."""
        time.sleep(max(0.0, self.start + session["at"] - time.time()))
        base = os.path.join(self.net.dir, session["id"])
        argv = list(session["argv"])
        if "words" in session:
            with open(base + ".words", "w") as f:
                f.write("\n".join(session["words"]) + "\n")
            argv[argv.index("@words")] = base + ".words"
        if "spec" in session and argv[0] == "sender.py":
            with open(base + ".spec", "w") as f:
                json.dump(session["spec"], f)
            argv = ["python3", f"{HERE}/sender.py", base + ".spec"]
        with open(base + ".out", "w") as out:
            t0 = time.time()
            child = self.net.popen(session.get("ns", "forger"), argv, stdout=out, stderr=out)
            try:
                code = child.wait(timeout=max(5.0, self.start + LENGTH + 5 - time.time()))
            except subprocess.TimeoutExpired:
                child.terminate()
                code = "ended by the lab"
        self.runs[session["id"]] = {"ran": [round(t0, 3), round(time.time(), 3)], "code": code}

    def run(self):
        lossy = [p for p in self.plan.ordinary if p["src"] == "203.0.113.250"]
        rest = [p for p in self.plan.ordinary if p["src"] != "203.0.113.250"]
        self.record()
        self.start = math.ceil(time.time() + 1) + BEGIN
        crowd = [self.clients("world", rest), self.clients("lossy", lossy), self.clients("bots", self.plan.bots)]
        threads = [threading.Thread(target=self.tool, args=(s,), daemon=True) for s in self.plan.attacks if s["tool"] != "bots"]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        for child, _ in crowd:
            child.wait(timeout=LENGTH + 60)
        time.sleep(3.5)  # the last unanswered packets were unanswered for three seconds
        lost = self.stop_recording()
        logs = {}
        for _, path in crowd:
            with open(path) as f:
                logs |= {e["id"]: e for e in map(json.loads, f)}
        return lost, logs

    # --- what is written -------------------------------------------------------------------------------------------------

    def truth(self, logs):
        reader = Reader().read(self.pcap)
        facts = Facts(reader, self.servers, self.plan.attacks, self.plan.ordinary, logs)
        hidden = ("at", "seed", "ns", "words", "kbit")
        with open(os.path.join(self.out, "truth.jsonl"), "w") as out:
            about = {"kind": "lab", "seed": self.plan.seed, "first": reader.first, "last": reader.last, "packets": reader.packets,
                     "lossy_link": self.loss, "traits": self.plan.assets,
                     "forged_sources": [places.FORGED4, places.FORGED6], "dead_hosts_and_forged_sources": "blackhole, no ICMP"}
            out.write(json.dumps(about) + "\n")
            for session in self.plan.attacks + self.plan.ordinary:
                line = {k: v for k, v in session.items() if k not in hidden}
                line["ordinary"] = session["id"].startswith("o")
                line |= self.runs.get(session["id"], {})
                log = logs.get(session["id"])
                if log:
                    line |= {k: log[k] for k in ("done", "failed", "error")}
                line |= facts.of(session["id"], "forged" in session)
                out.write(json.dumps(line) + "\n")
        return facts.unexplained

    def estate(self):
        path = os.path.join(self.out, "redoubt.yaml")
        with open(path, "w") as f:
            f.write("estate:\n  assets:\n")
            for name, kind, title, owner, net4, net6 in places.ASSETS:
                f.write(f"    - name: {name}\n      title: {title}\n      owner: {owner}\n      class: {kind}\n"
                        f"      networks: [{net4}, \"{net6}\"]\n      ports: [22, 53, 80, 443]\n")
            f.write("  groups:\n    - {name: everything, assets: [" + ", ".join(a[0] for a in places.ASSETS) + "]}\n")
            f.write("geo:\n  country: [geo.mmdb, geo2.mmdb]\n  asn: [asn.mmdb]\n  lists:\n"
                    "    - {label: vpn, name: lab-vpn, file: vpn.txt, date: 2026-11-01}\n"
                    "    - {label: tor, name: lab-tor, file: tor.txt, date: 2026-11-01}\n")
        first, second, asn = places.geo_rows()
        for name, rows in (("geo.tsv", first), ("geo2.tsv", second), ("asn.tsv", asn)):
            with open(os.path.join(self.out, name), "w") as f:
                f.writelines("\t".join(map(str, row)) + "\n" for row in rows)
        for name, prefix in (("vpn.txt", places.VPN4), ("tor.txt", places.TOR4)):
            with open(os.path.join(self.out, name), "w") as f:
                f.write(f"# addresses of the laboratory's {name[:3]} exits\n{prefix}\n")
        make = os.path.join(HERE, "..", "..", "tools", "mkmmdb.py")
        for kind, name in (("country", "geo"), ("country", "geo2"), ("asn", "asn")):
            subprocess.run([sys.executable, make, kind, f"{self.out}/{name}.tsv", f"{self.out}/{name}.mmdb"], check=True)


def once(seed, out, demo, keep_logs):
    plan = Plan(seed, demo)
    lab = Lab(plan, out)
    try:
        lab.build()
        lab.wait_ready()
        lost, logs = lab.run()
        lab.estate()
        unexplained = lab.truth(logs)
        ordinary = len(plan.ordinary) / (len(plan.ordinary) + len(plan.attacks))
        print(f"lab: seed {seed}: {len(plan.attacks)} attack sessions, {len(plan.ordinary)} ordinary ({ordinary:.0%}), "
              f"{os.path.getsize(lab.pcap) / 1e6:.1f} MB in {out}")
        problems = [f"the sensor lost packets: {l}" for l in lost]
        problems += [f"nobody explains {len(unexplained)} flows, as {unexplained[0]}"] if unexplained else []
        for p in problems:
            print(f"lab: {p}", file=sys.stderr)
        return BROKEN if problems else 0
    finally:
        if keep_logs:
            shutil.copytree(lab.net.dir, os.path.join(out, "logs"), dirs_exist_ok=True)
        lab.net.close()


def main():
    parser = argparse.ArgumentParser(prog="lab.py")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--out", default=None, help="folder (default: lab-SEED)")
    parser.add_argument("--demo", action="store_true", help="the short run the demonstration uses")
    parser.add_argument("--keep-logs", action="store_true", help="keep the servers' and tools' own output in DIR/logs")
    args = parser.parse_args()
    if os.geteuid() != 0:
        print("lab: needs root to make network namespaces", file=sys.stderr)
        return SKIP
    if missing():
        subprocess.run([os.path.join(HERE, "packages.sh")], stdout=subprocess.DEVNULL)
        if missing():
            print(f"lab: not installed: {' '.join(missing())}", file=sys.stderr)
            return SKIP
    out = os.path.abspath(args.out or f"lab-{args.seed}")
    os.makedirs(out, exist_ok=True)
    try:
        return once(args.seed, out, args.demo, args.keep_logs)
    except Unavailable as e:
        print(f"lab: {e}", file=sys.stderr)
        return SKIP


if __name__ == "__main__":
    sys.exit(main())
