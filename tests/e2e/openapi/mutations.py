"""Bodies that the document refuses are refused by riskd too, and never answered with 5xx."""

import copy
import functools
import json
import re

from served import Served
from story import CONFIG, files

VALUES = (None, True, 7, -1.5, "text", [], [7], {}, {"x": {}})


def mutants(value, document, schema):
    """Values that differ from `value` in one place: a member is gone, one more is there, one is of another type."""
    if isinstance(value, dict):
        for name in value:
            yield {each: value[each] for each in value if each != name}
            for inner in mutants(value[name], document, schema):
                yield {**value, name: inner}
        yield {**value, "no-such-member": 1}
    elif isinstance(value, list) and value:
        for number in range(min(len(value), 2)):
            for inner in mutants(value[number], document, schema):
                yield [*value[:number], inner, *value[number + 1 :]]
    for other in VALUES:
        if type(other) is not type(value):
            yield copy.deepcopy(other)


def wrong_bodies(held, operation):
    """(request, text of a body) of each mutant of what riskd has taken that the document refuses."""
    seen = set()
    for target, body, given in held.samples.get(operation.id, ()):
        for media_type, media in operation.request_content.items():
            schema = media.get("x-riskd-line", media["schema"])
            if given.get("Content-Type") != media_type or not schema or schema.get("type") == "string":
                continue
            values = [body] if media_type == "application/json" else [json.loads(line) for line in body.splitlines() if line.strip()]
            for value in values:
                for mutant in mutants(value, held.document, schema):
                    text = json.dumps(mutant)
                    if text not in seen and held.document.wrong(schema, mutant):
                        seen.add(text)
                        yield target, text, media_type


def members_in(answer):
    """The members that riskd would have taken, where it names them to one who sent another."""
    names = {name for known in re.findall("; known are ((?:`[^`]+`(?:, )?)+)", answer) for name in re.findall("`([^`]+)`", known)}
    for line in filter(None, answer.splitlines()):
        said = json.loads(line)
        for error in (said.get("error") or said).get("errors", ()):
            names |= set(error.get("expected", ())) if error.get("code") == "unknown-member" else set()
    return names


@functools.cache
def objects_in(document, operation):
    """The names of members of each object that a body of the operation may have; of alternatives, of all of them together."""
    objects, seen = set(), set()

    def names_of(schema):
        schema = document.resolved(schema)
        return {*schema.get("properties", ()), *(name for each in schema.get("oneOf", ()) for name in names_of(each))}

    def walk(schema):
        if isinstance(schema, dict):
            objects.add(frozenset(names_of(schema)))
            if "$ref" in schema and schema["$ref"] not in seen:
                seen.add(schema["$ref"])
                walk(document.resolved(schema))
            for name in ("items", "additionalProperties"):
                walk(schema.get(name))
            for each in [*schema.get("properties", {}).values(), *schema.get("oneOf", ())]:
                walk(each)

    for media in operation.request_content.values():
        walk(media.get("x-riskd-line", media["schema"]))
    return objects


def mutate(programs, held):
    """How many bodies were refused."""
    count = 0
    with Served(programs, {**files(), "riskd.toml": CONFIG}, held) as riskd:
        riskd.must("PUT", "/v1/products/shop", {"title": "Shop"})
        riskd.must("PUT", "/v1/products/shop/components/main-db", {"type": "database"})
        for operation in list(held.document.operations.values()):
            for target, text, media_type in list(wrong_bodies(held, operation)):
                status, answer = riskd.ask(operation.method.upper(), target, text, **{"Content-Type": media_type})
                assert status == 422, f"{operation.id} takes {text}: {status} {answer}"
                known = members_in(answer)
                fits = not known or known in objects_in(held.document, operation)
                assert fits, f"{operation.id} has no object with just the members {sorted(known)} in the document"
                count += 1
    return count
