#!/usr/bin/env python3
"""What holds riskd to its document notices what does not fit: a small document, and answers that differ from it."""

import copy
import json
import sys
import unittest

sys.dont_write_bytecode = True
try:
    import jsonschema  # noqa: F401
except ImportError:
    print("skipped: there is no python3-jsonschema (scripts/packages.txt, job test)")
    sys.exit(77)

from document import Document  # noqa: E402
from held import Held  # noqa: E402

PROBLEM = {
    "description": "No.",
    "headers": {"Retry-After": {"required": True, "schema": {"type": "integer"}}},
    "content": {"application/json": {"schema": {}}},
}
DOCUMENT = {
    "openapi": "3.1.0",
    "tags": [{"name": "a"}],
    "security": [],
    "x-riskd-other-answers": {"404": PROBLEM, "405": PROBLEM},
    "paths": {
        "/v1/things/{thing}": {
            "parameters": [{"name": "thing", "in": "path", "required": True, "schema": {"type": "string"}}],
            "put": {
                "operationId": "putThing",
                "summary": "Makes it",
                "tags": ["a"],
                "parameters": [{"name": "limit", "in": "query", "schema": {"type": "integer"}}],
                "requestBody": {"required": True, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}},
                "responses": {
                    "200": {"description": "Yes.", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}},
                    "429": PROBLEM,
                },
            },
        }
    },
    "components": {
        "schemas": {
            "Thing": {
                "type": "object",
                "required": ["id"],
                "additionalProperties": False,
                "properties": {"id": {"type": "string"}, "of": {"oneOf": [{"type": "null"}, {"type": "array", "items": {"type": "integer"}}]}},
            }
        }
    },
}
JSON = {"content-type": "application/json"}


class HeldTest(unittest.TestCase):
    def setUp(self):
        self.held = Held(Document(json.dumps(DOCUMENT)))

    def answer(self, status=200, body=None, headers=None, target="/v1/things/a", sent=None):
        given = {"Content-Type": "application/json"}
        text = json.dumps({"id": "a"} if body is None else body)
        self.held.exchange("PUT", target, {"id": "a"} if sent is None else sent, given, status, text, {**JSON, **(headers or {})})

    def refuses(self, what, **exchange):
        with self.assertRaisesRegex(AssertionError, what):
            self.answer(**exchange)

    def test_an_answer_that_is_not_declared(self):
        self.held.document.check()
        self.answer()
        self.refuses("does not declare", status=201)
        self.refuses("the type text/plain is not declared", headers={"content-type": "text/plain"})
        self.refuses("the header etag is not declared", headers={"etag": "1"})
        self.refuses("the header retry-after is missing", status=429)
        self.refuses("'more' was unexpected", body={"id": "a", "more": 1})
        self.refuses("'id' is a required property", body={})
        self.refuses("7 is not of type 'string'", body={"id": 7})
        self.refuses("is not in the document", target="/v1/other")
        self.refuses("the header retry-after is missing", target="/v1/other", status=404)

    def test_a_request_that_riskd_should_refuse(self):
        self.refuses("riskd has taken what the document refuses", sent={})
        self.refuses("riskd has taken what the document refuses", target="/v1/things/a?limit=many")
        self.refuses("riskd has taken what the document refuses", target="/v1/things/a?other=1")

    def test_what_no_answer_has_shown(self):
        left, _ = self.held.never_seen({})
        self.assertIn("putThing 200 application/json", left)
        self.answer(body={"id": "a", "of": [1]})
        left, _ = self.held.never_seen({})
        thing = "#/components/schemas/Thing/properties"
        self.assertEqual(left, ["putThing 429 application/json", f"{thing}/of/oneOf/0", "putThing 429 header Retry-After"])
        left, unused = self.held.never_seen({r"putThing 429 .*": "", ".*/oneOf/0": "", "nothing": ""})
        self.assertEqual((left, unused), ([], ["nothing"]))

    def test_a_document_that_is_wrong_by_itself(self):
        def wrong_example(it):
            it["components"]["parameters"] = {"Limit": {"name": "limit", "in": "query", "schema": {"type": "integer"}, "example": "many"}}
            it["paths"]["/v1/things/{thing}"]["put"]["parameters"] = [{"$ref": "#/components/parameters/Limit"}]

        for change, what in (
            (lambda it: it["components"]["schemas"].update({"Other": {}}), "nothing refers to these"),
            (lambda it: it["components"]["schemas"]["Thing"]["properties"].update({"x": {"$ref": "#/components/schemas/No"}}), "and not there"),
            (lambda it: it["components"]["schemas"]["Thing"].pop("additionalProperties"), "these take any member"),
            (wrong_example, "the example of Limit"),
        ):
            wrong = copy.deepcopy(DOCUMENT)
            change(wrong)
            with self.assertRaisesRegex(AssertionError, what):
                Document(json.dumps(wrong)).check()
        with self.assertRaisesRegex(AssertionError, "there twice"):
            Document('{"a": 1, "a": 2}')


if __name__ == "__main__":
    unittest.main()
