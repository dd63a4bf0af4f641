// What is particular to TRX: outcomes, names, and runs that did not end.
#include <catch2/catch.hpp>
#include <string>

#include "engine/base/limits.hpp"
#include "report_dump.hpp"

namespace riskd::connectors::reports_trx_test {
namespace {

const std::string result_summary =
    R"(<ResultSummary outcome="Completed"><Counters total="1"/></ResultSummary>)";

std::string trx(const std::string& results, const std::string& rest = result_summary) {
  return "<TestRun xmlns=\"http://microsoft.com/schemas/VisualStudio/TeamTest/2010\"><Results>" +
         results + "</Results>" + rest + "</TestRun>";
}

// A result of one test with its definition.
std::string named(const std::string& class_name, const std::string& method,
                  const std::string& name) {
  return trx("<UnitTestResult testId=\"1\" outcome=\"Passed\" testName=\"" + name + "\"/>",
             "<TestDefinitions><UnitTest id=\"1\" name=\"" + name + "\"><TestMethod className=\"" +
                 class_name + "\" name=\"" + method + "\"/></UnitTest></TestDefinitions>" +
                 result_summary);
}

std::string names_of(const std::string& text) {
  const auto report = read_text(text, "r");
  if (!report) return dump(report);
  const ReportResult& result = report->results.at(0);
  std::string names = result.id;
  for (const std::string& alias : result.aliases) names += " | " + alias;
  return names;
}

bool is_whole(const std::string& rest) {
  const auto report =
      read_text(trx("<UnitTestResult testId=\"1\" testName=\"T\" outcome=\"Passed\"/>", rest), "r");
  REQUIRE(report);
  return !report->failed;
}

std::string with_message(const std::string& outcome, const std::string& text) {
  return "<ResultSummary outcome=\"Failed\"><RunInfos><RunInfo outcome=\"" + outcome + "\">" +
         (text.empty() ? "" : "<Text>" + text + "</Text>") +
         "</RunInfo></RunInfos></ResultSummary>";
}

}  // namespace

TEST_CASE("a test of .NET is its class with the name that the report shows") {
  CHECK(names_of(named("Ns.C", "M", "M")) == "Ns.C.M");
  CHECK(names_of(named("Ns.C", "M", "Ns.C.M")) == "Ns.C.M");
  CHECK(names_of(named("Ns.C", "Ns.C.M", "Ns.C.M")) == "Ns.C.M");
  CHECK(names_of(named("Ns.C", "M", "M (1, a.b)")) == "Ns.C.M (1, a.b) | Ns.C.M");
  CHECK(names_of(named("Ns.C", "M", "Ns.C.M(x: 1.5)")) == "Ns.C.M(x: 1.5) | Ns.C.M");
  CHECK(names_of(named("Ns.C", "M", "it locks")) == "Ns.C.it locks | Ns.C.M");
  CHECK(names_of(named("Ns.C", "M", "Ns.Cat.M")) == "Ns.C.Ns.Cat.M | Ns.C.M");
  CHECK(names_of(named("Ns.C, Asm, Version=1.0.0.0", "M", "M")) == "Ns.C.M");
  CHECK(names_of(named("Ns.C`1[[System.Int32, mscorlib]], Asm", "M", "M")) ==
        "Ns.C`1[[System.Int32, mscorlib]].M");
  CHECK(names_of(named("", "M", "M")) == "M");
  CHECK(names_of(named("Ns.C", "M", "")) == "Ns.C | Ns.C.M");
  CHECK(names_of(trx("<UnitTestResult testId=\"9\" testName=\"M\" outcome=\"Passed\"/>")) == "M");
  CHECK(names_of(trx("<UnitTestResult outcome=\"Passed\"/>")) == "(no name)");
}

TEST_CASE("an outcome that is not known is refused with its place, and none is an error") {
  const auto one = [](const std::string& outcome) {
    const auto report = read_text(trx("\n<UnitTestResult testName=\"T\"" + outcome + "/>"), "r");
    return report ? std::string(to_string(report->results.at(0).outcome)) : dump(report);
  };
  CHECK(one("") == "error");
  CHECK(one(" outcome=\"\"") == "error");
  CHECK(one(" outcome=\"Passed\"") == "passed");
  for (const char* word : {"passed", "Pass", "OK", "Passed ", "0"}) {
    CAPTURE(word);
    CHECK(one(" outcome=\"" + std::string(word) + "\"").starts_with("error invalid\nr:2:1: `"));
  }
}

TEST_CASE("a run that did not end is not whole, whatever its summary says") {
  CHECK(is_whole(result_summary));
  CHECK(is_whole("<ResultSummary outcome=\"Failed\"/>"));
  CHECK(is_whole("<ResultSummary outcome=\"Warning\"/>"));
  CHECK(!is_whole(""));
  for (const char* outcome : {"Aborted", "Error", "Timeout", "Disconnected", "InProgress",
                              "Pending", "NotExecuted", "PassedButRunAborted", "Inconclusive"}) {
    CAPTURE(outcome);
    CHECK(!is_whole("<ResultSummary outcome=\"" + std::string(outcome) + "\"/>"));
  }
  CHECK(!is_whole("<ResultSummary/>"));
  CHECK(!is_whole("<ResultSummary outcome='Completed'><Counters total='2'/></ResultSummary>"));
  CHECK(!is_whole(
      "<ResultSummary outcome='Completed'><Counters total='1' aborted='1'/></ResultSummary>"));
}

TEST_CASE("a message of the run says that it went wrong, unless it is that of a failed test") {
  CHECK(!is_whole(with_message("Error", "Test host process crashed")));
  CHECK(!is_whole(with_message("Error", "")));
  CHECK(!is_whole(with_message("", "no outcome")));
  CHECK(!is_whole(with_message("Aborted", "stopped")));
  CHECK(is_whole(with_message("Error", "[xUnit.net 00:00:01.16]     Ns.C.M [FAIL] ")));
  CHECK(is_whole(with_message("Warning", "no tests match the filter")));
}

TEST_CASE("rows of a data-driven test are tests beside the whole, and have their own messages") {
  const auto message = [](const std::string& text) {
    return "<Output><ErrorInfo><Message>" + text + "</Message></ErrorInfo></Output>";
  };
  const auto report =
      read_text(trx("<UnitTestResult testName=\"all\" outcome=\"Failed\">" + message("one row") +
                    "<InnerResults><UnitTestResult testName=\"row 1\" outcome=\"Passed\"/>"
                    "<UnitTestResult testName=\"row 2\" outcome=\"Failed\">" +
                    message("it is 2") + "</UnitTestResult></InnerResults></UnitTestResult>"),
                "r");
  REQUIRE(report);
  REQUIRE(report->results.size() == 3);
  CHECK(report->results[0].id == "all");
  CHECK(report->results[0].message == "one row");
  CHECK(report->results[1].outcome == Outcome::passed);
  CHECK(report->results[2].message == "it is 2");
}

TEST_CASE("nesting, other roots and other namespaces are refused") {
  std::string deep;
  for (std::size_t i = 0; i < limits::report_depth; ++i)
    deep += "<UnitTestResult outcome=\"Passed\"><InnerResults>";
  const auto nested = read_text("<TestRun><Results>" + deep, "r", "trx");
  REQUIRE(!nested);
  CHECK(nested.error().code == ErrorCode::too_large);
  CHECK(dump(read_text("<test-run/>", "r", "trx")) ==
        "error invalid\nr:1:1: expected `TestRun` as root, found `test-run`\n");
  CHECK(dump(read_text("<TestRun xmlns='urn:x'/>", "r")).starts_with("error unsupported\nr:1:1:"));
  CHECK(read_text("<t:TestRun xmlns:t='http://microsoft.com/schemas/VisualStudio/TeamTest/2006'/>",
                  "r"));
}

}  // namespace riskd::connectors::reports_trx_test
