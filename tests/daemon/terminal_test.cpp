// What riskctl may print: text of any origin, in styles, in the width of the terminal.
#include <catch2/catch.hpp>
#include <cstdlib>

#include "daemon/riskctl/layout.hpp"
#include "daemon/riskctl/output.hpp"

namespace riskd::riskctl::terminal_test {
namespace {

std::string plain(const Text& text) { return text.shown(false); }
std::string coloured(const Text& text) { return text.shown(true); }

// The characters that text from outside may not hold, each as it came and as it is shown.
const std::vector<std::pair<std::string, std::string>> outside{
    {"red \x1b[31m", "red \xef\xbf\xbd[31m"},
    {std::string("a\0b", 3),
     "a\xef\xbf\xbd"
     "b"},
    {"bell\x07", "bell\xef\xbf\xbd"},
    {"del\x7f", "del\xef\xbf\xbd"},
    {"csi \xc2\x9b"
     "2J",
     "csi \xef\xbf\xbd"
     "2J"},
    {"turned \xe2\x80\xae gnp", "turned \xef\xbf\xbd gnp"},
    {"isolated \xe2\x81\xa6", "isolated \xef\xbf\xbd"},
    {"mark \xe2\x80\x8f\xd8\x9c", "mark \xef\xbf\xbd\xef\xbf\xbd"},
    {"line\xe2\x80\xa8", "line\xef\xbf\xbd"},
    {"not UTF-8 \xff\xc3", "not UTF-8 \xef\xbf\xbd\xef\xbf\xbd"},
    {"two\nlines\tand\ra tab", "two lines and a tab"},
    {"a line of\r\nDOS", "a line of DOS"},
    {"Müller, 東京, riskd:x", "Müller, 東京, riskd:x"},
};

}  // namespace

TEST_CASE("an argument is cleaned, whatever its type, and stays on its line") {
  for (const auto& [came, shown] : outside) {
    CAPTURE(shown);
    CHECK(plain(text("title: {}\n", came)) == "title: " + shown + "\n");
    CHECK(plain(text("{}", std::string_view(came))) == shown);
    CHECK(plain(Text(came).in(Style::strong)) == shown);
    CHECK(plain(joined({came, came})) == shown + ", " + shown);
    CHECK(plain(table({{came, "x"}})) == shown + "  x\n");
  }
}

TEST_CASE("a pattern keeps its line breaks, and a text of several lines its own") {
  CHECK(plain(text("a\n  {}\n", text("b\n{}", 1.5))) == "a\n  b\n1.5\n");
  CHECK(plain(Text::lines("a\r\n\tb\x1b[1m\n")) == "a\n\tb\xef\xbf\xbd[1m\n");
}

TEST_CASE("only what riskctl styles has styles, and they end where they began") {
  const Text inner = text("{} is {}", Text("x\x1b[5m").in(Style::good), "y");
  CHECK(plain(inner.in(Style::strong)) == "x\xef\xbf\xbd[5m is y");
  CHECK(coloured(inner.in(Style::strong)) ==
        "\x1b[1m\x1b[32mx\xef\xbf\xbd[5m\x1b[0m\x1b[1m is y\x1b[0m");
  CHECK(coloured(Text().in(Style::bad)).empty());
}

TEST_CASE("width is columns, styles and combining marks none, wide characters two") {
  CHECK(Text("abc").in(Style::error).width() == 3);
  CHECK(Text("äöü").width() == 3);
  CHECK(Text("東京").width() == 4);
  CHECK(Text("e\xcc\x81").width() == 1);
  CHECK(text("ab\ncde\nf").width() == 3);
}

TEST_CASE("text is wrapped at blanks, and a long word stays whole") {
  const Text line = text("one two {} four", Text("three").in(Style::strong));
  CHECK(plain(line.wrapped(9)) == "one two\nthree\nfour");
  CHECK(plain(line.wrapped(13, 2)) == "one two three\n  four");
  CHECK(plain(line.wrapped(13, 6, 6)) == "one two\n      three\n      four");
  CHECK(plain(line.wrapped(3)) == "one\ntwo\nthree\nfour");
  CHECK(plain(line.wrapped(100)) == "one two three four");
  CHECK(plain(Text("  two blanks before").wrapped(12, 2)) == "  two blanks\n  before");
  CHECK(coloured(line.wrapped(9)).find("\x1b[1mthree\x1b[0m") != std::string::npos);
}

TEST_CASE("a table's columns are as wide as they must be, and its last cell is wrapped") {
  CHECK(plain(table({heading({"A", "BB"}), {"東京", ""}, {"x", "y"}})) ==
        "A     BB\n東京\nx     y\n");
  CHECK(plain(table({{"name", "a b c d e f g h i j k l m n"}}, 27)) ==
        "name  a b c d e f g h i j k\n      l m n\n");
  CHECK(plain(table({{"name", "a b c d e f g h i j k l m n"}}, 12)) ==
        "name  a b c d e f g h i j k l m n\n");
}

TEST_CASE("a list is broken between its items") {
  const std::vector<Text> items{"one 1 → 2", "two 2 → 3", "three 3 → 4"};
  CHECK(plain(wrapped_list("label", items, 100, 2)) == "label: one 1 → 2, two 2 → 3, three 3 → 4");
  CHECK(plain(wrapped_list("label", items, 30, 2)) ==
        "label: one 1 → 2, two 2 → 3,\n  three 3 → 4");
  CHECK(plain(wrapped_list("label", items, 12, 2)) ==
        "label:\n  one 1 → 2,\n  two 2 → 3,\n  three 3 →\n  4");
}

TEST_CASE("a paragraph stands beside its margin, line by line") {
  CHECK(plain(beside("├─ ", "│  ", "one two three", 100)) == "├─ one two three");
  CHECK(plain(beside("├─ ", "│  ", "one two three", 10)) == "├─ one two\n│  three");
  CHECK(plain(beside("", "  ", "one two three", 9)) == "one two\n  three");
  CHECK(coloured(beside("- ", "  ", text("one {}", strong("two three")), 9)) ==
        "- one \x1b[1mtwo\n  three\x1b[0m");
}

TEST_CASE("one thing is one thing, and two are things") {
  CHECK(plain(counted(1, "weakness", "weaknesses")) == "1 weakness");
  CHECK(plain(counted(2, "weakness", "weaknesses")) == "2 weaknesses");
  CHECK(plain(counted(0, "risk")) == "0 risks");
}

TEST_CASE("the width is what COLUMNS says") {
  ::setenv("COLUMNS", "72", 1);
  CHECK(terminal_width() == 72);
  ::setenv("COLUMNS", "7", 1);
  CHECK(terminal_width() == 40);
  ::unsetenv("COLUMNS");
}

}  // namespace riskd::riskctl::terminal_test
