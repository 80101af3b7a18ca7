"""net.py - network namespaces of one laboratory run, and their end.

    clients, attackers, forgers -- [router = sensor] -- lan0 -- [dmz] -- one namespace per asset

The router has no way out. The sensor records on the router's end of lan0, so each packet is there once, both directions.
Addresses nobody has end in a blackhole, without ICMP: forged sources in the router, dead hosts of the estate in the dmz.
"""
import atexit
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading

SKIP = 77
QUIET = {
    "net.ipv4.conf.all.rp_filter": 0, "net.ipv4.conf.default.rp_filter": 0,
    "net.ipv4.conf.all.send_redirects": 0, "net.ipv4.conf.default.send_redirects": 0,
    "net.ipv4.conf.all.accept_redirects": 0, "net.ipv4.conf.default.accept_redirects": 0,
    "net.ipv6.conf.all.accept_dad": 0, "net.ipv6.conf.default.accept_dad": 0,
    "net.ipv6.conf.all.accept_ra": 0, "net.ipv6.conf.default.accept_ra": 0,
    "net.ipv6.conf.all.router_solicitations": 0, "net.ipv6.conf.default.router_solicitations": 0,
    "net.ipv4.icmp_ratelimit": 0, "net.ipv6.icmp.ratelimit": 0, "net.ipv4.icmp_msgs_per_sec": 1000000,
    "net.ipv4.icmp_msgs_burst": 100000, "net.ipv4.tcp_no_metrics_save": 1, "net.ipv4.tcp_fastopen": 0,
}


class Unavailable(Exception):
    """Namespaces cannot be made here: the run ends with 77."""


class Net:
    """Owns the namespaces, the processes inside and a temporary folder; close() ends all of them."""

    def __init__(self):
        self.prefix = f"rl{os.getpid()}-"
        self.names, self.children, self.lock = [], [], threading.Lock()
        self.links = 0
        self.closed = False
        self._sweep()
        self.dir = tempfile.mkdtemp(prefix="rlab-")
        os.chmod(self.dir, 0o755)
        atexit.register(self.close)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda n, _frame: sys.exit(128 + n))

    def _sweep(self):
        """Remove what a killed run left behind: namespaces whose name carries the id of a process that is no more."""
        for line in self.run("ip", "netns", "list", check=False).stdout.splitlines():
            found = re.match(r"rl(\d+)-", line)
            if found and not os.path.exists(f"/proc/{found[1]}"):
                self.run("ip", "netns", "del", line.split()[0], check=False)

    def run(self, *argv, check=True):
        done = subprocess.run(argv, capture_output=True, text=True)
        if check and done.returncode != 0:
            raise RuntimeError(f"{' '.join(argv)}: {done.stderr.strip()}")
        return done

    def name(self, role):
        return self.prefix + role

    def namespace(self, role, settings=None):
        name = self.name(role)
        done = self.run("ip", "netns", "add", name, check=False)
        if done.returncode != 0:
            raise Unavailable(f"cannot make a network namespace: {done.stderr.strip()}")
        self.names.append(name)
        self.sysctl(role, {**QUIET, **(settings or {})})
        self.run("ip", "-n", name, "link", "set", "lo", "up")

    def sysctl(self, role, settings):
        """Older kernels lack some of these per namespace; what matters is measured in the capture anyway."""
        lines = "".join(f"{k} = {v}\n" for k, v in settings.items())
        subprocess.run(["ip", "netns", "exec", self.name(role), "sysctl", "-q", "-e", "-p", "-"], input=lines,
                       text=True, capture_output=True)

    def batch(self, role, *lines):
        """Lines for ip; those that begin with -6 come after the others."""
        six = [line[3:] for line in lines if line.startswith("-6 ")]
        for family, some in (([], [line for line in lines if not line.startswith("-6 ")]), (["-6"], six)):
            done = subprocess.run(["ip", *family, "-n", self.name(role), "-batch", "-"], input="\n".join(some) + "\n",
                                  text=True, capture_output=True)
            if done.returncode != 0:
                raise RuntimeError(f"ip in {role}: {done.stderr.strip()}")

    def link(self, left, left_name, right, right_name):
        """A veth pair between two namespaces. Returns its ends: IPv4 left, right, IPv6 left, right."""
        self.links += 1
        ends = f"169.254.{self.links}.1", f"169.254.{self.links}.2", f"fe80::{self.links:x}:1", f"fe80::{self.links:x}:2"
        self.run("ip", "link", "add", left_name, "netns", self.name(left), "type", "veth", "peer", "name", right_name,
                 "netns", self.name(right))
        for role, name, four, six in ((left, left_name, ends[0], ends[2]), (right, right_name, ends[1], ends[3])):
            self.batch(role, f"addr add {four}/32 dev {name}", f"link set {name} addrgenmode none", f"link set {name} up",
                       f"addr add {six}/64 dev {name} nodad")
        return ends

    def leaf(self, parent, role, port, addresses, anycast=(), settings=None):
        """A namespace with these addresses (or whole prefixes, anycast) behind a parent's port, default way through it."""
        self.namespace(role, settings)
        near, far, near6, far6 = self.link(parent, port, role, "eth0")
        mine = [f"route add default via {near} dev eth0 onlink", f"-6 route add default via {near6} dev eth0"]
        theirs = []
        for a in addresses:
            mine.append(f"addr add {a} dev eth0" + (" nodad" if ":" in a else ""))
        for a in anycast:
            mine.append(("-6 " if ":" in a else "") + f"route add local {a} dev lo")
        for a in [*addresses, *anycast]:
            theirs.append(f"-6 route add {a} via {far6} dev {port}" if ":" in a
                          else f"route add {a} via {far} dev {port} onlink")
        source = next((a for a in addresses if ":" not in a), None)
        if source:
            mine[0] += f" src {source}"
        source6 = next((a for a in addresses if ":" in a), None)
        self.batch(role, *mine[2:], mine[0], mine[1] + (f" src {source6}" if source6 else ""))
        self.batch(parent, *theirs)

    def popen(self, role, argv, mount=None, **options):
        """Start a program inside a namespace; mount: shell text run first in a private mount namespace."""
        inside = list(argv)
        if mount:
            script = f'{mount}\nexec "$@"'
            inside = ["unshare", "-m", "--propagation", "private", "sh", "-ec", script, "sh", *argv]
        # setpriv, not preexec_fn: that may deadlock after a fork with other threads about.
        child = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "ip", "netns", "exec", self.name(role), *inside],
                                 stdin=subprocess.DEVNULL, cwd=self.dir, start_new_session=True, **options)
        with self.lock:
            self.children.append(child)
        return child

    def close(self):
        """End what runs in our namespaces, then remove them. Safe to call twice."""
        if self.closed:
            return
        self.closed = True
        for name in self.names:
            for pid in self.run("ip", "netns", "pids", name, check=False).stdout.split():
                try:
                    os.kill(int(pid), signal.SIGKILL)
                except ProcessLookupError:
                    pass
        for child in self.children:
            try:
                child.wait(timeout=5)
            except subprocess.TimeoutExpired:
                child.kill()
        for name in self.names:
            self.run("ip", "netns", "del", name, check=False)
        shutil.rmtree(self.dir, ignore_errors=True)
