#!/usr/bin/env python3
"""output.py finds each way around the one that it holds."""

import tempfile
import unittest
from pathlib import Path

import output


class Ways(unittest.TestCase):
    def found(self, name, line):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / name
            path.parent.mkdir(parents=True)
            path.write_text(f"// a comment: fmt::print\n{line}\n", encoding="utf-8")
            return output.complaints(Path(folder))

    def test_printing_elsewhere(self):
        for line in (
            'fmt::print("{}", title);',
            "std::cout << title;",
            "std::fwrite(data, 1, size, file);",
            "write(stderr);",
            r'text += "\x1b[1m";',
        ):
            self.assertEqual(len(self.found("daemon/riskctl/x.cpp", line)), 1, line)

    def test_the_place_that_prints(self):
        self.assertEqual(self.found("daemon/riskctl/output.cpp", "std::fwrite(data, 1, size, stdout);"), [])

    def test_json_that_others_write(self):
        self.assertEqual(len(self.found("daemon/api/x.cpp", "body = json::serialize(value);")), 1)
        self.assertEqual(self.found("daemon/api/x.cpp", "body = wire::serialize(value);"), [])


if __name__ == "__main__":
    unittest.main()
