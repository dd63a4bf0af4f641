#!/usr/bin/env python3
"""Whether each test file has a namespace of its own, named like the file.

    test_namespaces.py TOP         exit 1 where one has none
    test_namespaces.py --can-fail  whether this test notices a file without

Sources that are compiled together (RISKD_UNITY) share their unnamed namespaces: a call could find a better match in
another file, silently.
"""

import re
import sys
import tempfile
from pathlib import Path


def without(tests):
    """Test files whose namespace is not theirs alone."""
    for path in sorted(tests.rglob("*.cpp")):
        text = path.read_text(encoding="utf-8")
        if "TEST_CASE(" in text and not re.search(rf"^namespace riskd(::\w+)*::{path.stem} {{$", text, re.MULTILINE):
            yield path


def can_fail():
    with tempfile.TemporaryDirectory() as folder:
        tests = Path(folder)
        own = 'namespace riskd::tests::good_test {\nTEST_CASE("x") {}\n}\n'
        (tests / "good_test.cpp").write_text(own, encoding="utf-8")
        (tests / "helper.cpp").write_text("int f() { return 1; }\n", encoding="utf-8")
        (tests / "other_test.cpp").write_text(own, encoding="utf-8")
        return [path.name for path in without(tests)] == ["other_test.cpp"]


def main(arguments):
    if arguments == ["--can-fail"]:
        return 0 if can_fail() else 1
    found = list(without(Path(arguments[0]) / "tests"))
    for path in found:
        print(f"{path}: write its tests in `namespace riskd::tests::{path.stem} {{`")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
