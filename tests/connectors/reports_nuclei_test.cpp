// What is particular to Nuclei: runs that found nothing, events that are no findings, members of the wrong type.
#include <zlib.h>

#include <catch2/catch.hpp>
#include <string>

#include "engine/base/limits.hpp"
#include "report_dump.hpp"

namespace riskd::connectors::reports_nuclei_test {
namespace {

// An event; `more` begins with a comma.
std::string event(const std::string& id, const std::string& more = "",
                  const std::string& info = R"({"name": "N", "severity": "low"})") {
  return "{\"template-id\": \"" + id + "\", \"info\": " + info + ", \"type\": \"http\"" + more +
         "}";
}

std::string first_id(const std::string& more) {
  const auto report = read_text(event("t", more), "r", "nuclei");
  return report ? report->results.at(0).id : dump(report);
}

std::string refused_event(const std::string& text) {
  const auto report = read_text(text, "r", "nuclei");
  return report ? "read" : dump(report);
}

std::string gzip_of_nothing() {
  z_stream state{};
  REQUIRE(deflateInit2(&state, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string packed(100, '\0');
  state.next_out = reinterpret_cast<Bytef*>(packed.data());
  state.avail_out = static_cast<uInt>(packed.size());
  REQUIRE(deflate(&state, Z_FINISH) == Z_STREAM_END);
  packed.resize(packed.size() - state.avail_out);
  deflateEnd(&state);
  return packed;
}

}  // namespace

TEST_CASE("an empty file of Nuclei is a run without findings, that covers all templates") {
  for (const std::string& text :
       {std::string(), std::string("\n"), std::string("\xef\xbb\xbf"), std::string("[]"),
        std::string(" [ ]\n"), gzip_of_nothing(), std::string(100'000, '\n')}) {
    CAPTURE(text.substr(0, 20));
    const auto report = read_text(text, "r", "nuclei");
    REQUIRE(report);
    CHECK(report->results.empty());
    CHECK(covers_absent(*report));
    CHECK(!report->failed);
  }
}

TEST_CASE("an empty file without a format is refused, and the message says what to write") {
  const auto report = read_text("", "r");
  REQUIRE(!report);
  CHECK(report.error().message.ends_with("name the format, as `nuclei`"));
  const std::string packed = gzip_of_nothing();
  CHECK(!read_text(packed, "r"));
  CHECK(!read_text(packed.substr(0, packed.size() - 1), "r", "nuclei"));
}

TEST_CASE("a test is named as Nuclei prints it") {
  CHECK(first_id("") == "t");
  CHECK(first_id(R"(, "matcher-name": "")") == "t");
  CHECK(first_id(R"(, "matcher-name": "m")") == "t:m");
  CHECK(first_id(R"(, "extractor-name": "e")") == "t:e");
  CHECK(first_id(R"(, "extractor-name": "e", "matcher-name": "m")") == "t:m");
  CHECK(first_id(R"(, "matcher-name": null)") == "t");
}

TEST_CASE(
    "a finding on one host outweighs an error on another, and an error outweighs no finding") {
  const std::string found = event("t", R"(, "matched-at": "a")");
  const std::string not_found = event("t", R"(, "matcher-status": false)");
  const std::string error = event("t", R"(, "matcher-status": false, "error": "closed")");
  const auto outcome = [](const std::string& text) {
    const auto report = read_text(text, "r", "nuclei");
    REQUIRE(report);
    return report->results.empty() ? "none" : std::string(to_string(report->results[0].outcome));
  };
  for (const char* between : {"\n", ",\n"}) {
    CHECK(outcome(found + between + error) == "failed");
    CHECK(outcome(error + between + found) == "failed");
    CHECK(outcome(not_found + between + error) == "error");
    CHECK(outcome(error + between + not_found) == "error");
    CHECK(outcome(not_found + between + found) == "failed");
    CHECK(outcome(not_found + between + not_found) == "none");
  }
  // Nobody looked everywhere: no matcher of the template is absent.
  CHECK(read_text(found + '\n' + error, "r", "nuclei")->switched_off ==
        std::vector<std::string>{"t"});
  CHECK(read_text(found + '\n' + not_found, "r", "nuclei")->switched_off.empty());
}

TEST_CASE("a template that did not match is a check that was made, once, of no weakness") {
  const std::string info = R"({"severity": "high", "classification": {"cwe-id": ["cwe-79"]}})";
  const std::string no = event("t", R"(, "matcher-status": false)", info);
  const auto report = read_text(no + '\n' + no, "r", "nuclei");
  REQUIRE(report);
  REQUIRE(report->checks.size() == 1);
  CHECK(report->checks[0].id == "t");
  CHECK(report->checks[0].cwe.empty());
}

TEST_CASE("only findings have a severity and a score") {
  const std::string info = R"({"severity": "high", "classification": {"cvss-score": 9.8}})";
  for (const char* more : {R"(, "matcher-status": false, "error": "closed")",
                           R"(, "matcher-status": false, "matcher-name": "m")"}) {
    const auto report = read_text(event("t", more, info), "r", "nuclei");
    REQUIRE(report);
    CHECK(report->results.at(0).outcome == Outcome::error);
    CHECK(report->results[0].severity.empty());
    for (const auto& [name, value] : report->results[0].attributes) {
      if (name == "severity" || name == "cvss") CHECK(value.empty());
    }
  }
}

TEST_CASE("a member of the wrong type is refused with its place") {
  CHECK(refused_event(event("t", R"(, "matcher-status": "false")")) ==
        "error invalid\nr:1:104: `matcher-status` is `true` or `false`, found a text\n");
  for (const char* more :
       {R"(, "matcher-status": 0)", R"(, "matcher-name": 1)", R"(, "matcher-name": ["m"])",
        R"(, "matched-at": {})", R"(, "timestamp": 12)", R"(, "error": true)", R"(, "host": [])"}) {
    CAPTURE(more);
    CHECK(refused_event(event("t", more)).starts_with("error invalid\nr:1:"));
  }
  for (const char* info :
       {"[]", "7", "\"text\"", R"({"severity": 3})", R"({"severity": {"name": "high"}})",
        R"({"severity": ["high"]})", R"({"tags": {}})", R"({"tags": [["a"]]})", R"({"tags": [1]})",
        R"({"classification": []})", R"({"classification": {"cwe-id": [79]}})",
        R"({"classification": {"cvss-score": "9"}})",
        R"({"classification": {"cvss-score": -1}})"}) {
    CAPTURE(info);
    CHECK(refused_event(event("t", "", info)).starts_with("error invalid\nr:1:"));
  }
  CHECK(read_text(event("t", "", "null"), "r", "nuclei")->results[0].severity == "unknown");
}

TEST_CASE("what is no event is refused with its place") {
  for (const char* text : {"7", "null", "\"t\"", "{}", "[7]", "[null]", "[[]]", "{\"info\": {}}",
                           "{\"template-id\": \"\"}", "[{\"template-id\": \"t\"},]",
                           "[{\"template-id\": \"t\"}", "x", ",", "[]]"}) {
    CAPTURE(text);
    CHECK(refused_event(text).starts_with("error invalid\nr:1:"));
  }
  const std::string one = event("t");
  CHECK(refused_event(one + "\n\n" + "{\"info\": {}}") ==
        "error invalid\nr:3:12: expected the member `template-id`, found none\n");
  for (const std::string& text : {one + ",,\n", one + " " + one, one + "\n[" + one + "]",
                                  one + "\n" + one.substr(0, 30), one + "\n,\n"}) {
    CAPTURE(text);
    CHECK(refused_event(text).starts_with("error invalid\nr:"));
  }
}

TEST_CASE("a report that is cut off within a line is refused") {
  const std::string whole = event("a") + '\n' + event("b") + '\n';
  const std::size_t first = whole.find('\n');
  for (std::size_t size = 1; size < whole.size() - 1; ++size) {
    CAPTURE(size);
    const auto report = read_text(whole.substr(0, size), "r", "nuclei");
    CHECK(report.has_value() == (size == first || size == first + 1));
  }
}

TEST_CASE("the places of a finding, and what all findings hold, are bounded") {
  std::string many;
  for (std::size_t i = 0; i < 3 * limits::report_locations; ++i)
    many += event("t", ", \"matched-at\": \"http://host/" + std::to_string(i) + "\"") + '\n';
  const auto report = read_text(many, "r", "nuclei");
  REQUIRE(report);
  REQUIRE(report->results.size() == 1);
  CHECK(report->results[0].locations.size() == limits::report_locations);
  CHECK(refused_event(event("t", ", \"meta\": " + std::string(limits::report_depth + 1, '[')))
            .starts_with("error too_large\nr:1:"));
  const auto wide =
      read_text(event(std::string(2 * limits::report_field_bytes, 'x')), "r", "nuclei");
  REQUIRE(wide);
  CHECK(wide->results[0].id.size() == limits::report_field_bytes);
}

}  // namespace riskd::connectors::reports_nuclei_test
