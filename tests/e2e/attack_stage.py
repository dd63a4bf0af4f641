"""A riskd with every way in, for tests that attack it: a Unix socket, a proxy's socket, TLS with tokens and certificates,
a folder of tickets, and a tracker on the web with webhooks."""

import http.server
import json
import os
import socket
import ssl
import subprocess
import threading

from scratch import CONFIG, Scratch

POLICY = """library door "Doors" version "1.0.0"
import core

questionnaire about "About" {
  question reach "Who can reach it?" : one-of { internet "Everybody"  office "The office" }
}
pattern exposed "Exposed" {
  when reach is internet
  risk break-in "Break-in" {
    integrity high  ease high  exposure high
    weakness open-door CWE-306 "Door" {
      test junit "*Door*"
      countermeasure lock "Lock" { required  mitigates 50%  guide "Turn the key." }
    }
  }
}
"""
HOOK = "the-secret-of-the-hook"
TRACKER_TOKEN = "the-token-of-the-tracker"
MORE = """
[[peer]]
uid = {uid}
roles = ["read", "report", "retire", "answer", "review", "tracker", "admin"]
[[peer]]
person = "eva"
roles = ["read", "answer", "review"]
products = ["shop"]
[[peer]]
group = "auditors"
roles = ["read"]
[[peer]]
certificate = "CN=build"
roles = ["report"]
products = ["shop"]
[[listen]]
kind = "tls"
address = "127.0.0.1:{port}"
certificate-file = "tls/server.pem"
key-file = "tls/server.key"
client-ca-file = "tls/ca.pem"
[[listen]]
kind = "proxy"
path = "state/proxy.sock"
peer-uid = {uid}
groups-header = "X-Forwarded-Groups"
[[tracker]]
name = "web"
kind = "github"
url = "http://127.0.0.1:{tracker}"
project = "shop/web"
token-file = "tracker.token"
webhook-secret-file = "hook"
poll = "1 hour"
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Tracker(http.server.BaseHTTPRequestHandler):
    """A tracker that knows nothing, and counts what it is asked."""

    protocol_version = "HTTP/1.1"
    asked = []

    def log_message(self, *_):
        pass

    def do_GET(self):
        Tracker.asked.append(self.path)
        body = b'{"message": "Not Found"}'
        self.send_response(404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Authority:
    """Certificates as an organisation makes them, and as an attacker would like them to be."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()
        self.make("ca", "/CN=Authority", "basicConstraints=critical,CA:TRUE", by=None)
        self.make("other-ca", "/CN=Authority", "basicConstraints=critical,CA:TRUE", by=None)
        self.make("server", "/CN=localhost", "subjectAltName=DNS:localhost,IP:127.0.0.1")
        (folder / "server.key").chmod(0o600)

    def openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], cwd=self.folder, capture_output=True, check=True, timeout=60)

    def make(self, name, subject, extension="keyUsage=digitalSignature", by="ca", days=2):
        """NAME.pem and NAME.key. With less than 0 days it has ended already."""
        curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", f"{name}.key"]
        if by is None:
            self.openssl("req", "-x509", *curve, "-out", f"{name}.pem", "-days", str(days), "-subj", subject, "-addext", extension)
            return
        self.openssl("req", *curve, "-out", f"{name}.csr", "-subj", subject)
        (self.folder / f"{name}.ext").write_text(extension + "\n")
        signed = ["x509", "-req", "-in", f"{name}.csr", "-CA", f"{by}.pem", "-CAkey", f"{by}.key", "-CAcreateserial"]
        self.openssl(*signed, "-out", f"{name}.pem", "-days", str(days), "-extfile", f"{name}.ext")


class Answer:
    def __init__(self, status, headers, text):
        self.status, self.headers, self.text = status, headers, text
        self.is_whole = False  # as long as its length says; of a stream nothing is known

    def json(self):
        return json.loads(self.text)

    def __repr__(self):
        return f"{self.status} {self.text[:300]}"


def parsed(raw):
    """The answer at the front of what came, and what is behind it."""
    head, _, rest = raw.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    if not lines[0].startswith("HTTP/1.1 "):
        return Answer(0, [], raw.decode("latin-1")), b""
    headers = [tuple(line.split(": ", 1)) for line in lines[1:]]
    lengths = [int(value) for name, value in headers if name == "Content-Length"]
    length = lengths[0] if lengths else len(rest)
    answer = Answer(int(lines[0].split()[1]), headers, rest[:length].decode("utf-8", "replace"))
    answer.is_whole = bool(lengths) and len(rest) >= length
    return answer, rest[length:]


class Stage(Scratch):
    def __init__(self, programs):
        super().__init__(programs, {"policy/door.risk": POLICY, "hook": HOOK, "tracker.token": TRACKER_TOKEN})
        self.authority = Authority(self.folder / "tls")
        self.port = free_port()
        self.tracker = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Tracker)
        threading.Thread(target=self.tracker.serve_forever, daemon=True).start()
        self.config = CONFIG + MORE.format(uid=os.getuid(), port=self.port, tracker=self.tracker.server_address[1])
        self.write("riskd.toml", self.config)
        self.names = 0

    def __enter__(self):
        super().__enter__()
        for product, title in (("shop", "The shop"), ("office", "Nobody may know of this")):
            self.must("PUT", f"/v1/products/{product}", {"title": title})
            self.must("PATCH", f"/v1/products/{product}/answers", {"answers": {"reach": "internet"}})
            self.must("POST", f"/v1/products/{product}/approve")
        self.must("POST", "/v1/sync?wait=true&product=shop")
        return self

    def __exit__(self, *error):
        self.tracker.shutdown()
        super().__exit__(*error)

    def token(self, *roles, products=("shop",), expires="1 day"):
        self.names += 1
        named = [word for role in roles for word in ("--role", role)]
        of = ["--products", ",".join(products)] if products else []
        return self.says("token", "add", f"t{self.names}", *named, *of, "--expires", expires).strip().splitlines()[0]

    def tls(self, certificate=None, least=None, most=None):
        """A connection that anybody in the network may make; with a certificate, as who has its key."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(self.authority.folder / "ca.pem")
        if certificate:
            context.load_cert_chain(self.authority.folder / f"{certificate}.pem", self.authority.folder / f"{certificate}.key")
        if least:
            context.minimum_version = least
        if most:
            context.maximum_version = most
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        return context.wrap_socket(plain, server_hostname="localhost")

    def local(self, name="riskd.sock"):
        client = socket.socket(socket.AF_UNIX)
        client.settimeout(20)
        client.connect(str(self.folder / "state" / name))
        return client

    @staticmethod
    def talk(client, raw, is_enough=lambda said: False):
        """All that comes back for these bytes, until the other side closes."""
        said = b""
        try:
            client.sendall(raw)
            while (piece := client.recv(65536)) and not is_enough(said := said + piece):
                pass
        except (ConnectionError, TimeoutError, ssl.SSLError):
            pass
        finally:
            client.close()
        return said

    def send(self, client, method, target, *headers, body=b""):
        """One request with exactly these headers, `(name, value)` each; a body gets its length."""
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        lines = [f"{method} {target} HTTP/1.1", "Host: localhost", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in headers]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        raw = "\r\n".join(lines).encode("utf-8") + b"\r\n\r\n" + body
        return parsed(self.talk(client, raw, lambda said: parsed(said)[0].is_whole))[0]

    def as_token(self, token, method, target, *headers, body=b""):
        return self.send(self.tls(), method, target, ("Authorization", f"Bearer {token}"), *headers, body=body)

    def by_proxy(self, method, target, *headers, body=b""):
        return self.send(self.local("proxy.sock"), method, target, *headers, body=body)

    def log(self):
        return (self.folder / "riskd.log").read_text(errors="replace")

    def title(self, product="shop"):
        return self.must("GET", f"/v1/products/{product}").get("title")

    def most_memory(self):
        """In MiB, since riskd began."""
        status = (self.folder.__class__(f"/proc/{self.daemon.pid}/status")).read_text()
        return int(status.split("VmHWM:")[1].split()[0]) / 1024
