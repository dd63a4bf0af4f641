"""riskd under a constant mixed load: whether its memory stays as it is after a while, and how its store grows.

What counts as memory is RssAnon: pages of the store's file that are mapped (RssFile) belong to the system, which takes
them back.
"""

import http.client
import json
import random
import re
import threading
import time
from pathlib import Path
from statistics import median

from clients import Request, send
from scratch import CONFIG, Connection, Scratch
from workload import PERCENTS, Client, junit, policy

PRODUCTS = ("shop", "web", "api", "app")
STEADY = 0.05  # how much memory may grow over the second half, of its median
SECONDS = 2  # between two samples
MOST_FILES = 100
UNREAD_SECONDS = 75  # an answer must be read within 60
READS = "model history?limit=50 facts?limit=50 suites review results questionnaire why?element=door.break-in-1".split()


class Work(threading.Thread):
    """Does one thing again and again, with a pause."""

    def __init__(self, name, what, pause, stop):
        super().__init__(daemon=True)
        self.named, self.what, self.pause, self.stop_event = name, what, pause, stop
        self.done, self.failure = 0, None

    def run(self):
        try:
            while not self.stop_event.wait(self.pause):
                self.what()
                self.done += 1
        except (AssertionError, OSError, http.client.HTTPException) as failure:
            self.failure = failure


class Load:
    def __init__(self, riskd, dice, stop):
        self.riskd, self.dice, self.stop = riskd, dice, stop
        self.client = Client("load", random.Random(dice.random()), list(PRODUCTS), len(PRODUCTS))
        self.other = Client("more", random.Random(dice.random()), list(PRODUCTS), len(PRODUCTS))
        self.runs = 0
        self.events = 0
        self.unread = []  # (since when, connection)
        self.cut_off = 0
        tasks = (
            ("posts", self.post, 0.02),
            ("posts of another client", self.post_other, 0.03),
            ("uploads of one suite", self.upload, 0.05),
            ("the same upload", self.upload_same, 0.1),
            ("reads", self.read, 0.02),
            ("questions about the past", self.past, 0.5),
            ("plans", self.plan, 2),
            ("reloads", self.reload, 10),
            ("syncs", lambda: self.must("POST", "/v1/sync?wait=true"), 5),
            ("streams", self.stream, 1),
            ("streams that break off", self.break_off, 0.5),
            ("answers that nobody reads", self.never_read, 5),
        )
        self.work = [Work(name, what, pause, stop) for name, what, pause in tasks]

    def must(self, method, target, body=None, **headers):
        status, text, _ = send(self.riskd, Request(method, target, body, headers))
        assert status < 300, f"{method} {target}: {status} {text}"
        return text

    def post(self, client=None):
        request = (client or self.client).next()
        status, text, _ = send(self.riskd, request)
        assert status < 300, f"{request}: {status} {text}"

    def post_other(self):
        self.post(self.other)

    def upload(self):
        self.runs += 1
        report = junit(0, {self.runs % 8: self.runs % 3 > 0, (self.runs + 1) % 8: True})
        target = f"/v1/products/{PRODUCTS[self.runs % 4]}/results?suite=nightly&run=n{self.runs}"
        self.must("POST", target, report, **{"Content-Type": "application/xml"})

    def upload_same(self):
        self.must("POST", "/v1/products/shop/results?suite=same", junit(0, {1: True}), **{"Content-Type": "application/xml"})

    def read(self):
        product = random.choice(PRODUCTS)
        what = random.choice(READS)
        status, text, _ = self.riskd.exchange("GET", f"/v1/products/{product}/{what}")
        assert status in (200, 404), f"{what}: {status} {text}"
        self.must("GET", random.choice(("/v1/products", "/v1/tickets", "/v1/metrics", "/v1/policy", "/v1/health")))

    def past(self):
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - random.randint(0, 30)))
        for what in ("model", "why?element=door.break-in-1"):
            status, text, _ = self.riskd.exchange("GET", f"/v1/products/shop/{what}{'&' if '?' in what else '?'}at={at}")
            assert status in (200, 404), f"{what} at {at}: {status} {text}"

    def plan(self):
        self.must("POST", "/v1/policy/plan", {"files": {"door.risk": policy(random.choice(PERCENTS))}})

    def reload(self):
        self.must("POST", "/v1/policy/reload", {"files": {"door.risk": policy(random.choice(PERCENTS))}})

    def open_stream(self):
        connection = Connection(self.riskd.folder / "state/riskd.sock")
        connection.request("GET", "/v1/events")
        return connection, connection.getresponse()

    def stream(self):
        """Reads events for some seconds."""
        connection, answer = self.open_stream()
        until = time.monotonic() + 5
        while time.monotonic() < until and not self.stop.is_set():
            if answer.readline().startswith(b"data:"):
                self.events += 1
        connection.close()

    def break_off(self):
        """Asks for a stream, or for an answer, and goes away without reading it."""
        connection = Connection(self.riskd.folder / "state/riskd.sock")
        connection.request("GET", random.choice(("/v1/events", "/v1/products/shop/history?limit=1000")))
        time.sleep(0.1)
        connection.close()

    def never_read(self):
        """Asks for much and reads nothing: after some time riskd closes the connection, in the middle of the answer."""
        connection = Connection(self.riskd.folder / "state/riskd.sock")
        connection.request("GET", "/v1/products/shop/facts?limit=1000")
        self.unread.append((time.monotonic(), connection))
        while self.unread and time.monotonic() - self.unread[0][0] > UNREAD_SECONDS:
            _, connection = self.unread.pop(0)
            try:
                connection.getresponse().read()
            except (http.client.IncompleteRead, ConnectionError):
                self.cut_off += 1  # one that fits the buffers of the socket is whole
            connection.close()

    def sample(self, begin):
        pid = self.riskd.daemon.pid
        status = Path(f"/proc/{pid}/status").read_text()
        number = lambda name: int(re.search(rf"(?m)^{name}:\s+(\d+)", status)[1])  # noqa: E731
        health = json.loads(self.riskd.ask("GET", "/v1/health")[1])
        return {
            "seconds": round(time.monotonic() - begin, 1),
            "memory": number("RssAnon") * 1024,
            "mapped": number("RssFile") * 1024,
            "threads": number("Threads"),
            "files": sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir()),
            "store": health["store-bytes"],
            "facts": health["seq"],
        }


def growth(samples, name):
    """Over these samples, by the line that fits them best."""
    times, values = [each["seconds"] for each in samples], [each[name] for each in samples]
    middle, mean = sum(times) / len(times), sum(values) / len(values)
    spread = sum((t - middle) ** 2 for t in times)
    slope = sum((t - middle) * (v - mean) for t, v in zip(times, values)) / spread
    return slope * (times[-1] - times[0])


def judged(samples, short):
    """The figures, and whether memory (where the run is not too short to say), threads and open files stay as they are."""
    half = samples[len(samples) // 2 :]
    third = len(samples) // 3
    middle, last = samples[third : 2 * third], samples[2 * third :]
    top = lambda part, name: max(each[name] for each in part)  # noqa: E731
    facts = half[-1]["facts"] - half[0]["facts"]
    figures = {
        "minutes": round(samples[-1]["seconds"] / 60, 1),
        "facts": samples[-1]["facts"],
        "memory at the half, MiB": round(half[0]["memory"] / 2**20, 1),
        "memory at the end, MiB": round(half[-1]["memory"] / 2**20, 1),
        "growth in the second half, %": round(100 * growth(half, "memory") / median(each["memory"] for each in half), 1),
        "growth for each fact, bytes": round(growth(half, "memory") / max(1, facts)),
        "most of the store mapped, MiB": round(top(samples, "mapped") / 2**20, 1),
        "store, MiB": round(samples[-1]["store"] / 2**20, 1),
        "store for each fact, bytes": round((half[-1]["store"] - half[0]["store"]) / max(1, facts)),
        "most threads": top(samples, "threads"),
        "most open files": top(samples, "files"),
    }
    steady = growth(half, "memory") <= STEADY * median(each["memory"] for each in half)
    steady = steady or top(last, "memory") <= (1 + STEADY) * top(middle, "memory")
    figures["constant"] = "too short to say" if short else "yes" if steady else "no"
    steady = steady or short
    steady = steady and top(last, "threads") <= top(middle, "threads") + 2 and top(samples, "files") < MOST_FILES
    return figures, steady


def soak(programs, options, counts, line):
    minutes = options.minutes or 30
    seed = options.seed if options.seed is not None else random.SystemRandom().getrandbits(48)
    config = CONFIG + (Path(options.config).read_text() if options.config else "")
    stop = threading.Event()
    with Scratch(programs, {"riskd.toml": config, "policy/door.risk": policy(PERCENTS[0])}) as riskd:
        for product in PRODUCTS:
            riskd.must("PUT", f"/v1/products/{product}", {"title": product})
        load = Load(riskd, random.Random(seed), stop)
        begin = time.monotonic()
        samples = []
        for each in load.work:
            each.start()
        try:
            while time.monotonic() - begin < minutes * 60 and not options.stop.wait(SECONDS):
                samples.append(load.sample(begin))
                now = samples[-1]
                memory, store = now["memory"] / 2**20, now["store"] / 2**20
                line.say(f"{now['seconds']:.0f} s: {now['facts']} facts, memory {memory:.1f} MiB, store {store:.1f} MiB")
                for each in load.work:
                    assert each.failure is None, f"seed {seed}: {each.named}: {each.failure}"
        finally:
            stop.set()
            for each in load.work:
                each.join(40)
        assert not any(each.is_alive() for each in load.work), "a client still waits"
        Path(options.state, "load-samples.json").write_text(json.dumps(samples))
    figures, steady = judged(samples, options.short)
    figures |= {each.named: each.done for each in load.work}
    figures |= {"events read": load.events, "of unread answers cut off": load.cut_off}
    counts.add_load(figures)
    return steady
