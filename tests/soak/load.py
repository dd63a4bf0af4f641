"""riskd under a constant mixed load, as the builds of a few products make it: whether its memory and its store stay as they
are after a while.

What counts as memory is RssAnon: pages of the store's file that are mapped (RssFile) belong to the system, which takes
them back. What counts of the store are the used pages of the tables that retention bounds. The others are the history,
which stays by design, and answers that are kept for a day under their keys: their growth is told.
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
from settings import merged
from workload import PERCENTS, Client, junit, policy

PRODUCTS = ("shop", "web", "api", "app")
# Removes results many times in half an hour.
STORE = """[store]
keep-results = "2 minutes"
keep-uploads = 1000
max-mebibytes = 2048
"""
TESTS = 200  # of a report, beside those that the policy knows
HISTORY = ("log", "marks", "changes", "changes_by_product", "policies", "prunes", "days")
BY_KEY = ("replies", "replies_by_time")  # for a day
STEADY = 0.05  # how much memory may grow over the second half, of its median
STORE_STEADY = 0.1  # and the tables that retention bounds: answers and decisions in them stay too
SECONDS = 2  # between two samples
MOST_FILES = 100
UNREAD_SECONDS = 75  # an answer must be read within 60
READS = "model history?limit=20 facts?limit=10 suites review results questionnaire why?element=door.break-in-1".split()


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
            ("posts", self.post, 0.3),
            ("posts of another client", self.post_other, 0.4),
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
        report = junit(0, {self.runs % 8: self.runs % 3 > 0, (self.runs + 1) % 8: True}, TESTS)
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
        connection.request("GET", random.choice(("/v1/events", "/v1/products/shop/history?limit=100")))
        time.sleep(0.1)
        connection.close()

    def never_read(self):
        """Asks for much and reads nothing: after some time riskd closes the connection, in the middle of the answer."""
        connection = Connection(self.riskd.folder / "state/riskd.sock")
        connection.request("GET", "/v1/products/shop/history?limit=100")
        self.unread.append((time.monotonic(), connection))
        while self.unread and time.monotonic() - self.unread[0][0] > UNREAD_SECONDS:
            _, connection = self.unread.pop(0)
            try:
                connection.getresponse().read()
            except (http.client.IncompleteRead, ConnectionError):
                self.cut_off += 1  # one that fits the buffers of the socket is whole
            connection.close()

    @staticmethod
    def tables(health):
        """The store's tables by kind."""
        bounded = [name for name in health["store-tables"] if name not in HISTORY + BY_KEY]
        return {"bounded": bounded, "history": HISTORY, "by key": BY_KEY}

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
            "file": (self.riskd.folder / "state/store/data.mdb").stat().st_size,
            **{kind: sum(health["store-tables"][name] for name in names) for kind, names in self.tables(health).items()},
            "facts": health["seq"],
        }


def growth(samples, name):
    """Over these samples, by the line that fits them best."""
    times, values = [each["seconds"] for each in samples], [each[name] for each in samples]
    middle, mean = sum(times) / len(times), sum(values) / len(values)
    spread = sum((t - middle) ** 2 for t in times)
    slope = sum((t - middle) * (v - mean) for t, v in zip(times, values)) / spread
    return slope * (times[-1] - times[0])


def is_constant(samples):
    """Whether memory is."""
    half, third = samples[len(samples) // 2 :], len(samples) // 3
    top = lambda part: max(each["memory"] for each in part)  # noqa: E731
    steady = growth(half, "memory") <= STEADY * median(each["memory"] for each in half)
    return steady or top(samples[2 * third :]) <= (1 + STEADY) * top(samples[third : 2 * third])


def is_bounded(samples):
    """Whether the tables are that retention bounds: it removes in steps, so their greatest sizes are compared."""
    third = len(samples) // 3
    top = lambda part: max(each["bounded"] for each in part)  # noqa: E731
    return top(samples[2 * third :]) <= (1 + STORE_STEADY) * top(samples[third : 2 * third])


def judged(samples, short):
    """The figures, and whether memory and store (where the run is not too short to say), threads and open files stay as they
    are."""
    half, third = samples[len(samples) // 2 :], len(samples) // 3
    middle, last = samples[third : 2 * third], samples[2 * third :]
    top = lambda part, name: max(each[name] for each in part)  # noqa: E731
    mebibytes = lambda value: round(value / 2**20, 1)  # noqa: E731
    facts = max(1, half[-1]["facts"] - half[0]["facts"])
    each_fact = lambda name: round((half[-1][name] - half[0][name]) / facts)  # noqa: E731
    said = lambda good: "too short to say" if short else "yes" if good else "no"  # noqa: E731
    figures = {
        "minutes": round(samples[-1]["seconds"] / 60, 1),
        "facts": samples[-1]["facts"],
        "memory at the half, MiB": mebibytes(half[0]["memory"]),
        "memory at the end, MiB": mebibytes(half[-1]["memory"]),
        "growth in the second half, %": round(100 * growth(half, "memory") / median(each["memory"] for each in half), 1),
        "growth for each fact, bytes": round(growth(half, "memory") / facts),
        "constant": said(is_constant(samples)),
        "most of the store mapped, MiB": mebibytes(top(samples, "mapped")),
        "store, MiB": mebibytes(samples[-1]["store"]),
        "of that bounded, middle third, at most, MiB": mebibytes(top(middle, "bounded")),
        "of that bounded, last third, at most, MiB": mebibytes(top(last, "bounded")),
        "bounded": said(is_bounded(samples)),
        "history, for each fact, bytes": each_fact("history"),
        "answers by key, for each fact, bytes": each_fact("by key"),
        "file at the half, MiB": mebibytes(half[0]["file"]),
        "file at the end, MiB": mebibytes(half[-1]["file"]),
        "most threads": top(samples, "threads"),
        "most open files": top(samples, "files"),
    }
    steady = short or (is_constant(samples) and is_bounded(samples))
    steady = steady and top(last, "threads") <= top(middle, "threads") + 2 and top(samples, "files") < MOST_FILES
    return figures, steady


def soak(programs, options, counts, line):
    minutes = options.minutes or 30
    seed = options.seed if options.seed is not None else random.SystemRandom().getrandbits(48)
    config = merged(CONFIG, STORE)
    if options.config:
        config = merged(config, Path(options.config).read_text())
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
        log = json.loads(riskd.says("log", "verify", "state/store", "--json"))
        assert log["fault"] is None, log
        Path(options.state, "load-samples.json").write_text(json.dumps(samples))
    figures, steady = judged(samples, options.short)
    figures |= {each.named: each.done for each in load.work}
    figures |= {"events read": load.events, "of unread answers cut off": load.cut_off}
    figures["facts removed, of those in the verified log"] = log["removed"]
    counts.add_load(figures)
    return steady
