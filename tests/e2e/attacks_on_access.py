"""Attacks on who somebody is, and on what that one may."""

import hashlib
import hmac
import json
import socket
import ssl
import subprocess
import time
from datetime import datetime, timedelta, timezone

from attack_stage import HOOK, TRACKER_TOKEN, Tracker, parsed

LINES = ("Content-Type", "application/x-ndjson")
JSON = ("Content-Type", "application/json")


def attack(function):
    function.is_attack = True
    return function


def head_with(token, *lines):
    return ("\r\n".join(lines) + "\r\nHost: x\r\nAuthorization: Bearer " + token + "\r\n").encode()


def statuses(raw):
    """Of each answer that came."""
    found = []
    while raw:
        answer, raw = parsed(raw)
        found.append(answer.status)
        if answer.status == 0:
            break
    return found


@attack
def smuggled_request(riskd):
    """A request is hidden in the body of another one, for a proxy that reads it otherwise."""
    token = riskd.token("answer", "read", "tracker")
    hidden = b"PATCH /v1/products/shop/answers HTTP/1.1\r\nHost: x\r\nContent-Length: 31\r\n\r\n"
    hidden += b'{"answers": {"reach":"office"}}'
    ways = [
        b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n0\r\n\r\n",
        b"Content-Length: 0\r\nContent-Length: 120\r\n\r\n",
        b"Content-Length: 0, 120\r\n\r\n",
        b"Content-Length: +0\r\n\r\n",
        b"Content-Length: -0\r\n\r\n",
        b"Content-Length: 0x0\r\n\r\n",
        b"Content-Length : 0\r\n\r\n",
        b"X: y\r\n Content-Length: 120\r\nContent-Length\t: 0\r\n\r\n",
        b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\n\r\n",
        b"X: a\nContent-Length: 0\n\n",
    ]
    for way in ways:
        client = riskd.tls()
        client.settimeout(0.4)
        raw = head_with(token, "POST /v1/sync?product=shop HTTP/1.1") + way + hidden
        answered = statuses(riskd.talk(client, raw))
        assert len(answered) <= 1 and set(answered) <= {400, 501}, f"{way!r}: {answered}"
    facts = riskd.must("GET", "/v1/products/shop/facts")["items"]
    assert not any("office" in str(fact.get("answers")) for fact in facts), facts


@attack
def path_tricks(riskd):
    """A path that reads otherwise than it is written leads to another product, or past the roles."""
    token = riskd.token("read")
    tricks = [
        "/v1/products/shop/../office", "/v1/products/shop/%2e%2e/office", "/v1/products/shop%2f..%2foffice",
        "/v1/products/./office", "//v1/products/office", "/v1//products/office", "/v1/products//office",
        "/V1/products/office", "/v1/products/office/", "/v1/products/office;x", "/v1/products/office%20",
        "/v1/products/%6fffice", "/v1/products/OFFICE", "/v1/products/shop%00office", "/v1/products/shop\\..\\office",
        "https://localhost/v1/products/office", "/v1/products/office#shop", "/v1/products/office?product=shop",
        "/v1/tickets?product=shop&product=office", "/v1/tickets?product=office", "/v1/tickets?product=shop%00office",
        "/v1/products/%c0%ae%c0%ae/office", "/v1/tokens/", "/v1/tokens%2f", "/v1/%74okens", "/v1/products/sho*",
    ]
    for target in tricks:
        answer = riskd.as_token(token, "GET", target)
        assert answer.status in (400, 403, 404), f"{target}: {answer}"
        assert "Nobody may know" not in answer.text, f"{target}: {answer}"


@attack
def method_tricks(riskd):
    """Another method, or a header that names one, goes past the role that a route needs."""
    token = riskd.token("read")
    assert riskd.as_token(token, "HEAD", "/v1/products/office").status == 403
    for header in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        assert riskd.as_token(token, "GET", "/v1/products/shop", (header, "DELETE")).status == 200
    assert riskd.as_token(token, "GET", "/v1/products/shop?_method=DELETE").status == 400
    for method in ("TRACE", "CONNECT", "PROPFIND", "delete", "OPTIONS"):
        answer = riskd.as_token(token, method, "/v1/products/shop")
        assert answer.status in (400, 403, 404, 405) and token not in answer.text, f"{method}: {answer}"
    assert riskd.title() == "The shop"


@attack
def credentials_elsewhere(riskd):
    """A token where it does not belong is taken, or two at once are."""
    token, other = riskd.token("read"), riskd.token("read", products=())
    for headers in (
        [("Authorization", f"Basic {token}")],
        [("Authorization", token)],
        [("Authorization", f"Bearer {token}, Bearer {other}")],
        [("Authorization", f"Bearer {token}"), ("Authorization", f"Bearer {other}")],
        [("Authorization", f"Bearer {token} {other}")],
        [("Authorization", f"Bearer {token[:-1]}")],
        [("Authorization", f"Bearer {token.upper()}")],
        [("Authorization", "Bearer ")],
        [("Proxy-Authorization", f"Bearer {token}")],
        [("Cookie", f"token={token}; Authorization=Bearer {token}")],
        [("X-Authorization", f"Bearer {token}")],
    ):
        answer = riskd.send(riskd.tls(), "GET", "/v1/products", *headers)
        assert answer.status == 401, f"{headers}: {answer}"
    for query in ("access_token", "token"):
        assert riskd.send(riskd.tls(), "GET", f"/v1/products?{query}={token}").status == 401


@attack
def person_named_elsewhere(riskd):
    """Who is not the proxy names a person by its header."""
    token = riskd.token("read")
    for name in ("X-Forwarded-User", "x-forwarded-user", "X-Forwarded-Groups"):
        for client, headers in ((riskd.local(), []), (riskd.tls(), []), (riskd.tls(), [("Authorization", f"Bearer {token}")])):
            answer = riskd.send(client, "GET", "/v1/whoami", *headers, (name, "eva"))
            assert answer.status == 400, f"{name}: {answer}"


@attack
def person_beside_the_proxys(riskd):
    """A client sends the proxy's header beside the one that the proxy sets."""
    user, groups = "X-Forwarded-User", "X-Forwarded-Groups"
    for headers, status in (
        ([(user, "mallory"), (user, "eva")], 400),
        ([(user, "eva"), (user, "eva")], 400),
        ([(user, "mallory, eva")], 400),
        ([(user, "mallory"), (groups, "staff"), (groups, "auditors")], 400),
        ([(user, "")], 401),
        ([("X_Forwarded_User", "eva")], 401),
        ([("X-Forwarded-User2", "eva"), ("Remote-User", "eva"), ("X-Remote-User", "eva")], 401),
        ([(user, "eva\tx")], 400),
        ([(user, "e" * 300)], 400),
    ):
        answer = riskd.by_proxy("GET", "/v1/whoami", *headers)
        assert answer.status == status, f"{headers}: {answer}"
    # What looks like another's name is a name of its own, without that one's roles.
    for name in ("Eva", "eva ", "token:t1", "riskd", "root", "proxy:eva", "eva\u200b", "ev\u0430"):
        answer = riskd.by_proxy("GET", "/v1/products/shop", (user, name))
        assert answer.status == (200 if name.strip() == "eva" else 403), f"{name}: {answer}"


@attack
def two_proxies_two_headers(riskd):
    """A client sends one proxy the header of another proxy that runs as the same user."""
    more = '[[listen]]\nkind = "proxy"\npath = "state/other.sock"\npeer-uid = {}\nperson-header = "X-Remote-User"\n'
    uid = riskd.config.split("peer-uid = ")[1].split()[0]
    riskd.write("two.toml", riskd.config + more.format(uid))
    command = [riskd.programs / "riskd", "--config", "two.toml", "--check-config"]
    done = subprocess.run(command, cwd=riskd.folder, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1 and "same headers" in done.stderr + done.stdout, done


@attack
def page_of_another_site(riskd):
    """A page of another site lets the browser of somebody who is signed in send a change."""
    user = ("X-Forwarded-User", "eva")
    target, body = "/v1/products/shop/answers", {"answers": {"reach": "office"}}
    for headers in (
        [("Sec-Fetch-Site", "cross-site"), ("Origin", "https://evil.example")],
        [("Sec-Fetch-Site", "same-site"), ("Origin", "https://evil.localhost")],
        [("Origin", "https://evil.example")],
        [("Origin", "null")],
        [("Origin", "https://localhost.evil.example")],
    ):
        answer = riskd.by_proxy("PATCH", target, user, JSON, *headers, body=body)
        assert answer.status == 403, f"{headers}: {answer}"
        answer = riskd.by_proxy("POST", "/v1/products/shop/approve", user, *headers)
        assert answer.status == 403, f"{headers}: {answer}"
    riskd.authority.make("build", "/CN=build")
    report = b'<testsuite name="unit"><testcase classname="a" name="b"/></testsuite>'
    upload = ("POST", "/v1/products/shop/results?suite=browser")
    for headers, status in (([("Sec-Fetch-Site", "cross-site")], 403), ([], 200)):
        xml = ("Content-Type", "text/plain")
        assert riskd.send(riskd.tls("build"), *upload, xml, *headers, body=report).status == status, headers
    # The company's own page, and a program, may.
    for headers in ([("Sec-Fetch-Site", "same-origin")], [("Origin", "https://localhost")], []):
        same = {"answers": {"reach": "internet"}}
        assert riskd.by_proxy("PATCH", target, user, JSON, *headers, body=same).status == 200, headers
    answer = riskd.by_proxy("OPTIONS", target, user, ("Origin", "https://evil.example"))
    assert not any(name.lower().startswith("access-control") for name, _ in answer.headers), answer.headers


@attack
def answer_taken_for_a_page(riskd):
    """A browser takes an answer that repeats somebody's text for a page of its own, or keeps it for others."""
    token = riskd.token("read")
    for target in ("/v1/products/shop", "/v1/products/<script>alert(1)</script>", "/v1/metrics", "/v1/nosuch<img>"):
        answer = riskd.as_token(token, "GET", target)
        told = {name.lower(): value for name, value in answer.headers}
        assert "html" not in told["content-type"], answer.headers
        assert told.get("x-content-type-options") == "nosniff", answer.headers
        assert told.get("cache-control") == "no-store", answer.headers


@attack
def token_of_another_product(riskd):
    """A token that was given for one product reads or changes another one."""
    every = ("read", "report", "retire", "answer", "review", "tracker", "admin")
    token = riskd.token(*every)
    office, results = "/v1/products/office", "/v1/products/office/results?suite=x"
    requests = [("GET", office + rest) for rest in (
        "", "/questionnaire", "/model", "/model?at=2026-01-01", "/why?element=door.lock", "/compare?a=revision:1&b=revision:1",
        "/history", "/days", "/facts", "/review", "/results", "/suites", "/suites/x")]
    requests += [("PATCH", office + "/answers"), ("PATCH", office + "/decisions"), ("POST", office + "/approve"),
                 ("PUT", office), ("DELETE", office), ("PUT", office + "/components/a"), ("DELETE", office + "/components/a"),
                 ("PATCH", office + "/components/a/answers"), ("POST", results), ("DELETE", office + "/suites/x"),
                 ("GET", "/v1/tickets?product=office"), ("POST", "/v1/sync?product=office"), ("POST", "/v1/sync"),
                 ("POST", "/v1/sync?product=shop&release=true&product=office"), ("POST", "/v1/trackers/check"),
                 ("POST", "/v1/policy/check"), ("POST", "/v1/policy/plan"), ("POST", "/v1/policy/reload"),
                 ("POST", "/v1/policy/rollback"), ("POST", "/v1/clock/repair"), ("GET", "/v1/store"),
                 ("POST", "/v1/tokens"), ("GET", "/v1/tokens"), ("DELETE", "/v1/tokens/t1")]
    for method, target in requests:
        answer = riskd.as_token(token, method, target)
        assert answer.status == 403, f"{method} {target}: {answer}"
    # Nor is there a word of it in what lists several products.
    for target in ("/v1/products", "/v1/tickets", "/v1/events?after=0&follow=false", "/v1/metrics", "/v1/health"):
        answer = riskd.as_token(token, "GET", target)
        assert answer.status == 200 and "office" not in answer.text, f"{target}: {answer}"
    # What does not exist looks like what is another's.
    for product in ("office", "nosuch"):
        line = {"product": product, "answers": {"reach": "office"}}
        answer = riskd.as_token(token, "POST", "/v1/facts", LINES, body=line)
        assert answer.status == 403 and answer.text.count(product) == 2, answer
    twice = b'{"product": "shop", "product": "office", "answers": {"reach": "office"}}'
    assert riskd.as_token(token, "POST", "/v1/facts", LINES, body=twice).status in (403, 422)
    before = riskd.must("GET", "/v1/products/office/facts")["items"]
    assert not any(fact["poster"].startswith("token:") for fact in before), before


@attack
def ticket_of_another_product(riskd):
    """Who may post tickets of one product names another's ticket as its own, so that riskd closes it."""
    riskd.must("POST", "/v1/sync?wait=true")
    token = riskd.token("tracker", "read")
    for key in ("office/requirement--door.lock", "Office/Requirement--DOOR.lock"):
        ticket = {"for": "requirement:door.lock", "tracker": "files", "kind": "directory", "key": key}
        answer = riskd.as_token(token, "POST", "/v1/facts", LINES, body={"product": "shop", "ticket": ticket})
        assert answer.status == 403 and "another product" in answer.text, answer
    own = dict(ticket, key="shop/requirement--door.lock", status="To Do")
    assert riskd.as_token(token, "POST", "/v1/facts", LINES, body={"product": "shop", "ticket": own}).status == 200


@attack
def trouble_of_another_product(riskd):
    """What is wrong with a ticket of another product stands in what everybody may ask."""
    riskd.must("POST", "/v1/sync?wait=true")
    ticket = riskd.folder / "tickets/office/requirement--door.lock.md"
    good = ticket.read_bytes()
    ticket.write_bytes(b"Status: Secret merger\n\xff" + good)
    try:
        riskd.ask("POST", "/v1/sync?wait=true")
        assert "office" in riskd.ask("GET", "/v1/health")[1], "nothing is wrong"
        token = riskd.token("read", "tracker")
        for target in ("/v1/health", "/v1/tickets", "/v1/metrics"):
            answer = riskd.as_token(token, "GET", target)
            assert "office" not in answer.text and "merger" not in answer.text, f"{target}: {answer}"
        trackers = riskd.as_token(token, "GET", "/v1/health").json()["trackers"]
        assert sum(tracker["withheld"] for tracker in trackers) >= 1, trackers
    finally:
        ticket.write_bytes(good)
        riskd.must("POST", "/v1/sync?wait=true")


@attack
def token_after_its_end(riskd):
    """A token is used after it was revoked, or after its time; a stream that it opened goes on."""
    soon = datetime.now(timezone.utc) + timedelta(seconds=1)
    asked = {"name": "brief", "roles": ["read"], "expires": soon.isoformat(timespec="milliseconds").replace("+00:00", "Z")}
    brief = riskd.must("POST", "/v1/tokens", asked)["token"]
    assert riskd.as_token(brief, "GET", "/v1/whoami").status == 200
    stream = riskd.tls()
    token = riskd.token("read")
    name = riskd.as_token(token, "GET", "/v1/whoami").json()["name"].removeprefix("token:")
    stream.sendall(f"GET /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
    assert b" 200 " in stream.recv(65536)
    riskd.says("token", "revoke", name)
    answer = riskd.as_token(token, "GET", "/v1/whoami")
    assert answer.status == 401, answer
    riskd.must("PUT", "/v1/products/shop", {"title": "The shop"})
    time.sleep(1)
    stream.settimeout(20)
    left = b""
    while piece := stream.recv(65536):  # it ends
        left += piece
    assert b"event:" not in left, left
    assert riskd.as_token(brief, "GET", "/v1/whoami").status == 401
    assert riskd.riskctl("token", "add", name, "--role", "admin", "--expires", "never")[0] != 0, "its name is given again"


@attack
def downgraded_tls(riskd):
    """A client, or who is on the way, asks for a TLS that can be broken, or for none."""
    probe = ["openssl", "s_client", "-connect", f"127.0.0.1:{riskd.port}", "-CAfile", "tls/ca.pem"]

    def agreed(*more):
        done = subprocess.run([*probe, *more], cwd=riskd.folder, input=b"", capture_output=True, timeout=60, check=False)
        said = done.stdout + done.stderr
        return b"Cipher is" in said and b"Cipher is (NONE)" not in said

    assert agreed("-tls1_3") and agreed("-tls1_2"), "TLS as it should be is refused"
    for more in (
        ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"],
        ["-tls1", "-cipher", "ALL:@SECLEVEL=0"],
        ["-tls1_2", "-cipher", "AES256-SHA:AES128-GCM-SHA256:@SECLEVEL=0"],
        ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA384:@SECLEVEL=0"],
        ["-tls1_2", "-cipher", "aNULL:eNULL:@SECLEVEL=0"],
        ["-tls1_2", "-cipher", "RC4:3DES:@SECLEVEL=0"],
    ):
        assert not agreed(*more), more
    again = subprocess.run([*probe, "-tls1_2"], cwd=riskd.folder, input=b"R\n", capture_output=True, timeout=60, check=False)
    assert again.returncode != 0 and b"no renegotiation" in again.stderr, again.stderr
    plain = socket.create_connection(("127.0.0.1", riskd.port), timeout=20)
    said = riskd.talk(plain, b"GET /v1/health HTTP/1.1\r\nHost: x\r\n\r\n")
    assert b"HTTP/" not in said, said


@attack
def forged_certificate(riskd):
    """A client shows a certificate that looks like a build's, and is none."""
    make = riskd.authority.make
    make("build", "/CN=build")
    assert riskd.send(riskd.tls("build"), "GET", "/v1/whoami").json()["name"] == "certificate:CN=build"
    make("forged", "/CN=build", by="other-ca")  # an authority of the same name
    make("own", "/CN=build", "basicConstraints=CA:FALSE", by=None)
    make("over", "/CN=build", days=-1)
    make("for-servers", "/CN=build", "extendedKeyUsage=serverAuth")
    make("by-a-leaf", "/CN=build", by="build")
    for name in ("forged", "own", "over", "for-servers", "by-a-leaf"):
        try:
            answer = riskd.send(riskd.tls(name), "GET", "/v1/whoami")
            refused = answer.status in (0, 401)
        except (ssl.SSLError, ConnectionError):
            refused = True
        assert refused, f"{name}: {answer}"
    for name, subject in (("longer", "/O=Evil/CN=build"), ("more", "/CN=build/CN=x"), ("comma", "/CN=build\\,O=x"), ("cased", "/CN=Build")):
        make(name, subject)
        answer = riskd.send(riskd.tls(name), "POST", "/v1/products/shop/results?suite=x", body=b"{}")
        assert answer.status == 403, f"{subject}: {answer}"


@attack
def false_riskd(riskd):
    """Somebody stands where riskd should be, to get the token of riskctl."""
    token = riskd.write("token", riskd.token("read"))
    url, other = f"https://localhost:{riskd.port}", f"https://127.0.0.2:{riskd.port}"
    fine = riskd.riskctl("whoami", "--url", url, "--token-file", token, "--ca-file", "tls/ca.pem")
    assert fine[0] == 0, fine
    for arguments in (["--url", url], ["--url", url, "--ca-file", "tls/other-ca.pem"],
                      ["--url", url.replace("https", "http"), "--ca-file", "tls/ca.pem"],
                      ["--url", other, "--ca-file", "tls/ca.pem"]):
        code, out, err = riskd.riskctl("whoami", *arguments, "--token-file", token)
        assert code != 0 and token.read_bytes() not in out + err, (arguments, out, err)


@attack
def secret_in_what_is_kept(riskd):
    """A secret stands in the log, in the store, in an answer, or in an error."""
    token = riskd.token("read")
    riskd.as_token(token, "GET", f"/v1/products/office?access_token={token}", ("X-Token", token))
    riskd.as_token(token, "GET", "/v1/tokens")
    riskd.as_token(token + "x", "GET", "/v1/whoami")
    riskd.ask("POST", "/v1/trackers/check")
    said = "".join(riskd.ask("GET", target)[1] for target in ("/v1/health", "/v1/tokens", "/v1/metrics", "/v1/store"))
    files = [path for folder in ("state", "tickets") for path in (riskd.folder / folder).rglob("*") if path.is_file()]
    kept = said.encode() + b"".join(path.read_bytes() for path in files)
    kept += riskd.log().encode()
    for secret in (token, HOOK, TRACKER_TOKEN):
        assert secret.encode() not in kept, secret


@attack
def replayed_webhook(riskd):
    """A webhook that was overheard is sent again and again, or to another tracker."""
    body = json.dumps({"action": "closed", "repository": {"full_name": "shop/web"}, "issue": {"number": 7}}).encode()
    signed = ("X-Hub-Signature-256", "sha256=" + hmac.new(HOOK.encode(), body, hashlib.sha256).hexdigest())
    before, asked = riskd.must("GET", "/v1/health")["seq"], len(Tracker.asked)
    for _ in range(100):
        answer = riskd.send(riskd.tls(), "POST", "/v1/trackers/web/webhook", JSON, signed, body=body)
        assert answer.status == 202, answer
    assert riskd.send(riskd.tls(), "POST", "/v1/trackers/files/webhook", JSON, signed, body=body).status == 404
    assert riskd.send(riskd.tls(), "POST", "/v1/trackers/web/webhook", JSON, signed, body=body + b" ").status == 403
    time.sleep(0.3)
    # It is only a hint to look at a ticket; nobody knows this one, so that riskd asks nobody.
    assert riskd.must("GET", "/v1/health")["seq"] == before
    assert len(Tracker.asked) - asked <= 5, Tracker.asked


@attack
def forged_attribution(riskd):
    """A fact says that somebody else posted it, or that riskd did."""
    token = riskd.token("answer", "tracker", "read", "review")
    base = {"product": "shop", "answers": {"reach": "internet"}}
    for forged in ({"by": "root"}, {"poster": "eva"}, {"seq": 1}, {"received": "2020-01-01T00:00:00Z"}):
        answer = riskd.as_token(token, "POST", "/v1/facts", LINES, body={**base, **forged})
        assert answer.status == 422, f"{forged}: {answer}"
    # Nor can a fact have a time to come, and so outrank what others will say.
    assert riskd.as_token(token, "POST", "/v1/facts", LINES, body={**base, "at": "2200-01-01T00:00:00Z"}).status == 200
    # Nor can somebody say that riskd set a ticket's status.
    own = {"for": "requirement:door.lock", "tracker": "files", "kind": "directory", "key": "shop/a", "own": True}
    assert riskd.as_token(token, "POST", "/v1/facts", LINES, body={"product": "shop", "ticket": own}).status == 422
    facts = riskd.must("GET", "/v1/products/shop/facts")["items"]
    assert [fact for fact in facts if "answers" in fact][-1]["poster"].startswith("token:"), facts
    assert not any(fact["at"] > "2199" for fact in facts), facts
