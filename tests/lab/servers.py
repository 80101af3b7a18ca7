"""servers.py - what runs inside an asset's namespace: nginx, sshd, a small UDP service; and what their logs say."""
import base64
import hashlib
import os
import re
import subprocess
import threading
import time

PASSWORD = "correct horse 7"
USERS = ["clerk", "teller", "editor", "nurse"]

NGINX = """
daemon off; master_process off; error_log stderr crit; pid {dir}/nginx.pid;
events {{ worker_connections 8192; }}
http {{
  log_format facts '$msec $remote_addr $remote_port $status $server_port $bytes_sent';
  access_log {dir}/access.log facts;
  client_body_temp_path {dir}/b; proxy_temp_path {dir}/p; fastcgi_temp_path {dir}/f; uwsgi_temp_path {dir}/u; scgi_temp_path {dir}/s;
  types {{ text/html html; }} default_type application/octet-stream;
  client_header_timeout {patience}s; client_body_timeout {patience}s; keepalive_timeout 70s; keepalive_requests 100000;
  reset_timedout_connection {reset};
  limit_req_zone $binary_remote_addr zone=calm:1m rate=5r/s; limit_req_status 503;
  server {{
    listen {v4}:80 backlog=4096; listen [{v6}]:80 backlog=4096; {tls}
    root {dir}/www;
    location /limited/ {{ limit_req zone=calm burst=5 nodelay; alias {dir}/www/; }}
    location /old/ {{ return 301 /index.html; }}
    location /health {{ access_log {dir}/access.log facts; return 200 "ok\\n"; }}
    location /big {{ limit_rate 1200k; }}
  }}
}}
"""

SSHD = """
Port 22
ListenAddress {v4}
ListenAddress {v6}
HostKey {dir}/host_key
PidFile none
PasswordAuthentication yes
KbdInteractiveAuthentication no
UsePAM no
MaxStartups 200:30:400
MaxAuthTries 6
LoginGraceTime 30
LogLevel VERBOSE
UseDNS no
PrintMotd no
AllowUsers {users}
ForceCommand /bin/echo welcome
"""


def password_hash():
    done = subprocess.run(["openssl", "passwd", "-6", PASSWORD], capture_output=True, text=True)
    if done.returncode == 0:
        return done.stdout.strip()
    import crypt  # gone in Python 3.13, where openssl must be there
    return crypt.crypt(PASSWORD, crypt.METHOD_SHA512)


class Servers:
    """The services of one asset. start() puts them into the namespace of the same name."""

    def __init__(self, net, name, addresses, traits):
        self.net, self.name, self.traits = net, name, traits
        self.v4, self.v6 = addresses[4][0], addresses[6][0]
        self.dir = os.path.join(net.dir, name)
        self.logins, self.ready = [], threading.Event()  # (time, source, port, accepted)

    def start(self):
        os.makedirs(os.path.join(self.dir, "www"))
        self._pages()
        self._nginx()
        if self.traits["ssh"]:
            self._sshd()
        self.net.popen(self.name, ["python3", os.path.join(os.path.dirname(__file__), "udp_service.py"), self.v4, self.v6])

    def _pages(self):
        www = os.path.join(self.dir, "www")
        for i in range(40):
            body = f"<html><title>{self.name} {i}</title>" + hashlib.sha256(b"%d" % i).hexdigest() * (4 + i % 9)
            with open(os.path.join(www, f"page{i}.html" if i else "index.html"), "w") as f:
                f.write(body)
        with open(os.path.join(www, "big"), "wb") as f:
            f.write(base64.b64encode(os.urandom(48 * 1024)) * self.traits["big_blocks"])

    def _nginx(self):
        tls = ""
        made = subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                               "-nodes", "-days", "2", "-subj", f"/CN={self.name}.example", "-keyout",
                               f"{self.dir}/key.pem", "-out", f"{self.dir}/cert.pem"], capture_output=True)
        self.tls = made.returncode == 0
        if self.tls:
            tls = (f"listen {self.v4}:443 ssl backlog=4096; listen [{self.v6}]:443 ssl backlog=4096; "
                   f"ssl_certificate {self.dir}/cert.pem; ssl_certificate_key {self.dir}/key.pem;")
        path = os.path.join(self.dir, "nginx.conf")
        with open(path, "w") as f:
            f.write("user root;" + NGINX.format(dir=self.dir, v4=self.v4, v6=self.v6, tls=tls, **{
                k: self.traits[k] for k in ("patience", "reset")}))
        self.net.popen(self.name, ["nginx", "-c", path], stderr=open(f"{self.dir}/nginx.err", "w"))

    def _sshd(self):
        """Accounts exist only inside sshd's private mount namespace; the machine's own files are never touched."""
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", f"{self.dir}/host_key"], check=True)
        hashed = password_hash()
        rows = [("root", 0, "*"), ("sshd", 65531, "*")] + [(u, 61000 + i, hashed) for i, u in enumerate(USERS)]
        with open(f"{self.dir}/passwd", "w") as p, open(f"{self.dir}/shadow", "w") as s, open(f"{self.dir}/group", "w") as g:
            for user, uid, secret in rows:
                p.write(f"{user}:x:{uid}:{uid}::/:/bin/sh\n")
                s.write(f"{user}:{secret}:19000:0:99999:7:::\n")
                g.write(f"{user}:x:{uid}:\n")
        with open(f"{self.dir}/sshd_config", "w") as f:
            f.write(SSHD.format(dir=self.dir, v4=self.v4, v6=self.v6, users=" ".join(USERS)))
        mount = "mkdir -p /run/sshd 2>/dev/null || true\n" if not os.path.isdir("/run/sshd") else ""
        mount += "".join(f"mount --bind {self.dir}/{n} /etc/{n}\n" for n in ("passwd", "shadow", "group"))
        child = self.net.popen(self.name, ["/usr/sbin/sshd", "-D", "-e", "-f", f"{self.dir}/sshd_config"], mount=mount,
                               stderr=subprocess.PIPE, text=True, errors="replace")
        threading.Thread(target=self._read_sshd, args=(child.stderr,), daemon=True).start()

    def _read_sshd(self, lines):
        pattern = re.compile(r"(Failed|Accepted) password for (?:invalid user )?\S* from (\S+) port (\d+)")
        with open(f"{self.dir}/sshd.log", "w", buffering=1) as kept:
            for line in lines:
                now = time.time()
                kept.write(f"{now:.3f} {line}")
                found = pattern.search(line)
                if found:
                    self.logins.append((round(now, 3), found[2], int(found[3]), found[1] == "Accepted"))

    def requests(self):
        """(time, source, port, status, TLS) of every request nginx answered; it logs those it gave up on, too."""
        out = []
        with open(f"{self.dir}/access.log") as lines:
            for line in lines:
                t, source, port, status, server_port, sent = line.split()
                if sent != "0":
                    out.append((float(t), source, int(port), int(status), server_port == "443"))
        return out
