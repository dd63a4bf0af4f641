"""The clauses of rule files that the content test reads: weaknesses, countermeasures, their CWEs, tests,
standards and guides. Strict: what it does not understand in a place where a clause begins is an error.
The content test holds what it finds against the model that riskctl makes of the same files."""

import re

TOKEN = re.compile(
    r'(?P<blank>\s+|\#[^\n]*)|(?P<long>"""(?:[^"\\]|\\.|"(?!""))*""")|(?P<text>"(?:[^"\\\n]|\\.)*")'
    r"|(?P<word>[A-Za-z0-9_]+(?:[-.][A-Za-z0-9_]+)*%?)|(?P<sign>->|<=|>=|.)"
)
ESCAPE = re.compile(r"\\(.)")


class Unread(Exception):
    """A clause that is not understood, with its place."""


class Element:
    def __init__(self, kind, name, place):
        self.kind, self.name, self.place = kind, name, place
        self.cwe = None
        self.match = None  # descendants, never
        self.tests = []  # (source, name, tool or None)
        self.standards = []
        self.guide = None
        self.declared = False


def tokens_of(path):
    text = path.read_text(encoding="utf-8")
    found, at, line = [], 0, 1
    while at < len(text):
        match = TOKEN.match(text, at)
        kind, value = match.lastgroup, match.group()
        if kind != "blank":
            if kind in ("text", "long"):
                cut = 3 if kind == "long" else 1
                value = ESCAPE.sub(lambda m: "\n" if m[1] == "n" else m[1], value[cut:-cut])
                kind = "text"
            found.append((kind, value, line))
        line += match.group().count("\n")
        at = match.end()
    return found


class Reader:
    def __init__(self, path, name):
        self.tokens, self.at, self.name = tokens_of(path), 0, name
        self.elements = []

    def fail(self, why):
        line = self.tokens[min(self.at, len(self.tokens) - 1)][2]
        raise Unread(f"{self.name}:{line}: {why}")

    def peek(self, ahead=0):
        at = self.at + ahead
        return self.tokens[at][:2] if at < len(self.tokens) else ("end", "")

    def take(self, kind, value=None):
        found = self.peek()
        if found[0] != kind or (value is not None and found[1] != value):
            self.fail(f"expected {value or kind}, found {found[1]!r}")
        self.at += 1
        return found[1]

    def took(self, value):
        if self.peek() == ("word", value):
            self.at += 1
            return True
        return False

    def skip_braces(self):
        self.take("sign", "{")
        depth = 1
        while depth:
            kind, value = self.peek()
            if kind == "end":
                self.fail("a brace is not closed")
            if kind == "sign":
                depth += {"{": 1, "}": -1}.get(value, 0)
            self.at += 1

    def file(self):
        while self.peek()[0] != "end":
            word = self.peek()
            if word == ("word", "pattern"):
                self.pattern()
            elif word in (("word", "weakness"), ("word", "countermeasure")) and self.peek(1)[0] == "word" and (
                self.peek(2) == ("sign", "{") or self.peek(2)[0] == "text" or self.peek(2)[1].startswith("CWE-")
            ):
                self.weakness() if word[1] == "weakness" else self.countermeasure()
            elif word == ("sign", "{"):
                self.skip_braces()
            else:
                self.at += 1
        return self.elements

    def body(self, clauses):
        """Calls the reader of each clause; what begins with another word is a value's, and is passed over."""
        self.take("sign", "{")
        while self.peek() != ("sign", "}"):
            kind, value = self.peek()
            if kind == "end":
                self.fail("a brace is not closed")
            if kind == "sign" and value == "{":
                self.skip_braces()
            elif kind == "word" and value in clauses:
                clauses[value]()
            else:
                self.at += 1
        self.take("sign", "}")

    def element(self, kind):
        self.take("word", kind)
        element = Element(kind, self.take("word"), f"{self.name}:{self.tokens[self.at - 1][2]}")
        if self.peek()[0] == "word" and self.peek()[1].startswith("CWE-"):
            element.cwe = int(self.take("word")[4:])
        if self.peek()[0] == "text":
            self.take("text")
            element.declared = True
        self.elements.append(element)
        return element

    def pattern(self):
        self.element("pattern")
        self.body({"risk": self.risk, "was": self.was})

    def risk(self):
        self.element("risk")
        self.body({"weakness": self.weakness, "was": self.was})

    def weakness(self):
        element = self.element("weakness")
        if self.peek() == ("sign", "{"):
            self.body({
                "countermeasure": self.countermeasure,
                "test": lambda: self.test(element),
                "match": lambda: self.match(element),
                "was": self.was,
            })

    def countermeasure(self):
        element = self.element("countermeasure")
        if self.peek() == ("sign", "{"):
            self.body({
                "test": lambda: self.test(element),
                "standard": lambda: self.standard(element),
                "guide": lambda: self.guide(element),
                "was": self.was,
            })

    def was(self):
        self.take("word", "was")
        self.take("word")

    def test(self, element):
        self.take("word", "test")
        source = self.take("word")
        name = self.take("text" if self.peek()[0] == "text" else "word")
        tool = self.take("text") if self.took("by") else None
        element.tests.append((source, name, tool))

    def match(self, element):
        self.take("word", "match")
        if not self.took("cwe"):
            return
        element.match = self.take("word")
        if element.match not in ("descendants", "never"):
            self.fail(f"`match cwe {element.match}`")

    def standard(self, element):
        self.take("word", "standard")
        element.standards.append(self.take("text"))

    def guide(self, element):
        self.take("word", "guide")
        element.guide = self.take("text")


def read(folder):
    """The elements that the rule files below this folder declare or use, in the order of the files."""
    found = []
    for path in sorted(folder.rglob("*.risk")):
        found += Reader(path, path.relative_to(folder).as_posix()).file()
    return found
