// What tools write that no reader expects: other encodings, words nobody knows, CWEs in many spellings, rules that were
// switched off.
#include <zlib.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/report.hpp"
#include "connectors/reports/fields.hpp"
#include "connectors/reports/report_date.hpp"
#include "engine/vocabulary/vocabulary.hpp"
#include "tests/connectors/report_dump.hpp"

namespace riskd::connectors::reports_words_test {
namespace {

const std::string suite =
    "<testsuite><testcase classname='C' name='locks'><failure "
    "message='no'/></testcase></testsuite>";

std::string gzip(const std::string& text) {
  z_stream state{};
  REQUIRE(deflateInit2(&state, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string packed(text.size() + 1'000, '\0');
  std::string input = text;
  state.next_in = reinterpret_cast<Bytef*>(input.data());
  state.avail_in = static_cast<uInt>(input.size());
  state.next_out = reinterpret_cast<Bytef*>(packed.data());
  state.avail_out = static_cast<uInt>(packed.size());
  REQUIRE(deflate(&state, Z_FINISH) == Z_STREAM_END);
  packed.resize(packed.size() - state.avail_out);
  deflateEnd(&state);
  return packed;
}

std::string utf16(const std::string& ascii, bool big, bool mark) {
  std::string text = !mark ? "" : big ? "\xfe\xff" : "\xff\xfe";
  for (const char c : ascii) text += big ? std::string{'\0', c} : std::string{c, '\0'};
  return text;
}

std::string outcome_of(const std::string& testcase) {
  const auto report = read_text("<testsuite>" + testcase + "</testsuite>", "r", "");
  return report ? std::string(to_string(report->results.at(0).outcome)) : dump(report);
}

std::string sarif(const std::string& run) {
  return R"({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x", "rules": [)"
         R"({"id": "R1", "guid": "AB", "defaultConfiguration": {"level": "error"}}, {"id": "R2"}]}},)" +
         run + "}]}";
}

}  // namespace

TEST_CASE("there is a reader for each source that a policy may name, and no other") {
  std::set<std::string_view> formats;
  for (const auto& reader : report_readers()) CHECK(formats.insert(reader->format()).second);
  const auto names = engine::source_names();
  CHECK(formats == std::set<std::string_view>(names.begin(), names.end()));
}

TEST_CASE("a report in gzip or in UTF-16 is read as it is") {
  const std::string json = sarif(R"("results": [{"ruleId": "R1", "message": {"text": "m"}}])");
  for (const std::string& text : {suite, json}) {
    const auto plain = read_text(text, "r", "");
    REQUIRE(plain);
    const std::string wanted = dump(plain);
    CHECK(dump(read_text(gzip(text), "r", "")) == wanted);
    for (const bool big : {true, false}) {
      for (const bool mark : {true, false}) {
        CHECK(dump(read_text(utf16(text, big, mark), "r", "")) == wanted);
        CHECK(dump(read_text(gzip(utf16(text, big, mark)), "r", "")) == wanted);
      }
    }
  }
  CHECK(dump(read_text("<?xml version='1.0' encoding='utf-16'?>" + suite, "r", "")) ==
        dump(read_text(suite, "r", "")));
}

TEST_CASE("gzip and UTF-16 that end too early, or are none, say so") {
  const std::string packed = gzip(suite);
  const auto cut = read_text(packed.substr(0, packed.size() / 2), "r", "");
  REQUIRE(!cut);
  CHECK(cut.error().message == "the gzip file is cut off");
  std::string wrong = packed;
  for (std::size_t i = 12; i < 40; ++i) wrong[i] = '\xff';
  REQUIRE(!read_text(wrong, "r", ""));
  CHECK(read_text(wrong, "r", "").error().message == "the gzip file is damaged");
  const auto half = read_text(utf16(suite, false, true) + "x", "r", "");
  REQUIRE(!half);
  CHECK(half.error().message == "the report looks like UTF-16, and ends within a character");
}

TEST_CASE("a word of JUnit that nobody knows is an error, and no pass") {
  CHECK(outcome_of("<testcase name='a'><warning>no data</warning></testcase>") == "error");
  CHECK(outcome_of("<testcase name='a'><odd type='x' message='y'/></testcase>") == "error");
  CHECK(outcome_of("<testcase name='a' status='bewildered'/>") == "error");
  CHECK(outcome_of("<testcase name='a'><attachment path='x'/></testcase>") == "passed");
  CHECK(outcome_of("<testcase name='a' status='run' result='completed'/>") == "passed");
}

TEST_CASE("if a level and a kind exclude each other, the severer counts") {
  const auto outcome = [](const std::string& members) {
    const auto report = read_text(
        sarif(R"("results": [{"ruleId": "R1", "message": {"text": "m"}, )" + members + "}]"), "r",
        "");
    REQUIRE(report);
    return std::string(to_string(report->results.at(0).outcome)) + " " +
           report->results.at(0).severity;
  };
  CHECK(outcome(R"("kind": "open", "level": "note")") == "failed note");
  CHECK(outcome(R"("kind": "pass", "level": "error")") == "failed error");
  CHECK(outcome(R"("kind": "open")") == "skipped ");
  CHECK(outcome(R"("kind": "pass", "level": "none")") == "passed ");
  CHECK(outcome(R"("kind": "unheard-of")") == "failed error");
}

TEST_CASE("what an invocation overrides of a rule counts, wherever it stands") {
  const std::string result = R"("results": [{"ruleId": "R1", "message": {"text": "m"}}])";
  for (const char* descriptor : {R"("id": "R1")", R"("index": 0)", R"("guid": "ab")"}) {
    const std::string overridden =
        std::string(
            R"("invocations": [{"executionSuccessful": true, "ruleConfigurationOverrides": [)") +
        R"({"descriptor": {)" + descriptor +
        R"(}, "configuration": {"level": "note", "enabled": false}}]}])";
    for (const std::string& run : {overridden + "," + result, result + "," + overridden}) {
      INFO(run);
      const auto report = read_text(sarif(run), "r", "");
      REQUIRE(report);
      CHECK(report->results.at(0).severity == "note");
      CHECK(report->switched_off == std::vector<std::string>{"R1"});
      REQUIRE(report->checks.size() == 1);
      CHECK(report->checks.at(0).id == "R2");
    }
  }
}

TEST_CASE("a CWE is read in the spellings that tools use") {
  const auto tokens = [](const char* text) {
    std::vector<int> list;
    add_cwe_tokens(list, text);
    return list;
  };
  for (const char* text : {"CWE-89", "cwe_89", "CWE:89", "CWE: 89", "CWE 89", "cwe/89", "CWE89",
                           "external/cwe/cwe-089", "[CWE-89]", "see CWE-89: SQL"})
    CHECK(tokens(text) == std::vector<int>{89});
  for (const char* text : {"CWE 2023 Top 25", "acwe-89", "CWE", "CWE-", "cwe-x", "CWE-89th"})
    CHECK(tokens(text).empty());
  std::vector<int> list;
  add_cwe_url(list, "https://cwe.mitre.org/data/definitions/306.html");
  CHECK(list == std::vector<int>{306});
}

TEST_CASE("a time of a report counts where it names its zone") {
  const auto time = [](const char* text) {
    const auto moment = report_time(text);
    return moment ? to_string(*moment) : std::string("none");
  };
  CHECK(time("2026-11-23T02:10:00Z") == "2026-11-23T02:10:00Z");
  CHECK(time("2026-11-23T02:10:00+01:00") == "2026-11-23T01:10:00Z");
  CHECK(time("2026-11-23 02:10:00 UTC") == "2026-11-23T02:10:00Z");
  CHECK(time("Mon, 23 Nov 2026 02:10:00 GMT") == "2026-11-23T02:10:00Z");
  CHECK(time("Mon, 23 Nov 2026 02:10:00 +0100") == "2026-11-23T01:10:00Z");
  CHECK(time("2026-11-23T02:10:00") == "none");
  CHECK(time("2026-11-23") == "none");
  CHECK(time("Mon, 23 Nov 2026 02:10:00") == "none");
}

}  // namespace riskd::connectors::reports_words_test
