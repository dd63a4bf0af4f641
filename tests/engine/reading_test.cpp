// What is read and printed everywhere: moments, days, durations, characters, numbers, text from outside.
#include <catch2/catch.hpp>
#include <limits>

#include "engine/base/instant.hpp"
#include "engine/base/rich_text.hpp"
#include "engine/base/utf8.hpp"
#include "engine/evaluate/model.hpp"
#include "engine/facts/resolve_values.hpp"
#include "engine/program/cwe.hpp"

namespace riskd::tests::reading_test {

TEST_CASE("a moment is read as RFC 3339 writes it, and nothing else is") {
  const auto read = [](const char* text) {
    const auto moment = parse_instant(text);
    return moment ? to_string(*moment) : "no moment";
  };
  CHECK(read("2026-11-23T02:10:00Z") == "2026-11-23T02:10:00Z");
  CHECK(read("2026-11-23t02:10:00z") == "2026-11-23T02:10:00Z");
  CHECK(read("2026-11-23 02:10") == "2026-11-23T02:10:00Z");
  CHECK(read("2026-11-23") == "2026-11-23T00:00:00Z");
  CHECK(read("2026-11-23 02:10:00.5+01:00") == "2026-11-23T01:10:00.500Z");
  CHECK(read("2026-11-23T02:10:00,2504-0130") == "2026-11-23T03:40:00.250Z");
  CHECK(read("2026-11-23T02:10:00+01") == "2026-11-23T01:10:00Z");
  CHECK(read("2016-12-31T23:59:60Z") == "2017-01-01T00:00:00Z");  // a leap second
  CHECK(read("1969-12-31T23:59:59.999Z") == "1969-12-31T23:59:59.999Z");
  CHECK(read("0001-01-01") == "0001-01-01T00:00:00Z");
  for (const char* text : {"",
                           "2026",
                           "2026-1-23",
                           "2026-11-2",
                           "2026-11-23X",
                           "2026-11-23T",
                           "2026-11-23T24:00",
                           "2026-11-23T02",
                           "2026-11-23T02:60",
                           "2026-11-23T02:1",
                           "2026-11-23T02:10:61",
                           "2026-11-23T02:10:0",
                           "2026-11-23T02:10:00.",
                           "2026-11-23T02:10:00.Z",
                           "2026-11-23T02:10:00+",
                           "2026-11-23T02:10:00+24:00",
                           "2026-11-23T02:10:00+01:60",
                           "2026-11-23T02:10:00+01:",
                           "2026-11-23T02:10:00Zulu",
                           "2026-11-23T02:10:00x",
                           "2026-13-23T02:10:00Z",
                           "x026-11-23",
                           "2026/11/23",
                           "2026-11/23",
                           "2026-11-23T0a:10"}) {
    INFO(text);
    CHECK(read(text) == "no moment");
  }
}

TEST_CASE("a day is one that the calendar has") {
  const auto read = [](const char* text) {
    const auto day = parse_date(text);
    return day ? to_string(*day) : "no day";
  };
  for (const char* text : {"2024-02-29", "2000-02-29", "1970-01-01", "0001-01-01", "9999-12-31",
                           "1969-12-31", "2026-03-01", "1600-02-29"})
    CHECK(read(text) == text);
  for (const char* text : {"2023-02-29", "1900-02-29", "2026-04-31", "2026-00-10", "2026-13-01",
                           "2026-01-00", "0000-01-01", "2026-01-01 ", "2026-01-01T00:00"})
    CHECK(read(text) == "no day");
  CHECK_FALSE(make_date(10'000, 1, 1));
  CHECK(Instant{-1}.start_of_day() == Instant{-86'400'000});
  CHECK(to_display(*parse_instant("2026-11-23T02:10:59Z")) == "2026-11-23 02:10");
}

TEST_CASE("an id of CWE is a weakness, a category, a view, deprecated, or none") {
  using engine::CweKind;
  for (const int each : {5, 79, 89, 307, 352, 680, 778, 1263, 1427})
    CHECK(engine::kind_of_cwe(each) == CweKind::weakness);
  for (const int each : {2, 16, 264, 1433}) CHECK(engine::kind_of_cwe(each) == CweKind::category);
  for (const int each : {1000, 1003, 1344}) CHECK(engine::kind_of_cwe(each) == CweKind::view);
  for (const int each : {1, 3, 4, 247}) CHECK(engine::kind_of_cwe(each) == CweKind::deprecated);
  for (const int each : {-1, 0, 7'080, 99'999})
    CHECK(engine::kind_of_cwe(each) == CweKind::unknown);
}

TEST_CASE("the weakness nearest to an id that CWE does not have differs in few digits") {
  CHECK(engine::nearest_weakness(3'007) == 1'007);
  CHECK(engine::nearest_weakness(9'307) == 307);
  for (int each = 1; each < 5'000; ++each) {
    if (engine::kind_of_cwe(each) == engine::CweKind::unknown)
      CHECK(engine::kind_of_cwe(engine::nearest_weakness(each)) == engine::CweKind::weakness);
  }
}

TEST_CASE("a duration has a number and a unit") {
  CHECK(engine::parse_duration("5 minutes") == 300);
  CHECK(engine::parse_duration("1 hour") == 3600);
  CHECK(engine::parse_duration("0.5 days") == 43'200);
  for (const char* text : {"", "5", "days", "-1 day", "5 weeks", "5 ", "x days", "1e308 days"})
    CHECK_FALSE(engine::parse_duration(text));
}

TEST_CASE("a character is what RFC 3629 allows, and nothing else is valid") {
  const auto codes = [](std::string_view text) {
    std::vector<std::uint32_t> all;
    while (!text.empty()) {
      const Utf8Char c = next_utf8(text);
      all.push_back(c.valid ? c.code : 0xfffd);
      CHECK(c.bytes <= text.size());
      text.remove_prefix(c.bytes);
    }
    return all;
  };
  using Codes = std::vector<std::uint32_t>;
  CHECK(codes("a\u00e9\u20ac\U0001f600") == Codes{'a', 0xe9, 0x20ac, 0x1f600});
  const Codes two{0xfffd, 0xfffd};
  CHECK(codes("\xc0\x80") == two);  // longer than it need be
  CHECK(codes("\xe0\x80\x80") == Codes{0xfffd, 0xfffd, 0xfffd});
  CHECK(codes("\xed\xa0\x80") == Codes{0xfffd, 0xfffd, 0xfffd});  // a surrogate
  CHECK(codes("\xf4\x90\x80\x80").size() == 4);                   // beyond U+10FFFF
  CHECK(codes("\xff") == Codes{0xfffd});
  CHECK(codes("\x80") == Codes{0xfffd});
  CHECK(codes("\xe2\x82") == two);  // it ends too early
  CHECK(codes("\xc3(") == Codes{0xfffd, '('});
  CHECK_FALSE(find_invalid_utf8(""));
  CHECK_FALSE(find_invalid_utf8("plain text of more than eight bytes, caf\u00e9"));
  CHECK(find_invalid_utf8("twelve bytes\xff more") == 12u);
  CHECK(find_invalid_utf8("caf\u00e9\xc3") == 5u);
  CHECK(count_utf8("caf\u00e9 \U0001f600") == 6);
  CHECK(count_utf8("\xff\xff") == 2);
}

TEST_CASE("text from outside is on one line, valid, no marker of ours, and not too long") {
  CHECK(sanitize_outside("two\nlines\r\n\ttab\x7f", 100) == "two lines   tab ");
  CHECK(sanitize_outside("a\u0085b\u2028c\u2029d\u202ee\u2066f", 100) == "a b c d e f");
  CHECK(sanitize_outside("bad \xff byte", 100) == "bad \ufffd byte");
  CHECK(sanitize_outside("caf\u00e9 \u20ac", 100) == "caf\u00e9 \u20ac");
  CHECK(sanitize_outside("see riskd:ticket and riskd:", 100) == "see riskd ticket and riskd ");
  CHECK(sanitize_outside("abcdef", 6) == "abcdef");
  CHECK(sanitize_outside("abcdefg", 6) == "abcdef…");
  CHECK(sanitize_outside("abcde\u00e9", 6) == "abcde…");  // no half of a character
  CHECK(to_plain({{"ours ", false}, {"theirs", true}}) == "ours theirs");
}

TEST_CASE("numbers are printed with two decimals at most, halves away from zero") {
  const std::pair<double, const char*> expected[] = {{0, "0"},
                                                     {-0.0, "0"},
                                                     {1, "1"},
                                                     {1.5, "1.5"},
                                                     {1.005, "1.01"},
                                                     {2.675, "2.68"},
                                                     {-1.005, "-1.01"},
                                                     {0.004, "0"},
                                                     {-0.004, "0"},
                                                     {9.999, "10"},
                                                     {99.995, "100"},
                                                     {-99.995, "-100"},
                                                     {1e21, "1000000000000000000000"},
                                                     {0.1, "0.1"},
                                                     {26.25, "26.25"},
                                                     {1.0 / 3, "0.33"},
                                                     {2.0 / 3, "0.67"},
                                                     {1e-300, "0"}};
  for (const auto& [number, text] : expected) CHECK(engine::print_number(number) == text);
  CHECK(engine::print_number(std::numeric_limits<double>::infinity()) == "0");
}

TEST_CASE("a CWE is more specific than those that it is a case of, at any distance") {
  CHECK(engine::is_more_specific(78, 77));
  CHECK(engine::is_more_specific(88, 77));
  CHECK(engine::is_more_specific(78, 74));
  CHECK_FALSE(engine::is_more_specific(77, 78));
  CHECK_FALSE(engine::is_more_specific(77, 77));
  CHECK_FALSE(engine::is_more_specific(79, 77));
  CHECK_FALSE(engine::is_more_specific(999'999, 77));
}

}  // namespace riskd::tests::reading_test
