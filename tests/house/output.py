#!/usr/bin/env python3
"""Holds the daemon's folder to its two ways out: daemon/riskctl/output.cpp prints, and
daemon/wire/serialize.hpp writes a tree as JSON.

    output.py TOP    exit 0 where all is as it should be, 1 with a line for each violation
"""

import re
import sys
from pathlib import Path

# Folder, what is not used there, where it may be used, what to use.
RULES = [
    (
        "daemon/riskctl",
        re.compile(
            r"fmt::print|std::(print|cout|cerr|clog|puts|printf|fputs|fwrite|fprintf|putchar|fputc)\b"
            r"|\b(stdout|stderr)\b|\\x1b|\\033|\\e\["
        ),
        {"daemon/riskctl/output.cpp", "daemon/riskctl/text.cpp"},
        "print through daemon/riskctl/output.hpp, with the styles of text.hpp",
    ),
    (
        "daemon",
        re.compile(r"\bjson::serialize\s*\(|<<\s*json::"),
        set(),
        "write JSON with daemon/wire/serialize.hpp",
    ),
]
COMMENT = re.compile(r"//.*")


def complaints(top):
    found = []
    for folder, pattern, except_in, instead in RULES:
        for path in sorted((top / folder).rglob("*.?pp")):
            name = path.relative_to(top).as_posix()
            if name in except_in:
                continue
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                if match := pattern.search(COMMENT.sub("", line)):
                    found.append(f"{name}:{number}: {match.group()}: {instead}")
    return found


def main(arguments):
    found = complaints(Path(arguments[0]))
    for complaint in found:
        print(complaint)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
