"""The OpenAPI document that riskd serves, and what the requests and answers of a test are held to it by."""

import json
import re
from urllib.parse import parse_qsl, urlsplit

from jsonschema import Draft202012Validator

METHODS = ("get", "put", "patch", "post", "delete")
# Of each answer, whatever it says.
HEADERS_OF_HTTP = {"server", "content-type", "content-length", "transfer-encoding", "connection"}


def without_repeated_names(members):
    names = [name for name, _ in members]
    assert len(names) == len(set(names)), f"a name is there twice among {names}"
    return dict(members)


class Document:
    def __init__(self, text):
        self.json = json.loads(text, object_pairs_hook=without_repeated_names)
        self.components = self.json["components"]
        self.operations = {}  # by (method, path)
        for path, item in self.json["paths"].items():
            for method in METHODS:
                if method in item:
                    self.operations[method, path] = Operation(self, method, path, item)
        self.validators = {}

    def resolved(self, value):
        while "$ref" in value:
            value = self.at(value["$ref"])
        return value

    def at(self, pointer):
        found = self.json
        for step in pointer.removeprefix("#/").split("/"):
            found = found[step]
        return found

    def validator(self, schema):
        key = json.dumps(schema, sort_keys=True)
        if key not in self.validators:
            self.validators[key] = Draft202012Validator({**schema, "components": self.components})
        return self.validators[key]

    def wrong(self, schema, value):
        """What is wrong with a value, a line each; nothing where it fits."""
        validator = self.validator(schema)
        if validator.is_valid(value):
            return []
        return [f"/{'/'.join(map(str, error.absolute_path))}: {innermost(error)}" for error in validator.iter_errors(value)]

    def operation_of(self, method, target):
        """The operation of a request, and what stands for the names of its path; None where there is none."""
        path = urlsplit(target).path
        found = []
        for (its_method, template), operation in self.operations.items():
            match = operation.pattern.fullmatch(path) if its_method == method.lower().replace("head", "get") else None
            if match:
                found.append((template.count("{"), operation))
        return min(found, key=lambda each: each[0])[1] if found else None

    def check(self):
        """What holds of the document by itself."""
        used = set(re.findall(r'"\$ref": "#/components/(\w+)/(\w+)"', json.dumps(self.json)))
        used |= {("securitySchemes", name) for each in self.json["security"] for name in each}
        there = {(kind, name) for kind, all_of_kind in self.components.items() for name in all_of_kind}
        assert used - there == set(), f"these are referred to, and not there: {used - there}"
        assert there - used == set(), f"nothing refers to these: {there - used}"
        ids = [operation.id for operation in self.operations.values()]
        assert len(ids) == len(set(ids)), "an operationId is there twice"
        tags = {tag["name"] for tag in self.json["tags"]}
        for operation in self.operations.values():
            assert operation.json["summary"] and set(operation.json["tags"]) <= tags, operation.id
            names = set(re.findall(r"{(\w+)}", operation.path))
            assert names == {each["name"] for each in operation.parameters if each["in"] == "path"}, operation.id
        open_objects = [where for where, schema in self.schemas() if "properties" in schema and "additionalProperties" not in schema]
        # What a document of OpenAPI looks like says its own schema.
        open_objects = [where for where in open_objects if not where.startswith("#/paths//v1/openapi.json/")]
        assert not open_objects, f"these take any member: {open_objects}"
        for where, schema in self.schemas():
            Draft202012Validator.check_schema(schema)
            assert set(schema.get("required", ())) <= set(schema.get("properties", schema.get("required", ()))), where
        self.check_examples()

    def check_examples(self):
        for name, schema in self.components["schemas"].items():
            for example in schema.get("examples", ()):
                assert not self.wrong(schema, example), f"the example of {name}: {self.wrong(schema, example)}"
        for kind in ("headers", "parameters"):
            for name, each in self.components.get(kind, {}).items():
                wrong = self.wrong(each["schema"], each["example"]) if "example" in each else []
                assert not wrong, f"the example of {name}: {wrong}"
        for operation in self.operations.values():
            for content in [operation.request_content, *(answer.get("content", {}) for answer in operation.responses.values())]:
                for media in content.values():
                    if "example" in media and "x-riskd-events" not in media:
                        values = [media["example"]]
                        if "x-riskd-line" in media:
                            values = [json.loads(line) for line in media["example"].splitlines()]
                        for value in values:
                            wrong = self.wrong(media.get("x-riskd-line", media["schema"]), value)
                            assert not wrong, f"an example of {operation.id}: {wrong}"

    def schemas(self):
        """(where, schema) of each schema of the document."""

        def walk(value, where, is_schema):
            if isinstance(value, dict):
                if is_schema:
                    yield where, value
                for name, each in value.items():
                    if name in ("properties", "schemas", "x-riskd-events") and isinstance(each, dict):
                        for key, schema in each.items():
                            yield from walk(schema, f"{where}/{name}/{key}", True)
                    elif name in ("examples", "example", "enum", "const", "required"):
                        continue
                    else:
                        yield from walk(each, f"{where}/{name}", name in ("schema", "items", "additionalProperties", "x-riskd-line"))
            elif isinstance(value, list):
                for number, each in enumerate(value):
                    yield from walk(each, f"{where}/{number}", where.endswith(("oneOf", "anyOf")))

        yield from walk(self.json, "#", False)


def innermost(error):
    """Of an alternative, what is wrong with the one that was meant."""
    while error.context:
        error = max(error.context, key=lambda each: (len(each.absolute_path), each.validator != "required"))
    return error.message[:300]


class Operation:
    def __init__(self, document, method, path, item):
        self.document, self.method, self.path = document, method, path
        self.json = item[method]
        self.id = self.json["operationId"]
        self.parameters = [document.resolved(each) for each in [*item.get("parameters", ()), *self.json.get("parameters", ())]]
        self.responses = {status: document.resolved(each) for status, each in self.json["responses"].items()}
        self.request = self.json.get("requestBody", {})
        self.request_content = self.request.get("content", {})
        literal = re.split(r"{\w+}", path)
        self.pattern = re.compile("([^/]+)".join(map(re.escape, literal)))

    def wrong_request(self, target, body, headers):
        """What the document says against the request."""
        wrong = []
        given = {
            "query": dict(parse_qsl(urlsplit(target).query, keep_blank_values=True)),
            "header": {name.lower(): value for name, value in headers.items()},
        }
        names = {(each["in"], each["name"].lower()): each for each in self.parameters}
        wrong += [f"there is no `{name}` in the query" for name in given["query"] if ("query", name) not in names]
        for (where, name), parameter in names.items():
            if where == "path":
                continue
            text = given[where].get(name)
            if text is None:
                wrong += [f"`{name}` is missing"] if parameter.get("required") else []
                continue
            wrong += [f"`{name}`{each}" for each in self.document.wrong(parameter["schema"], self.value_of(text, parameter))]
        return wrong + self.wrong_body(body, given["header"].get("content-type", ""))

    def value_of(self, text, parameter):
        kind = self.document.resolved(parameter["schema"]).get("type")
        if kind == "integer" and re.fullmatch(r"-?\d+", text):
            return int(text)
        return {"true": True, "false": False}.get(text, text) if kind == "boolean" else text

    def wrong_body(self, body, content_type):
        if body is None or body == "":
            return ["the body is missing"] if self.request.get("required") else []
        if not self.request_content:
            return []  # it is not looked at
        media = self.request_content.get(content_type)
        if media is None:
            return [f"the body is of the type `{content_type}`"]
        if content_type == "application/json" and media["schema"] != {}:
            value = json.loads(body) if isinstance(body, (str, bytes)) else body
            return self.document.wrong(media["schema"], value)
        if "x-riskd-line" in media:
            lines = [json.loads(line) for line in body.splitlines() if line.strip()]
            return [wrong for line in lines for wrong in self.document.wrong(media["x-riskd-line"], line)]
        return []
