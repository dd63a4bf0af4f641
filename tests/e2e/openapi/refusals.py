"""Each kind of refusal, at every operation that declares it."""

import hashlib
import hmac
import itertools
import json
import os
import re
import select
import threading
import time
from urllib.parse import urlencode

from scratch import ROOT, Connection, Scratch
from served import Served
from story import CONFIG, PLAIN, SECRET, files, report

NAMES = {"product": "shop", "component": "main-db", "suite": "unit", "tracker": "hub", "token": "ci"}
QUERIES = {"getWhy": {"element": "web.tls"}, "compare": {"a": "2026-01-01", "b": "2026-01-02"}, "postResults": {"suite": "unit"}}
PING = "{}"
SIGNED = "sha256=" + hmac.new(SECRET.encode(), PING.encode(), hashlib.sha256).hexdigest()
SHOP = "/v1/products/shop"
# A request of each operation that changes something; it succeeds as often as it is sent, after what comes first. Each `{number}` is
# another one every time.
REPEATABLE = {
    "putProduct": ("PUT", SHOP, {"title": "Shop"}, None),
    "deleteProduct": ("DELETE", "/v1/products/gone", None, ("PUT", "/v1/products/gone", {})),
    "patchAnswers": ("PATCH", f"{SHOP}/answers", {"answers": {"reach": "internet"}}, None),
    "putComponent": ("PUT", f"{SHOP}/components/main-db", {"type": "database"}, None),
    "deleteComponent": ("DELETE", f"{SHOP}/components/gone", None, ("PUT", f"{SHOP}/components/gone", {"type": "database"})),
    "patchComponentAnswers": ("PATCH", f"{SHOP}/components/main-db/answers", {"answers": {"stores-cards": True}}, None),
    "patchDecisions": ("PATCH", f"{SHOP}/decisions", {"decision": {"element": "web.tls", "state": "required", "reason": "audit"}}, None),
    "approve": ("POST", f"{SHOP}/approve", {}, None),
    "postResults": ("POST", f"{SHOP}/results?suite=unit", report("junit-passing"), None),
    "retireSuite": ("DELETE", f"{SHOP}/suites/unit", None, None),
    "postFacts": ("POST", "/v1/facts", '{"product": "shop", "answers": {"reach": "internet"}}\n', None),
    "sync": ("POST", "/v1/sync", None, None),
    "webhook": ("POST", "/v1/trackers/hub/webhook", PING, None),
    "checkTrackers": ("POST", "/v1/trackers/check?tracker=files", None, None),
    "checkPolicy": ("POST", "/v1/policy/check", {}, None),
    "planPolicy": ("POST", "/v1/policy/plan", {}, None),
    "reloadPolicy": ("POST", "/v1/policy/reload", {}, None),
    "rollbackPolicy": ("POST", "/v1/policy/rollback", {}, None),
    "revokeToken": ("DELETE", "/v1/tokens/ci-{number}", None, ("POST", "/v1/tokens", {"name": "ci-{number}", "roles": ["read"], "expires": None})),
    "repairClock": ("POST", "/v1/clock/repair", None, None),
}
WRONG_TEXTS = ("", "x", "-1", "1.5", "1e3", "True", "2026-13-99", "9" * 300, "revision:x")
TYPES = {"postResults": "application/xml", "postFacts": "application/x-ndjson", "webhook": "application/json"}


def headers_of(operation):
    headers = {"X-Hub-Signature-256": SIGNED} if operation.id == "webhook" else {}
    if operation.id in TYPES:
        headers["Content-Type"] = TYPES[operation.id]
    return headers


def target_of(operation, **more):
    path = re.sub(r"{(\w+)}", lambda name: NAMES[name[1]], operation.path)
    query = urlencode({**QUERIES.get(operation.id, {}), **more})
    return f"{path}?{query}" if query else path


def repeatable(operation, numbers=itertools.count()):
    """The request of an operation that succeeds again, and what comes first."""

    def numbered(value):
        if isinstance(value, dict):
            return {name: numbered(each) for name, each in value.items()}
        return value.replace("{number}", number) if isinstance(value, str) else value

    number = str(next(numbers))
    method, target, body, first = REPEATABLE[operation.id]
    return method, numbered(target), numbered(body), first and tuple(map(numbered, first))


def sweep(riskd, status, lines, body=b"", only=lambda operation: True, socket="riskd.sock", **query):
    """One request of each operation; all of them are refused so."""
    for operation in riskd.held.document.operations.values():
        if only(operation):
            told = riskd.raw(operation.method.upper(), target_of(operation, **query), lines, body, socket=socket)
            assert told == status, f"{operation.id}: {told} instead of {status}"


def takes_body(operation):
    return bool(operation.request_content)


# ---- what has to do with the request alone


def of_form(riskd):
    sweep(riskd, 400, [], **{"no-such": 1})
    sweep(riskd, 413, [f"Content-Length: {1 << 30}"])
    sweep(riskd, 431, ["X-Long: " + "x" * (17 << 10)])
    sweep(riskd, 415, ["Content-Type: image/png", "Content-Length: 2"], b"{}", takes_body)
    for path in riskd.held.document.json["paths"]:
        there = {method.upper() for method, its_path in riskd.held.document.operations if its_path == path}
        for method in {"GET", "PUT", "PATCH", "POST", "DELETE", "OPTIONS"} - there:
            riskd.refused(405, method, re.sub(r"{(\w+)}", lambda name: NAMES[name[1]], path))
            allowed = there | ({"HEAD"} if "GET" in there else set())
            assert set(riskd.headers["allow"].split(", ")) == allowed, (path, riskd.headers["allow"])
    for target in ("/", "/v1", "/v1/nothing", "/v2/products", "/v1/products/shop/nothing"):
        riskd.refused(404, "GET", target)
    for query in ("limit=0", "limit=1001", "limit=many"):
        riskd.refused(400, "GET", f"/v1/products?{query}")
    for target in ("results?unmatched=perhaps", "days?from=yesterday", "model?at=yesterday", "why", "compare?a=1", "facts?after=x"):
        riskd.refused(400, "GET", f"{SHOP}/{target}")
    riskd.refused(400, "GET", "/v1/events?follow=perhaps")
    riskd.refused(400, "GET", "/v1/events?after=x")
    wrong_queries(riskd)
    riskd.refused(400, "PATCH", f"{SHOP}/answers", "{", **{"Content-Type": "application/json"})
    riskd.refused(413, "PATCH", f"{SHOP}/answers", "[" * 100, **{"Content-Type": "application/json"})
    riskd.refused(422, "PUT", "/v1/products/.hidden", {})
    riskd.refused(422, "PUT", f"{SHOP}/components/-x", {"type": "database"})


def wrong_queries(riskd):
    """A value that the document refuses is refused with 400, and so is a request without what it needs."""
    for operation in riskd.held.document.operations.values():
        method, _, body, _ = REPEATABLE.get(operation.id, (operation.method.upper(), "", None, None))
        for parameter in operation.parameters:
            if parameter["in"] != "query":
                continue
            for text in WRONG_TEXTS:
                if riskd.held.document.wrong(parameter["schema"], operation.value_of(text, parameter)):
                    riskd.refused(400, method, target_of(operation, **{parameter["name"]: text}), body, **headers_of(operation))
            if parameter.get("required"):
                target = target_of(operation).replace(parameter["name"] + "=", "at=")
                riskd.refused(400, method, target, body, **headers_of(operation))


# ---- what has to do with what is there


def of_product(riskd):
    def names_product(operation):
        return "{product}" in operation.path and operation.id != "putProduct"

    for operation in filter(names_product, riskd.held.document.operations.values()):
        method, _, body, _ = REPEATABLE.get(operation.id, (operation.method.upper(), "", None, None))
        riskd.refused(404, method, target_of(operation).replace("shop", "no-such"), body, **headers_of(operation))
        if any(each["name"] == "If-Match" for each in operation.parameters):
            riskd.refused(412, method, target_of(operation), body, **{**headers_of(operation), "If-Match": '"another"'})
    riskd.refused(412, "PUT", "/v1/products/nobody", {}, **{"If-Match": "*"})
    riskd.refused(412, "PUT", SHOP, {}, **{"If-Match": "no etag"})
    for target in ("components/none", "suites/none"):
        riskd.refused(404, "DELETE", f"{SHOP}/{target}")
    riskd.refused(404, "GET", "/v1/tickets?product=no-such")
    riskd.refused(404, "POST", "/v1/sync?product=no-such")
    riskd.refused(404, "POST", "/v1/policy/rollback", {"revision": 99})
    riskd.refused(422, "POST", f"{SHOP}/approve", {"elements": ["nothing"]})
    riskd.refused(422, "PATCH", f"{SHOP}/decisions", {"decision": {"element": "web.tls", "state": "required"}})


# ---- keys


def of_keys(riskd):
    for operation in riskd.held.document.operations.values():
        if operation.method == "get":
            continue
        if not any(each["name"] == "Idempotency-Key" for each in operation.parameters):
            riskd.refused(400, operation.method.upper(), target_of(operation), {}, **{"Idempotency-Key": operation.id})
            continue
        method, target, body, first = repeatable(operation)
        headers = {**headers_of(operation), "Idempotency-Key": operation.id}
        if operation.id == "rollbackPolicy":
            shop = riskd.folder.joinpath("policy/shop.risk").read_text()
            riskd.must("POST", "/v1/policy/reload", {"files": {"shop.risk": shop.replace("mitigates 80%", "mitigates 70%")}})
        if first:
            riskd.must(*first)
        riskd.must(method, target, body, **headers)
        riskd.must(method, target, body, **headers)
        assert riskd.headers["idempotency-replayed"] == "true", operation.id
        other = " " + (body if isinstance(body, str) else json.dumps(body or {}))
        headers.setdefault("Content-Type", "application/json")
        riskd.refused(422, method, target, other, **headers)
        riskd.refused(400, method, target, body, **{**headers, "Idempotency-Key": ""})
        under_way(riskd, operation)


def under_way(riskd, operation):
    """The same request twice at once: the second is told so."""
    for number in range(100):
        method, target, body, first = repeatable(operation)
        headers = headers_of(operation)
        if body is not None and not isinstance(body, str):
            body = json.dumps(body)
            headers["Content-Type"] = "application/json"
        if first:
            riskd.must(*first)
        key = {**headers, "Idempotency-Key": f"{operation.id} {number}"}
        connections = []
        for _ in range(4):
            connection = Connection(riskd.folder / "state/riskd.sock")
            connection.connect()
            connection.putrequest(method, target)
            for name, value in {**key, "Content-Length": len(body or "")}.items():
                connection.putheader(name, str(value))
            connections.append(connection)
        for connection in connections:
            connection.endheaders((body or "").encode())
        statuses = []
        for connection in connections:
            answer = connection.getresponse()
            told = {name.lower(): value for name, value in answer.getheaders()}
            riskd.held.exchange(method, target, body, key, answer.status, answer.read().decode(), told)
            statuses.append(answer.status)
            connection.close()
        if 409 in statuses:
            return
    raise AssertionError(f"{operation.id}: no request was under way with the key of another: {statuses}")


# ---- peers and their limits


def without_roles(programs, held):
    peer = '[[peer]]\nuid = 54321\nroles = ["admin"]\n'
    with Served(programs, {**files(), "riskd.toml": CONFIG + peer}, held) as riskd:
        sweep(riskd, 403, [], only=lambda operation: operation.json["x-riskd-scope"] not in ("anybody", "known"))
        riskd.stop()
        own = f'[[peer]]\nuid = {os.getuid()}\nroles = ["review"]\nproducts = ["other"]\n'
        riskd.write("riskd.toml", CONFIG + own)
        riskd.start()
        status, answers = riskd.lines({"product": "shop", "answers": {}}, {"product": "other", "answers": {}})
        assert status == 403 and all("error" in each for each in answers), answers


def too_much(programs, held):
    config = CONFIG.split("[limits]", maxsplit=1)[0].replace("keep-uploads = 3", "max-mebibytes = 4")
    limits = "[limits]\nbody-mebibytes = 8\npeer-requests = 2\n"
    with Served(programs, {"riskd.toml": config + limits, "policy/plain.risk": PLAIN}, held) as riskd:
        riskd.must("PUT", "/v1/products/shop", {})
        assert riskd.must("GET", "/v1/products/shop")["band"] is None  # this policy has no bands
        # Of 8 MiB for all bodies little is left.
        large = ("POST", "/v1/policy/check", [f"Content-Length: {(8 << 20) - 1000}"])
        waiting = [hold(riskd, large, 503, ("POST", "/v1/policy/check", ["Content-Length: 2000"], b" " * 2000))]
        sweep(riskd, 503, ["Content-Length: 2000"])
        unfinished = ("GET", "/v1/products", ["Transfer-Encoding: chunked"])
        waiting.append(hold(riskd, unfinished, 429, ("GET", "/v1/health/live", [])))
        sweep(riskd, 429, [])
        for each in waiting:
            each.close()
        settle(riskd, 200, "GET", "/v1/health/live", [])

        # A store that is full. It may have room for a smaller commit a moment later.
        statuses = set()
        for number in range(1000):
            notes = [{"product": "shop", "answers": {"note": f"{number} {line} " + "x" * 16000}} for line in range(20)]
            statuses.add(riskd.lines(*notes)[0])
            health = riskd.must("GET", "/v1/health")
            if health["status"] == "cannot-write":
                break
        assert health["status"] == "cannot-write" and health["store-nearly-full"], health
        assert statuses == {200, 503}, statuses


def hold(riskd, request, status, probe):
    """Sends a request without its end, so that another one is answered with `status` from then on; its socket. It may be refused
    itself, while those before it are still counted."""
    until = time.monotonic() + 20
    while True:
        held = riskd.raw(*request, ends=False)
        while not select.select([held], [], [], 0)[0]:
            assert time.monotonic() < until, f"{request} holds nothing"
            if riskd.raw(*probe) == status and not select.select([held], [], [], 0.05)[0]:
                return held
            time.sleep(0.01)
        held.close()


def settle(riskd, status, *request):
    """Asks until it is answered so: others have to go first."""
    until = time.monotonic() + 10
    while riskd.raw(*request) != status:
        assert time.monotonic() < until, f"{request} is not answered {status}"
        time.sleep(0.01)


def too_late(riskd):
    """Events that are not kept any more."""
    pair = '{"product": "shop", "answers": {"has-api": true}}\n{"product": "shop", "answers": {"has-api": false}}\n'
    facts = pair * 5_050
    assert Scratch.exchange(riskd, "POST", "/v1/facts", facts)[0] == 200  # too many to hold each line to the document
    riskd.refused(410, "GET", "/v1/events?after=1&follow=false")


def while_it_plans(riskd):
    """How far a plan has come, as the health says it meanwhile."""
    answers = {"answers": json.loads((ROOT / "examples/shop/facts.json").read_text())["answers"]}
    for number in range(150):
        Scratch.exchange(riskd, "PUT", f"/v1/products/p{number}")
    Scratch.exchange(riskd, "POST", "/v1/facts", "".join(json.dumps({"product": f"p{number}", **answers}) + "\n" for number in range(150)))
    shop = riskd.folder.joinpath("policy/shop.risk").read_text()
    given = {"files": {"shop.risk": shop.replace("mitigates 80%", "mitigates 60%")}}
    until = time.monotonic() + 20
    seen = False
    while not seen:
        assert time.monotonic() < until, "the health does not say how far a plan has come"
        planning = threading.Thread(target=Scratch.exchange, args=(riskd, "POST", "/v1/policy/plan", given))
        planning.start()
        while planning.is_alive() and not seen:
            seen = "evaluating" in riskd.must("GET", "/v1/health")
        planning.join()


def refusals(programs, held):
    with Served(programs, files(), held) as riskd:
        riskd.must("PUT", SHOP, {"title": "Shop"})
        riskd.must("PUT", f"{SHOP}/components/main-db", {"type": "database"})
        riskd.must("POST", f"{SHOP}/results?suite=unit", report("junit-passing"), **{"Content-Type": "application/xml"})
        of_form(riskd)
        of_product(riskd)
        of_keys(riskd)
        too_late(riskd)
        while_it_plans(riskd)
    without_roles(programs, held)
    too_much(programs, held)
