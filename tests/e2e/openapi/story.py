"""A shop from its first fact to its removal: every operation with success, and with the refusals that a product brings about."""

import hashlib
import hmac
import json
import time
from pathlib import Path
from urllib.parse import quote

from scratch import ROOT
from served import Served

SECRET = "the-secret-of-the-hook"
CONFIG = """[policy]
paths = ["policy"]
rules = "rules"
[store]
path = "state/store"
keep-uploads = 3
[socket]
path = "state/riskd.sock"
[limits]
effects-per-change = 1
[[tracker]]
name = "files"
kind = "directory"
path = "tickets"
poll = "1 hour"
transitions = { open = "To Do", close = "Done", reopen = "To Do" }
[[tracker]]
name = "hub"
kind = "github"
url = "http://127.0.0.1:1"
project = "shop/web"
token-file = "token"
webhook-secret-file = "hook"
[[route]]
products = "shop*"
tracker = "files"
[[route]]
products = "web*"
tracker = "hub"
"""
# What the shop has not: a component with a field, a number, a status map with a name, warnings, tests of components.
DOORS = """library doors "Doors" version "1.0.0"
import core
component-type kiosk "A kiosk"
field component.place "Where it stands" : text
status-map directory odd { status is "Open" -> required  otherwise -> implemented }
questionnaire about-doors "Doors" {
  question doors "How many doors has it?" : number
  question open-house "May anybody walk in?" : yes-no
}
questionnaire about-kiosks "Kiosks" for component of type kiosk { question screen "Has it a screen?" : yes-no }
pattern entered "Anybody walks in" {
  when open-house
  risk walk-in "Somebody walks in" {
    integrity high  ease high  exposure high
    weakness no-lock CWE-306 "There is no lock" {
      test junit "doors.LockTest.*"
      test sarif A
      countermeasure lock "Put a lock in" { required  mitigates 50%  guide "Turn the key."  test junit "doors.KeyTest.*" }
    }
  }
}
pattern touched "A kiosk is touched" {
  for component of type kiosk
  when screen
  risk finger "Somebody types" {
    integrity high  ease high  exposure high
    weakness no-cover CWE-306 "There is no cover" {
      test junit "doors.CoverTest.*"
      countermeasure cover "Cover it" { required  mitigates 50%  guide "Lay it on."  test junit "doors.LidTest.*" }
    }
  }
}
"""
PLAIN = """library plain "Plain" version "1.0.0"
status-map directory { status is "Done" -> implemented  otherwise -> required }
status-map github { state is "closed" -> implemented  otherwise -> required }
questionnaire about "About" { question note "A note" : text }
"""
# A fact of each kind with all that it may have.
TICKET = {
    **{"for": "requirement:web.bound-parameters", "tracker": "files", "kind": "directory", "map": "odd", "key": "other"},
    **{"status": "In Progress", "resolution": "none", "state": "open", "reason": "new", "labels": ["a"], "closed": False},
    **{"by": "eva", "remark": "soon", "url": "http://tickets.example/1", "deleted": False},
}
PASSED = {
    **{"id": "shop.LoginThrottlingTest.first", "title": "First", "aliases": ["a"], "component": "order-service", "scope": "s"},
    **{"outcome": "passed", "cwe": 307, "tags": ["t"]},
}
FAILED = {
    **{"id": "shop.LoginThrottlingTest.second", "outcome": "failed", "cwe": [307, 352], "message": "no", "severity": "high"},
    **{"help-url": "http://help.example", "locations": ["a.cpp:1"]},
}
RUN = {"suite": "by-hand", "source": "junit", "scopes": ["s"], "url": "http://build.example/1", "at": "2026-11-20T11:00:00Z"}
DAY = 24 * 60 * 60


def files():
    shop = ROOT / "examples/shop"
    return {
        "riskd.toml": CONFIG,
        "token": "token\n",
        "hook": SECRET + "\n",
        "policy/shop.risk": (shop / "policy/shop.risk").read_text(),
        "policy/doors.risk": DOORS,
    }


def report(name):
    return (ROOT / f"examples/shop/reports/{name}.xml").read_text()


def moment():
    """A time between what was and what will be."""
    time.sleep(0.01)
    now = time.time()
    time.sleep(0.01)
    return now


def written(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{int(seconds % 1 * 1000):03}Z"


class Story:
    def __init__(self, riskd):
        self.riskd = riskd
        self.facts = json.loads((ROOT / "examples/shop/facts.json").read_text())

    # ---- products, answers, components

    def products(self):
        riskd, shop = self.riskd, "/v1/products/shop"
        riskd.must("PUT", shop, {"title": "Shop", "fields": {"owner": "storefront"}})
        assert riskd.headers["etag"]
        riskd.must("PUT", shop, {"title": "The shop"}, **{"If-Match": riskd.headers["etag"]})
        riskd.must("PUT", "/v1/products/web", {})
        riskd.must("PUT", "/v1/products/lone", **{"Idempotency-Key": "lone"})
        riskd.must("PUT", "/v1/products/lone", **{"Idempotency-Key": "lone"})
        riskd.must("DELETE", "/v1/products/lone")
        riskd.must("PUT", "/v1/products/lone", {"title": "Alone"})
        riskd.must("GET", "/v1/products/lone/facts")
        riskd.must("GET", "/v1/products/lone/history")
        first = riskd.must("PATCH", f"{shop}/answers", {"answers": self.facts["answers"], "fields": self.facts["fields"]})
        assert first["changed"] and "title" in first["changed"][0]
        riskd.must("PATCH", f"{shop}/answers", {"answers": {"reach": "partners"}, "was": {"reach": "internet"}})
        riskd.must("PATCH", f"{shop}/answers", {"answers": {"reach": "internet", "sells": None}})
        riskd.must("PATCH", f"{shop}/answers", {"answers": {"sells": ["goods"]}, "was": {"sells": None}})
        for name, component in self.facts["components"].items():
            riskd.must("PUT", f"{shop}/components/{name}", component)
        component = f"{shop}/components/main-db"
        riskd.must("PATCH", f"{component}/answers", {"answers": {"stores-cards": True}, "fields": {}, "was": {"stores-cards": False}})
        riskd.must("PUT", f"{shop}/components/cards-db", {"type": "database", "was": "main-db"})
        riskd.refused(409, "PUT", component, {"type": "database"})
        riskd.must("PUT", component, {"type": "database", "was": "cards-db"})
        riskd.must("PUT", f"{shop}/components/gone", {"type": "database"})
        riskd.must("DELETE", f"{shop}/components/gone")
        page = riskd.must("GET", "/v1/products?limit=1")
        assert riskd.must("GET", f"/v1/products?limit=1&after={page['next']}")["items"][0]["product"] == "shop"
        riskd.must("GET", shop)
        riskd.must("HEAD", shop)
        riskd.must("GET", f"{shop}/questionnaire")
        for answers in ({"reach": "moon"}, {"no-such": 1}, {"reach": 7}):
            problem = riskd.refused(422, "PATCH", f"{shop}/answers", {"answers": answers})
            assert problem["errors"][0]["pointer"].startswith("/answers/"), problem
        problem = riskd.refused(409, "PATCH", f"{shop}/answers", {"answers": {"reach": "partners"}, "was": {"reach": "staff"}})
        assert problem["errors"][0]["value"] == "internet", problem

    # ---- facts, one a line

    def lines(self):
        riskd = self.riskd
        of = {"product": "shop"}
        status, answers = riskd.lines(
            {**of, "fields": {"contact": "storefront@shop.example"}},
            {**of, "at": "2026-11-20", "answers": {"has-api": False}},
            {**of, "component": {"id": "order-service", "type": "web-service"}},
            {**of, "component": {"id": "old", "type": "database", "answers": {"stores-cards": True}, "fields": {}}},
            {**of, "component": {"id": "new", "type": "database", "was": "old"}},
            {**of, "component": {"id": "new", "removed": True}},
            {**of, "decision": {"element": "web.uniform-login-answers", "state": "required", "reason": "audit", "until": "2099-01-31"}},
            {**of, "decision": {"element": "shop.wrong-price", "state": "set", "attribute": "ease", "value": "low", "reason": "it is behind a wall"}},
            {**of, "approve": ["web.throttle-logins"]},
            {**of, "approve": {"elements": ["web.throttle-logins"]}},
            {**of, "ticket": TICKET},
            {**of, "result": {"suite": "unit", "source": "junit", "at": "2026-11-20T10:00:00Z", **PASSED}},
            {**of, "result": {"suite": "unit", "source": "junit", **FAILED}},
            {**of, "run": {**RUN, "run": "1", "complete": True, "failed": False, "more": False, "results": [PASSED, FAILED]}},
            {**of, "run": {"suite": "broken", "source": "junit", "failed": True, "component": "order-service", "results": []}},
            {**of, "run": {"suite": "parts", "source": "junit", "more": True, "results": [{"id": "x", "outcome": "passed"}]}},
            {**of, "run": {"suite": "retired", "source": "junit", "results": [{"id": "x", "outcome": "passed"}]}},
            {**of, "suite": {"suite": "retired", "retired": True}},
        )
        assert status == 200, answers
        riskd.must("GET", "/v1/products/shop/questionnaire")
        riskd.must("GET", "/v1/tickets")
        status, answers = riskd.lines({**of, "answers": {"reach": "moon"}}, {"product": "no-such", "answers": {}})
        assert status == 422 and "error" in answers[0], answers
        key = {"Idempotency-Key": "lines"}
        assert riskd.lines({**of, "answers": {"has-api": False}}, **key)[0] == 200
        assert riskd.lines({**of, "answers": {"has-api": False}}, **key)[0] == 200 and riskd.headers["idempotency-replayed"]

    # ---- decisions, review, approval

    def review(self):
        riskd, shop = self.riskd, "/v1/products/shop"
        decisions = [{"element": element, **decision} for element, decision in self.facts["decisions"].items()]
        riskd.must("PATCH", f"{shop}/decisions", {"decisions": decisions, "was": {"web.uniform-login-answers": "required"}})
        riskd.must("PATCH", f"{shop}/decisions", {"decision": {"element": "zap:10202", "state": "false-positive", "reason": "a test page"}})
        riskd.must("PATCH", f"{shop}/decisions", {"decision": {"element": "zap:10202", "state": "false-positive", "reason": "a test page", "until": "2099-01-01"}})
        for state, element in (("recommended", "web.secure-cookies"), ("rejected", "web.plain-errors"), ("not-applicable", "web.debug-off")):
            riskd.must("PATCH", f"{shop}/decisions", {"decision": {"element": element, "state": state, "reason": "it is so"}})
        ease = {"element": "web.credential-stuffing", "state": "set", "attribute": "ease", "value": "medium", "reason": "a wall"}
        riskd.must("PATCH", f"{shop}/decisions", {"decision": ease, "was": {"web.credential-stuffing": None}})
        riskd.refused(409, "PATCH", f"{shop}/decisions", {"decision": {**ease, "value": "low"}, "was": {"web.credential-stuffing": "high"}})
        assert riskd.must("GET", "/v1/products/web/review")["since"] is None
        review = riskd.must("GET", f"{shop}/review")
        riskd.must("POST", f"{shop}/approve", {"elements": [review["added"][0]["element"]], "version": review["version"]})
        riskd.must("PATCH", f"{shop}/answers", {"answers": {"self-reset": False}})
        problem = riskd.refused(409, "POST", f"{shop}/approve", {"version": review["version"]})
        assert problem["errors"][0]["code"] == "changed-review" and problem["review"]["added"], problem
        riskd.must("POST", f"{shop}/approve")
        riskd.must("PATCH", f"{shop}/answers", {"answers": {"pays-with": "own-form"}})
        riskd.must("PATCH", f"{shop}/answers", {"answers": {"third-party-scripts": False}})
        review = riskd.must("GET", f"{shop}/review")
        assert review["changed"] and review["removed"], review
        riskd.must("GET", f"{shop}/model")
        riskd.must("POST", f"{shop}/approve", {})

    # ---- results

    def results(self):
        riskd, shop = self.riskd, "/v1/products/shop"
        xml = {"Content-Type": "application/xml"}
        for name, query in {
            "zap-with-alert": "suite=zap%2Fnightly&format=zap&run=1&at=2026-11-20T02:00:00Z&complete=true&more=false",
            "zap-clean": "suite=zap%2Fnightly&at=2026-11-21",
            "junit-failing": "suite=unit&component=order-service",
            "junit-passing": "suite=unit&bytes=" + "0a" * 16,
        }.items():
            said = riskd.must("POST", f"{shop}/results?{query}", report(name), **xml)
            assert said["run"]["counts"], said
        case = '<testcase classname="some.Test" name="{}">{}</testcase>'
        failing = "".join(case.format(number, '<failure message="m"/>') for number in range(30))
        bare = f'<testsuite name="s">{case.format("skipped", "<skipped/>")}{failing}</testsuite>'
        riskd.must("POST", f"{shop}/results?suite=other", bare, **xml)
        riskd.must("POST", f"{shop}/results?suite=other", bare.replace("<failure", "<error").replace("</failure", "</error"), **xml)
        riskd.must("GET", f"{shop}/results?limit=2&after=0")
        riskd.must("GET", f"{shop}/results")
        riskd.must("GET", f"{shop}/results?unmatched=true")
        riskd.must("GET", f"{shop}/suites")
        for suite in ("zap/nightly", "unit", "retired", "by-hand"):
            riskd.must("GET", f"{shop}/suites/{quote(suite, safe='')}")
        riskd.must("GET", f"{shop}/model")
        riskd.must("DELETE", f"{shop}/suites/other")
        riskd.refused(413, "POST", f"{shop}/results?suite=deep", "<testsuite>" + "<testsuite>" * 100, **xml)
        riskd.refused(422, "POST", f"{shop}/results?suite=what", "neither", **xml)
        riskd.refused(400, "POST", f"{shop}/results", report("zap-clean"), **xml)

    # ---- tickets and trackers

    def tickets(self):
        riskd = self.riskd
        riskd.must("POST", "/v1/sync?product=shop")
        riskd.must("GET", "/v1/tickets")
        riskd.must("GET", "/v1/tickets?product=shop&limit=1")
        riskd.must("POST", "/v1/sync?product=shop&release=true&wait=true")
        found = sorted((riskd.folder / "tickets").rglob("*.md"))
        assert found, "there are no tickets"
        for number, path in enumerate(found[:2]):
            text = path.read_text()
            path.write_text(text.replace("To Do", ["Forgotten", "Done"][number], 1))
        riskd.must("POST", "/v1/sync?product=shop&wait=true")
        riskd.must("GET", "/v1/tickets?product=shop")
        riskd.must("POST", "/v1/trackers/check?tracker=files")
        riskd.refused(404, "POST", "/v1/trackers/check?tracker=none")
        ticket = {"for": "vulnerability:web.missing-csrf-tokens", "tracker": "files", "kind": "directory", "key": "a", "status": "Done"}
        riskd.lines({"product": "shop", "ticket": ticket})

        # A tracker that cannot be reached.
        riskd.must("PATCH", "/v1/products/web/answers", {"answers": self.facts["answers"]})
        riskd.must("POST", "/v1/products/web/approve")
        known = {"for": "requirement:web.tls", "tracker": "hub", "kind": "github", "key": "shop/web#7", "state": "open"}
        assert riskd.lines({"product": "web", "ticket": known})[0] == 200
        riskd.refused(503, "POST", "/v1/sync?product=web&release=true&wait=true")
        for _ in range(10):
            riskd.ask("POST", "/v1/sync?product=web&wait=true")
        self.waiting_for_the_hub()
        riskd.must("GET", "/v1/tickets?product=web")
        assert any("until" in each for each in riskd.must("GET", "/v1/health")["trackers"])
        riskd.must("POST", "/v1/trackers/check")
        body = '{"action": "closed", "repository": {"full_name": "shop/web"}, "issue": {"number": 7}}'
        for text in (body, "{}"):
            signature = "sha256=" + hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()
            riskd.must("POST", "/v1/trackers/hub/webhook", text, **{"Content-Type": "application/json", "X-Hub-Signature-256": signature})
        riskd.refused(403, "POST", "/v1/trackers/hub/webhook", body, **{"Content-Type": "application/json"})
        riskd.refused(404, "POST", "/v1/trackers/files/webhook", body, **{"Content-Type": "application/json"})

    def wait_for(self, what, holds):
        """Asks the trackers until the ticket of `web.tls` is so."""
        until = time.monotonic() + 20
        while True:
            tickets = self.riskd.must("GET", "/v1/tickets?product=shop")["items"]
            if any(each["for"] == "web.tls" and holds(each) for each in tickets):
                return
            assert time.monotonic() < until, f"not so: {what}"
            self.riskd.must("POST", "/v1/sync?product=shop&release=true&wait=true")

    def waiting_for_the_hub(self):
        """What a tracker that cannot be reached is to do with tickets that it has."""
        web, hub = {"product": "web"}, {"tracker": "hub", "kind": "github"}
        status, answers = self.riskd.lines(
            {**web, "decision": {"element": "web.tls", "state": "rejected", "reason": "not here"}},
            {**web, "ticket": {**hub, "for": "requirement:web.secure-cookies", "key": "shop/web#8", "state": "closed", "reason": "completed"}},
            {**web, "decision": {"element": "web.secure-cookies", "state": "not-implemented", "reason": "nobody did it"}},
            {**web, "ticket": {**hub, "for": "requirement:web.throttle-logins", "key": "shop/web#9", "state": "open"}},
            {**web, "result": {"suite": "unit", "source": "junit", "id": "shop.LoginThrottlingTest.a", "outcome": "failed"}},
            {**web, "ticket": {**hub, "for": "vulnerability:web.unlimited-attempts", "key": "shop/web#10", "state": "open"}},
        )
        assert status == 200, answers

    # ---- what the shop has not

    def close(self, ticket):
        ticket.write_text(ticket.read_text().replace("To Do", "Done", 1))
        self.riskd.must("POST", "/v1/sync?product=shop&release=true&wait=true")

    def doors(self):
        riskd, shop = self.riskd, "/v1/products/shop"
        of, early = {"product": "shop"}, {"product": "shop", "at": "2026-11-20"}
        xml = {"Content-Type": "application/xml"}

        def junit(name, outcome):
            return f'<testsuite name="s"><testcase classname="doors.{name}" name="a">{outcome}</testcase></testsuite>'

        # Accepted before it applies: of a rating that nobody knows.
        accepted = {"element": "doors.walk-in", "state": "accepted", "until": "2099-01-31", "reason": "it is a shop"}
        locked = {"element": "doors.lock", "state": "implemented", "reason": "done"}
        assert riskd.lines({**early, "decision": accepted}, {**of, "decision": locked}, {**early, "answers": {"doors": 3}})[0] == 200
        riskd.must("PATCH", f"{shop}/answers", {"answers": {"open-house": True}})
        riskd.must("PUT", f"{shop}/components/kiosk-1", {"type": "kiosk", "answers": {"screen": True}, "fields": {"place": "the hall"}})
        riskd.must("PATCH", f"{shop}/decisions", {"decision": {**locked, "element": "kiosk-1/doors.cover"}})
        riskd.must("GET", f"{shop}/model")
        run = {"suite": "locks", "source": "junit", "run": "7", "url": "http://build.example/7"}
        failed = {**FAILED, "id": "doors.LockTest.a", "title": "A"}
        assert riskd.lines({**of, "run": {**run, "results": [failed]}})[0] == 200
        riskd.must("POST", f"{shop}/approve")
        riskd.must("POST", f"{shop}/results?suite=keys", junit("KeyTest", '<failure message="m"/>'), **xml)
        covers = f"{shop}/results?suite=covers&component=kiosk-1"
        riskd.must("POST", covers, junit("CoverTest", '<failure message="m"/>'), **xml)
        riskd.must("GET", f"{shop}/model")
        riskd.must("POST", f"{shop}/results?suite=old&at=2020-01-01", junit("LockTest", ""), **xml)
        sarif = (ROOT / "tests/golden/reports/sarif_suppressed.sarif").read_text()
        riskd.must("POST", f"{shop}/results?suite=checker", sarif, **{"Content-Type": "application/json"})
        # A check that was made and found nothing.
        rules = {"tool": {"driver": {"name": "Checker", "rules": [{"id": "A"}, {"id": "B"}]}}, "results": []}
        sarif = json.dumps({"version": "2.1.0", "runs": [rules]})
        riskd.must("POST", f"{shop}/results?suite=clean", sarif, **{"Content-Type": "application/json"})
        riskd.must("PATCH", f"{shop}/decisions", {"decision": {"element": "junit:doors.KeyTest.a", "state": "false-positive", "reason": "it jams"}})
        riskd.must("POST", f"{shop}/results?suite=keys", junit("KeyTest", '<failure message="again"/>'), **xml)
        riskd.must("POST", f"{shop}/results?suite=lids&component=kiosk-1", junit("LidTest", ""), **xml)
        riskd.must("GET", f"{shop}/model")
        riskd.must("GET", f"{shop}/results")
        # Said to be done, and it is not; and then it is said again.
        riskd.must("POST", "/v1/sync?product=shop&release=true&wait=true")
        ticket = riskd.folder / "tickets/shop/requirement--web.tls.md"
        undone = {"element": "web.tls", "state": "not-implemented", "reason": "nobody did it"}
        self.close(ticket)
        riskd.must("PATCH", f"{shop}/decisions", {"decision": undone})
        self.wait_for("the ticket is opened again", lambda its: its["actual"] == "open" and its.get("own"))
        self.close(ticket)
        self.wait_for("the ticket is disputed", lambda its: its["disputed"])
        finger = {"element": "kiosk-1/doors.finger", "state": "accepted", "until": "2099-01-31", "reason": "it is warm"}
        riskd.must("PATCH", f"{shop}/decisions", {"decision": finger})
        riskd.must("GET", f"{shop}/model")

    # ---- the policy

    def files(self, shop=None, doors=None):
        text = self.riskd.folder.joinpath("policy/shop.risk").read_text()
        return {"files": {"shop.risk": shop or text, "doors.risk": doors or DOORS}}

    def policy(self):
        riskd = self.riskd
        shop = riskd.folder.joinpath("policy/shop.risk").read_text()
        riskd.must("POST", "/v1/policy/check")
        broken = self.files(shop + "pattern {")
        assert not riskd.must("POST", "/v1/policy/check", broken)["sound"]
        riskd.must("POST", "/v1/policy/check", self.files(shop + 'field product.cost-centre "Again" : text\n'))
        riskd.refused(422, "POST", "/v1/policy/plan", broken)
        riskd.refused(422, "POST", "/v1/policy/reload", broken)
        changed = shop.replace("integrity if pays-with is on-account then medium else high", "integrity low")
        changed = changed.replace('goods      "Goods that are shipped"\n    ', "").replace("{ goods, downloads, gift-cards }", "{ downloads, gift-cards }")
        changed = changed.split("scenario ")[0]
        assert changed != shop
        given = self.files(changed, DOORS.replace("CWE-306", "CWE-284").replace('it?" : number', 'it?" : yes-no'))
        plan = riskd.must("POST", "/v1/policy/plan", given)
        assert plan["products"], plan
        riskd.refused(409, "POST", "/v1/policy/reload", {**given, "require-plan": "0123"})
        riskd.must("POST", "/v1/policy/reload", {**given, "require-plan": plan["plan"]})
        riskd.must("GET", "/v1/products/shop/model")
        riskd.must("GET", "/v1/products/shop/questionnaire")
        riskd.refused(404, "POST", "/v1/policy/rollback", {"revision": 99})
        riskd.must("POST", "/v1/policy/rollback", {"revision": 1})
        riskd.must("GET", "/v1/policy")
        riskd.must("GET", "/v1/health")
        riskd.refused(422, "POST", "/v1/policy/rollback", {"revision": 1})
        required = shop.replace('"Cost centre" : text', '"Cost centre" : text\nfield product.key-keeper "Who has the keys" : text required')
        riskd.must("POST", "/v1/policy/reload", self.files(required))
        for part in ("", "/model", "/review"):
            riskd.must("GET", f"/v1/products/shop{part}")
        problem = riskd.refused(409, "POST", "/v1/products/shop/approve")
        assert problem["errors"][0]["code"] == "missing-field", problem
        # A policy that makes no tickets: they are told so.
        riskd.must("POST", "/v1/policy/reload", {"files": {"plain.risk": PLAIN}})
        riskd.must("POST", "/v1/sync?product=shop&release=true&wait=true")
        riskd.must("POST", "/v1/policy/reload")
        riskd.must("DELETE", "/v1/products/shop/components/kiosk-1")
        riskd.must("POST", "/v1/sync?product=shop&release=true&wait=true")
        riskd.must("PUT", "/v1/products/shop/components/cards-db", {"type": "database", "was": "main-db"})
        # Before anything is removed.
        riskd.must("GET", "/v1/products/shop/facts")
        riskd.must("GET", "/v1/products/shop/history")

    # ---- the past

    def past(self, times):
        riskd, shop = self.riskd, "/v1/products/shop"
        # What keep-uploads has removed is asked about first, once it has been removed.
        until = time.monotonic() + 20
        while all(riskd.ask("GET", f"{shop}/model?at={at}")[0] == 200 for at in times):
            assert time.monotonic() < until, "nothing is removed"
            time.sleep(0.05)
        statuses = {at: riskd.ask("GET", f"{shop}/model?at={at}")[0] for at in times}
        gone = next(at for at, status in statuses.items() if status == 410)
        riskd.refused(410, "GET", f"{shop}/why?element=web.credential-stuffing&at={gone}")
        riskd.refused(410, "GET", f"{shop}/compare?a={gone}&b={times[-1]}")
        times = [at for at, status in statuses.items() if status == 200]
        for at in times:
            riskd.must("GET", f"{shop}/why?element=web.credential-stuffing&at={at}")
        riskd.must("GET", f"{shop}/model?at=2200-01-01")
        riskd.must("GET", f"{shop}/compare?a={times[0]}&b={times[-1]}")
        riskd.must("GET", f"{shop}/compare?a={times[-1]}&b={times[0]}")
        riskd.must("GET", f"{shop}/compare?a={times[-2]}&b={times[-1]}")
        riskd.must("GET", f"{shop}/compare?a={times[0]}&b=2200-01-01")
        riskd.must("GET", f"{shop}/compare?a=revision:1&b=revision:2")
        riskd.must("GET", f"{shop}/compare?a=revision:1&b=revision:2&at={times[-1]}")
        riskd.must("GET", f"{shop}/history")
        riskd.must("GET", f"{shop}/history?limit=1&after=1&element=web.credential-stuffing")
        riskd.must("GET", f"{shop}/facts")
        riskd.must("GET", f"{shop}/facts?limit=1&after=1")
        riskd.must("GET", f"{shop}/days")
        day = riskd.must("GET", f"{shop}/days?limit=1")
        riskd.must("GET", f"{shop}/days?from=2020-01-01&to=2200-01-01&limit=1&after={day['next']}")
        for element in ("shop.wrong-price", "web.csrf-tokens", "web.throttle-logins", "main-db/web.card-store", "shop.reach", "shop.sells"):
            status = riskd.ask("GET", f"{shop}/why?element={element}")[0]
            assert status in (200, 404)
        for query in ("model?at=2020-01-01", "why?element=web.csrf-tokens&at=2020-01-01", "compare?a=2020-01-01&b=2026-01-01", "why?element=nothing"):
            riskd.refused(404, "GET", f"{shop}/{query}")

    # ---- what tells of riskd itself

    def service(self):
        riskd = self.riskd
        for path in ("health", "health/live", "health/ready", "metrics", "store", "openapi.json", "policy"):
            riskd.must("GET", f"/v1/{path}")
        events = riskd.must("GET", "/v1/events?after=0&follow=false")
        assert "event: change" in events and "event: policy" in events
        riskd.must("GET", "/v1/events?follow=false", **{"Last-Event-ID": "3"})
        riskd.must("POST", "/v1/clock/repair")


def story(programs, clock, held):
    served = Served(programs, files(), held)
    # Three days ago, so that days have ended since.
    served.preload = {"LD_PRELOAD": str(Path(clock).resolve()), "RISKD_CLOCK_SHIFT": str(-3 * DAY)}
    with served as riskd:
        tale = Story(riskd)
        times = []
        for part in (tale.products, tale.lines, tale.review, tale.results, tale.tickets, tale.doors, tale.policy):
            part()
            times.append(written(moment() - 3 * DAY))
        riskd.stop()
        riskd.preload["RISKD_CLOCK_SHIFT"] = "600"
        riskd.start()
        riskd.must("PATCH", "/v1/products/shop/answers", {"answers": {"reach": "partners"}})
        riskd.stop()
        riskd.preload["RISKD_CLOCK_SHIFT"] = "0"
        riskd.start()
        assert riskd.must("GET", "/v1/health")["clock"]["behind-seconds"] > 0
        assert riskd.must("POST", "/v1/clock/repair")["products"] > 0
        tale.past(times)
        tale.service()
