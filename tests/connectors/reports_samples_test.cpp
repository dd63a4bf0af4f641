// Reports of real tools, which are not part of the project. Counts were compared with the elements
// in the files, not with the counters that the tools wrote into them.
#include <catch2/catch.hpp>
#include <filesystem>
#include <set>
#include <string>

#include "report_dump.hpp"

namespace riskd::connectors::reports_samples_test {
namespace {

// How a sample reads: its format and the counts of its outcomes, or its error.
std::string summary(const std::filesystem::path& path) {
  const Result<Report> report = read_file(path);
  if (!report) return dump(report);
  return report->format + ": " + counts(*report);
}

const ReportResult* find(const Report& report, std::string_view id) {
  for (const ReportResult& result : report.results) {
    if (result.id == id) return &result;
  }
  return nullptr;
}

int suppressed_count(const Report& report) {
  int count = 0;
  for (const ReportResult& result : report.results) count += result.suppressed ? 1 : 0;
  return count;
}

}  // namespace

TEST_CASE("JUnit samples of real tools have the outcomes that the tools meant") {
  const auto samples = samples_folder("JUnit samples");
  if (!samples) return;
  const auto junit = [&](const std::string& name) { return summary(*samples / "junit" / name); };
  CHECK(junit("bats.junit.xml") == "junit: failed 1, passed 1, skipped 1");
  CHECK(junit("catch2v2.junit.xml") == "junit: failed 1, passed 2, skipped 1, error 1");
  CHECK(junit("ctest.junit.xml") == "junit: failed 3, passed 1, skipped 2, error 1");
  CHECK(junit("cucumber-js.junit.xml") == "junit: failed 6, passed 4, skipped 1");
  CHECK(junit("doctest.junit.xml") == "junit: failed 1, passed 1");
  CHECK(junit("gtest.junit.xml") == "junit: failed 2, passed 3, skipped 2");
  CHECK(junit("junit-plugin__TEST-io.olamy.FlakyTest.xml") == "junit: passed 1");
  CHECK(junit("junit-plugin__junit-report-494.xml") == "junit: failed 1, passed 1");
  CHECK(junit("junit-plugin__junit-report-bad-duration.xml") == "junit: passed 2");
  CHECK(junit("junit-plugin__junit-report-nested-testsuites.xml") == "junit: passed 2");
  CHECK(junit("junit-plugin__junit-report-with-properties.xml") == "junit: failed 1, passed 1");
  CHECK(junit("node-test.junit.xml") == "junit: failed 1, passed 2, skipped 2");
  CHECK(junit("pytest.xunit2.junit.xml") == "junit: failed 2, passed 4, skipped 2, error 2");
}

TEST_CASE("JUnit samples that must be refused are refused with their place") {
  const auto samples = samples_folder("JUnit samples that must be refused");
  if (!samples) return;
  const auto behave = read_file(*samples / "junit" / "behave-not-well-formed.xml");
  REQUIRE(!behave);
  CHECK(behave.error().code == ErrorCode::invalid);
  CHECK(behave.error().where.starts_with("behave-not-well-formed.xml:"));
  const auto entity = read_file(*samples / "junit" / "junit-plugin__testXxe-xxe.xml", "junit");
  REQUIRE(!entity);
  CHECK(entity.error().code == ErrorCode::unsupported);
}

TEST_CASE("a JUnit sample keeps what its test cases say of themselves") {
  const auto samples = samples_folder("details of JUnit samples");
  if (!samples) return;
  const auto gtest = read_file(*samples / "junit" / "gtest.junit.xml");
  REQUIRE(gtest);
  CHECK(gtest->producer == "GoogleTest");
  const ReportResult* encoded = find(*gtest, "Sec.CWE_79_OutputEncoded");
  REQUIRE(encoded != nullptr);
  CHECK(encoded->cwe == std::vector<int>{79});
  const auto node = read_file(*samples / "junit" / "node-test.junit.xml");
  REQUIRE(node);
  const ReportResult* fails = find(*node, "test.fails <&>");
  REQUIRE(fails != nullptr);
  CHECK(fails->aliases == std::vector<std::string>{"session.nested.fails <&>"});
}

TEST_CASE("ZAP samples have the alerts that ZAP listed") {
  const auto samples = samples_folder("ZAP samples");
  if (!samples) return;
  const auto zap = [&](const std::string& name) { return summary(*samples / "zap" / name); };
  CHECK(zap("django-DefectDojo__0_zap_sample.xml") == "zap: failed 4");
  CHECK(zap("django-DefectDojo__dvwa_baseline_dojo.xml") == "zap: failed 19");
  CHECK(zap("django-DefectDojo__zap-results-first-scan.xml") == "zap: failed 15");
  CHECK(zap("django-DefectDojo__zap-xml-plus-format.xml") == "zap: failed 1");
  CHECK(zap("django-DefectDojo__empty_2.9.0.xml") == "zap: ");
  CHECK(zap("heimdall2__webgoat.json") == "zap: failed 28");
  CHECK(zap("medis-form-service__report_json.json") == "zap: failed 15");
  CHECK(zap("bc-emli-vhers-scan__report_json.json") == "zap: failed 13");
}

TEST_CASE("ZAP samples name their sites, weaknesses and versions") {
  const auto samples = samples_folder("details of ZAP samples");
  if (!samples) return;
  const auto goat = read_file(*samples / "zap" / "heimdall2__webgoat.json");
  REQUIRE(goat);
  CHECK(goat->scopes.size() == 4);
  CHECK(goat->producer == "ZAP 2.7.0");
  CHECK_FALSE(goat->generated);  // its time has no zone
  const auto medis = read_file(*samples / "zap" / "medis-form-service__report_json.json");
  REQUIRE(medis);
  std::set<int> weaknesses;
  for (const ReportResult& result : medis->results) {
    weaknesses.insert(result.cwe.begin(), result.cwe.end());
    CHECK(!result.severity.empty());
    CHECK(!result.confidence.empty());
    CHECK(result.scope == "https://medis-chefs-dev.apps.silver.devops.gov.bc.ca");
  }
  CHECK(weaknesses == std::set<int>{200, 319, 524, 525, 693, 1021, 1275});
  const auto empty = read_file(*samples / "zap" / "django-DefectDojo__empty_2.9.0.xml");
  REQUIRE(empty);
  CHECK(empty->scopes == std::vector<std::string>{"https://isaac.nl"});
  CHECK(covers_absent(*empty));
}

TEST_CASE("SARIF samples have the results of their runs") {
  const auto samples = samples_folder("SARIF samples");
  if (!samples) return;
  const auto sarif = [&](const std::string& name) { return summary(*samples / "sarif" / name); };
  CHECK(sarif("clang-analyze.sarif") == "sarif: failed 1");
  CHECK(sarif("django-DefectDojo__appendix_k.sarif") == "sarif: failed 1");
  CHECK(sarif("django-DefectDojo__codeQL-output.sarif") == "sarif: failed 72");
  CHECK(sarif("eslint.sarif") == "sarif: failed 7");
  CHECK(sarif("flawfinder.sarif") == "sarif: failed 6");
  CHECK(sarif("sarif-tutorials__Taxonomies.sarif") == "sarif: failed 2");
  const auto suppressed =
      read_file(*samples / "sarif" / "django-DefectDojo__suppression_test.sarif");
  REQUIRE(suppressed);
  CHECK(suppressed_count(*suppressed) == 3);
  const auto flaws = read_file(*samples / "sarif" / "flawfinder.sarif");
  REQUIRE(flaws);
  CHECK(find(*flaws, "FF1013")->cwe == std::vector<int>{119, 120});
  const auto codeql = read_file(*samples / "sarif" / "django-DefectDojo__codeQL-output.sarif");
  REQUIRE(codeql);
  CHECK(codeql->checks.size() == 149);
  CHECK(find(*codeql, "py/sql-injection")->cwe == std::vector<int>{89});
}

TEST_CASE("Cucumber samples have the outcomes of their last attempts") {
  const auto samples = samples_folder("Cucumber samples");
  if (!samples) return;
  const auto cucumber = [&](const std::string& name) {
    return summary(*samples / "cucumber" / name);
  };
  CHECK(cucumber("cucumber-js.json") == "cucumber: failed 3, passed 4, skipped 2, error 2");
  CHECK(cucumber("cucumber-js.ndjson") == cucumber("cucumber-js.json"));
  CHECK(cucumber("cucumber-ruby.json") == "cucumber: failed 2, passed 2, error 1");
  CHECK(cucumber("cucumber-json-formatter__backgrounds.ndjson.jvm.json") == "cucumber: passed 2");
  CHECK(cucumber("compatibility-kit__all-statuses.ndjson") ==
        "cucumber: failed 1, passed 1, skipped 2, error 2");
  CHECK(cucumber("compatibility-kit__retry.ndjson") == "cucumber: failed 1, passed 3");
  CHECK(cucumber("compatibility-kit__rules-backgrounds.ndjson") == "cucumber: passed 2");
  for (const char* format : {"", "cucumber"}) {
    const auto behave = read_file(*samples / "cucumber" / "behave.json", format);
    REQUIRE(!behave);
    CHECK(behave.error().code == ErrorCode::unsupported);
  }
}

TEST_CASE("Fortify samples have their vulnerabilities, weaknesses and decisions") {
  const auto samples = samples_folder("Fortify samples");
  if (!samples) return;
  const auto fortify = [&](const std::string& name) {
    return summary(*samples / "fortify" / name);
  };
  CHECK(fortify("django-DefectDojo__audit.fvdl") == "fortify: failed 61");
  // What another project makes of them says the same.
  CHECK(fortify("sarif-sdk__OneResultBasic.fpr.sarif") == "sarif: failed 1");
  CHECK(fortify("sarif-sdk__TwoResultsWithNodeRefs.fpr.sarif") == "sarif: failed 2");
  CHECK(fortify("sarif-sdk__OneResultBasic.fpr") == "fortify: failed 1");
  CHECK(fortify("sarif-sdk__TwoResultsWithNodeRefs.fpr") == "fortify: failed 2");
  const auto hello = read_file(*samples / "fortify" / "django-DefectDojo__hello_world.fpr");
  REQUIRE(hello);
  CHECK(hello->results.size() == 4);
  CHECK(suppressed_count(*hello) == 1);
  const ReportResult* password = find(*hello, "Password Management: Hardcoded Password");
  REQUIRE(password != nullptr);
  CHECK(password->cwe == std::vector<int>{259, 798});
  CHECK(password->tags == std::vector<std::string>{"analysis:1 - Critical"});
}

TEST_CASE("the Wapiti sample has its seven findings") {
  const auto samples = samples_folder("the Wapiti sample");
  if (!samples) return;
  const auto wapiti = read_file(*samples / "wapiti" / "wapiti.json");
  REQUIRE(wapiti);
  CHECK(counts(*wapiti) == "failed 7");
  CHECK(find(*wapiti, "Cross Site Scripting")->cwe == std::vector<int>{79});
}

TEST_CASE("a JSON report of another tool is not taken for one of ZAP") {
  const auto samples = samples_folder("JSON reports of other tools");
  if (!samples) return;
  const ReportReader* zap = find_reader("zap");
  for (const char* name : {"cucumber/behave.json", "cucumber/cucumber-js.json",
                           "sarif/eslint.sarif", "wapiti/wapiti.json"}) {
    CAPTURE(name);
    CHECK(!zap->recognises(file_text(*samples / name).substr(0, 64u << 10)));
  }
}

}  // namespace riskd::connectors::reports_samples_test
