// Uploads that are parts of one run, and rules for which a tool did not look.
#include "tests/daemon/api_fixture.hpp"

namespace riskd::api::testing::api_runs_test {
namespace {

std::string suite(bool passes) {
  return std::string("<testsuite><testcase classname='C' name='locks'>") +
         (passes ? "" : "<failure message='no'/>") + "</testcase></testsuite>";
}

std::string sarif(const std::string& invocation, const std::string& results) {
  return R"({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x", "rules": [{"id": "R1"}]}},)"
         R"("invocations": [{"executionSuccessful": true)" +
         invocation + R"(}], "results": [)" + results + "]}]}";
}

// What holds of the only test, as it is listed.
std::string outcome(const Daemon& daemon) {
  const json::value all = daemon.must(200, "GET", "/v1/products/shop/results");
  return std::string(all.at("items").as_array().at(0).at("outcome").as_string());
}

}  // namespace

TEST_CASE("a rule that was switched off keeps its earlier results") {
  const Daemon daemon;
  daemon.make_shop();
  daemon.must(200, "POST", upload("suite=s&run=1"),
              sarif("", R"({"ruleId": "R1", "message": {"text": "m"}})"));
  const std::string off = R"(, "ruleConfigurationOverrides": [{"descriptor": {"id": "R1"},)"
                          R"("configuration": {"enabled": false}}])";
  daemon.must(200, "POST", upload("suite=s&run=2"), sarif(off, ""));
  CHECK(outcome(daemon) == "failed");  // and not absent: nobody looked
  daemon.must(200, "POST", upload("suite=s&run=3"), sarif("", ""));
  CHECK(outcome(daemon) == "absent");
}

TEST_CASE("files that name one run by their bytes are its parts, and a wrong hash is refused") {
  const Daemon daemon;
  daemon.make_shop();
  const std::string bytes(32, 'a');
  const auto run_of = [&](const std::string& text) {
    const json::value answer = daemon.must(200, "POST", upload("suite=s&bytes=" + bytes), text);
    return std::string(answer.at("run").at("run").as_string());
  };
  const std::string first = run_of(suite(false));
  CHECK(first == "sha256:" + bytes);
  CHECK(run_of(suite(true)) == first);
  daemon.must(400, "POST", upload("suite=s&bytes=xyz"), suite(true));
  daemon.must(400, "POST", upload("suite=s&bytes="), suite(true));
}

namespace {

// A case of one class and name in each of these suites: "Orders" passes, "!Orders" fails.
std::string suites(const std::vector<std::string>& names) {
  std::string text = "<testsuites>";
  for (const std::string& each : names) {
    const bool fails = each.starts_with('!');
    text += "<testsuite name='" + each.substr(fails ? 1 : 0) +
            "'><testcase classname='Shop' name='401'>" + (fails ? "<failure message='200'/>" : "") +
            "</testcase></testsuite>";
  }
  return text + "</testsuites>";
}

// Each test with its scope and outcome: "=passed", "Orders=failed".
std::vector<std::string> listed(const Daemon& daemon) {
  std::vector<std::string> all;
  const json::value answer = daemon.must(200, "GET", "/v1/products/shop/results");
  for (const json::value& each : answer.at("items").as_array()) {
    all.push_back(std::string(each.at("scope").as_string()) + "=" +
                  std::string(each.at("outcome").as_string()));
  }
  return all;
}

using Listed = std::vector<std::string>;

}  // namespace

TEST_CASE("two cases of one class and name in two suites are two tests") {
  const Daemon daemon;
  daemon.make_shop();
  const auto after = [&](const char* run, const std::vector<std::string>& names,
                         const std::string& more = "") {
    daemon.must(200, "POST", upload("suite=s&run=" + std::string(run) + more), suites(names));
    return listed(daemon);
  };
  CHECK(after("1", {"!Orders", "Profile"}) == Listed{"Orders=failed", "Profile=passed"});
  // A run of one of them says nothing of the other.
  CHECK(after("2", {"!Profile"}) == Listed{"Orders=failed", "Profile=failed"});
  CHECK(after("3", {"Orders", "Profile"}) == Listed{"Orders=passed", "Profile=passed"});
  // A complete run covers the suites that it names.
  CHECK(after("4", {"!Orders", "!Profile"}) == Listed{"Orders=failed", "Profile=failed"});
  daemon.must(200, "POST", upload("suite=s&run=5&complete=true"),
              "<testsuites><testsuite name='Orders'/></testsuites>");
  CHECK(listed(daemon) == Listed{"Orders=absent", "Profile=failed"});
}

TEST_CASE("a test that was known before it had suites in its name keeps its name") {
  const Daemon daemon;
  daemon.make_shop();
  const auto after = [&](const char* run, const std::vector<std::string>& names) {
    daemon.must(200, "POST", upload("suite=s&run=" + std::string(run)), suites(names));
    return listed(daemon);
  };
  CHECK(after("1", {"!Orders"}) == Listed{"=failed"});
  // The name of the only suite changes with every run.
  CHECK(after("2", {"host-2"}) == Listed{"=passed"});
  CHECK(after("3", {"!Orders"}) == Listed{"=failed"});
  CHECK(after("4", {"Orders", "!Profile"}) == Listed{"=passed", "Profile=failed"});
  CHECK(after("5", {"Profile"}) == Listed{"=passed", "Profile=passed"});
  CHECK(after("6", {"!Orders"}) == Listed{"=failed", "Profile=passed"});
}

TEST_CASE("among unknown suites the failing one keeps the known test") {
  const Daemon daemon;
  daemon.make_shop();
  daemon.must(200, "POST", upload("suite=s&run=1"), suites({"!Monday"}));
  daemon.must(200, "POST", upload("suite=s&run=2"), suites({"a", "!b"}));
  CHECK(listed(daemon) == Listed{"=failed", "a=passed"});
}

TEST_CASE("parts of a run that have one suite are one test, the others two") {
  const Daemon daemon;
  daemon.make_shop();
  daemon.must(200, "POST", upload("suite=s&run=1"), suites({"!pytest"}));
  daemon.must(200, "POST", upload("suite=s&run=1"), suites({"pytest"}));
  CHECK(listed(daemon) == Listed{"=failed"});
  daemon.must(200, "POST", upload("suite=s&run=1"), suites({"windows"}));
  CHECK(listed(daemon) == Listed{"=failed", "windows=passed"});
}

TEST_CASE("with `complete`, a scanner that lists only findings reports that nothing was found") {
  const Daemon daemon;
  daemon.make_shop();
  daemon.must(200, "POST", upload("suite=s&run=1&complete=true"), suites({"!image"}));
  daemon.must(200, "POST", upload("suite=s&run=2"),
              "<testsuites><testsuite name='image'/></testsuites>");
  CHECK(listed(daemon) == Listed{"=failed"});
  const json::value answer = daemon.must(200, "POST", upload("suite=s&run=3&complete=true"),
                                         "<testsuites><testsuite name='image'/></testsuites>");
  CHECK(answer.at("run").at("complete").as_bool());
  CHECK(listed(daemon) == Listed{"=absent"});
}

TEST_CASE("a rule that was switched off is known by its earlier ids too") {
  const Daemon daemon;
  daemon.make_shop();
  daemon.must(200, "POST", upload("suite=s&run=1"),
              sarif("", R"({"ruleId": "R1/sub", "ruleIndex": 0, "message": {"text": "m"}})"));
  const std::string off = R"(, "ruleConfigurationOverrides": [{"descriptor": {"id": "R1"},)"
                          R"("configuration": {"enabled": false}}])";
  daemon.must(200, "POST", upload("suite=s&run=2"), sarif(off, ""));
  CHECK(outcome(daemon) == "failed");
}

}  // namespace riskd::api::testing::api_runs_test
