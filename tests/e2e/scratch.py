"""A riskd of its own in a scratch folder, for tests that look at what riskctl prints."""

import fcntl
import http.client
import json
import os
import pty
import shutil
import socket
import struct
import subprocess
import tempfile
import termios
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

CONFIG = """[policy]
paths = ["policy"]
rules = "rules"
[store]
path = "state/store"
[socket]
path = "state/riskd.sock"
[[tracker]]
name = "files"
kind = "directory"
path = "tickets"
poll = "1 hour"
[[route]]
products = "*"
tracker = "files"
"""


class Connection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("riskd")
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(60)
        self.sock.connect(self.path)


class Scratch:
    """`with Scratch(BIN, files) as riskd`: `files` are written first, by name; the shipped rules are in
    `rules`."""

    def __init__(self, programs, files):
        self.programs = Path(programs).resolve()
        self.folder = Path(tempfile.mkdtemp(prefix="riskd-e2e."))
        self.environment = dict(os.environ, RISKD_SOCKET=str(self.folder / "state/riskd.sock"), TZ="UTC")
        for name in ("COLUMNS", "NO_COLOR"):
            self.environment.pop(name, None)
        shutil.copytree(ROOT / "rules", self.folder / "rules")
        (self.folder / "state").mkdir()
        for name, content in {"riskd.toml": CONFIG, **files}.items():
            self.write(name, content)
        self.daemon = None
        self.preload = {}  # more of the daemon's environment

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, kind, *_):
        self.stop()
        if kind is None:
            shutil.rmtree(self.folder)
        else:
            print(f"kept: {self.folder}")

    def write(self, name, content):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        path.chmod(0o640)  # riskd takes no secret that every user can read
        return path

    def start(self):
        self.spawn()
        self.wait_until_ready()

    def spawn(self):
        with open(self.folder / "riskd.log", "ab") as log:
            self.daemon = subprocess.Popen(
                [self.programs / "riskd", "--config", "riskd.toml"],
                cwd=self.folder,
                env={**os.environ, **self.preload},
                stdout=log,
                stderr=log,
            )

    def wait_until_ready(self):
        until = time.monotonic() + 20
        while time.monotonic() < until and self.daemon.poll() is None:
            try:
                if self.ask("GET", "/v1/health")[0] == 200:
                    return
            except OSError:
                time.sleep(0.01)
        raise AssertionError("riskd does not start: " + (self.folder / "riskd.log").read_text())

    def kill(self):
        """As the machine's end would: riskd gets to say nothing."""
        self.daemon.kill()
        self.daemon.wait(30)
        self.daemon = None

    def stop(self):
        if self.daemon is not None:
            self.daemon.terminate()
            self.daemon.wait(30)
            self.daemon = None
            self.replay()

    def replay(self):
        """What is in the log gives the same when it is decided again."""
        command = [self.programs / "log_replay", "state/store"]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=600, check=False)
        assert done.returncode == 0, f"log_replay: exit {done.returncode}\n{done.stderr}"

    def exchange(self, method, target, body=None, **headers):
        """The status, the text and the headers of an answer; `body` is text, or a value that becomes JSON. Any thread may."""
        connection = Connection(self.folder / "state/riskd.sock")
        try:
            if body is not None and not isinstance(body, (str, bytes)):
                body = json.dumps(body)
                headers.setdefault("Content-Type", "application/json")
            connection.request(method, target, body, headers)
            answer = connection.getresponse()
            told = {name.lower(): value for name, value in answer.getheaders()}
            return answer.status, answer.read().decode(), told
        finally:
            connection.close()

    def ask(self, method, target, body=None, **headers):
        """The status and the text of an answer; its headers are in `self.headers`."""
        status, text, self.headers = self.exchange(method, target, body, **headers)
        return status, text

    def must(self, method, target, body=None, **headers):
        status, text = self.ask(method, target, body, **headers)
        assert 200 <= status < 300, f"{method} {target}: {status} {text}"
        return json.loads(text) if text.startswith("{") and text.count("\n") <= 1 else text

    def riskctl(self, *arguments, stdin=b"", **more):
        """Runs it; returns (exit code, standard output, standard error), both as bytes."""
        done = subprocess.run(
            [self.programs / "riskctl", *arguments],
            cwd=self.folder,
            env={**self.environment, **more},
            input=stdin,
            capture_output=True,
            timeout=120,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    def says(self, *arguments, **more):
        """What it prints; it must succeed."""
        code, out, err = self.riskctl(*arguments, **more)
        assert code == 0, f"riskctl {' '.join(arguments)}: exit {code}\n{out.decode()}{err.decode()}"
        return out.decode()


class Terminal:
    """A command of riskctl on a terminal of its own."""

    def __init__(self, riskd, *arguments, command="ask", columns="100", width=80, environment=None):
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
        self.master = master
        self.process = subprocess.Popen(
            [riskd.programs / "riskctl", command, *arguments],
            cwd=riskd.folder,
            env={**riskd.environment, "COLUMNS": columns, "NO_COLOR": "1", "TERM": "xterm", **(environment or {})},
            stdin=slave,
            stdout=slave,
            stderr=slave,
        )
        os.close(slave)

    def read(self):
        """What it says up to the next question, or to its end."""
        said = b""
        until = time.monotonic() + 60
        while not said.endswith(b"\n> ") and time.monotonic() < until:
            try:
                piece = os.read(self.master, 65536)
            except OSError:  # it has ended
                break
            if not piece:
                break
            said += piece
        return said.decode().replace("\r\n", "\n")

    def type(self, line):
        os.write(self.master, line.encode() + b"\n")
        return self.read()

    def end(self):
        code = self.process.wait(30)
        os.close(self.master)
        return code
