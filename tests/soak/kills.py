"""Rounds of a riskd that is killed at random while clients post. After each start: what was answered is in the log once,
what was refused is not, and what got no answer is there once when it was sent again with its key.

An epoch has a store, a stand-in of a tracker and clients of its own. At its end riskd comes to rest; then its model is
compared with fresh evaluations, its log is verified and decided again, and its trackers are looked at.
"""

import json
import random
import struct
import subprocess
import time
from collections import Counter
from pathlib import Path

import tracker
from workload import PERCENTS, Client, Reloads, mark_of, marks_of, policy

from clients import Answered, Poster, facts, is_of_product, send
from scratch import CONFIG, Scratch
from settings import merged

CLIENTS = 4
PRODUCTS = 6
MOST_PRODUCTS = 24
VERIFY_EACH = 25  # rounds
KEPT_UPLOADS = 100  # of a product, where superseded results are removed
NAMES = {"upload": "uploads", "reload": "reloads", "approval": "approvals"}
BESIDE = ("seq", "poster", "received")  # what the log says of a fact, and a line of facts does not

WEB = """[[tracker]]
name = "web"
kind = "gitlab"
url = "{url}"
project = "group/sub/shop"
token-file = "token"
poll = "1 second"
timeout = "1 second"
[[route]]
products = "web-*"
tracker = "web"
"""


class Epoch:
    def __init__(self, programs, seed, power_loss=None, removes_results=False):
        """`power_loss`: the library of power_loss.cpp; then each kill takes away what was not synced. `removes_results`: each
        start removes superseded results; what is compared with all facts of the log is not compared then."""
        self.seed = seed
        self.dice = random.Random(seed)
        self.web = tracker.GitLab(self.dice.getrandbits(30)) if tracker.GitLab.is_there() else None
        head, _, files = CONFIG.partition("[[tracker]]")
        if self.web:
            head += WEB.format(url=self.web.url)
        config = head + "[[tracker]]" + files.replace("1 hour", "1 second")
        self.removes_results = removes_results
        if removes_results:
            config = merged(config, f"[store]\nkeep-uploads = {KEPT_UPLOADS}\n")
        self.riskd = Scratch(programs, {"riskd.toml": config, "token": "secret\n", "policy/door.risk": policy(PERCENTS[0])})
        self.undo = self.riskd.folder / "undo"
        if power_loss:
            self.riskd.preload = {"LD_PRELOAD": str(Path(power_loss).resolve()), "RISKD_UNDO": str(self.undo)}
        self.folder = tracker.Folder(self.riskd.folder / "tickets")
        self.products = [f"{('web', 'shop')[n % 2]}-{n}" for n in range(PRODUCTS)]
        self.clients = [
            Client(f"c{n}", random.Random(self.dice.getrandbits(64)), self.products, MOST_PRODUCTS) for n in range(CLIENTS)
        ]
        self.reloads = Reloads(random.Random(self.dice.getrandbits(64)))
        self.posters = []
        self.done = []  # since the last check
        self.kept = []  # some answers, to be asked for again
        self.checked = {}  # by product: up to which position its facts were checked
        self.revisions, self.head = {}, {"position": 0}
        self.counts = Counter()
        self.round = 0

    # ── a round ─────────────────────────────────────────────────────────────────────────────────

    def run(self, rounds, is_over, told, rest_seconds):
        """Returns what was counted; all of it was checked."""
        with self.riskd as riskd:
            try:
                for product in self.products:
                    riskd.must("PUT", f"/v1/products/{product}", {"title": f"first {product}"})
                    self.checked[product] = json.loads(riskd.ask("GET", "/v1/health")[1])["seq"]
                while self.round < rounds and not is_over():
                    self.round += 1
                    self.work_until_killed()
                    self.start()
                    self.settle()
                    self.check()
                    told(self.counts)
                self.come_to_rest(rest_seconds)
                self.check_all()
            except BaseException:
                if self.riskd.daemon is not None:
                    self.riskd.kill()
                raise
            finally:
                if self.web:
                    self.counts["faults of the tracker"] += self.web.faults()
                    self.web.stop()
        self.counts["logs decided again"] += 1  # when riskd was stopped
        self.counts["epochs"] += 1
        return self.counts

    def work_until_killed(self):
        pause = lambda: self.dice.uniform(0, 0.01)  # noqa: E731
        self.posters = [Poster(self.riskd, each.next, self.done, pause) for each in self.clients]
        slow = lambda: self.dice.uniform(0.1, 0.6)  # noqa: E731
        self.reloader = Poster(self.riskd, self.reloads.next, self.done, slow)
        how = self.dice.choices(("soon", "reload", "long"), weights=(80, 10, 10))[0]
        for poster in self.posters:
            poster.start()
        if how == "reload":
            time.sleep(self.dice.uniform(0, 0.1))
            self.reloader.start()
            time.sleep(self.dice.uniform(0, 0.015))
            self.counts["kills at a reload"] += 1
        else:
            if self.dice.random() < 0.5:
                self.reloader.start()
            until = time.monotonic() + (self.dice.uniform(0, 0.3) if how == "soon" else self.dice.uniform(0.5, 3))
            if self.web and self.dice.random() < 0.1:
                self.web.close_one(self.dice)
            time.sleep(max(0, until - time.monotonic()))
        self.kill()
        for poster in [*self.posters, *([self.reloader] if self.reloader.ident else [])]:
            poster.join(30)
            assert not poster.is_alive(), "a client still waits for a riskd that was killed"
            assert poster.failure is None, poster.failure

    def kill(self):
        ended = self.riskd.daemon.poll()
        assert ended is None, f"riskd has ended by itself, with {ended}"
        self.riskd.kill()
        self.counts["kills"] += 1
        if self.riskd.preload:
            self.lose_power()

    def lose_power(self):
        """The store's file as it was at the last sync, and what was written synchronously since; perhaps also some of the rest."""
        kept = self.undo.read_bytes() if self.undo.exists() else b""
        self.undo.unlink(missing_ok=True)
        records = []
        while len(kept) >= 16:
            at, size = struct.unpack_from("=QQ", kept)
            records.append((at, kept[16 : 16 + size]))
            kept = kept[16 + size :]
        share = self.dice.choice((1, 1, 0.5))
        with open(self.riskd.folder / "state/store/data.mdb", "r+b") as file:
            for at, before in reversed(records):
                if self.dice.random() < share:
                    file.seek(at)
                    file.write(before)
        self.counts["kills with a loss of power"] += 1
        self.counts["of these, with writes that were not synced"] += bool(records)

    def start(self):
        if self.dice.random() < 0.2:
            self.folder.edit_one(self.dice)
        while self.dice.random() < 0.1:
            self.riskd.spawn()
            time.sleep(self.dice.uniform(0, 0.05))
            self.kill()
            self.counts["kills in a start"] += 1
        self.riskd.start()

    def settle(self):
        """What has no answer is sent again."""
        for poster in [*self.posters, self.reloader]:
            if poster.open is None:
                continue
            status, text, headers = send(self.riskd, poster.open)
            self.counts["requests sent again"] += 1
            self.counts["of these, done before the kill"] += "idempotency-replayed" in headers
            again = send(self.riskd, poster.open)
            if status < 300:
                assert again[1] == text, f"{poster.open}: another answer: {text} {again[1]}"
            self.done.append(Answered(poster.open, status, text))

    # ── what must hold ──────────────────────────────────────────────────────────────────────────

    def check(self):
        for each in self.done:
            assert each.status < 300, f"{each.request}: {each.status} {each.text}"
            if each.request.kind == "title" and each.request.texts[0][0] not in self.products:
                self.products.append(each.request.texts[0][0])
        self.check_log()
        self.check_policy()
        self.check_answers()
        if self.round % VERIFY_EACH == 0:
            self.verify()
            self.check_trackers()
        self.done.clear()

    def check_log(self):
        wanted = marks_of(each.request for each in self.done)
        for product in self.products:
            after = self.checked.get(product, 0)
            seen = Counter()
            for fact in facts(self.riskd, product, after):
                assert fact["seq"] > after, f"{product}: fact {fact['seq']} after {after}"
                after = fact["seq"]
                seen[mark_of(fact)] += 1
            del seen[None]  # the trackers' own
            expected = wanted.get(product, Counter())
            missing, more = expected - seen - self.may_be_removed(product), seen - expected
            assert not missing, f"{product}: answered, and not in the log: {dict(missing)}"
            assert not more, f"{product}: in the log more often than it was posted: {dict(more)}"
            self.checked[product] = after
            self.counts["facts"] += sum(seen.values())
        for each in self.done:
            self.counts["requests"] += 1
            self.counts[NAMES.get(each.request.kind, "others")] += 1

    def may_be_removed(self, product):
        """The uploads of a round, where more came than are kept."""
        if not self.removes_results:
            return Counter()
        uploads = [each.request for each in self.done if each.request.kind == "upload"]
        marks = marks_of(uploads).get(product, Counter())
        return marks if marks.total() > KEPT_UPLOADS else Counter()

    def check_policy(self):
        """Each revision that was answered is kept. A start takes the configured files again, as another revision."""
        for each in self.done:
            if each.request.kind == "reload":
                told = json.loads(each.text)
                self.revisions[told["revision"]] = told["policy"]
        now = json.loads(self.riskd.ask("GET", "/v1/policy")[1])
        assert now["revision"] >= max(self.revisions, default=1), f"the policy is {now}, and {self.revisions} were answered"
        if self.revisions:
            revision, policy_hash = self.dice.choice(list(self.revisions.items()))
            target = f"/v1/products/{self.products[0]}/compare?a=revision:{revision}&b=revision:{revision}"
            kept = self.riskd.must("GET", target)["a"]
            assert kept["policy"] == policy_hash, f"revision {revision} was {policy_hash}, and is {kept}"
        head = json.loads(self.riskd.ask("GET", "/v1/health")[1])["log"]
        assert head["position"] >= self.head["position"], f"the log ended at {self.head}, and ends at {head}"
        self.head = head

    def check_answers(self):
        self.kept += self.dice.sample(self.done, min(2, len(self.done)))
        for each in self.dice.sample(self.kept, min(2, len(self.kept))):
            status, text, headers = send(self.riskd, each.request)
            assert (status, text) == (each.status, each.text), f"{each.request}: {each.text}, and later {text}"
            assert "idempotency-replayed" in headers, f"{each.request} was done again"
            self.counts["old answers compared"] += 1

    def verify(self):
        """The log is whole, and still has the last head that was seen."""
        path = self.riskd.write("head.json", json.dumps(self.head))
        log = json.loads(self.riskd.says("log", "verify", "state/store", "--head", str(path), "--json"))
        self.counts["logs verified"] += 1
        return log

    def check_trackers(self):
        there = self.folder.check() | (self.web.check() if self.web else set())
        self.counts["looks at the trackers"] += 1
        return there

    # ── the end of an epoch ─────────────────────────────────────────────────────────────────────

    def come_to_rest(self, seconds):
        """Waits until no effect waits for a tracker; for a short run that may take too long."""
        if self.web:
            self.web.wire(0)
        self.percent = self.dice.choice(PERCENTS)
        self.riskd.write("policy/door.risk", policy(self.percent))
        self.riskd.must("POST", "/v1/policy/reload", {})
        until = time.monotonic() + seconds
        while True:
            self.riskd.ask("POST", "/v1/sync?wait=true")
            trackers = json.loads(self.riskd.ask("GET", "/v1/health")[1])["trackers"]
            self.waiting = sum(each["pending"] for each in trackers)
            if self.waiting == 0 or time.monotonic() > until:
                break
            time.sleep(0.5)
        assert self.waiting == 0 or seconds < 90, f"{self.waiting} effects still wait: {trackers}"

    def models(self):
        found = {}
        for product in self.products:
            model = self.riskd.must("GET", f"/v1/products/{product}/model")
            del model["now"]
            found[product] = model
        return found

    def check_all(self):
        self.verify()
        there = self.check_trackers()
        self.check_tickets(there)
        before = self.models()
        for product, model in before.items():
            if not self.removes_results:
                self.compare_with_replay(product, model)
            then = self.riskd.must("GET", f"/v1/products/{product}/model?at={now()}")["then"]
            assert not then.get("differs"), f"{product}: its record differs from its model: {then['differs']}"
        self.kill()
        self.riskd.start()
        if self.waiting == 0:
            after = self.models()
            for product, model in before.items():
                same = model == after[product]
                assert same, f"{product}: the model is another one after a start:\n{model}\n{after[product]}"
        if not self.removes_results:
            self.counts["models evaluated afresh"] += len(before)
        self.counts["results removed"] += self.verify()["removed"]

    def check_tickets(self, there):
        known, wanted = set(), 0
        for product in self.products:
            for each in self.riskd.must("GET", f"/v1/tickets?product={product}")["items"]:
                if each.get("key"):
                    assert each["key"] not in known, f"{each['key']} is two tickets"
                    known.add(each["key"])
                wanted += each["desired"] == "open" and not each.get("key")
        assert known <= there, f"riskd knows tickets that are not there: {known - there}"
        if self.waiting == 0:
            assert wanted == 0, f"{wanted} tickets are wanted, and nothing waits"
            assert not there - known, f"riskd does not know tickets that it made: {there - known}"
            self.counts["tickets left behind"] += 0  # the row says that they were looked for
        self.counts["tickets"] += len(there)

    def compare_with_replay(self, product, model):
        """The facts of the log, evaluated one after the other by another program."""
        lines = []
        for fact in facts(self.riskd, product):
            if is_of_product(fact) or "told" in fact:  # riskd's alone, and no rating depends on them
                continue
            for result in fact.get("run", {}).get("results", []):
                result.pop("verdict", None)
                result.pop("attributes", None)
                if result["outcome"] == "absent":
                    result["outcome"] = "passed"  # as the policy reads it
            lines.append(json.dumps({name: value for name, value in fact.items() if name not in BESIDE}))
        events = self.riskd.write("events.ndjson", "\n".join(lines) + "\n")
        said = self.riskd.says("replay", "--policy", "policy", "--events", str(events)).splitlines()
        rating, risks, states = 0, {}, {}
        for line in map(json.loads, filter(None, said)):
            assert "error" not in line, f"{product}: {line}"
            rating = line["rating"]
            for risk in line.get("changed", []):
                if risk.get("applies") is False:
                    del risks[risk["id"]]
                else:
                    risks.setdefault(risk["id"], {}).update(risk)
            for each in line.get("states", []):
                states.setdefault(each["id"], {}).update(each)
        assert rating == model["rating"], f"{product}: rating {model['rating']}, and afresh {rating}"
        ratings = ("inherent", "current", "projected", "band")
        one = {each["id"]: [each[name] for name in ratings] for each in model["risks"]}
        other = {name: [risk[key] for key in ratings] for name, risk in risks.items()}
        assert one == other, f"{product}: risks {one}, and afresh {other}"
        for each in model["countermeasures"]:
            other = states[each["id"]]["state"]
            assert each["state"] == other, f"{product}: {each['id']} is {each['state']}, and afresh {other}"


def now():
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()) + f".{int(time.time() % 1 * 1000):03}Z"


def soak(programs, options, counts, line):
    """Epochs until the file has as many kills as `--count` says, or the time is over."""
    until = time.monotonic() + options.minutes * 60 if options.minutes else None

    def is_over(more=0):
        late = until is not None and time.monotonic() > until
        return options.stop.is_set() or late or counts.read()["kills"].get("kills", 0) + more >= options.count

    while not is_over():
        seed = options.seed if options.seed is not None else random.SystemRandom().getrandbits(48)
        options.seed = None if options.seed is None else options.seed + 1
        epochs = counts.read()["kills"].get("epochs", 0)
        loses_power, removes_results = epochs % 2 == 0, epochs % 4 in (1, 2)
        epoch = Epoch(programs, seed, options.power_loss if loses_power else None, removes_results)
        begin = time.monotonic()

        def told(so_far):
            line.say(f"seed {seed}: {so_far['kills']} kills, {so_far['facts']} facts, {time.monotonic() - begin:.0f} s")

        try:
            counts.add(epoch.run(options.epoch, lambda: is_over(epoch.counts["kills"]), told, options.rest))
        except (AssertionError, OSError, subprocess.SubprocessError):
            print(f"kills: seed {seed}, round {epoch.round}, {epoch.counts['kills']} kills of this epoch; its store is kept")
            raise


ORDER = (
    "kills", "kills in a start", "kills at a reload",
    "kills with a loss of power", "of these, with writes that were not synced", "epochs",
    "requests", "uploads", "approvals", "reloads", "others", "facts", "results removed",
    "requests sent again", "of these, done before the kill", "old answers compared",
    "tickets", "tickets left behind", "faults of the tracker", "looks at the trackers",
    "logs verified", "logs decided again", "models evaluated afresh",
)  # fmt: skip
