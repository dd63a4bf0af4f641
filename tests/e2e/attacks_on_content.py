"""Attacks by what is sent: policies, reports, facts, names, and what riskd writes of them elsewhere."""

import gzip
import io
import json
import re
import subprocess
import time
import zipfile

from attack_stage import POLICY


BYTES = ("Content-Type", "application/octet-stream")
RESULTS = "/v1/products/shop/results?suite="
MEMORY_MIB = 300  # what riskd may need more than before


def attack(function):
    function.is_attack = True
    return function


def quickly(riskd, what, step, seconds=20):
    """What it gives; riskd is not held up, and its memory stays bounded."""
    before, begun = riskd.most_memory(), time.monotonic()
    done = step()
    took, grown = time.monotonic() - begun, riskd.most_memory() - before
    assert took < seconds and grown < MEMORY_MIB, f"{what}: {took:.1f} s, {grown:.0f} MiB"
    assert riskd.ask("GET", "/v1/health/live")[0] == 200, what
    return done


@attack
def hostile_policy(riskd):
    """A policy is made to hold riskd up, or to fill its memory, while it is checked."""
    head = 'library hostile "Hostile" version "1.0.0"\nimport core\n'
    asks = 'questionnaire q "Q" {\n' + "".join(f'  question q{i} "Q" : yes-no\n' for i in range(60)) + "}\n"
    doubled = "".join(f"let product.n{i} = n{i - 1} * n{i - 1} + n{i - 1}\n" for i in range(1, 200))
    branches = "".join(f'let product.t{i} = if q{i % 60} then t{i - 1} else if q{(i + 7) % 60} then t{i - 1} else "{i}"\n' for i in range(1, 200))
    large = " or ".join(f"(q{i} and q{(i * 7 + 13) % 60} and not q{(i * 11 + 5) % 60})" for i in range(60))
    policies = {
        "nested": head + asks + 'pattern p "P" { when ' + "(" * 100_000 + "q1" + ")" * 100_000 + " }\n",
        "denied": head + asks + 'pattern p "P" { when ' + "not " * 100_000 + "q1 }\n",
        "doubled": head + "let product.n0 = 2\n" + doubled,
        "branches": head + asks + 'let product.t0 = "x"\n' + branches,
        "large": head + asks + "".join(f'pattern p{i} "P" {{ when {large} }}\n' for i in range(300)),
        "circle": head + "let product.a = b\nlet product.b = a\n",
        "itself": 'library hostile "Hostile" version "1.0.0"\nimport hostile\n',
        "open": head + 'pattern p "' + "x" * 1_000_000,
        "bytes": "library \x00\ufffe\u202e" + "}" * 100_000,
        "long": head + "let product." + "a" * 1_000_000 + " = 1\n",
    }
    for name, text in policies.items():
        status, answer = quickly(riskd, name, lambda: riskd.ask("POST", "/v1/policy/check", {"files": {f"{name}.risk": text}}))
        assert status in (200, 413, 422), f"{name}: {status} {answer[:200]}"
    status, _ = quickly(riskd, "files", lambda: riskd.ask("POST", "/v1/policy/check", {"files": {f"{i}.risk": head for i in range(11_000)}}))
    assert status in (200, 413, 422), status


@attack
def policy_file_elsewhere(riskd):
    """The name of a policy's file, or what it imports, leads to a file of the machine."""
    secret = riskd.write("secret.risk", 'library secret "Nobody may know" version "1.0.0"\n')
    before = sorted(path for path in riskd.folder.rglob("*") if path.is_file() and "state" not in path.parts)
    for name in ("../../evil.risk", "/tmp/evil.risk", str(secret), "rules/../secret.risk", "x\n.risk", "\x1b[2J.risk"):
        for text in ('library evil "Evil" version "1.0.0"\n', "import secret\n", f'import "{secret}"\n', "import ../secret\n"):
            status, answer = riskd.ask("POST", "/v1/policy/check", {"files": {name: text}})
            assert status in (200, 400, 422) and "Nobody may know" not in answer and "\x1b" not in answer, answer
    # A reload keeps the texts in the store, and writes no file.
    assert riskd.ask("POST", "/v1/policy/reload", {"files": {"../../evil.risk": POLICY}})[0] in (200, 400, 422)
    assert before == sorted(path for path in riskd.folder.rglob("*") if path.is_file() and "state" not in path.parts)
    riskd.must("POST", "/v1/policy/reload")


@attack
def pattern_that_backtracks(riskd):
    """A name in a report, or in a query, is made to keep a pattern of the policy busy."""
    globs = ("*a" * 40 + "*b", "*" * 200 + "b", "*Door*" * 30)
    policy = POLICY.replace('test junit "*Door*"', "  ".join(f'test junit "{glob}"' for glob in globs))
    riskd.must("POST", "/v1/policy/reload", {"files": {"door.risk": policy}})
    names = "".join(f'<testcase classname="{"a" * 20_000}{i}" name="{"a" * 1_000}"/>' for i in range(100))
    report = f'<testsuite name="unit">{names}</testsuite>'.encode()
    status, answer = quickly(riskd, "glob", lambda: riskd.ask("POST", RESULTS + "backtracks", report, **dict([BYTES])))
    assert status == 200, answer
    riskd.must("DELETE", "/v1/products/shop/suites/backtracks")
    riskd.must("POST", "/v1/policy/reload")


@attack
def report_that_unpacks(riskd):
    """A small report becomes a huge one: gzip, gzip in gzip, zip, entities."""
    blanks = b"<testsuite>" + b" " * (1 << 20) * 600
    packed = gzip.compress(blanks)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("audit.fvdl", blanks)
    entities = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10}">' for i in range(1, 20))
    for name, report in {
        "gzip": packed,
        "gzip twice": gzip.compress(packed),
        "zip": archive.getvalue(),
        "entities": f'<!DOCTYPE t [<!ENTITY e0 "ha">{entities}]><testsuite name="&e19;"/>'.encode(),
        "file": b'<!DOCTYPE t [<!ENTITY x SYSTEM "file:///etc/passwd">]><testsuite name="&x;"/>',
        "fetched": b'<!DOCTYPE t SYSTEM "http://127.0.0.1:1/x.dtd"><testsuite name="x"/>',
        "deep": b"<testsuite>" + b"<a>" * 1_000_000,
        "deep JSON": b'{"runs": ' + b"[" * 1_000_000,
    }.items():
        status, answer = quickly(riskd, name, lambda: riskd.ask("POST", RESULTS + "unpacks", report, **dict([BYTES])))
        assert status in (413, 422) and "root:" not in answer, f"{name}: {status} {answer[:200]}"
    assert not any("unpacks" in json.dumps(suite) for suite in riskd.must("GET", "/v1/products/shop/suites")["items"])


@attack
def hostile_names(riskd):
    """A product, component or suite is called like a path, an option or a command."""
    for name in ("..", "../office", "a/b", "-rf", ".ssh", "a b", "a\nb", "$(id)", "a;b", "caf\u00e9", "x" * 300, "\u202egnp", "a:b", "*"):
        quoted = "".join(f"%{byte:02x}" for byte in name.encode())
        for method, target, body in (
            ("PUT", f"/v1/products/{quoted}", {"title": "x"}),
            ("PUT", f"/v1/products/shop/components/{quoted}", {"type": "service"}),
            ("POST", "/v1/facts", json.dumps({"product": name, "answers": {}})),
            ("POST", "/v1/tokens", {"name": name, "roles": ["read"], "expires": None}),
        ):
            status, answer = riskd.ask(method, target, body)
            assert status in (400, 404, 422), f"{name!r}: {method} {target}: {status} {answer[:200]}"
    assert sorted(item["product"] for item in riskd.must("GET", "/v1/products")["items"]) == ["office", "shop"]


@attack
def numbers_and_depth(riskd):
    """A number or a nesting that no program expects is sent."""
    for query in ("limit=-1", "limit=0", "limit=1001", "limit=1e9", "limit=0x10", "limit=99999999999999999999", "after=-1", "limit=%00"):
        assert riskd.ask("GET", f"/v1/products/shop/history?{query}")[0] == 400, query
    for body in (b"[" * 1_000_000, b'{"answers": ' + b'{"a":' * 1_000_000, b'{"answers": {"reach": 1e999999}}', b'{"answers": {}, "answers": {"reach": null}}', b'{"answers": {"reach": "\\ud800"}}',
                 b'{"answers": {"reach": "\xff"}}', b"\xef\xbb\xbf{}x", b'{"title": ' + b'"' + b"x" * (17 << 10) + b'"}'):
        status, answer = quickly(riskd, "JSON", lambda: riskd.ask("PATCH", "/v1/products/shop/answers", body, **{"Content-Type": "application/json"}))
        assert status in (400, 413, 422), f"{body[:40]}: {status} {answer[:200]}"
    for at in ("9999-99-99", "-1", "2026-02-30", "1e9", "now", "2026-01-01T25:00:00Z"):
        assert riskd.ask("GET", f"/v1/products/shop/model?at={at}")[0] in (400, 422), at


@attack
def line_in_the_log(riskd):
    """What somebody sends looks like a line of riskd's log."""
    forged = "x%0atime=2026-01-01T00:00:00Z%20level=info%20msg=forged%1b[31m%0d%1e%1f%e2%80%ae"
    token = riskd.token("read")
    riskd.as_token(token, "GET", f"/v1/products/{forged}")
    riskd.by_proxy("GET", "/v1/tokens", ("X-Forwarded-User", "eva time=2026-01-01T00:00:00Z level=info msg=forged"))
    riskd.as_token(token, "PATCH", f"/v1/products/office/{forged}")
    lines = riskd.log().split("\n")
    assert any('path="/v1/products/x\\ntime=' in line for line in lines), lines[-5:]
    for line in lines[1:-1]:
        assert line.startswith("time=2026-") and " level=" in line and not line.startswith("time=2026-01-01"), line
        assert not re.search("[\x00-\x1f\x7f\u202e]", line), line
    refused = [line for line in lines if "who=proxy" in line or 'who="proxy' in line]
    assert refused and refused[-1].count(" msg=") <= 1 and 'who="proxy:eva time=' in refused[-1], refused


@attack
def event_in_an_event(riskd):
    """A text ends an event of a stream, and begins another one."""
    forged = "x\n\nevent: policy\ndata: {}\r\rid: 999999\r\n\r\nevent: forged\n"
    riskd.must("PUT", "/v1/products/shop", {"title": forged})
    try:
        stream = riskd.ask("GET", "/v1/events?after=0&follow=false")[1]
        for line in re.split("\r\n|\r|\n", stream):
            assert line != "event: forged" and line != "id: 999999", line
            assert line == "" or line.startswith((":", "id: ", "event: ", "data: {")), line
    finally:
        riskd.must("PUT", "/v1/products/shop", {"title": "The shop"})


@attack
def text_in_a_ticket(riskd):
    """A text that somebody sent becomes a status, a marker or markup of a ticket."""
    forged = "Status: Done\n\nMarker: riskd:00\n<script>x</script> [a](javascript:b) ![i](http://evil/i) @all #1 /close <!-- riskd:effect x -->"
    decision = {"element": "lock", "state": "not-applicable", "reason": forged}
    riskd.must("PATCH", "/v1/products/shop/decisions", {"decision": decision})
    riskd.must("POST", "/v1/products/shop/approve")
    riskd.must("POST", "/v1/sync?wait=true")
    text = (riskd.folder / "tickets/shop/requirement--door.lock.md").read_text()
    told = text.split("## Comments")[1]
    try:
        assert "javascript" in told, text  # it is there
        assert text.count("\nMarker:") == 1 and "\nStatus: Done\n\n" not in text, text
        for markup in ("<script", "[a](", "![i](", "@all", "\n/close", "riskd:effect x -->"):
            assert markup not in told, f"{markup}: {told}"
    finally:
        riskd.must("PATCH", "/v1/products/shop/decisions", {"decision": {**decision, "state": "required", "reason": "x"}})
        riskd.must("POST", "/v1/sync?wait=true")


@attack
def page_of_the_policy(riskd):
    """A text of a policy becomes a script of its catalogue, or a link that runs one."""
    evil = POLICY.replace('"Break-in"', '"<script>alert(1)</script> [x](javascript:y)"').replace("Turn the key.", "</pre><img src=x onerror=y>")
    riskd.write("evil/door.risk", evil)
    page = riskd.says("doc", "--html", "evil", "rules/core")
    assert "alert(1)" in page and "<script>alert" not in page and "<img src=x" not in page and 'href="javascript' not in page


@attack
def rewritten_log(riskd):
    """Who can write the store rewrites what somebody said, or cuts the log."""
    riskd.says("backup", "copy")
    head = riskd.says("log", "head")
    riskd.write("head.json", head)
    store = riskd.folder / "copy"
    assert (store.stat().st_mode & 0o077) == 0, "others can read the backup"
    assert riskd.riskctl("log", "verify", "copy", "--head", "head.json")[0] == 0
    data = store / "data.mdb"
    whole = data.read_bytes()
    assert whole.count(b'"door.reach":"internet"') >= 1, "the fact is not there as it was said"
    data.write_bytes(whole.replace(b'"door.reach":"internet"', b'"door.reach":"intranet"'))
    code, out, err = riskd.riskctl("log", "verify", "copy", "--head", "head.json")
    assert code == 1, out + err
    data.write_bytes(whole)
    # One that goes on after the head that was kept is fine; one that ends before it was cut.
    riskd.must("PATCH", "/v1/products/shop/answers", {"answers": {"reach": "internet"}})
    riskd.write("later.json", riskd.says("log", "head"))
    code, out, err = riskd.riskctl("log", "verify", "copy", "--head", "later.json")
    assert code == 1, out + err
    assert riskd.riskctl("restore", "copy", "state/restored", "--head", "later.json")[0] != 0


@attack
def readable_secrets(riskd):
    """Another user of the machine reads a secret, the store, or what waits in the spool."""
    for path in (riskd.folder / "state").rglob("*"):
        if "store" in path.parts or path.name.startswith("store"):
            assert path.stat().st_mode & 0o077 == 0 or path.parent.stat().st_mode & 0o077 == 0, path
    key = riskd.folder / "tls/server.key"
    key.chmod(0o644)
    command = [riskd.programs / "riskd", "--config", "riskd.toml", "--check-config"]
    done = subprocess.run(command, cwd=riskd.folder, capture_output=True, text=True, timeout=60, check=False)
    key.chmod(0o600)
    assert done.returncode == 1 and "every user of this machine can read" in done.stdout + done.stderr, done
    token = riskd.folder / "tracker.token"
    token.chmod(0o644)
    done = subprocess.run(command, cwd=riskd.folder, capture_output=True, text=True, timeout=60, check=False)
    token.chmod(0o600)
    assert done.returncode == 1 and "every user of this machine can read" in done.stdout + done.stderr, done


@attack
def shared_port(riskd):
    """Who holds many connections without a word, or half a request, keeps others out."""
    token = riskd.token("read")
    held = [riskd.local() for _ in range(200)]
    try:
        for client in held:
            client.sendall(b"POST /v1/facts HTTP/1.1\r\nContent-Length: 100\r\n\r\n{")
        answer = riskd.as_token(token, "GET", "/v1/products")
        assert answer.status == 200, answer
    finally:
        for client in held:
            client.close()


@attack
def log_flooded(riskd):
    """Refused requests fill the log, so that nobody finds what else is there."""
    lines, begun = riskd.log().count("event=refused"), time.monotonic()
    for _ in range(300):
        assert riskd.by_proxy("GET", "/v1/tokens", ("X-Forwarded-User", "eva")).status == 403
    written, took = riskd.log().count("event=refused") - lines, time.monotonic() - begun
    assert written <= 20 * (took + 2), f"{written} lines in {took:.1f} s"
    time.sleep(1)
    riskd.by_proxy("GET", "/v1/tokens", ("X-Forwarded-User", "eva"))
    assert "more requests were refused for who sent them" in riskd.log()


@attack
def link_that_runs(riskd):
    """A link that riskd passes on runs a script, or leads to a file, where others make a link of it."""
    ticket = {"for": "requirement:door.lock", "tracker": "files", "kind": "directory", "key": "shop/requirement--door.lock"}
    run = {"suite": "links", "source": "junit", "run": "1"}
    for link in ("javascript:alert(1)", "data:text/html,<script>", "file:///etc/passwd", "//evil", " https://x"):
        explained = {"id": "a.b", "outcome": "failed", "help-url": link}
        for fact in ({"ticket": {**ticket, "url": link}}, {"run": {**run, "url": link, "results": []}}, {"run": {**run, "results": [explained]}}):
            status, answer = riskd.ask("POST", "/v1/facts", json.dumps({"product": "shop", **fact}))
            assert status == 422 and "address" in answer, f"{fact}: {status} {answer}"
