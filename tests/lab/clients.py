"""clients.py PLAN.json START LOG.jsonl - clients of many addresses in one namespace: ordinary people, and bots.

Runs each session of the plan at its time and writes one line per session: who, from which local ports, what happened."""
import asyncio
import json
import os
import random
import socket
import ssl
import struct
import sys
import time

TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
TLS.check_hostname, TLS.verify_mode = False, ssl.CERT_NONE


class Session:
    def __init__(self, spec, start):
        self.spec, self.start, self.rng = spec, start, random.Random(spec["seed"])
        self.ports, self.done, self.failed = [], 0, 0

    async def open(self, src, dst, port, timeout=8, tls=False):
        """A stream from one of our addresses; its local port is remembered."""
        family = socket.AF_INET6 if ":" in src else socket.AF_INET
        s = socket.socket(family, socket.SOCK_STREAM)
        s.setblocking(False)
        s.bind((src, 0))
        self.ports.append(s.getsockname()[1])
        try:
            await asyncio.wait_for(asyncio.get_running_loop().sock_connect(s, (dst, port)), timeout)
            return await asyncio.open_connection(sock=s, **({"ssl": TLS, "server_hostname": "x"} if tls else {}))
        except BaseException:
            s.close()
            raise

    async def get(self, reader, writer, path, close=False):
        extra = "Connection: close\r\n" if close else ""
        writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nUser-Agent: lab\r\n{extra}\r\n".encode())
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 20)
        for line in head.split(b"\r\n"):
            if line.lower().startswith(b"content-length:"):
                left = int(line.split(b":")[1])
                while left > 0:
                    got = len(await asyncio.wait_for(reader.read(min(left, 65536)), 20))
                    if got == 0:
                        raise ConnectionError("cut short")
                    left -= got
        self.done += 1

    async def finish(self, writer):
        writer.close()
        try:
            await asyncio.wait_for(writer.wait_closed(), 3)
        except (OSError, asyncio.TimeoutError, ssl.SSLError):
            pass

    def page(self):
        return self.rng.choice(self.spec["paths"])

    # --- ordinary sessions -------------------------------------------------------------------------------------

    async def browse(self):
        """A few pages on one kept connection, or one connection each."""
        sp = self.spec
        fresh = sp.get("fresh", False)
        reader = writer = None
        for _ in range(sp["pages"]):
            if reader is None:
                reader, writer = await self.open(sp["src"], sp["dst"], sp["port"], tls=sp["port"] == 443)
            await self.get(reader, writer, self.page(), close=fresh)
            if fresh:
                await self.finish(writer)
                reader = None
            await asyncio.sleep(self.rng.uniform(*sp["think"]))
        if reader is not None:
            await self.finish(writer)

    async def crawl(self):
        """Many pages, one after another, never faster than planned."""
        sp = self.spec
        until = self.start + sp["until"]
        reader, writer = await self.open(sp["src"], sp["dst"], sp["port"])
        for i in range(sp["pages"]):
            began = time.time()
            if began > until:
                break
            await self.get(reader, writer, sp["paths"][i % len(sp["paths"])])
            await asyncio.sleep(max(0.0, sp["every"] - (time.time() - began)))
        await self.finish(writer)

    async def monitor(self):
        sp = self.spec
        while time.time() < self.start + sp["until"]:
            reader, writer = await self.open(sp["src"], sp["dst"], sp["port"])
            await self.get(reader, writer, "/health", close=True)
            await self.finish(writer)
            await asyncio.sleep(sp["every"])

    async def knock(self):
        """The same closed or dead (host, port) again and again; with `then`, the address that works follows."""
        sp = self.spec
        while time.time() < self.start + sp["until"]:
            try:
                _, writer = await self.open(sp["src"], sp["dst"], sp["port"], timeout=2.5)
                await self.finish(writer)
            except (OSError, asyncio.TimeoutError):
                self.failed += 1
            if "then" in sp:
                reader, writer = await self.open(sp["then"]["src"], sp["then"]["dst"], sp["then"]["port"])
                await self.get(reader, writer, self.page(), close=True)
                await self.finish(writer)
            await asyncio.sleep(sp["every"])

    async def lookup(self):
        """DNS-like questions over UDP."""
        sp = self.spec
        loop = asyncio.get_running_loop()
        s = socket.socket(socket.AF_INET6 if ":" in sp["src"] else socket.AF_INET, socket.SOCK_DGRAM)
        s.setblocking(False)
        s.bind((sp["src"], 0))
        s.connect((sp["dst"], 53))
        self.ports.append(s.getsockname()[1])
        with s:
            for _ in range(sp["pages"]):
                name = b"\3www\7example\0\0\1\0\1"
                await loop.sock_sendall(s, struct.pack("!H", self.rng.randrange(65536)) + b"\1\0\0\1\0\0\0\0\0\0" + name)
                await asyncio.wait_for(loop.sock_recv(s, 2048), 5)
                self.done += 1
                await asyncio.sleep(self.rng.uniform(*sp["think"]))

    async def ssh(self):
        """Logins by OpenSSH's own client: some wrong passwords, then the right one."""
        sp = self.spec
        for word in sp["passwords"]:
            child = await asyncio.create_subprocess_exec(
                "sshpass", "-p", word, "ssh", "-F", "none", "-b", sp["src"], "-o", "StrictHostKeyChecking=no", "-o",
                "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "-o", "PreferredAuthentications=password", "-o",
                "PubkeyAuthentication=no", "-o", "NumberOfPasswordPrompts=1", "-o", "ConnectTimeout=10", "-o",
                "IdentityFile=/dev/null", f"{sp['user']}@{sp['dst']}", "true",
                stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL)
            ok = await asyncio.wait_for(child.wait(), 40) == 0
            self.done, self.failed = self.done + ok, self.failed + (not ok)
            await asyncio.sleep(self.rng.uniform(*sp["think"]))

    # --- bots ------------------------------------------------------------------------------------------------------

    async def occupy(self):
        """Connections that ask for nothing: opened at a rate, held, closed."""
        sp = self.spec
        began = time.time()

        async def one(i):
            try:
                _, writer = await self.open(sp["sources"][i % len(sp["sources"])], sp["dst"], sp["port"])
                self.done += 1
                await asyncio.sleep(sp["hold"])
                await self.finish(writer)
            except (OSError, asyncio.TimeoutError):
                self.failed += 1
        tasks = []
        for i in range(sp["count"]):
            await asyncio.sleep(max(0.0, began + i / sp["rate"] - time.time()))
            tasks.append(asyncio.create_task(one(i)))
        await asyncio.gather(*tasks)

    async def hammer(self):
        """Requests from many confirmed sources, each on its own kept connection, at a bounded rate."""
        sp = self.spec

        async def one(src, n):
            try:
                reader, writer = await self.open(src, sp["dst"], sp["port"], tls=sp["port"] == 443)
                for _ in range(n):
                    await self.get(reader, writer, self.page())
                    await asyncio.sleep(len(sp["sources"]) / sp["rate"])
                await self.finish(writer)
            except (OSError, asyncio.TimeoutError, asyncio.IncompleteReadError):
                self.failed += 1
        each = sp["count"] // len(sp["sources"])
        await asyncio.gather(*(one(src, each) for src in sp["sources"]))

    async def run(self, log):
        await asyncio.sleep(max(0.0, self.start + self.spec["at"] - time.time()))
        t0, error = time.time(), None
        try:
            await getattr(self, self.spec["kind"])()
        except (OSError, asyncio.TimeoutError, asyncio.IncompleteReadError, ssl.SSLError) as e:
            error = type(e).__name__
        log.write(json.dumps({"id": self.spec["id"], "t0": round(t0, 3), "t1": round(time.time(), 3), "ports": self.ports,
                              "done": self.done, "failed": self.failed, "error": error}) + "\n")
        log.flush()


async def main():
    with open(sys.argv[1]) as f:
        plan = json.load(f)
    os.environ.pop("SSH_AUTH_SOCK", None)
    with open(sys.argv[3], "w") as log:
        await asyncio.gather(*(Session(spec, float(sys.argv[2])).run(log) for spec in plan))


asyncio.run(main())
