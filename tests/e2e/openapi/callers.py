"""Who sends a request: tokens, the persons of a proxy, and those of whom nothing is known."""

import os
import time

from refusals import sweep
from served import Served
from story import CONFIG, files, written

ROLES = ["read", "report", "retire", "answer", "review", "tracker", "admin"]
PROXY = f"""[[listen]]
kind = "proxy"
path = "state/proxy.sock"
peer-uid = {os.getuid()}
groups-header = "X-Forwarded-Groups"
[[peer]]
uid = {os.getuid()}
roles = ["admin"]
[[peer]]
person = "eva"
roles = ["read"]
products = ["shop*"]
"""


def tokens(riskd):
    first = {"name": "all", "roles": ROLES, "products": ["*"], "expires": "2200-01-01"}
    secret = riskd.must("POST", "/v1/tokens", first)["token"]
    riskd.must("POST", "/v1/tokens", {"name": "ever", "roles": ["read"], "expires": None})
    soon = time.time() + 2
    short = riskd.must("POST", "/v1/tokens", {"name": "short", "roles": ["read"], "expires": written(soon)})["token"]
    riskd.refused(409, "POST", "/v1/tokens", first)
    for wrong in ({"name": "a b"}, {"roles": []}, {"roles": ["owner"]}, {"expires": "2020-01-01"}, {"expires": "soon"}, {"products": "shop"}):
        riskd.refused(422, "POST", "/v1/tokens", {**first, "name": "other", **wrong})

    def bearer(of):
        return {"Authorization": f"Bearer {of}"}

    assert riskd.must("GET", "/v1/whoami", **bearer(secret))["name"] == "token:all"
    assert riskd.must("GET", "/v1/whoami")["expires"] is None
    assert riskd.must("GET", "/v1/health", **bearer(secret))
    page = riskd.must("GET", "/v1/tokens?limit=1")
    riskd.must("GET", f"/v1/tokens?limit=1&after={page['next']}")
    riskd.must("DELETE", "/v1/tokens/ever")
    riskd.refused(409, "DELETE", "/v1/tokens/ever")
    riskd.refused(404, "DELETE", "/v1/tokens/nobody's")
    time.sleep(max(0, soon + 0.1 - time.time()))
    riskd.refused(401, "GET", "/v1/whoami", **bearer(short))
    states = {each["name"]: each["state"] for each in riskd.must("GET", "/v1/tokens")["items"]}
    assert states == {"all": "live", "ever": "revoked", "short": "expired"}, states


def strangers(riskd):
    def is_known(operation):
        return operation.json["x-riskd-scope"] != "anybody"

    sweep(riskd, 401, ["Authorization: Bearer riskd_wrong"])
    sweep(riskd, 401, ["Authorization: Basic ZXZhOmV2YQ=="], only=is_known)
    assert riskd.raw("GET", "/v1/health/live", ["Authorization: Basic ZXZhOmV2YQ=="]) == 200
    # A person is whom the proxy names, and nobody else.
    sweep(riskd, 400, ["X-Forwarded-User: eva"])
    sweep(riskd, 400, ["X-Forwarded-Groups: staff"])
    sweep(riskd, 400, ["X-Forwarded-User: eva, adam"], socket="proxy.sock")
    sweep(riskd, 401, [], only=is_known, socket="proxy.sock")
    assert riskd.raw("GET", "/v1/whoami", ["X-Forwarded-User: eva"], socket="proxy.sock") == 200
    assert riskd.raw("GET", "/v1/store", ["X-Forwarded-User: eva"], socket="proxy.sock") == 403
    assert riskd.raw("GET", "/v1/nothing", [], socket="proxy.sock") == 401


def callers(programs, held):
    with Served(programs, {**files(), "riskd.toml": CONFIG + PROXY}, held) as riskd:
        tokens(riskd)
        strangers(riskd)
