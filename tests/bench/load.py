"""The daemon over its socket, beside Redis that keeps each write as safely (`appendfsync always`), in one run."""

import csv
import http.client
import json
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
CLIENTS = (64, 1)
CONFIG = """
[policy]
paths = [{paths}]
[store]
path = "state/store"
[socket]
path = "state/riskd.sock"
[[tracker]]
name = "files"
kind = "directory"
path = "tickets"
poll = "5 minutes"
[[route]]
products = "p1?"
tracker = "files"
"""
# `has-web-ui` is a question that no pattern reads here, and one of the shipped rules elsewhere.
NO_PATTERN = """library plain "A question that no pattern reads" version "1.0.0"
import core
questionnaire about "About the product" {
  question has-web-ui "Is there a web interface?" : yes-no
  question has-door "Is there a door?" : yes-no
}
pattern exposed "Strangers reach the door" {
  when has-door
  risk break-in "Somebody breaks in" {
    weakness open CWE-284 "The door is open" {
      countermeasure lock "Lock the door" { required mitigates 40% guide "Turn the key." }
    }
  }
}
"""

# What users have beside patterns, for a policy that has none of it.
TICKETS = """library m "Generated"
status-map directory {
  status is "Done" -> implemented
  otherwise -> required
}
evidence junit {
  outcome is failed -> failed
  outcome is passed -> passed
}
ticket requirement for countermeasure {
  open when state is required
  close when state is implemented
  title "{title}"
}
"""


class Connection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost")
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(str(self.path))

    def must(self, method, target, body=None):
        kind = "application/x-ndjson" if target == "/v1/facts" else "application/json"
        self.request(method, target, body, {"Content-Type": kind})
        answer = self.getresponse()
        text = answer.read()
        if answer.status >= 300:
            sys.exit(f"{method} {target}: {answer.status} {text.decode()}")
        return text


def wait_for(path, child):
    for _ in range(300):
        probe = socket.socket(socket.AF_UNIX)
        try:
            probe.connect(str(path))
            return
        except OSError:
            if child.poll() is not None:
                sys.exit(f"{child.args[0]} has ended with {child.returncode}: see {path.parent}")
            time.sleep(0.1)
        finally:
            probe.close()
    sys.exit(f"nothing listens on {path}")


@contextmanager
def daemon(folder, paths, policy, products):
    """riskd on an empty store with products p0, p1, …; gives the path of its socket."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "policy").mkdir(parents=True)
    (folder / "state").mkdir()
    for name, text in policy.items():
        (folder / "policy" / name).write_text(text)
    (folder / "riskd.toml").write_text(CONFIG.format(paths=", ".join(json.dumps(str(path)) for path in paths)))
    with open(folder / "log", "w") as log:
        child = subprocess.Popen([f"{os.environ['RISKD_BIN']}/riskd", "--config", "riskd.toml"], cwd=folder,
                                 stdout=log, stderr=log)
    try:
        path = folder / "state/riskd.sock"
        wait_for(path, child)
        connection = Connection(path)
        for i in range(products):
            connection.must("PUT", f"/v1/products/p{i}", "{}")
        connection.close()
        yield path
    finally:
        child.send_signal(signal.SIGTERM)
        child.wait()


def load(path, clients, seconds, products, question, values):
    command = [f"{os.environ['RISKD_BIN']}/socket_load", str(path), clients, seconds, products, question, *values]
    done = subprocess.run([str(each) for each in command], stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"socket_load: exit {done.returncode}")
    row = json.loads(done.stdout)
    if row["refused"]:
        sys.exit(f"{row['refused']} posts were refused")
    return {"rate": row["posts"] / row["seconds"], "p50": row["p50"] / 1e3, "p99": row["p99"] / 1e3}


@contextmanager
def redis(folder):
    folder.mkdir()
    path = folder / "redis.sock"
    # The server is the program of redis-tools under another name, so no service needs to be installed.
    child = subprocess.Popen(["redis-server", "--port", "0", "--unixsocket", str(path), "--dir", str(folder), "--save", "",
                              "--appendonly", "yes", "--appendfsync", "always"],
                             executable=shutil.which("redis-check-rdb"), stdout=subprocess.DEVNULL)
    try:
        wait_for(path, child)
        yield path
    finally:
        child.send_signal(signal.SIGTERM)
        child.wait()
        shutil.rmtree(folder)


def redis_load(path, clients, requests):
    done = subprocess.run(["redis-benchmark", "-s", str(path), "-t", "set", "-d", "100", "-c", str(clients), "-n",
                           str(requests), "--csv"], stdout=subprocess.PIPE, text=True, check=True)
    names, values = list(csv.reader(done.stdout.splitlines()))[-2:]
    row = dict(zip(names, values))
    return {"rate": float(row["rps"]), "p50": float(row["p50_latency_ms"]), "p99": float(row["p99_latency_ms"])}


def beside_redis(quick, folder):
    rounds, seconds, products = (1, 1, 100) if quick else (5, 3, 1_000)
    kinds = {
        "a question that no pattern reads": (["policy"], {"plain.risk": NO_PATTERN}),
        "a question of the shipped rules": ([TOP / "examples/shop/policy", TOP / "rules"], {}),
    }
    kinds["a question that no pattern reads"][0].append(TOP / "rules/core")
    measured = {}
    for _ in range(rounds):
        for clients in CLIENTS:
            with redis(folder / "redis") as path:
                first = redis_load(path, clients, 2_000)
                measured.setdefault((clients, "Redis, SET of 100 bytes"), []).append(
                    redis_load(path, clients, max(2_000, int(first["rate"] * seconds))))
            for kind, (paths, policy) in kinds.items():
                with daemon(folder / "riskd", paths, policy, products) as path:
                    measured.setdefault((clients, kind), []).append(
                        load(path, clients, seconds, products, "has-web-ui", ["true", "false"]))
    print(f"{'L  over the socket, each waits for its answer':<52}{'writes/s':>10}{'spread':>20}{'of Redis':>10}"
          f"{'p50, ms':>10}{'p99, ms':>10}{'of Redis':>10}")
    for (clients, kind), rows in sorted(measured.items(), key=lambda each: -each[0][0]):
        base = measured[clients, "Redis, SET of 100 bytes"]
        middle = lambda name, of=rows: statistics.median(row[name] for row in of)  # noqa: E731
        rates = [row["rate"] for row in rows]
        share = "" if rows is base else f"{statistics.median(row['rate'] / b['rate'] for row, b in zip(rows, base)):.2f}"
        slower = "" if rows is base else f"{statistics.median(row['p99'] / b['p99'] for row, b in zip(rows, base)):.1f}"
        name = f"   {clients} client{'s' if clients > 1 else ''}: {kind}"
        print(f"{name:<52}{middle('rate'):>10,.0f}{f'{min(rates):,.0f} to {max(rates):,.0f}':>20}{share:>10}"
              f"{middle('p50'):>10.2f}{middle('p99'):>10.2f}{slower:>10}", flush=True)


def beside_a_reload(quick, folder, write_policy, seed):
    """Posts of 8 clients while the policy is replaced by one in which every pattern differs."""
    questions, patterns, products = (100, 400, 100) if quick else (300, 4_000, 1_000)
    parts = Path(write_policy(str(folder), questions, patterns, seed))
    policy = {each.name: each.read_text() for each in parts.iterdir()} | {"tickets.risk": TICKETS}
    changed = {
        "one pattern differs": re.sub(r"    ease \d+", "    ease 7", policy["000.risk"], count=1),
        "all patterns differ": re.sub(r"    ease (\d+)", lambda found: f"    ease {int(found[1]) % 90 + 5}", policy["000.risk"]),
    }
    print(f"{f'   reload of {patterns:,} patterns, {products:,} products':<52}{'took, s':>10}{'posts':>20}"
          f"{'':>10}{'p50, ms':>10}{'p99, ms':>10}{'max, ms':>10}")
    for words, text in changed.items():
        with daemon(folder / "riskd", ["policy"], policy, products) as path:
            connection = Connection(path)
            for i in range(products):
                lines = [json.dumps({"product": f"p{i}", "answers": {f"m.q{(7 * i + k) % questions}": "vwxyz"[(i + k) % 5]}})
                         for k in range(30)]
                connection.must("POST", "/v1/facts", "\n".join(lines) + "\n")
            command = [f"{os.environ['RISKD_BIN']}/socket_load", str(path), "8", "6", str(products), "m.q7", '"v"', '"w"', '"x"']
            child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
            time.sleep(1.5)
            (folder / "riskd/policy/000.risk").write_text(text)
            begin = time.monotonic()
            connection.must("POST", "/v1/policy/reload", "{}")
            took = time.monotonic() - begin
            row = json.loads(child.communicate()[0])
            connection.close()
        print(f"{f'   {words}':<52}{took:>10.2f}{row['posts']:>20,}{'':>10}{row['p50'] / 1e3:>10.2f}{row['p99'] / 1e3:>10.2f}"
              f"{row['max'] / 1e3:>10.1f}", flush=True)
