#!/usr/bin/env python3
"""Measures the house: lengths of files and functions, members of classes, `default:` labels.

    measures.py TOP          prints the figures with the largest of each; exit 1 where one passes its limit
    measures.py TOP --all    every file, function and class, the largest first

The limits are where the house stands today. Who makes it better lowers them; nobody raises them.
The layout is that of clang-format: a function ends at the brace in the column where it began.
"""

import re
import sys
from collections import Counter
from pathlib import Path

FOLDERS = ("engine", "dsl", "connectors", "daemon")
# What a measure may be at most, and what it shall be (None: it is there).
LIMITS = {
    "lines of a file": (450, None),
    "lines of a function": (80, 80),
    "members of a class": (40, 40),
    "`default:` labels": (0, 0),
}

HEAD = re.compile(r"^ *(?!namespace\b|class\b|struct\b|enum\b|union\b|if\b|for\b|while\b|switch\b|do\b|else\b|extern\b|using\b|#|//|\}|return\b|case\b)\S.*\{$")
CLASS = re.compile(r"^( *)(?:class|struct) (?:alignas\(\d+\) )?([A-Za-z_:]+)[^;()]*\{$")
CONTROL = re.compile(r"^\s*(?:\}? ?else|if|for|while|switch|do|try|case|default|return)\b")


def sources(top):
    for folder in FOLDERS:
        yield from sorted(path for path in (top / folder).rglob("*") if path.suffix in (".cpp", ".hpp"))


def indent_of(line):
    return len(line) - len(line.lstrip())


def functions(lines):
    """(name, first line, length) of functions at the level of a namespace or a class."""
    found = []
    number = 0
    while number < len(lines):
        line = lines[number]
        if HEAD.match(line):
            first = number
            # Arguments over several lines: the head begins further up, with less before it.
            while first > 0 and (indent_of(lines[first]) > 4 or lines[first].lstrip().startswith(":")):
                first -= 1
            indent = indent_of(lines[first])
            head = " ".join(part.strip() for part in lines[first : number + 1])
            end = next((i for i in range(number + 1, len(lines)) if re.match(rf"^ {{{indent}}}\}}", lines[i])), None)
            if end is not None and "(" in head and lines[first].strip() and not CONTROL.match(lines[first]):
                found.append((head.split("(")[0].split(" ")[-1], first + 1, end - first + 1))
                number = end
        number += 1
    return found


def members(text):
    """{class: how many functions and data it declares, those of inner classes apart}."""
    counts = Counter()
    stack = []  # (name, indent)
    depth_of_body = None
    for line in text.splitlines():
        bare = line.split("//")[0].rstrip()
        indent = len(line) - len(line.lstrip())
        if match := CLASS.match(bare):
            stack.append((match[2], len(match[1])))
            continue
        if stack and re.match(r"^ *\};?$", bare) and indent == stack[-1][1]:
            stack.pop()
            depth_of_body = None
            continue
        if not stack or indent != stack[-1][1] + 2:
            continue
        if depth_of_body is not None:
            if bare.strip() == "}":
                depth_of_body = None
            continue
        words = bare.strip()
        if words.endswith("{") and not words.startswith("enum"):
            counts[stack[-1][0]] += 1
            depth_of_body = indent
        elif words.endswith((";", "}")) and not re.match(r"^(using|friend|template|static_assert|enum|struct|class)\b", words):
            counts[stack[-1][0]] += 1 if "(" in words else words.count(",") + 1
    return counts


def closed_defaults(lines):
    """`default:` in switches over names of ours; of characters, numbers and a library's codes there are always others."""
    count = 0
    for number, line in enumerate(lines):
        if re.match(r"^\s*default:", line):
            cases = (match[1] for each in reversed(lines[:number]) if (match := re.match(r"^\s*case ([\w']+|.)", each)))
            label = next(cases, "a")
            count += label[0].isalpha() and not re.fullmatch(r"[A-Z][A-Z0-9_]+", label)
    return count


def measure(top):
    """{measure: [(figure, what)]}, the largest first."""
    figures = {name: [] for name in LIMITS}
    for path in sources(top):
        file = path.relative_to(top).as_posix()
        text = path.read_text(encoding="utf-8")
        lines = text.splitlines()
        figures["lines of a file"].append((len(lines), file))
        for name, first, length in functions(lines):
            figures["lines of a function"].append((length, f"{file}:{first} {name}"))
        for name, count in members(text).items():
            figures["members of a class"].append((count, f"{file} {name}"))
        if defaults := closed_defaults(lines):
            figures["`default:` labels"].append((defaults, file))
    for each in figures.values():
        each.sort(key=lambda pair: (-pair[0], pair[1]))
    return figures


def main(arguments):
    top = Path(arguments[0])
    everything = "--all" in arguments
    failed = False
    for name, found in measure(top).items():
        most, goal = LIMITS[name]
        counted = name.startswith("`")
        figure = sum(value for value, _ in found) if counted else found[0][0] if found else 0
        if not found and not counted:
            print(f"{name}: nothing was found")
            failed = True
            continue
        over = [pair for pair in found if goal is not None and pair[0] > goal]
        aim = "" if goal is None else f", the goal is {goal}" + ("" if counted else f" ({len(over)} pass it)")
        print(f"{name}: {figure}, at most {most}{aim}")
        for value, what in found if everything else found[:3]:
            print(f"  {value:5} {what}")
        if figure > most:
            print(f"  {name}: {figure} is more than {most}")
            failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
