// Accepted findings, and what a policy may ask of a report: tools, places, patterns, the CWEs of a result.
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>

#include "engine/explain/test_rows.hpp"
#include "tests/engine/evidence_fixture.hpp"

namespace riskd::tests::evidence_words_test {
using namespace engine;

TEST_CASE("an accepted finding leaves a test untested, whatever was known before") {
  SmallProduct product(policy_with(
      "evidence sarif { suppressed -> untested  kind is pass -> passed  kind is fail -> failed }"));
  const auto say = [&](Attributes said) {
    product.say(ResultFact{"s", "sarif", reported("js/sql", std::move(said))});
    return std::string(to_string(product.tested()));
  };
  CHECK(say({{"kind", "fail"}}) == "failed");
  CHECK(say({{"kind", "fail"}, {"suppressed", "true"}}) == "untested");
  CHECK(say({{"kind", "open"}}) == "untested");  // ignored: what was said last holds
  CHECK(say({{"kind", "pass"}}) == "passed");
  CHECK(say({{"kind", "fail"}, {"suppressed", "true"}}) == "untested");
  CHECK(say({{"kind", "fail"}, {"suppressed", "false"}}) == "failed");
}

TEST_CASE("in one run a finding outweighs an accepted one, and an accepted one a pass") {
  const std::string evidence =
      "evidence sarif { suppressed -> untested  kind is pass -> passed  kind is fail -> failed }";
  const auto after = [&](std::vector<Attributes> said) {
    SmallProduct product(policy_with(evidence));
    RunFact run;
    run.suite = "s";
    run.source = "sarif";
    run.run = "1";
    for (Attributes& each : said) run.results.push_back(reported("js/sql", std::move(each)));
    product.say(std::move(run));
    return std::string(to_string(product.tested()));
  };
  const Attributes pass{{"kind", "pass"}};
  const Attributes fail{{"kind", "fail"}};
  const Attributes accepted{{"kind", "fail"}, {"suppressed", "true"}};
  CHECK(after({pass, accepted}) == "untested");
  CHECK(after({accepted, pass}) == "untested");
  CHECK(after({accepted, fail}) == "failed");
  CHECK(after({pass, fail, accepted}) == "failed");
}

TEST_CASE("rows ask for the tool, the tags and the places of a finding, with patterns") {
  const auto sarif = [](const std::string& tool, std::vector<std::string> places,
                        std::vector<std::string> tags = {}) {
    TestResult test = reported("js/sql", {{"tool", tool}});
    TestDetails details;
    details.locations = std::move(places);
    test.details = std::make_shared<const TestDetails>(std::move(details));
    test.tags = std::move(tags);
    return tested(
        "locations matches \"*/TEST/*\" -> passed  tool matches \"sem*\" -> failed  "
        "tool matches \"*\" and tags includes \"security\" -> failed  otherwise -> ignored",
        "sarif", std::move(test));
  };
  CHECK(sarif("Semgrep OSS", {"src/a.js:1"}) == "failed");
  CHECK(sarif("Semgrep OSS", {"src/a.js:1", "src/test/b.js:2"}) == "passed");
  CHECK(sarif("CodeQL", {}) == "untested");
  CHECK(sarif("CodeQL", {}, {"security"}) == "failed");
  CHECK(sarif("", {}, {"security"}) == "untested");  // no tool is named
}

TEST_CASE("a test may name many rules of one tool") {
  const std::string policy =
      "library t \"T\"\nattribute risk { harm : number = 50 }\nrating risk.inherent = harm\n"
      "evidence sarif { kind is fail -> failed }\n"
      "evidence junit { outcome is failed -> failed }\n"
      "pattern p \"P\" { when yes risk r \"R\" { weakness w CWE-1395 \"W\" {"
      "  match cwe never  test sarif \"CVE-*\" by \"trivy*\"  test junit \"Orders*.open\""
      "  countermeasure c \"C\" } } }\n";
  const auto after = [&](const std::string& source, TestResult result) {
    SmallProduct product(policy);
    product.say(ResultFact{"s", source, std::move(result)});
    return std::string(to_string(product.tested()));
  };
  const auto found = [](const std::string& id, const std::string& tool) {
    TestResult test = reported(id, {{"kind", "fail"}});
    if (!tool.empty()) test.attributes.emplace_back("tool", tool);
    return test;
  };
  CHECK(after("sarif", found("CVE-2024-3094", "Trivy")) == "failed");
  CHECK(after("sarif", found("CVE-2024-3094", "trivy 0.5")) == "failed");
  CHECK(after("sarif", found("CVE-2024-3094", "Grype")) == "untested");
  CHECK(after("sarif", found("CVE-2024-3094", "")) == "untested");
  CHECK(after("sarif", found("GHSA-1", "Trivy")) == "untested");
  TestResult by_cwe = found("GHSA-1", "Trivy");
  by_cwe.cwe = {1395};
  CHECK(after("sarif", by_cwe) == "untested");  // never by its CWE
  CHECK(after("junit", reported("Shop.open", {{"suite", "Orders / GET"}})) == "failed");
  CHECK(after("junit", reported("Shop.open", {{"suite", "Profile"}})) == "untested");
}

TEST_CASE("of several CWEs those count that are no ancestor of another") {
  const std::string policy =
      "library t \"T\"\nattribute risk { harm : number = 50 }\nrating risk.inherent = harm\n"
      "evidence sarif { kind is fail -> failed }\n"
      "pattern p \"P\" { when yes risk r \"R\" { weakness w CWE-74 \"W\" {"
      "  countermeasure c \"C\" } } }\n";
  const auto after = [&](std::vector<int> cwe) {
    SmallProduct product(policy);
    TestResult test = reported("x", {{"kind", "fail"}});
    test.cwe = std::move(cwe);
    product.say(ResultFact{"s", "sarif", std::move(test)});
    return std::string(to_string(product.tested()));
  };
  CHECK(after({74}) == "failed");
  CHECK(after({74, 79}) == "untested");  // CWE-79 is a case of CWE-74
  CHECK(after({74, 352}) == "failed");   // CWE-352 is none
  CHECK(after({74, 352, 79}) == "untested");
}

TEST_CASE("an unmatched result says why, and its hint is not yet in the policy") {
  SmallProduct b(
      "library t \"T\"\nattribute risk { harm : number = 50 }\nrating risk.inherent = harm\n"
      "questionnaire q \"Q\" { question sql \"SQL?\" : yes-no question xml \"XML?\" : yes-no }\n"
      "evidence sarif { kind is fail -> failed  kind is pass -> passed }\n"
      "pattern p \"P\" { when sql and xml risk r \"R\" { weakness w CWE-89 \"W\" {"
      "  test sarif \"js/sql*\"  countermeasure c \"C\" { test sarif \"c-check\" } } } }\n");
  const auto say = [&](const std::string& id, std::vector<int> cwe, const char* kind = "fail") {
    TestResult test = reported(id, {{"kind", kind}});
    test.cwe = std::move(cwe);
    TestDetails details;
    details.severity = "high";
    test.details = std::make_shared<const TestDetails>(std::move(details));
    b.say(ResultFact{"s", "sarif", std::move(test)});
    const Model& model = b.live.model();
    const auto found = std::find_if(model.unmatched.begin(), model.unmatched.end(),
                                    [&](const Unmatched& each) { return each.id == id; });
    REQUIRE(found != model.unmatched.end());
    return *found;
  };
  const Unmatched named = say("js/sql-injection", {});
  CHECK(named.why == "`t.w` would take it, if `t.sql` and `t.xml` were answered");
  CHECK(named.takers == std::vector<std::string>{"t.w"});
  CHECK(named.patterns == std::vector<std::string>{"t.p"});
  CHECK(named.questions == std::vector<std::string>{"t.sql", "t.xml"});
  CHECK(named.hint.empty());
  CHECK(named.severity == "high");
  CHECK(named.verdict == Verdict::failed);
  CHECK(say("acme", {89}).why == "`t.w` would take it, if `t.sql` and `t.xml` were answered");
  CHECK(say("c-check", {}).takers == std::vector<std::string>{"t.c"});
  const Unmatched foreign = say("other", {79});
  CHECK(foreign.why == "no `test` of the policy names it, and no weakness takes its CWE");
  CHECK(foreign.hint == "test sarif \"other\"");
  CHECK(say("third", {}).why == "no `test` of the policy names it, and it has no CWE");
  CHECK(say("fourth", {}, "pass").verdict == Verdict::passed);
  b.say(AnswersFact{"", {{"t.sql", RawValue(false)}}});
  CHECK(say("js/sql-injection", {}).why == "`t.w` would take it, if `t.p` applied");
  const TestCounts& counts = b.live.model().tests;
  CHECK(counts.failed == 5);
  CHECK(counts.passed == 1);
  CHECK(counts.unmatched == 6);
  CHECK(counts.unmatched_failed == std::map<std::string, std::size_t>{{"high", 5}});
  b.say(AnswersFact{"", {{"t.sql", RawValue(true)}, {"t.xml", RawValue(true)}}});
  CHECK(b.live.model().tests.unmatched == 3);
  std::vector<std::string> reached;
  for (const TestRow& row : test_rows(b.live)) {
    if (row.key.id == "js/sql-injection") reached = row.elements;
    CHECK(row.unmatched == row.elements.empty());
  }
  CHECK(reached == std::vector<std::string>{"t.w"});
}

TEST_CASE("a run covers only what it lists while parts of it are still to come") {
  SmallProduct b(policy_with("evidence sarif { kind is fail -> failed  absent -> passed }"));
  const auto part = [&](const char* id, bool finds, bool more) {
    RunFact run;
    run.suite = "s";
    run.source = "sarif";
    run.run = id;
    run.more = more;
    if (finds) run.results.push_back(reported("js/sql", {{"kind", "fail"}}));
    b.say(std::move(run));
    return b.tested();
  };
  CHECK(part("1", true, false) == Tested::failed);
  CHECK(part("2", false, true) == Tested::failed);
  CHECK(part("2", true, false) == Tested::failed);
  CHECK(part("3", false, true) == Tested::failed);
  CHECK(part("3", false, false) == Tested::passed);
}

}  // namespace riskd::tests::evidence_words_test
