// The small readers that every report reader uses.
#include <catch2/catch.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "connectors/reports/fields.hpp"
#include "connectors/reports/headed_stream.hpp"
#include "connectors/reports/report_date.hpp"
#include "connectors/reports/stream.hpp"
#include "connectors/reports/xml_stream.hpp"

namespace riskd::connectors::report_fields_test {
namespace {

std::vector<int> tokens(std::string_view text) {
  std::vector<int> list;
  add_cwe_tokens(list, text);
  return list;
}

std::vector<int> field(std::string_view text) {
  std::vector<int> list;
  add_cwe_field(list, text);
  return list;
}

std::string long_date(std::string_view text) {
  const auto moment = parse_long_date(text);
  return moment ? to_string(*moment) : "none";
}

}  // namespace

TEST_CASE("a weakness is read only where it is clearly written") {
  CHECK(tokens("CWE-307") == std::vector<int>{307});
  CHECK(tokens("@iriusrisk-cwe-89 and cwe_79") == std::vector<int>{79, 89});
  CHECK(tokens("CWE-79, CWE-79") == std::vector<int>{79});
  for (const char* text :
       {"", "CWE", "CWE-", "CWE-x", "XCWE-79", "9CWE-79", "CWE-79a", "CWE-0", "CWE-12345678"}) {
    CAPTURE(text);
    CHECK(tokens(text).empty());
  }
}

TEST_CASE("a field for weaknesses may hold bare numbers") {
  CHECK(field("79") == std::vector<int>{79});
  CHECK(field("CWE-79, 89; 22") == std::vector<int>{22, 79, 89});
  for (const char* text : {"", "0", "-1", "none", "1e3", "99999999999"}) {
    CAPTURE(text);
    CHECK(field(text).empty());
  }
}

TEST_CASE("text is kept on one line and never ends within a character") {
  CHECK(one_line("  a\n\tb\x7f ") == "a  b");
  CHECK(clip("h\xc3\xa9", 2) == "h");
  CHECK(clip("h\xc3\xa9", 3) == "h\xc3\xa9");
  CHECK(word(" False Positive ") == "false-positive");
}

TEST_CASE("a date that is spelled out is understood with and without its decoration") {
  CHECK(long_date("Thu, 23 Nov 2026 02:10:00") == "2026-11-23T02:10:00Z");
  CHECK(long_date("Fr., 30 Sep. 2022 08:40:35") == "2022-09-30T08:40:35Z");
  CHECK(long_date("Mon, 23 Nov 2026 14:41:32 +0130") == "2026-11-23T13:11:32Z");
  CHECK(long_date("Mon, 23 Nov 2026 14:41:32 GMT") == "2026-11-23T14:41:32Z");
  CHECK(long_date("1 February 2024 23:03:58") == "2024-02-01T23:03:58Z");
  for (const char* text :
       {"", "yesterday", "Thu, 23 Xyz 2026 02:10:00", "Thu, 31 Feb 2026 02:10:00",
        "Thu, 23 anf 2026 02:10:00", "Thu, 23 Nov 2026"}) {
    CAPTURE(text);
    CHECK(long_date(text) == "none");
  }
}

TEST_CASE("a pointer escapes slashes and tildes in names") {
  NodePath path;
  path.push("a/b");
  path.push("c~d");
  CHECK(path.pointer() == "/a~1b/c~0d");
  CHECK(path.name(0) == "a/b");
  CHECK(path.name(1) == "c~d");
  path.pop();
  CHECK(path.pointer() == "/a~1b");
}

TEST_CASE("the root element is found behind whatever may stand before it") {
  CHECK(xml_root("\xef\xbb\xbf <?xml version='1.0'?>\n<!-- <testsuite> -->\n<testsuites>") ==
        "testsuites");
  CHECK(xml_root("<!DOCTYPE r [ <!ELEMENT r ANY> ]><r/>") == "r");
  CHECK(xml_root("<!DOCTYPE r SYSTEM 'r.dtd'><x:r a='1'>") == "r");
  for (const char* text : {"", "{}", "<", "<!--", "<?xml", "text", "<unfinished"}) {
    CAPTURE(text);
    CHECK(xml_root(text).empty());
  }
}

TEST_CASE("a stream can be read whole after its head was looked at") {
  const std::string text = " {" + std::string(200'000, 'x');
  std::istringstream input(text);
  HeadedStream headed(input);
  CHECK(headed.head().size() == HeadedStream::head_bytes);
  CHECK(headed.first() == '{');
  std::ostringstream copy;
  copy << headed.stream().rdbuf();
  CHECK(copy.str() == text);
}

TEST_CASE("a message is one line that people can read, of whole characters") {
  CHECK(message_of("  one\n\n\ttwo  \r\nthree ") == "one two three");
  CHECK(message_of("\x1b[1;31mred\x1b[0m \x1b[ \x07") == "red [");
  CHECK(message_of("").empty());
  CHECK(message_of(std::string(999, 'x') + "\xc3\xa9") == std::string(999, 'x'));
  CHECK(message_of(std::string(998, 'x') + "\xc3\xa9y") == std::string(998, 'x') + "\xc3\xa9");
  CHECK(message_of(std::string(2'000, ' ') + "x").size() == 1);
}

TEST_CASE("a message ends before a stack trace, and after five lines") {
  CHECK(message_before_stack("Error: no\n    at f (s.js:1)\n    at g (s.js:2)") == "Error: no");
  CHECK(message_before_stack("Error: no\n\nTraceback (most recent call last):\n  File") ==
        "Error: no");
  CHECK(message_before_stack("look at it\nattention") == "look at it attention");
  CHECK(message_before_stack("1\n\n2\n3\n4\n5\n6") == "1 2 3 4 5");
  CHECK(message_before_stack("at f (s.js:1)").empty());
}

TEST_CASE("the first address of the web in a text") {
  CHECK(first_url("see https://a.example/b?c=d, or http://e") == "https://a.example/b?c=d,");
  CHECK(first_url("<p>http://a.example</p>") == "http://a.example");
  CHECK(first_url("\"http://a.example\"") == "http://a.example");
  CHECK(first_url("http://b https://a") == "http://b");
  CHECK(first_url("javascript:alert(1) ftp://x").empty());
  CHECK(first_url("https://" + std::string(3'000, 'x')).empty());
  CHECK(first_url("").empty());
}

}  // namespace riskd::connectors::report_fields_test
