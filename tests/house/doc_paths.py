#!/usr/bin/env python3
"""Whether the files and folders exist that docs/HACKING.md and docs/ARCHITECTURE.md name.

    doc_paths.py TOP         exit 1 where one does not
    doc_paths.py --can-fail  whether this test notices a file that is not there

A path is a code span or a link that has a `/` in it or ends like a file. It may begin at the top, at the page's folder,
or at any folder: `condition_scan.cpp` is a file of that name anywhere. `*` and a word in capitals (`FORMAT`) stand for
any characters.
"""

import fnmatch
import os
import re
import sys
import tempfile
from pathlib import Path

PAGES = ["docs/HACKING.md", "docs/ARCHITECTURE.md"]
SPAN = re.compile(r"`([^`\n]+)`|\]\(([^)#\s]+)")
PATH = re.compile(r"(?:\./)?[\w*.-]+(?:/[\w*.-]+)*/?")
ENDING = re.compile(r"\.(?:cpp|hpp|py|md|risk|json|txt|toml)$|^CMakeLists\.txt$|/")
SKIPPED = {".git", "build", "node_modules", "__pycache__"}


def paths_of(text):
    """The paths that a page names, each with its line; fenced blocks are commands and pictures."""
    fenced = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("```"):
            fenced = not fenced
        for span in [] if fenced else SPAN.finditer(line):
            word = span[1] or span[2]
            if PATH.fullmatch(word) and ENDING.search(word):
                yield number, word


def everything(top):
    """Each file and folder, from the top; folders end with `/`."""
    for folder, folders, files in os.walk(top):
        folders[:] = [each for each in folders if each not in SKIPPED]
        here = Path(folder).relative_to(top)
        yield from ((here / each).as_posix() + "/" for each in folders)
        yield from ((here / each).as_posix() for each in files)


def missing(top):
    known = list(everything(top))
    for page in PAGES:
        for number, path in paths_of((top / page).read_text(encoding="utf-8")):
            pattern = re.sub(r"(?<![A-Za-z])[A-Z]{3,}(?![A-Za-z]|\.md)", "*", path.removeprefix("./"))
            wanted = [pattern, f"*/{pattern}", f"{pattern}/", f"*/{pattern}/"]
            if not any(fnmatch.fnmatchcase(each, one) for each in known for one in wanted):
                yield f"{page}:{number}: `{path}` does not exist"


def can_fail():
    with tempfile.TemporaryDirectory() as folder:
        top = Path(folder)
        (top / "docs").mkdir()
        (top / "dsl/text").mkdir(parents=True)
        (top / "dsl/text/lower_case.cpp").touch()
        good = "`text/`, `dsl/text/lower_*.cpp`, `lower_WORD.cpp`, [a page](HACKING.md), `not a path`, `f()`\n"
        (top / PAGES[0]).write_text(good, encoding="utf-8")
        (top / PAGES[1]).write_text("\n`dsl/gone.cpp` and `raise.cpp`, [gone](gone.md)\n", encoding="utf-8")
        lines = [f"{PAGES[1]}:2: `{each}` does not exist" for each in ("dsl/gone.cpp", "raise.cpp", "gone.md")]
        return list(missing(top)) == lines


def main(arguments):
    if arguments == ["--can-fail"]:
        return 0 if can_fail() else 1
    found = list(missing(Path(arguments[0])))
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
