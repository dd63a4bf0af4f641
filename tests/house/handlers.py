#!/usr/bin/env python3
"""Whether the handler of each route is in the file of its noun.

    handlers.py TOP         exit 1 where one is elsewhere
    handlers.py --can-fail  whether this test notices one that is elsewhere

The noun of a path is its first word after `/v1/`, or, of what a product has, the word after the product. The file has
the noun as its name, or lists it in backticks in its first line.
"""

import re
import sys
import tempfile
from pathlib import Path

ROW = re.compile(r'^ *\{"[A-Z]+", +"/v1/([^"]+)", +\{[^}]*\}, +(\w+),', re.MULTILINE)


def noun_of(path):
    words = path.split("/")
    return words[2] if words[0] == "products" and len(words) > 2 else words[0]


def misplaced(api):
    """(handler, noun, file or None) of each handler that is not in the file of its noun."""
    sources = {path: path.read_text(encoding="utf-8") for path in sorted(api.glob("*.cpp"))}
    rows = ROW.findall(sources[api / "routes.cpp"])
    if not rows:
        yield "none", "any", None
    for path, handler in rows:
        if handler == "nullptr":
            continue  # the stream of events
        noun = noun_of(path)
        file = next((each for each, text in sources.items() if f"\nvoid {handler}(const CallPtr& call) {{" in text), None)
        if file is None or (file.stem != noun and f"`{noun}`" not in sources[file].splitlines()[0]):
            yield handler, noun, file


def can_fail():
    with tempfile.TemporaryDirectory() as folder:
        api = Path(folder)
        rows = [("products", "list"), ("products/{product}", "get"), ("products/{product}/why", "why"), ("sync", "sync")]
        table = "".join(f'    {{"GET",  "/v1/{path}",  {{all, Role::read}}, {name}, none}},\n' for path, name in rows)
        (api / "routes.cpp").write_text(table, encoding="utf-8")
        text = "// Products, and `why`.\n" + "".join(f"void {name}(const CallPtr& call) {{\n}}\n" for _, name in rows)
        (api / "products.cpp").write_text(text, encoding="utf-8")
        return [handler for handler, _, _ in misplaced(api)] == ["sync"]


def main(arguments):
    if arguments == ["--can-fail"]:
        return 0 if can_fail() else 1
    found = list(misplaced(Path(arguments[0]) / "daemon" / "api"))
    for handler, noun, file in found:
        place = "not found" if file is None else f"in {file.name}"
        print(f"the handler `{handler}` is {place}: it belongs in {noun}.cpp, or in a file whose first line has `{noun}`")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
