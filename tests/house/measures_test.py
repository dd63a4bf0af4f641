#!/usr/bin/env python3
"""Holds the measures to a small made-up tree whose figures are known."""

import io
import tempfile
import unittest
from contextlib import redirect_stdout
from pathlib import Path

import measures

SOURCE = """#include "engine/a.hpp"

namespace riskd {

int two(int a,
        int b) {
  if (a > b) {
    return 1;
  }
  switch (a) {
    case one:
      return 1;
    default:
      return 2;
  }
  switch (a) {
    case 'a':
      return 1;
    default:
      return 2;
  }
}

class Small {
 public:
  Small() = default;
  int first() const { return first_; }
  void second();

 private:
  struct Inner {
    int a = 0, b = 0, c = 0;
  };
  int first_ = 0, third_ = 0;
};

}  // namespace riskd
"""


def measured(text):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "engine/a.cpp")
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
        return measures.measure(Path(folder))


def outcome(text):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "engine/a.cpp")
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
        with redirect_stdout(io.StringIO()):
            return measures.main([folder])


class Measures(unittest.TestCase):
    def test_a_file_is_counted_in_lines(self):
        self.assertEqual(measured(SOURCE)["lines of a file"], [(37, "engine/a.cpp")])

    def test_a_function_is_counted_from_its_head_to_its_brace(self):
        longest = measured(SOURCE)["lines of a function"][0]
        self.assertEqual(longest[0], 18)
        self.assertTrue(longest[1].startswith("engine/a.cpp:5 "))

    def test_members_of_inner_classes_are_their_own(self):
        members = {what.split()[1]: count for count, what in measured(SOURCE)["members of a class"]}
        self.assertEqual(members, {"Small": 5, "Inner": 3})

    def test_default_labels_are_counted(self):
        self.assertEqual(measured(SOURCE)["`default:` labels"], [(1, "engine/a.cpp")])

    def test_what_passes_a_limit_fails(self):
        closed = SOURCE.replace("case one:\n      return 1;\n    default:", "case one:")
        self.assertEqual(outcome(closed), 0)
        self.assertEqual(outcome(SOURCE), 1)  # a `default:` over names of ours
        self.assertEqual(outcome(closed + "// more\n" * 450), 1)
        long = "void f() {\n" + "  g();\n" * 200 + "}\n"
        self.assertEqual(outcome(closed + long), 1)

    def test_an_empty_tree_is_no_success(self):
        with tempfile.TemporaryDirectory() as folder, redirect_stdout(io.StringIO()):
            self.assertEqual(measures.main([folder]), 1)


if __name__ == "__main__":
    unittest.main()
