"""A riskd in a scratch folder whose every answer is held to the document."""

import http.client
import json

from document import Document
from scratch import Connection, Scratch


class Served(Scratch):
    def __init__(self, programs, files, held):
        super().__init__(programs, files)
        self.held = held

    @staticmethod
    def document_of(programs):
        with Scratch(programs, {"policy/empty.risk": 'library empty "Empty" version "1.0.0"\nimport core\n'}) as riskd:
            return Document(riskd.ask("GET", "/v1/openapi.json")[1])

    def exchange(self, method, target, body=None, **headers):
        status, text, told = super().exchange(method, target, body, **headers)
        given = dict(headers)
        if body is not None and not isinstance(body, (str, bytes)):
            given.setdefault("Content-Type", "application/json")
        self.held.exchange(method, target, body, given, status, text, told)
        return status, text, told

    def must(self, method, target, body=None, **headers):
        status, text = self.ask(method, target, body, **headers)
        assert 200 <= status < 300, f"{method} {target}: {status} {text}"
        return json.loads(text) if text and self.headers["content-type"] == "application/json" else text

    def refused(self, status, method, target, body=None, **headers):
        got, text = self.ask(method, target, body, **headers)
        assert got == status, f"{method} {target}: {got} instead of {status}: {text}"
        return json.loads(text) if self.headers["content-type"].endswith(("/json", "+json")) else text

    def raw(self, method, target, lines, body=b"", ends=True, socket="riskd.sock"):
        """A request that no client library would send; the answer is held to the document like any other."""
        connection = Connection(self.folder / "state" / socket)
        connection.connect()
        head = "".join(f"{line}\r\n" for line in [f"{method} {target} HTTP/1.1", "Host: riskd", *lines])
        connection.sock.sendall(head.encode() + b"\r\n" + body)
        if not ends:
            return connection.sock
        answer = http.client.HTTPResponse(connection.sock, method=method)
        answer.begin()
        told = {name.lower(): value for name, value in answer.getheaders()}
        text = answer.read().decode()
        self.held.exchange(method, target, None, {}, answer.status, text, told)
        connection.sock.close()
        return answer.status

    def lines(self, *facts, **headers):
        body = "".join(json.dumps(fact) + "\n" for fact in facts)
        status, text = self.ask("POST", "/v1/facts", body, **{"Content-Type": "application/x-ndjson", **headers})
        return status, [json.loads(line) for line in text.splitlines()]
