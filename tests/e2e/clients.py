"""Clients that go on posting while riskd is killed and started again, and what they were answered."""

import http.client
import json
import threading
import time
from dataclasses import dataclass, field


@dataclass
class Request:
    method: str
    target: str
    body: object
    headers: dict = field(default_factory=dict)
    kind: str = ""
    texts: tuple = ()  # by which its facts are known in the log

    def __iter__(self):
        return iter((self.method, self.target, self.body, self.headers))


@dataclass
class Answered:
    request: Request
    status: int
    text: str


BUSY = (409, 429, 503)  # with Retry-After: come again


def send(riskd, request):
    """(status, text, headers); comes again while riskd is busy."""
    method, target, body, headers = request
    for _ in range(200):
        status, text, told = riskd.exchange(method, target, body, **headers)
        if status not in BUSY or "retry-after" not in told:
            return status, text, told
        time.sleep(0.02)
    raise AssertionError(f"{request}: busy for too long: {status} {text}")


class Poster(threading.Thread):
    """Posts what `next_request()` gives until riskd is gone, or `until` is set; keeps the request without an answer in
    `open`. `pause()` says how long it waits between two."""

    def __init__(self, riskd, next_request, done, pause=lambda: 0):
        super().__init__(daemon=True)
        self.riskd, self.next_request, self.done, self.pause = riskd, next_request, done, pause
        self.open = None
        self.failure = None
        self.until = threading.Event()

    def run(self):
        try:
            while not self.until.is_set():
                if self.open is None:
                    self.open = self.next_request()
                status, text, _ = send(self.riskd, self.open)
                self.done.append(Answered(self.open, status, text))
                self.open = None
                self.until.wait(self.pause())
        except (OSError, http.client.HTTPException):
            return  # riskd was killed in the middle
        except AssertionError as failure:
            self.failure = failure


def facts(riskd, product, after=0):
    """All that were posted to the product, after this position of the facts."""
    while after is not None:
        status, text = riskd.ask("GET", f"/v1/products/{product}/facts?after={after}")
        assert status == 200, text
        page = json.loads(text)
        yield from page["items"]
        after = page["next"]


def is_of_product(fact):
    """Whether a listed fact is of the product itself: that it was made, its title, that it was removed."""
    return fact.keys() <= {"seq", "at", "received", "poster", "product", "title", "removed"}
