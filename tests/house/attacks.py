#!/usr/bin/env python3
"""Whether the attacks of docs/security.md have their tests, and the threat model of riskd itself its evidence.

    attacks.py TOP                     exit 1 where one has not
    attacks.py TOP --command ID...     prints what runs the tests of these attacks, in build/ci; of all without an id
    attacks.py TOP --run BUILD ID...   runs it
    attacks.py --can-fail              whether this test notices what is wrong

A row is `| id | attack | riskd | test |`; a test is a file as a code span and, in quotes, a case of it: a TEST_CASE, a function of
tests/e2e/attacks, or a text that another script of tests/e2e has.
"""

import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

PAGE = "docs/security.md"
LEAST = 60
ROW = re.compile(r"^\| ([A-Z]\d+) \| (.+?) \| (.+?) \| (.+) \|$")
TEST = re.compile(r'`([\w/.]+)` "([^"]+)"')
CASE = re.compile(r'TEST_CASE\(\s*((?:"(?:[^"\\]|\\.)*"\s*)+)')
ATTACK = re.compile(r"(?m)^@attack\ndef (\w+)\(")
EVIDENCE = re.compile(r'test junit "([^"]+)"')


def rows_of(top):
    """(line, id, tests) of each row; a test is (file, case)."""
    for number, line in enumerate((top / PAGE).read_text(encoding="utf-8").splitlines(), 1):
        if row := ROW.match(line):
            yield number, row[1], TEST.findall(row[4])


def cases_in(file):
    for found in CASE.finditer(file.read_text(encoding="utf-8")):
        yield "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', found[1]))


def attacks_in(top):
    modules = sorted((top / "tests/e2e").glob("attacks_on_*.py"))
    return {name for module in modules for name in ATTACK.findall(module.read_text(encoding="utf-8"))}


def file_of(top, name):
    """`server_test.cpp` and `engine/refusals_test.cpp` are below tests/; others are whole paths."""
    if name.startswith("tests/"):
        return top / name if (top / name).is_file() else None
    found = sorted((top / "tests").glob(f"**/{name}"))
    return found[0] if len(found) == 1 else None


def wrong_with(top, name, case):
    """What is wrong with a test; None where it is there."""
    file = file_of(top, name)
    if file is None:
        return f"there is no `{name}`, or more than one"
    if file.suffix == ".cpp":
        there = case in cases_in(file)
    elif name == "tests/e2e/attacks":
        there = case in attacks_in(top)
    else:
        there = case in file.read_text(encoding="utf-8")
    return None if there else f'`{name}` has no "{case}"'


def program_of(top, file):
    """The program that a source of tests belongs to."""
    for listing in sorted(file.parent.glob("*.cmake")) + [file.parent / "CMakeLists.txt"]:
        for name, body in re.findall(r"riskd_test\((\w+)([^)]*)\)", listing.read_text(encoding="utf-8")):
            if re.search(rf"(?<![\w/]){re.escape(file.name)}\b", body):
                return name
    return None


def command_of(top, build, name, case):
    file = file_of(top, name)
    if file.suffix == ".cpp":
        escaped = re.sub(r"([\\,\[])", r"\\\1", case)
        return [f"{build}/bin/{program_of(top, file)}", escaped]
    if name == "tests/e2e/attacks":
        return [name, f"{build}/bin", case]
    return ["ctest", "--test-dir", str(build), "--output-on-failure", "-R", f"^e2e_{file.name}$"]


def wrong_evidence(top):
    """Tests that the threat model of riskd itself names, and that are not there."""
    programs = {}
    for file in (top / "tests").glob("*/*_test.cpp"):
        programs.setdefault(program_of(top, file), set()).update(cases_in(file))
    programs["attacks"] = attacks_in(top)
    for policy in sorted((top / "examples/riskd-itself/policy").glob("*.risk")):
        for name in EVIDENCE.findall(policy.read_text(encoding="utf-8")):
            program, _, case = name.partition(".")
            pattern = re.escape(case.removeprefix("*.")).replace(r"\*", ".*")
            if program.startswith("e2e_"):
                there = (top / "tests/e2e" / program.removeprefix("e2e_")).is_file()
            else:
                there = any(re.fullmatch(pattern, each) for each in programs.get(program, ()))
            if not there:
                yield f'{policy.relative_to(top)}: no test is called "{name}"'


def problems(top, least=LEAST):
    known = {}
    for number, name, tests in rows_of(top):
        if name in known:
            yield f"{PAGE}:{number}: {name} is in line {known[name]} too"
        known[name] = number
        if not tests:
            yield f"{PAGE}:{number}: {name} has no test"
        for file, case in tests:
            wrong = wrong_with(top, file, case)
            if wrong:
                yield f"{PAGE}:{number}: {name}: {wrong}"
            elif file_of(top, file).suffix == ".cpp" and program_of(top, file_of(top, file)) is None:
                yield f"{PAGE}:{number}: {name}: no program has `{file}`"
    if len(known) < least:
        yield f"{PAGE}: {len(known)} attacks, at least {least}"
    used = {case for _, _, tests in rows_of(top) for file, case in tests if file == "tests/e2e/attacks"}
    for name in sorted(attacks_in(top) - used):
        yield f"tests/e2e/attacks: {name} is in no row of {PAGE}"
    yield from wrong_evidence(top)


def can_fail():
    with tempfile.TemporaryDirectory() as folder:
        top = Path(folder)
        for name in ("docs", "tests/e2e", "tests/daemon", "examples/riskd-itself/policy"):
            (top / name).mkdir(parents=True)
        (top / "tests/daemon/a_test.cpp").write_text('TEST_CASE("a, "\n          "b") {}\n')
        (top / "tests/daemon/CMakeLists.txt").write_text("riskd_test(all_tests SOURCES a_test.cpp)\n")
        (top / "tests/e2e/attacks").touch()
        (top / "tests/e2e/attacks_on_x.py").write_text("@attack\ndef used(riskd):\n\n@attack\ndef unused(riskd):\n")
        evidence = 'test junit "attacks.used"\ntest junit "attacks.gone"\ntest junit "all_tests.*.a, b"\n'
        (top / "examples/riskd-itself/policy/p.risk").write_text(evidence)
        rows = ['`a_test.cpp` "a, b"; `tests/e2e/attacks` "used"', '`a_test.cpp` "c"', '`gone.cpp` "a"', "none"]
        text = "".join(f"| A{number} | x | y | {row} |\n" for number, row in enumerate(rows, 1))
        (top / PAGE).write_text(text + "| A1 | x | y | " + rows[0] + " |\n")
        expected = [
            f'{PAGE}:2: A2: `a_test.cpp` has no "c"',
            f"{PAGE}:3: A3: there is no `gone.cpp`, or more than one",
            f"{PAGE}:4: A4 has no test",
            f"{PAGE}:5: A1 is in line 1 too",
            f"{PAGE}: 4 attacks, at least 5",
            f"tests/e2e/attacks: unused is in no row of {PAGE}",
            'examples/riskd-itself/policy/p.risk: no test is called "attacks.gone"',
        ]
        command = command_of(top, "build/ci", "a_test.cpp", "a, b")
        return list(problems(top, 5)) == expected and command == ["build/ci/bin/all_tests", "a\\, b"]


def commands(top, build, names):
    """Those of the rows, each once."""
    rows = {name: tests for _, name, tests in rows_of(top)}
    for name in names:
        if name not in rows:
            sys.exit(f"there is no attack {name}")
    chosen = [test for name in names or rows for test in rows[name]]
    return list(dict.fromkeys(tuple(command_of(top, build, *test)) for test in chosen))


def main(arguments):
    if arguments == ["--can-fail"]:
        return 0 if can_fail() else 1
    top, *rest = arguments
    if rest[:1] == ["--command"]:
        print("\n".join(shlex.join(each) for each in commands(Path(top), "build/ci", rest[1:])))
        return 0
    if rest[:1] == ["--run"]:
        failed = [each for each in commands(Path(top), rest[1], rest[2:]) if subprocess.run(each, cwd=top, check=False).returncode]
        print("\n".join("failed: " + shlex.join(each) for each in failed) or "all of these attacks failed")
        return 1 if failed else 0
    found = list(problems(Path(top)))
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
