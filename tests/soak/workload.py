"""What the clients of a soak post: requests at random, each with a key of its own and texts by which its facts are known."""

import itertools
import json
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

from clients import Request, is_of_product  # noqa: E402

PARTS = 8
PERCENTS = (40, 55, 70)  # the policies differ in what a countermeasure mitigates


def policy(percent):
    text = 'library door "Doors" version "1.0.0"\nimport core\n\nquestionnaire about "About the product" {\n'
    for i in range(PARTS):
        text += f'  question door-{i} "Is there a door {i}?" : yes-no\n'
    text += "}\n"
    for i in range(PARTS):
        text += f"""
pattern exposed-{i} "Strangers reach door {i}" {{
  when door-{i}
  risk break-in-{i} "Somebody breaks in by door {i}" {{
    integrity high
    ease high
    exposure high
    weakness open-{i} CWE-{300 + i} "Door {i} is open" {{
      countermeasure lock-{i} "Lock door {i}" {{ required mitigates {percent}% guide "Turn the key." test junit "lock-{i}" }}
      countermeasure bolt-{i} "Bolt door {i}" {{ mitigates 10% guide "Push the bolt." }}
    }}
  }}
}}
"""
    return text


def junit(part, outcomes, others=0):
    """`others`: how many tests it has beside, which no rule names."""
    cases = "".join(
        f'<testcase name="lock-{i}">{"" if good else f"<failure message={chr(34)}open{chr(34)}/>"}</testcase>'
        for i, good in outcomes.items()
    )
    cases += "".join(f'<testcase classname="shop.Test{i // 10}" name="other-{i}"/>' for i in range(others))
    return f'<testsuite name="t"><testcase name="part-{part}"/>{cases}</testsuite>'


def sarif(part, found):
    rules = [{"id": f"open-{i}", "properties": {"tags": [f"external/cwe/cwe-{300 + i}"]}} for i in range(PARTS)]
    results = [{"ruleId": f"open-{i}", "level": "error", "message": {"text": "open"}} for i in found]
    results.append({"ruleId": f"part-{part}", "level": "none", "kind": "pass", "message": {"text": "part"}})
    rules.append({"id": f"part-{part}"})
    run = {"tool": {"driver": {"name": "Scan", "rules": rules}}, "results": results}
    return json.dumps({"version": "2.1.0", "$schema": "https://json.schemastore.org/sarif-2.1.0.json", "runs": [run]})


def mark_of(fact):
    """By what a fact in the log is told from all others; of answers and approvals, what kind it is."""
    if is_of_product(fact):
        return fact.get("title")
    if "fields" in fact:
        return fact["fields"]["contact"]
    if "decision" in fact:
        return fact["decision"]["reason"]
    if "run" in fact:
        part = next((each["id"] for each in fact["run"]["results"] if each["id"].startswith("part-")), "part-?")
        return f"{fact['run']['run']}:{part}"
    return next((kind for kind in ("answers", "approve") if kind in fact), None)


class Client:
    """One after the other: facts, decisions, reports in parts, approvals, titles, new products."""

    def __init__(self, name, dice, products, most_products):
        self.name, self.dice, self.products, self.most_products = name, dice, products, most_products
        self.numbers = itertools.count(1)
        self.waiting = []  # parts of a run that are still to be posted

    def next(self):
        if self.waiting:
            return self.waiting.pop(0)
        makers = (self.facts, self.decision, self.junit, self.sarif, self.approve, self.title, self.product)
        return self.dice.choices(makers, weights=(35, 15, 18, 8, 14, 8, 2))[0](f"{self.name}-{next(self.numbers)}")

    def request(self, kind, method, target, body, text, marks, headers=None):
        return Request(method, target, body, {"Idempotency-Key": text, **(headers or {})}, kind, marks)

    def facts(self, text):
        lines, marks = [], []
        for n in range(self.dice.randint(1, 3)):
            product = self.dice.choice(self.products)
            answers = {f"door-{i}": self.dice.random() < 0.7 for i in self.dice.sample(range(PARTS), 2)}
            lines += [{"product": product, "answers": answers}, {"product": product, "fields": {"contact": f"{text}.{n}"}}]
            marks += [(product, "answers"), (product, f"{text}.{n}")]
        body = "\n".join(map(json.dumps, lines))
        return self.request("facts", "POST", "/v1/facts", body, text, marks, {"Content-Type": "application/x-ndjson"})

    def decision(self, text):
        product, i = self.dice.choice(self.products), self.dice.randrange(PARTS)
        ease = self.dice.choice(("low", "high"))
        lock = self.dice.choice(("required", "rejected", "implemented", "not-implemented"))
        what = self.dice.choice(
            [
                {"element": f"break-in-{i}", "state": "set", "attribute": "ease", "value": ease},
                {"element": f"break-in-{i}", "state": "accepted", "until": "2099-01-31"},
                {"element": f"lock-{i}", "state": lock},
                {"element": f"bolt-{i}", "state": self.dice.choice(("required", "recommended"))},
            ]
        )
        target = f"/v1/products/{product}/decisions"
        return self.request("decision", "PATCH", target, {"decision": {**what, "reason": text}}, text, [(product, text)])

    def upload(self, text, suite, content_type, parts):
        product = self.dice.choice(self.products)
        last = len(parts) - 1
        for n, part in enumerate(parts):
            more = "" if n == last else "&more=true"
            target = f"/v1/products/{product}/results?suite={suite}-{self.name}&run={text}{more}"
            marks = [(product, f"{text}:part-{n}")]
            self.waiting.append(
                self.request("upload", "POST", target, part, f"{text}.{n}", marks, {"Content-Type": content_type})
            )
        return self.waiting.pop(0)

    def junit(self, text):
        outcomes = {i: self.dice.random() < 0.5 for i in self.dice.sample(range(PARTS), 3)}
        return self.upload(text, "unit", "application/xml", [junit(n, outcomes) for n in range(self.dice.randint(1, 3))])

    def sarif(self, text):
        found = self.dice.sample(range(PARTS), 2)
        return self.upload(text, "scan", "application/json", [sarif(n, found) for n in range(self.dice.randint(1, 2))])

    def approve(self, text):
        product = self.dice.choice(self.products)
        return self.request("approval", "POST", f"/v1/products/{product}/approve", {}, text, [(product, "approve")])

    def title(self, text):
        product = self.dice.choice(self.products)
        return self.request("title", "PUT", f"/v1/products/{product}", {"title": text}, text, [(product, text)])

    def product(self, text):
        if len(self.products) >= self.most_products:
            return self.title(text)
        product = f"{self.dice.choice(('web', 'shop'))}-{text}"  # others post to it once it is there
        return self.request("title", "PUT", f"/v1/products/{product}", {"title": text}, text, [(product, text)])


class Reloads:
    """Reloads between the policies, each with a key."""

    def __init__(self, dice):
        self.dice, self.numbers, self.percent = dice, itertools.count(1), None

    def next(self):
        text = f"reload-{next(self.numbers)}"
        percent = self.dice.choice(PERCENTS)
        body = {"files": {"door.risk": policy(percent)}}
        return Request("POST", "/v1/policy/reload", body, {"Idempotency-Key": text}, "reload", (percent,))


def marks_of(requests):
    """What the log of each product must have of these: mark → how often, by product."""
    wanted = {}
    for request in requests:
        if request.kind == "reload":
            continue
        for product, mark in request.texts:
            wanted.setdefault(product, Counter())[mark] += 1
    return wanted
