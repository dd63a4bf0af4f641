// What an upload says that it did, results that nothing takes, and suites.
#include "tests/daemon/api_fixture.hpp"

namespace riskd::api::testing::api_results_test {
namespace {

// One finding of each rule.
std::string findings(const std::vector<std::string>& rules, const std::string& more = "") {
  std::string results;
  for (const std::string& rule : rules) {
    results += (results.empty() ? "" : ",") + std::string(R"({"ruleId": ")") + rule +
               R"(", "level": "error", "message": {"text": "m"})" + more + "}";
  }
  return R"({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x"}}, "results": [)" +
         results + "]}]}";
}

std::string policy() {
  return service::testing::small_policy() + R"(
questionnaire more "More" { question sql "SQL?" : yes-no }
pattern always "Always" { when yes risk loud "Loud" {
  weakness here CWE-79 "Here" { test sarif "here-*" countermeasure mend "Mend" } } }
pattern queries "Queries" { when sql risk quiet "Quiet" {
  weakness there CWE-89 "There" { test sarif "there" countermeasure bind "Bind" } } }
)";
}

}  // namespace

TEST_CASE("an upload says what it did: severities, whom it reaches, what reaches nothing and why") {
  const Daemon daemon({}, policy());
  daemon.make_shop();
  const json::value answer = daemon.must(200, "POST", upload("suite=s&run=1"),
                                         findings({"here-1", "here-2", "there", "nobody"}));
  const json::value& run = answer.at("run");
  CHECK(run.at("counts").at("failed").as_int64() == 4);
  CHECK(run.at("severities") == json::value{{"error", 4}});
  CHECK(run.at("bound") == json::array{{{"failed", 2}, {"element", "shop.here"}}});
  const json::value& unmatched = run.at("unmatched");
  CHECK(unmatched.at("count").as_int64() == 2);
  CHECK(unmatched.at("severities") == json::value{{"error", 2}});
  CHECK(unmatched.at("examples").as_array().at(1).at("why").as_string() ==
        "`shop.there` would take it, if `shop.sql` were answered");
  const json::value listed = daemon.must(200, "GET", "/v1/products/shop/results?unmatched=true");
  CHECK(listed.at("items") == unmatched.at("examples"));
  const json::value model = daemon.must(200, "GET", "/v1/products/shop/model");
  CHECK(model.at("tests").at("failed").as_int64() == 4);
  CHECK(model.at("tests").at("unmatched").at("count").as_int64() == 2);
}

TEST_CASE("a finding that somebody accepted in the tool is listed without a verdict") {
  const Daemon daemon({}, policy());
  daemon.make_shop();
  daemon.must(200, "POST", upload("suite=s&run=1"), findings({"here-1"}));
  const json::value answer =
      daemon.must(200, "POST", upload("suite=s&run=2"),
                  findings({"here-1"}, R"(, "suppressions": [{"kind": "inSource"}])"));
  CHECK(answer.at("run").at("suppressed") == json::array{"here-1"});
  CHECK(answer.at("run").at("severities").as_object().empty());
  const json::value row =
      daemon.must(200, "GET", "/v1/products/shop/results").at("items").as_array().at(0);
  CHECK(row.at("outcome").as_string() == "failed");
  CHECK(row.at("means").as_string() == "untested");
  CHECK(row.at("elements") == json::array{"shop.here"});
}

TEST_CASE("a SARIF log without runs covers nothing, unless the upload says that it is complete") {
  const Daemon daemon({}, policy());
  daemon.make_shop();
  daemon.must(200, "POST", upload("suite=s&run=1"), findings({"here-1"}));
  const auto means = [&] {
    return daemon.must(200, "GET", "/v1/products/shop/results")
        .at("items")
        .as_array()
        .at(0)
        .at("means")
        .as_string();
  };
  const std::string no_runs = R"({"version": "2.1.0", "runs": []})";
  const json::value answer =
      daemon.must(200, "POST", upload("suite=s&run=2&format=sarif"), no_runs);
  CHECK_FALSE(answer.at("run").at("complete").as_bool());
  CHECK(means() == "failed");
  daemon.must(200, "POST", upload("suite=s&run=3&format=sarif&complete=true"), no_runs);
  CHECK(means() == "passed");
}

TEST_CASE("an empty report of Nuclei is a run that no longer finds what was there") {
  const Daemon daemon({}, service::testing::small_policy() + R"(
pattern always "Always" { when yes risk loud "Loud" {
  weakness one CWE-79 "One" { test nuclei "headers:one" countermeasure mend "Mend" }
  weakness any CWE-80 "Any" { test nuclei "headers" countermeasure mend } } }
)");
  daemon.make_shop();
  const auto event = [](const std::string& more) {
    return R"({"template-id": "headers", "info": {"severity": "low"})" + more + "}\n";
  };
  const std::string found =
      event(R"(, "matcher-name": "one")") + event(R"(, "matcher-name": "two")");
  const auto tests = [&] {
    std::string all;
    const json::value listed = daemon.must(200, "GET", "/v1/products/shop/results");
    for (const json::value& row : listed.at("items").as_array())
      all += std::string(row.at("id").as_string()) + " " +
             std::string(row.at("means").as_string()) + "\n";
    return all;
  };
  daemon.must(200, "POST", upload("suite=s&run=1"), found);
  CHECK(tests() == "headers:one failed\nheaders:two failed\n");
  daemon.must(200, "POST", upload("suite=s&run=2"), event(R"(, "matcher-name": "two")"));
  CHECK(tests() == "headers:one passed\nheaders:two failed\n");
  daemon.must(200, "POST", upload("suite=s&run=3"), found);
  // Nobody looked, twice: what was said before stays.
  for (const char* run : {"4", "5"}) {
    daemon.must(200, "POST", upload("suite=s&run=" + std::string(run)),
                event(R"(, "matcher-status": false, "error": "port closed")"));
    CHECK(tests().find("passed") == std::string::npos);
  }
  daemon.must(422, "POST", upload("suite=s&run=6"), "");
  const json::value answer = daemon.must(200, "POST", upload("suite=s&run=6&format=nuclei"), "");
  CHECK(answer.at("run").at("complete").as_bool());
  CHECK(tests().find("failed") == std::string::npos);
}

TEST_CASE("a template that did not match passes for those who name it, from the first report on") {
  const Daemon daemon({}, service::testing::small_policy() + R"(
pattern always "Always" { when yes risk loud "Loud" {
  weakness named CWE-79 "Named" { test nuclei "CVE-1" countermeasure mend "Mend" }
  weakness other CWE-80 "Other" { countermeasure mend } } }
)");
  daemon.make_shop();
  const auto states = [&](const std::string& report) {
    daemon.must(200, "POST", upload("suite=s"), report);
    std::string all;
    const json::value model = daemon.must(200, "GET", "/v1/products/shop/model");
    for (const json::value& risk : model.at("risks").as_array()) {
      if (risk.at("id") != "shop.loud") continue;
      for (const json::value& each : risk.at("weaknesses").as_array())
        all += std::string(each.at("tested").as_string()) + " ";
    }
    return all;
  };
  const auto event = [](const std::string& id, const std::string& more) {
    return R"({"template-id": ")" + id + R"(", "info": {"severity": "low", "classification": )" +
           R"({"cwe-id": ["cwe-80"]}}, "matcher-status": )" + more + "}\n";
  };
  CHECK(states(event("CVE-1", "false") + event("CVE-2", "false")) == "passed untested ");
  CHECK(states(event("CVE-1", "true") + event("CVE-2", "true")) == "failed failed ");
  CHECK(states(event("CVE-1", "false") + event("CVE-2", "false")) == "passed passed ");
}

TEST_CASE("suites are listed, and retiring one needs a role of its own") {
  const Daemon reporter({me({service::Role::read, service::Role::report, service::Role::admin,
                             service::Role::answer})},
                        policy());
  reporter.make_shop();
  reporter.must(200, "POST", upload("suite=zap/nightly&run=1"), findings({"here-1"}));
  const json::value suites = reporter.must(200, "GET", "/v1/products/shop/suites");
  const json::value& row = suites.at("items").as_array().at(0);
  CHECK(row.at("suite").as_string() == "zap/nightly");
  CHECK(row.at("tests").as_int64() == 1);
  CHECK(row.at("run").as_string() == "1");
  reporter.must(403, "DELETE", "/v1/products/shop/suites/zap%2Fnightly");
  const std::string retire =
      R"({"product": "shop", "suite": {"suite": "zap/nightly", "retired": true}})";
  CHECK(reporter.send("POST", "/v1/facts", retire + "\n").status == 403);

  const Daemon admin({me({service::Role::read, service::Role::report, service::Role::retire,
                          service::Role::admin, service::Role::answer})},
                     policy());
  admin.make_shop();
  admin.must(200, "POST", upload("suite=zap/nightly&run=1"), findings({"here-1"}));
  admin.must(200, "DELETE", "/v1/products/shop/suites/zap%2Fnightly");
  CHECK(admin.must(200, "GET", "/v1/products/shop/results").at("items").as_array().empty());
  CHECK(admin.must(200, "GET", "/v1/products/shop/suites")
            .at("items")
            .as_array()
            .at(0)
            .as_object()
            .contains("retired"));
}

TEST_CASE("a part covers nothing while other parts are still to come") {
  const Daemon daemon({}, policy());
  daemon.make_shop();
  const auto outcome = [&] {
    return std::string(daemon.must(200, "GET", "/v1/products/shop/results")
                           .at("items")
                           .as_array()
                           .at(0)
                           .at("outcome")
                           .as_string());
  };
  daemon.must(200, "POST", upload("suite=s&run=1"), findings({"here-1"}));
  const json::value part =
      daemon.must(200, "POST", upload("suite=s&run=2&more=true"), findings({}));
  CHECK(!part.at("run").at("complete").as_bool());
  CHECK(outcome() == "failed");
  daemon.must(200, "POST", upload("suite=s&run=2"), findings({}));
  CHECK(outcome() == "absent");
}

}  // namespace riskd::api::testing::api_results_test
