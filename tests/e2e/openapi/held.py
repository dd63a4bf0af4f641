"""Each exchange with riskd, held to the document; and what of the document no exchange has shown."""

import json
import re

from document import HEADERS_OF_HTTP


class Held:
    def __init__(self, document):
        self.document = document
        self.answers = set()  # (operationId, status, media type)
        self.headers = set()  # (operationId, status, header)
        self.properties = set()  # "#/components/schemas/Risk/properties/band"
        self.samples = {}  # by operationId: requests whose bodies were taken
        self.exchanges = 0

    # ---- one exchange

    def exchange(self, method, target, body, given, status, text, headers):
        self.exchanges += 1
        name = f"{method} {target}"
        operation = self.document.operation_of(method, target)
        if operation is None:
            return self.hold_other(name, status, text, headers)
        said = f"{name}: {status} {text[:600]}\nfor {str(body)[:600]}"
        assert str(status) in operation.responses, f"{operation.id} does not declare {said}"
        answer = operation.responses[str(status)]
        if 200 <= status < 300:
            wrong = operation.wrong_request(target, body, given)
            assert not wrong, f"riskd has taken what the document refuses: {wrong}\n{said}"
            if body is not None:
                self.samples.setdefault(operation.id, []).append((target, body, given))
        self.hold_headers(operation, status, answer, headers, said)
        if method != "HEAD":
            self.hold_body(operation, status, answer, headers.get("content-type", ""), text, said)

    def hold_other(self, name, status, text, headers):
        """A path, or a method of it, that is not in the document."""
        answers = self.document.json["x-riskd-other-answers"]
        assert str(status) in answers, f"{name} is not in the document, and was answered {status} {text}"
        answer = self.document.resolved(answers[str(status)])
        self.hold_headers(None, status, answer, headers, f"{name}: {status} {text}")
        self.hold_body(None, status, answer, headers["content-type"], text, name)

    def hold_headers(self, operation, status, answer, headers, said):
        declared = {name.lower(): self.document.resolved(each) for name, each in answer.get("headers", {}).items()}
        for name, header in declared.items():
            assert name in headers or not header.get("required"), f"the header {name} is missing: {said}"
        for name, value in headers.items():
            if name in HEADERS_OF_HTTP:
                continue
            assert name in declared, f"the header {name} is not declared: {said}"
            schema = declared[name]["schema"]
            wrong = self.document.wrong(schema, int(value) if schema.get("type") == "integer" else value)
            assert not wrong, f"{name}: {wrong}: {said}"
            if operation is not None:
                self.headers.add((operation.id, str(status), name))

    def hold_body(self, operation, status, answer, media_type, text, said):
        assert media_type in answer["content"], f"the type {media_type} is not declared: {said}"
        media = answer["content"][media_type]
        if "x-riskd-line" in media:
            values = [(media["x-riskd-line"], json.loads(line)) for line in text.splitlines()]
        elif media_type.endswith("json"):
            values = [(media["schema"], json.loads(text))]
        elif media_type == "text/event-stream":
            values = [(media["x-riskd-events"][kind], data) for kind, data in events_in(text)]
        else:
            values = []
        for schema, value in values:
            wrong = self.document.wrong(schema, value)
            assert not wrong, f"{wrong[:5]}\n{said}"
            self.see(schema, value, "")
        if operation is not None:
            self.answers.add((operation.id, str(status), media_type))

    def see(self, schema, value, where):
        """Marks which parts of the schema the value shows."""
        if "$ref" in schema:
            self.see(self.document.at(schema["$ref"]), value, schema["$ref"])
        if value in schema.get("enum", ()):
            self.properties.add(f"{where}/enum/{value}")
        for number, each in enumerate(schema.get("oneOf", ())):
            if not self.document.wrong(each, value):
                self.properties.add(f"{where}/oneOf/{number}")
                self.see(each, value, f"{where}/oneOf/{number}")
        if isinstance(value, dict):
            for name, each in value.items():
                if name in schema.get("properties", ()):
                    self.properties.add(f"{where}/properties/{name}")
                    self.see(schema["properties"][name], each, f"{where}/properties/{name}")
                elif isinstance(schema.get("additionalProperties"), dict):
                    self.properties.add(f"{where}/additionalProperties")
                    self.see(schema["additionalProperties"], each, f"{where}/additionalProperties")
        elif isinstance(value, list) and "items" in schema:
            for each in value:
                self.properties.add(f"{where}/items")
                self.see(schema["items"], each, f"{where}/items")

    # ---- what no exchange has shown

    def declared_answers(self):
        for operation in self.document.operations.values():
            for status, answer in operation.responses.items():
                for media_type in answer.get("content", ()):
                    yield operation.id, status, media_type

    def declared_properties(self):
        known = set()
        for operation in self.document.operations.values():
            for status, answer in operation.responses.items():
                for media_type, media in answer.get("content", {}).items():
                    schemas = media.get("x-riskd-events", {}).values()
                    schemas = [media["x-riskd-line"]] if "x-riskd-line" in media else schemas or [media["schema"]]
                    for schema in schemas:
                        self.parts(schema, "", known)
        return known

    def parts(self, schema, where, known):
        if "$ref" in schema and schema["$ref"] not in known:
            known.add(schema["$ref"])
            self.parts(self.document.at(schema["$ref"]), schema["$ref"], known)
        known.update(f"{where}/enum/{value}" for value in schema.get("enum", ()))
        inner = {f"{where}/oneOf/{number}": each for number, each in enumerate(schema.get("oneOf", ()))}
        inner |= {f"{where}/properties/{name}": each for name, each in schema.get("properties", {}).items()}
        for name in ("items", "additionalProperties"):
            if isinstance(schema.get(name), dict):
                inner[f"{where}/{name}"] = schema[name]
        for place, each in inner.items():
            known.add(place)
            self.parts(each, place, known)

    def never_seen(self, exceptions):
        """What the document declares and no exchange has shown, but for the exceptions: a pattern and its reason each. An exception
        that holds for nothing is one too many."""
        names = [f"{each[0]} {each[1]} {each[2]}" for each in self.declared_answers() if each not in self.answers]
        # Parts of a component have its pointer; what stands in an answer itself is not told apart.
        declared = {each for each in self.declared_properties() if re.match(r"#/components/schemas/\w+/", each)}
        names += sorted(declared - self.properties)
        for operation in self.document.operations.values():
            for status, answer in operation.responses.items():
                names += [
                    f"{operation.id} {status} header {name}"
                    for name in answer.get("headers", ())
                    if (operation.id, status, name.lower()) not in self.headers
                ]
        left, used = [], set()
        for name in names:
            fitting = [pattern for pattern in exceptions if re.fullmatch(pattern, name)]
            used.update(fitting)
            if not fitting:
                left.append(name)
        return left, [pattern for pattern in exceptions if pattern not in used]


def events_in(text):
    """(kind, data) of server-sent events; comments are left out."""
    for block in text.split("\n\n"):
        lines = [line for line in block.split("\n") if line and not line.startswith(":")]
        if not lines:
            continue
        fields = [line.split(": ", 1) for line in lines]
        assert [name for name, _ in fields] == ["id", "event", "data"], block
        assert fields[0][1].isdigit(), block
        yield fields[1][1], json.loads(fields[2][1])
